//! Each example does what it says, as the `.sys` that it builds to.

mod common;

use common::{Guarded, failure};
use fltmgr_sys as sys;
use fltsim::config::ServiceConfig;
use fltsim::io::{FileLock, OpenRequest, WriteOffset};
use fltsim::machine::{ImageSource, LoadRequest};
use fltsim::status::NtStatus;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;
use xtask::driver::{self, Architecture};

/// A machine with the driver of an example.
fn example(name: &str) -> Guarded {
    let (image, _) = driver::build_package(name, Architecture::X64).unwrap_or_else(|error| panic!("{error:#}"));
    Guarded::start_driver(ImageSource::File(image), ServiceConfig::with_altitude(name, "370000"))
}

#[test]
fn keep_refuses_deletions_of_what_ends_in_keep() {
    let guarded = example("keep");
    let program = guarded.anybody();
    program.write("/important.keep", b"1").unwrap();
    program.write("/other", b"1").unwrap();
    assert_eq!(failure(program.delete("/important.keep")), sys::STATUS_ACCESS_DENIED);
    assert!(program.exists("/important.keep"));
    program.delete("/other").unwrap();
    assert!(!program.exists("/other"));
}

#[test]
fn the_readme_shows_keep_as_it_is() {
    let root = driver::repository();
    let read = |name: &str| std::fs::read_to_string(root.join(name)).unwrap();
    assert!(read("README.md").contains(&read("examples/keep/src/lib.rs")), "README.md and examples/keep differ");
}

#[test]
fn hold_has_opens_wait_until_release_is_opened() {
    let guarded = example("hold");
    thread::scope(|scope| {
        let waiting = [0, 1, 2].map(|index| {
            let program = guarded.anybody();
            scope.spawn(move || program.write(&format!("/{index}.held"), b"content"))
        });
        guarded.anybody().write("/other", b"goes on").unwrap();
        thread::sleep(Duration::from_millis(50));
        assert!(waiting.iter().all(|thread| !thread.is_finished()), "they wait");
        // One may have come late.
        while waiting.iter().any(|thread| !thread.is_finished()) {
            guarded.anybody().write("/release", b"").unwrap();
        }
        for thread in waiting {
            assert_eq!(thread.join().unwrap(), Ok(()));
        }
    });
}

#[test]
fn hold_lets_go_of_an_open_that_is_canceled() {
    let guarded = example("hold");
    thread::scope(|scope| {
        let program = guarded.anybody();
        let process = Arc::clone(&program.requestor.process);
        let waiting = scope.spawn(move || program.open_for_writing("/a.held").map(drop));
        while guarded.machine.cancel_io_of(&process) == 0 {
            thread::yield_now();
        }
        assert_eq!(failure(waiting.join().unwrap()), sys::STATUS_CANCELLED);
    });
    guarded.anybody().write("/release", b"").unwrap();
}

#[test]
fn hold_fails_what_waits_when_it_is_unloaded() {
    let guarded = example("hold");
    thread::scope(|scope| {
        let program = guarded.anybody();
        let waiting = scope.spawn(move || program.open_for_writing("/a.held").map(drop));
        thread::sleep(Duration::from_millis(50));
        guarded.machine.unload("hold").unwrap();
        // It may not have come to wait before the filter went, and then nothing stopped it.
        if let Err(status) = waiting.join().unwrap() {
            assert_eq!(status.0, sys::STATUS_CANCELLED);
        }
    });
}

#[test]
fn defer_decides_about_writes_and_opened_files_in_a_worker() {
    let guarded = example("defer");
    let program = guarded.anybody();
    program.write("/plain", b"through a worker").unwrap();
    assert_eq!(program.read("/plain").unwrap(), b"through a worker");
    program.write("/short", b"EV").unwrap();
    assert_eq!(failure(program.write("/a", b"EVIL bytes")), sys::STATUS_ACCESS_DENIED);
    assert_eq!(program.read("/a").unwrap(), b"", "nothing was written");
    assert_eq!(failure(program.open_for_writing("/a.blocked")), sys::STATUS_ACCESS_DENIED);
}

