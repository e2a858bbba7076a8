//! The layout of a compiled policy, and the checking of one that arrives.
//!
//! A blob is a header, then sections without gaps, all little-endian:
//!
//! | section | one entry | |
//! |---|---|---|
//! | header | [`HEADER_WORDS`] words | magic, version, length in bytes, then the number of entries of each section |
//! | starts | 1 word | the first state of each path automaton, then of each process automaton |
//! | states | 4 words | see [`State`] |
//! | edge targets | 1 word | a state |
//! | outputs | 3 words | sets: matched if the name ends here, unless a separator follows, whatever follows |
//! | sets | 7 words | for each operation the first rule without `process` or [`NONE`]; a list |
//! | list ranges | 2 words | the first list entry and the number of entries |
//! | list entries | 1 word | ascending: rules with a `process` (path automata), process conditions (process automata) |
//! | rules | 7 words | see [`RuleWords`] |
//! | edge keys | 2 bytes | ascending within a state; the key of the edge target at the same place |
//! | strings | 1 byte | the names of rules, UTF-8 |
//! | source | 1 byte | the policy as it was written, UTF-8 |
//!
//! State 0 is the dead one, output 0 and set 0 are empty.

use fileguard_protocol::{Operations, Verdict};

use crate::Action;

pub(crate) const MAGIC: u32 = u32::from_le_bytes(*b"FGPB");
pub(crate) const VERSION: u32 = 1;
pub(crate) const HEADER_WORDS: usize = 16;
pub(crate) const STATE_WORDS: usize = 4;
pub(crate) const OUTPUT_WORDS: usize = 3;
pub(crate) const SET_WORDS: usize = 7;
pub(crate) const RULE_WORDS: usize = 7;

/// Stands for no rule, no list, no process condition.
pub(crate) const NONE: u32 = u32::MAX;

/// Stands for no list where lists are collected. There are fewer lists than this.
pub(crate) const NO_LIST: u16 = u16::MAX;

/// Bit of a state's first word: what follows on a unit without an edge is a target, not a state to look in instead.
pub(crate) const HAS_DEFAULT: u32 = 1 << 31;

/// How many automata there may be for paths, and again for processes.
pub(crate) const MAXIMUM_AUTOMATA: usize = 8;

/// Why a blob is no policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum PolicyError {
    /// It does not begin as a compiled policy does.
    NotAPolicy = 1,
    /// It was compiled by another version of fileguard.
    Version = 2,
    /// It is shorter or longer than it says, or its sections do not fill it.
    Length = 3,
    /// An automaton has a state or an edge that leads nowhere, or edges out of order.
    Automaton = 4,
    /// What a state reports refers to something that does not exist.
    Output = 5,
    /// A rule has an undefined value.
    Rule = 6,
    /// A text is not UTF-8.
    Text = 7,
}

impl PolicyError {
    /// The error with this number, if there is one. The number of an error is `error as u32`.
    pub const fn from_number(number: u32) -> Option<Self> {
        Some(match number {
            1 => Self::NotAPolicy,
            2 => Self::Version,
            3 => Self::Length,
            4 => Self::Automaton,
            5 => Self::Output,
            6 => Self::Rule,
            7 => Self::Text,
            _ => return None,
        })
    }
}

impl core::fmt::Display for PolicyError {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.write_str(match self {
            Self::NotAPolicy => "this is not a compiled policy",
            Self::Version => {
                "the policy was compiled by another version of fileguard: use driver and client of the same release"
            }
            Self::Length => "the compiled policy is incomplete or too long",
            Self::Automaton => "the compiled policy is damaged: an automaton leads nowhere",
            Self::Output => "the compiled policy is damaged: a match refers to nothing",
            Self::Rule => "the compiled policy is damaged: a rule has an undefined value",
            Self::Text => "the compiled policy is damaged: a text is not UTF-8",
        })
    }
}

impl core::error::Error for PolicyError {}

type Word = [u8; 4];

fn value(word: Word) -> u32 {
    u32::from_le_bytes(word)
}

fn index(value: u32) -> Option<usize> {
    usize::try_from(value).ok()
}

/// The sections of a blob.
#[derive(Clone, Copy)]
pub(crate) struct View<'a> {
    pub(crate) operations: u32,
    pub(crate) automata: Automata<'a>,
    ranges: &'a [[Word; 2]],
    entries: &'a [Word],
    rules: &'a [[Word; RULE_WORDS]],
    strings: &'a [u8],
    pub(crate) source: &'a [u8],
}

/// The sections that a name is searched in.
#[derive(Clone, Copy)]
pub(crate) struct Automata<'a> {
    pub(crate) path_starts: &'a [Word],
    pub(crate) process_starts: &'a [Word],
    states: &'a [[Word; STATE_WORDS]],
    targets: &'a [Word],
    keys: &'a [[u8; 2]],
    outputs: &'a [[Word; OUTPUT_WORDS]],
    sets: &'a [[Word; SET_WORDS]],
}

