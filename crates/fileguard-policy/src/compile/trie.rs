//! All patterns as one nondeterministic automaton.
//!
//! Patterns share their beginnings: a node stands for what has been read of all patterns that begin alike. A trailing
//! `**` or `*` is no loop here but something a node reports, which the search remembers; that keeps the number of
//! deterministic states in proportion to the text of the patterns, however many of them end so.

use rustc_hash::FxHashMap;

use super::glob::{Anchor, Pattern, SEPARATOR, Token};

pub(super) type Node = u32;

/// The node where every name begins, after its first separator.
pub(super) const START: Node = 0;

const NO_NODE: Node = Node::MAX;

/// What a node does with a unit for which it has no edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Nothing: it is left.
    Plain,
    /// It stays on any unit but a separator.
    Units,
    /// It is at the beginning of a component, of any number of them; the companion is inside of one.
    Components { inside: Node },
    /// It is inside of a component, and goes back to `Components` with the separator.
    Inside { components: Node },
    /// It has read `\Device\Mup`.
    Network { server: Node, volume: Node },
    /// It is inside of the server's name, and goes to the share's name with the separator.
    Server { volume: Node },
}

#[derive(Clone, Copy, Debug)]
struct NodeData {
    kind: Kind,
    /// Follows on any unit but a separator.
    any: Node,
    /// Nodes that are entered together with this one.
    beside: [Node; 2],
}

const UNITS: usize = 0;
const COMPONENTS: usize = 1;

/// What a node reports: names that end here, that end in this component, that end anywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Report {
    Here,
    InComponent,
    Anywhere,
}

/// The automaton. What a pattern reports is a number: a rule's or a condition's.
pub(super) struct Trie {
    nodes: Vec<NodeData>,
    /// While building: the child for each node and unit.
    children: FxHashMap<(Node, u16), Node>,
    /// When built: sorted by node, then unit.
    edges: Vec<(u16, Node)>,
    edge_starts: Vec<u32>,
    reports: Vec<(Node, Report, u32)>,
    report_starts: Vec<u32>,
    /// The node before the name of a volume, the node inside of it, and the node at the end of `\Device\Mup`.
    volume: Option<Volume>,
}

#[derive(Clone, Copy)]
struct Volume {
    before: Node,
    inside: Node,
    network_end: Node,
    network: Node,
}

