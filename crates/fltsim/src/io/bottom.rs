//! The bottom of a volume's stack: hands an operation to the file system, as its parameters stand by then.

use std::ffi::c_void;
use std::sync::Arc;

use fltmgr_sys as sys;
use fltmgr_sys::{FLT_IO_PARAMETER_BLOCK, PMDL};

use super::file_object::{FileRef, units};
use super::{cached, information, mdl};
use crate::flt::callback_data::IoStatus;
use crate::flt::major::{self, byte, size_of_32};
use crate::flt::open_reparse;
use crate::flt::parameters::{METHOD_BUFFERED, METHOD_NEITHER};
use crate::flt::volume::Volume;
use crate::fs::{CreateParameters, DirectoryQuery, ExtendedAttributeQuery, LockOwner, LockRequest, Open, WriteOffset};
use crate::kernel::irql;
use crate::status::NtStatus;

impl From<NtStatus> for IoStatus {
    fn from(status: NtStatus) -> Self {
        Self::of(status.0)
    }
}

/// A success with this information.
fn done(information: usize) -> IoStatus {
    IoStatus { status: sys::STATUS_SUCCESS, information }
}

/// A status and the bytes that come with it: a warning carries data too.
fn answer((status, information): (NtStatus, usize)) -> IoStatus {
    IoStatus { status: status.0, information }
}

/// The outcome of what gives nothing back.
fn plain(result: Result<(), NtStatus>) -> IoStatus {
    result.map_or_else(IoStatus::from, |()| done(0))
}

/// The outcome of what counts bytes.
fn counted(result: Result<usize, NtStatus>) -> IoStatus {
    result.map_or_else(IoStatus::from, done)
}

/// Performs an operation in the file system, for the process whose address is `process`.
pub(crate) fn execute(
    volume: &Volume,
    file: &FileRef,
    process: usize,
    parameters: &mut FLT_IO_PARAMETER_BLOCK,
) -> IoStatus {
    // A filter may have sent the operation to another file object (rule B-05).
    let redirected = if parameters.TargetFileObject == file.as_ptr() {
        None
    } else {
        // SAFETY: rule B-13: the filter put a file object of this volume there.
        Some(unsafe { FileRef::of(parameters.TargetFileObject) })
    };
    let file = redirected.as_ref().unwrap_or(file);
    let bottom = Bottom { volume, file, process };
    // The file system may wait; the level of the callbacks is not its own.
    irql::at(irql::PASSIVE_LEVEL, || {
        // SAFETY: the buffers in the parameters are valid while the operation is on its way: the I/O manager put them
        // there, or a filter that vouches for its own.
        unsafe { bottom.dispatch(parameters) }
    })
}

/// Where an operation ends, and for whom.
struct Bottom<'a> {
    volume: &'a Volume,
    file: &'a FileRef,
    process: usize,
}

