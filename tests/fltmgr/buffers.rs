//! The buffers of operations are reached and replaced as `fltmgr` says: filters written with it, linked into the test, in
//! fltsim.
#![expect(unsafe_code, reason = "one of the filters does by hand what fltmgr does not")]

use crate::common::{Program, units};
use crate::rig::{saw, seen, with, with_two_instances};
use fltmgr_sys as sys;
use fltsim::io::{File, WriteOffset};

/// A filter that does nothing.
mod nothing {
    use fltmgr::{Filter, Operations, Result, Starting};

    struct Nothing;

    impl Filter for Nothing {
        const OPERATIONS: Operations<Self> = Operations::new();

        fn start(_: &mut Starting<'_, Self>) -> Result<Self> {
            Ok(Self)
        }
    }

    fltmgr::driver!(Nothing);
}

/// A filter that gives every operation a buffer of its own, and tells of it.
mod swapping {
    use super::saw;
    use fltmgr::buffer::{CanSwap, SwapBuffer};
    use fltmgr::irql::{ApcLevel, NotAbove};
    use fltmgr::pool::Tag;
    use fltmgr::{Filter, Operations, PostOp, PostStatus, PreOp, PrePost, PreStatus, Result, Starting, op};

    struct Swap;

    impl Filter for Swap {
        const OPERATIONS: Operations<Self> = Operations::new()
            .pre_post::<op::DeviceControl>()
            .pre_post::<op::DirectoryControl>()
            .pre_post::<op::FileSystemControl>()
            .pre_post::<op::QueryEa>()
            .pre_post::<op::QueryInformation>()
            .pre_post::<op::QuerySecurity>()
            .pre_post::<op::QueryVolumeInformation>()
            .pre_post::<op::Read>()
            .pre_post::<op::SetEa>()
            .pre_post::<op::SetInformation>()
            .pre_post::<op::SetVolumeInformation>()
            .pre_post::<op::Write>();

        fn start(_: &mut Starting<'_, Self>) -> Result<Self> {
            Ok(Self)
        }
    }

    impl<O: CanSwap> PrePost<O> for Swap
    where
        O::PreLevel: NotAbove<ApcLevel>,
    {
        type Carry = SwapBuffer<O, u32>;

        fn pre<'a>(&self, mut operation: PreOp<'a, O>) -> PreStatus<'a, O, Self::Carry> {
            let at = operation.irql();
            match operation.swap_buffer(42, Tag::new(*b"Swap"), at) {
                Ok(buffer) => operation.pass_with(buffer),
                Err(error) => {
                    saw(format!("{} stays: {:#x}", O::NAME, error.raw()));
                    operation.pass().into()
                }
            }
        }

        fn post<'a>(&self, mut operation: PostOp<'a, O>, mut buffer: Self::Carry) -> PostStatus<'a, O> {
            assert_eq!(*buffer.value(), 42);
            let length = buffer.len();
            let answered = buffer.answer(&operation).len();
            let mdl = if buffer.retain_mdl(&mut operation) { ", with MDL" } else { "" };
            assert!(!buffer.retain_mdl(&mut operation), "an MDL is retained once");
            saw(format!("{} {answered} of {length}{mdl}", O::NAME));
            operation.deliver(buffer)
        }
    }

    fltmgr::driver!(Swap);
}

/// The name of an extended attribute, for a query.
const WANTED: &[u8] = b"\0\0\0\0\x04NAME\0\0\0";
/// An extended attribute, to be set.
const ATTRIBUTE: &[u8] = b"\0\0\0\0\0\x04\x05\0NAME\0value\0\0\0";

/// A file to be read and written past the cache.
fn uncached(program: &Program<'_>, name: &str) -> File {
    let (file, _) = program
        .open_as(name, |request| {
            request.desired_access = sys::FILE_GENERIC_READ | sys::FILE_GENERIC_WRITE;
            request.disposition = sys::FILE_OPEN_IF;
            request.options |= sys::FILE_NO_INTERMEDIATE_BUFFERING;
        })
        .unwrap();
    file
}

