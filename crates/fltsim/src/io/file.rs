//! Handles to open files.

use std::sync::Arc;

use fltmgr_sys as sys;
use fltmgr_sys::FLT_IO_PARAMETER_BLOCK;

use super::file_object::{FileObject, FileRef};
use super::{Requestor, requestor};
use crate::flt::callback_data::IoStatus;
use crate::flt::instance::Instance;
use crate::flt::operation::{self, Request};
use crate::flt::volume::Volume;
use crate::status::NtStatus;

/// Where a write goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteOffset {
    /// At this offset.
    At(u64),
    /// Wherever the file ends by then.
    End,
}

/// How a rename or a hard link treats what has the name already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RenameFlags {
    /// Whether it gives way.
    pub replace: bool,
    /// POSIX semantics: it gives way even if it is open (`FILE_RENAME_POSIX_SEMANTICS`).
    pub posix: bool,
}

/// A range of a file to lock.
#[derive(Clone, Copy, Debug)]
pub struct FileLock {
    /// The first byte.
    pub offset: u64,
    /// How many bytes.
    pub length: u64,
    /// Tells the locks of one process apart.
    pub key: u32,
    /// Whether nobody else may read or lock the range.
    pub exclusive: bool,
    /// Whether to fail rather than wait.
    pub fail_immediately: bool,
}

/// A handle to an open file. Dropping it sends `IRP_MJ_CLEANUP`, and once nobody references the file object any more,
/// `IRP_MJ_CLOSE`.
#[expect(clippy::struct_field_names, reason = "the field is the file object that the handle is for")]
pub struct File {
    pub(super) file: FileRef,
    pub(super) opener: Requestor,
    /// Whether the handle is a driver's: then what it does carries `FLTFL_CALLBACK_DATA_GENERATED_IO`.
    pub(super) generated: bool,
}

impl File {
    pub(super) fn new(file: FileRef, opener: Requestor) -> Self {
        Self { file, opener, generated: false }
    }

    /// A driver's handle.
    pub(crate) fn of_driver(file: FileRef) -> Self {
        let opener = file.opener().clone();
        Self { file, opener, generated: true }
    }

    /// The file object.
    pub fn object(&self) -> &FileObject {
        &self.file
    }

    pub(crate) fn file_ref(&self) -> &FileRef {
        &self.file
    }

    /// The volume the file is on.
    pub fn volume(&self) -> &Arc<Volume> {
        self.file.volume()
    }

    /// The access that was granted.
    pub fn granted_access(&self) -> u32 {
        self.file.open().map_or(0, |open| open.granted_access())
    }

    /// Whether a directory is open.
    pub fn is_directory(&self) -> bool {
        self.file.open().is_some_and(|open| open.is_directory())
    }

    /// What stays the same for all opens of one file.
    pub fn file_id(&self) -> u64 {
        self.file.open().map_or(0, |open| open.file_id())
    }

    /// The name of the file, relative to the volume, as it is now.
    pub fn name(&self) -> Vec<u16> {
        self.file.open().map_or_else(|| self.file.name(), |open| self.volume().file_system().name_of(open))
    }

    /// The host's own file behind this one, where the store has files on the host. What is done with it passes by every
    /// filter, so it is for volumes whose reads and writes nobody filters.
    ///
    /// # Errors
    ///
    /// What the host says.
    pub fn host_file(&self, writable: bool) -> Result<Option<std::fs::File>, NtStatus> {
        match self.file.open() {
            Some(open) => self.volume().file_system().host_file(open, writable),
            None => Ok(None),
        }
    }

    /// Fails unless one of these accesses was granted. The I/O manager checks what a handle may do, in user mode's name.
    pub(super) fn require(&self, access: u32) -> Result<(), NtStatus> {
        if self.opener.user_mode && self.granted_access() & access == 0 {
            return Err(NtStatus(sys::STATUS_ACCESS_DENIED));
        }
        Ok(())
    }

