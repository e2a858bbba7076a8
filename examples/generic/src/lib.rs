//! Shows a completion that is pended with a generic work item: what the memory manager reads, for the cache or for a mapped
//! file, is looked at in a worker, and bytes that begin with `EVIL` are not brought in.
//!
//! Such a read completes at DISPATCH_LEVEL, and deferred work items take no paging I/O; so this is for what cannot be done
//! without. Where it cannot be done the read fails, since nobody has looked.
#![no_std]
#[cfg(not(target_os = "windows"))]
extern crate std;

use fltmgr::irql::{Irql, PassiveLevel};
use fltmgr::operation::After;
use fltmgr::pending::PendedPost;
use fltmgr::pool::Tag;
use fltmgr::work::{DeferredPost, NotQueued, Queue};
use fltmgr::{Error, Filter, Operations, PostOp, PostStatus, PreOp, PrePost, PreStatus, Result, Starting, op};

const TAG: Tag = Tag::new(*b"Genr");

/// The filter; it has no state.
pub struct Generic;

impl Filter for Generic {
    const OPERATIONS: Operations<Self> = Operations::new().pre_post::<op::Read>();

    fn start(_: &mut Starting<'_, Self>) -> Result<Self> {
        Ok(Self)
    }
}

/// Looks at what was read, in a worker.
struct Look;

fn is_evil(read: &mut After<'_, op::Read>, at: Irql<'_, PassiveLevel>) -> Result<bool> {
    let mut head = [0; 4];
    if read.information() < head.len() {
        return Ok(false);
    }
    read.lock_buffer(at)?.read(0, &mut head)?;
    Ok(head == *b"EVIL")
}

impl DeferredPost<op::Read> for Look {
    type Filter = Generic;

    fn run(self, _: &Generic, mut read: PendedPost<op::Read>, at: Irql<'_, PassiveLevel>) {
        match read.operation(at, |read| is_evil(read, at)) {
            Ok(false) => read.finish(),
            Ok(true) => read.fail(Error::VIRUS_INFECTED),
            Err(error) => read.fail(error),
        }
    }
}

impl PrePost<op::Read> for Generic {
    type Carry = ();

    fn pre<'a>(&self, read: PreOp<'a, op::Read>) -> PreStatus<'a, op::Read, ()> {
        if read.is_paging_io() { read.pass_with(()) } else { read.pass().into() }
    }

    fn post<'a>(&self, read: PostOp<'a, op::Read>, (): ()) -> PostStatus<'a, op::Read> {
        if !read.status().is_success() {
            return read.finish();
        }
        let read = match read.into_irp() {
            Ok(read) => read,
            Err(read) => return read.finish(),
        };
        match read.defer_generic(Look, Queue::Critical, TAG) {
            Ok(pending) => pending,
            Err(NotQueued { kept: read, error, .. }) => read.fail(error),
        }
    }
}

fltmgr::driver!(Generic);