impl Bottom<'_> {
    /// Acts on the major function.
    ///
    /// # Safety
    ///
    /// The parameters must be valid, with the buffers they name.
    unsafe fn dispatch(&self, parameters: &mut FLT_IO_PARAMETER_BLOCK) -> IoStatus {
        // SAFETY: passed on.
        unsafe {
            match parameters.MajorFunction {
                major::CREATE => self.create(parameters),
                major::NETWORK_QUERY_OPEN => self.network_query_open(parameters),
                major::QUERY_OPEN => self.query_open(parameters),
                major::CLEANUP => {
                    if let Some(open) = self.file.live_open() {
                        self.volume.file_system().cleanup(open);
                    }
                    done(0)
                }
                major::CLOSE => {
                    self.file.closed();
                    done(0)
                }
                major::ACQUIRE_FOR_SECTION_SYNCHRONIZATION
                | major::RELEASE_FOR_SECTION_SYNCHRONIZATION
                | major::ACQUIRE_FOR_CC_FLUSH
                | major::RELEASE_FOR_CC_FLUSH
                | major::ACQUIRE_FOR_MOD_WRITE
                | major::RELEASE_FOR_MOD_WRITE => done(0),
                _ => match self.file.live_open() {
                    Some(open) => self.on_open(open, parameters),
                    None => IoStatus::of(sys::STATUS_INVALID_PARAMETER),
                },
            }
        }
    }

    unsafe fn create(&self, parameters: &FLT_IO_PARAMETER_BLOCK) -> IoStatus {
        let name = self.file.name();
        // SAFETY: the member of the union is the create's.
        let create = unsafe { &parameters.Parameters.Create };
        // SAFETY: the I/O manager put the security context there.
        let desired_access = unsafe { create.SecurityContext.as_ref() }.map_or(0, |context| context.DesiredAccess);
        let mut given = CreateParameters {
            name: &name,
            desired_access,
            disposition: create.Options >> 24,
            options: create.Options & 0x00FF_FFFF,
            share_access: create.ShareAccess.into(),
            file_attributes: create.FileAttributes.into(),
            // SAFETY: every bit pattern is an integer.
            allocation_size: unsafe { create.AllocationSize.QuadPart }.cast_unsigned(),
            case_sensitive: parameters.OperationFlags & byte(sys::SL_CASE_SENSITIVE) != 0,
            open_target_directory: parameters.OperationFlags & byte(sys::SL_OPEN_TARGET_DIRECTORY) != 0,
            // SAFETY: the caller vouches for the buffer.
            extended_attributes: unsafe { input(create.EaBuffer, create.EaLength, std::ptr::null_mut()) },
        };
        let mut result = self.volume.file_system().create(&given);
        if let Err(NtStatus(sys::STATUS_IO_REPARSE_TAG_NOT_HANDLED)) = &result
            && let Some(point) = self.volume.file_system().reparse_point_on(&name, self.file.is_case_sensitive())
            && open_reparse::opens(self.file, &point)
        {
            given.options |= sys::FILE_OPEN_REPARSE_POINT;
            result = self.volume.file_system().create(&given);
        }
        match result {
            Ok((open, information)) => {
                self.file.opened(open);
                done(information)
            }
            Err(status) if status.0 == sys::STATUS_IO_REPARSE_TAG_NOT_HANDLED => self.met_reparse_point(status),
            Err(status) => status.into(),
        }
    }

    /// What a create answers that leads to a reparse point: its tag, for somebody above who knows what it means.
    fn met_reparse_point(&self, status: NtStatus) -> IoStatus {
        let file_system = self.volume.file_system();
        let point = file_system.reparse_point_on(&self.file.name(), self.file.is_case_sensitive());
        let tag = point.as_ref().and_then(|point| point.buffer.first_chunk()).map(|tag| u32::from_le_bytes(*tag));
        tag.map_or(status.into(), |tag| IoStatus { status: sys::STATUS_REPARSE, information: tag as usize })
    }

    /// Answers `IRP_MJ_NETWORK_QUERY_OPEN`.
    unsafe fn network_query_open(&self, parameters: &FLT_IO_PARAMETER_BLOCK) -> IoStatus {
        let length = size_of_32::<sys::FILE_NETWORK_OPEN_INFORMATION>();
        // SAFETY: the caller vouches for the structure that the member of the union points to.
        let buffer = unsafe {
            output(parameters.Parameters.NetworkQueryOpen.NetworkInformation.cast(), length, std::ptr::null_mut())
        };
        self.query_by_name(sys::FileNetworkOpenInformation, buffer)
    }

    /// Answers `IRP_MJ_QUERY_OPEN`. The length of the answer is told beside it, and not in the status block (rule D-35).
    unsafe fn query_open(&self, parameters: &FLT_IO_PARAMETER_BLOCK) -> IoStatus {
        // SAFETY: this is the member of a query-open, and the caller vouches for what it points to.
        let (query, length) = unsafe {
            let query = parameters.Parameters.QueryOpen;
            (query, &mut *query.Length)
        };
        // SAFETY: as above.
        let buffer = unsafe { output(query.FileInformation, *length, std::ptr::null_mut()) };
        let result = self.query_by_name(query.FileInformationClass, buffer);
        *length = u32::try_from(result.information).unwrap_or(0);
        IoStatus { information: 0, ..result }
    }

    /// Opens, queries and closes without anybody above seeing it.
    fn query_by_name(&self, class: i32, buffer: &mut [u8]) -> IoStatus {
        let name = self.file.name();
        let file_system = self.volume.file_system();
        let opened = file_system.create(&CreateParameters {
            name: &name,
            desired_access: sys::FILE_READ_ATTRIBUTES,
            disposition: sys::FILE_OPEN,
            options: sys::FILE_OPEN_REPARSE_POINT,
            share_access: sys::FILE_SHARE_READ | sys::FILE_SHARE_WRITE | sys::FILE_SHARE_DELETE,
            case_sensitive: self.file.is_case_sensitive(),
            ..CreateParameters::default()
        });
        let open: Arc<Open> = match opened {
            Ok((open, _)) => open,
            Err(status) => return status.into(),
        };
        let result = file_system.query_information(&open, class, buffer);
        file_system.cleanup(&open);
        answer(result)
    }

    /// Whether something is read or written through the cache of a volume that has one.
    fn is_cached(&self, parameters: &FLT_IO_PARAMETER_BLOCK) -> bool {
        self.volume.has_cache() && parameters.IrpFlags & sys::IRP_NOCACHE == 0
    }

    unsafe fn read(&self, open: &Open, parameters: &FLT_IO_PARAMETER_BLOCK) -> IoStatus {
        // SAFETY: the member of the union is the read's; the caller vouches for the buffer.
        let (read, buffer) = unsafe {
            let read = parameters.Parameters.Read;
            (read, output(read.ReadBuffer, read.Length, read.MdlAddress))
        };
        // SAFETY: every bit pattern is an integer.
        let Ok(offset) = u64::try_from(unsafe { read.ByteOffset.QuadPart }) else {
            return IoStatus::of(sys::STATUS_INVALID_PARAMETER);
        };
        let file_system = self.volume.file_system();
        counted(if parameters.IrpFlags & sys::IRP_PAGING_IO != 0 {
            file_system.read_paging(open, offset, buffer)
        } else if self.is_cached(parameters) {
            cached::read(self.file, open, offset, buffer, self.owner(read.Key))
        } else {
            file_system.read(open, offset, buffer, self.owner(read.Key))
        })
    }

    unsafe fn write(&self, open: &Open, parameters: &FLT_IO_PARAMETER_BLOCK) -> IoStatus {
        // SAFETY: the member of the union is the write's; the caller vouches for the buffer.
        let (write, data) = unsafe {
            let write = parameters.Parameters.Write;
            (write, input(write.WriteBuffer, write.Length, write.MdlAddress))
        };
        // SAFETY: every bit pattern is an integer.
        let offset = match unsafe { write.ByteOffset.QuadPart } {
            WRITE_TO_END_OF_FILE => WriteOffset::End,
            offset => match u64::try_from(offset) {
                Ok(offset) => WriteOffset::At(offset),
                Err(_) => return IoStatus::of(sys::STATUS_INVALID_PARAMETER),
            },
        };
        let file_system = self.volume.file_system();
        counted(match offset {
            WriteOffset::At(offset) if parameters.IrpFlags & sys::IRP_PAGING_IO != 0 => {
                file_system.write_paging(open, offset, data)
            }
            offset if self.is_cached(parameters) => cached::write(self.file, open, offset, data, self.owner(write.Key)),
            offset => file_system.write(open, offset, data, self.owner(write.Key)),
        })
    }

    unsafe fn on_open(&self, open: &Open, parameters: &mut FLT_IO_PARAMETER_BLOCK) -> IoStatus {
        let file_system = self.volume.file_system();
        let flags = u32::from(parameters.OperationFlags);
        // SAFETY: the member of the union follows from the major function; the caller vouches for the buffers.
        unsafe {
            let union = &mut parameters.Parameters;
            match parameters.MajorFunction {
                major::READ => self.read(open, parameters),
                major::WRITE => self.write(open, parameters),
                major::QUERY_INFORMATION => {
                    let query = &union.QueryFileInformation;
                    let buffer = output(query.InfoBuffer, query.Length, std::ptr::null_mut());
                    answer(file_system.query_information(open, query.FileInformationClass, buffer))
                }
                major::SET_INFORMATION => {
                    let set = &union.SetFileInformation;
                    let buffer = input(set.InfoBuffer, set.Length, std::ptr::null_mut());
                    plain(information::set(self.volume, open, set.FileInformationClass, buffer))
                }
                major::QUERY_VOLUME_INFORMATION => {
                    let query = &union.QueryVolumeInformation;
                    let buffer = output(query.VolumeBuffer, query.Length, std::ptr::null_mut());
                    answer(file_system.query_volume_information(query.FsInformationClass, buffer))
                }
                major::FLUSH_BUFFERS => plain(file_system.flush(open)),
                major::DIRECTORY_CONTROL => {
                    if u32::from(parameters.MinorFunction) != sys::IRP_MN_QUERY_DIRECTORY {
                        return IoStatus::of(sys::STATUS_NOT_IMPLEMENTED);
                    }
                    let query = &union.DirectoryControl.QueryDirectory;
                    let buffer = output(query.DirectoryBuffer, query.Length, query.MdlAddress);
                    let pattern = query.FileName.as_ref().map(|name| units(*name));
                    let query = DirectoryQuery {
                        class: query.FileInformationClass,
                        pattern,
                        flags,
                        file_index: query.FileIndex,
                    };
                    answer(file_system.query_directory(open, &query, buffer))
                }
                major::FILE_SYSTEM_CONTROL => self.fs_control(open, parameters),
                major::QUERY_EA => {
                    let query = &union.QueryEa;
                    let buffer = output(query.EaBuffer, query.Length, query.MdlAddress);
                    let query = ExtendedAttributeQuery {
                        names: input(query.EaList, query.EaListLength, std::ptr::null_mut()),
                        index: (flags & sys::SL_INDEX_SPECIFIED != 0).then_some(query.EaIndex),
                        restart: flags & sys::SL_RESTART_SCAN != 0,
                        single: flags & sys::SL_RETURN_SINGLE_ENTRY != 0,
                    };
                    answer(file_system.query_ea(open, &query, buffer))
                }
                major::SET_EA => {
                    let set = &union.SetEa;
                    plain(file_system.set_ea(open, input(set.EaBuffer, set.Length, set.MdlAddress)))
                }
                major::LOCK_CONTROL => plain(self.lock_control(open, parameters)),
                major::QUERY_SECURITY => {
                    let query = &union.QuerySecurity;
                    let buffer = output(query.SecurityBuffer, query.Length, query.MdlAddress);
                    answer(file_system.query_security(open, query.SecurityInformation, buffer))
                }
                major::SET_SECURITY => {
                    let set = &union.SetSecurity;
                    let captured = super::security::capture(set.SecurityDescriptor.cast());
                    let set = |bytes: Vec<u8>| file_system.set_security(open, set.SecurityInformation, &bytes);
                    plain(captured.and_then(set))
                }
                major::SET_VOLUME_INFORMATION => {
                    let set = &union.SetVolumeInformation;
                    let buffer = input(set.VolumeBuffer, set.Length, std::ptr::null_mut());
                    plain(file_system.set_volume_information(set.FsInformationClass, buffer))
                }
                // Files take no device controls, and there is no device below the volume.
                major::DEVICE_CONTROL if !self.file.is_volume_open() => IoStatus::of(sys::STATUS_INVALID_PARAMETER),
                _ => IoStatus::of(sys::STATUS_INVALID_DEVICE_REQUEST),
            }
        }
    }

    fn owner(&self, key: u32) -> LockOwner {
        LockOwner { process: self.process, key }
    }

    unsafe fn fs_control(&self, open: &Open, parameters: &mut FLT_IO_PARAMETER_BLOCK) -> IoStatus {
        let file_system = self.volume.file_system();
        // SAFETY: the layout follows from the method in the code; the caller vouches for the buffers.
        unsafe {
            let control = &parameters.Parameters.FileSystemControl;
            let code = control.Common.FsControlCode;
            let (input_length, output_length) = (control.Common.InputBufferLength, control.Common.OutputBufferLength);
            match code & 3 {
                METHOD_BUFFERED => {
                    // One buffer serves both ways, so the input is copied before the output is written.
                    let buffer = control.Buffered.SystemBuffer;
                    let given = input(buffer, input_length, std::ptr::null_mut()).to_vec();
                    let wanted = output(buffer, output_length, std::ptr::null_mut());
                    answer(file_system.fs_control(open, code, &given, wanted))
                }
                METHOD_NEITHER => {
                    let neither = &control.Neither;
                    let given = input(neither.InputBuffer, input_length, std::ptr::null_mut()).to_vec();
                    let wanted = output(neither.OutputBuffer, output_length, neither.OutputMdlAddress);
                    answer(file_system.fs_control(open, code, &given, wanted))
                }
                _ => {
                    let direct = &control.Direct;
                    let given = input(direct.InputSystemBuffer, input_length, std::ptr::null_mut()).to_vec();
                    let wanted = output(direct.OutputBuffer, output_length, direct.OutputMdlAddress);
                    answer(file_system.fs_control(open, code, &given, wanted))
                }
            }
        }
    }

    unsafe fn lock_control(&self, open: &Open, parameters: &mut FLT_IO_PARAMETER_BLOCK) -> Result<(), NtStatus> {
        let file_system = self.volume.file_system();
        // SAFETY: the member of the union is the lock's; its length is NULL or valid.
        let (lock, length, offset) = unsafe {
            let lock = parameters.Parameters.LockControl;
            let length = lock.Length.as_ref().map_or(0, |length| length.QuadPart.cast_unsigned());
            (lock, length, lock.ByteOffset.QuadPart.cast_unsigned())
        };
        let owner = self.owner(lock.Key);
        match u32::from(parameters.MinorFunction) {
            sys::IRP_MN_LOCK => file_system.lock(
                open,
                owner,
                &LockRequest {
                    offset,
                    length,
                    exclusive: lock.ExclusiveLock != 0,
                    fail_immediately: lock.FailImmediately != 0,
                },
            ),
            sys::IRP_MN_UNLOCK_SINGLE => file_system.unlock(open, owner, offset, length),
            sys::IRP_MN_UNLOCK_ALL => file_system.unlock_all(open, self.process),
            sys::IRP_MN_UNLOCK_ALL_BY_KEY => file_system.unlock_all_by_key(open, owner),
            _ => Err(NtStatus(sys::STATUS_INVALID_DEVICE_REQUEST)),
        }
    }
}

