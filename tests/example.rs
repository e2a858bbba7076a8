//! The filter that the README shows in a page does what it says, as the `.sys` that it builds to.

mod common;

use common::{Guarded, failure};
use fltmgr_sys as sys;
use fltsim::config::ServiceConfig;
use fltsim::machine::ImageSource;
use xtask::driver::{self, Architecture};

#[test]
fn what_ends_in_keep_cannot_be_deleted() {
    let (image, _) = driver::build_package("keep", Architecture::X64).expect("keep.sys builds");
    let guarded = Guarded::start_driver(ImageSource::File(image), ServiceConfig::with_altitude("keep", "370000"));
    let program = guarded.anybody();
    program.write("/important.keep", b"1").unwrap();
    program.write("/other", b"1").unwrap();
    assert_eq!(failure(program.delete("/important.keep")), sys::STATUS_ACCESS_DENIED);
    assert!(program.exists("/important.keep"));
    program.delete("/other").unwrap();
    assert!(!program.exists("/other"));
}

#[test]
fn the_readme_shows_this_very_filter() {
    let root = driver::repository();
    let read = |name: &str| std::fs::read_to_string(root.join(name)).unwrap();
    assert!(read("README.md").contains(&read("examples/keep/src/lib.rs")), "README.md and examples/keep differ");
}
