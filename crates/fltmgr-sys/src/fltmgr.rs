use crate::types::*;

imports! { "fltmgr.sys";
    pub fn FltRegisterFilter(
        Driver: PDRIVER_OBJECT,
        Registration: *const FLT_REGISTRATION,
        RetFilter: *mut PFLT_FILTER,
    ) -> NTSTATUS;
    pub fn FltStartFiltering(Filter: PFLT_FILTER) -> NTSTATUS;
    pub fn FltUnregisterFilter(Filter: PFLT_FILTER);
    pub fn FltLoadFilter(FilterName: PCUNICODE_STRING) -> NTSTATUS;
    pub fn FltUnloadFilter(FilterName: PCUNICODE_STRING) -> NTSTATUS;
    pub fn FltObjectReference(FltObject: PVOID) -> NTSTATUS;
    pub fn FltObjectDereference(FltObject: PVOID);
    pub fn FltGetRoutineAddress(FltMgrRoutineName: PCSTR) -> PVOID;
    pub fn FltGetFilterFromName(FilterName: PCUNICODE_STRING, RetFilter: *mut PFLT_FILTER) -> NTSTATUS;
    pub fn FltGetFilterFromInstance(Instance: PFLT_INSTANCE, RetFilter: *mut PFLT_FILTER) -> NTSTATUS;
    pub fn FltAttachVolume(
        Filter: PFLT_FILTER,
        Volume: PFLT_VOLUME,
        InstanceName: PCUNICODE_STRING,
        RetInstance: *mut PFLT_INSTANCE,
    ) -> NTSTATUS;
    pub fn FltAttachVolumeAtAltitude(
        Filter: PFLT_FILTER,
        Volume: PFLT_VOLUME,
        Altitude: PCUNICODE_STRING,
        InstanceName: PCUNICODE_STRING,
        RetInstance: *mut PFLT_INSTANCE,
    ) -> NTSTATUS;
    pub fn FltDetachVolume(Filter: PFLT_FILTER, Volume: PFLT_VOLUME, InstanceName: PCUNICODE_STRING) -> NTSTATUS;
    pub fn FltGetVolumeFromInstance(Instance: PFLT_INSTANCE, RetVolume: *mut PFLT_VOLUME) -> NTSTATUS;
    pub fn FltGetVolumeFromName(
        Filter: PFLT_FILTER,
        VolumeName: PCUNICODE_STRING,
        RetVolume: *mut PFLT_VOLUME,
    ) -> NTSTATUS;
    pub fn FltGetVolumeFromFileObject(
        Filter: PFLT_FILTER,
        FileObject: PFILE_OBJECT,
        RetVolume: *mut PFLT_VOLUME,
    ) -> NTSTATUS;
    pub fn FltGetVolumeName(Volume: PFLT_VOLUME, VolumeName: PUNICODE_STRING, BufferSizeNeeded: PULONG) -> NTSTATUS;
    pub fn FltGetVolumeGuidName(
        Volume: PFLT_VOLUME,
        VolumeGuidName: PUNICODE_STRING,
        BufferSizeNeeded: PULONG,
    ) -> NTSTATUS;
    pub fn FltGetVolumeProperties(
        Volume: PFLT_VOLUME,
        VolumeProperties: PFLT_VOLUME_PROPERTIES,
        VolumePropertiesLength: ULONG,
        LengthReturned: PULONG,
    ) -> NTSTATUS;
    pub fn FltGetVolumeInstanceFromName(
        Filter: PFLT_FILTER,
        Volume: PFLT_VOLUME,
        InstanceName: PCUNICODE_STRING,
        RetInstance: *mut PFLT_INSTANCE,
    ) -> NTSTATUS;
    pub fn FltGetUpperInstance(CurrentInstance: PFLT_INSTANCE, UpperInstance: *mut PFLT_INSTANCE) -> NTSTATUS;
    pub fn FltGetLowerInstance(CurrentInstance: PFLT_INSTANCE, LowerInstance: *mut PFLT_INSTANCE) -> NTSTATUS;
    pub fn FltGetTopInstance(Volume: PFLT_VOLUME, Instance: *mut PFLT_INSTANCE) -> NTSTATUS;
    pub fn FltGetBottomInstance(Volume: PFLT_VOLUME, Instance: *mut PFLT_INSTANCE) -> NTSTATUS;
    pub fn FltEnumerateVolumes(
        Filter: PFLT_FILTER,
        VolumeList: *mut PFLT_VOLUME,
        VolumeListSize: ULONG,
        NumberVolumesReturned: PULONG,
    ) -> NTSTATUS;
    pub fn FltEnumerateInstances(
        Volume: PFLT_VOLUME,
        Filter: PFLT_FILTER,
        InstanceList: *mut PFLT_INSTANCE,
        InstanceListSize: ULONG,
        NumberInstancesReturned: PULONG,
    ) -> NTSTATUS;
    pub fn FltEnumerateFilters(
        FilterList: *mut PFLT_FILTER,
        FilterListSize: ULONG,
        NumberFiltersReturned: PULONG,
    ) -> NTSTATUS;
    pub fn FltCompareInstanceAltitudes(Instance1: PFLT_INSTANCE, Instance2: PFLT_INSTANCE) -> LONG;
    pub fn FltGetFileSystemType(FltObject: PVOID, FileSystemType: *mut FLT_FILESYSTEM_TYPE) -> NTSTATUS;
    pub fn FltIsVolumeWritable(FltObject: PVOID, IsWritable: PBOOLEAN) -> NTSTATUS;
    pub fn FltGetDiskDeviceObject(Volume: PFLT_VOLUME, DiskDeviceObject: *mut PDEVICE_OBJECT) -> NTSTATUS;
    pub fn FltGetDeviceObject(Volume: PFLT_VOLUME, DeviceObject: *mut PDEVICE_OBJECT) -> NTSTATUS;
    pub fn FltGetVolumeFromDeviceObject(
        Filter: PFLT_FILTER,
        DeviceObject: PDEVICE_OBJECT,
        RetVolume: *mut PFLT_VOLUME,
    ) -> NTSTATUS;
    pub fn FltIsFltMgrVolumeDeviceObject(DeviceObject: PDEVICE_OBJECT) -> BOOLEAN;
    pub fn FltIsVolumeSnapshot(FltObject: PVOID, IsSnapshotVolume: PBOOLEAN) -> NTSTATUS;
    pub fn FltGetFilterInformation(
        Filter: PFLT_FILTER,
        InformationClass: FILTER_INFORMATION_CLASS,
        Buffer: PVOID,
        BufferSize: ULONG,
        BytesReturned: PULONG,
    ) -> NTSTATUS;
    pub fn FltEnumerateFilterInformation(
        Index: ULONG,
        InformationClass: FILTER_INFORMATION_CLASS,
        Buffer: PVOID,
        BufferSize: ULONG,
        BytesReturned: PULONG,
    ) -> NTSTATUS;
    pub fn FltGetInstanceInformation(
        Instance: PFLT_INSTANCE,
        InformationClass: INSTANCE_INFORMATION_CLASS,
        Buffer: PVOID,
        BufferSize: ULONG,
        BytesReturned: PULONG,
    ) -> NTSTATUS;
    pub fn FltEnumerateInstanceInformationByFilter(
        Filter: PFLT_FILTER,
        Index: ULONG,
        InformationClass: INSTANCE_INFORMATION_CLASS,
        Buffer: PVOID,
        BufferSize: ULONG,
        BytesReturned: PULONG,
    ) -> NTSTATUS;
    pub fn FltEnumerateInstanceInformationByVolume(
        Volume: PFLT_VOLUME,
        Index: ULONG,
        InformationClass: INSTANCE_INFORMATION_CLASS,
        Buffer: PVOID,
        BufferSize: ULONG,
        BytesReturned: PULONG,
    ) -> NTSTATUS;
    pub fn FltEnumerateInstanceInformationByVolumeName(
        VolumeName: PUNICODE_STRING,
        Index: ULONG,
        InformationClass: INSTANCE_INFORMATION_CLASS,
        Buffer: PVOID,
        BufferSize: ULONG,
        BytesReturned: PULONG,
    ) -> NTSTATUS;
    pub fn FltEnumerateInstanceInformationByDeviceObject(
        DeviceObject: PDEVICE_OBJECT,
        Index: ULONG,
        InformationClass: INSTANCE_INFORMATION_CLASS,
        Buffer: PVOID,
        BufferSize: ULONG,
        BytesReturned: PULONG,
    ) -> NTSTATUS;
    pub fn FltGetVolumeInformation(
        Volume: PFLT_VOLUME,
        InformationClass: FILTER_VOLUME_INFORMATION_CLASS,
        Buffer: PVOID,
        BufferSize: ULONG,
        BytesReturned: PULONG,
    ) -> NTSTATUS;
    pub fn FltEnumerateVolumeInformation(
        Filter: PFLT_FILTER,
        Index: ULONG,
        InformationClass: FILTER_VOLUME_INFORMATION_CLASS,
        Buffer: PVOID,
        BufferSize: ULONG,
        BytesReturned: PULONG,
    ) -> NTSTATUS;
    pub fn FltSetCallbackDataDirty(Data: PFLT_CALLBACK_DATA);
    pub fn FltClearCallbackDataDirty(Data: PFLT_CALLBACK_DATA);
    pub fn FltIsCallbackDataDirty(Data: PFLT_CALLBACK_DATA) -> BOOLEAN;
    pub fn FltIsOperationSynchronous(CallbackData: PFLT_CALLBACK_DATA) -> BOOLEAN;
    pub fn FltIsIoCanceled(CallbackData: PFLT_CALLBACK_DATA) -> BOOLEAN;
    pub fn FltCancelIo(CallbackData: PFLT_CALLBACK_DATA) -> BOOLEAN;
    pub fn FltSetCancelCompletion(
        CallbackData: PFLT_CALLBACK_DATA,
        CanceledCallback: PFLT_COMPLETE_CANCELED_CALLBACK,
    ) -> NTSTATUS;
    pub fn FltClearCancelCompletion(CallbackData: PFLT_CALLBACK_DATA) -> NTSTATUS;
    pub fn FltCompletePendedPreOperation(
        CallbackData: PFLT_CALLBACK_DATA,
        CallbackStatus: FLT_PREOP_CALLBACK_STATUS,
        Context: PVOID,
    );
    pub fn FltCompletePendedPostOperation(CallbackData: PFLT_CALLBACK_DATA);
    pub fn FltDoCompletionProcessingWhenSafe(
        Data: PFLT_CALLBACK_DATA,
        FltObjects: PCFLT_RELATED_OBJECTS,
        CompletionContext: PVOID,
        Flags: FLT_POST_OPERATION_FLAGS,
        SafePostCallback: PFLT_POST_OPERATION_CALLBACK,
        RetPostOperationStatus: *mut FLT_POSTOP_CALLBACK_STATUS,
    ) -> BOOLEAN;
    pub fn FltCancelFileOpen(Instance: PFLT_INSTANCE, FileObject: PFILE_OBJECT);
    pub fn FltGetRequestorProcess(CallbackData: PFLT_CALLBACK_DATA) -> PEPROCESS;
    pub fn FltGetRequestorProcessId(CallbackData: PFLT_CALLBACK_DATA) -> ULONG;
    pub fn FltGetRequestorProcessIdEx(CallbackData: PFLT_CALLBACK_DATA) -> HANDLE;
    pub fn FltGetRequestorSessionId(CallbackData: PFLT_CALLBACK_DATA, SessionId: PULONG) -> NTSTATUS;
    pub fn FltIs32bitProcess(CallbackData: PFLT_CALLBACK_DATA) -> BOOLEAN;
    pub fn FltGetActivityIdCallbackData(CallbackData: PFLT_CALLBACK_DATA, Guid: LPGUID) -> NTSTATUS;
    pub fn FltSetActivityIdCallbackData(CallbackData: PFLT_CALLBACK_DATA, Guid: LPCGUID) -> NTSTATUS;
    pub fn FltPropagateActivityIdToThread(
        CallbackData: PFLT_CALLBACK_DATA,
        PropagateId: LPGUID,
        OriginalId: *mut LPCGUID,
    ) -> NTSTATUS;
    pub fn FltPropagateIrpExtension(
        SourceData: PFLT_CALLBACK_DATA,
        TargetData: PFLT_CALLBACK_DATA,
        Flags: ULONG,
    ) -> NTSTATUS;
    pub fn FltGetCopyInformationFromCallbackData(
        Data: PFLT_CALLBACK_DATA,
        CopyInformation: PCOPY_INFORMATION,
    ) -> NTSTATUS;
    pub fn FltVetoBypassIo(
        CallbackData: PFLT_CALLBACK_DATA,
        FltObjects: PCFLT_RELATED_OBJECTS,
        OperationStatus: NTSTATUS,
        FailureReason: PCUNICODE_STRING,
    ) -> NTSTATUS;
    pub fn FltIsIoRedirectionAllowed(
        SourceInstance: PFLT_INSTANCE,
        TargetInstance: PFLT_INSTANCE,
        RedirectionAllowed: PBOOLEAN,
    ) -> NTSTATUS;
    pub fn FltIsIoRedirectionAllowedForOperation(
        Data: PFLT_CALLBACK_DATA,
        TargetInstance: PFLT_INSTANCE,
        RedirectionAllowedThisIo: PBOOLEAN,
        RedirectionAllowedAllIo: PBOOLEAN,
    ) -> NTSTATUS;
    pub fn FltAdjustDeviceStackSizeForIoRedirection(
        SourceInstance: PFLT_INSTANCE,
        TargetInstance: PFLT_INSTANCE,
        SourceDeviceStackSizeModified: PBOOLEAN,
    ) -> NTSTATUS;
    pub fn FltRequestFileInfoOnCreateCompletion(
        Filter: PFLT_FILTER,
        Data: PFLT_CALLBACK_DATA,
        InfoClassFlags: ULONG,
    ) -> NTSTATUS;
    pub fn FltRetrieveFileInfoOnCreateCompletion(
        Filter: PFLT_FILTER,
        Data: PFLT_CALLBACK_DATA,
        InfoClass: ULONG,
        Size: PULONG,
    ) -> PVOID;
    pub fn FltRetrieveFileInfoOnCreateCompletionEx(
        Filter: PFLT_FILTER,
        Data: PFLT_CALLBACK_DATA,
        InfoClass: ULONG,
        RetInfoSize: PULONG,
        RetInfoBuffer: *mut PVOID,
    ) -> NTSTATUS;
    pub fn FltNotifyFilterChangeDirectory(
        NotifySync: PNOTIFY_SYNC,
        NotifyList: PLIST_ENTRY,
        FsContext: PVOID,
        FullDirectoryName: PSTRING,
        WatchTree: BOOLEAN,
        IgnoreBuffer: BOOLEAN,
        CompletionFilter: ULONG,
        NotifyCallbackData: PFLT_CALLBACK_DATA,
        TraverseCallback: PCHECK_FOR_TRAVERSE_ACCESS,
        SubjectContext: PSECURITY_SUBJECT_CONTEXT,
        FilterCallback: PFILTER_REPORT_CHANGE,
    );
    pub fn FltGetIoPriorityHint(Data: PFLT_CALLBACK_DATA) -> IO_PRIORITY_HINT;
    pub fn FltGetIoPriorityHintFromCallbackData(Data: PFLT_CALLBACK_DATA) -> IO_PRIORITY_HINT;
    pub fn FltGetIoPriorityHintFromFileObject(FileObject: PFILE_OBJECT) -> IO_PRIORITY_HINT;
    pub fn FltGetIoPriorityHintFromThread(Thread: PETHREAD) -> IO_PRIORITY_HINT;
    pub fn FltSetIoPriorityHintIntoCallbackData(Data: PFLT_CALLBACK_DATA, PriorityHint: IO_PRIORITY_HINT) -> NTSTATUS;
    pub fn FltSetIoPriorityHintIntoFileObject(FileObject: PFILE_OBJECT, PriorityHint: IO_PRIORITY_HINT) -> NTSTATUS;
    pub fn FltSetIoPriorityHintIntoThread(Thread: PETHREAD, PriorityHint: IO_PRIORITY_HINT) -> NTSTATUS;
    pub fn FltRetrieveIoPriorityInfo(
        Data: PFLT_CALLBACK_DATA,
        FileObject: PFILE_OBJECT,
        Thread: PETHREAD,
        PriorityInfo: PIO_PRIORITY_INFO,
    ) -> NTSTATUS;
    pub fn FltApplyPriorityInfoThread(
        InputPriorityInfo: PIO_PRIORITY_INFO,
        OutputPriorityInfo: PIO_PRIORITY_INFO,
        Thread: PETHREAD,
    ) -> NTSTATUS;
    pub fn FltGetIrpName(IrpMajorCode: UCHAR) -> PCSTR;
    pub fn FltRequestOperationStatusCallback(
        Data: PFLT_CALLBACK_DATA,
        CallbackRoutine: PFLT_GET_OPERATION_STATUS_CALLBACK,
        RequesterContext: PVOID,
    ) -> NTSTATUS;
    pub fn FltDecodeParameters(
        CallbackData: PFLT_CALLBACK_DATA,
        MdlAddressPointer: *mut *mut PMDL,
        Buffer: *mut *mut PVOID,
        Length: *mut PULONG,
        DesiredAccess: *mut LOCK_OPERATION,
    ) -> NTSTATUS;
    pub fn FltLockUserBuffer(CallbackData: PFLT_CALLBACK_DATA) -> NTSTATUS;
    pub fn FltGetSwappedBufferMdlAddress(CallbackData: PFLT_CALLBACK_DATA) -> PMDL;
    pub fn FltRetainSwappedBufferMdlAddress(CallbackData: PFLT_CALLBACK_DATA);
    pub fn FltGetNewSystemBufferAddress(CallbackData: PFLT_CALLBACK_DATA) -> PVOID;
    pub fn FltAllocateGenericWorkItem() -> PFLT_GENERIC_WORKITEM;
    pub fn FltFreeGenericWorkItem(FltWorkItem: PFLT_GENERIC_WORKITEM);
    pub fn FltQueueGenericWorkItem(
        FltWorkItem: PFLT_GENERIC_WORKITEM,
        FltObject: PVOID,
        WorkerRoutine: PFLT_GENERIC_WORKITEM_ROUTINE,
        QueueType: WORK_QUEUE_TYPE,
        Context: PVOID,
    ) -> NTSTATUS;
    pub fn FltAllocateDeferredIoWorkItem() -> PFLT_DEFERRED_IO_WORKITEM;
    pub fn FltFreeDeferredIoWorkItem(FltWorkItem: PFLT_DEFERRED_IO_WORKITEM);
    pub fn FltQueueDeferredIoWorkItem(
        FltWorkItem: PFLT_DEFERRED_IO_WORKITEM,
        Data: PFLT_CALLBACK_DATA,
        WorkerRoutine: PFLT_DEFERRED_IO_WORKITEM_ROUTINE,
        QueueType: WORK_QUEUE_TYPE,
        Context: PVOID,
    ) -> NTSTATUS;
    pub fn FltCbdqInitialize(
        Instance: PFLT_INSTANCE,
        Cbdq: PFLT_CALLBACK_DATA_QUEUE,
        CbdqInsertIo: PFLT_CALLBACK_DATA_QUEUE_INSERT_IO,
        CbdqRemoveIo: PFLT_CALLBACK_DATA_QUEUE_REMOVE_IO,
        CbdqPeekNextIo: PFLT_CALLBACK_DATA_QUEUE_PEEK_NEXT_IO,
        CbdqAcquire: PFLT_CALLBACK_DATA_QUEUE_ACQUIRE,
        CbdqRelease: PFLT_CALLBACK_DATA_QUEUE_RELEASE,
        CbdqCompleteCanceledIo: PFLT_CALLBACK_DATA_QUEUE_COMPLETE_CANCELED_IO,
    ) -> NTSTATUS;
    pub fn FltCbdqEnable(Cbdq: PFLT_CALLBACK_DATA_QUEUE);
    pub fn FltCbdqDisable(Cbdq: PFLT_CALLBACK_DATA_QUEUE);
    pub fn FltCbdqInsertIo(
        Cbdq: PFLT_CALLBACK_DATA_QUEUE,
        Cbd: PFLT_CALLBACK_DATA,
        Context: PIO_CSQ_IRP_CONTEXT,
        InsertContext: PVOID,
    ) -> NTSTATUS;
    pub fn FltCbdqRemoveIo(Cbdq: PFLT_CALLBACK_DATA_QUEUE, Context: PIO_CSQ_IRP_CONTEXT) -> PFLT_CALLBACK_DATA;
    pub fn FltCbdqRemoveNextIo(Cbdq: PFLT_CALLBACK_DATA_QUEUE, PeekContext: PVOID) -> PFLT_CALLBACK_DATA;
    pub fn FltAllocateContext(
        Filter: PFLT_FILTER,
        ContextType: FLT_CONTEXT_TYPE,
        ContextSize: SIZE_T,
        PoolType: POOL_TYPE,
        ReturnedContext: *mut PFLT_CONTEXT,
    ) -> NTSTATUS;
    pub fn FltReferenceContext(Context: PFLT_CONTEXT);
    pub fn FltReleaseContext(Context: PFLT_CONTEXT);
    pub fn FltDeleteContext(Context: PFLT_CONTEXT);
    pub fn FltGetVolumeContext(Filter: PFLT_FILTER, Volume: PFLT_VOLUME, Context: *mut PFLT_CONTEXT) -> NTSTATUS;
    pub fn FltSetVolumeContext(
        Volume: PFLT_VOLUME,
        Operation: FLT_SET_CONTEXT_OPERATION,
        NewContext: PFLT_CONTEXT,
        OldContext: *mut PFLT_CONTEXT,
    ) -> NTSTATUS;
    pub fn FltDeleteVolumeContext(Filter: PFLT_FILTER, Volume: PFLT_VOLUME, OldContext: *mut PFLT_CONTEXT) -> NTSTATUS;
    pub fn FltGetInstanceContext(Instance: PFLT_INSTANCE, Context: *mut PFLT_CONTEXT) -> NTSTATUS;
    pub fn FltSetInstanceContext(
        Instance: PFLT_INSTANCE,
        Operation: FLT_SET_CONTEXT_OPERATION,
        NewContext: PFLT_CONTEXT,
        OldContext: *mut PFLT_CONTEXT,
    ) -> NTSTATUS;
    pub fn FltDeleteInstanceContext(Instance: PFLT_INSTANCE, OldContext: *mut PFLT_CONTEXT) -> NTSTATUS;
    pub fn FltGetFileContext(Instance: PFLT_INSTANCE, FileObject: PFILE_OBJECT, Context: *mut PFLT_CONTEXT)
    -> NTSTATUS;
    pub fn FltSetFileContext(
        Instance: PFLT_INSTANCE,
        FileObject: PFILE_OBJECT,
        Operation: FLT_SET_CONTEXT_OPERATION,
        NewContext: PFLT_CONTEXT,
        OldContext: *mut PFLT_CONTEXT,
    ) -> NTSTATUS;
    pub fn FltDeleteFileContext(
        Instance: PFLT_INSTANCE,
        FileObject: PFILE_OBJECT,
        OldContext: *mut PFLT_CONTEXT,
    ) -> NTSTATUS;
    pub fn FltGetStreamContext(
        Instance: PFLT_INSTANCE,
        FileObject: PFILE_OBJECT,
        Context: *mut PFLT_CONTEXT,
    ) -> NTSTATUS;
    pub fn FltSetStreamContext(
        Instance: PFLT_INSTANCE,
        FileObject: PFILE_OBJECT,
        Operation: FLT_SET_CONTEXT_OPERATION,
        NewContext: PFLT_CONTEXT,
        OldContext: *mut PFLT_CONTEXT,
    ) -> NTSTATUS;
    pub fn FltDeleteStreamContext(
        Instance: PFLT_INSTANCE,
        FileObject: PFILE_OBJECT,
        OldContext: *mut PFLT_CONTEXT,
    ) -> NTSTATUS;
    pub fn FltGetStreamHandleContext(
        Instance: PFLT_INSTANCE,
        FileObject: PFILE_OBJECT,
        Context: *mut PFLT_CONTEXT,
    ) -> NTSTATUS;
    pub fn FltSetStreamHandleContext(
        Instance: PFLT_INSTANCE,
        FileObject: PFILE_OBJECT,
        Operation: FLT_SET_CONTEXT_OPERATION,
        NewContext: PFLT_CONTEXT,
        OldContext: *mut PFLT_CONTEXT,
    ) -> NTSTATUS;
    pub fn FltDeleteStreamHandleContext(
        Instance: PFLT_INSTANCE,
        FileObject: PFILE_OBJECT,
        OldContext: *mut PFLT_CONTEXT,
    ) -> NTSTATUS;
    pub fn FltGetContexts(
        FltObjects: PCFLT_RELATED_OBJECTS,
        DesiredContexts: FLT_CONTEXT_TYPE,
        Contexts: PFLT_RELATED_CONTEXTS,
    ) -> NTSTATUS;
    pub fn FltReleaseContexts(Contexts: PFLT_RELATED_CONTEXTS);
    pub fn FltSupportsFileContexts(FileObject: PFILE_OBJECT) -> BOOLEAN;
    pub fn FltSupportsFileContextsEx(FileObject: PFILE_OBJECT, Instance: PFLT_INSTANCE) -> BOOLEAN;
    pub fn FltSupportsStreamContexts(FileObject: PFILE_OBJECT) -> BOOLEAN;
    pub fn FltSupportsStreamHandleContexts(FileObject: PFILE_OBJECT) -> BOOLEAN;
    pub fn FltGetContextsEx(
        FltObjects: PCFLT_RELATED_OBJECTS,
        DesiredContexts: FLT_CONTEXT_TYPE,
        ContextsSize: SIZE_T,
        Contexts: PFLT_RELATED_CONTEXTS_EX,
    ) -> NTSTATUS;
    pub fn FltReleaseContextsEx(ContextsSize: SIZE_T, Contexts: PFLT_RELATED_CONTEXTS_EX);
    pub fn FltGetTransactionContext(
        Instance: PFLT_INSTANCE,
        Transaction: PKTRANSACTION,
        Context: *mut PFLT_CONTEXT,
    ) -> NTSTATUS;
    pub fn FltSetTransactionContext(
        Instance: PFLT_INSTANCE,
        Transaction: PKTRANSACTION,
        Operation: FLT_SET_CONTEXT_OPERATION,
        NewContext: PFLT_CONTEXT,
        OldContext: *mut PFLT_CONTEXT,
    ) -> NTSTATUS;
    pub fn FltDeleteTransactionContext(
        Instance: PFLT_INSTANCE,
        Transaction: PKTRANSACTION,
        OldContext: *mut PFLT_CONTEXT,
    ) -> NTSTATUS;
    pub fn FltGetSectionContext(
        Instance: PFLT_INSTANCE,
        FileObject: PFILE_OBJECT,
        Context: *mut PFLT_CONTEXT,
    ) -> NTSTATUS;
    pub fn FltEnlistInTransaction(
        Instance: PFLT_INSTANCE,
        Transaction: PKTRANSACTION,
        TransactionContext: PFLT_CONTEXT,
        NotificationMask: NOTIFICATION_MASK,
    ) -> NTSTATUS;
    pub fn FltRollbackEnlistment(
        Instance: PFLT_INSTANCE,
        Transaction: PKTRANSACTION,
        TransactionContext: PFLT_CONTEXT,
    ) -> NTSTATUS;
    pub fn FltPrePrepareComplete(
        Instance: PFLT_INSTANCE,
        Transaction: PKTRANSACTION,
        TransactionContext: PFLT_CONTEXT,
    ) -> NTSTATUS;
    pub fn FltPrepareComplete(
        Instance: PFLT_INSTANCE,
        Transaction: PKTRANSACTION,
        TransactionContext: PFLT_CONTEXT,
    ) -> NTSTATUS;
    pub fn FltCommitComplete(
        Instance: PFLT_INSTANCE,
        Transaction: PKTRANSACTION,
        TransactionContext: PFLT_CONTEXT,
    ) -> NTSTATUS;
    pub fn FltCommitFinalizeComplete(
        Instance: PFLT_INSTANCE,
        Transaction: PKTRANSACTION,
        TransactionContext: PFLT_CONTEXT,
    ) -> NTSTATUS;
    pub fn FltRollbackComplete(
        Instance: PFLT_INSTANCE,
        Transaction: PKTRANSACTION,
        TransactionContext: PFLT_CONTEXT,
    ) -> NTSTATUS;
    pub fn FltRegisterForDataScan(Instance: PFLT_INSTANCE) -> NTSTATUS;
    pub fn FltCreateSectionForDataScan(
        Instance: PFLT_INSTANCE,
        FileObject: PFILE_OBJECT,
        SectionContext: PFLT_CONTEXT,
        DesiredAccess: ACCESS_MASK,
        ObjectAttributes: POBJECT_ATTRIBUTES,
        MaximumSize: PLARGE_INTEGER,
        SectionPageProtection: ULONG,
        AllocationAttributes: ULONG,
        Flags: ULONG,
        SectionHandle: PHANDLE,
        SectionObject: *mut PVOID,
        SectionFileSize: PLARGE_INTEGER,
    ) -> NTSTATUS;
    pub fn FltCloseSectionForDataScan(SectionContext: PFLT_CONTEXT) -> NTSTATUS;
    pub fn FltGetFileNameInformation(
        CallbackData: PFLT_CALLBACK_DATA,
        NameOptions: FLT_FILE_NAME_OPTIONS,
        FileNameInformation: *mut PFLT_FILE_NAME_INFORMATION,
    ) -> NTSTATUS;
    pub fn FltGetFileNameInformationUnsafe(
        FileObject: PFILE_OBJECT,
        Instance: PFLT_INSTANCE,
        NameOptions: FLT_FILE_NAME_OPTIONS,
        FileNameInformation: *mut PFLT_FILE_NAME_INFORMATION,
    ) -> NTSTATUS;
    pub fn FltReferenceFileNameInformation(FileNameInformation: PFLT_FILE_NAME_INFORMATION);
    pub fn FltReleaseFileNameInformation(FileNameInformation: PFLT_FILE_NAME_INFORMATION);
    pub fn FltParseFileNameInformation(FileNameInformation: PFLT_FILE_NAME_INFORMATION) -> NTSTATUS;
    pub fn FltParseFileName(
        FileName: PCUNICODE_STRING,
        Extension: PUNICODE_STRING,
        Stream: PUNICODE_STRING,
        FinalComponent: PUNICODE_STRING,
    ) -> NTSTATUS;
    pub fn FltGetDestinationFileNameInformation(
        Instance: PFLT_INSTANCE,
        FileObject: PFILE_OBJECT,
        RootDirectory: HANDLE,
        FileName: PWSTR,
        FileNameLength: ULONG,
        NameOptions: FLT_FILE_NAME_OPTIONS,
        RetFileNameInformation: *mut PFLT_FILE_NAME_INFORMATION,
    ) -> NTSTATUS;
    pub fn FltGetTunneledName(
        CallbackData: PFLT_CALLBACK_DATA,
        FileNameInformation: PFLT_FILE_NAME_INFORMATION,
        RetTunneledFileNameInformation: *mut PFLT_FILE_NAME_INFORMATION,
    ) -> NTSTATUS;
    pub fn FltCheckAndGrowNameControl(NameCtrl: PFLT_NAME_CONTROL, NewSize: USHORT) -> NTSTATUS;
    pub fn FltPurgeFileNameInformationCache(Instance: PFLT_INSTANCE, FileObject: PFILE_OBJECT) -> NTSTATUS;
    pub fn FltCreateFile(
        Filter: PFLT_FILTER,
        Instance: PFLT_INSTANCE,
        FileHandle: PHANDLE,
        DesiredAccess: ACCESS_MASK,
        ObjectAttributes: POBJECT_ATTRIBUTES,
        IoStatusBlock: PIO_STATUS_BLOCK,
        AllocationSize: PLARGE_INTEGER,
        FileAttributes: ULONG,
        ShareAccess: ULONG,
        CreateDisposition: ULONG,
        CreateOptions: ULONG,
        EaBuffer: PVOID,
        EaLength: ULONG,
        Flags: ULONG,
    ) -> NTSTATUS;
    pub fn FltCreateFileEx(
        Filter: PFLT_FILTER,
        Instance: PFLT_INSTANCE,
        FileHandle: PHANDLE,
        FileObject: *mut PFILE_OBJECT,
        DesiredAccess: ACCESS_MASK,
        ObjectAttributes: POBJECT_ATTRIBUTES,
        IoStatusBlock: PIO_STATUS_BLOCK,
        AllocationSize: PLARGE_INTEGER,
        FileAttributes: ULONG,
        ShareAccess: ULONG,
        CreateDisposition: ULONG,
        CreateOptions: ULONG,
        EaBuffer: PVOID,
        EaLength: ULONG,
        Flags: ULONG,
    ) -> NTSTATUS;
    pub fn FltCreateFileEx2(
        Filter: PFLT_FILTER,
        Instance: PFLT_INSTANCE,
        FileHandle: PHANDLE,
        FileObject: *mut PFILE_OBJECT,
        DesiredAccess: ACCESS_MASK,
        ObjectAttributes: POBJECT_ATTRIBUTES,
        IoStatusBlock: PIO_STATUS_BLOCK,
        AllocationSize: PLARGE_INTEGER,
        FileAttributes: ULONG,
        ShareAccess: ULONG,
        CreateDisposition: ULONG,
        CreateOptions: ULONG,
        EaBuffer: PVOID,
        EaLength: ULONG,
        Flags: ULONG,
        DriverContext: PVOID,
    ) -> NTSTATUS;
    pub fn FltClose(FileHandle: HANDLE) -> NTSTATUS;
    pub fn FltReadFile(
        InitiatingInstance: PFLT_INSTANCE,
        FileObject: PFILE_OBJECT,
        ByteOffset: PLARGE_INTEGER,
        Length: ULONG,
        Buffer: PVOID,
        Flags: FLT_IO_OPERATION_FLAGS,
        BytesRead: PULONG,
        CallbackRoutine: PFLT_COMPLETED_ASYNC_IO_CALLBACK,
        CallbackContext: PVOID,
    ) -> NTSTATUS;
    pub fn FltWriteFile(
        InitiatingInstance: PFLT_INSTANCE,
        FileObject: PFILE_OBJECT,
        ByteOffset: PLARGE_INTEGER,
        Length: ULONG,
        Buffer: PVOID,
        Flags: FLT_IO_OPERATION_FLAGS,
        BytesWritten: PULONG,
        CallbackRoutine: PFLT_COMPLETED_ASYNC_IO_CALLBACK,
        CallbackContext: PVOID,
    ) -> NTSTATUS;
    pub fn FltQueryInformationFile(
        Instance: PFLT_INSTANCE,
        FileObject: PFILE_OBJECT,
        FileInformation: PVOID,
        Length: ULONG,
        FileInformationClass: FILE_INFORMATION_CLASS,
        LengthReturned: PULONG,
    ) -> NTSTATUS;
    pub fn FltSetInformationFile(
        Instance: PFLT_INSTANCE,
        FileObject: PFILE_OBJECT,
        FileInformation: PVOID,
        Length: ULONG,
        FileInformationClass: FILE_INFORMATION_CLASS,
    ) -> NTSTATUS;
    pub fn FltQueryVolumeInformation(
        Instance: PFLT_INSTANCE,
        Iosb: PIO_STATUS_BLOCK,
        FsInformation: PVOID,
        Length: ULONG,
        FsInformationClass: FS_INFORMATION_CLASS,
    ) -> NTSTATUS;
    pub fn FltQueryVolumeInformationFile(
        Instance: PFLT_INSTANCE,
        FileObject: PFILE_OBJECT,
        FsInformation: PVOID,
        Length: ULONG,
        FsInformationClass: FS_INFORMATION_CLASS,
        LengthReturned: PULONG,
    ) -> NTSTATUS;
    pub fn FltQueryDirectoryFile(
        Instance: PFLT_INSTANCE,
        FileObject: PFILE_OBJECT,
        FileInformation: PVOID,
        Length: ULONG,
        FileInformationClass: FILE_INFORMATION_CLASS,
        ReturnSingleEntry: BOOLEAN,
        FileName: PUNICODE_STRING,
        RestartScan: BOOLEAN,
        LengthReturned: PULONG,
    ) -> NTSTATUS;
    pub fn FltFlushBuffers(Instance: PFLT_INSTANCE, FileObject: PFILE_OBJECT) -> NTSTATUS;
    pub fn FltFsControlFile(
        Instance: PFLT_INSTANCE,
        FileObject: PFILE_OBJECT,
        FsControlCode: ULONG,
        InputBuffer: PVOID,
        InputBufferLength: ULONG,
        OutputBuffer: PVOID,
        OutputBufferLength: ULONG,
        LengthReturned: PULONG,
    ) -> NTSTATUS;
    pub fn FltIsDirectory(FileObject: PFILE_OBJECT, Instance: PFLT_INSTANCE, IsDirectory: PBOOLEAN) -> NTSTATUS;
    pub fn FltReadFileEx(
        InitiatingInstance: PFLT_INSTANCE,
        FileObject: PFILE_OBJECT,
        ByteOffset: PLARGE_INTEGER,
        Length: ULONG,
        Buffer: PVOID,
        Flags: FLT_IO_OPERATION_FLAGS,
        BytesRead: PULONG,
        CallbackRoutine: PFLT_COMPLETED_ASYNC_IO_CALLBACK,
        CallbackContext: PVOID,
        Key: PULONG,
        Mdl: PMDL,
    ) -> NTSTATUS;
    pub fn FltWriteFileEx(
        InitiatingInstance: PFLT_INSTANCE,
        FileObject: PFILE_OBJECT,
        ByteOffset: PLARGE_INTEGER,
        Length: ULONG,
        Buffer: PVOID,
        Flags: FLT_IO_OPERATION_FLAGS,
        BytesWritten: PULONG,
        CallbackRoutine: PFLT_COMPLETED_ASYNC_IO_CALLBACK,
        CallbackContext: PVOID,
        Key: PULONG,
        Mdl: PMDL,
    ) -> NTSTATUS;
    pub fn FltFastIoMdlRead(
        InitiatingInstance: PFLT_INSTANCE,
        FileObject: PFILE_OBJECT,
        FileOffset: PLARGE_INTEGER,
        Length: ULONG,
        LockKey: ULONG,
        MdlChain: *mut PMDL,
        IoStatus: PIO_STATUS_BLOCK,
    ) -> BOOLEAN;
    pub fn FltFastIoMdlReadComplete(
        InitiatingInstance: PFLT_INSTANCE,
        FileObject: PFILE_OBJECT,
        MdlChain: PMDL,
    ) -> BOOLEAN;
    pub fn FltFastIoPrepareMdlWrite(
        InitiatingInstance: PFLT_INSTANCE,
        FileObject: PFILE_OBJECT,
        FileOffset: PLARGE_INTEGER,
        Length: ULONG,
        LockKey: ULONG,
        MdlChain: *mut PMDL,
        IoStatus: PIO_STATUS_BLOCK,
    ) -> BOOLEAN;
    pub fn FltFastIoMdlWriteComplete(
        InitiatingInstance: PFLT_INSTANCE,
        FileObject: PFILE_OBJECT,
        FileOffset: PLARGE_INTEGER,
        MdlChain: PMDL,
    ) -> BOOLEAN;
    pub fn FltQueryInformationByName(
        Filter: PFLT_FILTER,
        Instance: PFLT_INSTANCE,
        ObjectAttributes: POBJECT_ATTRIBUTES,
        IoStatusBlock: PIO_STATUS_BLOCK,
        FileInformation: PVOID,
        Length: ULONG,
        FileInformationClass: FILE_INFORMATION_CLASS,
        DriverContext: PIO_DRIVER_CREATE_CONTEXT,
    ) -> NTSTATUS;
    pub fn FltQueryDirectoryFileEx(
        Instance: PFLT_INSTANCE,
        FileObject: PFILE_OBJECT,
        FileInformation: PVOID,
        Length: ULONG,
        FileInformationClass: FILE_INFORMATION_CLASS,
        QueryFlags: ULONG,
        FileName: PUNICODE_STRING,
        LengthReturned: PULONG,
    ) -> NTSTATUS;
    pub fn FltQueryEaFile(
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
    ) -> NTSTATUS;
    pub fn FltSetEaFile(Instance: PFLT_INSTANCE, FileObject: PFILE_OBJECT, EaBuffer: PVOID, Length: ULONG) -> NTSTATUS;
    pub fn FltQueryQuotaInformationFile(
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
    ) -> NTSTATUS;
    pub fn FltSetQuotaInformationFile(
        Instance: PFLT_INSTANCE,
        FileObject: PFILE_OBJECT,
        Buffer: PVOID,
        Length: ULONG,
    ) -> NTSTATUS;
    pub fn FltQuerySecurityObject(
        Instance: PFLT_INSTANCE,
        FileObject: PFILE_OBJECT,
        SecurityInformation: SECURITY_INFORMATION,
        SecurityDescriptor: PSECURITY_DESCRIPTOR,
        Length: ULONG,
        LengthNeeded: PULONG,
    ) -> NTSTATUS;
    pub fn FltSetSecurityObject(
        Instance: PFLT_INSTANCE,
        FileObject: PFILE_OBJECT,
        SecurityInformation: SECURITY_INFORMATION,
        SecurityDescriptor: PSECURITY_DESCRIPTOR,
    ) -> NTSTATUS;
    pub fn FltSetVolumeInformation(
        Instance: PFLT_INSTANCE,
        Iosb: PIO_STATUS_BLOCK,
        FsInformation: PVOID,
        Length: ULONG,
        FsInformationClass: FS_INFORMATION_CLASS,
    ) -> NTSTATUS;
    pub fn FltFlushBuffers2(
        Instance: PFLT_INSTANCE,
        FileObject: PFILE_OBJECT,
        FlushType: ULONG,
        CallbackData: PFLT_CALLBACK_DATA,
    ) -> NTSTATUS;
    pub fn FltDeviceIoControlFile(
        Instance: PFLT_INSTANCE,
        FileObject: PFILE_OBJECT,
        IoControlCode: ULONG,
        InputBuffer: PVOID,
        InputBufferLength: ULONG,
        OutputBuffer: PVOID,
        OutputBufferLength: ULONG,
        LengthReturned: PULONG,
    ) -> NTSTATUS;
    pub fn FltOpenVolume(
        Instance: PFLT_INSTANCE,
        VolumeHandle: PHANDLE,
        VolumeFileObject: *mut PFILE_OBJECT,
    ) -> NTSTATUS;
    pub fn FltCreateSystemVolumeInformationFolder(Instance: PFLT_INSTANCE) -> NTSTATUS;
    pub fn FltCreateNamedPipeFile(
        Filter: PFLT_FILTER,
        Instance: PFLT_INSTANCE,
        FileHandle: PHANDLE,
        FileObject: *mut PFILE_OBJECT,
        DesiredAccess: ULONG,
        ObjectAttributes: POBJECT_ATTRIBUTES,
        IoStatusBlock: PIO_STATUS_BLOCK,
        ShareAccess: ULONG,
        CreateDisposition: ULONG,
        CreateOptions: ULONG,
        NamedPipeType: ULONG,
        ReadMode: ULONG,
        CompletionMode: ULONG,
        MaximumInstances: ULONG,
        InboundQuota: ULONG,
        OutboundQuota: ULONG,
        DefaultTimeout: PLARGE_INTEGER,
        DriverContext: PIO_DRIVER_CREATE_CONTEXT,
    ) -> NTSTATUS;
    pub fn FltCreateMailslotFile(
        Filter: PFLT_FILTER,
        Instance: PFLT_INSTANCE,
        FileHandle: PHANDLE,
        FileObject: *mut PFILE_OBJECT,
        DesiredAccess: ULONG,
        ObjectAttributes: POBJECT_ATTRIBUTES,
        IoStatusBlock: PIO_STATUS_BLOCK,
        CreateOptions: ULONG,
        MailslotQuota: ULONG,
        MaximumMessageSize: ULONG,
        ReadTimeout: PLARGE_INTEGER,
        DriverContext: PIO_DRIVER_CREATE_CONTEXT,
    ) -> NTSTATUS;
    pub fn FltTagFile(
        InitiatingInstance: PFLT_INSTANCE,
        FileObject: PFILE_OBJECT,
        FileTag: ULONG,
        Guid: *mut GUID,
        DataBuffer: PVOID,
        DataBufferLength: USHORT,
    ) -> NTSTATUS;
    pub fn FltTagFileEx(
        InitiatingInstance: PFLT_INSTANCE,
        FileObject: PFILE_OBJECT,
        FileTag: ULONG,
        Guid: *mut GUID,
        DataBuffer: PVOID,
        DataBufferLength: USHORT,
        ExistingFileTag: ULONG,
        ExistingGuid: *mut GUID,
        Flags: ULONG,
    ) -> NTSTATUS;
    pub fn FltUntagFile(
        InitiatingInstance: PFLT_INSTANCE,
        FileObject: PFILE_OBJECT,
        FileTag: ULONG,
        Guid: *mut GUID,
    ) -> NTSTATUS;
    pub fn FltAllocatePoolAlignedWithTag(
        Instance: PFLT_INSTANCE,
        PoolType: POOL_TYPE,
        NumberOfBytes: SIZE_T,
        Tag: ULONG,
    ) -> PVOID;
    pub fn FltFreePoolAlignedWithTag(Instance: PFLT_INSTANCE, Buffer: PVOID, Tag: ULONG);
    pub fn FltAllocateCallbackData(
        Instance: PFLT_INSTANCE,
        FileObject: PFILE_OBJECT,
        RetNewCallbackData: *mut PFLT_CALLBACK_DATA,
    ) -> NTSTATUS;
    pub fn FltAllocateCallbackDataEx(
        Instance: PFLT_INSTANCE,
        FileObject: PFILE_OBJECT,
        Flags: FLT_ALLOCATE_CALLBACK_DATA_FLAGS,
        RetNewCallbackData: *mut PFLT_CALLBACK_DATA,
    ) -> NTSTATUS;
    pub fn FltFreeCallbackData(CallbackData: PFLT_CALLBACK_DATA);
    pub fn FltReuseCallbackData(CallbackData: PFLT_CALLBACK_DATA);
    pub fn FltPerformSynchronousIo(CallbackData: PFLT_CALLBACK_DATA);
    pub fn FltPerformAsynchronousIo(
        CallbackData: PFLT_CALLBACK_DATA,
        CallbackRoutine: PFLT_COMPLETED_ASYNC_IO_CALLBACK,
        CallbackContext: PVOID,
    ) -> NTSTATUS;
    pub fn FltReissueSynchronousIo(InitiatingInstance: PFLT_INSTANCE, CallbackData: PFLT_CALLBACK_DATA);
    pub fn FltBuildDefaultSecurityDescriptor(
        SecurityDescriptor: *mut PSECURITY_DESCRIPTOR,
        DesiredAccess: ACCESS_MASK,
    ) -> NTSTATUS;
    pub fn FltFreeSecurityDescriptor(SecurityDescriptor: PSECURITY_DESCRIPTOR);
    pub fn FltCreateCommunicationPort(
        Filter: PFLT_FILTER,
        ServerPort: *mut PFLT_PORT,
        ObjectAttributes: POBJECT_ATTRIBUTES,
        ServerPortCookie: PVOID,
        ConnectNotifyCallback: PFLT_CONNECT_NOTIFY,
        DisconnectNotifyCallback: PFLT_DISCONNECT_NOTIFY,
        MessageNotifyCallback: PFLT_MESSAGE_NOTIFY,
        MaxConnections: LONG,
    ) -> NTSTATUS;
    pub fn FltCloseCommunicationPort(ServerPort: PFLT_PORT);
    pub fn FltCloseClientPort(Filter: PFLT_FILTER, ClientPort: *mut PFLT_PORT);
    pub fn FltSendMessage(
        Filter: PFLT_FILTER,
        ClientPort: *mut PFLT_PORT,
        SenderBuffer: PVOID,
        SenderBufferLength: ULONG,
        ReplyBuffer: PVOID,
        ReplyLength: PULONG,
        Timeout: PLARGE_INTEGER,
    ) -> NTSTATUS;
    pub fn FltInitializePushLock(PushLock: PEX_PUSH_LOCK);
    pub fn FltDeletePushLock(PushLock: PEX_PUSH_LOCK);
    pub fn FltAcquirePushLockExclusive(PushLock: PEX_PUSH_LOCK);
    pub fn FltAcquirePushLockShared(PushLock: PEX_PUSH_LOCK);
    pub fn FltReleasePushLock(PushLock: PEX_PUSH_LOCK);
    pub fn FltAcquirePushLockExclusiveEx(PushLock: PEX_PUSH_LOCK, Flags: ULONG);
    pub fn FltAcquirePushLockSharedEx(PushLock: PEX_PUSH_LOCK, Flags: ULONG);
    pub fn FltReleasePushLockEx(PushLock: PEX_PUSH_LOCK, Flags: ULONG);
    pub fn FltAcquireResourceExclusive(Resource: PERESOURCE);
    pub fn FltAcquireResourceShared(Resource: PERESOURCE);
    pub fn FltReleaseResource(Resource: PERESOURCE);
    pub fn FltInitializeOplock(Oplock: POPLOCK);
    pub fn FltUninitializeOplock(Oplock: POPLOCK);
    pub fn FltOplockFsctrl(
        Oplock: POPLOCK,
        CallbackData: PFLT_CALLBACK_DATA,
        OpenCount: ULONG,
    ) -> FLT_PREOP_CALLBACK_STATUS;
    pub fn FltOplockFsctrlEx(
        Oplock: POPLOCK,
        CallbackData: PFLT_CALLBACK_DATA,
        OpenCount: ULONG,
        Flags: ULONG,
    ) -> FLT_PREOP_CALLBACK_STATUS;
    pub fn FltCheckOplock(
        Oplock: POPLOCK,
        CallbackData: PFLT_CALLBACK_DATA,
        Context: PVOID,
        WaitCompletionRoutine: PFLTOPLOCK_WAIT_COMPLETE_ROUTINE,
        PrePostCallbackDataRoutine: PFLTOPLOCK_PREPOST_CALLBACKDATA_ROUTINE,
    ) -> FLT_PREOP_CALLBACK_STATUS;
    pub fn FltCheckOplockEx(
        Oplock: POPLOCK,
        CallbackData: PFLT_CALLBACK_DATA,
        Flags: ULONG,
        Context: PVOID,
        WaitCompletionRoutine: PFLTOPLOCK_WAIT_COMPLETE_ROUTINE,
        PrePostCallbackDataRoutine: PFLTOPLOCK_PREPOST_CALLBACKDATA_ROUTINE,
    ) -> FLT_PREOP_CALLBACK_STATUS;
    pub fn FltOplockBreakH(
        Oplock: POPLOCK,
        CallbackData: PFLT_CALLBACK_DATA,
        Flags: ULONG,
        Context: PVOID,
        WaitCompletionRoutine: PFLTOPLOCK_WAIT_COMPLETE_ROUTINE,
        PrePostCallbackDataRoutine: PFLTOPLOCK_PREPOST_CALLBACKDATA_ROUTINE,
    ) -> FLT_PREOP_CALLBACK_STATUS;
    pub fn FltOplockBreakToNone(
        Oplock: POPLOCK,
        CallbackData: PFLT_CALLBACK_DATA,
        Context: PVOID,
        WaitCompletionRoutine: PFLTOPLOCK_WAIT_COMPLETE_ROUTINE,
        PrePostCallbackDataRoutine: PFLTOPLOCK_PREPOST_CALLBACKDATA_ROUTINE,
    ) -> FLT_PREOP_CALLBACK_STATUS;
    pub fn FltOplockBreakToNoneEx(
        Oplock: POPLOCK,
        CallbackData: PFLT_CALLBACK_DATA,
        Flags: ULONG,
        Context: PVOID,
        WaitCompletionRoutine: PFLTOPLOCK_WAIT_COMPLETE_ROUTINE,
        PrePostCallbackDataRoutine: PFLTOPLOCK_PREPOST_CALLBACKDATA_ROUTINE,
    ) -> FLT_PREOP_CALLBACK_STATUS;
    pub fn FltOplockIsFastIoPossible(Oplock: POPLOCK) -> BOOLEAN;
    pub fn FltOplockIsSharedRequest(CallbackData: PFLT_CALLBACK_DATA) -> BOOLEAN;
    pub fn FltOplockKeysEqual(Fo1: PFILE_OBJECT, Fo2: PFILE_OBJECT) -> BOOLEAN;
    pub fn FltCurrentBatchOplock(Oplock: POPLOCK) -> BOOLEAN;
    pub fn FltCurrentOplock(Oplock: POPLOCK) -> BOOLEAN;
    pub fn FltCurrentOplockH(Oplock: POPLOCK) -> BOOLEAN;
    pub fn FltCancellableWaitForSingleObject(
        Object: PVOID,
        Timeout: PLARGE_INTEGER,
        CallbackData: PFLT_CALLBACK_DATA,
    ) -> NTSTATUS;
    pub fn FltCancellableWaitForMultipleObjects(
        Count: ULONG,
        ObjectArray: *mut PVOID,
        WaitType: WAIT_TYPE,
        Timeout: PLARGE_INTEGER,
        WaitBlockArray: PKWAIT_BLOCK,
        CallbackData: PFLT_CALLBACK_DATA,
    ) -> NTSTATUS;
    pub fn FltAllocateExtraCreateParameterList(
        Filter: PFLT_FILTER,
        Flags: FSRTL_ALLOCATE_ECPLIST_FLAGS,
        EcpList: *mut PECP_LIST,
    ) -> NTSTATUS;
    pub fn FltFreeExtraCreateParameterList(Filter: PFLT_FILTER, EcpList: PECP_LIST);
    pub fn FltAllocateExtraCreateParameter(
        Filter: PFLT_FILTER,
        EcpType: LPCGUID,
        SizeOfContext: ULONG,
        Flags: FSRTL_ALLOCATE_ECP_FLAGS,
        CleanupCallback: PFSRTL_EXTRA_CREATE_PARAMETER_CLEANUP_CALLBACK,
        PoolTag: ULONG,
        EcpContext: *mut PVOID,
    ) -> NTSTATUS;
    pub fn FltFreeExtraCreateParameter(Filter: PFLT_FILTER, EcpContext: PVOID);
    pub fn FltInsertExtraCreateParameter(Filter: PFLT_FILTER, EcpList: PECP_LIST, EcpContext: PVOID) -> NTSTATUS;
    pub fn FltFindExtraCreateParameter(
        Filter: PFLT_FILTER,
        EcpList: PECP_LIST,
        EcpType: LPCGUID,
        EcpContext: *mut PVOID,
        EcpContextSize: *mut ULONG,
    ) -> NTSTATUS;
    pub fn FltRemoveExtraCreateParameter(
        Filter: PFLT_FILTER,
        EcpList: PECP_LIST,
        EcpType: LPCGUID,
        EcpContext: *mut PVOID,
        EcpContextSize: *mut ULONG,
    ) -> NTSTATUS;
    pub fn FltGetNextExtraCreateParameter(
        Filter: PFLT_FILTER,
        EcpList: PECP_LIST,
        CurrentEcpContext: PVOID,
        NextEcpType: LPGUID,
        NextEcpContext: *mut PVOID,
        NextEcpContextSize: *mut ULONG,
    ) -> NTSTATUS;
    pub fn FltGetEcpListFromCallbackData(
        Filter: PFLT_FILTER,
        CallbackData: PFLT_CALLBACK_DATA,
        EcpList: *mut PECP_LIST,
    ) -> NTSTATUS;
    pub fn FltSetEcpListIntoCallbackData(
        Filter: PFLT_FILTER,
        CallbackData: PFLT_CALLBACK_DATA,
        EcpList: PECP_LIST,
    ) -> NTSTATUS;
    pub fn FltAcknowledgeEcp(Filter: PFLT_FILTER, EcpContext: PVOID);
    pub fn FltIsEcpAcknowledged(Filter: PFLT_FILTER, EcpContext: PVOID) -> BOOLEAN;
    pub fn FltIsEcpFromUserMode(Filter: PFLT_FILTER, EcpContext: PVOID) -> BOOLEAN;
    pub fn FltPrepareToReuseEcp(Filter: PFLT_FILTER, EcpContext: PVOID);
    pub fn FltInitExtraCreateParameterLookasideList(
        Filter: PFLT_FILTER,
        Lookaside: PVOID,
        Flags: FSRTL_ECP_LOOKASIDE_FLAGS,
        Size: SIZE_T,
        Tag: ULONG,
    );
    pub fn FltAllocateExtraCreateParameterFromLookasideList(
        Filter: PFLT_FILTER,
        EcpType: LPCGUID,
        SizeOfContext: ULONG,
        Flags: FSRTL_ALLOCATE_ECP_FLAGS,
        CleanupCallback: PFSRTL_EXTRA_CREATE_PARAMETER_CLEANUP_CALLBACK,
        LookasideList: PVOID,
        EcpContext: *mut PVOID,
    ) -> NTSTATUS;
    pub fn FltDeleteExtraCreateParameterLookasideList(
        Filter: PFLT_FILTER,
        Lookaside: PVOID,
        Flags: FSRTL_ECP_LOOKASIDE_FLAGS,
    );
    pub fn FltAddOpenReparseEntry(
        Filter: PFLT_FILTER,
        Data: PFLT_CALLBACK_DATA,
        OpenReparseEntry: POPEN_REPARSE_LIST_ENTRY,
    ) -> NTSTATUS;
    pub fn FltRemoveOpenReparseEntry(
        Filter: PFLT_FILTER,
        Data: PFLT_CALLBACK_DATA,
        OpenReparseEntry: POPEN_REPARSE_LIST_ENTRY,
    );
    pub fn FltCopyOpenReparseList(Filter: PFLT_FILTER, Data: PFLT_CALLBACK_DATA, EcpList: PECP_LIST) -> NTSTATUS;
    pub fn FltFreeOpenReparseList(Filter: PFLT_FILTER, EcpList: PECP_LIST);
    pub fn FltAllocateFileLock(
        CompleteLockCallbackDataRoutine: PFLT_COMPLETE_LOCK_CALLBACK_DATA_ROUTINE,
        UnlockRoutine: PUNLOCK_ROUTINE,
    ) -> PFILE_LOCK;
    pub fn FltFreeFileLock(FileLock: PFILE_LOCK);
    pub fn FltInitializeFileLock(FileLock: PFILE_LOCK);
    pub fn FltUninitializeFileLock(FileLock: PFILE_LOCK);
    pub fn FltProcessFileLock(
        FileLock: PFILE_LOCK,
        CallbackData: PFLT_CALLBACK_DATA,
        Context: PVOID,
    ) -> FLT_PREOP_CALLBACK_STATUS;
    pub fn FltCheckLockForReadAccess(FileLock: PFILE_LOCK, CallbackData: PFLT_CALLBACK_DATA) -> BOOLEAN;
    pub fn FltCheckLockForWriteAccess(FileLock: PFILE_LOCK, CallbackData: PFLT_CALLBACK_DATA) -> BOOLEAN;
}
