//! Files that stay open for longer than a callback.

use super::{File, OwnedFile};
use crate::filter::LetGoOfFirst;
use crate::irql::{Irql, PassiveLevel};
use crate::pool::{NonPaged, Paged, PoolBox, Tag};
use crate::reference::Reference;
use crate::status::{Error, Result};
use crate::work::GenericItem;
use core::ffi::c_void;
use core::marker::PhantomData;
use core::mem::ManuallyDrop;
use core::ops::Deref;
use core::ptr::NonNull;
use fltmgr_sys as sys;

/// A file that the filter has opened and keeps open, wherever it goes: [`OwnedFile::keep`] makes it.
///
/// It has a reference to its instance, which is not torn down completely while the file is open: it is what
/// a filter [holds](crate::filter::Held), and is let go of in [`Filter::detaching`](crate::Filter::detaching).
///
/// It is closed when it is dropped: at PASSIVE_LEVEL at once, above it in a worker. Where that is refused, as it is at
/// APC_LEVEL while the instance is torn down (E-15), the handle stays open for good: [`KeptFile::close`] has no such case.
pub struct KeptFile {
    kept: ManuallyDrop<PoolBox<Kept, NonPaged>>,
    /// It is not to be dropped at DISPATCH_LEVEL, and it is let go of before the filter unregisters.
    marker: PhantomData<(Paged, LetGoOfFirst)>,
}

/// What is kept.
///
/// # Invariants
///
/// The handle is open and this value's alone, and so is one reference to the file object; the instance is the file's. The work
/// item is not queued while a [`KeptFile`] has the block.
struct Kept {
    file: File,
    handle: sys::HANDLE,
    item: GenericItem,
    instance: Reference<sys::FLT_INSTANCE>,
}

// SAFETY: the Filter Manager synchronizes what is done through the objects, in any thread, and a kernel handle is everybody's.
unsafe impl Send for Kept {}
// SAFETY: as for `Send`.
unsafe impl Sync for Kept {}
// SAFETY: as above; the marker has no value.
unsafe impl Send for KeptFile {}
// SAFETY: as above.
unsafe impl Sync for KeptFile {}

impl Kept {
    /// Gives back the reference to the file object. The handle stays open.
    ///
    /// # Safety
    ///
    /// The value is not used again, but for its drop, which gives back the rest.
    unsafe fn release(&mut self) {
        // SAFETY: by the invariant the reference is owned, and released here once.
        unsafe { sys::ObfDereferenceObject(self.file.object.as_ptr().cast()) };
    }

    /// Closes the file.
    ///
    /// # Safety
    ///
    /// As for [`Self::release`]; PASSIVE_LEVEL.
    unsafe fn close(&mut self) {
        // SAFETY: by the invariant the handle is open, and closed here once.
        unsafe { sys::FltClose(self.handle) };
        // SAFETY: the caller vouches for it.
        unsafe { self.release() };
    }
}

impl OwnedFile<'_> {
    /// Keeps the file open for longer than this callback. Wraps FltObjectReference on the instance and
    /// FltAllocateGenericWorkItem, up to DISPATCH_LEVEL.
    ///
    /// # Errors
    ///
    /// The file, with STATUS_INSUFFICIENT_RESOURCES, or STATUS_FLT_DELETING_OBJECT if the instance is being torn down.
    pub fn keep(self, tag: Tag) -> core::result::Result<KeptFile, (Self, Error)> {
        match self.prepare(tag) {
            Ok(kept) => {
                // INVARIANT: handle and file object pass on, and the rest was just taken.
                core::mem::forget(self);
                Ok(KeptFile { kept: ManuallyDrop::new(kept), marker: PhantomData })
            }
            Err(error) => Err((self, error)),
        }
    }

    /// What is kept, with a work item and a reference to the instance; handle and file object are this value's still.
    fn prepare(&self, tag: Tag) -> Result<PoolBox<Kept, NonPaged>> {
        let item = GenericItem::allocate()?;
        let File { instance, object } = **self;
        // SAFETY: the instance is live.
        let reference = unsafe { Reference::take(instance) }?;
        PoolBox::try_new(
            Kept { file: File { instance, object }, handle: self.handle(), item, instance: reference },
            tag,
        )
    }
}

impl KeptFile {
    /// Closes the file. Wraps FltClose.
    pub fn close(self, _: Irql<'_, PassiveLevel>) {
        drop(self);
    }
}

impl Deref for KeptFile {
    type Target = File;
    fn deref(&self) -> &File {
        &self.kept.file
    }
}

impl Drop for KeptFile {
    fn drop(&mut self) {
        // SAFETY: a drop is the last use.
        let mut kept = unsafe { ManuallyDrop::take(&mut self.kept) };
        // SAFETY: the routine has no argument.
        if u32::from(unsafe { sys::KeGetCurrentIrql() }) == sys::PASSIVE_LEVEL {
            // SAFETY: the level was just asked for, and the value ends here.
            unsafe { kept.close() };
            return;
        }
        let (item, instance) = (kept.item.as_raw(), kept.instance.as_raw());
        let block = kept.into_raw();
        // SAFETY: the item is allocated and not queued, the instance is referenced, and on success the routine owns the block.
        let queued = Error::check(unsafe {
            sys::FltQueueGenericWorkItem(
                item,
                instance.cast(),
                Some(close),
                sys::DelayedWorkQueue as sys::WORK_QUEUE_TYPE,
                block.as_ptr().cast(),
            )
        });
        if queued.is_err() {
            // SAFETY: the routine is not called, so the block is taken back here once, and ends here.
            unsafe { PoolBox::<Kept, NonPaged>::from_raw(block).release() };
        }
    }
}

sys::callback! {
    /// Closes a file at PASSIVE_LEVEL.
    ///
    /// # Safety
    ///
    /// Called by the Filter Manager for the work item of a [`KeptFile`] that was dropped at a higher level.
    unsafe fn close(_: sys::PFLT_GENERIC_WORKITEM, _: *mut c_void, context: *mut c_void) {
        // SAFETY: the context is the block, and this is its only routine, at PASSIVE_LEVEL (E-09).
        unsafe { PoolBox::<Kept, NonPaged>::from_raw(NonNull::new_unchecked(context.cast())).close() };
    }
}
