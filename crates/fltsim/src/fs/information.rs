//! Queries of file information: the structures of [MS-FSCC] 2.4.

use fltmgr_sys::{
    FILE_ALL_ACCESS, FILE_DELETE_ON_CLOSE, FILE_NO_INTERMEDIATE_BUFFERING, FILE_SEQUENTIAL_ONLY,
    FILE_SYNCHRONOUS_IO_ALERT, FILE_SYNCHRONOUS_IO_NONALERT, FILE_WRITE_THROUGH, FileAccessInformation,
    FileAlignmentInformation, FileAllInformation, FileAttributeTagInformation, FileBasicInformation,
    FileCaseSensitiveInformation, FileCompressionInformation, FileEaInformation, FileIdInformation,
    FileInternalInformation, FileModeInformation, FileNameInformation, FileNetworkOpenInformation,
    FileNormalizedNameInformation, FilePositionInformation, FileStandardInformation, FileStandardLinkInformation,
    FileStatInformation, FileStatLxInformation, FileStreamInformation, STATUS_BUFFER_OVERFLOW,
    STATUS_INFO_LENGTH_MISMATCH, STATUS_INVALID_INFO_CLASS, STATUS_INVALID_PARAMETER, STATUS_SUCCESS,
};

use super::control_block::Open;
use super::file_system::{attributes, reparse_tag};
use super::store::{Metadata, NodeKind};
use super::structure::Output;
use super::{FileSystem, Result, fail, name};
use crate::status::NtStatus;

/// The unit of allocation that the file system says it has.
pub(super) const CLUSTER: u64 = 4096;

const LX_FILE_METADATA_HAS_UID: u32 = 0x1;
const LX_FILE_METADATA_HAS_GID: u32 = 0x2;
const LX_FILE_METADATA_HAS_MODE: u32 = 0x4;
const LX_FILE_METADATA_HAS_DEVICE_ID: u32 = 0x8;

/// The create options that `FileModeInformation` reports.
pub(super) fn mode(options: u32) -> u32 {
    options
        & (FILE_WRITE_THROUGH
            | FILE_SEQUENTIAL_ONLY
            | FILE_NO_INTERMEDIATE_BUFFERING
            | FILE_SYNCHRONOUS_IO_ALERT
            | FILE_SYNCHRONOUS_IO_NONALERT
            | FILE_DELETE_ON_CLOSE)
}

/// The end of the content that Windows sees: links and the like have none.
pub(super) fn end_of_file(metadata: &Metadata) -> u64 {
    if metadata.kind == NodeKind::File { metadata.size } else { 0 }
}

/// What Windows sees of the space a file takes: whole clusters, and never less than its content, because no file here
/// is marked as sparse.
pub(super) fn allocation_size(metadata: &Metadata) -> u64 {
    end_of_file(metadata).max(metadata.allocated).next_multiple_of(CLUSTER)
}

impl Output {
    fn times(&mut self, metadata: &Metadata) -> &mut Self {
        self.i64(metadata.creation_time).i64(metadata.access_time).i64(metadata.write_time).i64(metadata.change_time)
    }

    fn basic(&mut self, metadata: &Metadata) -> &mut Self {
        self.times(metadata).u32(attributes(metadata)).align(8)
    }

    fn standard(&mut self, metadata: &Metadata, links: Links) -> &mut Self {
        self.u64(allocation_size(metadata))
            .u64(end_of_file(metadata))
            .u32(links.accessible)
            .flag(links.delete_pending)
            .flag(metadata.kind == NodeKind::Directory)
            .align(8)
    }

    fn stat(&mut self, open: &Open, metadata: &Metadata, links: Links) -> &mut Self {
        self.u64(open.node().id().file_id())
            .times(metadata)
            // What asks for this wants to know what is really there, as `du` does.
            .u64(metadata.allocated)
            .u64(if metadata.kind == NodeKind::SymbolicLink { metadata.size } else { end_of_file(metadata) })
            .u32(attributes(metadata))
            .u32(reparse_tag(metadata))
            .u32(links.accessible)
            .u32(FILE_ALL_ACCESS)
    }
}

/// How many names a file has, and whether that of the open is to go.
#[derive(Debug, Clone, Copy)]
struct Links {
    accessible: u32,
    total: u32,
    delete_pending: bool,
}

impl Links {
    fn of(open: &Open, metadata: &Metadata) -> Self {
        let link = open.link.state.lock();
        // A name that was removed is not counted by the store any more; one that is to be removed still is.
        let accessible = metadata.links.saturating_sub(u32::from(link.delete_pending && !link.removed));
        let delete_pending = link.delete_pending || link.removed || accessible == 0;
        let gone = metadata.kind == NodeKind::Directory && link.removed;
        Self { accessible: if gone { 0 } else { accessible }, total: metadata.links, delete_pending }
    }
}