    /// As [`require`](Self::require), for accesses that all are needed.
    pub(super) fn require_all(&self, access: u32) -> Result<(), NtStatus> {
        if self.opener.user_mode && self.granted_access() & access != access {
            return Err(NtStatus(sys::STATUS_ACCESS_DENIED));
        }
        Ok(())
    }

    /// What this handle's operations are sent as.
    pub(super) fn sender<'a>(&'a self, who: &'a Requestor) -> Sender<'a> {
        Sender {
            file: &self.file,
            requestor: if self.generated { None } else { Some(who) },
            floor: self.file.floor(),
            generated: self.generated,
        }
    }

    pub(super) fn who(&self) -> Requestor {
        requestor::effective(&self.opener)
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let who = self.who();
        let requestor = if self.generated { None } else { Some(&who) };
        super::open::send_cleanup(&self.file, requestor, self.file.floor());
    }
}

impl std::fmt::Debug for File {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("File").field("name", &String::from_utf16_lossy(&self.name())).finish_non_exhaustive()
    }
}

/// Sends operations on a file object: for a handle, or for a filter below whose instance they begin.
#[derive(Clone, Copy)]
pub(crate) struct Sender<'a> {
    pub file: &'a FileRef,
    pub requestor: Option<&'a Requestor>,
    pub floor: Option<&'a Instance>,
    pub generated: bool,
}

impl Sender<'_> {
    /// Parameters of an operation, all zero but these.
    pub(crate) fn parameters(&self, major: u8, irp_flags: u32) -> FLT_IO_PARAMETER_BLOCK {
        // SAFETY: the block is plain data, for which zeros are valid.
        let mut parameters: FLT_IO_PARAMETER_BLOCK = unsafe { std::mem::zeroed() };
        parameters.MajorFunction = major;
        parameters.IrpFlags = irp_flags;
        parameters.TargetFileObject = self.file.as_ptr();
        parameters
    }

    /// Sends an IRP.
    pub(crate) fn irp(&self, parameters: FLT_IO_PARAMETER_BLOCK, flags: u32) -> IoStatus {
        self.irp_with_mdl(parameters, flags, None)
    }

    /// Sends an IRP whose buffer is described by an MDL.
    pub(crate) fn irp_with_mdl(
        &self,
        parameters: FLT_IO_PARAMETER_BLOCK,
        flags: u32,
        mdl: Option<super::mdl::OwnedMdl>,
    ) -> IoStatus {
        let generated = if self.generated { sys::FLTFL_CALLBACK_DATA_GENERATED_IO } else { 0 };
        self.send(sys::FLTFL_CALLBACK_DATA_IRP_OPERATION | flags | generated, parameters, mdl)
    }

    /// Tries a fast I/O call; `None` if a filter refused it, so that an IRP is to be sent (rule C-18).
    pub(crate) fn fast(&self, mut parameters: FLT_IO_PARAMETER_BLOCK) -> Option<IoStatus> {
        // Rule B-23: IRP flags mean nothing to fast I/O.
        parameters.IrpFlags = 0;
        let result = self.send(sys::FLTFL_CALLBACK_DATA_FAST_IO_OPERATION, parameters, None);
        (result.status != sys::STATUS_FLT_DISALLOW_FAST_IO).then_some(result)
    }

    /// Sends a file system filter call.
    pub(crate) fn fs_filter(&self, parameters: FLT_IO_PARAMETER_BLOCK) -> IoStatus {
        self.send(sys::FLTFL_CALLBACK_DATA_FS_FILTER_OPERATION, parameters, None)
    }

    fn send(&self, class: u32, parameters: FLT_IO_PARAMETER_BLOCK, mdl: Option<super::mdl::OwnedMdl>) -> IoStatus {
        operation::perform(Request {
            volume: self.file.volume(),
            file: self.file,
            class,
            parameters,
            requestor: self.requestor,
            floor: self.floor,
            mdl,
            own: None,
        })
    }
}

impl IoStatus {
    /// The information of a success, or the error. A warning counts as an error (rule C-11).
    pub(crate) fn into_result(self) -> Result<usize, NtStatus> {
        if self.status >= 0 { Ok(self.information) } else { Err(NtStatus(self.status)) }
    }
}
