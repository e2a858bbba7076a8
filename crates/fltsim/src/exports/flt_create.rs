//! What filters learn of a file with its create or without one (rule B-36), and what they open that is no file.

use std::mem::offset_of;

use fltmgr_sys as sys;
use fltmgr_sys::{
    FILE_INFORMATION_CLASS, NTSTATUS, OBJECT_ATTRIBUTES, PFILE_OBJECT, PFLT_CALLBACK_DATA, PFLT_FILTER, PFLT_INSTANCE,
    PHANDLE, PIO_DRIVER_CREATE_CONTEXT, PIO_STATUS_BLOCK, PLARGE_INTEGER, POBJECT_ATTRIBUTES, PULONG, PVOID, ULONG,
};

use super::export;
use super::flt_io::bytes;
use crate::flt::callback_data::{CallbackBlock, IoStatus};
use crate::flt::generated::{self, Create};
use crate::flt::instance::Instance;
use crate::flt::major;
use crate::flt::object::Object;
use crate::flt::operation::Operation;
use crate::flt::parameters::write_status;
use crate::fs::{ExtendedAttributeQuery, FileSystem, Open};
use crate::io::OpenRequest;
use crate::kernel::irql;

/// The classes that a create can be asked for.
const KNOWN: u32 = sys::QoCFileStatInformation | sys::QoCFileLxInformation | sys::QoCFileEaInformation;

/// The create behind callback data, if it is one.
unsafe fn create_of<'a>(data: PFLT_CALLBACK_DATA) -> Option<&'a Operation> {
    // SAFETY: the driver passes callback data that is its own.
    let operation = unsafe { CallbackBlock::of(data) }.operation()?;
    (operation.is_irp() && operation.major == major::CREATE).then_some(operation)
}

/// Bytes in words, as long as a structure needs them.
fn words(bytes: &[u8]) -> Box<[u64]> {
    bytes
        .chunks(8)
        .map(|chunk| {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            u64::from_le_bytes(word)
        })
        .collect()
}

/// What a file system knows of a file it has opened.
fn told(file_system: &FileSystem, open: &Open, class: u32) -> Result<Box<[u64]>, NTSTATUS> {
    let mut structure = [0; size_of::<sys::FILE_STAT_LX_INFORMATION>()];
    if class == sys::QoCFileEaInformation {
        let mut list = vec![0; 64 * 1024];
        let query = ExtendedAttributeQuery { restart: true, ..ExtendedAttributeQuery::default() };
        let (status, length) = file_system.query_ea(open, &query, &mut list);
        if status.is_error() {
            return Err(sys::STATUS_NOT_FOUND);
        }
        // The length and the address of the list come first, and the list lies behind them.
        let mut all = vec![length as u64, 0];
        all.extend(words(&list[..length]));
        let mut all = all.into_boxed_slice();
        all[1] = all[2..].as_ptr() as u64;
        return Ok(all);
    }
    let (status, length) = file_system.query_information(open, sys::FileStatLxInformation, &mut structure);
    if !status.is_success() || length < structure.len() {
        return Err(sys::STATUS_UNSUCCESSFUL);
    }
    // What a create tells is the one or the other part of that.
    let effective_access = offset_of!(sys::FILE_STAT_LX_INFORMATION, EffectiveAccess);
    if class == sys::QoCFileStatInformation {
        Ok(words(&structure[..effective_access]))
    } else {
        let end = effective_access + size_of::<sys::QUERY_ON_CREATE_FILE_LX_INFORMATION>();
        Ok(words(&structure[effective_access..end]))
    }
}

/// The size of what a class is told in.
fn size_of_class(class: u32) -> u32 {
    if class == sys::QoCFileStatInformation {
        major::size_of_32::<sys::QUERY_ON_CREATE_FILE_STAT_INFORMATION>()
    } else if class == sys::QoCFileLxInformation {
        major::size_of_32::<sys::QUERY_ON_CREATE_FILE_LX_INFORMATION>()
    } else {
        major::size_of_32::<sys::QUERY_ON_CREATE_EA_INFORMATION>()
    }
}

