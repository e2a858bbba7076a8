//! Nonpaged memory that the device of a volume can transfer to and from.

use super::Tag;
use crate::filter::LetGoOfFirst;
use crate::instance::Instance;
use crate::reference::Reference;
use crate::status::{Error, Result};
use core::marker::PhantomData;
use core::ops::{Deref, DerefMut};
use core::ptr::NonNull;
use fltmgr_sys as sys;

/// Nonpaged bytes that are aligned as the device of a volume wants them for I/O past the cache (I-34). Wraps
/// FltAllocatePoolAlignedWithTag and FltFreePoolAlignedWithTag; the drop uses the instance and the tag of the allocation.
///
/// While it lives the instance is not torn down completely, so it is no memory to keep: it is for I/O of the filter's own.
///
/// ```
/// use fltmgr::instance::Instance;
/// use fltmgr::pool::{AlignedBuffer, Tag};
/// use fltmgr::Result;
///
/// fn sector(instance: Instance<'_>) -> Result<AlignedBuffer> {
///     AlignedBuffer::try_zeroed(instance, 4096, Tag::new(*b"Sctr"))
/// }
/// ```
///
/// # Invariants
///
/// `block` is the address of `length` initialized bytes that were allocated with this instance and this tag, and that this
/// value alone owns.
pub struct AlignedBuffer {
    block: NonNull<u8>,
    length: usize,
    instance: Reference<sys::FLT_INSTANCE>,
    tag: Tag,
    marker: PhantomData<LetGoOfFirst>,
}

// SAFETY: the buffer owns its bytes, and an instance belongs to no thread.
unsafe impl Send for AlignedBuffer {}
// SAFETY: a shared buffer gives shared bytes and nothing else.
unsafe impl Sync for AlignedBuffer {}

impl AlignedBuffer {
    /// Allocates `length` bytes, all zero. Wraps FltAllocatePoolAlignedWithTag, and FltObjectReference on the instance.
    /// Highest IRQL: DISPATCH_LEVEL, as for all of a filter's code.
    ///
    /// # Errors
    ///
    /// STATUS_INSUFFICIENT_RESOURCES, STATUS_FLT_DELETING_OBJECT if the instance is being torn down (A-58).
    pub fn try_zeroed(instance: Instance<'_>, length: usize, tag: Tag) -> Result<Self> {
        // SAFETY: an instance that is borrowed from a callback is there.
        let instance = unsafe { Reference::take(instance.pointer) }?;
        // Nobody may ask for no bytes at all.
        // SAFETY: the instance is there, the pool is nonpaged and the tag is not zero.
        let block = unsafe {
            let bytes = length.max(1) as sys::SIZE_T;
            sys::FltAllocatePoolAlignedWithTag(instance.as_raw(), sys::NonPagedPoolNx, bytes, tag.raw())
        };
        let block = NonNull::new(block.cast::<u8>()).ok_or(Error::INSUFFICIENT_RESOURCES)?;
        // SAFETY: the block is new and that long.
        unsafe { block.write_bytes(0, length) };
        // INVARIANT: the block was just allocated and written.
        Ok(Self { block, length, instance, tag, marker: PhantomData })
    }
}

impl Deref for AlignedBuffer {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        // SAFETY: by the invariant the bytes are there and initialized.
        unsafe { core::slice::from_raw_parts(self.block.as_ptr(), self.length) }
    }
}

impl DerefMut for AlignedBuffer {
    fn deref_mut(&mut self) -> &mut [u8] {
        // SAFETY: by the invariant the bytes are there and initialized, and this value alone owns them.
        unsafe { core::slice::from_raw_parts_mut(self.block.as_ptr(), self.length) }
    }
}

impl Drop for AlignedBuffer {
    fn drop(&mut self) {
        // SAFETY: by the invariant the block was allocated with this instance and this tag, and it ends here.
        unsafe {
            sys::FltFreePoolAlignedWithTag(self.instance.as_raw(), self.block.as_ptr().cast(), self.tag.raw());
        }
    }
}