/// What a program is told when it does all that has a buffer.
fn everything(program: &Program<'_>) -> Vec<(&'static str, Vec<u8>)> {
    let mut told = Vec::new();
    let file = program.open_for_writing("/a").unwrap();
    // The first is an IRP, and the others are fast I/O.
    file.write(WriteOffset::At(0), b"what is written").unwrap();
    file.write(WriteOffset::End, b" here").unwrap();
    let mut buffer = [0; 512];
    let mut tell = |what, result: Result<usize, _>, buffer: &mut [u8]| {
        told.push((what, buffer[..result.unwrap_or_else(|status| panic!("{what} fails: {status}"))].to_vec()));
        buffer.fill(0);
    };
    let result = file.read(5, &mut buffer);
    tell("read", result, &mut buffer);
    let result = uncached(program, "/a").read(0, &mut buffer);
    tell("read past the cache", result, &mut buffer);
    let result = file.read_paging(0, &mut buffer);
    tell("read by the memory manager", result, &mut buffer);
    file.write_paging(0, &[b'x'; 512]).unwrap();
    let result = file.read(0, &mut buffer);
    tell("read again", result, &mut buffer);
    file.set_ea(ATTRIBUTE).unwrap();
    let result = file.query_ea(WANTED, &mut buffer);
    tell("query of an attribute", result, &mut buffer);
    file.set_information(sys::FileEndOfFileInformation, &7_i64.to_le_bytes()).unwrap();
    let result = file.query_information(sys::FileStandardInformation, &mut buffer);
    tell("query of sizes", result, &mut buffer);
    let result = file.query_information(sys::FileEaInformation, &mut buffer);
    tell("query of the length of the attributes", result, &mut buffer);
    let result = file.query_volume_information(sys::FileFsAttributeInformation, &mut buffer);
    tell("query of the volume", result, &mut buffer);
    let result = file.query_security(sys::OWNER_SECURITY_INFORMATION, &mut buffer);
    tell("query of the owner", result, &mut buffer);
    let folder = program.open_as("/", |request| request.options |= sys::FILE_DIRECTORY_FILE).unwrap().0;
    let result = folder.query_directory(sys::FileNamesInformation, None, sys::SL_RESTART_SCAN, &mut buffer);
    tell("listing", result, &mut buffer);
    drop(folder);
    told
}

#[test]
fn programs_do_not_notice_swapped_buffers() {
    let expected = {
        let guarded = with(nothing::driver_entry);
        everything(&guarded.anybody())
    };
    let guarded = with(swapping::driver_entry);
    let told = everything(&guarded.anybody());
    for (told, expected) in told.iter().zip(&expected) {
        assert_eq!(told, expected);
    }
    let seen = seen();
    for expected in [
        "IRP_MJ_WRITE 0 of 15, with MDL",
        "IRP_MJ_WRITE 0 of 5",
        "IRP_MJ_READ 15 of 512",
        "IRP_MJ_READ 20 of 512, with MDL",
        "IRP_MJ_WRITE 0 of 512, with MDL",
        "IRP_MJ_SET_EA 0 of 21, with MDL",
        "IRP_MJ_QUERY_EA 18 of 512, with MDL",
        "IRP_MJ_SET_INFORMATION 0 of 8",
        "IRP_MJ_QUERY_INFORMATION 4 of 512",
    ] {
        assert!(seen.iter().any(|line| line == expected), "{expected:?} is not in {seen:#?}");
    }
    for kind in ["QUERY_VOLUME_INFORMATION", "QUERY_SECURITY", "DIRECTORY_CONTROL"] {
        assert!(seen.iter().any(|line| line.contains(kind) && !line.contains(" 0 of ")), "{kind} is not in {seen:#?}");
    }
    // What is fast I/O and has no MDL is the requestor's address and nothing else.
    let stays = format!("IRP_MJ_QUERY_INFORMATION stays: {:#x}", sys::STATUS_INVALID_PARAMETER);
    assert_eq!(seen.iter().filter(|line| line.contains("stays")).collect::<Vec<_>>(), [&stays]);
}

