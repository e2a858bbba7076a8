//! Opens and creates.
//!
//! What an open asks for decides which rules it meets: data access meets `read` and `write`, a disposition that makes or
//! empties a file meets `create` and `write`, FILE_EXECUTE meets `execute`, FILE_DELETE_ON_CLOSE meets `delete`. A refusal
//! comes before anything has changed. `observe` reports what happens to the file, so an open is reported when it created,
//! emptied or is to execute; reads and writes are reported where they happen.

use crate::Guard;
use crate::events::{CarriedNote, NOTE_TAG};
use crate::judge::{Judgement, Matched, name_of, try_name_of};
use crate::state::{HandleState, StreamState};
use fileguard_policy::Action;
use fileguard_protocol::{Decision, Operation, Operations};
use fltmgr::context::HasContexts;
use fltmgr::irql::{Irql, PassiveLevel};
use fltmgr::name::FileName;
use fltmgr::op::{Cleanup, Close, Create, QueryInformation};
use fltmgr::operation::{Completed, PostOp, PostStatus, PreOp, PreStatus};
use fltmgr::parameters::{CreateParameters, Disposition};
use fltmgr::pool::{NonPaged, PoolBox};
use fltmgr::status::{Error, Status};
use fltmgr::{Pre, PrePost};

/// What an open leaves for its post-operation to do.
#[derive(Default)]
pub struct Opening {
    /// The service is to decide about the opened file.
    ask: Option<Judgement>,
    /// Creation is refused, but whether the open would create is known only afterwards: it was turned into one that does
    /// not, so that a file that is not there is not created.
    may_not_create: Option<Judgement>,
    created: Option<CarriedNote>,
    emptied: Option<CarriedNote>,
    executed: Option<CarriedNote>,
    /// The rule that observes a deletion when the handle is closed.
    deletes: Option<Judgement>,
    /// The content may change through this handle from the start.
    empties: bool,
    /// The epoch of the policy that decided.
    epoch: u64,
}

impl Opening {
    fn is_empty(&self) -> bool {
        self.ask.is_none()
            && self.may_not_create.is_none()
            && self.created.is_none()
            && self.emptied.is_none()
            && self.executed.is_none()
            && self.deletes.is_none()
    }
}

/// The operations that an open is, going by its parameters.
fn operations_of(parameters: CreateParameters<'_>) -> Operations {
    let access = parameters.desired_access();
    let disposition = parameters.disposition();
    [
        (Operation::Create, disposition.may_create()),
        (Operation::Write, access.writes_data() && !parameters.is_directory() || disposition.may_destroy()),
        (Operation::Read, access.reads_data()),
        // For a directory the same bit is FILE_TRAVERSE.
        (Operation::Execute, access.executes() && !parameters.is_directory()),
        (Operation::Delete, parameters.is_delete_on_close()),
    ]
    .into_iter()
    .filter(|(_, asked)| *asked)
    .fold(Operations::NONE, |operations, (operation, _)| operations.with(operation))
}

impl PrePost<Create> for Guard {
    type Carry = PoolBox<Opening, NonPaged>;

    fn pre<'a>(&self, create: PreOp<'a, Create>) -> PreStatus<'a, Create, Self::Carry> {
        let parameters = create.parameters();
        let operations = operations_of(parameters);
        for operation in operations.iter() {
            self.counters.seen(operation);
        }
        if !self.policies.concern(operations)
            || parameters.is_paging_file()
            || parameters.opens_target_directory()
            || !create.has_file_object()
        {
            return create.pass().into();
        }
        let at = create.irql();
        let Some((epoch, policy)) = self.policies.in_force(at) else { return create.pass().into() };
        let name = match try_name_of(&create, at) {
            Ok(Some(name)) => name,
            Ok(None) => return create.pass().into(),
            Err(error) => return create.fail(error).into(),
        };
        let matched = Matched::new(policy, name.units(), at);
        self.pre_create(create, operations, epoch, &matched, name.units(), at)
    }

    fn post<'a>(&self, create: PostOp<'a, Create>, opening: Self::Carry) -> PostStatus<'a, Create> {
        self.post_create(create, opening)
    }
}

