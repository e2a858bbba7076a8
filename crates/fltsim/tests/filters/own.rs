//! Callback data of a filter's own, and operations that are performed once more (rules N-19 to N-32, G-26, G-27, B-33).

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use fltmgr_sys::*;
use fltsim::io::WriteOffset;
use fltsim::kernel::{irql, pool};
use fltsim::status::NtStatus;

use crate::probe::*;

/// A filter that runs `job` when a file is flushed, and passes everything on.
fn on_flush(job: impl Fn(&mut FLT_CALLBACK_DATA, &FLT_RELATED_OBJECTS) + Send + Sync + 'static) -> Behaviour {
    Behaviour::new().pre(IRP_MJ_FLUSH_BUFFERS, move |data, related, _| {
        job(data, related);
        NO_CALLBACK
    })
}

/// Callback data for the file in hand.
fn allocate(related: &FLT_RELATED_OBJECTS) -> PFLT_CALLBACK_DATA {
    let mut data = std::ptr::null_mut();
    let status = unsafe { FltAllocateCallbackData(related.Instance, related.FileObject, &raw mut data) };
    assert_eq!(status, STATUS_SUCCESS);
    data
}

/// Makes callback data a read of `buffer` at the start of the file.
unsafe fn prepare_read(data: PFLT_CALLBACK_DATA, buffer: &mut [u8], irp_flags: u32) {
    unsafe {
        let iopb = &mut *(*data).Iopb;
        iopb.MajorFunction = IRP_MJ_READ as u8;
        iopb.IrpFlags = IRP_READ_OPERATION | irp_flags;
        let read = &mut iopb.Parameters.Read;
        read.Length = buffer.len() as u32;
        read.ReadBuffer = buffer.as_mut_ptr().cast();
    }
}

/// What a completion callback tells a test.
struct Finished {
    status: NTSTATUS,
    information: usize,
    level: u8,
    thread: std::thread::ThreadId,
}

/// Where a completion callback reports to.
type Teller = mpsc::Sender<Finished>;

unsafe extern "efiapi" fn tell(data: PFLT_CALLBACK_DATA, context: PFLT_CONTEXT) {
    let teller = unsafe { Box::from_raw(context.cast::<Teller>()) };
    let data = unsafe { &*data };
    let finished = Finished {
        status: status_of(data),
        information: data.IoStatus.Information as usize,
        level: irql::current(),
        thread: std::thread::current().id(),
    };
    teller.send(finished).unwrap();
}

unsafe fn start(data: PFLT_CALLBACK_DATA) -> (NTSTATUS, mpsc::Receiver<Finished>) {
    let (teller, told) = mpsc::channel();
    let context = Box::into_raw(Box::new(teller));
    (unsafe { FltPerformAsynchronousIo(data, Some(tell), context.cast()) }, told)
}

/// A filter that logs the reads it sees.
fn spy(log: &Log, name: &'static str) -> Behaviour {
    let log = log.clone();
    Behaviour::new().pre(IRP_MJ_READ, move |data, _, _| {
        let has = |flag| data.Flags & flag != 0;
        let generated = if has(FLTFL_CALLBACK_DATA_GENERATED_IO) { " generated" } else { "" };
        let again = if has(FLTFL_CALLBACK_DATA_REISSUED_IO) { " reissued" } else { "" };
        log.add(format!("{name}{generated}{again}"));
        NO_CALLBACK
    })
}

#[test]
fn the_filters_below_and_the_file_system_see_an_operation_of_ones_own() {
    let world = World::new();
    let file = world.file("\\a", b"content");
    let log = Log::new();
    let _high = world.load("300", spy(&log, "high"));
    let _low = world.load("100", spy(&log, "low"));
    let seen = Arc::new(Mutex::new(Vec::new()));
    let read = Arc::clone(&seen);
    let filter = world.load(
        "200",
        on_flush(move |_, related| unsafe {
            let data = allocate(related);
            for _ in 0..2 {
                let mut buffer = [0; 16];
                prepare_read(data, &mut buffer, 0);
                FltPerformSynchronousIo(data);
                assert_eq!(status_of(&*data), STATUS_SUCCESS);
                let count = (*data).IoStatus.Information as usize;
                read.lock().unwrap().push(buffer[..count].to_vec());
                FltReuseCallbackData(data);
                let iopb = &*(*data).Iopb;
                // Rule N-28.
                assert_eq!((iopb.TargetFileObject, iopb.TargetInstance), (related.FileObject, related.Instance));
                assert_eq!((iopb.MajorFunction, iopb.Parameters.Read.Length), (0, 0));
            }
            FltFreeCallbackData(data);
        }),
    );
    file.flush().unwrap();
    assert_eq!(*seen.lock().unwrap(), [b"content", b"content"]);
    assert_eq!(log.take(), ["low generated", "low generated"]);
    filter.unload().unwrap();
    assert_eq!(world.rules(), [""; 0]);
}

