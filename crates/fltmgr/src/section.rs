//! Sections: a file's content as memory, for a scan (J-29, J-30).
//!
//! A section is made of an open file with a context of its own, and ends when the value is dropped. While there is one, what
//! would purge the file's cache waits for its end: making the file shorter, say. The filter can be told of that, by
//! [`Scanning`], and end the section early.
//!
//! The content is read through a [`View`], in guarded copies: a page that the file system cannot read is an error, and what
//! was copied stays as it is while the file changes.
//!
//! ```
//! use fltmgr::context::{Context, NewContext, kind};
//! use fltmgr::file::OpenFile;
//! use fltmgr::irql::{Irql, PassiveLevel};
//! use fltmgr::Result;
//!
//! /// Whether a file begins with these two bytes. An empty one has no section.
//! fn begins_with<T>(file: OpenFile<'_>, wanted: [u8; 2], scan: T, at: Irql<'_, PassiveLevel>) -> Result<bool>
//! where
//!     T: Context<Kind = kind::Section>,
//! {
//!     let section = file.section(NewContext::try_new(scan, at)?, at)?;
//!     let view = section.map()?;
//!     let mut head = [0; 2];
//!     view.read(0, &mut head)?;
//!     Ok(head == wanted)
//! }
//! ```

use crate::buffer;
use crate::context::{Context, ContextRef, NewContext, kind};
use crate::file::File;
use crate::filter::Filter;
use crate::instance::Instance;
use crate::irql::{ApcLevel, Irql, NotAbove, PassiveLevel};
use crate::status::{Error, Result};
use core::ffi::c_void;
use core::marker::PhantomData;
use core::mem::ManuallyDrop;
use core::ops::Deref;
use core::ptr::{self, NonNull};
use fltmgr_sys as sys;

impl Instance<'_> {
    /// Makes the instance one that can make sections of the volume's files (J-30). Wraps FltRegisterForDataScan, up to
    /// APC_LEVEL; [`Filter::attach`] is the place for it.
    ///
    /// # Errors
    ///
    /// STATUS_NOT_SUPPORTED where the volume has no sections, as those of named pipes and mailslots.
    pub fn register_for_data_scan<L: NotAbove<ApcLevel>>(&self, _: Irql<'_, L>) -> Result<()> {
        // SAFETY: by the invariant the instance is live, and the level is APC_LEVEL at most.
        Error::check(unsafe { sys::FltRegisterForDataScan(self.pointer.as_ptr()) })?;
        Ok(())
    }
}

