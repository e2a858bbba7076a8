//! What a file system knows about a volume.
//!
//! ```
//! use fltmgr::file::volume::VolumeSize;
//! use fltmgr::instance::Instance;
//! use fltmgr::irql::{Irql, PassiveLevel};
//! use fltmgr::Result;
//!
//! /// Whether less than a tenth of the volume is free.
//! fn is_nearly_full(instance: Instance<'_>, at: Irql<'_, PassiveLevel>) -> Result<bool> {
//!     let size = instance.query_volume::<VolumeSize>(at)?;
//!     Ok(size.available_units < size.total_units / 10)
//! }
//! ```

use super::File;
use super::records::{Record, grow, put, with_name};
use crate::instance::Instance;
use crate::irql::{Irql, PassiveLevel};
use crate::parameters::quad;
use crate::pool::{Paged, PoolVec, Tag};
use crate::status::{Error, Result};
use crate::volume::DeviceType;
use core::ffi::c_void;
use core::mem::offset_of;
use fltmgr_sys as sys;

mod sealed {
    /// # Safety
    ///
    /// `Raw` is the structure of the class, and has integers alone, for which all bit patterns are values.
    pub unsafe trait Class: Sized {
        type Raw: Copy;
        const CLASS: i32;
        fn of(raw: &Self::Raw) -> Self;
    }
}

/// What can be asked about a volume.
pub trait VolumeQueried: sealed::Class {}
impl<T: sealed::Class> VolumeQueried for T {}

