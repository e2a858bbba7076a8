//! What filters send to volumes and devices, and the later forms of what they ask directories and flush.

use fltmgr_sys as sys;
use fltmgr_sys::{
    FILE_INFORMATION_CLASS, FS_INFORMATION_CLASS, NTSTATUS, PFILE_OBJECT, PFLT_CALLBACK_DATA, PFLT_INSTANCE, PHANDLE,
    PIO_STATUS_BLOCK, PULONG, PUNICODE_STRING, PVOID, ULONG,
};

use super::export;
use super::flt_io::{bytes, store};
use crate::flt::callback_data::{CallbackBlock, IoStatus};
use crate::flt::generated::{self, with_sender};
use crate::flt::instance::Instance;
use crate::flt::major::byte;
use crate::flt::object::Object;
use crate::flt::parameters::write_status;
use crate::flt::text::units;
use crate::io::FileRef;
use crate::kernel::irql;

export! {
    dll "FLTMGR.SYS";

    /// Sends a device control. There is no device below a volume: one that no filter answers fails.
    pub unsafe fn FltDeviceIoControlFile(
        Instance: PFLT_INSTANCE,
        FileObject: PFILE_OBJECT,
        IoControlCode: ULONG,
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
                with_sender(instance, &file, |sender| sender.device_control(IoControlCode, &input, output));
            store(LengthReturned, result.information);
            result.status
        }
    }

    /// Sets information of the instance's volume.
    pub unsafe fn FltSetVolumeInformation(
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
            let buffer = bytes(FsInformation, Length);
            let result = match generated::open_root(&instance) {
                Ok(root) => with_sender(&instance, root.file_ref(), |sender| {
                    sender.set_volume_information(FsInformationClass as i32, buffer)
                }),
                Err(status) => IoStatus::of(status.0),
            };
            if let Some(block) = Iosb.as_mut() {
                write_status(block, result);
            }
            result.status
        }
    }

    /// Opens the instance's volume.
    pub unsafe fn FltOpenVolume(
        Instance: PFLT_INSTANCE,
        VolumeHandle: PHANDLE,
        VolumeFileObject: *mut PFILE_OBJECT,
    ) -> NTSTATUS {
        irql::check(irql::PASSIVE_LEVEL);
        // SAFETY: the driver passes an instance and places for the results, of which the second may be NULL.
        unsafe {
            let instance = Instance::arc_from_handle(Instance);
            let file = match generated::open_volume(&instance) {
                Ok(file) => file,
                Err(status) => return status.0,
            };
            file.file_ref().make_known();
            if let Some(object) = VolumeFileObject.as_mut() {
                // Released by ObDereferenceObject.
                *object = std::mem::ManuallyDrop::new(file.file_ref().clone()).as_ptr();
            }
            VolumeHandle.write(std::ptr::with_exposed_provenance_mut(generated::handle_of(file)));
        }
        sys::STATUS_SUCCESS
    }

    /// Queries a directory, with the flags that a create of one's own would have.
    pub unsafe fn FltQueryDirectoryFileEx(
        Instance: PFLT_INSTANCE,
        FileObject: PFILE_OBJECT,
        FileInformation: PVOID,
        Length: ULONG,
        FileInformationClass: FILE_INFORMATION_CLASS,
        QueryFlags: ULONG,
        FileName: PUNICODE_STRING,
        LengthReturned: PULONG,
    ) -> NTSTATUS {
        irql::check(irql::PASSIVE_LEVEL);
        if QueryFlags & !sys::SL_QUERY_DIRECTORY_MASK != 0 {
            return sys::STATUS_INVALID_PARAMETER;
        }
        // SAFETY: the driver passes objects, a string or NULL, a buffer as long as it says and a place for the length.
        unsafe {
            let (instance, file) = (Instance::from_handle(Instance), FileRef::of(FileObject));
            let pattern = FileName.as_ref().map(|name| units(*name));
            let buffer = bytes(FileInformation, Length);
            let result = with_sender(instance, &file, |sender| {
                sender.query_directory(FileInformationClass as i32, pattern, QueryFlags, buffer)
            });
            store(LengthReturned, result.information);
            result.status
        }
    }

    /// Flushes a file in one of several ways, of which a file system without a cache has one.
    pub unsafe fn FltFlushBuffers2(
        Instance: PFLT_INSTANCE,
        FileObject: PFILE_OBJECT,
        FlushType: ULONG,
        CallbackData: PFLT_CALLBACK_DATA,
    ) -> NTSTATUS {
        irql::check(irql::PASSIVE_LEVEL);
        // SAFETY: the driver passes objects, and callback data of its own or NULL.
        let (instance, file) = unsafe {
            if !CallbackData.is_null() {
                let _ = CallbackBlock::of(CallbackData);
            }
            (Instance::from_handle(Instance), FileRef::of(FileObject))
        };
        let minor = match FlushType {
            0 => 0,
            sys::FLT_FLUSH_TYPE_FLUSH_AND_PURGE => sys::IRP_MN_FLUSH_AND_PURGE,
            sys::FLT_FLUSH_TYPE_FILE_DATA_ONLY => sys::IRP_MN_FLUSH_DATA_ONLY,
            sys::FLT_FLUSH_TYPE_NO_SYNC => sys::IRP_MN_FLUSH_NO_SYNC,
            sys::FLT_FLUSH_TYPE_DATA_SYNC_ONLY => sys::IRP_MN_FLUSH_DATA_SYNC_ONLY,
            _ => return sys::STATUS_INVALID_PARAMETER,
        };
        let partial = ![0, sys::IRP_MN_FLUSH_AND_PURGE].contains(&minor);
        let directory = || file.live_open().is_some_and(|open| open.is_directory());
        if partial && file.is_volume_open() || minor == sys::IRP_MN_FLUSH_DATA_SYNC_ONLY && directory() {
            return sys::STATUS_INVALID_PARAMETER;
        }
        with_sender(instance, &file, |sender| sender.flush(byte(minor))).status
    }

    /// Makes sure that the folder is there in which filters keep what belongs to a volume.
    pub unsafe fn FltCreateSystemVolumeInformationFolder(Instance: PFLT_INSTANCE) -> NTSTATUS {
        irql::check(irql::PASSIVE_LEVEL);
        // SAFETY: the driver passes an instance.
        let instance = unsafe { Instance::arc_from_handle(Instance) };
        generated::make_system_folder(&instance)
    }
}
