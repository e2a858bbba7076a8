//! Counted references to volumes, and lists of references.

use super::Volume;
use crate::pool::{NonPaged, PoolVec, Tag};
use crate::reference::Reference;
use crate::status::{Error, Result};
use core::ptr::{self, NonNull};
use fltmgr_sys as sys;

/// A counted reference to a volume; given back on drop. The volume does not go before.
///
/// # Invariants
///
/// `own` is this driver's filter, which is registered wherever there is a witness of a level.
pub struct VolumeRef {
    volume: Reference<sys::FLT_VOLUME>,
    own: NonNull<sys::FLT_FILTER>,
}

// SAFETY: the Filter Manager synchronizes what is done with a volume, in any thread.
unsafe impl Send for VolumeRef {}
// SAFETY: as for `Send`.
unsafe impl Sync for VolumeRef {}

impl VolumeRef {
    /// Takes over the reference that a routine stored on success.
    ///
    /// # Safety
    ///
    /// The routine stores a reference to a volume if it succeeds; `own` is this driver's filter.
    pub(crate) unsafe fn returned(
        own: NonNull<sys::FLT_FILTER>,
        routine: impl FnOnce(*mut sys::PFLT_VOLUME) -> sys::NTSTATUS,
    ) -> Result<Self> {
        let mut volume = ptr::null_mut();
        Error::check(routine(&raw mut volume))?;
        let volume = NonNull::new(volume).ok_or(Error::NOT_FOUND)?;
        // SAFETY: the caller says that the reference was just stored.
        Ok(unsafe { Self::from_raw(own, volume) })
    }

    /// # Safety
    ///
    /// The pointer is to a volume whose references include one that passes to the value; `own` is this driver's filter.
    pub(crate) unsafe fn from_raw(own: NonNull<sys::FLT_FILTER>, volume: NonNull<sys::FLT_VOLUME>) -> Self {
        // SAFETY: the caller passes the reference on.
        Self::new(own, unsafe { Reference::from_raw(volume) })
    }

    /// A reference that was taken, with this driver's filter.
    pub(super) const fn new(own: NonNull<sys::FLT_FILTER>, volume: Reference<sys::FLT_VOLUME>) -> Self {
        Self { volume, own }
    }

    /// The volume.
    pub fn as_volume(&self) -> Volume<'_> {
        // SAFETY: by the invariant the volume lives as long as the reference, and the filter is this driver's.
        unsafe { Volume::new(self.own, self.volume.object()) }
    }

    /// One more reference. Wraps FltObjectReference, up to DISPATCH_LEVEL.
    ///
    /// # Errors
    ///
    /// STATUS_FLT_DELETING_OBJECT if the volume is going away.
    pub fn try_clone(&self) -> Result<Self> {
        self.as_volume().reference()
    }
}

/// The objects that a routine lists, each with a reference. Between the question how many there are and the list itself
/// there may be more of them.
///
/// # Safety
///
/// The routine stores no more references than it is given room for, says how many it has stored or would have, and fails
/// with STATUS_BUFFER_TOO_SMALL, storing none, if there is no room for all.
pub(crate) unsafe fn list<T, R>(
    tag: Tag,
    mut routine: impl FnMut(*mut *mut T, u32, *mut u32) -> sys::NTSTATUS,
    take: impl Fn(NonNull<T>) -> R,
) -> Result<PoolVec<R, NonPaged>> {
    const ATTEMPTS: usize = 8;
    let mut room = 8;
    for _ in 0..ATTEMPTS {
        let length = usize::try_from(room).map_err(|_| Error::INSUFFICIENT_RESOURCES)?;
        let mut found = PoolVec::<*mut T, NonPaged>::try_filled(ptr::null_mut(), length, tag)?;
        let mut count = 0;
        match Error::check(routine(found.as_mut_ptr(), room, &raw mut count)) {
            Ok(_) => {
                let listed = || found.iter().take(count as usize).copied().filter_map(NonNull::new);
                let mut next = listed();
                // SAFETY: the array asks for as many as there are.
                let make = || take(unsafe { next.next().unwrap_unchecked() });
                return PoolVec::try_filled_with(make, listed().count(), tag).inspect_err(|_| {
                    // None was taken: they are given back.
                    listed().for_each(|object| drop(take(object)));
                });
            }
            Err(Error::BUFFER_TOO_SMALL) => room = count.max(room).saturating_add(8),
            Err(error) => return Err(error),
        }
    }
    Err(Error::INSUFFICIENT_RESOURCES)
}
