//! What a request of the kernel becomes in the simulated machine, as WSL translates Linux calls for NTFS.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use fltmgr_sys::{IRP_MJ_READ, IRP_MJ_WRITE};
use fuser::{BackingId, Errno, FileAttr, FileHandle, FileType, Generation, INodeNo, RenameFlags};

use super::access::{
    self, DELETE, FILE_CREATED, FILE_DIRECTORY_FILE, FILE_LIST_DIRECTORY, FILE_NON_DIRECTORY_FILE,
    FILE_READ_ATTRIBUTES, FILE_WRITE_ATTRIBUTES, FILE_WRITE_DATA, FILE_WRITE_EA,
};
use super::attributes::{self, Stat};
use super::errno::errno;
use super::handles::{Handle, Handles, Mode};
use super::listing::Listing;
use super::nodes::Nodes;
use super::reparse;
use crate::fs::host_name;
use crate::io::{self, File, OpenRequest, Requestor, Volume, WriteOffset};
use crate::kernel::thread;
use crate::machine::Machine;
use crate::status::NtStatus;

const FILE_BASIC_INFORMATION: i32 = 4;
const FILE_ALLOCATION_INFORMATION: i32 = 19;
const FILE_END_OF_FILE_INFORMATION: i32 = 20;
const FILE_DISPOSITION_INFORMATION_EX: i32 = 64;
/// `FileFsFullSizeInformation`.
const FILE_FS_FULL_SIZE_INFORMATION: i32 = 7;
/// `FILE_DISPOSITION_DELETE | FILE_DISPOSITION_POSIX_SEMANTICS | FILE_DISPOSITION_IGNORE_READONLY_ATTRIBUTE`.
const DELETE_AS_POSIX_DOES: u32 = 0x1 | 0x2 | 0x10;
const STATUS_ACCESS_DENIED: NtStatus = NtStatus(0xC000_0022_u32.cast_signed());
const STATUS_OBJECT_NAME_NOT_FOUND: NtStatus = NtStatus(0xC000_0034_u32.cast_signed());
const STATUS_OBJECT_PATH_NOT_FOUND: NtStatus = NtStatus(0xC000_003A_u32.cast_signed());
const STATUS_END_OF_FILE: NtStatus = NtStatus(0xC000_0011_u32.cast_signed());

/// What a request comes to: a value for the reply, or the errno.
pub(super) type Outcome<T> = Result<T, Errno>;

/// A volume as the mount sees it.
pub(super) struct Operations {
    pub machine: Arc<Machine>,
    pub volume: Arc<Volume>,
    pub nodes: Nodes,
    pub handles: Handles,
}

/// What setattr asks to be changed.
pub(super) struct Changes {
    pub mode: Option<u32>,
    pub uid: Option<u32>,
    pub gid: Option<u32>,
    pub size: Option<u64>,
    pub accessed: Option<SystemTime>,
    pub written: Option<SystemTime>,
}

/// Mode and owner of a file that is to be made.
#[derive(Clone, Copy)]
pub(super) struct NewFile {
    pub mode: u32,
    pub uid: u32,
    pub gid: u32,
}

/// How a file's content is to be opened.
pub(super) struct Opening<'a> {
    /// The host's number of the thread that opens it.
    pub opener: u32,
    /// The flags of open(2).
    pub flags: i32,
    /// Makes a file of the host known to the kernel for passthrough.
    pub register: &'a dyn Fn(&std::fs::File) -> Option<BackingId>,
}

/// A volume's space, in units of `unit` bytes.
pub(super) struct Space {
    pub total: u64,
    pub free: u64,
    pub available: u64,
    pub unit: u32,
}

/// The Windows name of one component.
pub(super) fn windows_name(name: &OsStr) -> Outcome<Vec<u16>> {
    /// As long as a component may be on NTFS, in UTF-16 units.
    const LIMIT: usize = 255;
    let name = host_name::to_windows(name.as_bytes());
    if name.len() > LIMIT { Err(Errno::ENAMETOOLONG) } else { Ok(name) }
}

