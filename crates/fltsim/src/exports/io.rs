//! The I/O manager, but for files.

use std::sync::Mutex;

use fltmgr_sys::{
    BOOLEAN, KIRQL, PIRP, PKIRQL, PULONG_PTR,
};

use super::export;
use crate::kernel::irql::{self, DISPATCH_LEVEL};
use crate::kernel::stack::KERNEL_STACK_SIZE;
use crate::kernel::{fault, thread, wait};

/// The thread that holds the cancel spin lock.
static CANCEL_LOCK: Mutex<Option<usize>> = Mutex::new(None);

fn holder<R>(f: impl FnOnce(&mut Option<usize>) -> R) -> R {
    f(&mut CANCEL_LOCK.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
}

export! {
    dll "ntoskrnl.exe";

    /// What the thread's top-level request is.
    pub unsafe fn IoGetTopLevelIrp() -> PIRP {
        thread::current().top_level_irp() as PIRP
    }

    /// Sets the thread's top-level request.
    pub unsafe fn IoSetTopLevelIrp(Irp: PIRP) {
        thread::current().set_top_level_irp(Irp as usize);
    }

    /// Where the stack begins and ends. A driver that is linked into the process is told of a stack of the same size.
    pub unsafe fn IoGetStackLimits(LowLimit: PULONG_PTR, HighLimit: PULONG_PTR) {
        let (low, high) = thread::kernel_stack().unwrap_or_else(|| {
            let here = LowLimit as usize;
            (here.saturating_sub(KERNEL_STACK_SIZE), here)
        });
        // SAFETY: the driver passes variables for the results.
        unsafe {
            LowLimit.write(low as u64);
            HighLimit.write(high as u64);
        }
    }

    /// Acquires the lock that guards the cancel routines of all requests.
    pub unsafe fn IoAcquireCancelSpinLock(Irql: PKIRQL) {
        let before = irql::raise(DISPATCH_LEVEL);
        let me = thread::current().address();
        let acquired = wait::until((&raw const CANCEL_LOCK).cast(), None, false, || {
            holder(|holder| holder.is_none().then(|| *holder = Some(me)))
        });
        debug_assert!(acquired.is_ok(), "only a crash ends this wait, and then the driver goes no further");
        // SAFETY: the driver passes a variable for the IRQL.
        unsafe { Irql.write(before) };
    }

    /// Releases it.
    pub unsafe fn IoReleaseCancelSpinLock(Irql: KIRQL) {
        let me = thread::current().address();
        let released = wait::change((&raw const CANCEL_LOCK).cast(), || holder(|holder| holder.take() == Some(me)));
        if !released {
            fault::bug_check(0x10, [0; 4], "the cancel spin lock was released by a thread that doesn't hold it".into());
        }
        irql::lower(Irql);
    }

    /// Whether a request comes from a 32-bit process: none does here.
    pub unsafe fn IoIs32bitProcess(Irp: PIRP) -> BOOLEAN {
        let _ = Irp;
        0
    }
}
