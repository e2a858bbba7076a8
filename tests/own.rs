//! What a filter begins itself, waits for and cancels: filters written with `fltmgr`, linked into the test, in fltsim.

mod common;

use common::Guarded;
use fltmgr_sys as sys;
use fltsim::config::{InstanceConfig, ServiceConfig};
use fltsim::io::File;
use fltsim::machine::{DriverEntry, ImageSource, LoadRequest};
use std::sync::atomic::Ordering;
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

/// What the filters have seen. One of them runs at a time.
static SEEN: Mutex<Vec<String>> = Mutex::new(Vec::new());

fn saw(text: impl Into<String>) {
    SEEN.lock().unwrap_or_else(PoisonError::into_inner).push(text.into());
}

/// What the filters have seen since this was asked last.
fn seen() -> Vec<String> {
    std::mem::take(&mut *SEEN.lock().unwrap_or_else(PoisonError::into_inner))
}

/// Waits until the filters have seen so much, and answers that.
fn wait_for(count: usize) -> Vec<String> {
    while SEEN.lock().unwrap_or_else(PoisonError::into_inner).len() < count {
        thread::yield_now();
    }
    seen()
}

/// A machine with a filter of this program, and a file in it.
fn with(entry: DriverEntry) -> Guarded {
    let guarded = Guarded::start_driver(ImageSource::Linked { entry }, ServiceConfig::with_altitude("test", "370000"));
    guarded.anybody().write("/a", b"0123456789").unwrap();
    seen();
    guarded
}

fn open(guarded: &Guarded) -> File {
    guarded.anybody().open_for_writing("/a").unwrap()
}

/// Loads a second filter, below the first.
fn below(guarded: &Guarded, entry: DriverEntry) {
    let image = ImageSource::Linked { entry };
    let service = ServiceConfig::with_altitude("below", "200000");
    guarded.machine.load(&LoadRequest { image, service }).unwrap();
}

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
    let guarded = with(asking::driver_entry);
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
    let guarded = with(beginning::driver_entry);
    let file = open(&guarded);
    file.flush().unwrap();
    assert_eq!(wait_for(1), ["read Ok(2) [48, 49]"]);
    file.flush().unwrap();
    assert_eq!(seen(), ["canceled false, ended true"], "it has ended, so there is nothing to cancel");
    file.flush().unwrap();
    assert_eq!(wait_for(1), ["read Ok(2) [48, 49]"]);
}

#[test]
fn an_operation_of_the_filters_own_can_be_canceled() {
    let guarded = with(beginning::driver_entry);
    below(&guarded, pending::driver_entry);
    let file = open(&guarded);
    file.flush().unwrap();
    assert_eq!(wait_for(1), ["pended, canceled false"]);
    file.flush().unwrap();
    let canceled = format!("read Err({:x}) [0, 0]", sys::STATUS_CANCELLED);
    assert_eq!(wait_for(2), [canceled.as_str(), "canceled true, ended true"]);
    guarded.machine.unload("below").unwrap();
}

#[test]
fn an_operation_that_is_let_go_goes_on() {
    let guarded = with(beginning::driver_entry);
    below(&guarded, pending::driver_entry);
    let file = open(&guarded);
    file.set_information(sys::FileEndOfFileInformation, &3_u64.to_le_bytes()).unwrap();
    assert_eq!(wait_for(1), ["pended, canceled false"]);
    thread::sleep(Duration::from_millis(20));
    assert_eq!(seen(), [""; 0], "nobody has canceled it");
    // The filter below lets go of what it holds.
    guarded.machine.unload("below").unwrap();
    assert_eq!(wait_for(1), [format!("read Err({:x}) [0, 0]", sys::STATUS_CANCELLED)]);
}

#[test]
fn what_is_under_way_is_canceled_when_the_filter_goes() {
    let guarded = with(beginning::driver_entry);
    below(&guarded, pending::driver_entry);
    open(&guarded).flush().unwrap();
    wait_for(1);
    guarded.machine.unload("test").unwrap();
    assert_eq!(seen(), [format!("read Err({:x}) [0, 0]", sys::STATUS_CANCELLED)]);
    guarded.machine.unload("below").unwrap();
}

