//! A check has the flags that exist, and the other routines have fewer.
use fltmgr::op;
use fltmgr::operation::Irp;
use fltmgr::oplock::{AfterBreak, CheckFlags, Oplock};
use fltmgr::pool::Tag;

const TAG: Tag = Tag::new(*b"Test");

fn number<W: AfterBreak<op::Read>>(oplock: &Oplock, read: Irp<'_, op::Read>, after: W) {
    let _ = oplock.check(read, 0x10, after, TAG);
}

fn of_another<W: AfterBreak<op::Read>>(oplock: &Oplock, read: Irp<'_, op::Read>, after: W) {
    let _ = oplock.break_to_none(read, CheckFlags::KEY_CHECK_ONLY, after, TAG);
}

fn main() {}
