//! Contexts: the filter's own data on volumes, instances, files, transactions and sections, counted by the Filter Manager.
//!
//! A context is made with its value (J-09), set on one object, which consumes it (J-15), and from then on shared. It ends
//! with its object (J-31), and the value is dropped when nobody refers to it any more (J-32).
//!
//! ```
//! use fltmgr::context::{Context, ContextRef, HasContexts, NewContext, kind};
//! use fltmgr::file::OpenFile;
//! use fltmgr::irql::{ApcLevel, Irql};
//! use fltmgr::Result;
//!
//! fn count_of<T>(file: OpenFile<'_>, new: impl FnOnce() -> T, at: Irql<'_, ApcLevel>) -> Result<ContextRef<T>>
//! where
//!     T: Context<Kind = kind::Stream>,
//! {
//!     match file.context(at) {
//!         Some(known) => Ok(known),
//!         None => file.keep_context(NewContext::try_new(new(), at)?, at),
//!     }
//! }
//! ```

pub mod kind;
mod reference;
mod registration;
mod several;

pub use reference::{ContextRef, NewContext};
pub use registration::{Context, Contexts};
pub use several::Several;

use crate::file::OpenFile;
use crate::instance::Instance;
use crate::irql::{ApcLevel, Irql, NotAbove};
use crate::status::{Error, Result};
use crate::volume::Volume;
use core::ptr;
use fltmgr_sys as sys;

