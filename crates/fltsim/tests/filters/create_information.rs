//! What filters learn with a create, and the reparse points that a create opens itself (rules B-36, N-37).

use fltmgr_sys::*;
use fltsim::kernel::{process, thread};

use crate::probe::*;

#[test]
fn a_create_tells_what_it_was_asked_for() {
    let world = World::new();
    drop(world.file("\\a", b"content"));
    let _filter = world.load(
        "200",
        Behaviour::new()
            .both(
                IRP_MJ_CREATE,
                |data, related, _| unsafe {
                    let classes = QoCFileStatInformation | QoCFileEaInformation;
                    assert_eq!(FltRequestFileInfoOnCreateCompletion(related.Filter, data, classes), STATUS_SUCCESS);
                    WITH_CALLBACK
                },
                |data, related, _, _| unsafe {
                    let retrieve = |class: u32| {
                        let (mut size, mut place) = (0, NONE);
                        let data = std::ptr::from_ref(data).cast_mut();
                        let status = FltRetrieveFileInfoOnCreateCompletionEx(
                            related.Filter,
                            data,
                            class,
                            &raw mut size,
                            &raw mut place,
                        );
                        (status, size as usize, place)
                    };
                    let (status, size, place) = retrieve(QoCFileStatInformation);
                    assert_eq!((status, size), (STATUS_SUCCESS, size_of::<QUERY_ON_CREATE_FILE_STAT_INFORMATION>()));
                    let stat = &*place.cast::<QUERY_ON_CREATE_FILE_STAT_INFORMATION>();
                    assert_eq!((stat.EndOfFile.QuadPart, stat.NumberOfLinks), (7, 1));
                    assert_eq!(retrieve(QoCFileEaInformation).0, STATUS_NOT_FOUND, "there are none");
                    assert_eq!(retrieve(QoCFileLxInformation).0, STATUS_NOT_SUPPORTED, "it was not asked for");
                    let mut size = 0;
                    let class = QoCFileStatInformation;
                    let again = FltRetrieveFileInfoOnCreateCompletion(related.Filter, data, class, &raw mut size);
                    assert_eq!(again, place);
                    FINISHED
                },
            )
            .pre(IRP_MJ_CLEANUP, |data, related, _| unsafe {
                let status = FltRequestFileInfoOnCreateCompletion(related.Filter, data, 1);
                assert_eq!(status, STATUS_INVALID_PARAMETER_2, "rule B-36");
                NO_CALLBACK
            }),
    );
    drop(world.open("\\a").unwrap());
    assert_eq!(world.rules(), [""; 0]);
}

#[test]
fn information_is_queried_by_name_below_the_instance() {
    let world = World::new();
    drop(world.file("\\a", b"content"));
    let seen = Log::new();
    let log = seen.clone();
    let _below = world.load(
        "200",
        Behaviour::new().pre(IRP_MJ_CREATE, move |_, related, _| unsafe {
            log.add(fltsim_text((*related.FileObject).FileName));
            NO_CALLBACK
        }),
    );
    let _above = world.load(
        "300",
        Behaviour::new().pre(IRP_MJ_FLUSH_BUFFERS, |_, related, _| unsafe {
            let query = |name: &str, class| {
                let mut name: Vec<u16> = name.encode_utf16().collect();
                let mut string = UNICODE_STRING {
                    Length: (name.len() * 2) as u16,
                    MaximumLength: (name.len() * 2) as u16,
                    Buffer: name.as_mut_ptr(),
                };
                let mut attributes: OBJECT_ATTRIBUTES = std::mem::zeroed();
                attributes.Length = size_of::<OBJECT_ATTRIBUTES>() as u32;
                attributes.ObjectName = &raw mut string;
                attributes.Attributes = OBJ_KERNEL_HANDLE | OBJ_CASE_INSENSITIVE;
                let mut block: IO_STATUS_BLOCK = std::mem::zeroed();
                let mut stat: FILE_STAT_INFORMATION = std::mem::zeroed();
                let status = FltQueryInformationByName(
                    related.Filter,
                    related.Instance,
                    &raw mut attributes,
                    &raw mut block,
                    (&raw mut stat).cast(),
                    size_of::<FILE_STAT_INFORMATION>() as u32,
                    class,
                    std::ptr::null_mut(),
                );
                (status, stat.EndOfFile.QuadPart)
            };
            let volume = fltsim_device();
            assert_eq!(query(&format!("{volume}\\a"), FileStatInformation), (STATUS_SUCCESS, 7));
            assert_eq!(query(&format!("{volume}\\none"), FileStatInformation).0, STATUS_OBJECT_NAME_NOT_FOUND);
            assert_eq!(query(&format!("{volume}\\a"), FileBasicInformation).0, STATUS_INVALID_INFO_CLASS);
            NO_CALLBACK
        }),
    );
    let file = world.open("\\b").unwrap();
    seen.take();
    DEVICE.set(String::from_utf16_lossy(&device_of(&world))).unwrap();
    file.flush().unwrap();
    assert_eq!(seen.take(), ["\\a", "\\none"]);
}

