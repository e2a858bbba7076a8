//! The kernel's inode numbers and the names behind them.
//!
//! A node is a file that the kernel knows by number. Its number is the file's id (that of the root is 1), so that two
//! names of one file are one node. Paths are put together from parent links whenever they are needed: renaming a
//! directory changes one link, and every file below it has its new path at once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use fuser::BackingId;

use super::handles::{Handle, Mode};

/// The inode number of the root.
pub(super) const ROOT: u64 = 1;

/// A name in a directory.
type Link = (u64, Box<[u16]>);

#[derive(Default)]
struct Node {
    /// The names of the file that the kernel has seen; the one that it looked up last is the last.
    links: Vec<Link>,
    /// How often the kernel was told the number and has not forgotten it.
    lookups: u64,
    /// Counts the files that had this number: file ids are used again after a file is gone.
    generation: u64,
    /// The last name is gone, so the next file of this id is another one.
    gone: bool,
    /// Open files, for asking when there is no name left.
    handles: Vec<Weak<Handle>>,
}

/// All nodes.
pub(super) struct Nodes {
    inner: Mutex<Inner>,
    root_id: u64,
}

#[derive(Default)]
struct Inner {
    nodes: HashMap<u64, Node>,
    names: HashMap<Link, u64>,
}

impl Nodes {
    /// A table that knows the root alone, whose file id is `root_id`.
    pub fn new(root_id: u64) -> Self {
        let mut inner = Inner::default();
        inner.nodes.insert(ROOT, Node { lookups: 1, ..Node::default() });
        Self { inner: Mutex::new(inner), root_id }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The file id of the root.
    pub fn root_id(&self) -> u64 {
        self.root_id
    }

    /// The inode number of the file with this id.
    pub fn number(&self, file_id: u64) -> u64 {
        // The root has number 1 whatever its id; a file whose id is 1 takes the root's in exchange.
        match file_id {
            id if id == self.root_id => ROOT,
            ROOT => self.root_id,
            id => id,
        }
    }

    /// The kernel is about to be told that `name` in `parent` is `number`. Returns the generation.
    pub fn looked_up(&self, parent: u64, name: &[u16], number: u64) -> u64 {
        let mut inner = self.lock();
        let generation = inner.link(parent, name, number);
        if let Some(node) = inner.nodes.get_mut(&number) {
            node.lookups += 1;
        }
        generation
    }

    /// The kernel is about to be told that `number` has become `name` in `parent` as well. It goes on to know the file by
    /// the name that it has used for it. Returns the generation.
    pub fn linked(&self, parent: u64, name: &[u16], number: u64) -> u64 {
        let generation = self.looked_up(parent, name, number);
        if let Some(node) = self.lock().nodes.get_mut(&number) {
            node.links.rotate_right(1);
        }
        generation
    }

    /// The kernel has forgotten `count` lookups of `number`.
    pub fn forget(&self, number: u64, count: u64) {
        if number == ROOT {
            return;
        }
        let mut inner = self.lock();
        let Some(node) = inner.nodes.get_mut(&number) else { return };
        node.lookups = node.lookups.saturating_sub(count);
        if node.lookups == 0 {
            let links = std::mem::take(&mut node.links);
            inner.nodes.remove(&number);
            for link in links {
                if inner.names.get(&link) == Some(&number) {
                    inner.names.remove(&link);
                }
            }
        }
    }

    /// The name is gone.
    pub fn unlinked(&self, parent: u64, name: &[u16]) {
        let mut inner = self.lock();
        inner.unlink(&(parent, name.into()));
    }

    /// A name has become another one, replacing what was there.
    pub fn renamed(&self, from: (u64, &[u16]), to: (u64, &[u16])) {
        let mut inner = self.lock();
        let from = (from.0, Box::from(from.1));
        let Some(&number) = inner.names.get(&from) else {
            // The kernel never looked the source up; what it replaced is gone all the same.
            inner.unlink(&(to.0, to.1.into()));
            return;
        };
        inner.link(to.0, to.1, number);
        inner.names.remove(&from);
        if let Some(node) = inner.nodes.get_mut(&number) {
            node.links.retain(|link| *link != from);
        }
    }

    /// The path of a file relative to the volume, None when it has no name left.
    pub fn path(&self, number: u64) -> Option<Vec<u16>> {
        let inner = self.lock();
        let mut parts = Vec::new();
        inner.collect(number, &mut parts, 0)?;
        let mut path = Vec::with_capacity(parts.iter().map(|part| part.len() + 1).sum::<usize>().max(1));
        for part in parts.iter().rev() {
            path.push(u16::from(b'\\'));
            path.extend_from_slice(part);
        }
        if path.is_empty() {
            path.push(u16::from(b'\\'));
        }
        Some(path)
    }

    /// The path of a name in a directory.
    pub fn child_path(&self, parent: u64, name: &[u16]) -> Option<Vec<u16>> {
        let mut path = self.path(parent)?;
        if path.len() > 1 {
            path.push(u16::from(b'\\'));
        }
        path.extend_from_slice(name);
        Some(path)
    }

    /// Chooses how the kernel is to treat one more open file of the node, and remembers that file.
    ///
    /// A file that is open has one mode, because the kernel does not let its cache and passthrough meet; but while
    /// contents are filtered, every further open is direct, so that the filters miss nothing of it.
    pub fn opened(
        &self,
        number: u64,
        filtered: bool,
        passthrough: impl FnOnce() -> Option<BackingId>,
        handle: impl FnOnce(Mode) -> Handle,
    ) -> Arc<Handle> {
        let mut inner = self.lock();
        let node = inner.nodes.entry(number).or_default();
        node.handles.retain(|handle| handle.strong_count() > 0);
        let present = node.handles.iter().rev().find_map(Weak::upgrade).map(|handle| handle.mode.clone());
        let mode = match present {
            _ if filtered => Mode::Direct,
            Some(mode) => mode,
            None => passthrough().map_or(Mode::Cached, |backing| Mode::Passthrough(Arc::new(backing))),
        };
        let handle = Arc::new(handle(mode));
        node.handles.push(Arc::downgrade(&handle));
        handle
    }

    /// An open file of the node for which `suits` holds, the last opened first.
    pub fn any_handle(&self, number: u64, suits: impl Fn(&Handle) -> bool) -> Option<Arc<Handle>> {
        let handles = self.lock().nodes.get(&number)?.handles.clone();
        handles.iter().rev().filter_map(Weak::upgrade).find(|handle| suits(handle))
    }
}

impl Inner {
    /// Makes the name one of `number`, which comes into being if need be. Returns the generation.
    fn link(&mut self, parent: u64, name: &[u16], number: u64) -> u64 {
        let link: Link = (parent, name.into());
        if self.names.get(&link) != Some(&number) {
            self.unlink(&link);
            self.names.insert(link.clone(), number);
            let node = self.nodes.entry(number).or_default();
            node.links.push(link);
        } else if let Some(node) = self.nodes.get_mut(&number)
            && node.links.last() != Some(&link)
        {
            // The kernel is about to use the file by this name.
            node.links.retain(|present| *present != link);
            node.links.push(link);
        }
        let node = self.nodes.entry(number).or_default();
        if node.gone {
            node.gone = false;
            node.generation += 1;
        }
        node.generation
    }

