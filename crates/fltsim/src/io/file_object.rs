//! File objects, and the streams they are opens of.

use std::cell::UnsafeCell;
use std::collections::HashMap;
use std::ffi::c_void;
use std::ops::Deref;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Once, OnceLock};

use fltmgr_sys as sys;
use fltmgr_sys::{FILE_OBJECT, PFILE_OBJECT, UNICODE_STRING};
use parking_lot::Mutex;

use super::Requestor;
use crate::flt::context::ContextSlots;
use crate::flt::ecp;
use crate::flt::instance::Instance;
use crate::flt::major::size_of_16;
use crate::flt::name::NameCache;
use crate::flt::text;
use crate::flt::transaction::KernelTransaction;
use crate::flt::volume::Volume;
use crate::fs::Open;
use crate::kernel::object::{self, KernelObject, ObjectKind};
use crate::kernel::pool::{self, PoolKind};
use crate::kernel::priority::Hint;
use crate::kernel::{fault, irql};

/// What a file system of Windows keeps as a file control block: what all opens of one stream share. Its address is the
/// `FsContext` of their file objects.
#[repr(C)]
pub(crate) struct Stream {
    /// Room for the `FSRTL_ADVANCED_FCB_HEADER` that the structure begins with on Windows.
    header: [u64; 16],
    id: u64,
    table: Arc<Shards>,
    /// How many opens were not closed yet. It changes under the lock of the table.
    opens: AtomicUsize,
    section_objects: UnsafeCell<sys::SECTION_OBJECT_POINTERS>,
    /// Stream, file and stream handle contexts.
    pub(crate) contexts: ContextSlots,
}

// SAFETY: the section object pointers are only handed to drivers, which find them empty.
unsafe impl Send for Stream {}
// SAFETY: as above.
unsafe impl Sync for Stream {}

const SHARDS: usize = 16;

#[derive(Default)]
struct Shards([Mutex<HashMap<u64, Arc<Stream>>>; SHARDS]);

fn shard_of(id: u64) -> usize {
    usize::try_from(id % SHARDS as u64).unwrap_or_default()
}

/// The streams of a volume that are open.
#[derive(Default)]
pub(crate) struct StreamTable(Arc<Shards>);

impl StreamTable {
    /// The stream with this id, counting one open.
    fn open(&self, id: u64) -> Arc<Stream> {
        let mut streams = self.0.0[shard_of(id)].lock();
        let stream = streams.entry(id).or_insert_with(|| {
            Arc::new(Stream {
                header: [0; 16],
                id,
                table: Arc::clone(&self.0),
                opens: AtomicUsize::new(0),
                // SAFETY: the structure is three pointers.
                section_objects: UnsafeCell::new(unsafe { std::mem::zeroed() }),
                contexts: ContextSlots::default(),
            })
        });
        stream.opens.fetch_add(1, Ordering::AcqRel);
        Arc::clone(stream)
    }

    /// The stream with this id, if it is open.
    fn find(&self, id: u64) -> Option<Arc<Stream>> {
        self.0.0[shard_of(id)].lock().get(&id).cloned()
    }

    /// Deletes every context an instance has on a stream, file or stream handle.
    pub(crate) fn delete_contexts_of(&self, instance: &Instance) {
        for shard in &self.0.0 {
            let streams: Vec<_> = shard.lock().values().cloned().collect();
            for stream in streams {
                stream.contexts.delete_of(crate::flt::filter::identity(instance));
            }
        }
    }
}

impl Stream {
    /// Counts one open less; the last one takes the contexts along (rule J-31).
    fn close(&self) {
        let mut streams = self.table.0[shard_of(self.id)].lock();
        let last = self.opens.fetch_sub(1, Ordering::AcqRel) == 1;
        let removed = if last { streams.remove(&self.id) } else { None };
        drop(streams);
        if removed.is_some() {
            self.contexts.delete_all();
        }
    }
}

/// What has happened to a file object.
mod state {
    /// The file system has opened it.
    pub const OPENED: u32 = 1;
    /// `IRP_MJ_CLEANUP` has been sent.
    pub const CLEANED_UP: u32 = 2;
    /// `IRP_MJ_CLOSE` has reached the file system, or never will.
    pub const CLOSED: u32 = 4;
    /// Caching was set up: reads and writes are tried as fast I/O first.
    pub const CACHED: u32 = 16;
    /// It was opened with an empty name: the volume itself.
    pub const VOLUME: u32 = 32;
}

