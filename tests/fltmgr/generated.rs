//! What a filter begins itself: operations of its own, waited for, left to their completion, and canceled.

use crate::rig::{load_another, open, saw, seen, seen_after, with_file};
use fltmgr_sys as sys;
use std::thread;
use std::time::Duration;

/// A filter that asks a file all kinds of things when it is flushed.
mod asking {
    use super::saw;
    use fltmgr::file::{File, PlainControl};
    use fltmgr::generated::request::{
        FlushBuffers, FsControl, QueryDirectory, QueryInformation, QueryVolumeInformation, Read, Request,
        SetInformation, Write,
    };
    use fltmgr::generated::{Generated, Memory};
    use fltmgr::irql::{Irql, PassiveLevel};
    use fltmgr::parameters::{ByteOffset, FileInformation, Flush, VolumeInformation};
    use fltmgr::pool::{NonPaged, PoolVec, Tag};
    use fltmgr::{Error, Filter, Operations, Pre, PreOp, PreStatus, Result, Starting, op};

    struct Ask;

    impl Filter for Ask {
        const OPERATIONS: Operations<Self> = Operations::new().pre::<op::FlushBuffers>().pre::<op::Read>();

        fn start(_: &mut Starting<'_, Self>) -> Result<Self> {
            Ok(Self)
        }
    }

    fn buffer(content: &[u8]) -> PoolVec<u8, NonPaged> {
        PoolVec::try_from_slice(content, Tag::new(*b"Test")).unwrap()
    }

    /// Performs a request once.
    fn ask<R: Request>(file: &File, request: R, at: Irql<'_, PassiveLevel>) -> (Generated<R>, Result<usize>) {
        let operation = Generated::try_new(file.reference().unwrap(), request, Memory::AsNeeded, at);
        let mut operation = operation.unwrap_or_else(|kept| panic!("{:?}", kept.error));
        let result = operation.perform(at);
        (operation, result)
    }

    impl Pre<op::FlushBuffers> for Ask {
        fn pre<'a>(&self, flush: PreOp<'a, op::FlushBuffers>) -> PreStatus<'a, op::FlushBuffers> {
            let at = flush.irql();
            let file = flush.file().unwrap();
            if file.is_directory(at).unwrap() {
                let query = QueryDirectory {
                    class: FileInformation::NAMES,
                    buffer: buffer(&[0; 400]),
                    restarts: true,
                    single_entry: false,
                };
                let (query, result) = ask(&file, query, at);
                let entries = &query.request().buffer[..result.unwrap()];
                let text: Vec<u16> = entries.as_chunks().0.iter().map(|unit| u16::from_le_bytes(*unit)).collect();
                saw(format!("names {}", String::from_utf16_lossy(&text).contains('a')));
                return flush.pass().into();
            }
            let read = Read { offset: ByteOffset::At(2), buffer: buffer(&[0; 3]), non_cached: false };
            let (mut read, result) = ask(&file, read, at);
            saw(format!("read {:?} {:?}", result, &read.request().buffer[..]));
            read.request_mut().offset = ByteOffset::At(8);
            let result = read.perform(at);
            saw(format!("read {:?} {:?}", result, &read.request().buffer[..]));
            read.request_mut().offset = ByteOffset::At(100);
            saw(format!("read {:x?}", read.perform(at).map_err(Error::raw)));

            let write = Write { offset: ByteOffset::At(0), bytes: buffer(b"ab"), non_cached: false };
            saw(format!("write {:?}", ask(&file, write, at).1));

            let query = QueryInformation { class: FileInformation::STANDARD, buffer: buffer(&[0; 24]) };
            let (query, result) = ask(&file, query, at);
            saw(format!("size {:?} {:?}", result, &query.request().buffer[8..16]));

            let set = SetInformation { class: FileInformation::END_OF_FILE, buffer: buffer(&4_u64.to_le_bytes()) };
            saw(format!("shorten {:?}", ask(&file, set, at).1));
            let set = SetInformation { class: FileInformation::RENAME, buffer: buffer(&[0; 32]) };
            saw(format!("rename {:x?}", ask(&file, set, at).1.map_err(Error::raw)));

            let query = QueryInformation { class: FileInformation::STANDARD, buffer: buffer(&[0; 23]) };
            saw(format!("short {:x?}", ask(&file, query, at).1.map_err(Error::raw)));
            let read = Read { offset: ByteOffset::FilePosition, buffer: buffer(&[0; 3]), non_cached: false };
            saw(format!("position {:x?}", ask(&file, read, at).1.map_err(Error::raw)));
            let read = Read { offset: ByteOffset::At(0), buffer: buffer(&[0; 100]), non_cached: true };
            saw(format!("part of a sector {:x?}", ask(&file, read, at).1.map_err(Error::raw)));
            let read = Read { offset: ByteOffset::At(0), buffer: buffer(&[0; 512]), non_cached: true };
            saw(format!("a sector {:?}", ask(&file, read, at).1));

