//! The blob: automata side by side, and everything they refer to.

use super::determinize::{Automaton, determinize};
use super::glob::Pattern;
use super::output::{Meaning, Numbered, Outputs};
use super::trie::Trie;
use super::{Diagnostic, RuleSource, Severity, Statistics};
use crate::Operations;
use crate::blob::{HAS_DEFAULT, HEADER_WORDS, MAGIC, MAXIMUM_AUTOMATA, NO_LIST, NONE, VERSION};
use crate::search::MAXIMUM_LISTS;

/// States and edges of an automaton per node of its trie; a set of patterns that needs more is divided.
const GROWTH: usize = 12;

/// States and edges of an automaton that are always allowed.
const FREE_SIZE: usize = 100_000;

/// States and edges of an automaton that are never exceeded.
const MAXIMUM_SIZE: usize = 12_000_000;

/// The largest blob.
const MAXIMUM_BLOB: usize = 256 << 20;

fn problem(rule: &RuleSource, message: String, label: &str, help: &str) -> Diagnostic {
    Diagnostic {
        severity: Severity::Error,
        message,
        span: rule.span.clone(),
        label: label.to_owned(),
        help: Some(help.to_owned()),
        line: rule.line as usize,
    }
}

/// A pattern, the number it reports, and the rule it is written in.
#[derive(Clone, Copy)]
struct Source<'a> {
    pattern: &'a Pattern,
    number: u32,
    rule: u32,
}

/// Makes automata of patterns: one if that is small enough, else several.
fn automata(mut patterns: Vec<Source<'_>>, rules: &[RuleSource]) -> Result<Vec<Automaton>, Diagnostic> {
    patterns.sort_by_key(|source| source.pattern.hardness());
    let mut finished = Vec::new();
    let mut waiting = vec![patterns];
    while let Some(mut group) = waiting.pop() {
        let (Some(first), Some(last)) = (group.first(), group.last()) else {
            continue;
        };
        let (easiest, hardest) = (first.pattern.hardness(), last.pattern.hardness());
        let trie = Trie::new(group.iter().map(|source| (source.pattern, source.number)));
        let limit = trie.len().saturating_mul(GROWTH).saturating_add(FREE_SIZE).min(MAXIMUM_SIZE);
        if let Ok(automaton) = determinize(&trie, limit) {
            finished.push(automaton);
        } else if group.len() == 1 || finished.len() + waiting.len() + 2 > MAXIMUM_AUTOMATA {
            return Err(too_large(&group, rules));
        } else {
            let middle = if easiest == hardest {
                group.len() / 2
            } else {
                group.partition_point(|source| source.pattern.hardness() < hardest)
            };
            let rest = group.split_off(middle);
            waiting.extend([rest, group]);
        }
    }
    Ok(finished)
}

