//! The same filters against fltmgr-sys alone, as they would be written in C.

use fltmgr_sys as sys;
use std::ffi::c_void;
use std::ptr::{null, null_mut};
use std::sync::atomic::{AtomicPtr, Ordering};

/// The filter that is loaded.
static FILTER: AtomicPtr<sys::_FLT_FILTER> = AtomicPtr::new(null_mut());

/// Makes `driver_entry` of a filter with callbacks for reads.
macro_rules! driver {
    ($contexts:expr) => {
        pub unsafe extern "efiapi" fn driver_entry(
            driver: *mut sys::DRIVER_OBJECT,
            _: *mut sys::UNICODE_STRING,
        ) -> sys::NTSTATUS {
            // SAFETY: the caller passes a driver object.
            unsafe { super::start(driver, Some(by_hand_pre), Some(by_hand_post), $contexts) }
        }
    };
}

unsafe fn start(
    driver: *mut sys::DRIVER_OBJECT,
    pre: sys::PFLT_PRE_OPERATION_CALLBACK,
    post: sys::PFLT_POST_OPERATION_CALLBACK,
    contexts: *const sys::FLT_CONTEXT_REGISTRATION,
) -> sys::NTSTATUS {
    let operation = |major: u32, pre, post| sys::FLT_OPERATION_REGISTRATION {
        MajorFunction: u8::try_from(major).expect("a major function"),
        Flags: 0,
        PreOperation: pre,
        PostOperation: post,
        Reserved1: null_mut(),
    };
    let operations = [operation(sys::IRP_MJ_READ, pre, post), operation(sys::IRP_MJ_OPERATION_END, None, None)];
    // SAFETY: zero is a value of every field: no callback, no table.
    let mut registration: sys::FLT_REGISTRATION = unsafe { std::mem::zeroed() };
    registration.Size = u16::try_from(size_of::<sys::FLT_REGISTRATION>()).expect("a small structure");
    registration.Version = u16::try_from(sys::FLT_REGISTRATION_VERSION).expect("a version");
    registration.ContextRegistration = contexts;
    registration.OperationRegistration = operations.as_ptr();
    registration.FilterUnloadCallback = Some(unload);
    let mut filter = null_mut();
    // SAFETY: the tables and the driver object are valid.
    let status = unsafe { sys::FltRegisterFilter(driver, &raw const registration, &raw mut filter) };
    if status < 0 {
        return status;
    }
    FILTER.store(filter, Ordering::Relaxed);
    // SAFETY: the filter was just registered.
    unsafe { sys::FltStartFiltering(filter) }
}

unsafe extern "efiapi" fn unload(_: sys::FLT_FILTER_UNLOAD_FLAGS) -> sys::NTSTATUS {
    // SAFETY: the filter is registered until here.
    unsafe { sys::FltUnregisterFilter(FILTER.load(Ordering::Relaxed)) };
    sys::STATUS_SUCCESS
}

/// Goes on before and after each read, and does nothing.
pub mod null {
    use super::{c_void, null, null_mut, sys};

    unsafe extern "efiapi" fn by_hand_pre(
        _: *mut sys::FLT_CALLBACK_DATA,
        _: *const sys::FLT_RELATED_OBJECTS,
        context: *mut *mut c_void,
    ) -> sys::FLT_PREOP_CALLBACK_STATUS {
        // SAFETY: the Filter Manager passes a place for the context.
        unsafe { *context = null_mut() };
        sys::FLT_PREOP_SUCCESS_WITH_CALLBACK
    }

    unsafe extern "efiapi" fn by_hand_post(
        _: *mut sys::FLT_CALLBACK_DATA,
        _: *const sys::FLT_RELATED_OBJECTS,
        _: *mut c_void,
        _: sys::FLT_POST_OPERATION_FLAGS,
    ) -> sys::FLT_POSTOP_CALLBACK_STATUS {
        sys::FLT_POSTOP_FINISHED_PROCESSING
    }

    driver!(null());
}

/// Looks at each read as it comes and as it goes.
pub mod pass {
    use super::{c_void, null, null_mut, sys};
    use std::hint::black_box;

    unsafe extern "efiapi" fn by_hand_pre(
        data: *mut sys::FLT_CALLBACK_DATA,
        _: *const sys::FLT_RELATED_OBJECTS,
        context: *mut *mut c_void,
    ) -> sys::FLT_PREOP_CALLBACK_STATUS {
        // SAFETY: the arguments are those of a pre-operation callback for a read.
        unsafe {
            let is_irp = (*data).Flags & sys::FLTFL_CALLBACK_DATA_IRP_OPERATION != 0;
            black_box(is_irp && (*(*data).Iopb).IrpFlags & sys::IRP_PAGING_IO != 0);
            black_box((*(*data).Iopb).Parameters.Read.Length);
            *context = null_mut();
        }
        sys::FLT_PREOP_SUCCESS_WITH_CALLBACK
    }

    unsafe extern "efiapi" fn by_hand_post(
        data: *mut sys::FLT_CALLBACK_DATA,
        _: *const sys::FLT_RELATED_OBJECTS,
        _: *mut c_void,
        flags: sys::FLT_POST_OPERATION_FLAGS,
    ) -> sys::FLT_POSTOP_CALLBACK_STATUS {
        if flags & sys::FLTFL_POST_OPERATION_DRAINING == 0 {
            // SAFETY: the arguments are those of a post-operation callback.
            black_box(unsafe { (*data).IoStatus.__bindgen_anon_1.Status });
        }
        sys::FLT_POSTOP_FINISHED_PROCESSING
    }

    driver!(null());
}

