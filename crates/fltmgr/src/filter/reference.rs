//! Counted references to filters.

use super::{Answer, LetGoOfFirst};
use crate::instance::{InstanceInformation, InstanceRef, no_more};
use crate::irql::{ApcLevel, Irql, NotAbove};
use crate::pool::{NonPaged, PoolVec, Tag};
use crate::reference::Reference;
use crate::status::{Error, Result};
use crate::volume;
use core::marker::PhantomData;
use core::ptr::{self, NonNull};
use fltmgr_sys as sys;

/// A counted reference to a filter, which may be another; given back on drop. The filter cannot unregister while it
/// exists: one that is kept for longer than a callback belongs into a [`Held`](super::Held).
///
/// # Invariants
///
/// `own` is this driver's filter, which is registered wherever there is a witness of a level.
pub struct FilterRef {
    filter: Reference<sys::FLT_FILTER>,
    own: NonNull<sys::FLT_FILTER>,
    marker: PhantomData<LetGoOfFirst>,
}

// SAFETY: the Filter Manager synchronizes what is done with a filter, in any thread.
unsafe impl Send for FilterRef {}
// SAFETY: as for `Send`.
unsafe impl Sync for FilterRef {}

impl FilterRef {
    /// Takes over the reference that a routine stored on success.
    ///
    /// # Safety
    ///
    /// The routine stores a reference to a filter if it succeeds; `own` is this driver's filter.
    pub(crate) unsafe fn returned(
        own: NonNull<sys::FLT_FILTER>,
        routine: impl FnOnce(*mut sys::PFLT_FILTER) -> sys::NTSTATUS,
    ) -> Result<Self> {
        let mut filter = ptr::null_mut();
        Error::check(routine(&raw mut filter))?;
        let filter = NonNull::new(filter).ok_or(Error::NOT_FOUND)?;
        // SAFETY: the caller says that the reference was just stored.
        Ok(unsafe { Self::from_raw(own, filter) })
    }

    /// # Safety
    ///
    /// The pointer is to a filter whose references include one that passes to the value; `own` is this driver's filter.
    pub(super) unsafe fn from_raw(own: NonNull<sys::FLT_FILTER>, filter: NonNull<sys::FLT_FILTER>) -> Self {
        // SAFETY: the caller passes the reference on.
        let filter = unsafe { Reference::from_raw(filter) };
        // INVARIANT: the caller says that this is the driver's filter.
        Self { filter, own, marker: PhantomData }
    }

    /// Whether it is this driver's filter.
    pub fn is_own(&self) -> bool {
        self.filter.object() == self.own
    }

    /// What the Filter Manager knows about it. Wraps FltGetFilterInformation with FilterAggregateStandardInformation, up to
    /// APC_LEVEL.
    ///
    /// # Errors
    ///
    /// STATUS_INSUFFICIENT_RESOURCES.
    pub fn information<L: NotAbove<ApcLevel>>(&self, tag: Tag, _: Irql<'_, L>) -> Result<FilterInformation> {
        let class = sys::FilterAggregateStandardInformation;
        FilterInformation::new(Answer::ask(tag, |buffer, size, returned| {
            // SAFETY: by the invariant the filter is live, and the buffer is as long as it is said to be.
            unsafe { sys::FltGetFilterInformation(self.filter.as_raw(), class, buffer, size, returned) }
        })?)
    }

    /// Its instances, on all volumes. Wraps FltEnumerateInstances, up to APC_LEVEL.
    ///
    /// # Errors
    ///
    /// STATUS_INSUFFICIENT_RESOURCES, STATUS_FLT_DELETING_OBJECT.
    pub fn instances<L: NotAbove<ApcLevel>>(&self, tag: Tag, _: Irql<'_, L>) -> Result<PoolVec<InstanceRef, NonPaged>> {
        // SAFETY: by the invariant the filter is live; the routine stores references.
        let list = |list, room, count| unsafe {
            sys::FltEnumerateInstances(ptr::null_mut(), self.filter.as_raw(), list, room, count)
        };
        // SAFETY: each pointer comes with a reference.
        unsafe { volume::list(tag, list, |instance| InstanceRef::from_raw(self.own, instance)) }
    }

