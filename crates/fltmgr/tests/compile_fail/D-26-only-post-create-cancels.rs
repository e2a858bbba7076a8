//! An open is canceled in post-create: not before, and not after another operation.
use fltmgr::{Error, PostOp, PreOp, op};

fn before(create: PreOp<'_, op::Create>) {
    let _ = create.cancel(Error::ACCESS_DENIED);
}

fn after_another(read: PostOp<'_, op::Read>) {
    let _ = read.cancel(Error::ACCESS_DENIED);
}

fn main() {}
