//! Sections that filters make of files to scan them (rules J-29, J-30), and the views of them.
//!
//! On Windows the pages of a view are read when they are touched. Here they are read, by paging I/O through the whole stack,
//! when the view is mapped; a page that cannot be read is one whose use faults. The view shows the file as it was then.
//!
//! While a section is open, what would purge the file's cache conflicts with it: here, making the file shorter and writing
//! past the cache. Such an operation has the filter told, and waits until the section is closed.

use std::collections::BTreeMap;
use std::ffi::c_void;
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use fltmgr_sys as sys;
use fltmgr_sys::{FLT_CONTEXT_TYPE, FLT_IO_PARAMETER_BLOCK, NTSTATUS, PFLT_CALLBACK_DATA, PFLT_CONTEXT};
use parking_lot::{Condvar, Mutex};
use rustix::mm::{MapFlags, MprotectFlags, ProtFlags, mmap_anonymous, mprotect, munmap};

use super::context::{self, Key};
use super::filter::{Filter, identity};
use super::instance::Instance;
use super::invoke;
use super::major::{self, half};
use super::object::Object;
use crate::io::{FileRef, Requestor, Sender};
use crate::kernel::object::ObjectKind;
use crate::kernel::references::{DriverReferences, Referenced};
use crate::kernel::{irql, process};
use crate::status::NtStatus;

const SECTION: FLT_CONTEXT_TYPE = half(sys::FLT_SECTION_CONTEXT);

/// Bytes of a page.
const PAGE: usize = 4096;

/// A section of a file.
pub(crate) struct Section {
    file: FileRef,
    /// Who has made it, and has to give it back (rule O-03).
    filter: Arc<Filter>,
    /// How long the file was when the section was made.
    size: usize,
    references: DriverReferences<Self>,
}

impl Referenced for Section {
    const KIND: ObjectKind = ObjectKind::Section;

    fn references(&self) -> &DriverReferences<Self> {
        &self.references
    }
}

impl Drop for Section {
    fn drop(&mut self) {
        self.withdraw();
        self.filter.ledger.sections.fetch_sub(1, Ordering::AcqRel);
    }
}

/// What `FltCreateSectionForDataScan` is asked for.
pub(crate) struct NewSection {
    pub context: PFLT_CONTEXT,
    pub protection: u32,
    pub attributes: u32,
}

/// The body of `FltCreateSectionForDataScan`. Answers the section and its size.
///
/// # Safety
///
/// The context must be one that the driver holds a reference to.
pub(crate) unsafe fn create(
    instance: &Arc<Instance>,
    file: &FileRef,
    new: &NewSection,
) -> Result<(Arc<Section>, u64), NTSTATUS> {
    // Rule J-30.
    if !instance.is_registered_for_data_scan() {
        return Err(sys::STATUS_INVALID_PARAMETER);
    }
    if new.protection != sys::PAGE_READONLY && new.protection != sys::PAGE_READWRITE {
        return Err(sys::STATUS_INVALID_PARAMETER_8);
    }
    // Rule X-18.
    if new.attributes & sys::SEC_COMMIT == 0 || new.attributes & !(sys::SEC_COMMIT | sys::SEC_FILE) != 0 {
        return Err(sys::STATUS_INVALID_PARAMETER_9);
    }
    let (Some(open), Some(stream)) = (file.live_open(), file.live_stream()) else {
        return Err(sys::STATUS_INVALID_FILE_FOR_SECTION);
    };
    if open.is_directory() {
        return Err(sys::STATUS_FILE_IS_A_DIRECTORY);
    }
    let size = size_of_file(file)?;
    if size == 0 {
        return Err(sys::STATUS_END_OF_FILE);
    }
    let length = usize::try_from(size).map_err(|_| sys::STATUS_SECTION_TOO_BIG)?;
    let key = Key { kind: SECTION, owner: identity(&**instance), handle: ptr::null(), setter: ptr::null() };
    let keep = sys::FLT_SET_CONTEXT_KEEP_IF_EXISTS;
    let is_deleting = || instance.is_tearing_down();
    // SAFETY: passed on.
    let (status, previous) = unsafe { stream.contexts.set(key, instance.filter(), is_deleting, keep, new.context) };
    if let Some(previous) = previous {
        // SAFETY: the routine does not say which section there is, so nobody else gives the reference back.
        unsafe { context::release(previous) };
    }
    if status < 0 {
        return Err(status);
    }
    let filter = Arc::clone(instance.filter());
    filter.ledger.sections.fetch_add(1, Ordering::AcqRel);
    let section =
        Arc::new(Section { file: file.clone(), filter, size: length, references: DriverReferences::default() });
    section.publish();
    Ok((section, size))
}

