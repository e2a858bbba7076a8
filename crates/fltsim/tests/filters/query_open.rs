//! Queries by name: IRP_MJ_QUERY_OPEN (rules C-19, D-05, D-35, L-09, L-10).

use fltmgr_sys::*;
use fltsim::status::NtStatus;

use crate::probe::*;

const DISALLOW: i32 = FLT_PREOP_DISALLOW_FSFILTER_IO;
const DISALLOW_AFTER: i32 = FLT_POSTOP_DISALLOW_FSFILTER_IO;

fn query(world: &World, name: &str, class: FILE_INFORMATION_CLASS) -> Result<Vec<u8>, NtStatus> {
    let name: Vec<u16> = name.encode_utf16().collect();
    let mut buffer = [0; 256];
    let length = world.volume.query_information_by_name(&world.who, &name, class, &mut buffer)?;
    Ok(buffer[..length].to_vec())
}

#[test]
fn a_query_by_name_is_a_call_to_fsfilter_and_opens_nothing() {
    let world = World::new();
    drop(world.file("\\a", b"12345"));
    let log = Log::new();
    let (opens, queries, after) = (log.clone(), log.clone(), log.clone());
    let _filter = world.load(
        "200",
        Behaviour::new()
            .pre(IRP_MJ_CREATE, move |_, _, _| {
                opens.add("open");
                NO_CALLBACK
            })
            .both(
                IRP_MJ_QUERY_OPEN,
                move |data, _, _| {
                    assert!(data.Flags & FLTFL_CALLBACK_DATA_FS_FILTER_OPERATION != 0);
                    // SAFETY: the operation is a query-open.
                    let query = unsafe { parameters(data).Parameters.QueryOpen };
                    assert_eq!(query.FileInformationClass, FileStatInformation);
                    assert_eq!(unsafe { *query.Length }, 256);
                    queries.add("query");
                    WITH_CALLBACK
                },
                move |data, _, _, _| {
                    assert_eq!(data.IoStatus.Information, 0, "rule D-35");
                    after.add(if status_of(data) == STATUS_SUCCESS { "answered" } else { "failed" });
                    FINISHED
                },
            ),
    );
    let stat = query(&world, "\\a", FileStatInformation).unwrap();
    assert_eq!(stat.len(), size_of::<FILE_STAT_INFORMATION>());
    assert_eq!(stat[48..56], 5_i64.to_le_bytes(), "the size");
    assert_eq!(log.take(), ["query", "answered"]);
    assert_eq!(query(&world, "\\missing", FileStatInformation), Err(NtStatus(STATUS_OBJECT_NAME_NOT_FOUND)));
    assert_eq!(log.take(), ["query", "failed"]);
    assert_eq!(query(&world, "\\a", FileBasicInformation), Err(NtStatus(STATUS_INVALID_INFO_CLASS)));
    assert_eq!(world.rules(), [""; 0]);
}

/// What a query comes to that a filter refuses, and the outcome that a filter above sees.
fn refused(behaviour: Behaviour) -> (usize, NTSTATUS) {
    let world = World::new();
    drop(world.file("\\a", b"12345"));
    let log = Log::new();
    let (opens, above) = (log.clone(), std::sync::Arc::new(std::sync::atomic::AtomicI32::new(0)));
    let seen = std::sync::Arc::clone(&above);
    let _above = world.load(
        "300",
        Behaviour::new()
            .pre(IRP_MJ_CREATE, move |_, _, _| {
                opens.add("open");
                NO_CALLBACK
            })
            .both(
                IRP_MJ_QUERY_OPEN,
                |_, _, _| WITH_CALLBACK,
                move |data, _, _, _| {
                    seen.store(status_of(data), std::sync::atomic::Ordering::SeqCst);
                    FINISHED
                },
            ),
    );
    let _filter = world.load("200", behaviour);
    assert_eq!(query(&world, "\\a", FileStatInformation).unwrap()[48..56], 5_i64.to_le_bytes());
    assert_eq!(world.rules(), [""; 0]);
    (log.take().len(), above.load(std::sync::atomic::Ordering::SeqCst))
}

#[test]
fn a_query_that_is_refused_before_or_after_becomes_an_open() {
    let before = Behaviour::new().pre(IRP_MJ_QUERY_OPEN, |_, _, _| DISALLOW);
    assert_eq!(refused(before), (1, STATUS_FLT_DISALLOW_FAST_IO));
    let after = Behaviour::new().both(IRP_MJ_QUERY_OPEN, |_, _, _| WITH_CALLBACK, |_, _, _, _| DISALLOW_AFTER);
    assert_eq!(refused(after), (1, STATUS_FLT_DISALLOW_FAST_IO));
}

#[test]
fn nothing_else_is_refused_as_a_call_to_fsfilter() {
    let world = World::new();
    let file = world.file("\\a", b"12345");
    let _filter = world.load(
        "200",
        Behaviour::new().pre(IRP_MJ_FLUSH_BUFFERS, |_, _, _| DISALLOW).both(
            IRP_MJ_SET_EA,
            |_, _, _| WITH_CALLBACK,
            |_, _, _, _| DISALLOW_AFTER,
        ),
    );
    file.flush().unwrap();
    let _ = file.set_ea(&[0; 16]);
    assert_eq!(world.rules(), ["C-19", "D-05"]);
}

#[test]
fn an_answer_is_no_longer_than_its_buffer() {
    let world = World::new();
    drop(world.file("\\a", b"12345"));
    let _filter = world.load(
        "200",
        Behaviour::new().pre(IRP_MJ_QUERY_OPEN, |data, _, _| {
            // SAFETY: the operation is a query-open.
            unsafe { *parameters(data).Parameters.QueryOpen.Length = 1000 };
            set_status(data, STATUS_SUCCESS, 0);
            COMPLETE
        }),
    );
    assert_eq!(query(&world, "\\a", FileStatInformation).unwrap().len(), 256);
}
