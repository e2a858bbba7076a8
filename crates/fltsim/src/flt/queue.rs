//! Callback-data queues: a filter's own store of pended operations, made safe against cancellation (rules G-01 to G-20).
//!
//! The storage and the lock are the filter's. An operation in a queue has [`Action::Queue`] armed; who takes that out
//! owns the operation, which is how a removal and a cancellation that race are told apart.

use std::ffi::c_void;
use std::ptr;
use std::sync::Arc;

use fltmgr_sys as sys;
use fltmgr_sys::{FLT_CALLBACK_DATA, FLT_CALLBACK_DATA_QUEUE, NTSTATUS, PFLT_CALLBACK_DATA_QUEUE, PIO_CSQ_IRP_CONTEXT};

use super::callback_data::CallbackBlock;
use super::cancel::Action;
use super::instance::Instance;
use super::object::Object;
use super::{invoke, pended};
use crate::kernel::call::call_back;

/// What a queue's `Csq.Type` is once it was initialized, so that one that was not is told apart.
const INITIALIZED: u32 = u32::from_le_bytes(*b"Cbdq");

/// A bit of `Flags`: nothing is taken in.
const DISABLED: i32 = 1;

/// The six routines of a queue.
#[derive(Clone, Copy)]
struct Routines {
    insert: unsafe extern "efiapi" fn(PFLT_CALLBACK_DATA_QUEUE, *mut FLT_CALLBACK_DATA, *mut c_void) -> NTSTATUS,
    remove: unsafe extern "efiapi" fn(PFLT_CALLBACK_DATA_QUEUE, *mut FLT_CALLBACK_DATA),
    peek: unsafe extern "efiapi" fn(
        PFLT_CALLBACK_DATA_QUEUE,
        *mut FLT_CALLBACK_DATA,
        *mut c_void,
    ) -> *mut FLT_CALLBACK_DATA,
    acquire: unsafe extern "efiapi" fn(PFLT_CALLBACK_DATA_QUEUE, *mut u8),
    release: unsafe extern "efiapi" fn(PFLT_CALLBACK_DATA_QUEUE, u8),
    complete_canceled: unsafe extern "efiapi" fn(PFLT_CALLBACK_DATA_QUEUE, *mut FLT_CALLBACK_DATA),
}

/// Makes a queue of an instance, enabled (rule G-01).
///
/// # Safety
///
/// `queue` must be memory of the driver's for a queue.
pub(crate) unsafe fn initialize(queue: PFLT_CALLBACK_DATA_QUEUE, content: FLT_CALLBACK_DATA_QUEUE) -> NTSTATUS {
    let complete = content.InsertIo.is_some()
        && content.RemoveIo.is_some()
        && content.PeekNextIo.is_some()
        && content.Acquire.is_some()
        && content.Release.is_some()
        && content.CompleteCanceledIo.is_some();
    if !complete || content.Instance.is_null() {
        return sys::STATUS_INVALID_PARAMETER;
    }
    // SAFETY: the caller vouches for the memory.
    unsafe {
        queue.write(content);
        (*queue).Csq.Type = INITIALIZED;
        (*queue).Flags = 0;
    }
    sys::STATUS_SUCCESS
}

/// A queue of a driver, checked to be one.
pub(crate) struct Queue {
    address: PFLT_CALLBACK_DATA_QUEUE,
    routines: Routines,
}

impl Queue {
    /// The queue behind a driver's pointer.
    ///
    /// # Safety
    ///
    /// `address` must be readable for a queue.
    ///
    /// # Panics
    ///
    /// If it is no queue that was initialized.
    pub(crate) unsafe fn of(address: PFLT_CALLBACK_DATA_QUEUE) -> Self {
        // SAFETY: the caller vouches for the memory.
        let queue = unsafe { &*address };
        let routines = || {
            Some(Routines {
                insert: queue.InsertIo?,
                remove: queue.RemoveIo?,
                peek: queue.PeekNextIo?,
                acquire: queue.Acquire?,
                release: queue.Release?,
                complete_canceled: queue.CompleteCanceledIo?,
            })
        };
        let routines = routines().filter(|_| queue.Csq.Type == INITIALIZED);
        let routines = routines.expect("a driver passed a callback-data queue that FltCbdqInitialize did not make");
        Self { address, routines }
    }

    /// The instance it belongs to.
    fn instance(&self) -> Arc<Instance> {
        // SAFETY: a queue belongs to an instance of its filter, which is there as long as the filter uses the queue.
        unsafe { Instance::arc_from_handle((*self.address).Instance) }
    }

    /// Runs `f` with the queue's lock held.
    fn locked<R: Copy>(&self, f: impl FnOnce() -> R) -> R {
        let mut irql = 0;
        // SAFETY: the routines are the driver's, called as it registered them.
        call_back(|| unsafe { (self.routines.acquire)(self.address, &raw mut irql) });
        let result = f();
        // SAFETY: as above, with the slot that Acquire filled (rule G-07).
        call_back(|| unsafe { (self.routines.release)(self.address, irql) });
        result
    }

