//! Tag data belongs to post-create: before the file system has seen the create, there is none.
use fltmgr::{PreOp, op};

fn pre(create: &PreOp<'_, op::Create>) -> bool {
    create.reparse_point().is_some()
}

fn main() {}
