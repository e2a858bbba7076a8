//! What Linux wants to know of a file, from `FILE_STAT_LX_INFORMATION` and the `$LX` extended attributes, as WSL keeps
//! mode, owner and group on NTFS.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use fuser::{FileAttr, FileType, INodeNo};

use crate::io::File;
use crate::status::NtStatus;

/// `FileStatLxInformation`.
const FILE_STAT_LX_INFORMATION: i32 = 70;
/// `LX_FILE_METADATA_HAS_UID`, `..._GID`, `..._MODE` and `..._DEVICE_ID`.
const HAS_UID: u32 = 1;
const HAS_GID: u32 = 2;
const HAS_MODE: u32 = 4;
const HAS_DEVICE: u32 = 8;

const FILE_ATTRIBUTE_READONLY: u32 = 0x1;
const FILE_ATTRIBUTE_DIRECTORY: u32 = 0x10;
const FILE_ATTRIBUTE_REPARSE_POINT: u32 = 0x400;

/// Reparse tags of the file types that Windows has no other word for.
const IO_REPARSE_TAG_SYMLINK: u32 = 0xA000_000C;
const IO_REPARSE_TAG_LX_SYMLINK: u32 = 0xA000_001D;
const IO_REPARSE_TAG_AF_UNIX: u32 = 0x8000_0023;
const IO_REPARSE_TAG_LX_FIFO: u32 = 0x8000_0024;
const IO_REPARSE_TAG_LX_CHR: u32 = 0x8000_0025;
const IO_REPARSE_TAG_LX_BLK: u32 = 0x8000_0026;

/// Seconds from 1601-01-01, where Windows begins to count, to 1970-01-01.
const EPOCH_DIFFERENCE: u64 = 11_644_473_600;
/// Windows counts in 100 ns.
const TICKS_PER_SECOND: u64 = 10_000_000;

/// A file's state as one query gives it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stat {
    pub file_id: u64,
    pub kind: FileType,
    /// Permission bits with set-user-id, set-group-id and sticky.
    pub permissions: u32,
    pub uid: u32,
    pub gid: u32,
    pub size: u64,
    pub links: u32,
    allocation: u64,
    device: u32,
    accessed: i64,
    written: i64,
    changed: i64,
    created: i64,
}

impl Stat {
    /// Asks an open file.
    pub fn query(file: &File) -> Result<Self, NtStatus> {
        let mut buffer = [0_u8; 96];
        file.query_information(FILE_STAT_LX_INFORMATION, &mut buffer)?;
        let field = Fields(&buffer);
        let attributes = field.u32(56);
        let flags = field.u32(72);
        let kind = file_type(attributes, field.u32(60));
        let mode = field.u32(84);
        // A file without $LXMOD shows what its attributes allow.
        let permissions = match kind {
            _ if flags & HAS_MODE != 0 => mode & 0o7777,
            FileType::Directory => 0o755,
            FileType::Symlink => 0o777,
            _ if attributes & FILE_ATTRIBUTE_READONLY != 0 => 0o444,
            _ => 0o644,
        };
        let kind = if flags & HAS_MODE != 0 { file_type_of_mode(mode).unwrap_or(kind) } else { kind };
        let (user, group) = own_ids();
        Ok(Self {
            file_id: field.u64(0),
            kind,
            permissions,
            uid: if flags & HAS_UID != 0 { field.u32(76) } else { user },
            gid: if flags & HAS_GID != 0 { field.u32(80) } else { group },
            size: field.u64(48),
            links: field.u32(64),
            allocation: field.u64(40),
            device: if flags & HAS_DEVICE != 0 { libc_device(field.u32(88), field.u32(92)) } else { 0 },
            accessed: field.i64(16),
            written: field.i64(24),
            changed: field.i64(32),
            created: field.i64(8),
        })
    }

