use crate::common::failure;
use crate::example;
use fltmgr_sys as sys;
use fltsim::io::{FileLock, WriteOffset};
use std::thread;
use std::time::Duration;

fn lock(offset: u64, length: u64, waits: bool) -> FileLock {
    FileLock { offset, length, key: 0, exclusive: true, fail_immediately: !waits }
}

#[test]
fn advisory_locks_are_between_those_who_lock() {
    let guarded = example("advisory");
    let program = guarded.anybody();
    let (one, two) = (program.open_for_writing("/board").unwrap(), program.open_for_writing("/board").unwrap());
    two.write(WriteOffset::At(0), b"written before").unwrap();
    one.lock(&lock(0, 10, false)).unwrap();
    assert_eq!(failure(two.lock(&lock(5, 10, false))), sys::STATUS_LOCK_NOT_GRANTED);
    assert_eq!(failure(two.write(WriteOffset::At(9), b"x")), sys::STATUS_FILE_LOCK_CONFLICT);
    one.write(WriteOffset::At(9), b"x").unwrap();
    two.write(WriteOffset::At(10), b"x").unwrap();
    let mut bytes = [0; 7];
    assert_eq!(two.read(0, &mut bytes), Ok(7));
    assert_eq!(failure(two.unlock(0, 10, 0)), sys::STATUS_RANGE_NOT_LOCKED, "it is another's");
    two.lock(&lock(10, 5, true)).unwrap();
    drop(one);
    two.lock(&lock(0, 10, false)).unwrap();
    // Another file is the file system's, whose locks are kept.
    let (one, two) = (program.open_for_writing("/a").unwrap(), program.open_for_writing("/a").unwrap());
    one.lock(&lock(0, 10, false)).unwrap();
    assert_eq!(failure(two.write(WriteOffset::At(0), b"x")), sys::STATUS_FILE_LOCK_CONFLICT);
}

#[test]
fn advisory_locks_wait_for_their_turn() {
    let guarded = example("advisory");
    let program = guarded.anybody();
    let (one, two) = (program.open_for_writing("/board").unwrap(), program.open_for_writing("/board").unwrap());
    one.lock(&lock(0, 10, true)).unwrap();
    thread::scope(|scope| {
        let waiter = scope.spawn(|| two.lock(&lock(0, 10, true)));
        thread::sleep(Duration::from_millis(50));
        assert!(!waiter.is_finished());
        one.unlock(0, 10, 0).unwrap();
        waiter.join().unwrap().unwrap();
    });
    assert_eq!(failure(one.lock(&lock(0, 1, false))), sys::STATUS_LOCK_NOT_GRANTED);
    assert!(guarded.machine.reports().is_empty(), "{:?}", guarded.machine.reports());
}

#[test]
fn advisory_goes_while_a_lock_waits() {
    let guarded = example("advisory");
    let program = guarded.anybody();
    let (one, two) = (program.open_for_writing("/board").unwrap(), program.open_for_writing("/board").unwrap());
    one.lock(&lock(0, 10, true)).unwrap();
    thread::scope(|scope| {
        let waiter = scope.spawn(|| two.lock(&lock(0, 10, true)));
        thread::sleep(Duration::from_millis(50));
        assert!(!waiter.is_finished());
        guarded.machine.unload("advisory").unwrap();
        assert_eq!(failure(waiter.join().unwrap()), sys::STATUS_RANGE_NOT_LOCKED);
    });
    assert!(guarded.machine.reports().is_empty(), "{:?}", guarded.machine.reports());
}
