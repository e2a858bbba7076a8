//! Deletions, renames, hard links and changes of size.

use crate::Guard;
use crate::events::{CarriedNote, NOTE_TAG};
use crate::judge::{Judgement, Matched, known, try_name_of};
use crate::state::StreamState;
use fileguard_policy::Action;
use fileguard_protocol::{Decision, Operation, Operations};
use fltmgr::PrePost;
use fltmgr::context::HasContexts;
use fltmgr::file::OpenFile;
use fltmgr::irql::{Irql, PassiveLevel};
use fltmgr::name::FileName;
use fltmgr::op::SetInformation;
use fltmgr::operation::{PostOp, PostStatus, PreOp, PreStatus};
use fltmgr::parameters::{Change, TargetName};
use fltmgr::pool::{NonPaged, Paged, PoolBox, PoolVec};
use fltmgr::status::Result;

/// A unit that no rule names: with it for a name, a path stands for whatever lies in a folder.
const ANY_UNIT: u16 = 0xFFFF;

/// What a change leaves for its post-operation.
pub struct Changing {
    note: Option<CarriedNote>,
    /// The file gets another name, if the operation succeeds.
    renames: bool,
}

impl PrePost<SetInformation> for Guard {
    type Carry = PoolBox<Changing, NonPaged>;

    fn pre<'a>(&self, set: PreOp<'a, SetInformation>) -> PreStatus<'a, SetInformation, Self::Carry> {
        let at = set.irql();
        let Some(file) = set.file() else { return set.pass().into() };
        let change = set.parameters().change();
        let operation = match change {
            Change::Delete => Operation::Delete,
            Change::Rename(_) => Operation::Rename,
            Change::Link(_) => Operation::Create,
            Change::Size => Operation::Write,
            Change::Other => return set.pass().into(),
        };
        self.counters.seen(operation);
        if operation == Operation::Write
            && let Some(state) = file.context::<StreamState, _>(at)
        {
            state.content_changes(at);
        }
        let renames = matches!(change, Change::Rename(_));
        // A name that changes hands can take a file out of what any rule is about.
        let concerned = match change {
            Change::Rename(_) | Change::Link(_) => Operations::ALL,
            _ => Operations::only(operation),
        };
        let judged = if self.policies.concern(concerned) {
            match self.judge_change(&set, file, change, operation, at) {
                Ok(judged) => judged,
                Err(error) => return set.fail(error).into(),
            }
        } else {
            None
        };
        let mut note = None;
        if let Some(judged) = judged {
            let Judged { judgement, name, second } = &judged;
            let name = name.units();
            let second = second.as_ref().map_or(&[][..], FileName::units);
            let refusal = match judgement.action {
                Action::Allow => None,
                Action::Observe => {
                    note = self.note_named(judgement, Decision::Observed, name, second, set.requestor(), Some(at));
                    None
                }
                Action::Deny => Some(Decision::Denied),
                Action::Ask => {
                    let decision = self.ask(judgement, name, set.requestor(), Some(file), at);
                    decision.is_refusal().then_some(decision)
                }
            };
            if let Some(decision) = refusal {
                self.report_refusal(judgement, decision, name, second, set.requestor(), Some(at));
                let refusal = judgement.refusal;
                return set.fail(refusal).into();
            }
        }
        if note.is_none() && !renames {
            return set.pass().into();
        }
        if let Ok(changing) = PoolBox::try_new(Changing { note, renames }, NOTE_TAG) {
            set.pass_with(changing)
        } else {
            // The post-operation would have done this, after a success; to do it once too often is harmless.
            self.policies.names_changed();
            set.pass().into()
        }
    }

    fn post<'a>(&self, set: PostOp<'a, SetInformation>, changing: Self::Carry) -> PostStatus<'a, SetInformation> {
        let Changing { note, renames } = changing.into_inner();
        if renames && set.status().is_success() {
            self.policies.names_changed();
        }
        if let Some(mut note) = note {
            note.report(&self.events, set.status());
        }
        set.finish()
    }
}

/// A judgement about a change, and the names it is about.
struct Judged<'a> {
    judgement: Judgement,
    name: FileName<'a>,
    /// The name that a rename or a hard link gives.
    second: Option<FileName<'a>>,
}