    /// In the words of FUSE, under the inode number `ino`.
    pub fn attributes(&self, ino: INodeNo) -> FileAttr {
        FileAttr {
            ino,
            size: self.size,
            blocks: self.allocation.div_ceil(512),
            atime: system_time(self.accessed),
            mtime: system_time(self.written),
            ctime: system_time(self.changed),
            crtime: system_time(self.created),
            kind: self.kind,
            perm: u16::try_from(self.permissions).unwrap_or(0),
            nlink: self.links,
            uid: self.uid,
            gid: self.gid,
            rdev: self.device,
            blksize: 4096,
            flags: 0,
        }
    }
}

/// What is left to say of a file that only its directory has told of.
pub(super) fn unknown(ino: INodeNo, kind: FileType) -> FileAttr {
    FileAttr {
        ino,
        size: 0,
        blocks: 0,
        atime: UNIX_EPOCH,
        mtime: UNIX_EPOCH,
        ctime: UNIX_EPOCH,
        crtime: UNIX_EPOCH,
        kind,
        perm: 0,
        nlink: 1,
        uid: 0,
        gid: 0,
        rdev: 0,
        blksize: 4096,
        flags: 0,
    }
}

/// The user and group this process runs as: who a file without `$LXUID` and `$LXGID` belongs to.
pub(super) fn own_ids() -> (u32, u32) {
    // SAFETY: Both calls only read the ids of the process; they cannot fail.
    unsafe { (libc::geteuid(), libc::getegid()) }
}

/// A device number as stat(2) has it, cut to the 32 bits of FUSE.
#[expect(clippy::cast_possible_truncation, reason = "FUSE carries 32 bits of a device number, as the kernel does")]
fn libc_device(major: u32, minor: u32) -> u32 {
    libc::makedev(major, minor) as u32
}

/// The file type that attributes and reparse tag show.
pub(super) fn file_type(attributes: u32, reparse_tag: u32) -> FileType {
    if attributes & FILE_ATTRIBUTE_REPARSE_POINT != 0 {
        match reparse_tag {
            IO_REPARSE_TAG_LX_SYMLINK | IO_REPARSE_TAG_SYMLINK => return FileType::Symlink,
            IO_REPARSE_TAG_AF_UNIX => return FileType::Socket,
            IO_REPARSE_TAG_LX_FIFO => return FileType::NamedPipe,
            IO_REPARSE_TAG_LX_CHR => return FileType::CharDevice,
            IO_REPARSE_TAG_LX_BLK => return FileType::BlockDevice,
            _ => {}
        }
    }
    if attributes & FILE_ATTRIBUTE_DIRECTORY != 0 { FileType::Directory } else { FileType::RegularFile }
}

/// The file type in the upper bits of a mode.
fn file_type_of_mode(mode: u32) -> Option<FileType> {
    Some(match mode & libc::S_IFMT {
        libc::S_IFREG => FileType::RegularFile,
        libc::S_IFDIR => FileType::Directory,
        libc::S_IFLNK => FileType::Symlink,
        libc::S_IFIFO => FileType::NamedPipe,
        libc::S_IFSOCK => FileType::Socket,
        libc::S_IFCHR => FileType::CharDevice,
        libc::S_IFBLK => FileType::BlockDevice,
        _ => return None,
    })
}

/// The upper bits of a mode for this file type.
pub(super) fn mode_of_file_type(kind: FileType) -> u32 {
    match kind {
        FileType::RegularFile => libc::S_IFREG,
        FileType::Directory => libc::S_IFDIR,
        FileType::Symlink => libc::S_IFLNK,
        FileType::NamedPipe => libc::S_IFIFO,
        FileType::Socket => libc::S_IFSOCK,
        FileType::CharDevice => libc::S_IFCHR,
        FileType::BlockDevice => libc::S_IFBLK,
    }
}

/// The extended attributes that hold whichever of mode, owner and group is given, as `FILE_FULL_EA_INFORMATION`.
pub(super) fn ownership(mode: Option<u32>, uid: Option<u32>, gid: Option<u32>) -> Vec<u8> {
    let entries: Vec<(&[u8; 6], u32)> = [(b"$LXUID", uid), (b"$LXGID", gid), (b"$LXMOD", mode)]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
        .collect();
    let mut buffer = Vec::new();
    for (index, (name, value)) in entries.iter().enumerate() {
        // Header of 8 bytes, the name with its zero, four bytes of value, filled up to a multiple of four.
        let next: u32 = if index + 1 < entries.len() { 20 } else { 0 };
        buffer.extend_from_slice(&next.to_le_bytes());
        buffer.extend_from_slice(&[0, 6, 4, 0]);
        buffer.extend_from_slice(*name);
        buffer.push(0);
        buffer.extend_from_slice(&value.to_le_bytes());
        if next != 0 {
            buffer.push(0);
        }
    }
    buffer
}

