//! Rundown protection: references that can be refused once an object is going away, and a wait until none is left.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

/// Set in the count once the object is going away.
const CLOSING: usize = 1 << (usize::BITS - 1);

/// A count of those who use an object, which can be closed to newcomers.
#[derive(Default)]
pub(crate) struct Rundown {
    count: AtomicUsize,
    lock: Mutex<()>,
    empty: Condvar,
}

impl Rundown {
    /// Takes a reference, unless the object is going away.
    pub(crate) fn enter(&self) -> bool {
        if self.count.fetch_add(1, Ordering::AcqRel) & CLOSING == 0 {
            return true;
        }
        self.exit();
        false
    }

    /// Takes a reference for somebody who already holds one, which a closed object allows.
    pub(crate) fn enter_again(&self) {
        self.count.fetch_add(1, Ordering::AcqRel);
    }

    /// Gives a reference back.
    pub(crate) fn exit(&self) {
        if self.count.fetch_sub(1, Ordering::AcqRel) == CLOSING | 1 {
            // Taking the lock orders this with the waiter's check, so the wake-up cannot be lost.
            drop(self.lock.lock());
            self.empty.notify_all();
        }
    }

    /// Refuses newcomers from now on. Answers whether this call was the one that closed it.
    pub(crate) fn close(&self) -> bool {
        self.count.fetch_or(CLOSING, Ordering::AcqRel) & CLOSING == 0
    }

    /// How many references are held.
    pub(crate) fn held(&self) -> usize {
        self.count.load(Ordering::Acquire) & !CLOSING
    }

    /// Waits until nobody holds a reference, at most `patience`. Answers whether that came about.
    pub(crate) fn wait(&self, patience: Duration) -> bool {
        let deadline = Instant::now() + patience;
        let mut guard = self.lock.lock();
        while self.held() != 0 {
            if self.empty.wait_until(&mut guard, deadline).timed_out() {
                return self.held() == 0;
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn a_closed_object_refuses_newcomers_and_waits_for_those_inside() {
        let rundown = Arc::new(Rundown::default());
        assert!(rundown.enter());
        assert!(rundown.close());
        assert!(!rundown.enter());
        assert!(!rundown.wait(Duration::from_millis(1)));
        let inside = Arc::clone(&rundown);
        let leaver = std::thread::spawn(move || inside.exit());
        assert!(rundown.wait(Duration::from_secs(10)));
        leaver.join().unwrap();
    }
}
