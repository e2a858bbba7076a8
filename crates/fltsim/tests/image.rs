//! Driver images: what is loaded, what is refused, and what becomes of a driver that faults.
#![expect(unsafe_code, reason = "the tests are drivers, or load them")]

#[path = "common/fixture.rs"]
mod fixture;

use std::path::PathBuf;
use std::sync::{Arc, LazyLock};

use fltsim::image::{Image, ImageError};
use fltsim::kernel::call::{CallSite, Crashed, call_driver};
use fltsim::kernel::fault::{Access, CrashReport, FaultKind};
use fltsim::kernel::{irql, thread};
use fltsim::machine::Machine;

type Routine = unsafe extern "efiapi" fn(usize, usize, usize) -> usize;

/// The routines of the fixture, in its order.
#[derive(Clone, Copy)]
enum Do {
    Add,
    Write,
    Overflow,
    GuardedLeaf,
    GuardedCall,
    GuardedDeep,
    Filtered,
    Finally,
    BugCheck,
    Raise,
    GuardedRaise,
    GuardedProbe,
    CallOther,
    Divide,
    CopyWithMemcpy,
    Counter,
}

const ACCESS_VIOLATION: usize = 0xC000_0005;
/// An address where no program has anything.
const NOWHERE: usize = 0x1234_5000_0000;
const PATH: &str = "\\Device\\HarddiskVolume1\\usr\\bin\\tester";

static FILES: LazyLock<(tempfile::TempDir, PathBuf, PathBuf)> = LazyLock::new(|| {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let faulty = fixture::build(directory.path(), "faulty");
    let unserved = fixture::build(directory.path(), "unserved");
    (directory, faulty, unserved)
});

struct Driver {
    machine: Arc<Machine>,
    image: Arc<Image>,
    table: Vec<usize>,
}

impl Driver {
    fn load() -> Self {
        let image = Image::load(&FILES.1).expect("the fixture can be loaded");
        let mut table = vec![0_usize; 64];
        let entry = image.entry();
        let pointer = table.as_mut_ptr();
        // SAFETY: the fixture's entry fills the table that it is passed.
        let status = call_driver(&image, &CallSite::of("DriverEntry"), 0, || unsafe {
            entry(pointer.cast(), std::ptr::null_mut())
        });
        assert_eq!(status, Ok(0));
        Self { machine: Machine::new(), image, table }
    }

    fn call(&self, what: Do, arguments: [usize; 3]) -> Result<usize, Crashed> {
        // SAFETY: the table holds routines of this type.
        let routine: Routine = unsafe { std::mem::transmute(self.table[what as usize]) };
        let process = self.machine.processes().named(77, PATH);
        let name: Vec<u16> = "\\dir\\file".encode_utf16().collect();
        let site = CallSite::new("pre-operation callback", "IRP_MJ_CREATE").about(&name);
        thread::with_process(&self.machine, &process, || {
            // SAFETY: the fixture's routines do their harm where the simulator is to notice.
            call_driver(&self.image, &site, irql::APC_LEVEL, || unsafe {
                routine(arguments[0], arguments[1], arguments[2])
            })
        })
    }

    fn crash(&self, what: Do, arguments: [usize; 3]) -> Arc<CrashReport> {
        assert_eq!(self.call(what, arguments), Err(Crashed));
        self.machine.crash().expect("the machine has crashed")
    }
}

#[test]
fn a_driver_runs_with_its_data_and_imports() {
    let driver = Driver::load();
    assert_eq!(driver.call(Do::Add, [1, 2, 3]), Ok(6));
    assert_eq!(driver.call(Do::Counter, [0; 3]), Ok(42));
    assert_eq!(driver.call(Do::Counter, [0; 3]), Ok(43));
    let another = Driver::load();
    assert_eq!(another.call(Do::Counter, [0; 3]), Ok(42), "each image has its own data");
    assert!(driver.image.imports().iter().any(|import| import.name == "KeBugCheckEx"));
}

#[test]
fn an_access_violation_names_place_operation_and_process() {
    let driver = Driver::load();
    let report = driver.crash(Do::Write, [NOWHERE + 8, 1, 0]);
    assert_eq!(report.kind, FaultKind::AccessViolation { address: NOWHERE + 8, access: Access::Write });
    let place = &report.frames[0].place;
    assert!(place.function.as_deref().is_some_and(|function| function.contains("write")), "{report}");
    assert!(place.file.as_deref().is_some_and(|file| file.ends_with("faulty.rs")), "{report}");
    let text = report.to_string();
    for part in [
        "faulty.sys",
        "0x0000123450000008",
        "pre-operation callback",
        "IRP_MJ_CREATE",
        "\\dir\\file",
        "77",
        PATH,
        "APC_LEVEL",
    ] {
        assert!(text.contains(part), "{part} is missing from: {text}");
    }
}

