//! The table of operations that a filter is called for, and what the Filter Manager calls for each.

use super::{Carry, Filter, Pre, PrePost, Synchronized};
use crate::irql::Irql;
use crate::op::{CanSynchronize, HasPost, OnHandle, Operation, Transfers};
use crate::operation::{PostOp, PreOp};
use crate::resident::SharedAt;
use core::ffi::c_void;
use core::marker::PhantomData;
use core::ptr;
use fltmgr_sys as sys;

/// The most operations that can be registered: every major function once, and the end mark.
const OPERATION_ROOM: usize = 48;

/// The operations a filter is called for, as a constant table.
pub struct Operations<F> {
    entries: [sys::FLT_OPERATION_REGISTRATION; OPERATION_ROOM],
    length: usize,
    /// Which of the entries are of operations that are synchronized, by bits.
    synchronized: u64,
    filter: PhantomData<fn() -> F>,
}

impl<F: Filter> Operations<F> {
    const END: sys::FLT_OPERATION_REGISTRATION = sys::FLT_OPERATION_REGISTRATION {
        MajorFunction: sys::IRP_MJ_OPERATION_END as u8,
        Flags: 0,
        PreOperation: None,
        PostOperation: None,
        Reserved1: ptr::null_mut(),
    };

    /// The table as FltRegisterFilter takes it.
    pub(super) const fn as_raw(&'static self) -> *const sys::FLT_OPERATION_REGISTRATION {
        self.entries.as_ptr()
    }

    /// No operations.
    pub const fn new() -> Self {
        Self { entries: [Self::END; OPERATION_ROOM], length: 0, synchronized: 0, filter: PhantomData }
    }

    /// Calls [`Pre::pre`] before each operation of kind `O`. A kind that is there already does not compile (A-10).
    #[must_use]
    pub const fn pre<O: Operation>(self) -> Self
    where
        F: Pre<O>,
    {
        self.with(O::MAJOR, Some(pre_only::<F, O>), None)
    }

    /// Calls [`PrePost::pre`] before each operation of kind `O` and [`PrePost::post`] after those that went on with a
    /// value. A kind that is there already does not compile (A-10), and neither does a filter that leads to paged memory
    /// where the post-operation may run at DISPATCH_LEVEL (D-11).
    #[must_use]
    pub const fn pre_post<O: Operation + HasPost>(self) -> Self
    where
        F: PrePost<O> + SharedAt<O::PostLevel>,
    {
        self.with(O::MAJOR, Some(pre_of_both::<F, O>), Some(post_of_both::<F, O>))
    }

    /// Calls [`Synchronized::pre`] before each operation of kind `O` and [`Synchronized::post`], in the same thread, after
    /// those that it synchronized. A kind that is there already does not compile (A-10).
    #[must_use]
    pub const fn synchronized<O: CanSynchronize>(self) -> Self
    where
        F: Synchronized<O>,
    {
        let index = self.length;
        let mut table = self.with(O::MAJOR, Some(pre_synchronized::<F, O>), Some(post_synchronized::<F, O>));
        table.synchronized |= 1 << index;
        table
    }

    /// Whether the post-operation of this operation comes in the thread of its pre-operation, which waits for it.
    pub(crate) const fn synchronizes(&self, major: u8) -> bool {
        let mut index = 0;
        while index < self.length {
            if self.entries[index].MajorFunction == major {
                return self.synchronized >> index & 1 != 0;
            }
            index += 1;
        }
        false
    }

    /// Leaves out paging I/O of kind `O`, which is registered (A-14). Only reads and writes are paging I/O.
    ///
    /// ```compile_fail,E0277
    /// use fltmgr::{Filter, Operations, op};
    /// fn skip<F: Filter>(operations: Operations<F>) -> Operations<F> {
    ///     operations.skip_paging_io::<op::Create>()
    /// }
    /// ```
    #[must_use]
    pub const fn skip_paging_io<O: Transfers>(self) -> Self {
        self.skip(O::MAJOR, sys::FLTFL_OPERATION_REGISTRATION_SKIP_PAGING_IO)
    }

