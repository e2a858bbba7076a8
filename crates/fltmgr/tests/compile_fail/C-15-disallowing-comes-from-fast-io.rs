//! Whether an operation is fast I/O has to be asked before that is disallowed.
use core::marker::PhantomData;
use fltmgr::operation::FastIoDisallowed;
use fltmgr::{PreStatus, op};

fn pre<'a>() -> PreStatus<'a, op::Read> {
    PreStatus::DisallowFastIo(FastIoDisallowed(PhantomData))
}

fn main() {}