#[test]
fn a_crashed_machine_calls_its_drivers_no_more() {
    let driver = Driver::load();
    driver.crash(Do::Write, [NOWHERE, 1, 0]);
    assert_eq!(driver.call(Do::Add, [1, 2, 3]), Err(Crashed));
    assert_eq!(irql::current(), irql::PASSIVE_LEVEL, "the level is restored");
    let other = Driver::load();
    assert_eq!(other.call(Do::Add, [1, 2, 3]), Ok(6), "other machines go on");
}

#[test]
fn a_call_through_a_bad_pointer_is_reported_at_its_caller() {
    let report = Driver::load().crash(Do::CallOther, [NOWHERE, 0, 0]);
    assert_eq!(report.kind, FaultKind::AccessViolation { address: NOWHERE, access: Access::Execute });
    assert!(report.to_string().contains("call_other"), "{report}");
}

#[test]
fn the_kernel_stack_ends_after_24_kib() {
    let driver = Driver::load();
    assert!(driver.call(Do::Overflow, [30, 0, 0]).is_ok());
    let report = driver.crash(Do::Overflow, [100, 0, 0]);
    assert!(matches!(report.kind, FaultKind::StackOverflow { beyond: 1.. }), "{report}");
    assert!(report.to_string().contains("faulty::overflow (") && report.to_string().contains("24 KiB"), "{report}");
}

#[test]
fn bug_checks_and_exceptions_end_the_machine_with_their_parameters() {
    let report = Driver::load().crash(Do::BugCheck, [0xF5, 11, 22]);
    assert_eq!(report.kind, FaultKind::BugCheck { code: 0xF5, parameters: [11, 22, 3, 4] });
    assert!(report.to_string().contains("FLTMGR_FILE_SYSTEM"), "{report}");
    assert!(report.to_string().contains("bug_check"), "{report}");
    let report = Driver::load().crash(Do::Raise, [0xC000_009A, 0, 0]);
    assert_eq!(report.kind, FaultKind::UnhandledException { status: 0xC000_009A_u32.cast_signed() });
    let report = Driver::load().crash(Do::Divide, [1, 0, 0]);
    assert_eq!(report.kind, FaultKind::Division);
}

#[test]
fn a_driver_handles_what_it_guards() {
    let driver = Driver::load();
    let text = b"sixteen bytes...and more than that";
    let mut copy = vec![0_u8; text.len()];
    for guarded in [Do::GuardedLeaf, Do::GuardedCall] {
        copy.fill(0);
        let arguments = [copy.as_mut_ptr() as usize, text.as_ptr() as usize, text.len()];
        driver.call(guarded, arguments).expect("nothing faults");
        assert_eq!(copy, text);
        for [to, from] in [[NOWHERE, text.as_ptr() as usize], [copy.as_mut_ptr() as usize, NOWHERE]] {
            assert_eq!(driver.call(guarded, [to, from, text.len()]), Ok(ACCESS_VIOLATION));
        }
    }
    assert_eq!(driver.call(Do::GuardedRaise, [0xC000_009A, 0, 0]), Ok(0xC000_009A));
    assert!(driver.machine.crash().is_none());
}

#[test]
fn frames_between_fault_and_handler_are_unwound() {
    let driver = Driver::load();
    for depth in [0, 1, 7, 20] {
        assert_eq!(driver.call(Do::GuardedDeep, [NOWHERE, depth, 5]), Ok(1234), "depth {depth}");
    }
}

#[test]
fn filters_choose_and_finally_blocks_run() {
    let driver = Driver::load();
    assert_eq!(driver.call(Do::Filtered, [NOWHERE, ACCESS_VIOLATION, 0]), Ok(ACCESS_VIOLATION));
    let mut ran = 0_u32;
    assert_eq!(driver.call(Do::Finally, [NOWHERE, &raw mut ran as usize, 0]), Ok(ACCESS_VIOLATION));
    assert_eq!(ran, 77);
    let report = driver.crash(Do::Filtered, [NOWHERE, 0xC000_0094, 0]);
    assert_eq!(report.kind, FaultKind::AccessViolation { address: NOWHERE, access: Access::Read });
}

#[test]
fn probes_raise_for_bad_addresses() {
    let driver = Driver::load();
    let mut buffer = vec![7_u64; 2048];
    let address = buffer.as_mut_ptr() as usize;
    assert!(driver.call(Do::GuardedProbe, [address, buffer.len() * 8, 8]).is_ok());
    assert!(buffer.iter().all(|&word| word == 7), "a probe changes nothing");
    assert_eq!(driver.call(Do::GuardedProbe, [address + 1, 16, 4]), Ok(0x8000_0002));
    assert_eq!(driver.call(Do::GuardedProbe, [NOWHERE, 16, 1]), Ok(ACCESS_VIOLATION));
    assert_eq!(driver.call(Do::GuardedProbe, [usize::MAX - 8, 64, 1]), Ok(ACCESS_VIOLATION));
    assert_eq!(driver.call(Do::GuardedProbe, [NOWHERE, 0, 1]).map(|_| ()), Ok(()), "nothing is probed of nothing");
}

