//! The way of an operation through the filters (rules, B, C, D, L).

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use fltmgr_sys::*;
use fltsim::io::WriteOffset;
use fltsim::status::NtStatus;

use crate::probe::*;

#[test]
fn without_a_filter_files_can_be_written_and_read() {
    let world = World::new();
    let file = world.file("\\a.txt", b"hello");
    let mut buffer = [0; 16];
    assert_eq!(file.read(0, &mut buffer), Ok(5));
    assert_eq!(&buffer[..5], b"hello");
    assert_eq!(file.read(5, &mut buffer), Err(NtStatus(STATUS_END_OF_FILE)));
}

#[test]
fn pre_callbacks_run_from_high_to_low_altitude_and_post_callbacks_back() {
    let world = World::new();
    let log = Log::new();
    let make = |name: &'static str| {
        let (pre, post) = (log.clone(), log.clone());
        Behaviour::new().both(
            IRP_MJ_CREATE,
            move |_, _, _| {
                pre.add(format!("pre {name}"));
                WITH_CALLBACK
            },
            move |_, _, _, _| {
                post.add(format!("post {name}"));
                FINISHED
            },
        )
    };
    // Rule A-31: compared as decimals.
    let _low = world.load("100.123456", make("low"));
    let _high = world.load("03333", make("high"));
    world.open("\\a").unwrap();
    assert_eq!(log.take(), ["pre high", "pre low", "post low", "post high"]);
}

#[test]
fn an_operation_that_is_completed_in_pre_goes_no_further_and_skips_only_its_own_post() {
    let world = World::new();
    let log = Log::new();
    let (pre, post) = (log.clone(), log.clone());
    let _high = world.load(
        "300",
        Behaviour::new().both(
            IRP_MJ_CREATE,
            move |_, _, _| {
                pre.add("pre high");
                WITH_CALLBACK
            },
            move |data, _, _, _| {
                post.add(format!("post high {:08x}", status_of(data)));
                FINISHED
            },
        ),
    );
    let middle = log.clone();
    let _middle = world.load(
        "200",
        Behaviour::new().both(
            IRP_MJ_CREATE,
            |data, _, _| {
                set_status(data, STATUS_ACCESS_DENIED, 0);
                COMPLETE
            },
            move |_, _, _, _| {
                middle.add("post middle");
                FINISHED
            },
        ),
    );
    let low = log.clone();
    let _low = world.load(
        "100",
        Behaviour::new().pre(IRP_MJ_CREATE, move |_, _, _| {
            low.add("pre low");
            NO_CALLBACK
        }),
    );
    assert_eq!(world.open("\\a").map(drop), Err(NtStatus(STATUS_ACCESS_DENIED)));
    assert_eq!(log.take(), ["pre high", "post high c0000022"]);
}

#[test]
fn the_first_cached_read_is_an_irp_and_later_ones_are_fast_io() {
    let world = World::new();
    let log = Log::new();
    drop(world.file("\\a", b"0123456789"));
    let reads = log.clone();
    let _filter = world.load(
        "100",
        Behaviour::new().pre(IRP_MJ_READ, move |data, _, _| {
            reads.add(class_of(data));
            NO_CALLBACK
        }),
    );
    let file = world.open("\\a").unwrap();
    let mut buffer = [0; 4];
    for offset in [0, 4, 8] {
        file.read(offset, &mut buffer).unwrap();
    }
    assert_eq!(log.take(), ["irp", "fast", "fast"]);
    file.read_paging(0, &mut buffer).unwrap();
    assert_eq!(log.take(), ["irp"]);
}

