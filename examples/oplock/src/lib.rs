//! Shows how a filter supports oplocks itself, as one that serves files of its own has to: here on a file named `ledger`.
//!
//! A control for an oplock on it is the filter's to answer: a granted oplock stays pending until it breaks. Every operation
//! that can break one is checked; what has to wait goes on in a system thread, when the holder has acknowledged the break
//! or closed its handle. Fast I/O cannot be checked, so it comes again as an IRP.
#![no_std]
#[cfg(not(target_os = "windows"))]
extern crate std;

use core::convert::Infallible;
use core::sync::atomic::{AtomicU32, Ordering};
use fltmgr::context::{Context, ContextRef, Contexts, HasContexts, NewContext, kind};
use fltmgr::filter::Attach;
use fltmgr::instance::{Instance, Setup, Teardown};
use fltmgr::irql::{ApcLevel, Irql, NotAbove, PassiveLevel};
use fltmgr::name::{Format, Query};
use fltmgr::op::{CanFail, IsIrp, OpenBefore};
use fltmgr::operation::Irp;
use fltmgr::oplock::{AfterBreak, CheckFlags, Checked, OpenHandles, Oplock};
use fltmgr::pending::PendedPre;
use fltmgr::pool::{NonPaged, Shared, Tag};
use fltmgr::{
    Error, Filter, Operations, PostOp, PostStatus, Pre, PreOp, PrePost, PreStatus, Result, Starting, op, utf16,
};

/// The filter; its state is on its instances.
pub struct Oplocks;

const TAG: Tag = Tag::new(*b"Oplk");

/// The file that the filter grants oplocks on.
struct Ledger {
    oplock: Oplock,
    handles: AtomicU32,
}

/// The ledger of an instance, for creates, which know their file by its name alone.
struct OfInstance(Shared<Ledger, NonPaged>);

/// The ledger for what is open.
struct OfStream(Shared<Ledger, NonPaged>);

impl Context for OfInstance {
    type Filter = Oplocks;
    type Kind = kind::Instance;
    type Pool = NonPaged;
    const TAG: Tag = TAG;
}

impl Context for OfStream {
    type Filter = Oplocks;
    type Kind = kind::Stream;
    type Pool = NonPaged;
    const TAG: Tag = TAG;
}

impl Filter for Oplocks {
    const OPERATIONS: Operations<Self> = Operations::new()
        .pre_post::<op::Create>()
        .pre::<op::Read>()
        .pre::<op::Write>()
        .pre::<op::SetInformation>()
        .pre::<op::LockControl>()
        .pre::<op::FlushBuffers>()
        .pre::<op::FileSystemControl>()
        .pre::<op::Cleanup>();
    const CONTEXTS: Contexts<Self> = Contexts::new().with::<OfInstance>().with::<OfStream>();

    fn start(_: &mut Starting<'_, Self>) -> Result<Self> {
        Ok(Self)
    }

    fn attach(&self, instance: Instance<'_>, _: Setup, at: Irql<'_, PassiveLevel>) -> Attach {
        let kept = Oplock::try_new(TAG, at)
            .and_then(|oplock| Shared::try_new(Ledger { oplock, handles: AtomicU32::new(0) }, TAG))
            .and_then(|ledger| NewContext::try_new(OfInstance(ledger), at))
            .and_then(|ledger| instance.keep_context(ledger, at));
        if kept.is_ok() { Attach::Yes } else { Attach::No }
    }

    fn detaching(&self, instance: Instance<'_>, _: Teardown, at: Irql<'_, PassiveLevel>) {
        if let Some(ledger) = instance.context::<OfInstance, _>(at) {
            ledger.0.oplock.end(at);
        }
    }
}

/// What the filter knows of the open file, if that is the ledger.
fn ledger<O: OpenBefore<PreLevel: NotAbove<ApcLevel>>>(operation: &PreOp<'_, O>) -> Option<ContextRef<OfStream>> {
    operation.file()?.context(operation.irql())
}

/// Goes on with what has waited.
struct GoOn;

/// Checks an operation, which goes on or waits.
fn check<'a, O: CanFail + IsIrp>(operation: Irp<'a, O>, ledger: &Ledger) -> PreStatus<'a, O>
where
    GoOn: AfterBreak<O, Carry = Infallible>,
{
    match ledger.oplock.check(operation, CheckFlags::empty(), GoOn, TAG) {
        Checked::GoesOn { operation, .. } => operation.pass().into(),
        Checked::Fails { operation, error } => operation.fail(error).into(),
        Checked::Pending(pending) => pending.into(),
    }
}

