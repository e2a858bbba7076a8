//! Oplocks of the filter's own: operations are checked against them, and break them.

use crate::common::Guarded;
use crate::rig::{saw, seen, seen_after, with_file};
use fltmgr_sys as sys;
use fltsim::io::File;
use std::thread;

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
        AfterBreak, BeforeWait, BreakHandlesFlags, BreakToNoneFlags, CheckFlags, Checked, OpenHandles, Oplock,
        keys_equal,
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
            let file = OpenHandles { handles: 1, has_byte_range_locks: false, all_keys_match: false };
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
    let guarded = with_file(checking::driver_entry);
    let (file, other) = (asynchronous(&guarded), asynchronous(&guarded));
    other.flush().unwrap();
    assert_eq!(seen(), ["flush, breaking false"], "nothing is held");
    thread::scope(|scope| {
        let holder = scope.spawn(|| control(&file, sys::FSCTL_REQUEST_BATCH_OPLOCK));
        seen_after(2);
        other.flush().unwrap();
        assert_eq!(seen_after(1), ["flush, breaking true"]);
        assert_eq!(holder.join().unwrap(), Ok(sys::FILE_OPLOCK_BROKEN_TO_NONE as usize));
    });
}

#[test]
fn a_break_of_cached_handles_is_waited_for() {
    const READ_AND_HANDLES: u32 = sys::OPLOCK_LEVEL_CACHE_READ | sys::OPLOCK_LEVEL_CACHE_HANDLE;
    let guarded = with_file(checking::driver_entry);
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
        seen_after(2);
        let set = scope.spawn(|| other.set_information(sys::FileEndOfFileInformation, &3_u64.to_le_bytes()));
        assert_eq!(seen_after(3), ["handles true, batch false", "fast false", "set waits"]);
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
    let guarded = with_file(checking::driver_entry);
    let (file, other) = (asynchronous(&guarded), asynchronous(&guarded));
    thread::scope(|scope| {
        let holder = scope.spawn(|| control(&file, sys::FSCTL_REQUEST_OPLOCK_LEVEL_1));
        assert_eq!(seen_after(2), ["control, held false", "answered, held true"]);
        let reader = scope.spawn(|| other.read(0, &mut [0; 4]));
        assert_eq!(seen_after(1), ["prepared 4"]);
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
