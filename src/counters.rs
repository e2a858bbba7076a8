//! What `status` reports.

use core::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use fileguard_protocol::Operation;

/// Counters since the driver was loaded. They are for people, so no counter is ordered with another.
pub struct Counters {
    instances: AtomicU32,
    denied: AtomicU64,
    asked: AtomicU64,
    asks_pending: AtomicU64,
    asks_timed_out: AtomicU64,
    asks_by_default: AtomicU64,
    seen: [AtomicU64; 6],
}

/// The counters' values at one moment.
pub struct Snapshot {
    pub instances: u32,
    pub denied: u64,
    pub asked: u64,
    pub asks_pending: u64,
    pub asks_timed_out: u64,
    pub asks_by_default: u64,
    pub seen: [u64; 6],
}

impl Counters {
    pub const fn new() -> Self {
        Self {
            instances: AtomicU32::new(0),
            denied: AtomicU64::new(0),
            asked: AtomicU64::new(0),
            asks_pending: AtomicU64::new(0),
            asks_timed_out: AtomicU64::new(0),
            asks_by_default: AtomicU64::new(0),
            seen: [const { AtomicU64::new(0) }; 6],
        }
    }

    /// An instance was attached.
    pub fn attached(&self) {
        self.instances.fetch_add(1, Ordering::Relaxed);
    }

    /// An instance is gone.
    pub fn detached(&self) {
        self.instances.fetch_sub(1, Ordering::Relaxed);
    }

    /// An operation reached the driver.
    pub fn seen(&self, operation: Operation) {
        if let Some(counter) = self.seen.get(operation as usize) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// An operation was refused.
    pub fn denied(&self) {
        self.denied.fetch_add(1, Ordering::Relaxed);
    }

    /// A question goes to the service; [`Self::answered`] follows.
    pub fn asking(&self) {
        self.asked.fetch_add(1, Ordering::Relaxed);
        self.asks_pending.fetch_add(1, Ordering::Relaxed);
    }

    /// A question is over.
    pub fn answered(&self) {
        self.asks_pending.fetch_sub(1, Ordering::Relaxed);
    }

    /// A question got no answer in time.
    pub fn timed_out(&self) {
        self.asks_timed_out.fetch_add(1, Ordering::Relaxed);
    }

    /// A rule's default was taken although no time ran out.
    pub fn defaulted(&self) {
        self.asks_by_default.fetch_add(1, Ordering::Relaxed);
    }

    pub fn snapshot(&self) -> Snapshot {
        Snapshot {
            instances: self.instances.load(Ordering::Relaxed),
            denied: self.denied.load(Ordering::Relaxed),
            asked: self.asked.load(Ordering::Relaxed),
            asks_pending: self.asks_pending.load(Ordering::Relaxed),
            asks_timed_out: self.asks_timed_out.load(Ordering::Relaxed),
            asks_by_default: self.asks_by_default.load(Ordering::Relaxed),
            seen: self.seen.each_ref().map(|counter| counter.load(Ordering::Relaxed)),
        }
    }
}