fn too_large(group: &[Source<'_>], rules: &[RuleSource]) -> Diagnostic {
    let mut lines: Vec<u32> = group.iter().map(|source| rules[source.rule as usize].line).collect();
    lines.sort_unstable();
    lines.dedup();
    let listed: Vec<String> = lines.iter().take(10).map(u32::to_string).collect();
    let more = if lines.len() > 10 { format!(" and {} more", lines.len() - 10) } else { String::new() };
    let hardest = group.iter().max_by_key(|source| source.pattern.tokens.len()).map_or(0, |source| source.rule);
    problem(
        &rules[hardest as usize],
        format!(
            "the paths of the rules on line {}{more} combine in too many ways to be searched quickly",
            listed.join(", ")
        ),
        "one of these rules",
        "use fewer `*`, `?` and `**` in the middle of a path, or fewer such paths; at the end of a path they cost nothing",
    )
}

fn push(bytes: &mut Vec<u8>, words: impl IntoIterator<Item = u32>) {
    bytes.extend(words.into_iter().flat_map(u32::to_le_bytes));
}

/// A count as the blob stores it. A blob that is short enough has no larger ones.
fn count(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// The sections of states and edges, growing.
#[derive(Default)]
struct States {
    words: Vec<[u32; 4]>,
    edges: Vec<(u16, u32)>,
}

impl States {
    /// Adds an automaton, whose states have these outputs, and gives its start. All share the dead state.
    fn add(&mut self, automaton: &Automaton, outputs: &[u32]) -> u32 {
        let base = count(self.words.len().saturating_sub(1));
        let shift = |state: u32| if state == 0 { 0 } else { base + state };
        let skip = usize::from(!self.words.is_empty());
        for (state, output) in automaton.states.iter().zip(outputs).skip(skip) {
            let (first, edges) = (state.edges.0 as usize, state.edges.1 as usize);
            let edges = &automaton.edges[first..first + edges];
            let mut word = count(edges.len()) << 16;
            if state.has_default {
                word |= HAS_DEFAULT;
            }
            let place = if let [(unit, target)] = edges {
                word |= u32::from(*unit);
                shift(*target)
            } else {
                let place = count(self.edges.len());
                self.edges.extend(edges.iter().map(|(unit, target)| (*unit, shift(*target))));
                place
            };
            self.words.push([word, *output, shift(state.otherwise), place]);
        }
        shift(automaton.start)
    }
}

pub(super) fn write(source: &str, rules: &[RuleSource]) -> Result<(Vec<u8>, Statistics), Diagnostic> {
    let mut conditions: Numbered<&[Pattern]> = Numbered::new();
    let mut process_of = Vec::with_capacity(rules.len());
    let (mut paths, mut processes) = (Vec::new(), Vec::new());
    for (number, rule) in (0..).zip(rules) {
        paths.extend(rule.paths.iter().map(|pattern| Source { pattern, number, rule: number }));
        process_of.push(if rule.processes.is_empty() {
            NONE
        } else {
            let known = conditions.values.len();
            let condition = conditions.number(&rule.processes);
            if condition as usize == known {
                let sources = rule.processes.iter().map(|pattern| Source { pattern, number: condition, rule: number });
                processes.extend(sources);
            }
            condition
        });
    }
    let mut statistics =
        Statistics { rules: rules.len(), patterns: paths.len() + processes.len(), ..Statistics::default() };

    let mut outputs = Outputs::new();
    let mut states = States::default();
    let mut starts = Vec::new();
    for (patterns, meaning) in [(paths, Meaning::Rules(rules)), (processes, Meaning::Conditions)] {
        let mut most_lists = 0;
        let mut these = Vec::new();
        for automaton in automata(patterns, rules)? {
            let numbers: Vec<u32> = automaton.reports.iter().map(|reports| outputs.output(reports, meaning)).collect();
            most_lists += outputs.most_lists(&automaton, &numbers);
            these.push(states.add(&automaton, &numbers));
        }
        if most_lists > MAXIMUM_LISTS {
            return Err(too_many_lists(most_lists, rules));
        }
        statistics.automata += these.len();
        starts.push(these);
    }
    let lists = outputs.lists.values.len();
    if lists > usize::from(NO_LIST) {
        let message = format!("the paths and processes meet in {lists} different groups, and at most {NO_LIST} may");
        return Err(problem(&rules[0], message, "the policy begins here", "use fewer rules with `process`"));
    }
    if states.words.is_empty() {
        states.words.push([HAS_DEFAULT, 0, 0, 0]);
    }
    statistics.states = states.words.len();
    statistics.edges = states.edges.len();
    let blob = lay_out(source, rules, &process_of, &outputs, &states, &starts);
    if blob.len() > MAXIMUM_BLOB {
        let message =
            format!("the compiled policy has {} MiB, and the driver takes {}", blob.len() >> 20, MAXIMUM_BLOB >> 20);
        return Err(problem(&rules[0], message, "the policy begins here", "use fewer or shorter paths"));
    }
    Ok((blob, statistics))
}

fn too_many_lists(most: usize, rules: &[RuleSource]) -> Diagnostic {
    let last = rules.iter().rfind(|rule| !rule.processes.is_empty()).unwrap_or(&rules[0]);
    problem(
        last,
        format!("up to {most} groups of rules with `process` can meet on one name, and at most {MAXIMUM_LISTS} may"),
        "one of these rules",
        "give several of them one rule with a list of paths, or write their paths from the root (`/a/b/**`, not `b/**`)",
    )
}

fn lay_out(
    source: &str,
    rules: &[RuleSource],
    process_of: &[u32],
    outputs: &Outputs,
    states: &States,
    starts: &[Vec<u32>],
) -> Vec<u8> {
    let operations = rules.iter().fold(Operations::NONE, |all, rule| all.union(rule.operations));
    let mut strings = String::new();
    let lists = &outputs.lists.values;
    let entries: usize = lists.iter().map(Vec::len).sum();
    let mut blob = Vec::with_capacity(states.words.len() * 16 + states.edges.len() * 6 + source.len() + (1 << 16));
    push(&mut blob, [0; HEADER_WORDS]);
    push(&mut blob, starts.iter().flatten().copied());
    push(&mut blob, states.words.iter().flatten().copied());
    push(&mut blob, states.edges.iter().map(|edge| edge.1));
    push(&mut blob, outputs.triples.values.iter().flatten().copied());
    push(&mut blob, outputs.sets.values.iter().flatten().copied());
    let mut first = 0;
    for list in lists {
        push(&mut blob, [first, count(list.len())]);
        first += count(list.len());
    }
    push(&mut blob, lists.iter().flatten().copied());
    for (rule, process) in rules.iter().zip(process_of) {
        let name = rule.name.as_deref().unwrap_or_default();
        blob.extend([rule.action as u8, rule.operations.bits(), rule.default as u8, 0]);
        blob.extend(rule.status.to_le_bytes());
        let words = [rule.timeout_milliseconds, *process, count(strings.len()), count(name.len()), rule.line];
        push(&mut blob, words);
        strings += name;
    }
    blob.extend(states.edges.iter().flat_map(|edge| edge.0.to_le_bytes()));
    blob.extend(strings.as_bytes());
    blob.extend(source.as_bytes());
    let header = [
        MAGIC,
        VERSION,
        count(blob.len()),
        count(starts[0].len()),
        count(starts[1].len()),
        count(states.words.len()),
        count(states.edges.len()),
        count(outputs.triples.values.len()),
        count(outputs.sets.values.len()),
        count(lists.len()),
        count(entries),
        count(rules.len()),
        count(strings.len()),
        count(source.len()),
        u32::from(operations.bits()),
        0,
    ];
    for (place, word) in blob.as_chunks_mut().0.iter_mut().zip(header) {
        *place = word.to_le_bytes();
    }
    blob
}
