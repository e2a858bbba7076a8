//! Extra create parameters (rules N-08, B-34).

use std::sync::{Arc, Mutex};

use fltmgr_sys::*;

use crate::probe::*;

static KIND: GUID = GUID { Data1: 1, Data2: 2, Data3: 3, Data4: [4; 8] };
static OTHER: GUID = GUID { Data1: 9, Data2: 2, Data3: 3, Data4: [4; 8] };
/// `GUID_ECP_OPLOCK_KEY`.
static OPLOCK_KEY: GUID =
    GUID { Data1: 0x4885_0596, Data2: 0x3050, Data3: 0x4BE7, Data4: [0x98, 0x63, 0xFE, 0xC3, 0x50, 0xCE, 0x8D, 0x7F] };
const TAG: u32 = u32::from_le_bytes(*b"Ecps");

/// How often a context was cleaned up, by its first byte.
static CLEANED: Mutex<Vec<u32>> = Mutex::new(Vec::new());

unsafe extern "efiapi" fn cleanup(context: PVOID, _: LPCGUID) {
    CLEANED.lock().unwrap().push(unsafe { context.cast::<u8>().read() }.into());
}

/// How often contexts with this first byte were cleaned up.
fn cleaned(mark: u32) -> usize {
    CLEANED.lock().unwrap().iter().filter(|cleaned| **cleaned == mark).count()
}

unsafe fn list(filter: PFLT_FILTER) -> PECP_LIST {
    let mut list = std::ptr::null_mut();
    assert_eq!(unsafe { FltAllocateExtraCreateParameterList(filter, 0, &raw mut list) }, STATUS_SUCCESS);
    list
}

/// A context of 24 bytes that begins with `mark`.
unsafe fn context(filter: PFLT_FILTER, kind: GUID, mark: u8) -> PVOID {
    let mut context = NONE;
    let cleanup = Some(cleanup as unsafe extern "efiapi" fn(PVOID, LPCGUID));
    unsafe {
        let status = FltAllocateExtraCreateParameter(filter, &raw const kind, 24, 0, cleanup, TAG, &raw mut context);
        assert_eq!(status, STATUS_SUCCESS);
        context.cast::<u8>().write(mark);
    }
    context
}

/// Runs `job` when a file is flushed.
fn on_flush(job: impl Fn(&FLT_RELATED_OBJECTS) + Send + Sync + 'static) -> Behaviour {
    Behaviour::new().pre(IRP_MJ_FLUSH_BUFFERS, move |_, related, _| {
        job(related);
        NO_CALLBACK
    })
}

#[test]
fn a_list_has_one_context_of_a_type_and_frees_what_is_in_it() {
    let world = World::new();
    let filter = world.load(
        "200",
        on_flush(|related| unsafe {
            let filter = related.Filter;
            let list = list(filter);
            let (one, other, again) =
                (context(filter, KIND, 11), context(filter, OTHER, 12), context(filter, KIND, 13));
            assert_eq!(FltInsertExtraCreateParameter(filter, list, one), STATUS_SUCCESS);
            assert_eq!(FltInsertExtraCreateParameter(filter, list, other), STATUS_SUCCESS);
            assert_eq!(FltInsertExtraCreateParameter(filter, list, again), STATUS_INVALID_PARAMETER);
            FltFreeExtraCreateParameter(filter, again);
            assert_eq!(cleaned(13), 1);

            let (mut found, mut size) = (NONE, 0);
            let status = FltFindExtraCreateParameter(filter, list, &raw const KIND, &raw mut found, &raw mut size);
            assert_eq!((status, found, size), (STATUS_SUCCESS, one, 24));
            let mut walked = Vec::new();
            let mut current = NONE;
            loop {
                let (mut kind, mut next) = (KIND, NONE);
                let status =
                    FltGetNextExtraCreateParameter(filter, list, current, &raw mut kind, &raw mut next, &raw mut size);
                if status != STATUS_SUCCESS {
                    assert_eq!((status, next, size), (STATUS_NOT_FOUND, NONE, 0));
                    break;
                }
                walked.push((next, kind.Data1));
                current = next;
            }
            assert_eq!(walked, [(one, 1), (other, 9)]);

            let status = FltRemoveExtraCreateParameter(filter, list, &raw const OTHER, &raw mut found, &raw mut size);
            assert_eq!((status, found), (STATUS_SUCCESS, other));
            let status = FltRemoveExtraCreateParameter(filter, list, &raw const OTHER, &raw mut found, &raw mut size);
            assert_eq!((status, found), (STATUS_NOT_FOUND, NONE));
            FltFreeExtraCreateParameterList(filter, list);
            assert_eq!((cleaned(11), cleaned(12)), (1, 0));
            FltFreeExtraCreateParameter(filter, other);
        }),
    );
    world.open("\\a").unwrap().flush().unwrap();
    filter.unload().unwrap();
    assert_eq!(world.rules(), [""; 0]);
}

