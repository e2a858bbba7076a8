//! Priorities of I/O and of threads. They are kept and told; nothing is faster for them.

use std::sync::atomic::Ordering;

use fltmgr_sys as sys;
use fltmgr_sys::{
    IO_PRIORITY_HINT, IoPriorityNormal, NTSTATUS, PETHREAD, PFILE_OBJECT, PFLT_CALLBACK_DATA, PIO_PRIORITY_INFO,
};

use super::export;
use crate::flt::callback_data::CallbackBlock;
use crate::flt::major::size_of_32;
use crate::flt::operation::Operation;
use crate::io::FileRef;
use crate::kernel::irql;
use crate::kernel::priority::{Priorities, is_hint};
use crate::kernel::thread::KernelThread;

/// What says that the priorities of a thread and of its pages stay as they are: what `IoInitializePriorityInfo` puts there.
const THREAD_UNCHANGED: u32 = 0xFFFF;
const PAGES_UNCHANGED: u32 = 0;
/// The priorities that a thread and its pages may have.
const MOST_THREAD: u32 = 31;
const MOST_PAGES: u32 = 7;

/// The operation behind callback data, if it is an IRP.
unsafe fn irp_of<'a>(data: PFLT_CALLBACK_DATA) -> Option<&'a Operation> {
    // SAFETY: the driver passes callback data that is its own.
    unsafe { CallbackBlock::of(data) }.operation().filter(|operation| operation.is_irp())
}

fn set(valid: bool) -> NTSTATUS {
    if valid { sys::STATUS_SUCCESS } else { sys::STATUS_INVALID_PARAMETER }
}