    /// What the Filter Manager knows about the instance at a place in the list of them; `None` behind the last. Wraps
    /// FltEnumerateInstanceInformationByFilter, up to APC_LEVEL.
    ///
    /// # Errors
    ///
    /// STATUS_INSUFFICIENT_RESOURCES, STATUS_FLT_DELETING_OBJECT.
    pub fn instance_information<L: NotAbove<ApcLevel>>(
        &self,
        index: u32,
        tag: Tag,
        _: Irql<'_, L>,
    ) -> Result<Option<InstanceInformation>> {
        let class = sys::InstanceAggregateStandardInformation;
        let answer = Answer::ask(tag, |buffer, size, returned| {
            // SAFETY: by the invariant the filter is live, and the buffer is as long as it is said to be.
            unsafe {
                sys::FltEnumerateInstanceInformationByFilter(self.filter.as_raw(), index, class, buffer, size, returned)
            }
        });
        no_more(answer)?.map(InstanceInformation::new).transpose()
    }

    /// One more reference. Wraps FltObjectReference, up to DISPATCH_LEVEL.
    ///
    /// # Errors
    ///
    /// STATUS_FLT_DELETING_OBJECT if the filter is going away.
    pub fn try_clone(&self) -> Result<Self> {
        Ok(Self { filter: self.filter.try_clone()?, own: self.own, marker: PhantomData })
    }
}

/// What the Filter Manager knows about a filter, which may be a legacy one: FILTER_AGGREGATE_STANDARD_INFORMATION.
pub struct FilterInformation {
    answer: Answer,
    mini: Option<Mini>,
    name: (u16, u16),
    altitude: (u16, u16),
}

/// What only a minifilter has.
struct Mini {
    frame: u32,
    instances: u32,
}

impl FilterInformation {
    pub(super) fn new(answer: Answer) -> Result<Self> {
        // SAFETY: the structure is integers.
        let fixed: sys::FILTER_AGGREGATE_STANDARD_INFORMATION = unsafe { answer.read()? };
        Ok(if fixed.Flags & sys::FLTFL_ASI_IS_MINIFILTER != 0 {
            // SAFETY: the flag says which member of the union it is.
            let mini = unsafe { fixed.Type.MiniFilter };
            Self {
                answer,
                mini: Some(Mini { frame: mini.FrameID, instances: mini.NumberOfInstances }),
                name: (mini.FilterNameBufferOffset, mini.FilterNameLength),
                altitude: (mini.FilterAltitudeBufferOffset, mini.FilterAltitudeLength),
            }
        } else {
            // SAFETY: as above; the members of the union are integers.
            let legacy = unsafe { fixed.Type.LegacyFilter };
            Self {
                answer,
                mini: None,
                name: (legacy.FilterNameBufferOffset, legacy.FilterNameLength),
                altitude: (legacy.FilterAltitudeBufferOffset, legacy.FilterAltitudeLength),
            }
        })
    }

    /// Its name, which is that of its service.
    pub fn name(&self) -> &[u16] {
        self.answer.units(self.name.0.into(), self.name.1)
    }

    /// Its altitude, as it was written.
    pub fn altitude(&self) -> &[u16] {
        self.answer.units(self.altitude.0.into(), self.altitude.1)
    }

    /// Whether it is a minifilter.
    pub fn is_minifilter(&self) -> bool {
        self.mini.is_some()
    }

    /// How many instances a minifilter has.
    pub fn instances(&self) -> Option<u32> {
        self.mini.as_ref().map(|mini| mini.instances)
    }

    /// The frame of the Filter Manager that a minifilter is in.
    pub fn frame(&self) -> Option<u32> {
        self.mini.as_ref().map(|mini| mini.frame)
    }
}
