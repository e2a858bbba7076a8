//! Push locks and resources (rules O-19, X-15).

use std::sync::atomic::{AtomicU64, Ordering};

use fltmgr_sys::{FLT_PUSH_LOCK_VALID_FLAGS, PERESOURCE, PEX_PUSH_LOCK, ULONG};

use super::export;
use crate::kernel::{irql, thread, wait};

/// A push lock's word while somebody has it exclusively; otherwise it counts those who share it.
const EXCLUSIVE: u64 = u64::MAX;

/// What entering a critical region adds to a thread's count.
const ENTER: i32 = 1;

/// The word of a push lock.
unsafe fn word<'a>(lock: PEX_PUSH_LOCK) -> &'a AtomicU64 {
    // SAFETY: the driver passes a push lock that it has initialized; its word is only used through here.
    unsafe { AtomicU64::from_ptr(lock) }
}

/// Waits until `next` finds the word such that it can be taken.
unsafe fn acquire(lock: PEX_PUSH_LOCK, next: impl Fn(u64) -> Option<u64>) {
    // Rule O-19: acquiring disables normal kernel APCs.
    thread::current().change_normal_apc_disable(ENTER);
    // SAFETY: passed on.
    let word = unsafe { word(lock) };
    let try_acquire = || word.fetch_update(Ordering::AcqRel, Ordering::Acquire, &next).ok().map(drop);
    if try_acquire().is_none() {
        // The wait ends early only when the machine has crashed, and then the driver is not returned to.
        let _ = wait::until(lock.cast_const().cast(), None, false, try_acquire);
    }
}

/// Reports flags that are none.
fn check_flags(flags: ULONG) {
    if flags & !FLT_PUSH_LOCK_VALID_FLAGS != 0
        && let Some(filter) = crate::flt::name::current_filter()
    {
        filter.report("O-19", format!("a push lock was acquired or released with the flags {flags:#x}"));
    }
}

export! {
    dll "FLTMGR.SYS";

    /// Makes a push lock free.
    pub unsafe fn FltInitializePushLock(PushLock: PEX_PUSH_LOCK) {
        irql::check(irql::APC_LEVEL);
        // SAFETY: the driver passes memory for a push lock.
        unsafe { PushLock.write(0) };
    }

    /// Ends a push lock, which must be free.
    pub unsafe fn FltDeletePushLock(PushLock: PEX_PUSH_LOCK) {
        irql::check(irql::APC_LEVEL);
        // SAFETY: the driver passes a push lock.
        if unsafe { word(PushLock) }.load(Ordering::Acquire) != 0
            && let Some(filter) = crate::flt::name::current_filter()
        {
            filter.report("O-19", "FltDeletePushLock was called for a lock that is held".to_owned());
        }
    }

    /// Acquires a push lock exclusively; acquiring it again in the same thread hangs (rule O-19).
    pub unsafe fn FltAcquirePushLockExclusive(PushLock: PEX_PUSH_LOCK) {
        irql::check(irql::APC_LEVEL);
        // SAFETY: the driver passes a push lock.
        unsafe { acquire(PushLock, |holders| (holders == 0).then_some(EXCLUSIVE)) };
    }

    /// Acquires a push lock shared.
    pub unsafe fn FltAcquirePushLockShared(PushLock: PEX_PUSH_LOCK) {
        irql::check(irql::APC_LEVEL);
        // SAFETY: the driver passes a push lock.
        unsafe { acquire(PushLock, |holders| (holders != EXCLUSIVE).then(|| holders + 1)) };
    }

    /// Releases a push lock.
    pub unsafe fn FltReleasePushLock(PushLock: PEX_PUSH_LOCK) {
        irql::check(irql::APC_LEVEL);
        // SAFETY: the driver passes a push lock that the thread has acquired.
        let word = unsafe { word(PushLock) };
        let released = wait::change(PushLock.cast_const().cast(), || {
            word.fetch_update(Ordering::AcqRel, Ordering::Acquire, |holders| match holders {
                0 => None,
                EXCLUSIVE => Some(0),
                shared => Some(shared - 1),
            })
        });
        if released.is_err()
            && let Some(filter) = crate::flt::name::current_filter()
        {
            filter.report("O-19", "FltReleasePushLock was called for a lock that is free".to_owned());
        }
        thread::current().change_normal_apc_disable(-ENTER);
    }

    /// As `FltAcquirePushLockExclusive`. Nobody is boosted here, so that the flags change nothing.
    pub unsafe fn FltAcquirePushLockExclusiveEx(PushLock: PEX_PUSH_LOCK, Flags: ULONG) {
        check_flags(Flags);
        // SAFETY: passed on.
        unsafe { FltAcquirePushLockExclusive(PushLock) };
    }

    /// As `FltAcquirePushLockShared`.
    pub unsafe fn FltAcquirePushLockSharedEx(PushLock: PEX_PUSH_LOCK, Flags: ULONG) {
        check_flags(Flags);
        // SAFETY: passed on.
        unsafe { FltAcquirePushLockShared(PushLock) };
    }

    /// As `FltReleasePushLock`.
    pub unsafe fn FltReleasePushLockEx(PushLock: PEX_PUSH_LOCK, Flags: ULONG) {
        check_flags(Flags);
        // SAFETY: passed on.
        unsafe { FltReleasePushLock(PushLock) };
    }

    /// Acquires a resource exclusively, in a critical region.
    pub unsafe fn FltAcquireResourceExclusive(Resource: PERESOURCE) {
        irql::check(irql::APC_LEVEL);
        // SAFETY: the driver passes a resource that it has initialized.
        unsafe {
            super::synchronization::KeEnterCriticalRegion();
            super::resource::ExAcquireResourceExclusiveLite(Resource, 1);
        }
    }

    /// Acquires a resource shared, in a critical region.
    pub unsafe fn FltAcquireResourceShared(Resource: PERESOURCE) {
        irql::check(irql::APC_LEVEL);
        // SAFETY: the driver passes a resource that it has initialized.
        unsafe {
            super::synchronization::KeEnterCriticalRegion();
            super::resource::ExAcquireResourceSharedLite(Resource, 1);
        }
    }

    /// Releases a resource and leaves the critical region.
    pub unsafe fn FltReleaseResource(Resource: PERESOURCE) {
        irql::check(irql::DISPATCH_LEVEL);
        // SAFETY: the driver passes a resource that the thread has acquired.
        unsafe {
            super::resource::ExReleaseResourceLite(Resource);
            super::synchronization::KeLeaveCriticalRegion();
        }
    }
}
