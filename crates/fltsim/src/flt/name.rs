//! File name information (rules K).

use std::sync::Arc;
use std::sync::atomic::{AtomicIsize, AtomicU64, Ordering};

use fltmgr_sys as sys;
use fltmgr_sys::{FLT_FILE_NAME_INFORMATION, NTSTATUS, PFLT_FILE_NAME_INFORMATION, UNICODE_STRING};
use parking_lot::Mutex;

use super::filter::Filter;
use super::instance::Instance;
use super::major::{self, byte, half, size_of_16};
use super::name_provider::{self, Question};
use super::name_text;
use super::operation::Operation;
use super::volume::Volume;
use crate::io::{FileObject, FileRef};
use crate::kernel::pool::{self, PoolKind};
use crate::kernel::{fault, thread};

/// What a driver's `PFLT_FILE_NAME_INFORMATION` points to, and what stands behind it. It is shared through the cache,
/// so only parsing changes it.
#[repr(C)]
pub(crate) struct NameInformation {
    information: std::cell::UnsafeCell<FLT_FILE_NAME_INFORMATION>,
    magic: AtomicU64,
    /// References that drivers hold; each is one of the `Arc` as well.
    references: AtomicIsize,
    text: Box<[u16]>,
    volume_length: usize,
    parsing: Mutex<()>,
}

// SAFETY: the structure is written once when it is made, and by parsing, under a lock and always with the same values.
unsafe impl Send for NameInformation {}
// SAFETY: as above.
unsafe impl Sync for NameInformation {}

/// [`NameInformation::magic`] while it is alive.
const MAGIC: u64 = u64::from_le_bytes(*b"FltNamIn");

/// All parts that parsing finds (rule K-16: also those that are empty).
const ALL_PARSED: u16 = half(
    sys::FLTFL_FILE_NAME_PARSED_FINAL_COMPONENT
        | sys::FLTFL_FILE_NAME_PARSED_EXTENSION
        | sys::FLTFL_FILE_NAME_PARSED_STREAM
        | sys::FLTFL_FILE_NAME_PARSED_PARENT_DIR,
);

impl NameInformation {
    fn new(volume: &[u16], path: &[u16], format: u32) -> Arc<Self> {
        let text: Box<[u16]> = [volume, path].concat().into();
        // SAFETY: the structure is plain data, for which zeros are valid.
        let mut information: FLT_FILE_NAME_INFORMATION = unsafe { std::mem::zeroed() };
        information.Size = size_of_16::<FLT_FILE_NAME_INFORMATION>();
        information.Format = format;
        information.Name = part(&text, 0..text.len());
        information.Volume = part(&text, 0..volume.len());
        Arc::new(Self {
            information: std::cell::UnsafeCell::new(information),
            magic: AtomicU64::new(MAGIC),
            references: AtomicIsize::new(0),
            text,
            volume_length: volume.len(),
            parsing: Mutex::new(()),
        })
    }

    /// Gives a driver a reference.
    fn hand_out(self: Arc<Self>, filter: Option<&Filter>) -> PFLT_FILE_NAME_INFORMATION {
        self.references.fetch_add(1, Ordering::AcqRel);
        if let Some(filter) = filter {
            filter.ledger.names.fetch_add(1, Ordering::AcqRel);
        }
        Arc::into_raw(self).cast_mut().cast()
    }

    /// What is behind a driver's pointer.
    ///
    /// # Safety
    ///
    /// `pointer` must have come from [`NameInformation::hand_out`].
    unsafe fn of<'a>(pointer: PFLT_FILE_NAME_INFORMATION) -> &'a Self {
        // SAFETY: the caller vouches for the pointer.
        let name = unsafe { &*pointer.cast::<Self>() };
        if name.magic.load(Ordering::Acquire) != MAGIC {
            over_released(pointer);
        }
        name
    }
}

impl Drop for NameInformation {
    fn drop(&mut self) {
        self.magic.store(0, Ordering::Release);
    }
}

