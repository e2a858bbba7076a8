//! Shows an operation that is completed in its pre-operation, with data: reading a file whose name ends in `.answer` gives
//! `42`, whatever is in it.
#![no_std]
#[cfg(not(target_os = "windows"))]
extern crate std;

use fltmgr::name::{Format, Query};
use fltmgr::parameters::ByteOffset;
use fltmgr::{Error, Filter, Operations, Pre, PreOp, PreStatus, Result, Starting, op, utf16};

/// The filter; it has no state.
pub struct Answer;

impl Filter for Answer {
    const OPERATIONS: Operations<Self> = Operations::new().pre::<op::Read>().skip_paging_io::<op::Read>();

    fn start(_: &mut Starting<'_, Self>) -> Result<Self> {
        Ok(Self)
    }
}

impl Pre<op::Read> for Answer {
    fn pre<'a>(&self, read: PreOp<'a, op::Read>) -> PreStatus<'a, op::Read> {
        let at = read.irql();
        let name = read.name(Format::Normalized, Query::Default, at);
        if !name.is_ok_and(|name| name.units().ends_with(utf16!(".answer"))) {
            return read.pass().into();
        }
        if read.parameters().byte_offset() != ByteOffset::At(0) {
            return read.fail(Error::END_OF_FILE).into();
        }
        match read.answer(b"42", at) {
            Ok(answered) => answered.into(),
            Err((read, error)) => read.fail(error).into(),
        }
    }
}

fltmgr::driver!(Answer);
