//! Operations that a filter has pended, and the handing over of an operation between threads.

use std::cell::Cell;
use std::ffi::c_void;
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use parking_lot::{Condvar, Mutex};

use super::cancel::Action;
use super::file_lock;
use super::instance::Instance;
use super::major::{post, pre};
use super::operation::{Operation, Step};
use super::oplock;
use crate::kernel::call::{CallSite, call_driver};
use crate::kernel::{fault, irql, waiting};
use crate::machine::Machine;

/// No callback has the operation.
const IDLE: u8 = 0;
/// A pre-operation callback runs.
const IN_PRE: u8 = 1;
/// It was pended in pre.
const PENDED_PRE: u8 = 2;
/// It was completed while its pre-operation callback still ran (rule C-13).
const EARLY_PRE: u8 = 3;
/// A post-operation callback runs.
const IN_POST: u8 = 4;
/// It was pended in post.
const PENDED_POST: u8 = 5;
/// It was completed while its post-operation callback still ran.
const EARLY_POST: u8 = 6;

/// Whether an operation is pended, and what was decided about it meanwhile.
#[derive(Default)]
pub(crate) struct Pend {
    state: AtomicU8,
    decision: Cell<(i32, usize)>,
}

/// What a completion of a pended operation found.
enum Found {
    /// It was pended: whoever completes it drives it on.
    Pended,
    /// The callback has not returned yet: its thread goes on.
    Early,
    /// It was neither.
    Nothing,
}

impl Pend {
    pub(crate) fn begin_pre(&self) {
        self.state.store(IN_PRE, Ordering::Release);
    }

    pub(crate) fn begin_post(&self) {
        self.state.store(IN_POST, Ordering::Release);
    }

    /// Pends in pre, or answers the decision that came first. After `None` the operation is somebody else's.
    pub(crate) fn pend_pre(&self) -> Option<(i32, *mut c_void)> {
        if self.state.compare_exchange(IN_PRE, PENDED_PRE, Ordering::AcqRel, Ordering::Acquire).is_ok() {
            return None;
        }
        self.state.store(IDLE, Ordering::Release);
        let (status, context) = self.decision.get();
        Some((status, ptr::with_exposed_provenance_mut(context)))
    }

    /// Pends in post. Answers false if the completion came first; after true the operation is somebody else's.
    pub(crate) fn pend_post(&self) -> bool {
        let pended = self.state.compare_exchange(IN_POST, PENDED_POST, Ordering::AcqRel, Ordering::Acquire).is_ok();
        if !pended {
            self.state.store(IDLE, Ordering::Release);
        }
        pended
    }

    fn complete(&self, running: u8, pended: u8, early: u8, decision: (i32, usize)) -> Found {
        // The callback returns at any moment, so what was not pended a moment ago may be by now, but never back.
        loop {
            let state = self.state.load(Ordering::Acquire);
            let (next, found) = if state == pended {
                (IDLE, Found::Pended)
            } else if state == running {
                // The callback's thread reads the decision only after it has seen the new state.
                self.decision.set(decision);
                (early, Found::Early)
            } else {
                return Found::Nothing;
            };
            if self.state.compare_exchange(state, next, Ordering::AcqRel, Ordering::Acquire).is_ok() {
                return found;
            }
        }
    }

    /// Whether the operation is pended in post.
    fn is_in_post(&self) -> bool {
        self.state.load(Ordering::Acquire) >= IN_POST
    }
}

/// What a thread that waits for its turn is told.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Turn {
    /// A post-operation callback has to run in this thread.
    Yours,
    /// The operation is done.
    Done,
    /// The operation goes on without this thread.
    Gone,
    /// The machine has crashed.
    Crashed,
}

/// Tells the threads that wait in an operation whose turn it is. It outlives the operation for those who hand over.
#[derive(Default)]
pub(crate) struct Baton {
    state: Mutex<BatonState>,
    changed: Condvar,
}

#[derive(Default)]
struct BatonState {
    turn: Option<usize>,
    done: bool,
}

impl Baton {
    pub(crate) fn new() -> Arc<Self> {
        Arc::default()
    }

    /// Says that the operation is done.
    pub(crate) fn finish(&self) {
        self.state.lock().done = true;
        self.changed.notify_all();
    }

    /// Hands the operation to a thread that waits for it.
    pub(crate) fn hand_to(&self, thread: usize) {
        self.state.lock().turn = Some(thread);
        self.changed.notify_all();
    }

    /// Has those who wait look at the machine.
    pub(crate) fn wake(&self) {
        self.changed.notify_all();
    }

    /// Waits for this thread's turn, or for the end of the operation if `originator`.
    pub(crate) fn wait(&self, thread: usize, originator: bool, machine: &Machine) -> Turn {
        let _note = waiting::note("an operation to go on, which a filter has pended or which is elsewhere");
        let mut state = self.state.lock();
        loop {
            if state.turn == Some(thread) {
                state.turn = None;
                return Turn::Yours;
            }
            if state.done && originator {
                return Turn::Done;
            }
            if machine.is_crashed() {
                return Turn::Crashed;
            }
            // A crash elsewhere knows nothing of this operation, so it is looked for now and then.
            self.changed.wait_for(&mut state, Duration::from_millis(50));
        }
    }
}

/// The operations an instance has pended, for a teardown that waits in vain.
#[derive(Default)]
pub(crate) struct PendedList(Mutex<Vec<PendedOperation>>);

/// The address of a pended operation. It is valid as long as it is in a list.
struct PendedOperation(*const Operation);

