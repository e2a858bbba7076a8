//! The requests of FUSE: each is handed to [`Operations`] and its outcome put into the reply.

use std::cell::RefCell;
use std::ffi::OsStr;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use fuser::{
    BsdFileFlags, CopyFileRangeFlags, Errno, FileAttr, FileHandle, FileType, Filesystem, FopenFlags, Generation,
    INodeNo, InitFlags, IoctlFlags, KernelConfig, LockOwner, OpenFlags, PollEvents, PollFlags, PollNotifier,
    RenameFlags, ReplyAttr, ReplyCreate, ReplyData, ReplyDirectory, ReplyDirectoryPlus, ReplyEmpty, ReplyEntry,
    ReplyIoctl, ReplyLseek, ReplyOpen, ReplyPoll, ReplyStatfs, ReplyWrite, ReplyXattr, Request, TimeOrNow, WriteFlags,
};

use super::handles::Mode;
use super::listing::Listing;
use super::operations::{Changes, NewFile, Opening, Operations, os_name};
use super::{BLOCKING_LIMIT, attributes};

/// How long the kernel may rely on a name or on attributes before it asks again.
const TIME_TO_LIVE: Duration = Duration::from_secs(1);
/// The largest write in one request.
const MAXIMUM_WRITE: u32 = 1 << 20;

