//! What a filter sees of an operation's parameters is what the operation was issued with, and what it changes takes effect:
//! filters written with `fltmgr`, linked into the test, in fltsim.
#![expect(unsafe_code, reason = "what the file system answers is a union of C")]

use crate::common::{failure, units};
use crate::rig::{saw, seen, with};
use fltmgr_sys as sys;
use fltsim::io::{FileLock, RenameFlags, WriteOffset};

/// A filter that tells the parameters of what it sees.
mod watching {
    use super::saw;
    use fltmgr::parameters::DirectoryRequest;
    use fltmgr::{Filter, Operations, Pre, PreOp, PreStatus, Result, Starting, op};

    struct Watch;

    macro_rules! watch {
        ($($op:ident |$view:ident $(, $at:ident)?| $text:expr;)*) => {
            impl Filter for Watch {
                const OPERATIONS: Operations<Self> = Operations::new()$(.pre::<op::$op>())*;

                fn start(_: &mut Starting<'_, Self>) -> Result<Self> {
                    Ok(Self)
                }
            }

            $(impl Pre<op::$op> for Watch {
                fn pre<'a>(&self, operation: PreOp<'a, op::$op>) -> PreStatus<'a, op::$op> {
                    let $view = operation.parameters();
                    $(let $at = operation.irql();)?
                    saw($text);
                    operation.pass().into()
                }
            })*
        };
    }

    watch! {
        Create |create| format!(
            "{:?}, {:?}, {:?}, {:?}, {}, {}, {}",
            create.disposition(), create.options(), create.share_access(), create.file_attributes(),
            create.allocation_size(), create.ea_length(), create.is_case_sensitive(),
        );
        Read |read| format!("{:?}, {}, {:?}, {}", read.byte_offset(), read.length(), read.kind(), read.key());
        Write |write| format!("{:?}, {}, {:?}, {}", write.byte_offset(), write.length(), write.kind(), write.key());
        LockControl |lock| format!("{:?}, {}", lock.request(), lock.key());
        DirectoryControl |directory, at| match directory.request() {
            DirectoryRequest::Query(query) => format!(
                "{:?}, {}, {:?}, {:?}, {}, {}",
                query.class, query.length, directory.pattern(at).map(String::from_utf16_lossy), query.index, query.restarts,
                query.single_entry,
            ),
            other => format!("{other:?}"),
        };
        FileSystemControl |control| format!("{:?}", control.request());
        QueryEa |query| format!(
            "{}, {}, {:?}, {}", query.length(), query.list_length(), query.index(), query.restarts(),
        );
        SetEa |set| set.length().to_string();
        FlushBuffers |flush| format!("{:?}", flush.kind());
        QueryVolumeInformation |query| format!("{:?}, {}", query.class(), query.length());
        QueryInformation |query| format!("{:?}, {}", query.class(), query.length());
        SetInformation |set| format!("{:?}, {}", set.class(), set.may_replace());
        AcquireForSectionSynchronization |acquire| format!("{:?}", acquire.synchronization());
    }

    fltmgr::driver!(Watch);
}

