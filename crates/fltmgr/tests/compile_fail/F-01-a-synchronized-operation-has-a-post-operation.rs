//! What has only a pre-operation cannot be synchronized.
use fltmgr::{PreOp, PreStatus, op};

fn pre<'a>(read: PreOp<'a, op::Read>) -> PreStatus<'a, op::Read> {
    match read.synchronize(()) {
        Ok(synchronize) => synchronize.into(),
        Err((read, ())) => read.pass().into(),
    }
}

fn main() {}
