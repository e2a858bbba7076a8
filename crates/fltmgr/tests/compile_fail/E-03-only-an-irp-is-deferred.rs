//! An operation is deferred as an IRP, and it may be fast I/O.
use fltmgr::pool::Tag;
use fltmgr::work::{DeferredPre, Queue};
use fltmgr::{PreOp, op};

fn defer<W: DeferredPre<op::Read>>(read: PreOp<'_, op::Read>, work: W) {
    let _ = read.defer(work, Queue::Delayed, Tag::new(*b"Test"));
}

fn main() {}
