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

/// Asks for the tunneled name of what is asked for with these options, in whatever operation this is.
unsafe fn tunneled(data: &mut FLT_CALLBACK_DATA, options: u32) -> bool {
    unsafe {
        let (mut information, mut tunneled) = (std::ptr::null_mut(), std::ptr::dangling_mut());
        assert_eq!(FltGetFileNameInformation(data, options, &raw mut information), STATUS_SUCCESS);
        assert_eq!(FltGetTunneledName(data, information, &raw mut tunneled), STATUS_SUCCESS);
        FltReleaseFileNameInformation(information);
        tunneled.is_null()
    }
}

#[test]
fn a_tunneled_name_is_asked_for_after_creates_and_with_a_normalized_name() {
    let world = World::new();
    let _filter = world.load(
        "100",
        Behaviour::new().both(
            IRP_MJ_CREATE,
            |_, _, _| WITH_CALLBACK,
            |data, _, _, _| unsafe {
                // Rule K-25.
                assert!(tunneled(data, NORMALIZED));
                FINISHED
            },
        ),
    );
    drop(world.open("\\a").unwrap());
    assert_eq!(world.rules(), [""; 0]);
}

#[test]
fn a_tunneled_name_that_is_asked_for_elsewhere_is_reported() {
    for (major, before, options) in
        [(IRP_MJ_CREATE, true, NORMALIZED), (IRP_MJ_FLUSH_BUFFERS, false, NORMALIZED), (IRP_MJ_CREATE, false, OPENED)]
    {
        let world = World::new();
        let _filter = world.load(
            "100",
            Behaviour::new().both(
                major,
                move |data, _, _| unsafe {
                    assert!(!before || tunneled(data, options));
                    WITH_CALLBACK
                },
                move |data, _, _, _| unsafe {
                    assert!(before || tunneled(data, options));
                    FINISHED
                },
            ),
        );
        world.open("\\a").unwrap().flush().unwrap();
        assert_eq!(world.rules(), ["K-24"], "{major:#x} {before} {options:#x}");
    }
}

#[test]
fn a_name_is_asked_for_after_a_reparse_with_a_flag() {
    const ON_REPARSE: u32 = OPENED | FLT_FILE_NAME_ALLOW_QUERY_ON_REPARSE;
    for (tag, reported) in [(IO_REPARSE_TAG_RESERVED_ZERO as usize, false), (IO_REPARSE_TAG_SYMLINK as usize, true)] {
        let world = World::new();
        let log = Log::new();
        let seen = log.clone();
        let _high = world.load(
            "200",
            Behaviour::new().both(
                IRP_MJ_CREATE,
                |_, _, _| WITH_CALLBACK,
                move |data, _, _, _| unsafe {
                    if status_of(data) == STATUS_REPARSE {
                        seen.add(name(data, OPENED));
                        seen.add(name(data, ON_REPARSE));
                        // Once: the create would begin again.
                        set_status(data, STATUS_ACCESS_DENIED, 0);
                    }
                    FINISHED
                },
            ),
        );
        let _low = world.load(
            "100",
            Behaviour::new().pre(IRP_MJ_CREATE, move |data, _, _| {
                set_status(data, STATUS_REPARSE, tag);
                COMPLETE
            }),
        );
        assert!(world.open("\\a").is_err());
        let full = format!("{}\\a", world.volume.device_name());
        // Rule K-33.
        assert_eq!(log.take(), ["c01c0005", &full]);
        assert_eq!(world.rules(), if reported { &["K-33"][..] } else { &[] });
    }
}

/// What the name of a file is in a post-operation: as it was asked for before, and the tunneled one.
unsafe fn before_and_after(data: &mut FLT_CALLBACK_DATA, before: PVOID) -> String {
    unsafe {
        let (before, mut tunneled) = (before.cast::<FLT_FILE_NAME_INFORMATION>(), std::ptr::null_mut());
        assert_eq!(FltGetTunneledName(data, before, &raw mut tunneled), STATUS_SUCCESS);
        let last = |name: PFLT_FILE_NAME_INFORMATION| {
            FltParseFileNameInformation(name);
            format!("{}{}", text((*name).ParentDir), text((*name).FinalComponent))
        };
        let said = if tunneled.is_null() {
            last(before)
        } else {
            assert_eq!(name(data, NORMALIZED), text((*tunneled).Name), "it is the name from now on");
            let both = format!("{} is {}", last(before), last(tunneled));
            FltReleaseFileNameInformation(tunneled);
            both
        };
        FltReleaseFileNameInformation(before);
        said
    }
}

