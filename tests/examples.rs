//! Each example does what it says, as the `.sys` that it builds to.

mod common;

use common::{Guarded, failure};
use fltmgr_sys as sys;
use fltsim::config::ServiceConfig;
use fltsim::machine::ImageSource;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;
use xtask::driver::{self, Architecture};

/// A machine with the driver of an example.
fn example(name: &str) -> Guarded {
    let (image, _) = driver::build_package(name, Architecture::X64).unwrap_or_else(|error| panic!("{error:#}"));
    Guarded::start_driver(ImageSource::File(image), ServiceConfig::with_altitude(name, "370000"))
}

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

#[test]
fn hold_has_opens_wait_until_release_is_opened() {
    let guarded = example("hold");
    thread::scope(|scope| {
        let waiting = [0, 1, 2].map(|index| {
            let program = guarded.anybody();
            scope.spawn(move || program.write(&format!("/{index}.held"), b"content"))
        });
        guarded.anybody().write("/other", b"goes on").unwrap();
        thread::sleep(Duration::from_millis(50));
        assert!(waiting.iter().all(|thread| !thread.is_finished()), "they wait");
        // One may have come late.
        while waiting.iter().any(|thread| !thread.is_finished()) {
            guarded.anybody().write("/release", b"").unwrap();
        }
        waiting.into_iter().for_each(|thread| assert_eq!(thread.join().unwrap(), Ok(())));
    });
}

#[test]
fn hold_lets_go_of_an_open_that_is_canceled() {
    let guarded = example("hold");
    thread::scope(|scope| {
        let program = guarded.anybody();
        let process = Arc::clone(&program.requestor.process);
        let waiting = scope.spawn(move || program.open_for_writing("/a.held").map(drop));
        while guarded.machine.cancel_io_of(&process) == 0 {
            thread::yield_now();
        }
        assert_eq!(failure(waiting.join().unwrap()), sys::STATUS_CANCELLED);
    });
    guarded.anybody().write("/release", b"").unwrap();
}

#[test]
fn hold_fails_what_waits_when_it_is_unloaded() {
    let guarded = example("hold");
    thread::scope(|scope| {
        let program = guarded.anybody();
        let waiting = scope.spawn(move || program.open_for_writing("/a.held").map(drop));
        thread::sleep(Duration::from_millis(50));
        guarded.machine.unload("hold").unwrap();
        // It may not have come to wait before the filter went, and then nothing stopped it.
        if let Err(status) = waiting.join().unwrap() {
            assert_eq!(status.0, sys::STATUS_CANCELLED);
        }
    });
}

#[test]
fn defer_decides_about_writes_and_opened_files_in_a_worker() {
    let guarded = example("defer");
    let program = guarded.anybody();
    program.write("/plain", b"through a worker").unwrap();
    assert_eq!(program.read("/plain").unwrap(), b"through a worker");
    assert_eq!(failure(program.write("/a.sealed", b"refused")), sys::STATUS_ACCESS_DENIED);
    assert_eq!(program.read("/a.sealed").unwrap(), b"", "nothing was written");
    assert_eq!(failure(program.open_for_writing("/a.blocked")), sys::STATUS_ACCESS_DENIED);
}

#[test]
fn defer_is_unloaded_while_its_workers_are_busy() {
    let guarded = example("defer");
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        let writers = [0, 1, 2].map(|index| {
            let (program, stop) = (guarded.anybody(), &stop);
            scope.spawn(move || {
                let name = format!("/{index}");
                let mut written = 0;
                while !stop.load(Ordering::Relaxed) {
                    program.write(&name, &[7; 5000]).unwrap();
                    assert_eq!(program.read(&name).unwrap(), [7; 5000]);
                    written += 1;
                }
                written
            })
        });
        thread::sleep(Duration::from_millis(50));
        let unloaded = guarded.machine.unload("defer");
        thread::sleep(Duration::from_millis(20));
        stop.store(true, Ordering::Relaxed);
        unloaded.unwrap();
        writers.into_iter().for_each(|writer| assert!(writer.join().unwrap() > 0));
    });
}