impl Guard {
    fn pre_create<'a>(
        &self,
        mut create: PreOp<'a, Create>,
        operations: Operations,
        epoch: u64,
        matched: &Matched,
        name: &[u16],
        at: Irql<'a, PassiveLevel>,
    ) -> PreStatus<'a, Create, PoolBox<Opening, NonPaged>> {
        let disposition = create.parameters().disposition();
        let mut opening = Opening { empties: disposition.may_destroy(), epoch, ..Opening::default() };
        for operation in operations.iter() {
            let Some(judgement) = matched.judge(operation, create.requestor(), Some(at), &self.settings) else {
                continue;
            };
            match judgement.action {
                Action::Allow => {}
                Action::Observe => self.observe_open(&mut opening, &judgement, &create, at),
                Action::Deny if operation == Operation::Create && disposition != Disposition::Create => {
                    opening.may_not_create = Some(judgement);
                }
                Action::Deny => {
                    return self.refuse_open(create, &judgement, Decision::Denied, name, at).into();
                }
                Action::Ask if changes_something(operation, disposition) => {
                    let decision = self.ask(&judgement, name, create.requestor(), None, at);
                    if decision.is_refusal() {
                        return self.refuse_open(create, &judgement, decision, name, at).into();
                    }
                }
                Action::Ask => opening.ask = opening.ask.or(Some(judgement)),
            }
        }
        if opening.may_not_create.is_some() {
            create.set_disposition(match disposition {
                Disposition::OpenIf => Disposition::Open,
                _ => Disposition::Overwrite,
            });
        }
        if opening.is_empty() {
            return create.pass().into();
        }
        match PoolBox::try_new(opening, NOTE_TAG) {
            Ok(opening) => create.pass_with(opening),
            // Without memory for the post-operation, what it would have decided cannot be: the open fails, as any other
            // one may that there is no memory for.
            Err(error) => create.fail(error).into(),
        }
    }

    fn refuse_open<'a>(
        &self,
        create: PreOp<'a, Create>,
        judgement: &Judgement,
        decision: Decision,
        name: &[u16],
        at: Irql<'a, PassiveLevel>,
    ) -> Completed<'a, Create> {
        self.report_refusal(judgement, decision, name, &[], create.requestor(), Some(at));
        create.fail(judgement.refusal)
    }

    fn observe_open(
        &self,
        opening: &mut Opening,
        judgement: &Judgement,
        create: &PreOp<'_, Create>,
        at: Irql<'_, PassiveLevel>,
    ) {
        let note = || self.note(judgement, create, at, Some(at));
        match judgement.operation {
            Operation::Create => opening.created = note(),
            Operation::Write if opening.empties => opening.emptied = note(),
            Operation::Execute => opening.executed = note(),
            Operation::Delete => opening.deletes = Some(*judgement),
            _ => {}
        }
    }

    fn post_create<'a>(
        &self,
        create: PostOp<'a, Create>,
        mut opening: PoolBox<Opening, NonPaged>,
    ) -> PostStatus<'a, Create> {
        let opening = &mut *opening;
        let at = create.irql();
        let status = create.status();
        if let Some(judgement) = opening.may_not_create
            && status == Status::from(Error::OBJECT_NAME_NOT_FOUND)
        {
            // A refusal counts, whether there is memory for its name or not.
            let name = name_of(&create, at);
            let name = name.as_ref().map_or(&[][..], FileName::units);
            self.report_refusal(&judgement, Decision::Denied, name, &[], create.requestor(), Some(at));
            return create.cancel(judgement.refusal);
        }
        let created = create.created();
        let Some(file) = create.opened() else {
            for note in [&mut opening.created, &mut opening.executed].into_iter().flatten() {
                note.report(&self.events, status);
            }
            return create.finish();
        };
        if opening.empties
            && !created
            && let Some(state) = file.context::<StreamState, _>(at)
        {
            state.content_changes(at);
        }
        if let Some(judgement) = opening.ask
            && !created
            && !file.is_directory(at).unwrap_or(false)
        {
            let epoch = opening.epoch;
            let state = StreamState::of(file, at);
            // From here on writers say that the content changes, so that one who writes while the service reads is
            // noticed.
            self.asks.remember();
            let changes = state.as_ref().map(|state| state.changes(at));
            let known = state.as_ref().is_some_and(|state| state.is_allowed(epoch, judgement.rule, at));
            if !known && let Some(name) = name_of(&create, at) {
                let decision = self.ask(&judgement, name.units(), create.requestor(), Some(file), at);
                if decision.is_refusal() {
                    self.report_refusal(&judgement, decision, name.units(), &[], create.requestor(), Some(at));
                    return create.cancel(judgement.refusal);
                }
                if decision == Decision::AskedAllowed
                    && let Some((state, changes)) = state.zip(changes)
                {
                    state.allow(epoch, judgement.rule, changes, at);
                }
            }
        }
        if let Some(judgement) = opening.deletes
            // A handle that cannot carry a context is not observed; the deletion goes on.
            && let Some(state) = HandleState::of(file, at)
        {
            state.deletes(judgement.rule);
        }
        // An open that made the file created it, and did nothing else to its content.
        let changed = if created { &mut opening.created } else { &mut opening.emptied };
        for note in [changed, &mut opening.executed].into_iter().flatten() {
            note.report(&self.events, status);
        }
        create.finish()
    }
}

/// Whether an open that is let through would change something at once, so that the question has to come before it.
fn changes_something(operation: Operation, disposition: Disposition) -> bool {
    match operation {
        Operation::Create | Operation::Delete => true,
        Operation::Write => disposition.may_destroy(),
        _ => false,
    }
}

impl Pre<Cleanup> for Guard {
    /// The handle is closed: if it deletes its file, this is when.
    fn pre<'a>(&self, cleanup: PreOp<'a, Cleanup>) -> PreStatus<'a, Cleanup> {
        let at = cleanup.irql();
        if self.policies.concern_one(Operation::Delete)
            && let Some(file) = cleanup.file()
            && let Some(state) = file.context::<HandleState, _>(at)
            && state.is_deletion()
            && let Some(judgement) = self
                .match_file(&cleanup, file, at)
                .and_then(|matched| matched.judge(Operation::Delete, cleanup.requestor(), Some(at), &self.settings))
            && state.is_deletion_for(judgement.rule)
            && let Some(mut note) = self.note(&judgement, &cleanup, at, Some(at))
        {
            note.report(&self.events, Status::SUCCESS);
        }
        cleanup.pass().into()
    }
}

impl Pre<Close> for Guard {
    /// Nothing is left to decide; the Filter Manager drops the contexts.
    fn pre<'a>(&self, close: PreOp<'a, Close>) -> PreStatus<'a, Close> {
        close.pass().into()
    }
}

impl Pre<QueryInformation> for Guard {
    /// No operation of a rule is a query of names, sizes or times, so that it passes.
    fn pre<'a>(&self, query: PreOp<'a, QueryInformation>) -> PreStatus<'a, QueryInformation> {
        query.pass().into()
    }
}
