//! Decides: which rule is the first that names the path, the operation and the process, and what it says.

use crate::policies::LoadedPolicy;
use crate::state::HandleState;
use crate::{Guard, settings::Settings};
use fileguard_policy::{Action, PathMatch, ProcessMatch};
use fileguard_protocol::{Operation, Operations, Verdict};
use fltmgr::file::OpenFile;
use fltmgr::irql::{ApcLevel, Irql, NotAbove, PassiveLevel};
use fltmgr::name::{FileName, Format, Query};
use fltmgr::op::Operation as Kind;
use fltmgr::operation::CallbackData;
use fltmgr::process::Requestor;
use fltmgr::status::{Error, Result};
use fltmgr::string::upcase;
use fltmgr::time::Ticks;

/// What the first rule that applies says.
#[derive(Clone, Copy)]
pub struct Judgement {
    /// The operation it is about.
    pub operation: Operation,
    /// The index of the rule.
    pub rule: u32,
    /// What it does.
    pub action: Action,
    /// The status of a refusal.
    pub refusal: Error,
    /// What an `ask` without an answer comes to.
    pub default: Verdict,
    /// How long an `ask` waits.
    pub timeout_milliseconds: u32,
}

impl Judgement {
    /// Whether it can come to a refusal.
    pub fn may_refuse(&self) -> bool {
        matches!(self.action, Action::Deny | Action::Ask)
    }

    /// How long an `ask` waits.
    pub fn timeout(&self) -> Ticks {
        Ticks::from_milliseconds(self.timeout_milliseconds)
    }
}

/// A path whose rules are known.
pub struct Matched {
    policy: LoadedPolicy,
    path: PathMatch,
}

impl Matched {
    /// Finds out which rules a name is in.
    pub fn new<L: NotAbove<ApcLevel>>(policy: LoadedPolicy, name: &[u16], at: Irql<'_, L>) -> Self {
        let path = policy.policy.match_path(name.iter().copied(), |unit| upcase(unit, at));
        Self { policy, path }
    }

    /// The first of these operations that a `deny` rule refuses this requestor.
    pub fn forbids(
        &self,
        operations: Operations,
        requestor: Requestor<'_>,
        at: Option<Irql<'_, PassiveLevel>>,
        settings: &Settings,
    ) -> Option<Judgement> {
        operations
            .iter()
            .filter_map(|operation| self.judge(operation, requestor, at, settings))
            .find(|judgement| judgement.action == Action::Deny)
    }

    /// The first rule for the operation by this requestor. Its image path is looked up only if a rule wants to know it.
    pub fn judge(
        &self,
        operation: Operation,
        requestor: Requestor<'_>,
        at: Option<Irql<'_, PassiveLevel>>,
        settings: &Settings,
    ) -> Option<Judgement> {
        let policy = &self.policy.policy;
        let process = |process: &mut ProcessMatch| {
            if let Some(at) = at
                && let Ok(image) = requestor.image_name(at)
            {
                policy.match_process(image.units().iter().copied(), |unit| upcase(unit, at), process);
            }
        };
        let rule = policy.decide(&self.path, operation, process)?;
        Some(Judgement {
            operation,
            rule: rule.index,
            action: rule.action,
            refusal: Error::from_raw(rule.status).unwrap_or(Error::ACCESS_DENIED),
            default: rule.default,
            timeout_milliseconds: match rule.timeout_milliseconds {
                0 => settings.ask_timeout_milliseconds,
                milliseconds => milliseconds,
            },
        })
    }
}

impl Guard {
    /// The rules of the file that an operation is on. They are remembered on the handle until a policy is loaded or
    /// something is renamed; not on the stream, which has several names if the file has hard links.
    pub fn match_file<O: Kind, L: NotAbove<ApcLevel>>(
        &self,
        operation: &CallbackData<'_, O>,
        file: OpenFile<'_>,
        at: Irql<'_, L>,
    ) -> Option<Matched> {
        // The epoch comes before the name: a change in between makes what is remembered out of date, not wrong.
        let (epoch, policy) = self.policies.in_force(at)?;
        let state = HandleState::of(file, at);
        if let Some(path) = state.as_ref().and_then(|state| state.matched(epoch, at)) {
            return Some(Matched { policy, path });
        }
        let matched = Matched::new(policy, name_of(operation, at)?.units(), at);
        if let Some(state) = state {
            state.remember(epoch, matched.path, at);
        }
        Some(matched)
    }
}

/// The name that rules are about: the normalized one, or where the file system cannot give that, the one that was opened.
pub fn name_of<'b, O: Kind, L: NotAbove<ApcLevel>>(
    operation: &CallbackData<'_, O>,
    at: Irql<'b, L>,
) -> Option<FileName<'b>> {
    try_name_of(operation, at).ok().flatten()
}

/// As [`name_of`], but that there is no memory for the name is an error.
pub fn try_name_of<'b, O: Kind, L: NotAbove<ApcLevel>>(
    operation: &CallbackData<'_, O>,
    at: Irql<'b, L>,
) -> Result<Option<FileName<'b>>> {
    let query = Query::AlwaysAllowCacheLookup;
    known(operation.name(Format::Normalized, query, at).or_else(|_| operation.name(Format::Opened, query, at)))
}

/// A name, if there is one that can be asked for. What has none is no file that a rule could be about; but want of
/// memory is nothing that a rule may be got round by, so that stays an error.
pub fn known(name: Result<FileName<'_>>) -> Result<Option<FileName<'_>>> {
    match name {
        Ok(name) => Ok(Some(name)),
        Err(Error::INSUFFICIENT_RESOURCES) => Err(Error::INSUFFICIENT_RESOURCES),
        Err(_) => Ok(None),
    }
}
