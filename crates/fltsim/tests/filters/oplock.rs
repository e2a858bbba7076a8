//! Oplocks of files that a filter owns (rules H).

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::Duration;

use fltmgr_sys::*;
use fltsim::io::{File, FileLock, OpenRequest, WriteOffset};
use fltsim::status::NtStatus;

use crate::probe::*;

/// The oplock of the one file that a filter owns.
#[derive(Clone)]
struct Lock {
    variable: usize,
    open_count: Arc<AtomicU32>,
    log: Log,
}

/// How a filter has operations wait for a break.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Waits {
    /// In the calling thread (rule H-12).
    Blocking,
    /// Pended, with a completion routine.
    Posting,
}

unsafe extern "efiapi" fn prepare(_: PFLT_CALLBACK_DATA, context: PVOID) {
    unsafe { &*context.cast::<Log>() }.add("prepared");
}

unsafe extern "efiapi" fn wait_complete(data: PFLT_CALLBACK_DATA, context: PVOID) {
    unsafe {
        let status = status_of(&*data);
        (*context.cast::<Log>()).add(if status == STATUS_CANCELLED { "canceled" } else { "completed" });
        let how = if status < 0 { COMPLETE } else { NO_CALLBACK };
        FltCompletePendedPreOperation(data, how as _, NONE);
    }
}

impl Lock {
    fn new() -> Self {
        let variable: OPLOCK = std::ptr::null_mut();
        let variable = Box::into_raw(Box::new(variable)) as usize;
        Self { variable, open_count: Arc::new(AtomicU32::new(1)), log: Log::new() }
    }

    fn variable(&self) -> POPLOCK {
        self.variable as POPLOCK
    }

    fn is_held(&self) -> bool {
        unsafe { FltCurrentOplock(self.variable()) != 0 }
    }

    fn wait_until(&self, held: bool) {
        while self.is_held() != held {
            thread::sleep(Duration::from_millis(1));
        }
    }

    /// A filter that owns the files of the volume, which have one oplock.
    fn owner(&self, waits: Waits) -> Behaviour {
        let this = self.clone();
        let mut behaviour = Behaviour::new().pre(IRP_MJ_FILE_SYSTEM_CONTROL, move |data, _, _| unsafe {
            FltOplockFsctrlEx(this.variable(), data, this.open_count.load(Ordering::SeqCst), 0)
        });
        for major in [
            IRP_MJ_CREATE,
            IRP_MJ_READ,
            IRP_MJ_WRITE,
            IRP_MJ_LOCK_CONTROL,
            IRP_MJ_SET_INFORMATION,
            IRP_MJ_CLEANUP,
            IRP_MJ_FLUSH_BUFFERS,
        ] {
            let this = self.clone();
            let context = Box::into_raw(Box::new(self.log.clone())) as usize;
            behaviour = behaviour.pre(major, move |data, _, _| unsafe {
                if class_of(data) != "irp" {
                    return DISALLOW_FASTIO;
                }
                let status = match waits {
                    Waits::Blocking => FltCheckOplock(this.variable(), data, NONE, None, None),
                    Waits::Posting => {
                        FltCheckOplockEx(this.variable(), data, 0, context as PVOID, Some(wait_complete), Some(prepare))
                    }
                };
                if status == WITH_CALLBACK { NO_CALLBACK } else { status }
            });
        }
        let this = self.clone();
        behaviour.setup = Some(Box::new(move |_, _| {
            unsafe { FltInitializeOplock(this.variable()) };
            STATUS_SUCCESS
        }));
        let this = self.clone();
        behaviour.teardown_complete = Some(Box::new(move |_, _| {
            unsafe { FltUninitializeOplock(this.variable()) };
            STATUS_SUCCESS
        }));
        behaviour
    }
}

/// Opens the file so that oplocks can be had on the handle.
fn asynchronous(world: &World, key: Option<u8>) -> File {
    let request = OpenRequest { options: 0, oplock_key: key.map(|key| [key; 16]), ..World::request("\\a") };
    world.volume.open(&world.who, &request).unwrap().0
}

/// Sends a control that has no buffers but the answer's, and answers what came with it.
fn control(file: &File, code: u32) -> Result<usize, NtStatus> {
    file.fs_control(code, &[], &mut [0; 32])
}