#[test]
fn an_asynchronous_read_is_completed_in_another_thread() {
    let world = World::new();
    let file = world.file("\\a", &[5; 512]);
    let _filter = world.load(
        "200",
        on_flush(|_, related| unsafe {
            for (irp_flags, level) in [(0, irql::PASSIVE_LEVEL), (IRP_NOCACHE, irql::DISPATCH_LEVEL)] {
                let data = allocate(related);
                let mut buffer = [0; 512];
                prepare_read(data, &mut buffer, irp_flags);
                let (status, told) = start(data);
                assert_eq!(status, STATUS_PENDING);
                let finished = told.recv().unwrap();
                assert_eq!((finished.status, finished.information), (STATUS_SUCCESS, 512));
                assert_eq!(finished.level, level, "rules N-18 and D-06");
                assert_ne!(finished.thread, std::thread::current().id());
                assert_eq!(buffer, [5; 512]);
                FltFreeCallbackData(data);
            }
        }),
    );
    file.flush().unwrap();
    assert_eq!(world.rules(), [""; 0]);
}

#[test]
fn what_a_lower_filter_completes_is_complete_at_once() {
    let world = World::new();
    let file = world.file("\\a", b"content");
    let _low = world.load(
        "100",
        Behaviour::new().pre(IRP_MJ_READ, |data, _, _| {
            set_status(data, STATUS_SUCCESS, 3);
            COMPLETE
        }),
    );
    let _filter = world.load(
        "200",
        on_flush(|_, related| unsafe {
            let data = allocate(related);
            let mut buffer = [0; 16];
            prepare_read(data, &mut buffer, 0);
            let (status, told) = start(data);
            assert_eq!(status, STATUS_FLT_IO_COMPLETE);
            let finished = told.try_recv().expect("the callback came before the routine returned");
            assert_eq!(finished.information, 3);
            FltFreeCallbackData(data);
        }),
    );
    file.flush().unwrap();
    assert_eq!(world.rules(), [""; 0]);
}

#[test]
fn a_lower_filter_that_synchronizes_gets_its_post_in_the_starting_thread() {
    let world = World::new();
    let file = world.file("\\a", b"content");
    let log = Log::new();
    let below = log.clone();
    let started = Arc::new(Mutex::new(None));
    let pre = Arc::clone(&started);
    let _low = world.load(
        "100",
        Behaviour::new().both(
            IRP_MJ_READ,
            move |_, _, _| {
                *pre.lock().unwrap() = Some(std::thread::current().id());
                SYNCHRONIZED
            },
            move |_, _, _, _| {
                below.add(format!("{}", *started.lock().unwrap() == Some(std::thread::current().id())));
                FINISHED
            },
        ),
    );
    let _filter = world.load(
        "200",
        on_flush(|_, related| unsafe {
            let data = allocate(related);
            let mut buffer = [0; 16];
            prepare_read(data, &mut buffer, 0);
            let (status, told) = start(data);
            assert_eq!(status, STATUS_SUCCESS, "the file system has done it by then");
            assert_eq!(told.recv().unwrap().information, 7);
            FltFreeCallbackData(data);
        }),
    );
    file.flush().unwrap();
    assert_eq!(log.take(), ["true"]);
}

