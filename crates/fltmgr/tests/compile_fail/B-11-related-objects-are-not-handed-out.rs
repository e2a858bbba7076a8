//! The related objects are the Filter Manager's.
use fltmgr::{PreOp, op};

fn look(create: &PreOp<'_, op::Create>) {
    let _ = create.objects();
}

fn main() {}
