//! Byte-range locks of a stream, after [MS-FSA] 2.1.4.10 and 2.1.5.8 to 2.1.5.10 and the routines `FsRtlProcessFileLock`
//! stands on.

use fltmgr_sys::{
    STATUS_CANCELLED, STATUS_FILE_LOCK_CONFLICT, STATUS_INVALID_LOCK_RANGE, STATUS_INVALID_PARAMETER,
    STATUS_LOCK_NOT_GRANTED, STATUS_RANGE_NOT_LOCKED,
};
use parking_lot::{Condvar, Mutex};

use super::control_block::Open;
use super::{FileSystem, Result, fail};

/// Who locks, reads or writes, beside the open it is done through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LockOwner {
    /// The process, as `IoGetRequestorProcess` gives it.
    pub process: usize,
    /// The key given with the operation, 0 for none.
    pub key: u32,
}

/// A range to lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LockRequest {
    /// The first byte.
    pub offset: u64,
    /// How many bytes; 0 is a range that holds nothing and conflicts with nothing.
    pub length: u64,
    /// Whether nobody else may read or lock the range.
    pub exclusive: bool,
    /// Whether to fail rather than wait while the range is locked.
    pub fail_immediately: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Range {
    offset: u64,
    length: u64,
}

impl Range {
    fn new(offset: u64, length: u64) -> Result<Self> {
        if length != 0 && offset.checked_add(length - 1).is_none() {
            return fail(STATUS_INVALID_LOCK_RANGE);
        }
        Ok(Self { offset, length })
    }

    fn overlaps(self, other: Self) -> bool {
        self.length != 0
            && other.length != 0
            && self.offset <= other.offset + (other.length - 1)
            && other.offset <= self.offset + (self.length - 1)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Lock {
    range: Range,
    exclusive: bool,
    /// The number of the open that locked.
    open: u64,
    owner: LockOwner,
}

#[derive(Debug, Default)]
struct Held {
    locks: Vec<Lock>,
    /// Opens whose waiting requests are to be given up.
    cleaned_up: Vec<u64>,
    waiting: usize,
}

/// The locks of one stream.
#[derive(Debug, Default)]
pub(super) struct ByteRangeLocks {
    held: Mutex<Held>,
    changed: Condvar,
}

impl ByteRangeLocks {
    fn lock(&self, open: u64, owner: LockOwner, request: &LockRequest) -> Result<()> {
        let range = Range::new(request.offset, request.length)?;
        let mut held = self.held.lock();
        loop {
            let conflict = held.locks.iter().any(|lock| {
                lock.range.overlaps(range)
                    && (request.exclusive || lock.exclusive && (lock.open != open || lock.owner != owner))
            });
            if !conflict {
                held.locks.push(Lock { range, exclusive: request.exclusive, open, owner });
                return Ok(());
            }
            if request.fail_immediately {
                return fail(STATUS_LOCK_NOT_GRANTED);
            }
            if held.cleaned_up.contains(&open) {
                return fail(STATUS_CANCELLED);
            }
            held.waiting += 1;
            self.changed.wait(&mut held);
            held.waiting -= 1;
        }
    }

    fn unlock(&self, open: u64, owner: LockOwner, offset: u64, length: u64) -> Result<()> {
        let range = Range::new(offset, length)?;
        let mut held = self.held.lock();
        let is_it = |lock: &Lock| lock.range == range && lock.open == open && lock.owner == owner;
        // Where the same range is locked both ways, the exclusive lock goes first.
        let exclusive = held.locks.iter().position(|lock| is_it(lock) && lock.exclusive);
        match exclusive.or_else(|| held.locks.iter().position(is_it)) {
            Some(at) => {
                held.locks.remove(at);
                self.changed.notify_all();
                Ok(())
            }
            None => fail(STATUS_RANGE_NOT_LOCKED),
        }
    }

    fn unlock_where(&self, doomed: impl Fn(&Lock) -> bool) {
        self.held.lock().locks.retain(|lock| !doomed(lock));
        self.changed.notify_all();
    }

    /// Gives up what an open holds and waits for.
    pub(super) fn clean_up(&self, open: u64) {
        let mut held = self.held.lock();
        held.locks.retain(|lock| lock.open != open);
        if held.waiting > 0 {
            held.cleaned_up.push(open);
        } else {
            held.cleaned_up.clear();
        }
        self.changed.notify_all();
    }

    /// Whether a read (or a write) of a range goes with the locks that are held.
    pub(super) fn check(&self, open: u64, owner: LockOwner, offset: u64, length: usize, write: bool) -> Result<()> {
        let held = self.held.lock();
        if held.locks.is_empty() {
            return Ok(());
        }
        let range = Range::new(offset, length as u64)?;
        let conflict = held.locks.iter().any(|lock| {
            let foreign = lock.open != open || lock.owner != owner;
            lock.range.overlaps(range) && if lock.exclusive { foreign } else { write }
        });
        if conflict { fail(STATUS_FILE_LOCK_CONFLICT) } else { Ok(()) }
    }
}

impl FileSystem {
    /// Locks a range, waiting for it unless the request says otherwise.
    ///
    /// # Errors
    /// `STATUS_LOCK_NOT_GRANTED`, `STATUS_INVALID_LOCK_RANGE`, `STATUS_INVALID_PARAMETER` for a directory,
    /// `STATUS_CANCELLED` where the open was cleaned up meanwhile.
    pub fn lock(&self, open: &Open, owner: LockOwner, request: &LockRequest) -> Result<()> {
        require_stream(open)?;
        open.stream().locks.lock(open.number(), owner, request)
    }

    /// Unlocks a range that was locked exactly so.
    ///
    /// # Errors
    /// `STATUS_RANGE_NOT_LOCKED`, `STATUS_INVALID_PARAMETER` for a directory.
    pub fn unlock(&self, open: &Open, owner: LockOwner, offset: u64, length: u64) -> Result<()> {
        require_stream(open)?;
        open.stream().locks.unlock(open.number(), owner, offset, length)
    }

    /// Unlocks all that a process has locked through this open: `IRP_MN_UNLOCK_ALL`.
    ///
    /// # Errors
    /// `STATUS_INVALID_PARAMETER` for a directory.
    pub fn unlock_all(&self, open: &Open, process: usize) -> Result<()> {
        require_stream(open)?;
        let number = open.number();
        open.stream().locks.unlock_where(|lock| lock.open == number && lock.owner.process == process);
        Ok(())
    }

    /// Unlocks all that a process has locked through this open with a key: `IRP_MN_UNLOCK_ALL_BY_KEY`.
    ///
    /// # Errors
    /// `STATUS_INVALID_PARAMETER` for a directory.
    pub fn unlock_all_by_key(&self, open: &Open, owner: LockOwner) -> Result<()> {
        require_stream(open)?;
        let number = open.number();
        open.stream().locks.unlock_where(|lock| lock.open == number && lock.owner == owner);
        Ok(())
    }
}

/// Directories have no bytes to lock.
fn require_stream(open: &Open) -> Result<()> {
    if open.is_directory() { fail(STATUS_INVALID_PARAMETER) } else { Ok(()) }
}
