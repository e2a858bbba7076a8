//! Extended attributes. Those that WSL uses for the metadata of Unix (`$LXUID`, `$LXGID`, `$LXMOD`) are the owner, group
//! and mode of the file itself: every file has them, so that they are told when asked for by name and left out of lists.

use fltmgr_sys::{
    STATUS_BUFFER_OVERFLOW, STATUS_BUFFER_TOO_SMALL, STATUS_EA_LIST_INCONSISTENT, STATUS_INVALID_EA_NAME,
    STATUS_INVALID_PARAMETER, STATUS_NO_EAS_ON_FILE, STATUS_NO_MORE_EAS, STATUS_NONEXISTENT_EA_ENTRY,
    STATUS_NOT_SUPPORTED, STATUS_SUCCESS,
};

use super::control_block::Open;
use super::information::unix_mode;
use super::store::{MetadataChange, Node, NodeKind};
use super::structure::{Input, Output, length_u32};
use super::{FileSystem, Result, fail};
use crate::status::NtStatus;

const OWNER: &[u8] = b"$LXUID";
const GROUP: &[u8] = b"$LXGID";
const MODE: &[u8] = b"$LXMOD";
const DEVICE: &[u8] = b"$LXDEV";

/// A query of extended attributes.
#[derive(Debug, Clone, Copy, Default)]
pub struct ExtendedAttributeQuery<'a> {
    /// A list of `FILE_GET_EA_INFORMATION`; empty for all there are.
    pub names: &'a [u8],
    /// Which one to begin with, counted from 1 (`SL_INDEX_SPECIFIED`).
    pub index: Option<u32>,
    /// Whether to begin with the first (`SL_RESTART_SCAN`).
    pub restart: bool,
    /// Whether to give one at a time (`SL_RETURN_SINGLE_ENTRY`).
    pub single: bool,
}

/// The extended attributes given with a create.
#[derive(Debug, Default)]
pub(super) struct CreateAttributes(Vec<(Vec<u8>, Vec<u8>)>);

impl CreateAttributes {
    pub(super) fn parse(list: &[u8]) -> Result<Self> {
        let parsed = Self(if list.is_empty() { Vec::new() } else { parse(list)? });
        // What is wrong with them is said before anything is made.
        parsed.unix()?;
        Ok(parsed)
    }

    fn unix(&self) -> Result<MetadataChange> {
        let mut change = MetadataChange::default();
        for (name, value) in &self.0 {
            unix_attribute(name, value, &mut change)?;
        }
        Ok(change)
    }

    /// The mode to make the file with, where one is given.
    pub(super) fn mode(&self) -> Option<u32> {
        self.unix().ok().and_then(|change| change.mode)
    }

    /// Sets them on a file that was just made, or overwritten.
    pub(super) fn apply(&self, node: &dyn Node, overwritten: bool) -> Result<()> {
        if self.0.is_empty() {
            return Ok(());
        }
        let change = self.unix()?;
        // A file that was just made has its mode already; a new owner may take bits of it away again.
        if change.uid.is_some() || change.gid.is_some() || overwritten && change.mode.is_some() {
            node.set_metadata(&change)?;
        }
        for (name, value) in &self.0 {
            if !unix_attribute(name, value, &mut MetadataChange::default())? {
                set_one(node, name, value)?;
            }
        }
        Ok(())
    }
}

/// Takes an attribute of WSL as what it means; says whether it is one.
fn unix_attribute(name: &[u8], value: &[u8], change: &mut MetadataChange) -> Result<bool> {
    let field = if name.eq_ignore_ascii_case(OWNER) {
        &mut change.uid
    } else if name.eq_ignore_ascii_case(GROUP) {
        &mut change.gid
    } else if name.eq_ignore_ascii_case(MODE) {
        &mut change.mode
    } else if name.eq_ignore_ascii_case(DEVICE) {
        return fail(STATUS_NOT_SUPPORTED);
    } else {
        return Ok(false);
    };
    let Ok(bytes) = value.try_into() else {
        return fail(STATUS_INVALID_PARAMETER);
    };
    let value = u32::from_le_bytes(bytes);
    *field = Some(if name.eq_ignore_ascii_case(MODE) { value & 0o7777 } else { value });
    Ok(true)
}

