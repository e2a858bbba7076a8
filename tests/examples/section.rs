use crate::common::failure;
use crate::example;
use fltmgr::{Filter, Operations, Pre, PreOp, PreStatus, Result, Starting, op};
use fltmgr_sys as sys;
use fltsim::config::ServiceConfig;
use fltsim::machine::{ImageSource, LoadRequest};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

#[test]
fn section_refuses_to_open_what_contains_the_signature() {
    let guarded = example("section");
    let program = guarded.anybody();
    program.make_directory("/folder").unwrap();
    program.write("/folder/plain", b"harmless").unwrap();
    assert_eq!(program.read("/folder/plain").unwrap(), b"harmless");
    program.write("/short", b"EV").unwrap();
    assert_eq!(program.read("/short").unwrap(), b"EV");
    // Wherever it is: across the parts that are looked at, and the pages that are read.
    for position in [0, 507, 508, 509, 511, 512, 4093, 4094, 4096, 9996] {
        let name = format!("/{position}");
        let mut content = vec![b'.'; 10_000];
        content[position..position + 4].copy_from_slice(b"EVIL");
        program.write(&name, &content).unwrap();
        assert_eq!(failure(program.read(&name)), sys::STATUS_VIRUS_INFECTED, "at {position}");
    }
    program.write("/almost", &[b'.'; 10_000]).unwrap();
    assert_eq!(program.read("/almost").unwrap(), [b'.'; 10_000]);
}

/// Whether reads below the scanner are held up, and whether one has come.
static GATE: (AtomicBool, AtomicBool) = (AtomicBool::new(false), AtomicBool::new(false));

/// A filter below the scanner, by which the test stops a scan where it is.
struct Gate;

impl Filter for Gate {
    const OPERATIONS: Operations<Self> = Operations::new().pre::<op::Read>();

    fn start(_: &mut Starting<'_, Self>) -> Result<Self> {
        Ok(Self)
    }
}

impl Pre<op::Read> for Gate {
    fn pre<'a>(&self, read: PreOp<'a, op::Read>) -> PreStatus<'a, op::Read> {
        GATE.1.store(true, Ordering::SeqCst);
        while GATE.0.load(Ordering::SeqCst) {
            thread::yield_now();
        }
        read.pass().into()
    }
}

fltmgr::driver!(Gate);

#[test]
fn section_gives_a_scan_up_that_somebody_waits_for() {
    let guarded = example("section");
    let service = ServiceConfig::with_altitude("gate", "100000");
    let image = ImageSource::Linked { entry: driver_entry };
    guarded.machine.load(&LoadRequest { image, service }).unwrap();
    let program = guarded.anybody();
    program.write("/a", &[b'.'; 10_000]).unwrap();
    let file = program.open_for_writing("/a").unwrap();
    GATE.1.store(false, Ordering::SeqCst);
    GATE.0.store(true, Ordering::SeqCst);
    thread::scope(|scope| {
        let opened = scope.spawn(|| program.open("/a").map(drop));
        while !GATE.1.load(Ordering::SeqCst) {
            thread::yield_now();
        }
        // The scan is under way, and its section conflicts with this.
        let truncated = scope.spawn(|| file.set_information(sys::FileEndOfFileInformation, &10_u64.to_le_bytes()));
        while guarded.machine.take_debug_lines() != ["somebody waits for a scan"] {
            thread::yield_now();
        }
        assert!(!truncated.is_finished());
        GATE.0.store(false, Ordering::SeqCst);
        assert_eq!(failure(opened.join().unwrap()), sys::STATUS_SHARING_VIOLATION);
        truncated.join().unwrap().unwrap();
    });
    drop(file);
    assert_eq!(program.read("/a").unwrap(), [b'.'; 10]);
    guarded.machine.unload("gate").unwrap();
}
