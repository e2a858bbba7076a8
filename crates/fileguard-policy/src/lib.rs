//! fileguard's policy: compiled in user mode, searched in the driver.
//!
//! A policy is written in TOML. The first rule that names the path, the operation and the process decides:
//!
//! ```toml
//! [[rule]]
//! name = "no writes to the vault"
//! path = ["/vault/**", "*.key"]
//! operation = ["write", "delete"]
//! action = "deny"
//! status = "access-denied"
//! ```
//!
//! `compile::compile` (feature `compile`) turns it into one blob: rules, automata over paths and over image paths, and
//! the text itself. The driver checks the blob ([`Policy::parse`]) and searches it in place, without allocation, without
//! a panic, and at a cost that grows with the length of the name and not with the number of rules.
//!
//! # Paths
//!
//! A path in a rule is a glob for the whole name, upper and lower case alike, `/` and `\` alike:
//!
//! | written | means |
//! |---|---|
//! | `/vault/plan.doc` | from the root of any volume |
//! | `\Device\HarddiskVolume2\vault` | on that volume; a first component `Device` always means this |
//! | `C:\vault` | the same by drive letter, looked up when the policy is compiled |
//! | `\\server\share\vault` | on that network share |
//! | `*.key`, `.git/config` | anywhere: at the root of a volume or below any directory |
//! | `?` | one UTF-16 unit, no separator |
//! | `*` | any number of units, no separator |
//! | `**` | as a whole component: any number of components. `/a/**/b` is also `/a/b`; `/a/**` is everything below `/a`, and not `/a` itself |
//!
//! `[`, `]`, `{` and `}` stand for themselves. The root directory of a volume is `/`. A rule about a file is also about
//! its alternate streams; they cannot be named.
//!
//! The root of a volume is what follows `\Device\` and one component, or, on the network, `\Device\Mup\` and two.
//!
//! # Limits
//!
//! [`MAXIMUM_RULES`] rules; and no policy is accepted whose automata are out of proportion to it, which takes many
//! patterns with several `*` or `?` each. Such a policy is refused when it is compiled.
#![cfg_attr(not(feature = "compile"), no_std)]
#![forbid(unsafe_code)]

mod blob;
#[cfg(feature = "compile")]
pub mod compile;
mod search;

pub use blob::PolicyError;
pub use fileguard_protocol::{Operation, Operations, Verdict};
pub use search::{PathMatch, Policy, ProcessMatch};

/// The most rules a policy may have.
pub const MAXIMUM_RULES: usize = 1_000_000;

/// What a rule does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Action {
    /// Let it pass and report it with its outcome.
    Observe = 0,
    /// Let it pass and say nothing.
    Allow = 1,
    /// Refuse it.
    Deny = 2,
    /// Let the service in user mode decide.
    Ask = 3,
}

impl Action {
    /// Every action.
    pub const ALL: [Self; 4] = [Self::Observe, Self::Allow, Self::Deny, Self::Ask];

    /// The word that policies use.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Observe => "observe",
            Self::Allow => "allow",
            Self::Deny => "deny",
            Self::Ask => "ask",
        }
    }
}

/// A rule, as [`Policy::decide`] gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule<'a> {
    /// Its place in the policy, from 0.
    pub index: u32,
    /// What it does.
    pub action: Action,
    /// The operations it is about.
    pub operations: Operations,
    /// The NTSTATUS with which an operation is refused.
    pub status: i32,
    /// What an `ask` rule does without an answer.
    pub default: Verdict,
    /// How long an `ask` rule waits for its answer, in milliseconds; 0 when the policy does not say.
    pub timeout_milliseconds: u32,
    /// The name it was given, in UTF-8, or nothing.
    pub name: &'a [u8],
    /// The line of the policy's text on which it begins, from 1.
    pub line: u32,
}
