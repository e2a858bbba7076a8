//! A store in memory.

use std::collections::BTreeMap;
use std::fs::File;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use fltmgr_sys::{
    FILE_ATTRIBUTE_ARCHIVE, STATUS_DIRECTORY_NOT_EMPTY, STATUS_FILE_IS_A_DIRECTORY, STATUS_INVALID_DEVICE_REQUEST,
    STATUS_INVALID_PARAMETER, STATUS_IO_REPARSE_TAG_NOT_HANDLED, STATUS_NOT_A_DIRECTORY, STATUS_NOT_A_REPARSE_POINT,
    STATUS_OBJECT_NAME_COLLISION, STATUS_OBJECT_NAME_NOT_FOUND, STATUS_OBJECT_PATH_NOT_FOUND,
};
use parking_lot::{Mutex, RwLock};

use super::store::{Metadata, MetadataChange, NewNode, Node, NodeId, NodeKind, Space, Store, ea_size};
use super::{Result, fail, name, time};

/// Content is kept in pieces of this many bytes, and only where something was written.
const PAGE: usize = 4096;

/// The size the store says it has.
const CAPACITY: u64 = 1 << 40;

/// A tree in memory, empty at first.
#[derive(Debug)]
pub struct MemoryStore {
    root: Arc<MemoryNode>,
    /// Held for reading to walk the tree, for writing to change its names.
    tree: RwLock<()>,
    next_number: AtomicU64,
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

impl MemoryStore {
    /// An empty tree.
    pub fn new() -> Self {
        let root = Arc::new(MemoryNode::new(1, Content::Directory(RwLock::default()), 0o755));
        Self { root, tree: RwLock::new(()), next_number: AtomicU64::new(2) }
    }

    fn walk(&self, path: &[u16]) -> Result<Arc<MemoryNode>> {
        let mut node = Arc::clone(&self.root);
        for component in name::components(path) {
            let next = match &node.content {
                Content::Directory(entries) => entries.read().get(component),
                Content::SymbolicLink(_) => return fail(STATUS_IO_REPARSE_TAG_NOT_HANDLED),
                _ => return fail(STATUS_OBJECT_PATH_NOT_FOUND),
            };
            match next {
                Some(next) => node = next,
                None => return fail(STATUS_OBJECT_NAME_NOT_FOUND),
            }
        }
        Ok(node)
    }

    /// The parent directory of a path, and the path's last component.
    fn parent<'a>(&self, path: &'a [u16]) -> Result<(Arc<MemoryNode>, &'a [u16])> {
        match name::split_last(path) {
            Some((parent, name)) => Ok((self.walk(parent)?, name)),
            None => fail(STATUS_INVALID_PARAMETER),
        }
    }

    fn make(&self, new: NewNode<'_>, mode: Option<u32>) -> Arc<MemoryNode> {
        let (content, default_mode) = match new {
            NewNode::File => (Content::File(RwLock::default()), 0o644),
            NewNode::Directory => (Content::Directory(RwLock::default()), 0o755),
            NewNode::SymbolicLink(target) => (Content::SymbolicLink(target.to_vec()), 0o777),
            NewNode::Fifo => (Content::Fifo, 0o644),
            NewNode::Socket => (Content::Socket, 0o644),
        };
        let number = self.next_number.fetch_add(1, Ordering::Relaxed);
        Arc::new(MemoryNode::new(number, content, mode.unwrap_or(default_mode)))
    }
}

impl Store for MemoryStore {
    fn open(&self, path: &[u16]) -> Result<Arc<dyn Node>> {
        let _tree = self.tree.read();
        Ok(self.walk(path)?)
    }

    fn create(&self, path: &[u16], new: NewNode<'_>, mode: Option<u32>) -> Result<Arc<dyn Node>> {
        let _tree = self.tree.write();
        let (parent, name) = self.parent(path)?;
        let node = self.make(new, mode);
        parent.change_entries(|entries| {
            if entries.get(name).is_some() {
                return fail(STATUS_OBJECT_NAME_COLLISION);
            }
            entries.insert(name, Arc::clone(&node));
            Ok(())
        })?;
        Ok(node)
    }