/// A filter that waits for events when a file is flushed.
mod waiting {
    use super::saw;
    use fltmgr::cancel::Waited;
    use fltmgr::event::Event;
    use fltmgr::pool::Tag;
    use fltmgr::time::Ticks;
    use fltmgr::{Error, Filter, Operations, Pre, PreOp, PreStatus, Result, Starting, op};

    struct Wait([Event; 2]);

    impl Filter for Wait {
        const OPERATIONS: Operations<Self> = Operations::new().pre::<op::FlushBuffers>();

        fn start(_: &mut Starting<'_, Self>) -> Result<Self> {
            let event = || Event::try_new(Tag::new(*b"Test"));
            Ok(Self([event()?, event()?]))
        }
    }

    impl Pre<op::FlushBuffers> for Wait {
        fn pre<'a>(&self, flush: PreOp<'a, op::FlushBuffers>) -> PreStatus<'a, op::FlushBuffers> {
            let at = flush.irql();
            let mut flush = flush.into_irp().ok().unwrap();
            let [first, second] = &self.0;
            let both = || [first.into(), second.into()];
            let at_once = Some(Ticks(0));
            saw(format!("none {:?}", flush.wait_for_any(both(), at, at_once)));
            second.set();
            saw(format!("any {:?}", flush.wait_for_any(both(), at, None)));
            first.set();
            saw(format!("all {:?}", flush.wait_for_all(both(), at, at_once)));
            second.set();
            saw(format!("all {:?}", flush.wait_for_all(both(), at, None)));
            saw(format!("one {:?}", flush.wait_for(first, at, at_once)));
            saw("waits");
            let waited = flush.wait_for(second, at, None);
            saw(format!("one {waited:?}, canceled {}", flush.is_canceled()));
            let flush = flush.into_operation();
            match waited {
                Waited::Canceled | Waited::ThreadEnding => flush.fail(Error::CANCELLED).into(),
                Waited::Signalled(()) | Waited::TimedOut => flush.pass().into(),
            }
        }
    }

    fltmgr::driver!(Wait);
}

#[test]
fn waits_end_with_their_events_and_with_the_operation() {
    let guarded = with(waiting::driver_entry);
    let file = open(&guarded);
    thread::scope(|scope| {
        let flush = scope.spawn(|| file.flush());
        let expected = [
            "none TimedOut",
            "any Signalled(1)",
            "all TimedOut",
            "all Signalled(())",
            "one TimedOut",
            "waits",
            "one Canceled, canceled true",
        ];
        assert_eq!(wait_for(expected.len() - 1), expected[..expected.len() - 1]);
        while file.cancel_io() == 0 {
            thread::yield_now();
        }
        assert_eq!(flush.join().unwrap().unwrap_err().0, sys::STATUS_CANCELLED);
        assert_eq!(seen(), expected[expected.len() - 1..]);
    });
}

#[test]
fn a_wait_ends_with_its_thread() {
    let guarded = with(waiting::driver_entry);
    let file = open(&guarded);
    let (this, is_this) = mpsc::channel();
    thread::scope(|scope| {
        let flush = scope.spawn(|| {
            this.send(fltsim::kernel::thread::current()).unwrap();
            let flushed = file.flush();
            fltsim::kernel::thread::current().set_terminating(false);
            flushed
        });
        wait_for(6);
        is_this.recv().unwrap().set_terminating(true);
        assert_eq!(flush.join().unwrap().unwrap_err().0, sys::STATUS_CANCELLED);
        assert_eq!(seen(), ["one ThreadEnding, canceled false"]);
    });
}

/// A filter that is told what comes of flushes.
mod telling {
    use super::saw;
    use fltmgr::irql::{ApcLevel, Irql};
    use fltmgr::operation::StatusCallback;
    use fltmgr::{Filter, Operations, Pre, PreOp, PreStatus, Result, Starting, Status, op};

    struct Tell;

    impl Filter for Tell {
        const OPERATIONS: Operations<Self> = Operations::new().pre::<op::FlushBuffers>();

        fn start(_: &mut Starting<'_, Self>) -> Result<Self> {
            Ok(Self)
        }
    }

    #[derive(Clone, Copy)]
    struct Number(u32);

    impl StatusCallback<op::FlushBuffers> for Number {
        type Filter = Tell;

