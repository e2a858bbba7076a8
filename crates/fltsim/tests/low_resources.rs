//! What is found out about a driver by having its calls fail.

#[path = "common/fixture.rs"]
mod fixture;

use std::process::Command;
use std::time::Duration;

use fltsim::config::ServiceConfig;
use fltsim::kernel::fault::{Access, FaultKind};
use fltsim::kernel::report::Frame;
use fltsim::low_resources::{Failure, Simulation, Wrong, exercise};
use fltsim::machine::{ImageSource, LoadRequest};

fn functions(frames: &[Frame]) -> Vec<&str> {
    frames.iter().map(|frame| frame.place.function.as_deref().unwrap_or("?")).collect()
}

#[test]
fn a_driver_that_takes_failures_badly_is_told_where() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let image = ImageSource::File(fixture::build(directory.path(), "starved"));
    let request = LoadRequest { image, service: ServiceConfig::with_altitude("starved", "370000") };
    let outcome = Simulation::new(request, |machine, volume| exercise(machine, volume, &["a"]))
        .limit(Duration::from_secs(3))
        .run()
        .expect("the driver loads");

    // The calls are met in this order, and each of the places fails once, however often it is come by.
    let failed: Vec<(&str, Failure, Option<&str>)> = outcome
        .findings
        .iter()
        .map(|finding| finding.failed.as_ref().expect("a failure"))
        .map(|failed| (failed.routine, failed.failure, failed.operation))
        .collect();
    let allocation = |operation| ("ExAllocatePool2", Failure::Null, Some(operation));
    assert_eq!(failed, [allocation("IRP_MJ_CREATE"), allocation("IRP_MJ_WRITE"), allocation("IRP_MJ_READ")]);
    // That DriverEntry gives up, and that a first block is not to be had, is nothing wrong.
    let taken: Vec<(&str, Vec<String>)> = outcome
        .failed
        .iter()
        .map(|failed| (failed.routine, functions(&failed.frames()).into_iter().map(str::to_owned).collect()))
        .collect();
    let expected = [
        ("FltRegisterFilter", vec!["starved::DriverEntry"]),
        ("FltStartFiltering", vec!["starved::DriverEntry"]),
        ("ExAllocatePool2", vec!["starved::allocate", "starved::crash"]),
        ("ExAllocatePool2", vec!["starved::allocate", "starved::leak"]),
        ("ExAllocatePool2", vec!["starved::allocate", "starved::leak"]),
    ];
    assert_eq!(taken.len(), expected.len(), "{taken:?}");
    for ((routine, functions), (expected, within)) in taken.iter().zip(expected) {
        assert_eq!((*routine, functions.iter().map(String::as_str).collect::<Vec<_>>()), (expected, within));
    }

    let [crash, leak, hang] = outcome.findings.as_slice() else { panic!("{:?}", outcome.findings) };
    let Wrong::Crash(report) = &crash.wrong else { panic!("{crash}") };
    assert_eq!(report.kind, FaultKind::AccessViolation { address: 0, access: Access::Write });
    let Wrong::Reports(reports) = &leak.wrong else { panic!("{leak}") };
    assert_eq!(reports.iter().map(|report| report.rule).collect::<Vec<_>>(), ["O-03"]);
    let Wrong::Hang(threads) = &hang.wrong else { panic!("{hang}") };
    let [waiting] = threads.as_slice() else { panic!("{hang}") };
    assert_eq!(waiting.waits_for, "KeWaitForSingleObject");
    assert_eq!(functions(&waiting.frames), ["starved::hang"]);
}

#[test]
fn a_hang_without_any_failure_is_the_only_finding() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let image = ImageSource::File(fixture::build(directory.path(), "starved"));
    let request = LoadRequest { image, service: ServiceConfig::with_altitude("starved", "370000") };
    let outcome = Simulation::new(request, |_, _| {
        loop {
            std::thread::park();
        }
    })
    .limit(Duration::from_secs(3))
    .run()
    .expect("the driver loads");
    let [hang] = outcome.findings.as_slice() else { panic!("{:?}", outcome.findings) };
    assert!(hang.failed.is_none() && outcome.failed.is_empty(), "{outcome:?}");
    assert!(matches!(hang.wrong, Wrong::Hang(_)), "{hang}");
}

#[test]
fn the_program_says_what_ends_badly_and_where() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let image = fixture::build(directory.path(), "starved");
    let output = Command::new(env!("CARGO_BIN_EXE_fltsim"))
        .args(["low-resources", "--altitude", "370000", "--limit", "3"])
        .arg(&image)
        .output()
        .expect("fltsim runs");
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{text}");
    for line in [
        "After ExAllocatePool2 failed with NULL",
        "starved::crash (",
        "access violation: write to 0x0000000000000000",
        "100 bytes of nonpaged pool with the tag 'Strv'",
        "waits for KeWaitForSingleObject, called by starved.sys",
        "5 calls failed, 3 findings",
    ] {
        assert!(text.contains(line), "{line} is not in\n{text}");
    }
}
