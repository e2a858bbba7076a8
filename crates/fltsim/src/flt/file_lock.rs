//! Byte-range locks of files that a filter owns (rules C-27, L-14).
//!
//! A driver keeps a `FILE_LOCK` for each of its files and has every lock operation processed. What stands behind the
//! structure is in a table by its address, so that one which was never initialized, or is no more, is told apart.
//! Operations that wait are pended, and can be canceled: whoever takes their cancellation out owns them.

use std::collections::HashMap;
use std::ffi::c_void;
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use fltmgr_sys as sys;
use fltmgr_sys::{FILE_LOCK, FILE_LOCK_INFO, LARGE_INTEGER, NTSTATUS};
use parking_lot::Mutex;

use super::callback_data::{CallbackBlock, IoStatus};
use super::cancel::Action;
use super::filter::Filter;
use super::major::{self, pre};
use super::name::current_filter;
use super::operation::Operation;
use super::{invoke, parameters, pended};
use crate::kernel::irql;

/// Whose a lock, a read or a write is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Owner {
    /// The addresses of the file object and the process.
    file: usize,
    process: usize,
    key: u32,
}

#[derive(Clone, Copy)]
struct Range {
    offset: u64,
    length: u64,
}

impl Range {
    /// Whether they have a byte in common. One of no bytes has none.
    fn overlaps(self, other: Self) -> bool {
        let end = |range: Self| range.offset.saturating_add(range.length);
        self.length != 0 && other.length != 0 && self.offset < end(other) && other.offset < end(self)
    }
}

#[derive(Clone, Copy)]
struct Lock {
    range: Range,
    exclusive: bool,
    owner: Owner,
}

impl Lock {
    /// What a driver's unlock routine is told.
    fn info(&self) -> FILE_LOCK_INFO {
        let number = |value: u64| LARGE_INTEGER { QuadPart: value.cast_signed() };
        FILE_LOCK_INFO {
            StartingByte: number(self.range.offset),
            Length: number(self.range.length),
            ExclusiveLock: self.exclusive.into(),
            Key: self.owner.key,
            FileObject: ptr::with_exposed_provenance_mut(self.owner.file),
            ProcessId: ptr::with_exposed_provenance_mut(self.owner.process),
            EndingByte: number(self.range.offset.wrapping_add(self.range.length).wrapping_sub(1)),
        }
    }
}

/// A lock that has to wait. Its operation is alive as long as its cancellation is armed.
#[derive(Clone, Copy)]
struct Waiter {
    operation: *const Operation,
    lock: Lock,
    context: *mut c_void,
}

// SAFETY: an operation that waits is the table's; the context is only passed through.
unsafe impl Send for Waiter {}

#[derive(Default)]
struct State {
    locks: Vec<Lock>,
    waiters: Vec<Waiter>,
}

impl State {
    /// Whether a lock may not be had beside those that are held.
    fn conflicts(&self, wanted: &Lock) -> bool {
        self.locks.iter().any(|held| {
            held.range.overlaps(wanted.range) && (wanted.exclusive || held.exclusive && held.owner != wanted.owner)
        })
    }
}

/// The routines of a driver.
#[derive(Clone, Copy)]
pub(crate) struct Routines {
    pub complete: sys::PFLT_COMPLETE_LOCK_CALLBACK_DATA_ROUTINE,
    pub unlock: sys::PUNLOCK_ROUTINE,
}

/// All locks of one file.
pub(crate) struct FileLock {
    address: usize,
    filter: Option<Arc<Filter>>,
    routines: Routines,
    state: Mutex<State>,
}

static TABLE: Mutex<Option<HashMap<usize, Arc<FileLock>>>> = Mutex::new(None);

fn complain(text: String) {
    if let Some(filter) = current_filter() {
        filter.report("L-14", text);
    }
}

