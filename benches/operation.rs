//! What one operation costs on its way through a volume's filters, with the memory store below, which costs little
//! itself. Each kind of operation is measured with no filter, with filters that do nothing, and with fileguard: linked
//! into this program, and as the `.sys`.

#[path = "../tests/common/mod.rs"]
mod common;

use std::fmt::Write as _;
use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use common::{Guarded, Mode};
use criterion::{Bencher, BenchmarkGroup, Criterion, criterion_group, criterion_main, measurement::WallTime};
use fileguard_protocol::{Request, Role};
use fltmgr_sys as sys;
use fltsim::config::ServiceConfig;
use fltsim::flt::volume::Volume;
use fltsim::fs::MemoryStore;
use fltsim::io::{OpenRequest, Requestor, VolumeConfig, WriteOffset};
use fltsim::machine::{DriverEntry, ImageSource, LoadRequest, Machine};

/// The file that everything is about.
const FILE: &str = "/folder/file";
/// How much is read and written at a time.
const BLOCK: usize = 4096;

/// A filter that is called before each operation, and does nothing.
mod null_pre {
    use fltmgr::op::{self, Operation};
    use fltmgr::{Filter, Operations, Pre, PreOp, PreStatus, Result, Starting};

    struct Null;

    impl Filter for Null {
        const OPERATIONS: Operations<Self> = Operations::new()
            .pre::<op::Create>()
            .pre::<op::Cleanup>()
            .pre::<op::Close>()
            .pre::<op::Read>()
            .pre::<op::Write>();

        fn start(_: &mut Starting<'_, Self>) -> Result<Self> {
            Ok(Self)
        }
    }

    impl<O: Operation> Pre<O> for Null {
        fn pre<'a>(&self, operation: PreOp<'a, O>) -> PreStatus<'a, O> {
            operation.pass().into()
        }
    }

    fltmgr::driver!(Null);
}

/// A filter that is called before and after each operation, and does nothing.
mod null_pre_post {
    use fltmgr::op::{self, HasPost, Operation};
    use fltmgr::{Filter, Operations, PostOp, PostStatus, PreOp, PrePost, PreStatus, Result, Starting};

    struct Null;

    impl Filter for Null {
        const OPERATIONS: Operations<Self> = Operations::new()
            .pre_post::<op::Create>()
            .pre_post::<op::Cleanup>()
            .pre_post::<op::Close>()
            .pre_post::<op::Read>()
            .pre_post::<op::Write>();

        fn start(_: &mut Starting<'_, Self>) -> Result<Self> {
            Ok(Self)
        }
    }

    impl<O: Operation + HasPost> PrePost<O> for Null {
        type Carry = ();

        fn pre<'a>(&self, operation: PreOp<'a, O>) -> PreStatus<'a, O, ()> {
            operation.pass_with(())
        }

        fn post<'a>(&self, operation: PostOp<'a, O>, (): ()) -> PostStatus<'a, O> {
            operation.finish()
        }
    }

    fltmgr::driver!(Null);
}

/// What fileguard is told to do.
#[derive(Clone, Copy)]
enum Policy {
    /// Nothing.
    NoRule,
    /// A hundred rules, none of them about the file.
    OtherFiles,
    /// One rule that observes everything, and a client that fetches the events.
    Observe,
}

impl Policy {
    fn source(self) -> Option<String> {
        match self {
            Self::NoRule => None,
            Self::OtherFiles => Some((0..100).fold(String::new(), |mut source, number| {
                writeln!(source, "[[rule]]\npath = '/vault-{number}/**'\naction = 'deny'").expect("room for a rule");
                source
            })),
            Self::Observe => Some("[[rule]]\npath = '/**'\naction = 'observe'".to_owned()),
        }
    }
}

/// What stands between the program and the file system.
#[derive(Clone, Copy)]
enum Filters {
    None,
    Null(DriverEntry),
    Fileguard(Mode, Policy),
}

const FILTERS: [(&str, Filters); 9] = [
    ("no filter", Filters::None),
    ("null filter, pre", Filters::Null(null_pre::driver_entry)),
    ("null filter, pre and post", Filters::Null(null_pre_post::driver_entry)),
    ("fileguard linked, no rule", Filters::Fileguard(Mode::Linked, Policy::NoRule)),
    ("fileguard linked, rules for other files", Filters::Fileguard(Mode::Linked, Policy::OtherFiles)),
    ("fileguard linked, observing", Filters::Fileguard(Mode::Linked, Policy::Observe)),
    ("fileguard.sys, no rule", Filters::Fileguard(Mode::Image, Policy::NoRule)),
    ("fileguard.sys, rules for other files", Filters::Fileguard(Mode::Image, Policy::OtherFiles)),
    ("fileguard.sys, observing", Filters::Fileguard(Mode::Image, Policy::Observe)),
];

/// A machine with its filters and one file.
struct Setup {
    machine: Arc<Machine>,
    volume: Arc<Volume>,
    requestor: Requestor,
    // The observer lets go of the driver before the driver is unloaded.
    _observer: Option<Observer>,
    guarded: Option<Guarded>,
}

