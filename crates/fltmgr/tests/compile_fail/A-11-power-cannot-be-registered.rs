//! Power requests never reach a file system, so there is no such operation.
use fltmgr::op::Power;

fn main() {}
