//! Sections for scans (rules J-29, J-30, X-18).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use fltmgr_sys::*;
use fltsim::io::WriteOffset;

use crate::probe::*;

/// How many section contexts were cleaned up, by their mark.
static CLEANED: [AtomicUsize; 8] = [const { AtomicUsize::new(0) }; 8];

unsafe extern "efiapi" fn cleanup(context: PFLT_CONTEXT, kind: FLT_CONTEXT_TYPE) {
    assert_eq!(u32::from(kind), FLT_SECTION_CONTEXT);
    CLEANED[unsafe { context.cast::<u64>().read() } as usize].fetch_add(1, Ordering::Relaxed);
}

fn cleaned(mark: u64) -> usize {
    CLEANED[mark as usize].load(Ordering::Relaxed)
}

fn contexts() -> FLT_CONTEXT_REGISTRATION {
    let mut registration: FLT_CONTEXT_REGISTRATION = unsafe { std::mem::zeroed() };
    registration.ContextType = FLT_SECTION_CONTEXT as u16;
    registration.Size = 8;
    registration.PoolTag = 0x7843_6553;
    registration.ContextCleanupCallback = Some(cleanup);
    registration
}

fn allocate(filter: PFLT_FILTER, mark: u64) -> PFLT_CONTEXT {
    let mut context = NONE;
    unsafe {
        let kind = FLT_SECTION_CONTEXT as u16;
        assert_eq!(FltAllocateContext(filter, kind, 8, NonPagedPoolNx as _, &raw mut context), STATUS_SUCCESS);
        context.cast::<u64>().write(mark);
    }
    context
}

/// A section that a test has made.
struct Made {
    status: NTSTATUS,
    handle: HANDLE,
    object: PVOID,
    size: i64,
}

impl Made {
    /// Gives back what the driver got, but for the context.
    unsafe fn release(&self) {
        unsafe {
            ObfDereferenceObject(self.object);
            assert_eq!(ZwClose(self.handle), STATUS_SUCCESS);
        }
    }
}

unsafe fn make_as(related: &FLT_RELATED_OBJECTS, context: PFLT_CONTEXT, protection: u32, attributes: u32) -> Made {
    let mut made = Made { status: 0, handle: NONE, object: NONE, size: 0 };
    let mut size: LARGE_INTEGER = unsafe { std::mem::zeroed() };
    made.status = unsafe {
        FltCreateSectionForDataScan(
            related.Instance,
            related.FileObject,
            context,
            SECTION_MAP_READ | SECTION_QUERY,
            std::ptr::null_mut(),
            std::ptr::null_mut(),
            protection,
            attributes,
            0,
            &raw mut made.handle,
            &raw mut made.object,
            &raw mut size,
        )
    };
    made.size = unsafe { size.QuadPart };
    made
}

unsafe fn make(related: &FLT_RELATED_OBJECTS, context: PFLT_CONTEXT) -> Made {
    unsafe { make_as(related, context, PAGE_READONLY, SEC_COMMIT) }
}

/// Runs `f` in post-create of a filter that scans, or does not.
fn in_post_create(scans: bool, f: impl Fn(&FLT_RELATED_OBJECTS) + Send + Sync + 'static) -> Behaviour {
    let mut behaviour = Behaviour::new().both(
        IRP_MJ_CREATE,
        |_, _, _| WITH_CALLBACK,
        move |data, related, _, flags| {
            if status_of(data) >= 0 && flags == 0 {
                f(related);
            }
            FINISHED
        },
    );
    behaviour.contexts.push(contexts());
    if scans {
        behaviour.setup = Some(Box::new(|related, _| {
            assert_eq!(unsafe { FltRegisterForDataScan(related.Instance) }, STATUS_SUCCESS);
            STATUS_SUCCESS
        }));
    }
    behaviour
}

/// More than two pages.
fn content() -> Vec<u8> {
    (0..10_000_u32).map(|index| (index % 251) as u8).collect()
}

#[test]
fn a_section_shows_the_file_and_its_context_ends_when_it_is_closed() {
    let world = World::new();
    let expected = content();
    drop(world.file("\\a", &expected));
    let filter = world.load(
        "100",
        in_post_create(true, move |related| unsafe {
            let context = allocate(related.Filter, 1);
            let made = make(related, context);
            assert_eq!((made.status, made.size), (STATUS_SUCCESS, 10_000));
            let mut found = NONE;
            let status = FltGetSectionContext(related.Instance, related.FileObject, &raw mut found);
            assert_eq!((status, found), (STATUS_SUCCESS, context));
            FltReleaseContext(found);
            let (mut base, mut length) = (NONE, 0);
            assert_eq!(MmMapViewInSystemSpace(made.object, &raw mut base, &raw mut length), STATUS_SUCCESS);
            assert!(length >= 10_000);
            assert_eq!(std::slice::from_raw_parts(base.cast::<u8>(), 10_000), expected);
            assert_eq!(std::slice::from_raw_parts(base.cast::<u8>().add(10_000), 100), [0; 100]);
            assert_eq!(MmUnmapViewInSystemSpace(base), STATUS_SUCCESS);
            assert_eq!(MmUnmapViewInSystemSpace(base), STATUS_NOT_MAPPED_VIEW);
            made.release();
            assert_eq!(FltCloseSectionForDataScan(context), STATUS_SUCCESS);
            assert_eq!(FltCloseSectionForDataScan(context), STATUS_NOT_FOUND);
            let status = FltGetSectionContext(related.Instance, related.FileObject, &raw mut found);
            assert_eq!((status, found), (STATUS_NOT_FOUND, NONE));
            assert_eq!(cleaned(1), 0);
            FltReleaseContext(context);
            assert_eq!(cleaned(1), 1);
        }),
    );
    drop(world.open("\\a").unwrap());
    assert_eq!(cleaned(1), 1);
    filter.unload().unwrap();
    assert_eq!(world.rules(), [""; 0]);
}