export! {
    dll "FLTMGR.SYS";

    /// The priority of an operation: its own, or its file object's, or its thread's.
    pub unsafe fn FltGetIoPriorityHint(Data: PFLT_CALLBACK_DATA) -> IO_PRIORITY_HINT {
        irql::check(irql::DISPATCH_LEVEL);
        // SAFETY: the driver passes callback data that is its own; its file object and its thread are alive.
        unsafe {
            let own = irp_of(Data).and_then(|operation| operation.extension.priority.get());
            let file = (*(*Data).Iopb).TargetFileObject;
            let of_file = || if file.is_null() { None } else { FileRef::of(file).priority.get() };
            let of_thread = || {
                let thread = (*Data).Thread;
                if thread.is_null() { IoPriorityNormal } else { KernelThread::at(thread).priorities.io() }
            };
            own.or_else(of_file).unwrap_or_else(of_thread)
        }
    }

    /// The priority that an operation was given.
    pub unsafe fn FltGetIoPriorityHintFromCallbackData(Data: PFLT_CALLBACK_DATA) -> IO_PRIORITY_HINT {
        irql::check(irql::DISPATCH_LEVEL);
        // SAFETY: passed on.
        unsafe { irp_of(Data) }.and_then(|operation| operation.extension.priority.get()).unwrap_or(IoPriorityNormal)
    }

    /// The priority that a file object was given.
    pub unsafe fn FltGetIoPriorityHintFromFileObject(FileObject: PFILE_OBJECT) -> IO_PRIORITY_HINT {
        irql::check(irql::DISPATCH_LEVEL);
        // SAFETY: the driver passes a file object.
        unsafe { FileRef::of(FileObject) }.priority.get().unwrap_or(IoPriorityNormal)
    }

    /// The priority of a thread's I/O.
    pub unsafe fn FltGetIoPriorityHintFromThread(Thread: PETHREAD) -> IO_PRIORITY_HINT {
        irql::check(irql::DISPATCH_LEVEL);
        // SAFETY: the driver passes a thread.
        unsafe { KernelThread::at(Thread) }.priorities.io()
    }

    /// Gives an operation a priority. Fast I/O has none, and is left as it is.
    pub unsafe fn FltSetIoPriorityHintIntoCallbackData(
        Data: PFLT_CALLBACK_DATA,
        PriorityHint: IO_PRIORITY_HINT,
    ) -> NTSTATUS {
        irql::check(irql::DISPATCH_LEVEL);
        // SAFETY: passed on.
        let irp = unsafe { irp_of(Data) };
        set(irp.map_or(is_hint(PriorityHint), |operation| operation.extension.priority.set(PriorityHint)))
    }

    /// Gives a file object a priority.
    pub unsafe fn FltSetIoPriorityHintIntoFileObject(
        FileObject: PFILE_OBJECT,
        PriorityHint: IO_PRIORITY_HINT,
    ) -> NTSTATUS {
        irql::check(irql::DISPATCH_LEVEL);
        // SAFETY: the driver passes a file object.
        set(unsafe { FileRef::of(FileObject) }.priority.set(PriorityHint))
    }

    /// Gives a thread's I/O a priority.
    pub unsafe fn FltSetIoPriorityHintIntoThread(Thread: PETHREAD, PriorityHint: IO_PRIORITY_HINT) -> NTSTATUS {
        irql::check(irql::DISPATCH_LEVEL);
        // SAFETY: the driver passes a thread.
        set(unsafe { KernelThread::at(Thread) }.priorities.set_io(PriorityHint))
    }

    /// Takes down the priorities that an operation is done with.
    pub unsafe fn FltRetrieveIoPriorityInfo(
        Data: PFLT_CALLBACK_DATA,
        FileObject: PFILE_OBJECT,
        Thread: PETHREAD,
        PriorityInfo: PIO_PRIORITY_INFO,
    ) -> NTSTATUS {
        irql::check(irql::DISPATCH_LEVEL);
        // SAFETY: the driver passes NULL or what is its own, and a structure that it has initialized.
        unsafe {
            let info = &mut *PriorityInfo;
            if info.Size != size_of_32::<sys::IO_PRIORITY_INFO>() {
                return sys::STATUS_INVALID_PARAMETER;
            }
            let thread = if Thread.is_null() { None } else { Some(KernelThread::at(Thread)) };
            let priorities = thread.map(|thread| &thread.priorities);
            info.ThreadPriority = priorities.map_or(THREAD_UNCHANGED, |of| of.thread.load(Ordering::Relaxed));
            info.PagePriority = priorities.map_or(PAGES_UNCHANGED, |of| of.pages.load(Ordering::Relaxed));
            let of_data = || {
                let irp = if Data.is_null() { None } else { irp_of(Data) };
                irp.and_then(|operation| operation.extension.priority.get())
            };
            let of_file = || if FileObject.is_null() { None } else { FileRef::of(FileObject).priority.get() };
            let of_thread = || priorities.map_or(IoPriorityNormal, Priorities::io);
            info.IoPriority = of_data().or_else(of_file).unwrap_or_else(of_thread);
        }
        sys::STATUS_SUCCESS
    }

    /// Gives a thread the priorities that were taken down, and takes down those it had.
    pub unsafe fn FltApplyPriorityInfoThread(
        InputPriorityInfo: PIO_PRIORITY_INFO,
        OutputPriorityInfo: PIO_PRIORITY_INFO,
        Thread: PETHREAD,
    ) -> NTSTATUS {
        irql::check(irql::DISPATCH_LEVEL);
        // SAFETY: the driver passes a structure that is filled, NULL or another one, or the same, and a thread.
        unsafe {
            let new = InputPriorityInfo.read();
            let valid = new.Size == size_of_32::<sys::IO_PRIORITY_INFO>()
                && (new.ThreadPriority == THREAD_UNCHANGED || new.ThreadPriority <= MOST_THREAD)
                && new.PagePriority <= MOST_PAGES
                && is_hint(new.IoPriority);
            if !valid {
                return sys::STATUS_INVALID_PARAMETER_1;
            }
            let priorities = &KernelThread::at(Thread).priorities;
            let old = sys::IO_PRIORITY_INFO {
                Size: new.Size,
                ThreadPriority: priorities.thread.load(Ordering::Relaxed),
                PagePriority: priorities.pages.load(Ordering::Relaxed),
                IoPriority: priorities.io(),
            };
            if new.ThreadPriority != THREAD_UNCHANGED {
                priorities.thread.store(new.ThreadPriority, Ordering::Relaxed);
            }
            if new.PagePriority != PAGES_UNCHANGED {
                priorities.pages.store(new.PagePriority, Ordering::Relaxed);
            }
            priorities.set_io(new.IoPriority);
            if let Some(place) = OutputPriorityInfo.as_mut() {
                *place = old;
            }
        }
        sys::STATUS_SUCCESS
    }
}
