//! What goes into a queue has no cancel routine, and what has one goes into no queue.
use fltmgr::cancel::Cancelable;
use fltmgr::op;
use fltmgr::operation::Irp;
use fltmgr::pool::Tag;
use fltmgr::queue::Queue;

const TAG: Tag = Tag::new(*b"Test");

fn queue_first(read: Irp<'_, op::Read>, queue: &Queue<op::Read, ()>) {
    let _ = read.hold(queue, (), TAG);
    let _ = read.cancelable();
}

fn queue_then(read: Cancelable<'_, op::Read>, queue: &Queue<op::Read, ()>) {
    let _ = read.pend::<core::convert::Infallible>(TAG);
    let _ = read.into_irp().hold(queue, (), TAG);
}

fn main() {}
