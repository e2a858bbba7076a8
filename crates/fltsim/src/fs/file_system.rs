//! A volume's file system.

use std::fs::File;
use std::sync::Arc;

use parking_lot::RwLock;

use super::control_block::{Open, Tables};
use super::store::{Metadata, NodeKind, Store};
use super::{Result, name, time};

/// A store with the behaviour of a file system of Windows.
pub struct FileSystem {
    pub(super) store: Box<dyn Store>,
    pub(super) label: RwLock<Vec<u16>>,
    pub(super) serial_number: u32,
    pub(super) creation_time: i64,
    pub(super) tables: Arc<Tables>,
    /// Held for reading to open what is there, for writing to make, move or take away a name.
    pub(super) namespace: RwLock<()>,
    pub(super) tunnel: super::tunnel::Tunnel,
}

impl FileSystem {
    /// The file system of a store, with the volume's label.
    pub fn new(store: Box<dyn Store>, label: &str) -> Self {
        let label = name::utf16(label);
        // FNV-1a: the serial number is the same each time a volume of this name is made.
        let serial_number =
            label.iter().fold(0x811C_9DC5_u32, |hash, unit| (hash ^ u32::from(*unit)).wrapping_mul(0x0100_0193));
        let root = store.open(&[name::SEPARATOR]).and_then(|root| root.metadata());
        Self {
            creation_time: root.map_or_else(|_| time::now(), |root| root.creation_time),
            store,
            label: RwLock::new(label),
            serial_number,
            tables: Arc::default(),
            namespace: RwLock::new(()),
            tunnel: super::tunnel::Tunnel::default(),
        }
    }

    /// The volume-relative path of what is open, as it is now and spelled as on the volume.
    pub fn name_of(&self, open: &Open) -> Vec<u16> {
        open.name()
    }

    /// How many opens of the same file were not cleaned up yet.
    pub fn handle_count(&self, open: &Open) -> u32 {
        open.stream().state.lock().handles
    }

    /// The share counts of the file that is open.
    pub fn share_access_of(&self, open: &Open) -> super::ShareAccess {
        open.stream().state.lock().share
    }

    /// The host's own file behind an open one, opened a second time, where the store has files on the host. What is
    /// read and written there passes by byte-range locks and everything else.
    ///
    /// # Errors
    /// What the host says.
    pub fn host_file(&self, open: &Open, writable: bool) -> Result<Option<File>> {
        open.node().host_file(writable)
    }

    /// What the store knows of an open file, in the terms of Unix as well.
    ///
    /// # Errors
    /// What the host says.
    pub fn metadata(&self, open: &Open) -> Result<Metadata> {
        open.node().metadata()
    }
}

impl std::fmt::Debug for FileSystem {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("FileSystem")
            .field("label", &String::from_utf16_lossy(&self.label.read()))
            .finish_non_exhaustive()
    }
}

/// The reparse tag a node shows.
pub(super) fn reparse_tag(metadata: &Metadata) -> u32 {
    super::reparse::tag_of_kind(metadata.kind).unwrap_or(metadata.reparse_tag)
}

/// The `FILE_ATTRIBUTE_*` a node shows.
pub(super) fn attributes(metadata: &Metadata) -> u32 {
    let mut attributes = metadata.attributes;
    if metadata.kind == NodeKind::Directory {
        attributes |= fltmgr_sys::FILE_ATTRIBUTE_DIRECTORY;
    }
    if reparse_tag(metadata) != 0 {
        attributes |= fltmgr_sys::FILE_ATTRIBUTE_REPARSE_POINT;
    }
    if attributes == 0 { fltmgr_sys::FILE_ATTRIBUTE_NORMAL } else { attributes }
}
