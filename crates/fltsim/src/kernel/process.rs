//! Simulated processes: those of the host that send requests through a mount, and those that tests name.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex, PoisonError, RwLock, Weak};

use super::object::{self, KernelObject, ObjectKind};
use super::thread::DispatcherHeader;

/// The id of the system process.
pub const SYSTEM_PROCESS_ID: u32 = 4;
/// The volume on which the host's root directory is, for the image paths of host processes. No filter is attached to it.
pub const HOST_VOLUME: &str = "\\Device\\HarddiskVolume1";
/// What `Header.Type` of a process object is.
const PROCESS_OBJECT: u8 = 3;
/// How many host processes are remembered before those that have ended are looked for.
const SWEEP_AT: usize = 128;

/// A process as drivers see it: its address is the `PEPROCESS`.
#[repr(C)]
#[derive(Debug)]
pub struct Process {
    header: DispatcherHeader,
    /// The process id.
    pub id: u32,
    /// The NT path of its image, such as `\Device\HarddiskVolume1\usr\bin\cat`.
    pub image_path: Vec<u16>,
    create_time: u64,
    short_name: [u8; 16],
    ended: AtomicBool,
    references: AtomicUsize,
}

/// A process in the table of objects. It is there for as long as anybody knows the process: the table of processes, a
/// request that is made for it, or a driver that references it.
struct ProcessObject(Weak<Process>);

impl KernelObject for ProcessObject {
    fn kind(&self) -> ObjectKind {
        ObjectKind::Process
    }

    fn reference(&self) {
        if let Some(process) = self.0.upgrade() {
            process.references.fetch_add(1, Ordering::AcqRel);
            // The driver's reference is given back in `dereference`.
            std::mem::forget(process);
        }
    }

    fn dereference(&self) {
        let Some(process) = self.0.upgrade() else { return };
        let taken = process
            .references
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |references| references.checked_sub(1));
        if taken.is_err() {
            super::fault::bug_check(
                0x18,
                [0, process.address(), 0, 0],
                "REFERENCE_BY_POINTER: a process was dereferenced more often than it was referenced".into(),
            );
        }
        // SAFETY: the count says that `reference` forgot one more than was given back so far.
        unsafe { Arc::decrement_strong_count(Arc::as_ptr(&process)) };
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        object::unregister(self.address());
    }
}

impl Process {
    fn new(id: u32, image_path: Vec<u16>) -> Arc<Self> {
        static LAST: AtomicU64 = AtomicU64::new(0);
        // Two processes never have the same time of creation, so that drivers can tell a reused id by it.
        let now = super::time::system_time();
        let create_time = LAST.fetch_max(now, Ordering::AcqRel).max(now);
        LAST.fetch_add(1, Ordering::AcqRel);
        let process = Arc::new(Self {
            header: DispatcherHeader::new(PROCESS_OBJECT),
            id,
            short_name: short_name(&image_path),
            image_path,
            create_time,
            ended: AtomicBool::new(false),
            references: AtomicUsize::new(0),
        });
        object::register(process.address(), Arc::new(ProcessObject(Arc::downgrade(&process))));
        process
    }

    /// The `PEPROCESS`.
    pub fn address(&self) -> usize {
        ptr::from_ref(self) as usize
    }

    /// The process whose `PEPROCESS` is `address`.
    pub fn at(address: usize) -> Option<Arc<Self>> {
        let object = object::find(address)?;
        object.as_any().downcast_ref::<ProcessObject>().and_then(|process| process.0.upgrade())
    }

    /// When it was created, in 100 ns since 1601. No two processes share one.
    pub fn create_time(&self) -> u64 {
        self.create_time
    }

    /// The last part of the image's path, cut off after 14 bytes and terminated, as `PsGetProcessImageFileName` has it.
    pub fn short_name(&self) -> &[u8; 16] {
        &self.short_name
    }

    /// Whether it has ended.
    pub fn has_ended(&self) -> bool {
        self.ended.load(Ordering::Acquire)
    }

    /// Marks the process as ended: whoever waits for it wakes.
    pub fn end(&self) {
        if !self.ended.swap(true, Ordering::AcqRel) {
            self.header.signal();
        }
    }
}

