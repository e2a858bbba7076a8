//! Callback-data queues and cancellation (rules G).

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use fltmgr_sys::*;
use fltsim::io::File;
use fltsim::status::NtStatus;

use crate::probe::*;

/// What a driver keeps around a queue: the storage and the lock are its own (rule G-04).
#[repr(C)]
struct Store {
    queue: FLT_CALLBACK_DATA_QUEUE,
    lock: KSPIN_LOCK,
    items: Vec<PFLT_CALLBACK_DATA>,
    /// What the insertion routine answers.
    answer: NTSTATUS,
    log: Log,
}

unsafe impl Send for Store {}

/// A pointer to a store, for the callbacks that need it.
#[derive(Clone, Copy)]
struct Shared(*mut Store);

unsafe impl Send for Shared {}
unsafe impl Sync for Shared {}

impl Shared {
    /// A queue that lives as long as the test program, as instances that use it may.
    fn new(log: &Log) -> Self {
        let queue = unsafe { std::mem::zeroed() };
        let store = Store { queue, lock: 0, items: Vec::new(), answer: STATUS_SUCCESS, log: log.clone() };
        Self(Box::into_raw(Box::new(store)))
    }

    fn queue(self) -> PFLT_CALLBACK_DATA_QUEUE {
        self.0.cast()
    }

    fn initialize(self, instance: PFLT_INSTANCE) -> NTSTATUS {
        unsafe {
            FltCbdqInitialize(
                instance,
                self.queue(),
                Some(insert),
                Some(remove),
                Some(peek),
                Some(acquire),
                Some(release),
                Some(complete_canceled),
            )
        }
    }

    fn insert(self, data: PFLT_CALLBACK_DATA) -> NTSTATUS {
        unsafe { FltCbdqInsertIo(self.queue(), data, std::ptr::null_mut(), NONE) }
    }

    fn remove_next(self) -> Option<PFLT_CALLBACK_DATA> {
        let data = unsafe { FltCbdqRemoveNextIo(self.queue(), NONE) };
        (!data.is_null()).then_some(data)
    }

    fn len(self) -> usize {
        unsafe {
            let irql = KeAcquireSpinLockRaiseToDpc(&raw mut (*self.0).lock);
            let store = &*self.0;
            let length = store.items.len();
            KeReleaseSpinLock(&raw mut (*self.0).lock, irql);
            length
        }
    }

    fn wait_for(self, length: usize) {
        while self.len() != length {
            thread::sleep(Duration::from_millis(1));
        }
    }
}

unsafe extern "efiapi" fn insert(queue: PFLT_CALLBACK_DATA_QUEUE, data: PFLT_CALLBACK_DATA, _: PVOID) -> NTSTATUS {
    let store = unsafe { &mut *queue.cast::<Store>() };
    if store.answer >= 0 {
        store.items.push(data);
    }
    store.answer
}

unsafe extern "efiapi" fn remove(queue: PFLT_CALLBACK_DATA_QUEUE, data: PFLT_CALLBACK_DATA) {
    let store = unsafe { &mut *queue.cast::<Store>() };
    let place = store.items.iter().position(|item| *item == data).expect("only what is in the queue is removed");
    store.items.remove(place);
    store.log.add("removed");
}

unsafe extern "efiapi" fn peek(
    queue: PFLT_CALLBACK_DATA_QUEUE,
    data: PFLT_CALLBACK_DATA,
    _: PVOID,
) -> PFLT_CALLBACK_DATA {
    let items = unsafe { &(*queue.cast::<Store>()).items };
    // Rule G-15.
    let next = if data.is_null() { 0 } else { items.iter().position(|item| *item == data).unwrap() + 1 };
    items.get(next).copied().unwrap_or(std::ptr::null_mut())
}

unsafe extern "efiapi" fn acquire(queue: PFLT_CALLBACK_DATA_QUEUE, irql: PKIRQL) {
    unsafe { irql.write(KeAcquireSpinLockRaiseToDpc(&raw mut (*queue.cast::<Store>()).lock)) }
}

