//! Instances: attachments of a filter to a volume, at an altitude.
//!
//! An [`Instance`] is the filter's own and lasts as long as the callback that it comes with; [`OwnInstance`] is a counted
//! reference to one, and [`InstanceRef`] a counted reference to one of any filter. References are given back on drop (A-57).
//!
//! ```
//! use fltmgr::altitude;
//! use fltmgr::filter::Registered;
//! use fltmgr::instance::OwnInstance;
//! use fltmgr::irql::{Irql, PassiveLevel};
//! use fltmgr::volume::Volume;
//! use fltmgr::{Filter, Result};
//!
//! /// A second instance on a volume, above the first.
//! fn above<F: Filter>(filter: &F, volume: Volume<'_>, at: Irql<'_, PassiveLevel>) -> Result<OwnInstance> {
//!     filter.attach_at_altitude(volume, altitude!("370095.5"), None, at)
//! }
//! ```

mod altitude;
mod information;
mod reference;
mod setup;

pub use altitude::Altitude;
pub use information::InstanceInformation;
pub use reference::{InstanceRef, OwnInstance};
pub use setup::{Setup, Teardown};

use crate::irql::{ApcLevel, Irql, NotAbove};
use crate::pool::Tag;
use crate::status::{Error, Result};
use crate::volume::Volume;
use core::cmp::Ordering;
use core::marker::PhantomData;
use core::ptr::NonNull;
use fltmgr_sys as sys;

/// An instance of the filter, and its volume, for as long as a callback lasts.
///
/// # Invariants
///
/// The pointer is to an instance of this filter on the volume, and both live as long as `'a`.
#[derive(Clone, Copy)]
pub struct Instance<'a> {
    pub(crate) pointer: NonNull<sys::FLT_INSTANCE>,
    volume: Volume<'a>,
    lifetime: PhantomData<&'a ()>,
}

impl<'a> Instance<'a> {
    /// # Safety
    ///
    /// The objects are those of a callback that lasts for the chosen lifetime, and name an instance.
    pub(crate) unsafe fn new(objects: &sys::FLT_RELATED_OBJECTS) -> Self {
        // SAFETY: the caller says that there is an instance, which has a filter and a volume.
        unsafe {
            let volume = Volume::new(NonNull::new_unchecked(objects.Filter), NonNull::new_unchecked(objects.Volume));
            Self::from_parts(NonNull::new_unchecked(objects.Instance), volume)
        }
    }

    /// # Safety
    ///
    /// The pointer is to an instance of this filter on the volume that lives for the chosen lifetime.
    pub(crate) unsafe fn from_parts(pointer: NonNull<sys::FLT_INSTANCE>, volume: Volume<'a>) -> Self {
        // INVARIANT: the caller vouches for both.
        Self { pointer, volume, lifetime: PhantomData }
    }

    /// The volume that it is on.
    pub fn volume(&self) -> Volume<'a> {
        self.volume
    }

    /// The address of the instance, which tells instances apart while both exist.
    pub fn address(&self) -> usize {
        self.pointer.as_ptr().addr()
    }

    /// A counted reference to it. Wraps FltObjectReference, up to DISPATCH_LEVEL. It does not keep the instance from being
    /// torn down (A-47), but what comes after that (A-48).
    ///
    /// # Errors
    ///
    /// STATUS_FLT_DELETING_OBJECT if the instance is going away (A-58).
    pub fn reference(&self) -> Result<OwnInstance> {
        // SAFETY: by the invariant the instance is live.
        unsafe { OwnInstance::reference(self.pointer, self.volume) }
    }

    /// What the system knows about it. Wraps FltGetInstanceInformation with InstanceAggregateStandardInformation, up to
    /// APC_LEVEL.
    ///
    /// # Errors
    ///
    /// STATUS_INSUFFICIENT_RESOURCES.
    pub fn information<L: NotAbove<ApcLevel>>(&self, tag: Tag, _: Irql<'_, L>) -> Result<InstanceInformation> {
        // SAFETY: by the invariant the instance is live, and the level is at most APC_LEVEL.
        unsafe { information::of(self.pointer, tag) }
    }

    /// The instance that is next above on the volume, of whatever filter; `None` for the highest. Wraps
    /// FltGetUpperInstance, up to APC_LEVEL.
    ///
    /// # Errors
    ///
    /// STATUS_FLT_DELETING_OBJECT.
    pub fn upper<L: NotAbove<ApcLevel>>(&self, _: Irql<'_, L>) -> Result<Option<InstanceRef>> {
        // SAFETY: by the invariant the instance is live, and the routine stores a reference to what it returns.
        unsafe { InstanceRef::next(self.volume.filter, |place| sys::FltGetUpperInstance(self.pointer.as_ptr(), place)) }
    }

    /// The instance that is next below on the volume, of whatever filter; `None` for the lowest. Wraps
    /// FltGetLowerInstance, up to APC_LEVEL.
    ///
    /// # Errors
    ///
    /// STATUS_FLT_DELETING_OBJECT.
    pub fn lower<L: NotAbove<ApcLevel>>(&self, _: Irql<'_, L>) -> Result<Option<InstanceRef>> {
        // SAFETY: as in `upper`.
        unsafe { InstanceRef::next(self.volume.filter, |place| sys::FltGetLowerInstance(self.pointer.as_ptr(), place)) }
    }
}

mod sealed {
    use core::ptr::NonNull;
    use fltmgr_sys as sys;

    /// An instance, which has an altitude.
    pub trait HasAltitude {
        fn pointer(&self) -> NonNull<sys::FLT_INSTANCE>;
    }
}

impl sealed::HasAltitude for Instance<'_> {
    fn pointer(&self) -> NonNull<sys::FLT_INSTANCE> {
        self.pointer
    }
}

impl sealed::HasAltitude for InstanceRef {
    fn pointer(&self) -> NonNull<sys::FLT_INSTANCE> {
        self.as_raw()
    }
}

impl sealed::HasAltitude for OwnInstance {
    fn pointer(&self) -> NonNull<sys::FLT_INSTANCE> {
        self.as_raw()
    }
}

/// What is at an altitude.
pub trait HasAltitude: sealed::HasAltitude {
    /// Compares the altitudes of two instances: the one that is farther from the file system is the greater. Those on
    /// different volumes are equal (A-32). Wraps FltCompareInstanceAltitudes, up to DISPATCH_LEVEL.
    fn compare_altitude(&self, other: &impl HasAltitude) -> Ordering {
        // SAFETY: both instances are live while they are borrowed.
        unsafe { sys::FltCompareInstanceAltitudes(self.pointer().as_ptr(), other.pointer().as_ptr()) }.cmp(&0)
    }
}

impl<T: sealed::HasAltitude> HasAltitude for T {}

/// `Ok(None)` where a routine says that there is no more.
pub(crate) fn no_more<T>(result: Result<T>) -> Result<Option<T>> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(Error::NO_MORE_ENTRIES) => Ok(None),
        Err(error) => Err(error),
    }
}
