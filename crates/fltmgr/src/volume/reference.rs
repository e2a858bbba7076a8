//! Counted references to volumes, and lists of references.

use super::Volume;
use crate::pool::{NonPaged, PoolVec, Tag};
use crate::status::{Error, Result};
use core::ptr::{self, NonNull};
use fltmgr_sys as sys;

/// A counted reference to a volume; given back on drop. The volume does not go before.
///
/// # Invariants
///
/// The pointer is to a volume whose references include this one; `own` is this driver's filter, which is registered wherever
/// there is a witness of a level.
pub struct VolumeRef {
    volume: NonNull<sys::FLT_VOLUME>,
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
        // INVARIANT: the caller says that the reference was just stored.
        NonNull::new(volume).map(|volume| Self { volume, own }).ok_or(Error::NOT_FOUND)
    }

    /// # Safety
    ///
    /// The pointer is to a volume whose references include one that passes to the value; `own` is this driver's filter.
    pub(crate) unsafe fn from_raw(own: NonNull<sys::FLT_FILTER>, volume: NonNull<sys::FLT_VOLUME>) -> Self {
        // INVARIANT: the caller passes the reference on.
        Self { volume, own }
    }

    /// The volume.
    pub fn as_volume(&self) -> Volume<'_> {
        // SAFETY: by the invariant the volume lives as long as the reference, and the filter is this driver's.
        unsafe { Volume::new(self.own, self.volume) }
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

impl Drop for VolumeRef {
    fn drop(&mut self) {
        // SAFETY: by the invariant the reference is owned, and it is given back here once; DISPATCH_LEVEL at most.
        unsafe { sys::FltObjectDereference(self.volume.as_ptr().cast()) };
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