/// `FILE_WRITE_TO_END_OF_FILE` with a high part of -1.
pub(super) const WRITE_TO_END_OF_FILE: i64 = -1;

/// The address of an operation's buffer: what the MDL describes, or the raw address (rule I-13).
unsafe fn address(buffer: *mut c_void, mdl: PMDL) -> *mut u8 {
    // SAFETY: the caller vouches for the MDL.
    if mdl.is_null() { buffer.cast() } else { unsafe { mdl::address_of(mdl).cast() } }
}

/// A buffer the file system reads.
unsafe fn input<'a>(buffer: *mut c_void, length: u32, mdl: PMDL) -> &'a [u8] {
    // SAFETY: the caller vouches for the buffer and its length.
    unsafe {
        let address = address(buffer, mdl);
        if address.is_null() || length == 0 { &[] } else { std::slice::from_raw_parts(address, length as usize) }
    }
}

/// A buffer the file system writes.
unsafe fn output<'a>(buffer: *mut c_void, length: u32, mdl: PMDL) -> &'a mut [u8] {
    // SAFETY: the caller vouches for the buffer and its length, and that nobody else writes it.
    unsafe {
        let address = address(buffer, mdl);
        if address.is_null() || length == 0 {
            &mut []
        } else {
            std::slice::from_raw_parts_mut(address, length as usize)
        }
    }
}
