//! Operations that break oplocks, and their waits (rules H-11 to H-14, H-23).

use std::ffi::c_void;
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use fltmgr_sys as sys;
use fltmgr_sys::{FLT_CALLBACK_DATA, NTSTATUS};

use super::super::callback_data::CallbackBlock;
use super::super::cancel::Action;
use super::super::major::{self, pre};
use super::super::operation::Operation;
use super::super::{invoke, pended};
use super::breaks::{Access, Kind, create_options, kind_of};
use super::state::{Act, Held, How, NewLevel, WaitComplete, Waiter};
use super::{Oplock, find, owner_of, set_status};
use crate::kernel::call::call_back;
use crate::kernel::{irql, wait};

/// What the operation is checked for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Why {
    /// What it does itself.
    Operation,
    /// `FltOplockBreakToNone`.
    BreakToNone,
    /// `FltOplockBreakH`.
    BreakHandles,
}

/// A filter's routines for a wait.
#[derive(Clone, Copy)]
pub(crate) struct WaitRoutines {
    pub complete: sys::PFLTOPLOCK_WAIT_COMPLETE_ROUTINE,
    pub prepare: sys::PFLTOPLOCK_PREPOST_CALLBACKDATA_ROUTINE,
    pub context: *mut c_void,
}

/// What is checked, and how.
pub(crate) struct Check<'a> {
    pub operation: &'a Operation,
    pub why: Why,
    /// `OPLOCK_FLAG_…`.
    pub flags: u32,
    pub routines: WaitRoutines,
}

/// The thread goes on; it goes on with a canceled operation.
const GO_ON: u32 = 1;
const CANCELED: u32 = 2;

/// The body of `FltCheckOplock` and its relatives.
pub(crate) fn check(oplock: &Arc<Oplock>, check: &Check<'_>) -> i32 {
    let Check { operation, why, flags, routines } = *check;
    if !operation.is_irp() {
        operation.complain("H-10", "an oplock was checked for an operation that is no IRP");
        return pre::SUCCESS_WITH_CALLBACK;
    }
    let data = operation.callback_data();
    let owner = owner_of(operation);
    let call = oplock.enter(operation, false);
    if flags & sys::OPLOCK_FLAG_BACK_OUT_ATOMIC_OPLOCK != 0 || operation.major == major::CLEANUP {
        oplock.change(|state, acts| state.release_of(owner.file, acts));
        return pre::SUCCESS_WITH_CALLBACK;
    }
    if flags & sys::OPLOCK_FLAG_OPLOCK_KEY_CHECK_ONLY != 0 {
        // The key is the file object's already, and nothing breaks (rule H-15).
        return pre::SUCCESS_WITH_CALLBACK;
    }
    let kind = match why {
        Why::Operation => kind_of(operation),
        Why::BreakToNone => Kind::Everything,
        Why::BreakHandles => Kind::Handles,
    };
    let access = Access { kind, owner, keys: flags & sys::OPLOCK_FLAG_IGNORE_OPLOCK_KEYS == 0 };
    let options = create_options(operation);
    // Rule H-29.
    if options & sys::FILE_OPEN_REQUIRING_OPLOCK != 0 && oplock.state.lock().would_break(&access) {
        set_status(data, sys::STATUS_CANNOT_BREAK_OPLOCK, 0);
        return pre::COMPLETE;
    }
    if !oplock.change(|state, acts| state.begin_breaks(&access, acts)) {
        return pre::SUCCESS_WITH_CALLBACK;
    }
    let goes_on = flags & sys::OPLOCK_FLAG_COMPLETE_IF_OPLOCKED != 0 || options & sys::FILE_COMPLETE_IF_OPLOCKED != 0;
    if goes_on {
        // Rule H-14.
        set_status(data, sys::STATUS_OPLOCK_BREAK_IN_PROGRESS, 0);
        return pre::SUCCESS_WITH_CALLBACK;
    }
    if let Some(complete) = routines.complete {
        return post(oplock, operation, access, complete, &routines);
    }
    drop(call);
    block(oplock, operation, access)
}

/// Has an operation wait. False if it was canceled before.
fn enlist(oplock: &Arc<Oplock>, operation: &Operation, access: Access, how: How) -> bool {
    pended::remember(operation);
    // What is over by now is found when the state is settled.
    oplock.change(|state, _| {
        let armed = operation.cancel.arm(Action::Oplock(oplock.number));
        if armed {
            state.waiters.push(Waiter { operation: Held(operation), access, how });
        }
        armed
    })
}

/// Leaves the operation pending; the filter's routine is called at the end of the break.
fn post(
    oplock: &Arc<Oplock>,
    operation: &Operation,
    access: Access,
    complete: WaitComplete,
    routines: &WaitRoutines,
) -> i32 {
    let (data, context) = (operation.callback_data(), routines.context);
    if let Some(prepare) = routines.prepare {
        // SAFETY: the driver gave the routine for exactly this call.
        call_back(|| unsafe { prepare(data, context) });
    }
    if enlist(oplock, operation, access, How::Routine(complete, context)) {
        return pre::PENDING;
    }
    set_status(data, sys::STATUS_CANCELLED, 0);
    pre::COMPLETE
}