#[test]
fn a_buffer_of_a_control_is_swapped_where_the_system_has_it() {
    let guarded = with(swapping::driver_entry);
    let program = guarded.anybody();
    let file = program.open_for_writing("/a").unwrap();
    seen();
    let mut buffer = [0; 64];
    // The input is in the buffer too, though it is longer than the output.
    let _ = file.fs_control(sys::FSCTL_GET_REPARSE_POINT, &[1; 100], &mut buffer);
    assert_eq!(seen(), ["IRP_MJ_FILE_SYSTEM_CONTROL 0 of 100"]);
    // METHOD_NEITHER: whoever is asked takes the addresses for the program's.
    let neither = 0x0009_0003 | 0x200 << 2;
    let _ = file.fs_control(neither, &[1; 4], &mut buffer);
    assert_eq!(seen(), [format!("IRP_MJ_FILE_SYSTEM_CONTROL stays: {:#x}", sys::STATUS_INVALID_PARAMETER)]);
    let _ = file.fs_control(neither - 1, &[1; 4], &mut buffer);
    assert_eq!(seen(), ["IRP_MJ_FILE_SYSTEM_CONTROL 0 of 64, with MDL"], "METHOD_OUT_DIRECT");
}

#[test]
fn an_empty_buffer_is_left_where_it_is() {
    let guarded = with(swapping::driver_entry);
    let program = guarded.anybody();
    let file = program.open_for_writing("/a").unwrap();
    seen();
    assert_eq!(file.write(WriteOffset::At(0), b""), Ok(0));
    assert_eq!(seen(), ["IRP_MJ_WRITE 0 of 0"]);
}

/// A filter that begins a read as the cache manager has it, when a file is flushed, and sees it at its instance below.
mod lending {
    use super::saw;
    use fltmgr::{Filter, Operations, Pre, PreOp, PreStatus, Result, Starting, op};
    use fltmgr_sys as sys;

    struct Lend;

    impl Filter for Lend {
        const OPERATIONS: Operations<Self> = Operations::new().pre::<op::FlushBuffers>().pre::<op::Read>();

        fn start(_: &mut Starting<'_, Self>) -> Result<Self> {
            Ok(Self)
        }
    }

    impl Pre<op::FlushBuffers> for Lend {
        fn pre<'a>(&self, flush: PreOp<'a, op::FlushBuffers>) -> PreStatus<'a, op::FlushBuffers> {
            let file = flush.file().unwrap();
            // SAFETY: a file is the two addresses, of its instance and of its file object.
            let (instance, object) = unsafe {
                let place = std::ptr::from_ref::<fltmgr::file::File>(&file);
                (place.cast::<sys::PFLT_INSTANCE>().read(), place.cast::<sys::PFILE_OBJECT>().add(1).read())
            };
            let mut memory = [0_u8; 64];
            for minor in [sys::IRP_MN_MDL, sys::IRP_MN_MDL | sys::IRP_MN_COMPLETE] {
                for length in [64, 0] {
                    let mut data = std::ptr::null_mut();
                    // SAFETY: the file is open on the instance. The instance below answers the read, so that nobody reads;
                    // the MDL goes with the callback data.
                    unsafe {
                        let allocated = sys::FltAllocateCallbackData(instance, object, &raw mut data);
                        assert_eq!(allocated, sys::STATUS_SUCCESS);
                        let block = &mut *(*data).Iopb;
                        block.MajorFunction = sys::IRP_MJ_READ.try_into().unwrap();
                        block.MinorFunction = minor.try_into().unwrap();
                        block.IrpFlags |= sys::IRP_READ_OPERATION;
                        block.Parameters.Read.Length = length;
                        let address = memory.as_mut_ptr().cast();
                        let mdl = sys::IoAllocateMdl(address, 64, 0, 0, std::ptr::null_mut());
                        sys::MmBuildMdlForNonPagedPool(mdl);
                        block.Parameters.Read.MdlAddress = mdl;
                        sys::FltPerformSynchronousIo(data);
                        sys::FltFreeCallbackData(data);
                    }
                }
            }
            flush.succeed().into()
        }
    }

    impl Pre<op::Read> for Lend {
        fn pre<'a>(&self, mut read: PreOp<'a, op::Read>) -> PreStatus<'a, op::Read> {
            let at = read.irql();
            saw(format!("locked {:x?}", read.lock_buffer(at).map(|buffer| buffer.len()).map_err(fltmgr::Error::raw)));
            read.fail(fltmgr::Error::INVALID_PARAMETER).into()
        }
    }

    fltmgr::driver!(Lend);
}

