//! Changes of file information: the structures of [MS-FSCC] 2.4, after [MS-FSA] 2.1.5.15.

use fltmgr_sys::{
    FILE_ATTRIBUTE_DIRECTORY, FILE_ATTRIBUTE_TEMPORARY, FILE_DISPOSITION_DELETE, FileAllocationInformation,
    FileBasicInformation, FileDispositionInformation, FileDispositionInformationEx, FileEndOfFileInformation,
    FileLinkInformation, FileLinkInformationBypassAccessCheck, FileLinkInformationEx,
    FileLinkInformationExBypassAccessCheck, FileModeInformation, FilePositionInformation, FileRenameInformation,
    FileRenameInformationBypassAccessCheck, FileRenameInformationEx, FileRenameInformationExBypassAccessCheck,
    FileValidDataLengthInformation, STATUS_INVALID_INFO_CLASS, STATUS_INVALID_PARAMETER,
};
use std::sync::atomic::Ordering;

use super::control_block::Open;
use super::create::SETTABLE_ATTRIBUTES;
use super::information::{check_time, mode};
use super::store::{MetadataChange, NodeKind};
use super::structure::Input;
use super::{FileSystem, Result, fail};

/// In a set of `FileBasicInformation`: the time stays, and from now on does not change by what is done through the open.
const KEEP: i64 = -1;
/// In a set of `FileBasicInformation`: the time changes again by what is done through the open.
const RESUME: i64 = -2;

impl FileSystem {
    /// Sets information of a class. In a rename or link structure the name is the volume-relative path of the target
    /// and the root directory is null.
    ///
    /// # Errors
    /// `STATUS_INFO_LENGTH_MISMATCH`, `STATUS_INVALID_INFO_CLASS`, and what [MS-FSA] 2.1.5.15 lists for the class.
    #[expect(non_upper_case_globals, reason = "the classes have the names of the C headers")]
    pub fn set_information(&self, open: &Open, class: i32, information: &[u8]) -> Result<()> {
        let input = Input(information);
        match class {
            FileBasicInformation => Self::set_basic(open, input),
            FilePositionInformation => {
                open.state.lock().position = input.size(0)?;
                Ok(())
            }
            FileModeInformation => {
                open.state.lock().mode = mode(input.u32(0)?);
                Ok(())
            }
            FileDispositionInformation => {
                self.set_disposition(open, if input.flag(0)? { FILE_DISPOSITION_DELETE } else { 0 })
            }
            FileDispositionInformationEx => self.set_disposition(open, input.u32(0)?),
            FileEndOfFileInformation => Self::set_end_of_file(open, input.size(0)?),
            FileAllocationInformation => Self::set_allocation(open, input.size(0)?),
            FileValidDataLengthInformation => Self::set_valid_data_length(open, input.size(0)?),
            FileRenameInformation | FileRenameInformationBypassAccessCheck => self.rename(open, input, false),
            FileRenameInformationEx | FileRenameInformationExBypassAccessCheck => self.rename(open, input, true),
            FileLinkInformation | FileLinkInformationBypassAccessCheck => self.link(open, input, false),
            FileLinkInformationEx | FileLinkInformationExBypassAccessCheck => self.link(open, input, true),
            _ => fail(STATUS_INVALID_INFO_CLASS),
        }
    }

    fn set_basic(open: &Open, input: Input<'_>) -> Result<()> {
        let [creation, access, write, change] = [
            check_time(input.i64(0)?)?,
            check_time(input.i64(8)?)?,
            check_time(input.i64(16)?)?,
            check_time(input.i64(24)?)?,
        ];
        let attributes = input.u32(32)?;
        let node = open.node();
        if attributes & FILE_ATTRIBUTE_DIRECTORY != 0 && !open.is_directory()
            || attributes & FILE_ATTRIBUTE_TEMPORARY != 0 && open.is_directory()
        {
            return fail(STATUS_INVALID_PARAMETER);
        }
        let explicit = |time: i64| (time > 0).then_some(time);
        let settable = attributes & SETTABLE_ATTRIBUTES;
        let change = MetadataChange {
            creation_time: explicit(creation),
            access_time: explicit(access),
            write_time: explicit(write),
            change_time: explicit(change),
            // 0 leaves the attributes, NORMAL takes all of them away.
            attributes: (attributes != 0).then_some(settable),
            ..MetadataChange::default()
        };
        if change != MetadataChange::default() {
            node.set_metadata(&change)?;
        }
        let mut state = open.state.lock();
        match access {
            0 => {}
            RESUME => state.keeps_access_time = false,
            _ => state.keeps_access_time = true,
        }
        match write {
            0 => {}
            RESUME => state.keeps_write_time = false,
            KEEP => state.keeps_write_time = true,
            time => {
                state.keeps_write_time = true;
                open.stream().state.lock().set_write_time = Some(time);
            }
        }
        Ok(())
    }

    fn set_end_of_file(open: &Open, size: u64) -> Result<()> {
        let node = open.node();
        if node.kind() != NodeKind::File {
            return fail(STATUS_INVALID_PARAMETER);
        }
        let _io = open.stream().io.write();
        let metadata = node.metadata()?;
        if metadata.size == size {
            return Ok(());
        }
        node.set_size(size)?;
        open.is_modified.store(true, Ordering::Relaxed);
        if open.state.lock().keeps_write_time {
            let write_time = Some(metadata.write_time);
            node.set_metadata(&MetadataChange { write_time, ..MetadataChange::default() })?;
        } else {
            open.stream().state.lock().set_write_time = None;
        }
        Ok(())
    }

    /// Sets the allocation: what is less than the content cuts it off.
    fn set_allocation(open: &Open, size: u64) -> Result<()> {
        let node = open.node();
        if node.kind() != NodeKind::File {
            return fail(STATUS_INVALID_PARAMETER);
        }
        let content = node.metadata()?.size;
        if size < content {
            return Self::set_end_of_file(open, size);
        }
        let _io = open.stream().io.write();
        if size == 0 {
            return Ok(());
        }
        if size == content {
            // Cutting a file at its own end gives back what is reserved behind it.
            return node.set_size(size);
        }
        node.reserve(size)
    }

    /// Checks a valid data length. There is nothing to set: what was never written reads as zeros here.
    fn set_valid_data_length(open: &Open, length: u64) -> Result<()> {
        let node = open.node();
        if node.kind() != NodeKind::File || length > node.metadata()?.size {
            return fail(STATUS_INVALID_PARAMETER);
        }
        Ok(())
    }
}
