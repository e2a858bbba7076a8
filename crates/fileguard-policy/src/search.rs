//! The search: what the driver does with a policy for every name.

use fileguard_protocol::{Operation, Operations};

use crate::blob::{Automata, MAXIMUM_AUTOMATA, NO_LIST, NONE, PolicyError, State, View};
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

impl Default for ProcessMatch {
    /// The match of a process that no rule names.
    fn default() -> Self {
        Self(Found::NONE)
    }
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
    /// Lists of what has to be looked at one by one; the unused places are [`NO_LIST`].
    lists: [u16; MAXIMUM_LISTS],
}

impl Found {
    const NONE: Self = Self { lowest: [NONE; 6], lists: [NO_LIST; MAXIMUM_LISTS] };

    #[inline(never)]
    fn add(&mut self, automata: &Automata<'_>, set: u32) {
        let Some((lowest, list)) = automata.set(set) else {
            return;
        };
        for (mine, its) in self.lowest.iter_mut().zip(lowest) {
            *mine = its.min(*mine);
        }
        if let Ok(list) = u16::try_from(list) {
            self.add_list(list);
        }
    }

    fn add_list(&mut self, list: u16) {
        for place in &mut self.lists {
            if *place == NO_LIST {
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
        for list in other.lists.iter().copied().take_while(|list| *list != NO_LIST) {
            self.add_list(list);
        }
    }

    fn lists(&self) -> impl Iterator<Item = u32> + '_ {
        self.lists.iter().copied().take_while(|list| *list != NO_LIST).map(u32::from)
    }
}

/// Several automata at work on one name.
struct Scan<'a> {
    automata: &'a Automata<'a>,
    states: [u32; MAXIMUM_AUTOMATA],
    /// How many of the states are in use.
    count: usize,
    /// What holds whatever follows.
    lasting: &'a mut Found,
    /// What holds unless a separator follows, and whether there is anything.
    component: Found,
    component_found: bool,
}

impl<'a> Scan<'a> {
    /// Reads a name, and collects what it matched.
    ///
    /// `/` and `\` are one separator, several in a row are one, and at the beginning and the end they are none: the root
    /// directory of a volume is named like the volume. A colon begins the name of a stream, which is not part of what
    /// rules are about: it ends with its component, since a directory's stream may be named in the middle of a path.
    fn run(
        automata: &'a Automata<'a>,
        starts: &[[u8; 4]],
        units: impl Iterator<Item = u16>,
        upcase: impl Fn(u16) -> u16,
        lasting: &'a mut Found,
    ) {
        let mut scan = Self {
            automata,
            states: [0; MAXIMUM_AUTOMATA],
            count: starts.len(),
            lasting,
            component: Found::NONE,
            component_found: false,
        };
        for (state, start) in scan.states.iter_mut().zip(starts) {
            *state = u32::from_le_bytes(*start);
        }
        for state in scan.states {
            scan.collect(state);
        }
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
                if scan.component_found {
                    scan.component = Found::NONE;
                    scan.component_found = false;
                }
                scan.step(SEPARATOR);
            }
            begun = true;
            scan.step(match unit {
                0x61..=0x7A => unit & !0x20,
                0..=0x7F => unit,
                _ => upcase(unit),
            });
        }
        for state in scan.states {
            if let Some([at_end, ..]) = scan.output(state) {
                scan.lasting.add(scan.automata, at_end);
            }
        }
        if scan.component_found {
            scan.lasting.merge(&scan.component);
        }
    }

    fn step(&mut self, unit: u16) {
        let Self { automata, states, count, lasting, component, component_found } = self;
        for state in states.iter_mut().take(*count).filter(|state| **state != 0) {
            let next = next(automata, *state, unit);
            let (number, output) = next.map_or((0, 0), |(number, next)| (number, next.output));
            *state = number;
            if output != 0
                && let Some([_, in_component, anywhere]) = automata.output(output)
            {
                if in_component != 0 {
                    component.add(automata, in_component);
                    *component_found = true;
                }
                if anywhere != 0 {
                    lasting.add(automata, anywhere);
                }
            }
        }
    }

    fn output(&self, state: u32) -> Option<[u32; 3]> {
        let output = self.automata.state(state)?.output;
        if output == 0 { None } else { self.automata.output(output) }
    }

    fn collect(&mut self, state: u32) {
        if let Some([_, component, lasting]) = self.output(state) {
            if component != 0 {
                self.component.add(self.automata, component);
                self.component_found = true;
            }
            if lasting != 0 {
                self.lasting.add(self.automata, lasting);
            }
        }
    }
}

