//! Volumes and instances (rules, K-35).

use std::sync::Arc;

use fltmgr_sys as sys;
use fltmgr_sys::{
    BOOLEAN, FLT_FILESYSTEM_TYPE, NTSTATUS, PBOOLEAN, PCUNICODE_STRING, PDEVICE_OBJECT, PFILE_OBJECT, PFLT_FILTER,
    PFLT_INSTANCE, PFLT_VOLUME, PFLT_VOLUME_PROPERTIES, PULONG, PUNICODE_STRING, PVOID, ULONG,
};

use super::export;
use super::flt_filter::reference;
use crate::flt::filter::Filter;
use crate::flt::instance::Instance;
use crate::flt::object::Object;
use crate::flt::text;
use crate::flt::volume::{SECTOR_SIZE, Volume};
use crate::io::FileRef;
use crate::kernel::{irql, object, thread};

/// Hands an instance to a driver, referenced.
unsafe fn give_instance(instance: Option<&Arc<Instance>>, result: *mut PFLT_INSTANCE, missing: NTSTATUS) -> NTSTATUS {
    let Some(instance) = instance else { return missing };
    // SAFETY: the instance is alive; the driver passes a place for the result, or NULL where it wants none.
    unsafe {
        if result.is_null() {
            return sys::STATUS_SUCCESS;
        }
        let status = reference(instance.handle().cast());
        if status == sys::STATUS_SUCCESS {
            result.write(instance.handle());
        }
        status
    }
}

/// Hands a volume to a driver, referenced.
pub(super) unsafe fn give_volume(volume: Option<&Arc<Volume>>, result: *mut PFLT_VOLUME) -> NTSTATUS {
    let Some(volume) = volume else { return sys::STATUS_FLT_VOLUME_NOT_FOUND };
    // SAFETY: the volume is alive; the driver passes a place for the result.
    unsafe {
        let status = reference(volume.handle().cast());
        if status == sys::STATUS_SUCCESS {
            result.write(volume.handle());
        }
        status
    }
}

/// Fills a list of referenced handles, or says how many there are.
unsafe fn give_list<T>(handles: &[*mut T], list: *mut *mut T, capacity: ULONG, count: PULONG) -> NTSTATUS {
    // SAFETY: the driver passes a place for the count, and a list as long as it says.
    unsafe {
        count.write(u32::try_from(handles.len()).unwrap_or(u32::MAX));
        if handles.len() > capacity as usize || list.is_null() && !handles.is_empty() {
            return sys::STATUS_BUFFER_TOO_SMALL;
        }
        for (index, handle) in handles.iter().enumerate() {
            reference(handle.cast());
            list.add(index).write(*handle);
        }
    }
    sys::STATUS_SUCCESS
}

/// Hands a volume's device object to a driver, referenced.
unsafe fn give_device(volume: PFLT_VOLUME, result: *mut PDEVICE_OBJECT) -> NTSTATUS {
    // SAFETY: the driver passes a volume and a place for the result.
    unsafe {
        let device = Volume::from_handle(volume).device();
        object::reference(device as usize);
        result.write(device);
    }
    sys::STATUS_SUCCESS
}

/// The instance above or below another in the stack of its volume.
unsafe fn neighbour(instance: PFLT_INSTANCE, below: bool) -> Option<Arc<Instance>> {
    // SAFETY: the driver passes an instance.
    let instance = unsafe { Instance::from_handle(instance) };
    let stack = instance.volume().instances();
    let position = stack.iter().position(|present| std::ptr::eq(Arc::as_ptr(present), instance))?;
    let position = if below { position + 1 } else { position.checked_sub(1)? };
    stack.get(position).cloned()
}

