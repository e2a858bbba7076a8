//! Reparse points. What Unix has beside files and directories shows as the reparse points that WSL makes of it; what
//! sets such a reparse point on an empty file makes the file the link, pipe or socket it describes. Any other tag is
//! kept as it is.

use fltmgr_sys::{
    FILE_WRITE_ATTRIBUTES, FILE_WRITE_DATA, IO_REPARSE_TAG_AF_UNIX, IO_REPARSE_TAG_LX_BLK, IO_REPARSE_TAG_LX_CHR,
    IO_REPARSE_TAG_LX_FIFO, IO_REPARSE_TAG_LX_SYMLINK, IO_REPARSE_TAG_RESERVED_ONE,
    REPARSE_DATA_EX_FLAG_GIVEN_TAG_OR_NONE, STATUS_ACCESS_DENIED, STATUS_BUFFER_OVERFLOW, STATUS_BUFFER_TOO_SMALL,
    STATUS_DIRECTORY_NOT_EMPTY, STATUS_IO_REPARSE_DATA_INVALID, STATUS_IO_REPARSE_TAG_INVALID,
    STATUS_IO_REPARSE_TAG_MISMATCH, STATUS_NOT_A_REPARSE_POINT, STATUS_NOT_SUPPORTED, STATUS_OBJECT_NAME_NOT_FOUND,
    STATUS_REPARSE_ATTRIBUTE_CONFLICT, STATUS_SUCCESS,
};

use super::control_block::Open;
use super::file_system::reparse_tag;
use super::resolve::Location;
use super::store::{NewNode, Node, NodeKind};
use super::structure::{Input, Output};
use super::{FileSystem, Result, fail};
use crate::status::NtStatus;

/// Tag, length and a reserved field.
const HEADER: usize = 8;
/// The same with the GUID that tags other than Microsoft's have.
const GUID_HEADER: usize = 24;
/// `MAXIMUM_REPARSE_DATA_BUFFER_SIZE`.
const MAXIMUM: usize = 16 * 1024;
/// The bit of a tag that says it is Microsoft's.
const MICROSOFT: u32 = 0x8000_0000;
/// The version of a link's reparse data.
const SYMBOLIC_LINK_VERSION: u32 = 2;

/// The tag of what Unix has beside files and directories.
pub(super) fn tag_of_kind(kind: NodeKind) -> Option<u32> {
    match kind {
        NodeKind::File | NodeKind::Directory => None,
        NodeKind::SymbolicLink => Some(IO_REPARSE_TAG_LX_SYMLINK),
        NodeKind::Fifo => Some(IO_REPARSE_TAG_LX_FIFO),
        NodeKind::Socket => Some(IO_REPARSE_TAG_AF_UNIX),
        NodeKind::CharacterDevice => Some(IO_REPARSE_TAG_LX_CHR),
        NodeKind::BlockDevice => Some(IO_REPARSE_TAG_LX_BLK),
    }
}

/// The tag and the data of a reparse buffer.
fn parse(buffer: &[u8]) -> Result<(u32, &[u8])> {
    let input = Input(buffer);
    let (Ok(tag), Ok(length)) = (input.u32(0), input.u16(4)) else {
        return fail(STATUS_IO_REPARSE_DATA_INVALID);
    };
    if tag <= IO_REPARSE_TAG_RESERVED_ONE {
        return fail(STATUS_IO_REPARSE_TAG_INVALID);
    }
    let header = if tag & MICROSOFT == 0 { GUID_HEADER } else { HEADER };
    match buffer.get(header..) {
        Some(data) if data.len() == usize::from(length) && buffer.len() <= MAXIMUM => Ok((tag, data)),
        _ => fail(STATUS_IO_REPARSE_DATA_INVALID),
    }
}

/// The GUID in a reparse buffer whose tag is not Microsoft's.
fn guid_of(buffer: &[u8]) -> Option<&[u8]> {
    let tag = buffer.first_chunk().map_or(0, |tag| u32::from_le_bytes(*tag));
    if tag & MICROSOFT == 0 { buffer.get(HEADER..GUID_HEADER) } else { None }
}

