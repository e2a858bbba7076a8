//! I/O that filters generate (rules N), and locks.

use std::sync::Mutex;

use fltmgr_sys::*;
use fltsim::io::WriteOffset;
use fltsim::kernel::{process, thread};

use crate::probe::*;

/// A filter that logs every operation it sees.
fn spy(log: &Log, name: &'static str) -> Behaviour {
    let mut behaviour = Behaviour::new();
    for (major, text) in
        [(IRP_MJ_CREATE, "create"), (IRP_MJ_READ, "read"), (IRP_MJ_CLEANUP, "cleanup"), (IRP_MJ_CLOSE, "close")]
    {
        let log = log.clone();
        behaviour = behaviour.pre(major, move |data, _, _| {
            let generated = data.Flags & FLTFL_CALLBACK_DATA_GENERATED_IO != 0;
            log.add(format!("{name} {text}{}", if generated { " generated" } else { "" }));
            NO_CALLBACK
        });
    }
    behaviour
}

unsafe fn attributes(name: &mut UNICODE_STRING) -> OBJECT_ATTRIBUTES {
    let mut attributes: OBJECT_ATTRIBUTES = unsafe { std::mem::zeroed() };
    attributes.Length = size_of::<OBJECT_ATTRIBUTES>() as u32;
    attributes.ObjectName = name;
    attributes.Attributes = OBJ_KERNEL_HANDLE | OBJ_CASE_INSENSITIVE;
    attributes
}

fn string(text: &[u16]) -> UNICODE_STRING {
    let length = (text.len() * 2) as u16;
    UNICODE_STRING { Length: length, MaximumLength: length, Buffer: text.as_ptr().cast_mut() }
}

#[test]
fn generated_io_is_seen_only_below_the_instance() {
    let world = World::new();
    drop(world.file("\\other", b"content of the other file"));
    let log = Log::new();
    let _high = world.load("300", spy(&log, "high"));
    let _low = world.load("100", spy(&log, "low"));
    let path = units(&format!("{}\\Other", world.volume.device_name()));
    let own = log.clone();
    let _generator = world.load(
        "200",
        Behaviour::new().both(
            IRP_MJ_CREATE,
            |_, _, _| WITH_CALLBACK,
            move |_, related, _, _| unsafe {
                let mut name = string(&path);
                let mut attributes = attributes(&mut name);
                let (mut handle, mut object) = (NONE, std::ptr::null_mut());
                let mut status_block: IO_STATUS_BLOCK = std::mem::zeroed();
                let status = FltCreateFileEx(
                    related.Filter,
                    related.Instance,
                    &raw mut handle,
                    &raw mut object,
                    FILE_GENERIC_READ,
                    &raw mut attributes,
                    &raw mut status_block,
                    std::ptr::null_mut(),
                    FILE_ATTRIBUTE_NORMAL,
                    FILE_SHARE_READ,
                    FILE_OPEN,
                    FILE_SYNCHRONOUS_IO_NONALERT,
                    NONE,
                    0,
                    0,
                );
                assert_eq!(status, STATUS_SUCCESS);
                assert_eq!(status_block.Information, u64::from(FILE_OPENED));
                let (mut buffer, mut count) = ([0_u8; 7], 0);
                for expected in ["content", " of the"] {
                    let status = FltReadFile(
                        related.Instance,
                        object,
                        std::ptr::null_mut(),
                        7,
                        buffer.as_mut_ptr().cast(),
                        0,
                        &raw mut count,
                        None,
                        NONE,
                    );
                    assert_eq!((status, count), (STATUS_SUCCESS, 7));
                    assert_eq!(&buffer, expected.as_bytes(), "rule N-13: the position moves on");
                }
                let mut standard: FILE_STANDARD_INFORMATION = std::mem::zeroed();
                let status = FltQueryInformationFile(
                    related.Instance,
                    object,
                    (&raw mut standard).cast(),
                    size_of::<FILE_STANDARD_INFORMATION>() as u32,
                    FileStandardInformation as _,
                    &raw mut count,
                );
                assert_eq!(status, STATUS_SUCCESS);
                assert_eq!(standard.EndOfFile.QuadPart, 25);
                let mut directory = 9;
                FltIsDirectory(object, related.Instance, &raw mut directory);
                assert_eq!(directory, 0);
                own.add("close the handle");
                assert_eq!(FltClose(handle), STATUS_SUCCESS);
                own.add("dereference");
                ObfDereferenceObject(object.cast());
                FINISHED
            },
        ),
    );
    let file = world.open("\\a").unwrap();
    assert_eq!(
        log.take(),
        [
            "high create",
            "low create",
            "low create generated",
            "low read generated",
            "low read generated",
            "close the handle",
            "low cleanup",
            "dereference",
            "low close",
        ]
    );
    drop(file);
    assert_eq!(log.take(), ["high cleanup", "low cleanup", "high close", "low close"]);
    assert_eq!(world.rules(), [""; 0]);
}

