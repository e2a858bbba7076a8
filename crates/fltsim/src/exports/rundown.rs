//! Rundown protection: references to what goes away once nobody has one any more, and no new one from then on.
//!
//! The word of an `EX_RUNDOWN_REF` has the references shifted by one, and in bit 0 whether rundown has begun.

use std::sync::atomic::{AtomicU64, Ordering};

use fltmgr_sys::{BOOLEAN, EX_RUNDOWN_ACTIVE, EX_RUNDOWN_COUNT_INC, EX_RUNDOWN_COUNT_SHIFT, PEX_RUNDOWN_REF, ULONG};

use super::export;
use crate::kernel::{fault, irql, wait};

const ACTIVE: u64 = EX_RUNDOWN_ACTIVE as u64;
const ONE: u64 = EX_RUNDOWN_COUNT_INC as u64;

/// The word of a reference.
unsafe fn word<'a>(reference: PEX_RUNDOWN_REF) -> &'a AtomicU64 {
    // SAFETY: the driver passes rundown protection that it has initialized; its word is only used through here.
    unsafe { AtomicU64::from_ptr(reference.cast()) }
}

unsafe fn acquire(reference: PEX_RUNDOWN_REF, count: u32) -> BOOLEAN {
    irql::check(irql::DISPATCH_LEVEL);
    let more = u64::from(count) << EX_RUNDOWN_COUNT_SHIFT;
    // SAFETY: passed on.
    let taken = unsafe { word(reference) }
        .fetch_update(Ordering::AcqRel, Ordering::Acquire, |word| (word & ACTIVE == 0).then(|| word + more));
    taken.is_ok().into()
}

unsafe fn release(reference: PEX_RUNDOWN_REF, count: u32) {
    irql::check(irql::DISPATCH_LEVEL);
    let less = u64::from(count) << EX_RUNDOWN_COUNT_SHIFT;
    // SAFETY: passed on.
    let word = unsafe { word(reference) };
    let released = wait::change(reference.cast_const().cast(), || {
        word.fetch_update(Ordering::AcqRel, Ordering::Acquire, |word| word.checked_sub(less))
    });
    if released.is_err() {
        fault::bug_check(
            0x18,
            [0, reference as usize, 0, 0],
            "rundown protection was released that had not been acquired".to_owned(),
        );
    }
}

export! {
    dll "ntoskrnl.exe";

    /// Initializes rundown protection.
    pub unsafe fn ExInitializeRundownProtection(RunRef: PEX_RUNDOWN_REF) {
        // SAFETY: the driver passes memory for it.
        unsafe { RunRef.cast::<u64>().write(0) };
    }

    /// Lets references be taken again after a rundown.
    pub unsafe fn ExReInitializeRundownProtection(RunRef: PEX_RUNDOWN_REF) {
        irql::check(irql::APC_LEVEL);
        // SAFETY: the driver passes rundown protection.
        unsafe { word(RunRef) }.store(0, Ordering::Release);
    }

    /// Takes a reference, unless rundown has begun.
    pub unsafe fn ExAcquireRundownProtection(RunRef: PEX_RUNDOWN_REF) -> BOOLEAN {
        // SAFETY: passed on.
        unsafe { acquire(RunRef, 1) }
    }

    /// Takes several references at once, unless rundown has begun.
    pub unsafe fn ExAcquireRundownProtectionEx(RunRef: PEX_RUNDOWN_REF, Count: ULONG) -> BOOLEAN {
        // SAFETY: passed on.
        unsafe { acquire(RunRef, Count) }
    }

    /// Gives a reference back.
    pub unsafe fn ExReleaseRundownProtection(RunRef: PEX_RUNDOWN_REF) {
        // SAFETY: passed on.
        unsafe { release(RunRef, 1) };
    }

    /// Gives several references back at once.
    pub unsafe fn ExReleaseRundownProtectionEx(RunRef: PEX_RUNDOWN_REF, Count: ULONG) {
        // SAFETY: passed on.
        unsafe { release(RunRef, Count) };
    }

    /// Begins rundown, and waits until the last reference is given back.
    pub unsafe fn ExWaitForRundownProtectionRelease(RunRef: PEX_RUNDOWN_REF) {
        irql::check(irql::APC_LEVEL);
        // SAFETY: the driver passes rundown protection.
        let word = unsafe { word(RunRef) };
        word.fetch_or(ACTIVE, Ordering::AcqRel);
        let over = || (word.load(Ordering::Acquire) < ONE).then_some(());
        if over().is_none() {
            // The wait ends early only when the machine has crashed, and then the driver is not returned to.
            let _ = wait::until(RunRef.cast_const().cast(), None, false, over);
        }
    }

    /// Says that rundown is over.
    pub unsafe fn ExRundownCompleted(RunRef: PEX_RUNDOWN_REF) {
        // SAFETY: the driver passes rundown protection.
        unsafe { word(RunRef) }.store(ACTIVE, Ordering::Release);
    }
}