/// Fails unless the reparse point that is there is of this kind.
fn require_same(node: &dyn Node, existing: u32, tag: u32, guid: Option<&[u8]>) -> Result<()> {
    if existing != tag {
        return fail(STATUS_IO_REPARSE_TAG_MISMATCH);
    }
    match node.reparse_data()? {
        Some(kept) if guid_of(&kept) != guid => fail(STATUS_REPARSE_ATTRIBUTE_CONFLICT),
        _ => Ok(()),
    }
}

/// A reparse point on the way of a create.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReparsePoint {
    /// Its `REPARSE_DATA_BUFFER` or `REPARSE_GUID_DATA_BUFFER`.
    pub buffer: Vec<u8>,
    /// How many units of the name are behind it.
    pub unparsed: usize,
}

/// `FSCTL_GET_REPARSE_POINT`.
pub(super) fn reparse_point(open: &Open, output: &mut [u8]) -> Result<(NtStatus, usize)> {
    let Some(data) = data_of(&*open.node())? else { return fail(STATUS_NOT_A_REPARSE_POINT) };
    if output.len() < HEADER {
        return fail(STATUS_BUFFER_TOO_SMALL);
    }
    let length = data.len().min(output.len());
    output[..length].copy_from_slice(&data[..length]);
    Ok((NtStatus(if length < data.len() { STATUS_BUFFER_OVERFLOW } else { STATUS_SUCCESS }), length))
}

/// The reparse buffer of a node, if it is a reparse point.
fn data_of(node: &dyn Node) -> Result<Option<Vec<u8>>> {
    match tag_of_kind(node.kind()) {
        Some(tag) => {
            let mut data = Output::default();
            if node.kind() == NodeKind::SymbolicLink {
                data.u32(SYMBOLIC_LINK_VERSION).bytes(&node.target()?);
            }
            let length = u16::try_from(data.0.len()).unwrap_or(u16::MAX);
            let mut buffer = Output::default();
            buffer.u32(tag).u16(length).u16(0).bytes(&data.0);
            Ok(Some(buffer.0))
        }
        None => node.reparse_data(),
    }
}

/// The handle that sets or deletes a reparse point must be allowed to write to the file (rule N-35).
fn require_write(open: &Open) -> Result<()> {
    if open.granted_access() & (FILE_WRITE_DATA | FILE_WRITE_ATTRIBUTES) == 0 {
        return fail(STATUS_ACCESS_DENIED);
    }
    Ok(())
}

impl FileSystem {
    /// The first reparse point that a name leads to or through.
    pub fn reparse_point_on(&self, name: &[u16], case_sensitive: bool) -> Option<ReparsePoint> {
        let path = super::name::check(name).ok()?.path;
        let ends = path.iter().enumerate().skip(1).filter(|(_, unit)| **unit == super::name::SEPARATOR);
        ends.map(|(end, _)| end).chain([path.len()]).find_map(|end| {
            let Ok(Location::Found { node, .. }) = self.locate(&path[..end], case_sensitive) else { return None };
            let buffer = data_of(&*node).ok()??;
            Some(ReparsePoint { buffer, unparsed: path.len() - end })
        })
    }