#[test]
fn defer_is_unloaded_while_its_workers_are_busy() {
    let guarded = example("defer");
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        let writers = [0, 1, 2].map(|index| {
            let (program, stop) = (guarded.anybody(), &stop);
            scope.spawn(move || {
                let name = format!("/{index}");
                let mut written = 0;
                while !stop.load(Ordering::Relaxed) {
                    program.write(&name, &[7; 5000]).unwrap();
                    assert_eq!(program.read(&name).unwrap(), [7; 5000]);
                    written += 1;
                }
                written
            })
        });
        thread::sleep(Duration::from_millis(50));
        let unloaded = guarded.machine.unload("defer");
        thread::sleep(Duration::from_millis(20));
        stop.store(true, Ordering::Relaxed);
        unloaded.unwrap();
        for writer in writers {
            assert!(writer.join().unwrap() > 0);
        }
    });
}

#[test]
fn null_is_loaded_and_unloaded() {
    let guarded = example("null");
    guarded.anybody().write("/a", b"1").unwrap();
    assert_eq!(guarded.machine.filter("null").map(|filter| filter.instances().len()), Some(1));
}

/// What trace has printed since it was asked last: each operation with its class, and the status it went with.
fn traced(guarded: &Guarded) -> Vec<String> {
    guarded.machine.take_debug_lines()
}

#[test]
fn trace_prints_every_operation_that_a_program_causes() {
    let guarded = example("trace");
    let program = guarded.anybody();
    let file = program
        .open_as("/a", |request| {
            request.desired_access = sys::FILE_GENERIC_READ | sys::FILE_GENERIC_WRITE;
            request.disposition = sys::FILE_OPEN_IF;
        })
        .unwrap()
        .0;
    let lines = traced(&guarded);
    assert_eq!(lines, ["IRP_MJ_CREATE comes as Irp", "IRP_MJ_CREATE goes with 0x00000000"]);

    // Each of these comes as one operation, and this is its name and class.
    let mut buffer = [0; 512];
    let lock = FileLock { offset: 0, length: 1, key: 0, exclusive: true, fail_immediately: true };
    let mut each = |name: &str, class: &str, cause: &mut dyn FnMut(&mut [u8]) -> Result<(), NtStatus>| {
        let status = cause(&mut buffer).err().map_or(0, |status| status.0);
        let name = format!("IRP_MJ_{name}");
        let expected = [format!("{name} comes as {class}"), format!("{name} goes with {status:#010x}")];
        assert_eq!(traced(&guarded), expected);
    };
    each("WRITE", "Irp", &mut |_| file.write(WriteOffset::At(0), b"traced").map(drop));
    each("READ", "FastIo", &mut |buffer| file.read(0, buffer).map(drop));
    each("READ", "Irp", &mut |buffer| file.read_paging(0, buffer).map(drop));
    each("QUERY_INFORMATION", "FastIo", &mut |buffer| {
        file.query_information(sys::FileStandardInformation, buffer).map(drop)
    });
    each("QUERY_INFORMATION", "Irp", &mut |buffer| {
        file.query_information(sys::FileInternalInformation, buffer).map(drop)
    });
    each("SET_INFORMATION", "Irp", &mut |_| file.set_information(sys::FileEndOfFileInformation, &3_u64.to_le_bytes()));
    each("SET_EA", "Irp", &mut |_| file.set_ea(&[]));
    each("QUERY_EA", "Irp", &mut |buffer| file.query_ea(&[], buffer).map(drop));
    each("FLUSH_BUFFERS", "Irp", &mut |_| file.flush());
    each("LOCK_CONTROL", "FastIo", &mut |_| file.lock(&lock));
    each("LOCK_CONTROL", "FastIo", &mut |_| file.unlock(0, 1, 0));
    each("LOCK_CONTROL", "Irp", &mut |_| file.lock(&FileLock { fail_immediately: false, ..lock }));
    each("QUERY_VOLUME_INFORMATION", "Irp", &mut |buffer| {
        file.query_volume_information(sys::FileFsSizeInformation, buffer).map(drop)
    });
    each("FILE_SYSTEM_CONTROL", "Irp", &mut |buffer| {
        file.fs_control(sys::FSCTL_GET_REPARSE_POINT, &[], buffer).map(drop)
    });

    file.create_section(sys::PAGE_READONLY).unwrap();
    let section = "SECTION_SYNCHRONIZATION";
    let comes = |name: &str| format!("IRP_MJ_{name} comes as FsFilter");
    let goes = |name: &str| format!("IRP_MJ_{name} goes with 0x00000000");
    let (acquire, release) = (format!("ACQUIRE_FOR_{section}"), format!("RELEASE_FOR_{section}"));
    assert_eq!(traced(&guarded), [comes(&acquire), goes(&acquire), comes(&release), goes(&release)]);

    drop(file);
    let names: Vec<String> =
        traced(&guarded).iter().filter_map(|line| Some(line.split_once(" comes")?.0.to_owned())).collect();
    assert_eq!(names, ["IRP_MJ_CLEANUP", "IRP_MJ_CLOSE"]);

    let folder = program.open_as("/", |request| request.options |= sys::FILE_DIRECTORY_FILE).unwrap().0;
    traced(&guarded);
    folder.query_directory(sys::FileNamesInformation, None, sys::SL_RESTART_SCAN, &mut [0; 512]).unwrap();
    assert_eq!(traced(&guarded)[0], "IRP_MJ_DIRECTORY_CONTROL comes as Irp");
}