#[test]
fn fast_io_that_is_disallowed_comes_back_as_an_irp() {
    let world = World::new();
    let log = Log::new();
    drop(world.file("\\a", b"0123456789"));
    let (high, low) = (log.clone(), log.clone());
    let _high = world.load(
        "200",
        Behaviour::new().both(
            IRP_MJ_READ,
            |_, _, _| WITH_CALLBACK,
            move |data, _, _, _| {
                high.add(format!("{} {:08x}", class_of(data), status_of(data)));
                FINISHED
            },
        ),
    );
    let _low = world.load(
        "100",
        Behaviour::new().pre(IRP_MJ_READ, move |data, _, _| {
            low.add(class_of(data));
            if class_of(data) == "fast" { DISALLOW_FASTIO } else { NO_CALLBACK }
        }),
    );
    let file = world.open("\\a").unwrap();
    let mut buffer = [0; 4];
    file.read(0, &mut buffer).unwrap();
    log.take();
    assert_eq!(file.read(4, &mut buffer), Ok(4));
    assert_eq!(&buffer, b"4567");
    // Rules C-17, C-18: the higher post sees the status the Filter Manager stored.
    assert_eq!(log.take(), ["fast", "fast c01c0004", "irp", "irp 00000000"]);
}

#[test]
fn changed_parameters_are_seen_below_and_not_above() {
    let world = World::new();
    drop(world.file("\\a", b"0123456789"));
    let log = Log::new();
    let length = |data: &FLT_CALLBACK_DATA| unsafe { parameters(data).Parameters.Read.Length };
    let spy = |name: &'static str| {
        let (pre, post) = (log.clone(), log.clone());
        Behaviour::new().both(
            IRP_MJ_READ,
            move |data, _, _| {
                pre.add(format!("pre {name} {}", length(data)));
                WITH_CALLBACK
            },
            move |data, _, _, _| {
                post.add(format!("post {name} {}", length(data)));
                FINISHED
            },
        )
    };
    let _high = world.load("300", spy("high"));
    let post = log.clone();
    let _changer = world.load(
        "200",
        Behaviour::new().both(
            IRP_MJ_READ,
            |data, _, _| {
                parameters(data).Parameters.Read.Length = 3;
                unsafe { FltSetCallbackDataDirty(data) };
                WITH_CALLBACK
            },
            move |data, _, _, _| {
                post.add(format!("post changer {}", length(data)));
                FINISHED
            },
        ),
    );
    let _low = world.load("100", spy("low"));
    let file = world.open("\\a").unwrap();
    let mut buffer = [0; 8];
    assert_eq!(file.read(0, &mut buffer), Ok(3));
    assert_eq!(log.take(), ["pre high 8", "pre low 3", "post low 3", "post changer 8", "post high 8"]);
}

#[test]
fn parameters_changed_without_dirty_are_ignored_and_reported() {
    let world = World::new();
    drop(world.file("\\a", b"0123456789"));
    let _filter = world.load(
        "200",
        Behaviour::new().pre(IRP_MJ_READ, |data, _, _| {
            parameters(data).Parameters.Read.Length = 3;
            NO_CALLBACK
        }),
    );
    let file = world.open("\\a").unwrap();
    assert_eq!(file.read(0, &mut [0; 8]), Ok(8));
    assert_eq!(world.rules(), ["B-06"]);
}

#[test]
fn a_completion_context_reaches_the_post_callback_that_it_belongs_to() {
    let world = World::new();
    let log = Log::new();
    let make = |value: usize| {
        let post = log.clone();
        Behaviour::new().both(
            IRP_MJ_CREATE,
            move |_, _, context| {
                *context = value as PVOID;
                WITH_CALLBACK
            },
            move |_, _, context, _| {
                post.add(format!("{}", context as usize));
                FINISHED
            },
        )
    };
    let _one = world.load("1", make(11));
    let _two = world.load("2", make(22));
    world.open("\\a").unwrap();
    assert_eq!(log.take(), ["11", "22"]);
}

