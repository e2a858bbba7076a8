//! The types of devices and file systems.

use fltmgr_sys as sys;

/// The type of a device, of those that volumes have, or are on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DeviceType {
    /// FILE_DEVICE_CD_ROM_FILE_SYSTEM.
    CdRomFileSystem,
    /// FILE_DEVICE_DISK_FILE_SYSTEM.
    DiskFileSystem,
    /// FILE_DEVICE_NETWORK_FILE_SYSTEM.
    NetworkFileSystem,
    /// FILE_DEVICE_NAMED_PIPE: the volume of the named pipes.
    NamedPipe,
    /// FILE_DEVICE_MAILSLOT: the volume of the mailslots.
    Mailslot,
    /// FILE_DEVICE_DISK: what a volume of a disk is on.
    Disk,
    /// FILE_DEVICE_CD_ROM: what a volume of a CD is on.
    CdRom,
    /// Another.
    Other(u32),
}

impl DeviceType {
    pub(crate) const fn from_raw(raw: u32) -> Self {
        match raw {
            sys::FILE_DEVICE_CD_ROM_FILE_SYSTEM => Self::CdRomFileSystem,
            sys::FILE_DEVICE_DISK_FILE_SYSTEM => Self::DiskFileSystem,
            sys::FILE_DEVICE_NETWORK_FILE_SYSTEM => Self::NetworkFileSystem,
            sys::FILE_DEVICE_NAMED_PIPE => Self::NamedPipe,
            sys::FILE_DEVICE_MAILSLOT => Self::Mailslot,
            sys::FILE_DEVICE_DISK => Self::Disk,
            sys::FILE_DEVICE_CD_ROM => Self::CdRom,
            other => Self::Other(other),
        }
    }
}

macro_rules! file_systems {
    ($($(#[$doc:meta])* $name:ident = $constant:ident;)*) => {
        /// The type of a file system.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum FileSystemType {
            $($(#[$doc])* $name,)*
            /// Another.
            Other(u32),
        }

        impl FileSystemType {
            pub(crate) fn from_raw(raw: sys::FLT_FILESYSTEM_TYPE) -> Self {
                // Whether the type is signed differs between the bindings.
                let raw = u32::from_ne_bytes(raw.to_ne_bytes());
                match raw {
                    $(_ if raw == sys::$constant as u32 => Self::$name,)*
                    other => Self::Other(other),
                }
            }
        }
    };
}

file_systems! {
    /// Not known.
    Unknown = FLT_FSTYPE_UNKNOWN;
    /// RAW: no file system knows what is on the disk.
    Raw = FLT_FSTYPE_RAW;
    /// NTFS.
    Ntfs = FLT_FSTYPE_NTFS;
    /// FAT.
    Fat = FLT_FSTYPE_FAT;
    /// CDFS.
    Cdfs = FLT_FSTYPE_CDFS;
    /// UDFS.
    Udfs = FLT_FSTYPE_UDFS;
    /// The redirector of LAN Manager (SMB).
    Lanman = FLT_FSTYPE_LANMAN;
    /// WebDAV.
    Webdav = FLT_FSTYPE_WEBDAV;
    /// The redirector of the Remote Desktop.
    Rdpdr = FLT_FSTYPE_RDPDR;
    /// NFS.
    Nfs = FLT_FSTYPE_NFS;
    /// exFAT.
    Exfat = FLT_FSTYPE_EXFAT;
    /// The file system of the named pipes.
    Npfs = FLT_FSTYPE_NPFS;
    /// The file system of the mailslots.
    Msfs = FLT_FSTYPE_MSFS;
    /// Cluster shared volumes.
    Csvfs = FLT_FSTYPE_CSVFS;
    /// ReFS.
    Refs = FLT_FSTYPE_REFS;
}
