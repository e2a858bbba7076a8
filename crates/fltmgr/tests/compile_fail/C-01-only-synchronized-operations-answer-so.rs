//! A status that waits is not among those of a callback that does not.
use fltmgr::operation::Synchronize;
use fltmgr::{PreStatus, op};

fn pre<'a>(waits: Synchronize<'a, op::Read, ()>) -> PreStatus<'a, op::Read, ()> {
    waits.into()
}

fn main() {}
