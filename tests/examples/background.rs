use crate::common::failure;
use crate::example;
use fltmgr_sys as sys;
use fltsim::io::WriteOffset;
use std::mem::offset_of;

#[test]
fn background_works_as_urgently_as_who_asks() {
    let guarded = example("background");
    let program = guarded.anybody();
    let bulk = program.open_for_writing("/a.bulk").unwrap();
    let plain = program.open_for_writing("/a").unwrap();
    guarded.machine.take_debug_lines();
    // The first write of a handle is an IRP, the next ones are fast I/O, which has no activity.
    bulk.write(WriteOffset::At(0), b"one").unwrap();
    bulk.write(WriteOffset::At(0), b"two").unwrap();
    plain.write(WriteOffset::At(0), b"three").unwrap();
    assert_eq!(
        guarded.machine.take_debug_lines(),
        ["low true, ours true, session 1", "low true, ours false, session 1", "low false, ours true, session 1"]
    );
    assert!(guarded.machine.reports().is_empty(), "{:?}", guarded.machine.reports());
}

#[test]
fn background_lets_no_read_bypass_it() {
    let guarded = example("background");
    let file = guarded.anybody().open_for_writing("/a").unwrap();
    let mut input = [0; size_of::<sys::FS_BPIO_INPUT>()];
    let mut output = [0; size_of::<sys::FS_BPIO_OUTPUT>()];
    input[0] = sys::FS_BPIO_OP_QUERY.to_le_bytes()[0];
    let length = file.fs_control(sys::FSCTL_MANAGE_BYPASS_IO, &input, &mut output).unwrap();
    assert_eq!(length, output.len());
    let results = &output[offset_of!(sys::FS_BPIO_OUTPUT, __bindgen_anon_1)..];
    let number = |at: usize| u16::from_le_bytes([results[at], results[at + 1]]);
    let text = |at: usize, length: usize| {
        let units: Vec<u16> = (0..usize::from(number(length)) / 2).map(|unit| number(at + 2 * unit)).collect();
        String::from_utf16_lossy(&units)
    };
    assert_eq!(results[..4], sys::STATUS_NOT_SUPPORTED.to_le_bytes());
    let name = offset_of!(sys::FS_BPIO_RESULTS, FailingDriverName);
    assert_eq!(text(name, offset_of!(sys::FS_BPIO_RESULTS, FailingDriverNameLen)), "background");
    let reason = offset_of!(sys::FS_BPIO_RESULTS, FailureReason);
    assert_eq!(text(reason, offset_of!(sys::FS_BPIO_RESULTS, FailureReasonLen)), "every read is looked at");
    input[0] = sys::FS_BPIO_OP_DISABLE.to_le_bytes()[0];
    let disable = file.fs_control(sys::FSCTL_MANAGE_BYPASS_IO, &input, &mut output);
    assert_eq!(failure(disable), sys::STATUS_NOT_SUPPORTED, "only what begins it can be refused");
}
