//! Examples, linked with fltsim instead of loaded: what they do here is small, because Miri runs it. It sees every access
//! to memory that filter and wrappers make, in callbacks, contexts, completion contexts, queues and workers.
#![cfg(unix)]

use fltmgr_sys as sys;
use fltsim::config::ServiceConfig;
use fltsim::flt::volume::{Volume, VolumeConfig};
use fltsim::fs::MemoryStore;
use fltsim::io::{File, OpenRequest, Requestor, WriteOffset};
use fltsim::machine::{DriverEntry, ImageSource, LoadRequest, Machine};
use fltsim::status::NtStatus;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// A machine with the filter, one volume in memory, and a program.
struct World {
    machine: Arc<Machine>,
    volume: Arc<Volume>,
    requestor: Requestor,
}

impl World {
    fn open(&self, name: &str, disposition: u32) -> Result<File, NtStatus> {
        open_as(&self.volume, &self.requestor, name, disposition)
    }

    fn write(&self, name: &str, content: &[u8]) -> Result<(), NtStatus> {
        self.open(name, sys::FILE_OVERWRITE_IF)?.write(WriteOffset::At(0), content).map(drop)
    }

    fn read(&self, name: &str) -> Result<Vec<u8>, NtStatus> {
        let mut content = vec![0; 64];
        let length = self.open(name, sys::FILE_OPEN)?.read(0, &mut content)?;
        content.truncate(length);
        Ok(content)
    }
}

fn open_as(volume: &Arc<Volume>, requestor: &Requestor, name: &str, disposition: u32) -> Result<File, NtStatus> {
    let request = OpenRequest {
        name: name.encode_utf16().collect(),
        desired_access: sys::FILE_GENERIC_READ | sys::FILE_GENERIC_WRITE | sys::DELETE,
        disposition,
        ..OpenRequest::default()
    };
    Ok(volume.open(requestor, &request)?.0)
}

/// A linked filter is one piece of code with one place for its state, so one machine at a time has it.
static LINKED: Mutex<()> = Mutex::new(());

/// Loads the filter, does what a test is about, and unloads the filter, which must leave nothing behind.
fn with(entry: DriverEntry, test: impl FnOnce(&World)) {
    let _linked = LINKED.lock().unwrap_or_else(PoisonError::into_inner);
    let machine = Machine::new();
    let store = Box::new(MemoryStore::new());
    let volume = machine.add_volume(VolumeConfig { name: "memory".to_owned(), store, device_name: None });
    let service = ServiceConfig::with_altitude("linked", "370000");
    machine.load(&LoadRequest { image: ImageSource::Linked { entry }, service }).expect("the filter loads");
    let requestor = Requestor::user(machine.processes().named(0x0100_0000, r"\Device\HarddiskVolume1\usr\bin\program"));
    let world = World { machine, volume, requestor };
    test(&world);
    world.machine.unload("linked").expect("the filter unloads");
    let reports: Vec<String> = world.machine.reports().iter().map(ToString::to_string).collect();
    assert!(reports.is_empty(), "the filter left something behind:\n{}", reports.join("\n"));
    world.machine.shutdown();
}

#[test]
fn an_operation_is_refused_by_its_name() {
    with(keep::driver_entry, |world| {
        world.write(r"\a.keep", b"1").unwrap();
        let file = world.open(r"\a.keep", sys::FILE_OPEN).unwrap();
        let refused = file.set_information(sys::FileDispositionInformation, &[1]);
        assert_eq!(refused, Err(NtStatus(sys::STATUS_ACCESS_DENIED)));
    });
}

#[test]
fn a_parameter_is_changed() {
    with(change::driver_entry, |world| {
        world.write(r"\a.log", b"first, and long").unwrap();
        world.write(r"\a.log", b"then").unwrap();
        assert_eq!(world.read(r"\a.log").unwrap(), b"thent, and long");
    });
}

#[test]
fn a_buffer_is_filled() {
    with(answer::driver_entry, |world| {
        world.write(r"\a.answer", b"what is there").unwrap();
        assert_eq!(world.read(r"\a.answer").unwrap(), b"42");
    });
}

#[test]
fn a_buffer_is_looked_at_where_the_level_allows_it() {
    with(safe::driver_entry, |world| {
        world.write(r"\good", b"good").unwrap();
        world.write(r"\evil", b"EVIL").unwrap();
        assert_eq!(world.read(r"\good").unwrap(), b"good");
        assert_eq!(world.read(r"\evil"), Err(NtStatus(sys::STATUS_ACCESS_DENIED)));
    });
}

