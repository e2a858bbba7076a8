use crate::common::failure;
use crate::example;
use fltmgr_sys as sys;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

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
        for thread in waiting {
            assert_eq!(thread.join().unwrap(), Ok(()));
        }
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
