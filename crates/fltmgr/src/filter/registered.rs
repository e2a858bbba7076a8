//! What a filter can ask the Filter Manager once it is registered.

use super::{Answer, Filter, FilterInformation, FilterRef, filter_handle};
use crate::file::File;
use crate::instance::{Altitude, InstanceInformation, InstanceRef, OwnInstance, no_more};
use crate::irql::{ApcLevel, Irql, NotAbove, PassiveLevel};
use crate::pool::{NonPaged, PoolVec, Tag};
use crate::status::{Error, Result};
use crate::string::unicode_string;
use crate::volume::{self, DeviceRef, Volume, VolumeInformation, VolumeRef};
use core::ptr::{self, NonNull};
use fltmgr_sys as sys;

/// The PFLT_FILTER of the driver's filter, while it is registered.
pub(crate) fn own_filter<F: Filter>() -> Result<NonNull<sys::FLT_FILTER>> {
    NonNull::new(filter_handle::<F>()).ok_or(Error::DELETING_OBJECT)
}

/// The string that a name is, or none.
fn optional(name: Option<&[u16]>) -> Result<Option<sys::UNICODE_STRING>> {
    name.map(unicode_string).transpose()
}

/// The address of a string, or NULL.
fn address(name: Option<&sys::UNICODE_STRING>) -> *const sys::UNICODE_STRING {
    name.map_or(ptr::null(), ptr::from_ref)
}

/// What a filter can ask the Filter Manager once it is registered: for volumes, filters and instances, and to be attached and
/// detached. Every [`Filter`] has it.
pub trait Registered: Filter {
    /// All volumes. Wraps FltEnumerateVolumes, up to APC_LEVEL.
    ///
    /// # Errors
    ///
    /// STATUS_INSUFFICIENT_RESOURCES, STATUS_FLT_DELETING_OBJECT.
    fn volumes<L: NotAbove<ApcLevel>>(&self, tag: Tag, _: Irql<'_, L>) -> Result<PoolVec<VolumeRef, NonPaged>> {
        let own = own_filter::<Self>()?;
        // SAFETY: the filter is registered; the routine stores references.
        let list = |list, room, count| unsafe { sys::FltEnumerateVolumes(own.as_ptr(), list, room, count) };
        // SAFETY: each pointer comes with a reference.
        unsafe { volume::list(tag, list, |volume| VolumeRef::from_raw(own, volume)) }
    }

    /// The volume of this name: its device name, or a drive, as `\Device\HarddiskVolume2`, `\??\D:` or `D:`. Wraps
    /// FltGetVolumeFromName, which opens the volume.
    ///
    /// # Errors
    ///
    /// STATUS_FLT_VOLUME_NOT_FOUND, STATUS_ACCESS_DENIED, STATUS_INVALID_PARAMETER, STATUS_FLT_DELETING_OBJECT.
    fn volume_named(&self, name: &[u16], _: Irql<'_, PassiveLevel>) -> Result<VolumeRef> {
        let (own, name) = (own_filter::<Self>()?, unicode_string(name)?);
        // SAFETY: the filter is registered, the name is borrowed, and the routine stores a reference.
        unsafe { VolumeRef::returned(own, |place| sys::FltGetVolumeFromName(own.as_ptr(), &raw const name, place)) }
    }

    /// The volume of a device. Wraps FltGetVolumeFromDeviceObject, up to APC_LEVEL.
    ///
    /// # Errors
    ///
    /// STATUS_FLT_VOLUME_NOT_FOUND if it is no volume's, STATUS_FLT_DELETING_OBJECT.
    fn volume_of_device<L: NotAbove<ApcLevel>>(&self, device: &DeviceRef, _: Irql<'_, L>) -> Result<VolumeRef> {
        let own = own_filter::<Self>()?;
        // SAFETY: the filter is registered, the device object is live, and the routine stores a reference.
        unsafe {
            VolumeRef::returned(own, |place| sys::FltGetVolumeFromDeviceObject(own.as_ptr(), device.as_raw(), place))
        }
    }

    /// The volume of a file. Wraps FltGetVolumeFromFileObject, up to APC_LEVEL.
    ///
    /// # Errors
    ///
    /// STATUS_FLT_VOLUME_NOT_FOUND, STATUS_FLT_DELETING_OBJECT, STATUS_FILE_CLOSED if the file is not open any more.
    fn volume_of_file<L: NotAbove<ApcLevel>>(&self, file: &File, _: Irql<'_, L>) -> Result<VolumeRef> {
        let (own, (_, object)) = (own_filter::<Self>()?, file.for_io()?);
        // SAFETY: the filter is registered, the file object is live, and the routine stores a reference.
        unsafe { VolumeRef::returned(own, |place| sys::FltGetVolumeFromFileObject(own.as_ptr(), object, place)) }
    }