/// The state that follows a state on a unit.
fn next(automata: &Automata<'_>, state: u32, unit: u16) -> Option<(u32, State)> {
    let state = automata.state(state)?;
    let number = match automata.edge(&state, unit) {
        Some(target) => target,
        None if state.has_default => state.otherwise,
        None => {
            let other = automata.state(state.otherwise)?;
            automata.edge(&other, unit).unwrap_or(other.otherwise)
        }
    };
    Some((number, automata.state(number)?))
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

    #[expect(clippy::inline_always, reason = "as for `View::new`")]
    #[inline(always)]
    fn view(&self) -> Option<View<'_>> {
        View::new(self.0.as_ref()).ok()
    }

    // As for `scan`.
    #[inline(never)]
    fn automata(&self) -> Option<Automata<'_>> {
        self.view().map(|view| view.automata)
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
    #[inline(never)]
    pub fn rule(&self, index: u32) -> Option<Rule<'_>> {
        let view = &self.view();
        let rule = view.as_ref()?.rule(index)?;
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
        let mut path = PathMatch::NONE;
        self.scan(|automata| automata.path_starts, units, upcase, &mut path.0);
        path
    }

    /// Finds out which `process` conditions an image path fulfils. `units` and `upcase` are those of
    /// [`Self::match_path`].
    pub fn match_process(
        &self,
        units: impl Iterator<Item = u16>,
        upcase: impl Fn(u16) -> u16,
        process: &mut ProcessMatch,
    ) {
        self.scan(|automata| automata.process_starts, units, upcase, &mut process.0);
    }

    /// Reads a name with the automata that begin at some states. Kernel stack is scarce: this is a function of its own, so
    /// that its callers' frames are not the larger for it, and what is found goes to where it is to be.
    #[inline(never)]
    fn scan(
        &self,
        starts: impl for<'b> Fn(&Automata<'b>) -> &'b [[u8; 4]],
        units: impl Iterator<Item = u16>,
        upcase: impl Fn(u16) -> u16,
        found: &mut Found,
    ) {
        if let Some(automata) = &self.automata() {
            Scan::run(automata, starts(automata), units, upcase, found);
        }
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
    /// `process` is called at most once, and only when a rule with a `process` could decide. It has [`Self::match_process`]
    /// say something about the requesting process' image path, or leaves the match as it is when that path is not known:
    /// then no rule with a `process` applies.
    pub fn decide(
        &self,
        path: &PathMatch,
        operation: Operation,
        process: impl FnOnce(&mut ProcessMatch),
    ) -> Option<Rule<'_>> {
        // Kernel stack is scarce: nothing of the search is on it while the process is looked at.
        let best = match self.lowest(path, operation, None) {
            Lowest::Rule(best) => best,
            Lowest::AsksProcess => {
                let mut its = ProcessMatch::default();
                process(&mut its);
                match self.lowest(path, operation, Some(&its)) {
                    Lowest::Rule(best) => best,
                    Lowest::AsksProcess => NONE,
                }
            }
        };
        if best == NONE { None } else { self.rule(best) }
    }

    /// The lowest rule that applies to the operation, going by what is known of the process.
    #[inline(never)]
    fn lowest(&self, path: &PathMatch, operation: Operation, process: Option<&ProcessMatch>) -> Lowest {
        let mut best = Operation::ALL
            .into_iter()
            .zip(path.0.lowest)
            .find_map(|(its, rule)| (its == operation).then_some(rule))
            .unwrap_or(NONE);
        let Some(view) = &self.view() else { return Lowest::Rule(NONE) };
        for list in path.0.lists() {
            for entry in view.list(list).unwrap_or_default() {
                let index = u32::from_le_bytes(*entry);
                if index >= best {
                    break;
                }
                let Some(rule) = view.rule(index).filter(|rule| rule.operations.contains(operation)) else {
                    continue;
                };
                let Some(process) = process else { return Lowest::AsksProcess };
                if contains(view, process, rule.process) {
                    best = index;
                    break;
                }
            }
        }
        Lowest::Rule(best)
    }
}

/// What a search for a rule comes to.
enum Lowest {
    /// The index of the rule, or [`NONE`].
    Rule(u32),
    /// It depends on the process.
    AsksProcess,
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
