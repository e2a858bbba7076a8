//! Symbolic links, which on Windows are reparse points: WSL's `IO_REPARSE_TAG_LX_SYMLINK`.

use super::attributes::Fields;
use crate::io::File;
use crate::status::NtStatus;

const FSCTL_SET_REPARSE_POINT: u32 = 0x0009_00A4;
const FSCTL_GET_REPARSE_POINT: u32 = 0x0009_00A8;
const IO_REPARSE_TAG_LX_SYMLINK: u32 = 0xA000_001D;
/// The version of the data of an `LX_SYMLINK`.
const VERSION: u32 = 2;
/// Tag, length of the data, a reserved field.
const HEADER: usize = 8;
/// `MAXIMUM_REPARSE_DATA_BUFFER_SIZE`.
const LARGEST: usize = 16 * 1024;
const STATUS_NOT_A_REPARSE_POINT: NtStatus = NtStatus(0xC000_0275_u32.cast_signed());
const STATUS_NAME_TOO_LONG: NtStatus = NtStatus(0xC000_0106_u32.cast_signed());

/// Makes a new file a symbolic link to `target`.
pub(super) fn set_symlink(file: &File, target: &[u8]) -> Result<(), NtStatus> {
    let length = u16::try_from(target.len() + 4).map_err(|_| STATUS_NAME_TOO_LONG)?;
    let mut buffer = Vec::with_capacity(HEADER + target.len() + 4);
    buffer.extend_from_slice(&IO_REPARSE_TAG_LX_SYMLINK.to_le_bytes());
    buffer.extend_from_slice(&length.to_le_bytes());
    buffer.extend_from_slice(&[0, 0]);
    buffer.extend_from_slice(&VERSION.to_le_bytes());
    buffer.extend_from_slice(target);
    file.fs_control(FSCTL_SET_REPARSE_POINT, &buffer, &mut []).map(|_| ())
}

/// Where a symbolic link leads.
pub(super) fn symlink(file: &File) -> Result<Vec<u8>, NtStatus> {
    let mut buffer = vec![0; LARGEST];
    let length = file.fs_control(FSCTL_GET_REPARSE_POINT, &[], &mut buffer)?;
    let answer = buffer.get(..length).unwrap_or_default();
    if Fields(answer).u32(0) != IO_REPARSE_TAG_LX_SYMLINK {
        return Err(STATUS_NOT_A_REPARSE_POINT);
    }
    answer.get(HEADER + 4..).map(<[u8]>::to_vec).ok_or(STATUS_NOT_A_REPARSE_POINT)
}
