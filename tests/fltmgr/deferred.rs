//! What a worker does with an operation, in a filter written with `fltmgr`, linked into the test, in fltsim.

use crate::rig::{saw, seen, with};
use fltsim::io::WriteOffset;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

/// Whether the worker may end.
static MAY_END: AtomicBool = AtomicBool::new(false);

/// A filter whose worker goes on after it has passed the operation on.
mod lingering {
    use super::{MAY_END, saw};
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
            saw("the filter is gone");
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
            saw(filter.name);
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
    let guarded = with(lingering::driver_entry);
    let file = guarded.anybody().open_for_writing("/a").unwrap();
    assert_eq!(file.write(WriteOffset::At(0), b"first"), Ok(5), "the write is through");
    drop(file);
    thread::scope(|scope| {
        let unload = scope.spawn(|| guarded.machine.unload("test"));
        thread::sleep(Duration::from_millis(50));
        assert_eq!(seen(), [""; 0], "the unload waits");
        MAY_END.store(true, Ordering::Release);
        unload.join().unwrap().unwrap();
    });
    assert_eq!(seen(), ["the worker has ended", "the filter is gone"]);
}