/// Makes a structure one that holds locks.
pub(crate) fn initialize(structure: *mut FILE_LOCK, routines: Routines) {
    let filter = current_filter();
    if let Some(filter) = &filter {
        filter.ledger.file_locks.fetch_add(1, Ordering::AcqRel);
    }
    let address = structure as usize;
    let file_lock = Arc::new(FileLock { address, filter, routines, state: Mutex::default() });
    if TABLE.lock().get_or_insert_default().insert(address, file_lock).is_some() {
        complain("FltInitializeFileLock was called for a structure that is initialized already".to_owned());
    }
}

/// The locks of a structure; one that is not initialized is reported.
pub(crate) fn of(structure: *mut FILE_LOCK, routine: &str) -> Option<Arc<FileLock>> {
    let found = TABLE.lock().as_ref().and_then(|table| table.get(&(structure as usize))).cloned();
    if found.is_none() {
        complain(format!("{routine} was called for a file lock that is not initialized"));
    }
    found
}

/// Ends all locks of a structure; what waits for one fails.
pub(crate) fn uninitialize(structure: *mut FILE_LOCK, routine: &str) -> bool {
    let Some(file_lock) = of(structure, routine) else { return false };
    let taken: Vec<&Operation> = {
        let mut state = file_lock.state.lock();
        state.locks.clear();
        // SAFETY: what is in the list waits; who takes its cancellation out owns it. Who has canceled it finds the list in
        // the table still, and has to get this lock before it ends the operation.
        state.waiters.drain(..).filter_map(|waiter| unsafe { take(&waiter) }).collect()
    };
    TABLE.lock().get_or_insert_default().remove(&file_lock.address);
    if let Some(filter) = &file_lock.filter {
        filter.ledger.file_locks.fetch_sub(1, Ordering::AcqRel);
    }
    for operation in taken {
        end(operation, sys::STATUS_RANGE_NOT_LOCKED);
    }
    true
}

/// Takes a waiting operation back from its cancellation.
unsafe fn take<'a>(waiter: &Waiter) -> Option<&'a Operation> {
    // SAFETY: the caller has it from a list of what waits.
    let operation = unsafe { &*waiter.operation };
    operation.cancel.disarm().map(|_| operation)
}

/// Completes an operation that has waited.
fn end(operation: &Operation, status: NTSTATUS) {
    set_status(operation, status);
    pended::complete_pre(operation, pre::COMPLETE, ptr::null_mut());
}

fn set_status(operation: &Operation, status: NTSTATUS) {
    // SAFETY: the operation is in the filter's hands, and so in ours.
    unsafe { parameters::write_status(&mut (*operation.callback_data()).IoStatus, IoStatus::of(status)) };
}

/// Completes a canceled operation that waited for a lock.
///
/// # Safety
///
/// The caller must have taken the operation's [`Action::FileLock`].
pub(crate) unsafe fn canceled(address: usize, data: *mut sys::FLT_CALLBACK_DATA) {
    // SAFETY: the operation is the canceler's.
    let Some(operation) = (unsafe { CallbackBlock::of(data) }).operation() else { return };
    forget(address, operation);
    end(operation, sys::STATUS_CANCELLED);
}

/// Forgets an operation that somebody else goes on with.
pub(crate) fn forget(address: usize, operation: &Operation) {
    if let Some(file_lock) = TABLE.lock().as_ref().and_then(|table| table.get(&address)).cloned() {
        file_lock.state.lock().waiters.retain(|waiter| !ptr::eq(waiter.operation, operation));
    }
}

impl FileLock {
    /// Calls a routine of the driver.
    fn call<R: Copy>(&self, name: &'static str, f: impl FnOnce() -> R) -> Option<R> {
        let filter = self.filter.as_ref()?;
        invoke::at_most(filter.machine(), filter.image(), name, irql::APC_LEVEL, f).ok()
    }

    /// Tells the driver that an operation is done (rule L-14), and answers what it ends with.
    fn completed(&self, operation: &Operation, context: *mut c_void) -> NTSTATUS {
        set_status(operation, sys::STATUS_SUCCESS);
        let Some(routine) = self.routines.complete.filter(|_| operation.is_irp()) else { return sys::STATUS_SUCCESS };
        let data = operation.callback_data();
        // SAFETY: the driver gave the routine for exactly this call.
        self.call("lock completion routine", || unsafe { routine(context, data) }).unwrap_or(sys::STATUS_SUCCESS)
    }

