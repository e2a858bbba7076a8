//! Shows every operation there is, passed through: a kernel debugger sees each come, and go with its status.
//!
//! One implementation serves all kinds. What differs between them is asked of the kind itself; what may not be done with
//! some kind does not compile for all.
#![no_std]
#[cfg(not(target_os = "windows"))]
extern crate std;

use fltmgr::op::{HasPost, Operation, Shutdown};
use fltmgr::{Filter, Operations, PostOp, PostStatus, Pre, PreOp, PrePost, PreStatus, Result, Starting, debug_println};

/// The filter; it has no state.
pub struct Trace;

impl Filter for Trace {
    const OPERATIONS: Operations<Self> = Operations::new().pre_post_all();

    fn start(_: &mut Starting<'_, Self>) -> Result<Self> {
        Ok(Self)
    }
}

impl<O: HasPost> PrePost<O> for Trace {
    type Carry = ();

    fn pre<'a>(&self, operation: PreOp<'a, O>) -> PreStatus<'a, O, ()> {
        debug_println!("{} comes as {:?}", O::NAME, operation.class());
        operation.pass_with(())
    }

    fn post<'a>(&self, operation: PostOp<'a, O>, (): ()) -> PostStatus<'a, O> {
        debug_println!("{} goes with {:#010x}", O::NAME, operation.status().raw());
        operation.finish()
    }
}

impl Pre<Shutdown> for Trace {
    fn pre<'a>(&self, operation: PreOp<'a, Shutdown>) -> PreStatus<'a, Shutdown> {
        debug_println!("{} comes as {:?}", Shutdown::NAME, operation.class());
        operation.pass().into()
    }
}

fltmgr::driver!(Trace);
