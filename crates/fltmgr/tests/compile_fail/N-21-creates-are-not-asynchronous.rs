//! A create cannot be performed without waiting for it: there is no request for one.
use fltmgr::generated::Generated;
use fltmgr::op;

fn create(_: Generated<op::Create>) {}

fn main() {}
