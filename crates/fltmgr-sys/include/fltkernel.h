/* The Filter Manager's kernel interface: structures, callbacks and constants. What ntifs.h and wdm.h declare is in the other
   headers, because wdk-check puts this one on top of those. */
#pragma once
#include "base.h"
#include "status.h"
#include "file_constants.h"
#include "file_information.h"
#include "kernel.h"

typedef struct _FLT_FILTER FLT_FILTER, *PFLT_FILTER;
typedef struct _FLT_VOLUME FLT_VOLUME, *PFLT_VOLUME;
typedef struct _FLT_INSTANCE FLT_INSTANCE, *PFLT_INSTANCE;
typedef struct _FLT_PORT FLT_PORT, *PFLT_PORT;
typedef struct _FLT_GENERIC_WORKITEM FLT_GENERIC_WORKITEM, *PFLT_GENERIC_WORKITEM;
typedef struct _FLT_DEFERRED_IO_WORKITEM FLT_DEFERRED_IO_WORKITEM, *PFLT_DEFERRED_IO_WORKITEM;
typedef PVOID PFLT_CONTEXT;

typedef USHORT FLT_CONTEXT_TYPE, FLT_CONTEXT_REGISTRATION_FLAGS;
typedef ULONG FLT_REGISTRATION_FLAGS, FLT_OPERATION_REGISTRATION_FLAGS, FLT_CALLBACK_DATA_FLAGS, FLT_INSTANCE_SETUP_FLAGS,
    FLT_INSTANCE_QUERY_TEARDOWN_FLAGS, FLT_INSTANCE_TEARDOWN_FLAGS, FLT_FILTER_UNLOAD_FLAGS, FLT_POST_OPERATION_FLAGS,
    FLT_IO_OPERATION_FLAGS, FLT_FILE_NAME_OPTIONS, FLT_NORMALIZE_NAME_FLAGS, FLT_ALLOCATE_CALLBACK_DATA_FLAGS;
typedef USHORT FLT_FILE_NAME_PARSED_FLAGS;

/* Registration. */
#define FLT_REGISTRATION_VERSION_0200 0x0200
#define FLT_REGISTRATION_VERSION_0201 0x0201
#define FLT_REGISTRATION_VERSION_0202 0x0202
#define FLT_REGISTRATION_VERSION_0203 0x0203
#define FLT_REGISTRATION_VERSION 0x0203
#define FLTFL_REGISTRATION_DO_NOT_SUPPORT_SERVICE_STOP 0x1u
#define FLTFL_REGISTRATION_SUPPORT_NPFS_MSFS 0x2u
#define FLTFL_REGISTRATION_SUPPORT_DAX_VOLUME 0x4u
#define FLTFL_OPERATION_REGISTRATION_SKIP_PAGING_IO 0x1u
#define FLTFL_OPERATION_REGISTRATION_SKIP_CACHED_IO 0x2u
#define FLTFL_OPERATION_REGISTRATION_SKIP_NON_DASD_IO 0x4u
#define FLTFL_OPERATION_REGISTRATION_SKIP_NON_CACHED_NON_PAGING_IO 0x8u
#define FLTFL_INSTANCE_SETUP_AUTOMATIC_ATTACHMENT 0x1u
#define FLTFL_INSTANCE_SETUP_MANUAL_ATTACHMENT 0x2u
#define FLTFL_INSTANCE_SETUP_NEWLY_MOUNTED_VOLUME 0x4u
#define FLTFL_INSTANCE_SETUP_DETACHED_VOLUME 0x8u
#define FLTFL_INSTANCE_SETUP_DEV_VOLUME 0x10u
#define FLTFL_INSTANCE_SETUP_TRUSTED_VOLUME 0x20u
#define FLTFL_INSTANCE_TEARDOWN_MANUAL 0x1u
#define FLTFL_INSTANCE_TEARDOWN_FILTER_UNLOAD 0x2u
#define FLTFL_INSTANCE_TEARDOWN_MANDATORY_FILTER_UNLOAD 0x4u
#define FLTFL_INSTANCE_TEARDOWN_VOLUME_DISMOUNT 0x8u
#define FLTFL_INSTANCE_TEARDOWN_INTERNAL_ERROR 0x10u
#define FLTFL_FILTER_UNLOAD_MANDATORY 0x1u
#define FLTFL_POST_OPERATION_DRAINING 0x1u

/* Contexts. */
#define FLT_VOLUME_CONTEXT 0x1
#define FLT_INSTANCE_CONTEXT 0x2
#define FLT_FILE_CONTEXT 0x4
#define FLT_STREAM_CONTEXT 0x8
#define FLT_STREAMHANDLE_CONTEXT 0x10
#define FLT_TRANSACTION_CONTEXT 0x20
#define FLT_SECTION_CONTEXT 0x40
#define FLT_CONTEXT_END 0xffff
#define FLT_ALL_CONTEXTS 0x7f
#define FLTFL_CONTEXT_REGISTRATION_NO_EXACT_SIZE_MATCH 0x1
static const SIZE_T FLT_VARIABLE_SIZED_CONTEXTS = 0xffffffffffffffffull;

