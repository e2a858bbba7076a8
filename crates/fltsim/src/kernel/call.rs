//! Calls into driver code, and out of it.
//!
//! A driver's code runs on a kernel stack of 24 KiB with a guard below it, so that a driver that would overflow
//! Windows's stack does so here. fltsim's own code runs on the host's stack, of which there is plenty:
//! [`call_driver`] switches to the kernel stack, and every export switches back (`serve`). Calls nest to any depth:
//!
//! ```text
//! host stack     call_driver ─┐            ┌─ export's body ─ call_driver ─┐
//! kernel stack                └─ driver ───┘                               └─ driver ...
//! ```
//!
//! A driver that is linked into the process runs on the host's stack: nothing is switched, and a fault is the
//! process's own.

use std::mem::{ManuallyDrop, MaybeUninit};
use std::ptr;
use std::sync::Arc;

use super::low_resources::{self, Answer};
use super::report;
use super::stack;
use super::thread::{LOCAL, Local};
use crate::exports::Export;
use crate::image::Image;

/// What a driver is being called for. Reports show it.
#[derive(Debug, Clone, Copy)]
pub struct CallSite<'a> {
    /// The kind of routine that is called, such as `pre-operation callback`.
    pub routine: &'static str,
    /// The operation it is about, such as `IRP_MJ_CREATE`.
    pub operation: Option<&'static str>,
    /// The name of the object it is about, such as a file's.
    pub subject: Option<&'a [u16]>,
}

impl CallSite<'_> {
    /// A call of `routine`, which is about no operation.
    pub const fn of(routine: &'static str) -> Self {
        Self { routine, operation: None, subject: None }
    }
}

impl<'a> CallSite<'a> {
    /// A call of `routine` for `operation`.
    pub const fn new(routine: &'static str, operation: &'static str) -> Self {
        Self { routine, operation: Some(operation), subject: None }
    }

    /// The same, about the object of this name.
    #[must_use]
    pub const fn about(self, subject: &'a [u16]) -> Self {
        Self { subject: Some(subject), ..self }
    }
}

/// The machine has crashed: the driver's code didn't return and must not be called again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the machine has crashed")]
pub struct Crashed;

/// Calls `f`, which calls the driver's code, at `irql`.
///
/// `what` is only looked at when there is something to report. Nothing `f` owns is dropped if the driver crashes.
///
/// # Errors
///
/// [`Crashed`] if the machine had crashed before or the driver crashes it now; the report is the machine's then.
pub fn call_driver<R: Copy>(
    image: &Arc<Image>,
    what: &CallSite<'_>,
    irql: u8,
    f: impl FnOnce() -> R,
) -> Result<R, Crashed> {
    if super::thread::machine_is_crashed() {
        return Err(Crashed);
    }
    LOCAL.with(|local| {
        let outer_image = local.image.replace(Arc::as_ptr(image));
        let outer_site = local.site.replace(ptr::from_ref(what).cast());
        let outer_routine = local.routine.replace(ptr::null());
        let outer_irql = local.irql.replace(irql);
        let result = if cfg!(miri) || image.is_linked() {
            let outer_base = local.linked_base.replace(ptr::from_ref(&outer_irql) as usize);
            let result = f();
            local.linked_base.set(outer_base);
            Ok(result)
        } else {
            enter(local, f)
        };
        if result.is_err() {
            report::crashed(local);
            // Driver code further out must not go on either: it ends when the export returns to it.
            local.abandon.set(local.host_rsp.get() != 0);
        }
        local.irql.set(outer_irql);
        local.routine.set(outer_routine);
        local.site.set(outer_site);
        local.image.set(outer_image);
        result
    })
}

/// Calls `f`, which calls a routine that the driver passed to the export that is being served, such as a comparison. It
/// runs for the same driver and purpose, at the same IRQL. If the driver crashes, this doesn't return: hold no locks, and
/// nothing that has to be dropped.
pub fn call_back<R: Copy>(f: impl FnOnce() -> R) -> R {
    LOCAL.with(|local| {
        if cfg!(miri) || local.host_rsp.get() == 0 || local.on_kernel_stack.get() {
            return f();
        }
        enter(local, f).unwrap_or_else(|Crashed| {
            report::crashed(local);
            // SAFETY: the thread is below a call into the driver, whose export is being served.
            unsafe { stack::abandon(local.host_rsp.get()) }
        })
    })
}