impl Trie {
    /// Puts patterns together, each with the number that it reports.
    pub(super) fn new<'a>(patterns: impl IntoIterator<Item = (&'a Pattern, u32)>) -> Self {
        let mut trie = Self {
            nodes: Vec::new(),
            children: FxHashMap::default(),
            edges: Vec::new(),
            edge_starts: Vec::new(),
            reports: Vec::new(),
            report_starts: Vec::new(),
            volume: None,
        };
        trie.add(Kind::Plain);
        for (pattern, number) in patterns {
            trie.insert(pattern, number);
        }
        trie.finish();
        trie
    }

    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    fn add(&mut self, kind: Kind) -> Node {
        let node = Node::try_from(self.nodes.len()).expect("a policy's text is far smaller than 4 GiB");
        self.nodes.push(NodeData { kind, any: NO_NODE, beside: [NO_NODE; 2] });
        node
    }

    fn data(&mut self, node: Node) -> &mut NodeData {
        &mut self.nodes[node as usize]
    }

    fn child(&mut self, node: Node, unit: u16) -> Node {
        if let Some(child) = self.children.get(&(node, unit)) {
            return *child;
        }
        let child = self.add(Kind::Plain);
        self.children.insert((node, unit), child);
        child
    }

    /// The child for a letter, which is found by its lower case too when it is not ASCII: the driver's table of cases
    /// may lack the pair.
    fn letter(&mut self, node: Node, unit: u16) -> Node {
        let child = self.child(node, unit);
        if unit >= 0x80
            && let Some(character) = char::from_u32(u32::from(unit))
        {
            for lower in character.to_lowercase() {
                if let Ok(lower) = u16::try_from(u32::from(lower))
                    && super::glob::upcase(lower) == unit
                {
                    self.children.insert((node, lower), child);
                }
            }
        }
        child
    }

    fn beside(&mut self, node: Node, which: usize) -> Node {
        let existing = self.data(node).beside[which];
        if existing != NO_NODE {
            return existing;
        }
        let new = if which == UNITS {
            self.add(Kind::Units)
        } else {
            let components = self.add(Kind::Plain);
            let inside = self.add(Kind::Inside { components });
            self.data(components).kind = Kind::Components { inside };
            components
        };
        self.data(node).beside[which] = new;
        new
    }

    fn spell(&mut self, node: Node, text: &str) -> Node {
        text.encode_utf16().fold(node, |node, unit| self.child(node, unit))
    }

    fn volume(&mut self) -> Node {
        if let Some(volume) = self.volume {
            return volume.inside;
        }
        let before = self.spell(START, r"DEVICE\");
        let inside = self.add(Kind::Units);
        let network_end = self.spell(before, "MUP");
        let server = self.add(Kind::Server { volume: inside });
        let network = self.add(Kind::Network { server, volume: inside });
        self.volume = Some(Volume { before, inside, network_end, network });
        inside
    }

    fn insert(&mut self, pattern: &Pattern, number: u32) {
        let mut node = match pattern.anchor {
            Anchor::Name => START,
            Anchor::Volume => self.volume(),
            Anchor::Anywhere => self.beside(START, COMPONENTS),
        };
        let mut report = Report::Here;
        for token in &pattern.tokens {
            match *token {
                Token::Unit(unit) => node = self.letter(node, unit),
                Token::Separator => node = self.child(node, SEPARATOR),
                Token::AnyUnit => {
                    if self.data(node).any == NO_NODE {
                        let any = self.add(Kind::Plain);
                        self.data(node).any = any;
                    }
                    node = self.data(node).any;
                }
                Token::AnyUnits => node = self.beside(node, UNITS),
                Token::AnyComponents => node = self.beside(node, COMPONENTS),
                Token::RestOfComponent => report = Report::InComponent,
                Token::Rest => report = Report::Anywhere,
            }
        }
        self.reports.push((node, report, number));
    }

    fn finish(&mut self) {
        let mut edges: Vec<(Node, u16, Node)> =
            core::mem::take(&mut self.children).into_iter().map(|((node, unit), child)| (node, unit, child)).collect();
        edges.sort_unstable();
        self.edge_starts = starts(self.nodes.len(), edges.iter().map(|(node, ..)| *node));
        self.edges = edges.into_iter().map(|(_, unit, child)| (unit, child)).collect();
        self.reports.sort_unstable();
        self.reports.dedup();
        self.report_starts = starts(self.nodes.len(), self.reports.iter().map(|(node, ..)| *node));
    }

    /// Whether the node does something with units for which it has no edge.
    pub(super) fn is_general(&self, node: Node) -> bool {
        let data = &self.nodes[node as usize];
        data.kind != Kind::Plain || data.any != NO_NODE
    }

    /// The edges of a node, ascending by unit.
    pub(super) fn edges(&self, node: Node) -> &[(u16, Node)] {
        let node = node as usize;
        &self.edges[self.edge_starts[node] as usize..self.edge_starts[node + 1] as usize]
    }

    pub(super) fn edge(&self, node: Node, unit: u16) -> Option<Node> {
        let edges = self.edges(node);
        edges.binary_search_by_key(&unit, |edge| edge.0).ok().map(|place| edges[place].1)
    }

    /// What the node reports, by kind of report, then number.
    pub(super) fn reports(&self, node: Node) -> &[(Node, Report, u32)] {
        let node = node as usize;
        &self.reports[self.report_starts[node] as usize..self.report_starts[node + 1] as usize]
    }

    /// Adds to `out` where the node goes on a separator, or on any other unit, for which it has no edge.
    pub(super) fn otherwise(&self, node: Node, separator: bool, out: &mut Vec<Node>) {
        let data = &self.nodes[node as usize];
        if !separator && data.any != NO_NODE {
            out.push(data.any);
        }
        match (data.kind, separator) {
            (Kind::Plain, _) | (Kind::Units, true) => {}
            (Kind::Units | Kind::Inside { .. } | Kind::Server { .. }, false) | (Kind::Components { .. }, true) => {
                out.push(node);
            }
            (Kind::Components { inside }, false) => out.push(inside),
            (Kind::Inside { components }, true) => out.push(components),
            (Kind::Network { server, .. }, true) => out.push(server),
            (Kind::Network { volume, .. } | Kind::Server { volume }, _) => out.push(volume),
        }
    }

    /// Completes a set of nodes by those that are entered together with them, and brings it into its one order.
    pub(super) fn close(&self, set: &mut Vec<Node>) {
        let mut next = 0;
        while let Some(node) = set.get(next).copied() {
            next += 1;
            set.extend(self.nodes[node as usize].beside.iter().filter(|beside| **beside != NO_NODE));
            if let Some(volume) = self.volume {
                if node == volume.before {
                    set.push(volume.inside);
                } else if node == volume.network_end {
                    set.push(volume.network);
                }
            }
        }
        set.sort_unstable();
        set.dedup();
        // `\Device\Mup` is no volume: on the network a volume has two more components.
        if let Some(volume) = self.volume
            && set.contains(&volume.network_end)
        {
            set.retain(|node| *node != volume.inside);
        }
    }
}

/// Where each node's part begins in a list that is sorted by node; one more for the end.
fn starts(nodes: usize, owners: impl Iterator<Item = Node>) -> Vec<u32> {
    let mut starts = vec![0; nodes + 1];
    for owner in owners {
        starts[owner as usize + 1] += 1;
    }
    for node in 0..nodes {
        starts[node + 1] += starts[node];
    }
    starts
}
