//! Reparse points that filters set on files (rule N-35), as the controls of file systems do it.

use fltmgr_sys as sys;
use fltmgr_sys::{GUID, NTSTATUS, PFILE_OBJECT, PFLT_INSTANCE, PVOID, ULONG, USHORT};

use super::export;
use super::flt_io::bytes;
use crate::flt::generated::with_sender;
use crate::flt::instance::Instance;
use crate::flt::object::Object;
use crate::io::FileRef;
use crate::kernel::irql;

/// The bit of a tag that says it is Microsoft's.
const MICROSOFT: u32 = 0x8000_0000;

/// A GUID as it lies in memory; zeros for NULL.
unsafe fn guid_bytes(guid: *const GUID) -> [u8; 16] {
    // SAFETY: the driver passes NULL or a GUID, which is 16 plain bytes.
    if guid.is_null() { [0; 16] } else { unsafe { guid.cast::<[u8; 16]>().read() } }
}

/// A `REPARSE_DATA_BUFFER`, or for a tag that is not Microsoft's a `REPARSE_GUID_DATA_BUFFER`.
///
/// # Errors
///
/// `STATUS_INVALID_PARAMETER` for such a tag without a GUID.
unsafe fn reparse_buffer(tag: ULONG, guid: *const GUID, data: &[u8]) -> Result<Vec<u8>, NTSTATUS> {
    let mut buffer = tag.to_le_bytes().to_vec();
    buffer.extend(u16::try_from(data.len()).unwrap_or(u16::MAX).to_le_bytes());
    buffer.extend([0; 2]);
    if tag & MICROSOFT == 0 {
        if guid.is_null() {
            return Err(sys::STATUS_INVALID_PARAMETER);
        }
        // SAFETY: passed on.
        buffer.extend(unsafe { guid_bytes(guid) });
    }
    buffer.extend_from_slice(data);
    Ok(buffer)
}

/// Sends a control of reparse points below an instance.
unsafe fn control(instance: PFLT_INSTANCE, file: PFILE_OBJECT, code: ULONG, input: &[u8]) -> NTSTATUS {
    // SAFETY: the driver passes objects.
    let (instance, file) = unsafe { (Instance::from_handle(instance), FileRef::of(file)) };
    with_sender(instance, &file, |sender| sender.fs_control(code, input, &mut [])).status
}

export! {
    dll "FLTMGR.SYS";

    /// Sets a reparse point (rule N-35).
    pub unsafe fn FltTagFile(
        InitiatingInstance: PFLT_INSTANCE,
        FileObject: PFILE_OBJECT,
        FileTag: ULONG,
        Guid: *mut GUID,
        DataBuffer: PVOID,
        DataBufferLength: USHORT,
    ) -> NTSTATUS {
        irql::check(irql::PASSIVE_LEVEL);
        // SAFETY: the driver passes objects, NULL or a GUID, and a buffer as long as it says.
        unsafe {
            match reparse_buffer(FileTag, Guid, bytes(DataBuffer, DataBufferLength.into())) {
                Ok(buffer) => control(InitiatingInstance, FileObject, sys::FSCTL_SET_REPARSE_POINT, &buffer),
                Err(status) => status,
            }
        }
    }

    /// Sets a reparse point in the place of another one, or of none.
    pub unsafe fn FltTagFileEx(
        InitiatingInstance: PFLT_INSTANCE,
        FileObject: PFILE_OBJECT,
        FileTag: ULONG,
        Guid: *mut GUID,
        DataBuffer: PVOID,
        DataBufferLength: USHORT,
        ExistingFileTag: ULONG,
        ExistingGuid: *mut GUID,
        Flags: ULONG,
    ) -> NTSTATUS {
        irql::check(irql::PASSIVE_LEVEL);
        if ExistingFileTag != 0 && ExistingFileTag & MICROSOFT == 0 && ExistingGuid.is_null() {
            return sys::STATUS_INVALID_PARAMETER;
        }
        // SAFETY: the driver passes objects, NULL or GUIDs, and a buffer as long as it says.
        unsafe {
            let inner = match reparse_buffer(FileTag, Guid, bytes(DataBuffer, DataBufferLength.into())) {
                Ok(buffer) => buffer,
                Err(status) => return status,
            };
            let mut buffer = Flags.to_le_bytes().to_vec();
            buffer.extend(ExistingFileTag.to_le_bytes());
            buffer.extend(guid_bytes(ExistingGuid));
            buffer.extend([0; 8]);
            buffer.extend(inner);
            control(InitiatingInstance, FileObject, sys::FSCTL_SET_REPARSE_POINT_EX, &buffer)
        }
    }

    /// Takes a reparse point away (rule N-35).
    pub unsafe fn FltUntagFile(
        InitiatingInstance: PFLT_INSTANCE,
        FileObject: PFILE_OBJECT,
        FileTag: ULONG,
        Guid: *mut GUID,
    ) -> NTSTATUS {
        irql::check(irql::PASSIVE_LEVEL);
        // SAFETY: the driver passes objects and NULL or a GUID.
        unsafe {
            match reparse_buffer(FileTag, Guid, &[]) {
                Ok(buffer) => control(InitiatingInstance, FileObject, sys::FSCTL_DELETE_REPARSE_POINT, &buffer),
                Err(status) => status,
            }
        }
    }
}
