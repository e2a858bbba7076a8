//! A change takes exclusive control of the operation.
use fltmgr::parameters::Disposition;
use fltmgr::{PreOp, op};

fn look(create: &PreOp<'_, op::Create>) {
    create.set_disposition(Disposition::Open);
}

fn main() {}
