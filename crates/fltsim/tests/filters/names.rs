//! File names (rules K).

use std::sync::Mutex;

use fltmgr_sys::*;
use fltsim::io::RenameFlags;

use crate::probe::*;

unsafe fn text(string: UNICODE_STRING) -> String {
    if string.Length == 0 {
        return String::new();
    }
    String::from_utf16_lossy(unsafe { std::slice::from_raw_parts(string.Buffer, usize::from(string.Length) / 2) })
}

const NORMALIZED: u32 = FLT_FILE_NAME_NORMALIZED | FLT_FILE_NAME_QUERY_DEFAULT;
const OPENED: u32 = FLT_FILE_NAME_OPENED | FLT_FILE_NAME_QUERY_DEFAULT;

/// The name, or the status as text.
unsafe fn name(data: &mut FLT_CALLBACK_DATA, options: u32) -> String {
    unsafe {
        let mut information = std::ptr::null_mut();
        let status = FltGetFileNameInformation(data, options, &raw mut information);
        if status != STATUS_SUCCESS {
            assert!(information.is_null());
            return format!("{status:08x}");
        }
        let name = text((*information).Name);
        FltReleaseFileNameInformation(information);
        name
    }
}

#[test]
fn a_normalized_name_has_the_case_on_disk_before_and_after_the_open() {
    let world = World::new();
    drop(world.directory("\\Dir").unwrap());
    drop(world.file("\\Dir\\File.Txt", b""));
    let log = Log::new();
    let (pre, post) = (log.clone(), log.clone());
    let _filter = world.load(
        "100",
        Behaviour::new().both(
            IRP_MJ_CREATE,
            move |data, _, _| unsafe {
                pre.add(name(data, OPENED));
                pre.add(name(data, NORMALIZED));
                WITH_CALLBACK
            },
            move |data, _, _, _| unsafe {
                post.add(name(data, NORMALIZED));
                FINISHED
            },
        ),
    );
    let device = world.volume.device_name();
    let with = |names: [&str; 3]| names.map(|name| format!("{device}{name}"));
    drop(world.open("\\DIR\\FILE.TXT").unwrap());
    assert_eq!(log.take(), with(["\\DIR\\FILE.TXT", "\\Dir\\File.Txt", "\\Dir\\File.Txt"]));
    // Rule K-10: the final component may be missing.
    drop(world.open("\\DIR\\New").unwrap());
    assert_eq!(log.take(), with(["\\DIR\\New", "\\Dir\\New", "\\Dir\\New"]));
}

#[test]
fn parsing_finds_the_parts_of_a_name() {
    let world = World::new();
    drop(world.directory("\\dir").unwrap());
    let log = Log::new();
    let parsed = log.clone();
    let _filter = world.load(
        "100",
        Behaviour::new().pre(IRP_MJ_CREATE, move |data, _, _| unsafe {
            let mut information = std::ptr::null_mut();
            assert_eq!(FltGetFileNameInformation(data, NORMALIZED, &raw mut information), STATUS_SUCCESS);
            // Rule K-16.
            assert_eq!((*information).NamesParsed, 0);
            assert_eq!(FltParseFileNameInformation(information), STATUS_SUCCESS);
            let parts = &*information;
            for part in [parts.Volume, parts.Share, parts.ParentDir, parts.FinalComponent, parts.Extension] {
                parsed.add(text(part));
            }
            FltReferenceFileNameInformation(information);
            FltReleaseFileNameInformation(information);
            FltReleaseFileNameInformation(information);
            NO_CALLBACK
        }),
    );
    drop(world.open("\\dir\\a.tar.gz").unwrap());
    assert_eq!(log.take(), [world.volume.device_name(), "", "\\dir\\", "a.tar.gz", "gz"]);
}