    /// Tells the driver that locks are gone.
    fn unlocked(&self, locks: &[Lock], context: *mut c_void) {
        let Some(routine) = self.routines.unlock else { return };
        for lock in locks {
            let mut info = lock.info();
            // SAFETY: as above.
            self.call("unlock routine", || unsafe { routine(context, &raw mut info) });
        }
    }

    /// Takes a lock that was granted away again.
    fn withdraw(&self, lock: &Lock) {
        let mut state = self.state.lock();
        let same = |held: &Lock| {
            (held.range.offset, held.range.length, held.exclusive, held.owner)
                == (lock.range.offset, lock.range.length, lock.exclusive, lock.owner)
        };
        if let Some(index) = state.locks.iter().rposition(same) {
            state.locks.remove(index);
        }
    }

    /// Grants what waits and may be had by now, the oldest first.
    fn settle(&self) {
        loop {
            let granted = {
                let mut state = self.state.lock();
                let next = state.waiters.iter().position(|waiter| !state.conflicts(&waiter.lock));
                next.map(|index| {
                    let waiter = state.waiters.remove(index);
                    // SAFETY: it was in the list just now.
                    let operation = unsafe { take(&waiter) };
                    if operation.is_some() {
                        state.locks.push(waiter.lock);
                    }
                    (waiter, operation)
                })
            };
            match granted {
                None => return,
                Some((_, None)) => (),
                Some((waiter, Some(operation))) => {
                    let status = self.completed(operation, waiter.context);
                    if status < 0 {
                        self.withdraw(&waiter.lock);
                    }
                    end(operation, status);
                }
            }
        }
    }

    /// Takes out the locks that `doomed` chooses, and says so.
    fn unlock_where(&self, context: *mut c_void, doomed: impl Fn(&Lock) -> bool) -> usize {
        let gone: Vec<Lock> = self.state.lock().locks.extract_if(.., |lock| doomed(lock)).collect();
        self.unlocked(&gone, context);
        self.settle();
        gone.len()
    }

    /// Takes out all locks of a process by a file object: `FsRtlFastUnlockAll`.
    pub(crate) fn unlock_all(&self, file: usize, process: usize, context: *mut c_void) {
        self.unlock_where(context, |lock| (lock.owner.file, lock.owner.process) == (file, process));
    }

    /// The body of `FltProcessFileLock`: a status of a pre-operation callback.
    pub(crate) fn process(&self, operation: &Operation, context: *mut c_void) -> i32 {
        if operation.major != major::LOCK_CONTROL {
            operation.complain("L-14", "was given to FltProcessFileLock");
            set_status(operation, sys::STATUS_INVALID_DEVICE_REQUEST);
            return pre::COMPLETE;
        }
        let request = LockControl::of(operation);
        let status = match u32::from(request.minor) {
            sys::IRP_MN_LOCK => match self.lock(operation, &request, context) {
                Ok(status) => status,
                Err(decision) => return decision,
            },
            sys::IRP_MN_UNLOCK_SINGLE => self.unlock(&request.lock, context),
            sys::IRP_MN_UNLOCK_ALL => {
                let Owner { file, process, .. } = request.lock.owner;
                self.unlock_all(file, process, context);
                sys::STATUS_SUCCESS
            }
            sys::IRP_MN_UNLOCK_ALL_BY_KEY => {
                self.unlock_where(context, |lock| lock.owner == request.lock.owner);
                sys::STATUS_SUCCESS
            }
            _ => sys::STATUS_INVALID_DEVICE_REQUEST,
        };
        let status = if status < 0 { status } else { self.completed_or_withdrawn(operation, &request, context) };
        set_status(operation, status);
        pre::COMPLETE
    }

    /// As [`completed`](Self::completed); a lock that was granted goes if the driver will not have it.
    fn completed_or_withdrawn(&self, operation: &Operation, request: &LockControl, context: *mut c_void) -> NTSTATUS {
        let status = self.completed(operation, context);
        if status < 0 && u32::from(request.minor) == sys::IRP_MN_LOCK {
            self.withdraw(&request.lock);
            self.settle();
        }
        status
    }

