use crate::common::failure;
use crate::example;
use fltmgr_sys as sys;

#[test]
fn mirror_keeps_what_a_file_had_before_it_is_emptied() {
    let guarded = example("mirror");
    let program = guarded.anybody();
    let long: Vec<u8> = (0..=u8::MAX).cycle().take(200_000).collect();
    program.write("/a", &long).unwrap();
    assert!(!program.exists("/a.old"), "there was nothing to keep");
    program.write("/a", b"second").unwrap();
    assert_eq!(program.read("/a").unwrap(), b"second");
    assert_eq!(program.read("/a.old").unwrap(), long);
    program.write("/a", b"third").unwrap();
    assert_eq!(program.read("/a.old").unwrap(), b"second");
    assert!(!program.exists("/a.old.old"), "what the filter writes does not come to the filter");
    // This empties nothing.
    drop(program.open_for_writing("/a").unwrap());
    assert_eq!(program.read("/a.old").unwrap(), b"second");
}

#[test]
fn mirror_fails_a_create_whose_file_it_cannot_keep() {
    let guarded = example("mirror");
    let program = guarded.anybody();
    program.write("/a", b"first").unwrap();
    program.write("/a.old", b"").unwrap();
    // Nobody else may write the copy.
    let _reader = program.open_as("/a.old", |request| request.share_access = sys::FILE_SHARE_READ).unwrap();
    assert_eq!(failure(program.write("/a", b"second")), sys::STATUS_SHARING_VIOLATION);
    assert_eq!(program.read("/a").unwrap(), b"first");
}