fn size_of_file(file: &FileRef) -> Result<u64, NTSTATUS> {
    let Some(open) = file.live_open() else { return Err(sys::STATUS_FILE_CLOSED) };
    let mut bytes = [0; size_of::<sys::FILE_STANDARD_INFORMATION>()];
    let (status, _) = file.volume().file_system().query_information(open, sys::FileStandardInformation, &mut bytes);
    if status.0 < 0 {
        return Err(status.0);
    }
    // SAFETY: the buffer is as long as the structure, which is plain data; every bit pattern of the union is a number.
    let size = unsafe { bytes.as_ptr().cast::<sys::FILE_STANDARD_INFORMATION>().read_unaligned().EndOfFile.QuadPart };
    Ok(size.cast_unsigned())
}

/// Somebody waits here for a section to be closed.
static CLOSED: (Mutex<()>, Condvar) = (Mutex::new(()), Condvar::new());

/// The body of `FltCloseSectionForDataScan`.
///
/// # Safety
///
/// As for [`create`].
pub(crate) unsafe fn close(context: PFLT_CONTEXT) -> NTSTATUS {
    // SAFETY: passed on.
    let status = unsafe { context::close_section(context) };
    drop(CLOSED.0.lock());
    CLOSED.1.notify_all();
    status
}

/// Whether an operation is of those that can purge the cache of a file.
fn may_purge(parameters: &FLT_IO_PARAMETER_BLOCK) -> bool {
    match parameters.MajorFunction {
        major::WRITE => parameters.IrpFlags & sys::IRP_NOCACHE != 0 && parameters.IrpFlags & sys::IRP_PAGING_IO == 0,
        major::SET_INFORMATION => {
            // SAFETY: the member of the union follows from the major function.
            let set = unsafe { &parameters.Parameters.SetFileInformation };
            [sys::FileEndOfFileInformation, sys::FileAllocationInformation].contains(&set.FileInformationClass)
        }
        _ => false,
    }
}

/// Whether an operation of those that can purge the cache of its file does: if it sets a size, the file is longer.
fn purges(file: &FileRef, parameters: &FLT_IO_PARAMETER_BLOCK) -> bool {
    if parameters.MajorFunction != major::SET_INFORMATION {
        return true;
    }
    // SAFETY: the member of the union follows from the major function.
    let set = unsafe { &parameters.Parameters.SetFileInformation };
    if (set.Length as usize) < size_of::<u64>() || set.InfoBuffer.is_null() {
        return false;
    }
    // SAFETY: the buffer is as long as it is said to be; both classes have nothing but a size.
    let wanted = unsafe { set.InfoBuffer.cast::<u64>().read_unaligned() };
    size_of_file(file).is_ok_and(|size| wanted < size)
}

/// The section contexts that an operation conflicts with, each with its instance and a reference.
fn conflicts(file: &FileRef, parameters: &FLT_IO_PARAMETER_BLOCK) -> Vec<(*const c_void, PFLT_CONTEXT)> {
    if !may_purge(parameters) {
        return Vec::new();
    }
    let Some(stream) = file.shared_stream().filter(|stream| stream.contexts.has(SECTION)) else { return Vec::new() };
    if purges(file, parameters) { stream.contexts.all(SECTION) } else { Vec::new() }
}

/// Whether an operation conflicts with a section, so that [`settle`] has to be called with its callback data.
pub(crate) fn conflicts_with(file: &FileRef, parameters: &FLT_IO_PARAMETER_BLOCK) -> bool {
    let found = conflicts(file, parameters);
    let any = !found.is_empty();
    release_all(found);
    any
}

fn release_all(found: Vec<(*const c_void, PFLT_CONTEXT)>) {
    for (_, context) in found {
        // SAFETY: the reference was taken with the list.
        unsafe { context::release(context) };
    }
}

