//! Asking about volumes and changing them.

use fltmgr_sys as sys;

/// An FS_INFORMATION_CLASS.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(transparent)]
pub struct VolumeInformation(pub i32);

macro_rules! classes {
    ($($(#[$doc:meta])* $name:ident = $class:ident;)*) => {
        impl VolumeInformation {
            $($(#[$doc])* pub const $name: Self = Self(sys::$class);)*
        }
    };
}

classes! {
    /// FileFsVolumeInformation: label, serial number and time of creation.
    VOLUME = FileFsVolumeInformation;
    /// FileFsLabelInformation: the label, to be set.
    LABEL = FileFsLabelInformation;
    /// FileFsSizeInformation: the sizes, in allocation units.
    SIZE = FileFsSizeInformation;
    /// FileFsDeviceInformation: the kind of device.
    DEVICE = FileFsDeviceInformation;
    /// FileFsAttributeInformation: what the file system can do, and its name.
    ATTRIBUTE = FileFsAttributeInformation;
    /// FileFsControlInformation: the quotas of the volume.
    CONTROL = FileFsControlInformation;
    /// FileFsFullSizeInformation: the sizes, with what the caller may use.
    FULL_SIZE = FileFsFullSizeInformation;
    /// FileFsObjectIdInformation: the identifier of the volume.
    OBJECT_ID = FileFsObjectIdInformation;
    /// FileFsDriverPathInformation.
    DRIVER_PATH = FileFsDriverPathInformation;
    /// FileFsSectorSizeInformation: the sector sizes.
    SECTOR_SIZE = FileFsSectorSizeInformation;
}

view! {
    /// The parameters of [`op::QueryVolumeInformation`](crate::op::QueryVolumeInformation).
    QueryVolumeInformationParameters
}

impl QueryVolumeInformationParameters<'_> {
    /// What is asked for.
    pub fn class(&self) -> VolumeInformation {
        VolumeInformation(member!(self, QueryVolumeInformation).FsInformationClass)
    }

    /// The room for the answer, in bytes.
    pub fn length(&self) -> u32 {
        member!(self, QueryVolumeInformation).Length
    }
}

view! {
    /// The parameters of [`op::SetVolumeInformation`](crate::op::SetVolumeInformation).
    SetVolumeInformationParameters
}

impl SetVolumeInformationParameters<'_> {
    /// What is set.
    pub fn class(&self) -> VolumeInformation {
        VolumeInformation(member!(self, SetVolumeInformation).FsInformationClass)
    }

    /// The length of what it is set to, in bytes.
    pub fn length(&self) -> u32 {
        member!(self, SetVolumeInformation).Length
    }
}
