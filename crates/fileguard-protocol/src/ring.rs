//! Where event records wait inside the driver until the client fetches them.
//!
//! Any number of threads push, at any IRQL and without waiting for each other; one drains. A record is reserved by
//! moving `head` forward (compare and swap), filled in, and committed by storing its first word, which holds its length
//! and is never zero. Words that hold no committed record are zero: the consumer zeroes what it has taken before it
//! moves `tail` over it. A reservation that is not committed yet hides the records behind it until it is; a producer
//! that was interrupted in between delays, and loses nothing.

use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::event::{Encoded, EventDetails, length_of};

/// A byte ring for event records over words that `S` owns or borrows.
#[derive(Debug)]
pub struct Ring<S> {
    words: S,
    /// Words reserved since the beginning. Its remainder by the number of words is a place.
    head: AtomicU64,
    /// Words taken since the beginning; never more than `head`.
    tail: AtomicU64,
    lost: AtomicU64,
    draining: AtomicBool,
}

/// What [`Ring::drain`] took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Drained {
    /// How many bytes were written.
    pub bytes: usize,
    /// How many records that is.
    pub records: u32,
}

impl<S: AsRef<[AtomicU64]>> Ring<S> {
    /// A ring over these words, which it zeroes. Their number must be a power of two; if it is not, they are given back.
    ///
    /// # Errors
    ///
    /// The number of words is no power of two.
    pub fn new(words: S) -> Result<Self, S> {
        if !words.as_ref().len().is_power_of_two() {
            return Err(words);
        }
        for word in words.as_ref() {
            word.store(0, Ordering::Relaxed);
        }
        Ok(Self {
            words,
            head: AtomicU64::new(0),
            tail: AtomicU64::new(0),
            lost: AtomicU64::new(0),
            draining: AtomicBool::new(false),
        })
    }

    /// Puts an event into the ring. Names that are too long are cut and marked.
    ///
    /// It does not wait and does not allocate, so that it can be called at any IRQL. It returns false when there is no
    /// room; the event is counted as lost then.
    pub fn push(&self, details: &EventDetails, name: &[u16], second: &[u16], image: &[u16]) -> bool {
        let record = Encoded::new(details, name, second, image);
        let stored = self.reserve(record.length() as u64).is_some_and(|place| self.fill(place, &record));
        if !stored {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
        stored
    }

    /// Moves whole records, oldest first, to the front of `out`, until no more are there or fit.
    ///
    /// A record fits for certain if `out` has [`crate::event::MAXIMUM_LENGTH`] bytes. Only one thread drains at a time:
    /// to the others the ring looks empty.
    pub fn drain(&self, out: &mut [u8]) -> Drained {
        let mut drained = Drained::default();
        if self.draining.swap(true, Ordering::Acquire) {
            return drained;
        }
        let mut tail = self.tail.load(Ordering::Relaxed);
        while let Some(first) = self.word(tail) {
            let first = first.load(Ordering::Acquire);
            let length = length_of(first);
            if first == 0 || length == 0 {
                break;
            }
            let end = drained.bytes.saturating_add(length);
            let Some(place) = out.get_mut(drained.bytes..end) else {
                break;
            };
            for (position, bytes) in (tail..).zip(place.as_chunks_mut::<8>().0) {
                if let Some(word) = self.word(position) {
                    *bytes = word.swap(0, Ordering::Relaxed).to_le_bytes();
                }
            }
            tail = tail.wrapping_add(length as u64 / 8);
            drained.bytes = end;
            drained.records = drained.records.saturating_add(1);
            // The zeroes are in place before a producer can see that there is room.
            self.tail.store(tail, Ordering::Release);
        }
        self.draining.store(false, Ordering::Release);
        drained
    }

    /// Whether no committed record waits.
    pub fn is_empty(&self) -> bool {
        let tail = self.tail.load(Ordering::Acquire);
        self.word(tail).is_none_or(|word| word.load(Ordering::Acquire) == 0)
    }

    /// How many events found no room since the ring was made.
    pub fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }

    /// How much of the ring is in use, in bytes.
    pub fn used(&self) -> u64 {
        let tail = self.tail.load(Ordering::Relaxed);
        self.head.load(Ordering::Relaxed).saturating_sub(tail).saturating_mul(8)
    }

    fn word(&self, position: u64) -> Option<&AtomicU64> {
        let words = self.words.as_ref();
        let mask = words.len().checked_sub(1)?;
        words.get(usize::try_from(position & mask as u64).ok()?)
    }

    /// Takes room for `length` words and gives the position of the first.
    fn reserve(&self, length: u64) -> Option<u64> {
        let capacity = self.words.as_ref().len() as u64;
        let mut head = self.head.load(Ordering::Relaxed);
        loop {
            let tail = self.tail.load(Ordering::Acquire);
            // An old `head` may be behind a newer `tail`; the exchange below fails then and brings the newer one.
            let used = head.saturating_sub(tail);
            let end = head.checked_add(length)?;
            if used.checked_add(length)? > capacity {
                return None;
            }
            match self.head.compare_exchange_weak(head, end, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => return Some(head),
                Err(newer) => head = newer,
            }
        }
    }

    /// Fills a reservation in and commits it.
    fn fill(&self, place: u64, record: &Encoded<'_>) -> bool {
        let mut words = record.words();
        let (Some(commit), Some(first)) = (self.word(place), words.next()) else {
            return false;
        };
        for (position, value) in (place.wrapping_add(1)..).zip(words) {
            if let Some(word) = self.word(position) {
                word.store(value, Ordering::Relaxed);
            }
        }
        commit.store(first, Ordering::Release);
        true
    }
}
