//! I/O that filters generate (rules N).

use fltmgr_sys as sys;
use fltmgr_sys::{
    ACCESS_MASK, BOOLEAN, FILE_INFORMATION_CLASS, FLT_IO_OPERATION_FLAGS, FS_INFORMATION_CLASS, HANDLE, NTSTATUS,
    PBOOLEAN, PFILE_OBJECT, PFLT_COMPLETED_ASYNC_IO_CALLBACK, PFLT_FILTER, PFLT_INSTANCE, PHANDLE, PIO_STATUS_BLOCK,
    PLARGE_INTEGER, POBJECT_ATTRIBUTES, POOL_TYPE, PULONG, PUNICODE_STRING, PVOID, SIZE_T, ULONG,
};

use super::export;
use crate::flt::callback_data::IoStatus;
use crate::flt::generated::{self, Create, OwnTransfer, with_sender};
use crate::flt::instance::Instance;
use crate::flt::object::Object;
use crate::flt::parameters::write_status;
use crate::flt::text::units;
use crate::flt::transaction::Transaction;
use crate::io::{File, FileRef, OpenRequest};
use crate::kernel::{handle, irql};

/// A driver's buffer, which may be NULL if its length is 0.
pub(super) unsafe fn bytes<'a>(buffer: PVOID, length: ULONG) -> &'a mut [u8] {
    if buffer.is_null() || length == 0 {
        return &mut [];
    }
    // SAFETY: the driver passes a buffer as long as it says.
    unsafe { std::slice::from_raw_parts_mut(buffer.cast(), length as usize) }
}

/// Stores how many bytes a routine returned, where the driver wants to know.
pub(super) unsafe fn store(place: PULONG, count: usize) {
    // SAFETY: the driver passes NULL or a place for the count.
    if let Some(place) = unsafe { place.as_mut() } {
        *place = u32::try_from(count).unwrap_or(u32::MAX);
    }
}

/// The arguments that the three routines for opening a file share.
struct Arguments {
    instance: PFLT_INSTANCE,
    handle: PHANDLE,
    object: *mut PFILE_OBJECT,
    access: ACCESS_MASK,
    attributes: POBJECT_ATTRIBUTES,
    status: PIO_STATUS_BLOCK,
    allocation: PLARGE_INTEGER,
    file_attributes: ULONG,
    share: ULONG,
    disposition: ULONG,
    options: ULONG,
    ea: PVOID,
    ea_length: ULONG,
    /// The `IO_DRIVER_CREATE_CONTEXT`, or NULL.
    context: PVOID,
}

impl Arguments {
    /// Opens the file and stores the results.
    unsafe fn open(self) -> NTSTATUS {
        // SAFETY: the driver passes what the routine's documentation asks for.
        unsafe {
            let instance = if self.instance.is_null() { None } else { Some(Instance::arc_from_handle(self.instance)) };
            let context = self.context.cast::<sys::IO_DRIVER_CREATE_CONTEXT>().as_ref();
            // The structure has grown with Windows; every version has the list.
            let least = std::mem::offset_of!(sys::IO_DRIVER_CREATE_CONTEXT, DeviceObjectHint);
            if context.is_some_and(|context| usize::try_from(context.Size).is_ok_and(|size| size < least)) {
                return sys::STATUS_INVALID_PARAMETER;
            }
            let ecp_list = context.map_or(0, |context| context.ExtraCreateParameter as usize);
            let parameters = context.map_or(std::ptr::null_mut(), |context| context.TxnParameters);
            let transaction = parameters
                .as_ref()
                .and_then(|parameters| Transaction::of_driver(parameters.TransactionObject.cast()));
            let Some(attributes) = self.attributes.as_ref() else { return sys::STATUS_INVALID_PARAMETER };
            let request = OpenRequest {
                name: Vec::new(),
                desired_access: self.access,
                disposition: self.disposition,
                options: self.options,
                share_access: self.share,
                file_attributes: self.file_attributes,
                allocation_size: self.allocation.as_ref().map_or(0, |size| size.QuadPart.cast_unsigned()),
                case_sensitive: false,
                extended_attributes: bytes(self.ea, self.ea_length).to_vec(),
                oplock_key: None,
                transaction,
            };
            let result = generated::create(Create { instance: instance.as_ref(), attributes, request, ecp_list });
            let (outcome, file) = match result {
                Ok((file, information)) => (IoStatus { status: sys::STATUS_SUCCESS, information }, Some(file)),
                Err(status) => (IoStatus::of(status.0), None),
            };
            if let Some(block) = self.status.as_mut() {
                write_status(block, outcome);
            }
            self.give(file);
            outcome.status
        }
    }

