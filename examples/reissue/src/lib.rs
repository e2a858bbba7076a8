//! Shows how an operation is performed once more: a read that fails for want of memory is tried up to three times.
//!
//! That takes the post-operation in the thread that asked, so reads are synchronized. Each time the instances below and the
//! file system see the read again, and this filter does not.
#![no_std]
#[cfg(not(target_os = "windows"))]
extern crate std;

use fltmgr::irql::{ApcLevel, Irql};
use fltmgr::operation::SynchronizedStatus;
use fltmgr::{Error, Filter, Operations, PostOp, PostStatus, PreOp, Result, Starting, Synchronized, op};

/// The filter; it has no state.
pub struct Reissue;

impl Filter for Reissue {
    const OPERATIONS: Operations<Self> = Operations::new().synchronized::<op::Read>();

    fn start(_: &mut Starting<'_, Self>) -> Result<Self> {
        Ok(Self)
    }
}

impl Synchronized<op::Read> for Reissue {
    type Carry = ();

    fn pre<'a>(&self, read: PreOp<'a, op::Read>) -> SynchronizedStatus<'a, op::Read, ()> {
        match read.synchronize(()) {
            Ok(synchronized) => synchronized.into(),
            // What nobody waits for cannot be performed again.
            Err((read, ())) => read.pass().into(),
        }
    }

    fn post<'a>(&self, mut read: PostOp<'a, op::Read>, (): (), at: Irql<'a, ApcLevel>) -> PostStatus<'a, op::Read> {
        let Some(at) = at.passive() else { return read.finish() };
        for _ in 0..2 {
            if read.status() != Error::INSUFFICIENT_RESOURCES.into() {
                break;
            }
            match read.reissue(self, at) {
                Ok(again) => read = again.perform(),
                Err(read) => return read.finish(),
            }
        }
        read.finish()
    }
}

fltmgr::driver!(Reissue);
