//! Counted references to instances.

use super::{Instance, information, no_more};
use crate::filter::{FilterRef, LetGoOfFirst};
use crate::instance::InstanceInformation;
use crate::irql::{ApcLevel, Irql, NotAbove};
use crate::pool::Tag;
use crate::status::{Error, Result};
use crate::volume::{Volume, VolumeRef};
use core::marker::PhantomData;
use core::ops::Deref;
use core::ptr::{self, NonNull};
use fltmgr_sys as sys;

/// A counted reference to an instance, which may be another filter's; given back on drop, which wraps
/// FltObjectDereference.
///
/// Its contexts are those of its filter, so that it has none here; [`OwnInstance`] has. The instance cannot be torn down
/// completely while the reference exists, nor can its filter unregister: one that is kept for longer than a
/// callback belongs into a [`Held`](crate::filter::Held), and never into a context of the same instance.
///
/// # Invariants
///
/// The pointer is to an instance whose references include this one; `own` is this driver's filter, which is registered
/// wherever there is a witness of a level.
pub struct InstanceRef {
    instance: NonNull<sys::FLT_INSTANCE>,
    own: NonNull<sys::FLT_FILTER>,
    marker: PhantomData<LetGoOfFirst>,
}

// SAFETY: the Filter Manager synchronizes what is done with an instance, in any thread.
unsafe impl Send for InstanceRef {}
// SAFETY: as for `Send`.
unsafe impl Sync for InstanceRef {}

impl InstanceRef {
    /// Takes over the reference that a routine stored on success.
    ///
    /// # Safety
    ///
    /// The routine stores a reference to an instance if it succeeds; `own` is this driver's filter.
    pub(crate) unsafe fn returned(
        own: NonNull<sys::FLT_FILTER>,
        routine: impl FnOnce(*mut sys::PFLT_INSTANCE) -> sys::NTSTATUS,
    ) -> Result<Self> {
        let mut instance = ptr::null_mut();
        Error::check(routine(&raw mut instance))?;
        // INVARIANT: the caller says that the reference was just stored.
        NonNull::new(instance).map(|instance| Self { instance, own, marker: PhantomData }).ok_or(Error::NOT_FOUND)
    }

    /// As [`Self::returned`], for a routine that may have no more.
    ///
    /// # Safety
    ///
    /// As there.
    pub(crate) unsafe fn next(
        own: NonNull<sys::FLT_FILTER>,
        routine: impl FnOnce(*mut sys::PFLT_INSTANCE) -> sys::NTSTATUS,
    ) -> Result<Option<Self>> {
        // SAFETY: passed on.
        no_more(unsafe { Self::returned(own, routine) })
    }

    /// # Safety
    ///
    /// The pointer is to an instance whose references include one that passes to the value; `own` is this driver's filter.
    pub(crate) unsafe fn from_raw(own: NonNull<sys::FLT_FILTER>, instance: NonNull<sys::FLT_INSTANCE>) -> Self {
        // INVARIANT: the caller passes the reference on.
        Self { instance, own, marker: PhantomData }
    }

    pub(crate) fn as_raw(&self) -> NonNull<sys::FLT_INSTANCE> {
        self.instance
    }

    /// The address of the instance, which tells instances apart while both exist.
    pub fn address(&self) -> usize {
        self.instance.as_ptr().addr()
    }

    /// Its filter. Wraps FltGetFilterFromInstance, up to APC_LEVEL.
    ///
    /// # Errors
    ///
    /// STATUS_FLT_DELETING_OBJECT.
    pub fn filter<L: NotAbove<ApcLevel>>(&self, _: Irql<'_, L>) -> Result<FilterRef> {
        // SAFETY: by the invariant the instance is live, and the routine stores a reference.
        unsafe { FilterRef::returned(self.own, |place| sys::FltGetFilterFromInstance(self.instance.as_ptr(), place)) }
    }

    /// Its volume. Wraps FltGetVolumeFromInstance, up to APC_LEVEL.
    ///
    /// # Errors
    ///
    /// STATUS_FLT_DELETING_OBJECT.
    pub fn volume<L: NotAbove<ApcLevel>>(&self, _: Irql<'_, L>) -> Result<VolumeRef> {
        // SAFETY: by the invariant the instance is live, and the routine stores a reference.
        unsafe { VolumeRef::returned(self.own, |place| sys::FltGetVolumeFromInstance(self.instance.as_ptr(), place)) }
    }

