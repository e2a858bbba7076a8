//! What becomes of a driver when a call of it fails: each call that can fail does so once from each place, and nothing
//! crashes, hangs, breaks a rule or is left behind.

#[path = "common/mod.rs"]
mod common;

use common::{Mode, compiled, load_message, service, units};
use fileguard_protocol::{Answer, Ask, Hello, PORT_NAME, Request, Role, Verdict};
use fltmgr_sys as sys;
use fltsim::flt::port::{Got, PortConnection};
use fltsim::flt::volume::Volume;
use fltsim::inf::Inf;
use fltsim::io::{OpenRequest, Requestor};
use fltsim::low_resources::{Outcome, Simulation, exercise};
use fltsim::machine::{ImageSource, LoadRequest, Machine};
use fltsim::status::NtStatus;
use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;
use xtask::driver::{self, Architecture};

/// Names that some example does something about.
const NAMES: &[&str] = &["a", "a.keep", "a.answer", "a.log", "a.blocked", "a.bin", "a.secret"];

/// Has each call of a driver fail, and gives what came of it, which must not be bad.
fn endured(
    request: LoadRequest,
    exercise: impl Fn(&Arc<Machine>, &Arc<Volume>) + Send + Sync + 'static,
) -> Result<Outcome, String> {
    let name = request.service.name.clone();
    let outcome = Simulation::new(request, exercise).run().map_err(|error| format!("{name}: {error}"))?;
    if outcome.findings.is_empty() {
        return Ok(outcome);
    }
    let findings: Vec<String> = outcome.findings.iter().map(ToString::to_string).collect();
    Err(format!(
        "{} of {} failures end badly in {name}:\n\n{}",
        findings.len(),
        outcome.failed.len(),
        findings.join("\n\n")
    ))
}

/// The routines that were failed, and how often.
fn routines(outcome: &Outcome) -> BTreeMap<&'static str, usize> {
    let mut routines = BTreeMap::new();
    for failed in &outcome.failed {
        *routines.entry(failed.routine).or_default() += 1;
    }
    routines
}

