//! Operations in the hands of a callback, and the statuses that it may answer with.
//!
//! [`PreOp`] and [`PostOp`] are the callback data while the filter controls the operation: they end with the callback, so
//! nothing can touch the data afterwards (C-24). The statuses are enumerations whose variants carry what only a legal case
//! can make: a [`Completed`] comes from completing that operation, a [`FastIoDisallowed`] from a fast I/O operation, a
//! [`Pending`] from handing an IRP to who goes on with it.
//!
//! ```
//! use fltmgr::operation::Class;
//! use fltmgr::{Error, PreOp, PreStatus, op};
//!
//! /// Refuses reads that bypass the cache, unless the memory manager or the cache manager asks.
//! fn pre<'a>(read: PreOp<'a, op::Read>) -> PreStatus<'a, op::Read> {
//!     match read.class() {
//!         Class::Irp if read.is_non_cached() && !read.is_paging_io() => read.fail(Error::ACCESS_DENIED).into(),
//!         _ => read.pass().into(),
//!     }
//! }
//! ```

mod after;
mod before;
mod reissue;
mod status_callback;

pub use after::{After, NotSafe, PostIrp, PostOp, PostStatus, SafePostOp};
pub use before::{
    Before, Completed, FastIoDisallowed, FsFilterIoDisallowed, Irp, Passed, Pending, PreOp, PreStatus, Synchronize,
    SynchronizedStatus,
};
pub use reissue::Reissue;
pub use status_callback::StatusCallback;

use crate::instance::Instance;
use crate::irql::{ApcLevel, Irql, NotAbove};
use crate::name::{FileName, Format, Query};
use crate::op::{self, Operation};
use crate::process::Requestor;
use crate::status::{Error, Result, Status};
use core::marker::PhantomData;
use core::ptr::NonNull;
use fltmgr_sys as sys;

/// How an operation came: exactly one of the three (B-01).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Class {
    /// As an I/O request packet.
    Irp,
    /// As fast I/O.
    FastIo,
    /// As a file system filter callback.
    FsFilter,
}

/// What pre- and post-operation callbacks both see of an operation.
///
/// # Invariants
///
/// Both pointers are those of a callback for an operation of kind `O` that lasts for `'a`.
pub struct CallbackData<'a, O: Operation> {
    data: NonNull<sys::FLT_CALLBACK_DATA>,
    objects: NonNull<sys::FLT_RELATED_OBJECTS>,
    marker: PhantomData<(*mut &'a (), O)>,
}

