//! An operation goes into a queue as an IRP.
use fltmgr::pool::Tag;
use fltmgr::queue::Queue;
use fltmgr::{PreOp, op};

fn hold(read: PreOp<'_, op::Read>, queue: &Queue<op::Read, ()>) {
    let _ = read.hold(queue, (), Tag::new(*b"Test"));
}

fn main() {}
