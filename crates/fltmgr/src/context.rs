//! Contexts: the filter's own data on instances, streams and stream handles, counted by the Filter Manager.

use crate::filter::{Filter, filter_handle};
use crate::instance::Instance;
use crate::irql::{ApcLevel, Irql, NotAbove};
use crate::pool::{Pool, Tag};
use crate::status::{Error, Result};
use core::any::TypeId;
use core::ffi::c_void;
use core::marker::PhantomData;
use core::ops::Deref;
use core::ptr::{self, NonNull};
use fltmgr_sys as sys;

/// The objects that a context can be on (J-01).
pub mod kind {
    use fltmgr_sys as sys;

    pub(crate) mod sealed {
        use fltmgr_sys as sys;

        pub trait Sealed {
            const TYPE: u16;
        }

        /// The routines that get and set a context of the kind.
        pub trait OnFile {
            /// # Safety
            ///
            /// As for `FltGetStreamContext`.
            unsafe fn get(
                instance: sys::PFLT_INSTANCE,
                file: sys::PFILE_OBJECT,
                context: *mut sys::PFLT_CONTEXT,
            ) -> sys::NTSTATUS;

            /// # Safety
            ///
            /// As for `FltSetStreamContext`.
            unsafe fn set(
                instance: sys::PFLT_INSTANCE,
                file: sys::PFILE_OBJECT,
                operation: sys::FLT_SET_CONTEXT_OPERATION,
                context: sys::PFLT_CONTEXT,
                old: *mut sys::PFLT_CONTEXT,
            ) -> sys::NTSTATUS;
        }
    }

    /// One of the kinds.
    pub trait Kind: sealed::Sealed + 'static {}

    /// A kind that is on something of an open file.
    pub trait OnFile: Kind + sealed::OnFile {}

    macro_rules! kinds {
        ($($(#[$doc:meta])* $name:ident = $value:ident $(, $get:ident, $set:ident)?;)*) => {$(
            $(#[$doc])*
            pub struct $name;
            impl sealed::Sealed for $name {
                const TYPE: u16 = sys::$value as u16;
            }
            impl Kind for $name {}
            $(
                impl sealed::OnFile for $name {
                    unsafe fn get(
                        instance: sys::PFLT_INSTANCE,
                        file: sys::PFILE_OBJECT,
                        context: *mut sys::PFLT_CONTEXT,
                    ) -> sys::NTSTATUS {
                        // SAFETY: the caller keeps what the routine asks for.
                        unsafe { sys::$get(instance, file, context) }
                    }

                    unsafe fn set(
                        instance: sys::PFLT_INSTANCE,
                        file: sys::PFILE_OBJECT,
                        operation: sys::FLT_SET_CONTEXT_OPERATION,
                        context: sys::PFLT_CONTEXT,
                        old: *mut sys::PFLT_CONTEXT,
                    ) -> sys::NTSTATUS {
                        // SAFETY: the caller keeps what the routine asks for.
                        unsafe { sys::$set(instance, file, operation, context, old) }
                    }
                }
                impl OnFile for $name {}
            )?
        )*};
    }

    kinds! {
        /// On an instance: one for each instance.
        Instance = FLT_INSTANCE_CONTEXT;
        /// On a stream: one for each instance and stream.
        Stream = FLT_STREAM_CONTEXT, FltGetStreamContext, FltSetStreamContext;
        /// On a stream handle: one for each instance and file object.
        StreamHandle = FLT_STREAMHANDLE_CONTEXT, FltGetStreamHandleContext, FltSetStreamHandleContext;
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
        let kind = <T::Kind as kind::sealed::Sealed>::TYPE;
        let mut index = 0;
        while index < self.length {
            assert!(self.entries[index].ContextType != kind, "a kind of context has one type");
            index += 1;
        }
        assert!(
            size_of::<T>() > 0 && size_of::<T>() <= u16::MAX as usize,
            "a context takes 1 to 65,535 bytes (J-05, X-08)"
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
            T::Filter::CONTEXTS.has(<T::Kind as kind::sealed::Sealed>::TYPE, size_of::<T>()),
            "the filter does not register this type of context"
        );
    }
    T::Filter::CONTEXTS.types.contains(&Some(TypeId::of::<T>()))
}

sys::callback! {
    /// Runs just before the memory of a context is freed (J-32).
    unsafe fn cleanup<T: Context>(context: *mut c_void, _: sys::FLT_CONTEXT_TYPE) {
        // SAFETY: every context of this kind was made by `ContextRef::try_new`, which writes a `T`, and the Filter Manager
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
    /// Allocates a context and moves `value` into it. Wraps FltAllocateContext. A type that its filter does not register
    /// does not compile (J-01).
    ///
    /// # Errors
    ///
    /// STATUS_INSUFFICIENT_RESOURCES, STATUS_FLT_DELETING_OBJECT; the value is dropped then.
    pub fn try_new<L: NotAbove<ApcLevel>>(value: T, _: Irql<'_, L>) -> Result<Self> {
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
                <T::Kind as kind::sealed::Sealed>::TYPE,
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
        // INVARIANT: the registered type of a kind is the only one that `try_new` makes contexts of that kind of.
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

impl Instance<'_> {
    /// The instance context of type `T`, if one is set. Wraps FltGetInstanceContext.
    pub fn context<T, L>(&self, _: Irql<'_, L>) -> Option<ContextRef<T>>
    where
        T: Context<Kind = kind::Instance>,
        L: NotAbove<ApcLevel>,
    {
        let mut context = ptr::null_mut();
        // SAFETY: the instance is live for its lifetime; the IRQL is at most APC_LEVEL.
        let status = unsafe { sys::FltGetInstanceContext(self.pointer.as_ptr(), &raw mut context) };
        // SAFETY: an instance context of this filter is a `T`, since only one type can be registered for a kind.
        if status >= 0 { unsafe { ContextRef::from_returned(context) } } else { None }
    }

    /// Sets the instance context, unless there is one already: then that one is returned. Wraps FltSetInstanceContext.
    ///
    /// # Errors
    ///
    /// STATUS_FLT_DELETING_OBJECT.
    pub fn keep_context<T, L>(&self, context: ContextRef<T>, _: Irql<'_, L>) -> Result<ContextRef<T>>
    where
        T: Context<Kind = kind::Instance>,
        L: NotAbove<ApcLevel>,
    {
        let mut old = ptr::null_mut();
        // SAFETY: the instance is live for its lifetime, the context is live, and the IRQL is at most APC_LEVEL.
        let status = unsafe {
            sys::FltSetInstanceContext(
                self.pointer.as_ptr(),
                sys::FLT_SET_CONTEXT_KEEP_IF_EXISTS,
                context.as_raw(),
                &raw mut old,
            )
        };
        // SAFETY: the routine returns a reference to the existing context, which is a `T`, or leaves NULL.
        unsafe { context.or_existing(status, old) }
    }
}
