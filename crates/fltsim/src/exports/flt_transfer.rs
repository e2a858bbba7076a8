//! Reading and writing by filters with what a read or write of one's own has besides: a key, an MDL, and the cache's
//! pages (rules N-11 to N-18).

use fltmgr_sys as sys;
use fltmgr_sys::{
    BOOLEAN, FLT_IO_OPERATION_FLAGS, NTSTATUS, PFILE_OBJECT, PFLT_COMPLETED_ASYNC_IO_CALLBACK, PFLT_INSTANCE,
    PIO_STATUS_BLOCK, PLARGE_INTEGER, PMDL, PULONG, PVOID, ULONG,
};

use super::export;
use super::flt_io::transferred;
use crate::flt::generated::{OwnTransfer, with_sender};
use crate::flt::instance::Instance;
use crate::flt::major;
use crate::flt::object::Object;
use crate::flt::parameters::write_status;
use crate::io::{FileRef, mdl};
use crate::kernel::irql;

/// The arguments of the two routines, but where the count goes and what is called.
struct Arguments {
    instance: PFLT_INSTANCE,
    file: PFILE_OBJECT,
    offset: PLARGE_INTEGER,
    length: ULONG,
    buffer: PVOID,
    flags: FLT_IO_OPERATION_FLAGS,
    key: PULONG,
    mdl: PMDL,
}

impl Arguments {
    /// Reads or writes.
    unsafe fn perform(
        self,
        write: bool,
        count: PULONG,
        callback: PFLT_COMPLETED_ASYNC_IO_CALLBACK,
        context: PVOID,
    ) -> NTSTATUS {
        // SAFETY: the driver passes objects, a buffer as long as it says or an MDL of it, and places for the results.
        unsafe {
            let instance = Instance::from_handle(self.instance);
            if !self.buffer.is_null() && !self.mdl.is_null() {
                instance.filter().report("N-17", "both a buffer and an MDL were given".to_owned());
                return sys::STATUS_INVALID_PARAMETER;
            }
            let buffer = if self.mdl.is_null() { self.buffer } else { mdl::address_of(self.mdl) };
            let transfer = OwnTransfer {
                instance,
                file: &FileRef::of(self.file),
                offset: self.offset.as_ref().copied(),
                length: self.length,
                buffer: buffer.cast(),
                flags: self.flags,
                key: self.key.as_ref().copied().unwrap_or_default(),
                mdl: self.mdl,
            };
            transferred(&transfer, write, count, callback, context)
        }
    }
}

/// Sends a call of fast I/O about pages of the cache. The file system has no cache whose pages it could lend; what a filter
/// below answers is the answer.
unsafe fn cache_pages(
    instance: PFLT_INSTANCE,
    file: PFILE_OBJECT,
    major: u8,
    status: PIO_STATUS_BLOCK,
    set: impl FnOnce(&mut sys::FLT_PARAMETERS),
) -> BOOLEAN {
    // SAFETY: the driver passes objects and a place for the status, or NULL.
    unsafe {
        let (instance, file) = (Instance::from_handle(instance), FileRef::of(file));
        let answer = with_sender(instance, &file, |sender| {
            let mut parameters = sender.parameters(major, 0);
            set(&mut parameters.Parameters);
            sender.fast(parameters)
        });
        let Some(result) = answer else { return BOOLEAN::from(false) };
        if let Some(status) = status.as_mut() {
            write_status(status, result);
        }
        (result.status >= 0).into()
    }
}

