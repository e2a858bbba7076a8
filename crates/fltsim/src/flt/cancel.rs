//! Cancellation of operations that wait in a filter's hands (rules G-12, G-13, G-21 to G-24).
//!
//! What is to happen when an operation is canceled is armed by the filter that holds it. Whoever takes that out, the
//! canceler or the filter, owns the operation from then on, so exactly one of them completes it.

use std::ptr;
use std::sync::Arc;

use fltmgr_sys as sys;
use fltmgr_sys::{FLT_CALLBACK_DATA, PFLT_CALLBACK_DATA_QUEUE};
use parking_lot::Mutex;

use super::file_lock;
use super::instance::Instance;
use super::invoke;
use super::operation::Operation;
use super::oplock;
use super::queue;
use super::volume::Volume;
use crate::io::{File, FileRef};
use crate::kernel::process::Process;
use crate::kernel::wait;
use crate::machine::Machine;

/// A cancel routine, as `FltSetCancelCompletion` takes it.
pub(crate) type CancelRoutine = unsafe extern "efiapi" fn(*mut FLT_CALLBACK_DATA);

/// What happens when an operation is canceled.
#[derive(Clone, Copy)]
pub(crate) enum Action {
    /// It is taken out of the callback-data queue it is in.
    Queue(PFLT_CALLBACK_DATA_QUEUE),
    /// The filter's routine is called.
    Routine(CancelRoutine),
    /// The oplock of this number, which holds the operation, gives it up.
    Oplock(usize),
    /// The file lock at this address, for which the operation waits, gives it up.
    FileLock(usize),
    /// The filter's thread that waits in its callback is woken; the operation stays the filter's (rule G-29).
    Wake,
}

/// An operation's cancel bit, and what is armed.
#[derive(Default)]
pub(crate) struct Cancel(Mutex<State>);

#[derive(Default)]
struct State {
    canceled: bool,
    action: Option<Action>,
}

// SAFETY: the pointer in an action is only passed through; it is used by who owns the operation.
unsafe impl Send for State {}

impl Cancel {
    /// Whether somebody canceled the operation.
    pub(crate) fn is_canceled(&self) -> bool {
        self.0.lock().canceled
    }

    /// Arms an action. False if the operation is canceled already: nothing is armed then.
    pub(crate) fn arm(&self, action: Action) -> bool {
        let mut state = self.0.lock();
        if !state.canceled {
            state.action = Some(action);
        }
        !state.canceled
    }

    /// Whether an action is armed.
    pub(crate) fn is_armed(&self) -> bool {
        self.0.lock().action.is_some()
    }

    /// Takes the action back. `None` if there is none, or if the canceler has it.
    pub(crate) fn disarm(&self) -> Option<Action> {
        self.0.lock().action.take()
    }

    /// Takes a routine back, as [`Cancel::disarm`] takes whatever there is.
    pub(crate) fn disarm_routine(&self) -> bool {
        self.0.lock().action.take_if(|action| matches!(action, Action::Routine(_))).is_some()
    }

    /// Sets the cancel bit and takes the action.
    fn cancel(&self) -> Option<Action> {
        let mut state = self.0.lock();
        state.canceled = true;
        state.action.take()
    }
}

/// A canceled operation and who holds it.
pub(crate) struct Canceled {
    instance: Arc<Instance>,
    data: *mut FLT_CALLBACK_DATA,
    action: Action,
}

impl Canceled {
    pub(crate) fn run(self) {
        let filter = self.instance.filter();
        match self.action {
            Action::Queue(queue) => {
                // SAFETY: the operation was in the queue, which the filter keeps while anything is in it.
                unsafe { queue::complete_canceled(&self.instance, queue, self.data) };
            }
            Action::Wake => wait::change(self.data.cast_const().cast(), || ()),
            // SAFETY: the action was taken out of the operation.
            Action::Oplock(number) => unsafe { oplock::canceled(number, self.data) },
            // SAFETY: as above.
            Action::FileLock(address) => unsafe { file_lock::canceled(address, self.data) },
            Action::Routine(routine) => {
                // Rule G-23: without any lock.
                let _ = invoke::system(filter.machine(), filter.image(), "cancel routine", || {
                    // SAFETY: the filter armed the routine for this operation, which it still holds.
                    unsafe { routine(self.data) };
                });
            }
        }
    }
}

impl Volume {
    /// Cancels the operations that instances of the volume hold and that `chosen` chooses. Answers how many there were
    /// for which something was armed.
    fn cancel_where(&self, chosen: impl Fn(&Operation) -> bool) -> usize {
        let mut taken = Vec::new();
        for instance in self.instances() {
            instance.pended.for_each(|operation| {
                if chosen(operation)
                    && let Some(action) = operation.cancel.cancel()
                {
                    taken.push(Canceled { instance: Arc::clone(&instance), data: operation.callback_data(), action });
                }
            });
        }
        let count = taken.len();
        taken.into_iter().for_each(Canceled::run);
        count
    }

    fn cancel_io_of_file(&self, file: &FileRef) -> usize {
        self.cancel_where(|operation| ptr::eq(operation.file.as_ptr(), file.as_ptr()))
    }
}

impl File {
    /// Cancels what is under way on the file, as `CancelIoEx` does. Answers for how many operations something was armed;
    /// those that nobody armed anything for go on, and learn of it when they ask (rule G-25).
    pub fn cancel_io(&self) -> usize {
        self.volume().cancel_io_of_file(self.file_ref())
    }
}

impl Machine {
    /// Cancels what a process has under way, as its end does. Answers as [`File::cancel_io`] does.
    pub fn cancel_io_of(&self, process: &Process) -> usize {
        let address = process.address();
        self.volumes().iter().map(|volume| volume.cancel_where(|operation| operation.process() == address)).sum()
    }
}

/// Sets an operation's cancel bit, and takes what is to be done about it. The operation must be alive meanwhile.
pub(crate) fn take(operation: &Operation) -> Option<Canceled> {
    let action = operation.cancel.cancel()?;
    // Who has taken the action owns the operation, so its holder does not change meanwhile.
    let instance = Arc::clone(operation.instance()?);
    Some(Canceled { instance, data: operation.callback_data(), action })
}

/// Cancels the operations whose buffers an instance has swapped, because they are not drained (rule D-17).
pub(crate) fn cancel_undrained(instance: &Instance) {
    let mut taken = Vec::new();
    instance.in_flight.for_each(|operation| {
        taken.extend(take(operation));
    });
    taken.into_iter().for_each(Canceled::run);
}

/// The body of `FltSetCancelCompletion` (rules G-21, G-22).
pub(crate) fn set_routine(operation: &Operation, routine: CancelRoutine) -> sys::NTSTATUS {
    if operation.is_paging() {
        operation.complain("G-21", "FltSetCancelCompletion was called for paging I/O");
        return sys::STATUS_INVALID_PARAMETER;
    }
    super::pended::remember(operation);
    if operation.cancel.arm(Action::Routine(routine)) { sys::STATUS_SUCCESS } else { sys::STATUS_CANCELLED }
}