/// Rule K-14.
fn over_released(pointer: PFLT_FILE_NAME_INFORMATION) -> ! {
    fault::bug_check(
        0xF5,
        [0x68, 0, pointer as usize, 0],
        "file name information was released more often than it was referenced".to_owned(),
    )
}

/// A part of a name as a string.
fn part(text: &[u16], range: std::ops::Range<usize>) -> UNICODE_STRING {
    super::text::string_of(&text[range])
}

/// A name that was looked up before, and the volume's name generation then.
struct Cached {
    generation: u64,
    /// The name provider that has made it, 0 for the file system.
    provider: usize,
    name: Arc<NameInformation>,
}

/// The names that were looked up for one file object: opened and normalized.
#[derive(Default)]
pub(crate) struct NameCache([Mutex<Option<Cached>>; 2]);

impl NameCache {
    fn get(&self, format: u32, generation: u64, provider: usize) -> Option<Arc<NameInformation>> {
        let slot = self.0[index(format)].lock();
        let cached = slot.as_ref().filter(|cached| cached.generation == generation && cached.provider == provider)?;
        Some(Arc::clone(&cached.name))
    }

    /// Forgets the names. Who has one keeps it.
    pub(crate) fn purge(&self) {
        for slot in &self.0 {
            *slot.lock() = None;
        }
    }

    fn put(&self, format: u32, generation: u64, provider: usize, name: &Arc<NameInformation>) {
        *self.0[index(format)].lock() = Some(Cached { generation, provider, name: Arc::clone(name) });
    }
}

fn index(format: u32) -> usize {
    usize::from(format == sys::FLT_FILE_NAME_NORMALIZED)
}

/// The tag of the buffers of names that providers build.
const CONTROL_TAG: u32 = u32::from_le_bytes(*b"FMnc");

/// Gives a string a buffer of at least `size` bytes, with the text it has.
///
/// # Safety
///
/// The string's buffer must be NULL or come from this function.
pub(crate) unsafe fn grow(string: &mut UNICODE_STRING, size: u16) -> NTSTATUS {
    if size <= string.MaximumLength {
        return sys::STATUS_SUCCESS;
    }
    let memory: *mut std::ffi::c_void =
        pool::allocate_for_system(PoolKind::Paged, usize::from(size), CONTROL_TAG, true).cast();
    // Every block of pool is aligned to 16 bytes.
    let buffer: *mut u16 = memory.cast();
    if buffer.is_null() {
        return sys::STATUS_INSUFFICIENT_RESOURCES;
    }
    // SAFETY: the caller vouches for the old buffer, which is shorter than the new one.
    unsafe {
        if !string.Buffer.is_null() {
            std::ptr::copy_nonoverlapping(string.Buffer, buffer, usize::from(string.Length) / 2);
            pool::free(string.Buffer.cast(), CONTROL_TAG);
        }
    }
    string.Buffer = buffer;
    string.MaximumLength = size;
    sys::STATUS_SUCCESS
}

/// Name options taken apart (rule K-01).
#[derive(Clone, Copy)]
struct Options {
    format: u32,
    method: u32,
    cache: bool,
    /// All of them but the format.
    others: u32,
}

impl Options {
    fn parse(options: u32) -> Result<Self, NTSTATUS> {
        let format = options & sys::FLT_VALID_FILE_NAME_FORMATS;
        let method = options & sys::FLT_VALID_FILE_NAME_QUERY_METHODS;
        let methods = sys::FLT_FILE_NAME_QUERY_DEFAULT..=sys::FLT_FILE_NAME_QUERY_ALWAYS_ALLOW_CACHE_LOOKUP;
        if !(sys::FLT_FILE_NAME_NORMALIZED..=sys::FLT_FILE_NAME_SHORT).contains(&format) || !methods.contains(&method) {
            return Err(sys::STATUS_INVALID_PARAMETER);
        }
        let cache =
            method != sys::FLT_FILE_NAME_QUERY_FILESYSTEM_ONLY && options & sys::FLT_FILE_NAME_DO_NOT_CACHE == 0;
        Ok(Self { format, method, cache, others: options & !sys::FLT_VALID_FILE_NAME_FORMATS })
    }
}

