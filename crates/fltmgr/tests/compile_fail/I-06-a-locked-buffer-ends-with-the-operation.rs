//! The buffer of an operation cannot be used after the operation.
use fltmgr::{Error, PreOp, op};

fn keep(mut write: PreOp<'_, op::Write>) {
    let at = write.irql();
    let Ok(buffer) = write.lock_buffer(at) else { return };
    let _ = write.fail(Error::ACCESS_DENIED);
    let _ = buffer.len();
}

fn main() {}