export! {
    dll "FLTMGR.SYS";

    /// Reads below an instance (rules N-11 to N-17).
    pub unsafe fn FltReadFileEx(
        InitiatingInstance: PFLT_INSTANCE,
        FileObject: PFILE_OBJECT,
        ByteOffset: PLARGE_INTEGER,
        Length: ULONG,
        Buffer: PVOID,
        Flags: FLT_IO_OPERATION_FLAGS,
        BytesRead: PULONG,
        CallbackRoutine: PFLT_COMPLETED_ASYNC_IO_CALLBACK,
        CallbackContext: PVOID,
        Key: PULONG,
        Mdl: PMDL,
    ) -> NTSTATUS {
        irql::check(irql::PASSIVE_LEVEL);
        let arguments = Arguments {
            instance: InitiatingInstance,
            file: FileObject,
            offset: ByteOffset,
            length: Length,
            buffer: Buffer,
            flags: Flags,
            key: Key,
            mdl: Mdl,
        };
        // SAFETY: passed on.
        unsafe { arguments.perform(false, BytesRead, CallbackRoutine, CallbackContext) }
    }

    /// Writes below an instance (rules N-11 to N-17).
    pub unsafe fn FltWriteFileEx(
        InitiatingInstance: PFLT_INSTANCE,
        FileObject: PFILE_OBJECT,
        ByteOffset: PLARGE_INTEGER,
        Length: ULONG,
        Buffer: PVOID,
        Flags: FLT_IO_OPERATION_FLAGS,
        BytesWritten: PULONG,
        CallbackRoutine: PFLT_COMPLETED_ASYNC_IO_CALLBACK,
        CallbackContext: PVOID,
        Key: PULONG,
        Mdl: PMDL,
    ) -> NTSTATUS {
        irql::check(irql::PASSIVE_LEVEL);
        let arguments = Arguments {
            instance: InitiatingInstance,
            file: FileObject,
            offset: ByteOffset,
            length: Length,
            buffer: Buffer,
            flags: Flags,
            key: Key,
            mdl: Mdl,
        };
        // SAFETY: passed on.
        unsafe { arguments.perform(true, BytesWritten, CallbackRoutine, CallbackContext) }
    }

    /// Asks for the pages of the cache that hold a range of a file.
    pub unsafe fn FltFastIoMdlRead(
        InitiatingInstance: PFLT_INSTANCE,
        FileObject: PFILE_OBJECT,
        FileOffset: PLARGE_INTEGER,
        Length: ULONG,
        LockKey: ULONG,
        MdlChain: *mut PMDL,
        IoStatus: PIO_STATUS_BLOCK,
    ) -> BOOLEAN {
        irql::check(irql::PASSIVE_LEVEL);
        // SAFETY: the driver passes objects, an offset and places for the results.
        unsafe {
            cache_pages(InitiatingInstance, FileObject, major::MDL_READ, IoStatus, |parameters| {
                let read = &mut parameters.MdlRead;
                read.FileOffset = FileOffset.read();
                read.Length = Length;
                read.Key = LockKey;
                read.MdlChain = MdlChain;
            })
        }
    }

    /// Gives back what `FltFastIoMdlRead` gave.
    pub unsafe fn FltFastIoMdlReadComplete(
        InitiatingInstance: PFLT_INSTANCE,
        FileObject: PFILE_OBJECT,
        MdlChain: PMDL,
    ) -> BOOLEAN {
        irql::check(irql::PASSIVE_LEVEL);
        let none = std::ptr::null_mut();
        // SAFETY: the driver passes objects.
        unsafe {
            cache_pages(InitiatingInstance, FileObject, major::MDL_READ_COMPLETE, none, |parameters| {
                parameters.MdlReadComplete.MdlChain = MdlChain;
            })
        }
    }

    /// Asks for the pages of the cache that a range of a file is to be written through.
    pub unsafe fn FltFastIoPrepareMdlWrite(
        InitiatingInstance: PFLT_INSTANCE,
        FileObject: PFILE_OBJECT,
        FileOffset: PLARGE_INTEGER,
        Length: ULONG,
        LockKey: ULONG,
        MdlChain: *mut PMDL,
        IoStatus: PIO_STATUS_BLOCK,
    ) -> BOOLEAN {
        irql::check(irql::PASSIVE_LEVEL);
        // SAFETY: the driver passes objects, an offset and places for the results.
        unsafe {
            cache_pages(InitiatingInstance, FileObject, major::PREPARE_MDL_WRITE, IoStatus, |parameters| {
                let write = &mut parameters.PrepareMdlWrite;
                write.FileOffset = FileOffset.read();
                write.Length = Length;
                write.Key = LockKey;
                write.MdlChain = MdlChain;
            })
        }
    }

    /// Gives back what `FltFastIoPrepareMdlWrite` gave.
    pub unsafe fn FltFastIoMdlWriteComplete(
        InitiatingInstance: PFLT_INSTANCE,
        FileObject: PFILE_OBJECT,
        FileOffset: PLARGE_INTEGER,
        MdlChain: PMDL,
    ) -> BOOLEAN {
        irql::check(irql::PASSIVE_LEVEL);
        let none = std::ptr::null_mut();
        // SAFETY: the driver passes objects and an offset.
        unsafe {
            cache_pages(InitiatingInstance, FileObject, major::MDL_WRITE_COMPLETE, none, |parameters| {
                let complete = &mut parameters.MdlWriteComplete;
                complete.FileOffset = FileOffset.read();
                complete.MdlChain = MdlChain;
            })
        }
    }
}
