//! How long the buffers of queries and changes have to be, at least.
//!
//! A program's request comes to a file system only after the I/O manager has looked at its length, and file systems rely on
//! that. What a filter generates does not pass the I/O manager, so it is looked at here; what is not known here is not asked.

use crate::parameters::{FileInformation, VolumeInformation};
use crate::status::{Error, Result};
use fltmgr_sys as sys;

macro_rules! lengths {
    ($($(#[$doc:meta])* $name:ident of $kind:ident { $($class:ident: $structure:ident,)* })*) => {$(
        $(#[$doc])*
        ///
        /// # Errors
        ///
        /// STATUS_INVALID_INFO_CLASS for another class, STATUS_INFO_LENGTH_MISMATCH for a shorter buffer.
        pub(super) const fn $name(class: $kind, length: u32) -> Result<()> {
            let least = match class.0 {
                $(sys::$class => size_of::<sys::$structure>(),)*
                _ => return Err(Error::INVALID_INFO_CLASS),
            };
            if (length as usize) < least { Err(Error::INFO_LENGTH_MISMATCH) } else { Ok(()) }
        }
    )*};
}

lengths! {
    /// Looks at a query about a file.
    to_query of FileInformation {
        FileBasicInformation: FILE_BASIC_INFORMATION,
        FileStandardInformation: FILE_STANDARD_INFORMATION,
        FileInternalInformation: FILE_INTERNAL_INFORMATION,
        FileEaInformation: FILE_EA_INFORMATION,
        FileNameInformation: FILE_NAME_INFORMATION,
        FilePositionInformation: FILE_POSITION_INFORMATION,
        FileAllInformation: FILE_ALL_INFORMATION,
        FileAlternateNameInformation: FILE_NAME_INFORMATION,
        FileStreamInformation: FILE_STREAM_INFORMATION,
        FileCompressionInformation: FILE_COMPRESSION_INFORMATION,
        FileNetworkOpenInformation: FILE_NETWORK_OPEN_INFORMATION,
        FileAttributeTagInformation: FILE_ATTRIBUTE_TAG_INFORMATION,
        FileHardLinkInformation: FILE_LINKS_INFORMATION,
        FileNormalizedNameInformation: FILE_NAME_INFORMATION,
        FileIdInformation: FILE_ID_INFORMATION,
        FileStatInformation: FILE_STAT_INFORMATION,
        FileStatLxInformation: FILE_STAT_LX_INFORMATION,
        FileCaseSensitiveInformation: FILE_CASE_SENSITIVE_INFORMATION,
    }

    /// Looks at a change of a file. Renames and hard links take more than a buffer (N-33), and the position and the mode are
    /// the I/O manager's.
    to_set of FileInformation {
        FileBasicInformation: FILE_BASIC_INFORMATION,
        FileDispositionInformation: FILE_DISPOSITION_INFORMATION,
        FileDispositionInformationEx: FILE_DISPOSITION_INFORMATION_EX,
        FileAllocationInformation: FILE_ALLOCATION_INFORMATION,
        FileEndOfFileInformation: FILE_END_OF_FILE_INFORMATION,
        FileValidDataLengthInformation: FILE_VALID_DATA_LENGTH_INFORMATION,
        FileCaseSensitiveInformation: FILE_CASE_SENSITIVE_INFORMATION,
    }

    /// Looks at a listing of a directory.
    to_list of FileInformation {
        FileDirectoryInformation: FILE_DIRECTORY_INFORMATION,
        FileFullDirectoryInformation: FILE_FULL_DIR_INFORMATION,
        FileBothDirectoryInformation: FILE_BOTH_DIR_INFORMATION,
        FileNamesInformation: FILE_NAMES_INFORMATION,
        FileIdBothDirectoryInformation: FILE_ID_BOTH_DIR_INFORMATION,
        FileIdFullDirectoryInformation: FILE_ID_FULL_DIR_INFORMATION,
        FileIdExtdDirectoryInformation: FILE_ID_EXTD_DIR_INFORMATION,
    }

    /// Looks at a query about a volume.
    to_query_volume of VolumeInformation {
        FileFsVolumeInformation: FILE_FS_VOLUME_INFORMATION,
        FileFsSizeInformation: FILE_FS_SIZE_INFORMATION,
        FileFsDeviceInformation: FILE_FS_DEVICE_INFORMATION,
        FileFsAttributeInformation: FILE_FS_ATTRIBUTE_INFORMATION,
        FileFsControlInformation: FILE_FS_CONTROL_INFORMATION,
        FileFsFullSizeInformation: FILE_FS_FULL_SIZE_INFORMATION,
        FileFsObjectIdInformation: FILE_FS_OBJECTID_INFORMATION,
        FileFsSectorSizeInformation: FILE_FS_SECTOR_SIZE_INFORMATION,
    }
}
