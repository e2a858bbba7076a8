//! A machine with fileguard loaded, for the tests: the real `.sys`, or the same driver linked into the test.

#![allow(dead_code, reason = "each test program uses its part")]

pub mod mounted;

use fileguard_policy::compile::{Options, compile, render};
use fileguard_protocol::message::{Batch, LoadReply, PolicyPart, Status};
use fileguard_protocol::{Answer, Ask, Event, Hello, PORT_NAME, Request, Role, Verdict};
use fltmgr_sys as sys;
use fltsim::config::{RegistryValue, ServiceConfig};
use fltsim::flt::port::PortConnection;
use fltsim::fs::MemoryStore;
use fltsim::inf::Inf;
use fltsim::io::{File, OpenRequest, Requestor, VolumeConfig, WriteOffset};
use fltsim::machine::{ImageSource, LoadRequest, Machine};
use fltsim::status::NtStatus;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How the driver runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// As the `.sys` that Windows would load.
    Image,
    /// Compiled for the host and linked into the test.
    Linked,
}

/// The built driver, once for each test program.
pub static DRIVER: LazyLock<xtask::driver::Driver> =
    LazyLock::new(|| xtask::driver::build().unwrap_or_else(|error| panic!("fileguard.sys does not build: {error:#}")));

/// A linked driver is one piece of code with one place for its state, so one machine at a time has it.
pub static LINKED: Mutex<()> = Mutex::new(());