#[test]
fn the_pages_of_the_cache_are_nobodys_buffer() {
    let guarded = with_two_instances(lending::driver_entry);
    let file = guarded.anybody().open_for_writing("/a").unwrap();
    seen();
    file.flush().unwrap();
    let refused = format!("locked Err({:x})", sys::STATUS_INVALID_PARAMETER);
    assert_eq!(seen(), [refused.as_str(); 4]);
}

/// A filter that inverts what is written, in a worker, and what is read, in the thread that reads.
mod inverting {
    use fltmgr::buffer::SwapBuffer;
    use fltmgr::irql::{ApcLevel, Irql, PassiveLevel};
    use fltmgr::pending::PendedPre;
    use fltmgr::pool::Tag;
    use fltmgr::work::{DeferredPre, Queue};
    use fltmgr::{
        Filter, Operations, PostOp, PostStatus, PreOp, PrePost, PreStatus, Result, Starting, Synchronized,
        SynchronizedStatus, op,
    };

    const TAG: Tag = Tag::new(*b"Invt");

    struct Invert;

    impl Filter for Invert {
        const OPERATIONS: Operations<Self> = Operations::new().pre_post::<op::Write>().synchronized::<op::Read>();

        fn start(_: &mut Starting<'_, Self>) -> Result<Self> {
            Ok(Self)
        }
    }

    fn invert(bytes: &mut [u8]) {
        for byte in bytes {
            *byte = !*byte;
        }
    }

    struct Work;

    impl DeferredPre<op::Write> for Work {
        type Filter = Invert;
        type Carry = SwapBuffer<op::Write>;

        fn run(self, _: &Invert, mut write: PendedPre<op::Write, Self::Carry>, at: Irql<'_, PassiveLevel>) {
            match write.operation(at, |write| write.swap_buffer((), TAG, write.irql())) {
                Ok(mut buffer) => {
                    invert(&mut buffer);
                    write.pass_with(buffer, at);
                }
                Err(error) => write.fail(error),
            }
        }
    }

    impl PrePost<op::Write> for Invert {
        type Carry = SwapBuffer<op::Write>;

        fn pre<'a>(&self, write: PreOp<'a, op::Write>) -> PreStatus<'a, op::Write, Self::Carry> {
            let write = match write.disallow_fast_io() {
                Ok(disallowed) => return disallowed.into(),
                Err(write) => write,
            };
            match write.into_irp().ok().unwrap().defer(Work, Queue::Delayed, TAG) {
                Ok(pending) => pending.into(),
                Err(not_queued) => not_queued.kept.fail(not_queued.error).into(),
            }
        }

        fn post<'a>(&self, write: PostOp<'a, op::Write>, _: Self::Carry) -> PostStatus<'a, op::Write> {
            write.finish()
        }
    }

    impl Synchronized<op::Read> for Invert {
        type Carry = SwapBuffer<op::Read>;

        fn pre<'a>(&self, mut read: PreOp<'a, op::Read>) -> SynchronizedStatus<'a, op::Read, Self::Carry> {
            let at = read.irql();
            match read.swap_buffer((), TAG, at) {
                Ok(buffer) => read.synchronize(buffer).ok().unwrap().into(),
                Err(error) => read.fail(error).into(),
            }
        }

        fn post<'a>(
            &self,
            mut read: PostOp<'a, op::Read>,
            mut buffer: Self::Carry,
            at: Irql<'a, ApcLevel>,
        ) -> PostStatus<'a, op::Read> {
            invert(buffer.answer(&read));
            match read.deliver_here(buffer, at) {
                Ok(()) => read.finish(),
                Err(error) => read.fail(error),
            }
        }
    }

    fltmgr::driver!(Invert);
}

