//! Open files, and I/O that the filter issues below itself (N-01).

use crate::irql::{Irql, PassiveLevel};
use crate::status::{Error, Result};
use core::ffi::c_void;
use core::marker::PhantomData;
use core::ptr::{self, NonNull};
use fltmgr_sys as sys;

/// A file object that is open, on an instance of the filter, for as long as a callback lasts.
///
/// # Invariants
///
/// The file was opened and its cleanup has not completed, and both pointers are valid for `'a`.
#[derive(Clone, Copy)]
pub struct OpenFile<'a> {
    pub(crate) instance: NonNull<sys::FLT_INSTANCE>,
    pub(crate) object: NonNull<sys::FILE_OBJECT>,
    lifetime: PhantomData<&'a ()>,
}

impl OpenFile<'_> {
    /// # Safety
    ///
    /// The objects are those of a callback for an operation on an open file, and are valid for the chosen lifetime.
    pub(crate) unsafe fn new(objects: &sys::FLT_RELATED_OBJECTS) -> Self {
        // SAFETY: an operation on an open file has an instance and a file object.
        let (instance, object) =
            unsafe { (NonNull::new_unchecked(objects.Instance), NonNull::new_unchecked(objects.FileObject)) };
        // INVARIANT: the caller says that the file is open.
        Self { instance, object, lifetime: PhantomData }
    }

    /// Whether the file is a directory. Wraps FltIsDirectory.
    ///
    /// # Errors
    ///
    /// Whatever the query of the file system returns.
    pub fn is_directory(&self, _: Irql<'_, PassiveLevel>) -> Result<bool> {
        let mut answer = 0;
        // SAFETY: by the invariant the file is open on the instance, and the IRQL is PASSIVE_LEVEL.
        Error::check(unsafe { sys::FltIsDirectory(self.object.as_ptr(), self.instance.as_ptr(), &raw mut answer) })?;
        Ok(answer != 0)
    }

    /// The size of the file in bytes. Wraps FltQueryInformationFile with FileStandardInformation (N-34).
    ///
    /// # Errors
    ///
    /// Whatever the file system returns.
    pub fn size(&self, _: Irql<'_, PassiveLevel>) -> Result<u64> {
        // SAFETY: by the invariant both pointers are those of an open file.
        unsafe { size(self.instance, self.object) }
    }

    /// A reference to the file that another thread can read through. Wraps FltObjectReference on the instance
    /// and ObfReferenceObject on the file object.
    ///
    /// # Errors
    ///
    /// STATUS_FLT_DELETING_OBJECT if the instance is being torn down.
    pub fn reference(&self) -> Result<ReferencedFile> {
        // SAFETY: the instance is live for `'a`.
        Error::check(unsafe { sys::FltObjectReference(self.instance.as_ptr().cast()) })?;
        // SAFETY: the file object is live for `'a`.
        unsafe { sys::ObfReferenceObject(self.object.as_ptr().cast()) };
        // INVARIANT: both references were just taken.
        Ok(ReferencedFile { instance: self.instance, object: self.object })
    }
}

/// # Safety
///
/// The file is open on the instance, both are live, and the IRQL is PASSIVE_LEVEL.
unsafe fn size(instance: NonNull<sys::FLT_INSTANCE>, object: NonNull<sys::FILE_OBJECT>) -> Result<u64> {
    // SAFETY: the structure holds integers only, for which zeroes are values.
    let mut information: sys::FILE_STANDARD_INFORMATION = unsafe { core::mem::zeroed() };
    // SAFETY: the caller vouches for the file; the buffer is as long as it is said to be.
    Error::check(unsafe {
        sys::FltQueryInformationFile(
            instance.as_ptr(),
            object.as_ptr(),
            (&raw mut information).cast::<c_void>(),
            size_of::<sys::FILE_STANDARD_INFORMATION>() as u32,
            sys::FileStandardInformation,
            ptr::null_mut(),
        )
    })?;
    // SAFETY: every bit pattern of the union is a QuadPart.
    Ok(unsafe { information.EndOfFile.QuadPart }.cast_unsigned())
}

/// A counted reference to an open file and the instance it was opened on, released on drop.
///
/// While it lives the instance is not torn down completely, so it must not be kept for long.
///
/// # Invariants
///
/// Both references are owned, and the holder keeps the file open: it is made for the time in which the create that opened
/// the file waits in its post-operation.
pub struct ReferencedFile {
    instance: NonNull<sys::FLT_INSTANCE>,
    object: NonNull<sys::FILE_OBJECT>,
}

// SAFETY: the Filter Manager synchronizes what is done through the two objects, in any thread.
unsafe impl Send for ReferencedFile {}
// SAFETY: as for `Send`.
unsafe impl Sync for ReferencedFile {}

impl ReferencedFile {
    /// Reads from `offset` on into `buffer` and returns the number of bytes, 0 at the end of the file. Wraps FltReadFile,
    /// synchronously and without moving the file position (N-11 to N-16). For a file that was opened without intermediate
    /// buffering, offset and length are multiples of the sector size and the buffer is a page or more of pool (N-14).
    ///
    /// # Errors
    ///
    /// Whatever the file system returns, but STATUS_END_OF_FILE.
    pub fn read(&self, offset: u64, buffer: &mut [u8], _: Irql<'_, PassiveLevel>) -> Result<usize> {
        let mut position =
            sys::LARGE_INTEGER { QuadPart: i64::try_from(offset).map_err(|_| Error::INVALID_PARAMETER)? };
        let length = u32::try_from(buffer.len()).map_err(|_| Error::INVALID_BUFFER_SIZE)?;
        let mut read = 0;
        // SAFETY: by the invariant the file is open on the instance; the buffer is exclusively borrowed, and without a
        // callback routine the call returns only when it is done with it.
        let status = unsafe {
            sys::FltReadFile(
                self.instance.as_ptr(),
                self.object.as_ptr(),
                &raw mut position,
                length,
                buffer.as_mut_ptr().cast(),
                sys::FLTFL_IO_OPERATION_DO_NOT_UPDATE_BYTE_OFFSET,
                &raw mut read,
                None,
                ptr::null_mut(),
            )
        };
        match Error::check(status) {
            Ok(_) => Ok(read as usize),
            Err(Error::END_OF_FILE) => Ok(0),
            Err(error) => Err(error),
        }
    }
}

impl Drop for ReferencedFile {
    fn drop(&mut self) {
        // SAFETY: by the invariant the reference is owned and released here once.
        unsafe { sys::ObfDereferenceObject(self.object.as_ptr().cast()) };
        // SAFETY: as above.
        unsafe { sys::FltObjectDereference(self.instance.as_ptr().cast()) };
    }
}
