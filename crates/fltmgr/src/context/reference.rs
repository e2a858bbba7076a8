//! References to contexts.

use super::kind;
use super::kind::sealed::Kind as _;
use super::registration::{Context, is_registered};
use crate::filter::{LetGoOfFirst, filter_handle};
use crate::irql::{ApcLevel, Irql, NotAbove};
use crate::pool::{NonPaged, Pool};
use crate::status::{Error, Result};
use core::ffi::c_void;
use core::marker::PhantomData;
use core::ops::{Deref, DerefMut};
use core::panic::UnwindSafe;
use core::ptr::{self, NonNull};
use fltmgr_sys as sys;

/// A counted reference to a context; released on drop (J-11). Wraps FltReleaseContext.
///
/// A reference to a context in paged pool can be used and released up to APC_LEVEL only (J-21). So it is neither Send nor
/// Sync, and stays on the stack of the callback that took it; but it may travel to a post-operation that does not run
/// higher. One to a context in nonpaged pool goes wherever its holder goes, and to DISPATCH_LEVEL if what it owns is
/// [`Resident`](crate::resident::Resident).
///
/// The filter itself holds none directly, because FltUnregisterFilter waits for all of them, and the filter is dropped
/// after it. They are kept in a [`Held`](crate::filter::Held), or in the context of an instance or a volume.
///
/// # Invariants
///
/// The pointer is to an initialized context whose references include this one.
pub struct ContextRef<T: Context>(NonNull<T>, PhantomData<(LetGoOfFirst, T::Pool)>);

// SAFETY: references in several threads give `&T`, and whoever is last drops the `T`; both can be done up to
// DISPATCH_LEVEL, since the context is nonpaged and the Filter Manager cleans it up at APC_LEVEL at most (J-32).
unsafe impl<T: Context<Pool = NonPaged>> Send for ContextRef<T> {}
// SAFETY: as for `Send`.
unsafe impl<T: Context<Pool = NonPaged>> Sync for ContextRef<T> {}

// A shared one leads to the context.
impl<T: Context + UnwindSafe> UnwindSafe for ContextRef<T> {}

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
                T::Kind::TYPE,
                size_of::<T>() as sys::SIZE_T,
                <T::Pool as Pool>::TYPE,
                &raw mut context,
            )
        })?;
        let context = NonNull::new(context.cast::<T>()).ok_or(Error::INSUFFICIENT_RESOURCES)?;
        // SAFETY: the memory is new, large enough and aligned; it is uninitialized until here (J-09).
        unsafe { context.write(value) };
        // INVARIANT: a new context has one reference (J-10), and the value was just written.
        Ok(Self(context, PhantomData))
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
        Some(Self(context.cast(), PhantomData))
    }

    /// One more reference to a context that a callback is about. Wraps FltReferenceContext.
    ///
    /// # Safety
    ///
    /// The pointer is that of a live context of this filter that is of `T`'s kind, or NULL.
    pub(crate) unsafe fn another(context: sys::PFLT_CONTEXT) -> Option<Self> {
        if !context.is_null() {
            // SAFETY: the caller says that the context is live.
            unsafe { sys::FltReferenceContext(context) };
        }
        // SAFETY: the reference was just taken.
        unsafe { Self::from_returned(context) }
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

impl<T: Context<Kind: kind::Settable>> ContextRef<T> {
    /// Takes the context off the object that it is on: nobody gets it from there any more, and this reference stays good
    /// (J-26). Where it is on none any more, nothing happens. Wraps FltDeleteContext, up to APC_LEVEL (J-20).
    ///
    /// Contexts end with their object by themselves (J-31), so that this is seldom needed.
    pub fn delete<L: NotAbove<ApcLevel>>(&self, _: Irql<'_, L>) {
        // SAFETY: by the invariant the context is live, and a reference to it is held; it is no section's (J-29).
        unsafe { sys::FltDeleteContext(self.as_raw()) };
    }
}

impl<T: Context> Clone for ContextRef<T> {
    /// One more reference. Wraps FltReferenceContext, up to DISPATCH_LEVEL.
    fn clone(&self) -> Self {
        // SAFETY: by the invariant the context is live.
        unsafe { sys::FltReferenceContext(self.as_raw()) };
        // INVARIANT: the reference was just taken.
        Self(self.0, PhantomData)
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
    /// Allocates a context and moves `value` into it. Wraps FltAllocateContext, up to APC_LEVEL. A type that its filter
    /// does not register does not compile (J-01).
    ///
    /// # Errors
    ///
    /// STATUS_INSUFFICIENT_RESOURCES, STATUS_FLT_DELETING_OBJECT; the value is dropped then.
    pub fn try_new<L: NotAbove<ApcLevel>>(value: T, at: Irql<'_, L>) -> Result<Self> {
        // INVARIANT: nobody else knows a new context.
        ContextRef::allocate(value, at).map(Self)
    }

    /// The only reference, to be set on something.
    pub(crate) fn into_reference(self) -> ContextRef<T> {
        self.0
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
        Self(ContextRef(unsafe { NonNull::new_unchecked(raw.cast()) }, PhantomData))
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