    /// `FSCTL_SET_REPARSE_POINT_EX`.
    pub(super) fn set_reparse_point_ex(&self, open: &Open, buffer: &[u8]) -> Result<()> {
        const EX_HEADER: usize = 32;
        let input = Input(buffer);
        let (flags, tag) = (input.u32(0)?, input.u32(4)?);
        let (Some(guid), Some(inner)) = (buffer.get(8..24), buffer.get(EX_HEADER..)) else {
            return fail(STATUS_IO_REPARSE_DATA_INVALID);
        };
        require_write(open)?;
        let node = open.node();
        let existing = reparse_tag(&node.metadata()?);
        let none_is_right = tag == 0 || flags & REPARSE_DATA_EX_FLAG_GIVEN_TAG_OR_NONE != 0;
        if existing != 0 || !none_is_right {
            require_same(&*node, existing, tag, (tag & MICROSOFT == 0).then_some(guid))?;
        }
        let mut old = None;
        if existing != 0 && inner.first_chunk().is_none_or(|new| u32::from_le_bytes(*new) != existing) {
            old = node.reparse_data()?;
            node.set_reparse_data(None)?;
        }
        let set = self.set_reparse_point(open, inner);
        if set.is_err()
            && let Some(old) = old
        {
            node.set_reparse_data(Some(&old))?;
        }
        set
    }

    /// `FSCTL_SET_REPARSE_POINT`.
    pub(super) fn set_reparse_point(&self, open: &Open, buffer: &[u8]) -> Result<()> {
        let (tag, data) = parse(buffer)?;
        require_write(open)?;
        let node = open.node();
        let metadata = node.metadata()?;
        let existing = reparse_tag(&metadata);
        if existing != 0 {
            require_same(&*node, existing, tag, guid_of(buffer))?;
        }
        let new = match tag {
            IO_REPARSE_TAG_LX_SYMLINK => match data.split_first_chunk() {
                Some((version, target))
                    if u32::from_le_bytes(*version) == SYMBOLIC_LINK_VERSION && !target.is_empty() =>
                {
                    NewNode::SymbolicLink(target)
                }
                _ => return fail(STATUS_IO_REPARSE_DATA_INVALID),
            },
            IO_REPARSE_TAG_LX_FIFO => NewNode::Fifo,
            IO_REPARSE_TAG_AF_UNIX => NewNode::Socket,
            IO_REPARSE_TAG_LX_CHR | IO_REPARSE_TAG_LX_BLK => return fail(STATUS_NOT_SUPPORTED),
            _ => {
                if metadata.kind == NodeKind::Directory && !node.is_empty()? {
                    return fail(STATUS_DIRECTORY_NOT_EMPTY);
                }
                return node.set_reparse_data(Some(buffer));
            }
        };
        let has_content = metadata.kind == NodeKind::File && metadata.size != 0;
        if metadata.kind == NodeKind::Directory || has_content || metadata.links > 1 {
            // What Unix has in its place could keep neither content nor a second name.
            return fail(STATUS_NOT_SUPPORTED);
        }
        self.replace(open, new)
    }

    /// `FSCTL_DELETE_REPARSE_POINT`.
    pub(super) fn delete_reparse_point(&self, open: &Open, buffer: &[u8]) -> Result<()> {
        let (tag, data) = parse(buffer)?;
        if !data.is_empty() {
            return fail(STATUS_IO_REPARSE_DATA_INVALID);
        }
        require_write(open)?;
        let node = open.node();
        let metadata = node.metadata()?;
        match reparse_tag(&metadata) {
            0 => return fail(STATUS_NOT_A_REPARSE_POINT),
            existing => require_same(&*node, existing, tag, guid_of(buffer))?,
        }
        if tag_of_kind(metadata.kind).is_none() {
            node.set_reparse_data(None)
        } else if metadata.links > 1 {
            fail(STATUS_NOT_SUPPORTED)
        } else {
            self.replace(open, NewNode::File)
        }
    }

    /// Makes the open file another kind of node, which the open and all others of it have from then on.
    fn replace(&self, open: &Open, new: NewNode<'_>) -> Result<()> {
        let _namespace = self.namespace.write();
        let _io = open.stream().io.write();
        let (path, removed) = {
            let link = open.link.state.lock();
            (link.path.clone(), link.removed)
        };
        if removed || self.store.open(&path)?.id() != open.node().id() {
            return fail(STATUS_OBJECT_NAME_NOT_FOUND);
        }
        let node = self.store.replace(&path, new)?;
        self.tables.change_node(open.stream(), node);
        Ok(())
    }
}
