//! Operations that nobody waits for (rules N-18 to N-21).

use std::ptr;
use std::sync::Arc;

use arc_swap::Guard;
use fltmgr_sys as sys;

use super::super::own::{self, OwnIo};
use super::super::pended::Turn;
use super::{Operation, Request, Step};

/// The address of an operation, for the thread that goes on with it.
struct Handed(*const Operation);

// SAFETY: the operation is handed over as a whole.
unsafe impl Send for Handed {}

/// Sends an operation down in this thread. The file system is asked, and the way up begins, in another one; whoever comes
/// to its end finishes it. Answers whether that was this thread.
pub(crate) fn start(mut request: Request<'_>) -> bool {
    let stack = Guard::into_inner(request.volume.stack());
    let position = stack.start(request.parameters.MajorFunction, request.floor);
    request.file.make_known();
    let operation = Operation::new(&mut request, stack, position);
    // SAFETY: the operation lives until it is finished.
    unsafe { &*operation }.run(Step::Down, false) == Turn::Done
}

impl Operation {
    pub(super) fn is_asynchronous(&self) -> bool {
        self.own.as_ref().is_some_and(OwnIo::is_asynchronous)
    }

    /// Has a worker thread ask the file system. The operation may be gone afterwards.
    pub(super) fn queue_bottom(&self) {
        if !self.progress().status_requests.is_empty() {
            self.answer_status_requests(sys::STATUS_PENDING);
        }
        let machine = Arc::clone(self.volume.machine());
        let handed = Handed(self);
        machine.workers().queue(&machine, move || {
            let handed = handed;
            // SAFETY: nobody else has the operation, which ends only when it is finished.
            unsafe { &*handed.0 }.run(Step::Bottom, false);
        });
    }

    /// Ends the operation: calls who wants to know. It is gone afterwards.
    pub(super) fn finish_asynchronous(&self) {
        // SAFETY: the operation was leaked when it was started, and this thread, which has come to its end, is the only
        // one that has it.
        let mut operation = unsafe { Box::from_raw(ptr::from_ref(self).cast_mut()) };
        let reached_bottom = operation.progress().reached_bottom;
        let own = operation.own.take();
        if let Some(own) = own {
            own.end();
            let result = operation.finish();
            own::finish(own, result, reached_bottom);
        }
    }
}
