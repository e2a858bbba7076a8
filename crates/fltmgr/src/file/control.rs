//! FSCTLs, IOCTLs and flushing.

use super::File;
use crate::irql::{Irql, PassiveLevel};
use crate::parameters::ControlCode;
use crate::status::{Error, Result};
use core::ptr;
use fltmgr_sys as sys;

/// A control whose input and output are bytes: no address of memory and no handle is among them, and it does not wait for
/// something that may never come. What such a control does wrong, it does to files.
///
/// The file systems' own are here by name. Another driver's becomes one by [`PlainControl::new`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PlainControl(ControlCode);

macro_rules! controls {
    ($($(#[$doc:meta])* $name:ident = $code:ident;)*) => {
        impl PlainControl {
            $($(#[$doc])* pub const $name: Self = Self(ControlCode(sys::$code));)*
        }
    };
}

controls! {
    /// FSCTL_IS_VOLUME_MOUNTED.
    IS_VOLUME_MOUNTED = FSCTL_IS_VOLUME_MOUNTED;
    /// FSCTL_IS_VOLUME_DIRTY.
    IS_VOLUME_DIRTY = FSCTL_IS_VOLUME_DIRTY;
    /// FSCTL_GET_COMPRESSION.
    GET_COMPRESSION = FSCTL_GET_COMPRESSION;
    /// FSCTL_SET_COMPRESSION.
    SET_COMPRESSION = FSCTL_SET_COMPRESSION;
    /// FSCTL_GET_NTFS_VOLUME_DATA.
    GET_NTFS_VOLUME_DATA = FSCTL_GET_NTFS_VOLUME_DATA;
    /// FSCTL_GET_RETRIEVAL_POINTERS: where on the volume the file is.
    GET_RETRIEVAL_POINTERS = FSCTL_GET_RETRIEVAL_POINTERS;
    /// FSCTL_GET_OBJECT_ID.
    GET_OBJECT_ID = FSCTL_GET_OBJECT_ID;
    /// FSCTL_CREATE_OR_GET_OBJECT_ID.
    CREATE_OR_GET_OBJECT_ID = FSCTL_CREATE_OR_GET_OBJECT_ID;
    /// FSCTL_SET_OBJECT_ID.
    SET_OBJECT_ID = FSCTL_SET_OBJECT_ID;
    /// FSCTL_DELETE_OBJECT_ID.
    DELETE_OBJECT_ID = FSCTL_DELETE_OBJECT_ID;
    /// FSCTL_GET_REPARSE_POINT.
    GET_REPARSE_POINT = FSCTL_GET_REPARSE_POINT;
    /// FSCTL_SET_REPARSE_POINT.
    SET_REPARSE_POINT = FSCTL_SET_REPARSE_POINT;
    /// FSCTL_DELETE_REPARSE_POINT.
    DELETE_REPARSE_POINT = FSCTL_DELETE_REPARSE_POINT;
    /// FSCTL_SET_SPARSE.
    SET_SPARSE = FSCTL_SET_SPARSE;
    /// FSCTL_SET_ZERO_DATA: a range of the file becomes zeroes.
    SET_ZERO_DATA = FSCTL_SET_ZERO_DATA;
    /// FSCTL_QUERY_ALLOCATED_RANGES: which ranges of a sparse file are stored.
    QUERY_ALLOCATED_RANGES = FSCTL_QUERY_ALLOCATED_RANGES;
    /// FSCTL_QUERY_USN_JOURNAL.
    QUERY_USN_JOURNAL = FSCTL_QUERY_USN_JOURNAL;
    /// FSCTL_READ_FILE_USN_DATA: the file's last record in the change journal.
    READ_FILE_USN_DATA = FSCTL_READ_FILE_USN_DATA;
    /// FSCTL_WRITE_USN_CLOSE_RECORD.
    WRITE_USN_CLOSE_RECORD = FSCTL_WRITE_USN_CLOSE_RECORD;
    /// FSCTL_FILE_LEVEL_TRIM: a range of the file is not needed any more.
    FILE_LEVEL_TRIM = FSCTL_FILE_LEVEL_TRIM;
    /// FSCTL_GET_INTEGRITY_INFORMATION.
    GET_INTEGRITY_INFORMATION = FSCTL_GET_INTEGRITY_INFORMATION;
    /// FSCTL_SET_INTEGRITY_INFORMATION.
    SET_INTEGRITY_INFORMATION = FSCTL_SET_INTEGRITY_INFORMATION;
}

impl PlainControl {
    /// States that a control is one of these.
    ///
    /// # Safety
    ///
    /// Whoever gets the control takes nothing of its input for an address or a handle, puts nothing of the kind into its
    /// output, keeps neither buffer, and answers before it returns. That is for the page of the control to say: kernel mode
    /// is believed, so that a control with an address in its input writes wherever that is.
    pub const unsafe fn new(code: ControlCode) -> Self {
        Self(code)
    }

    /// The code.
    pub const fn code(self) -> ControlCode {
        self.0
    }
}

/// How thoroughly a file is flushed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u32)]
pub enum FlushKind {
    /// Data and metadata are written, and the medium is told to keep them.
    Normal = 0,
    /// FLT_FLUSH_TYPE_FLUSH_AND_PURGE: and the cache forgets them.
    AndPurge = sys::FLT_FLUSH_TYPE_FLUSH_AND_PURGE,
    /// FLT_FLUSH_TYPE_FILE_DATA_ONLY: only data is written, and the medium is not told.
    DataOnly = sys::FLT_FLUSH_TYPE_FILE_DATA_ONLY,
    /// FLT_FLUSH_TYPE_NO_SYNC: data and metadata are written, and the medium is not told.
    NoSync = sys::FLT_FLUSH_TYPE_NO_SYNC,
    /// FLT_FLUSH_TYPE_DATA_SYNC_ONLY: only data is written, and the medium is told to keep it.
    DataSyncOnly = sys::FLT_FLUSH_TYPE_DATA_SYNC_ONLY,
}

/// A buffer as the routines take it: NULL if it has no bytes.
const fn address(buffer: *const u8, length: u32) -> sys::PVOID {
    if length == 0 { ptr::null_mut() } else { buffer.cast_mut().cast() }
}

impl File {
    /// Sends an FSCTL and waits for it; returns how many bytes of the output were filled. Wraps FltFsControlFile (N-34).
    ///
    /// # Errors
    ///
    /// STATUS_FILE_CLOSED, STATUS_INVALID_BUFFER_SIZE, STATUS_INVALID_DEVICE_REQUEST where nobody knows it, and whatever else
    /// the file system returns. With STATUS_BUFFER_OVERFLOW the output has as much as fits.
    pub fn fs_control(
        &self,
        control: PlainControl,
        input: &[u8],
        output: &mut [u8],
        _: Irql<'_, PassiveLevel>,
    ) -> Result<usize> {
        let (instance, object) = self.for_io()?;
        let input_length = u32::try_from(input.len()).map_err(|_| Error::INVALID_BUFFER_SIZE)?;
        let output_length = u32::try_from(output.len()).map_err(|_| Error::INVALID_BUFFER_SIZE)?;
        let mut returned = 0;
        // SAFETY: the file is open on the instance; the buffers are as long as they are said to be, the output is exclusively
        // borrowed, and nothing else is reached through them. PASSIVE_LEVEL.
        Error::check(unsafe {
            sys::FltFsControlFile(
                instance,
                object,
                control.0.0,
                address(input.as_ptr(), input_length),
                input_length,
                address(output.as_mut_ptr(), output_length),
                output_length,
                &raw mut returned,
            )
        })?;
        // What is below may say anything.
        Ok(returned.min(output_length) as usize)
    }

    /// Sends an IOCTL to the volume's device and waits for it; returns how many bytes of the output were filled. Wraps
    /// FltDeviceIoControlFile.
    ///
    /// # Errors
    ///
    /// As for [`Self::fs_control`].
    pub fn device_control(
        &self,
        control: PlainControl,
        input: &[u8],
        output: &mut [u8],
        _: Irql<'_, PassiveLevel>,
    ) -> Result<usize> {
        let (instance, object) = self.for_io()?;
        let input_length = u32::try_from(input.len()).map_err(|_| Error::INVALID_BUFFER_SIZE)?;
        let output_length = u32::try_from(output.len()).map_err(|_| Error::INVALID_BUFFER_SIZE)?;
        let mut returned = 0;
        // SAFETY: as for `fs_control`.
        Error::check(unsafe {
            sys::FltDeviceIoControlFile(
                instance,
                object,
                control.0.0,
                address(input.as_ptr(), input_length),
                input_length,
                address(output.as_mut_ptr(), output_length),
                output_length,
                &raw mut returned,
            )
        })?;
        Ok(returned.min(output_length) as usize)
    }

    /// Has what was written to the file brought to the medium. Wraps FltFlushBuffers.
    ///
    /// # Errors
    ///
    /// STATUS_FILE_CLOSED, STATUS_MEDIA_WRITE_PROTECTED, and whatever else the file system returns.
    pub fn flush(&self, _: Irql<'_, PassiveLevel>) -> Result<()> {
        let (instance, object) = self.for_io()?;
        // SAFETY: the file is open on the instance. PASSIVE_LEVEL.
        Error::check(unsafe { sys::FltFlushBuffers(instance, object) })?;
        Ok(())
    }

    /// As [`Self::flush`], as thoroughly as asked for. Wraps FltFlushBuffers2.
    ///
    /// # Errors
    ///
    /// As for [`Self::flush`]; STATUS_INVALID_DEVICE_REQUEST where the file system knows one kind alone.
    pub fn flush_with(&self, kind: FlushKind, _: Irql<'_, PassiveLevel>) -> Result<()> {
        let (instance, object) = self.for_io()?;
        // SAFETY: the file is open on the instance. PASSIVE_LEVEL.
        Error::check(unsafe { sys::FltFlushBuffers2(instance, object, kind as u32, ptr::null_mut()) })?;
        Ok(())
    }
}
