//! The names that are not the same in both sets of bindings, each group with the reason.

use std::collections::BTreeSet;

/// What the bindings of mingw-w64's headers do not have. Later versions come to have some of it, which then is compared.
const MISSING: [(&str, &[&str]); 7] = [
    ("they are for programs, or macros for C's own words", &["BYTE", "DWORD", "VOID", "WORD"]),
    ("macros or inline functions, which bindgen leaves out", &["KeInitializeSpinLock", "PsGetCurrentProcess"]),
    ("wdk-sys leaves out what is deprecated", &["ExAllocatePoolWithQuotaTag"]),
    (
        "exported by the kernel, and not declared by mingw-w64",
        &[
            "KeInitializeApc",
            "KeInsertQueueApc",
            "PsGetProcessExitStatus",
            "PsGetProcessImageFileName",
            "PsGetProcessSectionBaseAddress",
            "PsGetProcessWow64Process",
            "PsGetThreadProcess",
            "PsIsProtectedProcess",
            "PsIsProtectedProcessLight",
            "PsReferenceProcessFilePointer",
            "RtlImageDirectoryEntryToData",
            "RtlImageNtHeader",
            "TmGetTransactionId",
        ],
    ),
    ("names for what has no insides there", &["EXCEPTION_DISPOSITION", "PDISPATCHER_CONTEXT", "PESILO"]),
    (
        "members that came after Windows 7, whose structures mingw-w64 has",
        &[
            "FILE_LINK_INFORMATION.Flags",
            "FILE_RENAME_INFORMATION.Flags",
            "IRP.AllocationProcessorNumber",
            "IRP.Tail.Overlay.IrpExtension",
            "KAPC.AllFlags",
            "KAPC_STATE.InProgressFlags",
            "KDPC.ProcessorHistory",
            "KGUARDED_MUTEX.Event",
            "KGUARDED_MUTEX.OldIrql",
            "KTIMER.TimerType",
            "MDL.AllocationProcessorNumber",
        ],
    ),
    (
        "what came after Windows 7",
        &[
            "EX_SPIN_LOCK",
            "ExAcquireSpinLockExclusive",
            "ExAcquireSpinLockShared",
            "ExReleaseSpinLockExclusive",
            "ExReleaseSpinLockShared",
            "IoOpenDriverRegistryKey",
            "KeQueryInterruptTimePrecise",
            "ObCloseHandle",
            "PEX_SPIN_LOCK",
            "RtlIpv4AddressToStringExA",
            "RtlIpv6AddressToStringExA",
            "RtlSuffixUnicodeString",
            "ZwQueryVirtualMemory",
        ],
    ),
];

/// What they have in another way.
const DIFFERENT: [(&str, &[&str]); 3] = [
    ("the end of an enum, which has grown since Windows 7", &["FileFsMaximumInformation", "FileMaximumInformation"]),
    ("members that are as they were in Windows 7, in as much room", &["KDPC.DpcListEntry", "KTIMER.Processor"]),
    (
        "since Windows 8 a guarded mutex is a fast mutex; it has as much room as before",
        &[
            "KeAcquireGuardedMutex",
            "KeAcquireGuardedMutexUnsafe",
            "KeInitializeGuardedMutex",
            "KeReleaseGuardedMutex",
            "KeReleaseGuardedMutexUnsafe",
            "KeTryToAcquireGuardedMutex",
            "PKGUARDED_MUTEX",
        ],
    ),
];

/// Names that may be missing.
pub fn missing() -> BTreeSet<&'static str> {
    MISSING.iter().flat_map(|(_, names)| *names).copied().collect()
}

/// Names that are known to differ.
pub fn different() -> BTreeSet<&'static str> {
    DIFFERENT.iter().flat_map(|(_, names)| *names).copied().collect()
}
