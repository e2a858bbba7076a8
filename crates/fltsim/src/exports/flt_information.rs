//! Information about filters, instances and volumes.

use std::sync::Arc;

use fltmgr_sys as sys;
use fltmgr_sys::{
    BOOLEAN, FILTER_INFORMATION_CLASS, FILTER_VOLUME_INFORMATION_CLASS, INSTANCE_INFORMATION_CLASS, NTSTATUS, PBOOLEAN,
    PDEVICE_OBJECT, PFLT_FILTER, PFLT_INSTANCE, PFLT_VOLUME, PULONG, PUNICODE_STRING, PVOID, ULONG,
};

use super::export;
use crate::flt::filter::Filter;
use crate::flt::information::{self, Information};
use crate::flt::instance::Instance;
use crate::flt::object::Object;
use crate::flt::text;
use crate::flt::volume::Volume;
use crate::kernel::{irql, thread};

/// Where a driver wants information.
struct Place {
    buffer: PVOID,
    size: ULONG,
    returned: PULONG,
}

impl Place {
    /// Stores information; an unknown class has none.
    unsafe fn take(&self, information: Option<Information>) -> NTSTATUS {
        irql::check(irql::APC_LEVEL);
        // SAFETY: the driver passes a buffer as long as it says, and a place for the length.
        information
            .map_or(sys::STATUS_INVALID_PARAMETER, |found| unsafe { found.give(self.buffer, self.size, self.returned) })
    }

    /// Stores information about one of several instances.
    unsafe fn take_instance(
        &self,
        instances: &[Arc<Instance>],
        index: ULONG,
        class: INSTANCE_INFORMATION_CLASS,
    ) -> NTSTATUS {
        match instances.get(index as usize) {
            // SAFETY: passed on.
            Some(instance) => unsafe { self.take(information::of_instance(instance, class)) },
            None => sys::STATUS_NO_MORE_ENTRIES,
        }
    }
}

/// The volume of a device object.
fn volume_of(device: PDEVICE_OBJECT) -> Option<Arc<Volume>> {
    thread::machine().volumes().into_iter().find(|volume| volume.device() == device)
}