        fn called(self, _: &Tell, status: Status, _: Irql<'_, ApcLevel>) {
            saw(format!("{} {:x}", self.0, status.raw()));
        }
    }

    impl Pre<op::FlushBuffers> for Tell {
        fn pre<'a>(&self, flush: PreOp<'a, op::FlushBuffers>) -> PreStatus<'a, op::FlushBuffers> {
            match flush.into_irp().ok().unwrap().pass_and_tell(Number(7)) {
                Ok(passed) => passed.into(),
                Err((flush, error)) => flush.fail(error).into(),
            }
        }
    }

    fltmgr::driver!(Tell);
}

#[test]
fn a_filter_is_told_what_the_file_system_answers() {
    let guarded = with(telling::driver_entry);
    open(&guarded).flush().unwrap();
    assert_eq!(seen(), ["7 0"]);
}

/// A filter with an oplock on each volume, for all files of it, that is slow to check reads.
mod checking {
    use super::saw;
    use core::convert::Infallible;
    use fltmgr::context::{Context, Contexts, HasContexts, NewContext, kind};
    use fltmgr::filter::Attach;
    use fltmgr::instance::{Instance, Setup, Teardown};
    use fltmgr::irql::{Irql, PassiveLevel};
    use fltmgr::op::{CanFail, IsIrp};
    use fltmgr::oplock::{
        AfterBreak, BeforeWait, BreakHandlesFlags, BreakToNoneFlags, CheckFlags, Checked, Opened, Oplock, keys_equal,
    };
    use fltmgr::pending::PendedPre;
    use fltmgr::pool::{NonPaged, Tag};
    use fltmgr::{Filter, Operations, Pre, PreOp, PreStatus, Result, Starting, op};
    use std::thread;
    use std::time::Duration;

    struct Check;

    struct OfVolume(Oplock);

    impl Context for OfVolume {
        type Filter = Check;
        type Kind = kind::Instance;
        type Pool = NonPaged;
        const TAG: Tag = Tag::new(*b"Test");
    }

    impl Filter for Check {
        const OPERATIONS: Operations<Self> = Operations::new()
            .pre::<op::Create>()
            .pre::<op::Read>()
            .pre::<op::Write>()
            .pre::<op::SetInformation>()
            .pre::<op::LockControl>()
            .pre::<op::FlushBuffers>()
            .pre::<op::FileSystemControl>()
            .pre::<op::Cleanup>();
        const CONTEXTS: Contexts<Self> = Contexts::new().with::<OfVolume>();

        fn start(_: &mut Starting<'_, Self>) -> Result<Self> {
            Ok(Self)
        }

        fn attach(&self, instance: Instance<'_>, _: Setup, at: Irql<'_, PassiveLevel>) -> Attach {
            let kept = Oplock::try_new(OfVolume::TAG, at)
                .and_then(|oplock| NewContext::try_new(OfVolume(oplock), at))
                .and_then(|oplock| instance.keep_context(oplock, at));
            if kept.is_ok() { Attach::Yes } else { Attach::No }
        }

        fn detaching(&self, instance: Instance<'_>, _: Teardown, at: Irql<'_, PassiveLevel>) {
            instance.context::<OfVolume, _>(at).unwrap().0.end(at);
        }
    }

    struct GoOn;

    impl AfterBreak<op::Read> for GoOn {
        type Filter = Check;
        type Carry = Infallible;

        fn prepare(&mut self, read: &mut BeforeWait<'_, op::Read>) {
            saw(format!("prepared {}", read.lock_buffer().unwrap().len()));
            thread::sleep(Duration::from_millis(100));
            saw("checked");
        }

        fn run(self, _: &Check, mut read: PendedPre<op::Read>, at: Irql<'_, PassiveLevel>) {
            saw(format!("goes on {}", read.operation(at, |read| read.parameters().length())));
            read.pass(at);
        }
    }