    fn replace(&self, path: &[u16], new: NewNode<'_>) -> Result<Arc<dyn Node>> {
        let _tree = self.tree.write();
        let (parent, name) = self.parent(path)?;
        let node = self.make(new, None);
        parent.change_entries(|entries| {
            let Some(old) = entries.get(name) else {
                return fail(STATUS_OBJECT_NAME_NOT_FOUND);
            };
            if old.kind() == NodeKind::Directory {
                return fail(STATUS_FILE_IS_A_DIRECTORY);
            }
            {
                let mut old = old.facts.lock();
                old.links -= 1;
                let mut facts = node.facts.lock();
                facts.times = old.times;
                (facts.uid, facts.gid) = (old.uid, old.gid);
            }
            entries.remove(name);
            entries.insert(name, Arc::clone(&node));
            Ok(())
        })?;
        Ok(node)
    }

    fn remove(&self, path: &[u16], directory: bool) -> Result<()> {
        let _tree = self.tree.write();
        let (parent, name) = self.parent(path)?;
        parent.change_entries(|entries| {
            let Some(node) = entries.get(name) else {
                return fail(STATUS_OBJECT_NAME_NOT_FOUND);
            };
            match (&node.content, directory) {
                (Content::Directory(_), false) => return fail(STATUS_FILE_IS_A_DIRECTORY),
                (Content::Directory(below), true) if !below.read().is_empty() => {
                    return fail(STATUS_DIRECTORY_NOT_EMPTY);
                }
                (Content::Directory(_), true) | (_, false) => {}
                (_, true) => return fail(STATUS_NOT_A_DIRECTORY),
            }
            entries.remove(name);
            node.unlinked();
            Ok(())
        })
    }

    fn rename(&self, from: &[u16], to: &[u16], replace: bool) -> Result<()> {
        let _tree = self.tree.write();
        if name::is_below(to, from) {
            return fail(STATUS_INVALID_PARAMETER);
        }
        let (old_parent, old_name) = self.parent(from)?;
        let (new_parent, new_name) = self.parent(to)?;
        let node = self.walk(from)?;
        match self.walk(to) {
            Ok(_) if from == to => return Ok(()),
            Ok(target) if Arc::ptr_eq(&target, &node) => {}
            Ok(_) if !replace => return fail(STATUS_OBJECT_NAME_COLLISION),
            Ok(target) => match (&node.content, &target.content) {
                (Content::Directory(_), Content::Directory(below)) if below.read().is_empty() => {}
                (Content::Directory(_), Content::Directory(_)) => {
                    return fail(STATUS_DIRECTORY_NOT_EMPTY);
                }
                (Content::Directory(_), _) => return fail(STATUS_NOT_A_DIRECTORY),
                (_, Content::Directory(_)) => return fail(STATUS_FILE_IS_A_DIRECTORY),
                _ => {}
            },
            Err(_) => {}
        }
        new_parent.change_entries(|entries| {
            if let Some(target) = entries.remove(new_name) {
                target.unlinked();
            }
            entries.insert(new_name, Arc::clone(&node));
            Ok(())
        })?;
        old_parent.change_entries(|entries| {
            entries.remove(old_name);
            Ok(())
        })?;
        node.facts.lock().times.change = time::now();
        Ok(())
    }

    fn link(&self, from: &[u16], to: &[u16]) -> Result<()> {
        let _tree = self.tree.write();
        let node = self.walk(from)?;
        if node.kind() == NodeKind::Directory {
            return fail(STATUS_FILE_IS_A_DIRECTORY);
        }
        let (parent, name) = self.parent(to)?;
        parent.change_entries(|entries| {
            if entries.get(name).is_some() {
                return fail(STATUS_OBJECT_NAME_COLLISION);
            }
            entries.insert(name, Arc::clone(&node));
            let mut facts = node.facts.lock();
            facts.links += 1;
            facts.times.change = time::now();
            Ok(())
        })
    }

    fn space(&self) -> Result<Space> {
        Ok(Space { total: CAPACITY, free: CAPACITY, available: CAPACITY })
    }
}