/// A file object. Drivers get the address of the `FILE_OBJECT`, which is its first field.
#[repr(C)]
pub struct FileObject {
    object: UnsafeCell<FILE_OBJECT>,
    references: AtomicUsize,
    state: AtomicU32,
    /// Done when it is in the table of objects, with all that a filter expects.
    known: Once,
    volume: Arc<Volume>,
    opener: Requestor,
    /// The instance that opened the file: only those below it see what is done with it (rule N-01).
    floor: Option<Arc<Instance>>,
    case_sensitive: bool,
    /// What tells the opens of one program from those of others, for oplocks.
    oplock_key: Option<[u8; 16]>,
    /// The extra create parameters that go with the create, while that is under way.
    ecp_list: AtomicUsize,
    /// Whether a filter has put them there, and the create frees them.
    owns_ecp_list: AtomicBool,
    open: OnceLock<Arc<Open>>,
    stream: OnceLock<Arc<Stream>>,
    /// The name, which `FileName` points to until a filter sees the file object.
    name: Box<[u16]>,
    pub(crate) names: NameCache,
    /// The priority of what is done with it.
    pub(crate) priority: Hint,
    /// The transaction within which it was opened.
    transaction: Option<Arc<KernelTransaction>>,
}

// SAFETY: the C structure is written while the file is being opened, by the thread that opens it, and its flags and
// position by whoever uses the handle, as on Windows.
unsafe impl Send for FileObject {}
// SAFETY: as above; all else is atomic or behind a lock.
unsafe impl Sync for FileObject {}

/// The tag of names in pool.
const NAME_TAG: u32 = u32::from_le_bytes(*b"IoNm");

/// Added to the count while a file object is being closed, so that a balanced reference taken then ends nothing.
const CLOSING: usize = 1 << 32;

impl FileObject {
    /// The file object that a pointer is to.
    ///
    /// # Safety
    ///
    /// The pointer must be to a file object of the simulated I/O manager that lives as long as the reference is used.
    pub(crate) unsafe fn at<'a>(object: PFILE_OBJECT) -> &'a Self {
        // SAFETY: the caller vouches for it; the structure is the first field of its file object.
        unsafe { &*object.cast() }
    }

    /// The pointer drivers get.
    pub fn as_ptr(&self) -> PFILE_OBJECT {
        self.object.get()
    }

    /// The volume.
    pub fn volume(&self) -> &Arc<Volume> {
        &self.volume
    }

    pub(crate) fn opener(&self) -> &Requestor {
        &self.opener
    }

    pub(crate) fn floor(&self) -> Option<&Instance> {
        self.floor.as_deref()
    }

    /// The transaction within which it was opened, or is to be.
    pub(crate) fn transaction(&self) -> Option<&Arc<KernelTransaction>> {
        self.transaction.as_ref()
    }

    pub(crate) fn is_case_sensitive(&self) -> bool {
        self.case_sensitive
    }

    /// The extra create parameters of the create that is under way, or 0.
    pub(crate) fn ecp_list(&self) -> usize {
        self.ecp_list.load(Ordering::Acquire)
    }

    /// Has extra create parameters go with the create; false if it has some.
    pub(crate) fn attach_ecp_list(&self, list: usize) -> bool {
        let attached = self.ecp_list.compare_exchange(0, list, Ordering::AcqRel, Ordering::Acquire).is_ok();
        if attached {
            self.owns_ecp_list.store(true, Ordering::Release);
        }
        attached
    }

    /// Ends the part of extra create parameters in the create. They stay the caller's if they came from there (rule
    /// N-08).
    pub(crate) fn detach_ecp_list(&self) {
        let list = self.ecp_list.swap(0, Ordering::AcqRel);
        if self.owns_ecp_list.swap(false, Ordering::AcqRel) {
            ecp::free_list(list);
        }
    }

    pub(crate) fn oplock_key(&self) -> Option<[u8; 16]> {
        self.oplock_key
    }

    /// What the file system has opened, once it has.
    pub(crate) fn open(&self) -> Option<&Arc<Open>> {
        self.open.get()
    }

    /// What the file system has opened, unless it was closed again.
    pub(crate) fn live_open(&self) -> Option<&Arc<Open>> {
        if self.has(state::CLOSED) { None } else { self.open.get() }
    }

    /// The stream, while its contexts can be used.
    pub(crate) fn live_stream(&self) -> Option<&Arc<Stream>> {
        if self.has(state::CLOSED) { None } else { self.stream.get() }
    }

