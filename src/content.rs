//! Reads, writes and listings.

use crate::Guard;
use crate::events::CarriedNote;
use crate::judge::name_of;
use crate::state::StreamState;
use fileguard_policy::Action;
use fileguard_protocol::{Decision, Operation};
use fltmgr::PrePost;
use fltmgr::context::HasContexts;
use fltmgr::irql::{ApcLevel, Irql, NotAbove};
use fltmgr::name::FileName;
use fltmgr::op::{CanFail, DirectoryControl, HasPost, OpenBefore, Operation as Kind, Read, Write};
use fltmgr::operation::{PostOp, PostStatus, PreOp, PreStatus};

impl Guard {
    /// The pre-operation of everything that reads or writes an open file.
    pub fn pre_access<'a, O>(&self, access: PreOp<'a, O>, operation: Operation) -> PreStatus<'a, O, CarriedNote>
    where
        O: Kind<PreLevel: NotAbove<ApcLevel>> + CanFail + HasPost + OpenBefore,
    {
        self.counters.seen(operation);
        if !self.policies.concern_one(operation) {
            return access.pass().into();
        }
        let at: Irql<'a, O::PreLevel> = access.irql();
        let Some(file) = access.file() else { return access.pass().into() };
        let passive = access.passive();
        let judgement = self
            .match_file(&access, file, at)
            .and_then(|matched| matched.judge(operation, access.requestor(), passive, &self.settings));
        let Some(judgement) = judgement else { return access.pass().into() };
        match judgement.action {
            // What `ask` is about was asked when the file was opened.
            Action::Allow | Action::Ask => access.pass().into(),
            Action::Deny => {
                // A refusal counts, whether there is memory for its name or not.
                let name = name_of(&access, at);
                let name = name.as_ref().map_or(&[][..], FileName::units);
                self.report_refusal(&judgement, Decision::Denied, name, &[], access.requestor(), passive);
                access.fail(judgement.refusal).into()
            }
            Action::Observe => match self.note(&judgement, &access, at, passive) {
                Some(note) => access.pass_with(note),
                None => access.pass().into(),
            },
        }
    }
}

impl PrePost<Read> for Guard {
    type Carry = CarriedNote;

    fn pre<'a>(&self, read: PreOp<'a, Read>) -> PreStatus<'a, Read, CarriedNote> {
        self.pre_access(read, Operation::Read)
    }

    fn post<'a>(&self, read: PostOp<'a, Read>, note: CarriedNote) -> PostStatus<'a, Read> {
        self.report_outcome(&read, note);
        read.finish()
    }
}

impl PrePost<Write> for Guard {
    type Carry = CarriedNote;

    fn pre<'a>(&self, write: PreOp<'a, Write>) -> PreStatus<'a, Write, CarriedNote> {
        // What the service allowed was the content before this write.
        if self.asks.are_remembered()
            && let Some(file) = write.file()
            && let Some(state) = file.context::<StreamState, _>(write.irql())
        {
            state.content_changes(write.irql());
        }
        if write.is_paging_io() {
            // Whoever wrote to a mapping opened the file for it, which is where rules decided.
            return write.pass().into();
        }
        self.pre_access(write, Operation::Write)
    }

    fn post<'a>(&self, write: PostOp<'a, Write>, note: CarriedNote) -> PostStatus<'a, Write> {
        self.report_outcome(&write, note);
        write.finish()
    }
}

impl PrePost<DirectoryControl> for Guard {
    type Carry = CarriedNote;

    /// Listing a directory reads it.
    fn pre<'a>(&self, control: PreOp<'a, DirectoryControl>) -> PreStatus<'a, DirectoryControl, CarriedNote> {
        if control.parameters().is_query() { self.pre_access(control, Operation::Read) } else { control.pass().into() }
    }

    fn post<'a>(&self, control: PostOp<'a, DirectoryControl>, note: CarriedNote) -> PostStatus<'a, DirectoryControl> {
        self.report_outcome(&control, note);
        control.finish()
    }
}