    impl Pre<op::Read> for Check {
        fn pre<'a>(&self, read: PreOp<'a, op::Read>) -> PreStatus<'a, op::Read> {
            let oplock = read.instance().context::<OfVolume, _>(read.irql()).unwrap();
            match read.into_irp() {
                Ok(read) => match oplock.0.check(read, CheckFlags::empty(), GoOn, OfVolume::TAG) {
                    Checked::GoesOn { operation, .. } => operation.pass().into(),
                    Checked::Fails { operation, error } => operation.fail(error).into(),
                    Checked::Pending(pending) => pending.into(),
                },
                Err(read) => read.disallow_fast_io().ok().unwrap().into(),
            }
        }
    }

    impl Pre<op::FileSystemControl> for Check {
        fn pre<'a>(&self, control: PreOp<'a, op::FileSystemControl>) -> PreStatus<'a, op::FileSystemControl> {
            let at = control.irql();
            let oplock = control.instance().context::<OfVolume, _>(at).unwrap();
            let open = control.file().unwrap();
            assert_eq!(keys_equal(&open, &open, at), Ok(true), "a file is its own owner");
            let file = Opened { handles: 1, has_byte_range_locks: false, all_keys_match: false };
            let held = || oplock.0.is_held(at);
            saw(format!("control, held {}", held()));
            let answer = oplock.0.control(control.into_irp().ok().unwrap(), file);
            saw(format!("answered, held {}", held()));
            answer
        }
    }

    macro_rules! pass {
        ($($kind:ident)*) => {$(
            impl Pre<op::$kind> for Check {
                fn pre<'a>(&self, operation: PreOp<'a, op::$kind>) -> PreStatus<'a, op::$kind> {
                    operation.pass().into()
                }
            }
        )*};
    }

    pass!(Create Write LockControl Cleanup);

    /// Goes on with what is broken by hand.
    struct Broken;

    impl<O: CanFail + IsIrp> AfterBreak<O> for Broken {
        type Filter = Check;
        type Carry = Infallible;

        fn run(self, _: &Check, operation: PendedPre<O>, at: Irql<'_, PassiveLevel>) {
            saw(format!("goes on, canceled {}", operation.is_canceled()));
            operation.pass(at);
        }
    }

    impl Pre<op::FlushBuffers> for Check {
        fn pre<'a>(&self, flush: PreOp<'a, op::FlushBuffers>) -> PreStatus<'a, op::FlushBuffers> {
            let oplock = flush.instance().context::<OfVolume, _>(flush.irql()).unwrap();
            let flush = flush.into_irp().ok().unwrap();
            match oplock.0.break_to_none(flush, BreakToNoneFlags::COMPLETE_IF_OPLOCKED, Broken, OfVolume::TAG) {
                Checked::GoesOn { operation, break_in_progress } => {
                    saw(format!("flush, breaking {break_in_progress}"));
                    operation.pass().into()
                }
                Checked::Fails { operation, error } => operation.fail(error).into(),
                Checked::Pending(pending) => pending.into(),
            }
        }
    }

    impl Pre<op::SetInformation> for Check {
        fn pre<'a>(&self, set: PreOp<'a, op::SetInformation>) -> PreStatus<'a, op::SetInformation> {
            let at = set.irql();
            let oplock = set.instance().context::<OfVolume, _>(at).unwrap();
            let Ok(set) = set.into_irp() else { unreachable!("it is an IRP always") };
            saw(format!("handles {}, batch {}", oplock.0.caches_handles(at), oplock.0.is_batch_or_filter_held(at)));
            saw(format!("fast {}", oplock.0.is_fast_io_possible(at)));
            match oplock.0.break_handles(set, BreakHandlesFlags::empty(), Broken, OfVolume::TAG) {
                Checked::GoesOn { operation, .. } => operation.pass().into(),
                Checked::Fails { operation, error } => operation.fail(error).into(),
                Checked::Pending(pending) => {
                    saw("set waits");
                    pending.into()
                }
            }
        }
    }

    fltmgr::driver!(Check);
}

/// Opens the file so that an oplock can be had on the handle.
fn asynchronous(guarded: &Guarded) -> File {
    let open = guarded.anybody().open_as("/a", |request| {
        request.desired_access = sys::FILE_GENERIC_READ | sys::FILE_GENERIC_WRITE;
        request.options = 0;
    });
    open.unwrap().0
}

/// Sends a control for oplocks that has no input.
fn control(file: &File, code: u32) -> Result<usize, i32> {
    file.fs_control(code, &[], &mut [0; 32]).map_err(|status| status.0)
}

