//! Byte-range locks that a filter keeps instead of the file system (rules C-27, L-14).

use std::sync::Arc;
use std::sync::atomic::{AtomicI32, AtomicUsize, Ordering};

use fltmgr_sys::*;
use fltsim::io::{File, FileLock, WriteOffset};

use crate::probe::*;

/// The locks of a filter's one file.
#[derive(Clone)]
struct Locks {
    structure: Arc<AtomicUsize>,
    log: Log,
    /// What the completion routine answers; `STATUS_CANT_WAIT` has it refuse once, when another lock waits.
    answer: Arc<AtomicI32>,
    /// How many locks have had to wait.
    waiting: Arc<AtomicUsize>,
}

unsafe extern "efiapi" fn complete(context: PVOID, data: PFLT_CALLBACK_DATA) -> NTSTATUS {
    unsafe {
        let locks = &*context.cast::<Locks>();
        let minor = (*(*data).Iopb).MinorFunction;
        assert_eq!(class_of(&*data), "irp", "rule L-14");
        locks.log.add(format!("completed {minor}"));
        if locks.answer.load(Ordering::Relaxed) == STATUS_CANT_WAIT {
            locks.answer.store(STATUS_SUCCESS, Ordering::Relaxed);
            while locks.waiting.load(Ordering::Relaxed) == 0 {
                std::thread::yield_now();
            }
            return STATUS_ACCESS_DENIED;
        }
        locks.answer.load(Ordering::Relaxed)
    }
}

unsafe extern "efiapi" fn unlock(context: PVOID, info: PFILE_LOCK_INFO) {
    unsafe {
        let (locks, info) = (&*context.cast::<Locks>(), &*info);
        locks.log.add(format!("unlocked {}+{}", info.StartingByte.QuadPart, info.Length.QuadPart));
    }
}

impl Locks {
    fn new() -> Self {
        Self { structure: Arc::default(), log: Log::new(), answer: Arc::default(), waiting: Arc::default() }
    }

    fn structure(&self) -> PFILE_LOCK {
        self.structure.load(Ordering::Relaxed) as PFILE_LOCK
    }

    /// A filter that answers lock operations itself, and reads and writes that do not go with the locks.
    fn filter(&self) -> Behaviour {
        let (setup, control, read, write, cleanup, teardown) =
            (self.clone(), self.clone(), self.clone(), self.clone(), self.clone(), self.clone());
        let check = |locks: Locks, write: bool| {
            move |data: &mut FLT_CALLBACK_DATA, _: &FLT_RELATED_OBJECTS, _: &mut PVOID| unsafe {
                let allowed = if write {
                    FltCheckLockForWriteAccess(locks.structure(), data)
                } else {
                    FltCheckLockForReadAccess(locks.structure(), data)
                };
                if allowed != 0 {
                    return NO_CALLBACK;
                }
                set_status(data, STATUS_FILE_LOCK_CONFLICT, 0);
                COMPLETE
            }
        };
        let mut behaviour = Behaviour::new()
            .pre(IRP_MJ_LOCK_CONTROL, move |data, _, _| unsafe {
                let context = (&raw const control).cast_mut().cast();
                let decision = FltProcessFileLock(control.structure(), data, context);
                if decision != COMPLETE {
                    control.log.add(format!("answered {decision}"));
                    control.waiting.fetch_add(1, Ordering::Relaxed);
                }
                decision
            })
            .pre(IRP_MJ_READ, check(read, false))
            .pre(IRP_MJ_WRITE, check(write, true))
            .pre(IRP_MJ_CLEANUP, move |data, related, _| unsafe {
                let context = (&raw const cleanup).cast_mut().cast();
                let process = FltGetRequestorProcess(data);
                FsRtlFastUnlockAll(cleanup.structure(), related.FileObject, process, context);
                NO_CALLBACK
            });
        behaviour.setup = Some(Box::new(move |_, _| {
            let structure = unsafe { FltAllocateFileLock(Some(complete), Some(unlock)) };
            setup.structure.store(structure as usize, Ordering::Relaxed);
            STATUS_SUCCESS
        }));
        behaviour.teardown_start = Some(Box::new(move |_, _| unsafe {
            FltFreeFileLock(teardown.structure());
            STATUS_SUCCESS
        }));
        behaviour
    }
}

