//! What the device of a volume is and is called.

use super::DeviceType;
use crate::filter::Answer;
use crate::pool::Tag;
use crate::status::Result;
use core::ptr::NonNull;
use fltmgr_sys as sys;

/// What the device of a volume is and is called: FLT_VOLUME_PROPERTIES.
pub struct VolumeProperties {
    answer: Answer,
    fixed: sys::FLT_VOLUME_PROPERTIES,
}

/// Asks about a volume.
///
/// # Safety
///
/// The volume is live; APC_LEVEL at most.
pub(super) unsafe fn of(volume: NonNull<sys::FLT_VOLUME>, tag: Tag) -> Result<VolumeProperties> {
    let answer = Answer::ask(tag, |buffer, size, returned| {
        // SAFETY: the caller vouches for the volume and the level, and the buffer is as long as it is said to be.
        unsafe { sys::FltGetVolumeProperties(volume.as_ptr(), buffer.cast(), size, returned) }
    })?;
    // SAFETY: the structure is integers, and strings of pointers.
    let fixed = unsafe { answer.read()? };
    Ok(VolumeProperties { answer, fixed })
}

impl VolumeProperties {
    /// The type of the device.
    pub fn device_type(&self) -> DeviceType {
        DeviceType::from_raw(self.fixed.DeviceType)
    }

    /// The characteristics of the device (FILE_REMOVABLE_MEDIA and the like).
    pub fn characteristics(&self) -> u32 {
        self.fixed.DeviceCharacteristics
    }

    /// Whether the medium can be taken out (FILE_REMOVABLE_MEDIA).
    pub fn is_removable(&self) -> bool {
        self.fixed.DeviceCharacteristics & sys::FILE_REMOVABLE_MEDIA != 0
    }

    /// The flags of the device object (DO_DIRECT_IO and the like).
    pub fn device_flags(&self) -> u32 {
        self.fixed.DeviceObjectFlags
    }

    /// How buffers of transfers have to be aligned: a mask of the address bits that are zero.
    pub fn alignment_mask(&self) -> u32 {
        self.fixed.AlignmentRequirement
    }

    /// The size of a sector in bytes.
    pub fn sector_size(&self) -> u16 {
        self.fixed.SectorSize
    }

    /// The name of the file system's driver, as `\FileSystem\Ntfs`.
    pub fn file_system_driver(&self) -> &[u16] {
        self.answer.string(&self.fixed.FileSystemDriverName)
    }

    /// The name of the file system's device, as `\Ntfs`.
    pub fn file_system_device(&self) -> &[u16] {
        self.answer.string(&self.fixed.FileSystemDeviceName)
    }

    /// The name of the volume's device, as `\Device\HarddiskVolume2`.
    pub fn real_device(&self) -> &[u16] {
        self.answer.string(&self.fixed.RealDeviceName)
    }
}
