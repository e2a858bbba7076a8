use crate::common::failure;
use crate::example;
use fltmgr_sys as sys;
use xtask::driver;

#[test]
fn keep_refuses_deletions_of_what_ends_in_keep() {
    let guarded = example("keep");
    let program = guarded.anybody();
    program.write("/important.keep", b"1").unwrap();
    program.write("/other", b"1").unwrap();
    assert_eq!(failure(program.delete("/important.keep")), sys::STATUS_ACCESS_DENIED);
    assert!(program.exists("/important.keep"));
    program.delete("/other").unwrap();
    assert!(!program.exists("/other"));
}

#[test]
fn the_readme_shows_keep_as_it_is() {
    let root = driver::repository();
    let read = |name: &str| std::fs::read_to_string(root.join(name)).unwrap();
    assert!(read("README.md").contains(&read("examples/keep/src/lib.rs")), "README.md and examples/keep differ");
}