    /// Grants a lock, or has it wait, which is the other answer.
    fn lock(&self, operation: &Operation, request: &LockControl, context: *mut c_void) -> Result<NTSTATUS, i32> {
        let Range { offset, length } = request.lock.range;
        if length != 0 && offset.checked_add(length - 1).is_none() {
            return Ok(sys::STATUS_INVALID_LOCK_RANGE);
        }
        // It may be pended, so it is in the list before anything is armed.
        let irp = operation.is_irp();
        if irp && !request.fail_immediately {
            pended::remember(operation);
        }
        let mut state = self.state.lock();
        if !state.conflicts(&request.lock) {
            state.locks.push(request.lock);
            return Ok(sys::STATUS_SUCCESS);
        }
        if request.fail_immediately {
            return Ok(sys::STATUS_LOCK_NOT_GRANTED);
        }
        if !irp {
            // Fast I/O cannot wait.
            return Err(pre::DISALLOW_FASTIO);
        }
        if !operation.cancel.arm(Action::FileLock(self.address)) {
            return Ok(sys::STATUS_CANCELLED);
        }
        state.waiters.push(Waiter { operation, lock: request.lock, context });
        Err(pre::PENDING)
    }

    fn unlock(&self, wanted: &Lock, context: *mut c_void) -> NTSTATUS {
        let found = {
            let mut state = self.state.lock();
            let is_it = |held: &Lock| {
                (held.range.offset, held.range.length, held.owner)
                    == (wanted.range.offset, wanted.range.length, wanted.owner)
            };
            state.locks.iter().position(is_it).map(|index| state.locks.remove(index))
        };
        let Some(lock) = found else { return sys::STATUS_RANGE_NOT_LOCKED };
        self.unlocked(&[lock], context);
        self.settle();
        sys::STATUS_SUCCESS
    }

    /// Whether a read or a write goes with the locks that are held.
    pub(crate) fn allows(&self, operation: &Operation, write: bool) -> bool {
        // SAFETY: whoever asks has the operation; reads and writes have their members at the same places.
        let transfer = unsafe { (*(*operation.callback_data()).Iopb).Parameters.Read };
        // SAFETY: every bit pattern is an integer.
        let offset = unsafe { transfer.ByteOffset.QuadPart }.cast_unsigned();
        let range = Range { offset, length: transfer.Length.into() };
        let file = operation.target_file().as_ptr() as usize;
        let owner = Owner { file, process: operation.process(), key: transfer.Key };
        self.state
            .lock()
            .locks
            .iter()
            .all(|held| !held.range.overlaps(range) || if held.exclusive { held.owner == owner } else { !write })
    }
}

/// What a lock operation asks for.
struct LockControl {
    minor: u8,
    lock: Lock,
    fail_immediately: bool,
}

impl LockControl {
    fn of(operation: &Operation) -> Self {
        // SAFETY: whoever asks has the operation; the member of the union is the lock's, whose length is NULL or valid.
        unsafe {
            let parameters = &*(*operation.callback_data()).Iopb;
            let control = parameters.Parameters.LockControl;
            let length = control.Length.as_ref().map_or(0, |length| length.QuadPart.cast_unsigned());
            // Rule B-27: an IRP says it in its flags.
            let flagged = |flag: u32| u32::from(parameters.OperationFlags) & flag != 0;
            let (exclusive, fail_immediately) = if operation.is_irp() {
                (flagged(sys::SL_EXCLUSIVE_LOCK), flagged(sys::SL_FAIL_IMMEDIATELY))
            } else {
                (control.ExclusiveLock != 0, control.FailImmediately != 0)
            };
            let file = operation.target_file().as_ptr() as usize;
            let owner = Owner { file, process: operation.process(), key: control.Key };
            let range = Range { offset: control.ByteOffset.QuadPart.cast_unsigned(), length };
            Self { minor: parameters.MinorFunction, lock: Lock { range, exclusive, owner }, fail_immediately }
        }
    }
}
