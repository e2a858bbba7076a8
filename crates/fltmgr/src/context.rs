//! Contexts: the filter's own data on volumes, instances and files, counted by the Filter Manager.
//!
//! A context is made with its value (J-09), set on one object, which consumes it (J-15), and from then on shared.
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

use crate::file::OpenFile;
use crate::filter::{Filter, filter_handle};
use crate::instance::{Instance, Volume};
use crate::irql::{ApcLevel, Irql, NotAbove};
use crate::pool::{Pool, Tag};
use crate::status::{Error, Result};
use core::any::TypeId;
use core::ffi::c_void;
use core::marker::PhantomData;
use core::ops::{Deref, DerefMut};
use core::ptr::{self, NonNull};
use fltmgr_sys as sys;

/// The objects that a context can be on (J-01).
pub mod kind {
    use fltmgr_sys as sys;

    pub(crate) mod sealed {
        use fltmgr_sys as sys;

        /// The routines that get, set and delete a context of the kind. All want APC_LEVEL at most (J-20).
        pub trait Kind {
            const TYPE: u16;
            /// What the routines call the object.
            type Raw: Copy;

            /// # Safety
            ///
            /// The object is live, as the routine's page asks; APC_LEVEL at most.
            unsafe fn get(object: Self::Raw, context: *mut sys::PFLT_CONTEXT) -> sys::NTSTATUS;

            /// # Safety
            ///
            /// As for `get`; the context is live and of this filter.
            unsafe fn set(
                object: Self::Raw,
                operation: sys::FLT_SET_CONTEXT_OPERATION,
                context: sys::PFLT_CONTEXT,
                old: *mut sys::PFLT_CONTEXT,
            ) -> sys::NTSTATUS;

            /// # Safety
            ///
            /// As for `get`.
            unsafe fn delete(object: Self::Raw, old: *mut sys::PFLT_CONTEXT) -> sys::NTSTATUS;
        }

        /// An object that contexts of kind `K` are on.
        ///
        /// # Safety
        ///
        /// What `raw` gives is alive as long as `self` is borrowed.
        pub unsafe trait Object<K: Kind> {
            fn raw(&self) -> K::Raw;
        }
    }

    /// One of the kinds.
    pub trait Kind: sealed::Kind + 'static {}

    macro_rules! kinds {
        ($($(#[$doc:meta])* $name:ident = $value:ident, ($($object:ident: $raw:ty),+), $get:ident, $set:ident($($target:ident),+),
            $delete:ident;)*) => {$(
            $(#[$doc])*
            pub struct $name;

            impl sealed::Kind for $name {
                const TYPE: u16 = sys::$value as u16;
                type Raw = ($($raw,)+);

                unsafe fn get(($($object,)+): Self::Raw, context: *mut sys::PFLT_CONTEXT) -> sys::NTSTATUS {
                    // SAFETY: the caller keeps what the routine asks for.
                    unsafe { sys::$get($($object,)+ context) }
                }

                unsafe fn set(
                    object: Self::Raw,
                    operation: sys::FLT_SET_CONTEXT_OPERATION,
                    context: sys::PFLT_CONTEXT,
                    old: *mut sys::PFLT_CONTEXT,
                ) -> sys::NTSTATUS {
                    let ($($object,)+) = object;
                    // The routine for volumes knows the filter by the context.
                    let _ = ($($object,)+);
                    // SAFETY: the caller keeps what the routine asks for.
                    unsafe { sys::$set($($target,)+ operation, context, old) }
                }

                unsafe fn delete(($($object,)+): Self::Raw, old: *mut sys::PFLT_CONTEXT) -> sys::NTSTATUS {
                    // SAFETY: the caller keeps what the routine asks for.
                    unsafe { sys::$delete($($object,)+ old) }
                }
            }

            impl Kind for $name {}
        )*};
    }

    kinds! {
        /// On a volume: one for each filter. It lies in nonpaged pool (J-07).
        Volume = FLT_VOLUME_CONTEXT, (filter: sys::PFLT_FILTER, volume: sys::PFLT_VOLUME),
            FltGetVolumeContext, FltSetVolumeContext(volume), FltDeleteVolumeContext;
        /// On an instance: one for each instance.
        Instance = FLT_INSTANCE_CONTEXT, (instance: sys::PFLT_INSTANCE),
            FltGetInstanceContext, FltSetInstanceContext(instance), FltDeleteInstanceContext;
        /// On a file, which is all its streams: one for each instance and file.
        File = FLT_FILE_CONTEXT, (instance: sys::PFLT_INSTANCE, file: sys::PFILE_OBJECT),
            FltGetFileContext, FltSetFileContext(instance, file), FltDeleteFileContext;
        /// On a stream: one for each instance and stream.
        Stream = FLT_STREAM_CONTEXT, (instance: sys::PFLT_INSTANCE, file: sys::PFILE_OBJECT),
            FltGetStreamContext, FltSetStreamContext(instance, file), FltDeleteStreamContext;
        /// On a stream handle: one for each instance and file object.
        StreamHandle = FLT_STREAMHANDLE_CONTEXT, (instance: sys::PFLT_INSTANCE, file: sys::PFILE_OBJECT),
            FltGetStreamHandleContext, FltSetStreamHandleContext(instance, file), FltDeleteStreamHandleContext;
    }
}

/// A type that is the context of one kind of object, in the filter that it belongs to.
pub trait Context: Send + Sync + Sized + 'static {
    /// The filter that registers it.
    type Filter: Filter;
    /// The kind of object that it is on.
    type Kind: kind::Kind;
    /// Where it lies.
    type Pool: Pool;
    /// The tag of its memory.
    const TAG: Tag;
}

/// The context types of a filter, as a constant table; at most one type for a kind.
pub struct Contexts<F> {
    entries: [sys::FLT_CONTEXT_REGISTRATION; ROOM],
    types: [Option<TypeId>; ROOM],
    length: usize,
    filter: PhantomData<fn() -> F>,
}

/// Every kind once, and the end mark.
const ROOM: usize = 8;

impl<F: Filter> Contexts<F> {
    const END: sys::FLT_CONTEXT_REGISTRATION = sys::FLT_CONTEXT_REGISTRATION {
        ContextType: sys::FLT_CONTEXT_END as u16,
        Flags: 0,
        ContextCleanupCallback: None,
        Size: 0,
        PoolTag: 0,
        ContextAllocateCallback: None,
        ContextFreeCallback: None,
        Reserved1: ptr::null_mut(),
    };

