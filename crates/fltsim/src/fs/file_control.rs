//! File-system control requests.

use fltmgr_sys::{
    FSCTL_DELETE_REPARSE_POINT, FSCTL_GET_REPARSE_POINT, FSCTL_SET_REPARSE_POINT, FSCTL_SET_REPARSE_POINT_EX,
    FSCTL_SET_ZERO_DATA, STATUS_INVALID_DEVICE_REQUEST, STATUS_INVALID_PARAMETER, STATUS_SUCCESS,
};
use std::sync::atomic::Ordering;

use super::control_block::Open;
use super::reparse::reparse_point;
use super::store::NodeKind;
use super::structure::Input;
use super::{FileSystem, Result, fail};
use crate::status::NtStatus;

impl FileSystem {
    /// Does what a control code asks for: the status, and how many bytes of the output were filled. There are
    /// `FSCTL_GET_REPARSE_POINT`, `FSCTL_SET_REPARSE_POINT`, `FSCTL_SET_REPARSE_POINT_EX`, `FSCTL_DELETE_REPARSE_POINT` and
    /// `FSCTL_SET_ZERO_DATA`;
    /// any other is answered with `STATUS_INVALID_DEVICE_REQUEST`.
    pub fn fs_control(&self, open: &Open, code: u32, input: &[u8], output: &mut [u8]) -> (NtStatus, usize) {
        let done = |result: Result<()>| result.map(|()| (NtStatus(STATUS_SUCCESS), 0));
        let answer = match code {
            FSCTL_GET_REPARSE_POINT => reparse_point(open, output),
            FSCTL_SET_REPARSE_POINT => done(self.set_reparse_point(open, input)),
            FSCTL_SET_REPARSE_POINT_EX => done(self.set_reparse_point_ex(open, input)),
            FSCTL_DELETE_REPARSE_POINT => done(self.delete_reparse_point(open, input)),
            FSCTL_SET_ZERO_DATA => done(set_zero_data(open, Input(input))),
            _ => fail(STATUS_INVALID_DEVICE_REQUEST),
        };
        answer.unwrap_or_else(|error| (error, 0))
    }
}

/// Makes a range zeros: a first offset and the offset behind the last, of which nothing behind the end of the file counts.
fn set_zero_data(open: &Open, input: Input<'_>) -> Result<()> {
    let (offset, end) = (input.size(0)?, input.size(8)?);
    let node = open.node();
    if node.kind() != NodeKind::File || offset > end {
        return fail(STATUS_INVALID_PARAMETER);
    }
    let _io = open.stream().io.write();
    let end = end.min(node.metadata()?.size);
    if offset < end {
        node.zero(offset, end - offset)?;
        open.is_modified.store(true, Ordering::Relaxed);
    }
    Ok(())
}