/// Requests a caching level, or acknowledges one. Answers the level it was broken to.
fn caching(file: &File, level: u32, flags: u32) -> Result<(u32, u32), NtStatus> {
    let mut input = Vec::new();
    for half in [1_u16, 12] {
        input.extend(half.to_le_bytes());
    }
    for word in [level, flags] {
        input.extend(word.to_le_bytes());
    }
    let mut output = [0; 24];
    file.fs_control(FSCTL_REQUEST_OPLOCK, &input, &mut output)?;
    let word = |at: usize| u32::from_le_bytes(output[at..at + 4].try_into().unwrap());
    Ok((word(8), word(12)))
}

const READ: u32 = OPLOCK_LEVEL_CACHE_READ;
const HANDLE: u32 = OPLOCK_LEVEL_CACHE_HANDLE;
const WRITE: u32 = OPLOCK_LEVEL_CACHE_WRITE;
const REQUEST: u32 = REQUEST_OPLOCK_INPUT_FLAG_REQUEST;
const ACKNOWLEDGE: u32 = REQUEST_OPLOCK_INPUT_FLAG_ACK;
const MUST_ACKNOWLEDGE: u32 = REQUEST_OPLOCK_OUTPUT_FLAG_ACK_REQUIRED;

/// Long enough for something that must not happen to be seen.
fn a_while() {
    thread::sleep(Duration::from_millis(20));
}

#[test]
fn a_batch_oplock_breaks_to_level_2_when_another_opens_the_file() {
    for waits in [Waits::Blocking, Waits::Posting] {
        let world = World::new();
        let lock = Lock::new();
        let _owner = world.load("200", lock.owner(waits));
        let file = asynchronous(&world, None);
        thread::scope(|scope| {
            let request = scope.spawn(|| control(&file, FSCTL_REQUEST_BATCH_OPLOCK));
            lock.wait_until(true);
            a_while();
            assert!(!request.is_finished(), "rule H-20");
            assert_ne!(unsafe { FltCurrentBatchOplock(lock.variable()) }, 0);
            let opener = scope.spawn(|| world.open("\\a"));
            assert_eq!(request.join().unwrap(), Ok(FILE_OPLOCK_BROKEN_TO_LEVEL_2 as usize));
            a_while();
            assert!(!opener.is_finished(), "rule H-23");
            let level_2 = scope.spawn(|| control(&file, FSCTL_OPLOCK_BREAK_ACKNOWLEDGE));
            let other = opener.join().unwrap().unwrap();
            assert!(!level_2.is_finished());
            // Rule H-26: without an acknowledgement.
            other.write(WriteOffset::At(0), b"text").unwrap();
            assert_eq!(level_2.join().unwrap(), Ok(FILE_OPLOCK_BROKEN_TO_NONE as usize));
        });
        assert!(!lock.is_held());
        let log = if waits == Waits::Posting { vec!["prepared", "completed"] } else { vec![] };
        assert_eq!(lock.log.take(), log);
        assert_eq!(world.rules(), [""; 0]);
    }
}

#[test]
fn an_owner_may_decline_level_2() {
    let world = World::new();
    let lock = Lock::new();
    let _owner = world.load("200", lock.owner(Waits::Blocking));
    let file = asynchronous(&world, None);
    thread::scope(|scope| {
        let request = scope.spawn(|| control(&file, FSCTL_REQUEST_OPLOCK_LEVEL_1));
        lock.wait_until(true);
        let opener = scope.spawn(|| world.open("\\a"));
        request.join().unwrap().unwrap();
        assert_eq!(control(&file, FSCTL_OPLOCK_BREAK_ACK_NO_2), Ok(0));
        opener.join().unwrap().unwrap();
        assert!(!lock.is_held());
    });
    assert_eq!(
        control(&file, FSCTL_OPLOCK_BREAK_ACKNOWLEDGE),
        Err(NtStatus(STATUS_INVALID_OPLOCK_PROTOCOL)),
        "rule H-24"
    );
}

