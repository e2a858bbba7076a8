use crate::runner::runner;
use fltmgr::rundown::Rundown;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::thread;

/// Counts its drops.
struct Counting(Arc<AtomicUsize>);

impl Drop for Counting {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[test]
fn a_closed_value_is_given_out_once_and_lets_nobody_in() {
    runner().call(|_, at| {
        let drops = Arc::new(AtomicUsize::new(0));
        let rundown = Rundown::new(Counting(Arc::clone(&drops)));
        let inside = rundown.enter().expect("it is open");
        assert!(rundown.enter().is_some(), "several are inside");
        drop(inside);
        let value = rundown.close(at).expect("nobody has closed it");
        assert!(rundown.enter().is_none());
        assert!(rundown.close(at).is_none());
        assert_eq!(drops.load(Ordering::SeqCst), 0);
        drop(value);
        drop(rundown);
        assert_eq!(drops.load(Ordering::SeqCst), 1);
    });
}

#[test]
fn a_value_that_nobody_closes_is_dropped_with_its_protection() {
    runner().call(|_, _| {
        let drops = Arc::new(AtomicUsize::new(0));
        drop(Rundown::new(Counting(Arc::clone(&drops))));
        assert_eq!(drops.load(Ordering::SeqCst), 1);
    });
}

#[test]
fn who_closes_waits_for_those_inside() {
    let runner = runner();
    let rundown = Arc::new(Rundown::new(7));
    let (is_in, came_in) = channel();
    let (leave, left) = channel::<()>();
    let is_out = Arc::new(AtomicUsize::new(0));
    thread::scope(|scope| {
        let runner = &runner;
        let (inside, out) = (Arc::clone(&rundown), Arc::clone(&is_out));
        scope.spawn(move || {
            runner.call(move |_, _| {
                let guard = inside.enter().unwrap();
                is_in.send(()).unwrap();
                let _ = left.recv();
                assert_eq!(*guard, 7, "the value is there as long as the guard");
                out.store(1, Ordering::SeqCst);
            });
        });
        came_in.recv().unwrap();
        let (closing, out) = (Arc::clone(&rundown), Arc::clone(&is_out));
        let closer = scope.spawn(move || runner.call(move |_, at| (closing.close(at), out.load(Ordering::SeqCst))));
        while rundown_is_open(runner, &rundown) {
            thread::yield_now();
        }
        assert!(!closer.is_finished(), "somebody is inside");
        drop(leave);
        assert_eq!(closer.join().unwrap(), (Some(7), 1));
    });
}

fn rundown_is_open(runner: &crate::runner::Runner, rundown: &Arc<Rundown<i32>>) -> bool {
    let rundown = Arc::clone(rundown);
    runner.call(move |_, _| rundown.enter().is_some())
}
