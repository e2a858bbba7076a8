//! How much kernel stack a driver takes: the frame of every function, and the deepest chain of calls.
//!
//! Frames come from the unwind information, calls from the instructions. A chain begins at a function that Windows can
//! call: the entry point, and every function whose address is taken. It ends where the image calls what it imports; the
//! frames of Windows are not counted.

use super::{Image, arm64, symbols, x64};
use crate::driver::Architecture;
use anyhow::{Context, Result, bail};
use std::collections::{BTreeMap, BTreeSet};

/// What a driver takes of the stack.
#[derive(Debug)]
pub struct Stack {
    /// Every function with its frame in bytes, the largest first.
    pub frames: Vec<(String, u32)>,
    /// The deepest chain of calls: each function with its frame.
    pub deepest: Vec<(String, u32)>,
    /// The bytes of the deepest chain, with the return addresses.
    pub deepest_bytes: u32,
    /// Chains of calls that lead back to where they began, of which no depth can be told.
    pub recursions: Vec<Vec<String>>,
    /// Functions with a call whose target is in a register or in memory and is not known to be an import.
    pub unresolved: Vec<String>,
    /// Calls from code that stays in memory to code in a section that is discarded or paged out: caller and callee.
    pub crossings: Vec<(String, String)>,
}

/// A function as the unwind information has it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Function {
    pub begin: u32,
    pub end: u32,
    /// What it takes of the stack while it runs, without the return address that its caller put there.
    pub frame: u32,
}

/// Where a function goes.
#[derive(Debug, Default)]
pub(super) struct Calls {
    /// The functions it calls.
    pub called: BTreeSet<u32>,
    /// The functions it goes on as, after giving up its frame.
    pub continued: BTreeSet<u32>,
    /// The places whose addresses it takes.
    pub taken: BTreeSet<u32>,
    /// Whether it calls what is not known.
    pub unresolved: bool,
}

/// What differs between processors.
struct Processor {
    functions: fn(&Image) -> Result<Vec<Function>>,
    /// A function without unwind information, which has no frame.
    leaf: fn(&Image, u32) -> Result<Function>,
    calls: fn(&Image, &Function) -> Result<Calls>,
    /// What a call itself puts on the stack.
    return_address: u32,
}

/// Measures an image. The functions have their names from the program database beside it, or else are addresses.
///
/// # Errors
///
/// The image is damaged, or has code that cannot be followed.
pub fn measure(image: &Image) -> Result<Stack> {
    let processor = match image.architecture()? {
        Architecture::X64 => {
            Processor { functions: x64::functions, leaf: x64::leaf, calls: x64::calls, return_address: 8 }
        }
        Architecture::Arm64 => {
            Processor { functions: arm64::functions, leaf: arm64::leaf, calls: arm64::calls, return_address: 0 }
        }
    };
    let graph = Graph::of(image, &processor)?;
    let names = symbols::Names::of(image);
    let mut stack = graph.measure(&names, processor.return_address)?;
    stack.crossings = graph.crossings(image, &names);
    Ok(stack)
}

#[derive(Default)]
struct Graph {
    functions: BTreeMap<u32, (Function, Calls)>,
    /// What Windows can call.
    entries: BTreeSet<u32>,
}

impl Graph {
    fn of(image: &Image, processor: &Processor) -> Result<Self> {
        let mut graph = Self::default();
        for function in (processor.functions)(image)? {
            graph.functions.insert(function.begin, (function, (processor.calls)(image, &function)?));
        }
        graph.entries.extend(image.pointers_to_code()?);
        let taken = graph.functions.values().flat_map(|(_, calls)| &calls.taken);
        graph.entries.extend(taken.filter(|address| image.is_code(**address)));
        // What is inside a function is a place that it jumps to by itself, as after a fault.
        let functions = &graph.functions;
        graph.entries.retain(|address| !functions.values().any(|(function, _)| function.contains_inside(*address)));
        let mut waiting: Vec<u32> = graph.entries.iter().copied().collect();
        waiting.extend(graph.functions.values().flat_map(|(_, calls)| calls.called.union(&calls.continued)));
        while let Some(address) = waiting.pop() {
            if graph.functions.contains_key(&address) {
                continue;
            }
            if graph.functions.values().any(|(function, _)| function.contains_inside(address)) {
                bail!("the code at {address:#x} is gone to from outside of the function that it is in");
            }
            let function = (processor.leaf)(image, address)?;
            let calls = (processor.calls)(image, &function)?;
            waiting.extend(calls.called.union(&calls.continued));
            graph.functions.insert(address, (function, calls));
        }
        Ok(graph)
    }