impl Guard {
    /// The first rule that applies to a change. A rename is judged under both its names, and a hard link under the new
    /// one, since that is the one it makes. What rules refuse elsewhere cannot be had by changing names either. Fails for
    /// want of memory only.
    fn judge_change<'a>(
        &self,
        set: &PreOp<'a, SetInformation>,
        file: OpenFile<'_>,
        change: Change<'_>,
        operation: Operation,
        at: Irql<'a, PassiveLevel>,
    ) -> Result<Option<Judged<'a>>> {
        let Some(name) = try_name_of(set, at)? else { return Ok(None) };
        let target: Option<TargetName<'_>> = match change {
            Change::Rename(target) | Change::Link(target) => Some(target),
            _ => None,
        };
        // A target that the file system refuses as well needs no judgement of its own.
        let second = target.map(|target| known(set.destination_name(&target, at))).transpose()?.flatten();
        let judge = |matched: &Matched| matched.judge(operation, set.requestor(), Some(at), &self.settings);
        let of_name = match change {
            Change::Link(_) => None,
            _ => self.judge_file(set, file, at, judge),
        };
        let target = second.as_ref().map(|second| self.matched(second.units(), at)).transpose()?.flatten();
        let of_second = target.as_deref().and_then(judge);
        let judgement = [of_name, of_second].into_iter().flatten().min_by_key(|judgement| judgement.rule);
        let judgement = match judgement.filter(Judgement::may_refuse) {
            None => self.refused_elsewhere(set, file, change, target.as_deref(), name.units(), at)?.or(judgement),
            refused => refused,
        };
        Ok(judgement.map(|judgement| Judged { judgement, name, second }))
    }

    // Kernel stack is scarce, so that what a name matches is on it while it is made only.

    /// What a judge says of the file itself.
    #[inline(never)]
    fn judge_file(
        &self,
        set: &PreOp<'_, SetInformation>,
        file: OpenFile<'_>,
        at: Irql<'_, PassiveLevel>,
        judge: impl FnOnce(&Matched) -> Option<Judgement>,
    ) -> Option<Judgement> {
        judge(&self.match_file(set, file, at)?)
    }

    /// The rules that a name is in, if there are any rules.
    #[inline(never)]
    fn matched(&self, name: &[u16], at: Irql<'_, PassiveLevel>) -> Result<Option<PoolBox<Matched, Paged>>> {
        let Some(policy) = self.policies.current(at) else { return Ok(None) };
        PoolBox::try_new(Matched::new(policy, name, at), NOTE_TAG).map(Some)
    }

    /// The rule that a change of names would get round:
    ///
    /// - A rename puts a file where it goes to, so it is refused where creating one is; and one that may replace a file
    ///   there, where writing or deleting that is.
    /// - A folder is not renamed if anything is refused for what lies in it, and a file of which anything is refused gets
    ///   no second name.
    fn refused_elsewhere(
        &self,
        set: &PreOp<'_, SetInformation>,
        file: OpenFile<'_>,
        change: Change<'_>,
        target: Option<&Matched>,
        name: &[u16],
        at: Irql<'_, PassiveLevel>,
    ) -> Result<Option<Judgement>> {
        let forbids =
            |matched: &Matched, operations| matched.forbids(operations, set.requestor(), Some(at), &self.settings);
        match (change, target) {
            (Change::Rename(given), Some(target)) => {
                let replaced = Operations::only(Operation::Delete).with(Operation::Write);
                let there = target
                    .judge(Operation::Create, set.requestor(), Some(at), &self.settings)
                    .filter(Judgement::may_refuse)
                    .or_else(|| given.may_replace().then(|| forbids(target, replaced)).flatten());
                if there.is_some() || !file.is_directory(at).unwrap_or(false) {
                    return Ok(there);
                }
                let mut inside = PoolVec::<u16, Paged>::try_from_slice(name, NOTE_TAG)?;
                inside.try_extend(&[u16::from(b'\\'), ANY_UNIT])?;
                Ok(self.matched(&inside, at)?.and_then(|inside| forbids(&inside, Operations::ALL)))
            }
            (Change::Link(_), _) => Ok(self.judge_file(set, file, at, |source| forbids(source, Operations::ALL))),
            _ => Ok(None),
        }
    }
}