#[test]
fn registration_flags_skip_paging_and_cached_io() {
    let world = World::new();
    drop(world.file("\\a", &[7; 4096]));
    let counts: Vec<Arc<AtomicUsize>> = (0..4).map(|_| Arc::default()).collect();
    let flags = [
        0,
        FLTFL_OPERATION_REGISTRATION_SKIP_PAGING_IO,
        FLTFL_OPERATION_REGISTRATION_SKIP_CACHED_IO,
        FLTFL_OPERATION_REGISTRATION_SKIP_NON_CACHED_NON_PAGING_IO,
    ];
    for (index, (flags, count)) in flags.into_iter().zip(&counts).enumerate() {
        let count = Arc::clone(count);
        let behaviour = Behaviour::new().pre(IRP_MJ_READ, move |_, _, _| {
            count.fetch_add(1, Ordering::Relaxed);
            NO_CALLBACK
        });
        world.load(&format!("{}", 100 + index), behaviour.flags(flags));
    }
    let mut buffer = [0; 512];
    let seen = || counts.iter().map(|count| count.swap(0, Ordering::Relaxed)).collect::<Vec<_>>();
    let file = world.open("\\a").unwrap();
    file.read(0, &mut buffer).unwrap();
    assert_eq!(seen(), [1, 1, 0, 1], "a cached read");
    file.read(0, &mut buffer).unwrap();
    assert_eq!(seen(), [1, 1, 0, 1], "a fast read");
    file.read_paging(0, &mut buffer).unwrap();
    assert_eq!(seen(), [1, 0, 1, 1], "a paging read");
    let mut request = World::request("\\a");
    request.options |= FILE_NO_INTERMEDIATE_BUFFERING;
    let (direct, _) = world.volume.open(&world.who, &request).unwrap();
    direct.read(0, &mut buffer).unwrap();
    assert_eq!(seen(), [1, 1, 1, 0], "a read past the cache");
}

#[test]
fn a_cleanup_comes_with_the_last_handle_and_a_close_with_the_last_reference() {
    let world = World::new();
    let log = Log::new();
    let (cleanup, close) = (log.clone(), log.clone());
    let kept: Arc<std::sync::Mutex<usize>> = Arc::default();
    let keep = Arc::clone(&kept);
    let _filter = world.load(
        "100",
        Behaviour::new()
            .both(
                IRP_MJ_CREATE,
                |_, _, _| WITH_CALLBACK,
                move |_, related, _, _| {
                    unsafe { ObfReferenceObject(related.FileObject.cast()) };
                    *keep.lock().unwrap() = related.FileObject as usize;
                    FINISHED
                },
            )
            .pre(IRP_MJ_CLEANUP, move |_, _, _| {
                cleanup.add("cleanup");
                NO_CALLBACK
            })
            .pre(IRP_MJ_CLOSE, move |_, _, _| {
                close.add("close");
                NO_CALLBACK
            }),
    );
    let file = world.open("\\a").unwrap();
    assert_eq!(log.take(), [""; 0]);
    drop(file);
    assert_eq!(log.take(), ["cleanup"]);
    unsafe { ObfDereferenceObject(*kept.lock().unwrap() as PVOID) };
    assert_eq!(log.take(), ["close"]);
}

#[test]
fn a_cleanup_that_a_filter_fails_succeeds_all_the_same() {
    let world = World::new();
    let _filter = world.load(
        "100",
        Behaviour::new().pre(IRP_MJ_CLOSE, |data, _, _| {
            set_status(data, STATUS_ACCESS_DENIED, 0);
            COMPLETE
        }),
    );
    drop(world.open("\\a").unwrap());
    assert_eq!(world.rules(), ["C-09"]);
}

