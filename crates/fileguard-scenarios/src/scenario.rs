//! A scenario: a policy, what a program does, and what is expected of it.

use fileguard_protocol::{Decision, Operation};

use crate::action::Action;

/// What fileguard is shown to do.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// What it is called on the command line.
    pub name: &'static str,
    /// What it shows, in a sentence without its end.
    pub shows: &'static str,
    /// The policy. `{folder}` stands for the scenario's folder, and `{program}` for the image that runs the steps.
    pub policy: &'static str,
    /// Whether the built-in service behind `ask` answers.
    pub service: bool,
    /// What the folder is prepared with, before the policy is in force.
    pub before: Vec<Action>,
    /// What the program does under the policy.
    pub steps: Vec<Step>,
}

/// An action, and what is expected of it.
#[derive(Clone, Debug)]
pub struct Step {
    /// What the program does. Where an action of this step is refused, the next ones must not need it: without fileguard
    /// it goes through.
    pub action: Action,
    /// Whether fileguard refuses it.
    pub is_refused: bool,
    /// The events that the client must see of it, in this order. Each may come several times, since it is for the system
    /// to say in how many operations a call is done; events that are not named here must not come.
    pub seen: Vec<Seen>,
}

/// An event of a step. Its names are those of the step's action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// What was asked for.
    pub operation: Operation,
    /// What became of it.
    pub decision: Decision,
    /// The index of the rule that decided.
    pub rule: u32,
}

impl Step {
    /// It goes through.
    pub fn allowed(action: Action) -> Self {
        Self { action, is_refused: false, seen: Vec::new() }
    }

    /// A `deny` rule refuses this operation of it.
    pub fn denied(action: Action, rule: u32, operation: Operation) -> Self {
        let seen = Seen { operation, decision: Decision::Denied, rule };
        Self { action, is_refused: true, seen: vec![seen] }
    }

    /// The service refuses this operation of it.
    pub fn asked_and_denied(action: Action, rule: u32, operation: Operation) -> Self {
        let seen = Seen { operation, decision: Decision::AskedDenied, rule };
        Self { action, is_refused: true, seen: vec![seen] }
    }

    /// It goes through, and an `observe` rule reports these operations.
    pub fn observed(action: Action, rule: u32, operations: &[Operation]) -> Self {
        let seen = |operation: &Operation| Seen { operation: *operation, decision: Decision::Observed, rule };
        Self { action, is_refused: false, seen: operations.iter().map(seen).collect() }
    }
}
