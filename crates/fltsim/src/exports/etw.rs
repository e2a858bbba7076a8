//! Event Tracing for Windows, for providers in drivers.

use std::slice;

use fltmgr_sys::{
    BOOLEAN, GUID, LPCGUID, NTSTATUS, PCEVENT_DESCRIPTOR, PETWENABLECALLBACK, PEVENT_DATA_DESCRIPTOR, PREGHANDLE,
    PVOID, REGHANDLE, STATUS_BUFFER_OVERFLOW, STATUS_INVALID_HANDLE, STATUS_INVALID_PARAMETER, STATUS_SUCCESS, UCHAR,
    ULONG, ULONGLONG,
};

use super::export;
use crate::kernel::etw::TraceEvent;
use crate::kernel::{irql, thread};

/// `MAX_EVENT_DATA_DESCRIPTORS`.
const MOST_DESCRIPTORS: u32 = 128;
/// The most bytes that an event has, with what the system says of it.
const MOST_BYTES: usize = 64 * 1024;

/// The GUID's digits, in the order in which they are written.
fn digits(guid: &GUID) -> u128 {
    let low = u64::from_be_bytes(guid.Data4);
    u128::from(guid.Data1) << 96 | u128::from(guid.Data2) << 80 | u128::from(guid.Data3) << 64 | u128::from(low)
}

export! {
    dll "ntoskrnl.exe";

    /// Registers a provider of events. The callback is not called: who listens does so from the beginning, or later.
    pub unsafe fn EtwRegister(
        ProviderId: LPCGUID,
        EnableCallback: PETWENABLECALLBACK,
        CallbackContext: PVOID,
        RegHandle: PREGHANDLE,
    ) -> NTSTATUS {
        let _ = (EnableCallback, CallbackContext);
        irql::check(irql::PASSIVE_LEVEL);
        // SAFETY: the driver passes a GUID, or NULL.
        let (Some(guid), false) = (unsafe { ProviderId.as_ref() }, RegHandle.is_null()) else {
            return STATUS_INVALID_PARAMETER;
        };
        let handle = thread::machine().tracing().register(digits(guid), thread::current_image());
        // SAFETY: the driver passes a variable for the handle.
        unsafe { RegHandle.write(handle) };
        STATUS_SUCCESS
    }

    /// Ends a provider.
    pub unsafe fn EtwUnregister(RegHandle: REGHANDLE) -> NTSTATUS {
        irql::check(irql::PASSIVE_LEVEL);
        if thread::machine().tracing().unregister(RegHandle) { STATUS_SUCCESS } else { STATUS_INVALID_HANDLE }
    }

    /// Whether somebody listens to an event.
    pub unsafe fn EtwEventEnabled(RegHandle: REGHANDLE, EventDescriptor: PCEVENT_DESCRIPTOR) -> BOOLEAN {
        // SAFETY: the driver passes a descriptor.
        let event = unsafe { &*EventDescriptor };
        let machine = thread::machine();
        let provider = machine.tracing().provider(RegHandle);
        provider.is_some_and(|provider| machine.tracing().is_enabled(provider, event.Level, event.Keyword)).into()
    }

    /// Whether somebody listens to events of a level and with keywords.
    pub unsafe fn EtwProviderEnabled(RegHandle: REGHANDLE, Level: UCHAR, Keyword: ULONGLONG) -> BOOLEAN {
        let machine = thread::machine();
        let provider = machine.tracing().provider(RegHandle);
        provider.is_some_and(|provider| machine.tracing().is_enabled(provider, Level, Keyword)).into()
    }

    /// Writes an event, to those who listen.
    pub unsafe fn EtwWrite(
        RegHandle: REGHANDLE,
        EventDescriptor: PCEVENT_DESCRIPTOR,
        ActivityId: LPCGUID,
        UserDataCount: ULONG,
        UserData: PEVENT_DATA_DESCRIPTOR,
    ) -> NTSTATUS {
        let _ = ActivityId;
        let machine = thread::machine();
        let Some(provider) = machine.tracing().provider(RegHandle) else { return STATUS_INVALID_HANDLE };
        // SAFETY: the driver passes a descriptor.
        let event = unsafe { &*EventDescriptor };
        if !machine.tracing().is_enabled(provider, event.Level, event.Keyword) {
            return STATUS_SUCCESS;
        }
        if UserDataCount > MOST_DESCRIPTORS || (UserDataCount != 0 && UserData.is_null()) {
            return STATUS_INVALID_PARAMETER;
        }
        let descriptors = match UserDataCount {
            0 => &[],
            // SAFETY: the driver passes as many descriptors as it says.
            count => unsafe { slice::from_raw_parts(UserData, count as usize) },
        };
        if descriptors.iter().map(|descriptor| descriptor.Size as usize).sum::<usize>() > MOST_BYTES {
            return STATUS_BUFFER_OVERFLOW;
        }
        let piece = |address: u64, length: u32| match length {
            0 => Vec::new(),
            // SAFETY: what a descriptor describes is memory of the driver's, of that length.
            length => unsafe { slice::from_raw_parts(address as *const u8, length as usize) }.to_vec(),
        };
        machine.tracing().keep(TraceEvent {
            provider,
            id: event.Id,
            version: event.Version,
            level: event.Level,
            keywords: event.Keyword,
            data: descriptors.iter().map(|descriptor| piece(descriptor.Ptr, descriptor.Size)).collect(),
        });
        STATUS_SUCCESS
    }
}