/// Reads a list of `FILE_FULL_EA_INFORMATION`.
fn parse(list: &[u8]) -> Result<Vec<(Vec<u8>, Vec<u8>)>> {
    let mut attributes = Vec::new();
    let mut rest = list;
    loop {
        let entry = Input(rest);
        let next = entry.u32(0).or_else(|_| fail(STATUS_EA_LIST_INCONSISTENT))? as usize;
        let (name_length, value_length) = match (entry.u8(5), entry.u16(6)) {
            (Ok(name_length), Ok(value_length)) => (usize::from(name_length), usize::from(value_length)),
            _ => return fail(STATUS_EA_LIST_INCONSISTENT),
        };
        let name = entry.bytes(8, name_length + 1).and_then(<[u8]>::split_last);
        let (Some((0, name)), Some(value)) = (name, entry.bytes(8 + name_length + 1, value_length)) else {
            return fail(STATUS_EA_LIST_INCONSISTENT);
        };
        if !is_valid_name(name) {
            return fail(STATUS_INVALID_EA_NAME);
        }
        attributes.push((name.to_vec(), value.to_vec()));
        match rest.get(next..) {
            _ if next == 0 => return Ok(attributes),
            Some(following) if next.is_multiple_of(4) => rest = following,
            _ => return fail(STATUS_EA_LIST_INCONSISTENT),
        }
    }
}

