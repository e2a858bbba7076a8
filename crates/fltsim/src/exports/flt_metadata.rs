//! What files have beside their content: security descriptors, extended attributes, quotas.
//!
//! Security descriptors are kept and told, and decide nothing: like `IRP_MJ_QUERY_SECURITY` and `IRP_MJ_SET_SECURITY` at a
//! file system, these routines ask for no access of the file object. There are no quotas, which the file system says.

use fltmgr_sys::{
    BOOLEAN, NTSTATUS, PFILE_OBJECT, PFLT_INSTANCE, PIO_STATUS_BLOCK, PSECURITY_DESCRIPTOR, PULONG, PVOID,
    SECURITY_INFORMATION, SL_INDEX_SPECIFIED, SL_RESTART_SCAN, SL_RETURN_SINGLE_ENTRY, ULONG,
};

use super::export;
use super::flt_io::{bytes, store};
use crate::flt::generated::with_sender;
use crate::flt::instance::Instance;
use crate::flt::object::Object;
use crate::flt::parameters::write_status;
use crate::io::{FileRef, QuotaQuery};
use crate::kernel::irql;

/// The flags of a scan.
fn scan_flags(single: BOOLEAN, restart: BOOLEAN) -> u32 {
    let single = if single == 0 { 0 } else { SL_RETURN_SINGLE_ENTRY };
    let restart = if restart == 0 { 0 } else { SL_RESTART_SCAN };
    single | restart
}

export! {
    dll "FLTMGR.SYS";

    /// Queries parts of a file's security descriptor, in self-relative form.
    pub unsafe fn FltQuerySecurityObject(
        Instance: PFLT_INSTANCE,
        FileObject: PFILE_OBJECT,
        SecurityInformation: SECURITY_INFORMATION,
        SecurityDescriptor: PSECURITY_DESCRIPTOR,
        Length: ULONG,
        LengthNeeded: PULONG,
    ) -> NTSTATUS {
        irql::check(irql::PASSIVE_LEVEL);
        // SAFETY: the driver passes objects, a buffer as long as it says and a place for the length.
        unsafe {
            let (instance, file) = (Instance::from_handle(Instance), FileRef::of(FileObject));
            let buffer = bytes(SecurityDescriptor, Length);
            let result = with_sender(instance, &file, |sender| sender.query_security(SecurityInformation, buffer));
            store(LengthNeeded, result.information);
            result.status
        }
    }

    /// Sets parts of a file's security descriptor.
    pub unsafe fn FltSetSecurityObject(
        Instance: PFLT_INSTANCE,
        FileObject: PFILE_OBJECT,
        SecurityInformation: SECURITY_INFORMATION,
        SecurityDescriptor: PSECURITY_DESCRIPTOR,
    ) -> NTSTATUS {
        irql::check(irql::PASSIVE_LEVEL);
        // SAFETY: the driver passes objects and a security descriptor.
        unsafe {
            let (instance, file) = (Instance::from_handle(Instance), FileRef::of(FileObject));
            with_sender(instance, &file, |sender| sender.set_security(SecurityInformation, SecurityDescriptor)).status
        }
    }

    /// Queries extended attributes.
    pub unsafe fn FltQueryEaFile(
        Instance: PFLT_INSTANCE,
        FileObject: PFILE_OBJECT,
        ReturnedEaData: PVOID,
        Length: ULONG,
        ReturnSingleEntry: BOOLEAN,
        EaList: PVOID,
        EaListLength: ULONG,
        EaIndex: PULONG,
        RestartScan: BOOLEAN,
        LengthReturned: PULONG,
    ) -> NTSTATUS {
        irql::check(irql::PASSIVE_LEVEL);
        // SAFETY: the driver passes objects, buffers as long as it says and places for the results.
        unsafe {
            let (instance, file) = (Instance::from_handle(Instance), FileRef::of(FileObject));
            let names = bytes(EaList, EaListLength);
            let index = EaIndex.as_ref().copied().filter(|_| names.is_empty());
            let flags = scan_flags(ReturnSingleEntry, RestartScan);
            let buffer = bytes(ReturnedEaData, Length);
            let result = with_sender(instance, &file, |sender| sender.query_ea(names, index, flags, buffer));
            store(LengthReturned, result.information);
            result.status
        }
    }

    /// Sets extended attributes.
    pub unsafe fn FltSetEaFile(
        Instance: PFLT_INSTANCE,
        FileObject: PFILE_OBJECT,
        EaBuffer: PVOID,
        Length: ULONG,
    ) -> NTSTATUS {
        irql::check(irql::PASSIVE_LEVEL);
        // SAFETY: the driver passes objects and a buffer as long as it says.
        unsafe {
            let (instance, file) = (Instance::from_handle(Instance), FileRef::of(FileObject));
            let list = bytes(EaBuffer, Length);
            with_sender(instance, &file, |sender| sender.set_ea(list)).status
        }
    }

    /// Queries quotas.
    pub unsafe fn FltQueryQuotaInformationFile(
        Instance: PFLT_INSTANCE,
        FileObject: PFILE_OBJECT,
        IoStatusBlock: PIO_STATUS_BLOCK,
        Buffer: PVOID,
        Length: ULONG,
        ReturnSingleEntry: BOOLEAN,
        SidList: PVOID,
        SidListLength: ULONG,
        StartSid: PULONG,
        RestartScan: BOOLEAN,
        LengthReturned: PULONG,
    ) -> NTSTATUS {
        irql::check(irql::PASSIVE_LEVEL);
        // SAFETY: the driver passes objects, buffers as long as it says and places for the results.
        unsafe {
            let (instance, file) = (Instance::from_handle(Instance), FileRef::of(FileObject));
            let sids = bytes(SidList, SidListLength);
            let indexed = if StartSid.is_null() || !sids.is_empty() { 0 } else { SL_INDEX_SPECIFIED };
            let flags = scan_flags(ReturnSingleEntry, RestartScan) | indexed;
            let buffer = bytes(Buffer, Length);
            let query = QuotaQuery { sids, start: StartSid.cast(), flags };
            let result = with_sender(instance, &file, |sender| sender.query_quota(query, buffer));
            if let Some(block) = IoStatusBlock.as_mut() {
                write_status(block, result);
            }
            store(LengthReturned, result.information);
            result.status
        }
    }

    /// Sets quotas.
    pub unsafe fn FltSetQuotaInformationFile(
        Instance: PFLT_INSTANCE,
        FileObject: PFILE_OBJECT,
        Buffer: PVOID,
        Length: ULONG,
    ) -> NTSTATUS {
        irql::check(irql::PASSIVE_LEVEL);
        // SAFETY: the driver passes objects and a buffer as long as it says.
        unsafe {
            let (instance, file) = (Instance::from_handle(Instance), FileRef::of(FileObject));
            let list = bytes(Buffer, Length);
            with_sender(instance, &file, |sender| sender.set_quota(list)).status
        }
    }
}
