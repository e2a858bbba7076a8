//! Reading a directory.

use fuser::FileType;

use super::attributes::{Fields, file_type};
use crate::fs::host_name;
use crate::io::File;
use crate::status::NtStatus;

/// `FileIdFullDirectoryInformation`.
const FILE_ID_FULL_DIRECTORY_INFORMATION: i32 = 38;
/// `SL_RESTART_SCAN`.
const SL_RESTART_SCAN: u32 = 1;
const STATUS_NO_MORE_FILES: NtStatus = NtStatus(0x8000_0006_u32.cast_signed());
const STATUS_NO_SUCH_FILE: NtStatus = NtStatus(0xC000_000F_u32.cast_signed());
/// As large as one query may be.
const BUFFER_SIZE: usize = 64 * 1024;

/// One name in a directory.
pub(super) struct Listed {
    pub host_name: Vec<u8>,
    pub name: Vec<u16>,
    pub file_id: u64,
    pub kind: FileType,
}

impl Listed {
    /// The directory itself or the one above it.
    fn dots(count: usize, file_id: u64) -> Self {
        Self { host_name: vec![b'.'; count], name: vec![u16::from(b'.'); count], file_id, kind: FileType::Directory }
    }
}

/// All names in a directory at one time.
pub(super) struct Listing {
    pub entries: Vec<Listed>,
}

impl Listing {
    /// Reads the directory from its beginning. `root_id` is the file id of the volume's root.
    pub fn read(directory: &File, root_id: u64) -> Result<Self, NtStatus> {
        let mut buffer = vec![0_u8; BUFFER_SIZE];
        let mut entries = Vec::new();
        let mut flags = SL_RESTART_SCAN;
        loop {
            match directory.query_directory(FILE_ID_FULL_DIRECTORY_INFORMATION, None, flags, &mut buffer) {
                Ok(0) | Err(STATUS_NO_MORE_FILES | STATUS_NO_SUCH_FILE) => {
                    // On Windows the root lists neither itself nor what is above it; on Linux it does.
                    if !entries.iter().any(|entry: &Listed| entry.host_name == b".") {
                        entries.splice(0..0, [Listed::dots(1, root_id), Listed::dots(2, root_id)]);
                    }
                    return Ok(Self { entries });
                }
                Ok(length) => decode(&buffer[..length.min(BUFFER_SIZE)], &mut entries),
                Err(status) => return Err(status),
            }
            flags = 0;
        }
    }
}

/// Takes the chain of `FILE_ID_FULL_DIR_INFORMATION` apart. A filter may have written it: offsets are not trusted.
fn decode(buffer: &[u8], entries: &mut Vec<Listed>) {
    let mut rest = buffer;
    loop {
        let field = Fields(rest);
        let length = usize::try_from(field.u32(60)).unwrap_or(usize::MAX);
        let Some(name) = length.checked_add(80).and_then(|end| rest.get(80..end)) else { return };
        let name: Vec<u16> = name.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
        // A name that no Linux name stands for, made up by a filter, cannot be shown.
        if let Some(host_name) = host_name::to_host(&name) {
            // The field for the size of extended attributes holds the tag of a reparse point.
            let kind = file_type(field.u32(56), field.u32(64));
            entries.push(Listed { host_name, name, file_id: field.u64(72), kind });
        }
        let next = usize::try_from(field.u32(0)).unwrap_or(usize::MAX);
        match rest.get(next..) {
            Some(following) if next != 0 => rest = following,
            _ => return,
        }
    }
}
