//! Open files, by the handle numbers the kernel holds.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use fuser::{BackingId, FileHandle};

use super::listing::Listing;
use crate::io::File;

/// How the kernel treats an open file.
#[derive(Clone)]
pub(super) enum Mode {
    /// Its page cache stands aside, so that every read and write arrives here; what still comes from it is paging I/O.
    Direct,
    /// Its page cache answers what it can.
    Cached,
    /// It reads and writes the host's file by itself (FUSE passthrough).
    Passthrough(Arc<BackingId>),
}

/// One open file or directory.
pub(super) struct Handle {
    /// The handle in the simulated machine. Dropping the last reference to it is the cleanup and the close.
    pub file: Arc<File>,
    /// The host's number of the thread that opened it.
    pub opener: u32,
    /// Opened with `O_APPEND`.
    pub append: bool,
    /// Opened for reading.
    pub readable: bool,
    /// Opened for writing.
    pub writable: bool,
    /// How the kernel treats it.
    pub mode: Mode,
    /// What a directory contained when it was last read from its beginning.
    pub listing: Mutex<Option<Arc<Listing>>>,
}

/// All open files.
#[derive(Default)]
pub(super) struct Handles {
    open: RwLock<HashMap<u64, Arc<Handle>>>,
    next: AtomicU64,
}

impl Handles {
    /// Takes an open file in and gives it a number.
    pub fn insert(&self, handle: Arc<Handle>) -> FileHandle {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        self.open.write().unwrap_or_else(PoisonError::into_inner).insert(number, handle);
        FileHandle(number)
    }

    /// The open file of this number.
    pub fn get(&self, number: FileHandle) -> Option<Arc<Handle>> {
        self.open.read().unwrap_or_else(PoisonError::into_inner).get(&number.0).cloned()
    }

    /// Gives the open file of this number up.
    pub fn remove(&self, number: FileHandle) -> Option<Arc<Handle>> {
        self.open.write().unwrap_or_else(PoisonError::into_inner).remove(&number.0)
    }

    /// Whether nothing is open.
    pub fn is_empty(&self) -> bool {
        self.open.read().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    /// Gives up every open file, as the end of a process does.
    pub fn clear(&self) {
        let all = std::mem::take(&mut *self.open.write().unwrap_or_else(PoisonError::into_inner));
        drop(all);
    }
}