export! {
    dll "FLTMGR.SYS";

    /// Information about a filter.
    pub unsafe fn FltGetFilterInformation(
        Filter: PFLT_FILTER,
        InformationClass: FILTER_INFORMATION_CLASS,
        Buffer: PVOID,
        BufferSize: ULONG,
        BytesReturned: PULONG,
    ) -> NTSTATUS {
        let place = Place { buffer: Buffer, size: BufferSize, returned: BytesReturned };
        // SAFETY: the driver passes a filter.
        unsafe { place.take(information::of_filter(Filter::from_handle(Filter), InformationClass)) }
    }

    /// Information about the filter at a place in the list of all, which begins at the top.
    pub unsafe fn FltEnumerateFilterInformation(
        Index: ULONG,
        InformationClass: FILTER_INFORMATION_CLASS,
        Buffer: PVOID,
        BufferSize: ULONG,
        BytesReturned: PULONG,
    ) -> NTSTATUS {
        let place = Place { buffer: Buffer, size: BufferSize, returned: BytesReturned };
        let filters = information::filters_from_the_top(thread::machine().filters());
        match filters.get(Index as usize) {
            // SAFETY: passed on.
            Some(filter) => unsafe { place.take(information::of_filter(filter, InformationClass)) },
            None => sys::STATUS_NO_MORE_ENTRIES,
        }
    }

    /// Information about an instance.
    pub unsafe fn FltGetInstanceInformation(
        Instance: PFLT_INSTANCE,
        InformationClass: INSTANCE_INFORMATION_CLASS,
        Buffer: PVOID,
        BufferSize: ULONG,
        BytesReturned: PULONG,
    ) -> NTSTATUS {
        let place = Place { buffer: Buffer, size: BufferSize, returned: BytesReturned };
        // SAFETY: the driver passes an instance.
        unsafe { place.take(information::of_instance(Instance::from_handle(Instance), InformationClass)) }
    }

    /// Information about one of a filter's instances.
    pub unsafe fn FltEnumerateInstanceInformationByFilter(
        Filter: PFLT_FILTER,
        Index: ULONG,
        InformationClass: INSTANCE_INFORMATION_CLASS,
        Buffer: PVOID,
        BufferSize: ULONG,
        BytesReturned: PULONG,
    ) -> NTSTATUS {
        let place = Place { buffer: Buffer, size: BufferSize, returned: BytesReturned };
        // SAFETY: the driver passes a filter.
        unsafe { place.take_instance(&Filter::from_handle(Filter).instances(), Index, InformationClass) }
    }

    /// Information about one of the instances on a volume, the highest first.
    pub unsafe fn FltEnumerateInstanceInformationByVolume(
        Volume: PFLT_VOLUME,
        Index: ULONG,
        InformationClass: INSTANCE_INFORMATION_CLASS,
        Buffer: PVOID,
        BufferSize: ULONG,
        BytesReturned: PULONG,
    ) -> NTSTATUS {
        let place = Place { buffer: Buffer, size: BufferSize, returned: BytesReturned };
        // SAFETY: the driver passes a volume.
        unsafe { place.take_instance(&Volume::from_handle(Volume).instances(), Index, InformationClass) }
    }

    /// Information about one of the instances on the volume of this name, the highest first.
    pub unsafe fn FltEnumerateInstanceInformationByVolumeName(
        VolumeName: PUNICODE_STRING,
        Index: ULONG,
        InformationClass: INSTANCE_INFORMATION_CLASS,
        Buffer: PVOID,
        BufferSize: ULONG,
        BytesReturned: PULONG,
    ) -> NTSTATUS {
        let place = Place { buffer: Buffer, size: BufferSize, returned: BytesReturned };
        // SAFETY: the driver passes a string.
        unsafe {
            let Some(name) = text::read(VolumeName) else { return sys::STATUS_INVALID_PARAMETER };
            match thread::machine().volume(&name) {
                Some(volume) => place.take_instance(&volume.instances(), Index, InformationClass),
                None => sys::STATUS_FLT_VOLUME_NOT_FOUND,
            }
        }
    }

    /// Information about one of the instances on the volume of a device object, the highest first.
    pub unsafe fn FltEnumerateInstanceInformationByDeviceObject(
        DeviceObject: PDEVICE_OBJECT,
        Index: ULONG,
        InformationClass: INSTANCE_INFORMATION_CLASS,
        Buffer: PVOID,
        BufferSize: ULONG,
        BytesReturned: PULONG,
    ) -> NTSTATUS {
        let place = Place { buffer: Buffer, size: BufferSize, returned: BytesReturned };
        match volume_of(DeviceObject) {
            // SAFETY: passed on.
            Some(volume) => unsafe { place.take_instance(&volume.instances(), Index, InformationClass) },
            None => sys::STATUS_FLT_VOLUME_NOT_FOUND,
        }
    }

    /// Information about a volume.
    pub unsafe fn FltGetVolumeInformation(
        Volume: PFLT_VOLUME,
        InformationClass: FILTER_VOLUME_INFORMATION_CLASS,
        Buffer: PVOID,
        BufferSize: ULONG,
        BytesReturned: PULONG,
    ) -> NTSTATUS {
        let place = Place { buffer: Buffer, size: BufferSize, returned: BytesReturned };
        // SAFETY: the driver passes a volume.
        unsafe { place.take(information::of_volume(Volume::from_handle(Volume), InformationClass)) }
    }

    /// Information about one of all volumes.
    pub unsafe fn FltEnumerateVolumeInformation(
        _Filter: PFLT_FILTER,
        Index: ULONG,
        InformationClass: FILTER_VOLUME_INFORMATION_CLASS,
        Buffer: PVOID,
        BufferSize: ULONG,
        BytesReturned: PULONG,
    ) -> NTSTATUS {
        let place = Place { buffer: Buffer, size: BufferSize, returned: BytesReturned };
        match thread::machine().volumes().get(Index as usize) {
            // SAFETY: passed on.
            Some(volume) => unsafe { place.take(information::of_volume(volume, InformationClass)) },
            None => sys::STATUS_NO_MORE_ENTRIES,
        }
    }

    /// The name of the volume that stays the same when its device is another (rule K-36).
    pub unsafe fn FltGetVolumeGuidName(
        Volume: PFLT_VOLUME,
        VolumeGuidName: PUNICODE_STRING,
        BufferSizeNeeded: PULONG,
    ) -> NTSTATUS {
        irql::check(irql::PASSIVE_LEVEL);
        // SAFETY: the driver passes a volume and places for the results.
        unsafe {
            let name: Vec<u16> = Volume::from_handle(Volume).guid_name().encode_utf16().collect();
            text::give(&name, VolumeGuidName, BufferSizeNeeded)
        }
    }

    /// The volume of a device object, referenced.
    pub unsafe fn FltGetVolumeFromDeviceObject(
        _Filter: PFLT_FILTER,
        DeviceObject: PDEVICE_OBJECT,
        RetVolume: *mut PFLT_VOLUME,
    ) -> NTSTATUS {
        irql::check(irql::APC_LEVEL);
        // SAFETY: the driver passes a place for the result.
        unsafe { super::flt_volume::give_volume(volume_of(DeviceObject).as_ref(), RetVolume) }
    }

    /// Whether a device object is one of the Filter Manager's, which are those of its volumes.
    pub unsafe fn FltIsFltMgrVolumeDeviceObject(DeviceObject: PDEVICE_OBJECT) -> BOOLEAN {
        irql::check(irql::APC_LEVEL);
        volume_of(DeviceObject).is_some().into()
    }

    /// Whether a volume is a snapshot: none is.
    pub unsafe fn FltIsVolumeSnapshot(_FltObject: PVOID, IsSnapshotVolume: PBOOLEAN) -> NTSTATUS {
        irql::check(irql::PASSIVE_LEVEL);
        // SAFETY: the driver passes a place for the result.
        unsafe { IsSnapshotVolume.write(BOOLEAN::from(false)) };
        sys::STATUS_SUCCESS
    }
}
