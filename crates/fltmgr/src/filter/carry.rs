//! What travels from a pre-operation to its post-operation.

use crate::buffer::{CanSwap, SwapBuffer};
use crate::context::{Context, ContextRef, NewContext};
use crate::irql::{ApcLevel, DispatchLevel, Level, PassiveLevel};
use crate::pool::{NonPaged, PoolBox};
use crate::resident::Resident;
use core::ffi::c_void;
use core::ptr::{self, NonNull};
use fltmgr_sys as sys;

/// What can travel through a completion context, which is one pointer. How high it can travel, [`CarryTo`] says.
///
/// # Safety
///
/// `from_raw` of what `into_raw` gave is the same value.
pub unsafe trait Carry: Sized + 'static {
    /// The value as a pointer.
    #[doc(hidden)]
    fn into_raw(self) -> *mut c_void;
    /// The value again.
    ///
    /// # Safety
    ///
    /// The pointer came from `into_raw` of the same type, and is taken back once.
    #[doc(hidden)]
    unsafe fn from_raw(raw: *mut c_void) -> Self;

    /// What is to be done with the operation that the value is about to travel with.
    ///
    /// # Safety
    ///
    /// The callback data is that of an operation that the filter controls, in its pre-operation or pended there, and that
    /// is about to go on with this value, to its post-operation.
    #[doc(hidden)]
    unsafe fn depart(&mut self, _data: *mut sys::FLT_CALLBACK_DATA) {}
}

/// What can travel to a post-operation that runs at `L` at most, in whatever thread that is. One that is drained runs at
/// APC_LEVEL at most.
///
/// # Safety
///
/// The value can be moved to another thread, and be used and dropped at `L` there.
pub unsafe trait CarryTo<L: Level>: Carry {}

// SAFETY: there is nothing to use or to drop.
unsafe impl<L: Level> CarryTo<L> for () {}
// A post-operation may run at DISPATCH_LEVEL, so what travels there is nonpaged (D-11).
// SAFETY: the box is nonpaged, what its value owns is so as well, and the value is Send.
unsafe impl<T: Resident + Send + 'static, L: Level> CarryTo<L> for PoolBox<T, NonPaged> {}

macro_rules! contexts_travel {
    ($($context:ident),*) => {$(
        // SAFETY: a nonpaged context may be released up to DISPATCH_LEVEL (J-21), which is what its post-operation may do
        // (D-12), and what it owns can be touched there.
        unsafe impl<T: Context<Pool = NonPaged> + Resident> CarryTo<DispatchLevel> for $context<T> {}
        // SAFETY: any context may be used and released up to APC_LEVEL, in any thread (J-21).
        unsafe impl<T: Context> CarryTo<ApcLevel> for $context<T> {}
        // SAFETY: as above.
        unsafe impl<T: Context> CarryTo<PassiveLevel> for $context<T> {}
    )*};
}
contexts_travel!(ContextRef, NewContext);

// SAFETY: the buffer is nonpaged, what its value owns is so as well, and the value is Send.
unsafe impl<O: CanSwap, T: Resident + Send + 'static, L: Level> CarryTo<L> for SwapBuffer<O, T> {}

// SAFETY: there is one value.
unsafe impl Carry for () {
    fn into_raw(self) -> *mut c_void {
        ptr::null_mut()
    }
    unsafe fn from_raw(_: *mut c_void) -> Self {}
}

// SAFETY: a box is its pointer.
unsafe impl<T: Send + 'static> Carry for PoolBox<T, NonPaged> {
    fn into_raw(self) -> *mut c_void {
        Self::into_raw(self).as_ptr().cast()
    }
    unsafe fn from_raw(raw: *mut c_void) -> Self {
        // SAFETY: the caller passes on what `into_raw` gave, which is not NULL.
        unsafe { Self::from_raw(NonNull::new_unchecked(raw.cast())) }
    }
}

// SAFETY: a reference is its pointer.
unsafe impl<T: Context> Carry for ContextRef<T> {
    fn into_raw(self) -> *mut c_void {
        Self::into_raw(self)
    }
    unsafe fn from_raw(raw: *mut c_void) -> Self {
        // SAFETY: the caller passes on what `into_raw` gave, which is a reference to a context of this type.
        unsafe { Self::from_returned(raw).unwrap_unchecked() }
    }
}

// SAFETY: a new context is its pointer.
unsafe impl<T: Context> Carry for NewContext<T> {
    fn into_raw(self) -> *mut c_void {
        Self::into_raw(self)
    }
    unsafe fn from_raw(raw: *mut c_void) -> Self {
        // SAFETY: the caller passes on what `into_raw` gave.
        unsafe { Self::from_raw(raw) }
    }
}
