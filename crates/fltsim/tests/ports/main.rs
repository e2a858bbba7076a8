//! Communication ports: section M of the rulebook, and A-54.
#![expect(unsafe_code, reason = "the tests are drivers")]

mod driver;
mod filter_manager;
mod programs;
mod socket;

use std::sync::Arc;
use std::time::{Duration, Instant};

use fltsim::kernel::process::Process;
use fltsim::machine::Machine;

/// A process of a test.
fn process(machine: &Machine) -> Arc<Process> {
    machine.processes().named(4242, r"\Device\HarddiskVolume1\bin\client")
}

/// Waits until something is so, and fails the test if it does not become so.
fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !is_so() {
        assert!(Instant::now() < deadline, "{what} did not happen");
        std::thread::sleep(Duration::from_millis(2));
    }
}