/// Counts the reads of each stream, and how many of them have ended.
pub mod context {
    use super::{FILTER, Ordering, c_void, null_mut, sys};
    use std::sync::atomic::AtomicU64;

    struct Reads {
        begun: AtomicU64,
        ended: AtomicU64,
    }

    #[expect(clippy::cast_possible_truncation, reason = "a type of 16 bits, whose constants are wider")]
    const KIND: sys::FLT_CONTEXT_TYPE = sys::FLT_STREAM_CONTEXT as sys::FLT_CONTEXT_TYPE;
    #[expect(clippy::cast_possible_truncation, reason = "as above")]
    const END: sys::FLT_CONTEXT_TYPE = sys::FLT_CONTEXT_END as sys::FLT_CONTEXT_TYPE;

    const fn registration(kind: sys::FLT_CONTEXT_TYPE) -> sys::FLT_CONTEXT_REGISTRATION {
        sys::FLT_CONTEXT_REGISTRATION {
            ContextType: kind,
            Flags: 0,
            ContextCleanupCallback: None,
            Size: size_of::<Reads>() as sys::SIZE_T,
            PoolTag: u32::from_le_bytes(*b"Read"),
            ContextAllocateCallback: None,
            ContextFreeCallback: None,
            Reserved1: null_mut(),
        }
    }

    struct Table([sys::FLT_CONTEXT_REGISTRATION; 2]);
    // SAFETY: there are null pointers in it and nothing else.
    unsafe impl Sync for Table {}
    static CONTEXTS: Table = Table([registration(KIND), registration(END)]);

    unsafe extern "efiapi" fn by_hand_pre(
        _: *mut sys::FLT_CALLBACK_DATA,
        objects: *const sys::FLT_RELATED_OBJECTS,
        context: *mut *mut c_void,
    ) -> sys::FLT_PREOP_CALLBACK_STATUS {
        // SAFETY: the arguments are those of a pre-operation callback for a read.
        unsafe {
            let (instance, file) = ((*objects).Instance, (*objects).FileObject);
            if file.is_null() {
                return sys::FLT_PREOP_SUCCESS_NO_CALLBACK;
            }
            let mut found = null_mut();
            if sys::FltGetStreamContext(instance, file, &raw mut found) < 0 {
                found = make(instance, file);
                if found.is_null() {
                    return sys::FLT_PREOP_SUCCESS_NO_CALLBACK;
                }
            }
            (*found.cast::<Reads>()).begun.fetch_add(1, Ordering::Relaxed);
            *context = found;
        }
        sys::FLT_PREOP_SUCCESS_WITH_CALLBACK
    }

    #[cold]
    unsafe fn make(instance: sys::PFLT_INSTANCE, file: sys::PFILE_OBJECT) -> sys::PFLT_CONTEXT {
        let (mut new, mut old) = (null_mut(), null_mut());
        // SAFETY: the caller passes those of an operation; the filter is registered.
        unsafe {
            let filter = FILTER.load(Ordering::Relaxed);
            let size = size_of::<Reads>() as sys::SIZE_T;
            if sys::FltAllocateContext(filter, KIND, size, sys::NonPagedPoolNx, &raw mut new) < 0 {
                return null_mut();
            }
            new.cast::<Reads>().write(Reads { begun: AtomicU64::new(0), ended: AtomicU64::new(0) });
            let keep = sys::FLT_SET_CONTEXT_KEEP_IF_EXISTS;
            if sys::FltSetStreamContext(instance, file, keep, new, &raw mut old) < 0 {
                sys::FltReleaseContext(new);
                return old;
            }
        }
        new
    }

    unsafe extern "efiapi" fn by_hand_post(
        _: *mut sys::FLT_CALLBACK_DATA,
        _: *const sys::FLT_RELATED_OBJECTS,
        context: *mut c_void,
        flags: sys::FLT_POST_OPERATION_FLAGS,
    ) -> sys::FLT_POSTOP_CALLBACK_STATUS {
        // SAFETY: the context is the reference that the pre-operation passed on.
        unsafe {
            if flags & sys::FLTFL_POST_OPERATION_DRAINING == 0 {
                (*context.cast::<Reads>()).ended.fetch_add(1, Ordering::Relaxed);
            }
            sys::FltReleaseContext(context);
        }
        sys::FLT_POSTOP_FINISHED_PROCESSING
    }

    driver!(CONTEXTS.0.as_ptr());
}

/// Has each read ask for at most a sector.
pub mod change {
    use super::{c_void, null, null_mut, sys};

    unsafe extern "efiapi" fn by_hand_pre(
        data: *mut sys::FLT_CALLBACK_DATA,
        _: *const sys::FLT_RELATED_OBJECTS,
        context: *mut *mut c_void,
    ) -> sys::FLT_PREOP_CALLBACK_STATUS {
        // SAFETY: the arguments are those of a pre-operation callback for a read.
        unsafe {
            let read = &mut (*(*data).Iopb).Parameters.Read;
            if read.Length > crate::SECTOR {
                read.Length = crate::SECTOR;
                sys::FltSetCallbackDataDirty(data);
            }
            *context = null_mut();
        }
        sys::FLT_PREOP_SUCCESS_WITH_CALLBACK
    }

    unsafe extern "efiapi" fn by_hand_post(
        _: *mut sys::FLT_CALLBACK_DATA,
        _: *const sys::FLT_RELATED_OBJECTS,
        _: *mut c_void,
        _: sys::FLT_POST_OPERATION_FLAGS,
    ) -> sys::FLT_POSTOP_CALLBACK_STATUS {
        sys::FLT_POSTOP_FINISHED_PROCESSING
    }

    driver!(null());
}
