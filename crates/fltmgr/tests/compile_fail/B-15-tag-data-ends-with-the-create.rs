//! Tag data is the filter's as long as the create is.
use fltmgr::{PostOp, PostStatus, op};

fn post<'a>(create: PostOp<'a, op::Create>) -> PostStatus<'a, op::Create> {
    let point = create.reparse_point();
    let status = create.finish();
    let _ = point.map(|point| point.number());
    status
}

fn main() {}
