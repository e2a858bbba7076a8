//! Which threads wait, and where: what is to be known of a run that does not end.

use std::fmt;

use parking_lot::Mutex;

use super::frames::{self, MOST_FRAMES};
use super::report::{Callers, Frame};
use super::{low_resources, thread};

/// A thread that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// The thread's id on the host.
    pub thread: u32,
    /// What it waits for.
    pub waits_for: &'static str,
    /// The driver that has it wait, by calling a routine.
    pub driver: Option<String>,
    /// Where that driver called, innermost first.
    pub frames: Vec<Frame>,
}

impl fmt::Display for Waiting {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "thread {} waits for {}", self.thread, self.waits_for)?;
        if let Some(driver) = &self.driver {
            write!(formatter, ", called by {driver}")?;
        }
        for frame in &self.frames {
            write!(formatter, "\n    {frame}")?;
        }
        Ok(())
    }
}

struct Entry {
    thread: u32,
    waits_for: &'static str,
    driver: Option<String>,
    callers: Option<Callers>,
}

static WAITING: Mutex<Vec<Entry>> = Mutex::new(Vec::new());

/// Takes the note back when the wait is over.
pub(crate) struct Note(u32);

impl Drop for Note {
    fn drop(&mut self) {
        let mut waiting = WAITING.lock();
        // A thread waits in one place, but what it waits for may have made it wait further in.
        if let Some(index) = waiting.iter().rposition(|entry| entry.thread == self.0) {
            waiting.remove(index);
        }
    }
}

/// Notes that the calling thread is about to wait, where it may be asked for: where resources are low.
pub(crate) fn note(waits_for: &'static str) -> Option<Note> {
    low_resources::is_on().then(|| {
        let thread = thread::current().host_thread_id();
        let image = thread::current_image();
        let mut addresses = [0; MOST_FRAMES];
        let callers = image.as_ref().map(|image| {
            let count = frames::of_driver(image.is_linked(), &mut addresses);
            Callers::new(image, addresses.get(..count).unwrap_or_default())
        });
        let driver = image.map(|image| image.name().to_owned());
        WAITING.lock().push(Entry { thread, waits_for, driver, callers });
        Note(thread)
    })
}

/// The threads that wait now, if resources are low in a machine of the process.
pub fn all() -> Vec<Waiting> {
    let of = |entry: &Entry| Waiting {
        thread: entry.thread,
        waits_for: entry.waits_for,
        driver: entry.driver.clone(),
        frames: entry.callers.as_ref().map_or_else(Vec::new, Callers::frames),
    };
    WAITING.lock().iter().map(of).collect()
}