#[test]
fn a_create_cannot_be_asynchronous_and_the_callback_comes_all_the_same() {
    let world = World::new();
    let file = world.file("\\a", b"content");
    let _filter = world.load(
        "200",
        on_flush(|_, related| unsafe {
            let data = allocate(related);
            (*(*data).Iopb).MajorFunction = IRP_MJ_CREATE as u8;
            let (status, told) = start(data);
            assert_eq!(status, STATUS_FLT_INVALID_ASYNCHRONOUS_REQUEST);
            assert_eq!(told.try_recv().unwrap().status, STATUS_FLT_INVALID_ASYNCHRONOUS_REQUEST);
            FltFreeCallbackData(data);
        }),
    );
    file.flush().unwrap();
    assert_eq!(world.rules(), [""; 0]);
}

/// Completes an operation as canceled.
unsafe extern "efiapi" fn complete_canceled(data: PFLT_CALLBACK_DATA) {
    unsafe {
        set_status(&mut *data, STATUS_CANCELLED, 0);
        FltCompletePendedPreOperation(data, COMPLETE as _, NONE);
    }
}

/// A filter that holds every read until it is canceled, or, where `cancelable` says no, until it is let go.
fn holding(cancelable: bool, held: mpsc::Sender<usize>) -> Behaviour {
    Behaviour::new().pre(IRP_MJ_READ, move |data, _, _| {
        if cancelable {
            assert_eq!(unsafe { FltSetCancelCompletion(data, Some(complete_canceled)) }, STATUS_SUCCESS);
        }
        held.send(std::ptr::from_mut(data) as usize).unwrap();
        PENDING
    })
}

#[test]
fn ones_own_operation_can_be_canceled() {
    let world = World::new();
    let file = world.file("\\a", b"content");
    let (held, is_held) = mpsc::channel();
    let _holder = world.load("100", holding(true, held));
    let is_held = Mutex::new(is_held);
    let _filter = world.load(
        "200",
        on_flush(move |_, related| unsafe {
            let data = allocate(related);
            let mut buffer = [0; 16];
            prepare_read(data, &mut buffer, 0);
            let (status, told) = start(data);
            assert_eq!(status, STATUS_PENDING);
            is_held.lock().unwrap().recv().unwrap();
            assert_ne!(FltCancelIo(data), 0);
            assert_eq!(told.recv().unwrap().status, STATUS_CANCELLED);
            assert_eq!(FltCancelIo(data), 0, "there is nothing under way");
            FltFreeCallbackData(data);
        }),
    );
    file.flush().unwrap();
    assert_eq!(world.rules(), [""; 0]);
}

#[test]
fn what_nobody_made_cancelable_goes_on_and_may_not_be_freed() {
    let world = World::new();
    let file = world.file("\\a", b"content");
    let (held, is_held) = mpsc::channel();
    let _holder = world.load("100", holding(false, held));
    let is_held = Mutex::new(is_held);
    let _filter = world.load(
        "200",
        on_flush(move |_, related| unsafe {
            let data = allocate(related);
            let mut buffer = [0; 16];
            prepare_read(data, &mut buffer, 0);
            let (_, told) = start(data);
            let below = is_held.lock().unwrap().recv().unwrap() as PFLT_CALLBACK_DATA;
            assert_eq!(FltCancelIo(data), 0);
            assert_ne!(FltIsIoCanceled(below), 0);
            FltFreeCallbackData(data);
            FltCompletePendedPreOperation(below, NO_CALLBACK as _, NONE);
            assert_eq!(told.recv().unwrap().information, 7);
        }),
    );
    file.flush().unwrap();
    assert_eq!(world.rules(), ["N-27"]);
}

