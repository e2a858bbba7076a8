//! Why an instance is offered to the filter, and why it goes.

use crate::volume::{DeviceType, FileSystemType};
use fltmgr_sys as sys;

/// Why an instance is offered to the filter, and on what.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Setup {
    flags: u32,
    device: DeviceType,
    file_system: FileSystemType,
}

impl Setup {
    pub(crate) fn new(flags: u32, device: u32, file_system: sys::FLT_FILESYSTEM_TYPE) -> Self {
        Self { flags, device: DeviceType::from_raw(device), file_system: FileSystemType::from_raw(file_system) }
    }

    fn has(self, flag: u32) -> bool {
        self.flags & flag != 0
    }

    /// The attachment is automatic, not asked for by somebody.
    pub fn is_automatic(self) -> bool {
        self.has(sys::FLTFL_INSTANCE_SETUP_AUTOMATIC_ATTACHMENT)
    }

    /// Somebody has asked for the attachment.
    pub fn is_manual(self) -> bool {
        self.has(sys::FLTFL_INSTANCE_SETUP_MANUAL_ATTACHMENT)
    }

    /// The volume was just mounted.
    pub fn is_newly_mounted(self) -> bool {
        self.has(sys::FLTFL_INSTANCE_SETUP_NEWLY_MOUNTED_VOLUME)
    }

    /// The volume has no disk under it any more.
    pub fn is_detached_volume(self) -> bool {
        self.has(sys::FLTFL_INSTANCE_SETUP_DETACHED_VOLUME)
    }

    /// The volume is one for development; from the Windows 11 22H2 update of September 2023 on.
    pub fn is_development_volume(self) -> bool {
        self.has(sys::FLTFL_INSTANCE_SETUP_DEV_VOLUME)
    }

    /// The volume is one for development that is trusted; from the same update on.
    pub fn is_trusted_volume(self) -> bool {
        self.has(sys::FLTFL_INSTANCE_SETUP_TRUSTED_VOLUME)
    }

    /// The type of the volume's device: a CD-ROM, disk or network file system.
    pub fn device_type(self) -> DeviceType {
        self.device
    }

    /// The type of the volume's file system.
    pub fn file_system(self) -> FileSystemType {
        self.file_system
    }
}

/// Why an instance goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Teardown {
    /// It is detached by hand.
    Manual,
    /// The filter is unloaded.
    FilterUnload,
    /// The filter is unloaded, and was not asked.
    MandatoryFilterUnload,
    /// The volume is dismounted, was never mounted completely, or its file system goes.
    VolumeDismount,
    /// The instance could not be set up completely.
    InternalError,
    /// For a reason of a later system.
    Other(u32),
}

impl Teardown {
    pub(crate) const fn new(flags: u32) -> Self {
        match flags {
            sys::FLTFL_INSTANCE_TEARDOWN_MANUAL => Self::Manual,
            sys::FLTFL_INSTANCE_TEARDOWN_FILTER_UNLOAD => Self::FilterUnload,
            sys::FLTFL_INSTANCE_TEARDOWN_MANDATORY_FILTER_UNLOAD => Self::MandatoryFilterUnload,
            sys::FLTFL_INSTANCE_TEARDOWN_VOLUME_DISMOUNT => Self::VolumeDismount,
            sys::FLTFL_INSTANCE_TEARDOWN_INTERNAL_ERROR => Self::InternalError,
            other => Self::Other(other),
        }
    }
}
