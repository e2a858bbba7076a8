//! The oplock package, for files that a filter owns (rules H-01 to H-29).
//!
//! A filter keeps an `OPLOCK` variable for each of its files and asks the package about every operation. What is in the
//! variable is a number here; what it stands for is in a table, so that a variable which was never initialized, or is no
//! more, is told apart.
//!
//! Requests that were granted and operations that wait are pended, and can be canceled: their cancellation is armed for
//! the package, and whoever takes that out owns the operation.

mod breaks;
mod requests;
mod state;
mod waiting;

use std::collections::HashMap;
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use fltmgr_sys as sys;
use fltmgr_sys::{FLT_CALLBACK_DATA, POPLOCK};
use parking_lot::Mutex;

pub(crate) use requests::{control, is_shared_request};
pub(crate) use waiting::{Check, WaitRoutines, Why, canceled, check, forget};

use super::filter::Filter;
use super::name::current_filter;
use super::operation::Operation;
use super::report::Report;
use super::stack::index_of;
use super::{major, parameters};
use crate::io::FileRef;
use state::{Act, HANDLE, Level, Owner, State};

/// One oplock.
pub(crate) struct Oplock {
    number: usize,
    /// The filter that initialized it, for the ledger.
    filter: Option<Arc<Filter>>,
    state: Mutex<State>,
    calls: Mutex<Calls>,
}

/// The calls of the driver's that are under way (rule H-08).
#[derive(Default)]
struct Calls {
    /// Those that ask for an oplock.
    requests: usize,
    /// Those that check, break or acknowledge.
    others: usize,
}

/// A call of the driver's that is under way.
struct Call<'a> {
    oplock: &'a Oplock,
    is_request: bool,
}

impl Drop for Call<'_> {
    fn drop(&mut self) {
        *self.oplock.calls.lock().of(self.is_request) -= 1;
    }
}

impl Calls {
    fn of(&mut self, is_request: bool) -> &mut usize {
        if is_request { &mut self.requests } else { &mut self.others }
    }
}

static TABLE: Mutex<Option<HashMap<usize, Arc<Oplock>>>> = Mutex::new(None);

fn find(number: usize) -> Option<Arc<Oplock>> {
    TABLE.lock().as_ref()?.get(&number).cloned()
}

fn complain(rule: &'static str, text: String) {
    if let Some(filter) = current_filter() {
        filter.report(rule, text);
    }
}

/// Reports a filter that uses oplocks and does not see every operation that it has to check (rule H-09).
fn check_callbacks(filter: &Filter) {
    const CHECKED: [u8; 8] = [
        major::CLEANUP,
        major::CREATE,
        major::FILE_SYSTEM_CONTROL,
        major::FLUSH_BUFFERS,
        major::LOCK_CONTROL,
        major::READ,
        major::SET_INFORMATION,
        major::WRITE,
    ];
    let sees = |major: u8| filter.operation(index_of(major)).is_some_and(|operation| operation.pre.is_some());
    let missing: Vec<_> = CHECKED.into_iter().filter(|major| !sees(*major)).map(parameters::name_of).collect();
    if !missing.is_empty() {
        filter.machine().report_once(Report {
            rule: "H-09",
            driver: filter.name().to_owned(),
            text: format!("uses oplocks without a pre-operation callback that checks them for {}", missing.join(", ")),
        });
    }
}

/// Makes an oplock (rule H-01).
///
/// # Safety
///
/// `variable` must be the driver's.
pub(crate) unsafe fn initialize(variable: POPLOCK) {
    static NEXT: AtomicUsize = AtomicUsize::new(1);
    // SAFETY: the caller vouches for the variable.
    unsafe {
        if !(*variable).is_null() {
            complain("H-01", "FltInitializeOplock was called for a variable that is not NULL".to_owned());
        }
        // As a driver sees it, it looks like an address.
        let number = NEXT.fetch_add(1, Ordering::Relaxed) * 16;
        let filter = current_filter();
        if let Some(filter) = &filter {
            filter.ledger.oplocks.fetch_add(1, Ordering::AcqRel);
            check_callbacks(filter);
        }
        let oplock = Arc::new(Oplock { number, filter, state: Mutex::default(), calls: Mutex::default() });
        TABLE.lock().get_or_insert_default().insert(number, oplock);
        variable.write(ptr::without_provenance_mut(number));
    }
}