/// Holds the calling thread until the break is over (rule H-12).
fn block(oplock: &Arc<Oplock>, operation: &Operation, access: Access) -> i32 {
    let signal = Arc::new(AtomicU32::new(0));
    let data = operation.callback_data();
    let mut outcome = CANCELED;
    if enlist(oplock, operation, access, How::Blocked(Arc::clone(&signal))) {
        let attempt = || Some(signal.load(Ordering::Acquire)).filter(|signal| *signal != 0);
        match wait::until(Arc::as_ptr(&signal).cast(), None, true, attempt) {
            Ok(signal) => outcome = signal,
            Err(_) => {
                // The thread is to end. Whoever has taken the operation meanwhile still tells it how.
                if operation.cancel.disarm().is_some() {
                    drop(oplock.take_waiter(operation));
                } else {
                    let _ = wait::until(Arc::as_ptr(&signal).cast(), None, false, attempt);
                }
            }
        }
    }
    if outcome == GO_ON {
        return pre::SUCCESS_WITH_CALLBACK;
    }
    set_status(data, sys::STATUS_CANCELLED, 0);
    pre::COMPLETE
}

impl Oplock {
    /// Takes out the wait of an operation.
    fn take_waiter(&self, operation: *const Operation) -> Option<Waiter> {
        let mut state = self.state.lock();
        let index = state.waiters.iter().position(|waiter| ptr::eq(waiter.operation.0, operation))?;
        Some(state.waiters.remove(index))
    }

    /// Takes out the oplock that an operation has requested.
    fn take_grant(&self, operation: *const Operation) -> bool {
        self.change(|state, _| {
            let before = state.grants.len();
            state.grants.retain(|grant| grant.request.is_none_or(|request| !ptr::eq(request.0, operation)));
            state.grants.len() != before
        })
    }
}

/// Ends what a canceled operation has to do with an oplock, and completes it (rule H-23).
///
/// # Safety
///
/// The caller must have taken the operation's [`Action::Oplock`].
pub(crate) unsafe fn canceled(number: usize, data: *mut FLT_CALLBACK_DATA) {
    // SAFETY: the operation is the canceler's.
    let Some(operation) = (unsafe { CallbackBlock::of(data) }).operation() else { return };
    let oplock = find(number);
    if let Some(waiter) = oplock.as_ref().and_then(|oplock| oplock.take_waiter(operation)) {
        return act(Act::Resume { waiter, status: sys::STATUS_CANCELLED });
    }
    if let Some(oplock) = oplock {
        oplock.take_grant(operation);
    }
    let request = Held(operation);
    act(Act::Complete { request, status: sys::STATUS_CANCELLED, information: 0, new_level: None });
}

/// Forgets an operation that somebody else goes on with.
pub(crate) fn forget(number: usize, operation: &Operation) {
    if let Some(oplock) = find(number)
        && oplock.take_waiter(operation).is_none()
    {
        oplock.take_grant(operation);
    }
}

/// Does what a change of the state has brought about.
pub(super) fn act(act: Act) {
    match act {
        Act::Complete { request, status, information, new_level } => {
            // SAFETY: the operation was taken back from its cancellation, so it is the package's.
            complete(unsafe { request.operation() }, status, information, new_level);
        }
        Act::Resume { waiter, status } => {
            // SAFETY: as above.
            resume(unsafe { waiter.operation.operation() }, waiter.how, status);
        }
    }
}

fn complete(operation: &Operation, status: NTSTATUS, information: usize, new_level: Option<NewLevel>) {
    let data = operation.callback_data();
    if let Some(level) = new_level {
        let output = sys::REQUEST_OPLOCK_OUTPUT_BUFFER {
            StructureVersion: 1,
            StructureLength: major::size_of_16::<sys::REQUEST_OPLOCK_OUTPUT_BUFFER>(),
            OriginalOplockLevel: level.original,
            NewOplockLevel: level.new,
            Flags: if level.acknowledge { sys::REQUEST_OPLOCK_OUTPUT_FLAG_ACK_REQUIRED } else { 0 },
            AccessMode: 0,
            ShareMode: 0,
        };
        // SAFETY: the request was only taken in with buffers that are large enough, and it is pended.
        unsafe {
            let buffer = (*(*data).Iopb).Parameters.FileSystemControl.Buffered.SystemBuffer;
            buffer.cast::<sys::REQUEST_OPLOCK_OUTPUT_BUFFER>().write_unaligned(output);
        }
    }
    set_status(data, status, information);
    pended::complete_pre(operation, pre::COMPLETE, ptr::null_mut());
}

fn resume(operation: &Operation, how: How, status: NTSTATUS) {
    match how {
        How::Notify => complete(operation, status, 0, None),
        How::Blocked(signal) => {
            let outcome = if status == sys::STATUS_SUCCESS { GO_ON } else { CANCELED };
            wait::change(Arc::as_ptr(&signal).cast(), || signal.store(outcome, Ordering::Release));
        }
        How::Routine(routine, context) => {
            let data = operation.callback_data();
            let Some(instance) = operation.instance().cloned() else { return };
            set_status(data, status, 0);
            let filter = instance.filter();
            let _ = invoke::at_most(
                filter.machine(),
                filter.image(),
                "oplock wait completion routine",
                irql::APC_LEVEL,
                // SAFETY: the driver gave the routine for exactly this call.
                || unsafe { routine(data, context) },
            );
        }
    }
}
