//! Counted references to instances.

use super::{Instance, information, no_more};
use crate::filter::{FilterRef, LetGoOfFirst};
use crate::instance::InstanceInformation;
use crate::irql::{ApcLevel, Irql, NotAbove};
use crate::pool::Tag;
use crate::reference::Reference;
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
/// `own` is this driver's filter, which is registered wherever there is a witness of a level.
pub struct InstanceRef {
    instance: Reference<sys::FLT_INSTANCE>,
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
        let instance = NonNull::new(instance).ok_or(Error::NOT_FOUND)?;
        // SAFETY: the caller says that the reference was just stored.
        Ok(unsafe { Self::from_raw(own, instance) })
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
        // SAFETY: the caller passes the reference on.
        let instance = unsafe { Reference::from_raw(instance) };
        // INVARIANT: the caller says that this is the driver's filter.
        Self { instance, own, marker: PhantomData }
    }

    /// Takes a reference.
    ///
    /// # Errors
    ///
    /// STATUS_FLT_DELETING_OBJECT if the instance is going away.
    ///
    /// # Safety
    ///
    /// The instance is live; `own` is this driver's filter.
    pub(crate) unsafe fn take(own: NonNull<sys::FLT_FILTER>, instance: NonNull<sys::FLT_INSTANCE>) -> Result<Self> {
        // SAFETY: the caller says that the instance is live.
        let instance = unsafe { Reference::take(instance) }?;
        // INVARIANT: the caller says that this is the driver's filter.
        Ok(Self { instance, own, marker: PhantomData })
    }

    pub(crate) fn as_raw(&self) -> NonNull<sys::FLT_INSTANCE> {
        self.instance.object()
    }

    /// The address of the instance, which tells instances apart while both exist.
    pub fn address(&self) -> usize {
        self.instance.as_raw().addr()
    }

    /// Its filter. Wraps FltGetFilterFromInstance, up to APC_LEVEL.
    ///
    /// # Errors
    ///
    /// STATUS_FLT_DELETING_OBJECT.
    pub fn filter<L: NotAbove<ApcLevel>>(&self, _: Irql<'_, L>) -> Result<FilterRef> {
        // SAFETY: by the invariant the instance is live, and the routine stores a reference.
        unsafe { FilterRef::returned(self.own, |place| sys::FltGetFilterFromInstance(self.instance.as_raw(), place)) }
    }

    /// Its volume. Wraps FltGetVolumeFromInstance, up to APC_LEVEL.
    ///
    /// # Errors
    ///
    /// STATUS_FLT_DELETING_OBJECT.
    pub fn volume<L: NotAbove<ApcLevel>>(&self, _: Irql<'_, L>) -> Result<VolumeRef> {
        // SAFETY: by the invariant the instance is live, and the routine stores a reference.
        unsafe { VolumeRef::returned(self.own, |place| sys::FltGetVolumeFromInstance(self.instance.as_raw(), place)) }
    }

    /// As [`Instance::information`]. Wraps FltGetInstanceInformation, up to APC_LEVEL.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn information<L: NotAbove<ApcLevel>>(&self, tag: Tag, _: Irql<'_, L>) -> Result<InstanceInformation> {
        // SAFETY: by the invariant the instance is live, and the level is at most APC_LEVEL.
        unsafe { information::of(self.as_raw(), tag) }
    }

    /// As [`Instance::upper`]. Wraps FltGetUpperInstance, up to APC_LEVEL.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn upper<L: NotAbove<ApcLevel>>(&self, _: Irql<'_, L>) -> Result<Option<Self>> {
        // SAFETY: by the invariant the instance is live, and the routine stores a reference to what it returns.
        unsafe { Self::next(self.own, |place| sys::FltGetUpperInstance(self.instance.as_raw(), place)) }
    }

    /// As [`Instance::lower`]. Wraps FltGetLowerInstance, up to APC_LEVEL.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn lower<L: NotAbove<ApcLevel>>(&self, _: Irql<'_, L>) -> Result<Option<Self>> {
        // SAFETY: as in `upper`.
        unsafe { Self::next(self.own, |place| sys::FltGetLowerInstance(self.instance.as_raw(), place)) }
    }

    /// One more reference. Wraps FltObjectReference, up to DISPATCH_LEVEL.
    ///
    /// # Errors
    ///
    /// STATUS_FLT_DELETING_OBJECT if the instance is going away.
    pub fn try_clone(&self) -> Result<Self> {
        Ok(Self { instance: self.instance.try_clone()?, own: self.own, marker: PhantomData })
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
        // SAFETY: the caller says that the instance is live, and one of this filter on the volume.
        unsafe { Ok(Self::from_parts(InstanceRef::take(volume.filter, instance)?, volume)) }
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
        unsafe { Instance::from_parts(self.reference.as_raw(), Volume::new(self.reference.own, self.volume)) }
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