#[test]
fn a_canceled_open_is_cleaned_up_and_closed_below_and_fails_above() {
    let world = World::new();
    let log = Log::new();
    let spy = |name: &'static str| {
        let (create, cleanup, close) = (log.clone(), log.clone(), log.clone());
        Behaviour::new()
            .both(
                IRP_MJ_CREATE,
                |_, _, _| WITH_CALLBACK,
                move |data, _, _, _| {
                    create.add(format!("{name} create {:08x}", status_of(data)));
                    FINISHED
                },
            )
            .pre(IRP_MJ_CLEANUP, move |_, _, _| {
                cleanup.add(format!("{name} cleanup"));
                NO_CALLBACK
            })
            .pre(IRP_MJ_CLOSE, move |_, _, _| {
                close.add(format!("{name} close"));
                NO_CALLBACK
            })
    };
    let _high = world.load("300", spy("high"));
    let _low = world.load("100", spy("low"));
    let _canceler = world.load(
        "200",
        Behaviour::new().both(
            IRP_MJ_CREATE,
            |_, _, _| WITH_CALLBACK,
            |data, related, _, _| {
                if status_of(data) < 0 {
                    return FINISHED;
                }
                unsafe { FltCancelFileOpen(related.Instance, related.FileObject) };
                set_status(data, STATUS_VIRUS_INFECTED, 0);
                FINISHED
            },
        ),
    );
    assert_eq!(world.open("\\a").map(drop), Err(NtStatus(STATUS_VIRUS_INFECTED)));
    assert_eq!(log.take(), ["low create 00000000", "low cleanup", "low close", "high create c0000906"]);
    // Rule D-29: the file that was made stays.
    let mut request = World::request("\\a");
    request.disposition = FILE_CREATE;
    assert_eq!(world.volume.open(&world.who, &request).map(drop), Err(NtStatus(STATUS_OBJECT_NAME_COLLISION)));
}

#[test]
fn a_create_that_is_reparsed_starts_again_with_the_new_name() {
    let world = World::new();
    drop(world.file("\\target", b"content"));
    let log = Log::new();
    let names = log.clone();
    let device = world.volume.device_name().to_owned();
    let _filter = world.load(
        "100",
        Behaviour::new().pre(IRP_MJ_CREATE, move |data, related, _| {
            let file = unsafe { &*related.FileObject };
            let name = unsafe { std::slice::from_raw_parts(file.FileName.Buffer, file.FileName.Length as usize / 2) };
            names.add(String::from_utf16_lossy(name));
            if name != units("\\link") {
                return NO_CALLBACK;
            }
            let mut target = units(&format!("{device}\\target"));
            let bytes = (target.len() * 2) as u16;
            let status = unsafe { IoReplaceFileObjectName(related.FileObject, target.as_mut_ptr(), bytes) };
            assert_eq!(status, STATUS_SUCCESS);
            set_status(data, STATUS_REPARSE, 0);
            COMPLETE
        }),
    );
    let file = world.open("\\link").unwrap();
    let mut buffer = [0; 7];
    file.read(0, &mut buffer).unwrap();
    assert_eq!(&buffer, b"content");
    assert_eq!(log.take(), ["\\link", "\\target"]);
}

#[test]
fn a_query_open_is_fast_io_and_falls_back_to_open_query_and_close() {
    let world = World::new();
    drop(world.file("\\a", b"12345"));
    let log = Log::new();
    let (query, create, information) = (log.clone(), log.clone(), log.clone());
    let refuse = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let refusing = Arc::clone(&refuse);
    let _filter = world.load(
        "100",
        Behaviour::new()
            .pre(IRP_MJ_NETWORK_QUERY_OPEN, move |data, _, _| {
                query.add(format!("query open {}", class_of(data)));
                if refusing.load(Ordering::Relaxed) { DISALLOW_FASTIO } else { NO_CALLBACK }
            })
            .pre(IRP_MJ_CREATE, move |_, _, _| {
                create.add("create");
                NO_CALLBACK
            })
            .pre(IRP_MJ_QUERY_INFORMATION, move |_, _, _| {
                information.add("query");
                NO_CALLBACK
            }),
    );
    let size = |information: FILE_NETWORK_OPEN_INFORMATION| unsafe { information.EndOfFile.QuadPart };
    assert_eq!(world.volume.query_open(&world.who, &units("\\a"), false).map(size), Ok(5));
    assert_eq!(log.take(), ["query open fast"]);
    refuse.store(true, Ordering::Relaxed);
    assert_eq!(world.volume.query_open(&world.who, &units("\\A"), false).map(size), Ok(5));
    assert_eq!(log.take(), ["query open fast", "create", "query"]);
    let missing = world.volume.query_open(&world.who, &units("\\none"), false).map(size);
    assert_eq!(missing, Err(NtStatus(STATUS_OBJECT_NAME_NOT_FOUND)));
}