#[test]
fn a_buffer_is_swapped_by_whatever_sends_the_operation_on_its_way() {
    let guarded = with(inverting::driver_entry);
    let program = guarded.anybody();
    let file = program.open_for_writing("/a").unwrap();
    file.write(WriteOffset::At(0), b"text").unwrap();
    file.write(WriteOffset::End, b" and more").unwrap();
    let mut buffer = [b'_'; 16];
    assert_eq!(file.read(0, &mut buffer), Ok(13));
    assert_eq!(&buffer, b"text and more___");
    drop(file);
    guarded.machine.unload("test").unwrap();
    let inverted: Vec<u8> = b"text and more".iter().map(|byte| !byte).collect();
    assert_eq!(program.read("/a").unwrap(), inverted);
}

/// A filter that locks every buffer, and tells what is in it.
mod locking {
    use super::saw;
    use fltmgr::buffer::HasUserBuffer;
    use fltmgr::file::{OpenOptions, Quota, Quotas};
    use fltmgr::irql::{ApcLevel, NotAbove};
    use fltmgr::op::CanFailAfter;
    use fltmgr::parameters::Access;
    use fltmgr::pool::Tag;
    use fltmgr::{
        Error, Filter, Operations, PostOp, PostStatus, Pre, PreOp, PrePost, PreStatus, Result, SafePost, SafePostOp,
        Starting, op,
    };

    struct Lock;

    impl Filter for Lock {
        const OPERATIONS: Operations<Self> = Operations::new()
            .pre_post::<op::DeviceControl>()
            .pre_post::<op::DirectoryControl>()
            .pre_post::<op::FileSystemControl>()
            .pre_post::<op::QueryEa>()
            .pre_post::<op::QueryQuota>()
            .pre_post::<op::QuerySecurity>()
            .pre_post::<op::Read>()
            .pre_post::<op::SetEa>()
            .pre_post::<op::SetQuota>()
            .pre_post::<op::Write>()
            .pre::<op::FlushBuffers>();

        fn start(_: &mut Starting<'_, Self>) -> Result<Self> {
            Ok(Self)
        }
    }