#[test]
fn closing_the_handle_acknowledges() {
    let world = World::new();
    let lock = Lock::new();
    let _owner = world.load("200", lock.owner(Waits::Posting));
    let file = asynchronous(&world, None);
    thread::scope(|scope| {
        let request = scope.spawn(|| {
            control(&file, FSCTL_REQUEST_BATCH_OPLOCK).unwrap();
            file
        });
        lock.wait_until(true);
        let opener = scope.spawn(|| world.open("\\a"));
        let file = request.join().unwrap();
        assert_eq!(control(&file, FSCTL_OPBATCH_ACK_CLOSE_PENDING), Ok(0));
        a_while();
        assert!(!opener.is_finished());
        drop(file);
        opener.join().unwrap().unwrap();
    });
    assert!(!lock.is_held());
}

#[test]
fn what_waits_for_a_break_can_be_canceled() {
    for waits in [Waits::Blocking, Waits::Posting] {
        let world = World::new();
        let lock = Lock::new();
        let _owner = world.load("200", lock.owner(waits));
        let (file, other) = (asynchronous(&world, None), world.open("\\a").unwrap());
        thread::scope(|scope| {
            let request = scope.spawn(|| control(&file, FSCTL_REQUEST_OPLOCK_LEVEL_1));
            lock.wait_until(true);
            let write = scope.spawn(|| other.write(WriteOffset::At(0), b"text"));
            assert_eq!(request.join().unwrap(), Ok(FILE_OPLOCK_BROKEN_TO_NONE as usize));
            while !write.is_finished() {
                other.cancel_io();
                thread::sleep(Duration::from_millis(1));
            }
            assert_eq!(write.join().unwrap(), Err(NtStatus(STATUS_CANCELLED)));
        });
        // A cancellation that comes before the operation waits is answered at once.
        let log = lock.log.take();
        let prepared = if waits == Waits::Posting { vec!["prepared"] } else { vec![] };
        assert!(log == prepared || waits == Waits::Posting && log == ["prepared", "canceled"], "{log:?}");
        assert_eq!(world.rules(), [""; 0]);
    }
}

#[test]
fn a_canceled_request_gives_the_oplock_up() {
    let world = World::new();
    let lock = Lock::new();
    let _owner = world.load("200", lock.owner(Waits::Blocking));
    let file = asynchronous(&world, None);
    thread::scope(|scope| {
        let request = scope.spawn(|| control(&file, FSCTL_REQUEST_BATCH_OPLOCK));
        lock.wait_until(true);
        assert_eq!(file.cancel_io(), 1);
        assert_eq!(request.join().unwrap(), Err(NtStatus(STATUS_CANCELLED)));
        assert!(!lock.is_held());
        world.open("\\a").unwrap();
    });
}

#[test]
fn an_oplock_is_granted_only_where_it_can_be_kept() {
    let world = World::new();
    let lock = Lock::new();
    let _owner = world.load("200", lock.owner(Waits::Blocking));
    let refused = Err(NtStatus(STATUS_OPLOCK_NOT_GRANTED));
    let file = asynchronous(&world, None);
    let legacy = [FSCTL_REQUEST_OPLOCK_LEVEL_1, FSCTL_REQUEST_BATCH_OPLOCK, FSCTL_REQUEST_FILTER_OPLOCK];
    lock.open_count.store(2, Ordering::SeqCst);
    for code in legacy {
        assert_eq!(control(&file, code), refused, "there is another open");
    }
    assert_eq!(control(&file, FSCTL_REQUEST_OPLOCK_LEVEL_2), refused, "rule H-06: there are byte-range locks");
    lock.open_count.store(1, Ordering::SeqCst);
    let synchronous = world.open("\\a").unwrap();
    let directory = {
        let request = OpenRequest { options: FILE_DIRECTORY_FILE, ..World::request("\\directory") };
        world.volume.open(&world.who, &request).unwrap().0
    };
    for code in legacy {
        assert_eq!(control(&synchronous, code), refused);
        assert_eq!(control(&directory, code), Err(NtStatus(STATUS_INVALID_PARAMETER)));
    }
    assert_eq!(caching(&file, WRITE, REQUEST), Err(NtStatus(STATUS_INVALID_PARAMETER)), "there is no such level");
    thread::scope(|scope| {
        let request = scope.spawn(|| control(&file, FSCTL_REQUEST_BATCH_OPLOCK));
        lock.wait_until(true);
        assert_eq!(caching(&file, READ, REQUEST).map(drop), Err(NtStatus(STATUS_OPLOCK_NOT_GRANTED)));
        file.cancel_io();
        request.join().unwrap().unwrap_err();
    });
    assert_eq!(world.rules(), [""; 0]);
}