#[test]
fn an_instance_goes_only_after_its_own_operations() {
    let world = World::new();
    let file = world.file("\\a", b"content");
    let (held, is_held) = mpsc::channel();
    let _holder = world.load("100", holding(false, held));
    let told: Arc<Mutex<Option<mpsc::Receiver<Finished>>>> = Arc::default();
    let kept = Arc::clone(&told);
    let own = Arc::new(AtomicUsize::new(0));
    let data_of = Arc::clone(&own);
    static BUFFER: Mutex<[u8; 16]> = Mutex::new([0; 16]);
    let mut behaviour = on_flush(move |_, related| unsafe {
        let data = allocate(related);
        prepare_read(data, &mut *BUFFER.lock().unwrap(), 0);
        data_of.store(data as usize, Ordering::SeqCst);
        *kept.lock().unwrap() = Some(start(data).1);
    });
    let log = Log::new();
    let complete = log.clone();
    behaviour.teardown_complete = Some(Box::new(move |_, _| {
        complete.add("complete");
        unsafe { FltFreeCallbackData(own.load(Ordering::SeqCst) as PFLT_CALLBACK_DATA) };
        STATUS_SUCCESS
    }));
    let filter = world.load("200", behaviour);
    file.flush().unwrap();
    let below = is_held.recv().unwrap();
    std::thread::scope(|scope| {
        let releaser = scope.spawn(|| {
            std::thread::sleep(Duration::from_millis(30));
            assert!(log.take().is_empty(), "rule N-36");
            unsafe { FltCompletePendedPreOperation(below as PFLT_CALLBACK_DATA, NO_CALLBACK as _, NONE) };
            told.lock().unwrap().take().unwrap().recv().unwrap();
        });
        filter.unload().unwrap();
        releaser.join().unwrap();
    });
    assert_eq!(log.take(), ["complete"]);
    assert_eq!(world.rules(), [""; 0]);
}

#[test]
fn only_callback_data_of_ones_own_is_freed() {
    let world = World::new();
    let file = world.file("\\a", b"content");
    let filter = world.load(
        "200",
        on_flush(|data, related| unsafe {
            FltFreeCallbackData(data);
            FltReuseCallbackData(data);
            let own = allocate(related);
            FltFreeCallbackData(own);
            FltFreeCallbackData(own);
            let _leaked = allocate(related);
            FltCancelIo(data);
        }),
    );
    file.flush().unwrap();
    assert_eq!(world.rules(), ["N-25", "N-25", "N-25", "G-26"]);
    filter.unload().unwrap();
    assert_eq!(world.rules()[4..], ["N-25"], "what is left over is reported at the end (rule O-03)");
}

#[test]
fn lists_go_with_the_callback_data() {
    let world = World::new();
    let file = world.file("\\a", &[3; 512]);
    let _filter = world.load(
        "200",
        on_flush(|_, related| unsafe {
            let data = allocate(related);
            let mut buffer = [0; 512];
            for free in [false, true] {
                prepare_read(data, &mut buffer, 0);
                let mdl = IoAllocateMdl(buffer.as_mut_ptr().cast(), 512, 0, 0, std::ptr::null_mut());
                MmBuildMdlForNonPagedPool(mdl);
                (*(*data).Iopb).Parameters.Read.MdlAddress = mdl;
                FltPerformSynchronousIo(data);
                assert_eq!(buffer, [3; 512]);
                assert!(pool::find(mdl as usize).is_some());
                if free {
                    FltFreeCallbackData(data);
                } else {
                    FltReuseCallbackData(data);
                }
                assert!(pool::find(mdl as usize).is_none(), "rule N-26");
            }
        }),
    );
    file.flush().unwrap();
    assert_eq!(world.rules(), [""; 0]);
}

/// A filter that reissues reads from their posts, which come with the pre-operation status `with`.
fn reissuing(with: i32, change: impl Fn(&mut FLT_CALLBACK_DATA) + Send + Sync + 'static) -> Behaviour {
    Behaviour::new().both(
        IRP_MJ_READ,
        move |data, _, _| if class_of(data) == "irp" { with } else { DISALLOW_FASTIO },
        move |data, related, _, _| {
            change(data);
            unsafe { FltReissueSynchronousIo(related.Instance, data) };
            FINISHED
        },
    )
}

#[test]
fn a_synchronized_operation_is_performed_once_more_below() {
    let world = World::new();
    let file = world.file("\\a", b"content");
    let log = Log::new();
    let _high = world.load("300", spy(&log, "high"));
    let _low = world.load("100", spy(&log, "low"));
    let _filter = world.load(
        "200",
        reissuing(SYNCHRONIZED, |data| unsafe {
            parameters(data).Parameters.Read.Length = 3;
            FltSetCallbackDataDirty(data);
        }),
    );
    let mut buffer = [0; 16];
    assert_eq!(file.read(0, &mut buffer), Ok(3), "the outcome is that of the second time");
    // The first high is the refused fast I/O.
    assert_eq!(log.take(), ["high", "high", "low", "low reissued"]);
    assert_eq!(world.rules(), [""; 0]);
}

