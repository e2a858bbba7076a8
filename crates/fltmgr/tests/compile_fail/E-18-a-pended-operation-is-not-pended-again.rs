//! A pended operation is passed on or completed, and nothing else.
use fltmgr::op;
use fltmgr::pending::PendedPre;

fn go_on(read: PendedPre<op::Read>) {
    read.synchronize();
}

fn main() {}
