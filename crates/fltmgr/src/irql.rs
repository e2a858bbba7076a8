//! IRQL as a type.
//!
//! A callback gets an [`Irql`]: a zero-sized witness of the highest IRQL it can be running at. A routine that must not be
//! called above some level asks for a witness that is [`NotAbove`] it, so a call that the routine's page forbids does not
//! compile.
//!
//! ```compile_fail
//! use fltmgr::irql::{DispatchLevel, Irql, PassiveLevel, NotAbove};
//! fn passive_only<L: NotAbove<PassiveLevel>>(_: Irql<'_, L>) {}
//! fn completion(at: Irql<'_, DispatchLevel>) {
//!     passive_only(at);
//! }
//! ```

use core::marker::PhantomData;

/// PASSIVE_LEVEL: no more than 0.
#[derive(Clone, Copy)]
pub struct PassiveLevel;

/// APC_LEVEL: no more than 1.
#[derive(Clone, Copy)]
pub struct ApcLevel;

/// DISPATCH_LEVEL: no more than 2.
#[derive(Clone, Copy)]
pub struct DispatchLevel;

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::PassiveLevel {}
    impl Sealed for super::ApcLevel {}
    impl Sealed for super::DispatchLevel {}
}

/// One of the three levels.
pub trait Level: Copy + sealed::Sealed + 'static {}
impl Level for PassiveLevel {}
impl Level for ApcLevel {}
impl Level for DispatchLevel {}

/// The level is at most `Limit`.
pub trait NotAbove<Limit: Level>: Level {}
impl NotAbove<PassiveLevel> for PassiveLevel {}
impl NotAbove<ApcLevel> for PassiveLevel {}
impl NotAbove<ApcLevel> for ApcLevel {}
impl NotAbove<DispatchLevel> for PassiveLevel {}
impl NotAbove<DispatchLevel> for ApcLevel {}
impl NotAbove<DispatchLevel> for DispatchLevel {}

/// A witness that the processor runs at IRQL `L` or below for as long as `'a` lasts.
///
/// # Invariants
///
/// A value exists only in the thread, and during the callback, for which the Filter Manager or the kernel guarantees the
/// level: it is made by the thunks of this crate alone, cannot be sent to another thread, and cannot outlive `'a`.
#[derive(Clone, Copy)]
pub struct Irql<'a, L: Level>(PhantomData<(*const &'a (), L)>);

impl<L: Level> Irql<'_, L> {
    /// States the level.
    ///
    /// # Safety
    ///
    /// For the whole of the chosen lifetime the calling thread runs at `L` or below.
    pub(crate) const unsafe fn assume() -> Self {
        // INVARIANT: the caller vouches for the level, and the pointer in the marker keeps the value in its thread.
        Self(PhantomData)
    }
}

impl<'a, L: Level> Irql<'a, L> {
    /// A witness of PASSIVE_LEVEL, if the thread runs there, and not as high as it might. Wraps KeGetCurrentIrql.
    pub fn passive(self) -> Option<Irql<'a, PassiveLevel>> {
        // SAFETY: the routine has no argument.
        let level = unsafe { fltmgr_sys::KeGetCurrentIrql() };
        // INVARIANT: what raises the level of this thread within `'a` lowers it again before witnesses are used.
        (u32::from(level) == fltmgr_sys::PASSIVE_LEVEL).then_some(Irql(PhantomData))
    }
}

impl<'a> Irql<'a, PassiveLevel> {
    /// Forgets that the level is as low as PASSIVE_LEVEL.
    pub const fn apc(self) -> Irql<'a, ApcLevel> {
        // INVARIANT: PASSIVE_LEVEL is not above APC_LEVEL.
        Irql(PhantomData)
    }
}