/* Callback data. */
#define FLTFL_CALLBACK_DATA_REISSUE_MASK 0x0000ffffu
#define FLTFL_CALLBACK_DATA_IRP_OPERATION 0x1u
#define FLTFL_CALLBACK_DATA_FAST_IO_OPERATION 0x2u
#define FLTFL_CALLBACK_DATA_FS_FILTER_OPERATION 0x4u
#define FLTFL_CALLBACK_DATA_SYSTEM_BUFFER 0x8u
#define FLTFL_CALLBACK_DATA_GENERATED_IO 0x10000u
#define FLTFL_CALLBACK_DATA_REISSUED_IO 0x20000u
#define FLTFL_CALLBACK_DATA_DRAINING_IO 0x40000u
#define FLTFL_CALLBACK_DATA_POST_OPERATION 0x80000u
#define FLTFL_CALLBACK_DATA_NEW_SYSTEM_BUFFER 0x100000u
#define FLTFL_CALLBACK_DATA_DIRTY 0x80000000u

/* Names. */
#define FLT_FILE_NAME_NORMALIZED 0x1u
#define FLT_FILE_NAME_OPENED 0x2u
#define FLT_FILE_NAME_SHORT 0x3u
#define FLT_VALID_FILE_NAME_FORMATS 0xffu
#define FLT_FILE_NAME_QUERY_DEFAULT 0x100u
#define FLT_FILE_NAME_QUERY_CACHE_ONLY 0x200u
#define FLT_FILE_NAME_QUERY_FILESYSTEM_ONLY 0x300u
#define FLT_FILE_NAME_QUERY_ALWAYS_ALLOW_CACHE_LOOKUP 0x400u
#define FLT_VALID_FILE_NAME_QUERY_METHODS 0xff00u
#define FLT_FILE_NAME_REQUEST_FROM_CURRENT_PROVIDER 0x01000000u
#define FLT_FILE_NAME_DO_NOT_CACHE 0x02000000u
#define FLT_FILE_NAME_ALLOW_QUERY_ON_REPARSE 0x04000000u
#define FLTFL_FILE_NAME_PARSED_FINAL_COMPONENT 0x1
#define FLTFL_FILE_NAME_PARSED_EXTENSION 0x2
#define FLTFL_FILE_NAME_PARSED_STREAM 0x4
#define FLTFL_FILE_NAME_PARSED_PARENT_DIR 0x8
#define FLTFL_NORMALIZE_NAME_CASE_SENSITIVE 0x1u
#define FLTFL_NORMALIZE_NAME_DESTINATION_FILE_NAME 0x2u

/* I/O of the filter's own, ports. */
#define FLTFL_IO_OPERATION_NON_CACHED 0x1u
#define FLTFL_IO_OPERATION_PAGING 0x2u
#define FLTFL_IO_OPERATION_DO_NOT_UPDATE_BYTE_OFFSET 0x4u
#define FLTFL_IO_OPERATION_SYNCHRONOUS_PAGING 0x8u
#define FLT_PORT_CONNECT 0x1u
#define FLT_PORT_ALL_ACCESS 0x1f0001u
#define FLT_MAX_DEVICE_REPARSE_ATTEMPTS 64

typedef int FLT_PREOP_CALLBACK_STATUS, FLT_POSTOP_CALLBACK_STATUS, FLT_SET_CONTEXT_OPERATION, FLT_FILESYSTEM_TYPE;
enum {
    FLT_PREOP_SUCCESS_WITH_CALLBACK = 0, FLT_PREOP_SUCCESS_NO_CALLBACK = 1, FLT_PREOP_PENDING = 2, FLT_PREOP_DISALLOW_FASTIO = 3,
    FLT_PREOP_COMPLETE = 4, FLT_PREOP_SYNCHRONIZE = 5, FLT_PREOP_DISALLOW_FSFILTER_IO = 6
};
enum {
    FLT_POSTOP_FINISHED_PROCESSING = 0, FLT_POSTOP_MORE_PROCESSING_REQUIRED = 1, FLT_POSTOP_DISALLOW_FSFILTER_IO = 2
};
enum { FLT_SET_CONTEXT_REPLACE_IF_EXISTS = 0, FLT_SET_CONTEXT_KEEP_IF_EXISTS = 1 };
enum {
    FLT_FSTYPE_UNKNOWN = 0, FLT_FSTYPE_RAW = 1, FLT_FSTYPE_NTFS = 2, FLT_FSTYPE_FAT = 3, FLT_FSTYPE_CDFS = 4, FLT_FSTYPE_UDFS = 5,
    FLT_FSTYPE_LANMAN = 6, FLT_FSTYPE_WEBDAV = 7, FLT_FSTYPE_RDPDR = 8, FLT_FSTYPE_NFS = 9, FLT_FSTYPE_EXFAT = 14,
    FLT_FSTYPE_NPFS = 20, FLT_FSTYPE_MSFS = 21, FLT_FSTYPE_CSVFS = 23, FLT_FSTYPE_REFS = 24
};

