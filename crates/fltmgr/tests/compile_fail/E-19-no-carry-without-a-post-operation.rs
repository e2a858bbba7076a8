//! Without a post-operation nothing travels to it.
use fltmgr::irql::{Irql, PassiveLevel};
use fltmgr::op;
use fltmgr::pending::PendedPre;

fn go_on(read: PendedPre<op::Read>, at: Irql<'_, PassiveLevel>) {
    read.pass_with((), at);
}

fn main() {}
