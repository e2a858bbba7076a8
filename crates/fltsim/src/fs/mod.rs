//! The file systems at the bottom of a volume.
//!
//! A [`Store`] is a tree of files, directories and links: [`MemoryStore`] keeps one in memory, [`DirectoryStore`] is a
//! folder of the host. [`FileSystem`] gives either of them the behaviour of NTFS, as [MS-FSA] and the documentation of
//! `NtCreateFile`, `NtSetInformationFile` and `NtQueryDirectoryFile` describe it: share modes, delete pending, rename
//! with and without replacement, directory queries, byte-range locks.
//!
//! What is not here: named streams, checks against security descriptors, oplocks, change notification, quotas, object identifiers,
//! transactions and compression. Short names are there for tunneling alone, on a volume that is told to keep them.
//!
//! Locks are taken in this order: the namespace of the file system, the stream's I/O lock, the stream's state, the
//! tables of what is open, a link's state. Reads and writes take only their own stream's.

mod byte_range_locks;
mod control_block;
mod create;
mod data;
mod deletion;
mod directory;
mod directory_enumeration;
mod expression;
mod extended_attributes;
mod file_control;
mod file_system;
pub mod host_name;
mod information;
mod memory;
pub mod name;
mod rename;
mod reparse;
mod resolve;
mod security;
mod set_information;
mod share_access;
mod store;
mod structure;
pub mod time;
mod tunnel;
mod volume_information;

pub use byte_range_locks::{LockOwner, LockRequest};
pub use control_block::Open;
pub use create::CreateParameters;
pub use data::WriteOffset;
pub use directory::DirectoryStore;
pub use directory_enumeration::DirectoryQuery;
pub use expression::Expression;
pub use extended_attributes::ExtendedAttributeQuery;
pub use file_system::FileSystem;
pub use memory::MemoryStore;
pub use reparse::ReparsePoint;
pub(crate) use security::{is_descriptor as is_security_descriptor, is_valid_descriptor};
pub use share_access::ShareAccess;
pub use store::{Metadata, MetadataChange, NewNode, Node, NodeId, NodeKind, Space, Store};

use crate::status::NtStatus;

/// What operations of a file system give: a value or the status they failed with.
pub type Result<T> = std::result::Result<T, NtStatus>;

/// Fails with a status.
fn fail<T>(status: i32) -> Result<T> {
    Err(NtStatus(status))
}
