//! Callback data: what a filter sees of an operation.

use std::cell::{Cell, UnsafeCell};
use std::ptr;

use fltmgr_sys::{FLT_CALLBACK_DATA, FLT_IO_PARAMETER_BLOCK, NTSTATUS};

use super::operation::Operation;

/// How an operation ended.
#[derive(Clone, Copy, Debug)]
pub(crate) struct IoStatus {
    pub status: NTSTATUS,
    pub information: usize,
}

impl IoStatus {
    /// A status without information.
    pub(crate) const fn of(status: NTSTATUS) -> Self {
        Self { status, information: 0 }
    }
}

/// What a driver's `PFLT_CALLBACK_DATA` points to, and what stands behind it.
#[repr(C)]
pub(crate) struct CallbackBlock {
    data: UnsafeCell<FLT_CALLBACK_DATA>,
    iopb: UnsafeCell<FLT_IO_PARAMETER_BLOCK>,
    magic: Cell<u64>,
    /// The operation; NULL in the copy that a draining call gets (rule D-14).
    operation: Cell<*const Operation>,
}

/// What [`CallbackBlock::magic`] is while the block is valid.
const MAGIC: u64 = u64::from_le_bytes(*b"CallbkDt");

impl CallbackBlock {
    pub(super) fn new(class: u32, parameters: FLT_IO_PARAMETER_BLOCK) -> Self {
        // SAFETY: the structure is plain data, for which zeros are valid.
        let mut data: FLT_CALLBACK_DATA = unsafe { std::mem::zeroed() };
        data.Flags = class;
        Self {
            data: UnsafeCell::new(data),
            iopb: UnsafeCell::new(parameters),
            magic: Cell::new(MAGIC),
            operation: Cell::new(ptr::null()),
        }
    }

    /// The pointer a driver gets. The block must not move from then on.
    pub(super) fn address(&self) -> *mut FLT_CALLBACK_DATA {
        let data = self.data.get();
        // SAFETY: the block is in one thread's hands at a time; see the module's description.
        unsafe { (*data).Iopb = self.iopb.get() };
        data
    }

    /// The block behind a driver's pointer.
    ///
    /// # Safety
    ///
    /// `data` must be callback data that is still the driver's.
    ///
    /// # Panics
    ///
    /// If it is no callback data of the Filter Manager.
    pub(crate) unsafe fn of<'a>(data: *mut FLT_CALLBACK_DATA) -> &'a Self {
        assert!(!data.is_null(), "a driver passed NULL where callback data is required");
        // SAFETY: callback data is the first field of its block.
        let block = unsafe { &*data.cast::<Self>() };
        assert!(
            block.magic.get() == MAGIC,
            "a driver passed callback data that it made itself or that is no longer its own"
        );
        block
    }

    /// The operation, unless the data is a draining call's copy.
    pub(crate) fn operation(&self) -> Option<&Operation> {
        // SAFETY: the operation contains the block, so it lives as long.
        unsafe { self.operation.get().as_ref() }
    }

    pub(crate) fn data(&self) -> *mut FLT_CALLBACK_DATA {
        self.data.get()
    }

    pub(crate) fn parameters(&self) -> *mut FLT_IO_PARAMETER_BLOCK {
        self.iopb.get()
    }

    pub(crate) fn flags(&self) -> u32 {
        // SAFETY: a plain read of a field that belongs to the Filter Manager.
        unsafe { (*self.data.get()).Flags }
    }

    pub(crate) fn set_flags(&self, set: u32, clear: u32) {
        // SAFETY: as above.
        unsafe { (*self.data.get()).Flags = (*self.data.get()).Flags & !clear | set };
    }
}

impl CallbackBlock {
    /// Ties the block to the operation it is a part of.
    pub(super) fn belongs_to(&self, operation: *const Operation) {
        self.operation.set(operation);
    }

    /// Makes the block one that no driver may pass any more.
    pub(super) fn retire(&self) {
        self.magic.set(0);
    }
}
