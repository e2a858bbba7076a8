//! Extra create parameters are those of creates.
use fltmgr::{PreOp, op};

fn look(write: PreOp<'_, op::Write>) {
    let _ = write.ecp_list(write.irql());
}

fn main() {}
