//! What the file system answers when it is called, which may be that the operation is pending (B-33).
//!
//! The post-operation of a request for an oplock comes when the oplock breaks. Whether it was granted is known long before:
//! STATUS_PENDING says that it was.
//!
//! ```
//! #![no_std]
//! use fltmgr::irql::{ApcLevel, Irql};
//! use fltmgr::operation::StatusCallback;
//! use fltmgr::{Filter, Operations, Pre, PreOp, PreStatus, Result, Starting, Status, debug_println, op};
//!
//! struct Tell;
//!
//! impl Filter for Tell {
//!     const OPERATIONS: Operations<Self> = Operations::new().pre::<op::FileSystemControl>();
//!
//!     fn start(_: &mut Starting<'_, Self>) -> Result<Self> {
//!         Ok(Self)
//!     }
//! }
//!
//! #[derive(Clone, Copy)]
//! struct Called;
//!
//! impl StatusCallback<op::FileSystemControl> for Called {
//!     type Filter = Tell;
//!
//!     fn called(self, _: &Tell, status: Status, _: Irql<'_, ApcLevel>) {
//!         debug_println!("{:08x}", status.raw());
//!     }
//! }
//!
//! impl Pre<op::FileSystemControl> for Tell {
//!     fn pre<'a>(&self, control: PreOp<'a, op::FileSystemControl>) -> PreStatus<'a, op::FileSystemControl> {
//!         let control = match control.into_irp() {
//!             Ok(control) => control,
//!             Err(control) => return control.pass().into(),
//!         };
//!         control.pass_and_tell(Called).map_or_else(|(control, _)| control.pass().into(), Into::into)
//!     }
//! }
//!
//! fltmgr::driver!(Tell);
//! # extern crate std;
//! # fn main() {}
//! ```

use super::{Irp, Passed, PreOp};
use crate::filter::{Driver, Filter};
use crate::irql::{ApcLevel, Irql};
use crate::op::{CanFail, IsIrp};
use crate::status::{Error, Status};
use core::ffi::c_void;
use core::mem::MaybeUninit;
use core::ptr;
use fltmgr_sys as sys;

/// Is told what the file system has answered. It is a plain value of a pointer's size at most, since nobody says when it is
/// not called because a filter below has completed the operation.
pub trait StatusCallback<O: CanFail + IsIrp>: Copy + Send + 'static {
    /// The filter that wants to know.
    type Filter: Filter;

    /// The file system was called and has returned: in the thread that the operation was passed on in, at APC_LEVEL at most.
    /// STATUS_PENDING says that it goes on with the operation later, which may have ended by now nevertheless.
    fn called(self, filter: &Self::Filter, status: Status, at: Irql<'_, ApcLevel>);
}

impl<'a, O: CanFail + IsIrp> Irp<'a, O> {
    /// Lets the operation go on, without a post-operation, and has the callback told what the file system answers. Wraps
    /// FltRequestOperationStatusCallback, up to APC_LEVEL. It is for no close (B-33).
    ///
    /// # Errors
    ///
    /// The operation, and STATUS_INSUFFICIENT_RESOURCES, or STATUS_FLT_DELETING_OBJECT if the instance is being torn down.
    pub fn pass_and_tell<T: StatusCallback<O>>(self, callback: T) -> Result<Passed<'a, O>, (PreOp<'a, O>, Error)> {
        const {
            assert!(size_of::<T>() <= size_of::<*mut c_void>() && align_of::<T>() <= align_of::<*mut c_void>());
        }
        let mut context = MaybeUninit::<*mut c_void>::new(ptr::null_mut());
        // SAFETY: the value has room in a pointer, as was asserted.
        unsafe { context.as_mut_ptr().cast::<T>().write(callback) };
        // SAFETY: the operation is an IRP in its pre-operation callback, and no close; padding of the value lies over zeros.
        let status = unsafe {
            sys::FltRequestOperationStatusCallback(self.as_raw(), Some(called::<T, O>), context.assume_init())
        };
        match Error::check(status) {
            Ok(_) => Ok(self.into_operation().pass()),
            Err(error) => Err((self.into_operation(), error)),
        }
    }
}

sys::callback! {
    /// The callback.
    ///
    /// # Safety
    ///
    /// Called by the Filter Manager for an operation that [`Irp::pass_and_tell`] has passed on.
    unsafe fn called<T: StatusCallback<O>, O: CanFail + IsIrp>(
        _: *const sys::FLT_RELATED_OBJECTS,
        _: *mut sys::FLT_IO_PARAMETER_BLOCK,
        status: sys::NTSTATUS,
        context: *mut c_void,
    ) {
        // SAFETY: the context has the value, which is Copy.
        let callback = unsafe { (&raw const context).cast::<T>().read() };
        if let Some(filter) = T::Filter::slot().started() {
            // SAFETY: it is called at APC_LEVEL at most (B-33).
            callback.called(filter, Status::from_raw(status), unsafe { Irql::assume() });
        }
    }
}