unsafe extern "efiapi" fn release(queue: PFLT_CALLBACK_DATA_QUEUE, irql: KIRQL) {
    unsafe { KeReleaseSpinLock(&raw mut (*queue.cast::<Store>()).lock, irql) }
}

unsafe extern "efiapi" fn complete_canceled(queue: PFLT_CALLBACK_DATA_QUEUE, data: PFLT_CALLBACK_DATA) {
    unsafe {
        (*queue.cast::<Store>()).log.add("canceled");
        set_status(&mut *data, STATUS_CANCELLED, 0);
        FltCompletePendedPreOperation(data, COMPLETE as _, NONE);
    }
}

/// A driver that puts every flush into the queue.
fn holding(store: Shared) -> Behaviour {
    let mut behaviour = Behaviour::new().pre(IRP_MJ_FLUSH_BUFFERS, move |data, _, _| {
        let status = store.insert(data);
        if status >= 0 {
            return PENDING;
        }
        set_status(data, status, 0);
        COMPLETE
    });
    behaviour.setup = Some(Box::new(move |related, _| store.initialize(related.Instance)));
    behaviour
}

fn pass_on(data: PFLT_CALLBACK_DATA) {
    unsafe { FltCompletePendedPreOperation(data, NO_CALLBACK as _, NONE) }
}

#[test]
fn what_is_in_a_queue_waits_until_it_is_removed() {
    let world = World::new();
    let log = Log::new();
    let store = Shared::new(&log);
    let _holder = world.load("200", holding(store));
    let file = world.open("\\a").unwrap();
    thread::scope(|scope| {
        let flush = scope.spawn(|| file.flush());
        store.wait_for(1);
        thread::sleep(Duration::from_millis(20));
        assert!(!flush.is_finished());
        pass_on(store.remove_next().expect("one operation is in the queue"));
        assert_eq!(flush.join().unwrap(), Ok(()));
    });
    assert!(store.remove_next().is_none());
    assert_eq!(log.take(), ["removed"]);
}

#[test]
fn a_cancellation_takes_an_operation_out_of_its_queue_and_completes_it() {
    let world = World::new();
    let log = Log::new();
    let store = Shared::new(&log);
    let _holder = world.load("200", holding(store));
    let (file, other) = (world.open("\\a").unwrap(), world.open("\\b").unwrap());
    thread::scope(|scope| {
        let flush = scope.spawn(|| file.flush());
        let spared = scope.spawn(|| other.flush());
        store.wait_for(2);
        assert_eq!(file.cancel_io(), 1);
        assert_eq!(flush.join().unwrap(), Err(NtStatus(STATUS_CANCELLED)));
        assert_eq!(log.take(), ["removed", "canceled"]);
        assert_eq!(file.cancel_io(), 0, "there is nothing left");
        assert!(!spared.is_finished());
        pass_on(store.remove_next().expect("the other file's operation is still there"));
        assert_eq!(spared.join().unwrap(), Ok(()));
    });
}

#[test]
fn the_end_of_a_process_cancels_what_it_has_under_way() {
    let world = World::new();
    let store = Shared::new(&Log::new());
    let _holder = world.load("200", holding(store));
    let file = world.open("\\a").unwrap();
    thread::scope(|scope| {
        let flush = scope.spawn(|| file.flush());
        store.wait_for(1);
        assert_eq!(world.machine.cancel_io_of(&world.who.process), 1);
        assert_eq!(flush.join().unwrap(), Err(NtStatus(STATUS_CANCELLED)));
    });
}

#[test]
fn a_disabled_queue_takes_nothing_in_until_it_is_enabled() {
    let world = World::new();
    let store = Shared::new(&Log::new());
    let _holder = world.load("200", holding(store));
    let file = world.open("\\a").unwrap();
    unsafe { FltCbdqDisable(store.queue()) };
    assert_eq!(file.flush(), Err(NtStatus(STATUS_FLT_CBDQ_DISABLED)));
    unsafe { FltCbdqEnable(store.queue()) };
    thread::scope(|scope| {
        let flush = scope.spawn(|| file.flush());
        store.wait_for(1);
        pass_on(store.remove_next().unwrap());
        assert_eq!(flush.join().unwrap(), Ok(()));
    });
}

