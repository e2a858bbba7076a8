//! Waits in callbacks that end with the operation (rules G-28, G-29).

use std::sync::{Arc, Mutex, mpsc};
use std::thread;

use fltmgr_sys::*;
use fltsim::status::NtStatus;

use crate::probe::*;

/// An event that lives as long as the test program.
fn event(set: bool) -> usize {
    unsafe {
        let event: *mut KEVENT = Box::into_raw(Box::new(std::mem::zeroed()));
        KeInitializeEvent(event, NotificationEvent, u8::from(set));
        event as usize
    }
}

/// A filter that waits in flushes as `wait` does, and fails them with what it answers, if that is a failure.
fn waiting(
    begun: mpsc::Sender<()>,
    results: &Arc<Mutex<Vec<NTSTATUS>>>,
    wait: impl Fn(PFLT_CALLBACK_DATA) -> NTSTATUS + Send + Sync + 'static,
) -> Behaviour {
    let results = Arc::clone(results);
    Behaviour::new().pre(IRP_MJ_FLUSH_BUFFERS, move |data, _, _| {
        begun.send(()).unwrap();
        let status = wait(data);
        results.lock().unwrap().push(status);
        if status >= 0 {
            return NO_CALLBACK;
        }
        set_status(data, status, 0);
        COMPLETE
    })
}

#[test]
fn a_wait_ends_when_the_object_is_there() {
    let world = World::new();
    let object = event(false);
    let (begun, has_begun) = mpsc::channel();
    let results = Arc::default();
    let _filter = world.load(
        "200",
        waiting(begun, &results, move |data| unsafe {
            FltCancellableWaitForSingleObject(object as PVOID, std::ptr::null_mut(), data)
        }),
    );
    let file = world.open("\\a").unwrap();
    thread::scope(|scope| {
        let flush = scope.spawn(|| file.flush());
        has_begun.recv().unwrap();
        unsafe { KeSetEvent(object as PRKEVENT, 0, 0) };
        assert_eq!(flush.join().unwrap(), Ok(()));
    });
    assert_eq!(*results.lock().unwrap(), [STATUS_SUCCESS]);
    assert_eq!(world.rules(), [""; 0]);
}

#[test]
fn a_cancellation_ends_the_wait_and_the_filter_still_has_the_operation() {
    let world = World::new();
    let objects = [event(false), event(false)];
    for several in [false, true] {
        let (begun, has_begun) = mpsc::channel();
        let results = Arc::default();
        let filter = world.load(
            "200",
            waiting(begun, &results, move |data| unsafe {
                if several {
                    let mut array = objects.map(|object| object as PVOID);
                    let none = std::ptr::null_mut();
                    FltCancellableWaitForMultipleObjects(2, array.as_mut_ptr(), WaitAll, none, none.cast(), data)
                } else {
                    FltCancellableWaitForSingleObject(objects[0] as PVOID, std::ptr::null_mut(), data)
                }
            }),
        );
        let file = world.open("\\a").unwrap();
        thread::scope(|scope| {
            let flush = scope.spawn(|| file.flush());
            has_begun.recv().unwrap();
            while !flush.is_finished() {
                file.cancel_io();
                thread::yield_now();
            }
            assert_eq!(flush.join().unwrap(), Err(NtStatus(STATUS_CANCELLED)));
        });
        assert_eq!(*results.lock().unwrap(), [STATUS_CANCELLED]);
        filter.unload().unwrap();
    }
    assert_eq!(world.rules(), [""; 0]);
}

#[test]
fn any_of_several_objects_ends_the_wait() {
    let world = World::new();
    let objects = [event(false), event(true)];
    let (begun, _has_begun) = mpsc::channel();
    let results = Arc::default();
    let _filter = world.load(
        "200",
        waiting(begun, &results, move |data| unsafe {
            let mut array = objects.map(|object| object as PVOID);
            let none = std::ptr::null_mut();
            FltCancellableWaitForMultipleObjects(2, array.as_mut_ptr(), WaitAny, none, none.cast(), data)
        }),
    );
    world.open("\\a").unwrap().flush().unwrap();
    assert_eq!(*results.lock().unwrap(), [1]);
}

#[test]
fn a_timeout_is_a_success() {
    let world = World::new();
    let object = event(false);
    let (begun, _has_begun) = mpsc::channel();
    let results = Arc::default();
    let _filter = world.load(
        "200",
        waiting(begun, &results, move |data| unsafe {
            let mut timeout = LARGE_INTEGER { QuadPart: -10_000 };
            FltCancellableWaitForSingleObject(object as PVOID, &raw mut timeout, data)
        }),
    );
    assert_eq!(world.open("\\a").unwrap().flush(), Ok(()));
    assert_eq!(*results.lock().unwrap(), [STATUS_TIMEOUT]);
}

#[test]
fn a_wait_and_a_cancel_routine_exclude_each_other() {
    unsafe extern "efiapi" fn never(_: PFLT_CALLBACK_DATA) {}
    let world = World::new();
    let object = event(true);
    let (begun, _has_begun) = mpsc::channel();
    let results = Arc::default();
    let _filter = world.load(
        "200",
        waiting(begun, &results, move |data| unsafe {
            FltSetCancelCompletion(data, Some(never));
            let status = FltCancellableWaitForSingleObject(object as PVOID, std::ptr::null_mut(), data);
            assert_eq!(FltClearCancelCompletion(data), STATUS_SUCCESS, "it is still set");
            status
        }),
    );
    world.open("\\a").unwrap().flush().unwrap();
    assert_eq!(world.rules(), ["G-28"]);
}