typedef struct _FLT_TAG_DATA_BUFFER {
    ULONG FileTag;
    USHORT TagDataLength;
    USHORT UnparsedNameLength;
    union {
        struct { USHORT SubstituteNameOffset, SubstituteNameLength, PrintNameOffset, PrintNameLength; ULONG Flags; WCHAR PathBuffer[1]; } SymbolicLinkReparseBuffer;
        struct { USHORT SubstituteNameOffset, SubstituteNameLength, PrintNameOffset, PrintNameLength; WCHAR PathBuffer[1]; } MountPointReparseBuffer;
        struct { UCHAR DataBuffer[1]; } GenericReparseBuffer;
        struct { GUID TagGuid; UCHAR DataBuffer[1]; } GenericGUIDReparseBuffer;
    };
} FLT_TAG_DATA_BUFFER, *PFLT_TAG_DATA_BUFFER;

/* POINTER_ALIGNMENT: a member that begins at the next multiple of a pointer's size. */
#define PTR_ALIGN __declspec(align(8))

typedef union _FLT_PARAMETERS {
    struct { PIO_SECURITY_CONTEXT SecurityContext; ULONG Options; USHORT PTR_ALIGN FileAttributes; USHORT ShareAccess; ULONG PTR_ALIGN EaLength; PVOID EaBuffer; LARGE_INTEGER AllocationSize; } Create;
    struct { PIO_SECURITY_CONTEXT SecurityContext; ULONG Options; USHORT PTR_ALIGN Reserved; USHORT ShareAccess; PVOID Parameters; } CreatePipe;
    struct { PIO_SECURITY_CONTEXT SecurityContext; ULONG Options; USHORT PTR_ALIGN Reserved; USHORT ShareAccess; PVOID Parameters; } CreateMailslot;
    struct { ULONG Length; ULONG PTR_ALIGN Key; LARGE_INTEGER ByteOffset; PVOID ReadBuffer; PMDL MdlAddress; } Read;
    struct { ULONG Length; ULONG PTR_ALIGN Key; LARGE_INTEGER ByteOffset; PVOID WriteBuffer; PMDL MdlAddress; } Write;
    struct { ULONG Length; FILE_INFORMATION_CLASS PTR_ALIGN FileInformationClass; PVOID InfoBuffer; } QueryFileInformation;
    struct { ULONG Length; FILE_INFORMATION_CLASS PTR_ALIGN FileInformationClass; PFILE_OBJECT ParentOfTarget; union { struct { BOOLEAN ReplaceIfExists; BOOLEAN AdvanceOnly; }; ULONG ClusterCount; HANDLE DeleteHandle; }; PVOID InfoBuffer; } SetFileInformation;
    struct { ULONG Length; PVOID EaList; ULONG EaListLength; ULONG PTR_ALIGN EaIndex; PVOID EaBuffer; PMDL MdlAddress; } QueryEa;
    struct { ULONG Length; PVOID EaBuffer; PMDL MdlAddress; } SetEa;
    struct { ULONG Length; FS_INFORMATION_CLASS PTR_ALIGN FsInformationClass; PVOID VolumeBuffer; } QueryVolumeInformation;
    struct { ULONG Length; FS_INFORMATION_CLASS PTR_ALIGN FsInformationClass; PVOID VolumeBuffer; } SetVolumeInformation;
    union {
        struct { ULONG Length; PUNICODE_STRING FileName; FILE_INFORMATION_CLASS FileInformationClass; ULONG PTR_ALIGN FileIndex; PVOID DirectoryBuffer; PMDL MdlAddress; } QueryDirectory;
        struct { ULONG Length; ULONG PTR_ALIGN CompletionFilter; ULONG PTR_ALIGN Spare1; ULONG PTR_ALIGN Spare2; PVOID DirectoryBuffer; PMDL MdlAddress; } NotifyDirectory;
    } DirectoryControl;
    union {
        struct { PVPB Vpb; PDEVICE_OBJECT DeviceObject; } VerifyVolume;
        struct { ULONG OutputBufferLength; ULONG PTR_ALIGN InputBufferLength; ULONG PTR_ALIGN FsControlCode; } Common;
        struct { ULONG OutputBufferLength; ULONG PTR_ALIGN InputBufferLength; ULONG PTR_ALIGN FsControlCode; PVOID InputBuffer; PVOID OutputBuffer; PMDL OutputMdlAddress; } Neither;
        struct { ULONG OutputBufferLength; ULONG PTR_ALIGN InputBufferLength; ULONG PTR_ALIGN FsControlCode; PVOID SystemBuffer; } Buffered;
        struct { ULONG OutputBufferLength; ULONG PTR_ALIGN InputBufferLength; ULONG PTR_ALIGN FsControlCode; PVOID InputSystemBuffer; PVOID OutputBuffer; PMDL OutputMdlAddress; } Direct;
    } FileSystemControl;
    union {
        struct { ULONG OutputBufferLength; ULONG PTR_ALIGN InputBufferLength; ULONG PTR_ALIGN IoControlCode; } Common;
        struct { ULONG OutputBufferLength; ULONG PTR_ALIGN InputBufferLength; ULONG PTR_ALIGN IoControlCode; PVOID InputBuffer; PVOID OutputBuffer; PMDL OutputMdlAddress; } Neither;
        struct { ULONG OutputBufferLength; ULONG PTR_ALIGN InputBufferLength; ULONG PTR_ALIGN IoControlCode; PVOID SystemBuffer; } Buffered;
        struct { ULONG OutputBufferLength; ULONG PTR_ALIGN InputBufferLength; ULONG PTR_ALIGN IoControlCode; PVOID InputSystemBuffer; PVOID OutputBuffer; PMDL OutputMdlAddress; } Direct;
        struct { ULONG OutputBufferLength; ULONG PTR_ALIGN InputBufferLength; ULONG PTR_ALIGN IoControlCode; PVOID InputBuffer; PVOID OutputBuffer; } FastIo;
    } DeviceIoControl;
    struct { PLARGE_INTEGER Length; ULONG Key; LARGE_INTEGER PTR_ALIGN ByteOffset; PEPROCESS ProcessId; BOOLEAN FailImmediately; BOOLEAN ExclusiveLock; } LockControl;
    struct { SECURITY_INFORMATION SecurityInformation; ULONG PTR_ALIGN Length; PVOID SecurityBuffer; PMDL MdlAddress; } QuerySecurity;
    struct { SECURITY_INFORMATION SecurityInformation; PSECURITY_DESCRIPTOR SecurityDescriptor; } SetSecurity;
    struct { ULONG_PTR ProviderId; PVOID DataPath; ULONG BufferSize; PVOID Buffer; } WMI;
    struct { ULONG Length; PSID StartSid; PVOID SidList; ULONG SidListLength; PVOID QuotaBuffer; PMDL MdlAddress; } QueryQuota;
    struct { ULONG Length; PVOID QuotaBuffer; PMDL MdlAddress; } SetQuota;
    struct { LARGE_INTEGER FileOffset; ULONG Length; ULONG PTR_ALIGN LockKey; BOOLEAN PTR_ALIGN CheckForReadOperation; } FastIoCheckIfPossible;
    struct { PIRP Irp; PVOID NetworkInformation; } NetworkQueryOpen;
    struct { PIRP Irp; PVOID FileInformation; PULONG Length; FILE_INFORMATION_CLASS FileInformationClass; } QueryOpen;
    struct { LARGE_INTEGER FileOffset; ULONG PTR_ALIGN Length; ULONG PTR_ALIGN Key; PMDL *MdlChain; } MdlRead;
    struct { PMDL MdlChain; } MdlReadComplete;
    struct { LARGE_INTEGER FileOffset; ULONG PTR_ALIGN Length; ULONG PTR_ALIGN Key; PMDL *MdlChain; } PrepareMdlWrite;
    struct { LARGE_INTEGER FileOffset; PMDL MdlChain; } MdlWriteComplete;
    struct { ULONG DeviceType; } MountVolume;
    struct { PLARGE_INTEGER EndingOffset; PERESOURCE *ResourceToRelease; } AcquireForModifiedPageWriter;
    struct { PERESOURCE ResourceToRelease; } ReleaseForModifiedPageWriter;
    struct { FS_FILTER_SECTION_SYNC_TYPE SyncType; ULONG PageProtection; PFS_FILTER_SECTION_SYNC_OUTPUT OutputInformation; ULONG Flags; ULONG AllocationAttributes; } AcquireForSectionSynchronization;
    struct { PVOID Argument1; PVOID Argument2; PVOID Argument3; PVOID Argument4; PVOID Argument5; LARGE_INTEGER Argument6; } Others;
} FLT_PARAMETERS, *PFLT_PARAMETERS;