    /// What the Filter Manager knows about the volume at a place in the list of all; `None` behind the last. Wraps
    /// FltEnumerateVolumeInformation, up to APC_LEVEL.
    ///
    /// # Errors
    ///
    /// STATUS_INSUFFICIENT_RESOURCES, STATUS_FLT_DELETING_OBJECT.
    fn volume_information<L: NotAbove<ApcLevel>>(
        &self,
        index: u32,
        tag: Tag,
        _: Irql<'_, L>,
    ) -> Result<Option<VolumeInformation>> {
        let (own, class) = (own_filter::<Self>()?, sys::FilterVolumeStandardInformation);
        let answer = Answer::ask(tag, |buffer, size, returned| {
            // SAFETY: the filter is registered, and the buffer is as long as it is said to be.
            unsafe { sys::FltEnumerateVolumeInformation(own.as_ptr(), index, class, buffer, size, returned) }
        });
        no_more(answer)?.map(VolumeInformation::new).transpose()
    }

    /// All filters. Wraps FltEnumerateFilters, up to APC_LEVEL.
    ///
    /// # Errors
    ///
    /// STATUS_INSUFFICIENT_RESOURCES, STATUS_FLT_DELETING_OBJECT.
    fn filters<L: NotAbove<ApcLevel>>(&self, tag: Tag, _: Irql<'_, L>) -> Result<PoolVec<FilterRef, NonPaged>> {
        let own = own_filter::<Self>()?;
        // SAFETY: the routine stores references.
        let list = |list, room, count| unsafe { sys::FltEnumerateFilters(list, room, count) };
        // SAFETY: each pointer comes with a reference.
        unsafe { volume::list(tag, list, |filter| FilterRef::from_raw(own, filter)) }
    }

    /// The filter of this name, which is that of its service. Wraps FltGetFilterFromName, up to APC_LEVEL.
    ///
    /// # Errors
    ///
    /// STATUS_FLT_FILTER_NOT_FOUND, STATUS_FLT_DELETING_OBJECT.
    fn filter_named<L: NotAbove<ApcLevel>>(&self, name: &[u16], _: Irql<'_, L>) -> Result<FilterRef> {
        let (own, name) = (own_filter::<Self>()?, unicode_string(name)?);
        // SAFETY: the name is borrowed, and the routine stores a reference.
        unsafe { FilterRef::returned(own, |place| sys::FltGetFilterFromName(&raw const name, place)) }
    }

    /// What the Filter Manager knows about the filter at a place in the list of all, which begins at the top; `None` behind
    /// the last. Wraps FltEnumerateFilterInformation, up to APC_LEVEL.
    ///
    /// # Errors
    ///
    /// STATUS_INSUFFICIENT_RESOURCES, STATUS_FLT_DELETING_OBJECT.
    fn filter_information<L: NotAbove<ApcLevel>>(
        &self,
        index: u32,
        tag: Tag,
        _: Irql<'_, L>,
    ) -> Result<Option<FilterInformation>> {
        let class = sys::FilterAggregateStandardInformation;
        let answer = Answer::ask(tag, |buffer, size, returned| {
            // SAFETY: the buffer is as long as it is said to be.
            unsafe { sys::FltEnumerateFilterInformation(index, class, buffer, size, returned) }
        });
        no_more(answer)?.map(FilterInformation::new).transpose()
    }

    /// What the Filter Manager knows about the instance at a place in the list of those on a volume, which begins at the
    /// top; `None` behind the last. Wraps FltEnumerateInstanceInformationByVolume, up to APC_LEVEL.
    ///
    /// # Errors
    ///
    /// STATUS_INSUFFICIENT_RESOURCES, STATUS_FLT_DELETING_OBJECT.
    fn instance_information<L: NotAbove<ApcLevel>>(
        &self,
        volume: Volume<'_>,
        index: u32,
        tag: Tag,
        _: Irql<'_, L>,
    ) -> Result<Option<InstanceInformation>> {
        let class = sys::InstanceAggregateStandardInformation;
        let answer = Answer::ask(tag, |buffer, size, returned| {
            let volume = volume.pointer.as_ptr();
            // SAFETY: the volume is live, and the buffer is as long as it is said to be.
            unsafe { sys::FltEnumerateInstanceInformationByVolume(volume, index, class, buffer, size, returned) }
        });
        no_more(answer)?.map(InstanceInformation::new).transpose()
    }

