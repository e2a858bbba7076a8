//! The opaque objects a driver holds pointers to: filters, instances and volumes.
//!
//! A `PFLT_FILTER`, `PFLT_INSTANCE` or `PFLT_VOLUME` is the address of the Rust value in its `Arc`. Each begins with an
//! [`ObjectKind`], so that `FltObjectReference` can tell them apart, and a wrong pointer can be told from a right one.

use std::sync::Arc;

use fltmgr_sys::{_FLT_FILTER, _FLT_INSTANCE, _FLT_VOLUME};

use super::filter::Filter;
use super::instance::Instance;
use super::volume::Volume;

/// What an object is: the first field of each.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(transparent)]
pub(crate) struct ObjectKind(u64);

impl ObjectKind {
    /// A [`Filter`].
    pub(crate) const FILTER: Self = Self(u64::from_le_bytes(*b"FltFiltr"));
    /// An [`Instance`].
    pub(crate) const INSTANCE: Self = Self(u64::from_le_bytes(*b"FltInstn"));
    /// A [`Volume`].
    pub(crate) const VOLUME: Self = Self(u64::from_le_bytes(*b"FltVolum"));
}

/// A type whose address is a driver's handle.
///
/// # Safety
///
/// The type must be `repr(C)`, begin with an [`ObjectKind`] that is `KIND`, and only exist in an `Arc`.
pub(crate) unsafe trait Object: Sized {
    /// The C type that a handle points to.
    type Handle;
    /// The first field's value.
    const KIND: ObjectKind;

    /// The handle.
    fn handle(&self) -> *mut Self::Handle {
        std::ptr::from_ref(self).cast_mut().cast()
    }

    /// The object behind a handle.
    ///
    /// # Safety
    ///
    /// The handle must come from [`Object::handle`] of an object that lives as long as the reference is used.
    ///
    /// # Panics
    ///
    /// If the handle is NULL or no object of this type: the driver passed something else.
    unsafe fn from_handle<'a>(handle: *mut Self::Handle) -> &'a Self {
        assert!(!handle.is_null(), "a driver passed NULL where a Filter Manager object is required");
        // SAFETY: the caller vouches that an object is there; its first field is the kind.
        let kind = unsafe { handle.cast::<ObjectKind>().read() };
        assert!(kind == Self::KIND, "a driver passed a pointer that is no {:?}", Self::KIND);
        // SAFETY: as above, and the kind is right.
        unsafe { &*handle.cast::<Self>() }
    }

    /// A counted reference to the object behind a handle.
    ///
    /// # Safety
    ///
    /// As for [`Object::from_handle`].
    unsafe fn arc_from_handle(handle: *mut Self::Handle) -> Arc<Self> {
        // SAFETY: passed on.
        let object = unsafe { Self::from_handle(handle) };
        object.arc()
    }

    /// A counted reference to this object.
    fn arc(&self) -> Arc<Self> {
        // SAFETY: the trait says that the object is in an Arc, and `self` shows that it is alive.
        unsafe {
            Arc::increment_strong_count(self);
            Arc::from_raw(self)
        }
    }
}

// SAFETY: `Filter` is repr(C), begins with its kind and is only made in an Arc.
unsafe impl Object for Filter {
    type Handle = _FLT_FILTER;
    const KIND: ObjectKind = ObjectKind::FILTER;
}

// SAFETY: `Instance` is repr(C), begins with its kind and is only made in an Arc.
unsafe impl Object for Instance {
    type Handle = _FLT_INSTANCE;
    const KIND: ObjectKind = ObjectKind::INSTANCE;
}

// SAFETY: `Volume` is repr(C), begins with its kind and is only made in an Arc.
unsafe impl Object for Volume {
    type Handle = _FLT_VOLUME;
    const KIND: ObjectKind = ObjectKind::VOLUME;
}