#[test]
fn a_filter_sees_what_an_operation_was_issued_with() {
    let guarded = with(watching::driver_entry);
    let program = guarded.anybody();
    let (file, _) = program
        .open_as("/a", |request| {
            request.desired_access = sys::FILE_GENERIC_READ | sys::FILE_GENERIC_WRITE | sys::DELETE;
            request.disposition = sys::FILE_OPEN_IF;
            request.options = sys::FILE_NON_DIRECTORY_FILE | sys::FILE_SYNCHRONOUS_IO_NONALERT;
            request.share_access = sys::FILE_SHARE_READ;
            request.file_attributes = sys::FILE_ATTRIBUTE_HIDDEN;
            request.allocation_size = 4096;
            request.case_sensitive = true;
        })
        .unwrap();
    assert_eq!(
        seen(),
        ["OpenIf, CreateOptions(SYNCHRONOUS_IO_NONALERT | NON_DIRECTORY_FILE), ShareAccess(READ), \
            FileAttributes(HIDDEN), 4096, 0, true"]
    );

    file.write(WriteOffset::End, b"content").unwrap();
    assert_eq!(seen(), ["EndOfFile, 7, Normal, 0"]);
    file.read(3, &mut [0; 4]).unwrap();
    assert_eq!(seen(), ["At(3), 4, Normal, 0"]);

    // As fast I/O the parameters say it, as an IRP the flags.
    let mut lock = FileLock { offset: 1, length: 2, key: 3, exclusive: true, fail_immediately: true };
    let told = |fails: bool| {
        format!("Lock {{ range: Range {{ offset: 1, length: 2 }}, is_exclusive: true, fails_immediately: {fails} }}, 3")
    };
    file.lock(&lock).unwrap();
    assert_eq!(seen(), [told(true)]);
    file.unlock(1, 2, 3).unwrap();
    assert_eq!(seen(), ["UnlockSingle(Range { offset: 1, length: 2 }), 3"]);
    lock.fail_immediately = false;
    file.lock(&lock).unwrap();
    assert_eq!(seen(), [told(false)]);

    let mut buffer = [0; 64];
    let _ = file.fs_control(sys::FSCTL_GET_REPARSE_POINT, &[1, 2], &mut buffer);
    let code = sys::FSCTL_GET_REPARSE_POINT;
    assert_eq!(seen(), [format!("User(Control {{ code: ControlCode({code}), input_length: 2, output_length: 64 }})")]);
    let _ = file.query_ea(&[0; 12], &mut buffer);
    assert_eq!(seen(), ["64, 12, None, true"]);
    let _ = file.set_ea(&[0; 16]);
    assert_eq!(seen(), ["16"]);
    file.flush().unwrap();
    assert_eq!(seen(), ["Normal"]);
    file.query_volume_information(sys::FileFsSizeInformation, &mut buffer).unwrap();
    assert_eq!(seen(), ["VolumeInformation(3), 64"]);
    file.query_information(sys::FileBasicInformation, &mut buffer).unwrap();
    assert_eq!(seen(), ["FileInformation(4), 64"]);
    file.create_section(sys::PAGE_EXECUTE_READ).unwrap();
    assert_eq!(seen(), ["Create(PageProtection(EXECUTE_READ))"]);

    file.rename(&units("b"), RenameFlags { replace: true, posix: false }).unwrap();
    assert_eq!(seen(), ["FileInformation(10), true"]);
    file.rename(&units("c"), RenameFlags { replace: false, posix: true }).unwrap();
    assert_eq!(seen(), ["FileInformation(65), false"]);
    file.rename(&units("d"), RenameFlags { replace: true, posix: true }).unwrap();
    assert_eq!(seen(), ["FileInformation(65), true"]);

    let folder = program.open_as("/", |request| request.options |= sys::FILE_DIRECTORY_FILE).unwrap().0;
    seen();
    let flags = sys::SL_RESTART_SCAN | sys::SL_RETURN_SINGLE_ENTRY;
    folder.query_directory(sys::FileNamesInformation, Some(&units("*")), flags, &mut buffer).unwrap();
    assert_eq!(seen(), ["FileInformation(12), 64, Some(\"*\"), None, true, true"]);
}

/// A filter that changes what it sees.
mod changing {
    use super::saw;
    use fltmgr::parameters::{ByteOffset, Change, CreateOptions, Disposition, FileAttributes};
    use fltmgr::{Filter, Operations, PostOp, PostStatus, Pre, PreOp, PrePost, PreStatus, Result, Starting, op};

    struct Changer;

    impl Filter for Changer {
        const OPERATIONS: Operations<Self> =
            Operations::new().pre::<op::Create>().pre_post::<op::Read>().pre::<op::Write>().pre::<op::SetInformation>();

        fn start(_: &mut Starting<'_, Self>) -> Result<Self> {
            Ok(Self)
        }
    }