export! {
    dll "FLTMGR.SYS";

    /// Attaches an instance that the registry defines (rule A-27).
    pub unsafe fn FltAttachVolume(
        Filter: PFLT_FILTER,
        Volume: PFLT_VOLUME,
        InstanceName: PCUNICODE_STRING,
        RetInstance: *mut PFLT_INSTANCE,
    ) -> NTSTATUS {
        irql::check(irql::PASSIVE_LEVEL);
        // SAFETY: the driver passes objects and a string.
        unsafe {
            let (filter, volume) = (Filter::arc_from_handle(Filter), Volume::arc_from_handle(Volume));
            match filter.attach_manually(&volume, text::read(InstanceName).as_deref(), None) {
                Ok(instance) => give_instance(Some(&instance), RetInstance, sys::STATUS_FLT_INSTANCE_NOT_FOUND),
                Err(status) => status,
            }
        }
    }

    /// Attaches an instance at an altitude of the caller's own; for debugging (rules ).
    pub unsafe fn FltAttachVolumeAtAltitude(
        Filter: PFLT_FILTER,
        Volume: PFLT_VOLUME,
        Altitude: PCUNICODE_STRING,
        InstanceName: PCUNICODE_STRING,
        RetInstance: *mut PFLT_INSTANCE,
    ) -> NTSTATUS {
        irql::check(irql::PASSIVE_LEVEL);
        // SAFETY: the driver passes objects and strings.
        unsafe {
            let (filter, volume) = (Filter::arc_from_handle(Filter), Volume::arc_from_handle(Volume));
            let Some(altitude) = text::read(Altitude) else { return sys::STATUS_INVALID_PARAMETER };
            match filter.attach_manually(&volume, text::read(InstanceName).as_deref(), Some(&altitude)) {
                Ok(instance) => give_instance(Some(&instance), RetInstance, sys::STATUS_FLT_INSTANCE_NOT_FOUND),
                Err(status) => status,
            }
        }
    }

    /// Detaches an instance; the highest of the filter's on the volume if none is named (rule A-38).
    pub unsafe fn FltDetachVolume(Filter: PFLT_FILTER, Volume: PFLT_VOLUME, InstanceName: PCUNICODE_STRING) -> NTSTATUS {
        irql::check(irql::APC_LEVEL);
        // SAFETY: the driver passes objects and a string.
        unsafe {
            let (filter, volume) = (Filter::arc_from_handle(Filter), Volume::arc_from_handle(Volume));
            match filter.detach_manually(&volume, text::read(InstanceName).as_deref()) {
                Ok(()) => sys::STATUS_SUCCESS,
                Err(status) => status,
            }
        }
    }

    /// The volume of an instance, referenced (rule A-57).
    pub unsafe fn FltGetVolumeFromInstance(Instance: PFLT_INSTANCE, RetVolume: *mut PFLT_VOLUME) -> NTSTATUS {
        irql::check(irql::APC_LEVEL);
        // SAFETY: the driver passes an instance and a place for the result.
        unsafe { give_volume(Some(Instance::from_handle(Instance).volume()), RetVolume) }
    }

    /// The volume with a name, referenced (rule A-57).
    pub unsafe fn FltGetVolumeFromName(
        _Filter: PFLT_FILTER,
        VolumeName: PCUNICODE_STRING,
        RetVolume: *mut PFLT_VOLUME,
    ) -> NTSTATUS {
        irql::check(irql::PASSIVE_LEVEL);
        // SAFETY: the driver passes a string and a place for the result.
        unsafe {
            let Some(name) = text::read(VolumeName) else { return sys::STATUS_INVALID_PARAMETER };
            give_volume(thread::machine().volume(&name).as_ref(), RetVolume)
        }
    }

    /// The volume of a file object, referenced.
    pub unsafe fn FltGetVolumeFromFileObject(
        _Filter: PFLT_FILTER,
        FileObject: PFILE_OBJECT,
        RetVolume: *mut PFLT_VOLUME,
    ) -> NTSTATUS {
        irql::check(irql::APC_LEVEL);
        // SAFETY: the driver passes a file object and a place for the result.
        unsafe { give_volume(Some(FileRef::of(FileObject).volume()), RetVolume) }
    }

    /// The volume's device name (rule K-35).
    pub unsafe fn FltGetVolumeName(Volume: PFLT_VOLUME, VolumeName: PUNICODE_STRING, BufferSizeNeeded: PULONG) -> NTSTATUS {
        irql::check(irql::APC_LEVEL);
        // SAFETY: the driver passes a volume and places for the results.
        unsafe { text::give(Volume::from_handle(Volume).device_name_units(), VolumeName, BufferSizeNeeded) }
    }

    /// The volume's properties, with as many of its three names as fit behind them.
    pub unsafe fn FltGetVolumeProperties(
        Volume: PFLT_VOLUME,
        VolumeProperties: PFLT_VOLUME_PROPERTIES,
        VolumePropertiesLength: ULONG,
        LengthReturned: PULONG,
    ) -> NTSTATUS {
        irql::check(irql::APC_LEVEL);
        // SAFETY: the driver passes a volume, a buffer as long as it says and a place for the length.
        unsafe {
            let volume = Volume::from_handle(Volume);
            let units = |text: &str| text.encode_utf16().collect::<Vec<u16>>();
            let names =
                [units("\\FileSystem\\Ntfs"), units("\\Ntfs"), volume.device_name_units().to_vec()];
            let fixed = size_of::<sys::FLT_VOLUME_PROPERTIES>();
            let needed = fixed + names.iter().map(|name| name.len() * 2).sum::<usize>();
            LengthReturned.write(u32::try_from(needed).unwrap_or(u32::MAX));
            if VolumeProperties.is_null() || (VolumePropertiesLength as usize) < fixed {
                return sys::STATUS_BUFFER_TOO_SMALL;
            }
            let mut properties: sys::FLT_VOLUME_PROPERTIES = std::mem::zeroed();
            properties.DeviceType = sys::FILE_DEVICE_DISK_FILE_SYSTEM;
            properties.SectorSize = SECTOR_SIZE;
            let complete = VolumePropertiesLength as usize >= needed;
            if complete {
                let mut place = VolumeProperties.byte_add(fixed).cast::<u16>();
                let mut strings = [text::string_of(&[]); 3];
                for (string, name) in strings.iter_mut().zip(&names) {
                    std::ptr::copy_nonoverlapping(name.as_ptr(), place, name.len());
                    *string = text::string_of(std::slice::from_raw_parts(place, name.len()));
                    place = place.add(name.len());
                }
                [properties.FileSystemDriverName, properties.FileSystemDeviceName, properties.RealDeviceName] = strings;
            }
            VolumeProperties.write(properties);
            if complete { sys::STATUS_SUCCESS } else { sys::STATUS_BUFFER_OVERFLOW }
        }
    }

    /// The instance of a filter on a volume with a name, referenced (rules ).
    pub unsafe fn FltGetVolumeInstanceFromName(
        Filter: PFLT_FILTER,
        Volume: PFLT_VOLUME,
        InstanceName: PCUNICODE_STRING,
        RetInstance: *mut PFLT_INSTANCE,
    ) -> NTSTATUS {
        irql::check(irql::APC_LEVEL);
        // SAFETY: the driver passes objects, a string and a place for the result.
        unsafe {
            let volume = Volume::from_handle(Volume);
            let name = text::read(InstanceName);
            let filter: *const Filter = Filter.cast();
            let found = volume.instances().into_iter().find(|instance| {
                (filter.is_null() || std::ptr::eq(Arc::as_ptr(instance.filter()), filter))
                    && name.as_deref().is_none_or(|name| instance.name().eq_ignore_ascii_case(name))
            });
            give_instance(found.as_ref(), RetInstance, sys::STATUS_FLT_INSTANCE_NOT_FOUND)
        }
    }

    /// The instance above, referenced (rule A-57).
    pub unsafe fn FltGetUpperInstance(CurrentInstance: PFLT_INSTANCE, UpperInstance: *mut PFLT_INSTANCE) -> NTSTATUS {
        irql::check(irql::APC_LEVEL);
        // SAFETY: the driver passes an instance and a place for the result.
        unsafe { give_instance(neighbour(CurrentInstance, false).as_ref(), UpperInstance, sys::STATUS_NO_MORE_ENTRIES) }
    }

    /// The instance below, referenced (rule A-57).
    pub unsafe fn FltGetLowerInstance(CurrentInstance: PFLT_INSTANCE, LowerInstance: *mut PFLT_INSTANCE) -> NTSTATUS {
        irql::check(irql::APC_LEVEL);
        // SAFETY: the driver passes an instance and a place for the result.
        unsafe { give_instance(neighbour(CurrentInstance, true).as_ref(), LowerInstance, sys::STATUS_NO_MORE_ENTRIES) }
    }

    /// The highest instance of a volume, referenced.
    pub unsafe fn FltGetTopInstance(Volume: PFLT_VOLUME, Instance: *mut PFLT_INSTANCE) -> NTSTATUS {
        irql::check(irql::APC_LEVEL);
        // SAFETY: the driver passes a volume and a place for the result.
        unsafe {
            give_instance(Volume::from_handle(Volume).instances().first(), Instance, sys::STATUS_NO_MORE_ENTRIES)
        }
    }

    /// The lowest instance of a volume, referenced.
    pub unsafe fn FltGetBottomInstance(Volume: PFLT_VOLUME, Instance: *mut PFLT_INSTANCE) -> NTSTATUS {
        irql::check(irql::APC_LEVEL);
        // SAFETY: the driver passes a volume and a place for the result.
        unsafe {
            give_instance(Volume::from_handle(Volume).instances().last(), Instance, sys::STATUS_NO_MORE_ENTRIES)
        }
    }

    /// All volumes, referenced.
    pub unsafe fn FltEnumerateVolumes(
        _Filter: PFLT_FILTER,
        VolumeList: *mut PFLT_VOLUME,
        VolumeListSize: ULONG,
        NumberVolumesReturned: PULONG,
    ) -> NTSTATUS {
        irql::check(irql::APC_LEVEL);
        let volumes = thread::machine().volumes();
        let handles: Vec<_> = volumes.iter().map(|volume| volume.handle()).collect();
        // SAFETY: the driver passes a list as long as it says, and a place for the count.
        unsafe { give_list(&handles, VolumeList, VolumeListSize, NumberVolumesReturned) }
    }

    /// The instances on a volume, of a filter, or both, referenced.
    pub unsafe fn FltEnumerateInstances(
        Volume: PFLT_VOLUME,
        Filter: PFLT_FILTER,
        InstanceList: *mut PFLT_INSTANCE,
        InstanceListSize: ULONG,
        NumberInstancesReturned: PULONG,
    ) -> NTSTATUS {
        irql::check(irql::APC_LEVEL);
        let (volume, filter): (*const Volume, *const Filter) = (Volume.cast(), Filter.cast());
        let instances: Vec<_> = thread::machine()
            .volumes()
            .iter()
            .filter(|present| volume.is_null() || std::ptr::eq(Arc::as_ptr(present), volume))
            .flat_map(|present| present.instances())
            .filter(|instance| filter.is_null() || std::ptr::eq(Arc::as_ptr(instance.filter()), filter))
            .collect();
        let handles: Vec<_> = instances.iter().map(|instance| instance.handle()).collect();
        // SAFETY: the driver passes a list as long as it says, and a place for the count.
        unsafe { give_list(&handles, InstanceList, InstanceListSize, NumberInstancesReturned) }
    }

    /// All filters, referenced.
    pub unsafe fn FltEnumerateFilters(
        FilterList: *mut PFLT_FILTER,
        FilterListSize: ULONG,
        NumberFiltersReturned: PULONG,
    ) -> NTSTATUS {
        irql::check(irql::APC_LEVEL);
        let filters = thread::machine().filters();
        let handles: Vec<_> = filters.iter().map(|filter| filter.handle()).collect();
        // SAFETY: the driver passes a list as long as it says, and a place for the count.
        unsafe { give_list(&handles, FilterList, FilterListSize, NumberFiltersReturned) }
    }

    /// Compares the altitudes of two instances (rule A-32).
    pub unsafe fn FltCompareInstanceAltitudes(Instance1: PFLT_INSTANCE, Instance2: PFLT_INSTANCE) -> i32 {
        irql::check(irql::DISPATCH_LEVEL);
        // SAFETY: the driver passes instances.
        let (one, other) = unsafe { (Instance::from_handle(Instance1), Instance::from_handle(Instance2)) };
        if Arc::ptr_eq(one.volume(), other.volume()) { one.altitude().cmp(other.altitude()) as i32 } else { 0 }
    }

    /// The type of the file system: that of NTFS.
    pub unsafe fn FltGetFileSystemType(_FltObject: PVOID, FileSystemType: *mut FLT_FILESYSTEM_TYPE) -> NTSTATUS {
        irql::check(irql::APC_LEVEL);
        // SAFETY: the driver passes a place for the result.
        unsafe { FileSystemType.write(sys::FLT_FSTYPE_NTFS as _) };
        sys::STATUS_SUCCESS
    }

    /// Whether a volume can be written: always.
    pub unsafe fn FltIsVolumeWritable(_FltObject: PVOID, IsWritable: PBOOLEAN) -> NTSTATUS {
        irql::check(irql::PASSIVE_LEVEL);
        // SAFETY: the driver passes a place for the result.
        unsafe { IsWritable.write(BOOLEAN::from(true)) };
        sys::STATUS_SUCCESS
    }

    /// The volume's device object, referenced (rule A-59).
    pub unsafe fn FltGetDeviceObject(Volume: PFLT_VOLUME, DeviceObject: *mut PDEVICE_OBJECT) -> NTSTATUS {
        irql::check(irql::DISPATCH_LEVEL);
        // SAFETY: the driver passes a volume and a place for the result.
        unsafe { give_device(Volume, DeviceObject) }
    }

    /// The device object of the disk under the volume, referenced: there is one device object for both.
    pub unsafe fn FltGetDiskDeviceObject(Volume: PFLT_VOLUME, DiskDeviceObject: *mut PDEVICE_OBJECT) -> NTSTATUS {
        irql::check(irql::DISPATCH_LEVEL);
        // SAFETY: the driver passes a volume and a place for the result.
        unsafe { give_device(Volume, DiskDeviceObject) }
    }
}