    /// No contexts.
    pub const fn new() -> Self {
        Self { entries: [Self::END; ROOM], types: [None; ROOM], length: 0, filter: PhantomData }
    }

    /// Adds the type `T`. A second type for the same kind does not compile, since that is how a context that was got is
    /// known to be a `T`.
    #[must_use]
    pub const fn with<T: Context<Filter = F>>(mut self) -> Self {
        let kind = <T::Kind as kind::sealed::Kind>::TYPE;
        let mut index = 0;
        while index < self.length {
            assert!(self.entries[index].ContextType != kind, "a kind of context has one type");
            index += 1;
        }
        assert!(
            size_of::<T>() > 0 && size_of::<T>() <= u16::MAX as usize,
            "a context takes 1 to 65,535 bytes (J-05, X-08)"
        );
        assert!(
            kind != sys::FLT_VOLUME_CONTEXT as u16 || <T::Pool as Pool>::TYPE != sys::PagedPool,
            "the context of a volume lies in nonpaged pool (J-07)"
        );
        self.entries[self.length] = sys::FLT_CONTEXT_REGISTRATION {
            ContextType: kind,
            Flags: 0,
            ContextCleanupCallback: Some(cleanup::<T>),
            Size: size_of::<T>() as sys::SIZE_T,
            PoolTag: T::TAG.raw(),
            ContextAllocateCallback: None,
            ContextFreeCallback: None,
            Reserved1: ptr::null_mut(),
        };
        self.types[self.length] = Some(TypeId::of::<T>());
        self.length += 1;
        self
    }

    /// Whether there is an entry of this kind and size.
    const fn has(&self, kind: u16, size: usize) -> bool {
        let mut index = 0;
        while index < self.length {
            let entry = &self.entries[index];
            if entry.ContextType == kind && entry.Size == size as sys::SIZE_T {
                return true;
            }
            index += 1;
        }
        false
    }

