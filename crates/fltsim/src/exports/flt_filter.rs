//! Registration and lifecycle: `FltRegisterFilter` and what belongs to it (rules ).

use std::ffi::CStr;
use std::sync::Arc;

use fltmgr_sys::{
    FLT_REGISTRATION, NTSTATUS, PCSTR, PCUNICODE_STRING, PDRIVER_OBJECT, PFLT_FILTER, PFLT_INSTANCE, PVOID,
    STATUS_FLT_DELETING_OBJECT, STATUS_FLT_FILTER_NOT_FOUND, STATUS_FLT_INTERNAL_ERROR, STATUS_INVALID_PARAMETER,
    STATUS_SUCCESS,
};

use super::export;
use crate::flt::filter::Filter;
use crate::flt::instance::Instance;
use crate::flt::object::{Object, ObjectKind};
use crate::flt::rundown::Rundown;
use crate::flt::text;
use crate::flt::volume::Volume;
use crate::kernel::{irql, thread};

/// The count of the references that drivers took on an object.
///
/// # Safety
///
/// `object` must be a filter, an instance or a volume that is alive.
unsafe fn rundown_of<'a>(object: PVOID) -> Option<&'a Rundown> {
    // SAFETY: the caller vouches for the object; its first field is its kind.
    unsafe {
        Some(match object.cast::<ObjectKind>().read() {
            ObjectKind::FILTER => &Filter::from_handle(object.cast()).rundown,
            ObjectKind::INSTANCE => &Instance::from_handle(object.cast()).rundown,
            ObjectKind::VOLUME => &Volume::from_handle(object.cast()).rundown,
            _ => return None,
        })
    }
}

/// Counts or discounts the memory of an object for a reference that a driver holds.
///
/// # Safety
///
/// As for [`rundown_of`].
unsafe fn count_memory(object: PVOID, more: bool) {
    macro_rules! count {
        ($type:ty) => {{
            let object = object.cast::<$type>().cast_const();
            // SAFETY: the caller vouches for the object, which is in an `Arc`.
            unsafe { if more { Arc::increment_strong_count(object) } else { Arc::decrement_strong_count(object) } }
        }};
    }
    // SAFETY: the caller vouches for the object.
    match unsafe { object.cast::<ObjectKind>().read() } {
        ObjectKind::FILTER => count!(Filter),
        ObjectKind::INSTANCE => count!(Instance),
        ObjectKind::VOLUME => count!(Volume),
        _ => (),
    }
}

/// Takes a reference for a driver (rule A-58).
///
/// # Safety
///
/// As for [`rundown_of`].
pub(super) unsafe fn reference(object: PVOID) -> NTSTATUS {
    // SAFETY: passed on.
    match unsafe { rundown_of(object) } {
        Some(rundown) if rundown.enter() => {
            // SAFETY: passed on.
            unsafe { count_memory(object, true) };
            STATUS_SUCCESS
        }
        Some(_) => STATUS_FLT_DELETING_OBJECT,
        None => STATUS_INVALID_PARAMETER,
    }
}