    /// As [`Registered::instance_information`], on the volume with this device name. Wraps
    /// FltEnumerateInstanceInformationByVolumeName, up to APC_LEVEL.
    ///
    /// # Errors
    ///
    /// STATUS_FLT_VOLUME_NOT_FOUND, STATUS_FLT_INTERNAL_ERROR if there are no instances on it,
    /// STATUS_OBJECT_NAME_NOT_FOUND, STATUS_OBJECT_PATH_NOT_FOUND, STATUS_INVALID_PARAMETER if that is no name of a
    /// volume, STATUS_INSUFFICIENT_RESOURCES, STATUS_FLT_DELETING_OBJECT.
    fn instance_information_by_volume_name<L: NotAbove<ApcLevel>>(
        &self,
        volume: &[u16],
        index: u32,
        tag: Tag,
        _: Irql<'_, L>,
    ) -> Result<Option<InstanceInformation>> {
        let (mut name, class) = (unicode_string(volume)?, sys::InstanceAggregateStandardInformation);
        let answer = Answer::ask(tag, |buffer, size, returned| {
            let name = &raw mut name;
            // SAFETY: the name is borrowed and only read, and the buffer is as long as it is said to be.
            unsafe { sys::FltEnumerateInstanceInformationByVolumeName(name, index, class, buffer, size, returned) }
        });
        no_more(answer)?.map(InstanceInformation::new).transpose()
    }

    /// As [`Registered::instance_information`], on the volume of a device. Wraps
    /// FltEnumerateInstanceInformationByDeviceObject, up to APC_LEVEL.
    ///
    /// # Errors
    ///
    /// STATUS_FLT_VOLUME_NOT_FOUND, STATUS_FLT_INTERNAL_ERROR if it is no volume's or there are no instances on it,
    /// STATUS_INSUFFICIENT_RESOURCES, STATUS_FLT_DELETING_OBJECT.
    fn instance_information_by_device<L: NotAbove<ApcLevel>>(
        &self,
        device: &DeviceRef,
        index: u32,
        tag: Tag,
        _: Irql<'_, L>,
    ) -> Result<Option<InstanceInformation>> {
        let class = sys::InstanceAggregateStandardInformation;
        let answer = Answer::ask(tag, |buffer, size, returned| {
            let device = device.as_raw();
            // SAFETY: the device object is live, and the buffer is as long as it is said to be.
            unsafe { sys::FltEnumerateInstanceInformationByDeviceObject(device, index, class, buffer, size, returned) }
        });
        no_more(answer)?.map(InstanceInformation::new).transpose()
    }

    /// This filter's instance of this name on a volume. Wraps FltGetVolumeInstanceFromName, up to APC_LEVEL.
    ///
    /// # Errors
    ///
    /// STATUS_FLT_INSTANCE_NOT_FOUND, STATUS_FLT_DELETING_OBJECT.
    fn instance_named<L: NotAbove<ApcLevel>>(
        &self,
        volume: Volume<'_>,
        name: &[u16],
        _: Irql<'_, L>,
    ) -> Result<OwnInstance> {
        let (own, name) = (own_filter::<Self>()?, unicode_string(name)?);
        // SAFETY: the filter is registered, the volume is live, the name is borrowed, and what the routine stores is a
        // reference to an instance of this filter on that volume.
        unsafe {
            let instance = InstanceRef::returned(own, |place| {
                sys::FltGetVolumeInstanceFromName(own.as_ptr(), volume.pointer.as_ptr(), &raw const name, place)
            })?;
            Ok(OwnInstance::from_parts(instance, volume))
        }
    }

    /// Attaches the instance of this name that the service's registry key defines, or the default one. Wraps
    /// FltAttachVolume; [`Filter::attach`] is called meanwhile, in a thread of the system or in this one.
    ///
    /// # Errors
    ///
    /// STATUS_FLT_FILTER_NOT_READY before filtering has started, STATUS_FLT_INSTANCE_NAME_COLLISION,
    /// STATUS_OBJECT_NAME_COLLISION if the altitude is taken, STATUS_FLT_INSTANCE_NOT_FOUND if it is not defined,
    /// STATUS_FLT_DO_NOT_ATTACH, STATUS_FLT_DELETING_OBJECT, STATUS_INSUFFICIENT_RESOURCES.
    fn attach_to(&self, volume: Volume<'_>, name: Option<&[u16]>, _: Irql<'_, PassiveLevel>) -> Result<OwnInstance> {
        let (own, name) = (own_filter::<Self>()?, optional(name)?);
        // SAFETY: the filter is registered, the volume is live, the name is borrowed, and what the routine stores is a
        // reference to an instance of this filter on that volume.
        unsafe {
            let instance = InstanceRef::returned(own, |place| {
                sys::FltAttachVolume(own.as_ptr(), volume.pointer.as_ptr(), address(name.as_ref()), place)
            })?;
            Ok(OwnInstance::from_parts(instance, volume))
        }
    }

