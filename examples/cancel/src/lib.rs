//! Shows operations that wait and can be canceled meanwhile: one that is pended, and one that keeps its thread.
//!
//! Whoever opens a file whose name ends in `.next` waits until the next one does. The create is pended, and its cancel routine
//! ends it with STATUS_CANCELLED if it is canceled before that: either the canceler or the next create gets it, never both.
//!
//! Whoever opens a file whose name ends in `.bell` waits in the callback until somebody opens `ring`. The wait ends when the
//! create is canceled or its thread is to end, and the filter decides what becomes of the create.
#![no_std]
#[cfg(not(target_os = "windows"))]
extern crate std;

use core::sync::atomic::{AtomicBool, Ordering};
use fltmgr::cancel::{Waited, Waiting};
use fltmgr::event::Event;
use fltmgr::instance::{Instance, Teardown};
use fltmgr::irql::{Irql, PassiveLevel};
use fltmgr::name::{Format, Query};
use fltmgr::operation::Irp;
use fltmgr::pool::Tag;
use fltmgr::{Error, Filter, Operations, Pre, PreOp, PreStatus, Result, Starting, op, utf16};

const TAG: Tag = Tag::new(*b"Cncl");

/// The filter.
pub struct Cancel {
    /// The create that waits for the next one.
    bell: Event,
    /// Nobody is to wait any more.
    closing: AtomicBool,
}

impl Filter for Cancel {
    const OPERATIONS: Operations<Self> = Operations::new().pre::<op::Create>();

    fn start(_: &mut Starting<'_, Self>) -> Result<Self> {
        Ok(Self { bell: Event::try_new(TAG)?, closing: AtomicBool::new(false) })
    }

    fn detaching(&self, _: Instance<'_>, _: Teardown, at: Irql<'_, PassiveLevel>) {
        self.closing.store(true, Ordering::Release);
        self.bell.set();
        // What is dropped without being taken ends with STATUS_CANCELLED.
        drop(self.held().take(at));
    }
}

impl Pre<op::Create> for Cancel {
    fn pre<'a>(&self, create: PreOp<'a, op::Create>) -> PreStatus<'a, op::Create> {
        let Ok(name) = create.name(Format::Normalized, Query::Default, create.irql()) else {
            return create.pass().into();
        };
        if name.units().ends_with(utf16!(".next")) {
            self.wait_for_next(create)
        } else if name.units().ends_with(utf16!(".bell")) {
            self.wait_for_bell(create)
        } else {
            if name.units().ends_with(utf16!("\\ring")) {
                self.bell.set();
            }
            create.pass().into()
        }
    }
}

impl Cancel {
    fn wait_for_next<'a>(&self, create: PreOp<'a, op::Create>) -> PreStatus<'a, op::Create> {
        let at = create.irql();
        let create = match create.into_irp().and_then(Irp::cancelable) {
            Ok(create) => create,
            Err(create) => return create.pass().into(),
        };
        let (pending, waiting) = match create.pend(TAG) {
            Ok(held) => held,
            Err((create, error)) => return create.fail(error).into(),
        };
        if let Ok(Some(before)) = self.held().put(waiting, at)
            && let Some(before) = before.take()
        {
            before.pass(at);
        }
        if self.closing.load(Ordering::Acquire) {
            drop(self.held().take(at));
        }
        pending.into()
    }

    fn wait_for_bell<'a>(&self, create: PreOp<'a, op::Create>) -> PreStatus<'a, op::Create> {
        let at = create.irql();
        let mut create = match create.into_irp() {
            Ok(create) => create,
            Err(create) => return create.pass().into(),
        };
        let waited = create.wait_for(&self.bell, at, None);
        if self.closing.load(Ordering::Acquire) {
            // The bell wakes one; that one wakes the next.
            self.bell.set();
        }
        let create = create.into_operation();
        match waited {
            Waited::Signalled(()) | Waited::TimedOut => create.pass().into(),
            Waited::Canceled | Waited::ThreadEnding => create.fail(Error::CANCELLED).into(),
        }
    }
}

fltmgr::driver!(Cancel, held: Waiting<op::Create>);