/// What a create was asked for: its address and its size.
unsafe fn retrieve(data: PFLT_CALLBACK_DATA, class: u32) -> Result<(PVOID, u32), NTSTATUS> {
    // SAFETY: passed on.
    let create = unsafe { create_of(data) }.ok_or(sys::STATUS_INVALID_PARAMETER_2)?;
    if !create.extension.was_asked(class) {
        return Err(sys::STATUS_NOT_SUPPORTED);
    }
    let file = create.target_file();
    let open = file.live_open().ok_or(sys::STATUS_NOT_SUPPORTED)?;
    let file_system = create.volume.file_system();
    let address = create.extension.answer(class, || told(file_system, open, class))?;
    Ok((address.cast(), size_of_class(class)))
}

/// What is opened by a name that is no file's.
unsafe fn no_such_device(
    instance: PFLT_INSTANCE,
    attributes: POBJECT_ATTRIBUTES,
    status_block: PIO_STATUS_BLOCK,
) -> NTSTATUS {
    // SAFETY: the driver passes NULL or its instance, object attributes and a place for the status.
    unsafe {
        let instance = if instance.is_null() { None } else { Some(Instance::arc_from_handle(instance)) };
        let found = attributes
            .as_ref()
            .map(|attributes: &OBJECT_ATTRIBUTES| generated::volume_of(instance.as_ref(), attributes));
        let status = match found {
            // Volumes take no pipes and no mailslots.
            Some(Ok(_)) => sys::STATUS_INVALID_DEVICE_REQUEST,
            Some(Err(status)) => status.0,
            None => sys::STATUS_INVALID_PARAMETER,
        };
        if let Some(block) = status_block.as_mut() {
            write_status(block, IoStatus::of(status));
        }
        status
    }
}