impl Options {
    /// Whether the provider that asks is to be asked as well.
    fn asks_itself(self) -> bool {
        self.others & sys::FLT_FILE_NAME_REQUEST_FROM_CURRENT_PROVIDER != 0
    }
}

/// Where a file object's name comes from.
enum Source<'a> {
    /// It is not open yet: its name is what the create asks for (rules K-10, K-11).
    Asked { target_directory: bool },
    /// The file system knows it.
    Open(&'a crate::fs::Open),
}

/// The body of `FltGetFileNameInformation`.
pub(crate) fn get(operation: &Operation, options: u32) -> Result<PFLT_FILE_NAME_INFORMATION, NTSTATUS> {
    let options = Options::parse(options)?;
    let file = operation.target_file();
    let before_open = match operation.major {
        major::CREATE => !operation.is_post(),
        major::NETWORK_QUERY_OPEN | major::QUERY_OPEN => true,
        _ => false,
    };
    if options.format == sys::FLT_FILE_NAME_SHORT {
        let open = if before_open { None } else { file.live_open() };
        return short_name(&file, open).map(|name| name.hand_out(current_filter().as_deref()));
    }
    let reparsed = options.others & sys::FLT_FILE_NAME_ALLOW_QUERY_ON_REPARSE != 0 && is_reparse(operation);
    let source = if before_open || reparsed {
        let target_directory = operation.operation_flags() & byte(sys::SL_OPEN_TARGET_DIRECTORY) != 0;
        Some(Source::Asked { target_directory })
    } else {
        file.live_open().map(|open| Source::Open(open))
    };
    let unsafe_now = is_unsafe(operation, &file);
    // A provider asks in the operation of another filter.
    let filter = current_filter();
    let asker = Asker { instance: operation.instance().map(|instance| &**instance), data: operation.callback_data() };
    look_up(&file, source, options, unsafe_now, &asker).map(|name| name.hand_out(filter.as_deref()))
}

/// The body of `FltGetFileNameInformationUnsafe` (rule K-20).
pub(crate) fn get_unsafe(
    file: &FileRef,
    instance: Option<&Instance>,
    options: u32,
) -> Result<PFLT_FILE_NAME_INFORMATION, NTSTATUS> {
    let options = Options::parse(options)?;
    let open = file.live_open().ok_or(sys::STATUS_FLT_INVALID_NAME_REQUEST)?;
    let filter = current_filter();
    if options.format == sys::FLT_FILE_NAME_SHORT {
        return short_name(file, Some(open)).map(|name| name.hand_out(filter.as_deref()));
    }
    let asker = Asker { instance, data: std::ptr::null_mut() };
    look_up(file, Some(Source::Open(open)), options, false, &asker).map(|name| name.hand_out(filter.as_deref()))
}

/// The short name of an open file, on a volume that keeps them (rule K-09).
fn short_name(file: &FileRef, open: Option<&Arc<crate::fs::Open>>) -> Result<Arc<NameInformation>, NTSTATUS> {
    let name = open.and_then(|open| {
        let file_system = file.volume().file_system();
        let path = file_system.name_of(open);
        file_system.short_name(&path[name_text::parse(&path, 0).last])
    });
    let name = name.ok_or(sys::STATUS_FLT_INVALID_NAME_REQUEST)?;
    Ok(NameInformation::new(&[], &name, sys::FLT_FILE_NAME_SHORT))
}

/// Whether this is the post-operation of a create that goes on under another name (rule K-33).
fn is_reparse(operation: &Operation) -> bool {
    let links = [sys::IO_REPARSE_TAG_MOUNT_POINT, sys::IO_REPARSE_TAG_SYMLINK];
    let status = operation.status();
    let reparse = operation.major == major::CREATE && operation.is_post() && status.status == sys::STATUS_REPARSE;
    let link = reparse && links.iter().any(|tag| status.information == *tag as usize);
    if !reparse || link {
        operation.complain(
            "K-33",
            "a name was asked for with FLT_FILE_NAME_ALLOW_QUERY_ON_REPARSE, and not after a create that ended with \
             STATUS_REPARSE for something else than a mount point or a symbolic link",
        );
    }
    reparse
}