    /// The table as FLT_REGISTRATION takes it.
    pub(crate) const fn as_raw(&'static self) -> *const sys::FLT_CONTEXT_REGISTRATION {
        self.entries.as_ptr()
    }
}

impl<F: Filter> Default for Contexts<F> {
    fn default() -> Self {
        Self::new()
    }
}

/// Whether `T` is the registered type of its kind. The table is a constant, so this is one as well.
fn is_registered<T: Context>() -> bool {
    const {
        assert!(
            T::Filter::CONTEXTS.has(<T::Kind as kind::sealed::Kind>::TYPE, size_of::<T>()),
            "the filter does not register this type of context"
        );
    }
    T::Filter::CONTEXTS.types.contains(&Some(TypeId::of::<T>()))
}

sys::callback! {
    /// Runs just before the memory of a context is freed (J-32).
    unsafe fn cleanup<T: Context>(context: *mut c_void, _: sys::FLT_CONTEXT_TYPE) {
        // SAFETY: every context of this kind was made by `ContextRef::allocate`, which writes a `T`, and the Filter Manager
        // cleans it up once, when nobody refers to it any more.
        unsafe { context.cast::<T>().drop_in_place() };
    }
}

/// A counted reference to a context; released on drop (J-11).
///
/// # Invariants
///
/// The pointer is to an initialized context whose references include this one.
pub struct ContextRef<T: Context>(NonNull<T>);

// SAFETY: references in several threads give `&T`, and whoever is last drops the `T`.
unsafe impl<T: Context> Send for ContextRef<T> {}
// SAFETY: as for `Send`.
unsafe impl<T: Context> Sync for ContextRef<T> {}

impl<T: Context> ContextRef<T> {
    /// A new context with this value.
    fn allocate<L: NotAbove<ApcLevel>>(value: T, _: Irql<'_, L>) -> Result<Self> {
        const { assert!(align_of::<T>() <= 16, "contexts are aligned to 16 bytes") };
        if !is_registered::<T>() {
            return Err(Error::NOT_SUPPORTED);
        }
        let mut context = ptr::null_mut();
        // SAFETY: the filter is registered for as long as it can run code that has the witness of an IRQL; the size is
        // that of the registered type.
        Error::check(unsafe {
            sys::FltAllocateContext(
                filter_handle::<T::Filter>(),
                <T::Kind as kind::sealed::Kind>::TYPE,
                size_of::<T>() as sys::SIZE_T,
                <T::Pool as Pool>::TYPE,
                &raw mut context,
            )
        })?;
        let context = NonNull::new(context.cast::<T>()).ok_or(Error::INSUFFICIENT_RESOURCES)?;
        // SAFETY: the memory is new, large enough and aligned; it is uninitialized until here (J-09).
        unsafe { context.write(value) };
        // INVARIANT: a new context has one reference (J-10), and the value was just written.
        Ok(Self(context))
    }

    /// Takes over a reference that a routine returned; NULL is none.
    ///
    /// # Safety
    ///
    /// The pointer is NULL or a reference to a context of this filter that is of `T`'s kind.
    pub(crate) unsafe fn from_returned(context: sys::PFLT_CONTEXT) -> Option<Self> {
        let context = NonNull::new(context)?;
        if !is_registered::<T>() {
            // SAFETY: the caller passes the reference on, and it is not used.
            unsafe { sys::FltReleaseContext(context.as_ptr()) };
            return None;
        }
        // INVARIANT: the registered type of a kind is the only one that `allocate` makes contexts of that kind of.
        Some(Self(context.cast()))
    }

    pub(crate) fn as_raw(&self) -> sys::PFLT_CONTEXT {
        self.0.as_ptr().cast()
    }

    /// What a set with KEEP_IF_EXISTS came to: this context, the one that was there already, or a failure.
    ///
    /// # Safety
    ///
    /// `existing` is NULL or a reference to a context of type `T`, as the set routine returned it with `status`.
    pub(crate) unsafe fn or_existing(self, status: i32, existing: sys::PFLT_CONTEXT) -> Result<Self> {
        // SAFETY: the caller passes the reference on.
        let existing = unsafe { Self::from_returned(existing) };
        match (Error::check(status), existing) {
            (Ok(_), _) => Ok(self),
            (Err(Error::CONTEXT_ALREADY_DEFINED), Some(existing)) => Ok(existing),
            (Err(error), _) => Err(error),
        }
    }

    pub(crate) fn into_raw(self) -> *mut c_void {
        let context = self.as_raw();
        core::mem::forget(self);
        context
    }
}

impl<T: Context> Clone for ContextRef<T> {
    /// One more reference. Wraps FltReferenceContext.
    fn clone(&self) -> Self {
        // SAFETY: by the invariant the context is live.
        unsafe { sys::FltReferenceContext(self.as_raw()) };
        // INVARIANT: the reference was just taken.
        Self(self.0)
    }
}

impl<T: Context> Deref for ContextRef<T> {
    type Target = T;
    fn deref(&self) -> &T {
        // SAFETY: by the invariant the context is live and initialized; it is only ever shared.
        unsafe { self.0.as_ref() }
    }
}

impl<T: Context> Drop for ContextRef<T> {
    fn drop(&mut self) {
        // SAFETY: by the invariant this reference is owned, and it is released here once.
        unsafe { sys::FltReleaseContext(self.as_raw()) };
    }
}

/// A context that is on no object yet, and can still be changed.
///
/// Setting it consumes it, because a context goes on one object, once (J-15).
///
/// # Invariants
///
/// The reference is the only one.
pub struct NewContext<T: Context>(ContextRef<T>);

impl<T: Context> NewContext<T> {
    /// Allocates a context and moves `value` into it. Wraps FltAllocateContext. A type that its filter does not register
    /// does not compile (J-01).
    ///
    /// # Errors
    ///
    /// STATUS_INSUFFICIENT_RESOURCES, STATUS_FLT_DELETING_OBJECT; the value is dropped then.
    pub fn try_new<L: NotAbove<ApcLevel>>(value: T, at: Irql<'_, L>) -> Result<Self> {
        // INVARIANT: nobody else knows a new context.
        ContextRef::allocate(value, at).map(Self)
    }