export! {
    dll "FLTMGR.SYS";

    /// Has a create tell of the file it opens (rule B-36).
    pub unsafe fn FltRequestFileInfoOnCreateCompletion(
        _Filter: PFLT_FILTER,
        Data: PFLT_CALLBACK_DATA,
        InfoClassFlags: ULONG,
    ) -> NTSTATUS {
        irql::check(irql::APC_LEVEL);
        // SAFETY: passed on.
        let Some(create) = (unsafe { create_of(Data) }) else { return sys::STATUS_INVALID_PARAMETER_2 };
        if create.is_post() {
            create.complain("B-36", "FltRequestFileInfoOnCreateCompletion was called in post-create");
        }
        create.extension.ask(InfoClassFlags & KNOWN);
        sys::STATUS_SUCCESS
    }

    /// What a create was asked for, or NULL (rule B-36).
    pub unsafe fn FltRetrieveFileInfoOnCreateCompletion(
        _Filter: PFLT_FILTER,
        Data: PFLT_CALLBACK_DATA,
        InfoClass: ULONG,
        Size: PULONG,
    ) -> PVOID {
        irql::check(irql::APC_LEVEL);
        // SAFETY: the driver passes callback data that is its own and a place for the size.
        unsafe {
            let (address, size) = retrieve(Data, InfoClass).unwrap_or((std::ptr::null_mut(), 0));
            Size.write(size);
            address
        }
    }

    /// What a create was asked for, or why there is nothing (rule B-36).
    pub unsafe fn FltRetrieveFileInfoOnCreateCompletionEx(
        _Filter: PFLT_FILTER,
        Data: PFLT_CALLBACK_DATA,
        InfoClass: ULONG,
        RetInfoSize: PULONG,
        RetInfoBuffer: *mut PVOID,
    ) -> NTSTATUS {
        irql::check(irql::APC_LEVEL);
        // SAFETY: the driver passes callback data that is its own and places for the results.
        unsafe {
            let found = retrieve(Data, InfoClass);
            let (address, size) = found.unwrap_or((std::ptr::null_mut(), 0));
            RetInfoSize.write(size);
            RetInfoBuffer.write(address);
            found.map_or_else(|status| status, |_| sys::STATUS_SUCCESS)
        }
    }

    /// Queries information about a file by its name. The file is opened for it, below the instance.
    pub unsafe fn FltQueryInformationByName(
        _Filter: PFLT_FILTER,
        Instance: PFLT_INSTANCE,
        ObjectAttributes: POBJECT_ATTRIBUTES,
        IoStatusBlock: PIO_STATUS_BLOCK,
        FileInformation: PVOID,
        Length: ULONG,
        FileInformationClass: FILE_INFORMATION_CLASS,
        _DriverContext: PIO_DRIVER_CREATE_CONTEXT,
    ) -> NTSTATUS {
        irql::check(irql::PASSIVE_LEVEL);
        // SAFETY: the driver passes NULL or its instance, object attributes and a buffer as long as it says.
        unsafe {
            let Some(attributes) = ObjectAttributes.as_ref() else { return sys::STATUS_INVALID_PARAMETER };
            let instance = if Instance.is_null() { None } else { Some(Instance::arc_from_handle(Instance)) };
            let class = FileInformationClass as i32;
            let known = [sys::FileStatInformation, sys::FileStatLxInformation, sys::FileCaseSensitiveInformation];
            let result = if known.contains(&class) {
                let request = OpenRequest {
                    desired_access: sys::FILE_READ_ATTRIBUTES | sys::SYNCHRONIZE,
                    options: sys::FILE_OPEN_REPARSE_POINT | sys::FILE_SYNCHRONOUS_IO_NONALERT,
                    ..OpenRequest::default()
                };
                let create = Create { instance: instance.as_ref(), attributes, request, ecp_list: 0 };
                generated::query_by_name(create, class, bytes(FileInformation, Length))
            } else {
                IoStatus::of(sys::STATUS_INVALID_INFO_CLASS)
            };
            if let Some(block) = IoStatusBlock.as_mut() {
                write_status(block, result);
            }
            result.status
        }
    }

    /// Opens a named pipe. There is no file system for them here.
    pub unsafe fn FltCreateNamedPipeFile(
        _Filter: PFLT_FILTER,
        Instance: PFLT_INSTANCE,
        _FileHandle: PHANDLE,
        _FileObject: *mut PFILE_OBJECT,
        _DesiredAccess: ULONG,
        ObjectAttributes: POBJECT_ATTRIBUTES,
        IoStatusBlock: PIO_STATUS_BLOCK,
        _ShareAccess: ULONG,
        _CreateDisposition: ULONG,
        _CreateOptions: ULONG,
        _NamedPipeType: ULONG,
        _ReadMode: ULONG,
        _CompletionMode: ULONG,
        _MaximumInstances: ULONG,
        _InboundQuota: ULONG,
        _OutboundQuota: ULONG,
        _DefaultTimeout: PLARGE_INTEGER,
        _DriverContext: PIO_DRIVER_CREATE_CONTEXT,
    ) -> NTSTATUS {
        irql::check(irql::PASSIVE_LEVEL);
        // SAFETY: passed on.
        unsafe { no_such_device(Instance, ObjectAttributes, IoStatusBlock) }
    }

    /// Opens a mailslot. There is no file system for them here.
    pub unsafe fn FltCreateMailslotFile(
        _Filter: PFLT_FILTER,
        Instance: PFLT_INSTANCE,
        _FileHandle: PHANDLE,
        _FileObject: *mut PFILE_OBJECT,
        _DesiredAccess: ULONG,
        ObjectAttributes: POBJECT_ATTRIBUTES,
        IoStatusBlock: PIO_STATUS_BLOCK,
        _CreateOptions: ULONG,
        _MailslotQuota: ULONG,
        _MaximumMessageSize: ULONG,
        _ReadTimeout: PLARGE_INTEGER,
        _DriverContext: PIO_DRIVER_CREATE_CONTEXT,
    ) -> NTSTATUS {
        irql::check(irql::PASSIVE_LEVEL);
        // SAFETY: passed on.
        unsafe { no_such_device(Instance, ObjectAttributes, IoStatusBlock) }
    }
}
