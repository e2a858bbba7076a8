//! Disposition and options share a number, which is taken apart.
use fltmgr::parameters::Disposition;
use fltmgr::{PreOp, op};

fn change(create: &mut PreOp<'_, op::Create>) {
    create.set_options(Disposition::Open);
}

fn main() {}