fn short_name(image_path: &[u16]) -> [u8; 16] {
    let last = image_path.rsplit(|&unit| unit == u16::from(b'\\')).next().unwrap_or_default();
    let mut name = [0; 16];
    for (to, &unit) in name[..14].iter_mut().zip(last) {
        *to = u8::try_from(unit).ok().filter(u8::is_ascii).unwrap_or(b'?');
    }
    name
}

/// The system process, id 4, the same in every machine.
pub fn system() -> Arc<Process> {
    static SYSTEM: LazyLock<Arc<Process>> =
        LazyLock::new(|| Process::new(SYSTEM_PROCESS_ID, "System".encode_utf16().collect()));
    Arc::clone(&SYSTEM)
}

/// A thread of the host that has made a request, and the process that it stands for.
#[derive(Debug)]
struct HostThread {
    /// The thread's directory under /proc. It stays that thread's, even if its id is used again.
    directory: std::fs::File,
    image: Vec<u8>,
    process: Arc<Process>,
}

/// The processes of a machine.
#[derive(Debug, Default)]
pub struct ProcessTable {
    named: Mutex<HashMap<u32, Arc<Process>>>,
    host: RwLock<HashMap<u32, HostThread>>,
}

impl ProcessTable {
    /// A table of no processes but the system's.
    pub fn new() -> Self {
        Self::default()
    }

    /// The process of the host to which the process or thread `id` belongs; the system process if there is none.
    ///
    /// A process that executes another image is another process to drivers, because on Windows a process has one image
    /// for life.
    pub fn by_host_pid(&self, id: u32) -> Arc<Process> {
        if id == 0 {
            return system();
        }
        let host = self.host.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = host.get(&id) {
            // Reading through the directory fails once the thread it belongs to has ended.
            if read_image(&known.directory).is_some_and(|image| image == known.image) {
                return Arc::clone(&known.process);
            }
        }
        drop(host);
        let mut host = self.host.write().unwrap_or_else(PoisonError::into_inner);
        let before = host.remove(&id);
        let Some((directory, image)) = open_host_thread(id) else {
            // The thread is gone; its process is only if no other thread of it made a request.
            let ended = before
                .map(|before| before.process)
                .filter(|process| !host.values().any(|thread| Arc::ptr_eq(&thread.process, process)));
            drop(host);
            if let Some(process) = ended {
                process.end();
            }
            return system();
        };
        let process_id = read_process_id(&directory).unwrap_or(id);
        let sibling = host
            .values()
            .find(|other| other.process.id == process_id && other.image == image && is_alive(&other.directory))
            .map(|other| Arc::clone(&other.process));
        let process = sibling.unwrap_or_else(|| Process::new(process_id, host_image_path(&image)));
        host.insert(id, HostThread { directory, image, process: Arc::clone(&process) });
        let mut ended: Vec<Arc<Process>> = before.map(|before| before.process).into_iter().collect();
        if host.len() >= SWEEP_AT {
            host.retain(|_, thread| {
                let alive = is_alive(&thread.directory);
                if !alive {
                    ended.push(Arc::clone(&thread.process));
                }
                alive
            });
        }
        ended.retain(|process| !host.values().any(|thread| Arc::ptr_eq(&thread.process, process)));
        drop(host);
        for process in ended {
            process.end();
        }
        process
    }

    /// A process with this id and the NT path of this image, for tests and for work of fltsim's own. Asking again with
    /// the same id and path gives the same process; with another path, a new one in its place.
    pub fn named(&self, id: u32, image_path: &str) -> Arc<Process> {
        let image_path: Vec<u16> = image_path.encode_utf16().collect();
        let mut named = self.named.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(process) = named.get(&id).filter(|process| process.image_path == image_path) {
            return Arc::clone(process);
        }
        let process = Process::new(id, image_path);
        if let Some(before) = named.insert(id, Arc::clone(&process)) {
            before.end();
        }
        process
    }

    /// The system process.
    pub fn system(&self) -> Arc<Process> {
        system()
    }

    /// The process that has the id, as `PsLookupProcessByProcessId` finds it.
    pub fn find(&self, id: u32) -> Option<Arc<Process>> {
        if id == SYSTEM_PROCESS_ID {
            return Some(system());
        }
        let named = self.named.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(process) = named.get(&id) {
            return Some(Arc::clone(process));
        }
        drop(named);
        let host = self.host.read().unwrap_or_else(PoisonError::into_inner);
        host.values()
            .find(|thread| thread.process.id == id && !thread.process.has_ended() && is_alive(&thread.directory))
            .map(|thread| Arc::clone(&thread.process))
    }
}