/// Ends an oplock; who holds it or waits for it goes on (rule H-01).
///
/// # Safety
///
/// `variable` must be the driver's.
pub(crate) unsafe fn uninitialize(variable: POPLOCK) {
    // SAFETY: passed on.
    let Some(oplock) = (unsafe { of(variable, "FltUninitializeOplock") }) else { return };
    TABLE.lock().get_or_insert_default().remove(&oplock.number);
    // SAFETY: the caller vouches for the variable.
    unsafe { variable.write(ptr::null_mut()) };
    if let Some(filter) = &oplock.filter {
        filter.ledger.oplocks.fetch_sub(1, Ordering::AcqRel);
    }
    oplock.change(|state, acts| {
        let files: Vec<usize> = state.grants.iter().map(|grant| grant.owner.file).collect();
        for file in files {
            state.release_of(file, acts);
        }
        state.grants.clear();
    });
}

/// The oplock in a variable; one that is not initialized is reported (rule H-02).
///
/// # Safety
///
/// `variable` must be the driver's.
pub(crate) unsafe fn of(variable: POPLOCK, routine: &str) -> Option<Arc<Oplock>> {
    // SAFETY: the caller vouches for the variable.
    let found = find(unsafe { *variable } as usize);
    if found.is_none() {
        complain("H-02", format!("{routine} was called for an oplock that is not initialized"));
    }
    found
}

/// Whether fast I/O needs no look at the oplock (rule H-17).
///
/// # Safety
///
/// `variable` must be NULL or the driver's.
pub(crate) unsafe fn is_fast_io_possible(variable: POPLOCK) -> bool {
    // SAFETY: the caller vouches for the variable.
    let Some(oplock) = (unsafe { variable.as_ref() }).and_then(|number| find(*number as usize)) else { return true };
    let state = oplock.state.lock();
    state.grants.iter().all(|grant| !grant.level.is_shared() && grant.breaking.is_none())
}

/// Which oplocks are asked for (rule H-16).
#[derive(Clone, Copy)]
pub(crate) enum Which {
    Any,
    BatchOrFilter,
    CachingHandles,
}

impl Oplock {
    /// Whether such an oplock is held.
    pub(crate) fn has(&self, which: Which) -> bool {
        self.state.lock().grants.iter().any(|grant| match which {
            Which::Any => true,
            Which::BatchOrFilter => matches!(grant.level, Level::Batch | Level::Filter),
            Which::CachingHandles => grant.level.bits() & HANDLE != 0,
        })
    }

    /// Begins a call of the driver's. One that asks for an oplock must be the only one, which is reported (rule H-08).
    fn enter(&self, operation: &Operation, is_request: bool) -> Call<'_> {
        let mut calls = self.calls.lock();
        let alone = calls.requests == 0 && !(is_request && calls.others > 0);
        *calls.of(is_request) += 1;
        drop(calls);
        if !alone {
            operation.complain(
                "H-08",
                "was passed to an oplock routine while an oplock of the same file was asked for, or asked for one while \
                 another operation was checked; the driver has to serialize these calls",
            );
        }
        Call { oplock: self, is_request }
    }

    /// Changes the state, lets go on who may, and then does what that takes, without the lock.
    fn change<R>(&self, f: impl FnOnce(&mut State, &mut Vec<Act>) -> R) -> R {
        let mut acts = Vec::new();
        let result = {
            let mut state = self.state.lock();
            let result = f(&mut state, &mut acts);
            state.settle(&mut acts);
            result
        };
        acts.into_iter().for_each(waiting::act);
        result
    }
}

/// Whose an operation is.
fn owner_of(operation: &Operation) -> Owner {
    let file = operation.target_file();
    Owner { file: file.as_ptr() as usize, key: file.oplock_key() }
}

/// Whether two file objects are one for the oplock package (rule H-19).
pub(crate) fn keys_equal(one: &FileRef, other: &FileRef) -> bool {
    let owner = |file: &FileRef| Owner { file: file.as_ptr() as usize, key: file.oplock_key() };
    owner(one).is(&owner(other))
}

/// Stores the outcome of an operation that the package has.
fn set_status(data: *mut FLT_CALLBACK_DATA, status: sys::NTSTATUS, information: usize) {
    let outcome = super::callback_data::IoStatus { status, information };
    // SAFETY: the package has the operation, or runs in its pre-operation callback.
    unsafe { parameters::write_status(&mut (*data).IoStatus, outcome) };
}