            saw(format!("flush {:?}", ask(&file, FlushBuffers { kind: Flush::Normal }, at).1));

            let query = QueryVolumeInformation { class: VolumeInformation::SIZE, buffer: buffer(&[0; 24]) };
            saw(format!("volume {:?}", ask(&file, query, at).1));

            let control =
                FsControl { control: PlainControl::QUERY_ALLOCATED_RANGES, buffer: buffer(&[]), input_length: 0 };
            saw(format!("control {:x?}", ask(&file, control, at).1.map_err(Error::raw)));
            flush.pass().into()
        }
    }

    impl Pre<op::Read> for Ask {
        fn pre<'a>(&self, read: PreOp<'a, op::Read>) -> PreStatus<'a, op::Read> {
            saw("the filter sees its own read");
            read.pass().into()
        }
    }

    fltmgr::driver!(Ask);
}

#[test]
fn operations_of_the_filters_own_are_performed_below_it() {
    let guarded = with_file(asking::driver_entry);
    open(&guarded).flush().unwrap();
    assert_eq!(
        seen(),
        [
            "read Ok(3) [50, 51, 52]",
            // What was not read keeps what was there before.
            "read Ok(2) [56, 57, 52]",
            &format!("read Err({:x})", sys::STATUS_END_OF_FILE),
            "write Ok(2)",
            "size Ok(24) [10, 0, 0, 0, 0, 0, 0, 0]",
            "shorten Ok(0)",
            &format!("rename Err({:x})", sys::STATUS_INVALID_INFO_CLASS),
            &format!("short Err({:x})", sys::STATUS_INFO_LENGTH_MISMATCH),
            &format!("position Err({:x})", sys::STATUS_INVALID_PARAMETER),
            &format!("part of a sector Err({:x})", sys::STATUS_INVALID_PARAMETER),
            "a sector Ok(4)",
            "flush Ok(0)",
            "volume Ok(24)",
            // METHOD_NEITHER.
            &format!("control Err({:x})", sys::STATUS_INVALID_PARAMETER),
        ]
    );
    assert_eq!(guarded.anybody().read("/a").unwrap(), b"ab23");
    seen();
    let directory = guarded.anybody().open_as("/", |request| request.options |= sys::FILE_DIRECTORY_FILE).unwrap().0;
    directory.flush().unwrap();
    assert_eq!(seen(), ["names true"]);
}

/// A filter that begins to read when a file is flushed, and cancels what is under way when it is flushed the next time.
mod beginning {
    use super::saw;
    use fltmgr::file::File;
    use fltmgr::generated::request::Read;
    use fltmgr::generated::{Completion, Generated, InFlight, Memory};
    use fltmgr::instance::{Instance, Teardown};
    use fltmgr::irql::{DispatchLevel, Irql, PassiveLevel};
    use fltmgr::parameters::ByteOffset;
    use fltmgr::pool::{PoolVec, Tag};
    use fltmgr::{Filter, Operations, Pre, PreOp, PreStatus, Result, Starting, op};

    const TAG: Tag = Tag::new(*b"Test");

    struct Begin;

    impl Filter for Begin {
        const OPERATIONS: Operations<Self> = Operations::new().pre::<op::FlushBuffers>().pre::<op::SetInformation>();

        fn start(_: &mut Starting<'_, Self>) -> Result<Self> {
            Ok(Self)
        }

        fn detaching(&self, _: Instance<'_>, _: Teardown, at: Irql<'_, PassiveLevel>) {
            drop(self.held().take(at));
        }
    }

    struct Report;

    impl Completion<Read> for Report {
        type Filter = Begin;

        fn completed(self, _: &Begin, read: Generated<Read>, result: Result<usize>, _: Irql<'_, DispatchLevel>) {
            let result = result.map_err(fltmgr::Error::raw);
            saw(format!("read {result:x?} {:?}", &read.request().buffer[..]));
        }
    }

    impl Pre<op::FlushBuffers> for Begin {
        fn pre<'a>(&self, flush: PreOp<'a, op::FlushBuffers>) -> PreStatus<'a, op::FlushBuffers> {
            let at = flush.irql();
            if let Some(reading) = self.held().take(at) {
                let canceled = reading.cancel();
                saw(format!("canceled {canceled}, ended {}", reading.has_ended()));
                return flush.pass().into();
            }
            let reading = begin(&flush.file().unwrap(), at);
            assert!(matches!(self.held().put(reading, at), Ok(None)));
            flush.pass().into()
        }
    }

    /// Begins to read the first two bytes.
    fn begin(file: &File, at: Irql<'_, PassiveLevel>) -> InFlight<Read, Report> {
        let buffer = PoolVec::try_filled(0, 2, TAG).unwrap();
        let read = Read { offset: ByteOffset::At(0), buffer, non_cached: false };
        let read = Generated::try_new(file.reference().unwrap(), read, Memory::Preallocated, at);
        read.ok().unwrap().start(Report, TAG, at).ok().unwrap()
    }

    impl Pre<op::SetInformation> for Begin {
        fn pre<'a>(&self, set: PreOp<'a, op::SetInformation>) -> PreStatus<'a, op::SetInformation> {
            begin(&set.file().unwrap(), set.irql()).detach();
            set.pass().into()
        }
    }

    fltmgr::driver!(Begin, held: InFlight<Read, Report>);
}