/// What a holder of `level` is told when the owner of another key does `what`: the new level and the flags; `None` if
/// nothing. What waits is let go by an acknowledgement.
fn broken(level: u32, what: impl Fn(&File) + Sync) -> Option<(u32, u32)> {
    let world = World::new();
    let lock = Lock::new();
    let _owner = world.load("200", lock.owner(Waits::Posting));
    let (file, other) = (asynchronous(&world, Some(1)), asynchronous(&world, Some(2)));
    lock.open_count.store(u32::from(level & WRITE != 0), Ordering::SeqCst);
    thread::scope(|scope| {
        let request = scope.spawn(|| caching(&file, level, REQUEST));
        lock.wait_until(true);
        let work = scope.spawn(|| what(&other));
        while !request.is_finished() && !work.is_finished() {
            thread::sleep(Duration::from_millis(1));
        }
        // What was not broken is still there to be canceled.
        let told = if !request.is_finished() && file.cancel_io() == 1 {
            request.join().unwrap().unwrap_err();
            None
        } else {
            let (new, flags) = request.join().unwrap().unwrap();
            if flags & MUST_ACKNOWLEDGE != 0 {
                caching(&file, 0, ACKNOWLEDGE).unwrap();
            }
            Some((new, flags))
        };
        work.join().unwrap();
        assert_eq!(world.rules(), [""; 0]);
        told
    })
}

#[test]
fn caching_levels_break_to_what_is_left() {
    let read = |file: &File| {
        let _ = file.read(0, &mut [0; 4]);
    };
    let write = |file: &File| {
        file.write(WriteOffset::At(0), b"text").unwrap();
    };
    let lock = |file: &File| {
        let range = FileLock { offset: 0, length: 1, key: 0, exclusive: true, fail_immediately: true };
        file.lock(&range).unwrap();
    };
    let must = MUST_ACKNOWLEDGE;
    // Rule H-25.
    assert_eq!(broken(READ | WRITE, read), Some((READ, must)));
    assert_eq!(broken(READ | WRITE | HANDLE, read), Some((READ | HANDLE, must)));
    assert_eq!(broken(READ, read), None);
    assert_eq!(broken(READ | HANDLE, read), None);
    // Rule H-26.
    assert_eq!(broken(READ, write), Some((0, 0)));
    assert_eq!(broken(READ | HANDLE, write), Some((0, must)));
    assert_eq!(broken(READ | WRITE, write), Some((0, must)));
    assert_eq!(broken(READ | WRITE | HANDLE, write), Some((0, must)));
    assert_eq!(broken(READ, lock), Some((0, 0)));
    assert_eq!(broken(READ | WRITE, lock), Some((0, must)));
}

#[test]
fn a_write_does_not_wait_for_who_caches_reads_and_handles() {
    let world = World::new();
    let lock = Lock::new();
    let _owner = world.load("200", lock.owner(Waits::Blocking));
    let (file, other) = (asynchronous(&world, Some(1)), asynchronous(&world, Some(2)));
    lock.open_count.store(0, Ordering::SeqCst);
    thread::scope(|scope| {
        let request = scope.spawn(|| caching(&file, READ | HANDLE, REQUEST));
        lock.wait_until(true);
        other.write(WriteOffset::At(0), b"text").expect("nobody has acknowledged anything by now");
        assert_eq!(request.join().unwrap(), Ok((0, MUST_ACKNOWLEDGE)));
        caching(&file, 0, ACKNOWLEDGE).unwrap();
        assert!(!lock.is_held());
    });
}

#[test]
fn an_acknowledgement_keeps_what_is_left() {
    let world = World::new();
    let lock = Lock::new();
    let _owner = world.load("200", lock.owner(Waits::Blocking));
    let (file, other) = (asynchronous(&world, Some(1)), asynchronous(&world, Some(2)));
    thread::scope(|scope| {
        let request = scope.spawn(|| caching(&file, READ | WRITE | HANDLE, REQUEST));
        lock.wait_until(true);
        let reader = scope.spawn(|| other.read(0, &mut [0; 4]));
        assert_eq!(request.join().unwrap(), Ok((READ | HANDLE, MUST_ACKNOWLEDGE)));
        let kept = scope.spawn(|| caching(&file, READ | HANDLE, ACKNOWLEDGE));
        let _ = reader.join().unwrap();
        assert_ne!(unsafe { FltCurrentOplockH(lock.variable()) }, 0);
        other.write(WriteOffset::At(0), b"text").unwrap();
        assert_eq!(kept.join().unwrap(), Ok((0, MUST_ACKNOWLEDGE)));
    });
}

