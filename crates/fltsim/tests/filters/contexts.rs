//! Contexts (rules J).

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use fltmgr_sys::*;

use crate::probe::*;

/// How many contexts were cleaned up, by their first byte.
static CLEANED: [AtomicUsize; 256] = [const { AtomicUsize::new(0) }; 256];

unsafe extern "efiapi" fn cleanup(context: PFLT_CONTEXT, _kind: FLT_CONTEXT_TYPE) {
    let mark = unsafe { context.cast::<u8>().read() };
    CLEANED[usize::from(mark)].fetch_add(1, Ordering::Relaxed);
}

fn cleaned(mark: u8) -> usize {
    CLEANED[usize::from(mark)].load(Ordering::Relaxed)
}

fn registration(kind: u32, size: u64, flags: u32) -> FLT_CONTEXT_REGISTRATION {
    let mut registration: FLT_CONTEXT_REGISTRATION = unsafe { std::mem::zeroed() };
    registration.ContextType = kind as u16;
    registration.Flags = flags as u16;
    registration.Size = size;
    registration.PoolTag = 0x7478_7443;
    registration.ContextCleanupCallback = Some(cleanup);
    registration
}

unsafe fn allocate(filter: PFLT_FILTER, kind: u32, size: u64, mark: u8) -> PFLT_CONTEXT {
    let mut context = std::ptr::null_mut();
    unsafe {
        let status = FltAllocateContext(filter, kind as u16, size, PagedPool as _, &raw mut context);
        assert_eq!(status, STATUS_SUCCESS);
        context.cast::<u8>().write(mark);
    }
    context
}

/// A behaviour with contexts of 16 bytes of every type that files have.
fn behaviour() -> Behaviour {
    let mut behaviour = Behaviour::new();
    for kind in [FLT_FILE_CONTEXT, FLT_STREAM_CONTEXT, FLT_STREAMHANDLE_CONTEXT, FLT_INSTANCE_CONTEXT] {
        behaviour.contexts.push(registration(kind, 16, 0));
    }
    behaviour.contexts.push(registration(FLT_VOLUME_CONTEXT, 16, FLTFL_CONTEXT_REGISTRATION_NO_EXACT_SIZE_MATCH));
    behaviour.contexts.push(registration(FLT_SECTION_CONTEXT, FLT_VARIABLE_SIZED_CONTEXTS, 0));
    behaviour
}

#[test]
fn allocation_follows_the_registered_sizes() {
    let world = World::new();
    let filter = world.load("100", behaviour());
    let filter = *filter.behaviour.filter.get().unwrap() as PFLT_FILTER;
    let try_allocate = |kind: u32, size: u64, pool: POOL_TYPE| {
        let mut context = std::ptr::null_mut();
        unsafe {
            let status = FltAllocateContext(filter, kind as u16, size, pool, &raw mut context);
            if status == STATUS_SUCCESS {
                context.cast::<u8>().write(0);
                FltReleaseContext(context);
            }
            status
        }
    };
    let (paged, nonpaged) = (PagedPool, NonPagedPool);
    // Rule J-04: the exact size, unless the definition says otherwise.
    assert_eq!(try_allocate(FLT_STREAM_CONTEXT, 16, paged), STATUS_SUCCESS);
    assert_eq!(try_allocate(FLT_STREAM_CONTEXT, 8, paged), STATUS_FLT_CONTEXT_ALLOCATION_NOT_FOUND);
    assert_eq!(try_allocate(FLT_VOLUME_CONTEXT, 8, nonpaged), STATUS_SUCCESS);
    assert_eq!(try_allocate(FLT_VOLUME_CONTEXT, 17, nonpaged), STATUS_FLT_CONTEXT_ALLOCATION_NOT_FOUND);
    assert_eq!(try_allocate(FLT_SECTION_CONTEXT, 1234, paged), STATUS_SUCCESS);
    assert_eq!(try_allocate(FLT_TRANSACTION_CONTEXT, 16, paged), STATUS_FLT_CONTEXT_ALLOCATION_NOT_FOUND);
    // Rules J-06, J-07, X-08.
    assert_eq!(try_allocate(FLT_STREAM_CONTEXT, 0, paged), STATUS_INVALID_PARAMETER);
    assert_eq!(try_allocate(0x300, 16, paged), STATUS_INVALID_PARAMETER);
    assert_eq!(try_allocate(FLT_SECTION_CONTEXT, 0x1_0000, paged), STATUS_INVALID_BUFFER_SIZE);
    assert_eq!(try_allocate(FLT_VOLUME_CONTEXT, 16, paged), STATUS_FLT_MUST_BE_NONPAGED_POOL);
}