impl Operations {
    /// Runs `f` as the thread `id` of the host, of whichever process it is.
    pub fn enter<R>(&self, id: u32, f: impl FnOnce(&Requestor) -> Outcome<R>) -> Outcome<R> {
        if self.machine.is_crashed() {
            return Err(Errno::EIO);
        }
        let process = self.machine.processes().by_host_pid(id);
        // The kernel's own requests, writing dirty pages back, come from no thread.
        let who = Requestor { process, user_mode: id != 0 };
        thread::with_requestor(&self.machine, &who.process, id, || io::acting_as(&who, || f(&who)))
    }

    /// Whether reads and writes must all reach the filters.
    fn is_content_filtered(&self) -> bool {
        let majors = [IRP_MJ_READ, IRP_MJ_WRITE].map(|major| u8::try_from(major).unwrap_or(u8::MAX));
        majors.into_iter().any(|major| self.volume.is_filtered(major))
    }

    /// Does something by the path of a node, once more if the node was renamed meanwhile.
    fn by_path<R>(&self, number: u64, mut f: impl FnMut(Vec<u16>) -> Result<R, NtStatus>) -> Outcome<R> {
        let mut path = self.nodes.path(number).ok_or(Errno::ESTALE)?;
        loop {
            match f(path.clone()) {
                Err(status @ (STATUS_OBJECT_NAME_NOT_FOUND | STATUS_OBJECT_PATH_NOT_FOUND)) => {
                    match self.nodes.path(number) {
                        Some(now) if now != path => path = now,
                        _ => return Err(errno(status)),
                    }
                }
                other => return other.map_err(errno),
            }
        }
    }

    /// Opens a name in a directory.
    fn open_child(
        &self,
        who: &Requestor,
        parent: u64,
        name: &[u16],
        request: impl Fn(Vec<u16>) -> OpenRequest,
    ) -> Outcome<(File, usize)> {
        self.by_path(parent, |mut path| {
            if path.len() > 1 {
                path.push(u16::from(b'\\'));
            }
            path.extend_from_slice(name);
            self.volume.open(who, &request(path))
        })
    }

    /// Opens a node.
    fn open_node(&self, who: &Requestor, number: u64, desired_access: u32, options: u32) -> Outcome<File> {
        let open = |path| self.volume.open(who, &access::existing(path, desired_access, options));
        self.by_path(number, open).map(|(file, _)| file)
    }

    /// The state of a node: of an open file when it is given or when the file has no name left.
    fn stat(&self, who: &Requestor, number: u64, handle: Option<FileHandle>) -> Outcome<Stat> {
        if let Some(handle) = handle.and_then(|handle| self.handles.get(handle)) {
            return Stat::query(&handle.file).map_err(errno);
        }
        if self.nodes.path(number).is_none() {
            let handle = self.nodes.any_handle(number, |_| true).ok_or(Errno::ESTALE)?;
            return Stat::query(&handle.file).map_err(errno);
        }
        let file = self.open_node(who, number, FILE_READ_ATTRIBUTES, 0)?;
        let stat = Stat::query(&file).map_err(errno)?;
        // Somebody put another file there, behind the mount.
        if self.nodes.number(stat.file_id) == number { Ok(stat) } else { Err(Errno::ESTALE) }
    }

    /// Tells the kernel of a name: what stands behind it, under which number and generation.
    fn known(&self, parent: u64, name: &[u16], stat: &Stat) -> (FileAttr, Generation) {
        let number = self.nodes.number(stat.file_id);
        let generation = self.nodes.looked_up(parent, name, number);
        (stat.attributes(INodeNo(number)), Generation(generation))
    }

    pub fn lookup(&self, who: &Requestor, parent: u64, name: &OsStr) -> Outcome<(FileAttr, Generation)> {
        let name = windows_name(name)?;
        let request = |path| access::existing(path, FILE_READ_ATTRIBUTES, 0);
        let (file, _) = self.open_child(who, parent, &name, request)?;
        let stat = Stat::query(&file).map_err(errno)?;
        Ok(self.known(parent, &name, &stat))
    }