#[test]
fn a_break_of_everything_need_not_be_waited_for() {
    let guarded = with(checking::driver_entry);
    let (file, other) = (asynchronous(&guarded), asynchronous(&guarded));
    other.flush().unwrap();
    assert_eq!(seen(), ["flush, breaking false"], "nothing is held");
    thread::scope(|scope| {
        let holder = scope.spawn(|| control(&file, sys::FSCTL_REQUEST_BATCH_OPLOCK));
        wait_for(2);
        other.flush().unwrap();
        assert_eq!(wait_for(1), ["flush, breaking true"]);
        assert_eq!(holder.join().unwrap(), Ok(sys::FILE_OPLOCK_BROKEN_TO_NONE as usize));
    });
}

#[test]
fn a_break_of_cached_handles_is_waited_for() {
    const READ_AND_HANDLES: u32 = sys::OPLOCK_LEVEL_CACHE_READ | sys::OPLOCK_LEVEL_CACHE_HANDLE;
    let guarded = with(checking::driver_entry);
    let (file, other) = (asynchronous(&guarded), asynchronous(&guarded));
    // REQUEST_OPLOCK_INPUT_BUFFER: the version, the length, the level, and the flags.
    let caching = |level: u32, flags: u32| {
        let mut input = [1_u16.to_le_bytes(), 12_u16.to_le_bytes()].concat();
        input.extend([level.to_le_bytes(), flags.to_le_bytes()].concat());
        let mut output = [0; 24];
        file.fs_control(sys::FSCTL_REQUEST_OPLOCK, &input, &mut output).map(|_| output[12])
    };
    thread::scope(|scope| {
        let holder = scope.spawn(|| caching(READ_AND_HANDLES, sys::REQUEST_OPLOCK_INPUT_FLAG_REQUEST));
        wait_for(2);
        let set = scope.spawn(|| other.set_information(sys::FileEndOfFileInformation, &3_u64.to_le_bytes()));
        assert_eq!(wait_for(3), ["handles true, batch false", "fast false", "set waits"]);
        let flags = holder.join().unwrap().unwrap();
        assert_eq!(u32::from(flags), sys::REQUEST_OPLOCK_OUTPUT_FLAG_ACK_REQUIRED);
        assert!(!set.is_finished());
        caching(0, sys::REQUEST_OPLOCK_INPUT_FLAG_ACK).unwrap();
        set.join().unwrap().unwrap();
        assert_eq!(seen().last().map(String::as_str), Some("goes on, canceled false"));
    });
}

#[test]
fn an_oplock_is_not_asked_for_while_an_operation_is_checked() {
    let guarded = with(checking::driver_entry);
    let (file, other) = (asynchronous(&guarded), asynchronous(&guarded));
    thread::scope(|scope| {
        let holder = scope.spawn(|| control(&file, sys::FSCTL_REQUEST_OPLOCK_LEVEL_1));
        assert_eq!(wait_for(2), ["control, held false", "answered, held true"]);
        let reader = scope.spawn(|| other.read(0, &mut [0; 4]));
        assert_eq!(wait_for(1), ["prepared 4"]);
        assert_eq!(control(&other, sys::FSCTL_REQUEST_OPLOCK_LEVEL_1), Err(sys::STATUS_OPLOCK_NOT_GRANTED));
        assert_eq!(seen(), ["control, held true", "checked", "answered, held true"], "it has waited for the check");
        assert_eq!(holder.join().unwrap(), Ok(sys::FILE_OPLOCK_BROKEN_TO_LEVEL_2 as usize));
        assert!(!reader.is_finished());
        assert_eq!(control(&file, sys::FSCTL_OPLOCK_BREAK_ACK_NO_2), Ok(0));
        assert_eq!(reader.join().unwrap(), Ok(4));
        // The worker does not wait for the control that lets it go on to be answered.
        let mut told = seen();
        told.sort();
        assert_eq!(told, ["answered, held false", "control, held true", "goes on 4"]);
    });
}

/// A filter that cancels an open at one instance, and reads at the other when the file is cleaned up.
mod canceling {
    use super::saw;
    use fltmgr::{Error, Filter, Operations, PostOp, PostStatus, Pre, PreOp, PrePost, PreStatus, Result, Starting, op};
    use std::sync::atomic::{AtomicU8, Ordering};

