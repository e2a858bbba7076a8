//! What a backing tree must do. A store knows nothing of handles, share modes or pending deletes.

use std::fs::File;
use std::sync::Arc;

use super::Result;

/// What tells the nodes of a store apart: stable as long as the node exists, whatever its names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId {
    /// Which of the host's file systems, 0 for the one the root is on.
    pub device: u64,
    /// The number of the node on it.
    pub number: u64,
}

impl NodeId {
    /// The 64-bit file number that `FileInternalInformation` reports.
    pub fn file_id(self) -> u64 {
        self.number ^ self.device.rotate_right(16)
    }

    /// The 128-bit file number that `FileIdInformation` reports.
    pub fn file_id_128(self) -> [u8; 16] {
        (u128::from(self.number) | u128::from(self.device) << 64).to_le_bytes()
    }
}

/// What a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NodeKind {
    /// A file with content.
    File,
    /// A directory.
    Directory,
    /// A symbolic link of Unix, which Windows sees as a reparse point.
    SymbolicLink,
    /// A named pipe of Unix.
    Fifo,
    /// A socket of Unix.
    Socket,
    /// A character device of Unix.
    CharacterDevice,
    /// A block device of Unix.
    BlockDevice,
}

/// A node to make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NewNode<'a> {
    /// An empty file.
    File,
    /// An empty directory.
    Directory,
    /// A symbolic link to this target.
    SymbolicLink(&'a [u8]),
    /// A named pipe.
    Fifo,
    /// A socket.
    Socket,
}

/// What is known of a node beside its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Metadata {
    /// What the node is.
    pub kind: NodeKind,
    /// The length of the content in bytes; of a symbolic link, the length of its target.
    pub size: u64,
    /// The bytes the content takes on the medium.
    pub allocated: u64,
    /// How many names the node has.
    pub links: u32,
    /// When it was made, in 100 ns since 1601.
    pub creation_time: i64,
    /// When its content was last read.
    pub access_time: i64,
    /// When its content was last changed.
    pub write_time: i64,
    /// When anything of it was last changed.
    pub change_time: i64,
    /// The `FILE_ATTRIBUTE_*` that can be set, without those that follow from the node's kind.
    pub attributes: u32,
    /// The tag of the reparse data that was set, 0 where there is none.
    pub reparse_tag: u32,
    /// The length of all extended attributes as `FileEaInformation` reports it, 0 where there are none.
    pub ea_size: u32,
    /// The mode of Unix, without the type of the file.
    pub mode: u32,
    /// The owner of Unix.
    pub uid: u32,
    /// The group of Unix.
    pub gid: u32,
    /// The major and minor number of a device of Unix.
    pub device: (u32, u32),
}

/// What is to be changed of [`Metadata`]; what is `None` stays.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MetadataChange {
    /// The creation time.
    pub creation_time: Option<i64>,
    /// The time of the last access.
    pub access_time: Option<i64>,
    /// The time of the last write.
    pub write_time: Option<i64>,
    /// The time of the last change of any kind. A store on the host cannot set it and leaves it to the host.
    pub change_time: Option<i64>,
    /// The settable attributes, all of them.
    pub attributes: Option<u32>,
    /// The mode.
    pub mode: Option<u32>,
    /// The owner.
    pub uid: Option<u32>,
    /// The group.
    pub gid: Option<u32>,
}

/// The size of a store, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Space {
    /// All there is.
    pub total: u64,
    /// What is free.
    pub free: u64,
    /// What is free for this process.
    pub available: u64,
}

/// A backing tree.
///
/// Paths are volume-relative, start with a backslash, have passed [`check`](super::name::check), and are taken exactly
/// as they are spelled. A path through anything but directories fails.
pub trait Store: Send + Sync {
    /// Opens what the path names, following nothing.
    ///
    /// # Errors
    /// `STATUS_OBJECT_NAME_NOT_FOUND` or `STATUS_OBJECT_PATH_NOT_FOUND` where there is none (a store need not tell them
    /// apart), `STATUS_IO_REPARSE_TAG_NOT_HANDLED` for a path through a symbolic link.
    fn open(&self, path: &[u16]) -> Result<Arc<dyn Node>>;