/// `FILE_BASIC_INFORMATION` that sets the times given and leaves everything else.
pub(super) fn times(accessed: Option<SystemTime>, written: Option<SystemTime>) -> [u8; 40] {
    let mut buffer = [0; 40];
    if let Some(time) = accessed {
        buffer[8..16].copy_from_slice(&windows_time(time).to_le_bytes());
    }
    if let Some(time) = written {
        buffer[16..24].copy_from_slice(&windows_time(time).to_le_bytes());
    }
    buffer
}

/// A time of Windows as one of Linux.
fn system_time(ticks: i64) -> SystemTime {
    let ticks = u64::try_from(ticks).unwrap_or(0);
    #[expect(clippy::cast_possible_truncation, reason = "a remainder below 10^7 times 100 is below 10^9")]
    let since_1601 = Duration::new(ticks / TICKS_PER_SECOND, (ticks % TICKS_PER_SECOND * 100) as u32);
    UNIX_EPOCH - Duration::from_secs(EPOCH_DIFFERENCE) + since_1601
}

/// A time of Linux as one of Windows; never 0 or below, which would mean "leave it".
fn windows_time(time: SystemTime) -> i64 {
    let epoch = i128::from(EPOCH_DIFFERENCE * TICKS_PER_SECOND);
    let ticks = |duration: Duration| i128::try_from(duration.as_nanos() / 100).unwrap_or(i128::MAX / 2);
    let ticks = match time.duration_since(UNIX_EPOCH) {
        Ok(after) => epoch + ticks(after),
        Err(before) => epoch - ticks(before.duration()),
    };
    i64::try_from(ticks.max(1)).unwrap_or(i64::MAX)
}

/// Little-endian fields of a fixed-size answer.
pub(super) struct Fields<'a>(pub &'a [u8]);

impl Fields<'_> {
    fn array<const N: usize>(&self, offset: usize) -> [u8; N] {
        self.0.get(offset..offset + N).and_then(|bytes| bytes.try_into().ok()).unwrap_or([0; N])
    }

    /// The 32 bits at `offset`, 0 past the end.
    pub fn u32(&self, offset: usize) -> u32 {
        u32::from_le_bytes(self.array(offset))
    }

    /// The 64 bits at `offset`, 0 past the end.
    pub fn u64(&self, offset: usize) -> u64 {
        u64::from_le_bytes(self.array(offset))
    }

    fn i64(&self, offset: usize) -> i64 {
        i64::from_le_bytes(self.array(offset))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_survive_the_way_to_windows_and_back_at_100_nanoseconds() {
        for (seconds, nanoseconds) in [(0, 0), (1_700_000_000, 123_456_700), (4_000_000_000, 999_999_900)] {
            let time = UNIX_EPOCH + Duration::new(seconds, nanoseconds);
            assert_eq!(system_time(windows_time(time)), time);
        }
        let before = UNIX_EPOCH - Duration::from_hours(365 * 24);
        assert_eq!(system_time(windows_time(before)), before);
        assert!(windows_time(UNIX_EPOCH - Duration::from_secs(20_000_000_000)) > 0, "0 would leave the time as it is");
    }

    #[test]
    fn extended_attributes_are_a_chain_that_ends_in_zero() {
        let one = ownership(Some(0o100_644), None, None);
        assert_eq!(one, b"\0\0\0\0\0\x06\x04\0$LXMOD\0\xA4\x81\0\0");
        let two = ownership(None, Some(1), Some(2));
        assert_eq!(two, b"\x14\0\0\0\0\x06\x04\0$LXUID\0\x01\0\0\0\0\0\0\0\0\0\x06\x04\0$LXGID\0\x02\0\0\0");
    }
}
