//! What a filter waits for in an operation ends with the event, with the operation and with the thread.

use crate::rig::{open, saw, seen, seen_after, with_file};
use fltmgr_sys as sys;
use std::sync::mpsc;
use std::thread;

/// A filter that waits for events when a file is flushed.
mod waiting {
    use super::saw;
    use fltmgr::cancel::Waited;
    use fltmgr::event::Event;
    use fltmgr::pool::Tag;
    use fltmgr::time::Ticks;
    use fltmgr::{Error, Filter, Operations, Pre, PreOp, PreStatus, Result, Starting, op};

    struct Wait([Event; 2]);

    impl Filter for Wait {
        const OPERATIONS: Operations<Self> = Operations::new().pre::<op::FlushBuffers>();

        fn start(_: &mut Starting<'_, Self>) -> Result<Self> {
            let event = || Event::try_new(Tag::new(*b"Test"));
            Ok(Self([event()?, event()?]))
        }
    }

    impl Pre<op::FlushBuffers> for Wait {
        fn pre<'a>(&self, flush: PreOp<'a, op::FlushBuffers>) -> PreStatus<'a, op::FlushBuffers> {
            let at = flush.irql();
            let mut flush = flush.into_irp().ok().unwrap();
            let [first, second] = &self.0;
            let both = || [first.into(), second.into()];
            let at_once = Some(Ticks(0));
            saw(format!("none {:?}", flush.wait_for_any(both(), at, at_once)));
            second.set();
            saw(format!("any {:?}", flush.wait_for_any(both(), at, None)));
            first.set();
            saw(format!("all {:?}", flush.wait_for_all(both(), at, at_once)));
            second.set();
            saw(format!("all {:?}", flush.wait_for_all(both(), at, None)));
            saw(format!("one {:?}", flush.wait_for(first, at, at_once)));
            saw("waits");
            let waited = flush.wait_for(second, at, None);
            saw(format!("one {waited:?}, canceled {}", flush.is_canceled()));
            let flush = flush.into_operation();
            match waited {
                Waited::Canceled | Waited::ThreadEnding => flush.fail(Error::CANCELLED).into(),
                Waited::Signalled(()) | Waited::TimedOut => flush.pass().into(),
            }
        }
    }

    fltmgr::driver!(Wait);
}

#[test]
fn waits_end_with_their_events_and_with_the_operation() {
    let guarded = with_file(waiting::driver_entry);
    let file = open(&guarded);
    thread::scope(|scope| {
        let flush = scope.spawn(|| file.flush());
        let expected = [
            "none TimedOut",
            "any Signalled(1)",
            "all TimedOut",
            "all Signalled(())",
            "one TimedOut",
            "waits",
            "one Canceled, canceled true",
        ];
        assert_eq!(seen_after(expected.len() - 1), expected[..expected.len() - 1]);
        while file.cancel_io() == 0 {
            thread::yield_now();
        }
        assert_eq!(flush.join().unwrap().unwrap_err().0, sys::STATUS_CANCELLED);
        assert_eq!(seen(), expected[expected.len() - 1..]);
    });
}

#[test]
fn a_wait_ends_with_its_thread() {
    let guarded = with_file(waiting::driver_entry);
    let file = open(&guarded);
    let (this, is_this) = mpsc::channel();
    thread::scope(|scope| {
        let flush = scope.spawn(|| {
            this.send(fltsim::kernel::thread::current()).unwrap();
            let flushed = file.flush();
            fltsim::kernel::thread::current().set_terminating(false);
            flushed
        });
        seen_after(6);
        is_this.recv().unwrap().set_terminating(true);
        assert_eq!(flush.join().unwrap().unwrap_err().0, sys::STATUS_CANCELLED);
        assert_eq!(seen(), ["one ThreadEnding, canceled false"]);
    });
}
