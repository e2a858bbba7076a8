//! A store that is a folder of the host.
//!
//! Every path is opened with `openat2` relative to the folder, following no link and leaving the folder by no way, so
//! that nothing outside it can be reached whatever the folder holds. Nothing is cached: what other programs change in
//! the folder shows at once.
//!
//! What Windows keeps and Unix does not is in extended attributes of the host's files: `user.fltsim.basic` (settable
//! attributes and a creation time that was set; absent as long as a file has the attributes it got by default),
//! `user.fltsim.reparse` (a reparse buffer), `user.fltsim.security` (a self-relative security descriptor), and `user.NAME`
//! for the extended attribute NAME. `READONLY` is such an
//! attribute and not derived from the mode, so that a mode is kept exactly as it was set. Without one, the creation
//! time is the host's birth time, or its modification time where the host's file system keeps none.

use std::ffi::OsStr;
use std::fs::File;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use fltmgr_sys::{
    STATUS_ACCESS_DENIED, STATUS_INVALID_PARAMETER, STATUS_NOT_A_REPARSE_POINT, STATUS_OBJECT_NAME_INVALID,
    STATUS_OBJECT_NAME_NOT_FOUND,
};
use rustix::fs::{
    self as host, AtFlags, FallocateFlags, FileType, Mode, OFlags, RawMode, RenameFlags, ResolveFlags, Statx,
    StatxFlags, Timespec, Timestamps, UTIME_OMIT,
};
use rustix::io::{Errno, pread, pwrite};
use rustix::process::{Gid, Uid};

use super::store::{Metadata, MetadataChange, NewNode, Node, NodeId, NodeKind, Space, Store, ea_size};
use super::{Result, fail, host_name, name, time};
use crate::status::NtStatus;

mod host_attributes;

use host_attributes::{Basic, HostAttributes};

/// A folder of the host.
#[derive(Debug)]
pub struct DirectoryStore {
    root: OwnedFd,
    /// The device number the folder is on.
    device: u64,
}

impl DirectoryStore {
    /// Takes a folder of the host; a symbolic link to one is followed.
    ///
    /// # Errors
    /// The host's error where it cannot be opened or is no directory.
    pub fn new(root: &Path) -> std::io::Result<Self> {
        let root = host::open(root, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
        let device = device_of(&identify(root.as_fd())?);
        Ok(Self { root, device })
    }

    /// Opens a path below the root without leaving the root and without following anything.
    fn open_below(&self, path: &[u8], flags: OFlags, mode: Mode) -> rustix::io::Result<OwnedFd> {
        let flags = flags | OFlags::CLOEXEC | OFlags::NOFOLLOW;
        loop {
            let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
            match host::openat2(&self.root, path, flags, mode, resolve) {
                // The kernel could not be sure that nothing was moved meanwhile, or was interrupted.
                Err(Errno::AGAIN | Errno::INTR) => {}
                Err(Errno::NOSYS) => return self.open_step_by_step(path, flags, mode),
                other => return other,
            }
        }
    }

    /// What `open_below` does, for kernels older than 5.6: no component is followed because none may be a link.
    fn open_step_by_step(&self, path: &[u8], flags: OFlags, mode: Mode) -> rustix::io::Result<OwnedFd> {
        let mut components: Vec<&[u8]> = path.split(|byte| *byte == b'/').collect();
        let last = components.pop().unwrap_or(b".");
        let mut at = host::openat(&self.root, ".", OFlags::PATH | OFlags::CLOEXEC, Mode::empty())?;
        for component in components {
            let step = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            at = host::openat(&at, component, step, Mode::empty())?;
            if FileType::from_raw_mode(RawMode::from(identify(at.as_fd())?.stx_mode)) == FileType::Symlink {
                return Err(Errno::LOOP);
            }
        }
        host::openat(&at, last, flags, mode)
    }

    /// The parent directory of a path, opened, and the path's last component.
    fn parent(&self, path: &[u16]) -> Result<(OwnedFd, Vec<u8>)> {
        let Some((parent, name)) = name::split_last(path) else {
            return fail(STATUS_INVALID_PARAMETER);
        };
        let parent =
            self.open_below(&host_path(parent)?, OFlags::PATH | OFlags::DIRECTORY, Mode::empty()).map_err(status)?;
        Ok((parent, host_component(name)?))
    }

    fn node(&self, fd: OwnedFd, writable: bool) -> Result<Arc<dyn Node>> {
        let facts = identify(fd.as_fd()).map_err(status)?;
        let node = DirectoryNode {
            id: self.id(&facts),
            kind: kind(&facts),
            root_device: self.device,
            path: fd,
            is_data: writable,
            reader: OnceLock::new(),
            writer: OnceLock::new(),
        };
        Ok(Arc::new(node))
    }

    fn id(&self, facts: &Statx) -> NodeId {
        node_id(facts, self.device)
    }
}

impl Store for DirectoryStore {
    fn open(&self, path: &[u16]) -> Result<Arc<dyn Node>> {
        let fd = self.open_below(&host_path(path)?, OFlags::PATH, Mode::empty()).map_err(status)?;
        self.node(fd, false)
    }