/// Runs `f` in post-create, with the filter, the instance and the file object.
fn in_post_create(world: &World, f: impl Fn(&FLT_RELATED_OBJECTS) + Send + Sync + 'static) -> Loaded {
    let mut behaviour = behaviour();
    behaviour.operations.push((
        IRP_MJ_CREATE,
        0,
        Some(Box::new(|_, related, _| {
            let mut context = std::ptr::null_mut();
            // Rules C-23, J-18: there is no stream yet.
            let status = unsafe { FltGetStreamContext(related.Instance, related.FileObject, &raw mut context) };
            assert_eq!(status, STATUS_NOT_SUPPORTED);
            WITH_CALLBACK
        })),
        Some(Box::new(move |data, related, _, flags| {
            if status_of(data) >= 0 && flags == 0 {
                f(related);
            }
            FINISHED
        })),
    ));
    world.load("100", behaviour)
}

#[test]
fn a_context_can_be_set_got_kept_replaced_and_deleted() {
    let world = World::new();
    let _filter = in_post_create(&world, |related| unsafe {
        let (instance, file) = (related.Instance, related.FileObject);
        let get = || {
            let mut context = 1 as PFLT_CONTEXT;
            let status = FltGetStreamContext(instance, file, &raw mut context);
            (status, context)
        };
        // Rule J-19.
        assert_eq!(get(), (STATUS_NOT_FOUND, std::ptr::null_mut()));
        let first = allocate(related.Filter, FLT_STREAM_CONTEXT, 16, 1);
        let set =
            |operation: i32, new, old: *mut PFLT_CONTEXT| FltSetStreamContext(instance, file, operation as _, new, old);
        let (keep, replace) = (FLT_SET_CONTEXT_KEEP_IF_EXISTS, FLT_SET_CONTEXT_REPLACE_IF_EXISTS);
        assert_eq!(set(keep, first, std::ptr::null_mut()), STATUS_SUCCESS);
        assert_eq!(get(), (STATUS_SUCCESS, first));
        FltReleaseContext(first);
        // Rule J-15.
        let again = FltSetStreamContext(instance, file, replace as _, first, std::ptr::null_mut());
        assert_eq!(again, STATUS_FLT_CONTEXT_ALREADY_LINKED);
        // Rule J-13.
        let second = allocate(related.Filter, FLT_STREAM_CONTEXT, 16, 2);
        let mut old = std::ptr::null_mut();
        assert_eq!(set(keep, second, &raw mut old), STATUS_FLT_CONTEXT_ALREADY_DEFINED);
        assert_eq!(old, first);
        FltReleaseContext(old);
        // Rule J-14.
        assert_eq!(set(replace, second, &raw mut old), STATUS_SUCCESS);
        assert_eq!(old, first);
        FltReleaseContext(old);
        assert_eq!(cleaned(1), 0);
        FltReleaseContext(first);
        assert_eq!(cleaned(1), 1, "rule J-32: the cleanup comes with the last release");
        // Rule J-16: the wrong type.
        let handle = allocate(related.Filter, FLT_STREAMHANDLE_CONTEXT, 16, 3);
        assert_eq!(set(replace, handle, std::ptr::null_mut()), STATUS_INVALID_PARAMETER);
        FltReleaseContext(handle);
        // Rule J-26.
        FltDeleteContext(second);
        assert_eq!(get(), (STATUS_NOT_FOUND, std::ptr::null_mut()));
        assert_eq!(cleaned(2), 0);
        FltReleaseContext(second);
        assert_eq!(cleaned(2), 1);
        // Rule J-27.
        assert_eq!(FltDeleteStreamContext(instance, file, std::ptr::null_mut()), STATUS_NOT_FOUND);
    });
    drop(world.open("\\a").unwrap());
}

