//! The compiler: from a policy in TOML to the blob that the driver searches.
//!
//! * `read` takes the TOML apart and says what is wrong with it.
//! * `glob` turns a written path into a pattern.
//! * `trie` puts patterns together into one nondeterministic automaton, where they share their beginnings.
//! * `determinize` makes the deterministic one of it.
//! * `output` numbers what states report.
//! * `reach` finds rules that earlier rules leave nothing to do.
//! * `write` lays the blob out.

mod determinize;
mod diagnostic;
mod glob;
mod output;
mod reach;
mod read;
mod trie;
mod write;

pub use diagnostic::{Diagnostic, Severity, render};
pub use read::STATUS_NAMES;

use crate::Operations;
use crate::{Action, Verdict};
use glob::Pattern;

/// What the compiler has to be told about the machine that the policy is for.
#[derive(Default)]
pub struct Options<'a> {
    /// Gives the device of a drive letter (upper case), such as `\Device\HarddiskVolume3` for `C`. Without it a path
    /// with a drive letter is an error.
    pub drives: Option<&'a dyn Fn(char) -> Option<String>>,
}

/// A policy that compiled.
#[derive(Clone, Debug)]
pub struct Compiled {
    /// What the driver loads.
    pub blob: Vec<u8>,
    /// What the author should know, though it is no error.
    pub warnings: Vec<Diagnostic>,
    /// How large it became.
    pub statistics: Statistics,
}

/// How large a compiled policy is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Rules.
    pub rules: usize,
    /// Globs for paths and processes.
    pub patterns: usize,
    /// Automata that are searched side by side.
    pub automata: usize,
    /// States of all automata.
    pub states: usize,
    /// Edges of all states that have more than one.
    pub edges: usize,
}

/// A rule as it was written, checked.
struct RuleSource {
    name: Option<String>,
    paths: Vec<Pattern>,
    /// Nothing means every process.
    processes: Vec<Pattern>,
    operations: Operations,
    action: Action,
    status: i32,
    default: Verdict,
    timeout_milliseconds: u32,
    /// Where it begins in the source.
    span: core::ops::Range<usize>,
    line: u32,
}

/// Compiles a policy.
///
/// # Errors
///
/// The policy is not well-formed, or there are more rules or larger automata than [the limits](crate#limits) allow. There
/// is at least one diagnostic then, in the order of the text.
pub fn compile(source: &str, options: &Options<'_>) -> Result<Compiled, Vec<Diagnostic>> {
    let (rules, mut diagnostics) = read::read(source, options);
    if diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error) {
        return Err(diagnostics);
    }
    diagnostics.extend(reach::unreachable(&rules));
    diagnostics.sort_by_key(|diagnostic| diagnostic.span.start);
    let (blob, statistics) = write::write(source, &rules).map_err(|diagnostic| vec![diagnostic])?;
    Ok(Compiled { blob, warnings: diagnostics, statistics })
}