#[test]
fn memory_routines_agree_with_the_hosts() {
    let driver = Driver::load();
    let from: Vec<u8> = (0..300_u32).map(|number| (number * 7 % 251) as u8).collect();
    for length in (0..=70).chain([127, 128, 129, 255, 256, 300]) {
        let mut to = vec![0xEE_u8; length + 1];
        let arguments = [to.as_mut_ptr() as usize, from.as_ptr() as usize, length];
        assert_eq!(driver.call(Do::CopyWithMemcpy, arguments), Ok(0), "length {length}");
        assert_eq!(to[..length], from[..length], "length {length}");
        assert_eq!(to[length], 0xEE, "nothing is written behind the end");
        // Both ways of overlapping.
        for (source, target) in [(0, 5), (5, 0), (0, 40), (40, 0)] {
            let mut memory = from.clone();
            memory.extend_from_slice(&from);
            let mut expected = memory.clone();
            expected.copy_within(source..source + length, target);
            let base = memory.as_mut_ptr() as usize;
            assert!(driver.call(Do::GuardedCall, [base + target, base + source, length]).is_ok());
            assert_eq!(memory, expected, "length {length}, from {source} to {target}");
        }
    }
}

#[test]
fn every_thread_has_its_kernel_stack() {
    let driver = Driver::load();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for number in 0..200 {
                    assert_eq!(driver.call(Do::Add, [number, 1, 1]), Ok(number + 2));
                    assert_eq!(driver.call(Do::GuardedDeep, [NOWHERE, 3, 5]), Ok(1234));
                }
            });
        }
    });
}

#[test]
fn all_missing_imports_are_named_and_nothing_is_loaded() {
    let error = Image::load(&FILES.2).expect_err("two imports are missing");
    let ImageError::MissingImports { missing, .. } = &error else { panic!("{error}") };
    let names: Vec<&str> = missing.iter().map(|import| import.name.as_str()).collect();
    assert_eq!(names.len(), 2, "{error}");
    assert!(names.contains(&"KeThereIsNoSuchRoutine") && names.contains(&"KeNorThisOne"));
    assert!(error.to_string().contains("ntoskrnl.exe!KeNorThisOne"));
    let all = Image::imports_of(&FILES.2).expect("the file can be read");
    assert!(all.iter().any(|import| import.name == "KeBugCheckEx" && import.is_served()));
}

#[test]
fn files_that_are_no_drivers_are_refused_with_the_reason() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let path = directory.path().join("bad.sys");
    let good = std::fs::read(&FILES.1).expect("the fixture");
    let header = u32::from_le_bytes(good[0x3C..0x40].try_into().expect("four bytes")) as usize;
    let changed = |at: usize, bytes: &[u8]| {
        let mut file = good.clone();
        file[at..at + bytes.len()].copy_from_slice(bytes);
        file
    };
    let cases: [(&str, Vec<u8>); 7] = [
        ("doesn't begin with MZ", b"this is a text".to_vec()),
        ("doesn't begin with MZ", Vec::new()),
        ("MZ", b"\x7FELF and so on".to_vec()),
        ("ARM64", changed(header + 4, &0xAA64_u16.to_le_bytes())),
        ("another processor", changed(header + 4, &0x0200_u16.to_le_bytes())),
        ("not native", changed(header + 24 + 68, &3_u16.to_le_bytes())),
        ("no entry point", changed(header + 24 + 16, &0_u32.to_le_bytes())),
    ];
    for (expected, file) in cases {
        std::fs::write(&path, file).expect("the file can be written");
        let error = Image::load(&path).expect_err(expected).to_string();
        assert!(error.contains(expected) && error.contains("bad.sys"), "{error}");
    }
    let error = Image::load(directory.path().join("missing.sys")).expect_err("there is no such file");
    assert!(error.to_string().contains("cannot be read"), "{error}");
}

#[test]
fn damaged_files_are_refused_or_loaded_but_never_crash_the_loader() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let path = directory.path().join("damaged.sys");
    let good = std::fs::read(&FILES.1).expect("the fixture");
    for length in (0..good.len()).step_by(97).chain([1, 2, 63, 64, 65, 0x40, 0x80, 0x100, 0x200]) {
        std::fs::write(&path, &good[..length]).expect("the file can be written");
        let _ = Image::load(&path).map_err(|error| error.to_string());
    }
    let mut state = 1_u64;
    for _ in 0..2000 {
        let mut file = good.clone();
        for _ in 0..4 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            // Mostly the headers, where a byte means something.
            let range = if state.is_multiple_of(4) { file.len() } else { 0x400.min(file.len()) };
            let [.., value, low, middle, high] = state.to_be_bytes();
            file[usize::from_be_bytes([0, 0, 0, 0, 0, low, middle, high]) % range] = value;
        }
        std::fs::write(&path, &file).expect("the file can be written");
        let _ = Image::load(&path).map_err(|error| error.to_string());
    }
}