    fn create(&self, path: &[u16], new: NewNode<'_>, mode: Option<u32>) -> Result<Arc<dyn Node>> {
        let node = if new == NewNode::File {
            let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::NOCTTY;
            let permissions = Mode::from_raw_mode(mode.unwrap_or(0o666));
            let fd = self.open_below(&host_path(path)?, flags, permissions).map_err(status)?;
            self.node(fd, true)?
        } else {
            let (parent, name) = self.parent(path)?;
            make(&parent, &name, new, mode)?;
            let fd = host::openat(&parent, &name[..], OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty());
            self.node(fd.map_err(status)?, false)?
        };
        if mode.is_some() && !matches!(new, NewNode::SymbolicLink(_)) {
            // The host's umask applied to what was just made, and a mode that was asked for is to be had exactly.
            node.set_metadata(&MetadataChange { mode, ..MetadataChange::default() })?;
        }
        Ok(node)
    }

    fn replace(&self, path: &[u16], new: NewNode<'_>) -> Result<Arc<dyn Node>> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let (parent, name) = self.parent(path)?;
        let old = identify_at(parent.as_fd(), &name).map_err(status)?;
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let temporary = format!(".fltsim-{}-{number}", std::process::id()).into_bytes();
        make(&parent, &temporary, new, None)?;
        let finish = || -> rustix::io::Result<OwnedFd> {
            let owner = (Uid::from_raw(old.stx_uid), Gid::from_raw(old.stx_gid));
            let fd = host::openat(
                &parent,
                &temporary[..],
                OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC,
                Mode::empty(),
            )?;
            match host::chownat(&fd, "", Some(owner.0), Some(owner.1), AtFlags::EMPTY_PATH) {
                // Only a privileged process can give files away; what it cannot keep is the owner it has anyway.
                Ok(()) | Err(Errno::PERM) => {}
                Err(error) => return Err(error),
            }
            let times = Timestamps {
                last_access: Timespec { tv_sec: old.stx_atime.tv_sec, tv_nsec: old.stx_atime.tv_nsec.into() },
                last_modification: Timespec { tv_sec: old.stx_mtime.tv_sec, tv_nsec: old.stx_mtime.tv_nsec.into() },
            };
            host::utimensat(&parent, &temporary[..], &times, AtFlags::SYMLINK_NOFOLLOW)?;
            host::renameat(&parent, &temporary[..], &parent, &name[..])?;
            Ok(fd)
        };
        match finish() {
            Ok(fd) => self.node(fd, false),
            Err(error) => {
                // Nothing is left behind; the first error is the one to report.
                let _ = host::unlinkat(&parent, &temporary[..], AtFlags::empty());
                Err(status(error))
            }
        }
    }

    fn remove(&self, path: &[u16], directory: bool) -> Result<()> {
        let (parent, name) = self.parent(path)?;
        let flags = if directory { AtFlags::REMOVEDIR } else { AtFlags::empty() };
        host::unlinkat(&parent, &name[..], flags).map_err(status)
    }

