//! Shows priorities, activities and BypassIO: what a filter does for somebody is to be as urgent as what they do, to be logged
//! as a part of it, and to see all of it.
//!
//! The I/O of files whose name ends in `.bulk` is made less urgent than any other. A write is looked at with the priority that
//! it has, as a part of its activity, which it gets if it has none. Reads that bypass the filter are refused.
#![no_std]
#[cfg(not(target_os = "windows"))]
extern crate std;

use fltmgr::guid::Guid;
use fltmgr::name::{Format, Query};
use fltmgr::priority::Priority;
use fltmgr::{
    Error, Filter, Operations, PostOp, PostStatus, Pre, PreOp, PrePost, PreStatus, Result, Starting, debug_println, op,
    utf16,
};

/// What this filter's work belongs to where nobody says what theirs does: {0d3c3ed8-4c4b-4c62-8c19-8f9a7b1d2e60}.
const OURS: Guid = Guid::new(0x0d3c_3ed8_4c4b_4c62_8c19_8f9a_7b1d_2e60);

/// The filter; it has no state.
pub struct Background;

impl Filter for Background {
    const OPERATIONS: Operations<Self> = Operations::new()
        .pre_post::<op::Create>()
        .pre::<op::Write>()
        .skip_paging_io::<op::Write>()
        .pre::<op::FileSystemControl>();

    fn start(_: &mut Starting<'_, Self>) -> Result<Self> {
        Ok(Self)
    }
}

impl PrePost<op::Create> for Background {
    type Carry = ();

    fn pre<'a>(&self, create: PreOp<'a, op::Create>) -> PreStatus<'a, op::Create, ()> {
        create.pass_with(())
    }

    fn post<'a>(&self, create: PostOp<'a, op::Create>, (): ()) -> PostStatus<'a, op::Create> {
        let name = create.name(Format::Opened, Query::Default, create.irql());
        let bulk = name.is_ok_and(|name| name.units().ends_with(utf16!(".bulk")));
        match create.opened().filter(|_| bulk).map(|file| file.set_priority(Priority::VeryLow)) {
            Some(Err(error)) => create.cancel(error),
            _ => create.finish(),
        }
    }
}

impl Pre<op::Write> for Background {
    fn pre<'a>(&self, write: PreOp<'a, op::Write>) -> PreStatus<'a, op::Write> {
        if write.activity().is_none() && write.set_activity(None).is_err() {
            // Fast I/O has no activity, and is looked at all the same.
            let _ = write.set_activity(Some(OURS));
        }
        let is_ours = write.activity() == Some(OURS);
        let low = write.priority() < Priority::Normal;
        let session = write.requestor().session_id(write.irql()).ok().flatten().unwrap_or(0);
        let look = || debug_println!("low {low}, ours {is_ours}, session {session}");
        // Where it cannot be done as the write is, it is done as it may be.
        if write.priorities().apply(|| write.with_activity(look)).ok().flatten().is_none() {
            look();
        }
        write.pass().into()
    }
}

impl Pre<op::FileSystemControl> for Background {
    fn pre<'a>(&self, control: PreOp<'a, op::FileSystemControl>) -> PreStatus<'a, op::FileSystemControl> {
        if !control.asks_for_bypass_io() {
            return control.pass().into();
        }
        match control.veto_bypass_io(Error::NOT_SUPPORTED, utf16!("every read is looked at")) {
            Ok(vetoed) => vetoed.into(),
            Err((control, error)) => control.fail(error).into(),
        }
    }
}

fltmgr::driver!(Background);