#[test]
fn what_is_not_freed_is_reported() {
    let world = World::new();
    let filter = world.load(
        "200",
        on_flush(|related| unsafe {
            let list = list(related.Filter);
            let inside = context(related.Filter, KIND, 21);
            FltInsertExtraCreateParameter(related.Filter, list, inside);
            FltFreeExtraCreateParameter(related.Filter, inside);
            // No list has this number.
            FltFreeExtraCreateParameterList(related.Filter, 8 as PECP_LIST);
        }),
    );
    world.open("\\a").unwrap().flush().unwrap();
    assert_eq!(world.rules(), ["N-08", "N-08"]);
    filter.unload().unwrap();
    assert_eq!(world.rules()[2..], ["N-08"]);
}

/// Opens `\other` below the instance with a list.
unsafe fn open_with(related: &FLT_RELATED_OBJECTS, device: &str, list: PECP_LIST) -> (HANDLE, PFILE_OBJECT) {
    unsafe {
        let path = units(&format!("{device}\\other"));
        let length = (path.len() * 2) as u16;
        let mut name = UNICODE_STRING { Length: length, MaximumLength: length, Buffer: path.as_ptr().cast_mut() };
        let mut attributes: OBJECT_ATTRIBUTES = std::mem::zeroed();
        attributes.Length = size_of::<OBJECT_ATTRIBUTES>() as u32;
        attributes.ObjectName = &raw mut name;
        attributes.Attributes = OBJ_KERNEL_HANDLE | OBJ_CASE_INSENSITIVE;
        let mut driver: IO_DRIVER_CREATE_CONTEXT = std::mem::zeroed();
        driver.Size = size_of::<IO_DRIVER_CREATE_CONTEXT>() as i16;
        driver.ExtraCreateParameter = list;
        let (mut handle, mut object) = (NONE, std::ptr::null_mut());
        let mut status_block: IO_STATUS_BLOCK = std::mem::zeroed();
        let status = FltCreateFileEx2(
            related.Filter,
            related.Instance,
            &raw mut handle,
            &raw mut object,
            FILE_GENERIC_READ,
            &raw mut attributes,
            &raw mut status_block,
            std::ptr::null_mut(),
            FILE_ATTRIBUTE_NORMAL,
            FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
            FILE_OPEN,
            FILE_SYNCHRONOUS_IO_NONALERT,
            NONE,
            0,
            0,
            (&raw mut driver).cast(),
        );
        assert_eq!(status, STATUS_SUCCESS);
        (handle, object)
    }
}

