//! Low resources, as the Driver Verifier's systematic low resources simulation has them: a routine that may fail does so
//! once for each call stack that leads to it, so that every path behind a failure is taken.
//!
//! [`crate::low_resources`] runs a driver so; this decides about one call.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use fltmgr_sys::NTSTATUS;
use parking_lot::Mutex;

use super::frames::{self, MOST_FRAMES};
use super::report::{Callers, Frame};
use super::thread::{self, LOCAL};
use crate::exports::Export;
use crate::status::NtStatus;

/// How a routine fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Failure {
    /// It returns a null pointer.
    Null,
    /// It returns `FALSE`.
    False,
    /// It returns this status.
    Status(NTSTATUS),
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => formatter.write_str("NULL"),
            Self::False => formatter.write_str("FALSE"),
            Self::Status(status) => NtStatus(*status).fmt(formatter),
        }
    }
}

/// What a routine returns.
pub(crate) trait Answer: Sized {
    /// The value that says that it has failed so; `None` if no value of the type does.
    fn of(failure: Failure) -> Option<Self> {
        let _ = failure;
        None
    }
}

impl Answer for NTSTATUS {
    fn of(failure: Failure) -> Option<Self> {
        match failure {
            Failure::Status(status) => Some(status),
            Failure::Null | Failure::False => None,
        }
    }
}

impl<T> Answer for *mut T {
    fn of(failure: Failure) -> Option<Self> {
        (failure == Failure::Null).then(std::ptr::null_mut)
    }
}

macro_rules! never_failing {
    ($($ty:ty)*) => { $(impl Answer for $ty {})* };
}
never_failing! { () i8 u8 u16 u32 i64 u64 fltmgr_sys::LARGE_INTEGER }
impl<T> Answer for *const T {}

/// A way to a call that can fail: which routine was called, from where, and in which way it fails.
///
/// Places are told by their offset in the image, so that they are the same when it is loaded again.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Way {
    driver: String,
    called_for: Option<(&'static str, Option<&'static str>)>,
    frames: Vec<usize>,
    routine: &'static str,
    failure: Failure,
}

/// The call that a run has failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedCall {
    /// The driver that called.
    pub driver: String,
    /// The routine it called.
    pub routine: &'static str,
    /// How the call failed.
    pub failure: Failure,
    /// What the driver had been called for.
    pub during: Option<&'static str>,
    /// The operation it had been called for.
    pub operation: Option<&'static str>,
    callers: Callers,
}

impl FailedCall {
    /// Where it was called, innermost first; empty for a driver that is linked into the process.
    pub fn frames(&self) -> Vec<Frame> {
        self.callers.frames()
    }
}

impl fmt::Display for FailedCall {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} failed with {}", self.routine, self.failure)?;
        let mut label = "at       ";
        for frame in self.frames() {
            write!(formatter, "\n  {label} {frame}")?;
            label = "called by";
        }
        if let Some(during) = self.during {
            write!(formatter, "\n  during    the {during} of {}", self.driver)?;
            if let Some(operation) = self.operation {
                write!(formatter, " for {operation}")?;
            }
        }
        Ok(())
    }
}

/// The ways that have been failed so far.
#[derive(Debug, Default)]
pub(crate) struct Failed(Mutex<HashSet<Way>>);

/// One run of a machine: the first call whose way was not failed before fails, and no other.
#[derive(Debug)]
pub struct Run {
    ways: Arc<Failed>,
    is_over: AtomicBool,
    call: Mutex<Option<FailedCall>>,
}

impl Run {
    pub(crate) fn new(ways: &Arc<Failed>) -> Arc<Self> {
        Arc::new(Self { ways: Arc::clone(ways), is_over: AtomicBool::new(false), call: Mutex::new(None) })
    }

    /// The call that was failed; `None` if there was none to fail any more.
    pub fn failed(&self) -> Option<FailedCall> {
        self.call.lock().clone()
    }

    /// Whether the call that the thread is in fails, and how.
    fn meet(&self, routine: &'static Export, failures: &[Failure]) -> Option<Failure> {
        if self.is_over.load(Ordering::Relaxed) || thread::machine_is_crashed() {
            return None;
        }
        let image = thread::current_image()?;
        let mut addresses = [0; MOST_FRAMES];
        let count = frames::of_driver(image.is_linked(), &mut addresses);
        let addresses = addresses.get(..count)?;
        // SAFETY: whoever called the driver set the site, and waits for it.
        let site = LOCAL.with(|local| unsafe { local.site.get().as_ref() });
        // What the offsets of a linked driver are from is the same as long as the process lives.
        let frames: Vec<usize> = addresses.iter().map(|address| address.wrapping_sub(image.base())).collect();
        let way = |failure| Way {
            driver: image.name().to_owned(),
            called_for: site.map(|site| (site.routine, site.operation)),
            frames: frames.clone(),
            routine: routine.name,
            failure,
        };
        let failure = failures.iter().copied().find(|&failure| self.ways.0.lock().insert(way(failure)))?;
        if self.is_over.swap(true, Ordering::Relaxed) {
            // Another thread was faster, so this way is still to be failed.
            self.ways.0.lock().remove(&way(failure));
            return None;
        }
        *self.call.lock() = Some(FailedCall {
            driver: image.name().to_owned(),
            routine: routine.name,
            failure,
            during: site.map(|site| site.routine),
            operation: site.and_then(|site| site.operation),
            callers: Callers::new(&image, addresses),
        });
        Some(failure)
    }
}

/// Whether any machine of the process has ever had low resources: what others pay for the question is one load.
static IS_ON: AtomicBool = AtomicBool::new(false);

/// Has the process ask from now on whether a machine has low resources.
pub(crate) fn turn_on() {
    IS_ON.store(true, Ordering::Relaxed);
}

/// Whether a machine of the process has low resources, or has had.
pub(crate) fn is_on() -> bool {
    !cfg!(miri) && IS_ON.load(Ordering::Relaxed)
}

/// Whether the call that is being served fails in this way, which its routine has to see to itself.
pub(crate) fn fails_now(way: Failure) -> bool {
    thread::current_routine().is_some_and(|routine| failure(routine, &[way]).is_some())
}

/// Whether the call that is being served is to fail, in one of these ways.
#[inline]
pub(crate) fn failure(routine: &'static Export, failures: &[Failure]) -> Option<Failure> {
    if failures.is_empty() || !is_on() {
        return None;
    }
    ask(routine, failures)
}

#[cold]
fn ask(routine: &'static Export, failures: &[Failure]) -> Option<Failure> {
    thread::try_machine()?.low_resources()?.meet(routine, failures)
}