static DEVICE: std::sync::OnceLock<String> = std::sync::OnceLock::new();

fn fltsim_device() -> String {
    DEVICE.get().unwrap().clone()
}

fn device_of(world: &World) -> Vec<u16> {
    world.volume.device_name().encode_utf16().collect()
}

fn fltsim_text(string: UNICODE_STRING) -> String {
    let units = unsafe { std::slice::from_raw_parts(string.Buffer, usize::from(string.Length) / 2) };
    String::from_utf16_lossy(units)
}

#[test]
fn a_reparse_point_in_the_list_is_opened_itself() {
    static mut ENTRY: OPEN_REPARSE_LIST_ENTRY = unsafe { std::mem::zeroed() };
    let world = World::new();
    let tagger = world.load(
        "300",
        Behaviour::new().both(
            IRP_MJ_CREATE,
            |_, _, _| WITH_CALLBACK,
            |_, related, _, _| unsafe {
                let null = std::ptr::null_mut();
                let status = FltTagFile(related.Instance, related.FileObject, IO_REPARSE_TAG_HSM, null, NONE, 0);
                assert_eq!(status, STATUS_SUCCESS);
                FINISHED
            },
        ),
    );
    drop(world.open("\\a").unwrap());
    tagger.unload().unwrap();
    assert_eq!(world.open("\\a").unwrap_err().0, STATUS_IO_REPARSE_TAG_NOT_HANDLED);
    let _filter = world.load(
        "300",
        Behaviour::new().both(
            IRP_MJ_CREATE,
            |data, related, _| unsafe {
                let entry = &raw mut ENTRY;
                (*entry).ReparseTag = IO_REPARSE_TAG_HSM;
                (*entry).Size = size_of::<OPEN_REPARSE_LIST_ENTRY>() as u16;
                (*entry).Flags = OPEN_REPARSE_POINT_VERSION_EX;
                assert_eq!(FltAddOpenReparseEntry(related.Filter, data, entry), STATUS_SUCCESS);
                WITH_CALLBACK
            },
            |data, related, _, _| unsafe {
                let entry = &raw mut ENTRY;
                assert_eq!(status_of(data), STATUS_SUCCESS);
                assert_ne!((*entry).Flags & OPEN_REPARSE_POINT_TAG_ENCOUNTERED, 0);
                let mut list = std::ptr::null_mut();
                FltAllocateExtraCreateParameterList(related.Filter, 0, &raw mut list);
                assert_eq!(FltCopyOpenReparseList(related.Filter, data, list), STATUS_SUCCESS);
                FltFreeOpenReparseList(related.Filter, list);
                FltFreeExtraCreateParameterList(related.Filter, list);
                FltRemoveOpenReparseEntry(related.Filter, data, entry);
                FINISHED
            },
        ),
    );
    drop(world.open("\\a").unwrap());
    assert_eq!(world.rules(), [""; 0]);
}

#[test]
fn an_entry_is_in_the_list_once() {
    static mut ENTRY: OPEN_REPARSE_LIST_ENTRY = unsafe { std::mem::zeroed() };
    let world = World::new();
    let _filter = world.load(
        "300",
        Behaviour::new().pre(IRP_MJ_CREATE, |data, related, _| unsafe {
            let entry = &raw mut ENTRY;
            assert_eq!(FltAddOpenReparseEntry(related.Filter, data, entry), STATUS_SUCCESS);
            assert_eq!(FltAddOpenReparseEntry(related.Filter, data, entry), STATUS_INVALID_PARAMETER);
            FltRemoveOpenReparseEntry(related.Filter, data, entry);
            NO_CALLBACK
        }),
    );
    drop(world.open("\\a").unwrap());
    assert_eq!(world.rules(), ["N-08"]);
}

#[test]
fn a_parameter_comes_from_a_list_of_its_size() {
    static KIND: GUID = GUID { Data1: 1, Data2: 2, Data3: 3, Data4: [4; 8] };
    let world = World::new();
    let _filter = world.load(
        "300",
        Behaviour::new().pre(IRP_MJ_FLUSH_BUFFERS, |_, related, _| unsafe {
            let mut list: NPAGED_LOOKASIDE_LIST = std::mem::zeroed();
            let place: PVOID = (&raw mut list).cast();
            FltInitExtraCreateParameterLookasideList(related.Filter, place, 0, 16, 7);
            let mut context = NONE;
            let status = FltAllocateExtraCreateParameterFromLookasideList(
                related.Filter,
                &raw const KIND,
                16,
                0,
                None,
                place,
                &raw mut context,
            );
            assert_eq!(status, STATUS_SUCCESS);
            context.cast::<[u8; 16]>().write([1; 16]);
            FltFreeExtraCreateParameter(related.Filter, context);
            FltDeleteExtraCreateParameterLookasideList(related.Filter, place, 0);
            NO_CALLBACK
        }),
    );
    world.open("\\a").unwrap().flush().unwrap();
    assert_eq!(world.rules(), [""; 0]);
}

