//! Loading, attaching, detaching, draining and unloading (rules A, D-13 to D-16).

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use fltmgr_sys::*;
use fltsim::fs::MemoryStore;
use fltsim::io::{VolumeConfig, WriteOffset};
use fltsim::machine::{LoadError, UnloadError};
use fltsim::status::NtStatus;

use crate::probe::*;

#[test]
fn a_filter_attaches_to_volumes_that_exist_and_to_those_that_come() {
    let world = World::new();
    let log = Log::new();
    let setup = log.clone();
    let mut behaviour = Behaviour::new();
    behaviour.setup = Some(Box::new(move |_, flags| {
        setup.add(format!("setup {flags}"));
        STATUS_SUCCESS
    }));
    let filter = world.load("100", behaviour);
    assert_eq!(log.take(), ["setup 1"]);
    let store = Box::new(MemoryStore::new());
    let second = world.machine.add_volume(VolumeConfig { name: "second".to_owned(), store, device_name: None });
    assert_eq!(log.take(), ["setup 5"]);
    assert_eq!(second.instances().len(), 1);
    filter.unload().unwrap();
    assert!(second.instances().is_empty() && world.volume.instances().is_empty());
    assert!(world.machine.filters().is_empty());
}

#[test]
fn a_refused_setup_attaches_nothing() {
    let world = World::new();
    let mut behaviour = Behaviour::new().pre(IRP_MJ_CREATE, |_, _, _| unreachable!("there is no instance"));
    behaviour.setup = Some(Box::new(|_, _| STATUS_FLT_DO_NOT_ATTACH));
    let _filter = world.load("100", behaviour);
    assert!(world.volume.instances().is_empty());
    drop(world.open("\\a").unwrap());
}

#[test]
fn two_instances_cannot_have_one_altitude() {
    let world = World::new();
    let _one = world.load("100.50", Behaviour::new());
    let _two = world.load("0100.5", Behaviour::new());
    assert_eq!(world.volume.instances().len(), 1);
    let one = world.machine.filters()[0].name().to_owned();
    let two = world.machine.filters()[1].name().to_owned();
    // Rules: the two ways to attach name it differently.
    let attach = |name: &str, altitude| world.machine.attach(name, "memory", None, altitude);
    assert_eq!(attach(&two, None), Err(NtStatus(STATUS_OBJECT_NAME_COLLISION)));
    assert_eq!(attach(&two, Some("100.5")), Err(NtStatus(STATUS_FLT_INSTANCE_ALTITUDE_COLLISION)));
    assert_eq!(attach(&two, Some("1O0")), Err(NtStatus(STATUS_INVALID_PARAMETER)));
    assert_eq!(attach(&one, Some("101")), Err(NtStatus(STATUS_FLT_INSTANCE_NAME_COLLISION)));
    assert_eq!(attach(&two, Some("101")), Ok(format!("{two} Instance")));
    assert_eq!(world.volume.instances()[0].filter().name(), two);
}

#[test]
fn a_manual_detach_asks_the_filter() {
    let world = World::new();
    let log = Log::new();
    let silent = world.load("100", Behaviour::new());
    // Rule A-37: without a query callback it is impossible.
    let detach = |name: &str| world.machine.detach(name, "memory", None);
    assert_eq!(detach(&silent.name), Err(NtStatus(STATUS_FLT_DO_NOT_DETACH)));
    let (query, start, complete) = (log.clone(), log.clone(), log.clone());
    let mut behaviour = Behaviour::new();
    behaviour.query_teardown = Some(Box::new(move |_, _| {
        query.add("query");
        STATUS_SUCCESS
    }));
    behaviour.teardown_start = Some(Box::new(move |_, reason| {
        start.add(format!("start {reason}"));
        STATUS_SUCCESS
    }));
    behaviour.teardown_complete = Some(Box::new(move |_, reason| {
        complete.add(format!("complete {reason}"));
        STATUS_SUCCESS
    }));
    let filter = world.load("200", behaviour);
    assert_eq!(detach(&filter.name), Ok(()));
    assert_eq!(log.take(), ["query", "start 1", "complete 1"]);
    assert_eq!(detach(&filter.name), Err(NtStatus(STATUS_FLT_INSTANCE_NOT_FOUND)));
    assert_eq!(world.machine.attach(&filter.name, "memory", None, None), Ok(format!("{} Instance", filter.name)));
    // Rule A-36: nobody asks at unload.
    filter.unload().unwrap();
    assert_eq!(log.take(), ["start 2", "complete 2"]);
}

