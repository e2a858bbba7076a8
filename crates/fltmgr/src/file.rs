//! Open files, and I/O that the filter issues below itself.
//!
//! What a filter asks of a file through its instance goes to the instances below it and to the file system, and never to the
//! filter itself: it cannot run into its own callbacks (N-01). All of it waits at PASSIVE_LEVEL until it is done, but for
//! [`asynchronous`].
//!
//! A file that an operation is on is an [`OpenFile`]; one that the filter opens itself, through [`OpenOptions`], is an
//! [`OwnedFile`]; a [`ReferencedFile`] goes to another thread. Each is a [`File`], which has the I/O.
//!
//! ```
//! use fltmgr::file::OpenOptions;
//! use fltmgr::instance::Instance;
//! use fltmgr::irql::{Irql, PassiveLevel};
//! use fltmgr::parameters::Access;
//! use fltmgr::Result;
//!
//! /// The first bytes of a file.
//! fn head<'a>(instance: Instance<'a>, name: &[u16], at: Irql<'a, PassiveLevel>) -> Result<[u8; 4]> {
//!     let file = OpenOptions::new(Access::READ).open(instance, name, at)?;
//!     let mut head = [0; 4];
//!     file.read(0, &mut head, at)?;
//!     Ok(head)
//! }
//! ```

pub mod asynchronous;
mod control;
mod directory;
mod extended_attributes;
pub mod information;
mod kept;
mod mdl;
mod names;
mod open;
mod pipe;
mod quota;
mod records;
mod sectors;
mod security;
mod transfer;
pub mod volume;

pub use control::{FlushKind, PlainControl};
pub use directory::{Details, Entry, EntryTimes, Listing};
pub use extended_attributes::{ExtendedAttribute, ExtendedAttributes};
pub use kept::KeptFile;
pub use mdl::MdlBuffer;
pub use names::{HardLink, HardLinks, NewName, RenameFlags, Stream, Streams};
pub use open::{OpenOptions, Opened, OwnedFile, query_by_name};
pub use quota::{Quota, Quotas};
pub use security::SecurityDescriptor;
pub use transfer::{Paging, Transfer};

use crate::filter::LetGoOfFirst;
use crate::instance::Instance;
use crate::irql::{ApcLevel, Irql, NotAbove};
use crate::reference::Reference;
use crate::status::{Error, Result};
use core::marker::PhantomData;
use core::ops::Deref;
use core::ptr::{self, NonNull};
use fltmgr_sys as sys;

/// An open file, and the instance below which I/O on it goes.
///
/// A file can have been cleaned up and be used still: paging I/O comes after the last handle was closed. It has contexts and
/// can be referenced then, but the file system takes no I/O from a filter for it (N-11), so that what asks the file system
/// fails with STATUS_FILE_CLOSED.
///
/// # Invariants
///
/// For as long as the value is borrowed, both pointers are those of live objects, and the file system knows the file object.
#[repr(C)]
pub struct File {
    instance: NonNull<sys::FLT_INSTANCE>,
    object: NonNull<sys::FILE_OBJECT>,
}

impl File {
    /// The instance and the file object, for a routine that does I/O (N-11).
    ///
    /// # Errors
    ///
    /// STATUS_FILE_CLOSED if the file was cleaned up, or its open canceled (D-26).
    pub(crate) fn for_io(&self) -> Result<(sys::PFLT_INSTANCE, sys::PFILE_OBJECT)> {
        let object = self.object.as_ptr();
        // SAFETY: by the invariant the file object is live. Others may change its flags at any time.
        let flags = unsafe { ptr::read_volatile(&raw const (*object).Flags) };
        if flags & (sys::FO_CLEANUP_COMPLETE | sys::FO_FILE_OPEN_CANCELLED) != 0 {
            return Err(Error::FILE_CLOSED);
        }
        Ok((self.instance.as_ptr(), object))
    }

    /// Whether this is the instance below which I/O on the file goes.
    pub fn is_on(&self, instance: Instance<'_>) -> bool {
        self.instance == instance.pointer
    }

    /// Whether the file is a directory. Wraps FltIsDirectory, up to APC_LEVEL.
    ///
    /// # Errors
    ///
    /// STATUS_FILE_CLOSED, and whatever the query of the file system returns.
    pub fn is_directory<L: NotAbove<ApcLevel>>(&self, _: Irql<'_, L>) -> Result<bool> {
        let (instance, object) = self.for_io()?;
        let mut answer = 0;
        // SAFETY: the file is open on the instance, and the IRQL is APC_LEVEL at most.
        Error::check(unsafe { sys::FltIsDirectory(object, instance, &raw mut answer) })?;
        Ok(answer != 0)
    }

    /// A reference to the file that another thread can use. A post-create that cancels the open must be sure that no other
    /// thread uses one: whoever begins afterwards gets STATUS_FILE_CLOSED, but who is within a routine of the file system by
    /// then is there while the open is undone. Wraps FltObjectReference on the instance (A-58) and
    /// ObfReferenceObject on the file object, up to DISPATCH_LEVEL.
    ///
    /// # Errors
    ///
    /// STATUS_FLT_DELETING_OBJECT if the instance is being torn down.
    pub fn reference(&self) -> Result<ReferencedFile> {
        // SAFETY: by the invariant the instance is live.
        let instance = unsafe { Reference::take(self.instance) }?;
        // SAFETY: by the invariant the file object is live.
        unsafe { sys::ObfReferenceObject(self.object.as_ptr().cast()) };
        // INVARIANT: both references were just taken.
        let file = Self { instance: self.instance, object: self.object };
        Ok(ReferencedFile { file, _instance: instance, marker: PhantomData })
    }
}

/// The file that an operation is on, for as long as its callback lasts.
///
/// # Invariants
///
/// What [`File`] has, for `'a`.
#[derive(Clone, Copy)]
#[repr(C)]
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
        // INVARIANT: the caller says that the file is open, and the operation refers to both objects.
        Self { instance, object, lifetime: PhantomData }
    }
}

impl Deref for OpenFile<'_> {
    type Target = File;
    fn deref(&self) -> &File {
        // SAFETY: both are `repr(C)`, of the same two pointers; what `File` asks for holds for `'a`, which the borrow does
        // not outlive.
        unsafe { &*ptr::from_ref(self).cast() }
    }
}

/// A counted reference to a file and the instance it was opened on, released on drop, which can be anywhere up to
/// DISPATCH_LEVEL.
///
/// While it lives the instance is not torn down completely, so it must not be kept for long. It does not keep the file open:
/// whoever has the handle does, or the create that opened the file, while it waits in its post-operation.
///
/// # Invariants
///
/// The reference to the file object is owned; the instance is the file's.
pub struct ReferencedFile {
    file: File,
    _instance: Reference<sys::FLT_INSTANCE>,
    marker: PhantomData<LetGoOfFirst>,
}

// SAFETY: the Filter Manager synchronizes what is done through the two objects, in any thread.
unsafe impl Send for ReferencedFile {}
// SAFETY: as for `Send`.
unsafe impl Sync for ReferencedFile {}

impl Deref for ReferencedFile {
    type Target = File;
    fn deref(&self) -> &File {
        &self.file
    }
}

impl Drop for ReferencedFile {
    fn drop(&mut self) {
        // SAFETY: by the invariant the reference is owned and released here once.
        unsafe { sys::ObfDereferenceObject(self.file.object.as_ptr().cast()) };
    }
}