#[test]
fn a_veto_of_bypass_io_says_who_and_why() {
    let world = World::new();
    let filter = world.load(
        "300",
        Behaviour::new().pre(IRP_MJ_FILE_SYSTEM_CONTROL, |data, related, _| unsafe {
            let mut reason: Vec<u16> = "no".encode_utf16().collect();
            let reason = UNICODE_STRING { Length: 4, MaximumLength: 4, Buffer: reason.as_mut_ptr() };
            let veto = |status, reason: &UNICODE_STRING| {
                FltVetoBypassIo(std::ptr::from_ref(data).cast_mut(), related, status, reason)
            };
            let denied = STATUS_NOT_SUPPORTED;
            if parameters(data).Parameters.FileSystemControl.Common.FsControlCode != FSCTL_MANAGE_BYPASS_IO {
                assert_eq!(veto(denied, &reason), STATUS_NOT_SUPPORTED, "rule N-37");
                return NO_CALLBACK;
            }
            assert_eq!(veto(STATUS_SUCCESS, &reason), STATUS_INVALID_PARAMETER_3, "rule N-37");
            let empty = UNICODE_STRING { Length: 0, ..reason };
            assert_eq!(veto(denied, &empty), STATUS_INVALID_PARAMETER_4, "rule N-37");
            let status = veto(denied, &reason);
            let done = if status == STATUS_SUCCESS { size_of::<FS_BPIO_OUTPUT>() } else { 0 };
            set_status(data, status, done);
            COMPLETE
        }),
    );
    let file = world.open("\\a").unwrap();
    let mut input = [0_u8; size_of::<FS_BPIO_INPUT>()];
    input[0] = FS_BPIO_OP_ENABLE as u8;
    let mut output = [0_u8; size_of::<FS_BPIO_OUTPUT>()];
    let short = file.fs_control(FSCTL_MANAGE_BYPASS_IO, &input, &mut output[..8]).unwrap_err();
    assert_eq!(short.0, STATUS_BUFFER_TOO_SMALL);
    let short = file.fs_control(FSCTL_MANAGE_BYPASS_IO, &input[..8], &mut output).unwrap_err();
    assert_eq!(short.0, STATUS_INVALID_BUFFER_SIZE);
    file.fs_control(FSCTL_MANAGE_BYPASS_IO, &input, &mut output).unwrap();
    let results = unsafe { output.as_ptr().cast::<FS_BPIO_OUTPUT>().read_unaligned().__bindgen_anon_1.Enable };
    assert_eq!(results.OpStatus, STATUS_NOT_SUPPORTED as u32);
    let name: Vec<u16> = filter.name.encode_utf16().collect();
    let (name_place, reason_place) = (results.FailingDriverName, results.FailureReason);
    assert_eq!(name_place[..usize::from(results.FailingDriverNameLen) / 2], name);
    assert_eq!(reason_place[..usize::from(results.FailureReasonLen) / 2], [b'n'.into(), b'o'.into()]);
    input[0] = FS_BPIO_OP_DISABLE as u8;
    let other = file.fs_control(FSCTL_MANAGE_BYPASS_IO, &input, &mut output).unwrap_err();
    assert_eq!(other.0, STATUS_NOT_SUPPORTED);
    let _ = file.fs_control(FSCTL_GET_REPARSE_POINT, &[], &mut output);
}

#[test]
fn rundown_waits_for_the_last_reference_and_gives_no_new_one() {
    let world = World::new();
    let mut reference: EX_RUNDOWN_REF = unsafe { std::mem::zeroed() };
    let reference = Carry(&raw mut reference);
    thread::with_process(&world.machine, &process::system(), || unsafe {
        ExInitializeRundownProtection(reference.get());
        assert_eq!(ExAcquireRundownProtection(reference.get()), 1);
        assert_eq!(ExAcquireRundownProtectionEx(reference.get(), 2), 1);
        ExReleaseRundownProtectionEx(reference.get(), 2);
    });
    std::thread::scope(|scope| {
        let (carried, world) = (Carry(reference.get()), &world);
        let waiter = scope.spawn(move || {
            thread::with_process(&world.machine, &process::system(), || unsafe {
                ExWaitForRundownProtectionRelease(carried.get());
            });
        });
        thread::with_process(&world.machine, &process::system(), || unsafe {
            while ExAcquireRundownProtection(reference.get()) != 0 {
                ExReleaseRundownProtection(reference.get());
                std::thread::yield_now();
            }
            assert!(!waiter.is_finished(), "a reference is still held");
            ExReleaseRundownProtection(reference.get());
        });
        waiter.join().unwrap();
    });
    thread::with_process(&world.machine, &process::system(), || unsafe {
        ExRundownCompleted(reference.get());
        assert_eq!(ExAcquireRundownProtection(reference.get()), 0);
        ExReInitializeRundownProtection(reference.get());
        assert_eq!(ExAcquireRundownProtection(reference.get()), 1);
        ExReleaseRundownProtection(reference.get());
    });
}