    /// Leaves out cached I/O of kind `O`, which is registered: all fast I/O is (A-15).
    #[must_use]
    pub const fn skip_cached_io<O: Transfers>(self) -> Self {
        self.skip(O::MAJOR, sys::FLTFL_OPERATION_REGISTRATION_SKIP_CACHED_IO)
    }

    /// Leaves out what is neither cached nor paging I/O of kind `O`, which is registered (A-16).
    #[must_use]
    pub const fn skip_non_cached_non_paging_io<O: Transfers>(self) -> Self {
        self.skip(O::MAJOR, sys::FLTFL_OPERATION_REGISTRATION_SKIP_NON_CACHED_NON_PAGING_IO)
    }

    /// Leaves out what of kind `O`, which is registered, is on another handle than one of a volume (A-16).
    #[must_use]
    pub const fn skip_non_dasd_io<O: OnHandle>(self) -> Self {
        self.skip(O::MAJOR, sys::FLTFL_OPERATION_REGISTRATION_SKIP_NON_DASD_IO)
    }

    const fn skip(mut self, major: u8, flag: sys::FLT_OPERATION_REGISTRATION_FLAGS) -> Self {
        let mut index = 0;
        while index < self.length && self.entries[index].MajorFunction != major {
            index += 1;
        }
        assert!(index < self.length, "what is left out is of an operation that was registered before");
        self.entries[index].Flags |= flag;
        self
    }

    const fn with(
        mut self,
        major: u8,
        pre: sys::PFLT_PRE_OPERATION_CALLBACK,
        post: sys::PFLT_POST_OPERATION_CALLBACK,
    ) -> Self {
        let mut index = 0;
        while index < self.length {
            assert!(self.entries[index].MajorFunction != major, "an operation is registered once");
            index += 1;
        }
        self.entries[self.length] = sys::FLT_OPERATION_REGISTRATION {
            MajorFunction: major,
            Flags: 0,
            PreOperation: pre,
            PostOperation: post,
            Reserved1: ptr::null_mut(),
        };
        self.length += 1;
        self
    }
}

impl<F: Filter> Default for Operations<F> {
    fn default() -> Self {
        Self::new()
    }
}

/// Sends what travels to the post-operation on its way, which only statuses do that lead there (C-03, F-12).
///
/// # Safety
///
/// `data` is that of an operation whose pre-operation is about to answer so, and `context` is the address of the completion
/// context that the Filter Manager passed to it.
unsafe fn send<C: Carry>(mut carry: C, data: *mut sys::FLT_CALLBACK_DATA, context: *mut *mut c_void) {
    // SAFETY: the caller vouches for both.
    unsafe {
        carry.depart(data);
        *context = carry.into_raw();
    }
}

/// What travelled to the post-operation; `None` while draining, when it is only freed (D-15, F-03).
///
/// # Safety
///
/// `context` is what [`send`] sent of this type, and is taken back once.
unsafe fn receive<C: Carry>(context: *mut c_void, flags: sys::FLT_POST_OPERATION_FLAGS) -> Option<C> {
    // SAFETY: the caller vouches for it.
    let carry = unsafe { C::from_raw(context) };
    (flags & sys::FLTFL_POST_OPERATION_DRAINING == 0).then_some(carry)
}

sys::callback! {
    /// The pre-operation callback of a kind without post-operation.
    ///
    /// # Safety
    ///
    /// - Called by the Filter Manager as the callback that it is registered as.
    /// - So the filter is running, and the operation is of kind `O`.
    unsafe fn pre_only<F: Pre<O>, O: Operation>(
        data: *mut sys::FLT_CALLBACK_DATA,
        objects: *const sys::FLT_RELATED_OBJECTS,
        _: *mut *mut c_void,
    ) -> sys::FLT_PREOP_CALLBACK_STATUS {
        // SAFETY: the arguments are those of a pre-operation callback for an operation of this kind.
        let operation = unsafe { PreOp::<O>::new(data, objects) };
        // SAFETY: callbacks are called while the filter runs only.
        unsafe { F::slot().running() }.pre(operation).into_raw(|nothing| match nothing {})
    }
}

