//! Shows completion work at a safe IRQL: what was read is looked at, and a read of bytes that begin with `EVIL` fails.
//!
//! Post-operations may run at DISPATCH_LEVEL, where a buffer cannot be locked. The rest of the work is done where it can:
//! at once if the level allows it, else in a worker. Where neither is possible the read fails, since nobody has looked.
#![no_std]
#[cfg(not(target_os = "windows"))]
extern crate std;

use fltmgr::irql::{ApcLevel, Irql};
use fltmgr::{
    Error, Filter, Operations, PostOp, PostStatus, PreOp, PrePost, PreStatus, Result, SafePost, SafePostOp, Starting,
    op,
};

/// The filter; it has no state.
pub struct Safe;

impl Filter for Safe {
    const OPERATIONS: Operations<Self> = Operations::new().pre_post::<op::Read>().skip_paging_io::<op::Read>();

    fn start(_: &mut Starting<'_, Self>) -> Result<Self> {
        Ok(Self)
    }
}

impl PrePost<op::Read> for Safe {
    type Carry = ();

    fn pre<'a>(&self, read: PreOp<'a, op::Read>) -> PreStatus<'a, op::Read, ()> {
        read.pass_with(())
    }

    fn post<'a>(&self, read: PostOp<'a, op::Read>, (): ()) -> PostStatus<'a, op::Read> {
        if !read.status().is_success() {
            return read.finish();
        }
        match read.when_safe(self, ()) {
            Ok(status) => status,
            Err(not_safe) => not_safe.operation.fail(Error::ACCESS_DENIED),
        }
    }
}

impl SafePost<op::Read> for Safe {
    fn safe_post<'a>(
        &self,
        mut read: SafePostOp<'a, op::Read>,
        (): (),
        at: Irql<'a, ApcLevel>,
    ) -> PostStatus<'a, op::Read> {
        let mut head = [0; 4];
        match read.lock_buffer(at).and_then(|content| content.read(0, &mut head)) {
            Ok(()) if head == *b"EVIL" => read.fail(Error::ACCESS_DENIED),
            // What is shorter cannot be evil.
            Ok(()) | Err(Error::BUFFER_TOO_SMALL) => read.finish(),
            Err(error) => read.fail(error),
        }
    }
}

fltmgr::driver!(Safe);