/// Whether the file system may not be asked now (rules K-04 to K-08).
fn is_unsafe(operation: &Operation, file: &FileObject) -> bool {
    let thread = thread::current();
    let post = operation.is_post();
    let by_major = match operation.major {
        major::ACQUIRE_FOR_CC_FLUSH
        | major::RELEASE_FOR_CC_FLUSH
        | major::ACQUIRE_FOR_MOD_WRITE
        | major::RELEASE_FOR_MOD_WRITE
        | major::RELEASE_FOR_SECTION_SYNCHRONIZATION
        | major::CLOSE => true,
        major::ACQUIRE_FOR_SECTION_SYNCHRONIZATION | major::CLEANUP => post,
        _ => false,
    };
    by_major
        || operation.is_paging()
        || thread.top_level_irp() != 0
        || thread.special_apc_disable_count() != 0
        || file.is_cleaned_up()
}

/// Who asks for a name.
struct Asker<'a> {
    instance: Option<&'a Instance>,
    /// The operation it is asked in, or NULL.
    data: *mut sys::FLT_CALLBACK_DATA,
}

fn look_up(
    file: &FileRef,
    source: Option<Source<'_>>,
    options: Options,
    unsafe_now: bool,
    asker: &Asker<'_>,
) -> Result<Arc<NameInformation>, NTSTATUS> {
    let generation = file.volume().name_generation();
    let provider = asker.instance.and_then(|instance| name_provider::nearest(instance, options.asks_itself()));
    let provider_address = provider.as_ref().map_or(0, |provider| Arc::as_ptr(provider) as usize);
    let cached = || file.names.get(options.format, generation, provider_address);
    match options.method {
        // Rule K-02.
        sys::FLT_FILE_NAME_QUERY_DEFAULT | sys::FLT_FILE_NAME_QUERY_FILESYSTEM_ONLY if unsafe_now => {
            return Err(sys::STATUS_FLT_INVALID_NAME_REQUEST);
        }
        sys::FLT_FILE_NAME_QUERY_FILESYSTEM_ONLY => (),
        // Rule K-03.
        sys::FLT_FILE_NAME_QUERY_CACHE_ONLY => return cached().ok_or(sys::STATUS_FLT_NAME_CACHE_MISS),
        _ => {
            if let Some(name) = cached() {
                return Ok(name);
            }
            if unsafe_now {
                return Err(sys::STATUS_FLT_NAME_CACHE_MISS);
            }
        }
    }
    let source = source.ok_or(sys::STATUS_FLT_INVALID_NAME_REQUEST)?;
    let device = file.volume().device_name_units();
    if let Some(provider) = &provider {
        let question = Question { file, data: asker.data, format: options.format, options: options.others };
        let answer = name_provider::ask(provider, &question)?;
        let (volume, path) = match answer.text.strip_prefix(device) {
            Some(path) => (device, path),
            None => (&[][..], &*answer.text),
        };
        let name = NameInformation::new(volume, path, options.format);
        if options.cache && answer.cacheable {
            file.names.put(options.format, generation, provider_address, &name);
        }
        return Ok(name);
    }
    let path = match source {
        Source::Open(open) => file.volume().file_system().name_of(open),
        Source::Asked { target_directory } => asked_name(file, options.format, target_directory)?,
    };
    let name = NameInformation::new(device, &path, options.format);
    if options.cache {
        file.names.put(options.format, generation, 0, &name);
    }
    Ok(name)
}

/// The name of a file that is not open yet.
fn asked_name(file: &FileObject, format: u32, target_directory: bool) -> Result<Vec<u16>, NTSTATUS> {
    let name = file.name();
    let name = if target_directory { name_text::parent_of(&name) } else { &name };
    if format != sys::FLT_FILE_NAME_NORMALIZED || name.is_empty() {
        return Ok(name.to_vec());
    }
    normalize(file.volume(), name, file.is_case_sensitive())
}