    /// Makes a node where there is none, with this mode if one is given.
    ///
    /// # Errors
    /// `STATUS_OBJECT_NAME_COLLISION` where the name is taken.
    fn create(&self, path: &[u16], new: NewNode<'_>, mode: Option<u32>) -> Result<Arc<dyn Node>>;

    /// Puts a new node in the place of one that is no directory, keeping owner, group and times.
    ///
    /// # Errors
    /// As [`create`](Self::create).
    fn replace(&self, path: &[u16], new: NewNode<'_>) -> Result<Arc<dyn Node>>;

    /// Takes a name away: a directory's, which must be empty, or another node's.
    ///
    /// # Errors
    /// `STATUS_DIRECTORY_NOT_EMPTY`, or as [`open`](Self::open).
    fn remove(&self, path: &[u16], directory: bool) -> Result<()>;

    /// Moves a name, onto an existing one if `replace` says so.
    ///
    /// # Errors
    /// `STATUS_OBJECT_NAME_COLLISION` where the new name is taken and may not be replaced.
    fn rename(&self, from: &[u16], to: &[u16], replace: bool) -> Result<()>;

    /// Gives what `from` names a second name.
    ///
    /// # Errors
    /// `STATUS_OBJECT_NAME_COLLISION` where the name is taken.
    fn link(&self, from: &[u16], to: &[u16]) -> Result<()>;

    /// The size of the store.
    ///
    /// # Errors
    /// What the host says.
    fn space(&self) -> Result<Space>;
}

/// A file, directory or link of a store, held open whatever becomes of its names.
pub trait Node: Send + Sync {
    /// Which node this is.
    fn id(&self) -> NodeId;

    /// What it is.
    fn kind(&self) -> NodeKind;

    /// What is known of it.
    ///
    /// # Errors
    /// What the host says.
    fn metadata(&self) -> Result<Metadata>;

    /// Changes what is known of it.
    ///
    /// # Errors
    /// `STATUS_ACCESS_DENIED` where the host does not allow it.
    fn set_metadata(&self, change: &MetadataChange) -> Result<()>;

    /// The names in a directory, without `.` and `..`, in no particular order.
    ///
    /// # Errors
    /// `STATUS_NOT_A_DIRECTORY`.
    fn list(&self) -> Result<Vec<Vec<u16>>>;

    /// Whether a directory has no entry.
    ///
    /// # Errors
    /// `STATUS_NOT_A_DIRECTORY`.
    fn is_empty(&self) -> Result<bool> {
        Ok(self.list()?.is_empty())
    }

    /// The entry of a directory whose name is this one once both are folded.
    ///
    /// # Errors
    /// `STATUS_NOT_A_DIRECTORY`.
    fn find_folded(&self, name: &[u16]) -> Result<Option<Vec<u16>>> {
        Ok(self.list()?.into_iter().find(|entry| super::name::equal_folded(entry, name)))
    }

    /// What is known of an entry of a directory.
    ///
    /// # Errors
    /// `STATUS_OBJECT_NAME_NOT_FOUND` where it is gone.
    fn entry_metadata(&self, name: &[u16]) -> Result<(NodeId, Metadata)>;

    /// Reads a file from `offset` on; fewer bytes than asked for only at its end.
    ///
    /// # Errors
    /// What the host says.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize>;

    /// Writes to a file at `offset`, making it longer where needed.
    ///
    /// # Errors
    /// What the host says.
    fn write_at(&self, offset: u64, data: &[u8]) -> Result<()>;

    /// Cuts a file or extends it with zeros.
    ///
    /// # Errors
    /// What the host says.
    fn set_size(&self, size: u64) -> Result<()>;

    /// Reserves space for the first `length` bytes of a file, leaving its size.
    ///
    /// # Errors
    /// `STATUS_DISK_FULL`.
    fn reserve(&self, length: u64) -> Result<()>;

    /// Makes a range of a file zeros, giving its space back, leaving the file's size.
    ///
    /// # Errors
    /// What the host says.
    fn zero(&self, offset: u64, length: u64) -> Result<()>;

    /// Brings what was written to the medium.
    ///
    /// # Errors
    /// What the host says.
    fn flush(&self) -> Result<()>;

    /// The target of a symbolic link.
    ///
    /// # Errors
    /// `STATUS_NOT_A_REPARSE_POINT` for anything else.
    fn target(&self) -> Result<Vec<u8>>;

    /// The whole reparse buffer that was set, if any.
    ///
    /// # Errors
    /// What the host says.
    fn reparse_data(&self) -> Result<Option<Vec<u8>>>;

    /// Sets the reparse buffer or takes it away.
    ///
    /// # Errors
    /// `STATUS_NOT_SUPPORTED` where the host keeps no extended attributes.
    fn set_reparse_data(&self, data: Option<&[u8]>) -> Result<()>;

    /// The self-relative security descriptor that was set, if any.
    ///
    /// # Errors
    /// What the host says.
    fn security(&self) -> Result<Option<Vec<u8>>>;

    /// Sets the security descriptor.
    ///
    /// # Errors
    /// `STATUS_NOT_SUPPORTED` where the host keeps no extended attributes.
    fn set_security(&self, descriptor: &[u8]) -> Result<()>;

    /// The names and values of all extended attributes.
    ///
    /// # Errors
    /// What the host says.
    fn extended_attributes(&self) -> Result<Vec<(Vec<u8>, Vec<u8>)>>;

    /// Sets an extended attribute or takes it away.
    ///
    /// # Errors
    /// `STATUS_EAS_NOT_SUPPORTED` where the host keeps none.
    fn set_extended_attribute(&self, name: &[u8], value: Option<&[u8]>) -> Result<()>;

    /// The host's own file behind this one, opened a second time, where there is one.
    ///
    /// # Errors
    /// What the host says.
    fn host_file(&self, writable: bool) -> Result<Option<File>>;
}

/// The length of extended attributes as `FileEaInformation` reports it.
pub(super) fn ea_size(attributes: impl Iterator<Item = (usize, usize)>) -> u32 {
    let total: usize = attributes.map(|(name, value)| 5 + name + value).sum();
    if total == 0 { 0 } else { super::structure::length_u32(total + 4) }
}
