//! Everything else that can be done with an open file.

use fltmgr_sys as sys;
use fltmgr_sys::LARGE_INTEGER;

use super::file::{File, FileLock, Sender};
use super::{FileRef, Requestor, Volume};
use crate::flt::callback_data::IoStatus;
use crate::flt::major::{self, byte};
use crate::flt::parameters::{METHOD_BUFFERED, METHOD_NEITHER};
use crate::flt::text;
use crate::status::NtStatus;

fn length_of(buffer: &[u8]) -> u32 {
    u32::try_from(buffer.len()).unwrap_or(u32::MAX)
}

impl Sender<'_> {
    /// Queries a directory.
    pub(crate) fn query_directory(
        &self,
        class: i32,
        pattern: Option<&[u16]>,
        flags: u32,
        buffer: &mut [u8],
    ) -> IoStatus {
        let mut name = pattern.map(text::string_of);
        let mut parameters = self.parameters(major::DIRECTORY_CONTROL, sys::IRP_SYNCHRONOUS_API);
        parameters.MinorFunction = byte(sys::IRP_MN_QUERY_DIRECTORY);
        parameters.OperationFlags = byte(flags);
        // SAFETY: the member of the union is the query's.
        let query = unsafe { &mut parameters.Parameters.DirectoryControl.QueryDirectory };
        query.Length = length_of(buffer);
        query.FileName = name.as_mut().map_or(std::ptr::null_mut(), std::ptr::from_mut);
        query.FileInformationClass = class;
        query.DirectoryBuffer = buffer.as_mut_ptr().cast();
        self.irp(parameters, 0)
    }

    /// Sends a file system control, its buffers as the method in the code says (rule I-22).
    pub(crate) fn fs_control(&self, code: u32, input: &[u8], output: &mut [u8]) -> IoStatus {
        let mut parameters = self.parameters(major::FILE_SYSTEM_CONTROL, sys::IRP_SYNCHRONOUS_API);
        parameters.MinorFunction = byte(sys::IRP_MN_USER_FS_REQUEST);
        // SAFETY: the members of the union are those of the control, chosen by its method.
        unsafe {
            let control = &mut parameters.Parameters.FileSystemControl;
            control.Common.OutputBufferLength = length_of(output);
            control.Common.InputBufferLength = length_of(input);
            control.Common.FsControlCode = code;
            match code & 3 {
                METHOD_BUFFERED => {
                    let mut system = input.to_vec();
                    system.resize(input.len().max(output.len()), 0);
                    control.Buffered.SystemBuffer = system.as_mut_ptr().cast();
                    let result = self.irp(parameters, sys::FLTFL_CALLBACK_DATA_SYSTEM_BUFFER);
                    // A warning gives what fits; an error gives nothing.
                    if !NtStatus(result.status).is_error() {
                        let count = result.information.min(output.len());
                        output[..count].copy_from_slice(&system[..count]);
                    }
                    result
                }
                METHOD_NEITHER => {
                    control.Neither.InputBuffer = input.as_ptr().cast_mut().cast();
                    control.Neither.OutputBuffer = output.as_mut_ptr().cast();
                    self.irp(parameters, 0)
                }
                _ => {
                    let mut system = input.to_vec();
                    control.Direct.InputSystemBuffer = system.as_mut_ptr().cast();
                    control.Direct.OutputBuffer = output.as_mut_ptr().cast();
                    let mdl = super::mdl::OwnedMdl::new(output.as_mut_ptr().cast(), length_of(output));
                    control.Direct.OutputMdlAddress = mdl.as_ptr();
                    self.irp_with_mdl(parameters, 0, Some(mdl))
                }
            }
        }
    }

    /// Flushes, in the way that the minor function says.
    pub(crate) fn flush(&self, minor: u8) -> IoStatus {
        let mut parameters = self.parameters(major::FLUSH_BUFFERS, sys::IRP_SYNCHRONOUS_API);
        parameters.MinorFunction = minor;
        self.irp(parameters, 0)
    }

    /// Queries extended attributes.
    pub(crate) fn query_ea(&self, names: &[u8], index: Option<u32>, flags: u32, buffer: &mut [u8]) -> IoStatus {
        let mut parameters = self.parameters(major::QUERY_EA, sys::IRP_SYNCHRONOUS_API);
        let indexed = if index.is_some() { sys::SL_INDEX_SPECIFIED } else { 0 };
        parameters.OperationFlags = byte(flags | indexed);
        // SAFETY: the member of the union is the query's.
        let query = unsafe { &mut parameters.Parameters.QueryEa };
        query.Length = length_of(buffer);
        query.EaBuffer = buffer.as_mut_ptr().cast();
        query.EaIndex = index.unwrap_or_default();
        if !names.is_empty() {
            query.EaList = names.as_ptr().cast_mut().cast();
            query.EaListLength = length_of(names);
        }
        self.irp(parameters, 0)
    }

    /// Sets extended attributes.
    pub(crate) fn set_ea(&self, list: &[u8]) -> IoStatus {
        let mut copy = list.to_vec();
        let mut parameters = self.parameters(major::SET_EA, sys::IRP_SYNCHRONOUS_API);
        // SAFETY: the member of the union is the set's.
        let set = unsafe { &mut parameters.Parameters.SetEa };
        set.Length = length_of(&copy);
        set.EaBuffer = copy.as_mut_ptr().cast();
        self.irp(parameters, 0)
    }

    /// Queries information about the volume.
    pub(crate) fn query_volume_information(&self, class: i32, buffer: &mut [u8]) -> IoStatus {
        let irp_flags = sys::IRP_BUFFERED_IO | sys::IRP_SYNCHRONOUS_API;
        let mut parameters = self.parameters(major::QUERY_VOLUME_INFORMATION, irp_flags);
        // SAFETY: the member of the union is the query's.
        let query = unsafe { &mut parameters.Parameters.QueryVolumeInformation };
        query.Length = length_of(buffer);
        query.FsInformationClass = class;
        query.VolumeBuffer = buffer.as_mut_ptr().cast();
        self.irp(parameters, sys::FLTFL_CALLBACK_DATA_SYSTEM_BUFFER)
    }
}