fn is_valid_name(name: &[u8]) -> bool {
    !name.is_empty() && name.iter().all(|byte| *byte >= 0x20 && !br#""*+,/:;<=>?[\]|"#.contains(byte))
}

/// Sets one attribute, under the name it has already if there is one that differs in case only.
fn set_one(node: &dyn Node, name: &[u8], value: &[u8]) -> Result<()> {
    let existing = node.extended_attributes()?.into_iter().map(|(existing, _)| existing);
    let existing = { existing }.find(|existing| existing.eq_ignore_ascii_case(name));
    if value.is_empty() {
        return match existing {
            Some(existing) => node.set_extended_attribute(&existing, None),
            None => Ok(()),
        };
    }
    node.set_extended_attribute(existing.as_deref().unwrap_or(name), Some(value))
}

impl FileSystem {
    /// Sets extended attributes from a list of `FILE_FULL_EA_INFORMATION`; an empty value takes one away.
    ///
    /// # Errors
    /// `STATUS_EA_LIST_INCONSISTENT`, `STATUS_INVALID_EA_NAME`, `STATUS_EAS_NOT_SUPPORTED`, and for the attributes of
    /// Unix `STATUS_ACCESS_DENIED` where the host does not allow it.
    pub fn set_ea(&self, open: &Open, list: &[u8]) -> Result<()> {
        let attributes = CreateAttributes::parse(list)?;
        attributes.apply(&*open.node(), true)
    }

    /// Gives extended attributes as a list of `FILE_FULL_EA_INFORMATION`: the status, and how many bytes were filled.
    pub fn query_ea(&self, open: &Open, query: &ExtendedAttributeQuery<'_>, buffer: &mut [u8]) -> (NtStatus, usize) {
        match query_attributes(open, query, buffer) {
            Ok((status, length)) => (NtStatus(status), length),
            Err(error) => (error, 0),
        }
    }
}

fn query_attributes(open: &Open, query: &ExtendedAttributeQuery<'_>, buffer: &mut [u8]) -> Result<(i32, usize)> {
    let node = open.node();
    let all = node.extended_attributes()?;
    if !query.names.is_empty() {
        let wanted = parse_names(query.names)?;
        let found: Result<Vec<_>> = wanted.into_iter().map(|name| Ok((value_of(&*node, &all, &name)?, name))).collect();
        let found: Vec<_> = found?.into_iter().map(|(value, name)| (name, value)).collect();
        let (status, length, _) = fill(&found, query.single, buffer);
        return Ok((status, length));
    }
    let mut state = open.state.lock();
    let begin = match query.index {
        Some(0) => return fail(STATUS_NONEXISTENT_EA_ENTRY),
        Some(index) => index as usize - 1,
        None if query.restart => 0,
        None => state.next_extended_attribute,
    };
    match all.get(begin..) {
        _ if all.is_empty() => fail(STATUS_NO_EAS_ON_FILE),
        Some(rest) if !rest.is_empty() => {
            let (status, length, count) = fill(rest, query.single, buffer);
            state.next_extended_attribute = begin + count;
            Ok((status, length))
        }
        _ if query.index.is_some_and(|index| index as usize != all.len() + 1) => fail(STATUS_NONEXISTENT_EA_ENTRY),
        _ => fail(STATUS_NO_MORE_EAS),
    }
}

/// The value of an attribute that is asked for by name; empty where there is none.
fn value_of(node: &dyn Node, all: &[(Vec<u8>, Vec<u8>)], name: &[u8]) -> Result<Vec<u8>> {
    let metadata = node.metadata()?;
    let number = if name.eq_ignore_ascii_case(OWNER) {
        metadata.uid
    } else if name.eq_ignore_ascii_case(GROUP) {
        metadata.gid
    } else if name.eq_ignore_ascii_case(MODE) {
        unix_mode(&metadata)
    } else if name.eq_ignore_ascii_case(DEVICE)
        && matches!(metadata.kind, NodeKind::CharacterDevice | NodeKind::BlockDevice)
    {
        return Ok([metadata.device.0.to_le_bytes(), metadata.device.1.to_le_bytes()].concat());
    } else {
        let found = all.iter().find(|(existing, _)| existing.eq_ignore_ascii_case(name));
        return Ok(found.map(|(_, value)| value.clone()).unwrap_or_default());
    };
    Ok(number.to_le_bytes().to_vec())
}

/// Reads a list of `FILE_GET_EA_INFORMATION`.
fn parse_names(list: &[u8]) -> Result<Vec<Vec<u8>>> {
    let mut names = Vec::new();
    let mut rest = list;
    loop {
        let entry = Input(rest);
        let (Ok(next), Ok(length)) = (entry.u32(0), entry.u8(4)) else {
            return fail(STATUS_EA_LIST_INCONSISTENT);
        };
        match entry.bytes(5, length.into()) {
            Some(name) if is_valid_name(name) => names.push(name.to_vec()),
            Some(_) => return fail(STATUS_INVALID_EA_NAME),
            None => return fail(STATUS_EA_LIST_INCONSISTENT),
        }
        match rest.get(next as usize..) {
            _ if next == 0 => return Ok(names),
            Some(following) if next.is_multiple_of(4) => rest = following,
            _ => return fail(STATUS_EA_LIST_INCONSISTENT),
        }
    }
}

/// Fills a buffer with attributes: the status, the bytes filled, and how many attributes they hold.
fn fill(attributes: &[(Vec<u8>, Vec<u8>)], single: bool, buffer: &mut [u8]) -> (i32, usize, usize) {
    let mut filled: usize = 0;
    let mut previous = 0;
    for (count, (name, value)) in attributes.iter().enumerate() {
        if single && count == 1 {
            return (STATUS_SUCCESS, filled, count);
        }
        let mut entry = Output::default();
        entry.u32(0).u8(0).u8(u8::try_from(name.len()).unwrap_or(u8::MAX));
        entry.u16(u16::try_from(value.len()).unwrap_or(u16::MAX)).bytes(name).u8(0).bytes(value);
        let start = filled.next_multiple_of(4);
        let Some(room) = buffer.get_mut(start..start + entry.0.len()) else {
            return if count == 0 { (STATUS_BUFFER_TOO_SMALL, 0, 0) } else { (STATUS_BUFFER_OVERFLOW, filled, count) };
        };
        room.copy_from_slice(&entry.0);
        if count > 0 {
            buffer[previous..previous + 4].copy_from_slice(&length_u32(start - previous).to_le_bytes());
        }
        previous = start;
        filled = start + entry.0.len();
    }
    (STATUS_SUCCESS, filled, attributes.len())
}