#[test]
fn an_unload_may_be_refused_and_may_be_impossible() {
    let world = World::new();
    let mut behaviour = Behaviour::new();
    let allow = Arc::new(AtomicBool::new(false));
    let allowed = Arc::clone(&allow);
    behaviour.unload =
        Some(Box::new(
            move |_| {
                if allowed.load(Ordering::Relaxed) { STATUS_SUCCESS } else { STATUS_FLT_DO_NOT_DETACH }
            },
        ));
    let filter = world.load("100", behaviour);
    assert!(matches!(filter.unload(), Err(UnloadError::Refused { status: NtStatus(STATUS_FLT_DO_NOT_DETACH), .. })));
    assert_eq!(world.volume.instances().len(), 1);
    allow.store(true, Ordering::Relaxed);
    filter.unload().unwrap();
    assert!(matches!(filter.unload(), Err(UnloadError::NotLoaded(_))));
    let mut behaviour = Behaviour::new();
    behaviour.no_unload = true;
    let filter = world.load("100", behaviour);
    assert!(matches!(filter.unload(), Err(UnloadError::NoUnloadRoutine(_))));
}

#[test]
fn a_filter_that_breaks_registration_rules_is_not_loaded() {
    let world = World::new();
    let mut behaviour = Behaviour::new();
    let mut context: FLT_CONTEXT_REGISTRATION = unsafe { std::mem::zeroed() };
    context.ContextType = FLT_STREAM_CONTEXT as u16;
    context.Size = 16;
    behaviour.contexts.push(context);
    // Rule J-03: no pool tag.
    let result = world.try_load("100", behaviour).map(drop);
    assert!(matches!(
        result,
        Err(LoadError::EntryFailed { status: NtStatus(STATUS_FLT_INVALID_CONTEXT_REGISTRATION), .. })
    ));
    assert!(world.machine.filters().is_empty());
}

/// A gate that callbacks wait at.
#[derive(Default)]
struct Gate {
    open: Mutex<bool>,
    changed: Condvar,
    waiting: AtomicUsize,
}

impl Gate {
    fn pass(&self) {
        self.waiting.fetch_add(1, Ordering::SeqCst);
        let mut open = self.open.lock().unwrap();
        while !*open {
            open = self.changed.wait(open).unwrap();
        }
    }

    fn open(&self) {
        *self.open.lock().unwrap() = true;
        self.changed.notify_all();
    }

    fn wait_for_somebody(&self) {
        while self.waiting.load(Ordering::SeqCst) == 0 {
            std::thread::yield_now();
        }
    }
}

#[test]
fn operations_that_wait_below_are_drained_when_the_filter_goes() {
    let world = World::new();
    let log = Log::new();
    let gate = Arc::new(Gate::default());
    let (post, complete) = (log.clone(), log.clone());
    let mut behaviour = Behaviour::new().both(
        IRP_MJ_CREATE,
        |_, _, context| {
            *context = 77 as PVOID;
            WITH_CALLBACK
        },
        move |data, related, context, flags| {
            assert!(!related.Instance.is_null());
            // Rules B-20, D-14: a copy of the callback data says so as well.
            let draining = data.Flags & FLTFL_CALLBACK_DATA_DRAINING_IO != 0;
            assert_eq!(flags & FLTFL_POST_OPERATION_DRAINING != 0, draining);
            post.add(format!("post {} draining {draining}", context as usize));
            FINISHED
        },
    );
    behaviour.teardown_complete = Some(Box::new(move |_, _| {
        complete.add("complete");
        STATUS_SUCCESS
    }));
    let high = world.load("300", behaviour);
    let below = Arc::clone(&gate);
    let _low = world.load(
        "100",
        Behaviour::new().pre(IRP_MJ_CREATE, move |_, _, _| {
            below.pass();
            NO_CALLBACK
        }),
    );
    std::thread::scope(|scope| {
        let opener = scope.spawn(|| world.open("\\a").map(drop));
        gate.wait_for_somebody();
        high.unload().unwrap();
        assert_eq!(log.take(), ["post 77 draining true", "complete"]);
        gate.open();
        assert_eq!(opener.join().unwrap(), Ok(()));
    });
    assert_eq!(log.take(), [""; 0]);
    assert_eq!(world.rules(), [""; 0]);
}