/// Has an operation wait for the sections that it conflicts with, after their filters were told.
pub(crate) fn settle(file: &FileRef, parameters: &FLT_IO_PARAMETER_BLOCK, data: PFLT_CALLBACK_DATA) {
    let found = conflicts(file, parameters);
    if found.is_empty() {
        return;
    }
    let machine = file.volume().machine();
    for (owner, context) in &found {
        let instance = file.volume().instances().into_iter().find(|instance| identity(&**instance) == *owner);
        let Some(instance) = instance.filter(|instance| instance.operations.enter()) else { continue };
        let filter = instance.filter();
        if let Some(callback) = filter.registration().SectionNotificationCallback {
            let call = || {
                // SAFETY: the driver registered the routine for exactly this call.
                unsafe { callback(instance.handle(), *context, data) }
            };
            let _ = invoke::at_most(machine, filter.image(), "SectionNotificationCallback", irql::APC_LEVEL, call);
        }
        instance.operations.exit();
    }
    let is_open = || file.shared_stream().is_some_and(|stream| stream.contexts.has(SECTION));
    let deadline = Instant::now() + machine.patience();
    let mut guard = CLOSED.0.lock();
    while is_open() && !machine.is_crashed() {
        if Instant::now() >= deadline {
            machine.report_once(super::report::Report {
                rule: "J-30",
                driver: "a filter".to_owned(),
                text:
                    "a section was not closed while an operation that conflicts with it waited; Windows would wait on"
                        .to_owned(),
            });
            break;
        }
        CLOSED.1.wait_for(&mut guard, Duration::from_millis(20));
    }
    drop(guard);
    release_all(found);
}

/// A view of a section.
struct View {
    length: usize,
    /// What it shows; the view keeps it.
    _section: Arc<Section>,
}

/// The views that there are, by their addresses.
static VIEWS: Mutex<BTreeMap<usize, View>> = Mutex::new(BTreeMap::new());

/// Maps a view of `length` bytes from `offset` on; 0 is all there are. Answers its address and how long it is.
pub(crate) fn map(section: &Arc<Section>, offset: usize, length: usize) -> Result<(usize, usize), NTSTATUS> {
    let rest = section.size.checked_sub(offset).filter(|rest| *rest > 0).ok_or(sys::STATUS_INVALID_VIEW_SIZE)?;
    let wanted = if length == 0 { rest } else { length };
    if wanted > rest.next_multiple_of(PAGE) {
        return Err(sys::STATUS_INVALID_VIEW_SIZE);
    }
    let mapped = wanted.next_multiple_of(PAGE);
    let protection = ProtFlags::READ | ProtFlags::WRITE;
    // SAFETY: the address is left to the host, so no other memory is touched.
    let memory = unsafe { mmap_anonymous(ptr::null_mut(), mapped, protection, MapFlags::PRIVATE) }
        .map_err(|_| sys::STATUS_INSUFFICIENT_RESOURCES)?
        .cast::<u8>();
    // SAFETY: the memory is new, that long, and nobody else's yet; the host has filled it with zeros.
    let bytes = unsafe { std::slice::from_raw_parts_mut(memory, mapped) };
    let who = Requestor::kernel(process::system());
    let sender = Sender { file: &section.file, requestor: Some(&who), floor: None, generated: false };
    for (index, page) in bytes.chunks_mut(PAGE).enumerate() {
        let at = offset + index * PAGE;
        let read = at >= section.size || is_there(sender.read_page(at as u64, page));
        let access = if read { MprotectFlags::READ } else { MprotectFlags::empty() };
        // SAFETY: the page is within the new mapping.
        let _ = unsafe { mprotect(page.as_mut_ptr().cast(), PAGE, access) };
    }
    VIEWS.lock().insert(memory as usize, View { length: mapped, _section: Arc::clone(section) });
    Ok((memory as usize, mapped))
}

/// Whether a read gave what there is, which is nothing behind the end.
fn is_there(read: Result<usize, NtStatus>) -> bool {
    read.map_or_else(|status| status.0 == sys::STATUS_END_OF_FILE, |_| true)
}

/// Ends the view that an address lies in.
pub(crate) fn unmap(address: usize) -> NTSTATUS {
    let mut views = VIEWS.lock();
    let base = views.range(..=address).next_back().map(|(base, view)| (*base, view.length));
    let Some((base, length)) = base.filter(|(base, length)| address - base < *length) else {
        return sys::STATUS_NOT_MAPPED_VIEW;
    };
    let view = views.remove(&base);
    drop(views);
    // SAFETY: the mapping was made by `map`, and its view is gone from the table.
    let _ = unsafe { munmap(ptr::with_exposed_provenance_mut(base), length) };
    drop(view);
    sys::STATUS_SUCCESS
}