    /// Stores the handle and the file object, referenced, where they are wanted.
    unsafe fn give(&self, file: Option<File>) {
        // SAFETY: the driver passes places for the results, or NULL for the file object.
        unsafe {
            if let Some(object) = self.object.as_mut() {
                *object = std::ptr::null_mut();
                if let Some(file) = &file {
                    file.file_ref().make_known();
                    // Rule N-06: released by ObDereferenceObject.
                    let reference = std::mem::ManuallyDrop::new(file.file_ref().clone());
                    *object = reference.as_ptr();
                }
            }
            if let Some(handle) = self.handle.as_mut() {
                let value = file.map_or(0, |file| {
                    file.file_ref().make_known();
                    generated::handle_of(file)
                });
                *handle = std::ptr::with_exposed_provenance_mut(value);
            }
        }
    }
}

/// What `FltReadFile` and `FltWriteFile` do after the transfer: the count, or the callback (rules N-12, N-18).
pub(super) unsafe fn transferred(
    transfer: &OwnTransfer<'_>,
    write: bool,
    count: PULONG,
    callback: PFLT_COMPLETED_ASYNC_IO_CALLBACK,
    context: PVOID,
) -> NTSTATUS {
    if let Some(callback) = callback {
        return transfer.start(write, callback, context);
    }
    let result = transfer.perform(write);
    // SAFETY: passed on.
    unsafe { store(count, result.information) };
    result.status
}

