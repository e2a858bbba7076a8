//! What states report, as the blob stores it: outputs of three sets, sets of first rules and a list, lists of rules.

use core::hash::Hash;

use rustc_hash::FxHashMap;

use super::RuleSource;
use super::determinize::Automaton;
use super::glob::SEPARATOR;
use super::trie::Report;
use crate::blob::{NONE, OUTPUT_WORDS, SET_WORDS};
use crate::{Operation, Operations};

/// Gives equal values one number.
pub(super) struct Numbered<T> {
    pub(super) values: Vec<T>,
    numbers: FxHashMap<T, u32>,
}

impl<T: Hash + Eq + Clone> Numbered<T> {
    pub(super) fn new() -> Self {
        Self { values: Vec::new(), numbers: FxHashMap::default() }
    }

    pub(super) fn number(&mut self, value: T) -> u32 {
        if let Some(number) = self.numbers.get(&value) {
            return *number;
        }
        let number = u32::try_from(self.values.len()).expect("there are fewer than there are bytes in a blob");
        self.numbers.insert(value.clone(), number);
        self.values.push(value);
        number
    }
}

/// What the numbers mean that patterns report.
#[derive(Clone, Copy)]
pub(super) enum Meaning<'a> {
    Rules(&'a [RuleSource]),
    Conditions,
}

pub(super) struct Outputs {
    pub(super) triples: Numbered<[u32; OUTPUT_WORDS]>,
    pub(super) sets: Numbered<[u32; SET_WORDS]>,
    pub(super) lists: Numbered<Vec<u32>>,
}

impl Outputs {
    pub(super) fn new() -> Self {
        let mut new = Self { triples: Numbered::new(), sets: Numbered::new(), lists: Numbered::new() };
        new.triples.number([0; OUTPUT_WORDS]);
        new.sets.number([NONE; SET_WORDS]);
        new
    }

    /// The number of the output for what a state reports.
    pub(super) fn output(&mut self, reports: &[(Report, u32)], meaning: Meaning<'_>) -> u32 {
        let output = [Report::Here, Report::InComponent, Report::Anywhere].map(|report| {
            let numbers: Vec<u32> = reports.iter().filter(|its| its.0 == report).map(|its| its.1).collect();
            self.set(&numbers, meaning)
        });
        self.triples.number(output)
    }

    fn set(&mut self, numbers: &[u32], meaning: Meaning<'_>) -> u32 {
        let mut set = [NONE; SET_WORDS];
        let [lowest @ .., list] = &mut set;
        let entries: Vec<u32> = match meaning {
            Meaning::Conditions => numbers.to_vec(),
            Meaning::Rules(rules) => {
                let mut entries = Vec::new();
                for number in numbers {
                    let rule = &rules[*number as usize];
                    let open = open_operations(lowest);
                    if rule.processes.is_empty() {
                        for operation in rule.operations.intersection(open).iter() {
                            lowest[operation as usize] = *number;
                        }
                    } else if rule.operations.intersects(open) {
                        entries.push(*number);
                    }
                }
                entries
            }
        };
        if !entries.is_empty() {
            *list = self.lists.number(entries);
        }
        self.sets.number(set)
    }

    fn list_of(&self, output: u32, report: Report) -> Option<u32> {
        let set = self.triples.values[output as usize][report as usize];
        let list = self.sets.values[set as usize][SET_WORDS - 1];
        (list != NONE).then_some(list)
    }

    /// At most how many lists one name can collect from this automaton, whose states have these outputs.
    pub(super) fn most_lists(&self, automaton: &Automaton, outputs: &[u32]) -> usize {
        let of = |report| -> Vec<Option<u32>> { outputs.iter().map(|output| self.list_of(*output, report)).collect() };
        let here = of(Report::Here).iter().any(Option::is_some);
        most_on_a_way(automaton, &of(Report::Anywhere), true)
            + most_on_a_way(automaton, &of(Report::InComponent), false)
            + usize::from(here)
    }
}

/// The operations that no rule has yet.
fn open_operations(lowest: &[u32]) -> Operations {
    Operation::ALL
        .into_iter()
        .filter(|operation| lowest[*operation as usize] == NONE)
        .fold(Operations::NONE, Operations::with)
}

/// At most how many different lists are on one way through the automaton, over separators or not.
///
/// In a strongly connected part all its lists count; over the parts, which are in order, the longest way counts. The
/// parts are found by Tarjan's algorithm, without recursion, for there may be millions of states.
fn most_on_a_way(automaton: &Automaton, lists: &[Option<u32>], over_separators: bool) -> usize {
    const UNSEEN: usize = usize::MAX;
    let mut distinct: Vec<u32> = lists.iter().flatten().copied().collect();
    distinct.sort_unstable();
    distinct.dedup();
    if distinct.len() <= 1 {
        return distinct.len();
    }
    let successor = |state: usize, place: usize| -> Option<usize> {
        let data = &automaton.states[state];
        let (first, count) = (data.edges.0 as usize, data.edges.1 as usize);
        match place.checked_sub(1) {
            None => Some(data.otherwise as usize),
            Some(place) if place < count => {
                let (unit, target) = automaton.edges[first + place];
                // An edge that does not count leads back to where it began, which changes nothing.
                Some(if unit == SEPARATOR && !over_separators { state } else { target as usize })
            }
            Some(_) => None,
        }
    };
    let count = automaton.states.len();
    let mut order = vec![UNSEEN; count];
    let mut lowest = vec![UNSEEN; count];
    let mut on_stack = vec![false; count];
    let mut best = vec![0; count];
    let (mut stack, mut path, mut next) = (Vec::new(), Vec::new(), 0);
    for root in 0..count {
        if order[root] != UNSEEN {
            continue;
        }
        path.push((root, 0));
        while let Some((state, place)) = path.pop() {
            if place == 0 {
                order[state] = next;
                lowest[state] = next;
                next += 1;
                stack.push(state);
                on_stack[state] = true;
            }
            if let Some(target) = successor(state, place) {
                path.push((state, place + 1));
                if order[target] == UNSEEN {
                    path.push((target, 0));
                } else if on_stack[target] {
                    lowest[state] = lowest[state].min(order[target]);
                }
                continue;
            }
            if let Some((parent, _)) = path.last() {
                lowest[*parent] = lowest[*parent].min(lowest[state]);
            }
            if lowest[state] != order[state] {
                continue;
            }
            let part = stack.split_off(stack.iter().rposition(|member| *member == state).expect("it is on the stack"));
            let mut own: Vec<u32> = part.iter().filter_map(|member| lists[*member]).collect();
            own.sort_unstable();
            own.dedup();
            let beyond = part
                .iter()
                .flat_map(|member| (0..).map_while(move |place| successor(*member, place)))
                .filter(|target| !on_stack[*target])
                .map(|target| best[target])
                .max()
                .unwrap_or(0);
            for member in part {
                on_stack[member] = false;
                best[member] = own.len() + beyond;
            }
        }
    }
    best[automaton.start as usize]
}