typedef struct _FLT_IO_PARAMETER_BLOCK {
    ULONG IrpFlags;
    UCHAR MajorFunction;
    UCHAR MinorFunction;
    UCHAR OperationFlags;
    UCHAR Reserved;
    PFILE_OBJECT TargetFileObject;
    PFLT_INSTANCE TargetInstance;
    FLT_PARAMETERS Parameters;
} FLT_IO_PARAMETER_BLOCK, *PFLT_IO_PARAMETER_BLOCK;

typedef struct _FLT_CALLBACK_DATA {
    FLT_CALLBACK_DATA_FLAGS Flags;
    PETHREAD Thread;
    PFLT_IO_PARAMETER_BLOCK Iopb;
    IO_STATUS_BLOCK IoStatus;
    PFLT_TAG_DATA_BUFFER TagData;
    union {
        struct { LIST_ENTRY QueueLinks; PVOID QueueContext[2]; };
        PVOID FilterContext[4];
    };
    KPROCESSOR_MODE RequestorMode;
} FLT_CALLBACK_DATA, *PFLT_CALLBACK_DATA;

typedef struct _FLT_RELATED_OBJECTS {
    USHORT Size;
    USHORT TransactionContext;
    PFLT_FILTER Filter;
    PFLT_VOLUME Volume;
    PFLT_INSTANCE Instance;
    PFILE_OBJECT FileObject;
    PKTRANSACTION Transaction;
} FLT_RELATED_OBJECTS, *PFLT_RELATED_OBJECTS;
typedef const FLT_RELATED_OBJECTS *PCFLT_RELATED_OBJECTS;

typedef struct _FLT_FILE_NAME_INFORMATION {
    USHORT Size;
    FLT_FILE_NAME_PARSED_FLAGS NamesParsed;
    FLT_FILE_NAME_OPTIONS Format;
    UNICODE_STRING Name;
    UNICODE_STRING Volume;
    UNICODE_STRING Share;
    UNICODE_STRING Extension;
    UNICODE_STRING Stream;
    UNICODE_STRING FinalComponent;
    UNICODE_STRING ParentDir;
} FLT_FILE_NAME_INFORMATION, *PFLT_FILE_NAME_INFORMATION;