export! {
    dll "FLTMGR.SYS";

    /// Opens a file below an instance (rules N-01 to N-07).
    pub unsafe fn FltCreateFile(
        _Filter: PFLT_FILTER,
        Instance: PFLT_INSTANCE,
        FileHandle: PHANDLE,
        DesiredAccess: ACCESS_MASK,
        ObjectAttributes: POBJECT_ATTRIBUTES,
        IoStatusBlock: PIO_STATUS_BLOCK,
        AllocationSize: PLARGE_INTEGER,
        FileAttributes: ULONG,
        ShareAccess: ULONG,
        CreateDisposition: ULONG,
        CreateOptions: ULONG,
        EaBuffer: PVOID,
        EaLength: ULONG,
        _Flags: ULONG,
    ) -> NTSTATUS {
        irql::check(irql::PASSIVE_LEVEL);
        let arguments = Arguments {
            instance: Instance,
            handle: FileHandle,
            object: std::ptr::null_mut(),
            access: DesiredAccess,
            attributes: ObjectAttributes,
            status: IoStatusBlock,
            allocation: AllocationSize,
            file_attributes: FileAttributes,
            share: ShareAccess,
            disposition: CreateDisposition,
            options: CreateOptions,
            ea: EaBuffer,
            ea_length: EaLength,
            context: std::ptr::null_mut(),
        };
        // SAFETY: passed on.
        unsafe { arguments.open() }
    }

    /// Opens a file below an instance; gives its file object as well (rules N-01 to N-07).
    pub unsafe fn FltCreateFileEx(
        _Filter: PFLT_FILTER,
        Instance: PFLT_INSTANCE,
        FileHandle: PHANDLE,
        FileObject: *mut PFILE_OBJECT,
        DesiredAccess: ACCESS_MASK,
        ObjectAttributes: POBJECT_ATTRIBUTES,
        IoStatusBlock: PIO_STATUS_BLOCK,
        AllocationSize: PLARGE_INTEGER,
        FileAttributes: ULONG,
        ShareAccess: ULONG,
        CreateDisposition: ULONG,
        CreateOptions: ULONG,
        EaBuffer: PVOID,
        EaLength: ULONG,
        _Flags: ULONG,
    ) -> NTSTATUS {
        irql::check(irql::PASSIVE_LEVEL);
        let arguments = Arguments {
            instance: Instance,
            handle: FileHandle,
            object: FileObject,
            access: DesiredAccess,
            attributes: ObjectAttributes,
            status: IoStatusBlock,
            allocation: AllocationSize,
            file_attributes: FileAttributes,
            share: ShareAccess,
            disposition: CreateDisposition,
            options: CreateOptions,
            ea: EaBuffer,
            ea_length: EaLength,
            context: std::ptr::null_mut(),
        };
        // SAFETY: passed on.
        unsafe { arguments.open() }
    }

    /// Opens a file below an instance; gives its file object as well (rules N-01 to N-08). Extra create parameters in
    /// the driver context go with the create.
    pub unsafe fn FltCreateFileEx2(
        _Filter: PFLT_FILTER,
        Instance: PFLT_INSTANCE,
        FileHandle: PHANDLE,
        FileObject: *mut PFILE_OBJECT,
        DesiredAccess: ACCESS_MASK,
        ObjectAttributes: POBJECT_ATTRIBUTES,
        IoStatusBlock: PIO_STATUS_BLOCK,
        AllocationSize: PLARGE_INTEGER,
        FileAttributes: ULONG,
        ShareAccess: ULONG,
        CreateDisposition: ULONG,
        CreateOptions: ULONG,
        EaBuffer: PVOID,
        EaLength: ULONG,
        _Flags: ULONG,
        DriverContext: PVOID,
    ) -> NTSTATUS {
        irql::check(irql::PASSIVE_LEVEL);
        let arguments = Arguments {
            instance: Instance,
            handle: FileHandle,
            object: FileObject,
            access: DesiredAccess,
            attributes: ObjectAttributes,
            status: IoStatusBlock,
            allocation: AllocationSize,
            file_attributes: FileAttributes,
            share: ShareAccess,
            disposition: CreateDisposition,
            options: CreateOptions,
            ea: EaBuffer,
            ea_length: EaLength,
            context: DriverContext,
        };
        // SAFETY: passed on.
        unsafe { arguments.open() }
    }

    /// Closes a handle of `FltCreateFile` (rule N-06).
    pub unsafe fn FltClose(FileHandle: HANDLE) -> NTSTATUS {
        irql::check(irql::PASSIVE_LEVEL);
        match handle::close(FileHandle as usize) {
            Some(target) => {
                drop(target);
                sys::STATUS_SUCCESS
            }
            None => sys::STATUS_INVALID_HANDLE,
        }
    }

    /// Reads below an instance (rules N-11 to N-16).
    pub unsafe fn FltReadFile(
        InitiatingInstance: PFLT_INSTANCE,
        FileObject: PFILE_OBJECT,
        ByteOffset: PLARGE_INTEGER,
        Length: ULONG,
        Buffer: PVOID,
        Flags: FLT_IO_OPERATION_FLAGS,
        BytesRead: PULONG,
        CallbackRoutine: PFLT_COMPLETED_ASYNC_IO_CALLBACK,
        CallbackContext: PVOID,
    ) -> NTSTATUS {
        irql::check(irql::PASSIVE_LEVEL);
        // SAFETY: the driver passes objects, a buffer as long as it says and places for the results.
        unsafe {
            let transfer = OwnTransfer {
                instance: Instance::from_handle(InitiatingInstance),
                file: &FileRef::of(FileObject),
                offset: ByteOffset.as_ref().copied(),
                length: Length,
                buffer: Buffer.cast(),
                flags: Flags,
                key: 0,
                mdl: std::ptr::null_mut(),
            };
            transferred(&transfer, false, BytesRead, CallbackRoutine, CallbackContext)
        }
    }

    /// Writes below an instance (rules N-11 to N-16).
    pub unsafe fn FltWriteFile(
        InitiatingInstance: PFLT_INSTANCE,
        FileObject: PFILE_OBJECT,
        ByteOffset: PLARGE_INTEGER,
        Length: ULONG,
        Buffer: PVOID,
        Flags: FLT_IO_OPERATION_FLAGS,
        BytesWritten: PULONG,
        CallbackRoutine: PFLT_COMPLETED_ASYNC_IO_CALLBACK,
        CallbackContext: PVOID,
    ) -> NTSTATUS {
        irql::check(irql::PASSIVE_LEVEL);
        // SAFETY: the driver passes objects, a buffer as long as it says and places for the results.
        unsafe {
            let transfer = OwnTransfer {
                instance: Instance::from_handle(InitiatingInstance),
                file: &FileRef::of(FileObject),
                offset: ByteOffset.as_ref().copied(),
                length: Length,
                buffer: Buffer.cast(),
                flags: Flags,
                key: 0,
                mdl: std::ptr::null_mut(),
            };
            transferred(&transfer, true, BytesWritten, CallbackRoutine, CallbackContext)
        }
    }

    /// Queries information about a file (rule N-34).
    pub unsafe fn FltQueryInformationFile(
        Instance: PFLT_INSTANCE,
        FileObject: PFILE_OBJECT,
        FileInformation: PVOID,
        Length: ULONG,
        FileInformationClass: FILE_INFORMATION_CLASS,
        LengthReturned: PULONG,
    ) -> NTSTATUS {
        irql::check(irql::PASSIVE_LEVEL);
        // SAFETY: the driver passes objects and a buffer as long as it says.
        unsafe {
            let (instance, file) = (Instance::from_handle(Instance), FileRef::of(FileObject));
            let buffer = bytes(FileInformation, Length);
            let result = with_sender(instance, &file, |sender| {
                sender.query_information(FileInformationClass as i32, buffer, false)
            });
            store(LengthReturned, result.information);
            result.status
        }
    }

    /// Sets information of a file (rule N-33).
    pub unsafe fn FltSetInformationFile(
        Instance: PFLT_INSTANCE,
        FileObject: PFILE_OBJECT,
        FileInformation: PVOID,
        Length: ULONG,
        FileInformationClass: FILE_INFORMATION_CLASS,
    ) -> NTSTATUS {
        irql::check(irql::PASSIVE_LEVEL);
        // SAFETY: the driver passes objects and a buffer as long as it says.
        unsafe {
            let (instance, file) = (Instance::from_handle(Instance), FileRef::of(FileObject));
            let buffer = bytes(FileInformation, Length);
            with_sender(instance, &file, |sender| {
                sender.set_information(FileInformationClass as i32, buffer, None)
            })
            .status
        }
    }

    /// Queries information about the instance's volume.
    pub unsafe fn FltQueryVolumeInformation(
        Instance: PFLT_INSTANCE,
        Iosb: PIO_STATUS_BLOCK,
        FsInformation: PVOID,
        Length: ULONG,
        FsInformationClass: FS_INFORMATION_CLASS,
    ) -> NTSTATUS {
        irql::check(irql::PASSIVE_LEVEL);
        // SAFETY: the driver passes an instance, a buffer as long as it says and a place for the status.
        unsafe {
            let instance = Instance::arc_from_handle(Instance);
            let result = generated::query_volume(&instance, FsInformationClass as i32, bytes(FsInformation, Length));
            if let Some(block) = Iosb.as_mut() {
                write_status(block, result);
            }
            result.status
        }
    }

    /// Queries information about the volume of a file.
    pub unsafe fn FltQueryVolumeInformationFile(
        Instance: PFLT_INSTANCE,
        FileObject: PFILE_OBJECT,
        FsInformation: PVOID,
        Length: ULONG,
        FsInformationClass: FS_INFORMATION_CLASS,
        LengthReturned: PULONG,
    ) -> NTSTATUS {
        irql::check(irql::PASSIVE_LEVEL);
        // SAFETY: the driver passes objects, a buffer as long as it says and a place for the length.
        unsafe {
            let (instance, file) = (Instance::from_handle(Instance), FileRef::of(FileObject));
            let buffer = bytes(FsInformation, Length);
            let result = with_sender(instance, &file, |sender| {
                sender.query_volume_information(FsInformationClass as i32, buffer)
            });
            store(LengthReturned, result.information);
            result.status
        }
    }

    /// Queries a directory.
    pub unsafe fn FltQueryDirectoryFile(
        Instance: PFLT_INSTANCE,
        FileObject: PFILE_OBJECT,
        FileInformation: PVOID,
        Length: ULONG,
        FileInformationClass: FILE_INFORMATION_CLASS,
        ReturnSingleEntry: BOOLEAN,
        FileName: PUNICODE_STRING,
        RestartScan: BOOLEAN,
        LengthReturned: PULONG,
    ) -> NTSTATUS {
        irql::check(irql::PASSIVE_LEVEL);
        // SAFETY: the driver passes objects, a string or NULL, a buffer as long as it says and a place for the length.
        unsafe {
            let (instance, file) = (Instance::from_handle(Instance), FileRef::of(FileObject));
            let pattern = FileName.as_ref().map(|name| units(*name));
            let single = if ReturnSingleEntry == 0 { 0 } else { sys::SL_RETURN_SINGLE_ENTRY };
            let restart = if RestartScan == 0 { 0 } else { sys::SL_RESTART_SCAN };
            let buffer = bytes(FileInformation, Length);
            let result = with_sender(instance, &file, |sender| {
                sender.query_directory(FileInformationClass as i32, pattern, single | restart, buffer)
            });
            store(LengthReturned, result.information);
            result.status
        }
    }

    /// Flushes a file.
    pub unsafe fn FltFlushBuffers(Instance: PFLT_INSTANCE, FileObject: PFILE_OBJECT) -> NTSTATUS {
        irql::check(irql::PASSIVE_LEVEL);
        // SAFETY: the driver passes objects.
        let (instance, file) = unsafe { (Instance::from_handle(Instance), FileRef::of(FileObject)) };
        with_sender(instance, &file, |sender| sender.flush(0)).status
    }

    /// Sends a file system control (rule N-34).
    pub unsafe fn FltFsControlFile(
        Instance: PFLT_INSTANCE,
        FileObject: PFILE_OBJECT,
        FsControlCode: ULONG,
        InputBuffer: PVOID,
        InputBufferLength: ULONG,
        OutputBuffer: PVOID,
        OutputBufferLength: ULONG,
        LengthReturned: PULONG,
    ) -> NTSTATUS {
        irql::check(irql::PASSIVE_LEVEL);
        // SAFETY: the driver passes objects, buffers as long as it says and a place for the length.
        unsafe {
            let (instance, file) = (Instance::from_handle(Instance), FileRef::of(FileObject));
            // Drivers may pass one buffer for both.
            let input = bytes(InputBuffer, InputBufferLength).to_vec();
            let output = bytes(OutputBuffer, OutputBufferLength);
            let result =
                with_sender(instance, &file, |sender| sender.fs_control(FsControlCode, &input, output));
            store(LengthReturned, result.information);
            result.status
        }
    }

    /// Whether a file object is a directory's.
    pub unsafe fn FltIsDirectory(FileObject: PFILE_OBJECT, _Instance: PFLT_INSTANCE, IsDirectory: PBOOLEAN) -> NTSTATUS {
        irql::check(irql::APC_LEVEL);
        // SAFETY: the driver passes a file object and a place for the result.
        unsafe {
            let file = FileRef::of(FileObject);
            let Some(open) = file.live_open() else { return sys::STATUS_INVALID_PARAMETER };
            IsDirectory.write(open.is_directory().into());
        }
        sys::STATUS_SUCCESS
    }

    /// Allocates memory aligned for the volume's device (rule I-34).
    pub unsafe fn FltAllocatePoolAlignedWithTag(
        _Instance: PFLT_INSTANCE,
        PoolType: POOL_TYPE,
        NumberOfBytes: SIZE_T,
        Tag: ULONG,
    ) -> PVOID {
        if Tag == 0 && let Some(filter) = crate::flt::name::current_filter() {
            filter.report("I-34", "FltAllocatePoolAlignedWithTag was called with the tag 0".to_owned());
        }
        // Blocks of a page and more are aligned to pages, which is enough for every device; smaller ones to 16 bytes,
        // which is more than the device's alignment requirement of none.
        // SAFETY: the driver passes a pool type and a tag.
        unsafe { super::pool::ExAllocatePoolWithTag(PoolType, NumberOfBytes.max(1), Tag) }
    }

    /// Frees what `FltAllocatePoolAlignedWithTag` allocated (rule I-34).
    pub unsafe fn FltFreePoolAlignedWithTag(_Instance: PFLT_INSTANCE, Buffer: PVOID, Tag: ULONG) {
        // SAFETY: the driver passes a block it has allocated with this tag.
        unsafe { super::pool::ExFreePoolWithTag(Buffer, Tag) };
    }
}