#[test]
fn a_lower_filter_sees_what_comes_with_a_create_and_acknowledges_it() {
    let world = World::new();
    drop(world.file("\\other", b"content"));
    let seen: Arc<Mutex<Vec<Option<u8>>>> = Arc::default();
    let below = Arc::clone(&seen);
    let _low = world.load(
        "100",
        Behaviour::new().pre(IRP_MJ_CREATE, move |data, related, _| unsafe {
            let (mut list, mut found) = (std::ptr::null_mut(), NONE);
            assert_eq!(FltGetEcpListFromCallbackData(related.Filter, data, &raw mut list), STATUS_SUCCESS);
            let mut mark = None;
            if !list.is_null() {
                let none = std::ptr::null_mut();
                FltFindExtraCreateParameter(related.Filter, list, &raw const KIND, &raw mut found, none);
                assert_eq!(FltIsEcpFromUserMode(related.Filter, found), 0);
                FltAcknowledgeEcp(related.Filter, found);
                mark = Some(found.cast::<u8>().read());
                assert_eq!(
                    FltSetEcpListIntoCallbackData(related.Filter, data, list),
                    STATUS_INVALID_PARAMETER_3,
                    "there is one already"
                );
            }
            below.lock().unwrap().push(mark);
            NO_CALLBACK
        }),
    );
    let device = world.volume.device_name().to_owned();
    let filter = world.load(
        "200",
        on_flush(move |related| unsafe {
            let filter = related.Filter;
            let list = list(filter);
            let context = context(filter, KIND, 31);
            FltInsertExtraCreateParameter(filter, list, context);
            for _ in 0..2 {
                assert_eq!(FltIsEcpAcknowledged(filter, context), 0);
                let (handle, object) = open_with(related, &device, list);
                assert_ne!(FltIsEcpAcknowledged(filter, context), 0);
                FltPrepareToReuseEcp(filter, context);
                assert_eq!(FltClose(handle), STATUS_SUCCESS);
                ObfDereferenceObject(object.cast());
            }
            // Rule N-08: it is still the caller's.
            assert_eq!(cleaned(31), 0);
            FltFreeExtraCreateParameterList(filter, list);
            assert_eq!(cleaned(31), 1);
        }),
    );
    world.open("\\a").unwrap().flush().unwrap();
    assert_eq!(*seen.lock().unwrap(), [None, Some(31), Some(31)]);
    filter.unload().unwrap();
    assert_eq!(world.rules(), [""; 0]);
}

#[test]
fn a_list_that_a_filter_puts_into_a_create_goes_with_it() {
    let world = World::new();
    let seen: Arc<Mutex<Vec<bool>>> = Arc::default();
    let below = Arc::clone(&seen);
    let filter = world.load(
        "200",
        Behaviour::new()
            .pre(IRP_MJ_CREATE, |data, related, _| unsafe {
                let list = list(related.Filter);
                FltInsertExtraCreateParameter(related.Filter, list, context(related.Filter, KIND, 41));
                assert_eq!(FltSetEcpListIntoCallbackData(related.Filter, data, list), STATUS_SUCCESS);
                NO_CALLBACK
            })
            .pre(IRP_MJ_CLEANUP, |data, related, _| unsafe {
                let mut list = std::ptr::null_mut();
                let status = FltGetEcpListFromCallbackData(related.Filter, data, &raw mut list);
                assert_eq!(status, STATUS_INVALID_PARAMETER);
                let status = FltSetEcpListIntoCallbackData(related.Filter, data, list);
                assert_eq!(status, STATUS_INVALID_PARAMETER_2);
                NO_CALLBACK
            }),
    );
    let _low = world.load(
        "100",
        Behaviour::new().pre(IRP_MJ_CREATE, move |data, related, _| unsafe {
            let mut list = std::ptr::null_mut();
            FltGetEcpListFromCallbackData(related.Filter, data, &raw mut list);
            below.lock().unwrap().push(!list.is_null());
            NO_CALLBACK
        }),
    );
    drop(world.open("\\a").unwrap());
    assert_eq!(*seen.lock().unwrap(), [true]);
    assert_eq!(cleaned(41), 1);
    filter.unload().unwrap();
    assert_eq!(world.rules(), [""; 0]);
}

#[test]
fn an_oplock_key_comes_with_the_create() {
    let world = World::new();
    drop(world.file("\\other", b"content"));
    let device = world.volume.device_name().to_owned();
    let _filter = world.load(
        "200",
        on_flush(move |related| unsafe {
            let filter = related.Filter;
            let open = |mark| {
                let list = list(filter);
                FltInsertExtraCreateParameter(filter, list, context(filter, OPLOCK_KEY, mark));
                let opened = open_with(related, &device, list);
                FltFreeExtraCreateParameterList(filter, list);
                opened
            };
            let files = [open(51), open(51), open(52)];
            assert_ne!(FltOplockKeysEqual(files[0].1, files[1].1), 0);
            assert_eq!(FltOplockKeysEqual(files[0].1, files[2].1), 0);
            for (handle, object) in files {
                FltClose(handle);
                ObfDereferenceObject(object.cast());
            }
        }),
    );
    world.open("\\a").unwrap().flush().unwrap();
    assert_eq!(world.rules(), [""; 0]);
}
