//! Counts, with Callgrind.

use crate::{by_hand, safe};
use fltmgr_sys as sys;
use fltsim::config::ServiceConfig;
use fltsim::fs::MemoryStore;
use fltsim::io::{OpenRequest, Requestor, VolumeConfig, WriteOffset};
use fltsim::machine::{DriverEntry, ImageSource, LoadRequest, Machine};
use std::error::Error;
use std::process::{Command, ExitCode};
use std::{env, fs};

/// How often a file is read.
const ROUNDS: u64 = 100;
/// Says that this is the run that is counted.
const COUNTED: &str = "--counted";

/// What the filters do, and their entries: the safe one, and the one by hand.
const FILTERS: [(&str, DriverEntry, DriverEntry); 4] = [
    ("nothing", safe::null::driver_entry, by_hand::null::driver_entry),
    ("look at the operation and its status", safe::pass::driver_entry, by_hand::pass::driver_entry),
    ("find a context and count in it", safe::context::driver_entry, by_hand::context::driver_entry),
    ("change a parameter", safe::change::driver_entry, by_hand::change::driver_entry),
];

/// The callbacks, and what they call: counting goes on and off whenever one is entered or left.
const TOGGLES: [&str; 8] = [
    "*::pre_of_both*",
    "*::post_of_both*",
    "*::by_hand_pre*",
    "*::by_hand_post*",
    "FltGetStreamContext",
    "FltReleaseContext",
    "FltSetCallbackDataDirty",
    "FltSupportsStreamContexts",
];

/// Counts, prints, and fails if a safe filter needs more than the one by hand.
pub fn run() -> ExitCode {
    if env::args().any(|argument| argument == COUNTED) {
        for (_, safe, by_hand) in FILTERS {
            read_through(safe);
            end_of_count();
            read_through(by_hand);
            end_of_count();
        }
        return ExitCode::SUCCESS;
    }
    let counts = match count() {
        Ok(counts) => counts,
        Err(error) => {
            eprintln!("The instructions cannot be counted: {error}");
            return ExitCode::FAILURE;
        }
    };
    println!("{:<40} {:>6} {:>8}", "instructions for one operation", "safe", "by hand");
    let mut more = false;
    for ((name, ..), counts) in FILTERS.iter().zip(counts.chunks(2)) {
        let &[safe, by_hand] = counts else { continue };
        println!("{name:<40} {safe:>6} {by_hand:>8}");
        more |= safe > by_hand;
    }
    if more {
        eprintln!("The safe one must not need more.");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// Reads a file through a filter, after a first read that is not counted: a context may be made then.
fn read_through(entry: DriverEntry) {
    let machine = Machine::new();
    let store = Box::new(MemoryStore::new());
    let volume = machine.add_volume(VolumeConfig { name: "bench".to_owned(), store, device_name: None });
    let service = ServiceConfig::with_altitude("counted", "370000");
    machine.load(&LoadRequest { image: ImageSource::Linked { entry }, service }).expect("the filter loads");
    let requestor = Requestor::user(machine.processes().named(0x0100_0000, r"\Device\HarddiskVolume1\usr\bin\bench"));
    let request = OpenRequest {
        name: r"\file".encode_utf16().collect(),
        desired_access: sys::FILE_GENERIC_READ | sys::FILE_GENERIC_WRITE,
        disposition: sys::FILE_CREATE,
        ..OpenRequest::default()
    };
    let (file, _) = volume.open(&requestor, &request).expect("the file is made");
    let mut block = [1; 4096];
    file.write(WriteOffset::At(0), &block).expect("the file is written");
    file.read(0, &mut block).expect("a block");
    end_of_count();
    for _ in 0..ROUNDS {
        file.read(0, &mut block).expect("a block");
    }
    drop(file);
    machine.shutdown();
}

/// Where Callgrind writes what it has counted, and begins again.
#[inline(never)]
fn end_of_count() {
    std::hint::black_box(());
}

/// Counts, and gives for each filter, the safe one first, the instructions for one operation.
fn count() -> Result<Vec<u64>, Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let mut command = Command::new("valgrind");
    command
        .args(["--tool=callgrind", "--quiet", "--collect-atstart=no", "--combine-dumps=no"])
        .arg("--dump-after=*::end_of_count*")
        .args(TOGGLES.map(|toggle| format!("--toggle-collect={toggle}")))
        .arg(format!("--callgrind-out-file={}", folder.path().join("count").display()))
        .arg(env::current_exe()?)
        .arg(COUNTED);
    let status =
        command.status().map_err(|error| format!("valgrind does not run ({error}); apt-get install valgrind"))?;
    if !status.success() {
        return Err(format!("valgrind failed ({status}); what it says is above").into());
    }
    // Two dumps for each run: one of the first read, one of the others.
    (1..=FILTERS.len() * 2)
        .map(|run| {
            let dump = folder.path().join(format!("count.{}", run * 2));
            let text = fs::read_to_string(&dump)?;
            let total = text.lines().find_map(|line| line.strip_prefix("totals: ")?.trim().parse::<u64>().ok());
            match total {
                Some(total) if total > 0 && total % ROUNDS == 0 => Ok(total / ROUNDS),
                Some(total) => Err(format!("{total} instructions are not {ROUNDS} times the same").into()),
                None => Err(format!("{} has no total", dump.display()).into()),
            }
        })
        .collect()
}
