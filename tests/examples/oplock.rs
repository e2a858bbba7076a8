use crate::common::{Guarded, Program, failure};
use crate::example;
use fltmgr_sys as sys;
use fltsim::io::{File, WriteOffset};
use fltsim::status::NtStatus;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

/// Opens the file so that an oplock can be had on the handle, which takes one that does not wait for its operations.
fn open(program: &Program<'_>) -> File {
    let open = program.open_as("/ledger", |request| {
        request.desired_access = sys::FILE_GENERIC_READ | sys::FILE_GENERIC_WRITE;
        request.options = 0;
    });
    open.unwrap().0
}

/// Sends a control that has no input, and answers what the break left.
fn control(file: &File, code: u32) -> Result<u32, NtStatus> {
    file.fs_control(code, &[], &mut [0; 32]).map(|information| u32::try_from(information).unwrap())
}

/// A machine on which there is a ledger.
fn with_ledger() -> Guarded {
    let guarded = example("oplock");
    guarded.anybody().write("/ledger", b"what is owed").unwrap();
    guarded
}

/// Long enough for something that must not happen to be seen.
fn a_while() {
    thread::sleep(Duration::from_millis(100));
}

#[test]
fn who_holds_an_oplock_is_told_when_another_opens_the_file_and_the_other_waits() {
    let guarded = with_ledger();
    let file = open(&guarded.anybody());
    thread::scope(|scope| {
        let holder = scope.spawn(|| control(&file, sys::FSCTL_REQUEST_BATCH_OPLOCK));
        a_while();
        assert!(!holder.is_finished(), "it was granted, and nobody has come");
        let program = guarded.anybody();
        let other = scope.spawn(move || program.open_for_writing("/ledger").map(drop));
        assert_eq!(holder.join().unwrap(), Ok(sys::FILE_OPLOCK_BROKEN_TO_LEVEL_2));
        a_while();
        assert!(!other.is_finished(), "the break was not acknowledged");
        assert_eq!(control(&file, sys::FSCTL_OPLOCK_BREAK_ACK_NO_2), Ok(0));
        assert_eq!(other.join().unwrap(), Ok(()));
    });
}

#[test]
fn closing_the_handle_lets_the_other_go_on() {
    let guarded = with_ledger();
    let file = open(&guarded.anybody());
    thread::scope(|scope| {
        let holder = scope.spawn(move || {
            control(&file, sys::FSCTL_REQUEST_BATCH_OPLOCK).unwrap();
            file
        });
        a_while();
        let program = guarded.anybody();
        let other = scope.spawn(move || program.open_for_writing("/ledger").map(drop));
        let file = holder.join().unwrap();
        a_while();
        assert!(!other.is_finished());
        drop(file);
        assert_eq!(other.join().unwrap(), Ok(()));
    });
}

#[test]
fn a_write_waits_until_the_reader_that_caches_has_let_go() {
    let guarded = with_ledger();
    let (reader, writer) = (open(&guarded.anybody()), open(&guarded.anybody()));
    // Two have the file open, so that one of level 2 is all there is to be had.
    assert_eq!(failure(control(&reader, sys::FSCTL_REQUEST_OPLOCK_LEVEL_1)), sys::STATUS_OPLOCK_NOT_GRANTED);
    thread::scope(|scope| {
        let holder = scope.spawn(|| control(&reader, sys::FSCTL_REQUEST_OPLOCK_LEVEL_2));
        a_while();
        assert!(!holder.is_finished());
        assert_eq!(reader.read(0, &mut [0; 4]), Ok(4), "reading does not break it");
        a_while();
        assert!(!holder.is_finished());
        assert_eq!(writer.write(WriteOffset::At(0), b"WHAT"), Ok(4));
        assert_eq!(holder.join().unwrap(), Ok(sys::FILE_OPLOCK_BROKEN_TO_NONE));
    });
}

#[test]
fn what_waits_for_a_break_can_be_canceled() {
    let guarded = with_ledger();
    let file = open(&guarded.anybody());
    thread::scope(|scope| {
        let holder = scope.spawn(|| control(&file, sys::FSCTL_REQUEST_BATCH_OPLOCK).map(|_| ()));
        a_while();
        let program = guarded.anybody();
        let process = Arc::clone(&program.requestor.process);
        let other = scope.spawn(move || program.open_for_writing("/ledger").map(drop));
        holder.join().unwrap().unwrap();
        while !other.is_finished() {
            guarded.machine.cancel_io_of(&process);
            thread::yield_now();
        }
        assert_eq!(failure(other.join().unwrap()), sys::STATUS_CANCELLED);
    });
}

#[test]
fn an_acknowledgement_that_nobody_expects_is_refused() {
    let guarded = with_ledger();
    let file = open(&guarded.anybody());
    assert_eq!(failure(control(&file, sys::FSCTL_OPLOCK_BREAK_ACKNOWLEDGE)), sys::STATUS_INVALID_OPLOCK_PROTOCOL);
    // One of another file is not for the filter: the file system of the test has none.
    guarded.anybody().write("/other", b"").unwrap();
    let other = guarded.anybody().open_for_writing("/other").unwrap();
    assert_ne!(
        control(&other, sys::FSCTL_OPLOCK_BREAK_ACKNOWLEDGE),
        Err(NtStatus(sys::STATUS_INVALID_OPLOCK_PROTOCOL))
    );
}

#[test]
fn an_unload_ends_what_is_held() {
    let guarded = with_ledger();
    let file = open(&guarded.anybody());
    thread::scope(|scope| {
        let holder = scope.spawn(|| control(&file, sys::FSCTL_REQUEST_BATCH_OPLOCK));
        a_while();
        guarded.machine.unload("oplock").unwrap();
        assert_eq!(holder.join().unwrap(), Ok(sys::FILE_OPLOCK_BROKEN_TO_NONE));
    });
}

#[test]
fn opens_and_breaks_that_race_leave_nothing_behind() {
    let guarded = with_ledger();
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..50 {
                    let file = open(&guarded.anybody());
                    thread::scope(|scope| {
                        let holder = scope.spawn(|| control(&file, sys::FSCTL_REQUEST_BATCH_OPLOCK));
                        // Whoever else comes breaks it, if it was granted; closing it lets them go.
                        while !holder.is_finished() && file.cancel_io() == 0 {
                            thread::yield_now();
                        }
                        let _ = holder.join().unwrap();
                    });
                }
            });
        }
    });
}
