//! Shows a post-operation that runs in the thread of its pre-operation, even if somebody below has the operation wait and
//! completes it elsewhere.
//!
//! Each write remembers the thread it comes in; afterwards a kernel debugger sees whether it is the same.
#![no_std]
#[cfg(not(target_os = "windows"))]
extern crate std;

use fltmgr::irql::{ApcLevel, Irql};
use fltmgr::pool::{NonPaged, PoolBox, Tag};
use fltmgr::process::current_thread_id;
use fltmgr::{
    Filter, Operations, PostOp, PostStatus, PreOp, Result, Starting, Synchronized, SynchronizedStatus, debug_println,
    op,
};

/// The filter; it has no state.
pub struct Synchronize;

impl Filter for Synchronize {
    const OPERATIONS: Operations<Self> = Operations::new().synchronized::<op::Write>();

    fn start(_: &mut Starting<'_, Self>) -> Result<Self> {
        Ok(Self)
    }
}

impl Synchronized<op::Write> for Synchronize {
    type Carry = PoolBox<u32, NonPaged>;

    fn pre<'a>(&self, write: PreOp<'a, op::Write>) -> SynchronizedStatus<'a, op::Write, Self::Carry> {
        let Ok(thread) = PoolBox::try_new(current_thread_id(), Tag::new(*b"Sync")) else {
            return write.pass().into();
        };
        match write.synchronize(thread) {
            Ok(synchronize) => synchronize.into(),
            // An asynchronous write must not be waited for.
            Err((write, _)) => write.pass().into(),
        }
    }

    fn post<'a>(
        &self,
        write: PostOp<'a, op::Write>,
        thread: Self::Carry,
        _: Irql<'a, ApcLevel>,
    ) -> PostStatus<'a, op::Write> {
        let place = if *thread == current_thread_id() { "the same" } else { "another" };
        debug_println!("a write came back in {place} thread");
        write.finish()
    }
}

fltmgr::driver!(Synchronize);