#[test]
fn teardown_waits_for_a_callback_that_runs_and_for_what_is_pended() {
    let world = World::new();
    let log = Log::new();
    let pended: Arc<Mutex<Vec<Carry<FLT_CALLBACK_DATA>>>> = Arc::default();
    let (list, queue) = (Arc::clone(&pended), Arc::clone(&pended));
    let complete = log.clone();
    let start = log.clone();
    let mut behaviour = Behaviour::new().pre(IRP_MJ_CREATE, move |data, _, _| {
        list.lock().unwrap().push(Carry(data));
        PENDING
    });
    // Rule A-41: what is pended is completed at teardown start.
    behaviour.teardown_start = Some(Box::new(move |_, _| {
        start.add("start");
        for data in queue.lock().unwrap().drain(..) {
            unsafe { FltCompletePendedPreOperation(data.get(), NO_CALLBACK as _, NONE) };
        }
        STATUS_SUCCESS
    }));
    behaviour.teardown_complete = Some(Box::new(move |_, _| {
        complete.add("complete");
        STATUS_SUCCESS
    }));
    let filter = world.load("100", behaviour);
    std::thread::scope(|scope| {
        let opener = scope.spawn(|| world.open("\\a").map(drop));
        while pended.lock().unwrap().is_empty() {
            std::thread::yield_now();
        }
        filter.unload().unwrap();
        assert_eq!(opener.join().unwrap(), Ok(()));
    });
    assert_eq!(log.take(), ["start", "complete"]);
    assert_eq!(world.rules(), [""; 0]);
}

#[test]
fn an_operation_that_is_pended_and_lost_is_reported_and_let_go() {
    let world = World::new();
    world.machine.set_patience(Duration::from_millis(100));
    let pended = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&pended);
    let filter = world.load(
        "100",
        Behaviour::new().pre(IRP_MJ_CREATE, move |_, _, _| {
            flag.store(true, Ordering::SeqCst);
            PENDING
        }),
    );
    std::thread::scope(|scope| {
        let opener = scope.spawn(|| world.open("\\a").map(drop));
        while !pended.load(Ordering::SeqCst) {
            std::thread::yield_now();
        }
        std::thread::sleep(Duration::from_millis(20));
        filter.unload().unwrap();
        assert_eq!(opener.join().unwrap(), Ok(()));
    });
    assert_eq!(world.rules(), ["A-45"]);
}

#[test]
fn a_leaked_reference_is_reported_at_unload() {
    let world = World::new();
    world.machine.set_patience(Duration::from_millis(50));
    let mut behaviour = Behaviour::new();
    behaviour.setup = Some(Box::new(|related, _| unsafe { FltObjectReference(related.Filter.cast()) }));
    let filter = world.load("100", behaviour);
    filter.unload().unwrap();
    assert_eq!(world.rules(), ["A-56"]);
}

#[test]
fn a_generic_work_item_keeps_its_filter() {
    unsafe extern "efiapi" fn routine(item: PFLT_GENERIC_WORKITEM, _object: PVOID, context: PVOID) {
        std::thread::sleep(Duration::from_millis(30));
        unsafe {
            let done = &*context.cast::<AtomicBool>();
            done.store(true, Ordering::SeqCst);
            FltFreeGenericWorkItem(item);
        }
    }
    static DONE: AtomicBool = AtomicBool::new(false);
    let world = World::new();
    let filter = world.load(
        "100",
        Behaviour::new().pre(IRP_MJ_CREATE, |_, related, _| unsafe {
            let item = FltAllocateGenericWorkItem();
            let context = (&raw const DONE).cast_mut().cast();
            let status =
                FltQueueGenericWorkItem(item, related.Filter.cast(), Some(routine), DelayedWorkQueue as _, context);
            assert_eq!(status, STATUS_SUCCESS);
            NO_CALLBACK
        }),
    );
    drop(world.open("\\a").unwrap());
    filter.unload().unwrap();
    assert!(DONE.load(Ordering::SeqCst), "rule A-56: the unload waits for the routine");
    assert_eq!(world.rules(), [""; 0]);
}

struct StopAtTheEnd<'a>(&'a AtomicBool);

