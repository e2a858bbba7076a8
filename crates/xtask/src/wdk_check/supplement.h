/* What Debian's mingw-w64 headers lack of the types and routines that fltmgr, fltkernel.h and windows-drivers-rs name, as
   Microsoft documents them. Constants need not be here: wdk-check takes them from the project's headers. */
#pragma once

/* wdm.h */
typedef ULONG64 POOL_FLAGS;
PVOID ExAllocatePool2(POOL_FLAGS Flags, SIZE_T NumberOfBytes, ULONG Tag);
VOID KeQuerySystemTimePrecise(PLARGE_INTEGER CurrentTime);
typedef enum _DRIVER_REGKEY_TYPE { DriverRegKeyParameters, DriverRegKeyPersistentState } DRIVER_REGKEY_TYPE;
typedef struct _KTRANSACTION KTRANSACTION, *PKTRANSACTION;

/* ntifs.h */
typedef struct _FS_FILTER_SECTION_SYNC_OUTPUT {
    ULONG StructureSize;
    ULONG SizeReturned;
    ULONG Flags;
    ULONG DesiredReadAlignment;
} FS_FILTER_SECTION_SYNC_OUTPUT, *PFS_FILTER_SECTION_SYNC_OUTPUT;