/// Entries of a directory whose names differ in case only.
type Alike = Vec<(Vec<u16>, Arc<MemoryNode>)>;

/// The entries of a directory by folded name.
#[derive(Debug, Default)]
struct Entries(BTreeMap<Vec<u16>, Alike>);

impl Entries {
    fn get(&self, name: &[u16]) -> Option<Arc<MemoryNode>> {
        let alike = self.0.get(&name::folded(name))?;
        alike.iter().find(|(exact, _)| exact == name).map(|(_, node)| Arc::clone(node))
    }

    fn insert(&mut self, name: &[u16], node: Arc<MemoryNode>) {
        self.0.entry(name::folded(name)).or_default().push((name.to_vec(), node));
    }

    fn remove(&mut self, name: &[u16]) -> Option<Arc<MemoryNode>> {
        let folded = name::folded(name);
        let alike = self.0.get_mut(&folded)?;
        let at = alike.iter().position(|(exact, _)| exact == name)?;
        let (_, node) = alike.remove(at);
        if alike.is_empty() {
            self.0.remove(&folded);
        }
        Some(node)
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[derive(Debug)]
enum Content {
    File(RwLock<Bytes>),
    Directory(RwLock<Entries>),
    SymbolicLink(Vec<u8>),
    Fifo,
    Socket,
}

/// The content of a file: zeros wherever there is no page.
#[derive(Debug, Default)]
struct Bytes {
    size: u64,
    reserved: u64,
    pages: BTreeMap<u64, Box<[u8; PAGE]>>,
}

/// Where a byte is: the number of its page and its place in it.
fn place(offset: u64) -> (u64, usize) {
    // The remainder is less than a page, so that it always fits.
    (offset / PAGE as u64, usize::try_from(offset % PAGE as u64).unwrap_or_default())
}

impl Bytes {
    fn read(&self, offset: u64, buffer: &mut [u8]) -> usize {
        let available = usize::try_from(self.size.saturating_sub(offset)).unwrap_or(usize::MAX);
        let length = buffer.len().min(available);
        let mut done = 0;
        while done < length {
            let (page, start) = place(offset + done as u64);
            let count = (PAGE - start).min(length - done);
            let part = &mut buffer[done..done + count];
            match self.pages.get(&page) {
                Some(bytes) => part.copy_from_slice(&bytes[start..start + count]),
                None => part.fill(0),
            }
            done += count;
        }
        length
    }

    fn write(&mut self, offset: u64, data: &[u8]) {
        let mut done = 0;
        while done < data.len() {
            let (page, start) = place(offset + done as u64);
            let count = (PAGE - start).min(data.len() - done);
            let bytes = self.pages.entry(page).or_insert_with(|| Box::new([0; PAGE]));
            bytes[start..start + count].copy_from_slice(&data[done..done + count]);
            done += count;
        }
        self.size = self.size.max(offset + data.len() as u64);
    }

    fn zero(&mut self, offset: u64, end: u64) {
        let mut at = offset;
        while at < end {
            let (page, start) = place(at);
            let count = (PAGE - start).min(usize::try_from(end - at).unwrap_or(PAGE));
            if count == PAGE {
                // Whole pages are dropped together: the range may be far longer than what was ever written.
                let behind = end / PAGE as u64;
                let doomed: Vec<u64> = self.pages.range(page..behind).map(|(number, _)| *number).collect();
                for number in doomed {
                    self.pages.remove(&number);
                }
                at = behind * PAGE as u64;
                continue;
            }
            if let Some(bytes) = self.pages.get_mut(&page) {
                bytes[start..start + count].fill(0);
            }
            at += count as u64;
        }
    }

    fn set_size(&mut self, size: u64) {
        if size < self.size {
            self.zero(size, self.size.next_multiple_of(PAGE as u64));
            self.reserved = 0;
        }
        self.size = size;
    }

    fn allocated(&self) -> u64 {
        (self.pages.len() as u64 * PAGE as u64).max(self.reserved.next_multiple_of(PAGE as u64))
    }
}

#[derive(Debug, Clone, Copy)]
struct Times {
    creation: i64,
    access: i64,
    write: i64,
    change: i64,
}

#[derive(Debug)]
struct Facts {
    links: u32,
    times: Times,
    attributes: u32,
    mode: u32,
    uid: u32,
    gid: u32,
    reparse: Option<Vec<u8>>,
    security: Option<Vec<u8>>,
    extended_attributes: Vec<(Vec<u8>, Vec<u8>)>,
}

/// The user and the group that new files belong to: those who run this. Under Miri it is nobody who could be asked for.
fn owner() -> (u32, u32) {
    if cfg!(miri) { (0, 0) } else { (rustix::process::getuid().as_raw(), rustix::process::getgid().as_raw()) }
}

/// A node in memory.
#[derive(Debug)]
struct MemoryNode {
    number: u64,
    content: Content,
    facts: Mutex<Facts>,
}

impl MemoryNode {
    fn new(number: u64, content: Content, mode: u32) -> Self {
        let now = time::now();
        let (uid, gid) = owner();
        let facts = Facts {
            links: 1,
            times: Times { creation: now, access: now, write: now, change: now },
            attributes: if matches!(content, Content::File(_)) { FILE_ATTRIBUTE_ARCHIVE } else { 0 },
            mode,
            uid,
            gid,
            reparse: None,
            security: None,
            extended_attributes: Vec::new(),
        };
        Self { number, content, facts: Mutex::new(facts) }
    }

    fn entries(&self) -> Result<&RwLock<Entries>> {
        match &self.content {
            Content::Directory(entries) => Ok(entries),
            _ => fail(STATUS_NOT_A_DIRECTORY),
        }
    }

    fn change_entries(&self, change: impl FnOnce(&mut Entries) -> Result<()>) -> Result<()> {
        change(&mut self.entries()?.write())?;
        self.written();
        Ok(())
    }

    fn bytes(&self) -> Result<&RwLock<Bytes>> {
        match &self.content {
            Content::File(bytes) => Ok(bytes),
            _ => fail(STATUS_INVALID_DEVICE_REQUEST),
        }
    }

    fn written(&self) {
        let now = time::now();
        let mut facts = self.facts.lock();
        (facts.times.write, facts.times.change) = (now, now);
    }

    fn unlinked(&self) {
        let mut facts = self.facts.lock();
        facts.links = facts.links.saturating_sub(1);
        facts.times.change = time::now();
    }
}

impl Node for MemoryNode {
    fn id(&self) -> NodeId {
        NodeId { device: 0, number: self.number }
    }

    fn kind(&self) -> NodeKind {
        match self.content {
            Content::File(_) => NodeKind::File,
            Content::Directory(_) => NodeKind::Directory,
            Content::SymbolicLink(_) => NodeKind::SymbolicLink,
            Content::Fifo => NodeKind::Fifo,
            Content::Socket => NodeKind::Socket,
        }
    }

    fn metadata(&self) -> Result<Metadata> {
        let (size, allocated) = match &self.content {
            Content::File(bytes) => {
                let bytes = bytes.read();
                (bytes.size, bytes.allocated())
            }
            Content::SymbolicLink(target) => (target.len() as u64, 0),
            _ => (0, 0),
        };
        let facts = self.facts.lock();
        let tag =
            facts.reparse.as_deref().and_then(|data| data.first_chunk()).map_or(0, |tag| u32::from_le_bytes(*tag));
        Ok(Metadata {
            kind: self.kind(),
            size,
            allocated,
            links: facts.links,
            creation_time: facts.times.creation,
            access_time: facts.times.access,
            write_time: facts.times.write,
            change_time: facts.times.change,
            attributes: facts.attributes,
            reparse_tag: tag,
            ea_size: ea_size(facts.extended_attributes.iter().map(|(name, value)| (name.len(), value.len()))),
            mode: facts.mode,
            uid: facts.uid,
            gid: facts.gid,
            device: (0, 0),
        })
    }

    fn set_metadata(&self, change: &MetadataChange) -> Result<()> {
        let mut facts = self.facts.lock();
        let times = facts.times;
        facts.times = Times {
            creation: change.creation_time.unwrap_or(times.creation),
            access: change.access_time.unwrap_or(times.access),
            write: change.write_time.unwrap_or(times.write),
            change: change.change_time.unwrap_or_else(time::now),
        };
        facts.attributes = change.attributes.unwrap_or(facts.attributes);
        facts.mode = change.mode.unwrap_or(facts.mode);
        facts.uid = change.uid.unwrap_or(facts.uid);
        facts.gid = change.gid.unwrap_or(facts.gid);
        Ok(())
    }

    fn list(&self) -> Result<Vec<Vec<u16>>> {
        let entries = self.entries()?.read();
        Ok(entries.0.values().flatten().map(|(name, _)| name.clone()).collect())
    }

    fn is_empty(&self) -> Result<bool> {
        Ok(self.entries()?.read().is_empty())
    }

    fn find_folded(&self, name: &[u16]) -> Result<Option<Vec<u16>>> {
        let entries = self.entries()?.read();
        Ok(entries.0.get(&name::folded(name)).and_then(|alike| alike.first()).map(|(name, _)| name.clone()))
    }

    fn entry_metadata(&self, name: &[u16]) -> Result<(NodeId, Metadata)> {
        let entry = self.entries()?.read().get(name);
        match entry {
            Some(node) => Ok((node.id(), node.metadata()?)),
            None => fail(STATUS_OBJECT_NAME_NOT_FOUND),
        }
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize> {
        let count = self.bytes()?.read().read(offset, buffer);
        self.facts.lock().times.access = time::now();
        Ok(count)
    }

    fn write_at(&self, offset: u64, data: &[u8]) -> Result<()> {
        if offset.checked_add(data.len() as u64).is_none_or(|end| i64::try_from(end).is_err()) {
            return fail(STATUS_INVALID_PARAMETER);
        }
        self.bytes()?.write().write(offset, data);
        self.written();
        Ok(())
    }

    fn set_size(&self, size: u64) -> Result<()> {
        self.bytes()?.write().set_size(size);
        self.written();
        Ok(())
    }

    fn reserve(&self, length: u64) -> Result<()> {
        self.bytes()?.write().reserved = length;
        Ok(())
    }

    fn zero(&self, offset: u64, length: u64) -> Result<()> {
        let mut bytes = self.bytes()?.write();
        let end = offset.saturating_add(length).min(bytes.size);
        bytes.zero(offset, end);
        drop(bytes);
        self.written();
        Ok(())
    }

    fn flush(&self) -> Result<()> {
        Ok(())
    }

    fn target(&self) -> Result<Vec<u8>> {
        match &self.content {
            Content::SymbolicLink(target) => Ok(target.clone()),
            _ => fail(STATUS_NOT_A_REPARSE_POINT),
        }
    }

    fn reparse_data(&self) -> Result<Option<Vec<u8>>> {
        Ok(self.facts.lock().reparse.clone())
    }

    fn set_reparse_data(&self, data: Option<&[u8]>) -> Result<()> {
        self.facts.lock().reparse = data.map(<[u8]>::to_vec);
        Ok(())
    }

    fn security(&self) -> Result<Option<Vec<u8>>> {
        Ok(self.facts.lock().security.clone())
    }

    fn set_security(&self, descriptor: &[u8]) -> Result<()> {
        self.facts.lock().security = Some(descriptor.to_vec());
        Ok(())
    }

    fn extended_attributes(&self) -> Result<Vec<(Vec<u8>, Vec<u8>)>> {
        Ok(self.facts.lock().extended_attributes.clone())
    }

    fn set_extended_attribute(&self, name: &[u8], value: Option<&[u8]>) -> Result<()> {
        let mut facts = self.facts.lock();
        facts.extended_attributes.retain(|(existing, _)| existing != name);
        if let Some(value) = value {
            facts.extended_attributes.push((name.to_vec(), value.to_vec()));
        }
        Ok(())
    }

    fn host_file(&self, _writable: bool) -> Result<Option<File>> {
        Ok(None)
    }
}