    impl Pre<op::Create> for Changer {
        /// Lets only temporary files be made, and has those go when they are closed.
        fn pre<'a>(&self, mut create: PreOp<'a, op::Create>) -> PreStatus<'a, op::Create> {
            let parameters = create.parameters();
            if parameters.file_attributes().contains(FileAttributes::TEMPORARY) {
                let options = parameters.options();
                create.set_options(options | CreateOptions::DELETE_ON_CLOSE);
            } else if parameters.disposition() == Disposition::OpenIf {
                create.set_disposition(Disposition::Open);
            }
            create.pass().into()
        }
    }

    impl PrePost<op::Read> for Changer {
        type Carry = ();

        /// Has reads of the beginning begin at 2 and be of 3 bytes at most, and asks for more than others do.
        fn pre<'a>(&self, mut read: PreOp<'a, op::Read>) -> PreStatus<'a, op::Read, ()> {
            if read.parameters().byte_offset() == ByteOffset::At(0) {
                read.set_byte_offset(ByteOffset::At(2));
                read.shorten(3);
            } else {
                read.shorten(u32::MAX);
            }
            read.pass_with(())
        }

        fn post<'a>(&self, read: PostOp<'a, op::Read>, (): ()) -> PostStatus<'a, op::Read> {
            saw(format!("{:?}, {}", read.parameters().byte_offset(), read.parameters().length()));
            read.finish()
        }
    }

    impl Pre<op::Write> for Changer {
        /// Has what is written go to the end.
        fn pre<'a>(&self, mut write: PreOp<'a, op::Write>) -> PreStatus<'a, op::Write> {
            write.set_byte_offset(ByteOffset::EndOfFile);
            write.pass().into()
        }
    }

    impl Pre<op::SetInformation> for Changer {
        /// Lets nothing be replaced.
        fn pre<'a>(&self, mut set: PreOp<'a, op::SetInformation>) -> PreStatus<'a, op::SetInformation> {
            set.set_may_replace(false);
            saw(matches!(set.parameters().change(), Change::Rename(_)).to_string());
            set.pass().into()
        }
    }

    fltmgr::driver!(Changer);
}

#[test]
fn what_a_filter_changes_takes_effect_below_it() {
    let guarded = with(changing::driver_entry);
    let program = guarded.anybody();
    assert_eq!(failure(program.open_for_writing("/a")), sys::STATUS_OBJECT_NAME_NOT_FOUND);
    let temporary = program.open_as("/t", |request| {
        request.desired_access |= sys::DELETE;
        request.disposition = sys::FILE_CREATE;
        request.file_attributes = sys::FILE_ATTRIBUTE_TEMPORARY;
    });
    drop(temporary.unwrap());
    assert!(!program.exists("/t"));

    program.write("/a", b"0123456789").unwrap();
    let file = program.open_for_writing("/a").unwrap();
    let mut buffer = [0; 8];
    assert_eq!(file.read(0, &mut buffer), Ok(3));
    assert_eq!(&buffer, b"234\0\0\0\0\0");
    // The filter's own post-operation sees what was asked for.
    assert_eq!(seen(), ["At(0), 8"]);
    assert_eq!(file.read(4, &mut buffer), Ok(6), "a read cannot be made longer than its buffer");
    file.write(WriteOffset::At(0), b"x").unwrap();
    assert_eq!(file.read(1, &mut [0; 20]), Ok(10), "the write went to the end");
    drop(file);
    seen();

    program.write("/b", b"").unwrap();
    let (file, _) = program.open_as("/a", |request| request.desired_access = sys::DELETE | sys::SYNCHRONIZE).unwrap();
    for posix in [false, true] {
        let renamed = file.rename(&units("/b"), RenameFlags { replace: true, posix });
        assert_eq!(failure(renamed), sys::STATUS_OBJECT_NAME_COLLISION);
    }
    assert_eq!(seen(), ["true", "true"]);
}

/// A filter that waits for what it may wait for.
mod waiting {
    use super::saw;
    use fltmgr::irql::{ApcLevel, Irql};
    use fltmgr::op::{CanSynchronize, FileSystemControl, LockControl, Read};
    use fltmgr::{Filter, Operations, PostOp, PostStatus, PreOp, Result, Starting, Synchronized, SynchronizedStatus};

    struct Wait;

    impl Filter for Wait {
        const OPERATIONS: Operations<Self> =
            Operations::new().synchronized::<FileSystemControl>().synchronized::<LockControl>().synchronized::<Read>();

