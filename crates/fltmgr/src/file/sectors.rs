//! Transfers past the cache, which are of whole sectors.

use super::File;
use crate::irql::{ApcLevel, Irql, NotAbove};
use crate::reference::Reference;
use crate::status::{Error, Result};
use core::mem::MaybeUninit;
use core::ptr::{self, NonNull};
use fltmgr_sys as sys;

impl File {
    /// As [`Self::for_io`], for a transfer of so many bytes, which goes past the cache if it says so or the file was opened
    /// so. The file system transfers whole sectors then, also at the end of the file (I-33): a buffer that is not of whole
    /// sectors would be overrun. Wraps FltGetVolumeFromInstance and FltGetVolumeProperties, where it goes past the cache.
    ///
    /// # Errors
    ///
    /// STATUS_FILE_CLOSED; STATUS_INVALID_PARAMETER if the length is no multiple of the volume's sector size (N-14);
    /// STATUS_FLT_DELETING_OBJECT if the volume goes.
    pub(crate) fn for_transfer<L: NotAbove<ApcLevel>>(
        &self,
        is_non_cached: bool,
        length: u32,
        _: Irql<'_, L>,
    ) -> Result<(sys::PFLT_INSTANCE, sys::PFILE_OBJECT)> {
        let (instance, object) = self.for_io()?;
        // SAFETY: by the invariant the file object is live. Others may change its flags at any time.
        let flags = unsafe { ptr::read_volatile(&raw const (*object).Flags) };
        if length == 0 || !(is_non_cached || flags & sys::FO_NO_INTERMEDIATE_BUFFERING != 0) {
            return Ok((instance, object));
        }
        // SAFETY: by the invariant the instance is live; APC_LEVEL at most.
        let sector = unsafe { sector_size(instance) }?;
        if length.is_multiple_of(sector) { Ok((instance, object)) } else { Err(Error::INVALID_PARAMETER) }
    }
}

/// How many bytes a sector of an instance's volume has.
///
/// # Safety
///
/// The instance is live; APC_LEVEL at most.
unsafe fn sector_size(instance: sys::PFLT_INSTANCE) -> Result<u32> {
    /// What no sector is smaller than. Some devices do not say how large theirs are.
    const SMALLEST: u32 = 512;
    let mut volume = ptr::null_mut();
    // SAFETY: the caller vouches for the instance and the level, and the result has its place.
    Error::check(unsafe { sys::FltGetVolumeFromInstance(instance, &raw mut volume) })?;
    // SAFETY: on success the routine stores a reference to the volume.
    let volume = unsafe { Reference::from_raw(NonNull::new_unchecked(volume)) };
    let (mut properties, mut returned) = (MaybeUninit::<sys::FLT_VOLUME_PROPERTIES>::zeroed(), 0);
    let size = size_of::<sys::FLT_VOLUME_PROPERTIES>() as u32;
    // SAFETY: the volume is referenced, the level as above, and the results have their places.
    let asked =
        unsafe { sys::FltGetVolumeProperties(volume.as_raw(), properties.as_mut_ptr(), size, &raw mut returned) };
    match Error::check(asked) {
        // There is room for the structure, and none for its names.
        Ok(_) | Err(Error::BUFFER_OVERFLOW) => {}
        Err(error) => return Err(error),
    }
    // SAFETY: the structure is integers and strings of pointers, and all zeros if nothing was stored.
    Ok(u32::from(unsafe { properties.assume_init() }.SectorSize).max(SMALLEST))
}