#[test]
fn a_section_that_is_left_behind_is_reported() {
    let world = World::new();
    drop(world.file("\\a", b"content"));
    let filter = world.load(
        "100",
        in_post_create(true, |related| unsafe {
            let context = allocate(related.Filter, 7);
            let made = make(related, context);
            assert_eq!(made.status, STATUS_SUCCESS);
            ObfDereferenceObject(made.object);
            assert_eq!(FltCloseSectionForDataScan(context), STATUS_SUCCESS);
            FltReleaseContext(context);
        }),
    );
    drop(world.open("\\a").unwrap());
    filter.unload().unwrap();
    assert_eq!(world.rules(), ["O-03"]);
}

#[test]
fn a_view_can_be_of_a_process() {
    let world = World::new();
    let expected = content();
    drop(world.file("\\a", &expected));
    let _filter = world.load(
        "100",
        in_post_create(true, move |related| unsafe {
            let context = allocate(related.Filter, 2);
            let made = make(related, context);
            let process = std::ptr::without_provenance_mut(usize::MAX);
            let (mut base, mut length) = (NONE, 0);
            let mut offset: LARGE_INTEGER = std::mem::zeroed();
            offset.QuadPart = 4096;
            let status = ZwMapViewOfSection(
                made.handle,
                process,
                &raw mut base,
                0,
                0,
                &raw mut offset,
                &raw mut length,
                ViewUnmap,
                0,
                PAGE_READONLY,
            );
            assert_eq!(status, STATUS_SUCCESS);
            assert_eq!(std::slice::from_raw_parts(base.cast::<u8>(), 5_904), &expected[4096..]);
            assert_eq!(ZwUnmapViewOfSection(process, base), STATUS_SUCCESS);
            made.release();
            FltCloseSectionForDataScan(context);
            FltReleaseContext(context);
        }),
    );
    drop(world.open("\\a").unwrap());
    assert_eq!(cleaned(2), 1);
}

#[test]
fn a_section_is_refused_as_documented() {
    let world = World::new();
    drop(world.file("\\a", b"content"));
    drop(world.open("\\empty").unwrap());
    drop(world.directory("\\folder").unwrap());
    let log = Log::new();
    let notes = log.clone();
    // Rule J-30: who is not registered.
    let unregistered = world.load(
        "100",
        in_post_create(false, move |related| unsafe {
            let context = allocate(related.Filter, 3);
            notes.add(format!("{:#x}", make(related, context).status));
            FltReleaseContext(context);
        }),
    );
    drop(world.open("\\a").unwrap());
    assert_eq!(log.take(), [format!("{STATUS_INVALID_PARAMETER:#x}")]);
    unregistered.unload().unwrap();
    let notes = log.clone();
    let _registered = world.load(
        "100",
        in_post_create(true, move |related| unsafe {
            let context = allocate(related.Filter, 3);
            let note = |made: &Made| notes.add(format!("{:#x}", made.status));
            note(&make_as(related, context, PAGE_EXECUTE_READ, SEC_COMMIT));
            note(&make_as(related, context, PAGE_READONLY, 0));
            let made = make(related, context);
            note(&made);
            if made.status == STATUS_SUCCESS {
                // One section for each instance and stream.
                let another = allocate(related.Filter, 3);
                note(&make(related, another));
                // A context that no section was made with.
                notes.add(format!("{:#x}", FltCloseSectionForDataScan(another)));
                FltReleaseContext(another);
                made.release();
                FltCloseSectionForDataScan(context);
            }
            FltReleaseContext(context);
        }),
    );
    let common = [STATUS_INVALID_PARAMETER_8, STATUS_INVALID_PARAMETER_9];
    let text = |status: &NTSTATUS| format!("{status:#x}");
    let expect =
        |rest: &[NTSTATUS]| assert_eq!(log.take(), [&common, rest].concat().iter().map(text).collect::<Vec<_>>());
    drop(world.open("\\a").unwrap());
    expect(&[STATUS_SUCCESS, STATUS_FLT_CONTEXT_ALREADY_DEFINED, STATUS_INVALID_PARAMETER]);
    drop(world.open("\\empty").unwrap());
    expect(&[STATUS_END_OF_FILE]);
    drop(world.directory("\\folder").unwrap());
    expect(&[STATUS_FILE_IS_A_DIRECTORY]);
}

