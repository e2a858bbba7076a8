//! Threads for the messages of a connection: as many as there are messages at a time, kept for a while.

use std::collections::VecDeque;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

/// How long a thread waits for more to do before it ends.
const IDLE: Duration = Duration::from_secs(5);

type Job = Box<dyn FnOnce() + Send>;

/// Threads that start as they are needed. Jobs never wait for each other: one that blocks blocks no other.
#[derive(Clone, Default)]
pub(super) struct Pool(Arc<Inner>);

#[derive(Default)]
struct Inner {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    jobs: VecDeque<Job>,
    idle: usize,
    closed: bool,
}

impl Pool {
    /// Runs `job` on a thread that does nothing else meanwhile. Answers whether there was or could be one.
    pub(super) fn run(&self, job: impl FnOnce() + Send + 'static) -> bool {
        let job: Job = Box::new(job);
        let mut state = self.0.state.lock();
        // An idle thread takes one job each; those that are spoken for are in the queue.
        if state.idle > state.jobs.len() {
            state.jobs.push_back(job);
            self.0.changed.notify_one();
            return true;
        }
        drop(state);
        let inner = Arc::clone(&self.0);
        thread::Builder::new().name("fltsim message".to_owned()).spawn(move || inner.work(job)).is_ok()
    }

    /// Lets the idle threads end now.
    pub(super) fn close(&self) {
        self.0.state.lock().closed = true;
        self.0.changed.notify_all();
    }
}

impl Inner {
    fn work(&self, first: Job) {
        first();
        loop {
            let deadline = Instant::now() + IDLE;
            let mut state = self.state.lock();
            state.idle += 1;
            while state.jobs.is_empty() && !state.closed {
                if self.changed.wait_until(&mut state, deadline).timed_out() {
                    break;
                }
            }
            state.idle -= 1;
            let Some(job) = state.jobs.pop_front() else { return };
            drop(state);
            job();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn a_job_that_blocks_keeps_no_other_from_running() {
        let pool = Pool::default();
        let (release, blocked) = mpsc::channel::<()>();
        let (done, results) = mpsc::channel();
        assert!(pool.run(move || blocked.recv().unwrap()));
        for number in 0..50 {
            let done = done.clone();
            assert!(pool.run(move || done.send(number).unwrap()));
        }
        let mut seen: Vec<i32> = results.iter().take(50).collect();
        seen.sort_unstable();
        assert_eq!(seen, (0..50).collect::<Vec<_>>());
        release.send(()).unwrap();
        pool.close();
    }
}