impl Drop for ProcessTable {
    fn drop(&mut self) {
        for process in self.named.get_mut().unwrap_or_else(PoisonError::into_inner).values() {
            process.end();
        }
        for thread in self.host.get_mut().unwrap_or_else(PoisonError::into_inner).values() {
            thread.process.end();
        }
    }
}

fn open_host_thread(id: u32) -> Option<(std::fs::File, Vec<u8>)> {
    let directory = std::fs::File::open(format!("/proc/{id}")).ok()?;
    let image = read_image(&directory).unwrap_or_default();
    Some((directory, image))
}

/// The path of the image that the thread executes; empty for kernel threads and where it may not be read.
fn read_image(directory: &std::fs::File) -> Option<Vec<u8>> {
    use std::os::fd::AsRawFd;
    let mut buffer = [0_u8; libc::PATH_MAX as usize];
    // SAFETY: the name is terminated and the buffer as large as it is said to be.
    let length =
        unsafe { libc::readlinkat(directory.as_raw_fd(), c"exe".as_ptr(), buffer.as_mut_ptr().cast(), buffer.len()) };
    match usize::try_from(length) {
        Ok(length) => Some(buffer[..length].to_vec()),
        // A thread that has ended is ESRCH; anything else is a live one that keeps its image to itself.
        Err(_) => (std::io::Error::last_os_error().raw_os_error() != Some(libc::ESRCH)).then(Vec::new),
    }
}

fn is_alive(directory: &std::fs::File) -> bool {
    read_image(directory).is_some()
}

/// The id of the process that the thread belongs to.
fn read_process_id(directory: &std::fs::File) -> Option<u32> {
    use std::os::fd::AsRawFd;
    let status = std::fs::read_to_string(format!("/proc/self/fd/{}/status", directory.as_raw_fd())).ok()?;
    status.lines().find_map(|line| line.strip_prefix("Tgid:")).and_then(|id| id.trim().parse().ok())
}

/// The NT path of an image on the host. Bytes that are no UTF-8 become what they do in names on volumes: U+DC00 + byte.
fn host_image_path(path: &[u8]) -> Vec<u16> {
    let path = path.strip_suffix(b" (deleted)").unwrap_or(path);
    let mut wide: Vec<u16> = HOST_VOLUME.encode_utf16().collect();
    for chunk in OsStr::from_bytes(path).as_bytes().utf8_chunks() {
        wide.extend(
            chunk.valid().encode_utf16().map(|unit| if unit == u16::from(b'/') { u16::from(b'\\') } else { unit }),
        );
        wide.extend(chunk.invalid().iter().map(|&byte| 0xDC00 + u16::from(byte)));
    }
    wide
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_outlives_its_thread_that_ends() {
        // SAFETY: the call touches no memory.
        let thread_id = || unsafe { libc::gettid() }.cast_unsigned();
        let table = ProcessTable::new();
        let mine = table.by_host_pid(thread_id());
        let (sender, ids) = std::sync::mpsc::channel();
        let (go, wait) = std::sync::mpsc::channel::<()>();
        let other = std::thread::spawn(move || {
            sender.send(thread_id()).unwrap();
            wait.recv().unwrap();
        });
        let other_id = ids.recv().unwrap();
        assert!(Arc::ptr_eq(&mine, &table.by_host_pid(other_id)));
        go.send(()).unwrap();
        other.join().unwrap();
        // The kernel may take a moment longer than the join to forget the thread.
        while std::path::Path::new(&format!("/proc/{other_id}")).exists() {
            std::thread::yield_now();
        }
        assert!(Arc::ptr_eq(&system(), &table.by_host_pid(other_id)));
        assert!(!mine.has_ended());
        assert!(Process::at(mine.address()).is_some());
    }

    #[test]
    fn a_process_that_ended_stays_an_object_while_a_request_is_made_for_it() {
        let table = ProcessTable::new();
        let request = table.named(0x0300_0000, r"\Device\HarddiskVolume1\first");
        let address = request.address();
        table.named(0x0300_0000, r"\Device\HarddiskVolume1\second");
        assert!(request.has_ended());
        assert!(Process::at(address).is_some());
        drop(request);
        assert!(Process::at(address).is_none());
    }
}