/// What has contexts of kind `K`: volumes, instances, open files and transactions.
pub trait HasContexts<K: kind::Settable>: kind::sealed::Object<K> {
    /// Whether contexts of `T`'s kind can be set. Volumes, instances and transactions always have them; a file has none
    /// where its file system has none, and if it is a paging file (J-33, J-34). Wraps FltSupportsFileContextsEx (J-35),
    /// FltSupportsStreamContexts and FltSupportsStreamHandleContexts, up to APC_LEVEL.
    fn supports_context<T, L>(&self, _: Irql<'_, L>) -> bool
    where
        T: Context<Kind = K>,
        L: NotAbove<ApcLevel>,
    {
        // SAFETY: the object is live, and the IRQL is at most APC_LEVEL.
        unsafe { K::supported(self.raw()) }
    }

    /// The context of type `T`. Wraps FltGet…Context, up to APC_LEVEL (J-20).
    ///
    /// # Errors
    ///
    /// STATUS_NOT_FOUND if none is set, STATUS_NOT_SUPPORTED where none can be (J-19).
    fn find_context<T, L>(&self, _: Irql<'_, L>) -> Result<ContextRef<T>>
    where
        T: Context<Kind = K>,
        L: NotAbove<ApcLevel>,
    {
        let mut context = ptr::null_mut();
        // SAFETY: the object is live, and the IRQL is at most APC_LEVEL (J-20).
        Error::check(unsafe { K::get(self.raw(), &raw mut context) })?;
        // SAFETY: a routine that succeeds has returned a context, which is not NULL.
        unsafe { core::hint::assert_unchecked(!context.is_null()) };
        // SAFETY: the routine returned a reference to a context of this filter that is of `T`'s kind.
        unsafe { ContextRef::from_returned(context) }.ok_or(Error::NOT_FOUND)
    }

    /// The context of type `T`, if one is set: [`HasContexts::find_context`] for who does not ask why there is none.
    fn context<T, L>(&self, at: Irql<'_, L>) -> Option<ContextRef<T>>
    where
        T: Context<Kind = K>,
        L: NotAbove<ApcLevel>,
    {
        self.find_context(at).ok()
    }

    /// Sets the context, unless there is one already: then that one is returned. Wraps FltSet…Context with
    /// FLT_SET_CONTEXT_KEEP_IF_EXISTS (J-13), up to APC_LEVEL (J-20).
    ///
    /// # Errors
    ///
    /// STATUS_NOT_SUPPORTED where the file system or the file has none (J-16, J-34), STATUS_FLT_DELETING_OBJECT.
    fn keep_context<T, L>(&self, context: NewContext<T>, _: Irql<'_, L>) -> Result<ContextRef<T>>
    where
        T: Context<Kind = K>,
        L: NotAbove<ApcLevel>,
    {
        let (context, mut old) = (context.into_reference(), ptr::null_mut());
        // SAFETY: the object and the context are live, and the IRQL is at most APC_LEVEL (J-20).
        let status = unsafe { K::set(self.raw(), sys::FLT_SET_CONTEXT_KEEP_IF_EXISTS, context.as_raw(), &raw mut old) };
        // SAFETY: the routine returns a reference to the existing context, which is of `T`'s kind, or leaves NULL.
        unsafe { context.or_existing(status, old) }
    }

    /// Sets the context, in place of the one that may be there, which is returned. Wraps FltSet…Context with
    /// FLT_SET_CONTEXT_REPLACE_IF_EXISTS (J-14), up to APC_LEVEL (J-20).
    ///
    /// # Errors
    ///
    /// As for [`HasContexts::keep_context`]; the context is released then (J-12).
    fn replace_context<T, L>(&self, context: NewContext<T>, _: Irql<'_, L>) -> Result<Option<ContextRef<T>>>
    where
        T: Context<Kind = K>,
        L: NotAbove<ApcLevel>,
    {
        let (context, mut old) = (context.into_reference(), ptr::null_mut());
        // SAFETY: the object and the context are live, and the IRQL is at most APC_LEVEL (J-20).
        let status =
            unsafe { K::set(self.raw(), sys::FLT_SET_CONTEXT_REPLACE_IF_EXISTS, context.as_raw(), &raw mut old) };
        // SAFETY: the routine returns the reference that the object had on the old context, or leaves NULL (J-14).
        let old = unsafe { ContextRef::from_returned(old) };
        Error::check(status)?;
        Ok(old)
    }

    /// Takes the context off the object. Wraps FltDelete…Context, whose reference passes to the caller (J-27), up to
    /// APC_LEVEL (J-20).
    fn delete_context<T, L>(&self, _: Irql<'_, L>) -> Option<ContextRef<T>>
    where
        T: Context<Kind = K>,
        L: NotAbove<ApcLevel>,
    {
        let mut old = ptr::null_mut();
        // SAFETY: the object is live, and the IRQL is at most APC_LEVEL (J-20).
        let status = unsafe { K::delete(self.raw(), &raw mut old) };
        // SAFETY: the routine passes on the reference that the object had.
        if status >= 0 { unsafe { ContextRef::from_returned(old) } } else { None }
    }
}

impl<K: kind::Settable, O: kind::sealed::Object<K>> HasContexts<K> for O {}

// SAFETY: an instance lives as long as the value.
unsafe impl kind::sealed::Object<kind::Instance> for Instance<'_> {
    fn raw(&self) -> (sys::PFLT_INSTANCE,) {
        (self.pointer.as_ptr(),)
    }
}

// SAFETY: a volume and the filter live as long as the value.
unsafe impl kind::sealed::Object<kind::Volume> for Volume<'_> {
    fn raw(&self) -> (sys::PFLT_FILTER, sys::PFLT_VOLUME) {
        (self.filter.as_ptr(), self.pointer.as_ptr())
    }
}

macro_rules! on_files {
    ($($kind:ident),*) => {$(
        // SAFETY: by its invariant the file is open, on an instance that is alive, as long as the value.
        unsafe impl kind::sealed::Object<kind::$kind> for OpenFile<'_> {
            fn raw(&self) -> (sys::PFLT_INSTANCE, sys::PFILE_OBJECT) {
                (self.instance.as_ptr(), self.object.as_ptr())
            }
        }
    )*};
}
on_files!(File, Stream, StreamHandle);
