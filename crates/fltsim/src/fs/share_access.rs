//! Share modes, decided as `IoCheckShareAccess` decides them.

use fltmgr_sys::{
    DELETE, FILE_APPEND_DATA, FILE_EXECUTE, FILE_READ_DATA, FILE_SHARE_DELETE, FILE_SHARE_READ, FILE_SHARE_WRITE,
    FILE_WRITE_DATA, STATUS_SHARING_VIOLATION,
};

use super::{Result, fail};

/// What one open does and lets others do, as far as share modes ask.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "three kinds of access, each done or not and shared or not")]
struct Claim {
    reads: bool,
    writes: bool,
    deletes: bool,
    shares_read: bool,
    shares_write: bool,
    shares_delete: bool,
}

impl Claim {
    fn new(desired_access: u32, share_access: u32) -> Self {
        Self {
            reads: desired_access & (FILE_EXECUTE | FILE_READ_DATA) != 0,
            writes: desired_access & (FILE_WRITE_DATA | FILE_APPEND_DATA) != 0,
            deletes: desired_access & DELETE != 0,
            shares_read: share_access & FILE_SHARE_READ != 0,
            shares_write: share_access & FILE_SHARE_WRITE != 0,
            shares_delete: share_access & FILE_SHARE_DELETE != 0,
        }
    }

    /// An open for nothing but attributes and the like takes no part in sharing.
    fn counts(self) -> bool {
        self.reads || self.writes || self.deletes
    }
}

/// How the opens of a file share it: the counts of a `SHARE_ACCESS`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ShareAccess {
    /// Opens that read, write or delete.
    pub open_count: u32,
    /// Opens that read.
    pub readers: u32,
    /// Opens that write.
    pub writers: u32,
    /// Opens that may delete.
    pub deleters: u32,
    /// Opens that let others read.
    pub shared_read: u32,
    /// Opens that let others write.
    pub shared_write: u32,
    /// Opens that let others delete.
    pub shared_delete: u32,
}

impl ShareAccess {
    /// Whether one more open with this access, sharing this way, goes with those that are there.
    ///
    /// # Errors
    /// `STATUS_SHARING_VIOLATION`.
    pub fn check(&self, desired_access: u32, share_access: u32) -> Result<()> {
        let claim = Claim::new(desired_access, share_access);
        let refused = claim.reads && self.shared_read < self.open_count
            || claim.writes && self.shared_write < self.open_count
            || claim.deletes && self.shared_delete < self.open_count
            || self.readers != 0 && !claim.shares_read
            || self.writers != 0 && !claim.shares_write
            || self.deleters != 0 && !claim.shares_delete;
        if claim.counts() && refused { fail(STATUS_SHARING_VIOLATION) } else { Ok(()) }
    }

    /// Counts an open in.
    pub fn add(&mut self, granted_access: u32, share_access: u32) {
        self.count(granted_access, share_access, |count| *count += 1);
    }

    /// Counts an open out that was counted in with the same values.
    pub fn remove(&mut self, granted_access: u32, share_access: u32) {
        self.count(granted_access, share_access, |count| {
            *count = count.saturating_sub(1);
        });
    }

    fn count(&mut self, granted_access: u32, share_access: u32, step: impl Fn(&mut u32)) {
        let claim = Claim::new(granted_access, share_access);
        if !claim.counts() {
            return;
        }
        step(&mut self.open_count);
        for (holds, count) in [
            (claim.reads, &mut self.readers),
            (claim.writes, &mut self.writers),
            (claim.deletes, &mut self.deleters),
            (claim.shares_read, &mut self.shared_read),
            (claim.shares_write, &mut self.shared_write),
            (claim.shares_delete, &mut self.shared_delete),
        ] {
            if holds {
                step(count);
            }
        }
    }
}
