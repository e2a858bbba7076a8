//! The search: what the driver does with a policy for every name.

use fileguard_protocol::{Operation, Operations};

use crate::blob::{MAXIMUM_AUTOMATA, NONE, PolicyError, State, View};
use crate::{Action, Rule};

/// The most lists of rules with a `process` that one name can collect. The compiler refuses a policy that has more.
pub(crate) const MAXIMUM_LISTS: usize = 32;

const SEPARATOR: u16 = b'\\' as u16;

/// A compiled policy in the bytes `B`, checked.
#[derive(Clone, Debug)]
pub struct Policy<B>(B);

/// Which rules a path is in, as far as the path decides that. It has a meaning only for the policy it comes from; with
/// another one it is harmless and means nothing.
#[derive(Clone, Copy, Debug)]
pub struct PathMatch(Found);

/// Which `process` conditions an image path fulfils. It has a meaning only for the policy it comes from; with another
/// one it is harmless and means nothing.
#[derive(Clone, Copy, Debug)]
pub struct ProcessMatch(Found);

impl PathMatch {
    /// The match of a path that no rule is about.
    pub const NONE: Self = Self(Found::NONE);
}

impl Default for PathMatch {
    fn default() -> Self {
        Self::NONE
    }
}

/// What a scan collects.
#[derive(Clone, Copy, Debug)]
struct Found {
    /// For each operation the first rule without `process`.
    lowest: [u32; 6],
    /// Lists of what has to be looked at one by one; the unused places are [`NONE`].
    lists: [u32; MAXIMUM_LISTS],
}

impl Found {
    const NONE: Self = Self { lowest: [NONE; 6], lists: [NONE; MAXIMUM_LISTS] };

    #[inline(never)]
    fn add(&mut self, view: &View<'_>, set: u32) {
        let Some((lowest, list)) = view.set(set) else {
            return;
        };
        for (mine, its) in self.lowest.iter_mut().zip(lowest) {
            *mine = its.min(*mine);
        }
        self.add_list(list);
    }

    fn add_list(&mut self, list: u32) {
        if list == NONE {
            return;
        }
        for place in &mut self.lists {
            if *place == NONE {
                *place = list;
            }
            if *place == list {
                return;
            }
        }
    }

    fn merge(&mut self, other: &Self) {
        for (mine, its) in self.lowest.iter_mut().zip(other.lowest) {
            *mine = its.min(*mine);
        }
        for list in other.lists() {
            self.add_list(list);
        }
    }

    fn lists(&self) -> impl Iterator<Item = u32> + '_ {
        self.lists.iter().copied().take_while(|list| *list != NONE)
    }
}

/// Several automata at work on one name.
struct Scan<'a> {
    view: View<'a>,
    states: [u32; MAXIMUM_AUTOMATA],
    /// How many of the states are in use.
    count: usize,
    /// What holds whatever follows.
    lasting: Found,
    /// What holds unless a separator follows, and whether there is anything.
    component: Found,
    component_found: bool,
}

impl<'a> Scan<'a> {
    fn new(view: View<'a>, starts: &[[u8; 4]]) -> Self {
        let mut scan = Self {
            view,
            states: [0; MAXIMUM_AUTOMATA],
            count: starts.len(),
            lasting: Found::NONE,
            component: Found::NONE,
            component_found: false,
        };
        for (state, start) in scan.states.iter_mut().zip(starts) {
            *state = u32::from_le_bytes(*start);
        }
        for state in scan.states {
            scan.collect(state);
        }
        scan
    }

    /// Reads a name, and gives what it matched.
    ///
    /// `/` and `\` are one separator, several in a row are one, and at the beginning and the end they are none: the root
    /// directory of a volume is named like the volume. A colon begins the name of a stream, which is not part of what
    /// rules are about: it ends with its component, since a directory's stream may be named in the middle of a path.
    fn run(mut self, units: impl Iterator<Item = u16>, upcase: impl Fn(u16) -> u16) -> Found {
        let (mut begun, mut separated, mut in_stream) = (false, false, false);
        for unit in units {
            match unit {
                0x2F | 0x5C => {
                    separated = begun;
                    in_stream = false;
                    continue;
                }
                0x3A => {
                    in_stream = true;
                    continue;
                }
                _ if in_stream => continue,
                _ => {}
            }
            if separated {
                separated = false;
                if self.component_found {
                    self.component = Found::NONE;
                    self.component_found = false;
                }
                self.step(SEPARATOR);
            }
            begun = true;
            self.step(match unit {
                0x61..=0x7A => unit & !0x20,
                0..=0x7F => unit,
                _ => upcase(unit),
            });
        }
        for state in self.states {
            if let Some([at_end, ..]) = self.output(state) {
                self.lasting.add(&self.view, at_end);
            }
        }
        if self.component_found {
            self.lasting.merge(&self.component);
        }
        self.lasting
    }

    fn step(&mut self, unit: u16) {
        let Self { view, states, count, lasting, component, component_found } = self;
        for state in states.iter_mut().take(*count).filter(|state| **state != 0) {
            let next = next(view, *state, unit);
            let (number, output) = next.map_or((0, 0), |(number, next)| (number, next.output));
            *state = number;
            if output != 0
                && let Some([_, in_component, anywhere]) = view.output(output)
            {
                if in_component != 0 {
                    component.add(view, in_component);
                    *component_found = true;
                }
                if anywhere != 0 {
                    lasting.add(view, anywhere);
                }
            }
        }
    }

    fn output(&self, state: u32) -> Option<[u32; 3]> {
        let output = self.view.state(state)?.output;
        if output == 0 { None } else { self.view.output(output) }
    }

