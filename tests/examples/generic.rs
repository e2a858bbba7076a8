use crate::common::failure;
use crate::example;
use fltmgr_sys as sys;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

#[test]
fn generic_looks_at_what_the_memory_manager_reads() {
    let guarded = example("generic");
    let program = guarded.anybody();
    program.write("/good", &[7; 5000]).unwrap();
    program.write("/evil", b"EVIL bytes").unwrap();
    program.write("/short", b"EV").unwrap();
    let paged = |name: &str| {
        let mut content = [0; 4096];
        program.open(name).unwrap().read_paging(0, &mut content).map(|length| content[..length].to_vec())
    };
    assert_eq!(paged("/good").unwrap(), [7; 4096]);
    assert_eq!(failure(paged("/evil")), sys::STATUS_VIRUS_INFECTED);
    assert_eq!(paged("/short").unwrap(), b"EV");
    assert_eq!(program.read("/evil").unwrap(), b"EVIL bytes", "only what is paged in is looked at");
}

#[test]
fn generic_is_unloaded_while_its_workers_are_busy() {
    let guarded = example("generic");
    let program = guarded.anybody();
    program.write("/good", &[7; 5000]).unwrap();
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        let readers = [0, 1, 2].map(|_| {
            let (program, stop) = (guarded.anybody(), &stop);
            scope.spawn(move || {
                let mut reads = 0;
                while !stop.load(Ordering::Relaxed) {
                    let mut content = [0; 4096];
                    // While the filter goes, nobody looks.
                    match program.open("/good").unwrap().read_paging(0, &mut content) {
                        Ok(length) => assert_eq!(content[..length], [7; 4096]),
                        Err(status) => assert_eq!(status.0, sys::STATUS_FLT_DELETING_OBJECT),
                    }
                    reads += 1;
                }
                reads
            })
        });
        thread::sleep(Duration::from_millis(50));
        let unloaded = guarded.machine.unload("generic");
        thread::sleep(Duration::from_millis(20));
        stop.store(true, Ordering::Relaxed);
        unloaded.unwrap();
        for reader in readers {
            assert!(reader.join().unwrap() > 0);
        }
    });
}
