//! The MDL of a swapped buffer is retained in a post-operation.
use fltmgr::buffer::SwapBuffer;
use fltmgr::{PreOp, op};

fn retain(mut read: PreOp<'_, op::Read>, mut buffer: SwapBuffer<op::Read>) {
    buffer.retain_mdl(&mut read);
}

fn main() {}
