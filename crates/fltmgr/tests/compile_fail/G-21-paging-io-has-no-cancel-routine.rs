//! Only an operation that is no paging I/O gets a cancel routine, and that has to be asked about.
use fltmgr::op;
use fltmgr::operation::Irp;
use fltmgr::pool::Tag;

fn wait(read: Irp<'_, op::Read>) {
    let _ = read.pend::<()>(Tag::new(*b"Test"));
}

fn main() {}
