//! The deterministic automaton: subset construction, with few edges.
//!
//! Most nodes of a set wait for one certain unit; the others (loops, `?`) do something with every unit. A state therefore
//! has edges only for the units its waiting nodes want. For the rest it refers to the state of the others alone, which
//! has edges of its own and a default. So a state costs as much as it differs.

use rustc_hash::FxHashMap;

use super::glob::SEPARATOR;
use super::trie::{Node, Report, START, Trie};

/// A state. State 0 is the dead one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct DeterministicState {
    /// Whether `otherwise` is where to go, or the state to look in.
    pub(super) has_default: bool,
    pub(super) otherwise: u32,
    /// The first of its edges, and how many there are.
    pub(super) edges: (u32, u32),
}

/// A deterministic automaton. It begins in `start`.
pub(super) struct Automaton {
    pub(super) start: u32,
    pub(super) states: Vec<DeterministicState>,
    /// Unit and target, ascending by unit within a state.
    pub(super) edges: Vec<(u16, u32)>,
    /// What each state reports, by kind of report; empty where nothing.
    pub(super) reports: Vec<Vec<(Report, u32)>>,
}

/// The automaton grew beyond its limit.
pub(super) struct TooLarge;

/// A state of the blob counts its edges in 15 bits.
const MAXIMUM_EDGES: usize = 0x7FFF;

struct Builder<'a> {
    trie: &'a Trie,
    numbers: FxHashMap<Box<[Node]>, u32>,
    sets: Vec<Box<[Node]>>,
}

impl Builder<'_> {
    fn number(&mut self, set: &[Node]) -> u32 {
        if let Some(number) = self.numbers.get(set) {
            return *number;
        }
        let number = u32::try_from(self.sets.len()).expect("the limit is far below");
        self.sets.push(set.into());
        self.numbers.insert(set.into(), number);
        number
    }

    /// The state after `unit`, or after any unit without an edge if there is none.
    fn target(&mut self, set: &[Node], unit: Option<u16>) -> u32 {
        let mut target = Vec::new();
        for node in set {
            if let Some(unit) = unit {
                target.extend(self.trie.edge(*node, unit));
            }
            self.trie.otherwise(*node, unit == Some(SEPARATOR), &mut target);
        }
        self.trie.close(&mut target);
        self.number(&target)
    }
}

/// Makes the automaton of a trie, of at most `limit` states and edges together.
pub(super) fn determinize(trie: &Trie, limit: usize) -> Result<Automaton, TooLarge> {
    let mut builder = Builder { trie, numbers: FxHashMap::default(), sets: Vec::new() };
    builder.number(&[]);
    let mut start = vec![START];
    trie.close(&mut start);
    let mut automaton =
        Automaton { start: builder.number(&start), states: Vec::new(), edges: Vec::new(), reports: Vec::new() };
    while automaton.states.len() < builder.sets.len() {
        if builder.sets.len() + automaton.edges.len() > limit {
            return Err(TooLarge);
        }
        let set = builder.sets[automaton.states.len()].clone();
        let (general, waiting): (Vec<Node>, Vec<Node>) = set.iter().partition(|node| trie.is_general(**node));
        let has_default = waiting.is_empty();
        let otherwise = if has_default { builder.target(&set, None) } else { builder.number(&general) };
        let mut units: Vec<u16> = if has_default { &general } else { &waiting }
            .iter()
            .flat_map(|node| trie.edges(*node).iter().map(|(unit, _)| *unit))
            .collect();
        if has_default {
            units.push(SEPARATOR);
        }
        units.sort_unstable();
        units.dedup();
        let first = automaton.edges.len();
        for unit in units {
            let target = builder.target(&set, Some(unit));
            if !has_default || target != otherwise {
                automaton.edges.push((unit, target));
            }
        }
        let count = automaton.edges.len() - first;
        if count > MAXIMUM_EDGES {
            return Err(TooLarge);
        }
        automaton.states.push(DeterministicState {
            has_default,
            otherwise,
            edges: (u32::try_from(first).map_err(|_| TooLarge)?, u32::try_from(count).map_err(|_| TooLarge)?),
        });
        let mut reports: Vec<(Report, u32)> = set
            .iter()
            .flat_map(|node| trie.reports(*node).iter().map(|(_, report, number)| (*report, *number)))
            .collect();
        reports.sort_unstable();
        reports.dedup();
        automaton.reports.push(reports);
    }
    Ok(automaton)
}