    /// How many instances see opens succeed until one is canceled.
    pub static UNTIL: AtomicU8 = AtomicU8::new(0);

    struct Cancel;

    impl Filter for Cancel {
        const OPERATIONS: Operations<Self> = Operations::new().pre_post::<op::Create>().pre::<op::Cleanup>();

        fn start(_: &mut Starting<'_, Self>) -> Result<Self> {
            Ok(Self)
        }
    }

    impl PrePost<op::Create> for Cancel {
        type Carry = ();

        fn pre<'a>(&self, create: PreOp<'a, op::Create>) -> PreStatus<'a, op::Create, ()> {
            create.pass_with(())
        }

        fn post<'a>(&self, create: PostOp<'a, op::Create>, (): ()) -> PostStatus<'a, op::Create> {
            let left = UNTIL.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
            if left == Ok(1) { create.cancel(Error::ACCESS_DENIED) } else { create.finish() }
        }
    }

    impl Pre<op::Cleanup> for Cancel {
        fn pre<'a>(&self, cleanup: PreOp<'a, op::Cleanup>) -> PreStatus<'a, op::Cleanup> {
            let read = cleanup.file().unwrap().read(0, &mut [0; 4], cleanup.irql());
            saw(format!("read {:x?}", read.map_err(Error::raw)));
            cleanup.pass().into()
        }
    }

    fltmgr::driver!(Cancel);
}

#[test]
fn a_file_whose_open_is_canceled_takes_no_more_io() {
    let mut service = ServiceConfig::with_altitude("test", "370000");
    service.instances.push(InstanceConfig { name: "below".to_owned(), altitude: "360000".to_owned(), flags: 0 });
    let guarded = Guarded::start_driver(ImageSource::Linked { entry: canceling::driver_entry }, service);
    guarded.anybody().write("/a", b"0123456789").unwrap();
    seen();
    drop(guarded.anybody().open("/a").unwrap());
    assert_eq!(seen(), ["read Ok(4)"; 2]);
    canceling::UNTIL.store(2, Ordering::Relaxed);
    guarded.anybody().open("/a").unwrap_err();
    assert_eq!(seen(), [format!("read Err({:x})", sys::STATUS_FILE_CLOSED)]);
}

/// A filter that has what failed performed once more.
mod again {
    use super::saw;
    use fltmgr::parameters::Disposition;
    use fltmgr::{Error, Filter, Operations, PostOp, PostStatus, PreOp, PrePost, PreStatus, Result, Starting, op};

    struct Again;

    impl Filter for Again {
        const OPERATIONS: Operations<Self> = Operations::new().pre_post::<op::Create>();

        fn start(_: &mut Starting<'_, Self>) -> Result<Self> {
            Ok(Self)
        }
    }

    impl PrePost<op::Create> for Again {
        type Carry = ();

        fn pre<'a>(&self, create: PreOp<'a, op::Create>) -> PreStatus<'a, op::Create, ()> {
            create.pass_with(())
        }

        fn post<'a>(&self, create: PostOp<'a, op::Create>, (): ()) -> PostStatus<'a, op::Create> {
            let (at, missing) = (create.irql(), create.status() == Error::OBJECT_NAME_NOT_FOUND.into());
            match create.reissue(self, at) {
                Ok(mut again) if missing => {
                    again.change(|create| create.set_disposition(Disposition::OpenIf));
                    let create = again.perform();
                    saw(format!("again, created {}", create.created()));
                    match create.reissue(self, at) {
                        Ok(_) => unreachable!("it has opened its file"),
                        Err(create) => create.finish(),
                    }
                }
                Ok(other) => other.into_operation().finish(),
                Err(create) => {
                    saw("opened");
                    create.finish()
                }
            }
        }
    }

    fltmgr::driver!(Again);
}

#[test]
fn a_create_that_failed_is_performed_again_with_other_parameters() {
    let guarded = with(again::driver_entry);
    let file = guarded.anybody().open("/a").unwrap();
    assert_eq!(seen(), ["opened"]);
    drop(file);
    assert!(guarded.anybody().open("/missing").is_ok());
    assert_eq!(seen(), ["again, created true"]);
    guarded.machine.unload("test").unwrap();
    assert!(guarded.anybody().exists("/missing"));
}
