//! What is granted on one oplock, and who waits for a break of it.

use std::ffi::c_void;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;

use fltmgr_sys as sys;
use fltmgr_sys::{FLT_CALLBACK_DATA, NTSTATUS};

use super::super::operation::Operation;
use super::breaks::{Access, effect};

/// The two caching levels that are named most.
pub(super) const READ: u32 = sys::OPLOCK_LEVEL_CACHE_READ;
pub(super) const HANDLE: u32 = sys::OPLOCK_LEVEL_CACHE_HANDLE;
pub(super) const WRITE: u32 = sys::OPLOCK_LEVEL_CACHE_WRITE;

/// A level of an oplock.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Level {
    Level1,
    Level2,
    Batch,
    Filter,
    /// One of `FSCTL_REQUEST_OPLOCK`: a combination of `OPLOCK_LEVEL_CACHE_…`.
    Cache(u32),
}

impl Level {
    /// Whether several may hold it.
    pub(super) fn is_shared(self) -> bool {
        match self {
            Self::Level2 => true,
            Self::Cache(bits) => bits & WRITE == 0,
            _ => false,
        }
    }

    /// The bits of a caching level.
    pub(super) fn bits(self) -> u32 {
        if let Self::Cache(bits) = self { bits } else { 0 }
    }
}

/// What a break leaves of an oplock.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Rest {
    Nothing,
    Level(Level),
}

impl Rest {
    /// The bits of a caching level that is left.
    pub(super) fn bits(self) -> u32 {
        if let Self::Level(level) = self { level.bits() } else { 0 }
    }
}

/// Whose an oplock or an operation is.
#[derive(Clone, Copy)]
pub(super) struct Owner {
    /// The address of the file object.
    pub file: usize,
    /// The oplock key.
    pub key: Option<[u8; 16]>,
}

impl Owner {
    /// Whether two are one for the oplock package (rule H-19).
    pub(super) fn is(&self, other: &Self) -> bool {
        self.file == other.file || self.key.is_some() && self.key == other.key
    }
}

/// An operation that the package holds. It is alive as long as its cancellation is armed for the package.
#[derive(Clone, Copy)]
pub(super) struct Held(pub(super) *const Operation);

// SAFETY: an operation that is held is the package's.
unsafe impl Send for Held {}

impl Held {
    /// The operation.
    ///
    /// # Safety
    ///
    /// It must still be held, or just have been taken back from its cancellation.
    pub(super) unsafe fn operation<'a>(self) -> &'a Operation {
        // SAFETY: passed on.
        unsafe { &*self.0 }
    }

    /// Takes the operation back from its cancellation; false if the canceler has it.
    pub(super) fn take(self) -> bool {
        // SAFETY: what is in the state's lists is held.
        unsafe { self.operation() }.cancel.disarm().is_some()
    }
}

/// A granted oplock.
pub(super) struct Grant {
    pub level: Level,
    pub owner: Owner,
    /// The request, which stays pending until the oplock breaks (rule H-20).
    pub request: Option<Held>,
    /// What it breaks to, once it does and until that is acknowledged.
    pub breaking: Option<Rest>,
}

/// A completion routine of a wait.
pub(super) type WaitComplete = unsafe extern "efiapi" fn(*mut FLT_CALLBACK_DATA, *mut c_void);

/// What happens when a wait is over.
pub(super) enum How {
    /// The filter's routine is called.
    Routine(WaitComplete, *mut c_void),
    /// A thread goes on.
    Blocked(Arc<AtomicU32>),
    /// The operation is completed: it asked for nothing but the end of the break.
    Notify,
}

// SAFETY: the context is only passed through.
unsafe impl Send for How {}

/// An operation that waits for the end of a break.
pub(super) struct Waiter {
    pub operation: Held,
    pub access: Access,
    pub how: How,
}

/// What is to be done when the lock is released.
pub(super) enum Act {
    /// A request is completed.
    Complete { request: Held, status: NTSTATUS, information: usize, new_level: Option<NewLevel> },
    /// A wait is over.
    Resume { waiter: Waiter, status: NTSTATUS },
}

