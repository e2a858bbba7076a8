//! `FltLib`'s enumerations.

use std::{ffi::c_void, mem, ptr};

use windows_sys::{
    Win32::{
        Foundation::{HANDLE, INVALID_HANDLE_VALUE},
        Storage::InstallableFileSystems::{
            FILTER_AGGREGATE_STANDARD_INFORMATION, FILTER_VOLUME_STANDARD_INFORMATION, FLT_FILESYSTEM_TYPE,
            FLT_FSTYPE_CDFS, FLT_FSTYPE_CSVFS, FLT_FSTYPE_EXFAT, FLT_FSTYPE_FAT, FLT_FSTYPE_LANMAN, FLT_FSTYPE_MSFS,
            FLT_FSTYPE_MUP, FLT_FSTYPE_NPFS, FLT_FSTYPE_NTFS, FLT_FSTYPE_RAW, FLT_FSTYPE_REFS, FLT_FSTYPE_UDFS,
            FLTFL_ASI_IS_MINIFILTER, FLTFL_IASI_IS_MINIFILTER, FilterAggregateStandardInformation, FilterFindClose,
            FilterFindFirst, FilterFindNext, FilterInstanceFindClose, FilterInstanceFindFirst, FilterInstanceFindNext,
            FilterVolumeFindClose, FilterVolumeFindFirst, FilterVolumeFindNext, FilterVolumeStandardInformation,
            INSTANCE_AGGREGATE_STANDARD_INFORMATION, InstanceAggregateStandardInformation,
        },
    },
    core::HRESULT,
};

use super::{buffer_pointer, check, is_end, wide};
use crate::{Filter, Instance, Result, Volume, error::Doing};

/// Longest entry in 64-bit units: names are at most 32767 characters, and there are four in an entry.
const ENTRY_UNITS: usize = 4 * 32 * 1024 / 4;

pub(super) fn filters() -> Result<Vec<Filter>> {
    let mut found = Vec::new();
    each_entry(
        Doing::Listing("filters"),
        // SAFETY: `each_entry` passes a buffer with its length, and pointers that outlive the call.
        |buffer, length, returned, handle| unsafe {
            FilterFindFirst(FilterAggregateStandardInformation, buffer, length, returned, handle)
        },
        // SAFETY: as above, with the handle that the first call gave.
        |handle, buffer, length, returned| unsafe {
            FilterFindNext(handle, FilterAggregateStandardInformation, buffer, length, returned)
        },
        // SAFETY: `each_entry` closes the handle once.
        |handle| unsafe { FilterFindClose(handle) },
        |entry| {
            let Some(information) = entry.read::<FILTER_AGGREGATE_STANDARD_INFORMATION>() else {
                return;
            };
            if information.Flags & FLTFL_ASI_IS_MINIFILTER != 0 {
                // SAFETY: the flag says which member of the union it is.
                let filter = unsafe { information.Type.MiniFilter };
                found.push(Filter {
                    name: entry.text(filter.FilterNameBufferOffset, filter.FilterNameLength),
                    altitude: entry.text(filter.FilterAltitudeBufferOffset, filter.FilterAltitudeLength),
                    instances: filter.NumberOfInstances,
                    frame: filter.FrameID,
                });
            } else {
                // SAFETY: the flag says which member of the union it is.
                let filter = unsafe { information.Type.LegacyFilter };
                found.push(Filter {
                    name: entry.text(filter.FilterNameBufferOffset, filter.FilterNameLength),
                    altitude: entry.text(filter.FilterAltitudeBufferOffset, filter.FilterAltitudeLength),
                    instances: 0,
                    frame: 0,
                });
            }
        },
    )?;
    Ok(found)
}

pub(super) fn instances(filter: &str) -> Result<Vec<Instance>> {
    let name = wide(filter)?;
    let mut found = Vec::new();
    each_entry(
        Doing::Listing("instances"),
        // SAFETY: `each_entry` passes a buffer with its length, and pointers that outlive the call; the name ends in
        // NUL.
        |buffer, length, returned, handle| unsafe {
            FilterInstanceFindFirst(
                name.as_ptr(),
                InstanceAggregateStandardInformation,
                buffer,
                length,
                returned,
                handle,
            )
        },
        // SAFETY: as above, with the handle that the first call gave.
        |handle, buffer, length, returned| unsafe {
            FilterInstanceFindNext(handle, InstanceAggregateStandardInformation, buffer, length, returned)
        },
        // SAFETY: `each_entry` closes the handle once.
        |handle| unsafe { FilterInstanceFindClose(handle) },
        |entry| {
            let Some(information) = entry.read::<INSTANCE_AGGREGATE_STANDARD_INFORMATION>() else {
                return;
            };
            if information.Flags & FLTFL_IASI_IS_MINIFILTER != 0 {
                // SAFETY: the flag says which member of the union it is.
                let instance = unsafe { information.Type.MiniFilter };
                found.push(Instance {
                    name: entry.text(instance.InstanceNameBufferOffset, instance.InstanceNameLength),
                    filter: entry.text(instance.FilterNameBufferOffset, instance.FilterNameLength),
                    volume: entry.text(instance.VolumeNameBufferOffset, instance.VolumeNameLength),
                    altitude: entry.text(instance.AltitudeBufferOffset, instance.AltitudeLength),
                    frame: instance.FrameID,
                });
            }
        },
    )?;
    Ok(found)
}