    fn rename(&self, from: &[u16], to: &[u16], replace: bool) -> Result<()> {
        let (old_parent, old_name) = self.parent(from)?;
        let (new_parent, new_name) = self.parent(to)?;
        let flags = if replace { RenameFlags::empty() } else { RenameFlags::NOREPLACE };
        match host::renameat_with(&old_parent, &old_name[..], &new_parent, &new_name[..], flags) {
            // Some file systems cannot refuse to replace; the caller has looked whether the name is free.
            Err(Errno::INVAL) if !replace => {
                if identify_at(new_parent.as_fd(), &new_name).is_ok() {
                    return Err(status(Errno::EXIST));
                }
                host::renameat(&old_parent, &old_name[..], &new_parent, &new_name[..])
            }
            other => other,
        }
        .map_err(status)
    }

    fn link(&self, from: &[u16], to: &[u16]) -> Result<()> {
        let (old_parent, old_name) = self.parent(from)?;
        let (new_parent, new_name) = self.parent(to)?;
        host::linkat(&old_parent, &old_name[..], &new_parent, &new_name[..], AtFlags::empty()).map_err(status)
    }

    fn space(&self) -> Result<Space> {
        let facts = host::fstatvfs(&self.root).map_err(status)?;
        Ok(Space {
            total: facts.f_blocks * facts.f_frsize,
            free: facts.f_bfree * facts.f_frsize,
            available: facts.f_bavail * facts.f_frsize,
        })
    }
}

/// A file, directory or link of the host.
#[derive(Debug)]
struct DirectoryNode {
    id: NodeId,
    kind: NodeKind,
    root_device: u64,
    /// Says which file it is and permits nothing, unless `is_data`.
    path: OwnedFd,
    /// Whether `path` can be read and written: it is the descriptor that made the file.
    is_data: bool,
    /// Opened for reading once something is read.
    reader: OnceLock<OwnedFd>,
    /// Opened for reading and writing once something is written.
    writer: OnceLock<OwnedFd>,
}

impl DirectoryNode {
    /// Opens the file itself once more.
    fn reopen(&self, flags: OFlags) -> Result<OwnedFd> {
        let path = host_attributes::path_of(self.path.as_fd());
        match host::open(&path[..], flags | OFlags::CLOEXEC | OFlags::NOCTTY | OFlags::NONBLOCK, Mode::empty()) {
            Ok(fd) => Ok(fd),
            // A file whose mode forbids what the caller wants, or a running program.
            Err(Errno::ACCESS | Errno::PERM | Errno::TXTBSY) => fail(STATUS_ACCESS_DENIED),
            Err(error) => Err(status(error)),
        }
    }

    fn opened<'a>(&self, cell: &'a OnceLock<OwnedFd>, flags: OFlags) -> Result<BorrowedFd<'a>> {
        if let Some(fd) = cell.get() {
            return Ok(fd.as_fd());
        }
        let fd = self.reopen(flags)?;
        Ok(cell.get_or_init(|| fd).as_fd())
    }

    fn reader(&self) -> Result<BorrowedFd<'_>> {
        if self.is_data {
            return Ok(self.path.as_fd());
        }
        match self.writer.get() {
            Some(fd) => Ok(fd.as_fd()),
            None => self.opened(&self.reader, OFlags::RDONLY),
        }
    }

    fn writer(&self) -> Result<BorrowedFd<'_>> {
        if self.is_data { Ok(self.path.as_fd()) } else { self.opened(&self.writer, OFlags::RDWR) }
    }

    fn attributes(&self) -> HostAttributes {
        HostAttributes::of(self.path.as_fd())
    }
}

impl Node for DirectoryNode {
    fn id(&self) -> NodeId {
        self.id
    }

    fn kind(&self) -> NodeKind {
        self.kind
    }

    fn metadata(&self) -> Result<Metadata> {
        let facts = statx(self.path.as_fd(), b"", AtFlags::EMPTY_PATH).map_err(status)?;
        metadata(&facts, &self.attributes())
    }