macro_rules! checked {
    ($($kind:ident, if it is fast I/O $fast:ident => $otherwise:expr;)*) => {$(
        impl AfterBreak<op::$kind> for GoOn {
            type Filter = Oplocks;
            type Carry = Infallible;

            fn run(self, _: &Oplocks, operation: PendedPre<op::$kind>, at: Irql<'_, PassiveLevel>) {
                operation.pass(at);
            }
        }

        impl Pre<op::$kind> for Oplocks {
            fn pre<'a>(&self, operation: PreOp<'a, op::$kind>) -> PreStatus<'a, op::$kind> {
                let Some(ledger) = ledger(&operation) else { return operation.pass().into() };
                match operation.into_irp() {
                    Ok(operation) => check(operation, &ledger.0),
                    Err($fast) => $otherwise,
                }
            }
        }
    )*};
}

checked! {
    Read, if it is fast I/O read => read.disallow_fast_io().map_or_else(|read| read.pass().into(), Into::into);
    Write, if it is fast I/O write => write.disallow_fast_io().map_or_else(|write| write.pass().into(), Into::into);
    LockControl, if it is fast I/O lock => lock.disallow_fast_io().map_or_else(|lock| lock.pass().into(), Into::into);
    SetInformation, if it is fast I/O set => set.pass().into();
    FlushBuffers, if it is fast I/O flush => flush.pass().into();
}

impl AfterBreak<op::Create> for GoOn {
    type Filter = Oplocks;
    type Carry = ();

    fn run(self, _: &Oplocks, create: PendedPre<op::Create, ()>, at: Irql<'_, PassiveLevel>) {
        create.pass_with((), at);
    }
}

impl PrePost<op::Create> for Oplocks {
    type Carry = ();

    fn pre<'a>(&self, create: PreOp<'a, op::Create>) -> PreStatus<'a, op::Create, ()> {
        let at = create.irql();
        let is_ledger = create
            .name(Format::Normalized, Query::Default, at)
            .is_ok_and(|name| name.units().ends_with(utf16!("\\ledger")));
        let Some(ledger) = create.instance().context::<OfInstance, _>(at).filter(|_| is_ledger) else {
            return create.pass().into();
        };
        let create = match create.into_irp() {
            Ok(create) => create,
            Err(create) => return create.pass().into(),
        };
        match ledger.0.oplock.check(create, CheckFlags::empty(), GoOn, TAG) {
            Checked::GoesOn { operation, .. } => operation.pass_with(()),
            Checked::Fails { operation, error } => operation.fail(error).into(),
            Checked::Pending(pending) => pending.into(),
        }
    }

    fn post<'a>(&self, create: PostOp<'a, op::Create>, (): ()) -> PostStatus<'a, op::Create> {
        let at = create.irql();
        let Some(file) = create.opened() else { return create.finish() };
        let ledger = create.instance().context::<OfInstance, _>(at).ok_or(Error::NOT_FOUND);
        // The stream keeps the first one, which is the same for all.
        let kept = ledger
            .and_then(|ledger| NewContext::try_new(OfStream(ledger.0.clone()), at))
            .and_then(|ledger| file.keep_context(ledger, at));
        match kept {
            Ok(ledger) => {
                ledger.0.handles.fetch_add(1, Ordering::Relaxed);
                create.finish()
            }
            Err(error) => create.cancel(error),
        }
    }
}

impl Pre<op::FileSystemControl> for Oplocks {
    fn pre<'a>(&self, control: PreOp<'a, op::FileSystemControl>) -> PreStatus<'a, op::FileSystemControl> {
        if !Oplock::is_concerned(&control) {
            return control.pass().into();
        }
        let Some(ledger) = ledger(&control) else { return control.pass().into() };
        match control.into_irp() {
            Ok(control) => {
                let handles = ledger.0.handles.load(Ordering::Relaxed);
                // Whether ranges of it are locked, this example does not know, and says that none are.
                let file = OpenHandles { handles, has_byte_range_locks: false, all_keys_match: false };
                ledger.0.oplock.control(control, file)
            }
            Err(control) => control.pass().into(),
        }
    }
}

impl Pre<op::Cleanup> for Oplocks {
    fn pre<'a>(&self, cleanup: PreOp<'a, op::Cleanup>) -> PreStatus<'a, op::Cleanup> {
        let Some(ledger) = ledger(&cleanup) else { return cleanup.pass().into() };
        match cleanup.into_irp() {
            Ok(cleanup) => {
                ledger.0.handles.fetch_sub(1, Ordering::Relaxed);
                ledger.0.oplock.cleanup(&cleanup);
                cleanup.into_operation().pass().into()
            }
            Err(cleanup) => cleanup.pass().into(),
        }
    }
}

fltmgr::driver!(Oplocks);