#[test]
fn synchronize_comes_back_in_the_thread_that_went_though_a_worker_completes() {
    let guarded = example("synchronize");
    let (image, _) = driver::build_package("defer", Architecture::X64).unwrap_or_else(|error| panic!("{error:#}"));
    let below =
        LoadRequest { image: ImageSource::File(image), service: ServiceConfig::with_altitude("defer", "360000") };
    guarded.machine.load(&below).unwrap();
    guarded.machine.take_debug_lines();
    let program = guarded.anybody();
    for _ in 0..20 {
        program.write("/a", b"content").unwrap();
    }
    let lines = guarded.machine.take_debug_lines();
    assert!(lines.len() >= 20, "{lines:?}");
    assert!(lines.iter().all(|line| line.contains("a write came back in the same thread")), "{lines:?}");
    guarded.machine.unload("defer").unwrap();
}

#[test]
fn safe_looks_at_what_is_read_even_if_the_read_completes_at_dispatch_level() {
    let guarded = example("safe");
    let program = guarded.anybody();
    program.write("/good", &[7; 512]).unwrap();
    let evil = [&b"EVIL"[..], &[0; 508]].concat();
    program.write("/evil", &evil).unwrap();
    assert_eq!(program.read("/good").unwrap(), [7; 512]);
    assert_eq!(failure(program.read("/evil")), sys::STATUS_ACCESS_DENIED);
    // What bypasses the cache completes at DISPATCH_LEVEL (D-06).
    let uncached = |name: &str| {
        let bypass = |request: &mut OpenRequest| request.options |= sys::FILE_NO_INTERMEDIATE_BUFFERING;
        let (file, _) = program.open_as(name, bypass).unwrap();
        let mut content = [0; 512];
        file.read(0, &mut content).map(|length| content[..length].to_vec())
    };
    assert_eq!(uncached("/good").unwrap(), [7; 512]);
    assert_eq!(failure(uncached("/evil")), sys::STATUS_ACCESS_DENIED);
}

#[test]
fn change_keeps_logs_from_being_emptied() {
    let guarded = example("change");
    let program = guarded.anybody();
    for name in ["/a.log", "/b.txt"] {
        program.write(name, b"first, and long").unwrap();
        program.write(name, b"then").unwrap();
    }
    assert_eq!(program.read("/a.log").unwrap(), b"thent, and long");
    assert_eq!(program.read("/b.txt").unwrap(), b"then");
}

#[test]
fn answer_gives_bytes_that_are_in_no_file() {
    let guarded = example("answer");
    let program = guarded.anybody();
    program.write("/a.answer", b"what is really there").unwrap();
    program.write("/b", b"what is really there").unwrap();
    assert_eq!(program.read("/a.answer").unwrap(), b"42");
    assert_eq!(program.read("/b").unwrap(), b"what is really there");
    let file = program.open("/a.answer").unwrap();
    let mut short = [0; 1];
    assert_eq!(file.read(0, &mut short), Ok(1));
    assert_eq!(short, *b"4");
}
