//! What was opened gets no more extra create parameters.
use fltmgr::ecp::EcpList;
use fltmgr::{Filter, PostOp, op};

fn attach<F: Filter>(mut create: PostOp<'_, op::Create>, list: EcpList<F>) {
    let at = create.irql();
    let _ = create.attach_ecp_list(list, at);
}

fn main() {}
