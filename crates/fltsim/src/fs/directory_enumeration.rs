//! Directory queries, after the documentation of `NtQueryDirectoryFile` and [MS-FSA] 2.1.5.6.3.
//!
//! A scan lists the directory once when it starts or restarts; names that vanish meanwhile are left out when their turn
//! comes. `FileIndex` is the place of an entry in that listing, and `SL_INDEX_SPECIFIED` goes on with that entry.

use fltmgr_sys::{
    FileBothDirectoryInformation, FileDirectoryInformation, FileFullDirectoryInformation,
    FileIdBothDirectoryInformation, FileIdExtdBothDirectoryInformation, FileIdExtdDirectoryInformation,
    FileIdFullDirectoryInformation, FileNamesInformation, SL_INDEX_SPECIFIED, SL_RESTART_SCAN, SL_RETURN_SINGLE_ENTRY,
    STATUS_BUFFER_OVERFLOW, STATUS_INFO_LENGTH_MISMATCH, STATUS_INVALID_INFO_CLASS, STATUS_INVALID_PARAMETER,
    STATUS_NO_MORE_FILES, STATUS_NO_SUCH_FILE, STATUS_SUCCESS,
};

use super::control_block::Open;
use super::expression::Expression;
use super::file_system::{attributes, reparse_tag};
use super::information::{allocation_size, end_of_file};
use super::store::{Metadata, Node, NodeId};
use super::structure::Output;
use super::{FileSystem, Result, fail, name};
use crate::status::NtStatus;

/// A directory query.
#[derive(Debug, Clone, Copy, Default)]
pub struct DirectoryQuery<'a> {
    /// `FileDirectoryInformation` and so on.
    pub class: i32,
    /// Which names; it counts for the first query of an open and when the scan is restarted.
    pub pattern: Option<&'a [u16]>,
    /// `SL_RESTART_SCAN`, `SL_RETURN_SINGLE_ENTRY`, `SL_INDEX_SPECIFIED`.
    pub flags: u32,
    /// The entry to go on with, if the flags say so.
    pub file_index: u32,
}

/// Where an open is in its directory.
#[derive(Debug)]
pub(super) struct Scan {
    expression: Expression,
    names: Vec<Vec<u16>>,
    position: usize,
}

const DOT: &[u16] = &[b'.' as u16];
const DOT_DOT: &[u16] = &[b'.' as u16, b'.' as u16];

impl FileSystem {
    /// Fills a buffer with the next entries of a directory: the status, and how many bytes were filled.
    ///
    /// `STATUS_NO_SUCH_FILE` says that nothing matches, `STATUS_NO_MORE_FILES` that nothing is left,
    /// `STATUS_BUFFER_OVERFLOW` that of a single entry only a part of the name did fit.
    pub fn query_directory(&self, open: &Open, query: &DirectoryQuery<'_>, buffer: &mut [u8]) -> (NtStatus, usize) {
        match self.enumerate(open, query, buffer) {
            Ok(done) => done,
            Err(error) => (error, 0),
        }
    }

    fn enumerate(&self, open: &Open, query: &DirectoryQuery<'_>, buffer: &mut [u8]) -> Result<(NtStatus, usize)> {
        if !open.is_directory() {
            return fail(STATUS_INVALID_PARAMETER);
        }
        let Some(fixed) = fixed_size(query.class) else {
            return fail(STATUS_INVALID_INFO_CLASS);
        };
        if buffer.len() < fixed {
            return fail(STATUS_INFO_LENGTH_MISMATCH);
        }
        let node = open.node();
        let mut scan = open.scan.lock();
        let pattern = query.pattern.filter(|pattern| !pattern.is_empty());
        let restart = query.flags & SL_RESTART_SCAN != 0;
        let is_first = scan.is_none() || restart && pattern.is_some();
        let started = match scan.take() {
            Some(running) if !restart => running,
            previous => {
                let expression = match (previous, pattern) {
                    (Some(previous), None) => previous.expression,
                    (_, pattern) => Expression::new(pattern.unwrap_or_default(), open.case_sensitive),
                };
                start(open, &*node, expression, pattern)?
            }
        };
        let scan = scan.insert(started);
        if query.flags & SL_INDEX_SPECIFIED != 0 {
            scan.position = query.file_index as usize;
        }
        let single = query.flags & SL_RETURN_SINGLE_ENTRY != 0;
        let (status, length) = self.fill(open, &*node, query.class, single, scan, buffer)?;
        Ok(match (length, is_first) {
            (0, true) => (NtStatus(STATUS_NO_SUCH_FILE), 0),
            (0, false) => (NtStatus(STATUS_NO_MORE_FILES), 0),
            _ => (NtStatus(status), length),
        })
    }

