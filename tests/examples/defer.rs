use crate::common::failure;
use crate::example;
use fltmgr_sys as sys;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

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
