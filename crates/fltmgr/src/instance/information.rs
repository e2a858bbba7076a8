//! What the Filter Manager knows about an instance.

use crate::filter::Answer;
use crate::pool::Tag;
use crate::status::Result;
use crate::volume::FileSystemType;
use core::ptr::NonNull;
use fltmgr_sys as sys;

/// What the Filter Manager knows about an instance of a minifilter, or of what a legacy filter has instead:
/// INSTANCE_AGGREGATE_STANDARD_INFORMATION. The strings are empty where there is none.
pub struct InstanceInformation {
    answer: Answer,
    kind: Kind,
}

/// Where the names lie, each by its offset and its length in bytes.
struct Kind {
    mini: Option<Mini>,
    name: (u16, u16),
    altitude: (u16, u16),
    volume: (u16, u16),
    filter: (u16, u16),
}

/// What only a minifilter's has.
struct Mini {
    frame: u32,
    file_system: FileSystemType,
    detached: bool,
}

/// Asks about an instance.
///
/// # Safety
///
/// The instance is live; APC_LEVEL at most.
pub(super) unsafe fn of(instance: NonNull<sys::FLT_INSTANCE>, tag: Tag) -> Result<InstanceInformation> {
    let class = sys::InstanceAggregateStandardInformation;
    InstanceInformation::new(Answer::ask(tag, |buffer, size, returned| {
        // SAFETY: the caller vouches for the instance and the level, and the buffer is as long as it is said to be.
        unsafe { sys::FltGetInstanceInformation(instance.as_ptr(), class, buffer, size, returned) }
    })?)
}

impl InstanceInformation {
    pub(crate) fn new(answer: Answer) -> Result<Self> {
        // SAFETY: the structure is integers.
        let fixed: sys::INSTANCE_AGGREGATE_STANDARD_INFORMATION = unsafe { answer.read()? };
        let kind = if fixed.Flags & sys::FLTFL_IASI_IS_MINIFILTER != 0 {
            // SAFETY: the flag says which member of the union it is.
            let mini = unsafe { fixed.Type.MiniFilter };
            Kind {
                mini: Some(Mini {
                    frame: mini.FrameID,
                    file_system: FileSystemType::from_raw(mini.VolumeFileSystemType),
                    detached: mini.Flags & sys::FLTFL_IASIM_DETACHED_VOLUME != 0,
                }),
                name: (mini.InstanceNameBufferOffset, mini.InstanceNameLength),
                altitude: (mini.AltitudeBufferOffset, mini.AltitudeLength),
                volume: (mini.VolumeNameBufferOffset, mini.VolumeNameLength),
                filter: (mini.FilterNameBufferOffset, mini.FilterNameLength),
            }
        } else {
            // SAFETY: as above; the members of the union are integers.
            let legacy = unsafe { fixed.Type.LegacyFilter };
            Kind {
                mini: None,
                name: (0, 0),
                altitude: (legacy.AltitudeBufferOffset, legacy.AltitudeLength),
                volume: (legacy.VolumeNameBufferOffset, legacy.VolumeNameLength),
                filter: (legacy.FilterNameBufferOffset, legacy.FilterNameLength),
            }
        };
        Ok(Self { answer, kind })
    }

    fn units(&self, (offset, length): (u16, u16)) -> &[u16] {
        self.answer.units(offset.into(), length)
    }

    /// Its name; empty for a legacy filter's.
    pub fn name(&self) -> &[u16] {
        self.units(self.kind.name)
    }

    /// Its altitude, as it was written.
    pub fn altitude(&self) -> &[u16] {
        self.units(self.kind.altitude)
    }

    /// The device name of its volume.
    pub fn volume(&self) -> &[u16] {
        self.units(self.kind.volume)
    }

    /// The name of its filter.
    pub fn filter(&self) -> &[u16] {
        self.units(self.kind.filter)
    }

    /// Whether it is a minifilter's.
    pub fn is_minifilter(&self) -> bool {
        self.kind.mini.is_some()
    }

    /// The frame of the Filter Manager that it is in.
    pub fn frame(&self) -> Option<u32> {
        self.kind.mini.as_ref().map(|mini| mini.frame)
    }

    /// The type of the volume's file system.
    pub fn file_system(&self) -> Option<FileSystemType> {
        self.kind.mini.as_ref().map(|mini| mini.file_system)
    }

    /// Whether its volume has no disk under it any more.
    pub fn is_on_detached_volume(&self) -> bool {
        self.kind.mini.as_ref().is_some_and(|mini| mini.detached)
    }
}