impl FileSystem {
    /// Answers a query of a class (`FileBasicInformation` and so on): the status, and how many bytes of the buffer were
    /// filled. `STATUS_BUFFER_OVERFLOW` is a warning: what fits was given.
    pub fn query_information(&self, open: &Open, class: i32, buffer: &mut [u8]) -> (NtStatus, usize) {
        let mut output = Output::default();
        match self.write_information(open, class, &mut output) {
            Ok(fixed) => give(&output.0, fixed, buffer),
            Err(error) => (error, 0),
        }
    }

    /// Writes the whole structure, and gives the size below which a buffer is too small for any of it.
    #[expect(non_upper_case_globals, reason = "the classes have the names of the C headers")]
    fn write_information(&self, open: &Open, class: i32, output: &mut Output) -> Result<usize> {
        let node = open.node();
        let metadata = node.metadata()?;
        let links = Links::of(open, &metadata);
        let state = open.state.lock();
        match class {
            FileBasicInformation => output.basic(&metadata),
            FileStandardInformation => output.standard(&metadata, links),
            FileInternalInformation => output.u64(node.id().file_id()),
            FileEaInformation => output.u32(metadata.ea_size),
            FileAccessInformation => output.u32(open.granted_access),
            FilePositionInformation => output.u64(state.position),
            FileModeInformation => output.u32(state.mode),
            FileNameInformation | FileNormalizedNameInformation => {
                let name = open.name();
                output.name_length(&name).name(&name);
                return Ok(8);
            }
            FileAllInformation => {
                output.basic(&metadata).standard(&metadata, links).u64(node.id().file_id());
                output.u32(metadata.ea_size).u32(open.granted_access).u64(state.position).u32(state.mode).u32(0);
                let name = open.name();
                output.name_length(&name).name(&name);
                return Ok(104);
            }
            FileNetworkOpenInformation => {
                output.times(&metadata).u64(allocation_size(&metadata)).u64(end_of_file(&metadata));
                output.u32(attributes(&metadata)).align(8)
            }
            FileAttributeTagInformation => output.u32(attributes(&metadata)).u32(reparse_tag(&metadata)),
            FileStreamInformation => {
                if metadata.kind != NodeKind::Directory {
                    let stream = name::utf16("::$DATA");
                    output.u32(0).name_length(&stream);
                    output.u64(end_of_file(&metadata)).u64(allocation_size(&metadata)).name(&stream);
                }
                return Ok(24);
            }
            FileCompressionInformation => output.u64(end_of_file(&metadata)).u64(0),
            FileIdInformation => output.u64(self.serial_number.into()).bytes(&node.id().file_id_128()),
            FileStandardLinkInformation => output
                .u32(links.accessible)
                .u32(links.total)
                .flag(links.delete_pending)
                .flag(metadata.kind == NodeKind::Directory)
                .align(4),
            FileStatInformation => output.stat(open, &metadata, links),
            FileStatLxInformation => {
                let mut flags = LX_FILE_METADATA_HAS_UID | LX_FILE_METADATA_HAS_GID | LX_FILE_METADATA_HAS_MODE;
                if matches!(metadata.kind, NodeKind::CharacterDevice | NodeKind::BlockDevice) {
                    flags |= LX_FILE_METADATA_HAS_DEVICE_ID;
                }
                output.stat(open, &metadata, links).u32(flags).u32(metadata.uid).u32(metadata.gid);
                output.u32(unix_mode(&metadata)).u32(metadata.device.0).u32(metadata.device.1)
            }
            // Buffers may lie anywhere, and no directory is marked as minding the case of names.
            FileAlignmentInformation | FileCaseSensitiveInformation => output.u32(0),
            _ => return fail(STATUS_INVALID_INFO_CLASS),
        };
        Ok(output.0.len())
    }
}

/// The mode with the type of the file, as `stat` gives it.
pub(super) fn unix_mode(metadata: &Metadata) -> u32 {
    let kind = match metadata.kind {
        NodeKind::File => 0o100_000,
        NodeKind::Directory => 0o040_000,
        NodeKind::SymbolicLink => 0o120_000,
        NodeKind::Fifo => 0o010_000,
        NodeKind::Socket => 0o140_000,
        NodeKind::CharacterDevice => 0o020_000,
        NodeKind::BlockDevice => 0o060_000,
    };
    kind | metadata.mode
}

/// Copies a structure to a buffer: nothing below its fixed size, as much as fits above.
pub(super) fn give(structure: &[u8], fixed: usize, buffer: &mut [u8]) -> (NtStatus, usize) {
    if buffer.len() < fixed {
        return (NtStatus(STATUS_INFO_LENGTH_MISMATCH), 0);
    }
    let length = structure.len().min(buffer.len());
    buffer[..length].copy_from_slice(&structure[..length]);
    (NtStatus(if length < structure.len() { STATUS_BUFFER_OVERFLOW } else { STATUS_SUCCESS }), length)
}

/// Refuses a time that is neither a time nor one of the values with a meaning of their own.
pub(super) fn check_time(time: i64) -> Result<i64> {
    if time < -2 { fail(STATUS_INVALID_PARAMETER) } else { Ok(time) }
}
