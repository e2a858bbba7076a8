//! What the Filter Manager knows about a volume.

use super::FileSystemType;
use crate::filter::Answer;
use crate::pool::Tag;
use crate::status::Result;
use core::mem::offset_of;
use core::ptr::NonNull;
use fltmgr_sys as sys;

/// What the Filter Manager knows about a volume: FILTER_VOLUME_STANDARD_INFORMATION.
pub struct VolumeInformation {
    answer: Answer,
    fixed: sys::FILTER_VOLUME_STANDARD_INFORMATION,
}

/// Asks about a volume.
///
/// # Safety
///
/// The volume is live; APC_LEVEL at most.
pub(super) unsafe fn of(volume: NonNull<sys::FLT_VOLUME>, tag: Tag) -> Result<VolumeInformation> {
    let class = sys::FilterVolumeStandardInformation;
    VolumeInformation::new(Answer::ask(tag, |buffer, size, returned| {
        // SAFETY: the caller vouches for the volume and the level, and the buffer is as long as it is said to be.
        unsafe { sys::FltGetVolumeInformation(volume.as_ptr(), class, buffer, size, returned) }
    })?)
}

impl VolumeInformation {
    pub(crate) fn new(answer: Answer) -> Result<Self> {
        // SAFETY: the structure is integers.
        let fixed = unsafe { answer.read()? };
        Ok(Self { answer, fixed })
    }

    /// The volume's device name, as `\Device\HarddiskVolume2`.
    pub fn name(&self) -> &[u16] {
        let offset = offset_of!(sys::FILTER_VOLUME_STANDARD_INFORMATION, FilterVolumeName);
        self.answer.units(offset, self.fixed.FilterVolumeNameLength)
    }

    /// The type of its file system.
    pub fn file_system(&self) -> FileSystemType {
        FileSystemType::from_raw(self.fixed.FileSystemType)
    }

    /// The frame of the Filter Manager that it is in.
    pub fn frame(&self) -> u32 {
        self.fixed.FrameID
    }

    /// Whether it has no disk under it any more.
    pub fn is_detached(&self) -> bool {
        self.fixed.Flags & sys::FLTFL_VSI_DETACHED_VOLUME != 0
    }
}
