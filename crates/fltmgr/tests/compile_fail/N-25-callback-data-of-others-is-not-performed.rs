//! Only callback data that the filter has allocated is performed, reused and freed.
use fltmgr::generated::Generated;
use fltmgr::generated::request::Read;
use fltmgr::irql::{Irql, PassiveLevel};
use fltmgr::{PreOp, op};

fn perform(read: &mut PreOp<'_, op::Read>, at: Irql<'_, PassiveLevel>) {
    let _ = Generated::<Read>::perform(read, at);
}

fn twice(read: Generated<Read>) {
    drop(read);
    drop(read);
}

fn main() {}