#[test]
fn content_can_be_read_in_post_create_from_the_file_being_opened() {
    let world = World::new();
    drop(world.file("\\a", b"EICAR"));
    static READ: Mutex<Vec<u8>> = Mutex::new(Vec::new());
    let _filter = world.load(
        "200",
        Behaviour::new().both(
            IRP_MJ_CREATE,
            |_, _, _| WITH_CALLBACK,
            |_, related, _, _| unsafe {
                let mut offset: LARGE_INTEGER = std::mem::zeroed();
                let (mut buffer, mut count) = ([0_u8; 16], 0);
                let status = FltReadFile(
                    related.Instance,
                    related.FileObject,
                    &raw mut offset,
                    16,
                    buffer.as_mut_ptr().cast(),
                    FLTFL_IO_OPERATION_DO_NOT_UPDATE_BYTE_OFFSET,
                    &raw mut count,
                    None,
                    NONE,
                );
                assert_eq!(status, STATUS_SUCCESS);
                *READ.lock().unwrap() = buffer[..count as usize].to_vec();
                FINISHED
            },
        ),
    );
    drop(world.open("\\a").unwrap());
    assert_eq!(*READ.lock().unwrap(), b"EICAR");
}

/// What the callback of a transfer has told: the thread, the status, the count, and the bytes.
type Ended = (std::thread::ThreadId, i32, u64, Vec<u8>);
static ENDED: Mutex<Option<Ended>> = Mutex::new(None);

fltmgr_sys::callback! {
    unsafe fn ended(data: PFLT_CALLBACK_DATA, context: PVOID) {
        unsafe {
            let block = (*data).IoStatus;
            let bytes = std::slice::from_raw_parts(context.cast::<u8>(), 16);
            let told = (std::thread::current().id(), block.__bindgen_anon_1.Status, block.Information, bytes.to_vec());
            *ENDED.lock().unwrap() = Some(told);
        }
    }
}

#[test]
fn a_transfer_with_a_callback_ends_in_a_thread_of_its_own_and_what_cannot_begin_has_none() {
    let world = World::new();
    drop(world.file("\\a", b"EICAR"));
    let _filter = world.load(
        "200",
        Behaviour::new().both(
            IRP_MJ_CREATE,
            |_, _, _| WITH_CALLBACK,
            |_, related, _, _| unsafe {
                static BUFFER: Mutex<[u8; 16]> = Mutex::new([0; 16]);
                let buffer: PVOID = BUFFER.lock().unwrap().as_mut_ptr().cast();
                let read = |offset: i64| {
                    let mut offset = LARGE_INTEGER { QuadPart: offset };
                    FltReadFile(
                        related.Instance,
                        related.FileObject,
                        &raw mut offset,
                        16,
                        buffer,
                        FLTFL_IO_OPERATION_DO_NOT_UPDATE_BYTE_OFFSET | FLTFL_IO_OPERATION_NON_CACHED,
                        std::ptr::null_mut(),
                        Some(ended),
                        buffer,
                    )
                };
                // Rule N-14: 16 bytes are no sector.
                assert_eq!(read(0), STATUS_INVALID_PARAMETER);
                assert_eq!(*ENDED.lock().unwrap(), None);
                let mut offset = LARGE_INTEGER { QuadPart: 1 };
                let flags = FLTFL_IO_OPERATION_DO_NOT_UPDATE_BYTE_OFFSET;
                let status = FltReadFile(
                    related.Instance,
                    related.FileObject,
                    &raw mut offset,
                    16,
                    buffer,
                    flags,
                    std::ptr::null_mut(),
                    Some(ended),
                    buffer,
                );
                assert_eq!(status, STATUS_PENDING);
                FINISHED
            },
        ),
    );
    drop(world.open("\\a").unwrap());
    while ENDED.lock().unwrap().is_none() {
        std::thread::yield_now();
    }
    let (thread, status, count, bytes) = ENDED.lock().unwrap().take().unwrap();
    assert_ne!(thread, std::thread::current().id());
    assert_eq!((status, count, &bytes[..4]), (STATUS_SUCCESS, 4, &b"ICAR"[..]));
    assert_eq!(world.rules(), [""; 0]);
}

