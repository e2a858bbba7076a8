//! Queries of volume information: the structures of [MS-FSCC] 2.5.

use fltmgr_sys::{
    FILE_CASE_PRESERVED_NAMES, FILE_CASE_SENSITIVE_SEARCH, FILE_DEVICE_DISK, FILE_DEVICE_IS_MOUNTED,
    FILE_SUPPORTS_EXTENDED_ATTRIBUTES, FILE_SUPPORTS_HARD_LINKS, FILE_SUPPORTS_POSIX_UNLINK_RENAME,
    FILE_SUPPORTS_REPARSE_POINTS, FILE_UNICODE_ON_DISK, FileFsAttributeInformation, FileFsControlInformation,
    FileFsDeviceInformation, FileFsFullSizeInformation, FileFsLabelInformation, FileFsObjectIdInformation,
    FileFsSectorSizeInformation, FileFsSizeInformation, FileFsVolumeInformation, STATUS_INFO_LENGTH_MISMATCH,
    STATUS_INVALID_DEVICE_REQUEST, STATUS_INVALID_INFO_CLASS, STATUS_INVALID_VOLUME_LABEL,
};

use super::information::{CLUSTER, give};
use super::name::{MAXIMUM_COMPONENT, utf16};
use super::structure::{Input, Output, length_u32};
use super::{FileSystem, Result, fail};
use crate::status::NtStatus;

/// The longest label of an NTFS volume, in characters.
const MAXIMUM_LABEL: usize = 32;
const SECTOR: u32 = 512;
const SECTORS_PER_CLUSTER: u32 = 8;

/// `SSINFO_FLAGS_ALIGNED_DEVICE` and `SSINFO_FLAGS_PARTITION_ALIGNED_ON_DEVICE`.
const ALIGNED: u32 = 0x3;

impl FileSystem {
    /// Answers a query of a class (`FileFsSizeInformation` and so on): the status, and how many bytes were filled.
    pub fn query_volume_information(&self, class: i32, buffer: &mut [u8]) -> (NtStatus, usize) {
        let mut output = Output::default();
        match self.write_volume_information(class, &mut output) {
            Ok(fixed) => give(&output.0, fixed, buffer),
            Err(error) => (error, 0),
        }
    }

    /// Sets information of a class. There is `FileFsLabelInformation`.
    ///
    /// # Errors
    /// `STATUS_INVALID_INFO_CLASS`, `STATUS_INFO_LENGTH_MISMATCH`, `STATUS_INVALID_VOLUME_LABEL` for one of more than 32
    /// characters, `STATUS_INVALID_DEVICE_REQUEST` for the settings of quotas and object identifiers, which it does not
    /// keep.
    #[expect(non_upper_case_globals, reason = "the classes have the names of the C headers")]
    pub fn set_volume_information(&self, class: i32, buffer: &[u8]) -> Result<()> {
        match class {
            FileFsLabelInformation => {
                let input = Input(buffer);
                let length = input.u32(0)? as usize;
                let label = input.name(4, length).map_err(|_| NtStatus(STATUS_INFO_LENGTH_MISMATCH))?;
                if label.len() > MAXIMUM_LABEL {
                    return fail(STATUS_INVALID_VOLUME_LABEL);
                }
                *self.label.write() = label;
                Ok(())
            }
            FileFsControlInformation | FileFsObjectIdInformation => fail(STATUS_INVALID_DEVICE_REQUEST),
            _ => fail(STATUS_INVALID_INFO_CLASS),
        }
    }

    #[expect(non_upper_case_globals, reason = "the classes have the names of the C headers")]
    fn write_volume_information(&self, class: i32, output: &mut Output) -> Result<usize> {
        match class {
            FileFsVolumeInformation => {
                let label = self.label.read();
                output.i64(self.creation_time).u32(self.serial_number).name_length(&label);
                // It keeps no object identifiers.
                output.flag(false).align(2).name(&label);
                output.0.resize(output.0.len().max(24), 0);
                return Ok(24);
            }
            FileFsSizeInformation => {
                let space = self.store.space()?;
                output.u64(space.total / CLUSTER).u64(space.available / CLUSTER).u32(SECTORS_PER_CLUSTER).u32(SECTOR);
            }
            FileFsFullSizeInformation => {
                let space = self.store.space()?;
                output.u64(space.total / CLUSTER).u64(space.available / CLUSTER).u64(space.free / CLUSTER);
                output.u32(SECTORS_PER_CLUSTER).u32(SECTOR);
            }
            FileFsDeviceInformation => {
                output.u32(FILE_DEVICE_DISK).u32(FILE_DEVICE_IS_MOUNTED);
            }
            FileFsAttributeInformation => {
                let name = utf16("NTFS");
                output.u32(
                    FILE_CASE_SENSITIVE_SEARCH
                        | FILE_CASE_PRESERVED_NAMES
                        | FILE_UNICODE_ON_DISK
                        | FILE_SUPPORTS_REPARSE_POINTS
                        | FILE_SUPPORTS_HARD_LINKS
                        | FILE_SUPPORTS_EXTENDED_ATTRIBUTES
                        | FILE_SUPPORTS_POSIX_UNLINK_RENAME,
                );
                output.u32(length_u32(MAXIMUM_COMPONENT)).name_length(&name).name(&name);
                return Ok(16);
            }
            FileFsSectorSizeInformation => {
                let physical = length_u32(usize::try_from(CLUSTER).unwrap_or_default());
                output.u32(SECTOR).u32(physical).u32(physical).u32(physical).u32(ALIGNED).u32(0).u32(0);
            }
            _ => return fail(STATUS_INVALID_INFO_CLASS),
        }
        Ok(output.0.len())
    }
}
