//! Pended operations, synchronized ones, and completion at `DISPATCH_LEVEL` (rules C-12 to C-14, D, E, F).

use std::sync::Mutex;
use std::time::Duration;

use fltmgr_sys::*;
use fltsim::io::WriteOffset;
use fltsim::kernel::{irql, thread};
use fltsim::status::NtStatus;

use crate::probe::*;

/// Queues a deferred work item whose routine completes the operation in pre with the status behind `context`.
unsafe fn pend(data: &mut FLT_CALLBACK_DATA, decision: i32) -> i32 {
    unsafe extern "efiapi" fn routine(item: PFLT_DEFERRED_IO_WORKITEM, data: PFLT_CALLBACK_DATA, context: PVOID) {
        unsafe {
            std::thread::sleep(Duration::from_millis(5));
            if context as usize as i32 == COMPLETE {
                set_status(&mut *data, STATUS_ACCESS_DENIED, 0);
            }
            FltCompletePendedPreOperation(data, context as usize as _, NONE);
            FltFreeDeferredIoWorkItem(item);
        }
    }
    unsafe {
        let item = FltAllocateDeferredIoWorkItem();
        let status =
            FltQueueDeferredIoWorkItem(item, data, Some(routine), DelayedWorkQueue as _, decision as usize as PVOID);
        assert_eq!(status, STATUS_SUCCESS);
    }
    PENDING
}

#[test]
fn an_operation_pended_in_pre_goes_on_in_the_worker_and_post_create_returns_to_the_caller() {
    let world = World::new();
    let log = Log::new();
    let caller = thread::current().address();
    let post = log.clone();
    let _high = world.load(
        "300",
        Behaviour::new().both(
            IRP_MJ_CREATE,
            |_, _, _| WITH_CALLBACK,
            move |_, _, _, _| {
                post.add(format!("post high here {}", thread::current().address() == caller));
                FINISHED
            },
        ),
    );
    let _pender = world.load(
        "200",
        Behaviour::new().both(IRP_MJ_CREATE, |data, _, _| unsafe { pend(data, WITH_CALLBACK) }, |_, _, _, _| FINISHED),
    );
    let (pre, post) = (log.clone(), log.clone());
    let _low = world.load(
        "100",
        Behaviour::new().both(
            IRP_MJ_CREATE,
            move |data, _, _| {
                // Rule C-21; the requestor stays who it was.
                assert_eq!(unsafe { FltGetRequestorProcessId(data) }, 100);
                pre.add(format!("pre low here {}", thread::current().address() == caller));
                WITH_CALLBACK
            },
            move |_, _, _, _| {
                post.add(format!("post low here {}", thread::current().address() == caller));
                FINISHED
            },
        ),
    );
    // Rule C-13: a worker that completes before the pre-operation callback has returned leaves the rest to its thread.
    // Who is first is a matter of luck, so it is tried until the worker came second.
    let worker_went_on = (0..1000).any(|_| {
        drop(world.open("\\a").unwrap());
        let lines = log.take();
        assert_eq!(lines[1..], ["post low here true", "post high here true"]);
        lines[0] == "pre low here false"
    });
    assert!(worker_went_on);
}

#[test]
fn an_operation_pended_in_pre_can_be_completed_with_a_failure() {
    let world = World::new();
    let file = world.file("\\a", b"before");
    let _pender = world.load(
        "200",
        Behaviour::new().pre(IRP_MJ_WRITE, |data, _, _| {
            if class_of(data) == "fast" { DISALLOW_FASTIO } else { unsafe { pend(data, COMPLETE) } }
        }),
    );
    assert_eq!(file.write(WriteOffset::At(0), b"after!"), Err(NtStatus(STATUS_ACCESS_DENIED)));
    let mut buffer = [0; 6];
    file.read(0, &mut buffer).unwrap();
    assert_eq!(&buffer, b"before");
}