/// Makes each test run in both modes.
#[macro_export]
macro_rules! in_both_modes {
    ($($(#[$attribute:meta])* fn $name:ident($guarded:ident: &Guarded) $body:block)*) => {
        $(fn $name($guarded: &$crate::common::Guarded) $body)*

        mod image {
            $(#[test] $(#[$attribute])* fn $name() { super::$name(&$crate::common::Guarded::start($crate::common::Mode::Image)) })*
        }

        mod linked {
            $(#[test] $(#[$attribute])* fn $name() { super::$name(&$crate::common::Guarded::start($crate::common::Mode::Linked)) })*
        }
    };
}

/// The service that the project's own INF describes.
pub fn service() -> ServiceConfig {
    let path: PathBuf = xtask::driver::repository().join(xtask::driver::INX);
    Inf::read(&path).and_then(|inf| inf.service()).unwrap_or_else(|error| panic!("{error}"))
}

/// What to load in a mode.
pub fn image(mode: Mode) -> ImageSource {
    match mode {
        Mode::Image => ImageSource::File(DRIVER.image.clone()),
        Mode::Linked => ImageSource::Linked { entry: fileguard::driver_entry },
    }
}

/// A machine with one volume in memory and fileguard on it.
pub struct Guarded {
    pub machine: Arc<Machine>,
    pub volume: Arc<fltsim::flt::volume::Volume>,
    driver: String,
    _linked: Option<MutexGuard<'static, ()>>,
}

impl Guarded {
    pub fn start(mode: Mode) -> Self {
        Self::start_with(mode, &[])
    }

    /// Starts with other values of the service's parameters.
    pub fn start_with(mode: Mode, parameters: &[(&str, u32)]) -> Self {
        let mut service = service();
        for (name, value) in parameters {
            service.set_parameter(name, RegistryValue::Dword(*value));
        }
        Self::start_driver(image(mode), service)
    }

    /// Starts with another driver.
    pub fn start_driver(image: ImageSource, service: ServiceConfig) -> Self {
        let is_linked = matches!(image, ImageSource::Linked { .. });
        let linked = is_linked.then(|| LINKED.lock().unwrap_or_else(PoisonError::into_inner));
        let machine = Machine::new();
        let volume = machine.add_volume(VolumeConfig {
            name: "test".to_owned(),
            store: Box::new(MemoryStore::new()),
            device_name: None,
        });
        let driver = service.name.clone();
        machine.load(&LoadRequest { image, service }).unwrap_or_else(|error| panic!("{driver} does not load: {error}"));
        Self { machine, volume, driver, _linked: linked }
    }

    /// A program with this image path.
    pub fn program(&self, image: &str) -> Program<'_> {
        // Ids are those of no process of the host.
        static LAST: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0x0100_0000);
        let id = LAST.fetch_add(4, Ordering::Relaxed);
        Program { guarded: self, requestor: Requestor::user(self.machine.processes().named(id, image)) }
    }

    /// A program whose name does not matter.
    pub fn anybody(&self) -> Program<'_> {
        self.program(r"\Device\HarddiskVolume1\usr\bin\anybody")
    }

    /// Connects a client.
    pub fn connect(&self, role: Role) -> PortConnection {
        let client = self.program(r"\Device\HarddiskVolume1\usr\bin\fileguardctl");
        self.machine
            .connect_port(&client.requestor.process, PORT_NAME, &Hello { role }.encode())
            .unwrap_or_else(|status| panic!("the client cannot connect: {status}"))
    }

    /// Puts a policy in force.
    pub fn policy(&self, source: &str) {
        let reply =
            self.load_blob(&compiled(source)).unwrap_or_else(|status| panic!("the policy is refused: {status}"));
        assert_eq!(reply.refusal.get(), 0, "the driver refuses the policy that its own compiler made");
    }

    /// Sends a blob as a policy.
    pub fn load_blob(&self, blob: &[u8]) -> Result<LoadReply, NtStatus> {
        let control = self.connect(Role::Control);
        let message = load_message(blob);
        let mut reply = [0; LoadReply::LENGTH];
        let length = control.send(&message, &mut reply)?;
        Ok(LoadReply::decode(&reply[..length]).expect("a whole reply").0)
    }

    pub fn status(&self) -> Status {
        let mut reply = [0; Status::LENGTH];
        let length = self.connect(Role::Control).send(&Request::Status.encode(), &mut reply).expect("a status");
        Status::decode(&reply[..length]).expect("a whole status").0
    }

    /// The source text of the policy in force.
    pub fn policy_source(&self) -> String {
        let control = self.connect(Role::Control);
        let mut source = Vec::new();
        loop {
            let mut reply = [0; 64];
            let request = Request::GetPolicy { offset: source.len() as u64 };
            let length = control.send(&request.encode(), &mut reply).expect("a part of the policy");
            let (part, text) = PolicyPart::decode(&reply[..length]).expect("a whole part");
            source.extend_from_slice(text);
            if source.len() as u64 >= part.total.get() {
                return String::from_utf8(source).expect("policies are UTF-8");
            }
            assert!(!text.is_empty(), "a part without text before the end");
        }
    }

    /// Begins to watch.
    pub fn watch(&self) -> Watcher {
        Watcher(self.connect(Role::Observer))
    }

    /// Answers questions in a thread of its own, until dropped.
    pub fn answerer(&self, answer: impl Fn(&Question) -> Option<Answer> + Send + 'static) -> Answerer {
        let connection = Arc::new(self.connect(Role::Answerer));
        let stop = Arc::new(AtomicBool::new(false));
        let thread = std::thread::spawn({
            let (connection, stop) = (Arc::clone(&connection), Arc::clone(&stop));
            move || {
                while !stop.load(Ordering::Relaxed) {
                    let Some(message) = received(&connection) else { continue };
                    let ask = Ask::decode(&message.1).expect("a whole question");
                    let question = Question {
                        id: ask.id,
                        name: ask.name.chars().collect(),
                        image: ask.image.chars().collect(),
                        size: ask.size,
                        content: content(&connection, ask.id, ask.size),
                    };
                    if let Some(answer) = answer(&question) {
                        // The driver may have stopped waiting.
                        let _ = connection.reply(message.0, NtStatus(0), &answer.encode());
                    }
                }
            }
        });
        Answerer { stop, thread: Some(thread) }
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        if std::thread::panicking() || self.machine.is_crashed() {
            // The next linked test finds the driver as if it had never been loaded.
            let _ = self.machine.unload(&self.driver);
            self.machine.shutdown();
            return;
        }
        if self.machine.filter(&self.driver).is_some() {
            self.machine
                .unload(&self.driver)
                .unwrap_or_else(|error| panic!("{} does not unload: {error}", self.driver));
        }
        let reports: Vec<String> = self.machine.reports().iter().map(ToString::to_string).collect();
        assert!(reports.is_empty(), "the driver left something behind:\n{}", reports.join("\n"));
        self.machine.shutdown();
    }
}

/// The message that loads a blob as a policy.
pub fn load_message(blob: &[u8]) -> Vec<u8> {
    let length = u32::try_from(blob.len()).expect("a policy below 4 GiB");
    [&Request::LoadPolicy { length }.encode(), blob].concat()
}

/// Compiles a policy, which is meant to compile.
pub fn compiled(source: &str) -> Vec<u8> {
    match compile(source, &Options::default()) {
        Ok(compiled) => compiled.blob,
        Err(diagnostics) => panic!("{}", render(&diagnostics, source, "test policy", false)),
    }
}

fn received(connection: &PortConnection) -> Option<(u64, Vec<u8>)> {
    match connection.get(64 * 1024, Some(Duration::from_millis(50))) {
        fltsim::flt::port::Got::Message { id, data, .. } => Some((id, data)),
        _ => None,
    }
}

fn content(connection: &PortConnection, ask: u64, size: u64) -> Vec<u8> {
    let mut content = Vec::new();
    while (content.len() as u64) < size {
        let mut part = vec![0; 4096];
        let request = Request::ReadContent { ask, offset: content.len() as u64, length: 4096 };
        match connection.send(&request.encode(), &mut part) {
            Ok(0) | Err(_) => break,
            Ok(length) => content.extend_from_slice(&part[..length]),
        }
    }
    content
}

/// A question as the service gets it.
pub struct Question {
    pub id: u64,
    pub name: String,
    pub image: String,
    pub size: u64,
    pub content: Vec<u8>,
}

/// A service that answers, as long as it lives.
pub struct Answerer {
    stop: Arc<AtomicBool>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Drop for Answerer {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
            && !std::thread::panicking()
        {
            panic!("the service's thread panicked");
        }
    }
}

/// Allows, as a service.
pub const ALLOW: Option<Answer> = Some(Answer::Verdict(Verdict::Allow));
/// Refuses, as a service.
pub const DENY: Option<Answer> = Some(Answer::Verdict(Verdict::Deny));

/// A client that fetches events.
pub struct Watcher(pub PortConnection);

/// An event with its names as text.
#[derive(Debug, Clone)]
pub struct Seen {
    pub details: fileguard_protocol::EventDetails,
    pub name: String,
    pub second: String,
    pub image: String,
}

impl Watcher {
    /// The events so far; none if none come.
    pub fn events(&self) -> Vec<Seen> {
        self.batch().0
    }

    /// The events so far, and how many were lost in all.
    pub fn batch(&self) -> (Vec<Seen>, u64) {
        let mut reply = vec![0; 256 * 1024];
        let request = Request::GetEvents { wait_milliseconds: 100 };
        let length = self.0.send(&request.encode(), &mut reply).expect("a batch");
        let (batch, mut records) = Batch::decode(&reply[..length]).expect("a whole batch");
        let mut events = Vec::new();
        for _ in 0..batch.count.get() {
            let (event, rest) = Event::decode(records).expect("a whole record");
            records = rest;
            events.push(Seen {
                details: event.details,
                name: event.name.chars().collect(),
                second: event.second.chars().collect(),
                image: event.image.chars().collect(),
            });
        }
        assert!(records.is_empty(), "bytes behind the last record");
        (events, batch.lost_total.get())
    }
}

/// A program that uses files.
pub struct Program<'a> {
    pub guarded: &'a Guarded,
    pub requestor: Requestor,
}

