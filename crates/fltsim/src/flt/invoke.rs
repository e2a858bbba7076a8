//! Calls into a driver.

use std::sync::Arc;

use crate::image::Image;
use crate::kernel::call::{CallSite, Crashed, call_driver};
use crate::kernel::{irql, process, thread};
use crate::machine::Machine;

/// Calls a routine that is about no operation, in a thread of the system process at `PASSIVE_LEVEL`.
pub(crate) fn system<R: Copy>(
    machine: &Arc<Machine>,
    image: &Arc<Image>,
    routine: &'static str,
    f: impl FnOnce() -> R,
) -> Result<R, Crashed> {
    thread::with_process(machine, &process::system(), || {
        call_driver(image, &CallSite::of(routine), irql::PASSIVE_LEVEL, f)
    })
}

/// Calls a routine in the thread as it is, at its own level but at most at `highest`.
pub(crate) fn at_most<R: Copy>(
    machine: &Arc<Machine>,
    image: &Arc<Image>,
    routine: &'static str,
    highest: u8,
    f: impl FnOnce() -> R,
) -> Result<R, Crashed> {
    let call = || call_driver(image, &CallSite::of(routine), irql::current().min(highest), f);
    if thread::try_machine().is_some() { call() } else { thread::with_process(machine, &process::system(), call) }
}