#[test]
fn a_refused_insertion_is_answered_with_the_status_of_the_drivers_routine() {
    let world = World::new();
    let store = Shared::new(&Log::new());
    unsafe { (*store.0).answer = STATUS_INSUFFICIENT_RESOURCES };
    let _holder = world.load("200", holding(store));
    assert_eq!(world.open("\\a").unwrap().flush(), Err(NtStatus(STATUS_INSUFFICIENT_RESOURCES)));
}

#[test]
fn an_operation_that_is_canceled_before_it_is_inserted_is_completed_at_once() {
    let world = World::new();
    let log = Log::new();
    let (above, below) = (Shared::new(&Log::new()), Shared::new(&log));
    let _high = world.load("300", holding(above));
    let _low = world.load("200", holding(below));
    let file = world.open("\\a").unwrap();
    thread::scope(|scope| {
        let flush = scope.spawn(|| file.flush());
        above.wait_for(1);
        // The upper filter has the operation out of its queue when the cancellation comes, so nothing happens there.
        let data = Carry(above.remove_next().unwrap());
        unsafe { FltSetCancelCompletion(data.get(), Some(leave)) };
        assert_eq!(file.cancel_io(), 1);
        assert_ne!(unsafe { FltIsIoCanceled(data.get()) }, 0);
        pass_on(data.get());
        assert_eq!(flush.join().unwrap(), Err(NtStatus(STATUS_CANCELLED)));
    });
    assert_eq!(log.take(), ["removed", "canceled"]);
}

/// A cancel routine that leaves the operation to who holds it.
unsafe extern "efiapi" fn leave(_: PFLT_CALLBACK_DATA) {}

#[test]
fn fast_io_is_not_taken_in() {
    let world = World::new();
    let store = Shared::new(&Log::new());
    let file = world.file("\\a", &[1; 64]);
    file.read(0, &mut [0; 8]).unwrap();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let answers = Arc::clone(&seen);
    let mut behaviour = Behaviour::new().pre(IRP_MJ_READ, move |data, _, _| {
        answers.lock().unwrap().push((class_of(data), store.insert(data)));
        NO_CALLBACK
    });
    behaviour.setup = Some(Box::new(move |related, _| store.initialize(related.Instance)));
    let _holder = world.load("200", behaviour);
    file.read(0, &mut [0; 8]).unwrap();
    assert_eq!(*seen.lock().unwrap(), [("fast", STATUS_INVALID_PARAMETER)]);
    assert_eq!(world.rules(), ["G-03"]);
}

#[test]
fn removing_one_operation_by_its_context_succeeds_once() {
    let world = World::new();
    let store = Shared::new(&Log::new());
    static CONTEXTS: Mutex<Vec<usize>> = Mutex::new(Vec::new());
    let mut behaviour = Behaviour::new().pre(IRP_MJ_FLUSH_BUFFERS, move |data, _, _| unsafe {
        let context: PIO_CSQ_IRP_CONTEXT = Box::into_raw(Box::new(std::mem::zeroed()));
        assert_eq!(FltCbdqInsertIo(store.queue(), data, context, NONE), STATUS_SUCCESS);
        CONTEXTS.lock().unwrap().push(context as usize);
        PENDING
    });
    behaviour.setup = Some(Box::new(move |related, _| store.initialize(related.Instance)));
    let _holder = world.load("200", behaviour);
    let file = world.open("\\a").unwrap();
    let remove = |index: usize| unsafe {
        FltCbdqRemoveIo(store.queue(), CONTEXTS.lock().unwrap()[index] as PIO_CSQ_IRP_CONTEXT)
    };
    thread::scope(|scope| {
        let first = scope.spawn(|| file.flush());
        store.wait_for(1);
        let second = scope.spawn(|| file.flush());
        store.wait_for(2);
        while CONTEXTS.lock().unwrap().len() < 2 {
            thread::yield_now();
        }
        let data = remove(1);
        assert!(!data.is_null());
        assert!(remove(1).is_null(), "it is gone, and its context says so");
        pass_on(data);
        assert_eq!(second.join().unwrap(), Ok(()));
        file.cancel_io();
        assert_eq!(first.join().unwrap(), Err(NtStatus(STATUS_CANCELLED)));
        assert!(remove(0).is_null(), "a canceled one is gone as well");
    });
}