    fn collect(&mut self, state: u32) {
        if let Some([_, component, lasting]) = self.output(state) {
            if component != 0 {
                self.component.add(&self.view, component);
                self.component_found = true;
            }
            if lasting != 0 {
                self.lasting.add(&self.view, lasting);
            }
        }
    }
}

/// The state that follows a state on a unit.
fn next(view: &View<'_>, state: u32, unit: u16) -> Option<(u32, State)> {
    let state = view.state(state)?;
    let number = match view.edge(&state, unit) {
        Some(target) => target,
        None if state.has_default => state.otherwise,
        None => {
            let other = view.state(state.otherwise)?;
            view.edge(&other, unit).unwrap_or(other.otherwise)
        }
    };
    Some((number, view.state(number)?))
}

impl<B: AsRef<[u8]>> Policy<B> {
    /// Takes a compiled policy after checking all of it.
    ///
    /// # Errors
    ///
    /// The bytes are not a policy that this version's compiler could have made.
    pub fn parse(blob: B) -> Result<Self, PolicyError> {
        View::new(blob.as_ref())?.check()?;
        Ok(Self(blob))
    }

    fn view(&self) -> Option<View<'_>> {
        View::new(self.0.as_ref()).ok()
    }

    /// All operations that any rule is about.
    pub fn operations(&self) -> Operations {
        let bits = self.view().and_then(|view| u8::try_from(view.operations).ok());
        bits.and_then(Operations::from_bits).unwrap_or_default()
    }

    /// The number of rules.
    pub fn rule_count(&self) -> usize {
        self.view().map_or(0, |view| view.rule_count())
    }

    /// The policy as it was written.
    pub fn source(&self) -> &[u8] {
        self.view().map_or(&[], |view| view.source)
    }

    /// The rule with this index.
    pub fn rule(&self, index: u32) -> Option<Rule<'_>> {
        let rule = self.view()?.rule(index)?;
        Some(Rule {
            index,
            action: rule.action,
            operations: rule.operations,
            status: rule.status,
            default: rule.default,
            timeout_milliseconds: rule.timeout_milliseconds,
            name: rule.name,
            line: rule.line,
        })
    }

    /// Finds out which rules a path is in.
    ///
    /// `units` is the whole name as the Filter Manager gives it, volume and all; `upcase` is the file system's upcasing
    /// of one unit (`RtlUpcaseUnicodeChar`), which is asked for units beyond ASCII only.
    pub fn match_path(&self, units: impl Iterator<Item = u16>, upcase: impl Fn(u16) -> u16) -> PathMatch {
        self.view().map_or(PathMatch::NONE, |view| PathMatch(Scan::new(view, view.path_starts).run(units, upcase)))
    }

    /// Finds out which `process` conditions an image path fulfils. The arguments are those of [`Self::match_path`].
    pub fn match_process(&self, units: impl Iterator<Item = u16>, upcase: impl Fn(u16) -> u16) -> ProcessMatch {
        ProcessMatch(self.view().map_or(Found::NONE, |view| Scan::new(view, view.process_starts).run(units, upcase)))
    }

    /// The operations for which a rule might apply to this path, whatever the process.
    pub fn could_apply(&self, path: &PathMatch) -> Operations {
        let mut operations = Operations::NONE;
        for (operation, rule) in Operation::ALL.into_iter().zip(path.0.lowest) {
            if rule != NONE {
                operations = operations.with(operation);
            }
        }
        let Some(view) = self.view() else {
            return operations;
        };
        for entries in path.0.lists().filter_map(|list| view.list(list)) {
            for entry in entries {
                if let Some(rule) = view.rule(u32::from_le_bytes(*entry)) {
                    operations = operations.union(rule.operations);
                }
            }
        }
        operations
    }

    /// The first rule that applies to the operation.
    ///
    /// `process` is called at most once, and only when a rule with a `process` could decide. It gives what
    /// [`Self::match_process`] said about the requesting process' image path, or nothing when that path is not known:
    /// then no rule with a `process` applies.
    pub fn decide(
        &self,
        path: &PathMatch,
        operation: Operation,
        process: impl FnOnce() -> Option<ProcessMatch>,
    ) -> Option<Rule<'_>> {
        let mut best = Operation::ALL
            .into_iter()
            .zip(path.0.lowest)
            .find_map(|(its, rule)| (its == operation).then_some(rule))
            .unwrap_or(NONE);
        let view = self.view()?;
        let mut ask = Some(process);
        let mut answer = None;
        for list in path.0.lists() {
            for entry in view.list(list).unwrap_or_default() {
                let index = u32::from_le_bytes(*entry);
                if index >= best {
                    break;
                }
                let Some(rule) = view.rule(index) else {
                    continue;
                };
                if !rule.operations.contains(operation) {
                    continue;
                }
                if let Some(ask) = ask.take() {
                    answer = ask();
                }
                let Some(answer) = &answer else { break };
                if contains(&view, answer, rule.process) {
                    best = index;
                    break;
                }
            }
        }
        if best == NONE { None } else { self.rule(best) }
    }
}

/// Whether the process fulfils this condition.
fn contains(view: &View<'_>, process: &ProcessMatch, condition: u32) -> bool {
    process.0.lists().any(|list| {
        let entries = view.list(list).unwrap_or_default();
        entries.binary_search_by_key(&condition, |entry| u32::from_le_bytes(*entry)).is_ok()
    })
}

impl Action {
    pub(crate) const fn from_number(number: u8) -> Option<Self> {
        Some(match number {
            0 => Self::Observe,
            1 => Self::Allow,
            2 => Self::Deny,
            3 => Self::Ask,
            _ => return None,
        })
    }
}
