//! Shows how an operation is refused: files whose name ends in `.keep` cannot be deleted.
//!
//! A deletion is a change of the file's disposition, so it comes as IRP_MJ_SET_INFORMATION; completing that in its
//! pre-operation is all it takes, and there is no post-operation.
#![no_std]
#[cfg(not(target_os = "windows"))]
extern crate std;

use fltmgr::name::{Format, Query};
use fltmgr::parameters::Change;
use fltmgr::{Error, Filter, Operations, Pre, PreOp, PreStatus, Result, Starting, op, utf16};

/// The filter; it has no state.
pub struct Keep;

impl Filter for Keep {
    const OPERATIONS: Operations<Self> = Operations::new().pre::<op::SetInformation>();

    fn start(_: &mut Starting<'_, Self>) -> Result<Self> {
        Ok(Self)
    }
}

impl Pre<op::SetInformation> for Keep {
    fn pre<'a>(&self, set: PreOp<'a, op::SetInformation>) -> PreStatus<'a, op::SetInformation> {
        if !matches!(set.parameters().change(), Change::Delete) {
            return set.pass().into();
        }
        match set.name(Format::Normalized, Query::Default, set.irql()) {
            Ok(name) if name.units().ends_with(utf16!(".keep")) => set.fail(Error::ACCESS_DENIED).into(),
            _ => set.pass().into(),
        }
    }
}

fltmgr::driver!(Keep);