/// A filter that pends reads until they are canceled.
mod pending {
    use super::saw;
    use fltmgr::cancel::Waiting;
    use fltmgr::instance::{Instance, Teardown};
    use fltmgr::irql::{ApcLevel, Irql, PassiveLevel};
    use fltmgr::operation;
    use fltmgr::pool::Tag;
    use fltmgr::{Filter, Operations, Pre, PreOp, PreStatus, Result, Starting, op};

    const TAG: Tag = Tag::new(*b"Test");

    struct Pend;

    impl Filter for Pend {
        const OPERATIONS: Operations<Self> = Operations::new().pre::<op::Read>();

        fn start(_: &mut Starting<'_, Self>) -> Result<Self> {
            Ok(Self)
        }

        fn detaching(&self, _: Instance<'_>, _: Teardown, at: Irql<'_, PassiveLevel>) {
            drop(self.held().take(at));
        }
    }

    impl Pre<op::Read> for Pend {
        fn pre<'a>(&self, read: PreOp<'a, op::Read>) -> PreStatus<'a, op::Read> {
            let at: Irql<'_, ApcLevel> = read.irql();
            let read = match read.into_irp().and_then(operation::Irp::cancelable) {
                Ok(read) => read,
                Err(read) => return read.pass().into(),
            };
            let read = read.into_irp();
            saw(format!("pended, canceled {}", read.is_canceled()));
            let (pending, waiting) = read.cancelable().ok().unwrap().pend(TAG).ok().unwrap();
            assert!(matches!(self.held().put(waiting, at), Ok(None)));
            pending.into()
        }
    }

    fltmgr::driver!(Pend, held: Waiting<op::Read>);
}

#[test]
fn an_operation_that_nobody_waits_for_comes_back_to_its_completion() {
    let guarded = with_file(beginning::driver_entry);
    let file = open(&guarded);
    file.flush().unwrap();
    assert_eq!(seen_after(1), ["read Ok(2) [48, 49]"]);
    file.flush().unwrap();
    assert_eq!(seen(), ["canceled false, ended true"], "it has ended, so there is nothing to cancel");
    file.flush().unwrap();
    assert_eq!(seen_after(1), ["read Ok(2) [48, 49]"]);
}

#[test]
fn an_operation_of_the_filters_own_can_be_canceled() {
    let guarded = with_file(beginning::driver_entry);
    load_another(&guarded, pending::driver_entry, "below", "200000");
    let file = open(&guarded);
    file.flush().unwrap();
    assert_eq!(seen_after(1), ["pended, canceled false"]);
    file.flush().unwrap();
    let canceled = format!("read Err({:x}) [0, 0]", sys::STATUS_CANCELLED);
    assert_eq!(seen_after(2), [canceled.as_str(), "canceled true, ended true"]);
    guarded.machine.unload("below").unwrap();
}

#[test]
fn an_operation_that_is_let_go_goes_on() {
    let guarded = with_file(beginning::driver_entry);
    load_another(&guarded, pending::driver_entry, "below", "200000");
    let file = open(&guarded);
    file.set_information(sys::FileEndOfFileInformation, &3_u64.to_le_bytes()).unwrap();
    assert_eq!(seen_after(1), ["pended, canceled false"]);
    thread::sleep(Duration::from_millis(20));
    assert_eq!(seen(), [""; 0], "nobody has canceled it");
    // The filter below lets go of what it holds.
    guarded.machine.unload("below").unwrap();
    assert_eq!(seen_after(1), [format!("read Err({:x}) [0, 0]", sys::STATUS_CANCELLED)]);
}

#[test]
fn what_is_under_way_is_canceled_when_the_filter_goes() {
    let guarded = with_file(beginning::driver_entry);
    load_another(&guarded, pending::driver_entry, "below", "200000");
    open(&guarded).flush().unwrap();
    seen_after(1);
    guarded.machine.unload("test").unwrap();
    assert_eq!(seen(), [format!("read Err({:x}) [0, 0]", sys::STATUS_CANCELLED)]);
    guarded.machine.unload("below").unwrap();
}
