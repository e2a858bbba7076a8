use crate::common::failure;
use crate::example;
use fltmgr_sys as sys;

#[test]
fn resume_ends_pended_writes_in_three_ways() {
    let guarded = example("resume");
    let program = guarded.anybody();
    guarded.machine.take_debug_lines();
    assert_eq!(failure(program.write("/evil", b"EVIL bytes")), sys::STATUS_ACCESS_DENIED);
    assert_eq!(program.read("/evil").unwrap(), b"", "nothing was written");
    program.write("/good", b"GOOD bytes").unwrap();
    assert_eq!(program.read("/good").unwrap(), b"GOOD bytes");
    assert_eq!(guarded.machine.take_debug_lines(), [""; 0], "neither has a post-operation");
    program.write("/other", b"other bytes").unwrap();
    program.write("/short", b"o").unwrap();
    assert_eq!(program.read("/other").unwrap(), b"other bytes");
    let lines = guarded.machine.take_debug_lines();
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(lines[0].contains("write 0 that nobody was sure about"), "{lines:?}");
    assert!(lines[1].contains("write 1 that nobody was sure about"), "{lines:?}");
}
