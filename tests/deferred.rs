//! What a worker does with an operation, in a filter written with `fltmgr`, linked into the test, in fltsim.

mod common;

use common::Guarded;
use fltsim::config::ServiceConfig;
use fltsim::io::WriteOffset;
use fltsim::machine::ImageSource;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

/// What has happened, in its order.
static HAPPENED: Mutex<Vec<&str>> = Mutex::new(Vec::new());
/// Whether the worker may end.
static MAY_END: AtomicBool = AtomicBool::new(false);

fn happened(what: &'static str) {
    HAPPENED.lock().unwrap().push(what);
}

/// A filter whose worker goes on after it has passed the operation on.
mod lingering {
    use super::{MAY_END, happened};
    use core::convert::Infallible;
    use fltmgr::irql::{Irql, PassiveLevel};
    use fltmgr::pending::PendedPre;
    use fltmgr::pool::Tag;
    use fltmgr::work::{DeferredPre, Queue};
    use fltmgr::{Filter, Operations, Pre, PreOp, PreStatus, Result, Starting, op};
    use std::sync::atomic::Ordering;
    use std::time::Duration;

    struct Linger {
        name: &'static str,
    }

    impl Filter for Linger {
        const OPERATIONS: Operations<Self> = Operations::new().pre::<op::Write>();

        fn start(_: &mut Starting<'_, Self>) -> Result<Self> {
            Ok(Self { name: "the worker has ended" })
        }
    }

    impl Drop for Linger {
        fn drop(&mut self) {
            self.name = "";
            happened("the filter is gone");
        }
    }

    struct Pass;

    impl DeferredPre<op::Write> for Pass {
        type Filter = Linger;
        type Carry = Infallible;

        fn run(self, filter: &Linger, write: PendedPre<op::Write>, at: Irql<'_, PassiveLevel>) {
            write.pass(at);
            while !MAY_END.load(Ordering::Acquire) {
                std::thread::sleep(Duration::from_millis(1));
            }
            happened(filter.name);
        }
    }

    impl Pre<op::Write> for Linger {
        fn pre<'a>(&self, write: PreOp<'a, op::Write>) -> PreStatus<'a, op::Write> {
            match write.into_irp().ok().unwrap().defer(Pass, Queue::Delayed, Tag::new(*b"Ling")) {
                Ok(pending) => pending.into(),
                Err(not_queued) => not_queued.kept.pass().into(),
            }
        }
    }

    fltmgr::driver!(Linger);
}

#[test]
fn a_filter_is_there_until_its_worker_has_ended_though_the_operation_has_gone_on() {
    let guarded = Guarded::start_driver(
        ImageSource::Linked { entry: lingering::driver_entry },
        ServiceConfig::with_altitude("test", "370000"),
    );
    let file = guarded.anybody().open_for_writing("/a").unwrap();
    assert_eq!(file.write(WriteOffset::At(0), b"first"), Ok(5), "the write is through");
    drop(file);
    thread::scope(|scope| {
        let unload = scope.spawn(|| guarded.machine.unload("test"));
        thread::sleep(Duration::from_millis(50));
        assert_eq!(*HAPPENED.lock().unwrap(), [""; 0], "the unload waits");
        MAY_END.store(true, Ordering::Release);
        unload.join().unwrap().unwrap();
    });
    assert_eq!(*HAPPENED.lock().unwrap(), ["the worker has ended", "the filter is gone"]);
}