// SAFETY: the address is only used under the list's lock, or by who has taken the operation over.
unsafe impl Send for PendedOperation {}

impl PendedList {
    /// Runs `f` on each operation in the list, none of which can be completed meanwhile.
    pub(crate) fn for_each(&self, mut f: impl FnMut(&Operation)) {
        for pended in self.0.lock().iter() {
            // SAFETY: an operation in the list is pended, or its driver waits for this lock in `forget`.
            f(unsafe { &*pended.0 });
        }
    }
}

/// Notes that the instance that has the operation pends it, or is about to.
pub(crate) fn remember(operation: &Operation) {
    if let Some(instance) = operation.instance() {
        let mut list = instance.pended.0.lock();
        if !operation.remembered.swap(true, Ordering::AcqRel) {
            list.push(PendedOperation(operation));
        }
    }
}

/// Takes that back, and what is armed for a cancellation. Whoever does is the one who drives the operation.
pub(crate) fn forget(operation: &Operation) {
    if !operation.remembered.swap(false, Ordering::AcqRel) {
        return;
    }
    match operation.cancel.disarm() {
        Some(Action::Queue(_)) => operation.complain("G-06", "went on though it was still in a callback-data queue"),
        Some(Action::Oplock(number)) => {
            operation.complain("H-11", "went on though the oplock package still held the operation");
            oplock::forget(number, operation);
        }
        Some(Action::FileLock(address)) => {
            operation.complain("L-14", "went on though it still waited for a lock");
            file_lock::forget(address, operation);
        }
        Some(Action::Routine(_) | Action::Wake) | None => (),
    }
    if let Some(instance) = operation.instance() {
        instance.pended.0.lock().retain(|pended| !ptr::eq(pended.0, operation));
    }
}

/// Ends the machine because of what a filter did with an operation, as bug check 0xF5 (rules O-11 and on).
pub(crate) fn bug_check(operation: &Operation, code: usize, parameters: [usize; 3], explanation: &str) {
    let Some(instance) = operation.instance() else { return };
    let [first, second, third] = parameters;
    // The driver has returned already; the call is made for the report, which names the driver and the operation.
    let site = CallSite::new("pre-operation callback", super::parameters::name_of(operation.major))
        .about(operation.file.first_name());
    let crashed = call_driver(instance.filter().image(), &site, irql::current(), || {
        fault::bug_check(0xF5, [code, first, second, third], explanation.to_owned());
    });
    debug_assert!(crashed.is_err(), "a bug check does not return");
}

/// The body of `FltCompletePendedPreOperation`.
pub(crate) fn complete_pre(operation: &Operation, status: i32, context: *mut c_void) {
    let decision = (status, context.expose_provenance());
    match operation.pend.complete(IN_PRE, PENDED_PRE, EARLY_PRE, decision) {
        Found::Pended => {
            forget(operation);
            operation.run(Step::AfterPre(status, context), false);
        }
        Found::Early => (),
        Found::Nothing => complain(operation, "C-14", "FltCompletePendedPreOperation"),
    }
}

/// The body of `FltCompletePendedPostOperation`.
pub(crate) fn complete_post(operation: &Operation) {
    match operation.pend.complete(IN_POST, PENDED_POST, EARLY_POST, (0, 0)) {
        Found::Pended => {
            forget(operation);
            operation.run(Step::AfterPost(post::FINISHED_PROCESSING), false);
        }
        Found::Early => (),
        Found::Nothing => complain(operation, "D-04", "FltCompletePendedPostOperation"),
    }
}

fn complain(operation: &Operation, rule: &'static str, routine: &str) {
    if let Some(instance) = operation.instance() {
        instance.filter().report(rule, format!("{routine} was called for an operation that is not pended"));
    }
}

/// Lets every operation go on that an instance has pended and did not complete when it was torn down. Answers how many.
pub(crate) fn release_all(instance: &Instance) -> usize {
    let (mut taken, mut held) = (Vec::new(), Vec::new());
    {
        let mut list = instance.pended.0.lock();
        list.retain(|pended| {
            // SAFETY: an operation in the list is pended, or its new driver waits for this lock in `forget`.
            let operation = unsafe { &*pended.0 };
            let (found, step) = if operation.pend.is_in_post() {
                let found = operation.pend.complete(IN_POST, PENDED_POST, EARLY_POST, (0, 0));
                (found, Step::AfterPost(post::FINISHED_PROCESSING))
            } else {
                let decision = (pre::SUCCESS_NO_CALLBACK, 0);
                let found = operation.pend.complete(IN_PRE, PENDED_PRE, EARLY_PRE, decision);
                (found, Step::AfterPre(pre::SUCCESS_NO_CALLBACK, ptr::null_mut()))
            };
            if matches!(found, Found::Pended) {
                operation.remembered.store(false, Ordering::Release);
                if let Some(action) = operation.cancel.disarm() {
                    held.push((action, PendedOperation(pended.0)));
                }
                taken.push((PendedOperation(pended.0), step));
                return false;
            }
            true
        });
    }
    for (action, operation) in held {
        // SAFETY: this thread has taken the operation over.
        let operation = unsafe { &*operation.0 };
        match action {
            Action::Oplock(number) => oplock::forget(number, operation),
            Action::FileLock(address) => file_lock::forget(address, operation),
            Action::Queue(_) | Action::Routine(_) | Action::Wake => (),
        }
    }
    let count = taken.len();
    for (operation, step) in taken {
        // SAFETY: this thread has taken the operation over.
        unsafe { &*operation.0 }.run(step, false);
    }
    count
}