#[test]
fn a_rename_changes_the_names_of_what_is_open_below_it() {
    let world = World::new();
    drop(world.directory("\\old").unwrap());
    let file = world.file("\\old\\file", b"abc");
    let log = Log::new();
    let (seen, destination, parents) = (log.clone(), log.clone(), log.clone());
    let _filter = world.load(
        "100",
        Behaviour::new()
            .pre(IRP_MJ_WRITE, move |data, _, _| unsafe {
                seen.add(name(data, NORMALIZED));
                NO_CALLBACK
            })
            .pre(IRP_MJ_CREATE, move |data, _, _| unsafe {
                if u32::from(parameters(data).OperationFlags) & SL_OPEN_TARGET_DIRECTORY != 0 {
                    // Rule K-11.
                    parents.add(format!("target directory {}", name(data, NORMALIZED)));
                }
                NO_CALLBACK
            })
            .pre(IRP_MJ_SET_INFORMATION, move |data, related, _| unsafe {
                let set = parameters(data).Parameters.SetFileInformation;
                assert!(!set.ParentOfTarget.is_null());
                let rename = &*set.InfoBuffer.cast::<FILE_RENAME_INFORMATION>();
                let mut information = std::ptr::null_mut();
                let status = FltGetDestinationFileNameInformation(
                    related.Instance,
                    related.FileObject,
                    rename.RootDirectory,
                    rename.FileName.as_ptr().cast_mut(),
                    rename.FileNameLength,
                    NORMALIZED,
                    &raw mut information,
                );
                assert_eq!(status, STATUS_SUCCESS);
                destination.add(format!("{} -> {}", name(data, NORMALIZED), text((*information).Name)));
                FltReleaseFileNameInformation(information);
                NO_CALLBACK
            }),
    );
    let device = world.volume.device_name().to_owned();
    file.write(fltsim::io::WriteOffset::At(0), b"x").unwrap();
    assert_eq!(log.take(), [format!("{device}\\old\\file")]);
    let directory = world.directory("\\old").unwrap();
    directory.rename(&units("\\new"), RenameFlags { replace: false, posix: true }).unwrap();
    assert_eq!(log.take(), [format!("target directory {device}\\"), format!("{device}\\old -> {device}\\new")]);
    file.write(fltsim::io::WriteOffset::At(0), b"y").unwrap();
    assert_eq!(log.take(), [format!("{device}\\new\\file")]);
}

#[test]
fn names_are_refused_where_the_file_system_may_not_be_asked() {
    let world = World::new();
    drop(world.file("\\a", &[0; 512]));
    let log = Log::new();
    let (read, cleanup, close) = (log.clone(), log.clone(), log.clone());
    const CACHED: u32 = FLT_FILE_NAME_OPENED | FLT_FILE_NAME_QUERY_CACHE_ONLY;
    const ALWAYS: u32 = FLT_FILE_NAME_OPENED | FLT_FILE_NAME_QUERY_ALWAYS_ALLOW_CACHE_LOOKUP;
    const FILE_SYSTEM: u32 = FLT_FILE_NAME_OPENED | FLT_FILE_NAME_QUERY_FILESYSTEM_ONLY;
    let _filter = world.load(
        "100",
        Behaviour::new()
            .pre(IRP_MJ_READ, move |data, _, _| unsafe {
                for options in [OPENED, FILE_SYSTEM, CACHED, ALWAYS] {
                    read.add(name(data, options));
                }
                NO_CALLBACK
            })
            .pre(IRP_MJ_CLEANUP, move |data, _, _| unsafe {
                cleanup.add(name(data, OPENED));
                NO_CALLBACK
            })
            .pre(IRP_MJ_CLOSE, move |data, _, _| unsafe {
                close.add(name(data, OPENED));
                close.add(name(data, ALWAYS));
                NO_CALLBACK
            }),
    );
    let file = world.open("\\a").unwrap();
    let mut buffer = [0; 512];
    // Rules K-03, K-04.
    file.read_paging(0, &mut buffer).unwrap();
    assert_eq!(log.take(), ["c01c0005", "c01c0005", "c01c0018", "c01c0018"]);
    let full = format!("{}\\a", world.volume.device_name());
    file.read(0, &mut buffer).unwrap();
    assert_eq!(log.take(), [full.as_str(); 4]);
    drop(file);
    // Rule K-06: not in close, unless the cache has it and may answer.
    assert_eq!(log.take(), [full.as_str(), "c01c0005", full.as_str()]);
}