fn normalize(volume: &Volume, name: &[u16], case_sensitive: bool) -> Result<Vec<u16>, NTSTATUS> {
    let name = name_text::without_default_stream(name_text::trim_end(name));
    volume.file_system().normalize(name, case_sensitive).map_err(|status| status.0)
}

/// The body of `FltGetDestinationFileNameInformation`.
pub(crate) fn get_destination(
    instance: &Instance,
    file: &FileRef,
    root_directory: u64,
    target: &[u16],
    options: u32,
) -> Result<PFLT_FILE_NAME_INFORMATION, NTSTATUS> {
    let options = Options::parse(options)?;
    // Rules K-21, K-22.
    if options.format == sys::FLT_FILE_NAME_SHORT || thread::current().top_level_irp() != 0 {
        return Err(sys::STATUS_FLT_INVALID_NAME_REQUEST);
    }
    let volume = file.volume();
    let device = volume.device_name_units();
    if let Some(provider) = name_provider::nearest(instance, options.asks_itself()) {
        let mut text = provided_destination(&provider, file, root_directory, target)?;
        if options.format == sys::FLT_FILE_NAME_NORMALIZED {
            text = name_provider::normalize_destination(&provider, file, &text)?;
        }
        let path = text.strip_prefix(device).ok_or(sys::STATUS_FLT_INVALID_NAME_REQUEST)?;
        return Ok(NameInformation::new(device, path, options.format).hand_out(current_filter().as_deref()));
    }
    let open = file.live_open().ok_or(sys::STATUS_FLT_INVALID_NAME_REQUEST)?;
    let present = volume.file_system().name_of(open);
    let target = crate::io::resolve(volume, &present, root_directory, target).map_err(of_mount_point)?;
    let path = if options.format == sys::FLT_FILE_NAME_NORMALIZED {
        normalize(volume, &target, file.is_case_sensitive())?
    } else {
        target
    };
    Ok(NameInformation::new(device, &path, options.format).hand_out(current_filter().as_deref()))
}

/// Rule K-22.
fn of_mount_point(status: crate::status::NtStatus) -> NTSTATUS {
    match status.0 {
        sys::STATUS_NOT_SAME_DEVICE => sys::STATUS_MOUNT_POINT_NOT_RESOLVED,
        other => other,
    }
}

/// The name that a rename or a link gives as a provider sees it: what is relative is so to what the provider calls the
/// directory or the file.
fn provided_destination(
    provider: &Arc<Instance>,
    file: &FileRef,
    root_directory: u64,
    target: &[u16],
) -> Result<Vec<u16>, NTSTATUS> {
    let device = provider.volume().device_name_units();
    let directory = crate::io::handle_to_file(root_directory);
    let base = match &directory {
        Some(directory) => name_provider::opened_name(provider, directory)?,
        None if target.first() == Some(&SEPARATOR) => device.to_vec(),
        None => name_provider::opened_name(provider, file)?,
    };
    let base = base.strip_prefix(device).ok_or(sys::STATUS_FLT_INVALID_NAME_REQUEST)?;
    let path = match directory {
        Some(_) => [base, if base.ends_with(&[SEPARATOR]) { &[][..] } else { &[SEPARATOR] }, target].concat(),
        None => crate::io::resolve(provider.volume(), base, 0, target).map_err(of_mount_point)?,
    };
    Ok([device, &path].concat())
}

