//! Waiting. Everything that blocks in the simulated kernel does so here, and everything that wakes somebody goes
//! through here, so that one place decides who runs when.
//!
//! An object that can be waited for is known by its address. Its state lies where it always does, in the driver's
//! memory; what is here is a lock for the state, and the place to sleep.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::thread::{self, LOCAL};
use super::waiting;

const BUCKETS: usize = 64;

#[derive(Debug)]
struct Bucket {
    lock: Mutex<()>,
    changed: Condvar,
    sleepers: AtomicUsize,
}

static TABLE: [Bucket; BUCKETS] =
    [const { Bucket { lock: Mutex::new(()), changed: Condvar::new(), sleepers: AtomicUsize::new(0) } }; BUCKETS];
/// Where those sleep who wait for several objects.
static SEVERAL: Bucket = Bucket { lock: Mutex::new(()), changed: Condvar::new(), sleepers: AtomicUsize::new(0) };

/// Why a wait ended without what was waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interrupted {
    /// The time was up.
    TimedOut,
    /// The waiting thread is to end, and the wait was one that may be interrupted.
    Terminating,
}

fn bucket(address: *const ()) -> &'static Bucket {
    let hash = (address as usize >> 3).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 58;
    &TABLE[hash % BUCKETS]
}

impl Bucket {
    fn lock(&self) -> MutexGuard<'_, ()> {
        self.lock.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wake(&self) {
        if self.sleepers.load(Ordering::SeqCst) > 0 {
            self.changed.notify_all();
        }
    }

    /// Waits on the bucket until `attempt`, which runs under its lock, gives something.
    fn wait<R>(
        &self,
        deadline: Option<Instant>,
        interruptible: bool,
        mut attempt: impl FnMut() -> Option<R>,
    ) -> Result<R, Interrupted> {
        let mut guard = self.lock();
        let mut slept = false;
        let mut note = None;
        let result = loop {
            if let Some(result) = attempt() {
                break Ok(result);
            }
            if thread::machine_is_crashed() && LOCAL.with(|local| local.host_rsp.get() != 0) {
                // The driver code that waits is not returned to.
                LOCAL.with(|local| local.abandon.set(true));
                break Err(Interrupted::Terminating);
            }
            if interruptible && thread::current().is_terminating() {
                break Err(Interrupted::Terminating);
            }
            let left = match deadline.map(|deadline| deadline.saturating_duration_since(Instant::now())) {
                Some(Duration::ZERO) => break Err(Interrupted::TimedOut),
                left => left,
            };
            if !slept {
                slept = true;
                // The state is looked at once more after this, so that a change between is not missed.
                self.sleepers.fetch_add(1, Ordering::SeqCst);
                note = waiting::note(thread::current_routine().map_or("another thread", |routine| routine.name));
                continue;
            }
            guard = match left {
                None => self.changed.wait(guard).unwrap_or_else(PoisonError::into_inner),
                Some(left) => self.changed.wait_timeout(guard, left).unwrap_or_else(PoisonError::into_inner).0,
            };
        };
        if slept {
            self.sleepers.fetch_sub(1, Ordering::SeqCst);
        }
        drop(guard);
        drop(note);
        result
    }
}

/// When a wait that begins now ends by itself: `None` is never.
pub fn deadline(timeout: Option<Duration>) -> Option<Instant> {
    // A deadline too far away to be told is none.
    timeout.and_then(|timeout| Instant::now().checked_add(timeout))
}

/// Waits until `attempt` gives something. It runs under the lock of `address`, at once and after each [`change`] there.
///
/// # Errors
///
/// [`Interrupted`], if the deadline passed or the thread is to end and `interruptible` says that this ends the wait.
pub fn until<R>(
    address: *const (),
    deadline: Option<Instant>,
    interruptible: bool,
    attempt: impl FnMut() -> Option<R>,
) -> Result<R, Interrupted> {
    bucket(address).wait(deadline, interruptible, attempt)
}

/// As [`until`], for an `attempt` that looks at several objects, through [`look`].
///
/// # Errors
///
/// As [`until`].
pub fn until_any<R>(
    deadline: Option<Instant>,
    interruptible: bool,
    attempt: impl FnMut() -> Option<R>,
) -> Result<R, Interrupted> {
    SEVERAL.wait(deadline, interruptible, attempt)
}

/// Runs `f` under the lock of `address`, without waking anybody.
pub fn look<R>(address: *const (), f: impl FnOnce() -> R) -> R {
    let _guard = bucket(address).lock();
    f()
}

/// Runs `f`, which changes the state of the object at `address`, under its lock, and wakes who waits for it.
pub fn change<R>(address: *const (), f: impl FnOnce() -> R) -> R {
    let bucket = bucket(address);
    let guard = bucket.lock();
    let result = f();
    bucket.wake();
    drop(guard);
    if SEVERAL.sleepers.load(Ordering::SeqCst) > 0 {
        drop(SEVERAL.lock());
        SEVERAL.wake();
    }
    result
}

/// Makes every waiting thread look again whether it should go on waiting.
pub fn wake_all() {
    for bucket in TABLE.iter().chain([&SEVERAL]) {
        drop(bucket.lock());
        bucket.wake();
    }
}