/// Leaves the driver's code for good, as a thread that ends itself does: the call into the driver returns as if it had
/// crashed, but without a report.
///
/// A driver that is linked into the process has no stack of its own to leave: its thread stays where it is forever, after
/// `last` has run.
pub(crate) fn leave_driver(last: impl FnOnce()) -> ! {
    let host_rsp = LOCAL.with(|local| local.host_rsp.get());
    if host_rsp == 0 {
        last();
        loop {
            std::thread::park();
        }
    }
    // SAFETY: the innermost call into the driver saved this stack pointer, and its frame is still there.
    unsafe { stack::abandon(host_rsp) }
}

/// A closure and the place of its result, for the trip across a stack switch.
struct Task<F, R> {
    f: ManuallyDrop<F>,
    result: MaybeUninit<R>,
}

impl<F: FnOnce() -> R, R> Task<F, R> {
    fn new(f: F) -> Self {
        Self { f: ManuallyDrop::new(f), result: MaybeUninit::uninit() }
    }

    /// Runs the closure.
    ///
    /// # Safety
    ///
    /// `task` must be a task that has not been run.
    unsafe extern "sysv64" fn run(task: *mut Self) {
        // SAFETY: the caller vouches for the task, and nobody else has it now.
        let task = unsafe { &mut *task };
        // SAFETY: the task has not been run, so the closure is still there.
        let f = unsafe { ManuallyDrop::take(&mut task.f) };
        task.result.write(f());
    }

    fn runner() -> unsafe extern "sysv64" fn(*mut u8) {
        let run: unsafe extern "sysv64" fn(*mut Self) = Self::run;
        // SAFETY: the two types differ in what a thin pointer points to, which the calling convention doesn't see.
        unsafe { std::mem::transmute(run) }
    }
}

/// Runs `f` on the kernel stack.
fn enter<F: FnOnce() -> R, R: Copy>(local: &Local, f: F) -> Result<R, Crashed> {
    assert!(
        !local.on_kernel_stack.get(),
        "a driver is called from a kernel stack; only exports call drivers from there"
    );
    if local.kernel_rsp.get() == 0 {
        stack::create(local);
    }
    let outer_host = local.host_rsp.get();
    let outer_kernel = local.kernel_rsp.get();
    let outer_side = local.on_kernel_stack.replace(true);
    let mut task = Task::new(f);
    // SAFETY: the task has not been run; the kernel stack is this thread's and free below `kernel_rsp`.
    let code = unsafe {
        stack::to_kernel(
            (&raw mut task).cast(),
            Task::<F, R>::runner(),
            stack::align(outer_kernel),
            local.host_rsp.as_ptr(),
        )
    };
    local.on_kernel_stack.set(outer_side);
    local.kernel_rsp.set(outer_kernel);
    local.host_rsp.set(outer_host);
    if code != 0 {
        return Err(Crashed);
    }
    // SAFETY: code 0 says that the task returned, so its result is there.
    Ok(unsafe { task.result.assume_init() })
}

/// Runs the body of an export: on the host's stack if a loaded image called it, else where it is. Where resources are low,
/// the routine may fail instead.
#[inline]
pub(crate) fn serve<R: Answer>(routine: &'static Export, f: impl FnOnce() -> R) -> R {
    LOCAL.with(|local| {
        let outer_routine = local.routine.replace(routine);
        let f = || low_resources::failure(routine, routine.failures).and_then(R::of).unwrap_or_else(f);
        let result = if !cfg!(miri) && local.on_kernel_stack.get() { leave(local, f) } else { f() };
        local.routine.set(outer_routine);
        result
    })
}

/// Runs `f` on the host's stack, below the call that entered the driver.
#[inline]
fn leave<F: FnOnce() -> R, R>(local: &Local, f: F) -> R {
    let outer_kernel = local.kernel_rsp.get();
    local.on_kernel_stack.set(false);
    let mut task = Task::new(f);
    // SAFETY: the task has not been run; the host stack is free below `host_rsp`, where the innermost call into the
    // driver waits for its return.
    unsafe {
        stack::to_host((&raw mut task).cast(), Task::<F, R>::runner(), local.host_rsp.get(), local.kernel_rsp.as_ptr());
    }
    local.kernel_rsp.set(outer_kernel);
    local.on_kernel_stack.set(true);
    if local.abandon.get() {
        // SAFETY: the thread is on the kernel stack, within a call into the driver.
        unsafe { stack::abandon(local.host_rsp.get()) }
    }
    // SAFETY: the task has run.
    unsafe { task.result.assume_init() }
}