    /// The stream, if any filter knows one of its opens, even if none knows this one.
    pub(crate) fn shared_stream(&self) -> Option<Arc<Stream>> {
        match self.live_stream() {
            Some(stream) => Some(Arc::clone(stream)),
            None => self.volume.streams.find(self.live_open()?.file_id()),
        }
    }

    fn has(&self, flag: u32) -> bool {
        self.state.load(Ordering::Acquire) & flag != 0
    }

    /// Sets a flag; answers whether it was clear.
    fn mark(&self, flag: u32) -> bool {
        self.state.fetch_or(flag, Ordering::AcqRel) & flag == 0
    }

    pub(crate) fn is_volume_open(&self) -> bool {
        self.has(state::VOLUME)
    }

    pub(crate) fn is_cached(&self) -> bool {
        self.has(state::CACHED)
    }

    pub(crate) fn is_cleaned_up(&self) -> bool {
        self.has(state::CLEANED_UP)
    }

    pub(crate) fn is_opened(&self) -> bool {
        self.has(state::OPENED) && !self.has(state::CLOSED)
    }

    /// Notes that caching was set up by a first cached read or write.
    pub(crate) fn set_cached(&self) {
        if !self.has(state::CACHED) && self.mark(state::CACHED) {
            // SAFETY: drivers only look whether the pointer is NULL.
            unsafe { (*self.object.get()).PrivateCacheMap = self.object.get().cast() };
        }
    }

    /// The flags of the C structure.
    pub(crate) fn flags(&self) -> u32 {
        // SAFETY: an aligned word that is read and written as a whole.
        unsafe { (*self.object.get()).Flags }
    }

    pub(crate) fn add_flags(&self, flags: u32) {
        // SAFETY: as above.
        unsafe { (*self.object.get()).Flags |= flags };
    }

    /// The name, relative to the volume, as the create was or will be asked for.
    pub(crate) fn name(&self) -> Vec<u16> {
        // SAFETY: the name is valid as long as the file object, or until a driver replaces it, which it may only do in
        // the thread that opens the file.
        unsafe { units((*self.object.get()).FileName).to_vec() }
    }

    /// Moves the name into pool, where a filter may free it and put another there (for `STATUS_REPARSE`).
    fn move_name_to_pool(&self) {
        let memory = name_in_pool(&self.name);
        if !memory.is_null() {
            // SAFETY: no driver has seen the file object yet.
            unsafe { (*self.object.get()).FileName.Buffer = memory };
        }
    }

    /// Puts another name in the place of the present one: the body of `IoReplaceFileObjectName`.
    pub(crate) fn replace_name(&self, name: &[u16]) {
        self.free_name();
        let mut string = text::string_of(name);
        string.Buffer = name_in_pool(name);
        // SAFETY: the filter has the file object, which is not open yet.
        unsafe { (*self.object.get()).FileName = string };
    }

    /// Frees the name if it lies in pool, whoever put it there.
    fn free_name(&self) {
        // SAFETY: nobody uses the name any more.
        let buffer = unsafe { (*self.object.get()).FileName.Buffer };
        if !buffer.is_null() && !std::ptr::eq(buffer, self.name.as_ptr()) {
            // SAFETY: as above.
            unsafe { pool::free(buffer.cast(), 0) };
        }
    }

    /// The name the file was opened by, whatever a filter has put in its place.
    pub(crate) fn first_name(&self) -> &[u16] {
        &self.name
    }

    /// The position of a file that was opened for synchronous I/O.
    pub(crate) fn position(&self) -> u64 {
        // SAFETY: an aligned word that is read and written as a whole.
        unsafe { (*self.object.get()).CurrentByteOffset.QuadPart.cast_unsigned() }
    }

    pub(crate) fn set_position(&self, position: u64) {
        // SAFETY: as above.
        unsafe { (*self.object.get()).CurrentByteOffset.QuadPart = position.cast_signed() };
    }

    /// Notes what the file system has opened.
    pub(crate) fn opened(&self, open: Arc<Open>) {
        let access = open.granted_access();
        let share = open.share_access();
        let reads = access & (sys::FILE_READ_DATA | sys::FILE_EXECUTE) != 0;
        let writes = access & (sys::FILE_WRITE_DATA | sys::FILE_APPEND_DATA) != 0;
        let _ = self.open.set(open);
        let object = self.object.get();
        // SAFETY: the thread that opens the file has the structure.
        unsafe {
            (*object).ReadAccess = reads.into();
            (*object).WriteAccess = writes.into();
            (*object).DeleteAccess = (access & sys::DELETE != 0).into();
            (*object).SharedRead = (share & sys::FILE_SHARE_READ != 0).into();
            (*object).SharedWrite = (share & sys::FILE_SHARE_WRITE != 0).into();
            (*object).SharedDelete = (share & sys::FILE_SHARE_DELETE != 0).into();
            (*object).FsContext2 = object.cast();
        }
        self.mark(state::OPENED);
        if self.known.is_completed() {
            self.attach_stream();
        }
    }

