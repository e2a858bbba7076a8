//! Who asks for an operation, and what it is a part of (rules B-14, B-31, B-37).

use fltmgr_sys::*;

use crate::probe::*;

static ACTIVITY: GUID = GUID { Data1: 1, Data2: 2, Data3: 3, Data4: [4; 8] };

#[test]
fn a_requestor_has_an_id_and_a_session() {
    let world = World::new();
    let _filter = world.load(
        "200",
        Behaviour::new().pre(IRP_MJ_FLUSH_BUFFERS, |data, _, _| unsafe {
            assert_eq!(FltGetRequestorProcessIdEx(data) as usize, 100);
            let mut session = 7;
            assert_eq!(FltGetRequestorSessionId(data, &raw mut session), STATUS_SUCCESS);
            assert_eq!(session, 1);
            assert_eq!(FltIs32bitProcess(data), 0);
            assert_eq!(FltIs32bitProcess(std::ptr::null_mut()), 0);
            NO_CALLBACK
        }),
    );
    world.open("\\a").unwrap().flush().unwrap();
}

#[test]
fn the_system_has_no_session() {
    let world = World::new();
    let _filter = world.load(
        "200",
        Behaviour::new().pre(IRP_MJ_CLOSE, |data, _, _| unsafe {
            let mut session = 7;
            assert_eq!(FltGetRequestorSessionId(data, &raw mut session), STATUS_SUCCESS);
            assert_eq!(session, u32::MAX, "rule B-31");
            NO_CALLBACK
        }),
    );
    drop(world.open("\\a").unwrap());
}

#[test]
fn an_activity_goes_from_the_operation_to_the_thread() {
    let world = World::new();
    let _filter = world.load(
        "200",
        Behaviour::new()
            .pre(IRP_MJ_FLUSH_BUFFERS, |data, _, _| unsafe {
                let (mut found, mut original): (GUID, LPCGUID) = (std::mem::zeroed(), std::ptr::null());
                assert_eq!(FltGetActivityIdCallbackData(data, &raw mut found), STATUS_NOT_FOUND);
                let status = FltPropagateActivityIdToThread(data, &raw mut found, &raw mut original);
                assert_eq!(status, STATUS_NOT_FOUND);
                assert_eq!(FltSetActivityIdCallbackData(data, std::ptr::null()), STATUS_NOT_SUPPORTED);
                assert_eq!(FltSetActivityIdCallbackData(data, &raw const ACTIVITY), STATUS_SUCCESS);
                let status = FltPropagateActivityIdToThread(data, &raw mut found, &raw mut original);
                assert_eq!((status, found.Data1, original), (STATUS_SUCCESS, 1, std::ptr::null()));
                assert_eq!(IoGetActivityIdThread(), (&raw const found).cast());
                IoClearActivityIdThread(original);
                assert!(IoGetActivityIdThread().is_null());
                NO_CALLBACK
            })
            .pre(IRP_MJ_QUERY_INFORMATION, |data, _, _| unsafe {
                let mut found: GUID = std::mem::zeroed();
                assert_eq!(class_of(data), "fast");
                assert_eq!(FltGetActivityIdCallbackData(data, &raw mut found), STATUS_NOT_SUPPORTED);
                assert_eq!(FltSetActivityIdCallbackData(data, &raw const ACTIVITY), STATUS_NOT_SUPPORTED);
                NO_CALLBACK
            }),
    );
    let file = world.open("\\a").unwrap();
    file.flush().unwrap();
    file.query_information(FileStandardInformation, &mut [0; 64]).unwrap();
}

#[test]
fn what_has_no_counterpart_here_says_so() {
    let world = World::new();
    let _filter = world.load(
        "200",
        Behaviour::new().pre(IRP_MJ_FLUSH_BUFFERS, |data, related, _| unsafe {
            let instance = related.Instance;
            let mut allowed = 7;
            assert_eq!(FltIsIoRedirectionAllowed(instance, instance, &raw mut allowed), STATUS_NOT_SUPPORTED);
            assert_eq!(allowed, 0, "rule B-14");
            let mut copy: COPY_INFORMATION = std::mem::zeroed();
            assert_eq!(FltGetCopyInformationFromCallbackData(data, &raw mut copy), STATUS_NOT_FOUND, "rule B-37");
            assert_eq!(FltPropagateIrpExtension(data, data, 1), STATUS_INVALID_PARAMETER);
            NO_CALLBACK
        }),
    );
    world.open("\\a").unwrap().flush().unwrap();
}