#[test]
fn an_operation_may_be_completed_before_its_pre_callback_has_returned() {
    let world = World::new();
    let _pender = world.load(
        "200",
        Behaviour::new().pre(IRP_MJ_CREATE, |data, _, _| {
            let carried = Carry(data);
            std::thread::spawn(move || unsafe {
                FltCompletePendedPreOperation(carried.get(), NO_CALLBACK as _, NONE);
            })
            .join()
            .unwrap();
            PENDING
        }),
    );
    drop(world.open("\\a").unwrap());
    assert_eq!(world.rules(), [""; 0]);
}

#[test]
fn an_operation_can_be_pended_in_post() {
    let world = World::new();
    let log = Log::new();
    let high = log.clone();
    let _high = world.load(
        "300",
        Behaviour::new().both(
            IRP_MJ_SET_INFORMATION,
            |_, _, _| WITH_CALLBACK,
            move |data, _, _, _| {
                high.add(format!("{:08x}", status_of(data)));
                FINISHED
            },
        ),
    );
    let _pender = world.load(
        "200",
        Behaviour::new().both(
            IRP_MJ_SET_INFORMATION,
            |_, _, _| WITH_CALLBACK,
            |data, _, _, _| {
                let carried = Carry(data);
                std::thread::spawn(move || unsafe {
                    std::thread::sleep(Duration::from_millis(5));
                    set_status(&mut *carried.get(), STATUS_DISK_FULL, 0);
                    FltCompletePendedPostOperation(carried.get());
                });
                MORE
            },
        ),
    );
    let file = world.open("\\a").unwrap();
    let result = file.set_information(FileEndOfFileInformation, &5_u64.to_le_bytes());
    assert_eq!(result, Err(NtStatus(STATUS_DISK_FULL)));
    assert_eq!(log.take(), ["c000007f"]);
}

#[test]
fn a_synchronized_operation_completes_in_the_thread_of_its_pre_callback() {
    let world = World::new();
    let log = Log::new();
    let post = log.clone();
    static PRE: Mutex<usize> = Mutex::new(0);
    let _high = world.load(
        "300",
        Behaviour::new().both(
            IRP_MJ_FLUSH_BUFFERS,
            |_, _, _| {
                *PRE.lock().unwrap() = thread::current().address();
                SYNCHRONIZED
            },
            move |_, _, _, _| {
                post.add(format!("same {}", thread::current().address() == *PRE.lock().unwrap()));
                FINISHED
            },
        ),
    );
    let _pender =
        world.load("200", Behaviour::new().pre(IRP_MJ_FLUSH_BUFFERS, |data, _, _| unsafe { pend(data, NO_CALLBACK) }));
    // Below the pended operation the pre-operation callback runs in the worker, and so must its post.
    let low = log.clone();
    static LOW: Mutex<usize> = Mutex::new(0);
    let _low = world.load(
        "100",
        Behaviour::new().both(
            IRP_MJ_FLUSH_BUFFERS,
            |_, _, _| {
                *LOW.lock().unwrap() = thread::current().address();
                SYNCHRONIZED
            },
            move |_, _, _, _| {
                low.add(format!("low same {}", thread::current().address() == *LOW.lock().unwrap()));
                FINISHED
            },
        ),
    );
    let _bottom =
        world.load("50", Behaviour::new().pre(IRP_MJ_FLUSH_BUFFERS, |data, _, _| unsafe { pend(data, NO_CALLBACK) }));
    // As above: tried until the worker came second and the operation went on in it.
    let worker_went_on = (0..1000).any(|_| {
        world.open("\\a").unwrap().flush().unwrap();
        assert_eq!(log.take(), ["low same true", "same true"]);
        *PRE.lock().unwrap() != *LOW.lock().unwrap()
    });
    assert!(worker_went_on);
}