impl<O: Operation> CallbackData<'_, O> {
    /// # Safety
    ///
    /// The pointers are those of a callback for an operation of kind `O`, or of one that the filter has pended, which
    /// is the filter's for the chosen lifetime.
    pub(crate) unsafe fn new(data: *mut sys::FLT_CALLBACK_DATA, objects: *const sys::FLT_RELATED_OBJECTS) -> Self {
        // SAFETY: the Filter Manager passes both.
        let (data, objects) = unsafe { (NonNull::new_unchecked(data), NonNull::new_unchecked(objects.cast_mut())) };
        // INVARIANT: the caller vouches for both.
        Self { data, objects, marker: PhantomData }
    }

    /// The callback data as C has it.
    pub(crate) fn as_raw(&self) -> *mut sys::FLT_CALLBACK_DATA {
        self.data.as_ptr()
    }

    /// Stores how the operation ends. The filter must control it, and be about to say so (B-08).
    pub(crate) fn store_status(&mut self, status: Status, information: u64) {
        // STATUS_FLT_DISALLOW_FAST_IO is the Filter Manager's alone, wherever the filter has it from (C-08).
        let status = if status.raw() == sys::STATUS_FLT_DISALLOW_FAST_IO {
            Error::INVALID_DEVICE_REQUEST.into()
        } else {
            status
        };
        // SAFETY: by the invariant the callback data is valid, and the exclusive borrow is the only one of this thread.
        let data = unsafe { self.data.as_mut() };
        data.IoStatus.Information = information;
        data.IoStatus.__bindgen_anon_1.Status = status.raw();
    }

    pub(crate) fn data(&self) -> &sys::FLT_CALLBACK_DATA {
        // SAFETY: by the invariant the callback data is valid.
        unsafe { self.data.as_ref() }
    }

    pub(crate) fn block(&self) -> &sys::FLT_IO_PARAMETER_BLOCK {
        // SAFETY: callback data has a parameter block, which is valid as long as it is.
        unsafe { &*self.data().Iopb }
    }

    pub(crate) fn objects(&self) -> &sys::FLT_RELATED_OBJECTS {
        // SAFETY: by the invariant the objects are valid.
        unsafe { self.objects.as_ref() }
    }

    /// The class of the operation.
    pub fn class(&self) -> Class {
        let flags = self.data().Flags;
        if flags & sys::FLTFL_CALLBACK_DATA_FAST_IO_OPERATION != 0 {
            Class::FastIo
        } else if flags & sys::FLTFL_CALLBACK_DATA_FS_FILTER_OPERATION != 0 {
            Class::FsFilter
        } else {
            Class::Irp
        }
    }

    /// Whether this is paging I/O: an IRP that the memory or cache manager sent. IrpFlags count for IRPs only (B-23).
    pub fn is_paging_io(&self) -> bool {
        self.class() == Class::Irp && self.block().IrpFlags & sys::IRP_PAGING_IO != 0
    }

    /// Whether this IRP bypasses the cache: IRP_NOCACHE. IrpFlags count for IRPs only (B-23).
    pub fn is_non_cached(&self) -> bool {
        self.class() == Class::Irp && self.block().IrpFlags & sys::IRP_NOCACHE != 0
    }

    /// Whether the operation's buffer is nonpaged memory of the system, whatever its class (B-19). What
    /// FLT_IS_SYSTEM_BUFFER says.
    pub fn is_system_buffer(&self) -> bool {
        self.data().Flags & sys::FLTFL_CALLBACK_DATA_SYSTEM_BUFFER != 0
    }

    /// Whether a filter generated the operation, which only an IRP can be (B-18).
    pub fn is_generated(&self) -> bool {
        self.data().Flags & sys::FLTFL_CALLBACK_DATA_GENERATED_IO != 0
    }

    /// Whether a filter has issued the operation again, which only an IRP can be (B-18). What FLT_IS_REISSUED_IO says.
    pub fn is_reissued(&self) -> bool {
        self.data().Flags & sys::FLTFL_CALLBACK_DATA_REISSUED_IO != 0
    }

    /// Whether whoever asked for the operation waits for it (B-32). Wraps FltIsOperationSynchronous, at any IRQL. It does
    /// not say that a filter has synchronized it (F-14).
    pub fn is_synchronous(&self) -> bool {
        // SAFETY: by the invariant the callback data is valid; any IRQL.
        unsafe { sys::FltIsOperationSynchronous(self.as_raw()) != 0 }
    }

    /// Whether the calling thread has come here through no file system: its TopLevelIrp is NULL. Else the file system cannot
    /// be asked for names (K-05), and nothing can be handed to a worker (E-05). Wraps IoGetTopLevelIrp, up to
    /// DISPATCH_LEVEL.
    pub fn is_top_level(&self) -> bool {
        // SAFETY: the routine has no argument.
        unsafe { sys::IoGetTopLevelIrp() }.is_null()
    }

    /// The parameters, through the view that the kind of operation selects.
    pub fn parameters(&self) -> <O as op::sealed::Sealed>::View<'_> {
        // SAFETY: by the invariant the callback data is that of an operation of kind `O`.
        unsafe { O::view(self.data()) }
    }

    /// Who asked for the operation.
    pub fn requestor(&self) -> Requestor<'_> {
        // SAFETY: by the invariant the callback data is valid.
        unsafe { Requestor::new(self.data) }
    }

    /// The instance that the operation passes.
    pub fn instance(&self) -> Instance<'_> {
        // SAFETY: operations pass instances, so the objects have one.
        unsafe { Instance::new(self.objects()) }
    }

    /// Whether the operation has a file object. What is asked of a volume as a whole may have none.
    pub fn has_file_object(&self) -> bool {
        !self.objects().FileObject.is_null()
    }

    /// The name of the file. Wraps FltGetFileNameInformation, up to APC_LEVEL.
    ///
    /// # Errors
    ///
    /// STATUS_FLT_INVALID_NAME_REQUEST where the file system cannot be asked (K-04 to K-08), STATUS_FLT_NAME_CACHE_MISS
    /// (K-03), STATUS_INSUFFICIENT_RESOURCES, STATUS_ACCESS_DENIED, STATUS_NOT_SAME_DEVICE, and whatever else the file
    /// system or a provider of names returns.
    pub fn name<'b, L: NotAbove<ApcLevel>>(
        &self,
        format: Format,
        query: Query,
        _: Irql<'b, L>,
    ) -> Result<FileName<'b>> {
        // SAFETY: by the invariant the callback data is valid; the level holds for `'b`.
        unsafe { FileName::query(self.data, format, query) }
    }
}