    pub fn attributes(&self, who: &Requestor, number: u64, handle: Option<FileHandle>) -> Outcome<FileAttr> {
        Ok(self.stat(who, number, handle)?.attributes(INodeNo(number)))
    }

    pub fn set_attributes(
        &self,
        who: &Requestor,
        number: u64,
        handle: Option<FileHandle>,
        changes: &Changes,
    ) -> Outcome<FileAttr> {
        let handle = handle.and_then(|handle| self.handles.get(handle));
        let orphan = if self.nodes.path(number).is_none() {
            Some(
                self.nodes
                    .any_handle(number, |handle| handle.writable)
                    .or_else(|| self.nodes.any_handle(number, |_| true)),
            )
        } else {
            None
        };
        let orphan = orphan.map(|handle| handle.ok_or(Errno::ESTALE)).transpose()?;
        let mut size = changes.size;
        if let (Some(end), Some(handle)) = (size, handle.as_ref().filter(|handle| handle.writable)) {
            handle.file.set_information(FILE_END_OF_FILE_INFORMATION, &end.to_le_bytes()).map_err(errno)?;
            size = None;
        }
        let ownership = [changes.mode, changes.uid, changes.gid].iter().any(Option::is_some);
        let times = changes.accessed.is_some() || changes.written.is_some();
        let mut desired_access = FILE_READ_ATTRIBUTES;
        for (wanted, right) in
            [(size.is_some(), FILE_WRITE_DATA), (ownership, FILE_WRITE_EA), (times, FILE_WRITE_ATTRIBUTES)]
        {
            if wanted {
                desired_access |= right;
            }
        }
        let opened;
        let file = if let Some(handle) = &orphan {
            handle.file.as_ref()
        } else {
            opened = self.open_node(who, number, desired_access, 0)?;
            &opened
        };
        if let Some(size) = size {
            file.set_information(FILE_END_OF_FILE_INFORMATION, &size.to_le_bytes()).map_err(errno)?;
        }
        if ownership {
            let mode = match changes.mode {
                Some(mode) if mode & libc::S_IFMT == 0 => {
                    Some(mode | attributes::mode_of_file_type(Stat::query(file).map_err(errno)?.kind))
                }
                mode => mode,
            };
            file.set_ea(&attributes::ownership(mode, changes.uid, changes.gid)).map_err(errno)?;
        }
        if times {
            let times = attributes::times(changes.accessed, changes.written);
            file.set_information(FILE_BASIC_INFORMATION, &times).map_err(errno)?;
        }
        Ok(Stat::query(file).map_err(errno)?.attributes(INodeNo(number)))
    }

    pub fn make_directory(
        &self,
        who: &Requestor,
        (parent, name): (u64, &OsStr),
        new: NewFile,
    ) -> Outcome<(FileAttr, Generation)> {
        let name = windows_name(name)?;
        let desired_access = FILE_READ_ATTRIBUTES | FILE_WRITE_EA;
        let (file, _) =
            self.open_child(who, parent, &name, |path| access::new(path, desired_access, FILE_DIRECTORY_FILE))?;
        let stat = settle(&file, new)?;
        Ok(self.known(parent, &name, &stat))
    }

    /// A regular file that mknod(2) makes.
    pub fn make_file(
        &self,
        who: &Requestor,
        (parent, name): (u64, &OsStr),
        new: NewFile,
    ) -> Outcome<(FileAttr, Generation)> {
        let name = windows_name(name)?;
        let desired_access = FILE_READ_ATTRIBUTES | FILE_WRITE_EA;
        let (file, _) =
            self.open_child(who, parent, &name, |path| access::new(path, desired_access, FILE_NON_DIRECTORY_FILE))?;
        let stat = settle(&file, new)?;
        Ok(self.known(parent, &name, &stat))
    }

