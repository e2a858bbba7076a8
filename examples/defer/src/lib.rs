//! Shows operations that are pended: writes before the file system sees them, creates after it has.
//!
//! A worker decides about each: what is written to a file whose name ends in `.sealed` is refused, and so is opening one
//! whose name ends in `.blocked`, after the file system has opened it. Fast I/O cannot be pended, so it is refused and comes
//! again as an IRP.
#![no_std]
#[cfg(not(target_os = "windows"))]
extern crate std;

use core::convert::Infallible;
use fltmgr::irql::{Irql, PassiveLevel};
use fltmgr::name::{Format, Query};
use fltmgr::operation::CallbackData;
use fltmgr::pending::{PendedPost, PendedPre};
use fltmgr::pool::Tag;
use fltmgr::work::{DeferredPost, DeferredPre, Queue};
use fltmgr::{
    Error, Filter, Operations, PostOp, PostStatus, Pre, PreOp, PrePost, PreStatus, Result, Starting, op, utf16,
};

const TAG: Tag = Tag::new(*b"Defr");

/// The filter; it has no state.
pub struct Defer;

impl Filter for Defer {
    const OPERATIONS: Operations<Self> = Operations::new().pre_post::<op::Create>().pre::<op::Write>().skip_paging_io();

    fn start(_: &mut Starting<'_, Self>) -> Result<Self> {
        Ok(Self)
    }
}

fn name_ends_in<O: op::Operation>(data: &CallbackData<'_, O>, end: &[u16], at: Irql<'_, PassiveLevel>) -> bool {
    data.name(Format::Normalized, Query::Default, at).is_ok_and(|name| name.units().ends_with(end))
}

/// Decides about a write.
struct Judge;

impl DeferredPre<op::Write> for Judge {
    type Filter = Defer;
    type Carry = Infallible;

    fn run(self, _: &Defer, mut write: PendedPre<op::Write>, at: Irql<'_, PassiveLevel>) {
        if name_ends_in(&write.operation(at), utf16!(".sealed"), at) {
            write.fail(Error::ACCESS_DENIED);
        } else {
            write.pass(at);
        }
    }
}

impl Pre<op::Write> for Defer {
    fn pre<'a>(&self, write: PreOp<'a, op::Write>) -> PreStatus<'a, op::Write> {
        let write = match write.disallow_fast_io() {
            Ok(disallowed) => return disallowed.into(),
            Err(write) => write,
        };
        let Ok(write) = write.into_irp() else { return PreStatus::Continue };
        match write.defer(Judge, Queue::Delayed, TAG) {
            Ok(pending) => pending.into(),
            Err(kept) => kept.kept.fail(kept.error).into(),
        }
    }
}

/// Decides about a file that was opened.
struct Admit;

impl DeferredPost<op::Create> for Admit {
    type Filter = Defer;

    fn run(self, _: &Defer, mut create: PendedPost<op::Create>, at: Irql<'_, PassiveLevel>) {
        if name_ends_in(&create.operation(at), utf16!(".blocked"), at) {
            create.cancel(Error::ACCESS_DENIED, at);
        }
    }
}

impl PrePost<op::Create> for Defer {
    type Carry = ();

    fn pre<'a>(&self, _: PreOp<'a, op::Create>) -> PreStatus<'a, op::Create, ()> {
        PreStatus::ContinueWith(())
    }

    fn post<'a>(&self, create: PostOp<'a, op::Create>, (): ()) -> PostStatus<'a, op::Create> {
        if create.opened().is_none() {
            return PostStatus::FINISHED;
        }
        let Ok(create) = create.into_irp() else { return PostStatus::FINISHED };
        match create.defer(Admit, Queue::Delayed, TAG) {
            Ok(pending) => pending,
            Err(kept) => kept.kept.cancel(kept.error),
        }
    }
}

fltmgr::driver!(Defer);
