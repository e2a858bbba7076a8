use crate::common::{Guarded, failure, units};
use crate::example;
use fltmgr_sys as sys;
use fltsim::status::NtStatus;

fn told(guarded: &Guarded) -> Vec<String> {
    guarded.machine.take_debug_lines()
}

fn query(guarded: &Guarded, name: &str, class: i32) -> Result<Vec<u8>, NtStatus> {
    let mut buffer = [0; 256];
    let who = guarded.anybody().requestor;
    let length = guarded.volume.query_information_by_name(&who, &units(name), class, &mut buffer)?;
    Ok(buffer[..length].to_vec())
}

#[test]
fn query_open_is_refused_before_and_after_and_the_program_gets_the_same() {
    let guarded = example("query_open");
    let program = guarded.anybody();
    program.write("/a", b"12345").unwrap();
    told(&guarded);
    let refused = |class: i32, expected: &[&str]| {
        let answer = query(&guarded, "/a", class).unwrap();
        let lines = told(&guarded);
        assert_eq!(lines.len(), expected.len(), "{lines:?}");
        for (line, expected) in lines.iter().zip(expected) {
            assert!(line.contains(expected), "{line:?} is not {expected:?}");
        }
        answer
    };
    let stat = refused(sys::FileStatInformation, &["refused before", "a file is opened"]);
    let stat_lx = refused(sys::FileStatLxInformation, &["refused after", "a file is opened"]);
    // What a handle is told.
    let file = program.open("/a").unwrap();
    let mut through_handle = [0; 256];
    for (class, answer) in [(sys::FileStatInformation, &stat), (sys::FileStatLxInformation, &stat_lx)] {
        let length = file.query_information(class, &mut through_handle).unwrap();
        let same = (through_handle[..length].iter().zip(answer)).filter(|(left, right)| left == right).count();
        assert_eq!(answer.len(), length);
        // The access that the handle has is told as well, and is another's here.
        assert!(same >= length - 4, "{answer:?} is not {:?}", &through_handle[..length]);
    }
    // The size, behind identifier, four times and allocation size.
    assert_eq!(stat[48..56], 5_u64.to_le_bytes());
}

#[test]
fn query_open_of_what_is_not_there_is_answered_by_the_file_system() {
    let guarded = example("query_open");
    told(&guarded);
    let status = failure(query(&guarded, "/missing", sys::FileStatLxInformation));
    assert_eq!(status, sys::STATUS_OBJECT_NAME_NOT_FOUND);
    assert_eq!(told(&guarded), [""; 0], "and nothing is opened");
    // Before the file system is asked, the filter does not know.
    let status = failure(query(&guarded, "/missing", sys::FileStatInformation));
    assert_eq!(status, sys::STATUS_OBJECT_NAME_NOT_FOUND);
    assert_eq!(told(&guarded).len(), 2);
}

#[test]
fn query_open_is_for_four_classes() {
    let guarded = example("query_open");
    guarded.anybody().write("/a", b"").unwrap();
    let status = failure(query(&guarded, "/a", sys::FileBasicInformation));
    assert_eq!(status, sys::STATUS_INVALID_INFO_CLASS);
}
