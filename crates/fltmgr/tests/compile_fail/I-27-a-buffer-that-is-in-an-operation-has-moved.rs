//! A buffer that an operation goes on with is not freed before the operation comes back.
use fltmgr::buffer::SwapBuffer;
use fltmgr::{PreOp, PreStatus, op};

fn swap<'a>(
    read: PreOp<'a, op::Read>,
    buffer: SwapBuffer<op::Read>,
) -> PreStatus<'a, op::Read, SwapBuffer<op::Read>> {
    let status = read.pass_with(buffer);
    drop(buffer);
    status
}

fn main() {}