typedef struct _FLT_NAME_CONTROL { UNICODE_STRING Name; } FLT_NAME_CONTROL, *PFLT_NAME_CONTROL;

typedef struct _FLT_VOLUME_PROPERTIES {
    DEVICE_TYPE DeviceType;
    ULONG DeviceCharacteristics;
    ULONG DeviceObjectFlags;
    ULONG AlignmentRequirement;
    USHORT SectorSize;
    USHORT Reserved0;
    UNICODE_STRING FileSystemDriverName;
    UNICODE_STRING FileSystemDeviceName;
    UNICODE_STRING RealDeviceName;
} FLT_VOLUME_PROPERTIES, *PFLT_VOLUME_PROPERTIES;

typedef struct _FLT_RELATED_CONTEXTS {
    PFLT_CONTEXT VolumeContext, InstanceContext, FileContext, StreamContext, StreamHandleContext, TransactionContext;
} FLT_RELATED_CONTEXTS, *PFLT_RELATED_CONTEXTS;
typedef struct _FLT_RELATED_CONTEXTS_EX {
    PFLT_CONTEXT VolumeContext, InstanceContext, FileContext, StreamContext, StreamHandleContext, TransactionContext, SectionContext;
} FLT_RELATED_CONTEXTS_EX, *PFLT_RELATED_CONTEXTS_EX;

/* Callbacks. */
typedef FLT_PREOP_CALLBACK_STATUS (*PFLT_PRE_OPERATION_CALLBACK)(PFLT_CALLBACK_DATA Data, PCFLT_RELATED_OBJECTS FltObjects, PVOID *CompletionContext);
typedef FLT_POSTOP_CALLBACK_STATUS (*PFLT_POST_OPERATION_CALLBACK)(PFLT_CALLBACK_DATA Data, PCFLT_RELATED_OBJECTS FltObjects, PVOID CompletionContext, FLT_POST_OPERATION_FLAGS Flags);
typedef NTSTATUS (*PFLT_INSTANCE_SETUP_CALLBACK)(PCFLT_RELATED_OBJECTS FltObjects, FLT_INSTANCE_SETUP_FLAGS Flags, DEVICE_TYPE VolumeDeviceType, FLT_FILESYSTEM_TYPE VolumeFilesystemType);
typedef NTSTATUS (*PFLT_INSTANCE_QUERY_TEARDOWN_CALLBACK)(PCFLT_RELATED_OBJECTS FltObjects, FLT_INSTANCE_QUERY_TEARDOWN_FLAGS Flags);
typedef VOID (*PFLT_INSTANCE_TEARDOWN_CALLBACK)(PCFLT_RELATED_OBJECTS FltObjects, FLT_INSTANCE_TEARDOWN_FLAGS Reason);
typedef NTSTATUS (*PFLT_FILTER_UNLOAD_CALLBACK)(FLT_FILTER_UNLOAD_FLAGS Flags);
typedef VOID (*PFLT_CONTEXT_CLEANUP_CALLBACK)(PFLT_CONTEXT Context, FLT_CONTEXT_TYPE ContextType);
typedef PVOID (*PFLT_CONTEXT_ALLOCATE_CALLBACK)(POOL_TYPE PoolType, SIZE_T Size, FLT_CONTEXT_TYPE ContextType);
typedef VOID (*PFLT_CONTEXT_FREE_CALLBACK)(PVOID Pool, FLT_CONTEXT_TYPE ContextType);
typedef NTSTATUS (*PFLT_GENERATE_FILE_NAME)(PFLT_INSTANCE Instance, PFILE_OBJECT FileObject, PFLT_CALLBACK_DATA CallbackData, FLT_FILE_NAME_OPTIONS NameOptions, PBOOLEAN CacheFileNameInformation, PFLT_NAME_CONTROL FileName);
typedef NTSTATUS (*PFLT_NORMALIZE_NAME_COMPONENT)(PFLT_INSTANCE Instance, PCUNICODE_STRING ParentDirectory, USHORT VolumeNameLength, PCUNICODE_STRING Component, PFILE_NAMES_INFORMATION ExpandComponentName, ULONG ExpandComponentNameLength, FLT_NORMALIZE_NAME_FLAGS Flags, PVOID *NormalizationContext);
typedef NTSTATUS (*PFLT_NORMALIZE_NAME_COMPONENT_EX)(PFLT_INSTANCE Instance, PFILE_OBJECT FileObject, PCUNICODE_STRING ParentDirectory, USHORT VolumeNameLength, PCUNICODE_STRING Component, PFILE_NAMES_INFORMATION ExpandComponentName, ULONG ExpandComponentNameLength, FLT_NORMALIZE_NAME_FLAGS Flags, PVOID *NormalizationContext);
typedef VOID (*PFLT_NORMALIZE_CONTEXT_CLEANUP)(PVOID *NormalizationContext);
typedef NTSTATUS (*PFLT_TRANSACTION_NOTIFICATION_CALLBACK)(PCFLT_RELATED_OBJECTS FltObjects, PFLT_CONTEXT TransactionContext, ULONG NotificationMask);
typedef NTSTATUS (*PFLT_SECTION_CONFLICT_NOTIFICATION_CALLBACK)(PFLT_INSTANCE Instance, PFLT_CONTEXT Context, PFLT_CALLBACK_DATA Data);
typedef VOID (*PFLT_COMPLETED_ASYNC_IO_CALLBACK)(PFLT_CALLBACK_DATA CallbackData, PFLT_CONTEXT Context);
typedef VOID (*PFLT_GENERIC_WORKITEM_ROUTINE)(PFLT_GENERIC_WORKITEM FltWorkItem, PVOID FltObject, PVOID Context);
typedef VOID (*PFLT_DEFERRED_IO_WORKITEM_ROUTINE)(PFLT_DEFERRED_IO_WORKITEM FltWorkItem, PFLT_CALLBACK_DATA CallbackData, PVOID Context);
typedef VOID (*PFLT_GET_OPERATION_STATUS_CALLBACK)(PCFLT_RELATED_OBJECTS FltObjects, PFLT_IO_PARAMETER_BLOCK IopbSnapshot, NTSTATUS OperationStatus, PVOID RequesterContext);
typedef VOID (*PFLT_COMPLETE_CANCELED_CALLBACK)(PFLT_CALLBACK_DATA CallbackData);
typedef NTSTATUS (*PFLT_CONNECT_NOTIFY)(PFLT_PORT ClientPort, PVOID ServerPortCookie, PVOID ConnectionContext, ULONG SizeOfContext, PVOID *ConnectionPortCookie);
typedef VOID (*PFLT_DISCONNECT_NOTIFY)(PVOID ConnectionCookie);
typedef NTSTATUS (*PFLT_MESSAGE_NOTIFY)(PVOID PortCookie, PVOID InputBuffer, ULONG InputBufferLength, PVOID OutputBuffer, ULONG OutputBufferLength, PULONG ReturnOutputBufferLength);