    pub fn make_symlink(
        &self,
        who: &Requestor,
        (parent, name): (u64, &OsStr),
        target: &OsStr,
        new: NewFile,
    ) -> Outcome<(FileAttr, Generation)> {
        let name = windows_name(name)?;
        let desired_access = FILE_READ_ATTRIBUTES | FILE_WRITE_ATTRIBUTES | FILE_WRITE_EA | FILE_WRITE_DATA | DELETE;
        let (file, _) =
            self.open_child(who, parent, &name, |path| access::new(path, desired_access, FILE_NON_DIRECTORY_FILE))?;
        if let Err(status) = reparse::set_symlink(&file, target.as_bytes()) {
            // A failure to take it back leaves an empty file, which the error already says more than enough about.
            let _ = delete(&file);
            return Err(errno(status));
        }
        let stat = settle(&file, new)?;
        Ok(self.known(parent, &name, &stat))
    }

    pub fn read_link(&self, who: &Requestor, number: u64) -> Outcome<Vec<u8>> {
        let file = self.open_node(who, number, FILE_READ_ATTRIBUTES, 0)?;
        reparse::symlink(&file).map_err(errno)
    }

    /// Removes a name: `directory` for rmdir(2).
    pub fn remove(&self, who: &Requestor, parent: u64, name: &OsStr, directory: bool) -> Outcome<()> {
        let name = windows_name(name)?;
        let options = if directory { FILE_DIRECTORY_FILE } else { FILE_NON_DIRECTORY_FILE };
        let (file, _) = self.open_child(who, parent, &name, |path| access::existing(path, DELETE, options))?;
        delete(&file).map_err(errno)?;
        drop(file);
        self.nodes.unlinked(parent, &name);
        Ok(())
    }

    pub fn rename(
        &self,
        who: &Requestor,
        (parent, name): (u64, &OsStr),
        (new_parent, new_name): (u64, &OsStr),
        flags: RenameFlags,
    ) -> Outcome<()> {
        if !RenameFlags::RENAME_NOREPLACE.contains(flags) {
            return Err(Errno::EINVAL);
        }
        let name = windows_name(name)?;
        let new_name = windows_name(new_name)?;
        let desired_access = DELETE | FILE_READ_ATTRIBUTES;
        let (file, _) = self.open_child(who, parent, &name, |path| access::existing(path, desired_access, 0))?;
        let target = self.nodes.child_path(new_parent, &new_name).ok_or(Errno::ESTALE)?;
        let replace = !flags.contains(RenameFlags::RENAME_NOREPLACE);
        file.rename(&target, io::RenameFlags { replace, posix: true }).map_err(errno)?;
        drop(file);
        self.nodes.renamed((parent, &name), (new_parent, &new_name));
        Ok(())
    }

    pub fn link(
        &self,
        who: &Requestor,
        number: u64,
        new_parent: u64,
        new_name: &OsStr,
    ) -> Outcome<(FileAttr, Generation)> {
        let new_name = windows_name(new_name)?;
        let target = self.nodes.child_path(new_parent, &new_name).ok_or(Errno::ESTALE)?;
        let file = self.open_node(who, number, FILE_READ_ATTRIBUTES | FILE_WRITE_ATTRIBUTES, 0)?;
        file.link(&target, io::RenameFlags { replace: false, posix: true }).map_err(errno)?;
        let stat = Stat::query(&file).map_err(errno)?;
        let generation = self.nodes.linked(new_parent, &new_name, number);
        Ok((stat.attributes(INodeNo(number)), Generation(generation)))
    }

    fn handle(file: &Arc<File>, opener: u32, flags: i32, mode: Mode) -> Handle {
        Handle {
            file: Arc::clone(file),
            opener,
            append: flags & libc::O_APPEND != 0,
            readable: flags & libc::O_ACCMODE != libc::O_WRONLY,
            writable: flags & libc::O_ACCMODE != libc::O_RDONLY,
            mode,
            listing: Mutex::default(),
        }
    }

    /// Takes an opened file in.
    fn admit(&self, number: u64, file: &Arc<File>, opening: &Opening<'_>) -> (FileHandle, Mode) {
        let passthrough = || {
            // Where the host refuses, the file is served without.
            let host_file = file.host_file(opening.flags & libc::O_ACCMODE != libc::O_RDONLY).ok().flatten()?;
            (opening.register)(&host_file)
        };
        let handle = |mode| Self::handle(file, opening.opener, opening.flags, mode);
        let handle = self.nodes.opened(number, self.is_content_filtered(), passthrough, handle);
        let mode = handle.mode.clone();
        (self.handles.insert(handle), mode)
    }