/// One state of an automaton.
///
/// Word 0 has [`HAS_DEFAULT`], the number of edges in bits 16 to 30, and the key of the edge, if it is the only one, in
/// bits 0 to 15. Word 1 is the output. Word 2 is the state that follows when no edge fits (with [`HAS_DEFAULT`]), or the
/// state, which has a default, whose edges are looked at then. Word 3 is the target of the only edge, or the place of
/// the first edge in the edge sections.
#[derive(Clone, Copy)]
pub(crate) struct State {
    pub(crate) has_default: bool,
    edges: u32,
    key: u16,
    pub(crate) output: u32,
    pub(crate) otherwise: u32,
    place: u32,
}

/// What is stored of a rule. Word 0: action, operations and default in one byte each; then status, timeout in
/// milliseconds, process condition or [`NONE`], place and length of the name in the strings, line in the source.
pub(crate) struct RuleWords<'a> {
    pub(crate) action: Action,
    pub(crate) operations: Operations,
    pub(crate) default: Verdict,
    pub(crate) status: i32,
    pub(crate) timeout_milliseconds: u32,
    pub(crate) process: u32,
    pub(crate) name: &'a [u8],
    pub(crate) line: u32,
}

/// Takes `count` entries of `N` words off the front of `words`.
fn section<'a, const N: usize>(words: &mut &'a [Word], count: Word) -> Option<&'a [[Word; N]]> {
    let length = index(value(count))?.checked_mul(N)?;
    let (taken, rest) = words.split_at_checked(length)?;
    *words = rest;
    Some(taken.as_chunks().0)
}

impl Automata<'_> {
    pub(crate) fn state(&self, state: u32) -> Option<State> {
        let [first, output, otherwise, place] = self.states.get(index(state)?)?.map(value);
        let [low, high] = [first & 0xFFFF, (first & !HAS_DEFAULT) >> 16];
        Some(State {
            has_default: first & HAS_DEFAULT != 0,
            edges: high,
            key: u16::try_from(low).ok()?,
            output,
            otherwise,
            place,
        })
    }

    /// The target of the state's edge with this key.
    pub(crate) fn edge(&self, state: &State, key: u16) -> Option<u32> {
        if state.edges <= 1 {
            return (state.edges == 1 && state.key == key).then_some(state.place);
        }
        let first = index(state.place)?;
        let end = first.checked_add(index(state.edges)?)?;
        let (mut low, mut high) = (first, end);
        while low < high {
            let middle = low.midpoint(high);
            let found = u16::from_le_bytes(*self.keys.get(middle)?);
            match found.cmp(&key) {
                core::cmp::Ordering::Equal => return self.targets.get(middle).copied().map(value),
                core::cmp::Ordering::Less => low = middle.saturating_add(1),
                core::cmp::Ordering::Greater => high = middle,
            }
        }
        None
    }

    /// The sets of an output: at the end, unless a separator follows, whatever follows.
    pub(crate) fn output(&self, output: u32) -> Option<[u32; OUTPUT_WORDS]> {
        Some(self.outputs.get(index(output)?)?.map(value))
    }

    /// The first rule of each operation, and the list, of a set.
    pub(crate) fn set(&self, set: u32) -> Option<([u32; 6], u32)> {
        let [lowest @ .., list] = self.sets.get(index(set)?)?.map(value);
        Some((lowest, list))
    }
}

