//! Work of the filter's own takes no operation along.
use fltmgr::op;
use fltmgr::operation::Irp;
use fltmgr::pool::Tag;
use fltmgr::work::{Queue, Work};

fn defer<W: Work>(read: Irp<'_, op::Read>, work: W) {
    let _ = read.defer(work, Queue::Delayed, Tag::new(*b"Test"));
}

fn main() {}
