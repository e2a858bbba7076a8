use crate::common::failure;
use crate::example;
use fltmgr_sys as sys;
use fltsim::io::OpenRequest;

#[test]
fn safe_looks_at_what_is_read_even_if_the_read_completes_at_dispatch_level() {
    let guarded = example("safe");
    let program = guarded.anybody();
    program.write("/good", &[7; 512]).unwrap();
    let evil = [&b"EVIL"[..], &[0; 508]].concat();
    program.write("/evil", &evil).unwrap();
    assert_eq!(program.read("/good").unwrap(), [7; 512]);
    assert_eq!(failure(program.read("/evil")), sys::STATUS_ACCESS_DENIED);
    // What bypasses the cache completes at DISPATCH_LEVEL (D-06).
    let uncached = |name: &str| {
        let bypass = |request: &mut OpenRequest| request.options |= sys::FILE_NO_INTERMEDIATE_BUFFERING;
        let (file, _) = program.open_as(name, bypass).unwrap();
        let mut content = [0; 512];
        file.read(0, &mut content).map(|length| content[..length].to_vec())
    };
    assert_eq!(uncached("/good").unwrap(), [7; 512]);
    assert_eq!(failure(uncached("/evil")), sys::STATUS_ACCESS_DENIED);
}