#[test]
fn opens_with_the_same_key_break_nothing_and_take_the_oplock_over() {
    let world = World::new();
    let lock = Lock::new();
    let _owner = world.load("200", lock.owner(Waits::Blocking));
    let (file, again) = (asynchronous(&world, Some(1)), asynchronous(&world, Some(1)));
    thread::scope(|scope| {
        let request = scope.spawn(|| caching(&file, READ | WRITE, REQUEST));
        lock.wait_until(true);
        again.write(WriteOffset::At(0), b"text").unwrap();
        drop(asynchronous(&world, Some(1)));
        assert!(!request.is_finished());
        let second = scope.spawn(|| caching(&again, READ | WRITE | HANDLE, REQUEST));
        // Rule H-22: a success whose status says that another handle has it now.
        request.join().unwrap().unwrap();
        assert!(lock.is_held());
        assert_eq!(again.cancel_io(), 1);
        second.join().unwrap().unwrap_err();
    });
    unsafe {
        let other = asynchronous(&world, None);
        let equal = |one: &File, other: &File| FltOplockKeysEqual(one.object().as_ptr(), other.object().as_ptr()) != 0;
        assert!(equal(&file, &again), "rule H-19");
        assert!(equal(&other, &other));
        assert!(!equal(&file, &other));
    }
}

#[test]
fn an_open_for_attributes_alone_breaks_nothing() {
    let world = World::new();
    let lock = Lock::new();
    let _owner = world.load("200", lock.owner(Waits::Blocking));
    let file = asynchronous(&world, None);
    thread::scope(|scope| {
        let request = scope.spawn(|| control(&file, FSCTL_REQUEST_BATCH_OPLOCK));
        lock.wait_until(true);
        let open = |desired_access, options| {
            let request = OpenRequest { desired_access, options, ..World::request("\\a") };
            world.volume.open(&world.who, &request).map(drop)
        };
        open(FILE_READ_ATTRIBUTES | SYNCHRONIZE, FILE_SYNCHRONOUS_IO_NONALERT).unwrap();
        assert!(lock.is_held() && !request.is_finished(), "rule H-28");
        assert_eq!(
            open(FILE_READ_DATA, FILE_OPEN_REQUIRING_OPLOCK),
            Err(NtStatus(STATUS_CANNOT_BREAK_OPLOCK)),
            "rule H-29"
        );
        assert!(lock.is_held() && !request.is_finished());
        // Rule H-14: this one does not wait.
        open(FILE_READ_DATA, FILE_COMPLETE_IF_OPLOCKED).unwrap();
        assert_eq!(request.join().unwrap(), Ok(FILE_OPLOCK_BROKEN_TO_LEVEL_2 as usize));
    });
}

#[test]
fn who_asks_is_told_when_a_break_is_over() {
    let world = World::new();
    let lock = Lock::new();
    let _owner = world.load("200", lock.owner(Waits::Posting));
    let (file, other) = (asynchronous(&world, None), asynchronous(&world, None));
    assert_eq!(control(&other, FSCTL_OPLOCK_BREAK_NOTIFY), Ok(0), "there is no break");
    thread::scope(|scope| {
        let request = scope.spawn(|| control(&file, FSCTL_REQUEST_OPLOCK_LEVEL_1));
        lock.wait_until(true);
        let reader = scope.spawn(|| world.open("\\a").unwrap().read(0, &mut [0; 4]));
        request.join().unwrap().unwrap();
        let (done, is_done) = mpsc::channel();
        let other = &other;
        scope.spawn(move || {
            control(other, FSCTL_OPLOCK_BREAK_NOTIFY).unwrap();
            done.send(()).unwrap();
        });
        a_while();
        assert!(is_done.try_recv().is_err());
        control(&file, FSCTL_OPLOCK_BREAK_ACK_NO_2).unwrap();
        is_done.recv().unwrap();
        let _ = reader.join().unwrap();
    });
}