#[test]
fn a_push_lock_excludes() {
    let world = World::new();
    let mut lock: EX_PUSH_LOCK = 1;
    let mut counter = 0_u64;
    let (lock, counter) = (Carry(&raw mut lock), Carry(&raw mut counter));
    unsafe { FltInitializePushLock(lock.get()) };
    std::thread::scope(|scope| {
        for _ in 0..4 {
            let (lock, counter) = (Carry(lock.get()), Carry(counter.get()));
            let world = &world;
            scope.spawn(move || {
                thread::with_process(&world.machine, &process::system(), || unsafe {
                    for _ in 0..1000 {
                        FltAcquirePushLockExclusive(lock.get());
                        let value = counter.get().read_volatile();
                        std::hint::spin_loop();
                        counter.get().write_volatile(value + 1);
                        FltReleasePushLock(lock.get());
                        FltAcquirePushLockShared(lock.get());
                        FltReleasePushLock(lock.get());
                    }
                });
            });
        }
    });
    unsafe {
        assert_eq!(counter.get().read(), 4000);
        FltDeletePushLock(lock.get());
    }
}

#[test]
fn a_locked_user_buffer_can_be_read_through_its_mdl() {
    let world = World::new();
    static SEEN: Mutex<Vec<u8>> = Mutex::new(Vec::new());
    let _filter = world.load(
        "200",
        Behaviour::new().both(
            IRP_MJ_WRITE,
            |data, _, _| unsafe {
                assert_eq!(FltLockUserBuffer(data), STATUS_SUCCESS);
                let (mut mdl, mut buffer, mut length, mut access) =
                    (std::ptr::null_mut(), std::ptr::null_mut(), std::ptr::null_mut(), 9 as LOCK_OPERATION);
                let status = FltDecodeParameters(data, &raw mut mdl, &raw mut buffer, &raw mut length, &raw mut access);
                assert_eq!(status, STATUS_SUCCESS);
                assert_eq!(access, IoReadAccess);
                // Rule I-07: locking does not map.
                assert_eq!(u32::from((**mdl).MdlFlags as u16) & MDL_MAPPED_TO_SYSTEM_VA, 0);
                let address = MmMapLockedPagesSpecifyCache(*mdl, 0, MmCached, NONE, 0, NormalPagePriority as u32);
                *SEEN.lock().unwrap() = std::slice::from_raw_parts(address.cast::<u8>(), *length as usize).to_vec();
                WITH_CALLBACK
            },
            |data, _, _, _| {
                // The MDL belongs to the operation, so the filter's own post sees it too.
                assert!(unsafe { !parameters(data).Parameters.Write.MdlAddress.is_null() });
                FINISHED
            },
        ),
    );
    let file = world.open("\\a").unwrap();
    file.write(WriteOffset::At(0), b"locked").unwrap();
    assert_eq!(*SEEN.lock().unwrap(), b"locked");
    assert_eq!(world.rules(), [""; 0]);
}
