//! What somebody else goes on with cannot be let go on here.
use fltmgr::operation::Irp;
use fltmgr::pool::Tag;
use fltmgr::queue::Queue;
use fltmgr::{PreStatus, op};

fn pre<'a>(read: Irp<'a, op::Read>, queue: &Queue<op::Read, ()>) -> PreStatus<'a, op::Read> {
    let _ = read.hold(queue, (), Tag::new(*b"Test"));
    read.into_operation().pass().into()
}

fn main() {}