impl<'a> View<'a> {
    /// Finds the sections. Nothing but their lengths is checked.
    #[expect(
        clippy::inline_always,
        reason = "kernel stack is scarce, and nothing is left of the sections that the caller does not look at"
    )]
    #[inline(always)]
    pub(crate) fn new(blob: &'a [u8]) -> Result<Self, PolicyError> {
        let words = blob.as_chunks().0;
        let (header, _) = words.split_first_chunk::<HEADER_WORDS>().ok_or(PolicyError::NotAPolicy)?;
        let [magic, version, length, ..] = *header;
        if value(magic) != MAGIC {
            return Err(PolicyError::NotAPolicy);
        }
        if value(version) != VERSION {
            return Err(PolicyError::Version);
        }
        if index(value(length)) != Some(blob.len()) {
            return Err(PolicyError::Length);
        }
        Self::sections(blob, header).ok_or(PolicyError::Length)
    }

    #[expect(clippy::inline_always, reason = "as for `new`")]
    #[inline(always)]
    fn sections(blob: &'a [u8], header: &[Word; HEADER_WORDS]) -> Option<Self> {
        let [
            _,
            _,
            _,
            path_starts,
            process_starts,
            states,
            edges,
            outputs,
            sets,
            ranges,
            entries,
            rules,
            strings,
            source,
            operations,
            _,
        ] = *header;
        let words = &mut blob.as_chunks().0.get(HEADER_WORDS..)?;
        let path_starts = section::<1>(words, path_starts)?.as_flattened();
        let process_starts = section::<1>(words, process_starts)?.as_flattened();
        let states = section(words, states)?;
        let targets = section::<1>(words, edges)?.as_flattened();
        let outputs = section(words, outputs)?;
        let sets = section(words, sets)?;
        let ranges = section(words, ranges)?;
        let entries = section::<1>(words, entries)?.as_flattened();
        let rules = section(words, rules)?;
        let used = blob.as_chunks::<4>().0.len().checked_sub(words.len())?.checked_mul(4)?;
        let (_, bytes) = blob.split_at_checked(used)?;
        let (keys, bytes) = bytes.split_at_checked(targets.len().checked_mul(2)?)?;
        let (strings, bytes) = bytes.split_at_checked(index(value(strings))?)?;
        if index(value(source)) != Some(bytes.len()) {
            return None;
        }
        Some(Self {
            operations: value(operations),
            automata: Automata {
                path_starts,
                process_starts,
                states,
                targets,
                keys: keys.as_chunks().0,
                outputs,
                sets,
            },
            ranges,
            entries,
            rules,
            strings,
            source: bytes,
        })
    }

    pub(crate) fn rule_count(&self) -> usize {
        self.rules.len()
    }

    /// The entries of a list, ascending.
    pub(crate) fn list(&self, list: u32) -> Option<&'a [Word]> {
        let [first, length] = self.ranges.get(index(list)?)?.map(value);
        let (_, entries) = self.entries.split_at_checked(index(first)?)?;
        entries.get(..index(length)?)
    }

    pub(crate) fn rule(&self, rule: u32) -> Option<RuleWords<'a>> {
        let words = self.rules.get(index(rule)?)?;
        let [[action, operations, default, _], status, timeout, process, name, name_length, line] = *words;
        let (_, name) = self.strings.split_at_checked(index(value(name))?)?;
        Some(RuleWords {
            action: Action::from_number(action)?,
            operations: Operations::from_bits(operations)?,
            default: Verdict::from_number(default)?,
            status: i32::from_le_bytes(status),
            timeout_milliseconds: value(timeout),
            process: value(process),
            name: name.get(..index(value(name_length))?)?,
            line: value(line),
        })
    }

    /// Checks everything that the sections say about each other.
    pub(crate) fn check(&self) -> Result<(), PolicyError> {
        let automata = MAXIMUM_AUTOMATA;
        if self.automata.path_starts.len() > automata || self.automata.process_starts.len() > automata {
            return Err(PolicyError::Automaton);
        }
        let operations = u8::try_from(self.operations).ok().and_then(Operations::from_bits);
        operations.ok_or(PolicyError::Rule)?;
        self.check_automata().ok_or(PolicyError::Automaton)?;
        self.check_outputs().ok_or(PolicyError::Output)?;
        for rule in 0..self.rules.len() {
            u32::try_from(rule).ok().and_then(|rule| self.rule(rule)).ok_or(PolicyError::Rule)?;
        }
        if core::str::from_utf8(self.strings).and(core::str::from_utf8(self.source)).is_ok() {
            Ok(())
        } else {
            Err(PolicyError::Text)
        }
    }

    fn check_automata(&self) -> Option<()> {
        let exists = |state: u32| index(state).and_then(|state| self.automata.states.get(state)).map(|_| ());
        for start in self.automata.path_starts.iter().chain(self.automata.process_starts) {
            exists(value(*start))?;
        }
        for target in self.automata.targets {
            exists(value(*target))?;
        }
        for words in self.automata.states {
            let [first, output, otherwise, place] = words.map(value);
            self.automata.outputs.get(index(output)?)?;
            let next = self.automata.states.get(index(otherwise)?)?;
            let [next_first, ..] = next.map(value);
            if first & HAS_DEFAULT == 0 && next_first & HAS_DEFAULT == 0 {
                return None;
            }
            match index((first & !HAS_DEFAULT) >> 16)? {
                0 => {}
                1 => exists(place)?,
                edges => {
                    let (_, keys) = self.automata.keys.split_at_checked(index(place)?)?;
                    let keys = keys.get(..edges)?;
                    keys.iter().map(|key| u16::from_le_bytes(*key)).is_sorted_by(|a, b| a < b).then_some(())?;
                }
            }
        }
        Some(())
    }

    fn check_outputs(&self) -> Option<()> {
        if self.ranges.len() > usize::from(NO_LIST) {
            return None;
        }
        for output in self.automata.outputs {
            for set in output {
                self.automata.sets.get(index(value(*set))?)?;
            }
        }
        for set in self.automata.sets {
            let [lowest @ .., list] = set.map(value);
            for rule in lowest {
                if rule != NONE {
                    self.rules.get(index(rule)?)?;
                }
            }
            if list != NONE {
                self.ranges.get(index(list)?)?;
            }
        }
        for list in 0..self.ranges.len() {
            let list = self.list(u32::try_from(list).ok()?)?;
            list.iter().map(|entry| value(*entry)).is_sorted_by(|a, b| a < b).then_some(())?;
        }
        Some(())
    }
}
