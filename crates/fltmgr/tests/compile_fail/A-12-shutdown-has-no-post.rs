//! Nothing may be called after a shutdown.
use fltmgr::{PrePost, op};

fn followed<F: PrePost<op::Shutdown>>() {}

fn main() {}