typedef struct _FLT_OPERATION_REGISTRATION {
    UCHAR MajorFunction;
    FLT_OPERATION_REGISTRATION_FLAGS Flags;
    PFLT_PRE_OPERATION_CALLBACK PreOperation;
    PFLT_POST_OPERATION_CALLBACK PostOperation;
    PVOID Reserved1;
} FLT_OPERATION_REGISTRATION, *PFLT_OPERATION_REGISTRATION;

typedef struct _FLT_CONTEXT_REGISTRATION {
    FLT_CONTEXT_TYPE ContextType;
    FLT_CONTEXT_REGISTRATION_FLAGS Flags;
    PFLT_CONTEXT_CLEANUP_CALLBACK ContextCleanupCallback;
    SIZE_T Size;
    ULONG PoolTag;
    PFLT_CONTEXT_ALLOCATE_CALLBACK ContextAllocateCallback;
    PFLT_CONTEXT_FREE_CALLBACK ContextFreeCallback;
    PVOID Reserved1;
} FLT_CONTEXT_REGISTRATION, *PFLT_CONTEXT_REGISTRATION;

typedef struct _FLT_REGISTRATION {
    USHORT Size;
    USHORT Version;
    FLT_REGISTRATION_FLAGS Flags;
    const FLT_CONTEXT_REGISTRATION *ContextRegistration;
    const FLT_OPERATION_REGISTRATION *OperationRegistration;
    PFLT_FILTER_UNLOAD_CALLBACK FilterUnloadCallback;
    PFLT_INSTANCE_SETUP_CALLBACK InstanceSetupCallback;
    PFLT_INSTANCE_QUERY_TEARDOWN_CALLBACK InstanceQueryTeardownCallback;
    PFLT_INSTANCE_TEARDOWN_CALLBACK InstanceTeardownStartCallback;
    PFLT_INSTANCE_TEARDOWN_CALLBACK InstanceTeardownCompleteCallback;
    PFLT_GENERATE_FILE_NAME GenerateFileNameCallback;
    PFLT_NORMALIZE_NAME_COMPONENT NormalizeNameComponentCallback;
    PFLT_NORMALIZE_CONTEXT_CLEANUP NormalizeContextCleanupCallback;
    PFLT_TRANSACTION_NOTIFICATION_CALLBACK TransactionNotificationCallback;
    PFLT_NORMALIZE_NAME_COMPONENT_EX NormalizeNameComponentExCallback;
    PFLT_SECTION_CONFLICT_NOTIFICATION_CALLBACK SectionNotificationCallback;
} FLT_REGISTRATION, *PFLT_REGISTRATION;

