//! What a queue has taken in is not touched.
use fltmgr::op;
use fltmgr::operation::Irp;
use fltmgr::pool::Tag;
use fltmgr::queue::Queue;

fn hold(read: Irp<'_, op::Read>, queue: &Queue<op::Read, ()>) {
    let _ = read.hold(queue, (), Tag::new(*b"Test"));
    let _ = read.class();
}

fn main() {}
