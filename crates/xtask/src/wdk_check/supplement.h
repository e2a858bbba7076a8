/* What Debian's mingw-w64 headers lack of what the driver, fltkernel.h and windows-drivers-rs name, as Microsoft documents
   it. They may come to have it: this is read after them, so what clashes then shows. */
#pragma once

/* wdm.h */
typedef ULONG64 POOL_FLAGS;
PVOID ExAllocatePool2(POOL_FLAGS Flags, SIZE_T NumberOfBytes, ULONG Tag);
VOID KeQuerySystemTimePrecise(PLARGE_INTEGER CurrentTime);
typedef enum _DRIVER_REGKEY_TYPE { DriverRegKeyParameters, DriverRegKeyPersistentState } DRIVER_REGKEY_TYPE;
typedef struct _KTRANSACTION KTRANSACTION, *PKTRANSACTION;

/* ntifs.h */
#define FILE_DISPOSITION_DELETE 0x00000001
#define FILE_RENAME_REPLACE_IF_EXISTS 0x00000001
typedef struct _FS_FILTER_SECTION_SYNC_OUTPUT {
    ULONG StructureSize;
    ULONG SizeReturned;
    ULONG Flags;
    ULONG DesiredReadAlignment;
} FS_FILTER_SECTION_SYNC_OUTPUT, *PFS_FILTER_SECTION_SYNC_OUTPUT;