    /// As [`Instance::information`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn information<L: NotAbove<ApcLevel>>(&self, tag: Tag, _: Irql<'_, L>) -> Result<InstanceInformation> {
        // SAFETY: by the invariant the instance is live, and the level is at most APC_LEVEL.
        unsafe { information::of(self.instance, tag) }
    }

    /// As [`Instance::upper`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn upper<L: NotAbove<ApcLevel>>(&self, _: Irql<'_, L>) -> Result<Option<Self>> {
        // SAFETY: by the invariant the instance is live, and the routine stores a reference to what it returns.
        unsafe { Self::next(self.own, |place| sys::FltGetUpperInstance(self.instance.as_ptr(), place)) }
    }

    /// As [`Instance::lower`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn lower<L: NotAbove<ApcLevel>>(&self, _: Irql<'_, L>) -> Result<Option<Self>> {
        // SAFETY: as in `upper`.
        unsafe { Self::next(self.own, |place| sys::FltGetLowerInstance(self.instance.as_ptr(), place)) }
    }

    /// One more reference. Wraps FltObjectReference, up to DISPATCH_LEVEL.
    ///
    /// # Errors
    ///
    /// STATUS_FLT_DELETING_OBJECT if the instance is going away.
    pub fn try_clone(&self) -> Result<Self> {
        // SAFETY: by the invariant the instance is live.
        Error::check(unsafe { sys::FltObjectReference(self.instance.as_ptr().cast()) })?;
        // INVARIANT: the reference was just taken.
        Ok(Self { instance: self.instance, own: self.own, marker: PhantomData })
    }
}

impl Drop for InstanceRef {
    fn drop(&mut self) {
        // SAFETY: by the invariant the reference is owned, and it is given back here once; DISPATCH_LEVEL at most.
        unsafe { sys::FltObjectDereference(self.instance.as_ptr().cast()) };
    }
}

/// A counted reference to an instance of the filter's own; given back on drop. It is to be kept as [`InstanceRef`]
/// says.
///
/// # Invariants
///
/// The instance is one of this driver's filter on `volume`; it keeps both alive.
pub struct OwnInstance {
    reference: InstanceRef,
    volume: NonNull<sys::FLT_VOLUME>,
}

// SAFETY: as for `InstanceRef`; the two pointers are to what the instance keeps alive.
unsafe impl Send for OwnInstance {}
// SAFETY: as for `Send`.
unsafe impl Sync for OwnInstance {}

impl OwnInstance {
    /// # Safety
    ///
    /// The pointer is to a live instance of this filter on the volume.
    pub(super) unsafe fn reference(instance: NonNull<sys::FLT_INSTANCE>, volume: Volume<'_>) -> Result<Self> {
        // SAFETY: the caller says that the instance is live.
        Error::check(unsafe { sys::FltObjectReference(instance.as_ptr().cast()) })?;
        // SAFETY: the reference was just taken.
        Ok(unsafe { Self::from_parts(InstanceRef::from_raw(volume.filter, instance), volume) })
    }

    /// # Safety
    ///
    /// The instance is one of this filter on the volume.
    pub(crate) unsafe fn from_parts(reference: InstanceRef, volume: Volume<'_>) -> Self {
        // INVARIANT: the caller vouches for it.
        Self { reference, volume: volume.pointer }
    }

    /// The instance.
    pub fn as_instance(&self) -> Instance<'_> {
        // SAFETY: by the invariant the instance is this filter's, and keeps its volume and its filter alive.
        unsafe { Instance::from_parts(self.reference.instance, Volume::new(self.reference.own, self.volume)) }
    }

    /// One more reference. Wraps FltObjectReference, up to DISPATCH_LEVEL.
    ///
    /// # Errors
    ///
    /// STATUS_FLT_DELETING_OBJECT if the instance is going away.
    pub fn try_clone(&self) -> Result<Self> {
        // INVARIANT: it is the same instance.
        Ok(Self { reference: self.reference.try_clone()?, volume: self.volume })
    }
}

impl Deref for OwnInstance {
    type Target = InstanceRef;
    fn deref(&self) -> &InstanceRef {
        &self.reference
    }
}
