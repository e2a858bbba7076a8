//! Whether an operation stays pending has to be asked before it is synchronized.
use core::marker::PhantomData;
use fltmgr::operation::{Synchronize, SynchronizedStatus};
use fltmgr::op;

fn pre<'a>() -> SynchronizedStatus<'a, op::FileSystemControl, ()> {
    SynchronizedStatus::Synchronize(Synchronize((), PhantomData))
}

fn main() {}
