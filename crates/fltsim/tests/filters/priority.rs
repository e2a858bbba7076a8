//! Priorities of operations, file objects and threads.

use fltmgr_sys::*;

use crate::probe::*;

#[test]
fn an_operation_has_its_own_priority_or_its_files_or_its_threads() {
    let world = World::new();
    let _filter = world.load(
        "200",
        Behaviour::new().pre(IRP_MJ_FLUSH_BUFFERS, |data, related, _| unsafe {
            let (file, thread) = (related.FileObject, data.Thread);
            assert_eq!(FltGetIoPriorityHint(data), IoPriorityNormal);
            assert_eq!(FltSetIoPriorityHintIntoThread(thread, IoPriorityVeryLow), STATUS_SUCCESS);
            assert_eq!(FltGetIoPriorityHint(data), IoPriorityVeryLow);
            assert_eq!(FltGetIoPriorityHintFromFileObject(file), IoPriorityNormal);
            assert_eq!(FltSetIoPriorityHintIntoFileObject(file, IoPriorityLow), STATUS_SUCCESS);
            assert_eq!(FltGetIoPriorityHint(data), IoPriorityLow);
            assert_eq!(FltGetIoPriorityHintFromCallbackData(data), IoPriorityNormal);
            assert_eq!(FltSetIoPriorityHintIntoCallbackData(data, IoPriorityHigh), STATUS_SUCCESS);
            assert_eq!(FltGetIoPriorityHint(data), IoPriorityHigh);
            assert_eq!(FltGetIoPriorityHintFromThread(thread), IoPriorityVeryLow);
            for set in [
                FltSetIoPriorityHintIntoThread(thread, MaxIoPriorityTypes),
                FltSetIoPriorityHintIntoFileObject(file, -1),
                FltSetIoPriorityHintIntoCallbackData(data, MaxIoPriorityTypes),
            ] {
                assert_eq!(set, STATUS_INVALID_PARAMETER);
            }
            let mut info: IO_PRIORITY_INFO = std::mem::zeroed();
            let null = std::ptr::null_mut();
            assert_eq!(FltRetrieveIoPriorityInfo(data, file, thread, &raw mut info), STATUS_INVALID_PARAMETER);
            info.Size = size_of::<IO_PRIORITY_INFO>() as u32;
            assert_eq!(FltRetrieveIoPriorityInfo(null, file, std::ptr::null_mut(), &raw mut info), STATUS_SUCCESS);
            assert_eq!((info.IoPriority, info.ThreadPriority, info.PagePriority), (IoPriorityLow, 0xFFFF, 0));
            let mut before: IO_PRIORITY_INFO = std::mem::zeroed();
            assert_eq!(FltApplyPriorityInfoThread(&raw mut info, &raw mut before, thread), STATUS_SUCCESS);
            assert_eq!(FltGetIoPriorityHintFromThread(thread), IoPriorityLow);
            assert_eq!(before.IoPriority, IoPriorityVeryLow);
            assert_eq!(FltApplyPriorityInfoThread(&raw mut before, std::ptr::null_mut(), thread), STATUS_SUCCESS);
            assert_eq!(FltGetIoPriorityHintFromThread(thread), IoPriorityVeryLow);
            before.ThreadPriority = 32;
            let status = FltApplyPriorityInfoThread(&raw mut before, std::ptr::null_mut(), thread);
            assert_eq!(status, STATUS_INVALID_PARAMETER_1);
            NO_CALLBACK
        }),
    );
    world.open("\\a").unwrap().flush().unwrap();
}

#[test]
fn fast_io_has_no_priority_of_its_own() {
    let world = World::new();
    let _filter = world.load(
        "200",
        Behaviour::new().pre(IRP_MJ_QUERY_INFORMATION, |data, _, _| unsafe {
            assert_eq!(class_of(data), "fast");
            assert_eq!(FltSetIoPriorityHintIntoCallbackData(data, IoPriorityHigh), STATUS_SUCCESS);
            assert_eq!(FltGetIoPriorityHintFromCallbackData(data), IoPriorityNormal);
            NO_CALLBACK
        }),
    );
    let mut buffer = [0; 64];
    world.open("\\a").unwrap().query_information(FileStandardInformation, &mut buffer).unwrap();
}