impl File {
    /// Makes a section of the file, for reading, with its context. Wraps FltCreateSectionForDataScan, at PASSIVE_LEVEL,
    /// where the section is closed as well. On failure the context is released (J-29).
    ///
    /// # Errors
    ///
    /// STATUS_FLT_CONTEXT_ALREADY_DEFINED if this instance has a section of the stream already, STATUS_END_OF_FILE if
    /// the file is empty, STATUS_FILE_IS_A_DIRECTORY, STATUS_FILE_LOCK_CONFLICT, STATUS_INVALID_PARAMETER without
    /// [`Instance::register_for_data_scan`], STATUS_INVALID_FILE_FOR_SECTION and STATUS_NOT_SUPPORTED where there are
    /// no sections, STATUS_FILE_CLOSED, STATUS_INSUFFICIENT_RESOURCES, and whatever else the file system returns.
    pub fn section<'a, T: Context<Kind = kind::Section>>(
        &'a self,
        context: NewContext<T>,
        _: Irql<'a, PassiveLevel>,
    ) -> Result<Section<'a, T>> {
        let (instance, file) = self.for_io()?;
        let context = context.into_reference();
        // The handle goes into the system's table, where no program reaches it (N-05).
        let mut attributes = sys::OBJECT_ATTRIBUTES {
            Length: size_of::<sys::OBJECT_ATTRIBUTES>() as u32,
            RootDirectory: ptr::null_mut(),
            ObjectName: ptr::null_mut(),
            Attributes: sys::OBJ_KERNEL_HANDLE,
            SecurityDescriptor: ptr::null_mut(),
            SecurityQualityOfService: ptr::null_mut(),
        };
        let (mut handle, mut object) = (ptr::null_mut(), ptr::null_mut());
        let mut size = sys::LARGE_INTEGER { QuadPart: 0 };
        // SAFETY: the file is open on the instance, and the context is new; what is reserved is left out, and SEC_COMMIT is
        // given (X-18). The level is PASSIVE_LEVEL.
        Error::check(unsafe {
            sys::FltCreateSectionForDataScan(
                instance,
                file,
                context.as_raw(),
                sys::SECTION_MAP_READ | sys::SECTION_QUERY,
                &raw mut attributes,
                ptr::null_mut(),
                sys::PAGE_READONLY,
                sys::SEC_COMMIT,
                0,
                &raw mut handle,
                &raw mut object,
                &raw mut size,
            )
        })?;
        // INVARIANT: the routine has made the section, with this context.
        Ok(Section {
            context: ManuallyDrop::new(context),
            handle,
            // SAFETY: on success the routine stores a reference to the section.
            object: unsafe { NonNull::new_unchecked(object) },
            // SAFETY: every bit pattern of the union is a QuadPart.
            size: unsafe { size.QuadPart }.cast_unsigned(),
            lifetime: PhantomData,
        })
    }

    /// The context of the section that this instance has of the stream. Wraps FltGetSectionContext, up to APC_LEVEL.
    ///
    /// # Errors
    ///
    /// STATUS_NOT_FOUND if there is no section, STATUS_NOT_SUPPORTED where there can be none, STATUS_FILE_CLOSED.
    pub fn section_context<T, L>(&self, _: Irql<'_, L>) -> Result<ContextRef<T>>
    where
        T: Context<Kind = kind::Section>,
        L: NotAbove<ApcLevel>,
    {
        let (instance, file) = self.for_io()?;
        let mut context = ptr::null_mut();
        // SAFETY: the file is open on the instance, and the level is APC_LEVEL at most.
        Error::check(unsafe { sys::FltGetSectionContext(instance, file, &raw mut context) })?;
        // SAFETY: the routine returned a reference to a section context of this filter.
        unsafe { ContextRef::from_returned(context) }.ok_or(Error::NOT_FOUND)
    }
}

/// A section of a file, which is closed on drop. Wraps FltCloseSectionForDataScan, after ZwClose and ObfDereferenceObject.
///
/// It stays in the thread and in the callback that made it. What conflicts with it waits for its end, so that this thread
/// must not do it itself.
///
/// # Invariants
///
/// The handle, the reference to the object and that to the context are owned; the context is that of this section, which
/// was not closed.
pub struct Section<'a, T: Context<Kind = kind::Section>> {
    context: ManuallyDrop<ContextRef<T>>,
    handle: sys::HANDLE,
    object: NonNull<c_void>,
    size: u64,
    lifetime: PhantomData<*mut &'a ()>,
}

impl<T: Context<Kind = kind::Section>> Section<'_, T> {
    /// The size of the file in bytes when the section was made.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The context.
    pub fn context(&self) -> &ContextRef<T> {
        &self.context
    }

    /// Maps the whole section, to be read. Wraps MmMapViewInSystemSpace, at PASSIVE_LEVEL, where the section stays: no
    /// process has it in its address space.
    ///
    /// # Errors
    ///
    /// STATUS_NO_MEMORY and whatever else the routine returns if there is no room for it.
    pub fn map(&self) -> Result<View<'_>> {
        let (mut base, mut length) = (ptr::null_mut(), 0);
        // SAFETY: by the invariant the object is a section, and the level is PASSIVE_LEVEL, at which the section was made.
        Error::check(unsafe { sys::MmMapViewInSystemSpace(self.object.as_ptr(), &raw mut base, &raw mut length) })?;
        // The view ends with a page, the file before.
        let length = usize::try_from(length.min(self.size)).unwrap_or(usize::MAX);
        // SAFETY: on success the view is somewhere.
        let base = unsafe { NonNull::new_unchecked(base.cast()) };
        // INVARIANT: the routine has mapped that much.
        Ok(View { base, length, lifetime: PhantomData })
    }

    /// Closes the section, as its drop does. Wraps FltCloseSectionForDataScan.
    pub fn close(self) {
        drop(self);
    }
}