#[test]
fn a_section_context_is_not_deleted_by_itself() {
    let world = World::new();
    drop(world.file("\\a", b"content"));
    let _filter = world.load(
        "100",
        in_post_create(true, |related| unsafe {
            let context = allocate(related.Filter, 4);
            let made = make(related, context);
            FltDeleteContext(context);
            made.release();
            assert_eq!(FltCloseSectionForDataScan(context), STATUS_SUCCESS, "it was there still");
            FltReleaseContext(context);
        }),
    );
    drop(world.open("\\a").unwrap());
    assert_eq!(world.rules(), ["J-29"]);
}

#[test]
fn the_pages_of_a_view_come_through_the_stack() {
    let world = World::new();
    drop(world.file("\\a", &content()));
    let log = Log::new();
    let notes = log.clone();
    let _below = world.load(
        "100",
        Behaviour::new().pre(IRP_MJ_READ, move |data, _, _| {
            let block = parameters(data);
            assert_ne!(block.IrpFlags & IRP_PAGING_IO, 0);
            notes.add(format!("{}", unsafe { block.Parameters.Read.ByteOffset.QuadPart }));
            if unsafe { block.Parameters.Read.ByteOffset.QuadPart } == 4096 {
                set_status(data, STATUS_DISK_CORRUPT_ERROR, 0);
                return COMPLETE;
            }
            NO_CALLBACK
        }),
    );
    let _scanner = world.load(
        "200",
        in_post_create(true, |related| unsafe {
            let context = allocate(related.Filter, 5);
            let made = make(related, context);
            let (mut base, mut length) = (NONE, 0);
            assert_eq!(MmMapViewInSystemSpace(made.object, &raw mut base, &raw mut length), STATUS_SUCCESS);
            assert_eq!(std::slice::from_raw_parts(base.cast::<u8>(), 4096), &content()[..4096]);
            assert_eq!(MmUnmapViewInSystemSpace(base), STATUS_SUCCESS);
            made.release();
            FltCloseSectionForDataScan(context);
            FltReleaseContext(context);
        }),
    );
    drop(world.open("\\a").unwrap());
    assert_eq!(log.take(), ["0", "4096", "8192"]);
}

/// Whether the filter of the test below was told of a conflict.
static TOLD: AtomicBool = AtomicBool::new(false);

unsafe extern "efiapi" fn conflict(
    instance: PFLT_INSTANCE,
    context: PFLT_CONTEXT,
    data: PFLT_CALLBACK_DATA,
) -> NTSTATUS {
    assert!(!instance.is_null());
    assert_eq!(unsafe { context.cast::<u64>().read() }, 6);
    assert_eq!(u32::from(unsafe { (*(*data).Iopb).MajorFunction }), IRP_MJ_SET_INFORMATION);
    TOLD.store(true, Ordering::SeqCst);
    STATUS_SUCCESS
}

#[test]
fn an_operation_that_conflicts_with_a_section_waits_until_it_is_closed() {
    let world = Arc::new(World::new());
    let file = Arc::new(world.file("\\a", &content()));
    let log = Log::new();
    let (notes, truncating) = (log.clone(), Arc::clone(&file));
    let mut behaviour = in_post_create(true, move |related| unsafe {
        let context = allocate(related.Filter, 6);
        let made = make(related, context);
        assert_eq!(made.status, STATUS_SUCCESS);
        let (notes, file) = (notes.clone(), Arc::clone(&truncating));
        let truncated = std::thread::spawn({
            let notes = notes.clone();
            move || {
                // What makes the file longer conflicts with nothing.
                file.set_information(FileEndOfFileInformation, &20_000_u64.to_le_bytes()).unwrap();
                assert!(!TOLD.load(Ordering::SeqCst));
                file.set_information(FileEndOfFileInformation, &10_u64.to_le_bytes()).unwrap();
                notes.add("truncated");
            }
        });
        while !TOLD.load(Ordering::SeqCst) {
            std::thread::yield_now();
        }
        std::thread::sleep(std::time::Duration::from_millis(30));
        notes.add("closing");
        made.release();
        assert_eq!(FltCloseSectionForDataScan(context), STATUS_SUCCESS);
        truncated.join().unwrap();
        FltReleaseContext(context);
    });
    behaviour.section = Some(conflict);
    let _filter = world.load("100", behaviour);
    drop(world.open("\\a").unwrap());
    assert_eq!(log.take(), ["closing", "truncated"]);
    // Without a section nothing conflicts.
    TOLD.store(false, Ordering::SeqCst);
    file.write(WriteOffset::At(0), b"0123456789ABCDEF").unwrap();
    file.set_information(FileEndOfFileInformation, &1_u64.to_le_bytes()).unwrap();
    assert!(!TOLD.load(Ordering::SeqCst));
    assert_eq!(world.rules(), [""; 0]);
}
