//! Operations that are performed once more, after the file system has seen them (N-30 to N-32).
//!
//! ```
//! use fltmgr::irql::{ApcLevel, Irql};
//! use fltmgr::{Error, PostOp, PostStatus, Synchronized, op};
//!
//! /// Has a read that failed for want of memory be tried once more, in the post-operation that it was synchronized for.
//! fn post<'a, F>(filter: &F, read: PostOp<'a, op::Read>, at: Irql<'a, ApcLevel>) -> PostStatus<'a, op::Read>
//! where
//!     F: Synchronized<op::Read>,
//! {
//!     match at.passive() {
//!         Some(at) if read.status() == Error::INSUFFICIENT_RESOURCES.into() => match read.reissue(filter, at) {
//!             Ok(again) => again.perform().finish(),
//!             Err(read) => read.finish(),
//!         },
//!         _ => read.finish(),
//!     }
//! }
//! ```

use super::{Before, Class, PostOp};
use crate::filter::Filter;
use crate::irql::{Irql, PassiveLevel};
use crate::op::IsIrp;
use fltmgr_sys as sys;

/// An operation in its post-operation callback that can be performed once more.
///
/// # Invariants
///
/// It is an IRP that the filter has synchronized, or a create that has opened nothing, in the thread of its pre-operation, at
/// PASSIVE_LEVEL.
pub struct Reissue<'a, O: IsIrp>(PostOp<'a, O>);

impl<'a, O: IsIrp> PostOp<'a, O> {
    /// The operation as one that can be performed once more: an IRP of a kind that the filter has
    /// [`synchronized`](crate::Operations::synchronized), or a create, which always is (F-05); of another kind it does not
    /// build. A create that has opened its file cannot be performed again, nor can fast I/O (N-30). The level is PASSIVE_LEVEL,
    /// so that paging I/O which is completed at APC_LEVEL does not get here.
    ///
    /// # Errors
    ///
    /// The operation, which cannot.
    pub fn reissue<F: Filter>(self, _: &F, _: Irql<'_, PassiveLevel>) -> Result<Reissue<'a, O>, Self> {
        let is_create = const {
            let is_create = O::MAJOR as u32 == sys::IRP_MJ_CREATE;
            assert!(
                is_create || F::OPERATIONS.synchronizes(O::MAJOR),
                "an operation that is performed again is registered by `Operations::synchronized`"
            );
            is_create
        };
        // A create that ends with STATUS_REPARSE has opened nothing (D-31).
        let has_opened = is_create && self.status().is_success() && self.status() != crate::Status::REPARSE;
        let may = self.class() == Class::Irp && !has_opened;
        // INVARIANT: it was just asked for.
        if may { Ok(Reissue(self)) } else { Err(self) }
    }
}

impl<'a, O: IsIrp> Reissue<'a, O> {
    /// The operation as it was, to be finished.
    pub fn into_operation(self) -> PostOp<'a, O> {
        self.0
    }

    /// Changes parameters before the operation is performed; what changes one marks the callback data dirty (N-31).
    pub fn change<T>(&mut self, change: impl for<'b> FnOnce(&mut Before<'b, O>) -> T) -> T {
        // SAFETY: the filter controls the operation, at the lowest level, and is about to have it performed.
        change(&mut unsafe { Before::new(self.0.as_raw(), self.0.objects()) })
    }

    /// Performs the operation once more, and waits for it: the instances below and the file system see it (N-32). Its
    /// new outcome is what the filters above get, and what this one sees. Wraps FltReissueSynchronousIo, at
    /// PASSIVE_LEVEL.
    pub fn perform(self) -> PostOp<'a, O> {
        // SAFETY: by the invariant the operation is an IRP that was synchronized, at PASSIVE_LEVEL (N-30); the instance is
        // the one that it passed.
        unsafe { sys::FltReissueSynchronousIo(self.0.objects().Instance, self.0.as_raw()) };
        self.0
    }
}