    fn unlink(&mut self, link: &Link) {
        let Some(number) = self.names.remove(link) else { return };
        if let Some(node) = self.nodes.get_mut(&number) {
            node.links.retain(|present| present != link);
            // While the file is open its id is not used again; and another name of it, which the kernel has not seen
            // yet, must then still lead to this generation. Without an open file a new generation does no harm.
            node.gone = node.links.is_empty() && node.handles.iter().all(|handle| handle.strong_count() == 0);
        }
    }

    /// Collects the names from the file up to the root.
    fn collect<'a>(&'a self, number: u64, parts: &mut Vec<&'a [u16]>, depth: usize) -> Option<()> {
        /// Deeper than any path Linux accepts: the links form a circle.
        const LIMIT: usize = 4096;
        if number == ROOT {
            return Some(());
        }
        if depth > LIMIT {
            return None;
        }
        let length = parts.len();
        for (parent, name) in self.nodes.get(&number)?.links.iter().rev() {
            parts.push(name);
            if self.collect(*parent, parts, depth + 1).is_some() {
                return Some(());
            }
            parts.truncate(length);
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wide(text: &str) -> Vec<u16> {
        text.encode_utf16().collect()
    }

    fn path(nodes: &Nodes, number: u64) -> Option<String> {
        nodes.path(number).map(|path| String::from_utf16(&path).unwrap())
    }

    fn looked_up(nodes: &Nodes, parent: u64, name: &str, number: u64) -> u64 {
        nodes.looked_up(parent, &wide(name), number)
    }

    #[test]
    fn a_renamed_directory_takes_what_is_below_it_along() {
        let nodes = Nodes::new(77);
        looked_up(&nodes, ROOT, "a", 10);
        looked_up(&nodes, 10, "b", 11);
        looked_up(&nodes, 11, "c", 12);
        assert_eq!(path(&nodes, ROOT).unwrap(), "\\");
        assert_eq!(path(&nodes, 12).unwrap(), "\\a\\b\\c");
        nodes.renamed((10, &wide("b")), (ROOT, &wide("z")));
        assert_eq!(path(&nodes, 12).unwrap(), "\\z\\c");
        assert_eq!(nodes.child_path(ROOT, &wide("x")).unwrap(), wide("\\x"));
    }

    #[test]
    fn a_replaced_file_has_no_path_and_its_id_gets_a_new_generation() {
        let nodes = Nodes::new(77);
        let first = looked_up(&nodes, ROOT, "old", 10);
        looked_up(&nodes, ROOT, "new", 11);
        nodes.renamed((ROOT, &wide("new")), (ROOT, &wide("old")));
        assert_eq!(path(&nodes, 10), None);
        assert_eq!(path(&nodes, 11).unwrap(), "\\old");
        assert_ne!(looked_up(&nodes, ROOT, "another", 10), first, "the id was used again for another file");
    }

    #[test]
    fn a_file_keeps_its_path_while_one_of_its_names_is_left() {
        let nodes = Nodes::new(77);
        let first = looked_up(&nodes, ROOT, "one", 10);
        assert_eq!(looked_up(&nodes, ROOT, "two", 10), first);
        nodes.unlinked(ROOT, &wide("two"));
        assert_eq!(path(&nodes, 10).unwrap(), "\\one");
        nodes.unlinked(ROOT, &wide("one"));
        assert_eq!(path(&nodes, 10), None);
    }

    #[test]
    fn a_file_has_the_path_that_was_looked_up_last() {
        let nodes = Nodes::new(77);
        looked_up(&nodes, ROOT, "one", 10);
        looked_up(&nodes, ROOT, "two", 10);
        assert_eq!(path(&nodes, 10).unwrap(), "\\two");
        looked_up(&nodes, ROOT, "one", 10);
        assert_eq!(path(&nodes, 10).unwrap(), "\\one");
        nodes.linked(ROOT, &wide("three"), 10);
        assert_eq!(path(&nodes, 10).unwrap(), "\\one");
    }

    #[test]
    fn what_the_kernel_forgot_is_not_kept() {
        let nodes = Nodes::new(77);
        looked_up(&nodes, ROOT, "a", 10);
        looked_up(&nodes, ROOT, "a", 10);
        nodes.forget(10, 1);
        assert!(path(&nodes, 10).is_some());
        nodes.forget(10, 1);
        assert!(path(&nodes, 10).is_none());
        assert!(nodes.lock().names.is_empty());
        nodes.forget(ROOT, 5);
        assert!(path(&nodes, ROOT).is_some());
    }

    #[test]
    fn the_root_is_number_1_and_no_other_file_is() {
        let nodes = Nodes::new(77);
        assert_eq!(nodes.number(77), 1);
        assert_eq!(nodes.number(1), 77);
        assert_eq!(nodes.number(5), 5);
    }
}
