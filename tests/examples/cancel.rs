use crate::common::{Guarded, Program, failure};
use crate::example;
use fltmgr_sys as sys;
use std::sync::Arc;
use std::thread::{self, Scope, ScopedJoinHandle};
use std::time::Duration;

/// Opens the file in a thread of its own.
fn opener<'scope, 'env>(
    scope: &'scope Scope<'scope, 'env>,
    program: Program<'env>,
    path: &'static str,
) -> ScopedJoinHandle<'scope, Result<(), fltsim::status::NtStatus>> {
    scope.spawn(move || program.open_for_writing(path).map(drop))
}

/// Cancels what the program has under way, until there was something.
fn cancel(guarded: &Guarded, process: &Arc<fltsim::kernel::process::Process>) {
    while guarded.machine.cancel_io_of(process) == 0 {
        thread::yield_now();
    }
}

#[test]
fn an_open_waits_for_the_next_one() {
    let guarded = example("cancel");
    thread::scope(|scope| {
        let opens = ["/a.next", "/b.next", "/c.next"].map(|path| {
            let program = guarded.anybody();
            let process = Arc::clone(&program.requestor.process);
            (opener(scope, program, path), process)
        });
        while opens.iter().filter(|(thread, _)| thread.is_finished()).count() < 2 {
            thread::yield_now();
        }
        thread::sleep(Duration::from_millis(50));
        let (done, waiting): (Vec<_>, Vec<_>) = opens.into_iter().partition(|(thread, _)| thread.is_finished());
        assert!(done.into_iter().all(|(thread, _)| thread.join().unwrap() == Ok(())));
        let [(thread, process)] = waiting.try_into().unwrap_or_else(|_| panic!("there is no next one for the last"));
        cancel(&guarded, &process);
        assert_eq!(failure(thread.join().unwrap()), sys::STATUS_CANCELLED);
    });
}

#[test]
fn a_canceled_open_is_out_of_the_way_of_the_next() {
    let guarded = example("cancel");
    thread::scope(|scope| {
        for _ in 0..3 {
            let program = guarded.anybody();
            let process = Arc::clone(&program.requestor.process);
            let thread = opener(scope, program, "/a.next");
            cancel(&guarded, &process);
            assert_eq!(failure(thread.join().unwrap()), sys::STATUS_CANCELLED);
        }
    });
}

#[test]
fn a_cancellation_and_the_next_open_do_not_both_get_an_open() {
    let guarded = example("cancel");
    let mut both = [0, 0];
    for _ in 0..300 {
        thread::scope(|scope| {
            let opens = ["/a.next", "/b.next"].map(|path| {
                let program = guarded.anybody();
                let process = Arc::clone(&program.requestor.process);
                (opener(scope, program, path), process)
            });
            // Whoever came first is canceled while the other comes; the other is canceled in the end.
            while !opens.iter().all(|(thread, _)| thread.is_finished()) {
                for (_, process) in &opens {
                    guarded.machine.cancel_io_of(process);
                }
            }
            for (thread, _) in opens {
                match thread.join().unwrap() {
                    Ok(()) => both[0] += 1,
                    Err(status) => {
                        assert_eq!(status.0, sys::STATUS_CANCELLED);
                        both[1] += 1;
                    }
                }
            }
        });
    }
    assert!(both[1] >= 300, "the last one is canceled each time: {both:?}");
}

#[test]
fn an_open_waits_in_its_thread_for_the_bell() {
    let guarded = example("cancel");
    thread::scope(|scope| {
        let thread = opener(scope, guarded.anybody(), "/a.bell");
        guarded.anybody().write("/other", b"goes on").unwrap();
        thread::sleep(Duration::from_millis(50));
        assert!(!thread.is_finished(), "nobody has rung");
        guarded.anybody().write("/ring", b"").unwrap();
        assert_eq!(thread.join().unwrap(), Ok(()));
    });
}

#[test]
fn an_open_that_is_canceled_does_not_wait_for_the_bell() {
    let guarded = example("cancel");
    thread::scope(|scope| {
        let program = guarded.anybody();
        let process = Arc::clone(&program.requestor.process);
        let thread = opener(scope, program, "/a.bell");
        cancel(&guarded, &process);
        assert_eq!(failure(thread.join().unwrap()), sys::STATUS_CANCELLED);
    });
    guarded.machine.unload("cancel").unwrap();
    assert!(!guarded.anybody().exists("/a.bell"), "it did not reach the file system");
}

#[test]
fn nobody_waits_for_a_filter_that_goes() {
    let guarded = example("cancel");
    thread::scope(|scope| {
        let waiting = ["/a.next", "/a.bell", "/b.bell"].map(|path| opener(scope, guarded.anybody(), path));
        thread::sleep(Duration::from_millis(50));
        guarded.machine.unload("cancel").unwrap();
        for thread in waiting {
            if let Err(status) = thread.join().unwrap() {
                assert_eq!(status.0, sys::STATUS_CANCELLED);
            }
        }
    });
}
