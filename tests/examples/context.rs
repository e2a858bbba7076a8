use crate::common::failure;
use crate::example;
use fltmgr_sys as sys;
use fltsim::io::WriteOffset;

#[test]
fn context_counts_for_each_handle_and_for_all_of_a_stream() {
    let guarded = example("context");
    let (one, two) = (guarded.anybody(), guarded.anybody());
    let first = one.open_for_writing("/a").unwrap();
    let second = two.open_for_writing("/A").unwrap();
    let other = one.open_for_writing("/b").unwrap();
    let silent = one.open("/a").unwrap();
    first.write(WriteOffset::At(0), &[1; 1000]).unwrap();
    second.write(WriteOffset::At(0), &[2; 300]).unwrap();
    first.write(WriteOffset::At(0), &[3; 20]).unwrap();
    other.write(WriteOffset::At(0), &[4; 5]).unwrap();
    let lines = |file| {
        drop(file);
        guarded.machine.take_debug_lines()
    };
    assert_eq!(lines(silent), [""; 0], "nothing was written through it");
    assert_eq!(lines(first), ["1020 of 1320 bytes"]);
    assert_eq!(lines(second), ["300 of 1320 bytes"]);
    assert_eq!(lines(other), ["5 of 5 bytes"]);
    // The stream's context has gone with the last handle.
    let again = one.open_for_writing("/a").unwrap();
    again.write(WriteOffset::At(0), b"again").unwrap();
    assert_eq!(lines(again), ["5 of 5 bytes"]);
}

#[test]
fn context_refuses_what_is_too_much_for_a_file() {
    let guarded = example("context");
    let program = guarded.anybody();
    let file = program.open_for_writing("/a").unwrap();
    file.write(WriteOffset::At(0), &[1; 60_000]).unwrap();
    let second = program.open_for_writing("/a").unwrap();
    assert_eq!(failure(second.write(WriteOffset::At(0), &[2; 6_000])), sys::STATUS_DISK_FULL);
    second.write(WriteOffset::At(0), &[2; 5_536]).unwrap();
    assert_eq!(failure(file.write(WriteOffset::At(0), &[2; 1])), sys::STATUS_DISK_FULL);
    // Another file is not concerned.
    program.write("/b", &[3; 60_000]).unwrap();
}