/* The cancel-safe callback-data queue. */
typedef struct _FLT_CALLBACK_DATA_QUEUE *PFLT_CALLBACK_DATA_QUEUE;
typedef int FLT_CALLBACK_DATA_QUEUE_FLAGS;
typedef NTSTATUS (*PFLT_CALLBACK_DATA_QUEUE_INSERT_IO)(PFLT_CALLBACK_DATA_QUEUE Cbdq, PFLT_CALLBACK_DATA Cbd, PVOID InsertContext);
typedef VOID (*PFLT_CALLBACK_DATA_QUEUE_REMOVE_IO)(PFLT_CALLBACK_DATA_QUEUE Cbdq, PFLT_CALLBACK_DATA Cbd);
typedef PFLT_CALLBACK_DATA (*PFLT_CALLBACK_DATA_QUEUE_PEEK_NEXT_IO)(PFLT_CALLBACK_DATA_QUEUE Cbdq, PFLT_CALLBACK_DATA Cbd, PVOID PeekContext);
typedef VOID (*PFLT_CALLBACK_DATA_QUEUE_ACQUIRE)(PFLT_CALLBACK_DATA_QUEUE Cbdq, PKIRQL Irql);
typedef VOID (*PFLT_CALLBACK_DATA_QUEUE_RELEASE)(PFLT_CALLBACK_DATA_QUEUE Cbdq, KIRQL Irql);
typedef VOID (*PFLT_CALLBACK_DATA_QUEUE_COMPLETE_CANCELED_IO)(PFLT_CALLBACK_DATA_QUEUE Cbdq, PFLT_CALLBACK_DATA Cbd);
typedef struct _FLT_CALLBACK_DATA_QUEUE {
    struct { ULONG Type; ULONG Reserved; PVOID Routines[6]; PVOID ReservePointer; } Csq;
    FLT_CALLBACK_DATA_QUEUE_FLAGS Flags;
    PFLT_INSTANCE Instance;
    PFLT_CALLBACK_DATA_QUEUE_INSERT_IO InsertIo;
    PFLT_CALLBACK_DATA_QUEUE_REMOVE_IO RemoveIo;
    PFLT_CALLBACK_DATA_QUEUE_PEEK_NEXT_IO PeekNextIo;
    PFLT_CALLBACK_DATA_QUEUE_ACQUIRE Acquire;
    PFLT_CALLBACK_DATA_QUEUE_RELEASE Release;
    PFLT_CALLBACK_DATA_QUEUE_COMPLETE_CANCELED_IO CompleteCanceledIo;
} FLT_CALLBACK_DATA_QUEUE;

/* What travels between a port and its user-mode client. */
typedef struct _FILTER_MESSAGE_HEADER { ULONG ReplyLength; ULONGLONG MessageId; } FILTER_MESSAGE_HEADER, *PFILTER_MESSAGE_HEADER;
typedef struct _FILTER_REPLY_HEADER { NTSTATUS Status; ULONGLONG MessageId; } FILTER_REPLY_HEADER, *PFILTER_REPLY_HEADER;

/* Callback data of the filter's own. */
#define FLT_ALLOCATE_CALLBACK_DATA_PREALLOCATE_ALL_MEMORY 0x1u

/* Oplocks. */
typedef VOID (*PFLTOPLOCK_WAIT_COMPLETE_ROUTINE)(PFLT_CALLBACK_DATA CallbackData, PVOID Context);
typedef VOID (*PFLTOPLOCK_PREPOST_CALLBACKDATA_ROUTINE)(PFLT_CALLBACK_DATA CallbackData, PVOID Context);

/* Byte-range locks. */
typedef NTSTATUS (*PFLT_COMPLETE_LOCK_CALLBACK_DATA_ROUTINE)(PVOID Context, PFLT_CALLBACK_DATA CallbackData);

/* Push locks and flushes. */
#define FLT_PUSH_LOCK_ENABLE_AUTO_BOOST 0x1u
#define FLT_PUSH_LOCK_DISABLE_AUTO_BOOST 0x2u
#define FLT_PUSH_LOCK_VALID_FLAGS 0x3u
#define FLT_FLUSH_TYPE_FLUSH_AND_PURGE 0x1u
#define FLT_FLUSH_TYPE_FILE_DATA_ONLY 0x2u
#define FLT_FLUSH_TYPE_NO_SYNC 0x4u
#define FLT_FLUSH_TYPE_DATA_SYNC_ONLY 0x8u

/* Where FltCreateFileEx2 arrived. */
#define FLTTCFL_AUTO_REPARSE 0x1u
typedef struct _FLT_CREATEFILE_TARGET_ECP_CONTEXT {
    PFLT_INSTANCE Instance;
    PFLT_VOLUME Volume;
    PFLT_FILE_NAME_INFORMATION FileNameInformation;
    USHORT Flags;
} FLT_CREATEFILE_TARGET_ECP_CONTEXT, *PFLT_CREATEFILE_TARGET_ECP_CONTEXT;