fn range(offset: u64, length: u64, exclusive: bool) -> FileLock {
    FileLock { offset, length, key: 0, exclusive, fail_immediately: true }
}

fn waiting(offset: u64, length: u64) -> FileLock {
    FileLock { fail_immediately: false, ..range(offset, length, true) }
}

fn refused(file: &File, lock: &FileLock) -> NTSTATUS {
    file.lock(lock).unwrap_err().0
}

#[test]
fn locks_exclude_as_those_of_a_file_system_do() {
    let world = World::new();
    let locks = Locks::new();
    let filter = world.load("200", locks.filter());
    let (one, other) = (world.file("\\a", b"0123456789"), world.open("\\a").unwrap());
    one.lock(&range(2, 4, true)).unwrap();
    assert_eq!(refused(&other, &range(4, 1, false)), STATUS_LOCK_NOT_GRANTED);
    assert_eq!(refused(&one, &range(4, 1, true)), STATUS_LOCK_NOT_GRANTED, "an exclusive lock excludes its owner too");
    one.lock(&range(2, 1, false)).unwrap();
    other.lock(&range(6, 2, false)).unwrap();
    one.lock(&range(6, 2, false)).unwrap();
    other.lock(&range(4, 0, true)).unwrap();
    let mut buffer = [0; 4];
    assert_eq!(one.read(2, &mut buffer), Ok(4));
    assert_eq!(other.read(2, &mut buffer).unwrap_err().0, STATUS_FILE_LOCK_CONFLICT);
    assert_eq!(other.read(6, &mut buffer), Ok(4), "a shared lock lets everyone read");
    assert_eq!(other.write(WriteOffset::At(6), b"x").unwrap_err().0, STATUS_FILE_LOCK_CONFLICT, "and nobody write");
    assert_eq!(one.write(WriteOffset::At(3), b"x"), Ok(1));
    assert_eq!(one.unlock(2, 3, 0).unwrap_err().0, STATUS_RANGE_NOT_LOCKED);
    one.unlock(2, 4, 0).unwrap();
    one.unlock(2, 1, 0).unwrap();
    assert_eq!(refused(&one, &range(u64::MAX, 2, true)), STATUS_INVALID_LOCK_RANGE);
    drop(one);
    other.lock(&range(2, 4, true)).unwrap();
    drop(other);
    let log = locks.log.take();
    // These were fast I/O, for which nothing but the unlock routine is called.
    assert_eq!(log, ["unlocked 2+4", "unlocked 2+1", "unlocked 6+2", "unlocked 6+2", "unlocked 4+0", "unlocked 2+4"]);
    filter.unload().unwrap();
    assert_eq!(world.rules(), [""; 0]);
}

#[test]
fn a_lock_that_waits_is_granted_when_the_range_is_free() {
    let world = World::new();
    let locks = Locks::new();
    let _filter = world.load("200", locks.filter());
    let (one, other) = (world.file("\\a", b"0123456789"), world.open("\\a").unwrap());
    one.lock(&waiting(0, 4)).unwrap();
    assert_eq!(locks.log.take(), ["completed 1"]);
    std::thread::scope(|scope| {
        let waiter = scope.spawn(|| other.lock(&waiting(2, 4)));
        while locks.log.take() != ["answered 2"] {
            std::thread::yield_now();
        }
        one.unlock(0, 4, 0).unwrap();
        waiter.join().unwrap().unwrap();
    });
    assert_eq!(locks.log.take(), ["unlocked 0+4", "completed 1"]);
    assert_eq!(refused(&one, &range(2, 1, true)), STATUS_LOCK_NOT_GRANTED);
    assert_eq!(world.rules(), [""; 0]);
}