#[test]
fn bad_options_and_short_names_are_refused() {
    let world = World::new();
    let log = Log::new();
    let pre = log.clone();
    let _filter = world.load(
        "100",
        Behaviour::new().pre(IRP_MJ_CREATE, move |data, _, _| unsafe {
            pre.add(name(data, FLT_FILE_NAME_NORMALIZED));
            pre.add(name(data, FLT_FILE_NAME_QUERY_DEFAULT));
            pre.add(name(data, FLT_FILE_NAME_SHORT | FLT_FILE_NAME_QUERY_DEFAULT));
            NO_CALLBACK
        }),
    );
    drop(world.open("\\a").unwrap());
    assert_eq!(log.take(), ["c000000d", "c000000d", "c01c0005"]);
}

#[test]
fn name_information_that_is_never_released_is_reported_at_unload() {
    let world = World::new();
    static LEAKED: Mutex<usize> = Mutex::new(0);
    let filter = world.load(
        "100",
        Behaviour::new().pre(IRP_MJ_CREATE, |data, _, _| unsafe {
            let mut information = std::ptr::null_mut();
            FltGetFileNameInformation(data, OPENED, &raw mut information);
            *LEAKED.lock().unwrap() = information as usize;
            NO_CALLBACK
        }),
    );
    drop(world.open("\\a").unwrap());
    filter.unload().unwrap();
    assert_eq!(world.rules(), ["K-14"]);
}

#[test]
fn a_purge_empties_the_cache_and_takes_nothing_back() {
    let world = World::new();
    let log = Log::new();
    let seen = log.clone();
    let _filter = world.load(
        "100",
        Behaviour::new().pre(IRP_MJ_FLUSH_BUFFERS, move |data, related, _| unsafe {
            let cached = FLT_FILE_NAME_OPENED | FLT_FILE_NAME_QUERY_CACHE_ONLY;
            let miss = format!("{STATUS_FLT_NAME_CACHE_MISS:08x}");
            for file in [related.FileObject, std::ptr::null_mut()] {
                let mut kept = std::ptr::null_mut();
                assert_eq!(FltGetFileNameInformation(data, OPENED, &raw mut kept), STATUS_SUCCESS);
                assert_ne!(name(data, cached), miss);
                assert_eq!(FltPurgeFileNameInformationCache(related.Instance, file), STATUS_SUCCESS);
                assert_eq!(name(data, cached), miss);
                seen.add(text((*kept).Name).rsplit('\\').next().unwrap());
                FltReleaseFileNameInformation(kept);
            }
            NO_CALLBACK
        }),
    );
    world.open("\\a").unwrap().flush().unwrap();
    assert_eq!(log.take(), ["a", "a"]);
    assert_eq!(world.rules(), [""; 0]);
}

#[test]
fn a_name_that_grows_keeps_its_text() {
    unsafe {
        let mut control: FLT_NAME_CONTROL = std::mem::zeroed();
        assert_eq!(FltCheckAndGrowNameControl(&raw mut control, 2), STATUS_SUCCESS);
        control.Name.Buffer.write(u16::from(b'x'));
        control.Name.Length = 2;
        assert_eq!(FltCheckAndGrowNameControl(&raw mut control, 1000), STATUS_SUCCESS);
        assert!(control.Name.MaximumLength >= 1000);
        assert_eq!(text(control.Name), "x");
        let buffer = control.Name.Buffer;
        assert_eq!(FltCheckAndGrowNameControl(&raw mut control, 500), STATUS_SUCCESS);
        assert_eq!(control.Name.Buffer, buffer, "it is large enough");
        ExFreePool(buffer.cast());
    }
}
