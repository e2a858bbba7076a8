//! Shows a changed parameter: a file whose name ends in `.log` is never emptied by opening it.
//!
//! A create that would empty the file is turned into one that opens it. The callback data is marked dirty by the change;
//! filters above go on seeing what was asked for.
#![no_std]
#[cfg(not(target_os = "windows"))]
extern crate std;

use fltmgr::name::{Format, Query};
use fltmgr::parameters::Disposition;
use fltmgr::{Filter, Operations, Pre, PreOp, PreStatus, Result, Starting, op, utf16};

/// The filter; it has no state.
pub struct Change;

impl Filter for Change {
    const OPERATIONS: Operations<Self> = Operations::new().pre::<op::Create>();

    fn start(_: &mut Starting<'_, Self>) -> Result<Self> {
        Ok(Self)
    }
}

impl Pre<op::Create> for Change {
    fn pre<'a>(&self, mut create: PreOp<'a, op::Create>) -> PreStatus<'a, op::Create> {
        let instead = match create.parameters().disposition() {
            Disposition::Overwrite => Disposition::Open,
            Disposition::OverwriteIf | Disposition::Supersede => Disposition::OpenIf,
            _ => return create.pass().into(),
        };
        let name = create.name(Format::Normalized, Query::Default, create.irql());
        if name.is_ok_and(|name| name.units().ends_with(utf16!(".log"))) {
            create.set_disposition(instead);
        }
        create.pass().into()
    }
}

fltmgr::driver!(Change);
