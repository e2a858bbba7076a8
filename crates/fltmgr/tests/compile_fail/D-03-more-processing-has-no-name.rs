//! A post-operation cannot answer that more processing is required unless somebody has the operation.
use fltmgr::{PostStatus, op};

fn main() {
    let _: PostStatus<'_, op::Read> = PostStatus::more();
}