/// The body of `FltGetTunneledName`: the name of the file, if its last component is the long name of the one that was asked
/// for before (rules K-23 to K-26).
///
/// # Safety
///
/// As for [`reference`].
pub(crate) unsafe fn tunneled(
    operation: Option<&Operation>,
    pointer: PFLT_FILE_NAME_INFORMATION,
) -> Option<PFLT_FILE_NAME_INFORMATION> {
    // SAFETY: passed on.
    let before = unsafe { NameInformation::of(pointer) };
    // SAFETY: nobody writes the member.
    let format = unsafe { (*before.information.get()).Format };
    let operation = operation?;
    // Rule K-24.
    if !operation.is_post() || ![major::CREATE, major::SET_INFORMATION].contains(&operation.major) {
        operation.complain(
            "K-24",
            "FltGetTunneledName was called elsewhere than in the post-operation of IRP_MJ_CREATE or \
             IRP_MJ_SET_INFORMATION",
        );
        return None;
    }
    if format != sys::FLT_FILE_NAME_NORMALIZED {
        operation.complain("K-24", "FltGetTunneledName was called with a name that is not normalized");
        return None;
    }
    let file = operation.target_file();
    let file_system = file.volume().file_system();
    let path = file_system.name_of(file.live_open()?);
    let last = |name: &[u16]| name[name_text::parse(name, 0).last].to_vec();
    let (asked, long) = (last(&before.text), last(&path));
    if asked == long || !crate::fs::name::equal_folded(&file_system.short_name(&long)?, &asked) {
        return None;
    }
    // What was learnt before the operation was the other name.
    file.names.purge();
    let parent = &before.text[..before.text.len() - asked.len()];
    let (volume, parent) = parent.split_at(before.volume_length);
    let name = NameInformation::new(volume, &[parent, &long].concat(), format);
    Some(name.hand_out(current_filter().as_deref()))
}

/// Between the components of a name.
const SEPARATOR: u16 = b'\\' as u16;

/// The body of `FltReferenceFileNameInformation`.
///
/// # Safety
///
/// `pointer` must be name information that the caller holds a reference to.
pub(crate) unsafe fn reference(pointer: PFLT_FILE_NAME_INFORMATION) {
    // SAFETY: passed on.
    let name = unsafe { NameInformation::of(pointer) };
    name.references.fetch_add(1, Ordering::AcqRel);
    // SAFETY: the pointer came from an `Arc`, which the caller's reference keeps alive.
    unsafe { Arc::increment_strong_count(pointer.cast::<NameInformation>()) };
    if let Some(filter) = current_filter() {
        filter.ledger.names.fetch_add(1, Ordering::AcqRel);
    }
}

/// The body of `FltReleaseFileNameInformation`.
///
/// # Safety
///
/// As for [`reference`].
pub(crate) unsafe fn release(pointer: PFLT_FILE_NAME_INFORMATION) {
    // SAFETY: passed on.
    let name = unsafe { NameInformation::of(pointer) };
    if name.references.fetch_sub(1, Ordering::AcqRel) <= 0 {
        over_released(pointer);
    }
    if let Some(filter) = current_filter() {
        filter.ledger.names.fetch_sub(1, Ordering::AcqRel);
    }
    // SAFETY: the driver's reference was one of the `Arc`.
    drop(unsafe { Arc::from_raw(pointer.cast::<NameInformation>()) });
}

/// The body of `FltParseFileNameInformation` (rules K-16, K-18).
///
/// # Safety
///
/// As for [`reference`].
pub(crate) unsafe fn parse(pointer: PFLT_FILE_NAME_INFORMATION) {
    // SAFETY: passed on.
    let name = unsafe { NameInformation::of(pointer) };
    let _parsing = name.parsing.lock();
    // SAFETY: the lock is held, and drivers do not write the structure (rule K-15).
    let information = unsafe { &mut *name.information.get() };
    if information.NamesParsed == ALL_PARSED {
        return;
    }
    let parts = name_text::parse(&name.text, name.volume_length);
    information.ParentDir = part(&name.text, parts.parent);
    information.FinalComponent = part(&name.text, parts.last);
    information.Extension = part(&name.text, parts.extension);
    information.Stream = part(&name.text, parts.stream);
    information.NamesParsed = ALL_PARSED;
}

/// The filter whose driver the thread is in.
pub(crate) fn current_filter() -> Option<Arc<Filter>> {
    let image = thread::current_driver();
    let machine = thread::try_machine()?;
    // A filter that is being unregistered is no filter of the machine's any more, and its callbacks may still run.
    machine.drivers.read().iter().find(|driver| Arc::as_ptr(driver.image()) as usize == image)?.filter()
}