    fn set_metadata(&self, change: &MetadataChange) -> Result<()> {
        if change.uid.is_some() || change.gid.is_some() {
            let (uid, gid) = (change.uid.map(Uid::from_raw), change.gid.map(Gid::from_raw));
            host::chownat(&self.path, "", uid, gid, AtFlags::EMPTY_PATH).map_err(status)?;
        }
        // A symbolic link has no mode of its own.
        if let Some(mode) = change.mode.filter(|_| self.kind != NodeKind::SymbolicLink) {
            let path = host_attributes::path_of(self.path.as_fd());
            host::chmod(&path[..], Mode::from_raw_mode(mode & 0o7777)).map_err(status)?;
        }
        if change.attributes.is_some() || change.creation_time.is_some() {
            self.attributes().set_basic(self.kind, change.attributes, change.creation_time)?;
        }
        if change.access_time.is_some() || change.write_time.is_some() {
            let times = Timestamps {
                last_access: timespec(change.access_time),
                last_modification: timespec(change.write_time),
            };
            host::utimensat(&self.path, "", &times, AtFlags::EMPTY_PATH).map_err(status)?;
        }
        Ok(())
    }

    fn list(&self) -> Result<Vec<Vec<u16>>> {
        let fd = self.reopen(OFlags::RDONLY | OFlags::DIRECTORY)?;
        let mut names = Vec::new();
        for entry in host::Dir::new(fd).map_err(status)? {
            let entry = entry.map_err(status)?;
            let name = entry.file_name().to_bytes();
            if name != b"." && name != b".." {
                names.push(host_name::to_windows(name));
            }
        }
        Ok(names)
    }