#[test]
fn every_operation_reaches_a_filter_with_its_parameters() {
    let world = World::new();
    let log = Log::new();
    let majors = [
        IRP_MJ_CREATE,
        IRP_MJ_WRITE,
        IRP_MJ_SET_INFORMATION,
        IRP_MJ_QUERY_INFORMATION,
        IRP_MJ_DIRECTORY_CONTROL,
        IRP_MJ_FLUSH_BUFFERS,
        IRP_MJ_LOCK_CONTROL,
        IRP_MJ_QUERY_VOLUME_INFORMATION,
        IRP_MJ_FILE_SYSTEM_CONTROL,
        IRP_MJ_QUERY_EA,
        IRP_MJ_ACQUIRE_FOR_SECTION_SYNCHRONIZATION,
        IRP_MJ_RELEASE_FOR_SECTION_SYNCHRONIZATION,
        IRP_MJ_CLEANUP,
        IRP_MJ_CLOSE,
    ];
    let mut behaviour = Behaviour::new();
    for major in majors {
        let log = log.clone();
        behaviour = behaviour.pre(major, move |data, _, _| {
            let name = unsafe { std::ffi::CStr::from_ptr(FltGetIrpName(parameters(data).MajorFunction)) };
            log.add(format!("{} {}", &name.to_str().unwrap()[7..], class_of(data)));
            assert_eq!(unsafe { FltGetRequestorProcessId(data) }, if major == IRP_MJ_CLOSE { 4 } else { 100 });
            NO_CALLBACK
        });
    }
    let _filter = world.load("100", behaviour);
    let file = world.open("\\a").unwrap();
    file.write(WriteOffset::End, b"abc").unwrap();
    file.set_information(FileEndOfFileInformation, &2_u64.to_le_bytes()).unwrap();
    let mut buffer = [0; 64];
    file.query_information(FileStandardInformation, &mut buffer).unwrap();
    file.flush().unwrap();
    let lock = fltsim::io::FileLock { offset: 0, length: 1, key: 0, exclusive: true, fail_immediately: true };
    file.lock(&lock).unwrap();
    file.unlock(0, 1, 0).unwrap();
    file.query_volume_information(FileFsSizeInformation, &mut buffer).unwrap();
    let _ = file.fs_control(FSCTL_GET_REPARSE_POINT, &[], &mut buffer);
    let _ = file.query_ea(&[], &mut buffer);
    file.create_section(PAGE_READONLY).unwrap();
    drop(file);
    assert_eq!(
        log.take(),
        [
            "CREATE irp",
            "WRITE irp",
            "SET_INFORMATION irp",
            "QUERY_INFORMATION fast",
            "FLUSH_BUFFERS irp",
            "LOCK_CONTROL fast",
            "LOCK_CONTROL fast",
            "QUERY_VOLUME_INFORMATION irp",
            "FILE_SYSTEM_CONTROL irp",
            "QUERY_EA irp",
            "ACQUIRE_FOR_SECTION_SYNCHRONIZATION filter",
            "RELEASE_FOR_SECTION_SYNCHRONIZATION filter",
            "CLEANUP irp",
            "CLOSE irp",
        ]
    );
    let root = world.directory("\\").unwrap();
    log.take();
    let mut entries = [0; 4096];
    root.query_directory(FileDirectoryInformation, None, SL_RESTART_SCAN, &mut entries).unwrap();
    assert_eq!(log.take(), ["DIRECTORY_CONTROL irp"]);
}