#[test]
fn contexts_end_with_their_handle_their_stream_and_their_instance() {
    let world = World::new();
    static SEEN: Mutex<Vec<usize>> = Mutex::new(Vec::new());
    let filter = in_post_create(&world, |related| unsafe {
        let (instance, file) = (related.Instance, related.FileObject);
        let mut stream = std::ptr::null_mut();
        if FltGetStreamContext(instance, file, &raw mut stream) == STATUS_NOT_FOUND {
            stream = allocate(related.Filter, FLT_STREAM_CONTEXT, 16, 10);
            FltSetStreamContext(instance, file, FLT_SET_CONTEXT_KEEP_IF_EXISTS as _, stream, std::ptr::null_mut());
        }
        SEEN.lock().unwrap().push(stream as usize);
        FltReleaseContext(stream);
        let handle = allocate(related.Filter, FLT_STREAMHANDLE_CONTEXT, 16, 11);
        FltSetStreamHandleContext(instance, file, FLT_SET_CONTEXT_KEEP_IF_EXISTS as _, handle, std::ptr::null_mut());
        FltReleaseContext(handle);
        let file_context = allocate(related.Filter, FLT_FILE_CONTEXT, 16, 12);
        FltSetFileContext(instance, file, FLT_SET_CONTEXT_KEEP_IF_EXISTS as _, file_context, std::ptr::null_mut());
        FltReleaseContext(file_context);
    });
    let one = world.open("\\a").unwrap();
    let two = world.open("\\A").unwrap();
    let other = world.open("\\b").unwrap();
    {
        let seen = SEEN.lock().unwrap();
        assert_eq!(seen[0], seen[1], "two opens of one file share the stream context");
        assert_ne!(seen[0], seen[2]);
    }
    // The second open's file context found one set already.
    assert_eq!(cleaned(12), 1);
    drop(one);
    assert_eq!((cleaned(10), cleaned(11), cleaned(12)), (0, 1, 1));
    drop(two);
    assert_eq!((cleaned(10), cleaned(11), cleaned(12)), (1, 2, 2));
    // Rule J-31: what is still open loses its contexts with the instance.
    filter.unload().unwrap();
    assert_eq!((cleaned(10), cleaned(11), cleaned(12)), (2, 3, 3));
    drop(other);
    assert_eq!(world.rules(), [""; 0]);
}

#[test]
fn instance_and_volume_contexts_belong_to_the_instance_and_the_filter() {
    let world = World::new();
    let mut behaviour = behaviour();
    behaviour.setup = Some(Box::new(|related, _| unsafe {
        let context = allocate(related.Filter, FLT_INSTANCE_CONTEXT, 16, 20);
        let keep = FLT_SET_CONTEXT_KEEP_IF_EXISTS as _;
        assert_eq!(FltSetInstanceContext(related.Instance, keep, context, std::ptr::null_mut()), STATUS_SUCCESS);
        FltReleaseContext(context);
        let mut volume = std::ptr::null_mut();
        let nonpaged = NonPagedPool as _;
        FltAllocateContext(related.Filter, FLT_VOLUME_CONTEXT as _, 16, nonpaged, &raw mut volume);
        volume.cast::<u8>().write(21);
        assert_eq!(FltSetVolumeContext(related.Volume, keep, volume, std::ptr::null_mut()), STATUS_SUCCESS);
        FltReleaseContext(volume);
        STATUS_SUCCESS
    }));
    behaviour.teardown_complete = Some(Box::new(|related, _| unsafe {
        let mut contexts: FLT_RELATED_CONTEXTS = std::mem::zeroed();
        FltGetContexts(related, FLT_ALL_CONTEXTS as u16, &raw mut contexts);
        assert_eq!(contexts.InstanceContext.cast::<u8>().read(), 20);
        assert_eq!(contexts.VolumeContext.cast::<u8>().read(), 21);
        assert!(contexts.StreamContext.is_null());
        FltReleaseContexts(&raw mut contexts);
        assert!(contexts.InstanceContext.is_null());
        STATUS_SUCCESS
    }));
    let filter = world.load("100", behaviour);
    assert_eq!((cleaned(20), cleaned(21)), (0, 0));
    filter.unload().unwrap();
    assert_eq!((cleaned(20), cleaned(21)), (1, 1));
    assert_eq!(world.rules(), [""; 0]);
}

#[test]
fn a_context_that_is_never_released_is_reported_at_unload() {
    let world = World::new();
    let leaked: Arc<Mutex<usize>> = Arc::default();
    let keep = Arc::clone(&leaked);
    let filter = in_post_create(&world, move |related| unsafe {
        *keep.lock().unwrap() = allocate(related.Filter, FLT_STREAM_CONTEXT, 16, 30) as usize;
    });
    drop(world.open("\\a").unwrap());
    filter.unload().unwrap();
    let reports = world.machine.reports();
    assert_eq!(reports.len(), 1);
    assert_eq!(reports[0].text, "1 stream contexts were never given back with FltReleaseContext");
}