impl<T: Context<Kind = kind::Section>> Drop for Section<'_, T> {
    fn drop(&mut self) {
        // SAFETY: by the invariant the reference is owned, and given back once. The value is not Send, and was made at
        // PASSIVE_LEVEL.
        unsafe { sys::ObfDereferenceObject(self.object.as_ptr()) };
        // SAFETY: as above, for the handle.
        unsafe { sys::ZwClose(self.handle) };
        // Only now nothing of the section is left, and what conflicts with it can go on.
        // SAFETY: by the invariant the context is that of a section which was not closed (J-29).
        unsafe { sys::FltCloseSectionForDataScan(self.context.as_raw()) };
        // SAFETY: the context is not used again.
        unsafe { ManuallyDrop::drop(&mut self.context) };
    }
}

/// The content of a file, mapped; unmapped on drop. Wraps MmUnmapViewInSystemSpace.
///
/// # Invariants
///
/// The view is mapped from `base` on, for `length` bytes or more, and is this value's. It can change at any time, and a page
/// of it may turn out to be unreadable.
pub struct View<'a> {
    base: NonNull<u8>,
    length: usize,
    lifetime: PhantomData<*mut &'a ()>,
}

impl View<'_> {
    /// The number of bytes: as many as the file had when the section was made.
    pub fn len(&self) -> usize {
        self.length
    }

    /// Whether there are none, which no section has.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Copies the bytes from `offset` on into all of `into`.
    ///
    /// # Errors
    ///
    /// STATUS_BUFFER_TOO_SMALL if there are not that many, STATUS_ACCESS_VIOLATION if the file system could not read them.
    pub fn read(&self, offset: usize, into: &mut [u8]) -> Result<()> {
        // SAFETY: by the invariant the view is mapped, and a page of it that cannot be read ends the copy with a status.
        unsafe { buffer::read(self.base.as_ptr(), self.length, offset, into) }
    }
}

impl Drop for View<'_> {
    fn drop(&mut self) {
        // SAFETY: by the invariant the view is mapped, and ends here. It was mapped at PASSIVE_LEVEL, and is not Send.
        unsafe { sys::MmUnmapViewInSystemSpace(self.base.as_ptr().cast()) };
    }
}

/// A filter that wants to hear of operations that conflict with a section of it. [`Filter::SECTIONS`] registers it.
pub trait Scanning: Filter {
    /// The context of its sections.
    type Context: Context<Filter = Self, Kind = kind::Section>;

    /// Wraps SectionNotificationCallback: an operation waits for the end of a section. It is called in the thread of that
    /// operation, maybe before [`File::section`] has returned: what it can do is to tell the thread that scans, through the
    /// context.
    fn conflict(&self, conflict: Conflict<'_, Self>, at: Irql<'_, ApcLevel>);
}

/// An operation that waits for the end of a section.
pub struct Conflict<'a, F: Scanning> {
    context: ContextRef<F::Context>,
    lifetime: PhantomData<*mut &'a ()>,
}

impl<F: Scanning> Deref for Conflict<'_, F> {
    type Target = ContextRef<F::Context>;

    /// The context of the section.
    fn deref(&self) -> &Self::Target {
        &self.context
    }
}

/// Whether a filter hears of what conflicts with its sections.
pub struct Sections<F> {
    pub(crate) notify: sys::PFLT_SECTION_CONFLICT_NOTIFICATION_CALLBACK,
    filter: PhantomData<fn() -> F>,
}

impl<F: Filter> Sections<F> {
    /// It does not.
    pub const fn none() -> Self {
        Self { notify: None, filter: PhantomData }
    }

    /// It does.
    pub const fn notified() -> Self
    where
        F: Scanning,
    {
        Self { notify: Some(notify::<F>), filter: PhantomData }
    }
}

sys::callback! {
    /// SectionNotificationCallback.
    ///
    /// # Safety
    ///
    /// Called by the Filter Manager as the callback that it is registered as.
    unsafe fn notify<F: Scanning>(
        _: sys::PFLT_INSTANCE,
        context: sys::PFLT_CONTEXT,
        _: sys::PFLT_CALLBACK_DATA,
    ) -> sys::NTSTATUS {
        // SAFETY: the context is that of a section of this filter, and is live while the callback runs.
        if let Some(context) = unsafe { ContextRef::<F::Context>::another(context) } {
            let conflict = Conflict { context, lifetime: PhantomData };
            // SAFETY: only a filter that runs has sections; the callback runs where operations are called for, which is at
            // APC_LEVEL at most for those that conflict.
            unsafe { F::slot().running().conflict(conflict, Irql::assume()) };
        }
        sys::STATUS_SUCCESS
    }
}