#[test]
fn a_box_travels_to_the_post_operation_in_the_same_thread() {
    with(synchronize::driver_entry, |world| world.write(r"\a", b"content").unwrap());
}

#[test]
fn contexts_live_as_long_as_they_are_used() {
    with(context::driver_entry, |world| {
        for name in [r"\a", r"\b", r"\a"] {
            world.write(name, b"content").unwrap();
            world.read(name).unwrap();
        }
    });
}

/// What two threads have one after the other. fltsim's frames in the one still refer to the operation while the other ends
/// it, so that Miri runs these without its rules about references.
mod pended {
    use super::*;

    #[test]
    fn pended_operations_go_on_in_a_worker() {
        with(defer::driver_entry, |world| {
            world.write(r"\a", b"through a worker").unwrap();
            assert_eq!(world.write(r"\b", b"EVIL bytes"), Err(NtStatus(sys::STATUS_ACCESS_DENIED)));
            assert_eq!(world.read(r"\a").unwrap(), b"through a worker");
        });
    }

    #[test]
    fn operations_wait_in_a_queue_until_they_are_let_go_or_canceled() {
        with(hold::driver_entry, |world| {
            thread::scope(|scope| {
                let waiting = scope.spawn(|| world.open(r"\a.held", sys::FILE_OPEN_IF).map(drop));
                while !waiting.is_finished() {
                    world.write(r"\release", b"").unwrap();
                    thread::sleep(Duration::from_millis(1));
                }
                assert_eq!(waiting.join().unwrap(), Ok(()));

                let process = world.machine.processes().named(0x0100_0004, r"\Device\HarddiskVolume1\usr\bin\other");
                let other = Requestor::user(Arc::clone(&process));
                let volume = &world.volume;
                let waiting = scope.spawn(move || open_as(volume, &other, r"\b.held", sys::FILE_OPEN_IF).map(drop));
                while world.machine.cancel_io_of(&process) == 0 {
                    thread::sleep(Duration::from_millis(1));
                }
                assert_eq!(waiting.join().unwrap(), Err(NtStatus(sys::STATUS_CANCELLED)));
            });
        });
    }

    #[test]
    fn what_waits_when_the_filter_goes_is_canceled() {
        with(hold::driver_entry, |world| {
            thread::scope(|scope| {
                let waiting = scope.spawn(|| world.open(r"\a.held", sys::FILE_OPEN_IF).map(drop));
                // It may not have come to wait before the filter goes, and then nothing stops it.
                thread::sleep(Duration::from_millis(20));
                world.machine.unload("linked").unwrap();
                if let Err(status) = waiting.join().unwrap() {
                    // Or it came when the queue was closed already.
                    assert!([sys::STATUS_CANCELLED, sys::STATUS_FLT_CBDQ_DISABLED].contains(&status.0), "{status}");
                }
                let entry = hold::driver_entry;
                let service = ServiceConfig::with_altitude("linked", "370000");
                world.machine.load(&LoadRequest { image: ImageSource::Linked { entry }, service }).unwrap();
            });
        });
    }
}

/// As `fltsim low-resources` does it. Under Miri no call fails, since it knows no call stacks.
#[cfg(not(miri))]
#[test]
fn each_call_may_fail() {
    use fltsim::low_resources::{Simulation, exercise};

    let _linked = LINKED.lock().unwrap_or_else(PoisonError::into_inner);
    let filters: [(&str, DriverEntry); 7] = [
        ("answer", answer::driver_entry),
        ("change", change::driver_entry),
        ("context", context::driver_entry),
        ("defer", defer::driver_entry),
        ("keep", keep::driver_entry),
        ("safe", safe::driver_entry),
        ("synchronize", synchronize::driver_entry),
    ];
    for (name, entry) in filters {
        let service = ServiceConfig::with_altitude(name, "370000");
        let request = LoadRequest { image: ImageSource::Linked { entry }, service };
        let names = ["a", "a.keep", "a.answer", "a.log", "a.blocked"];
        let outcome = Simulation::new(request, move |machine, volume| exercise(machine, volume, &names)).run().unwrap();
        let findings: Vec<String> = outcome.findings.iter().map(ToString::to_string).collect();
        assert!(findings.is_empty(), "{}", findings.join("\n\n"));
        assert!(!outcome.failed.is_empty(), "{name} makes no call that can fail");
    }
}