impl Drop for StopAtTheEnd<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn unloading_while_many_threads_work_leaves_every_file_intact() {
    const THREADS: usize = 6;
    let world = World::new();
    let stop = AtomicBool::new(false);
    let inside = Arc::new(AtomicUsize::new(0));
    let contexts = Arc::new(AtomicUsize::new(0));
    let make = || {
        let mut behaviour = Behaviour::new();
        for major in [IRP_MJ_CREATE, IRP_MJ_READ, IRP_MJ_WRITE, IRP_MJ_CLEANUP, IRP_MJ_CLOSE] {
            let (pre, made) = (Arc::clone(&inside), Arc::clone(&contexts));
            let (post, freed) = (Arc::clone(&inside), Arc::clone(&contexts));
            behaviour = behaviour.both(
                major,
                move |data, _, context| {
                    pre.fetch_add(1, Ordering::SeqCst);
                    made.fetch_add(1, Ordering::SeqCst);
                    *context = 5 as PVOID;
                    let pend = major == IRP_MJ_WRITE && class_of(data) == "irp";
                    let mut status = WITH_CALLBACK;
                    if pend {
                        unsafe extern "efiapi" fn routine(
                            item: PFLT_DEFERRED_IO_WORKITEM,
                            data: PFLT_CALLBACK_DATA,
                            context: PVOID,
                        ) {
                            unsafe {
                                FltCompletePendedPreOperation(data, WITH_CALLBACK as _, context);
                                FltFreeDeferredIoWorkItem(item);
                            }
                        }
                        unsafe {
                            let item = FltAllocateDeferredIoWorkItem();
                            let queue = DelayedWorkQueue as _;
                            if FltQueueDeferredIoWorkItem(item, data, Some(routine), queue, 5 as PVOID)
                                == STATUS_SUCCESS
                            {
                                *context = NONE;
                                status = PENDING;
                            } else {
                                FltFreeDeferredIoWorkItem(item);
                            }
                        }
                    }
                    pre.fetch_sub(1, Ordering::SeqCst);
                    status
                },
                move |_, _, context, _| {
                    post.fetch_add(1, Ordering::SeqCst);
                    assert_eq!(context as usize, 5);
                    freed.fetch_sub(1, Ordering::SeqCst);
                    post.fetch_sub(1, Ordering::SeqCst);
                    FINISHED
                },
            );
        }
        behaviour
    };
    std::thread::scope(|scope| {
        // An assertion that fails below must end the workers too, or the scope would wait for them for ever.
        let stop_at_the_end = StopAtTheEnd(&stop);
        let mut workers = Vec::new();
        for thread in 0..THREADS {
            let (world, stop) = (&world, &stop);
            workers.push(scope.spawn(move || {
                let mut round = 0_u64;
                while !stop.load(Ordering::Relaxed) {
                    let name = format!("\\file{thread}");
                    let content: Vec<u8> = (0..2000_u64).map(|byte| (byte * 7 + round) as u8).collect();
                    let file = world.open(&name).unwrap();
                    for (index, chunk) in content.chunks(100).enumerate() {
                        assert_eq!(file.write(WriteOffset::At(index as u64 * 100), chunk), Ok(100));
                    }
                    drop(file);
                    let file = world.open(&name).unwrap();
                    let mut read = vec![0; content.len()];
                    assert_eq!(file.read(0, &mut read), Ok(content.len()));
                    assert_eq!(read, content, "{name} in round {round}");
                    round += 1;
                }
                round
            }));
        }
        for _ in 0..25 {
            let filter = world.load("100", make());
            std::thread::sleep(Duration::from_millis(10));
            filter.unload().unwrap();
            assert_eq!(inside.load(Ordering::SeqCst), 0, "nobody is in a filter that is gone");
            assert_eq!(contexts.load(Ordering::SeqCst), 0, "every completion context came back");
        }
        drop(stop_at_the_end);
        let rounds: u64 = workers.into_iter().map(|worker| worker.join().unwrap()).sum();
        assert!(rounds > 0);
    });
    assert_eq!(world.rules(), [""; 0]);
}

#[test]
fn a_stop_of_the_service_takes_no_refusal_unless_it_is_not_supported() {
    let world = World::new();
    let told = Arc::new(Mutex::new(Vec::new()));
    let mut behaviour = Behaviour::new();
    let flags = Arc::clone(&told);
    behaviour.unload = Some(Box::new(move |unload| {
        flags.lock().unwrap().push(unload);
        STATUS_SUCCESS
    }));
    behaviour.registration_flags = FLTFL_REGISTRATION_DO_NOT_SUPPORT_SERVICE_STOP;
    let filter = world.load("100", behaviour);
    // Rule A-52: the callback is not called for it, and an unload that may be refused goes on as before.
    assert!(matches!(world.machine.stop_service(&filter.name), Err(UnloadError::NoUnloadRoutine(_))));
    assert_eq!(*told.lock().unwrap(), [0; 0]);
    filter.unload().unwrap();
    assert_eq!(std::mem::take(&mut *told.lock().unwrap()), [0]);

    let mut behaviour = Behaviour::new();
    let flags = Arc::clone(&told);
    behaviour.unload = Some(Box::new(move |unload| {
        flags.lock().unwrap().push(unload);
        if unload & FLTFL_FILTER_UNLOAD_MANDATORY == 0 { STATUS_FLT_DO_NOT_DETACH } else { STATUS_SUCCESS }
    }));
    let filter = world.load("100", behaviour);
    assert!(filter.unload().is_err());
    // Rule A-51.
    world.machine.stop_service(&filter.name).unwrap();
    assert_eq!(*told.lock().unwrap(), [0, FLTFL_FILTER_UNLOAD_MANDATORY]);
    assert!(world.volume.instances().is_empty());
}
