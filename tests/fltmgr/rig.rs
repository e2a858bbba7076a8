//! A machine with a filter that is linked into the test, and what the filters of a test tell it.

use crate::common::Guarded;
use fltsim::config::{InstanceConfig, ServiceConfig};
use fltsim::io::File;
use fltsim::machine::{DriverEntry, ImageSource, LoadRequest};
use std::sync::{Mutex, PoisonError};
use std::thread;

/// What the filters have seen. Those of one test run at a time, as it holds `LINKED` meanwhile.
static SEEN: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Tells the test what a filter sees.
#[expect(clippy::needless_pass_by_value, reason = "it is mostly called with numbers and new strings")]
pub fn saw(text: impl ToString) {
    SEEN.lock().unwrap_or_else(PoisonError::into_inner).push(text.to_string());
}

/// What the filters have seen since this was asked last.
pub fn seen() -> Vec<String> {
    std::mem::take(&mut *SEEN.lock().unwrap_or_else(PoisonError::into_inner))
}

/// Waits until the filters have seen so much.
pub fn wait_for(count: usize) {
    while SEEN.lock().unwrap_or_else(PoisonError::into_inner).len() < count {
        thread::yield_now();
    }
}

/// Waits until the filters have seen so much, and answers that.
pub fn seen_after(count: usize) -> Vec<String> {
    wait_for(count);
    seen()
}

/// A machine with a filter of this program. What the filter sees while it is loaded is forgotten, as is what those of the
/// test before have left.
pub fn start(entry: DriverEntry, service: ServiceConfig) -> Guarded {
    let guarded = Guarded::start_driver(ImageSource::Linked { entry }, service);
    seen();
    guarded
}

/// A machine with a filter of this program, by the name of `test`.
pub fn with(entry: DriverEntry) -> Guarded {
    start(entry, ServiceConfig::with_altitude("test", "370000"))
}

/// As [`with`], with another instance of the filter below the first.
pub fn with_two_instances(entry: DriverEntry) -> Guarded {
    let mut service = ServiceConfig::with_altitude("test", "370000");
    service.instances.push(InstanceConfig { name: "below".to_owned(), altitude: "360000".to_owned(), flags: 0 });
    start(entry, service)
}

/// As [`with`], with the file `/a` in it.
pub fn with_file(entry: DriverEntry) -> Guarded {
    let guarded = with(entry);
    guarded.anybody().write("/a", b"0123456789").unwrap();
    seen();
    guarded
}

/// Opens the file of [`with_file`].
pub fn open(guarded: &Guarded) -> File {
    guarded.anybody().open_for_writing("/a").unwrap()
}

/// Loads another filter of this program into the machine.
pub fn load_another(guarded: &Guarded, entry: DriverEntry, name: &str, altitude: &str) {
    let image = ImageSource::Linked { entry };
    let service = ServiceConfig::with_altitude(name, altitude);
    guarded.machine.load(&LoadRequest { image, service }).unwrap();
}
