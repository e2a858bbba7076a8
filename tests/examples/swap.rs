use crate::common::{Guarded, Program};
use crate::example;
use fltmgr_sys as sys;
use fltsim::config::ServiceConfig;
use fltsim::io::{File, WriteOffset};
use fltsim::machine::{ImageSource, LoadRequest};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;
use xtask::driver::{self, Architecture};

/// A machine with the filter, whose volume has a cache.
fn swapping() -> Guarded {
    let guarded = example("swap");
    guarded.volume.add_cache();
    guarded
}

/// What lies on the disk, which shows when the filter is gone.
fn on_disk(guarded: &Guarded, name: &str) -> Vec<u8> {
    if guarded.machine.filter("swap").is_some() {
        guarded.machine.unload("swap").unwrap();
    }
    guarded.anybody().read(name).unwrap()
}

/// The bytes as the filter puts them on the disk.
fn secret(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().map(|byte| byte ^ 0x5A).collect()
}

fn uncached(program: &Program<'_>, name: &str) -> File {
    let (file, _) = program
        .open_as(name, |request| {
            request.desired_access = sys::FILE_GENERIC_READ | sys::FILE_GENERIC_WRITE;
            request.disposition = sys::FILE_OPEN_IF;
            request.options |= sys::FILE_NO_INTERMEDIATE_BUFFERING;
        })
        .unwrap();
    file
}

#[test]
fn swap_changes_what_lies_on_the_disk_and_not_what_programs_read() {
    let guarded = swapping();
    let program = guarded.anybody();
    program.write("/a.secret", b"what nobody else is to know").unwrap();
    program.write("/b.txt", b"what anybody may know").unwrap();
    assert_eq!(program.read("/a.secret").unwrap(), b"what nobody else is to know");
    assert_eq!(program.read("/b.txt").unwrap(), b"what anybody may know");
    // Fast I/O, in the middle and at the end.
    let file = program.open_for_writing("/a.secret").unwrap();
    file.write(WriteOffset::At(5), b"NOBODY").unwrap();
    file.write(WriteOffset::End, b" now").unwrap();
    let mut part = [0; 6];
    assert_eq!(file.read(5, &mut part), Ok(6));
    assert_eq!(&part, b"NOBODY");
    drop(file);
    assert_eq!(on_disk(&guarded, "/a.secret"), secret(b"what NOBODY else is to know now"));
    assert_eq!(on_disk(&guarded, "/b.txt"), b"what anybody may know");
}

#[test]
fn swap_changes_what_bypasses_the_cache_as_well() {
    let guarded = swapping();
    let program = guarded.anybody();
    let file = uncached(&program, "/a.secret");
    file.write(WriteOffset::At(0), &[1; 1024]).unwrap();
    let mut content = [0; 1024];
    assert_eq!(file.read(0, &mut content), Ok(1024));
    assert_eq!(content, [1; 1024]);
    assert_eq!(program.read("/a.secret").unwrap(), [1; 1024], "and the cache knows it");
    drop(file);
    assert_eq!(on_disk(&guarded, "/a.secret"), secret(&[1; 1024]));
}

#[test]
fn swap_reads_no_more_than_there_is_where_a_file_ends_within_a_sector() {
    let guarded = swapping();
    let program = guarded.anybody();
    program.write("/a.secret", &[7; 700]).unwrap();
    let file = uncached(&program, "/a.secret");
    let mut content = [0xFF; 1024];
    assert_eq!(file.read(0, &mut content), Ok(700));
    assert_eq!(content[..700], [7; 700]);
    assert_eq!(content[700..], [0xFF; 324], "nothing is written behind what was read");
    // The memory manager asks for whole pages, and for what is left of a file.
    let mut page = [0; 4096];
    assert_eq!(file.read_paging(0, &mut page), Ok(700));
    assert_eq!(page[..700], [7; 700]);
    let mut rest = [0; 700];
    assert_eq!(file.read_paging(0, &mut rest), Ok(700));
    assert_eq!(rest, [7; 700]);
}

#[test]
fn swap_is_unloaded_while_its_buffers_are_in_use() {
    let guarded = swapping();
    let program = guarded.anybody();
    program.write("/a.secret", &[3; 9000]).unwrap();
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        let readers = [0, 1, 2].map(|_| {
            let (program, stop) = (guarded.anybody(), &stop);
            scope.spawn(move || {
                let file = uncached(&program, "/a.secret");
                let mut reads = 0;
                while !stop.load(Ordering::Relaxed) {
                    let mut content = [0; 4096];
                    file.read_paging(4096, &mut content).unwrap();
                    // Before or after the unload; never half.
                    assert!(content == [3; 4096] || content == [3 ^ 0x5A; 4096]);
                    reads += 1;
                }
                reads
            })
        });
        thread::sleep(Duration::from_millis(50));
        let unloaded = guarded.machine.unload("swap");
        thread::sleep(Duration::from_millis(20));
        stop.store(true, Ordering::Relaxed);
        unloaded.unwrap();
        for reader in readers {
            assert!(reader.join().unwrap() > 0);
        }
    });
}

#[test]
fn swap_waits_for_its_buffers_that_are_with_a_worker_of_a_filter_below() {
    let guarded = swapping();
    let (image, _) = driver::build_package("defer", Architecture::X64).unwrap_or_else(|error| panic!("{error:#}"));
    let below =
        LoadRequest { image: ImageSource::File(image), service: ServiceConfig::with_altitude("defer", "360000") };
    guarded.machine.load(&below).unwrap();
    let program = guarded.anybody();
    let file = uncached(&program, "/a.secret");
    // The worker below sees what goes to the disk, which is not what was written.
    file.write(WriteOffset::At(0), &[b"EVIL".as_slice(), &[0; 508]].concat()).unwrap();
    let disguised = [secret(b"EVIL"), vec![0; 508]].concat();
    assert_eq!(file.write(WriteOffset::At(0), &disguised).unwrap_err().0, sys::STATUS_ACCESS_DENIED);
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let mut writes = 0;
            while !stop.load(Ordering::Relaxed) {
                assert_eq!(file.write(WriteOffset::At(0), &[9; 1024]), Ok(1024));
                writes += 1;
            }
            writes
        });
        thread::sleep(Duration::from_millis(50));
        let unloaded = guarded.machine.unload("swap");
        thread::sleep(Duration::from_millis(20));
        stop.store(true, Ordering::Relaxed);
        unloaded.unwrap();
        assert!(writer.join().unwrap() > 0);
    });
    drop(file);
    assert_eq!(program.read("/a.secret").unwrap(), [9; 1024], "the last was written when the filter had gone");
    guarded.machine.unload("defer").unwrap();
}