/// The UTF-16 of a name with `/` or `\`.
pub fn units(name: &str) -> Vec<u16> {
    name.replace('/', r"\").encode_utf16().collect()
}

impl Program<'_> {
    pub fn open_as(&self, name: &str, change: impl FnOnce(&mut OpenRequest)) -> Result<(File, usize), NtStatus> {
        let mut request = OpenRequest { name: units(name), ..OpenRequest::default() };
        change(&mut request);
        self.guarded.volume.open(&self.requestor, &request)
    }

    /// Opens a file for reading.
    pub fn open(&self, name: &str) -> Result<File, NtStatus> {
        self.open_as(name, |_| ()).map(|(file, _)| file)
    }

    /// Opens a file for writing, and makes it if it is not there.
    pub fn open_for_writing(&self, name: &str) -> Result<File, NtStatus> {
        self.open_as(name, |request| {
            request.desired_access = sys::FILE_GENERIC_READ | sys::FILE_GENERIC_WRITE;
            request.disposition = sys::FILE_OPEN_IF;
        })
        .map(|(file, _)| file)
    }

    /// Makes or replaces a file with this content.
    pub fn write(&self, name: &str, content: &[u8]) -> Result<(), NtStatus> {
        let (file, _) = self.open_as(name, |request| {
            request.desired_access = sys::FILE_GENERIC_WRITE;
            request.disposition = sys::FILE_OVERWRITE_IF;
        })?;
        file.write(WriteOffset::At(0), content).map(|length| assert_eq!(length, content.len()))
    }

    pub fn make_directory(&self, name: &str) -> Result<(), NtStatus> {
        self.open_as(name, |request| {
            request.disposition = sys::FILE_CREATE;
            request.options |= sys::FILE_DIRECTORY_FILE;
        })
        .map(drop)
    }

    pub fn read(&self, name: &str) -> Result<Vec<u8>, NtStatus> {
        let file = self.open(name)?;
        let mut content = Vec::new();
        loop {
            let mut part = [0; 1000];
            match file.read(content.len() as u64, &mut part) {
                Ok(0) | Err(NtStatus(sys::STATUS_END_OF_FILE)) => return Ok(content),
                Ok(length) => content.extend_from_slice(&part[..length]),
                Err(status) => return Err(status),
            }
        }
    }

    pub fn delete(&self, name: &str) -> Result<(), NtStatus> {
        let (file, _) = self.open_as(name, |request| request.desired_access = sys::DELETE | sys::SYNCHRONIZE)?;
        file.set_information(sys::FileDispositionInformation, &[1])
    }

    pub fn rename(&self, from: &str, to: &str) -> Result<(), NtStatus> {
        let (file, _) = self.open_as(from, |request| request.desired_access = sys::DELETE | sys::SYNCHRONIZE)?;
        file.rename(&units(to), fltsim::io::RenameFlags::default())
    }

    pub fn exists(&self, name: &str) -> bool {
        self.open_as(name, |request| request.desired_access = sys::FILE_READ_ATTRIBUTES).is_ok()
    }
}

/// The status of something that is meant to fail.
pub fn failure<T>(result: Result<T, NtStatus>) -> i32 {
    result.err().expect("a failure").0
}