        fn start(_: &mut Starting<'_, Self>) -> Result<Self> {
            Ok(Self)
        }
    }

    fn ask<O: CanSynchronize>(operation: PreOp<'_, O>) -> SynchronizedStatus<'_, O, ()> {
        match operation.synchronize(()) {
            Ok(waits) => waits.into(),
            Err((operation, ())) => {
                saw("goes on alone".to_owned());
                operation.pass().into()
            }
        }
    }

    macro_rules! wait {
        ($($op:ident)*) => {$(
            impl Synchronized<$op> for Wait {
                type Carry = ();

                fn pre<'a>(&self, operation: PreOp<'a, $op>) -> SynchronizedStatus<'a, $op, ()> {
                    ask(operation)
                }

                fn post<'a>(&self, operation: PostOp<'a, $op>, (): (), _: Irql<'a, ApcLevel>) -> PostStatus<'a, $op> {
                    saw("waited".to_owned());
                    operation.finish()
                }
            }
        )*};
    }

    wait!(FileSystemControl LockControl Read);

    fltmgr::driver!(Wait);
}

#[test]
fn what_stays_pending_by_its_nature_is_not_waited_for() {
    let guarded = with(waiting::driver_entry);
    let program = guarded.anybody();
    let file = program.open_for_writing("/a").unwrap();
    // No oplock is granted where a range is locked, or to a handle that waits for each operation.
    let mut lock = FileLock { offset: 0, length: 1, key: 0, exclusive: true, fail_immediately: true };
    file.lock(&lock).unwrap();
    assert_eq!(seen(), ["waited"], "fast I/O does not stay pending");
    let waits = |code| {
        // What the file system says does not matter here.
        let _ = file.fs_control(code, &[0; 12], &mut [0; 64]);
        seen() == ["waited"]
    };
    for code in [
        sys::FSCTL_REQUEST_OPLOCK_LEVEL_1,
        sys::FSCTL_REQUEST_OPLOCK_LEVEL_2,
        sys::FSCTL_REQUEST_BATCH_OPLOCK,
        sys::FSCTL_REQUEST_FILTER_OPLOCK,
        sys::FSCTL_REQUEST_OPLOCK,
        sys::FSCTL_OPLOCK_BREAK_ACKNOWLEDGE,
        sys::FSCTL_OPLOCK_BREAK_NOTIFY,
    ] {
        assert!(!waits(code), "{code:#x}");
    }
    assert!(waits(sys::FSCTL_GET_REPARSE_POINT));

    file.unlock(0, 1, 0).unwrap();
    seen();
    lock.fail_immediately = false;
    file.lock(&lock).unwrap();
    assert_eq!(seen(), ["goes on alone"]);

    file.write(WriteOffset::At(0), b"1").unwrap();
    file.read(0, &mut [0]).unwrap();
    assert_eq!(seen(), ["waited"]);
}

/// A filter that tells how reads and changes of information come, and leaves some out.
mod telling {
    use super::saw;
    use fltmgr::op::{self, Operation};
    use fltmgr::{Filter, Operations, Pre, PreOp, PreStatus, Result, Starting};

    struct Tell;

    impl Filter for Tell {
        const OPERATIONS: Operations<Self> = Operations::new()
            .pre::<op::Create>()
            .skip_non_dasd_io::<op::Create>()
            .pre::<op::Read>()
            .pre::<op::Write>()
            .skip_paging_io::<op::Write>()
            .skip_cached_io::<op::Write>()
            .pre::<op::SetInformation>();

        fn start(_: &mut Starting<'_, Self>) -> Result<Self> {
            Ok(Self)
        }
    }

    impl<O: Operation> Pre<O> for Tell {
        fn pre<'a>(&self, operation: PreOp<'a, O>) -> PreStatus<'a, O> {
            let flags = [
                ("paging", operation.is_paging_io()),
                ("non-cached", operation.is_non_cached()),
                ("system buffer", operation.is_system_buffer()),
                ("generated", operation.is_generated()),
                ("reissued", operation.is_reissued()),
                ("synchronous", operation.is_synchronous()),
                ("top level", operation.is_top_level()),
            ];
            let flags: Vec<&str> = flags.iter().filter(|(_, set)| *set).map(|(name, _)| *name).collect();
            saw(format!("{} {:?}: {}", &O::NAME[7..], operation.class(), flags.join(", ")));
            operation.pass().into()
        }
    }

    fltmgr::driver!(Tell);
}