macro_rules! information {
    ($($(#[$doc:meta])* $name:ident: $raw:ident of $class:ident {
        $($(#[$field_doc:meta])* $field:ident: $type:ty = |$value:ident| $get:expr;)*
    })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub struct $name {
            $($(#[$field_doc])* pub $field: $type,)*
        }

        // SAFETY: this is the structure of the class, as the headers have it.
        unsafe impl sealed::Class for $name {
            type Raw = sys::$raw;
            const CLASS: i32 = sys::$class;
            fn of(raw: &sys::$raw) -> Self {
                Self { $($field: { let $value = raw; $get },)* }
            }
        }
    )*};
}

information! {
    /// FileFsSizeInformation.
    VolumeSize: FILE_FS_SIZE_INFORMATION of FileFsSizeInformation {
        /// How many allocation units the volume has.
        total_units: i64 = |raw| quad(raw.TotalAllocationUnits);
        /// How many of them are free.
        available_units: i64 = |raw| quad(raw.AvailableAllocationUnits);
        /// How many sectors an allocation unit has.
        sectors_per_unit: u32 = |raw| raw.SectorsPerAllocationUnit;
        /// How many bytes a sector has.
        bytes_per_sector: u32 = |raw| raw.BytesPerSector;
    }

    /// FileFsFullSizeInformation.
    VolumeFullSize: FILE_FS_FULL_SIZE_INFORMATION of FileFsFullSizeInformation {
        /// How many allocation units the volume has.
        total_units: i64 = |raw| quad(raw.TotalAllocationUnits);
        /// How many of them are free for who asks, who may have a quota.
        caller_available_units: i64 = |raw| quad(raw.CallerAvailableAllocationUnits);
        /// How many of them are free.
        available_units: i64 = |raw| quad(raw.ActualAvailableAllocationUnits);
        /// How many sectors an allocation unit has.
        sectors_per_unit: u32 = |raw| raw.SectorsPerAllocationUnit;
        /// How many bytes a sector has.
        bytes_per_sector: u32 = |raw| raw.BytesPerSector;
    }

    /// FileFsDeviceInformation.
    VolumeDevice: FILE_FS_DEVICE_INFORMATION of FileFsDeviceInformation {
        /// The type of the device that the volume is on.
        device_type: DeviceType = |raw| DeviceType::from_raw(raw.DeviceType);
        /// FILE_REMOVABLE_MEDIA, FILE_READ_ONLY_DEVICE, and others.
        characteristics: u32 = |raw| raw.Characteristics;
    }

    /// FileFsSectorSizeInformation, which non-cached transfers go by (N-14).
    VolumeSectorSize: FILE_FS_SECTOR_SIZE_INFORMATION of FileFsSectorSizeInformation {
        /// The unit of non-cached transfers, in bytes.
        logical: u32 = |raw| raw.LogicalBytesPerSector;
        /// What the medium writes as a whole, in bytes.
        physical_for_atomicity: u32 = |raw| raw.PhysicalBytesPerSectorForAtomicity;
        /// What the medium writes without reading first, in bytes.
        physical_for_performance: u32 = |raw| raw.PhysicalBytesPerSectorForPerformance;
    }
}

/// FileFsAttributeInformation.
pub struct VolumeAttributes(PoolVec<u8, Paged>);

impl VolumeAttributes {
    fn number(&self, offset: usize) -> u32 {
        Record::new(&self.0).u32(offset).unwrap_or(0)
    }

    /// What the file system can do: FILE_CASE_PRESERVED_NAMES, FILE_NAMED_STREAMS, and others.
    pub fn flags(&self) -> u32 {
        self.number(offset_of!(sys::FILE_FS_ATTRIBUTE_INFORMATION, FileSystemAttributes))
    }

    /// How many units a component of a name has at most.
    pub fn maximum_component_length(&self) -> u32 {
        self.number(offset_of!(sys::FILE_FS_ATTRIBUTE_INFORMATION, MaximumComponentNameLength))
    }

    /// The name of the file system, as `NTFS`; none if it answers with something else.
    pub fn file_system(&self) -> &[u16] {
        let length = self.number(offset_of!(sys::FILE_FS_ATTRIBUTE_INFORMATION, FileSystemNameLength));
        let name = offset_of!(sys::FILE_FS_ATTRIBUTE_INFORMATION, FileSystemName);
        Record::new(&self.0).units(name, length as usize).unwrap_or(&[])
    }
}

/// FileFsVolumeInformation.
pub struct VolumeIdentity(PoolVec<u8, Paged>);

impl VolumeIdentity {
    /// When the volume was formatted: 100-nanosecond intervals since January 1, 1601 (UTC).
    pub fn creation_time(&self) -> i64 {
        let offset = offset_of!(sys::FILE_FS_VOLUME_INFORMATION, VolumeCreationTime);
        Record::new(&self.0).i64(offset).unwrap_or(0)
    }

    /// The serial number of the volume.
    pub fn serial_number(&self) -> u32 {
        let offset = offset_of!(sys::FILE_FS_VOLUME_INFORMATION, VolumeSerialNumber);
        Record::new(&self.0).u32(offset).unwrap_or(0)
    }

    /// The label; none if the volume has none, or if the file system answers with something else.
    pub fn label(&self) -> &[u16] {
        let record = Record::new(&self.0);
        let length = record.u32(offset_of!(sys::FILE_FS_VOLUME_INFORMATION, VolumeLabelLength)).unwrap_or(0);
        record.units(offset_of!(sys::FILE_FS_VOLUME_INFORMATION, VolumeLabel), length as usize).unwrap_or(&[])
    }
}

/// # Errors
///
/// What the routine returns.
fn query<T: VolumeQueried>(ask: impl FnOnce(*mut c_void, u32) -> sys::NTSTATUS) -> Result<T> {
    // SAFETY: the structure has integers alone.
    let mut raw: T::Raw = unsafe { core::mem::zeroed() };
    Error::check(ask((&raw mut raw).cast(), size_of::<T::Raw>() as u32))?;
    Ok(T::of(&raw))
}

impl Instance<'_> {
    /// What the file system knows about the volume. Wraps FltQueryVolumeInformation, which asks through the root directory.
    ///
    /// # Errors
    ///
    /// STATUS_INSUFFICIENT_RESOURCES, STATUS_INVALID_PARAMETER or STATUS_INVALID_INFO_CLASS where the file system does
    /// not know the class, and whatever else it returns.
    pub fn query_volume<T: VolumeQueried>(&self, _: Irql<'_, PassiveLevel>) -> Result<T> {
        // SAFETY: `query` gives a buffer for the structure of the class.
        query(|buffer, length| unsafe { self.query_volume_raw(T::CLASS, buffer, length) }.0)
    }

    /// What the file system of the volume can do. Wraps FltQueryVolumeInformation.
    ///
    /// # Errors
    ///
    /// STATUS_INSUFFICIENT_RESOURCES, and whatever the file system returns.
    pub fn volume_attributes(&self, tag: Tag, _: Irql<'_, PassiveLevel>) -> Result<VolumeAttributes> {
        self.query_volume_into_pool(sys::FileFsAttributeInformation, tag).map(VolumeAttributes)
    }

    /// The label of the volume, and what else tells it from others. Wraps FltQueryVolumeInformation.
    ///
    /// # Errors
    ///
    /// STATUS_INSUFFICIENT_RESOURCES, and whatever the file system returns.
    pub fn volume_identity(&self, tag: Tag, _: Irql<'_, PassiveLevel>) -> Result<VolumeIdentity> {
        self.query_volume_into_pool(sys::FileFsVolumeInformation, tag).map(VolumeIdentity)
    }

    fn query_volume_into_pool(&self, class: i32, tag: Tag) -> Result<PoolVec<u8, Paged>> {
        grow(256, tag, |buffer| {
            // SAFETY: the buffer has that many bytes of pool.
            let (status, length) =
                unsafe { self.query_volume_raw(class, buffer.as_mut_ptr().cast(), buffer.len() as u32) };
            Error::check(status)?;
            Ok(u32::try_from(length).unwrap_or(u32::MAX))
        })
    }

    /// # Safety
    ///
    /// The buffer has that many bytes, aligned for the structure of the class; PASSIVE_LEVEL.
    unsafe fn query_volume_raw(&self, class: i32, buffer: *mut c_void, length: u32) -> (sys::NTSTATUS, u64) {
        // SAFETY: zeroes are a status block.
        let mut status: sys::IO_STATUS_BLOCK = unsafe { core::mem::zeroed() };
        // SAFETY: the instance is live, and the caller vouches for the buffer.
        let result = unsafe {
            sys::FltQueryVolumeInformation(self.pointer.as_ptr(), &raw mut status, buffer, length, class as _)
        };
        (result, status.Information)
    }

    /// Gives the volume another label. Wraps FltSetVolumeInformation with FileFsLabelInformation.
    ///
    /// # Errors
    ///
    /// STATUS_NAME_TOO_LONG, STATUS_INSUFFICIENT_RESOURCES, STATUS_INVALID_VOLUME_LABEL, STATUS_MEDIA_WRITE_PROTECTED, and
    /// whatever else the file system returns.
    pub fn set_volume_label(&self, label: &[u16], tag: Tag, _: Irql<'_, PassiveLevel>) -> Result<()> {
        const LABEL: usize = offset_of!(sys::FILE_FS_LABEL_INFORMATION, VolumeLabel);
        let length = u16::try_from(size_of_val(label)).map_err(|_| Error::NAME_TOO_LONG)?;
        let mut structure = with_name(size_of::<sys::FILE_FS_LABEL_INFORMATION>(), LABEL, label, tag)?;
        put(&mut structure, 0, u32::from(length).to_le_bytes());
        // SAFETY: zeroes are a status block.
        let mut status: sys::IO_STATUS_BLOCK = unsafe { core::mem::zeroed() };
        // SAFETY: the instance is live; the structure is that of the class, as long as it is said to be. PASSIVE_LEVEL.
        Error::check(unsafe {
            sys::FltSetVolumeInformation(
                self.pointer.as_ptr(),
                &raw mut status,
                structure.as_mut_ptr().cast(),
                structure.len() as u32,
                sys::FileFsLabelInformation as _,
            )
        })?;
        Ok(())
    }
}

impl File {
    /// What the file system knows about the volume of the file. Wraps FltQueryVolumeInformationFile.
    ///
    /// # Errors
    ///
    /// STATUS_FILE_CLOSED; and as for [`Instance::query_volume`].
    pub fn query_volume<T: VolumeQueried>(&self, _: Irql<'_, PassiveLevel>) -> Result<T> {
        let (instance, object) = self.for_io()?;
        query(|buffer, length| {
            let mut returned = 0;
            // SAFETY: the file is open on the instance, and the buffer is as long as it is said to be. PASSIVE_LEVEL.
            unsafe {
                sys::FltQueryVolumeInformationFile(instance, object, buffer, length, T::CLASS as _, &raw mut returned)
            }
        })
    }
}