    /// Gives the file object its stream, which only filters need.
    fn attach_stream(&self) {
        let Some(open) = self.open.get().filter(|_| !self.has(state::CLOSED)) else { return };
        let stream = self.stream.get_or_init(|| self.volume.streams.open(open.file_id()));
        let object = self.object.get();
        // SAFETY: aligned pointers, written as a whole, and always with the same values.
        unsafe {
            (*object).FsContext = Arc::as_ptr(stream).cast_mut().cast();
            (*object).SectionObjectPointer = stream.section_objects.get();
        }
    }

    /// Makes the file object what a filter expects: a known object, with a stream if it is open.
    pub(crate) fn make_known(&self) {
        self.known.call_once(|| {
            self.move_name_to_pool();
            object::register(self.as_ptr() as usize, Arc::new(FileEntry(NonNull::from(self))));
            self.attach_stream();
        });
    }

    /// Notes that the file system has cleaned up.
    pub(crate) fn cleaned_up(&self) -> bool {
        self.add_flags(sys::FO_CLEANUP_COMPLETE);
        self.mark(state::CLEANED_UP)
    }

    /// Notes that the file system has closed; the contexts of the handle end, and with the last open the stream's.
    pub(crate) fn closed(&self) {
        if self.mark(state::CLOSED)
            && let Some(stream) = self.stream.get()
        {
            stream.contexts.delete_of_handle(self.as_ptr().cast());
            stream.close();
        }
    }
}

/// A copy of a name in pool; NULL for an empty one.
fn name_in_pool(name: &[u16]) -> *mut u16 {
    if name.is_empty() {
        return std::ptr::null_mut();
    }
    let memory: *mut c_void = pool::allocate_for_system(PoolKind::Paged, name.len() * 2, NAME_TAG, false).cast();
    // Every block of pool is aligned to 16 bytes.
    let memory: *mut u16 = memory.cast();
    if !memory.is_null() {
        // SAFETY: the block is as long as the name.
        unsafe { std::ptr::copy_nonoverlapping(name.as_ptr(), memory, name.len()) };
    }
    memory
}

/// The text of a `UNICODE_STRING`.
///
/// # Safety
///
/// The string must be valid for as long as the slice is used.
pub(crate) unsafe fn units<'a>(string: UNICODE_STRING) -> &'a [u16] {
    if string.Buffer.is_null() || string.Length == 0 {
        return &[];
    }
    // SAFETY: the caller vouches for the string.
    unsafe { std::slice::from_raw_parts(string.Buffer, usize::from(string.Length) / 2) }
}

/// A counted reference to a file object. The last one closes the file.
pub(crate) struct FileRef(NonNull<FileObject>);

// SAFETY: a file object may be used and released in any thread.
unsafe impl Send for FileRef {}
// SAFETY: as above.
unsafe impl Sync for FileRef {}

/// What a file object is made from.
pub(crate) struct NewFile<'a> {
    pub volume: &'a Arc<Volume>,
    pub opener: Requestor,
    pub floor: Option<Arc<Instance>>,
    pub name: &'a [u16],
    pub flags: u32,
    pub case_sensitive: bool,
    pub oplock_key: Option<[u8; 16]>,
    /// The list of extra create parameters that the create comes with, or 0.
    pub ecp_list: usize,
    pub transaction: Option<Arc<KernelTransaction>>,
}

impl FileRef {
    /// A file object that is not open yet.
    pub(crate) fn new(new: NewFile<'_>) -> Self {
        // SAFETY: the structure is plain data, for which zeros are valid.
        let mut object: FILE_OBJECT = unsafe { std::mem::zeroed() };
        object.Type = 5; // IO_TYPE_FILE
        object.Size = size_of_16::<FILE_OBJECT>().cast_signed();
        object.DeviceObject = new.volume.device();
        object.Flags = new.flags;
        let name: Box<[u16]> = new.name.into();
        object.FileName = text::string_of(&name);
        let file = Box::new(FileObject {
            object: UnsafeCell::new(object),
            references: AtomicUsize::new(1),
            state: AtomicU32::new(if new.name.is_empty() { state::VOLUME } else { 0 }),
            known: Once::new(),
            volume: Arc::clone(new.volume),
            opener: new.opener,
            floor: new.floor,
            case_sensitive: new.case_sensitive,
            oplock_key: new.oplock_key,
            ecp_list: AtomicUsize::new(new.ecp_list),
            owns_ecp_list: AtomicBool::new(false),
            open: OnceLock::new(),
            stream: OnceLock::new(),
            name,
            names: NameCache::default(),
            priority: Hint::none(),
            transaction: new.transaction,
        });
        Self(NonNull::from(Box::leak(file)))
    }

