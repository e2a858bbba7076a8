//! A crash ends the machine: nothing hangs, and nothing goes on.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use fltmgr_sys::*;
use fltsim::kernel::fault::{CrashReport, FaultKind};
use fltsim::machine::{LoadError, UnloadError};
use fltsim::status::NtStatus;

use crate::probe::*;

const GONE: NtStatus = NtStatus(STATUS_DEVICE_DOES_NOT_EXIST);

fn report() -> CrashReport {
    CrashReport {
        driver: "other.sys".to_owned(),
        kind: FaultKind::Breakpoint,
        explanation: None,
        frames: Vec::new(),
        serving: None,
        routine: None,
        operation: None,
        subject: None,
        process_id: 4,
        process_image: "System".to_owned(),
        thread_id: 1,
        irql: 0,
    }
}

#[test]
fn a_crash_releases_who_waits_and_fails_everything_from_then_on() {
    let mut world = World::new();
    world.may_crash = true;
    let file = world.file("\\open", b"content");
    let pended = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&pended);
    let filter = world.load(
        "100",
        Behaviour::new().pre(IRP_MJ_CREATE, move |_, _, _| {
            flag.store(true, Ordering::SeqCst);
            PENDING
        }),
    );
    std::thread::scope(|scope| {
        let opener = scope.spawn(|| world.open("\\a").map(drop));
        while !pended.load(Ordering::SeqCst) {
            std::thread::yield_now();
        }
        std::thread::sleep(Duration::from_millis(20));
        let crashed_at = Instant::now();
        world.machine.set_crashed(report());
        assert_eq!(opener.join().unwrap(), Err(GONE));
        assert!(crashed_at.elapsed() < Duration::from_secs(5), "the waiting thread was released at once");
    });
    assert_eq!(world.open("\\b").map(drop), Err(GONE));
    assert_eq!(file.read(0, &mut [0; 7]), Err(GONE));
    assert_eq!(file.flush(), Err(GONE));
    drop(file);
    assert!(matches!(filter.unload(), Err(UnloadError::Crashed(_))));
    assert!(matches!(world.try_load("200", Behaviour::new()).map(drop), Err(LoadError::Crashed(_))));
    assert_eq!(world.machine.crash().unwrap().driver, "other.sys");
}

#[test]
fn only_the_first_crash_counts_and_everybody_hears_of_it() {
    let mut world = World::new();
    world.may_crash = true;
    let log = Log::new();
    let (before, after) = (log.clone(), log.clone());
    world.machine.on_crash(move |report| before.add(format!("before {}", report.driver)));
    world.machine.set_crashed(report());
    world.machine.set_crashed(CrashReport { driver: "second.sys".to_owned(), ..report() });
    world.machine.on_crash(move |report| after.add(format!("after {}", report.driver)));
    assert_eq!(log.take(), ["before other.sys", "after other.sys"]);
}