#[test]
fn a_short_name_that_is_given_anew_may_bring_its_long_one_with_it() {
    let world = World::new();
    world.volume.file_system().keep_short_names();
    let log = Log::new();
    let (created, renamed) = (log.clone(), log.clone());
    let _filter = world.load(
        "100",
        Behaviour::new()
            .both(
                IRP_MJ_CREATE,
                |data, _, context| unsafe {
                    let mut before = std::ptr::null_mut();
                    assert_eq!(FltGetFileNameInformation(data, NORMALIZED, &raw mut before), STATUS_SUCCESS);
                    *context = before.cast();
                    WITH_CALLBACK
                },
                move |data, _, context, _| unsafe {
                    created.add(before_and_after(data, context));
                    FINISHED
                },
            )
            .both(
                IRP_MJ_SET_INFORMATION,
                |data, related, context| unsafe {
                    let set = parameters(data).Parameters.SetFileInformation;
                    if set.FileInformationClass != FileRenameInformation {
                        return NO_CALLBACK;
                    }
                    let rename = &*set.InfoBuffer.cast::<FILE_RENAME_INFORMATION>();
                    let mut before = std::ptr::null_mut();
                    let status = FltGetDestinationFileNameInformation(
                        related.Instance,
                        related.FileObject,
                        rename.RootDirectory,
                        rename.FileName.as_ptr().cast_mut(),
                        rename.FileNameLength,
                        NORMALIZED,
                        &raw mut before,
                    );
                    assert_eq!(status, STATUS_SUCCESS);
                    *context = before.cast();
                    SYNCHRONIZED
                },
                move |data, _, context, _| unsafe {
                    renamed.add(before_and_after(data, context));
                    FINISHED
                },
            ),
    );
    let make = || {
        let file = world.file("\\LongFileName.txt", b"");
        log.take();
        file
    };
    let delete = |file: fltsim::io::File| file.set_information(FileDispositionInformation, &[1]).unwrap();
    let flags = RenameFlags::default();
    let short = units("\\LONGFI~1.TXT");
    let last = || log.take().pop().unwrap();
    let restored = "\\LONGFI~1.TXT is \\LongFileName.txt";
    // Rule K-26: delete and create, delete and rename, rename and create, rename and rename.
    delete(make());
    let file = world.open("\\LONGFI~1.TXT").unwrap();
    assert_eq!(last(), restored);
    delete(file);
    let other = world.open("\\other").unwrap();
    assert_eq!(last(), "\\other");
    other.rename(&short, flags).unwrap();
    assert_eq!(last(), restored);
    other.rename(&units("\\away"), flags).unwrap();
    assert_eq!(last(), "\\away");
    delete(world.open("\\LONGFI~1.TXT").unwrap());
    assert_eq!(last(), restored);
    make().rename(&units("\\moved"), flags).unwrap();
    assert_eq!(last(), "\\moved");
    other.rename(&short, flags).unwrap();
    assert_eq!(last(), restored);
    // Once it was given back, it is a name like others.
    drop(world.open("\\LONGFI~1.TXT").unwrap());
    assert_eq!(last(), "\\LONGFI~1.TXT");
    assert_eq!(world.rules(), [""; 0]);
}

#[test]
fn an_open_file_has_a_short_name_where_they_are_kept() {
    let world = World::new();
    world.volume.file_system().keep_short_names();
    let log = Log::new();
    let (before, after) = (log.clone(), log.clone());
    const SHORT: u32 = FLT_FILE_NAME_SHORT | FLT_FILE_NAME_QUERY_DEFAULT;
    let _filter = world.load(
        "100",
        Behaviour::new().both(
            IRP_MJ_CREATE,
            move |data, _, _| unsafe {
                before.add(name(data, SHORT));
                WITH_CALLBACK
            },
            move |data, _, _, _| unsafe {
                after.add(name(data, SHORT));
                FINISHED
            },
        ),
    );
    drop(world.file("\\LongFileName.txt", b""));
    // Rules K-09, K-17.
    assert_eq!(log.take(), ["c01c0005", "LONGFI~1.TXT"]);
}