#[test]
fn a_lock_that_waits_is_given_up_when_it_is_canceled() {
    let world = World::new();
    let locks = Locks::new();
    let _filter = world.load("200", locks.filter());
    let (one, other) = (world.file("\\a", b"0123456789"), world.open("\\a").unwrap());
    one.lock(&waiting(0, 4)).unwrap();
    std::thread::scope(|scope| {
        let waiter = scope.spawn(|| other.lock(&waiting(2, 4)));
        while other.cancel_io() == 0 {
            std::thread::yield_now();
        }
        assert_eq!(waiter.join().unwrap().unwrap_err().0, STATUS_CANCELLED);
    });
    one.unlock(0, 4, 0).unwrap();
    one.lock(&range(0, 8, true)).unwrap();
    assert_eq!(world.rules(), [""; 0]);
}

#[test]
fn a_completion_routine_that_fails_takes_the_lock_away() {
    let world = World::new();
    let locks = Locks::new();
    let _filter = world.load("200", locks.filter());
    let (one, other) = (world.file("\\a", b"0123456789"), world.open("\\a").unwrap());
    locks.answer.store(STATUS_ACCESS_DENIED, Ordering::Relaxed);
    assert_eq!(refused(&one, &waiting(0, 4)), STATUS_ACCESS_DENIED);
    locks.answer.store(STATUS_SUCCESS, Ordering::Relaxed);
    other.lock(&range(0, 4, true)).unwrap();
}

#[test]
fn a_lock_that_is_taken_away_is_free_for_who_waits() {
    let world = World::new();
    let locks = Locks::new();
    let _filter = world.load("200", locks.filter());
    let (one, other) = (world.file("\\a", b"0123456789"), world.open("\\a").unwrap());
    locks.answer.store(STATUS_CANT_WAIT, Ordering::Relaxed);
    std::thread::scope(|scope| {
        let refused = scope.spawn(|| refused(&one, &waiting(0, 4)));
        while locks.log.take() != ["completed 1"] {
            std::thread::yield_now();
        }
        other.lock(&waiting(2, 4)).unwrap();
        assert_eq!(refused.join().unwrap(), STATUS_ACCESS_DENIED);
    });
    assert_eq!(world.rules(), [""; 0]);
}

#[test]
fn a_lock_that_is_refused_leaves_what_its_owner_has() {
    let world = World::new();
    let locks = Locks::new();
    let _filter = world.load("200", locks.filter());
    let (one, other) = (world.file("\\a", b"0123456789"), world.open("\\a").unwrap());
    one.lock(&range(2, 4, true)).unwrap();
    assert_eq!(refused(&one, &range(2, 4, true)), STATUS_LOCK_NOT_GRANTED);
    assert_eq!(refused(&other, &range(3, 1, false)), STATUS_LOCK_NOT_GRANTED);
    one.unlock(2, 4, 0).unwrap();
    assert_eq!(world.rules(), [""; 0]);
}

#[test]
fn locks_that_wait_end_with_their_structure() {
    let world = World::new();
    let locks = Locks::new();
    let filter = world.load("200", locks.filter());
    let (one, other) = (world.file("\\a", b"0123456789"), world.open("\\a").unwrap());
    one.lock(&waiting(0, 4)).unwrap();
    std::thread::scope(|scope| {
        let waiter = scope.spawn(|| other.lock(&waiting(2, 4)));
        while !locks.log.take().contains(&"answered 2".to_owned()) {
            std::thread::yield_now();
        }
        filter.unload().unwrap();
        assert_eq!(waiter.join().unwrap().unwrap_err().0, STATUS_RANGE_NOT_LOCKED);
    });
    assert_eq!(world.rules(), [""; 0]);
}

#[test]
fn a_structure_that_is_none_is_reported() {
    let world = World::new();
    let _filter = world.load(
        "200",
        Behaviour::new().pre(IRP_MJ_LOCK_CONTROL, |data, _, _| unsafe {
            let mut structure: FILE_LOCK = std::mem::zeroed();
            FltProcessFileLock(&raw mut structure, data, NONE)
        }),
    );
    let file = world.file("\\a", b"0123456789");
    assert_eq!(refused(&file, &range(0, 4, true)), STATUS_INVALID_PARAMETER);
    assert_eq!(world.rules(), ["L-14"]);
}