thread_local! {
    /// What a read is read into; it keeps its size from one to the next.
    static BUFFER: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// The file system that FUSE talks to.
pub(super) struct Bridge {
    operations: Arc<Operations>,
    /// How many threads of the session are in what a filter may hold up for as long as it likes.
    held_up: Arc<AtomicUsize>,
    /// Whether the kernel can read and write a file of the host by itself.
    passthrough: bool,
}

impl Bridge {
    pub fn new(operations: Arc<Operations>) -> Self {
        Self { operations, held_up: Arc::default(), passthrough: false }
    }

    /// Runs what a filter may hold up, an open or a change: in this thread, or in one of its own when so many are held up
    /// that the rest would soon have to wait.
    fn run(&self, f: impl FnOnce(&Operations) + Send + 'static) {
        if self.held_up.fetch_add(1, Ordering::Relaxed) < BLOCKING_LIMIT {
            f(&self.operations);
            self.held_up.fetch_sub(1, Ordering::Relaxed);
            return;
        }
        self.held_up.fetch_sub(1, Ordering::Relaxed);
        let operations = Arc::clone(&self.operations);
        // Where no thread can be had, the closure is dropped and the reply in it answers EIO.
        let _ = std::thread::Builder::new().name("fltsim request".into()).spawn(move || f(&operations));
    }
}

/// How the kernel is to treat an opened file, where it is not passthrough.
fn open_flags(mode: &Mode) -> FopenFlags {
    match mode {
        Mode::Direct => FopenFlags::FOPEN_DIRECT_IO | FopenFlags::FOPEN_PARALLEL_DIRECT_WRITES,
        Mode::Cached | Mode::Passthrough(_) => FopenFlags::FOPEN_KEEP_CACHE,
    }
}

/// Mode and owner of what a request makes.
fn new_file(request: &Request, mode: u32) -> NewFile {
    NewFile { mode, uid: request.uid(), gid: request.gid() }
}

/// How long the kernel may go by what it was told of a name.
///
/// It opens a file by its number alone, and the name is that of the last lookup. So of a file that has several names
/// nothing is kept: filters would see an open by one name under another. What the kernel keeps from when the file had
/// one name only is out of date in [`TIME_TO_LIVE`].
fn time_to_live(attributes: &FileAttr) -> Duration {
    let has_names = attributes.kind != FileType::Directory && attributes.nlink > 1;
    if has_names { Duration::ZERO } else { TIME_TO_LIVE }
}

fn reply_entry(reply: ReplyEntry, outcome: Result<(FileAttr, Generation), Errno>) {
    match outcome {
        Ok((attributes, generation)) => reply.entry(&time_to_live(&attributes), &attributes, generation),
        Err(error) => reply.error(error),
    }
}

fn reply_attributes(reply: ReplyAttr, outcome: Result<FileAttr, Errno>) {
    match outcome {
        Ok(attributes) => reply.attr(&TIME_TO_LIVE, &attributes),
        Err(error) => reply.error(error),
    }
}

fn reply_empty(reply: ReplyEmpty, outcome: Result<(), Errno>) {
    match outcome {
        Ok(()) => reply.ok(),
        Err(error) => reply.error(error),
    }
}

fn point_in_time(time: Option<TimeOrNow>) -> Option<SystemTime> {
    time.map(|time| match time {
        TimeOrNow::SpecificTime(time) => time,
        TimeOrNow::Now => SystemTime::now(),
    })
}

/// The offset of an entry is that of the one behind it; 0 is the beginning.
fn entries(listing: &Listing, offset: u64) -> impl Iterator<Item = (u64, &super::listing::Listed)> {
    let first = usize::try_from(offset).unwrap_or(usize::MAX);
    (offset + 1..).zip(listing.entries.get(first..).unwrap_or_default())
}

impl Filesystem for Bridge {
    fn init(&mut self, _request: &Request, config: &mut KernelConfig) -> std::io::Result<()> {
        let wanted = [
            InitFlags::FUSE_ATOMIC_O_TRUNC,
            InitFlags::FUSE_AUTO_INVAL_DATA,
            InitFlags::FUSE_DO_READDIRPLUS,
            InitFlags::FUSE_READDIRPLUS_AUTO,
            InitFlags::FUSE_PARALLEL_DIROPS,
            InitFlags::FUSE_DIRECT_IO_ALLOW_MMAP,
        ];
        for flag in wanted {
            if let Err(missing) = config.add_capabilities(flag) {
                tracing::debug!("this kernel's FUSE has no {missing:?}");
            }
        }
        // A volume on an overlay file system, as containers have, is a second layer below this one.
        self.passthrough =
            config.add_capabilities(InitFlags::FUSE_PASSTHROUGH).is_ok() && config.set_max_stack_depth(2).is_ok();
        // Each call gives back the nearest possible value where it refuses one; the defaults serve as well.
        let _ = config.set_max_write(MAXIMUM_WRITE);
        let _ = config.set_max_background(64);
        let _ = config.set_time_granularity(Duration::from_nanos(100));
        Ok(())
    }

    fn destroy(&mut self) {
        self.operations.handles.clear();
    }

    fn lookup(&self, request: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEntry) {
        let outcome = self.operations.enter(request.pid(), |who| self.operations.lookup(who, parent.0, name));
        reply_entry(reply, outcome);
    }

    fn forget(&self, _request: &Request, number: INodeNo, count: u64) {
        self.operations.nodes.forget(number.0, count);
    }

    fn getattr(&self, request: &Request, number: INodeNo, handle: Option<FileHandle>, reply: ReplyAttr) {
        let outcome = self.operations.enter(request.pid(), |who| self.operations.attributes(who, number.0, handle));
        reply_attributes(reply, outcome);
    }

    fn setattr(
        &self,
        request: &Request,
        number: INodeNo,
        mode: Option<u32>,
        uid: Option<u32>,
        gid: Option<u32>,
        size: Option<u64>,
        accessed: Option<TimeOrNow>,
        written: Option<TimeOrNow>,
        _changed: Option<SystemTime>,
        handle: Option<FileHandle>,
        _created: Option<SystemTime>,
        _changed_mac: Option<SystemTime>,
        _backed_up: Option<SystemTime>,
        _flags: Option<BsdFileFlags>,
        reply: ReplyAttr,
    ) {
        let changes =
            Changes { mode, uid, gid, size, accessed: point_in_time(accessed), written: point_in_time(written) };
        let id = request.pid();
        self.run(move |operations| {
            let outcome = operations.enter(id, |who| operations.set_attributes(who, number.0, handle, &changes));
            reply_attributes(reply, outcome);
        });
    }

    fn readlink(&self, request: &Request, number: INodeNo, reply: ReplyData) {
        match self.operations.enter(request.pid(), |who| self.operations.read_link(who, number.0)) {
            Ok(target) => reply.data(&target),
            Err(error) => reply.error(error),
        }
    }

    fn mknod(
        &self,
        request: &Request,
        parent: INodeNo,
        name: &OsStr,
        mode: u32,
        _umask: u32,
        _device: u32,
        reply: ReplyEntry,
    ) {
        // Pipes, sockets and devices are no files to a filter.
        if !matches!(mode & libc::S_IFMT, libc::S_IFREG | 0) {
            return reply.error(Errno::EPERM);
        }
        let new = new_file(request, mode);
        let (id, name) = (request.pid(), name.to_owned());
        self.run(move |operations| {
            let outcome = operations.enter(id, |who| operations.make_file(who, (parent.0, &name), new));
            reply_entry(reply, outcome);
        });
    }

    fn mkdir(&self, request: &Request, parent: INodeNo, name: &OsStr, mode: u32, _umask: u32, reply: ReplyEntry) {
        let new = new_file(request, mode);
        let (id, name) = (request.pid(), name.to_owned());
        self.run(move |operations| {
            let outcome = operations.enter(id, |who| operations.make_directory(who, (parent.0, &name), new));
            reply_entry(reply, outcome);
        });
    }

    fn unlink(&self, request: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEmpty) {
        let (id, name) = (request.pid(), name.to_owned());
        self.run(move |operations| {
            let outcome = operations.enter(id, |who| operations.remove(who, parent.0, &name, false));
            reply_empty(reply, outcome);
        });
    }

    fn rmdir(&self, request: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEmpty) {
        let (id, name) = (request.pid(), name.to_owned());
        self.run(move |operations| {
            let outcome = operations.enter(id, |who| operations.remove(who, parent.0, &name, true));
            reply_empty(reply, outcome);
        });
    }

    fn symlink(&self, request: &Request, parent: INodeNo, name: &OsStr, target: &Path, reply: ReplyEntry) {
        let new = new_file(request, 0o777);
        let (id, name, target) = (request.pid(), name.to_owned(), target.as_os_str().to_owned());
        self.run(move |operations| {
            let outcome = operations.enter(id, |who| operations.make_symlink(who, (parent.0, &name), &target, new));
            reply_entry(reply, outcome);
        });
    }

    fn rename(
        &self,
        request: &Request,
        parent: INodeNo,
        name: &OsStr,
        new_parent: INodeNo,
        new_name: &OsStr,
        flags: RenameFlags,
        reply: ReplyEmpty,
    ) {
        let (id, name, new_name) = (request.pid(), name.to_owned(), new_name.to_owned());
        self.run(move |operations| {
            let (from, to) = ((parent.0, name.as_os_str()), (new_parent.0, new_name.as_os_str()));
            let outcome = operations.enter(id, |who| operations.rename(who, from, to, flags));
            reply_empty(reply, outcome);
        });
    }

    fn link(&self, request: &Request, number: INodeNo, parent: INodeNo, name: &OsStr, reply: ReplyEntry) {
        let (id, name) = (request.pid(), name.to_owned());
        self.run(move |operations| {
            let outcome = operations.enter(id, |who| operations.link(who, number.0, parent.0, &name));
            reply_entry(reply, outcome);
        });
    }

    fn open(&self, request: &Request, number: INodeNo, flags: OpenFlags, reply: ReplyOpen) {
        let opener = request.pid();
        let passthrough = self.passthrough;
        self.run(move |operations| {
            let register = |file: &File| if passthrough { reply.open_backing(file).ok() } else { None };
            let opening = Opening { opener, flags: flags.0, register: &register };
            match operations.enter(opener, |who| operations.open(who, number.0, &opening)) {
                Ok((handle, Mode::Passthrough(backing))) => {
                    reply.opened_passthrough(handle, FopenFlags::empty(), &backing);
                }
                Ok((handle, mode)) => reply.opened(handle, open_flags(&mode)),
                Err(error) => reply.error(error),
            }
        });
    }

    fn create(
        &self,
        request: &Request,
        parent: INodeNo,
        name: &OsStr,
        mode: u32,
        _umask: u32,
        flags: i32,
        reply: ReplyCreate,
    ) {
        let opener = request.pid();
        let new = new_file(request, mode);
        let name = name.to_owned();
        let passthrough = self.passthrough;
        self.run(move |operations| {
            let register = |file: &File| if passthrough { reply.open_backing(file).ok() } else { None };
            let opening = Opening { opener, flags, register: &register };
            match operations.enter(opener, |who| operations.create(who, (parent.0, &name), new, &opening)) {
                Ok((attributes, generation, handle, Mode::Passthrough(backing))) => {
                    let flags = FopenFlags::empty();
                    reply.created_passthrough(&TIME_TO_LIVE, &attributes, generation, handle, flags, &backing);
                }
                Ok((attributes, generation, handle, mode)) => {
                    reply.created(&TIME_TO_LIVE, &attributes, generation, handle, open_flags(&mode));
                }
                Err(error) => reply.error(error),
            }
        });
    }

    fn read(
        &self,
        request: &Request,
        _number: INodeNo,
        handle: FileHandle,
        offset: u64,
        size: u32,
        _flags: OpenFlags,
        lock_owner: Option<LockOwner>,
        reply: ReplyData,
    ) {
        BUFFER.with_borrow_mut(|buffer| {
            let size = usize::try_from(size).unwrap_or(usize::MAX);
            if buffer.len() < size {
                buffer.resize(size, 0);
            }
            let buffer = &mut buffer[..size];
            // Only the read of a program has an owner for locks; what has none fills the page cache.
            let cache = lock_owner.is_none();
            let outcome = self.operations.enter(request.pid(), |_| self.operations.read(handle, offset, buffer, cache));
            match outcome {
                Ok(length) => reply.data(&buffer[..length]),
                Err(error) => reply.error(error),
            }
        });
    }

    fn write(
        &self,
        request: &Request,
        _number: INodeNo,
        handle: FileHandle,
        offset: u64,
        data: &[u8],
        write_flags: WriteFlags,
        _flags: OpenFlags,
        _lock_owner: Option<LockOwner>,
        reply: ReplyWrite,
    ) {
        let cache = write_flags.contains(WriteFlags::FUSE_WRITE_CACHE);
        match self.operations.enter(request.pid(), |_| self.operations.write(handle, offset, data, cache)) {
            Ok(length) => reply.written(u32::try_from(length).unwrap_or(u32::MAX)),
            Err(error) => reply.error(error),
        }
    }

    fn flush(&self, _request: &Request, _number: INodeNo, _handle: FileHandle, _owner: LockOwner, reply: ReplyEmpty) {
        // Nothing happens on Windows when a duplicate of a handle is closed; the kernel need not tell again.
        reply.error(Errno::ENOSYS);
    }

    fn release(
        &self,
        _request: &Request,
        _number: INodeNo,
        handle: FileHandle,
        _flags: OpenFlags,
        _lock_owner: Option<LockOwner>,
        _flush: bool,
        reply: ReplyEmpty,
    ) {
        self.operations.release(handle);
        reply.ok();
    }

    fn fsync(&self, request: &Request, _number: INodeNo, handle: FileHandle, _data_only: bool, reply: ReplyEmpty) {
        let outcome = self.operations.enter(request.pid(), |_| self.operations.synchronize(handle));
        reply_empty(reply, outcome);
    }

    fn opendir(&self, request: &Request, number: INodeNo, _flags: OpenFlags, reply: ReplyOpen) {
        let opener = request.pid();
        self.run(move |operations| {
            match operations.enter(opener, |who| operations.open_directory(who, opener, number.0)) {
                Ok(handle) => reply.opened(handle, FopenFlags::empty()),
                Err(error) => reply.error(error),
            }
        });
    }

    fn readdir(&self, request: &Request, _number: INodeNo, handle: FileHandle, offset: u64, mut reply: ReplyDirectory) {
        match self.operations.enter(request.pid(), |_| self.operations.listing(handle, offset == 0)) {
            Ok(listing) => {
                for (next, entry) in entries(&listing, offset) {
                    let number = INodeNo(self.operations.nodes.number(entry.file_id));
                    if reply.add(number, next, entry.kind, os_name(&entry.host_name)) {
                        break;
                    }
                }
                reply.ok();
            }
            Err(error) => reply.error(error),
        }
    }

    fn readdirplus(
        &self,
        request: &Request,
        parent: INodeNo,
        handle: FileHandle,
        offset: u64,
        mut reply: ReplyDirectoryPlus,
    ) {
        let operations = &self.operations;
        let outcome = operations.enter(request.pid(), |who| {
            let listing = operations.listing(handle, offset == 0)?;
            for (next, entry) in entries(&listing, offset) {
                let number = INodeNo(operations.nodes.number(entry.file_id));
                let dots = matches!(entry.host_name.as_slice(), b"." | b"..");
                let stat = if dots { None } else { operations.stat_child(who, parent.0, &entry.name).ok() };
                let known = stat.filter(|stat| operations.nodes.number(stat.file_id) == number.0);
                // What cannot be asked now is shown as the directory shows it, and is asked for again when needed.
                let (attributes, time_to_live) = match known.map(|stat| stat.attributes(number)) {
                    Some(attributes) => (attributes, time_to_live(&attributes)),
                    None => (attributes::unknown(number, entry.kind), Duration::ZERO),
                };
                let generation = if dots { 0 } else { operations.nodes.looked_up(parent.0, &entry.name, number.0) };
                let name = os_name(&entry.host_name);
                if reply.add(number, next, name, &time_to_live, &attributes, Generation(generation)) {
                    if !dots {
                        operations.nodes.forget(number.0, 1);
                    }
                    break;
                }
            }
            Ok(())
        });
        match outcome {
            Ok(()) => reply.ok(),
            Err(error) => reply.error(error),
        }
    }

    fn releasedir(
        &self,
        _request: &Request,
        _number: INodeNo,
        handle: FileHandle,
        _flags: OpenFlags,
        reply: ReplyEmpty,
    ) {
        self.operations.release(handle);
        reply.ok();
    }

    fn fsyncdir(&self, _request: &Request, _number: INodeNo, _handle: FileHandle, _data_only: bool, reply: ReplyEmpty) {
        // Names are kept by the store as soon as they are made; ENOSYS tells the kernel not to ask again.
        reply.error(Errno::ENOSYS);
    }

    fn statfs(&self, request: &Request, _number: INodeNo, reply: ReplyStatfs) {
        match self.operations.enter(request.pid(), |who| self.operations.space(who)) {
            Ok(space) => {
                reply.statfs(space.total, space.free, space.available, 0, 0, space.unit, 255, space.unit);
            }
            Err(error) => reply.error(error),
        }
    }

    fn setxattr(
        &self,
        _request: &Request,
        _number: INodeNo,
        _name: &OsStr,
        _value: &[u8],
        _flags: i32,
        _position: u32,
        reply: ReplyEmpty,
    ) {
        reply.error(Errno::EOPNOTSUPP);
    }

    fn getxattr(&self, _request: &Request, _number: INodeNo, _name: &OsStr, _size: u32, reply: ReplyXattr) {
        // ENOSYS rather than EOPNOTSUPP: the kernel then says the latter by itself, and not again at every write.
        reply.error(Errno::ENOSYS);
    }

    fn listxattr(&self, _request: &Request, _number: INodeNo, size: u32, reply: ReplyXattr) {
        if size == 0 { reply.size(0) } else { reply.data(&[]) }
    }

    fn removexattr(&self, _request: &Request, _number: INodeNo, _name: &OsStr, reply: ReplyEmpty) {
        reply.error(Errno::EOPNOTSUPP);
    }

    fn fallocate(
        &self,
        request: &Request,
        _number: INodeNo,
        handle: FileHandle,
        offset: u64,
        length: u64,
        mode: i32,
        reply: ReplyEmpty,
    ) {
        if mode & !libc::FALLOC_FL_KEEP_SIZE != 0 {
            return reply.error(Errno::EOPNOTSUPP);
        }
        let keep_size = mode & libc::FALLOC_FL_KEEP_SIZE != 0;
        let outcome =
            self.operations.enter(request.pid(), |_| self.operations.allocate(handle, offset, length, keep_size));
        reply_empty(reply, outcome);
    }

    fn ioctl(
        &self,
        _request: &Request,
        _number: INodeNo,
        _handle: FileHandle,
        _flags: IoctlFlags,
        _command: u32,
        _input: &[u8],
        _output_size: u32,
        reply: ReplyIoctl,
    ) {
        reply.error(Errno::ENOTTY);
    }

    fn poll(
        &self,
        _request: &Request,
        _number: INodeNo,
        _handle: FileHandle,
        _notifier: PollNotifier,
        _events: PollEvents,
        _flags: PollFlags,
        reply: ReplyPoll,
    ) {
        reply.error(Errno::ENOSYS);
    }

    fn lseek(
        &self,
        _request: &Request,
        _number: INodeNo,
        _handle: FileHandle,
        _offset: i64,
        _whence: i32,
        reply: ReplyLseek,
    ) {
        // The kernel then treats the file as one without holes.
        reply.error(Errno::ENOSYS);
    }

    fn copy_file_range(
        &self,
        _request: &Request,
        _from: INodeNo,
        _from_handle: FileHandle,
        _from_offset: u64,
        _to: INodeNo,
        _to_handle: FileHandle,
        _to_offset: u64,
        _length: u64,
        _flags: CopyFileRangeFlags,
        reply: ReplyWrite,
    ) {
        // The kernel then reads and writes, which filters see.
        reply.error(Errno::ENOSYS);
    }
}
