//! An oplock is asked for by a control that came as an IRP.
use fltmgr::operation::Irp;
use fltmgr::oplock::{OpenHandles, Oplock};
use fltmgr::{PreOp, PreStatus, op};

fn of_a_read<'a>(oplock: &Oplock, read: Irp<'a, op::Read>, file: OpenHandles) -> PreStatus<'a, op::Read> {
    oplock.control(read, file)
}

fn not_asked<'a>(
    oplock: &Oplock,
    control: PreOp<'a, op::FileSystemControl>,
    file: OpenHandles,
) -> PreStatus<'a, op::FileSystemControl> {
    oplock.control(control, file)
}

fn main() {}
