//! An operation is checked as an IRP, and it may be fast I/O.
use fltmgr::oplock::{AfterBreak, CheckFlags, Oplock};
use fltmgr::pool::Tag;
use fltmgr::{PreOp, op};

fn check<W: AfterBreak<op::Read>>(oplock: &Oplock, read: PreOp<'_, op::Read>, after: W) {
    let _ = oplock.check(read, CheckFlags::empty(), after, Tag::new(*b"Test"));
}

fn main() {}