    fn is_empty(&self) -> Result<bool> {
        let fd = self.reopen(OFlags::RDONLY | OFlags::DIRECTORY)?;
        for entry in host::Dir::new(fd).map_err(status)? {
            let entry = entry.map_err(status)?;
            if !matches!(entry.file_name().to_bytes(), b"." | b"..") {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn entry_metadata(&self, name: &[u16]) -> Result<(NodeId, Metadata)> {
        let name = host_component(name)?;
        let facts = statx(self.path.as_fd(), &name, AtFlags::SYMLINK_NOFOLLOW).map_err(status)?;
        let id = node_id(&facts, self.root_device);
        Ok((id, metadata(&facts, &HostAttributes::of_entry(self.path.as_fd(), &name))?))
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize> {
        let fd = self.reader()?;
        let mut done = 0;
        while done < buffer.len() {
            match pread(fd, &mut buffer[done..], offset + done as u64) {
                Ok(0) => break,
                Ok(count) => done += count,
                Err(Errno::INTR) => {}
                Err(error) => return Err(status(error)),
            }
        }
        Ok(done)
    }

    fn write_at(&self, offset: u64, data: &[u8]) -> Result<()> {
        let fd = self.writer()?;
        let mut done = 0;
        while done < data.len() {
            match pwrite(fd, &data[done..], offset + done as u64) {
                Ok(count) => done += count,
                Err(Errno::INTR) => {}
                Err(error) => return Err(status(error)),
            }
        }
        Ok(())
    }

    fn set_size(&self, size: u64) -> Result<()> {
        host::ftruncate(self.writer()?, size).map_err(status)
    }

    fn reserve(&self, length: u64) -> Result<()> {
        match host::fallocate(self.writer()?, FallocateFlags::KEEP_SIZE, 0, length) {
            // A reservation is a help, not a promise the host must be able to give.
            Ok(()) | Err(Errno::OPNOTSUPP) => Ok(()),
            Err(error) => Err(status(error)),
        }
    }

    fn zero(&self, offset: u64, length: u64) -> Result<()> {
        let fd = self.writer()?;
        let flags = FallocateFlags::KEEP_SIZE | FallocateFlags::PUNCH_HOLE;
        match host::fallocate(fd, flags, offset, length) {
            Err(Errno::OPNOTSUPP) => {
                let size = identify(fd).map_err(status)?.stx_size;
                let mut at = offset;
                let end = offset.saturating_add(length).min(size);
                while at < end {
                    let zeros = [0; 4096];
                    let count = zeros.len().min(usize::try_from(end - at).unwrap_or(usize::MAX));
                    self.write_at(at, &zeros[..count])?;
                    at += count as u64;
                }
                Ok(())
            }
            other => other.map_err(status),
        }
    }

    fn flush(&self) -> Result<()> {
        let fd = if self.is_data { Some(self.path.as_fd()) } else { self.writer.get().map(AsFd::as_fd) };
        match fd {
            Some(fd) => host::fsync(fd).map_err(status),
            // Nothing was written through this node.
            None => Ok(()),
        }
    }

    fn target(&self) -> Result<Vec<u8>> {
        if self.kind != NodeKind::SymbolicLink {
            return fail(STATUS_NOT_A_REPARSE_POINT);
        }
        let target = host::readlinkat(&self.path, "", Vec::new()).map_err(status)?;
        Ok(target.into_bytes())
    }

    fn reparse_data(&self) -> Result<Option<Vec<u8>>> {
        self.attributes().reparse()
    }

    fn set_reparse_data(&self, data: Option<&[u8]>) -> Result<()> {
        self.attributes().set_reparse(data)
    }

    fn security(&self) -> Result<Option<Vec<u8>>> {
        self.attributes().security()
    }

    fn set_security(&self, descriptor: &[u8]) -> Result<()> {
        self.attributes().set_security(descriptor)
    }

    fn extended_attributes(&self) -> Result<Vec<(Vec<u8>, Vec<u8>)>> {
        self.attributes().extended()
    }

    fn set_extended_attribute(&self, name: &[u8], value: Option<&[u8]>) -> Result<()> {
        self.attributes().set_extended(name, value)
    }

    fn host_file(&self, writable: bool) -> Result<Option<File>> {
        if self.kind != NodeKind::File {
            return Ok(None);
        }
        // A descriptor of its own, so that its offset and flags are nobody else's.
        self.reopen(if writable { OFlags::RDWR } else { OFlags::RDONLY }).map(|fd| Some(File::from(fd)))
    }
}

/// Makes a node in a directory.
fn make(parent: &OwnedFd, name: &[u8], new: NewNode<'_>, mode: Option<u32>) -> Result<()> {
    let permissions = |default| Mode::from_raw_mode(mode.unwrap_or(default));
    match new {
        NewNode::File => host::mknodat(parent, name, FileType::RegularFile, permissions(0o666), 0),
        NewNode::Directory => host::mkdirat(parent, name, permissions(0o777)),
        NewNode::SymbolicLink(target) => host::symlinkat(target, parent, name),
        NewNode::Fifo => host::mknodat(parent, name, FileType::Fifo, permissions(0o666), 0),
        NewNode::Socket => host::mknodat(parent, name, FileType::Socket, permissions(0o666), 0),
    }
    .map_err(status)
}

fn host_component(name: &[u16]) -> Result<Vec<u8>> {
    match host_name::to_host(name) {
        Some(host) => Ok(host),
        None => fail(STATUS_OBJECT_NAME_INVALID),
    }
}

/// The path relative to the root.
fn host_path(path: &[u16]) -> Result<Vec<u8>> {
    let mut host = Vec::with_capacity(path.len());
    for component in name::components(path) {
        if !host.is_empty() {
            host.push(b'/');
        }
        host.extend_from_slice(&host_component(component)?);
    }
    Ok(if host.is_empty() { b".".to_vec() } else { host })
}

fn statx(directory: BorrowedFd<'_>, name: &[u8], flags: AtFlags) -> rustix::io::Result<Statx> {
    host::statx(directory, OsStr::from_bytes(name), flags, StatxFlags::BASIC_STATS | StatxFlags::BTIME)
}

fn identify(fd: BorrowedFd<'_>) -> rustix::io::Result<Statx> {
    host::statx(fd, "", AtFlags::EMPTY_PATH, StatxFlags::BASIC_STATS)
}

fn identify_at(directory: BorrowedFd<'_>, name: &[u8]) -> rustix::io::Result<Statx> {
    host::statx(directory, OsStr::from_bytes(name), AtFlags::SYMLINK_NOFOLLOW, StatxFlags::BASIC_STATS)
}

fn device_of(facts: &Statx) -> u64 {
    u64::from(facts.stx_dev_major) << 32 | u64::from(facts.stx_dev_minor)
}

fn node_id(facts: &Statx, root_device: u64) -> NodeId {
    let device = device_of(facts);
    NodeId { device: if device == root_device { 0 } else { device }, number: facts.stx_ino }
}

fn kind(facts: &Statx) -> NodeKind {
    match FileType::from_raw_mode(RawMode::from(facts.stx_mode)) {
        FileType::Directory => NodeKind::Directory,
        FileType::Symlink => NodeKind::SymbolicLink,
        FileType::Fifo => NodeKind::Fifo,
        FileType::Socket => NodeKind::Socket,
        FileType::CharacterDevice => NodeKind::CharacterDevice,
        FileType::BlockDevice => NodeKind::BlockDevice,
        _ => NodeKind::File,
    }
}

fn timespec(time: Option<i64>) -> Timespec {
    match time.map(time::to_unix) {
        Some((seconds, nanoseconds)) => Timespec { tv_sec: seconds, tv_nsec: nanoseconds },
        None => Timespec { tv_sec: 0, tv_nsec: UTIME_OMIT },
    }
}

fn metadata(facts: &Statx, attributes: &HostAttributes) -> Result<Metadata> {
    let filetime = |time: host::StatxTimestamp| time::from_unix(time.tv_sec, time.tv_nsec.into());
    let kind = kind(facts);
    let kept = attributes.summary(kind)?;
    let has_birth_time = StatxFlags::from_bits_retain(facts.stx_mask).contains(StatxFlags::BTIME);
    let born = filetime(if has_birth_time { facts.stx_btime } else { facts.stx_mtime });
    let Basic { attributes, creation_time } = kept.basic;
    Ok(Metadata {
        kind,
        size: if kind == NodeKind::Directory { 0 } else { facts.stx_size },
        allocated: if kind == NodeKind::Directory { 0 } else { facts.stx_blocks * 512 },
        links: if kind == NodeKind::Directory { 1 } else { facts.stx_nlink },
        creation_time: creation_time.unwrap_or(born),
        access_time: filetime(facts.stx_atime),
        write_time: filetime(facts.stx_mtime),
        change_time: filetime(facts.stx_ctime),
        attributes,
        reparse_tag: kept.reparse_tag,
        ea_size: kept.ea_size,
        mode: u32::from(facts.stx_mode) & 0o7777,
        uid: facts.stx_uid,
        gid: facts.stx_gid,
        device: (facts.stx_rdev_major, facts.stx_rdev_minor),
    })
}

/// The status that says what the host's error says.
fn status(error: Errno) -> NtStatus {
    NtStatus(match error {
        Errno::NOENT => STATUS_OBJECT_NAME_NOT_FOUND,
        Errno::NOTDIR => fltmgr_sys::STATUS_OBJECT_PATH_NOT_FOUND,
        Errno::EXIST => fltmgr_sys::STATUS_OBJECT_NAME_COLLISION,
        Errno::ISDIR => fltmgr_sys::STATUS_FILE_IS_A_DIRECTORY,
        Errno::NOTEMPTY => fltmgr_sys::STATUS_DIRECTORY_NOT_EMPTY,
        Errno::ACCESS | Errno::PERM => STATUS_ACCESS_DENIED,
        Errno::ROFS => fltmgr_sys::STATUS_MEDIA_WRITE_PROTECTED,
        Errno::NOSPC | Errno::DQUOT | Errno::FBIG => fltmgr_sys::STATUS_DISK_FULL,
        Errno::NAMETOOLONG | Errno::ILSEQ => STATUS_OBJECT_NAME_INVALID,
        Errno::LOOP => fltmgr_sys::STATUS_IO_REPARSE_TAG_NOT_HANDLED,
        Errno::XDEV => fltmgr_sys::STATUS_NOT_SAME_DEVICE,
        Errno::MFILE | Errno::NFILE => fltmgr_sys::STATUS_TOO_MANY_OPENED_FILES,
        Errno::NOMEM => fltmgr_sys::STATUS_INSUFFICIENT_RESOURCES,
        Errno::INVAL => STATUS_INVALID_PARAMETER,
        Errno::OPNOTSUPP | Errno::NOSYS => fltmgr_sys::STATUS_NOT_SUPPORTED,
        Errno::BUSY | Errno::TXTBSY => fltmgr_sys::STATUS_SHARING_VIOLATION,
        Errno::MLINK => fltmgr_sys::STATUS_TOO_MANY_LINKS,
        Errno::NXIO | Errno::NODEV => fltmgr_sys::STATUS_INVALID_DEVICE_REQUEST,
        _ => fltmgr_sys::STATUS_UNEXPECTED_IO_ERROR,
    })
}
