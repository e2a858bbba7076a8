//! Sizes and offsets that the rest of the project relies on, checked at compile time.
//!
//! The numbers are not taken from the headers here: they are those that x64 builds of public minifilters and the public
//! symbols of Windows 10 show. A header that is wrong does not compile.

use core::mem::offset_of;

macro_rules! layouts {
    ($($structure:ident: $size:literal { $($($field:ident).+: $offset:literal),* $(,)? })*) => {$(
        const _: () = assert!(size_of::<crate::$structure>() == $size, concat!("the size of ", stringify!($structure)));
        $(const _: () = assert!(
            offset_of!(crate::$structure, $($field).+) == $offset,
            concat!("the offset of ", stringify!($structure), ".", stringify!($($field).+)),
        );)*
    )*};
}

layouts! {
    UNICODE_STRING: 0x10 { Length: 0, MaximumLength: 2, Buffer: 8 }
    OBJECT_ATTRIBUTES: 0x30 { RootDirectory: 8, ObjectName: 0x10, Attributes: 0x18, SecurityDescriptor: 0x20 }
    IO_STATUS_BLOCK: 0x10 { Information: 8 }
    FLT_CALLBACK_DATA: 0x58 { Flags: 0, Thread: 8, Iopb: 0x10, IoStatus: 0x18, TagData: 0x28, RequestorMode: 0x50 }
    FLT_IO_PARAMETER_BLOCK: 0x48 {
        IrpFlags: 0, MajorFunction: 4, MinorFunction: 5, OperationFlags: 6, TargetFileObject: 8, TargetInstance: 0x10,
        Parameters: 0x18,
    }
    FLT_PARAMETERS: 0x30 {
        Create.SecurityContext: 0, Create.Options: 8, Create.FileAttributes: 0x10, Create.ShareAccess: 0x12,
        Create.EaLength: 0x18, Create.EaBuffer: 0x20, Create.AllocationSize: 0x28,
        Read.Length: 0, Read.Key: 8, Read.ByteOffset: 0x10, Read.ReadBuffer: 0x18, Read.MdlAddress: 0x20,
        Write.Key: 8, Write.ByteOffset: 0x10, Write.WriteBuffer: 0x18, Write.MdlAddress: 0x20,
        QueryFileInformation.FileInformationClass: 8, QueryFileInformation.InfoBuffer: 0x10,
        SetFileInformation.FileInformationClass: 8, SetFileInformation.ParentOfTarget: 0x10,
        SetFileInformation.InfoBuffer: 0x20,
        CreatePipe.ShareAccess: 0x12, CreatePipe.Parameters: 0x18, CreateMailslot.Parameters: 0x18,
        QueryEa.EaListLength: 0x10, QueryEa.EaIndex: 0x18, QueryEa.EaBuffer: 0x20, SetEa.EaBuffer: 8,
        QueryVolumeInformation.FsInformationClass: 8, SetVolumeInformation.FsInformationClass: 8,
        DirectoryControl.QueryDirectory.FileName: 8, DirectoryControl.QueryDirectory.FileInformationClass: 0x10,
        DirectoryControl.QueryDirectory.FileIndex: 0x18, DirectoryControl.QueryDirectory.DirectoryBuffer: 0x20,
        DirectoryControl.NotifyDirectory.CompletionFilter: 8, DirectoryControl.NotifyDirectory.DirectoryBuffer: 0x20,
        FileSystemControl.Common.InputBufferLength: 8, FileSystemControl.Common.FsControlCode: 0x10,
        DeviceIoControl.Common.InputBufferLength: 8, DeviceIoControl.Common.IoControlCode: 0x10,
        LockControl.Key: 8, LockControl.ByteOffset: 0x10, LockControl.ProcessId: 0x18,
        LockControl.FailImmediately: 0x20, LockControl.ExclusiveLock: 0x21,
        QuerySecurity.Length: 8, QuerySecurity.SecurityBuffer: 0x10, SetSecurity.SecurityDescriptor: 8,
        WMI.DataPath: 8, WMI.BufferSize: 0x10, WMI.Buffer: 0x18,
        QueryQuota.StartSid: 8, QueryQuota.SidListLength: 0x18, SetQuota.QuotaBuffer: 8,
        FastIoCheckIfPossible.Length: 8, FastIoCheckIfPossible.LockKey: 0x10,
        FastIoCheckIfPossible.CheckForReadOperation: 0x18, NetworkQueryOpen.NetworkInformation: 8,
        QueryOpen.Length: 0x10, QueryOpen.FileInformationClass: 0x18,
        MdlRead.Length: 8, MdlRead.Key: 0x10, MdlRead.MdlChain: 0x18, MdlWriteComplete.MdlChain: 8,
        AcquireForModifiedPageWriter.EndingOffset: 0, AcquireForModifiedPageWriter.ResourceToRelease: 8,
        AcquireForSectionSynchronization.PageProtection: 4, AcquireForSectionSynchronization.OutputInformation: 8,
    }
    NAMED_PIPE_CREATE_PARAMETERS: 0x28 { MaximumInstances: 0xC, DefaultTimeout: 0x18, TimeoutSpecified: 0x20 }
    MAILSLOT_CREATE_PARAMETERS: 0x18 { MaximumMessageSize: 4, ReadTimeout: 8, TimeoutSpecified: 0x10 }
    FLT_RELATED_OBJECTS: 0x30 { Size: 0, Filter: 8, Volume: 0x10, Instance: 0x18, FileObject: 0x20, Transaction: 0x28 }
    FLT_REGISTRATION: 0x70 {
        Version: 2, Flags: 4, ContextRegistration: 8, OperationRegistration: 0x10, FilterUnloadCallback: 0x18,
        InstanceSetupCallback: 0x20, InstanceTeardownCompleteCallback: 0x38, SectionNotificationCallback: 0x68,
    }
    FLT_OPERATION_REGISTRATION: 0x20 { MajorFunction: 0, Flags: 4, PreOperation: 8, PostOperation: 0x10 }
    FLT_CONTEXT_REGISTRATION: 0x38 { ContextType: 0, Flags: 2, ContextCleanupCallback: 8, Size: 0x10, PoolTag: 0x18 }
    FLT_FILE_NAME_INFORMATION: 0x78 { Size: 0, NamesParsed: 2, Format: 4, Name: 8, Volume: 0x18, ParentDir: 0x68 }
    FLT_VOLUME_PROPERTIES: 0x48 { SectorSize: 0x10, FileSystemDriverName: 0x18, RealDeviceName: 0x38 }
    FLT_CALLBACK_DATA_QUEUE: 0x80 { Instance: 0x48, InsertIo: 0x50 }
    FILTER_MESSAGE_HEADER: 0x10 { ReplyLength: 0, MessageId: 8 }
    FILTER_REPLY_HEADER: 0x10 { Status: 0, MessageId: 8 }
    REQUEST_OPLOCK_INPUT_BUFFER: 0xC { RequestedOplockLevel: 4, Flags: 8 }
    REQUEST_OPLOCK_OUTPUT_BUFFER: 0x18 { NewOplockLevel: 8, Flags: 0xC, AccessMode: 0x10, ShareMode: 0x14 }
    OPLOCK_KEY_ECP_CONTEXT: 0x14 { Reserved: 0x10 }
    IO_DRIVER_CREATE_CONTEXT: 0x28 { ExtraCreateParameter: 8, DeviceObjectHint: 0x10, SiloContext: 0x20 }
    FILTER_FULL_INFORMATION: 0x10 { FilterNameLength: 0xC, FilterNameBuffer: 0xE }
    FILTER_AGGREGATE_STANDARD_INFORMATION: 0x1C { Type: 8, Type.MiniFilter.FilterNameLength: 0x14 }
    FILTER_VOLUME_STANDARD_INFORMATION: 0x14 { FileSystemType: 0xC, FilterVolumeName: 0x12 }
    INSTANCE_FULL_INFORMATION: 0x14 { FilterNameBufferOffset: 0x12 }
    INSTANCE_AGGREGATE_STANDARD_INFORMATION: 0x28 {
        Type.MiniFilter.VolumeFileSystemType: 0x10, Type.MiniFilter.FilterNameLength: 0x20,
        Type.MiniFilter.SupportedFeatures: 0x24,
    }
    FILE_OBJECT: 0xD8 {
        DeviceObject: 8, FsContext: 0x18, FsContext2: 0x20, DeletePending: 0x49, Flags: 0x50, FileName: 0x58,
        CurrentByteOffset: 0x68,
    }
    DRIVER_OBJECT: 0x150 { DriverName: 0x38, DriverUnload: 0x68, MajorFunction: 0x70 }
    DEVICE_OBJECT: 0x150 { DriverObject: 8, Flags: 0x30, DeviceType: 0x48, StackSize: 0x4C }
    IRP: 0xD0 { MdlAddress: 8, Flags: 0x10, IoStatus: 0x30 }
    IO_STACK_LOCATION: 0x48 { MajorFunction: 0, DeviceObject: 0x28, FileObject: 0x30 }
    MDL: 0x30 { Size: 8, MdlFlags: 0xA, MappedSystemVa: 0x18, StartVa: 0x20, ByteCount: 0x28, ByteOffset: 0x2C }
    KEVENT: 0x18 {}
    FAST_MUTEX: 0x38 {}
    ERESOURCE: 0x68 {}
    NPAGED_LOOKASIDE_LIST: 0x80 {}
    LOOKASIDE_LIST_EX: 0x60 {}
    EX_RUNDOWN_REF: 8 {}
    FILE_LOCK: 0x60 { UnlockRoutine: 8, LockInformation: 0x18, LastReturnedLockInfo: 0x20, LockRequestsInProgress: 0x58 }
    FILE_LOCK_INFO: 0x30 { Length: 8, ExclusiveLock: 0x10, Key: 0x14, FileObject: 0x18, ProcessId: 0x20, EndingByte: 0x28 }
    IO_PRIORITY_INFO: 0x10 { ThreadPriority: 4, PagePriority: 8, IoPriority: 0xC }
    OPEN_REPARSE_LIST_ENTRY: 0x30 { ReparseTag: 0x10, Flags: 0x14, ReparseGuid: 0x18, Size: 0x28, RemainingLength: 0x2A }
    FLT_CREATEFILE_TARGET_ECP_CONTEXT: 0x20 { Flags: 0x18 }
    FLT_TAG_DATA_BUFFER: 0x1C { TagDataLength: 4, UnparsedNameLength: 6 }
    REPARSE_DATA_BUFFER_EX: 0x40 { ExistingReparseTag: 4, ExistingReparseGuid: 8, Reserved: 0x18 }
    QUERY_ON_CREATE_FILE_STAT_INFORMATION: 0x48 { FileAttributes: 0x38, NumberOfLinks: 0x40 }
    QUERY_ON_CREATE_EA_INFORMATION: 0x10 { EaBuffer: 8 }
    FS_BPIO_INPUT: 0x18 { InFlags: 4 }
    FS_BPIO_RESULTS: 0x148 { FailingDriverNameLen: 4, FailingDriverName: 6, FailureReasonLen: 0x46, FailureReason: 0x48 }
    FS_BPIO_OUTPUT: 0x160 { OutFlags: 4 }
    FILE_QUOTA_INFORMATION: 0x38 { ChangeTime: 8, Sid: 0x28 }
    FILE_GET_QUOTA_INFORMATION: 0x14 { Sid: 8 }
    FILE_RENAME_INFORMATION: 0x18 { RootDirectory: 8, FileNameLength: 0x10, FileName: 0x14 }
    FILE_STANDARD_INFORMATION: 0x18 { AllocationSize: 0, EndOfFile: 8, NumberOfLinks: 0x10, Directory: 0x15 }
    FILE_NETWORK_OPEN_INFORMATION: 0x38 { EndOfFile: 0x28, FileAttributes: 0x30 }
    KEY_VALUE_PARTIAL_INFORMATION: 0x10 { Type: 4, DataLength: 8, Data: 0xC }
}