impl Setup {
    fn new(filters: Filters) -> Self {
        let (machine, volume, guarded, observer) = match filters {
            Filters::None | Filters::Null(_) => {
                let machine = Machine::new();
                let volume = machine.add_volume(VolumeConfig {
                    name: "bench".to_owned(),
                    store: Box::new(MemoryStore::new()),
                    device_name: None,
                });
                if let Filters::Null(entry) = filters {
                    let service = ServiceConfig::with_altitude("null", "385123.5");
                    let request = LoadRequest { image: ImageSource::Linked { entry }, service };
                    machine.load(&request).unwrap_or_else(|error| panic!("the null filter does not load: {error}"));
                }
                (machine, volume, None, None)
            }
            Filters::Fileguard(mode, policy) => {
                let guarded = Guarded::start(mode);
                if let Some(source) = policy.source() {
                    guarded.policy(&source);
                }
                let observer = matches!(policy, Policy::Observe).then(|| Observer::start(&guarded));
                (Arc::clone(&guarded.machine), Arc::clone(&guarded.volume), Some(guarded), observer)
            }
        };
        let image = r"\Device\HarddiskVolume1\usr\bin\bench";
        let requestor = Requestor::user(machine.processes().named(0x0100_0000, image));
        let setup = Self { machine, volume, requestor, _observer: observer, guarded };
        setup.open("/folder", sys::FILE_GENERIC_READ, sys::FILE_CREATE, sys::FILE_DIRECTORY_FILE);
        let file = setup.open(FILE, sys::FILE_GENERIC_WRITE, sys::FILE_CREATE, 0);
        file.write(WriteOffset::At(0), &[1; BLOCK]).expect("the file is written");
        drop(file);
        setup
    }

    fn open(&self, name: &str, desired_access: u32, disposition: u32, options: u32) -> fltsim::io::File {
        let defaults = OpenRequest::default();
        let options = defaults.options | options;
        let request = OpenRequest { name: common::units(name), desired_access, disposition, options, ..defaults };
        self.volume.open(&self.requestor, &request).unwrap_or_else(|status| panic!("{name} does not open: {status}")).0
    }
}

impl Drop for Setup {
    fn drop(&mut self) {
        let Some(guarded) = &self.guarded else { return self.machine.shutdown() };
        // An event that found no room cost less than it should.
        let status = guarded.status();
        if status.events_produced.get() > 0 {
            println!("    of {} events {} were lost", status.events_produced, status.events_lost);
        }
    }
}

/// A client that fetches events, as long as it lives.
struct Observer {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Observer {
    fn start(guarded: &Guarded) -> Self {
        let connection = guarded.connect(Role::Observer);
        let stop = Arc::new(AtomicBool::new(false));
        let thread = std::thread::spawn({
            let stop = Arc::clone(&stop);
            move || {
                let mut batch = vec![0; 1 << 20];
                let request = Request::GetEvents { wait_milliseconds: 50 }.encode();
                while !stop.load(Ordering::Relaxed) {
                    connection.send(&request, &mut batch).expect("a batch of events");
                }
            }
        });
        Self { stop, thread: Some(thread) }
    }
}

impl Drop for Observer {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // Its panic has been printed, and another one here would end the program without the rest.
            let _ = thread.join();
        }
    }
}

fn read(bencher: &mut Bencher<'_>, setup: &Setup) {
    let file = setup.open(FILE, sys::FILE_GENERIC_READ, sys::FILE_OPEN, 0);
    let mut block = [0; BLOCK];
    bencher.iter(|| file.read(0, black_box(&mut block)).expect("a block"));
}

fn write(bencher: &mut Bencher<'_>, setup: &Setup) {
    let file = setup.open(FILE, sys::FILE_GENERIC_WRITE, sys::FILE_OPEN, 0);
    let block = [2; BLOCK];
    bencher.iter(|| file.write(WriteOffset::At(0), black_box(&block)).expect("a block"));
}

fn open_and_close(bencher: &mut Bencher<'_>, setup: &Setup) {
    bencher.iter(|| drop(setup.open(FILE, sys::FILE_GENERIC_READ, sys::FILE_OPEN, 0)));
}

fn with_each(group: &mut BenchmarkGroup<'_, WallTime>, operation: fn(&mut Bencher<'_>, &Setup)) {
    for (name, filters) in FILTERS {
        // A name that was not asked for is not measured, and then nothing is built or loaded for it.
        let mut setup = None;
        group.bench_function(name, |bencher| operation(bencher, setup.get_or_insert_with(|| Setup::new(filters))));
    }
}

fn operations(criterion: &mut Criterion) {
    for (name, operation) in [
        ("read 4 KiB", read as fn(&mut Bencher<'_>, &Setup)),
        ("write 4 KiB", write),
        ("open and close", open_and_close),
    ] {
        let mut group = criterion.benchmark_group(name);
        group.warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(2));
        with_each(&mut group, operation);
        group.finish();
    }
}

criterion_group!(benches, operations);
criterion_main!(benches);
