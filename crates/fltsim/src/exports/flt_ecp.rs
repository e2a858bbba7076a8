//! Extra create parameters (rules N-08, B-34).

use fltmgr_sys as sys;
use fltmgr_sys::{
    BOOLEAN, FSRTL_ALLOCATE_ECP_FLAGS, FSRTL_ALLOCATE_ECPLIST_FLAGS, GUID, LPCGUID, NTSTATUS, PECP_LIST,
    PFLT_CALLBACK_DATA, PFLT_FILTER, PFSRTL_EXTRA_CREATE_PARAMETER_CLEANUP_CALLBACK, PVOID, ULONG,
};

use super::export;
use crate::flt::callback_data::CallbackBlock;
use crate::flt::ecp::{self, Found};
use crate::flt::filter::Filter;
use crate::flt::major;
use crate::flt::object::Object;
use crate::flt::operation::Operation;
use crate::kernel::irql;

/// Where a driver wants to know of a context.
struct Places {
    kind: *mut GUID,
    context: *mut PVOID,
    size: *mut ULONG,
}

impl Places {
    /// Stores a context, or that there is none.
    unsafe fn take(&self, found: Option<Found>) -> NTSTATUS {
        // SAFETY: the driver passes NULL or places for the results.
        unsafe {
            if let (Some(place), Some(found)) = (self.kind.as_mut(), found) {
                std::ptr::from_mut(place).cast::<ecp::Type>().write_unaligned(found.kind);
            }
            if let Some(place) = self.context.as_mut() {
                *place = found.map_or(std::ptr::null_mut(), |found| found.address as PVOID);
            }
            if let Some(place) = self.size.as_mut() {
                *place = found.map_or(0, |found| found.size);
            }
        }
        if found.is_some() { sys::STATUS_SUCCESS } else { sys::STATUS_NOT_FOUND }
    }
}

/// Reports that a driver passed something that is no list or no context.
unsafe fn complain(filter: PFLT_FILTER, text: &str) {
    // SAFETY: the driver passes its filter.
    unsafe { Filter::from_handle(filter) }.report("N-08", text.to_owned());
}

/// The create behind callback data.
unsafe fn create_of<'a>(data: PFLT_CALLBACK_DATA) -> Option<&'a Operation> {
    // SAFETY: the driver passes callback data that is its own.
    let operation = unsafe { CallbackBlock::of(data) }.operation()?;
    (operation.is_irp() && operation.major == major::CREATE).then_some(operation)
}