#[test]
fn fast_io_is_possible_while_nobody_shares_an_oplock() {
    let world = World::new();
    let lock = Lock::new();
    let _owner = world.load("200", lock.owner(Waits::Blocking));
    let possible = || unsafe { FltOplockIsFastIoPossible(lock.variable()) != 0 };
    let mut none: OPLOCK = std::ptr::null_mut();
    assert_ne!(unsafe { FltOplockIsFastIoPossible(&raw mut none) }, 0);
    assert!(possible());
    let file = asynchronous(&world, None);
    for (code, expected) in [(FSCTL_REQUEST_OPLOCK_LEVEL_1, true), (FSCTL_REQUEST_OPLOCK_LEVEL_2, false)] {
        lock.open_count.store(u32::from(expected), Ordering::SeqCst);
        thread::scope(|scope| {
            let request = scope.spawn(|| control(&file, code));
            lock.wait_until(true);
            assert_eq!(possible(), expected);
            file.cancel_io();
            request.join().unwrap().unwrap_err();
        });
    }
}

#[test]
fn an_oplock_is_initialized_once_and_ended() {
    let world = World::new();
    let variable = Mutex::new(1_usize);
    let filter = world.load(
        "200",
        Behaviour::new().pre(IRP_MJ_FLUSH_BUFFERS, move |data, _, _| unsafe {
            let mut variable = variable.lock().unwrap();
            let oplock: POPLOCK = std::ptr::from_mut(&mut *variable).cast();
            assert_eq!(FltCheckOplock(oplock, data, NONE, None, None), WITH_CALLBACK);
            FltInitializeOplock(oplock);
            FltUninitializeOplock(oplock);
            assert_eq!(*variable, 0);
            FltInitializeOplock(oplock);
            NO_CALLBACK
        }),
    );
    world.open("\\a").unwrap().flush().unwrap();
    // Rule H-09: it sees flushes alone.
    assert_eq!(world.rules(), ["H-02", "H-01", "H-09"]);
    filter.unload().unwrap();
    assert_eq!(world.rules()[3..], ["H-01"], "it was never ended");
}

#[test]
fn an_unload_lets_the_holder_go() {
    let world = World::new();
    let lock = Lock::new();
    let mut behaviour = lock.owner(Waits::Blocking);
    let variable = lock.variable;
    behaviour.teardown_start = Some(Box::new(move |_, _| {
        unsafe { FltUninitializeOplock(variable as POPLOCK) };
        STATUS_SUCCESS
    }));
    behaviour.teardown_complete = None;
    let owner = world.load("200", behaviour);
    let file = asynchronous(&world, None);
    thread::scope(|scope| {
        let request = scope.spawn(|| control(&file, FSCTL_REQUEST_BATCH_OPLOCK));
        lock.wait_until(true);
        owner.unload().unwrap();
        assert_eq!(request.join().unwrap(), Ok(FILE_OPLOCK_BROKEN_TO_NONE as usize));
    });
    assert_eq!(world.rules(), [""; 0]);
}

#[test]
fn a_create_may_announce_a_filter_oplock() {
    let world = World::new();
    let lock = Lock::new();
    let variable = lock.variable;
    let announcing = Behaviour::new().pre(IRP_MJ_CREATE, move |data, _, _| unsafe {
        if parameters(data).Parameters.Create.Options & FILE_RESERVE_OPFILTER == 0 {
            return NO_CALLBACK;
        }
        assert_eq!(FltOplockFsctrl(variable as POPLOCK, data, 1), COMPLETE);
        if status_of(data) < 0 { COMPLETE } else { NO_CALLBACK }
    });
    // The first of several registrations for one operation counts (rule A-10).
    let mut behaviour = lock.owner(Waits::Blocking);
    behaviour.operations.splice(0..0, announcing.operations);
    let _owner = world.load("200", behaviour);
    drop(world.open("\\a").unwrap());
    let open = |desired_access| {
        let request = OpenRequest { desired_access, options: FILE_RESERVE_OPFILTER, ..World::request("\\a") };
        world.volume.open(&world.who, &request).map(drop)
    };
    assert_eq!(open(FILE_READ_ATTRIBUTES), Ok(()));
    assert_eq!(world.rules(), [""; 0]);
    assert_eq!(open(FILE_READ_DATA), Err(NtStatus(STATUS_OPLOCK_NOT_GRANTED)));
    assert_eq!(world.rules(), ["H-07"]);
}