    /// Opens a file's content. Returns the handle and how the kernel is to treat it.
    pub fn open(&self, who: &Requestor, number: u64, opening: &Opening<'_>) -> Outcome<(FileHandle, Mode)> {
        let file = if self.nodes.path(number).is_some() {
            let open = |path| self.volume.open(who, &access::content(path, opening.flags, false));
            Arc::new(self.by_path(number, open)?.0)
        } else {
            // A file without a name is opened again through /proc/PID/fd: it shares what is open.
            let mode = opening.flags & libc::O_ACCMODE;
            let suits = |handle: &Handle| {
                (handle.readable || mode == libc::O_WRONLY) && (handle.writable || mode == libc::O_RDONLY)
            };
            Arc::clone(&self.nodes.any_handle(number, suits).ok_or(Errno::ESTALE)?.file)
        };
        Ok(self.admit(number, &file, opening))
    }

    /// Opens a file that may have to be made.
    pub fn create(
        &self,
        who: &Requestor,
        (parent, name): (u64, &OsStr),
        new: NewFile,
        opening: &Opening<'_>,
    ) -> Outcome<(FileAttr, Generation, FileHandle, Mode)> {
        let name = windows_name(name)?;
        let (file, information) =
            self.open_child(who, parent, &name, |path| access::content(path, opening.flags, true))?;
        let stat = if information == FILE_CREATED { settle(&file, new)? } else { Stat::query(&file).map_err(errno)? };
        let (attributes, generation) = self.known(parent, &name, &stat);
        let (handle, mode) = self.admit(attributes.ino.0, &Arc::new(file), opening);
        Ok((attributes, generation, handle, mode))
    }

    fn opened(&self, handle: FileHandle) -> Outcome<Arc<Handle>> {
        self.handles.get(handle).ok_or(Errno::EBADF)
    }

    /// Reads into `buffer`; `cache` when the page cache asks and not a program.
    pub fn read(&self, handle: FileHandle, offset: u64, buffer: &mut [u8], cache: bool) -> Outcome<usize> {
        let handle = self.opened(handle)?;
        let result = if cache && matches!(handle.mode, Mode::Direct) {
            handle.file.read_paging(offset, buffer)
        } else {
            handle.file.read(offset, buffer)
        };
        match result {
            Err(STATUS_END_OF_FILE) => Ok(0),
            other => other.map_err(errno),
        }
    }

    /// Writes `data`; `cache` when the page cache writes back what a program changed in a mapping.
    pub fn write(&self, handle: FileHandle, offset: u64, data: &[u8], cache: bool) -> Outcome<usize> {
        let handle = self.opened(handle)?;
        if cache {
            return handle.file.write_paging(offset, data).map_err(errno);
        }
        let offset = if handle.append { WriteOffset::End } else { WriteOffset::At(offset) };
        handle.file.write(offset, data).map_err(errno)
    }

    pub fn synchronize(&self, handle: FileHandle) -> Outcome<()> {
        let handle = self.opened(handle)?;
        match handle.file.flush() {
            // Linux lets a file that is open for reading be synchronized, Windows does not; there is nothing to do.
            Err(STATUS_ACCESS_DENIED) if !handle.writable => Ok(()),
            other => other.map_err(errno),
        }
    }

    /// Sees to it that there is space, and unless `keep_size` that the file reaches there.
    pub fn allocate(&self, handle: FileHandle, offset: u64, length: u64, keep_size: bool) -> Outcome<()> {
        let handle = self.opened(handle)?;
        let end = offset.checked_add(length).ok_or(Errno::EFBIG)?;
        let size = Stat::query(&handle.file).map_err(errno)?.size;
        if end <= size {
            return Ok(());
        }
        handle.file.set_information(FILE_ALLOCATION_INFORMATION, &end.to_le_bytes()).map_err(errno)?;
        if keep_size {
            return Ok(());
        }
        handle.file.set_information(FILE_END_OF_FILE_INFORMATION, &end.to_le_bytes()).map_err(errno)
    }