#[test]
fn what_bypasses_the_cache_completes_at_dispatch_level_and_is_finished_where_it_is_safe() {
    let world = World::new();
    drop(world.file("\\a", &[5; 1024]));
    let log = Log::new();
    let post = log.clone();
    static SAFE: Mutex<Option<Log>> = Mutex::new(None);
    *SAFE.lock().unwrap() = Some(log.clone());
    unsafe extern "efiapi" fn safe(
        data: PFLT_CALLBACK_DATA,
        related: PCFLT_RELATED_OBJECTS,
        context: PVOID,
        _flags: u32,
    ) -> FLT_POSTOP_CALLBACK_STATUS {
        let log = SAFE.lock().unwrap().clone().unwrap();
        log.add(format!("safe at {} with {}", irql::current(), context as usize));
        unsafe {
            assert!(!(*related).Instance.is_null());
            assert_eq!(FltLockUserBuffer(data), STATUS_SUCCESS);
            let mdl = parameters(&*data).Parameters.Read.MdlAddress;
            assert!(!mdl.is_null());
            MmMapLockedPagesSpecifyCache(mdl, 0, MmCached, NONE, 0, NormalPagePriority as u32).cast::<u8>().write(9);
        }
        FINISHED as _
    }
    let _filter = world.load(
        "100",
        Behaviour::new().both(
            IRP_MJ_READ,
            |_, _, context| {
                *context = 42 as PVOID;
                WITH_CALLBACK
            },
            move |data, related, context, flags| {
                post.add(format!("post at {}", irql::current()));
                let mut status = 0;
                let posted = unsafe {
                    FltDoCompletionProcessingWhenSafe(data, related, context, flags, Some(safe), &raw mut status)
                };
                if posted == 0 {
                    post.add("not safe");
                }
                status
            },
        ),
    );
    let mut request = World::request("\\a");
    request.options |= FILE_NO_INTERMEDIATE_BUFFERING;
    let (file, _) = world.volume.open(&world.who, &request).unwrap();
    let mut buffer = [0; 512];
    assert_eq!(file.read(0, &mut buffer), Ok(512));
    assert_eq!(buffer[..2], [9, 5]);
    assert_eq!(log.take(), ["post at 2", "safe at 0 with 42"]);
    // Rule D-22: paging I/O may not be posted.
    file.read_paging(0, &mut buffer).unwrap();
    assert_eq!(log.take(), ["post at 2", "not safe"]);
    // Rule D-20: below DISPATCH_LEVEL it is done at once.
    let cached = world.open("\\a").unwrap();
    cached.read(0, &mut buffer).unwrap();
    assert_eq!(log.take(), ["post at 0", "safe at 0 with 42"]);
}

#[test]
fn paging_io_and_fast_io_cannot_be_posted_to_a_worker() {
    unsafe extern "efiapi" fn never(_: PFLT_DEFERRED_IO_WORKITEM, _: PFLT_CALLBACK_DATA, _: PVOID) {
        unreachable!("the work item was not queued");
    }
    let world = World::new();
    drop(world.file("\\a", &[5; 1024]));
    let log = Log::new();
    let pre = log.clone();
    let _filter = world.load(
        "100",
        Behaviour::new().pre(IRP_MJ_READ, move |data, _, _| {
            if class_of(data) == "irp" && parameters(data).IrpFlags & IRP_PAGING_IO == 0 {
                return NO_CALLBACK;
            }
            unsafe {
                let item = FltAllocateDeferredIoWorkItem();
                let status = FltQueueDeferredIoWorkItem(item, data, Some(never), DelayedWorkQueue as _, NONE);
                FltFreeDeferredIoWorkItem(item);
                pre.add(format!("{} {status:08x}", class_of(data)));
            }
            NO_CALLBACK
        }),
    );
    let file = world.open("\\a").unwrap();
    let mut buffer = [0; 512];
    file.read(0, &mut buffer).unwrap();
    file.read(0, &mut buffer).unwrap();
    file.read_paging(0, &mut buffer).unwrap();
    assert_eq!(log.take(), ["fast c000000d", "irp c01c0006"]);
}