#[test]
fn removals_and_cancellations_that_race_complete_every_operation_once() {
    const THREADS: usize = 4;
    const ROUNDS: usize = 200;
    let world = World::new();
    let log = Log::new();
    let store = Shared::new(&log);
    let _holder = world.load("200", holding(store));
    let files: Vec<File> = (0..THREADS).map(|index| world.open(&format!("\\{index}")).unwrap()).collect();
    let (passed, canceled) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let running = AtomicUsize::new(THREADS);
    thread::scope(|scope| {
        for file in &files {
            let (passed, canceled, running) = (&passed, &canceled, &running);
            scope.spawn(move || {
                for _ in 0..ROUNDS {
                    match file.flush() {
                        Ok(()) => passed.fetch_add(1, Ordering::Relaxed),
                        Err(status) => {
                            assert_eq!(status, NtStatus(STATUS_CANCELLED));
                            canceled.fetch_add(1, Ordering::Relaxed)
                        }
                    };
                }
                running.fetch_sub(1, Ordering::Release);
            });
        }
        scope.spawn(|| {
            while running.load(Ordering::Acquire) > 0 {
                if let Some(data) = store.remove_next() {
                    pass_on(data);
                }
            }
        });
        while running.load(Ordering::Acquire) > 0 {
            for file in &files {
                file.cancel_io();
            }
        }
    });
    let (passed, canceled) = (passed.into_inner(), canceled.into_inner());
    assert_eq!(passed + canceled, THREADS * ROUNDS);
    let completions = log.take().iter().filter(|line| *line == "canceled").count();
    assert_eq!(completions, canceled, "the driver completed each canceled operation once");
    assert_eq!(store.len(), 0);
    assert_eq!(world.rules(), [""; 0]);
}

#[test]
fn a_cancel_routine_is_cleared_or_called_but_not_both() {
    let world = World::new();
    static CLEARED: Mutex<Vec<NTSTATUS>> = Mutex::new(Vec::new());
    unsafe extern "efiapi" fn canceled(data: PFLT_CALLBACK_DATA) {
        unsafe {
            CLEARED.lock().unwrap().push(FltClearCancelCompletion(data));
            set_status(&mut *data, STATUS_CANCELLED, 0);
            FltCompletePendedPreOperation(data, COMPLETE as _, NONE);
        }
    }
    let held = Arc::new(Mutex::new(None));
    let keep = Arc::clone(&held);
    let _holder = world.load(
        "200",
        Behaviour::new().pre(IRP_MJ_FLUSH_BUFFERS, move |data, _, _| {
            let before = unsafe { FltClearCancelCompletion(data) };
            let set = unsafe { FltSetCancelCompletion(data, Some(canceled)) };
            assert_eq!((before, set), (STATUS_CANCELLED, STATUS_SUCCESS));
            *keep.lock().unwrap() = Some(Carry(data));
            PENDING
        }),
    );
    let file = world.open("\\a").unwrap();
    let next = || loop {
        if let Some(data) = held.lock().unwrap().take() {
            return data;
        }
        thread::yield_now();
    };
    thread::scope(|scope| {
        let flush = scope.spawn(|| file.flush());
        let data = next();
        assert_eq!(unsafe { FltClearCancelCompletion(data.get()) }, STATUS_SUCCESS);
        assert_eq!(file.cancel_io(), 0, "nothing is armed any more");
        pass_on(data.get());
        assert_eq!(flush.join().unwrap(), Ok(()));
        let flush = scope.spawn(|| file.flush());
        next();
        assert_eq!(file.cancel_io(), 1);
        assert_eq!(flush.join().unwrap(), Err(NtStatus(STATUS_CANCELLED)));
    });
    assert_eq!(*CLEARED.lock().unwrap(), [STATUS_CANCELLED], "who cancels has the operation");
}