    impl<O: HasUserBuffer + CanFailAfter> PrePost<O> for Lock
    where
        O::PreLevel: NotAbove<ApcLevel>,
    {
        type Carry = ();

        fn pre<'a>(&self, mut operation: PreOp<'a, O>) -> PreStatus<'a, O, ()> {
            let at = operation.irql();
            match operation.lock_buffer(at) {
                Ok(mut buffer) => {
                    let mut first = [0; 1];
                    let read = buffer.read(0, &mut first).map(|()| first[0]);
                    // A byte behind the buffer is nobody's.
                    assert_eq!(buffer.read(buffer.len(), &mut first), Err(Error::BUFFER_TOO_SMALL));
                    let written = read.and_then(|byte| buffer.write(0, &[byte]));
                    saw(format!("{} before: {}, {read:?}, {written:?}", O::NAME, buffer.len()));
                }
                Err(error) => saw(format!("{} before: {error:?}", O::NAME)),
            }
            operation.pass_with(())
        }

        fn post<'a>(&self, operation: PostOp<'a, O>, (): ()) -> PostStatus<'a, O> {
            match operation.when_safe(self, ()) {
                Ok(status) => status,
                Err(not_safe) => not_safe.operation.finish(),
            }
        }
    }

    impl<O: HasUserBuffer + CanFailAfter> SafePost<O> for Lock
    where
        O::PreLevel: NotAbove<ApcLevel>,
    {
        fn safe_post<'a>(
            &self,
            mut operation: SafePostOp<'a, O>,
            (): (),
            at: fltmgr::irql::Irql<'a, ApcLevel>,
        ) -> PostStatus<'a, O> {
            let information = operation.information();
            if let Ok(buffer) = operation.lock_buffer(at) {
                let mut bytes = vec![0; information.min(buffer.len())];
                buffer.read(0, &mut bytes).unwrap();
                saw(format!("{} after: {}", O::NAME, String::from_utf8_lossy(&bytes).escape_debug()));
            }
            operation.finish()
        }
    }

    impl Pre<op::FlushBuffers> for Lock {
        /// Asks for quotas and sets one, which only a driver does here: an instance below sees that.
        fn pre<'a>(&self, flush: PreOp<'a, op::FlushBuffers>) -> PreStatus<'a, op::FlushBuffers> {
            const TAG: Tag = Tag::new(*b"Lock");
            let at = flush.irql();
            let volume = flush.instance().volume().name(TAG, at).unwrap();
            let path: Vec<u16> = volume.iter().copied().chain("\\a".encode_utf16()).collect();
            let file = OpenOptions::new(Access::READ).open(flush.instance(), &path, at).unwrap();
            let mut quotas = Quotas::new(TAG);
            let sid = [1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0];
            quotas.push(Quota { sid: &sid, change_time: 0, used: 0, threshold: 1, limit: 2 }).unwrap();
            // Whether the file system has quotas does not matter.
            let _ = file.set_quotas(&quotas, at);
            let _ = file.quotas(TAG, at);
            drop(file);
            flush.succeed().into()
        }
    }

    fltmgr::driver!(Lock);
}

#[test]
fn every_buffer_is_reached_when_it_is_locked() {
    let guarded = with(locking::driver_entry);
    let program = guarded.anybody();
    let file = program.open_for_writing("/a").unwrap();
    let mut buffer = [b'_'; 64];
    file.write(WriteOffset::At(0), b"what is written").unwrap();
    let denied = "Err(Error(-1073741790))";
    assert_eq!(sys::STATUS_ACCESS_DENIED, -1_073_741_790);
    assert_eq!(
        seen(),
        [format!("IRP_MJ_WRITE before: 15, Ok({}), {denied}", b'w'), "IRP_MJ_WRITE after: what is written".to_owned()],
        "what is written is not to be changed in its place"
    );
    file.read(5, &mut buffer).unwrap();
    assert_eq!(
        seen(),
        [format!("IRP_MJ_READ before: 64, Ok({}), Ok(())", b'_'), "IRP_MJ_READ after: is written".to_owned()]
    );
    file.set_ea(ATTRIBUTE).unwrap();
    assert_eq!(seen()[0], format!("IRP_MJ_SET_EA before: {}, Ok(0), {denied}", ATTRIBUTE.len()));
    file.query_ea(WANTED, &mut buffer).unwrap();
    let lines = seen();
    assert_eq!(lines[0], format!("IRP_MJ_QUERY_EA before: 64, Ok({}), Ok(())", b'i'));
    assert!(lines[1].contains("value"), "{lines:?}");
    buffer.fill(b'_');
    file.query_security(sys::OWNER_SECURITY_INFORMATION, &mut buffer).unwrap();
    let lines = seen();
    assert_eq!(lines[0], format!("IRP_MJ_QUERY_SECURITY before: 64, Ok({}), Ok(())", b'_'));
    assert!(lines[1].len() > "IRP_MJ_QUERY_SECURITY after: ".len(), "{lines:?}");
    // A system buffer, and one of a program's own.
    let _ = file.fs_control(sys::FSCTL_GET_REPARSE_POINT, &[9; 8], &mut buffer);
    assert_eq!(seen()[0], "IRP_MJ_FILE_SYSTEM_CONTROL before: 64, Ok(9), Ok(())");
    buffer.fill(b'_');
    for method in 1..4 {
        let _ = file.fs_control(0x0009_0000 | 0x200 << 2 | method, &[1; 4], &mut buffer);
        let changed = if method == sys::METHOD_IN_DIRECT { denied } else { "Ok(())" };
        assert_eq!(seen()[0], format!("IRP_MJ_FILE_SYSTEM_CONTROL before: 64, Ok({}), {changed}", b'_'));
        let _ = file.device_control(0x0007_0000 | method, &[1; 4], &mut buffer);
        assert_eq!(seen()[0], format!("IRP_MJ_DEVICE_CONTROL before: 64, Ok({}), {changed}", b'_'));
    }
    let folder = program.open_as("/", |request| request.options |= sys::FILE_DIRECTORY_FILE).unwrap().0;
    seen();
    folder.query_directory(sys::FileNamesInformation, Some(&units("a")), sys::SL_RESTART_SCAN, &mut buffer).unwrap();
    let lines = seen();
    assert_eq!(lines[0], format!("IRP_MJ_DIRECTORY_CONTROL before: 64, Ok({}), Ok(())", b'_'));
    assert!(lines[1].contains('a'), "{lines:?}");
}