/// A check that stands still before its operation waits.
struct Slow {
    has_begun: mpsc::Sender<()>,
    goes_on: Mutex<mpsc::Receiver<()>>,
}

unsafe extern "efiapi" fn prepare_slowly(_: PFLT_CALLBACK_DATA, context: PVOID) {
    let slow = unsafe { &*context.cast::<Slow>() };
    slow.has_begun.send(()).unwrap();
    slow.goes_on.lock().unwrap().recv().unwrap();
}

unsafe extern "efiapi" fn go_on(data: PFLT_CALLBACK_DATA, _: PVOID) {
    unsafe { FltCompletePendedPreOperation(data, NO_CALLBACK as _, NONE) };
}

#[test]
fn an_oplock_is_not_asked_for_while_another_operation_is_checked() {
    let world = World::new();
    let lock = Lock::new();
    let (has_begun, begun) = mpsc::channel();
    let (go, goes_on) = mpsc::channel();
    let slow = Box::into_raw(Box::new(Slow { has_begun, goes_on: Mutex::new(goes_on) })) as usize;
    let variable = lock.variable;
    let checked = Behaviour::new().pre(IRP_MJ_READ, move |data, _, _| unsafe {
        if class_of(data) != "irp" {
            return DISALLOW_FASTIO;
        }
        let (oplock, context) = (variable as POPLOCK, slow as PVOID);
        let status = FltCheckOplockEx(oplock, data, 0, context, Some(go_on), Some(prepare_slowly));
        if status == WITH_CALLBACK { NO_CALLBACK } else { status }
    });
    let mut behaviour = lock.owner(Waits::Posting);
    behaviour.operations.splice(0..0, checked.operations);
    let _owner = world.load("200", behaviour);
    let (file, other) = (asynchronous(&world, None), asynchronous(&world, None));
    thread::scope(|scope| {
        let holder = scope.spawn(|| control(&file, FSCTL_REQUEST_OPLOCK_LEVEL_1));
        lock.wait_until(true);
        assert_eq!(world.rules(), [""; 0], "one after the other");
        let reader = scope.spawn(|| other.read(0, &mut [0; 4]));
        begun.recv().unwrap();
        holder.join().unwrap().unwrap();
        assert_eq!(control(&other, FSCTL_REQUEST_OPLOCK_LEVEL_1).map(drop), Err(NtStatus(STATUS_OPLOCK_NOT_GRANTED)));
        assert_eq!(world.rules(), ["H-08"]);
        go.send(()).unwrap();
        control(&file, FSCTL_OPLOCK_BREAK_ACK_NO_2).unwrap();
        let _ = reader.join().unwrap();
    });
    assert_eq!(world.rules(), ["H-08"], "an acknowledgement may come while something waits");
}

#[test]
fn a_check_of_the_key_alone_breaks_nothing() {
    let world = World::new();
    let lock = Lock::new();
    let variable = lock.variable;
    let checked = Behaviour::new().pre(IRP_MJ_CREATE, move |data, _, _| unsafe {
        let oplock = variable as POPLOCK;
        assert_eq!(FltCheckOplockEx(oplock, data, OPLOCK_FLAG_OPLOCK_KEY_CHECK_ONLY, NONE, None, None), WITH_CALLBACK);
        NO_CALLBACK
    });
    let mut behaviour = lock.owner(Waits::Posting);
    behaviour.operations.splice(0..0, checked.operations);
    let _owner = world.load("200", behaviour);
    let file = asynchronous(&world, None);
    thread::scope(|scope| {
        let holder = scope.spawn(|| control(&file, FSCTL_REQUEST_BATCH_OPLOCK));
        lock.wait_until(true);
        drop(world.open("\\a").unwrap());
        assert!(lock.is_held() && !holder.is_finished());
        file.cancel_io();
        holder.join().unwrap().unwrap_err();
    });
    assert_eq!(world.rules(), [""; 0]);
}
