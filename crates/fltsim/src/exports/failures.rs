//! How the routines fail that need resources: what each returns when there are none, or when what it needs is on its way
//! out, by its documentation. [`crate::low_resources`] has them fail so, one call at a time.
//!
//! A routine that is not in the table is never made to fail. What a driver cannot defend itself against is left out: a
//! failure that its documentation does not name, and a success it has already been told of.

use fltmgr_sys as sys;

use crate::kernel::low_resources::Failure::{self, Null, Status};

/// For want of memory.
const NONE_LEFT: &[Failure] = &[Status(sys::STATUS_INSUFFICIENT_RESOURCES)];
/// For want of memory, or because the object is going away.
const NONE_LEFT_OR_GOING: &[Failure] =
    &[Status(sys::STATUS_INSUFFICIENT_RESOURCES), Status(sys::STATUS_FLT_DELETING_OBJECT)];
/// Because the object is going away.
const GOING: &[Failure] = &[Status(sys::STATUS_FLT_DELETING_OBJECT)];
/// A null pointer, for want of memory.
const NO_ADDRESS: &[Failure] = &[Null];

const TABLE: &[(&str, &[Failure])] = &[
    // Memory.
    ("ExAllocatePool2", NO_ADDRESS),
    ("ExAllocatePoolWithTag", NO_ADDRESS),
    ("FltAllocatePoolAlignedWithTag", NO_ADDRESS),
    ("IoAllocateMdl", NO_ADDRESS),
    ("FltAllocateFileLock", NO_ADDRESS),
    ("ExInitializeLookasideListEx", NONE_LEFT),
    ("MmMapLockedPagesSpecifyCache", NO_ADDRESS),
    ("FltGetNewSystemBufferAddress", NO_ADDRESS),
    ("RtlAnsiStringToUnicodeString", &[Status(sys::STATUS_NO_MEMORY)]),
    ("RtlUnicodeStringToAnsiString", &[Status(sys::STATUS_NO_MEMORY)]),
    ("RtlStringFromGUID", &[Status(sys::STATUS_NO_MEMORY)]),
    ("RtlUpcaseUnicodeString", &[Status(sys::STATUS_NO_MEMORY)]),
    ("RtlDowncaseUnicodeString", &[Status(sys::STATUS_NO_MEMORY)]),
    // The filter and its instances.
    ("FltRegisterFilter", NONE_LEFT),
    ("FltStartFiltering", NONE_LEFT),
    ("FltObjectReference", GOING),
    ("FltAttachVolume", NONE_LEFT_OR_GOING),
    ("FltAttachVolumeAtAltitude", NONE_LEFT_OR_GOING),
    ("FltGetFilterInformation", NONE_LEFT),
    ("FltGetInstanceInformation", NONE_LEFT),
    ("FltGetVolumeInformation", NONE_LEFT),
    ("FltEnumerateFilters", NONE_LEFT),
    ("FltEnumerateInstances", NONE_LEFT_OR_GOING),
    ("FltEnumerateVolumes", NONE_LEFT_OR_GOING),
    ("FltGetVolumeName", NONE_LEFT),
    ("FltGetVolumeGuidName", &[Status(sys::STATUS_INSUFFICIENT_RESOURCES), Status(sys::STATUS_FLT_VOLUME_NOT_FOUND)]),
    ("FltGetVolumeFromInstance", GOING),
    ("FltGetVolumeFromFileObject", GOING),
    ("FltGetDeviceObject", &[Status(sys::STATUS_FLT_NO_DEVICE_OBJECT)]),
    // Contexts.
    ("FltAllocateContext", NONE_LEFT),
    ("FltSetVolumeContext", NONE_LEFT_OR_GOING),
    ("FltSetInstanceContext", GOING),
    ("FltSetFileContext", NONE_LEFT_OR_GOING),
    ("FltSetStreamContext", NONE_LEFT_OR_GOING),
    ("FltSetStreamHandleContext", NONE_LEFT_OR_GOING),
    ("FltSetTransactionContext", GOING),
    // Transactions and sections.
    ("FltEnlistInTransaction", NONE_LEFT_OR_GOING),
    ("FltRegisterForDataScan", &[Status(sys::STATUS_NOT_SUPPORTED)]),
    ("FltCreateSectionForDataScan", NONE_LEFT),
    ("MmMapViewInSystemSpace", &[Status(sys::STATUS_NO_MEMORY)]),
    // Names.
    (
        "FltGetFileNameInformation",
        &[Status(sys::STATUS_INSUFFICIENT_RESOURCES), Status(sys::STATUS_FLT_INVALID_NAME_REQUEST)],
    ),
    ("FltGetFileNameInformationUnsafe", NONE_LEFT),
    ("FltGetDestinationFileNameInformation", NONE_LEFT),
    ("FltGetTunneledName", NONE_LEFT),
    ("FltCheckAndGrowNameControl", NONE_LEFT),
    ("IoReplaceFileObjectName", NONE_LEFT),
    // Operations.
    ("FltAllocateCallbackData", NONE_LEFT),
    ("FltAllocateCallbackDataEx", NONE_LEFT),
    ("FltPerformAsynchronousIo", NONE_LEFT),
    ("FltLockUserBuffer", NONE_LEFT),
    ("FltCbdqInsertIo", &[Status(sys::STATUS_FLT_CBDQ_DISABLED)]),
    ("FltSetCancelCompletion", &[Status(sys::STATUS_CANCELLED)]),
    ("FltRequestOperationStatusCallback", NONE_LEFT),
    ("FltAllocateExtraCreateParameterList", NONE_LEFT),
    ("FltAllocateExtraCreateParameter", NONE_LEFT),
    ("FltAllocateExtraCreateParameterFromLookasideList", NONE_LEFT),
    ("FltTagFile", NONE_LEFT),
    ("FltTagFileEx", NONE_LEFT),
    // Work items and threads.
    ("FltAllocateGenericWorkItem", NO_ADDRESS),
    ("FltAllocateDeferredIoWorkItem", NO_ADDRESS),
    ("FltQueueGenericWorkItem", GOING),
    (
        "FltQueueDeferredIoWorkItem",
        &[Status(sys::STATUS_FLT_NOT_SAFE_TO_POST_OPERATION), Status(sys::STATUS_FLT_DELETING_OBJECT)],
    ),
    ("PsCreateSystemThread", NONE_LEFT),
    ("ExInitializeResourceLite", NONE_LEFT),
    // Ports.
    ("FltBuildDefaultSecurityDescriptor", NONE_LEFT),
    ("FltCreateCommunicationPort", NONE_LEFT),
    (
        "FltSendMessage",
        &[
            Status(sys::STATUS_INSUFFICIENT_RESOURCES),
            Status(sys::STATUS_TIMEOUT),
            Status(sys::STATUS_PORT_DISCONNECTED),
            Status(sys::STATUS_THREAD_IS_TERMINATING),
        ],
    ),
    // Files.
    ("FltCreateFile", NONE_LEFT),
    ("FltCreateFileEx", NONE_LEFT),
    ("FltCreateFileEx2", NONE_LEFT),
    ("FltReadFile", NONE_LEFT),
    ("FltWriteFile", NONE_LEFT),
    ("FltFlushBuffers", NONE_LEFT),
    ("FltQueryInformationFile", NONE_LEFT),
    ("FltSetInformationFile", NONE_LEFT),
    ("FltQueryDirectoryFile", NONE_LEFT),
    ("FltQueryVolumeInformation", NONE_LEFT),
    ("FltQueryVolumeInformationFile", NONE_LEFT),
    ("FltFsControlFile", NONE_LEFT),
    ("FltReadFileEx", NONE_LEFT),
    ("FltWriteFileEx", NONE_LEFT),
    ("FltFlushBuffers2", NONE_LEFT),
    ("FltDeviceIoControlFile", NONE_LEFT),
    ("FltQueryDirectoryFileEx", NONE_LEFT),
    ("FltQueryEaFile", NONE_LEFT),
    ("FltSetEaFile", NONE_LEFT),
    ("FltQuerySecurityObject", NONE_LEFT),
    ("FltSetSecurityObject", NONE_LEFT),
    ("FltSetVolumeInformation", NONE_LEFT),
    ("FltOpenVolume", NONE_LEFT),
    ("FltQueryInformationByName", NONE_LEFT),
    ("FltQueryQuotaInformationFile", NONE_LEFT),
    ("FltSetQuotaInformationFile", NONE_LEFT),
    ("FltCreateNamedPipeFile", NONE_LEFT),
    ("FltCreateMailslotFile", NONE_LEFT),
    ("FltIsDirectory", NONE_LEFT),
    ("ObReferenceObjectByHandle", NONE_LEFT),
    ("ObOpenObjectByPointer", NONE_LEFT),
    // The rest of the kernel.
    ("SeLocateProcessImageName", NONE_LEFT),
    ("PsLookupProcessByProcessId", &[Status(sys::STATUS_INVALID_PARAMETER)]),
    ("ZwOpenProcess", NONE_LEFT),
    ("ZwQueryInformationProcess", NONE_LEFT),
    ("ZwOpenKey", NONE_LEFT),
    ("ZwQueryKey", NONE_LEFT),
    ("ZwEnumerateKey", NONE_LEFT),
    ("ZwQueryValueKey", NONE_LEFT),
    ("ZwEnumerateValueKey", NONE_LEFT),
    ("ZwSetValueKey", NONE_LEFT),
    ("IoOpenDriverRegistryKey", NONE_LEFT),
];

/// How the routine of this name fails; empty for one that does not.
pub(super) const fn of(name: &str) -> &'static [Failure] {
    let mut row = 0;
    while row < TABLE.len() {
        if is_equal(TABLE[row].0.as_bytes(), name.as_bytes()) {
            return TABLE[row].1;
        }
        row += 1;
    }
    &[]
}

/// Comparison of slices, which a constant cannot have otherwise.
const fn is_equal(one: &[u8], other: &[u8]) -> bool {
    let mut index = 0;
    while one.len() == other.len() && index < one.len() && one[index] == other[index] {
        index += 1;
    }
    one.len() == other.len() && index == one.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_about_a_routine_that_drivers_can_import() {
        for (name, failures) in TABLE {
            assert!(!failures.is_empty(), "{name} has a row and fails in no way");
            let known = crate::exports::all().find(|export| export.name == *name);
            assert!(known.is_some_and(|export| export.failures == *failures), "{name} is no export, or has two rows");
        }
    }
}