export! {
    dll "FLTMGR.SYS";

    /// Registers a filter (rules ).
    pub unsafe fn FltRegisterFilter(
        Driver: PDRIVER_OBJECT,
        Registration: *const FLT_REGISTRATION,
        RetFilter: *mut PFLT_FILTER,
    ) -> NTSTATUS {
        irql::check(irql::APC_LEVEL);
        let machine = thread::machine();
        let Some(driver) = machine.driver_of_object(Driver) else { return STATUS_INVALID_PARAMETER };
        if driver.filter().is_some() {
            return STATUS_INVALID_PARAMETER;
        }
        // SAFETY: the driver passes a registration and a place for the result.
        unsafe {
            match Filter::register(&machine, &driver, Registration) {
                Ok(filter) => {
                    RetFilter.write(filter.handle());
                    STATUS_SUCCESS
                }
                Err(status) => status,
            }
        }
    }

    /// Starts filtering: the filter is attached to the volumes that exist (rules ).
    pub unsafe fn FltStartFiltering(Filter: PFLT_FILTER) -> NTSTATUS {
        irql::check(irql::APC_LEVEL);
        // SAFETY: the driver passes its filter.
        unsafe { Filter::arc_from_handle(Filter) }.start()
    }

    /// Unregisters a filter (rules ).
    pub unsafe fn FltUnregisterFilter(Filter: PFLT_FILTER) {
        irql::check(irql::APC_LEVEL);
        // SAFETY: the driver passes its filter.
        let filter = unsafe { Filter::arc_from_handle(Filter) };
        filter.unregister(filter.driver().teardown_reason());
    }

    /// Loads another driver whose service is known (rule A-60).
    pub unsafe fn FltLoadFilter(FilterName: PCUNICODE_STRING) -> NTSTATUS {
        irql::check(irql::PASSIVE_LEVEL);
        // SAFETY: the driver passes a string.
        let Some(name) = (unsafe { text::read(FilterName) }) else { return STATUS_INVALID_PARAMETER };
        match thread::machine().load_service(&name) {
            Ok(()) => STATUS_SUCCESS,
            Err(error) => error.status().0,
        }
    }

    /// Unloads another driver (rule A-61).
    pub unsafe fn FltUnloadFilter(FilterName: PCUNICODE_STRING) -> NTSTATUS {
        irql::check(irql::PASSIVE_LEVEL);
        // SAFETY: the driver passes a string.
        let Some(name) = (unsafe { text::read(FilterName) }) else { return STATUS_INVALID_PARAMETER };
        let machine = thread::machine();
        if let Some(filter) = crate::flt::name::current_filter().filter(|own| own.name().eq_ignore_ascii_case(&name)) {
            filter.report("A-61", "a filter called FltUnloadFilter on itself, which deadlocks on Windows".to_owned());
            return STATUS_FLT_INTERNAL_ERROR;
        }
        match machine.unload(&name) {
            Ok(()) => STATUS_SUCCESS,
            Err(error) => error.status().0,
        }
    }

    /// Takes a rundown reference on a filter, an instance or a volume (rule A-58).
    pub unsafe fn FltObjectReference(FltObject: PVOID) -> NTSTATUS {
        irql::check(irql::DISPATCH_LEVEL);
        // SAFETY: the driver passes an object.
        unsafe { reference(FltObject) }
    }

    /// Gives a rundown reference back (rule A-57).
    pub unsafe fn FltObjectDereference(FltObject: PVOID) {
        irql::check(irql::DISPATCH_LEVEL);
        // SAFETY: the driver passes an object to which it holds a reference.
        unsafe {
            match rundown_of(FltObject) {
                Some(rundown) if rundown.held() > 0 => {
                    rundown.exit();
                    count_memory(FltObject, false);
                }
                _ => {
                    if let Some(filter) = crate::flt::name::current_filter() {
                        let text = "FltObjectDereference was called more often than references were taken";
                        filter.report("A-57", text.to_owned());
                    }
                }
            }
        }
    }

    /// The filter with a name, referenced (rule A-57).
    pub unsafe fn FltGetFilterFromName(FilterName: PCUNICODE_STRING, RetFilter: *mut PFLT_FILTER) -> NTSTATUS {
        irql::check(irql::APC_LEVEL);
        // SAFETY: the driver passes a string and a place for the result.
        unsafe {
            let Some(name) = text::read(FilterName) else { return STATUS_INVALID_PARAMETER };
            let Some(filter) = thread::machine().filter(&name) else { return STATUS_FLT_FILTER_NOT_FOUND };
            let status = reference(filter.handle().cast());
            if status == STATUS_SUCCESS {
                RetFilter.write(filter.handle());
            }
            status
        }
    }

    /// The filter of an instance, referenced (rule A-57).
    pub unsafe fn FltGetFilterFromInstance(Instance: PFLT_INSTANCE, RetFilter: *mut PFLT_FILTER) -> NTSTATUS {
        irql::check(irql::APC_LEVEL);
        // SAFETY: the driver passes an instance and a place for the result.
        unsafe {
            let filter = Instance::from_handle(Instance).filter();
            let status = reference(filter.handle().cast());
            if status == STATUS_SUCCESS {
                RetFilter.write(filter.handle());
            }
            status
        }
    }

    /// The address of a routine of the Filter Manager, NULL if there is none of that name.
    pub unsafe fn FltGetRoutineAddress(FltMgrRoutineName: PCSTR) -> PVOID {
        irql::check(irql::DISPATCH_LEVEL);
        // SAFETY: the driver passes a string that ends with a zero.
        let name = unsafe { CStr::from_ptr(FltMgrRoutineName) };
        let address = name.to_str().ok().and_then(|name| super::lookup("FLTMGR.SYS", name));
        std::ptr::with_exposed_provenance_mut(address.unwrap_or(0))
    }
}
