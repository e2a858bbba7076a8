//! Shows the three ways in which a pended operation goes on: a worker fails a write whose bytes begin with `EVIL`, passes one
//! on that begins with `GOOD` and has done with it, and passes any other on with a number that its post-operation gets.
#![no_std]
#[cfg(not(target_os = "windows"))]
extern crate std;

use core::sync::atomic::{AtomicU32, Ordering};
use fltmgr::irql::{Irql, PassiveLevel};
use fltmgr::pending::PendedPre;
use fltmgr::pool::{NonPaged, PoolBox, Tag};
use fltmgr::work::{DeferredPre, NotQueued, Queue};
use fltmgr::{
    Error, Filter, Operations, PostOp, PostStatus, PreOp, PrePost, PreStatus, Result, Starting, debug_println, op,
};

const TAG: Tag = Tag::new(*b"Resm");

/// The filter, which counts the writes that it is not sure about.
pub struct Resume {
    unsure: AtomicU32,
}

impl Filter for Resume {
    const OPERATIONS: Operations<Self> = Operations::new().pre_post::<op::Write>().skip_paging_io::<op::Write>();

    fn start(_: &mut Starting<'_, Self>) -> Result<Self> {
        Ok(Self { unsure: AtomicU32::new(0) })
    }
}

/// Decides about a write, in a worker.
struct Decide;

impl DeferredPre<op::Write> for Decide {
    type Filter = Resume;
    type Carry = PoolBox<u32, NonPaged>;

    fn run(self, filter: &Resume, mut write: PendedPre<op::Write, Self::Carry>, at: Irql<'_, PassiveLevel>) {
        let mut head = [0; 4];
        let looked = write.operation(at, |write| write.lock_buffer(at)?.read(0, &mut head));
        match looked {
            Ok(()) if head == *b"EVIL" => write.fail(Error::ACCESS_DENIED),
            Ok(()) if head == *b"GOOD" => write.pass(at),
            Ok(()) | Err(Error::BUFFER_TOO_SMALL) => {
                match PoolBox::try_new(filter.unsure.fetch_add(1, Ordering::Relaxed), TAG) {
                    Ok(number) => write.pass_with(number, at),
                    Err(error) => write.fail(error),
                }
            }
            Err(error) => write.fail(error),
        }
    }
}

impl PrePost<op::Write> for Resume {
    type Carry = PoolBox<u32, NonPaged>;

    fn pre<'a>(&self, write: PreOp<'a, op::Write>) -> PreStatus<'a, op::Write, Self::Carry> {
        let write = match write.disallow_fast_io() {
            Ok(disallowed) => return disallowed.into(),
            Err(write) => write,
        };
        let mut write = match write.into_irp() {
            Ok(write) => write,
            Err(write) => return write.pass().into(),
        };
        // The worker is another thread, so the bytes are locked in memory before the write goes there.
        let at = write.irql();
        if let Err(error) = write.lock_buffer(at) {
            return write.into_operation().fail(error).into();
        }
        match write.defer(Decide, Queue::Delayed, TAG) {
            Ok(pending) => pending.into(),
            Err(NotQueued { kept: write, error, .. }) => write.fail(error).into(),
        }
    }

    fn post<'a>(&self, write: PostOp<'a, op::Write>, number: Self::Carry) -> PostStatus<'a, op::Write> {
        debug_println!("write {} that nobody was sure about has completed", *number);
        write.finish()
    }
}

fltmgr::driver!(Resume);