    /// A reference to the file object a driver's pointer means.
    ///
    /// # Safety
    ///
    /// `object` must point to a file object of the simulated I/O manager that is alive.
    ///
    /// # Panics
    ///
    /// If it is no file object.
    pub(crate) unsafe fn of(object: PFILE_OBJECT) -> Self {
        assert!(!object.is_null(), "a driver passed NULL where a file object is required");
        // SAFETY: the caller vouches for the pointer; the type is its first member.
        assert!(unsafe { (*object).Type } == 5, "a driver passed a pointer that is no file object");
        let file = NonNull::new(object.cast::<FileObject>()).unwrap_or(NonNull::dangling());
        // SAFETY: as above; the structure is the first field of its file object.
        unsafe { file.as_ref() }.references.fetch_add(1, Ordering::AcqRel);
        Self(file)
    }
}

impl Deref for FileRef {
    type Target = FileObject;

    fn deref(&self) -> &FileObject {
        // SAFETY: the counted reference keeps it alive.
        unsafe { self.0.as_ref() }
    }
}

impl Clone for FileRef {
    fn clone(&self) -> Self {
        self.references.fetch_add(1, Ordering::AcqRel);
        Self(self.0)
    }
}

impl Drop for FileRef {
    fn drop(&mut self) {
        if self.references.fetch_sub(1, Ordering::AcqRel) == 1 {
            finish(self.0);
        }
    }
}

/// Closes and frees a file object whose last reference is gone.
fn finish(file: NonNull<FileObject>) {
    struct Address(NonNull<FileObject>);
    // SAFETY: nobody else has the file object any more.
    unsafe impl Send for Address {}

    // SAFETY: it is freed only below.
    let object = unsafe { file.as_ref() };
    if object.is_opened() && irql::current() > irql::PASSIVE_LEVEL {
        // The last dereference may be made at a higher level; the close is not (rule C-22: arbitrary thread).
        let machine = Arc::clone(object.volume.machine());
        let address = Address(file);
        machine.workers().queue(&machine, move || {
            let address = address;
            finish(address.0);
        });
        return;
    }
    object.references.store(CLOSING, Ordering::Release);
    if object.is_opened() {
        let reference = std::mem::ManuallyDrop::new(FileRef(file));
        super::open::send_close(&reference, object.floor());
    }
    object.closed();
    let left = object.references.load(Ordering::Acquire);
    if object.known.is_completed() {
        object::unregister(object.as_ptr() as usize);
    }
    if left != CLOSING {
        tracing::warn!("a driver kept a reference to a file object that it took while the file was being closed");
        return;
    }
    object.free_name();
    // SAFETY: the box was leaked when the file object was made, and nobody has it any more.
    drop(unsafe { Box::from_raw(file.as_ptr()) });
}

/// A file object in the table of objects, for the object manager's routines.
struct FileEntry(NonNull<FileObject>);

// SAFETY: the entry is taken out of the table before the file object is freed.
unsafe impl Send for FileEntry {}
// SAFETY: as above.
unsafe impl Sync for FileEntry {}

impl KernelObject for FileEntry {
    fn kind(&self) -> ObjectKind {
        ObjectKind::File
    }

    fn reference(&self) {
        // SAFETY: whoever references a file object says that it is alive.
        unsafe { self.0.as_ref() }.references.fetch_add(1, Ordering::AcqRel);
    }

    fn dereference(&self) {
        // SAFETY: as above.
        let references = &unsafe { self.0.as_ref() }.references;
        let before = references.load(Ordering::Acquire);
        if before == 0 || before == CLOSING {
            fault::bug_check(
                0x18,
                [0, self.0.as_ptr() as usize, 0, 0],
                "REFERENCE_BY_POINTER: a file object was dereferenced more often than it was referenced".to_owned(),
            );
        }
        drop(FileRef(self.0));
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }
}