impl File {
    /// Queries a directory: entries of `class` whose names match `pattern`, as many as fit. `flags` are
    /// `SL_RESTART_SCAN`, `SL_RETURN_SINGLE_ENTRY` and `SL_INDEX_SPECIFIED`.
    ///
    /// # Errors
    ///
    /// `STATUS_NO_MORE_FILES` behind the last entry, `STATUS_NO_SUCH_FILE` if nothing matches at all, and what a filter
    /// or the file system failed it with.
    pub fn query_directory(
        &self,
        class: i32,
        pattern: Option<&[u16]>,
        flags: u32,
        buffer: &mut [u8],
    ) -> Result<usize, NtStatus> {
        self.require(sys::FILE_LIST_DIRECTORY)?;
        let who = self.who();
        let count = self.sender(&who).query_directory(class, pattern, flags, buffer).into_result()?;
        Ok(count.min(buffer.len()))
    }

    /// Sends a file system control.
    ///
    /// # Errors
    ///
    /// What a filter or the file system failed it with.
    pub fn fs_control(&self, code: u32, input: &[u8], output: &mut [u8]) -> Result<usize, NtStatus> {
        let who = self.who();
        let count = self.sender(&who).fs_control(code, input, output).into_result()?;
        Ok(count.min(output.len()))
    }

    /// Sets extended attributes: a list of `FILE_FULL_EA_INFORMATION`.
    ///
    /// # Errors
    ///
    /// What a filter or the file system failed it with.
    pub fn set_ea(&self, list: &[u8]) -> Result<(), NtStatus> {
        self.require(sys::FILE_WRITE_EA)?;
        let who = self.who();
        self.sender(&who).set_ea(list).into_result().map(drop)
    }

    /// Queries extended attributes, from the first one on: those that a list of `FILE_GET_EA_INFORMATION` names, or all
    /// if it is empty.
    ///
    /// # Errors
    ///
    /// What a filter or the file system failed it with.
    pub fn query_ea(&self, names: &[u8], buffer: &mut [u8]) -> Result<usize, NtStatus> {
        self.require(sys::FILE_READ_EA)?;
        let who = self.who();
        let count = self.sender(&who).query_ea(names, None, sys::SL_RESTART_SCAN, buffer).into_result()?;
        Ok(count.min(buffer.len()))
    }

    /// Brings what was written to the medium.
    ///
    /// # Errors
    ///
    /// What a filter or the file system failed it with.
    pub fn flush(&self) -> Result<(), NtStatus> {
        let who = self.who();
        self.sender(&who).flush(0).into_result().map(drop)
    }

    /// Locks a range of bytes.
    ///
    /// # Errors
    ///
    /// `STATUS_LOCK_NOT_GRANTED`, and what a filter or the file system failed it with.
    pub fn lock(&self, lock: &FileLock) -> Result<(), NtStatus> {
        self.require(sys::FILE_READ_DATA | sys::FILE_WRITE_DATA)?;
        self.lock_control(byte(sys::IRP_MN_LOCK), lock)
    }

    /// Unlocks a range that was locked with the same offset, length and key.
    ///
    /// # Errors
    ///
    /// `STATUS_RANGE_NOT_LOCKED`, and what a filter or the file system failed it with.
    pub fn unlock(&self, offset: u64, length: u64, key: u32) -> Result<(), NtStatus> {
        let lock = FileLock { offset, length, key, exclusive: false, fail_immediately: true };
        self.lock_control(byte(sys::IRP_MN_UNLOCK_SINGLE), &lock)
    }