pub(super) fn volumes() -> Result<Vec<Volume>> {
    let mut found = Vec::new();
    each_entry(
        Doing::Listing("volumes"),
        // SAFETY: `each_entry` passes a buffer with its length, and pointers that outlive the call.
        |buffer, length, returned, handle| unsafe {
            FilterVolumeFindFirst(FilterVolumeStandardInformation, buffer, length, returned, handle)
        },
        // SAFETY: as above, with the handle that the first call gave.
        |handle, buffer, length, returned| unsafe {
            FilterVolumeFindNext(handle, FilterVolumeStandardInformation, buffer, length, returned)
        },
        // SAFETY: `each_entry` closes the handle once.
        |handle| unsafe { FilterVolumeFindClose(handle) },
        |entry| {
            let Some(volume) = entry.read::<FILTER_VOLUME_STANDARD_INFORMATION>() else {
                return;
            };
            let name_offset = mem::offset_of!(FILTER_VOLUME_STANDARD_INFORMATION, FilterVolumeName);
            found.push(Volume {
                name: entry.text(u16::try_from(name_offset).unwrap_or_default(), volume.FilterVolumeNameLength),
                filesystem: file_system_name(volume.FileSystemType),
            });
        },
    )?;
    Ok(found)
}

/// One entry as `FltLib` wrote it.
struct Entry<'a>(&'a [u64]);

impl Entry<'_> {
    /// The structure that the entry begins with, if the buffer is long enough for it.
    fn read<T: Copy>(&self) -> Option<T> {
        const { assert!(align_of::<T>() <= align_of::<u64>()) };
        // SAFETY: the buffer is longer than the structure and aligned for it, and the structures that are read here are
        // made of integers.
        (size_of_val(self.0) >= size_of::<T>()).then(|| unsafe { self.0.as_ptr().cast::<T>().read() })
    }

    /// The UTF-16 text at an offset, both in bytes; none where it lies outside the buffer.
    fn text(&self, offset: u16, length: u16) -> String {
        // SAFETY: every bit pattern is two or four units of UTF-16.
        let (_, units, _) = unsafe { self.0.align_to::<u16>() };
        let first = usize::from(offset) / 2;
        let text = units.get(first..first + usize::from(length) / 2);
        String::from_utf16_lossy(text.unwrap_or_default())
    }
}

/// Calls `found` for each entry of an enumeration.
fn each_entry(
    doing: Doing<'_>,
    first: impl FnOnce(*mut c_void, u32, *mut u32, *mut HANDLE) -> HRESULT,
    next: impl Fn(HANDLE, *mut c_void, u32, *mut u32) -> HRESULT,
    close: impl FnOnce(HANDLE) -> HRESULT,
    mut found: impl FnMut(Entry<'_>),
) -> Result<()> {
    let mut buffer = vec![0_u64; ENTRY_UNITS];
    let length = u32::try_from(size_of_val(buffer.as_slice())).unwrap_or(u32::MAX);
    let mut returned = 0;
    let mut handle = INVALID_HANDLE_VALUE;
    let mut result = first(buffer_pointer(&mut buffer), length, ptr::from_mut(&mut returned), &raw mut handle);
    if is_end(result) {
        return Ok(());
    }
    check(doing, result)?;
    while result >= 0 {
        found(Entry(&buffer));
        result = next(handle, buffer_pointer(&mut buffer), length, ptr::from_mut(&mut returned));
    }
    close(handle);
    if is_end(result) { Ok(()) } else { check(doing, result) }
}

/// The names that fltmc shows.
fn file_system_name(kind: FLT_FILESYSTEM_TYPE) -> String {
    let name = match kind {
        FLT_FSTYPE_RAW => "RAW",
        FLT_FSTYPE_NTFS => "NTFS",
        FLT_FSTYPE_FAT => "FAT",
        FLT_FSTYPE_CDFS => "CDFS",
        FLT_FSTYPE_UDFS => "UDFS",
        FLT_FSTYPE_LANMAN => "SMB",
        FLT_FSTYPE_MUP => "MUP",
        FLT_FSTYPE_NPFS => "NamedPipe",
        FLT_FSTYPE_MSFS => "Mailslot",
        FLT_FSTYPE_EXFAT => "exFAT",
        FLT_FSTYPE_CSVFS => "CSVFS",
        FLT_FSTYPE_REFS => "ReFS",
        other => return format!("file system {other}"),
    };
    name.to_owned()
}
