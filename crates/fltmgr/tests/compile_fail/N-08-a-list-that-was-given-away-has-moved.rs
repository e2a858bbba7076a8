//! A list that goes with somebody else's create is freed with it, and so by nobody else.
use fltmgr::ecp::EcpList;
use fltmgr::{Filter, PreOp, op};

fn attach<F: Filter>(mut create: PreOp<'_, op::Create>, list: EcpList<F>) {
    let at = create.irql();
    let _ = create.attach_ecp_list(list, at);
    drop(list);
}

fn main() {}
