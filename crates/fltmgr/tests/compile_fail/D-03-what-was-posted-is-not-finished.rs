//! What a worker completes is not finished here.
use fltmgr::operation::PostIrp;
use fltmgr::pool::Tag;
use fltmgr::work::{DeferredPost, Queue};
use fltmgr::{PostStatus, op};

fn post<'a, W: DeferredPost<op::Read>>(read: PostIrp<'a, op::Read>, work: W) -> PostStatus<'a, op::Read> {
    let _ = read.defer(work, Queue::Delayed, Tag::new(*b"Test"));
    PostStatus::FINISHED
}

fn main() {}