    /// Locks and unlocks are tried as fast I/O first (rule L-01). One that may have to wait is not: fast I/O cannot.
    fn lock_control(&self, minor: u8, lock: &FileLock) -> Result<(), NtStatus> {
        let who = self.who();
        let sender = self.sender(&who);
        let mut length = LARGE_INTEGER { QuadPart: lock.length.cast_signed() };
        let mut parameters = sender.parameters(major::LOCK_CONTROL, sys::IRP_SYNCHRONOUS_API);
        parameters.MinorFunction = minor;
        // SAFETY: the member of the union is the lock's.
        let control = unsafe { &mut parameters.Parameters.LockControl };
        control.Length = &raw mut length;
        control.Key = lock.key;
        control.ByteOffset.QuadPart = lock.offset.cast_signed();
        control.ProcessId = std::ptr::with_exposed_provenance_mut(who.process.address());
        control.FailImmediately = lock.fail_immediately.into();
        control.ExclusiveLock = lock.exclusive.into();
        let result = if lock.fail_immediately { sender.fast(parameters) } else { None };
        let result = result.unwrap_or_else(|| {
            // Rule B-27: an IRP says it in its flags.
            let exclusive = if lock.exclusive { sys::SL_EXCLUSIVE_LOCK } else { 0 };
            let fail = if lock.fail_immediately { sys::SL_FAIL_IMMEDIATELY } else { 0 };
            parameters.OperationFlags = byte(exclusive | fail);
            sender.irp(parameters, 0)
        });
        result.into_result().map(drop)
    }

    /// Queries information about the volume the file is on.
    ///
    /// # Errors
    ///
    /// What a filter or the file system failed it with.
    pub fn query_volume_information(&self, class: i32, buffer: &mut [u8]) -> Result<usize, NtStatus> {
        let who = self.who();
        let count = self.sender(&who).query_volume_information(class, buffer).into_result()?;
        Ok(count.min(buffer.len()))
    }

    /// What mapping the file into memory asks of filters and the file system: that the section may be created. The page
    /// protection is `PAGE_READONLY`, `PAGE_EXECUTE_READ` and so on.
    ///
    /// # Errors
    ///
    /// What a filter failed it with (rule C-26).
    pub fn create_section(&self, page_protection: u32) -> Result<(), NtStatus> {
        let who = self.who();
        let sender = self.sender(&who);
        let mut parameters = sender.parameters(major::ACQUIRE_FOR_SECTION_SYNCHRONIZATION, 0);
        // SAFETY: the member of the union is the acquire's.
        let acquire = unsafe { &mut parameters.Parameters.AcquireForSectionSynchronization };
        acquire.SyncType = sys::SyncTypeCreateSection;
        acquire.PageProtection = page_protection;
        sender.fs_filter(parameters).into_result()?;
        let release = sender.parameters(major::RELEASE_FOR_SECTION_SYNCHRONIZATION, 0);
        sender.fs_filter(release).into_result().map(drop)
    }
}

impl Volume {
    /// Queries information about the volume through its root directory.
    ///
    /// # Errors
    ///
    /// What a filter or the file system failed it with.
    pub fn query_volume_information(
        self: &std::sync::Arc<Self>,
        who: &Requestor,
        class: i32,
        buffer: &mut [u8],
    ) -> Result<usize, NtStatus> {
        if !self.is_filtered(major::QUERY_VOLUME_INFORMATION) && !self.is_filtered(major::CREATE) {
            let (status, count) = self.file_system().query_volume_information(class, buffer);
            return if status.is_success() { Ok(count) } else { Err(status) };
        }
        let request = super::OpenRequest {
            name: vec![u16::from(b'\\')],
            desired_access: sys::FILE_READ_ATTRIBUTES | sys::SYNCHRONIZE,
            options: sys::FILE_DIRECTORY_FILE | sys::FILE_SYNCHRONOUS_IO_NONALERT,
            ..super::OpenRequest::default()
        };
        let (root, _) = self.open(who, &request)?;
        root.query_volume_information(class, buffer)
    }
}

/// The file object a kernel handle stands for.
pub(crate) fn handle_to_file(handle: u64) -> Option<FileRef> {
    let target = crate::kernel::handle::get(usize::try_from(handle).ok()?)?;
    if target.kind != crate::kernel::object::ObjectKind::File {
        return None;
    }
    // SAFETY: the handle's share in the file object, which `target` holds, keeps it alive.
    Some(unsafe { FileRef::of(std::ptr::with_exposed_provenance_mut(target.object)) })
}