/// What a request of `FSCTL_REQUEST_OPLOCK` is told.
#[derive(Clone, Copy)]
pub(super) struct NewLevel {
    pub original: u32,
    pub new: u32,
    pub acknowledge: bool,
}

/// The state of one oplock.
#[derive(Default)]
pub(super) struct State {
    pub grants: Vec<Grant>,
    pub waiters: Vec<Waiter>,
}

impl State {
    /// Whether an operation would break anything.
    pub(super) fn would_break(&self, access: &Access) -> bool {
        self.grants.iter().any(|grant| effect(grant, access).is_some())
    }

    /// Begins the breaks that an operation causes. Answers whether it has to wait.
    pub(super) fn begin_breaks(&mut self, access: &Access, acts: &mut Vec<Act>) -> bool {
        let mut wait = false;
        self.grants.retain_mut(|grant| {
            let Some(effect) = effect(grant, access) else { return true };
            if grant.breaking.is_some() {
                wait |= effect.wait;
                return true;
            }
            if !tell(grant, effect.to, effect.acknowledge, acts) {
                // Whoever cancels the request ends the oplock.
                return true;
            }
            if effect.acknowledge {
                grant.breaking = Some(effect.to);
                wait |= effect.wait;
            }
            effect.acknowledge
        });
        wait
    }

    /// Ends what a file object holds, as its cleanup does (rule H-27).
    pub(super) fn release_of(&mut self, file: usize, acts: &mut Vec<Act>) {
        self.grants.retain_mut(|grant| {
            if grant.owner.file != file {
                return true;
            }
            let Some(request) = grant.request.take() else { return false };
            if !request.take() {
                grant.request = Some(request);
                return true;
            }
            acts.push(match grant.level {
                Level::Cache(original) => Act::Complete {
                    request,
                    status: sys::STATUS_OPLOCK_HANDLE_CLOSED,
                    information: size_of::<sys::REQUEST_OPLOCK_OUTPUT_BUFFER>(),
                    new_level: Some(NewLevel { original, new: 0, acknowledge: false }),
                },
                _ => to_none(request),
            });
            false
        });
    }

    /// Lets everybody go on who does not have to wait any more.
    pub(super) fn settle(&mut self, acts: &mut Vec<Act>) {
        let mut waiters = std::mem::take(&mut self.waiters);
        waiters.retain_mut(|waiter| {
            let wait = match waiter.how {
                How::Notify => self.grants.iter().any(|grant| grant.breaking.is_some()),
                _ => self.begin_breaks(&waiter.access, acts),
            };
            if wait || !waiter.operation.take() {
                return true;
            }
            let resumed = Waiter {
                operation: waiter.operation,
                access: waiter.access,
                how: std::mem::replace(&mut waiter.how, How::Notify),
            };
            acts.push(Act::Resume { waiter: resumed, status: sys::STATUS_SUCCESS });
            false
        });
        self.waiters = waiters;
    }
}

/// The completion of a legacy request whose oplock is broken to none.
pub(super) fn to_none(request: Held) -> Act {
    let information = sys::FILE_OPLOCK_BROKEN_TO_NONE as usize;
    Act::Complete { request, status: sys::STATUS_SUCCESS, information, new_level: None }
}

/// Completes the request of a grant that breaks (rule H-20); false if the request is being canceled.
fn tell(grant: &mut Grant, to: Rest, acknowledge: bool, acts: &mut Vec<Act>) -> bool {
    let Some(request) = grant.request else { return true };
    if !request.take() {
        return false;
    }
    grant.request = None;
    acts.push(match grant.level {
        Level::Cache(original) => Act::Complete {
            request,
            status: sys::STATUS_SUCCESS,
            information: size_of::<sys::REQUEST_OPLOCK_OUTPUT_BUFFER>(),
            new_level: Some(NewLevel { original, new: to.bits(), acknowledge }),
        },
        _ if to == Rest::Level(Level::Level2) => Act::Complete {
            request,
            status: sys::STATUS_SUCCESS,
            information: sys::FILE_OPLOCK_BROKEN_TO_LEVEL_2 as usize,
            new_level: None,
        },
        _ => to_none(request),
    });
    true
}