#[test]
fn a_filter_is_told_how_an_operation_comes_and_spared_what_it_leaves_out() {
    let guarded = with(telling::driver_entry);
    let program = guarded.anybody();
    let file = program.open_for_writing("/a").unwrap();
    file.write(WriteOffset::At(0), b"cached").unwrap();
    file.write_paging(0, b"paging").unwrap();
    assert_eq!(seen(), Vec::<String>::new(), "no volume is opened, and what is written is cached or paged");
    let mut buffer = [0; 4];
    file.read(0, &mut buffer).unwrap();
    assert_eq!(seen(), ["READ FastIo: synchronous, top level"]);
    file.read_paging(0, &mut buffer).unwrap();
    assert_eq!(seen(), ["READ Irp: paging, non-cached, synchronous, top level"]);
    file.set_information(sys::FileEndOfFileInformation, &2_u64.to_le_bytes()).unwrap();
    assert_eq!(seen(), ["SET_INFORMATION Irp: system buffer, synchronous, top level"]);

    let direct = program.open_as("/a", |request| {
        request.desired_access |= sys::FILE_GENERIC_WRITE;
        request.options = sys::FILE_NO_INTERMEDIATE_BUFFERING;
    });
    direct.unwrap().0.write(WriteOffset::At(0), &[0; 512]).unwrap();
    assert_eq!(seen(), ["WRITE Irp: non-cached, top level"]);
}

/// A filter that refuses what does not come as an IRP.
mod refusing {
    use super::saw;
    use fltmgr::op::{AcquireForSectionSynchronization, Create, NetworkQueryOpen, Operation};
    use fltmgr::{Filter, Operations, Pre, PreOp, PreStatus, Result, Starting};

    struct Refuse;

    impl Filter for Refuse {
        const OPERATIONS: Operations<Self> =
            Operations::new().pre::<Create>().pre::<NetworkQueryOpen>().pre::<AcquireForSectionSynchronization>();

        fn start(_: &mut Starting<'_, Self>) -> Result<Self> {
            Ok(Self)
        }
    }

    impl Pre<Create> for Refuse {
        fn pre<'a>(&self, create: PreOp<'a, Create>) -> PreStatus<'a, Create> {
            saw(Create::NAME.to_owned());
            create.pass().into()
        }
    }

    impl Pre<NetworkQueryOpen> for Refuse {
        fn pre<'a>(&self, query: PreOp<'a, NetworkQueryOpen>) -> PreStatus<'a, NetworkQueryOpen> {
            saw(NetworkQueryOpen::NAME.to_owned());
            query.disallow_fast_io().map_or_else(|query| query.pass().into(), Into::into)
        }
    }

    impl Pre<AcquireForSectionSynchronization> for Refuse {
        fn pre<'a>(
            &self,
            acquire: PreOp<'a, AcquireForSectionSynchronization>,
        ) -> PreStatus<'a, AcquireForSectionSynchronization> {
            acquire.refuse_section().map_or_else(|acquire| acquire.pass().into(), Into::into)
        }
    }

    fltmgr::driver!(Refuse);
}

#[test]
fn a_refused_query_open_comes_again_as_a_create_and_a_refused_section_has_no_resources() {
    let guarded = with(refusing::driver_entry);
    let program = guarded.anybody();
    program.write("/a", b"12345").unwrap();
    seen();
    let information = guarded.volume.query_open(&program.requestor, &units("/a"), false).unwrap();
    // SAFETY: every bit pattern of the union is a QuadPart.
    assert_eq!(unsafe { information.EndOfFile.QuadPart }, 5);
    assert_eq!(seen(), ["IRP_MJ_NETWORK_QUERY_OPEN", "IRP_MJ_CREATE"]);
    let file = program.open("/a").unwrap();
    assert_eq!(failure(file.create_section(sys::PAGE_READONLY)), sys::STATUS_INSUFFICIENT_RESOURCES);
}