    /// Gives the context up as a pointer, to be taken back by [`Self::from_raw`].
    pub(crate) fn into_raw(self) -> *mut c_void {
        self.0.into_raw()
    }

    /// # Safety
    ///
    /// The pointer came from `into_raw` of the same type, and is taken back once.
    pub(crate) unsafe fn from_raw(raw: *mut c_void) -> Self {
        // INVARIANT: the pointer is the only reference still.
        // SAFETY: the caller passes on what `into_raw` gave, which is not NULL.
        Self(ContextRef(unsafe { NonNull::new_unchecked(raw.cast()) }))
    }
}

impl<T: Context> Deref for NewContext<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: Context> DerefMut for NewContext<T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: by the invariant nobody else refers to the context.
        unsafe { self.0.0.as_mut() }
    }
}

/// What has contexts of kind `K`: volumes, instances and open files.
pub trait HasContexts<K: kind::Kind>: kind::sealed::Object<K> {
    /// The context of type `T`, if one is set. Wraps FltGet…Context; `None` stands for every failure, since what has no
    /// context, whatever the reason (J-19, J-33, J-34), has none.
    fn context<T, L>(&self, _: Irql<'_, L>) -> Option<ContextRef<T>>
    where
        T: Context<Kind = K>,
        L: NotAbove<ApcLevel>,
    {
        let mut context = ptr::null_mut();
        // SAFETY: the object is live, and the IRQL is at most APC_LEVEL (J-20).
        let status = unsafe { K::get(self.raw(), &raw mut context) };
        // SAFETY: the routine returned a reference to a context of this filter that is of `T`'s kind.
        if status >= 0 { unsafe { ContextRef::from_returned(context) } } else { None }
    }

    /// Sets the context, unless there is one already: then that one is returned. Wraps FltSet…Context with
    /// FLT_SET_CONTEXT_KEEP_IF_EXISTS (J-13).
    ///
    /// # Errors
    ///
    /// STATUS_NOT_SUPPORTED where the file system or the file has none (J-16, J-34), STATUS_FLT_DELETING_OBJECT.
    fn keep_context<T, L>(&self, context: NewContext<T>, _: Irql<'_, L>) -> Result<ContextRef<T>>
    where
        T: Context<Kind = K>,
        L: NotAbove<ApcLevel>,
    {
        let (context, mut old) = (context.0, ptr::null_mut());
        // SAFETY: the object and the context are live, and the IRQL is at most APC_LEVEL (J-20).
        let status = unsafe { K::set(self.raw(), sys::FLT_SET_CONTEXT_KEEP_IF_EXISTS, context.as_raw(), &raw mut old) };
        // SAFETY: the routine returns a reference to the existing context, which is of `T`'s kind, or leaves NULL.
        unsafe { context.or_existing(status, old) }
    }

    /// Sets the context, in place of the one that may be there, which is returned. Wraps FltSet…Context with
    /// FLT_SET_CONTEXT_REPLACE_IF_EXISTS (J-14).
    ///
    /// # Errors
    ///
    /// As for [`HasContexts::keep_context`]; the context is released then (J-12).
    fn replace_context<T, L>(&self, context: NewContext<T>, _: Irql<'_, L>) -> Result<Option<ContextRef<T>>>
    where
        T: Context<Kind = K>,
        L: NotAbove<ApcLevel>,
    {
        let (context, mut old) = (context.0, ptr::null_mut());
        // SAFETY: the object and the context are live, and the IRQL is at most APC_LEVEL (J-20).
        let status =
            unsafe { K::set(self.raw(), sys::FLT_SET_CONTEXT_REPLACE_IF_EXISTS, context.as_raw(), &raw mut old) };
        Error::check(status)?;
        // SAFETY: the routine returns the reference that the object had on the old context, or leaves NULL (J-14).
        Ok(unsafe { ContextRef::from_returned(old) })
    }

    /// Takes the context off the object. Wraps FltDelete…Context, whose reference passes to the caller (J-27).
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

impl<K: kind::Kind, O: kind::sealed::Object<K>> HasContexts<K> for O {}

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
