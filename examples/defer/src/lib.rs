//! Shows operations that are pended: writes before the file system sees them, creates after it has.
//!
//! A worker decides about each: a write whose bytes begin with `EVIL` is refused, and so is opening a file whose name ends
//! in `.blocked`, after the file system has opened it. The worker is another thread, so the bytes are locked in memory
//! before the write goes there. Fast I/O cannot be pended, so it is refused and comes again as an IRP.
#![no_std]
#[cfg(not(target_os = "windows"))]
extern crate std;

use core::convert::Infallible;
use fltmgr::irql::{Irql, PassiveLevel};
use fltmgr::name::{Format, Query};
use fltmgr::operation::{Before, CallbackData};
use fltmgr::pending::{PendedPost, PendedPre};
use fltmgr::pool::Tag;
use fltmgr::work::{DeferredPost, DeferredPre, NotQueued, Queue};
use fltmgr::{
    Error, Filter, Operations, PostOp, PostStatus, Pre, PreOp, PrePost, PreStatus, Result, Starting, op, utf16,
};

const TAG: Tag = Tag::new(*b"Defr");

/// The filter; it has no state.
pub struct Defer;

impl Filter for Defer {
    const OPERATIONS: Operations<Self> =
        Operations::new().pre_post::<op::Create>().pre::<op::Write>().skip_paging_io::<op::Write>();

    fn start(_: &mut Starting<'_, Self>) -> Result<Self> {
        Ok(Self)
    }
}

/// Refuses a write of bytes that are evil. What is shorter cannot be.
fn judge(write: &mut Before<'_, op::Write>) -> Result<()> {
    let mut head = [0; 4];
    let at = write.irql();
    match write.lock_buffer(at)?.read(0, &mut head) {
        Ok(()) if head == *b"EVIL" => Err(Error::ACCESS_DENIED),
        Ok(()) | Err(Error::BUFFER_TOO_SMALL) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Judges a write in a worker.
struct Judge;

impl DeferredPre<op::Write> for Judge {
    type Filter = Defer;
    type Carry = Infallible;

    fn run(self, _: &Defer, mut write: PendedPre<op::Write>, at: Irql<'_, PassiveLevel>) {
        match write.operation(at, judge) {
            Ok(()) => write.pass(at),
            Err(error) => write.fail(error),
        }
    }
}

impl Pre<op::Write> for Defer {
    fn pre<'a>(&self, write: PreOp<'a, op::Write>) -> PreStatus<'a, op::Write> {
        let write = match write.disallow_fast_io() {
            Ok(disallowed) => return disallowed.into(),
            Err(write) => write,
        };
        let mut write = match write.into_irp() {
            Ok(write) => write,
            Err(write) => return write.pass().into(),
        };
        let at = write.irql();
        if let Err(error) = write.lock_buffer(at) {
            return write.into_operation().fail(error).into();
        }
        match write.defer(Judge, Queue::Delayed, TAG) {
            Ok(pending) => pending.into(),
            // What cannot be handed on, as while the filter goes, is judged on the spot (E-07).
            Err(NotQueued { kept: mut write, .. }) => match judge(&mut write) {
                Ok(()) => write.pass().into(),
                Err(error) => write.fail(error).into(),
            },
        }
    }
}

/// Whether a file that was opened may stay open.
fn admits(create: &CallbackData<'_, op::Create>, at: Irql<'_, PassiveLevel>) -> bool {
    let name = create.name(Format::Normalized, Query::Default, at);
    !name.is_ok_and(|name| name.units().ends_with(utf16!(".blocked")))
}

/// Decides about a file that was opened, in a worker.
struct Admit;

impl DeferredPost<op::Create> for Admit {
    type Filter = Defer;

    fn run(self, _: &Defer, mut create: PendedPost<op::Create>, at: Irql<'_, PassiveLevel>) {
        if !create.operation(at, |create| admits(create, at)) {
            create.cancel(Error::ACCESS_DENIED, at);
        }
    }
}

impl PrePost<op::Create> for Defer {
    type Carry = ();

    fn pre<'a>(&self, create: PreOp<'a, op::Create>) -> PreStatus<'a, op::Create, ()> {
        create.pass_with(())
    }

    fn post<'a>(&self, create: PostOp<'a, op::Create>, (): ()) -> PostStatus<'a, op::Create> {
        if create.opened().is_none() {
            return create.finish();
        }
        let create = match create.into_irp() {
            Ok(create) => create,
            Err(create) => return create.finish(),
        };
        match create.defer(Admit, Queue::Delayed, TAG) {
            Ok(pending) => pending,
            Err(NotQueued { kept: create, .. }) if admits(&create, create.irql()) => create.finish(),
            Err(NotQueued { kept: create, .. }) => create.cancel(Error::ACCESS_DENIED),
        }
    }
}

fltmgr::driver!(Defer);
