//! An operation of the filter's own is an IRP: there is no request for what comes as fast I/O or FSFilter alone.
use fltmgr::generated::Generated;
use fltmgr::op;

fn fast_io(_: Generated<op::FastIoCheckIfPossible>) {}

fn fs_filter(_: Generated<op::QueryOpen>) {}

fn main() {}