export! {
    dll "FLTMGR.SYS";

    /// Makes an empty list.
    pub unsafe fn FltAllocateExtraCreateParameterList(
        Filter: PFLT_FILTER,
        _Flags: FSRTL_ALLOCATE_ECPLIST_FLAGS,
        EcpList: *mut PECP_LIST,
    ) -> NTSTATUS {
        irql::check(irql::APC_LEVEL);
        // SAFETY: the driver passes its filter and a place for the result.
        unsafe { EcpList.write(ecp::allocate_list(&Filter::arc_from_handle(Filter)) as PECP_LIST) };
        sys::STATUS_SUCCESS
    }

    /// Frees a list, with what is in it (rule N-08).
    pub unsafe fn FltFreeExtraCreateParameterList(Filter: PFLT_FILTER, EcpList: PECP_LIST) {
        irql::check(irql::APC_LEVEL);
        if !ecp::free_list(EcpList as usize) {
            // SAFETY: passed on.
            unsafe { complain(Filter, "FltFreeExtraCreateParameterList was given what is no list, or is one no more") };
        }
    }

    /// Makes a context.
    pub unsafe fn FltAllocateExtraCreateParameter(
        Filter: PFLT_FILTER,
        EcpType: LPCGUID,
        SizeOfContext: ULONG,
        Flags: FSRTL_ALLOCATE_ECP_FLAGS,
        CleanupCallback: PFSRTL_EXTRA_CREATE_PARAMETER_CLEANUP_CALLBACK,
        PoolTag: ULONG,
        EcpContext: *mut PVOID,
    ) -> NTSTATUS {
        irql::check(irql::APC_LEVEL);
        // SAFETY: the driver passes its filter, a GUID and a place for the result.
        unsafe {
            let filter = Filter::arc_from_handle(Filter);
            let nonpaged = Flags & sys::FSRTL_ALLOCATE_ECP_FLAG_NONPAGED_POOL != 0;
            let kind = ecp::type_of(EcpType);
            let context = ecp::allocate(&filter, kind, SizeOfContext, nonpaged, CleanupCallback, PoolTag);
            EcpContext.write(context as PVOID);
            if context == 0 { sys::STATUS_INSUFFICIENT_RESOURCES } else { sys::STATUS_SUCCESS }
        }
    }

    /// Frees a context that is in no list.
    pub unsafe fn FltFreeExtraCreateParameter(Filter: PFLT_FILTER, EcpContext: PVOID) {
        irql::check(irql::APC_LEVEL);
        if !ecp::free(EcpContext as usize) {
            // SAFETY: passed on.
            unsafe { complain(Filter, "FltFreeExtraCreateParameter was given what is no context, or is in a list") };
        }
    }

    /// Inserts a context into a list that has none of its type.
    pub unsafe fn FltInsertExtraCreateParameter(
        _Filter: PFLT_FILTER,
        EcpList: PECP_LIST,
        EcpContext: PVOID,
    ) -> NTSTATUS {
        irql::check(irql::APC_LEVEL);
        ecp::insert(EcpList as usize, EcpContext as usize)
    }

    /// The context of a type in a list.
    pub unsafe fn FltFindExtraCreateParameter(
        _Filter: PFLT_FILTER,
        EcpList: PECP_LIST,
        EcpType: LPCGUID,
        EcpContext: *mut PVOID,
        EcpContextSize: *mut ULONG,
    ) -> NTSTATUS {
        irql::check(irql::APC_LEVEL);
        let Some(contexts) = ecp::contexts(EcpList as usize) else { return sys::STATUS_INVALID_PARAMETER };
        // SAFETY: the driver passes a GUID, and NULL or places for the results.
        unsafe {
            let kind = ecp::type_of(EcpType);
            let places = Places { kind: std::ptr::null_mut(), context: EcpContext, size: EcpContextSize };
            places.take(contexts.into_iter().find(|found| found.kind == kind))
        }
    }

    /// Takes the context of a type out of a list.
    pub unsafe fn FltRemoveExtraCreateParameter(
        _Filter: PFLT_FILTER,
        EcpList: PECP_LIST,
        EcpType: LPCGUID,
        EcpContext: *mut PVOID,
        EcpContextSize: *mut ULONG,
    ) -> NTSTATUS {
        irql::check(irql::APC_LEVEL);
        // SAFETY: the driver passes a GUID and places for the results.
        unsafe {
            let places = Places { kind: std::ptr::null_mut(), context: EcpContext, size: EcpContextSize };
            places.take(ecp::remove(EcpList as usize, ecp::type_of(EcpType)))
        }
    }

    /// The context after another in a list, or the first.
    pub unsafe fn FltGetNextExtraCreateParameter(
        _Filter: PFLT_FILTER,
        EcpList: PECP_LIST,
        CurrentEcpContext: PVOID,
        NextEcpType: sys::LPGUID,
        NextEcpContext: *mut PVOID,
        NextEcpContextSize: *mut ULONG,
    ) -> NTSTATUS {
        irql::check(irql::APC_LEVEL);
        let Some(contexts) = ecp::contexts(EcpList as usize) else { return sys::STATUS_INVALID_PARAMETER };
        let next = if CurrentEcpContext.is_null() {
            contexts.first()
        } else {
            let current = contexts.iter().position(|found| found.address == CurrentEcpContext as usize);
            current.and_then(|current| contexts.get(current + 1))
        };
        let places = Places { kind: NextEcpType, context: NextEcpContext, size: NextEcpContextSize };
        // SAFETY: the driver passes NULL or places for the results.
        unsafe { places.take(next.copied()) }
    }

    /// The list that came with a create, or NULL (rule B-34).
    pub unsafe fn FltGetEcpListFromCallbackData(
        _Filter: PFLT_FILTER,
        CallbackData: PFLT_CALLBACK_DATA,
        EcpList: *mut PECP_LIST,
    ) -> NTSTATUS {
        irql::check(irql::APC_LEVEL);
        // SAFETY: the driver passes callback data that is its own, and a place for the result.
        unsafe {
            let create = create_of(CallbackData);
            EcpList.write(create.map_or(0, |operation| operation.file.ecp_list()) as PECP_LIST);
            if create.is_some() { sys::STATUS_SUCCESS } else { sys::STATUS_INVALID_PARAMETER }
        }
    }

    /// Has a list go with a create that has none (rule B-34). It is freed with the create.
    pub unsafe fn FltSetEcpListIntoCallbackData(
        _Filter: PFLT_FILTER,
        CallbackData: PFLT_CALLBACK_DATA,
        EcpList: PECP_LIST,
    ) -> NTSTATUS {
        irql::check(irql::APC_LEVEL);
        // SAFETY: the driver passes callback data that is its own.
        match unsafe { create_of(CallbackData) } {
            None => sys::STATUS_INVALID_PARAMETER_2,
            Some(create) if create.file.attach_ecp_list(EcpList as usize) => sys::STATUS_SUCCESS,
            Some(_) => sys::STATUS_INVALID_PARAMETER_3,
        }
    }

    /// Notes that a context was understood.
    pub unsafe fn FltAcknowledgeEcp(Filter: PFLT_FILTER, EcpContext: PVOID) {
        irql::check(irql::APC_LEVEL);
        if !ecp::acknowledge(EcpContext as usize, true) {
            // SAFETY: passed on.
            unsafe { complain(Filter, "FltAcknowledgeEcp was given what is no context") };
        }
    }

    /// Whether a context was understood.
    pub unsafe fn FltIsEcpAcknowledged(Filter: PFLT_FILTER, EcpContext: PVOID) -> BOOLEAN {
        irql::check(irql::APC_LEVEL);
        let acknowledged = ecp::is_acknowledged(EcpContext as usize);
        if acknowledged.is_none() {
            // SAFETY: passed on.
            unsafe { complain(Filter, "FltIsEcpAcknowledged was given what is no context") };
        }
        acknowledged.unwrap_or(false).into()
    }

    /// Whether a context came from user mode: none does here, since only drivers make them.
    pub unsafe fn FltIsEcpFromUserMode(_Filter: PFLT_FILTER, _EcpContext: PVOID) -> BOOLEAN {
        irql::check(irql::APC_LEVEL);
        BOOLEAN::from(false)
    }

    /// Makes a context one that nobody has understood, for another create.
    pub unsafe fn FltPrepareToReuseEcp(Filter: PFLT_FILTER, EcpContext: PVOID) {
        irql::check(irql::APC_LEVEL);
        if !ecp::acknowledge(EcpContext as usize, false) {
            // SAFETY: passed on.
            unsafe { complain(Filter, "FltPrepareToReuseEcp was given what is no context") };
        }
    }
}