sys::callback! {
    /// The pre-operation callback of a kind with post-operation.
    ///
    /// # Safety
    ///
    /// As for [`pre_only`].
    unsafe fn pre_of_both<F: PrePost<O>, O: Operation + HasPost>(
        data: *mut sys::FLT_CALLBACK_DATA,
        objects: *const sys::FLT_RELATED_OBJECTS,
        context: *mut *mut c_void,
    ) -> sys::FLT_PREOP_CALLBACK_STATUS {
        // SAFETY: the arguments are those of a pre-operation callback for an operation of this kind.
        let operation = unsafe { PreOp::<O>::new(data, objects) };
        // SAFETY: callbacks are called while the filter runs only.
        let answer = unsafe { F::slot().running() }.pre(operation);
        // SAFETY: these are the arguments of the pre-operation.
        answer.into_raw(|carry| unsafe { send(carry, data, context) })
    }
}

sys::callback! {
    /// The post-operation callback.
    ///
    /// # Safety
    ///
    /// As for [`pre_only`].
    unsafe fn post_of_both<F: PrePost<O>, O: Operation + HasPost>(
        data: *mut sys::FLT_CALLBACK_DATA,
        objects: *const sys::FLT_RELATED_OBJECTS,
        context: *mut c_void,
        flags: sys::FLT_POST_OPERATION_FLAGS,
    ) -> sys::FLT_POSTOP_CALLBACK_STATUS {
        // SAFETY: this callback follows a pre-operation that went on with a value, and is the only one to take it back.
        let Some(carry) = (unsafe { receive::<F::Carry>(context, flags) }) else {
            return sys::FLT_POSTOP_FINISHED_PROCESSING;
        };
        // SAFETY: the arguments are those of a post-operation callback for an operation of this kind that is not drained.
        let operation = unsafe { PostOp::<O>::new(data, objects) };
        // SAFETY: callbacks are called while the filter runs only.
        unsafe { F::slot().running() }.post(operation, carry).into_raw()
    }
}

sys::callback! {
    /// The pre-operation callback of a kind whose post-operation is synchronized.
    ///
    /// # Safety
    ///
    /// As for [`pre_only`].
    unsafe fn pre_synchronized<F: Synchronized<O>, O: CanSynchronize>(
        data: *mut sys::FLT_CALLBACK_DATA,
        objects: *const sys::FLT_RELATED_OBJECTS,
        context: *mut *mut c_void,
    ) -> sys::FLT_PREOP_CALLBACK_STATUS {
        // SAFETY: the arguments are those of a pre-operation callback for an operation of this kind.
        let operation = unsafe { PreOp::<O>::new(data, objects) };
        // SAFETY: callbacks are called while the filter runs only.
        let answer = unsafe { F::slot().running() }.pre(operation);
        // SAFETY: these are the arguments of the pre-operation.
        answer.into_raw(|carry| unsafe { send(carry, data, context) })
    }
}

sys::callback! {
    /// The post-operation callback that is synchronized.
    ///
    /// # Safety
    ///
    /// As for [`pre_only`].
    unsafe fn post_synchronized<F: Synchronized<O>, O: CanSynchronize>(
        data: *mut sys::FLT_CALLBACK_DATA,
        objects: *const sys::FLT_RELATED_OBJECTS,
        context: *mut c_void,
        flags: sys::FLT_POST_OPERATION_FLAGS,
    ) -> sys::FLT_POSTOP_CALLBACK_STATUS {
        // SAFETY: this callback follows a pre-operation that went on with a value, and is the only one to take it back.
        let Some(carry) = (unsafe { receive::<F::Carry>(context, flags) }) else {
            return sys::FLT_POSTOP_FINISHED_PROCESSING;
        };
        // SAFETY: the arguments are those of a post-operation callback for an operation of this kind that is not drained.
        let operation = unsafe { PostOp::<O>::new(data, objects) };
        // SAFETY: callbacks are called while the filter runs only; the level is at most APC_LEVEL (F-02, D-09).
        unsafe { F::slot().running() }.post(operation, carry, unsafe { Irql::assume() }).into_raw()
    }
}