#[test]
fn buffers_of_quotas_are_reached_when_they_are_locked() {
    let guarded = with_two_instances(locking::driver_entry);
    let file = guarded.anybody().open_for_writing("/a").unwrap();
    seen();
    file.flush().unwrap();
    let lines = seen();
    let denied = "Err(Error(-1073741790))";
    // A quota is 40 bytes and a SID; what it is set to may not be changed.
    assert_eq!(lines[0], format!("IRP_MJ_SET_QUOTA before: 52, Ok(0), {denied}"), "{lines:?}");
    let query = lines.iter().find(|line| line.starts_with("IRP_MJ_QUERY_QUOTA before")).expect("a query");
    assert!(query.ends_with("Ok(0), Ok(())"), "{query}");
}

#[test]
fn an_empty_buffer_is_locked_as_one() {
    let guarded = with(locking::driver_entry);
    let file = guarded.anybody().open_for_writing("/a").unwrap();
    assert_eq!(file.write(WriteOffset::At(0), b""), Ok(0));
    assert_eq!(sys::STATUS_BUFFER_TOO_SMALL, -1_073_741_789);
    let lines = seen();
    let too_small = "Err(Error(-1073741789))";
    assert_eq!(lines[0], format!("IRP_MJ_WRITE before: 0, {too_small}, {too_small}"), "{lines:?}");
}

/// A filter that has memory aligned for the device of its volume when a file is opened, and lets go of it.
mod aligned {
    use super::saw;
    use fltmgr::pool::{AlignedBuffer, Tag};
    use fltmgr::{Filter, Operations, Pre, PreOp, PreStatus, Result, Starting, op};

    struct Aligned;

    impl Filter for Aligned {
        const OPERATIONS: Operations<Self> = Operations::new().pre::<op::Create>();

        fn start(_: &mut Starting<'_, Self>) -> Result<Self> {
            Ok(Self)
        }
    }

    impl Pre<op::Create> for Aligned {
        fn pre<'a>(&self, create: PreOp<'a, op::Create>) -> PreStatus<'a, op::Create> {
            let mut buffer = AlignedBuffer::try_zeroed(create.instance(), 5000, Tag::new(*b"Algn")).unwrap();
            saw(format!("{} zeros: {}", buffer.len(), buffer.iter().all(|byte| *byte == 0)));
            assert!(buffer.as_ptr().addr().is_multiple_of(512));
            buffer.fill(0xFF);
            create.pass().into()
        }
    }

    fltmgr::driver!(Aligned);
}

#[test]
fn aligned_memory_is_given_back_so_that_the_instance_can_go() {
    let guarded = with(aligned::driver_entry);
    drop(guarded.anybody().open_for_writing("/a").unwrap());
    assert_eq!(seen(), ["5000 zeros: true"]);
    guarded.machine.unload("test").unwrap();
}