#[test]
fn a_reissue_needs_a_synchronized_operation() {
    let world = World::new();
    let file = world.file("\\a", b"content");
    let _filter = world.load("200", reissuing(WITH_CALLBACK, |_| ()));
    assert_eq!(file.read(0, &mut [0; 16]), Ok(7));
    assert_eq!(world.rules(), ["N-30"]);
}

#[test]
fn changes_before_a_reissue_are_announced() {
    let world = World::new();
    let file = world.file("\\a", b"content");
    let _filter = world.load("200", reissuing(SYNCHRONIZED, |data| parameters(data).Parameters.Read.Length = 3));
    assert_eq!(file.read(0, &mut [0; 16]), Ok(7));
    assert_eq!(world.rules(), ["N-31"]);
}

#[test]
fn a_create_that_failed_can_be_reissued() {
    let world = World::new();
    let refusals = Arc::new(AtomicUsize::new(1));
    let left = Arc::clone(&refusals);
    let _low = world.load(
        "100",
        Behaviour::new().pre(IRP_MJ_CREATE, move |data, _, _| {
            if left.swap(0, Ordering::SeqCst) == 0 {
                return NO_CALLBACK;
            }
            set_status(data, STATUS_SHARING_VIOLATION, 0);
            COMPLETE
        }),
    );
    let _filter = world.load(
        "200",
        Behaviour::new().both(
            IRP_MJ_CREATE,
            |_, _, _| WITH_CALLBACK,
            |data, related, _, _| {
                if status_of(data) == STATUS_SHARING_VIOLATION {
                    unsafe { FltReissueSynchronousIo(related.Instance, data) };
                    assert_eq!(status_of(data), STATUS_SUCCESS);
                }
                FINISHED
            },
        ),
    );
    let file = world.open("\\a").expect("the second try succeeds");
    assert_eq!(file.write(WriteOffset::At(0), b"text"), Ok(4));
    assert_eq!(world.rules(), [""; 0]);
}

/// What a status callback has heard: the status, and the length in its snapshot.
static HEARD: Mutex<Vec<(NTSTATUS, u32)>> = Mutex::new(Vec::new());

unsafe extern "efiapi" fn hear(
    _: PCFLT_RELATED_OBJECTS,
    snapshot: PFLT_IO_PARAMETER_BLOCK,
    status: NTSTATUS,
    context: PVOID,
) {
    assert_eq!(context as usize, 77);
    HEARD.lock().unwrap().push((status, unsafe { (*snapshot).Parameters.Read.Length }));
}

#[test]
fn a_filter_is_told_what_the_file_system_answered() {
    let world = World::new();
    let file = world.file("\\a", b"content");
    let _filter = world.load(
        "200",
        Behaviour::new().both(
            IRP_MJ_READ,
            |data, _, _| unsafe {
                if class_of(data) != "irp" {
                    assert_eq!(
                        FltRequestOperationStatusCallback(data, Some(hear), 77 as PVOID),
                        STATUS_INVALID_PARAMETER
                    );
                    return DISALLOW_FASTIO;
                }
                assert_eq!(FltRequestOperationStatusCallback(data, Some(hear), 77 as PVOID), STATUS_SUCCESS);
                parameters(data).Parameters.Read.Length = 2;
                FltSetCallbackDataDirty(data);
                WITH_CALLBACK
            },
            |_, _, _, _| {
                assert_eq!(HEARD.lock().unwrap().len() % 2, 1, "the callback came before the post");
                HEARD.lock().unwrap().push((0, 0));
                FINISHED
            },
        ),
    );
    assert_eq!(file.read(0, &mut [0; 16]), Ok(2));
    assert_eq!(file.read(100, &mut [0; 16]), Err(NtStatus(STATUS_END_OF_FILE)));
    let heard: Vec<_> = HEARD.lock().unwrap().iter().copied().step_by(2).collect();
    assert_eq!(heard, [(STATUS_SUCCESS, 16), (STATUS_END_OF_FILE, 16)]);
    assert_eq!(world.rules(), ["B-33"]);
}
