//! A filter cancels what it has begun itself, and nothing that came to it.
use fltmgr::op;
use fltmgr::operation::Irp;

fn cancel(read: &Irp<'_, op::Read>) {
    read.cancel();
}

fn main() {}