/* What is said about filters, instances and volumes. */
typedef enum _FILTER_INFORMATION_CLASS {
    FilterFullInformation, FilterAggregateBasicInformation, FilterAggregateStandardInformation
} FILTER_INFORMATION_CLASS;
typedef struct _FILTER_FULL_INFORMATION {
    ULONG NextEntryOffset;
    ULONG FrameID;
    ULONG NumberOfInstances;
    USHORT FilterNameLength;
    WCHAR FilterNameBuffer[1];
} FILTER_FULL_INFORMATION, *PFILTER_FULL_INFORMATION;
#define FLTFL_AGGREGATE_INFO_IS_MINIFILTER 0x1u
#define FLTFL_AGGREGATE_INFO_IS_LEGACYFILTER 0x2u
typedef struct _FILTER_AGGREGATE_BASIC_INFORMATION {
    ULONG NextEntryOffset;
    ULONG Flags;
    union {
        struct { ULONG FrameID; ULONG NumberOfInstances; USHORT FilterNameLength; USHORT FilterNameBufferOffset; USHORT FilterAltitudeLength; USHORT FilterAltitudeBufferOffset; } MiniFilter;
        struct { USHORT FilterNameLength; USHORT FilterNameBufferOffset; } LegacyFilter;
    } Type;
} FILTER_AGGREGATE_BASIC_INFORMATION, *PFILTER_AGGREGATE_BASIC_INFORMATION;
#define FLTFL_ASI_IS_MINIFILTER 0x1u
#define FLTFL_ASI_IS_LEGACYFILTER 0x2u
typedef struct _FILTER_AGGREGATE_STANDARD_INFORMATION {
    ULONG NextEntryOffset;
    ULONG Flags;
    union {
        struct { ULONG Flags; ULONG FrameID; ULONG NumberOfInstances; USHORT FilterNameLength; USHORT FilterNameBufferOffset; USHORT FilterAltitudeLength; USHORT FilterAltitudeBufferOffset; } MiniFilter;
        struct { ULONG Flags; USHORT FilterNameLength; USHORT FilterNameBufferOffset; USHORT FilterAltitudeLength; USHORT FilterAltitudeBufferOffset; } LegacyFilter;
    } Type;
} FILTER_AGGREGATE_STANDARD_INFORMATION, *PFILTER_AGGREGATE_STANDARD_INFORMATION;
typedef enum _FILTER_VOLUME_INFORMATION_CLASS {
    FilterVolumeBasicInformation, FilterVolumeStandardInformation
} FILTER_VOLUME_INFORMATION_CLASS, *PFILTER_VOLUME_INFORMATION_CLASS;
typedef struct _FILTER_VOLUME_BASIC_INFORMATION {
    USHORT FilterVolumeNameLength;
    WCHAR FilterVolumeName[1];
} FILTER_VOLUME_BASIC_INFORMATION, *PFILTER_VOLUME_BASIC_INFORMATION;
#define FLTFL_VSI_DETACHED_VOLUME 0x1u
typedef struct _FILTER_VOLUME_STANDARD_INFORMATION {
    ULONG NextEntryOffset;
    ULONG Flags;
    ULONG FrameID;
    FLT_FILESYSTEM_TYPE FileSystemType;
    USHORT FilterVolumeNameLength;
    WCHAR FilterVolumeName[1];
} FILTER_VOLUME_STANDARD_INFORMATION, *PFILTER_VOLUME_STANDARD_INFORMATION;
typedef enum _INSTANCE_INFORMATION_CLASS {
    InstanceBasicInformation, InstancePartialInformation, InstanceFullInformation, InstanceAggregateStandardInformation
} INSTANCE_INFORMATION_CLASS, *PINSTANCE_INFORMATION_CLASS;
typedef struct _INSTANCE_BASIC_INFORMATION {
    ULONG NextEntryOffset;
    USHORT InstanceNameLength;
    USHORT InstanceNameBufferOffset;
} INSTANCE_BASIC_INFORMATION, *PINSTANCE_BASIC_INFORMATION;
typedef struct _INSTANCE_PARTIAL_INFORMATION {
    ULONG NextEntryOffset;
    USHORT InstanceNameLength;
    USHORT InstanceNameBufferOffset;
    USHORT AltitudeLength;
    USHORT AltitudeBufferOffset;
} INSTANCE_PARTIAL_INFORMATION, *PINSTANCE_PARTIAL_INFORMATION;
typedef struct _INSTANCE_FULL_INFORMATION {
    ULONG NextEntryOffset;
    USHORT InstanceNameLength;
    USHORT InstanceNameBufferOffset;
    USHORT AltitudeLength;
    USHORT AltitudeBufferOffset;
    USHORT VolumeNameLength;
    USHORT VolumeNameBufferOffset;
    USHORT FilterNameLength;
    USHORT FilterNameBufferOffset;
} INSTANCE_FULL_INFORMATION, *PINSTANCE_FULL_INFORMATION;
#define FLTFL_IASI_IS_MINIFILTER 0x1u
#define FLTFL_IASI_IS_LEGACYFILTER 0x2u
#define FLTFL_IASIM_DETACHED_VOLUME 0x1u
typedef struct _INSTANCE_AGGREGATE_STANDARD_INFORMATION {
    ULONG NextEntryOffset;
    ULONG Flags;
    union {
        struct { ULONG Flags; ULONG FrameID; FLT_FILESYSTEM_TYPE VolumeFileSystemType; USHORT InstanceNameLength; USHORT InstanceNameBufferOffset; USHORT AltitudeLength; USHORT AltitudeBufferOffset; USHORT VolumeNameLength; USHORT VolumeNameBufferOffset; USHORT FilterNameLength; USHORT FilterNameBufferOffset; ULONG SupportedFeatures; } MiniFilter;
        struct { ULONG Flags; USHORT AltitudeLength; USHORT AltitudeBufferOffset; USHORT VolumeNameLength; USHORT VolumeNameBufferOffset; USHORT FilterNameLength; USHORT FilterNameBufferOffset; ULONG SupportedFeatures; } LegacyFilter;
    } Type;
} INSTANCE_AGGREGATE_STANDARD_INFORMATION, *PINSTANCE_AGGREGATE_STANDARD_INFORMATION;
