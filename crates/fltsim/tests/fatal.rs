//! Mistakes made by a real image: with the Filter Manager's objects, which are bug check 0xF5 on Windows (rules C-06, J-23,
//! K-14, O-11 to O-17), one with the wait blocks of a thread (rule G-30), and crashes in code that is discarded or called
//! back.

#[path = "common/fixture.rs"]
mod fixture;

use std::path::PathBuf;
use std::sync::{Arc, LazyLock};

use fltmgr_sys::{FILE_OPEN_IF, STATUS_DEVICE_DOES_NOT_EXIST};
use fltsim::config::ServiceConfig;
use fltsim::fs::MemoryStore;
use fltsim::io::{OpenRequest, Requestor, VolumeConfig};
use fltsim::kernel::fault::{Access, CrashReport, FaultKind};
use fltsim::machine::{ImageSource, LoadRequest, Machine};
use fltsim::status::NtStatus;

static DRIVER: LazyLock<(tempfile::TempDir, PathBuf)> = LazyLock::new(|| {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let driver = fixture::build(directory.path(), "fatal");
    (directory, driver)
});

/// Loads the driver so that it makes this mistake on the first create, and opens a file.
fn crash(mistake: char) -> Arc<CrashReport> {
    let machine = Machine::new();
    let volume = machine.add_volume(VolumeConfig {
        name: "memory".to_owned(),
        store: Box::new(MemoryStore::new()),
        device_name: None,
    });
    let service = ServiceConfig::with_altitude(&format!("fatal{mistake}"), "370000");
    machine.load(&LoadRequest { image: ImageSource::File(DRIVER.1.clone()), service }).expect("the driver loads");
    let who = Requestor::user(machine.processes().named(100, "\\Device\\HarddiskVolume1\\bin\\test"));
    let request =
        OpenRequest { name: "\\file".encode_utf16().collect(), disposition: FILE_OPEN_IF, ..OpenRequest::default() };
    let result = volume.open(&who, &request).map(drop);
    assert_eq!(result, Err(NtStatus(STATUS_DEVICE_DOES_NOT_EXIST)));
    machine.crash().expect("the machine has crashed")
}

fn subcode(report: &CrashReport) -> Option<usize> {
    match report.kind {
        FaultKind::BugCheck { code: 0xF5, parameters } => Some(parameters[0]),
        _ => None,
    }
}

#[test]
fn asking_for_a_post_callback_that_is_not_registered_is_0x66() {
    let report = crash('P');
    assert_eq!(subcode(&report), Some(0x66));
    assert_eq!(report.operation, Some("IRP_MJ_CREATE"));
    assert_eq!(report.subject.as_deref(), Some("\\file"));
}

#[test]
fn releasing_a_name_too_often_is_0x68() {
    let report = crash('N');
    assert_eq!(subcode(&report), Some(0x68));
    assert_eq!(report.serving, Some("FltReleaseFileNameInformation"));
}

#[test]
fn releasing_a_context_too_often_is_0x6d() {
    let report = crash('R');
    assert_eq!(subcode(&report), Some(0x6D));
    assert_eq!(report.serving, Some("FltReleaseContext"));
}

#[test]
fn using_a_context_that_was_freed_is_0x6e() {
    let report = crash('U');
    assert_eq!(subcode(&report), Some(0x6E));
    assert_eq!(report.serving, Some("FltReferenceContext"));
}

#[test]
fn waiting_for_more_objects_than_there_are_wait_blocks_is_bug_check_0xc() {
    let report = crash('W');
    assert!(matches!(report.kind, FaultKind::BugCheck { code: 0xC, .. }), "rule G-30: {:?}", report.kind);
    assert_eq!(report.serving, Some("FltCancellableWaitForMultipleObjects"));
}

#[test]
fn a_crash_in_a_callback_that_a_routine_calls_ends_the_caller_as_well() {
    let report = crash('E');
    assert!(matches!(report.kind, FaultKind::AccessViolation { .. }), "{:?}", report.kind);
    assert_eq!(report.routine, Some("extra create parameter cleanup callback"));
}

#[test]
fn the_init_section_is_gone_once_driver_entry_has_returned() {
    let report = crash('I');
    assert!(
        matches!(report.kind, FaultKind::AccessViolation { access: Access::Execute, .. }),
        "DriverEntry called the routine, and a callback cannot: {:?}",
        report.kind
    );
}
