//! Whether an operation is an IRP has to be asked before it is pended.
use fltmgr::pool::Tag;
use fltmgr::queue::Queue;
use fltmgr::{PreOp, PreStatus, op};

fn pre<'a>(create: PreOp<'a, op::Create>, queue: &Queue<op::Create, ()>) -> PreStatus<'a, op::Create> {
    match create.hold(queue, (), Tag::new(*b"Test")) {
        Ok(pending) => pending.into(),
        Err(refused) => refused.operation.pass().into(),
    }
}

fn main() {}