    fn measure(&self, names: &symbols::Names, return_address: u32) -> Result<Stack> {
        let with_frame = |address: &u32| (names.of_function(*address), self.functions[address].0.frame);
        let mut frames: Vec<(String, u32)> = self.functions.keys().map(with_frame).collect();
        frames.sort_by_key(|(_, frame)| std::cmp::Reverse(*frame));
        let mut depths =
            Depths { graph: self, return_address, known: BTreeMap::new(), open: Vec::new(), recursions: Vec::new() };
        let deepest = self.entries.iter().map(|entry| (depths.of(*entry), *entry)).max();
        let (bytes, entry) = deepest.context("the image has no function that could be called")?;
        let mut chain = vec![entry];
        while let Some(next) = chain.last().and_then(|last| depths.known[last].1)
            && !chain.contains(&next)
        {
            chain.push(next);
        }
        let recursions = depths.recursions.iter();
        Ok(Stack {
            frames,
            deepest: chain.iter().map(with_frame).collect(),
            deepest_bytes: bytes + return_address,
            recursions: recursions
                .map(|chain| chain.iter().map(|address| names.of_function(*address)).collect())
                .collect(),
            unresolved: self
                .functions
                .iter()
                .filter(|(_, (_, calls))| calls.unresolved)
                .map(|(address, _)| names.of_function(*address))
                .collect(),
            crossings: Vec::new(),
        })
    }

    /// The calls out of a section into one that may not be there: into a discardable one, or into one that is paged.
    fn crossings(&self, image: &Image, names: &symbols::Names) -> Vec<(String, String)> {
        let sections = image.sections();
        let section = |address| sections.iter().find(|section| section.addresses.contains(&address));
        let may_call = |from: u32, to: u32| match (section(from), section(to)) {
            (Some(from), Some(to)) => {
                from.name == to.name || from.is_discardable() || !to.is_discardable() && !to.is_paged()
            }
            _ => false,
        };
        let calls = self
            .functions
            .iter()
            .flat_map(|(from, (_, calls))| calls.called.union(&calls.continued).map(move |to| (*from, *to)));
        calls
            .filter(|(from, to)| !may_call(*from, *to))
            .map(|(from, to)| (names.of_function(from), names.of_function(to)))
            .collect()
    }
}

impl Function {
    fn contains_inside(&self, address: u32) -> bool {
        self.begin < address && address < self.end
    }
}

/// The walk through the graph.
struct Depths<'a> {
    graph: &'a Graph,
    return_address: u32,
    /// What each function takes with all that it calls, and through whom.
    known: BTreeMap<u32, (u32, Option<u32>)>,
    /// The functions from an entry to the one that is looked at.
    open: Vec<u32>,
    recursions: Vec<Vec<u32>>,
}

impl Depths<'_> {
    fn of(&mut self, address: u32) -> u32 {
        if let Some((depth, _)) = self.known.get(&address) {
            return *depth;
        }
        if let Some(first) = self.open.iter().position(|open| *open == address) {
            self.recursions.push(self.open[first..].to_vec());
            return 0;
        }
        self.open.push(address);
        let (function, calls) = &self.graph.functions[&address];
        // Every call puts a return address below the frame, also one to what is imported.
        let mut deepest = (function.frame + self.return_address, None);
        for called in &calls.called {
            deepest = deepest.max((function.frame + self.return_address + self.of(*called), Some(*called)));
        }
        for continued in &calls.continued {
            deepest = deepest.max((self.of(*continued), Some(*continued)));
        }
        self.open.pop();
        self.known.insert(address, deepest);
        deepest.0
    }
}