    /// Takes what is in hand out of the driver's storage. The lock must be held.
    fn take_out(&self, data: *mut FLT_CALLBACK_DATA, context: PIO_CSQ_IRP_CONTEXT) {
        // SAFETY: the operation is in the queue, and the caller has disarmed it.
        call_back(|| unsafe { (self.routines.remove)(self.address, data) });
        // SAFETY: the context of an insertion outlives the stay in the queue (rule G-18).
        if let Some(context) = unsafe { context.as_mut() } {
            context.Irp = ptr::null_mut();
        }
    }

    /// Refuses or accepts newcomers from now on (rules G-09, G-20).
    pub(crate) fn enable(&self, enabled: bool) {
        // SAFETY: the flags are changed with the queue's lock held.
        self.locked(|| unsafe { (*self.address).Flags = if enabled { 0 } else { DISABLED } });
    }

    /// Inserts an operation (rules G-09 to G-12).
    ///
    /// # Safety
    ///
    /// `data` must be the driver's, and `context` NULL or a context that outlives the stay.
    pub(crate) unsafe fn insert(
        &self,
        data: *mut FLT_CALLBACK_DATA,
        context: PIO_CSQ_IRP_CONTEXT,
        insert_context: *mut c_void,
    ) -> NTSTATUS {
        // SAFETY: the caller vouches for the callback data.
        let operation = unsafe { CallbackBlock::of(data) }.operation();
        let Some(operation) = operation.filter(|operation| operation.is_irp()) else {
            self.instance().filter().report("G-03", "FltCbdqInsertIo was given an operation that is no IRP".to_owned());
            return sys::STATUS_INVALID_PARAMETER;
        };
        let (status, canceled) = self.locked(|| {
            // SAFETY: the lock is held.
            if unsafe { (*self.address).Flags } & DISABLED != 0 {
                return (sys::STATUS_FLT_CBDQ_DISABLED, false);
            }
            // SAFETY: the caller vouches for the context.
            if let Some(context) = unsafe { context.as_mut() } {
                context.Irp = data.cast();
                context.Csq = self.address.cast();
            }
            operation.set_queue_context(context);
            // SAFETY: the routine is the driver's, called as it registered it.
            let status = call_back(|| unsafe { (self.routines.insert)(self.address, data, insert_context) });
            if status < 0 {
                return (status, false);
            }
            pended::remember(operation);
            let armed = operation.cancel.arm(Action::Queue(self.address));
            if !armed {
                self.take_out(data, context);
            }
            (status, !armed)
        });
        if canceled {
            // SAFETY: the operation is out of the queue and in nobody else's hands.
            call_back(|| unsafe { (self.routines.complete_canceled)(self.address, data) });
        }
        status
    }

    /// Removes the operation of an insertion, unless it is gone (rule G-17).
    ///
    /// # Safety
    ///
    /// `context` must be one that [`Queue::insert`] has filled.
    pub(crate) unsafe fn remove(&self, context: PIO_CSQ_IRP_CONTEXT) -> *mut FLT_CALLBACK_DATA {
        self.locked(|| {
            // SAFETY: the caller vouches for the context, which changes with the lock held only.
            let data = unsafe { (*context).Irp }.cast::<FLT_CALLBACK_DATA>();
            if data.is_null() {
                return data;
            }
            // SAFETY: what a context names is in the queue, so it is alive.
            let Some(operation) = unsafe { CallbackBlock::of(data) }.operation() else { return ptr::null_mut() };
            if operation.cancel.disarm().is_none() {
                return ptr::null_mut();
            }
            self.take_out(data, context);
            data
        })
    }

    /// Removes the next operation that `peek_context` matches and that nobody cancels (rules G-15, G-16).
    pub(crate) fn remove_next(&self, peek_context: *mut c_void) -> *mut FLT_CALLBACK_DATA {
        self.locked(|| {
            let mut data = ptr::null_mut();
            loop {
                // SAFETY: the routine is the driver's, called as it registered it.
                data = call_back(|| unsafe { (self.routines.peek)(self.address, data, peek_context) });
                if data.is_null() {
                    return data;
                }
                // SAFETY: what is in the queue is alive while its lock is held.
                let operation = unsafe { CallbackBlock::of(data) }.operation();
                if let Some(operation) = operation.filter(|operation| operation.cancel.disarm().is_some()) {
                    self.take_out(data, operation.queue_context());
                    return data;
                }
            }
        })
    }
}

/// Takes a canceled operation out of its queue and has the driver complete it (rule G-13).
///
/// # Safety
///
/// The caller must have taken the operation's [`Action::Queue`], which names `queue`.
pub(crate) unsafe fn complete_canceled(
    instance: &Arc<Instance>,
    queue: PFLT_CALLBACK_DATA_QUEUE,
    data: *mut FLT_CALLBACK_DATA,
) {
    // SAFETY: the queue is there while something is in it.
    let queue = unsafe { Queue::of(queue) };
    let filter = instance.filter();
    let _ = invoke::system(filter.machine(), filter.image(), "CompleteCanceledIo", || {
        queue.locked(|| {
            // SAFETY: the operation is the canceler's.
            if let Some(operation) = unsafe { CallbackBlock::of(data) }.operation() {
                queue.take_out(data, operation.queue_context());
            }
        });
        // SAFETY: the operation is out of the queue and in nobody else's hands.
        call_back(|| unsafe { (queue.routines.complete_canceled)(queue.address, data) });
    });
}
