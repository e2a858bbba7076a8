//! The cache of a volume: what is read and written through it passes the filters as paging I/O.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use fltmgr_sys::*;
use fltsim::io::WriteOffset;

use crate::probe::*;

/// A transfer as a filter sees it: what it is, whether it is paging I/O, its offset and its length.
type Transfer = (u32, bool, i64, u32);

/// Notes every transfer.
fn watching(seen: &Arc<Mutex<Vec<Transfer>>>) -> Behaviour {
    let note = |major: u32| {
        let seen = Arc::clone(seen);
        move |data: &mut FLT_CALLBACK_DATA, _: &FLT_RELATED_OBJECTS, _: &mut PVOID| {
            let irp = class_of(data) == "irp";
            let parameters = parameters(data);
            // SAFETY: the members of reads and writes lie at the same places.
            let read = unsafe { &parameters.Parameters.Read };
            let paging = irp && parameters.IrpFlags & IRP_PAGING_IO != 0;
            let offset = unsafe { read.ByteOffset.QuadPart };
            seen.lock().unwrap().push((major, paging, offset, read.Length));
            NO_CALLBACK
        }
    };
    Behaviour::new().pre(IRP_MJ_READ, note(IRP_MJ_READ)).pre(IRP_MJ_WRITE, note(IRP_MJ_WRITE))
}

fn taken(seen: &Arc<Mutex<Vec<Transfer>>>) -> Vec<Transfer> {
    std::mem::take(&mut *seen.lock().unwrap())
}

#[test]
fn a_cached_read_brings_its_pages_in() {
    let world = World::new();
    let file = world.file("\\a", &[7; 9000]);
    world.volume.add_cache();
    let seen = Arc::default();
    let _watcher = world.load("200", watching(&seen));
    let mut buffer = [0; 100];
    assert_eq!(file.read(5000, &mut buffer), Ok(100));
    assert_eq!(buffer, [7; 100]);
    assert_eq!(taken(&seen), [(IRP_MJ_READ, false, 5000, 100), (IRP_MJ_READ, true, 4096, 4096)]);
    assert_eq!(file.read(8990, &mut buffer), Ok(10), "up to the end of the file");
    assert_eq!(taken(&seen), [(IRP_MJ_READ, false, 8990, 100), (IRP_MJ_READ, true, 8192, 4096)]);
    assert_eq!(world.rules(), [""; 0]);
}

#[test]
fn a_cached_write_takes_its_pages_out_with_what_was_there() {
    let world = World::new();
    let file = world.file("\\a", b"0123456789");
    world.volume.add_cache();
    let seen = Arc::default();
    let _watcher = world.load("200", watching(&seen));
    assert_eq!(file.write(WriteOffset::At(3), b"xyz"), Ok(3));
    assert_eq!(
        taken(&seen),
        [(IRP_MJ_WRITE, false, 3, 3), (IRP_MJ_READ, true, 0, 4096), (IRP_MJ_WRITE, true, 0, 4096)]
    );
    // Behind the end, with a gap.
    assert_eq!(file.write(WriteOffset::At(5000), b"far"), Ok(3));
    assert_eq!(file.write(WriteOffset::End, b" end"), Ok(4));
    let mut buffer = [0xFF; 6000];
    assert_eq!(file.read(0, &mut buffer), Ok(5007));
    assert_eq!(&buffer[..10], b"012xyz6789");
    assert!(buffer[10..5000].iter().all(|byte| *byte == 0));
    assert_eq!(&buffer[5000..5007], b"far end");
    assert_eq!(world.rules(), [""; 0]);
}

#[test]
fn what_bypasses_the_cache_and_what_has_none_is_not_paged() {
    let world = World::new();
    let file = world.file("\\a", &[7; 512]);
    let seen = Arc::default();
    let _watcher = world.load("200", watching(&seen));
    let mut buffer = [0; 512];
    file.read(0, &mut buffer).unwrap();
    assert_eq!(taken(&seen), [(IRP_MJ_READ, false, 0, 512)]);
    world.volume.add_cache();
    file.read_paging(0, &mut buffer).unwrap();
    assert_eq!(taken(&seen), [(IRP_MJ_READ, true, 0, 512)]);
}

#[test]
fn a_write_of_nothing_is_not_paged() {
    let world = World::new();
    let file = world.file("\\a", &[7; 512]);
    world.volume.add_cache();
    let seen = Arc::default();
    let _watcher = world.load("200", watching(&seen));
    assert_eq!(file.write(WriteOffset::At(10_000), b""), Ok(0));
    assert_eq!(taken(&seen), [(IRP_MJ_WRITE, false, 10_000, 0)]);
}

#[test]
fn a_write_far_behind_the_end_is_its_pages_only() {
    const FAR: u64 = 5 << 30;
    let world = World::new();
    let file = world.file("\\a", b"0123456789");
    world.volume.add_cache();
    let seen = Arc::default();
    let _watcher = world.load("200", watching(&seen));
    let far = FAR.cast_signed();
    assert_eq!(file.write(WriteOffset::At(FAR + 10), b"far"), Ok(3));
    assert_eq!(
        taken(&seen),
        [(IRP_MJ_WRITE, false, far + 10, 3), (IRP_MJ_READ, true, far, 4096), (IRP_MJ_WRITE, true, far, 4096)]
    );
    let mut buffer = [0xFF; 100];
    assert_eq!(file.read(FAR, &mut buffer), Ok(13));
    assert_eq!(&buffer[..13], b"\0\0\0\0\0\0\0\0\0\0far");
}

#[test]
fn paging_io_may_wait_for_other_threads_that_use_the_cache() {
    let world = World::new();
    let (file, other) = (world.file("\\a", b"0123456789"), Arc::new(world.file("\\b", b"0123456789")));
    let same = Arc::new(world.open("\\a").unwrap());
    world.volume.add_cache();
    let is_first = Arc::new(AtomicBool::new(true));
    let first = Arc::clone(&is_first);
    let _filter = world.load(
        "200",
        Behaviour::new().pre(IRP_MJ_READ, move |data, _, _| {
            let paging = class_of(data) == "irp" && parameters(data).IrpFlags & IRP_PAGING_IO != 0;
            if paging && first.swap(false, Ordering::Relaxed) {
                let (same, other) = (Arc::clone(&same), Arc::clone(&other));
                std::thread::spawn(move || {
                    assert_eq!(same.read(0, &mut [0; 4]), Ok(4));
                    assert_eq!(other.write(WriteOffset::At(0), b"x"), Ok(1));
                })
                .join()
                .unwrap();
            }
            NO_CALLBACK
        }),
    );
    assert_eq!(file.read(0, &mut [0; 4]), Ok(4));
    is_first.store(true, Ordering::Relaxed);
    assert_eq!(file.write(WriteOffset::At(0), b"x"), Ok(1));
    assert_eq!(world.rules(), [""; 0]);
}
