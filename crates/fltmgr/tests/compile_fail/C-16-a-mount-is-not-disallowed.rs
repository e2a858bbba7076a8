//! The mount of a volume is fast I/O that cannot be disallowed.
use fltmgr::{PreOp, op};

fn pre(mount: PreOp<'_, op::VolumeMount>) {
    let _ = mount.disallow_fast_io();
}

fn main() {}
