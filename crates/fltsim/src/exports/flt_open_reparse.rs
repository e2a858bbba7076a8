//! The list of reparse points that a create opens itself, and lists that extra create parameters are taken from.

use fltmgr_sys as sys;
use fltmgr_sys::{
    FSRTL_ALLOCATE_ECP_FLAGS, FSRTL_ECP_LOOKASIDE_FLAGS, LPCGUID, NTSTATUS, PECP_LIST, PFLT_CALLBACK_DATA, PFLT_FILTER,
    PFSRTL_EXTRA_CREATE_PARAMETER_CLEANUP_CALLBACK, POPEN_REPARSE_LIST_ENTRY, PVOID, SIZE_T, ULONG,
};

use super::export;
use crate::flt::callback_data::CallbackBlock;
use crate::flt::ecp;
use crate::flt::filter::Filter;
use crate::flt::object::Object;
use crate::flt::operation::Operation;
use crate::flt::{major, open_reparse};
use crate::kernel::irql;

/// The create behind callback data.
unsafe fn create_of<'a>(data: PFLT_CALLBACK_DATA) -> Option<&'a Operation> {
    // SAFETY: the driver passes callback data that is its own.
    let operation = unsafe { CallbackBlock::of(data) }.operation()?;
    (operation.is_irp() && operation.major == major::CREATE).then_some(operation)
}

/// What is at the place of a lookaside list of extra create parameters, which is a `PAGED_LOOKASIDE_LIST` or a
/// `NPAGED_LOOKASIDE_LIST` to the driver.
#[repr(C)]
struct Lookaside {
    mark: u64,
    size: u64,
    tag: u32,
}

/// What a list begins with that was initialized.
const MARK: u64 = u64::from_le_bytes(*b"EcpLook.");

export! {
    dll "FLTMGR.SYS";

    /// Adds a reparse point to those that a create opens itself.
    pub unsafe fn FltAddOpenReparseEntry(
        Filter: PFLT_FILTER,
        Data: PFLT_CALLBACK_DATA,
        OpenReparseEntry: POPEN_REPARSE_LIST_ENTRY,
    ) -> NTSTATUS {
        irql::check(irql::APC_LEVEL);
        // SAFETY: the driver passes its filter, callback data that is its own, and an entry that stays.
        unsafe {
            match create_of(Data) {
                Some(create) => open_reparse::add(&Filter::arc_from_handle(Filter), create, OpenReparseEntry),
                None => sys::STATUS_INVALID_PARAMETER_2,
            }
        }
    }

    /// Takes it out again.
    pub unsafe fn FltRemoveOpenReparseEntry(
        Filter: PFLT_FILTER,
        Data: PFLT_CALLBACK_DATA,
        OpenReparseEntry: POPEN_REPARSE_LIST_ENTRY,
    ) {
        irql::check(irql::APC_LEVEL);
        // SAFETY: the driver passes its filter, callback data that is its own, and an entry.
        unsafe {
            if !create_of(Data).is_some_and(|create| open_reparse::remove(create, OpenReparseEntry)) {
                let text = "FltRemoveOpenReparseEntry was given an entry that is not in the list of the create";
                Filter::from_handle(Filter).report("N-08", text.to_owned());
            }
        }
    }

    /// Has another create open them as well.
    pub unsafe fn FltCopyOpenReparseList(
        Filter: PFLT_FILTER,
        Data: PFLT_CALLBACK_DATA,
        EcpList: PECP_LIST,
    ) -> NTSTATUS {
        irql::check(irql::APC_LEVEL);
        // SAFETY: the driver passes its filter and callback data that is its own.
        unsafe {
            match create_of(Data) {
                Some(create) => open_reparse::copy(&Filter::arc_from_handle(Filter), create, EcpList as usize),
                None => sys::STATUS_INVALID_PARAMETER_2,
            }
        }
    }

    /// Frees what `FltCopyOpenReparseList` made.
    pub unsafe fn FltFreeOpenReparseList(_Filter: PFLT_FILTER, EcpList: PECP_LIST) {
        irql::check(irql::APC_LEVEL);
        // SAFETY: the driver passes a list that it has copied to.
        unsafe { open_reparse::free(EcpList as usize) };
    }

    /// Initializes a list that parameters of one size are taken from.
    pub unsafe fn FltInitExtraCreateParameterLookasideList(
        _Filter: PFLT_FILTER,
        Lookaside: PVOID,
        _Flags: FSRTL_ECP_LOOKASIDE_FLAGS,
        Size: SIZE_T,
        Tag: ULONG,
    ) {
        irql::check(irql::DISPATCH_LEVEL);
        // SAFETY: the driver passes memory for a lookaside list, which is larger.
        unsafe { Lookaside.cast::<Lookaside>().write(Lookaside { mark: MARK, size: Size, tag: Tag }) };
    }

    /// Takes a parameter from a list. One that is larger than those of the list is allocated.
    pub unsafe fn FltAllocateExtraCreateParameterFromLookasideList(
        Filter: PFLT_FILTER,
        EcpType: LPCGUID,
        SizeOfContext: ULONG,
        Flags: FSRTL_ALLOCATE_ECP_FLAGS,
        CleanupCallback: PFSRTL_EXTRA_CREATE_PARAMETER_CLEANUP_CALLBACK,
        LookasideList: PVOID,
        EcpContext: *mut PVOID,
    ) -> NTSTATUS {
        irql::check(irql::APC_LEVEL);
        // SAFETY: the driver passes its filter, a GUID, an initialized list and a place for the result.
        unsafe {
            let list = LookasideList.cast::<Lookaside>().read();
            let filter = Filter::arc_from_handle(Filter);
            if list.mark != MARK {
                filter.report("N-08", "a lookaside list was used that is not initialized".to_owned());
                return sys::STATUS_INVALID_PARAMETER;
            }
            let nonpaged = Flags & sys::FSRTL_ALLOCATE_ECP_FLAG_NONPAGED_POOL != 0;
            let kind = ecp::type_of(EcpType);
            let context = ecp::allocate(&filter, kind, SizeOfContext, nonpaged, CleanupCallback, list.tag);
            EcpContext.write(context as PVOID);
            if context == 0 { sys::STATUS_INSUFFICIENT_RESOURCES } else { sys::STATUS_SUCCESS }
        }
    }

    /// Ends a list.
    pub unsafe fn FltDeleteExtraCreateParameterLookasideList(
        _Filter: PFLT_FILTER,
        Lookaside: PVOID,
        _Flags: FSRTL_ECP_LOOKASIDE_FLAGS,
    ) {
        irql::check(irql::DISPATCH_LEVEL);
        // SAFETY: the driver passes a list.
        unsafe { (*Lookaside.cast::<Lookaside>()).mark = 0 };
    }
}