    /// Attaches an instance at an altitude of the caller's own. Wraps FltAttachVolumeAtAltitude. It is an aid for
    /// debugging: a driver that is sold has the altitudes of its INF.
    ///
    /// # Errors
    ///
    /// STATUS_FLT_INSTANCE_ALTITUDE_COLLISION if the altitude is taken, and as for [`Registered::attach_to`].
    fn attach_at_altitude(
        &self,
        volume: Volume<'_>,
        altitude: Altitude<'_>,
        name: Option<&[u16]>,
        _: Irql<'_, PassiveLevel>,
    ) -> Result<OwnInstance> {
        let (own, name) = (own_filter::<Self>()?, optional(name)?);
        let altitude = unicode_string(altitude.units())?;
        // SAFETY: as in `attach_to`; the altitude is a decimal number.
        unsafe {
            let instance = InstanceRef::returned(own, |place| {
                let volume = volume.pointer.as_ptr();
                let name = address(name.as_ref());
                sys::FltAttachVolumeAtAltitude(own.as_ptr(), volume, &raw const altitude, name, place)
            })?;
            Ok(OwnInstance::from_parts(instance, volume))
        }
    }

    /// Detaches the filter's instance of this name from a volume, or the highest. Wraps FltDetachVolume, up to APC_LEVEL
    /// . [`Filter::may_detach`] is asked first. The instance goes when its operations are done: a callback that detaches
    /// its own instance, or has a reference to it, waits for itself.
    ///
    /// # Errors
    ///
    /// STATUS_FLT_INSTANCE_NOT_FOUND, STATUS_FLT_DO_NOT_DETACH, STATUS_FLT_DELETING_OBJECT.
    fn detach_from<L: NotAbove<ApcLevel>>(
        &self,
        volume: Volume<'_>,
        name: Option<&[u16]>,
        _: Irql<'_, L>,
    ) -> Result<()> {
        let (own, name) = (own_filter::<Self>()?, optional(name)?);
        let (volume, name) = (volume.pointer.as_ptr(), address(name.as_ref()));
        // SAFETY: the filter is registered, the volume is live, and the name is borrowed.
        Error::check(unsafe { sys::FltDetachVolume(own.as_ptr(), volume, name) }).map(drop)
    }

    /// Loads the filter whose service has this name. Wraps FltLoadFilter.
    ///
    /// # Errors
    ///
    /// STATUS_IMAGE_ALREADY_LOADED, STATUS_FAILED_DRIVER_ENTRY, STATUS_DRIVER_FAILED_PRIOR_UNLOAD,
    /// STATUS_OBJECT_NAME_NOT_FOUND.
    fn load_filter(&self, name: &[u16], _: Irql<'_, PassiveLevel>) -> Result<()> {
        let name = unicode_string(name)?;
        // SAFETY: the name is borrowed, and this is PASSIVE_LEVEL.
        Error::check(unsafe { sys::FltLoadFilter(&raw const name) }).map(drop)
    }

    /// Unloads the filter whose service has this name, which may refuse. Wraps FltUnloadFilter. A filter cannot unload
    /// itself: it would wait for the callback that asks.
    ///
    /// # Errors
    ///
    /// STATUS_INVALID_PARAMETER if it is this filter, STATUS_FLT_FILTER_NOT_FOUND, STATUS_FLT_DO_NOT_DETACH,
    /// STATUS_FLT_DELETING_OBJECT.
    fn unload_filter(&self, name: &[u16], at: Irql<'_, PassiveLevel>) -> Result<()> {
        let own = self.filter_named(name, at)?.is_own();
        if own {
            return Err(Error::INVALID_PARAMETER);
        }
        let name = unicode_string(name)?;
        // SAFETY: the name is borrowed, it is another filter's, and this is PASSIVE_LEVEL.
        Error::check(unsafe { sys::FltUnloadFilter(&raw const name) }).map(drop)
    }
}

impl<F: Filter> Registered for F {}