    fn fill(
        &self,
        open: &Open,
        node: &dyn Node,
        class: i32,
        single: bool,
        scan: &mut Scan,
        buffer: &mut [u8],
    ) -> Result<(i32, usize)> {
        let mut filled = 0;
        let mut previous = 0;
        while let Some(name) = scan.names.get(scan.position) {
            let facts = if class == FileNamesInformation { None } else { self.facts(open, node, name)? };
            if facts.is_none() && class != FileNamesInformation {
                scan.position += 1;
                continue;
            }
            let entry = entry(class, scan.position, name, facts.as_ref());
            let start = filled_aligned(filled);
            let room = buffer.get_mut(start..).unwrap_or_default();
            if room.len() < entry.len() {
                if filled != 0 {
                    break;
                }
                let length = room.len();
                room.copy_from_slice(&entry[..length]);
                scan.position += 1;
                return Ok((STATUS_BUFFER_OVERFLOW, length));
            }
            room[..entry.len()].copy_from_slice(&entry);
            if filled != 0 {
                let offset = super::structure::length_u32(start - previous);
                buffer[previous..previous + 4].copy_from_slice(&offset.to_le_bytes());
            }
            previous = start;
            filled = start + entry.len();
            scan.position += 1;
            if single {
                break;
            }
        }
        Ok((STATUS_SUCCESS, filled))
    }

    /// What is known of an entry, or nothing where it has vanished.
    fn facts(&self, open: &Open, node: &dyn Node, entry: &[u16]) -> Result<Option<(NodeId, Metadata)>> {
        if entry == DOT {
            return Ok(Some((node.id(), node.metadata()?)));
        }
        if entry == DOT_DOT {
            let path = open.name();
            let parent = name::split_last(&path).map(|(parent, _)| self.store.open(parent));
            return Ok(match parent {
                Some(Ok(parent)) => Some((parent.id(), parent.metadata()?)),
                // The directory was moved or removed by another program: it has no parent to tell of.
                _ => Some((node.id(), node.metadata()?)),
            });
        }
        match node.entry_metadata(entry) {
            Ok(facts) => Ok(Some(facts)),
            Err(NtStatus(fltmgr_sys::STATUS_OBJECT_NAME_NOT_FOUND)) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

fn filled_aligned(filled: usize) -> usize {
    filled.next_multiple_of(8)
}

/// Lists what matches, in the order of NTFS: by folded name.
fn start(open: &Open, node: &dyn Node, expression: Expression, pattern: Option<&[u16]>) -> Result<Scan> {
    let mut names = Vec::new();
    match pattern.filter(|pattern| !expression.has_wildcards() && *pattern != DOT && *pattern != DOT_DOT) {
        // One name is looked for, and the directory may be large.
        Some(exact) if node.entry_metadata(exact).is_ok() => names.push(exact.to_vec()),
        Some(_) if open.case_sensitive => {}
        Some(other_case) => names.extend(node.find_folded(other_case)?),
        None => {
            names = node.list()?;
            names.retain(|name| expression.matches(name));
            names.sort_by_cached_key(|name| (name::folded(name), name.clone()));
            if !name::is_root(&open.name()) {
                let dots = [DOT, DOT_DOT].into_iter().filter(|dots| expression.matches(dots)).map(<[u16]>::to_vec);
                names.splice(0..0, dots);
            }
        }
    }
    Ok(Scan { expression, names, position: 0 })
}

/// Where the name begins in an entry of a class.
#[expect(non_upper_case_globals, reason = "the classes have the names of the C headers")]
fn fixed_size(class: i32) -> Option<usize> {
    Some(match class {
        FileDirectoryInformation => 64,
        FileFullDirectoryInformation => 68,
        FileBothDirectoryInformation => 94,
        FileNamesInformation => 12,
        FileIdBothDirectoryInformation => 104,
        FileIdFullDirectoryInformation => 80,
        FileIdExtdDirectoryInformation => 88,
        FileIdExtdBothDirectoryInformation => 114,
        _ => return None,
    })
}

/// An entry as its class has it, the last one of its buffer.
#[expect(non_upper_case_globals, reason = "the classes have the names of the C headers")]
fn entry(class: i32, index: usize, name: &[u16], facts: Option<&(NodeId, Metadata)>) -> Vec<u8> {
    /// The length of a short name and the name itself: there are none.
    const SHORT_NAME: [u8; 26] = [0; 26];
    let mut output = Output::default();
    output.u32(0).u32(super::structure::length_u32(index));
    let Some((id, metadata)) = facts else {
        output.name_length(name).name(name);
        return output.0;
    };
    output
        .i64(metadata.creation_time)
        .i64(metadata.access_time)
        .i64(metadata.write_time)
        .i64(metadata.change_time)
        .u64(end_of_file(metadata))
        .u64(allocation_size(metadata))
        .u32(attributes(metadata))
        .name_length(name);
    let tag = reparse_tag(metadata);
    // A file with a reparse point shows its tag in place of the size of its extended attributes.
    let ea_size = if tag == 0 { metadata.ea_size } else { tag };
    match class {
        FileFullDirectoryInformation => output.u32(ea_size),
        FileBothDirectoryInformation => output.u32(ea_size).bytes(&SHORT_NAME),
        FileIdBothDirectoryInformation => output.u32(ea_size).bytes(&SHORT_NAME).align(8).u64(id.file_id()),
        FileIdFullDirectoryInformation => output.u32(ea_size).align(8).u64(id.file_id()),
        FileIdExtdDirectoryInformation => output.u32(metadata.ea_size).u32(tag).bytes(&id.file_id_128()),
        FileIdExtdBothDirectoryInformation => {
            output.u32(metadata.ea_size).u32(tag).bytes(&id.file_id_128()).bytes(&SHORT_NAME)
        }
        _ => &mut output,
    };
    output.name(name);
    output.0
}