#[test]
fn every_example_endures_the_failure_of_each_of_its_calls() {
    let mut wrong = Vec::new();
    for entry in fs::read_dir(driver::repository().join("examples")).expect("the examples") {
        let folder = entry.expect("an example").path();
        // Policies are no drivers.
        if !folder.join("Cargo.toml").is_file() {
            continue;
        }
        let name = folder.file_name().and_then(|name| name.to_str()).expect("a name").to_owned();
        let (image, _) = driver::build_package(&name, Architecture::X64).unwrap_or_else(|error| panic!("{error:#}"));
        let inf = folder.join(&name).with_extension("inx");
        let service = Inf::read(&inf).and_then(|inf| inf.service()).unwrap_or_else(|error| panic!("{error}"));
        let request = LoadRequest { image: ImageSource::File(image), service };
        let outcome = endured(request, move |machine, volume| {
            exercise(machine, volume, NAMES);
            if name == "hold" {
                hold(machine, volume);
            }
            if name == "transaction" {
                transact(machine, volume);
            }
            if name == "cancel" {
                wait(machine, volume);
            }
            if name == "oplock" {
                cache(machine, volume);
            }
        });
        match outcome {
            Ok(outcome) => println!("{}: {:?}", folder.display(), routines(&outcome)),
            Err(error) => wrong.push(error),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// Opens that wait, one of which is let go and one of which is canceled.
fn hold(machine: &Arc<Machine>, volume: &Arc<Volume>) {
    let requestor = |id: u32| Requestor::user(machine.processes().named(id, r"\Device\HarddiskVolume1\usr\bin\holder"));
    let open = |requestor: &Requestor, name: &str| {
        let request = OpenRequest { name: units(name), disposition: sys::FILE_OPEN_IF, ..OpenRequest::default() };
        volume.open(requestor, &request).map(drop)
    };
    let (one, two) = (requestor(0x0300_0000), requestor(0x0300_0008));
    thread::scope(|scope| {
        let waiting = scope.spawn(|| open(&one, "/a.held"));
        // It may not have come to wait, or a failure may keep it from doing so.
        while !waiting.is_finished() {
            let _ = open(&requestor(0x0300_0004), "/release");
            thread::sleep(Duration::from_millis(1));
        }
        let waiting = scope.spawn(|| open(&two, "/b.held"));
        while !waiting.is_finished() {
            machine.cancel_io_of(&two.process);
            thread::sleep(Duration::from_millis(1));
        }
    });
}

/// Opens that wait for the next one, and one that waits for the bell; the last is canceled.
fn wait(machine: &Arc<Machine>, volume: &Arc<Volume>) {
    let open = |id: u32, name: &str| {
        let who = Requestor::user(machine.processes().named(id, r"\Device\HarddiskVolume1\usr\bin\waiter"));
        let request = OpenRequest { name: units(name), disposition: sys::FILE_OPEN_IF, ..OpenRequest::default() };
        volume.open(&who, &request).map(drop)
    };
    thread::scope(|scope| {
        let open = &open;
        let waiting = [(0x0300_0000, "/a.next"), (0x0300_0004, "/b.next"), (0x0300_0008, "/a.bell")]
            .map(|(id, name)| scope.spawn(move || open(id, name)));
        while waiting.iter().filter(|thread| !thread.is_finished()).count() > 1 {
            let _ = open(0x0300_000C, "/ring");
            thread::sleep(Duration::from_millis(1));
        }
        while !waiting.iter().all(thread::ScopedJoinHandle::is_finished) {
            for id in [0x0300_0000, 0x0300_0004, 0x0300_0008] {
                let process = machine.processes().named(id, r"\Device\HarddiskVolume1\usr\bin\waiter");
                machine.cancel_io_of(&process);
            }
            thread::sleep(Duration::from_millis(1));
        }
    });
}

/// Programs that ask for oplocks on the ledger, and others that break them.
fn cache(machine: &Arc<Machine>, volume: &Arc<Volume>) {
    let who = |id: u32| Requestor::user(machine.processes().named(id, r"\Device\HarddiskVolume1\usr\bin\clerk"));
    let request = OpenRequest {
        name: units("/ledger"),
        disposition: sys::FILE_OPEN_IF,
        desired_access: sys::FILE_GENERIC_READ | sys::FILE_GENERIC_WRITE,
        options: 0,
        ..OpenRequest::default()
    };
    // A failure may keep anything from being opened or granted.
    let Ok((file, _)) = volume.open(&who(0x0300_0000), &request) else { return };
    thread::scope(|scope| {
        let holder = scope.spawn(|| file.fs_control(sys::FSCTL_REQUEST_BATCH_OPLOCK, &[], &mut [0; 32]));
        thread::sleep(Duration::from_millis(5));
        let other = scope.spawn(|| volume.open(&who(0x0300_0004), &request).map(|(file, _)| file));
        while !holder.is_finished() && !other.is_finished() {
            thread::sleep(Duration::from_millis(1));
        }
        while !(holder.is_finished() && other.is_finished()) {
            let _ = file.fs_control(sys::FSCTL_OPLOCK_BREAK_ACK_NO_2, &[], &mut [0; 32]);
            file.cancel_io();
            thread::sleep(Duration::from_millis(1));
        }
        if let Ok(Ok(other)) = other.join() {
            let _ = other.write(fltsim::io::WriteOffset::At(0), b"what is owed");
            let _ = other.flush();
        }
    });
}

/// Transactions that are committed, that a filter may refuse, and that are left alone.
fn transact(machine: &Arc<Machine>, volume: &Arc<Volume>) {
    let requestor = Requestor::user(machine.processes().named(0x0300_0000, r"\Device\HarddiskVolume1\usr\bin\clerk"));
    for (files, commits) in [(1, true), (5, true), (2, false)] {
        let transaction = machine.begin_transaction();
        for number in 0..files {
            let request = OpenRequest {
                name: units(&format!("/{files}-{number}")),
                disposition: sys::FILE_CREATE,
                transaction: Some(transaction.clone()),
                ..OpenRequest::default()
            };
            // A failure may keep the filter from letting it through.
            let _ = volume.open(&requestor, &request);
        }
        if commits {
            let _ = transaction.commit();
        }
    }
}

fn fileguard_endures(mode: Mode) {
    let request = LoadRequest { image: common::image(mode), service: service() };
    let outcome = endured(request, guard).unwrap_or_else(|error| panic!("{error}"));
    let routines = routines(&outcome);
    println!("{routines:?}");
    // What it is made of was met.
    for routine in
        ["FltRegisterFilter", "FltCreateCommunicationPort", "ExAllocatePoolWithTag", "FltSendMessage", "FltReadFile"]
    {
        assert!(routines.contains_key(routine), "{routine} never failed: {routines:?}");
    }
}

#[test]
fn fileguard_endures_the_failure_of_each_of_its_calls() {
    fileguard_endures(Mode::Image);
}

#[test]
fn fileguard_linked_endures_the_failure_of_each_of_its_calls() {
    fileguard_endures(Mode::Linked);
}

const POLICY: &str = "
    [[rule]]
    path = '/**/a.keep'
    operation = ['delete', 'rename']
    action = 'deny'

    [[rule]]
    path = '/a.bin'
    action = 'ask'
    operation = ['read', 'execute', 'write', 'create', 'delete', 'rename']
    default = 'deny'
    timeout = '10s'

    [[rule]]
    path = '/**'
    action = 'observe'
";

/// Uses files under a policy while clients of all roles are there.
fn guard(machine: &Arc<Machine>, volume: &Arc<Volume>) {
    let client = machine.processes().named(0x0300_0000, r"\Device\HarddiskVolume1\usr\bin\fileguardctl");
    let connect = |role| machine.connect_port(&client, PORT_NAME, &Hello { role }.encode());
    let (control, observer) = (connect(Role::Control), connect(Role::Observer));
    let mut reply = vec![0; 64 * 1024];
    if let Ok(control) = &control {
        let _ = control.send(&load_message(&compiled(POLICY)), &mut reply);
        let _ = control.send(&Request::Status.encode(), &mut reply);
        let _ = control.send(&Request::GetPolicy { offset: 0 }.encode(), &mut reply);
    }
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        if let Ok(answerer) = connect(Role::Answerer) {
            let stop = &stop;
            scope.spawn(move || answer(&answerer, stop));
        }
        exercise(machine, volume, &["a", "a.keep", "a.bin"]);
        stop.store(true, Ordering::Relaxed);
    });
    if let Ok(observer) = &observer {
        let _ = observer.send(&Request::GetEvents { wait_milliseconds: 1 }.encode(), &mut reply);
    }
}

/// Answers every question, after it has read what it is about.
fn answer(connection: &PortConnection, stop: &AtomicBool) {
    while !stop.load(Ordering::Relaxed) {
        let Got::Message { id, data, .. } = connection.get(64 * 1024, Some(Duration::from_millis(10))) else {
            continue;
        };
        let ask = Ask::decode(&data).expect("a whole question");
        let content = Request::ReadContent { ask: ask.id, offset: 0, length: 4096 };
        let _ = connection.send(&content.encode(), &mut [0; 4096]);
        // The driver may have stopped waiting.
        let _ = connection.reply(id, NtStatus(0), &Answer::Verdict(Verdict::Allow).encode());
    }
}