    /// Closes a file or a directory, as the thread that opened it.
    pub fn release(&self, handle: FileHandle) {
        let Some(handle) = self.handles.remove(handle) else { return };
        let opener = handle.opener;
        let close = |_: &Requestor| {
            drop(handle);
            Ok(())
        };
        // Only a crashed machine fails here, and in it nothing is closed any more.
        let _ = self.enter(opener, close);
    }

    pub fn open_directory(&self, who: &Requestor, opener: u32, number: u64) -> Outcome<FileHandle> {
        let desired_access = FILE_LIST_DIRECTORY | FILE_READ_ATTRIBUTES;
        let file = self.open_node(who, number, desired_access, FILE_DIRECTORY_FILE)?;
        let handle = Self::handle(&Arc::new(file), opener, libc::O_RDONLY, Mode::Cached);
        Ok(self.handles.insert(Arc::new(handle)))
    }

    /// The names in an open directory; read anew when the program is at the beginning.
    pub fn listing(&self, handle: FileHandle, from_start: bool) -> Outcome<Arc<Listing>> {
        let handle = self.opened(handle)?;
        let mut listing = handle.listing.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(present) = listing.as_ref().filter(|_| !from_start) {
            return Ok(Arc::clone(present));
        }
        let read = Arc::new(Listing::read(&handle.file, self.nodes.root_id()).map_err(errno)?);
        *listing = Some(Arc::clone(&read));
        Ok(read)
    }

    /// The state of a name in a directory, without telling the kernel of it.
    pub fn stat_child(&self, who: &Requestor, parent: u64, name: &[u16]) -> Outcome<Stat> {
        let request = |path| access::existing(path, FILE_READ_ATTRIBUTES, 0);
        let (file, _) = self.open_child(who, parent, name, request)?;
        Stat::query(&file).map_err(errno)
    }

    pub fn space(&self, who: &Requestor) -> Outcome<Space> {
        let mut buffer = [0_u8; 32];
        self.volume.query_volume_information(who, FILE_FS_FULL_SIZE_INFORMATION, &mut buffer).map_err(errno)?;
        let field = attributes::Fields(&buffer);
        Ok(Space {
            total: field.u64(0),
            available: field.u64(8),
            free: field.u64(16),
            unit: field.u32(24).saturating_mul(field.u32(28)),
        })
    }
}

/// Gives a new file its mode and its owner, where what it came into being with is different.
fn settle(file: &File, new: NewFile) -> Outcome<Stat> {
    let mut stat = Stat::query(file).map_err(errno)?;
    let (_, own_gid) = attributes::own_ids();
    let mut wanted = new.mode & 0o7777;
    // A group that is not this process' came from the directory above: that has set-group-id.
    let inherited = stat.gid != own_gid;
    if inherited && stat.kind == FileType::Directory {
        wanted |= libc::S_ISGID;
    }
    let mode = (stat.permissions != wanted).then_some(wanted | attributes::mode_of_file_type(stat.kind));
    let uid = (stat.uid != new.uid).then_some(new.uid);
    let gid = (!inherited && stat.gid != new.gid).then_some(new.gid);
    if mode.is_some() || uid.is_some() || gid.is_some() {
        file.set_ea(&attributes::ownership(mode, uid, gid)).map_err(errno)?;
        stat.permissions = wanted;
        stat.uid = uid.unwrap_or(stat.uid);
        stat.gid = gid.unwrap_or(stat.gid);
    }
    Ok(stat)
}

/// Deletes an open file as unlink(2) does: the name is gone when the handle is closed, whoever else has it open.
fn delete(file: &File) -> Result<(), NtStatus> {
    file.set_information(FILE_DISPOSITION_INFORMATION_EX, &DELETE_AS_POSIX_DOES.to_le_bytes())
}

/// The name on Linux of what a listing shows.
pub(super) fn os_name(name: &[u8]) -> OsString {
    OsString::from_vec(name.to_vec())
}
