//! What is open: streams (what Windows calls file control blocks), the links they were opened by, and the opens.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Weak};

use parking_lot::{Mutex, ReentrantMutex, ReentrantMutexGuard, RwLock};

use super::byte_range_locks::ByteRangeLocks;
use super::directory_enumeration::Scan;
use super::name;
use super::share_access::ShareAccess;
use super::store::{Node, NodeId, NodeKind};

/// What all opens of one node share, by whichever of its names they were opened.
pub(super) struct Stream {
    pub(super) number: u64,
    /// The node; another one once a file was turned into a link or back.
    node: RwLock<Arc<dyn Node>>,
    pub(super) is_directory: bool,
    /// Held for writing by what changes the size of the file or must not see it change.
    pub(super) io: RwLock<()>,
    /// Held while something is written through the cache. Filters on the way of its paging I/O may write as well.
    cached_write: ReentrantMutex<()>,
    pub(super) state: Mutex<StreamState>,
    pub(super) locks: ByteRangeLocks,
    tables: Arc<Tables>,
}

/// What changes of a stream.
#[derive(Debug, Default)]
pub(super) struct StreamState {
    pub(super) share: ShareAccess,
    /// Opens that were not cleaned up yet.
    pub(super) handles: u32,
    /// The last write time that was set through an open, as long as nothing was written since but by paging I/O: what
    /// was cached when the time was set must not change it when it is written back.
    pub(super) set_write_time: Option<i64>,
}

impl Stream {
    pub(super) fn node(&self) -> Arc<dyn Node> {
        Arc::clone(&self.node.read())
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.tables.forget_stream(self.node.get_mut().id());
    }
}

/// One name of a stream, shared by all opens by that name.
pub(super) struct Link {
    pub(super) stream: Arc<Stream>,
    pub(super) state: Mutex<LinkState>,
    tables: Arc<Tables>,
}

/// What changes of a link.
#[derive(Debug)]
pub(super) struct LinkState {
    /// Spelled as on the volume.
    pub(super) path: Vec<u16>,
    /// Opens that were not cleaned up yet.
    pub(super) handles: u32,
    /// The name goes once the last handle does.
    pub(super) delete_pending: bool,
    /// The name is gone, or leads elsewhere by now.
    pub(super) removed: bool,
}

impl Link {
    pub(super) fn path(&self) -> Vec<u16> {
        self.state.lock().path.clone()
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.tables.forget_link(&self.state.get_mut().path);
    }
}

/// All that is open, by node and by path.
///
/// Nothing that was looked up is dropped while a table is locked, because dropping the last reference locks it again.
#[derive(Default)]
pub(super) struct Tables {
    streams: Mutex<HashMap<NodeId, Weak<Stream>>>,
    links: Mutex<HashMap<Vec<u16>, Weak<Link>>>,
    next_number: AtomicU64,
}

impl Tables {
    pub(super) fn next_number(&self) -> u64 {
        self.next_number.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// The stream of a node that was just found, which is the one that is open already if there is one.
    pub(super) fn stream(self: &Arc<Self>, node: Arc<dyn Node>) -> Arc<Stream> {
        let mut streams = self.streams.lock();
        let id = node.id();
        if let Some(open) = streams.get(&id).and_then(Weak::upgrade) {
            return open;
        }
        let stream = Arc::new(Stream {
            number: self.next_number(),
            is_directory: node.kind() == NodeKind::Directory,
            node: RwLock::new(node),
            io: RwLock::new(()),
            cached_write: ReentrantMutex::default(),
            state: Mutex::default(),
            locks: ByteRangeLocks::default(),
            tables: Arc::clone(self),
        });
        streams.insert(id, Arc::downgrade(&stream));
        stream
    }

    /// The stream of a node, if it is open.
    pub(super) fn open_stream(&self, id: NodeId) -> Option<Arc<Stream>> {
        self.streams.lock().get(&id).and_then(Weak::upgrade)
    }

    /// The link of a stream by a path, as it is spelled on the volume.
    pub(super) fn link(self: &Arc<Self>, path: Vec<u16>, stream: &Arc<Stream>) -> Arc<Link> {
        let mut links = self.links.lock();
        let known = links.get(&path).and_then(Weak::upgrade);
        if let Some(link) = &known {
            if Arc::ptr_eq(&link.stream, stream) {
                return Arc::clone(link);
            }
            // Somebody else's program has put another file there: the name is this stream's no longer.
            link.state.lock().removed = true;
        }
        let link = Arc::new(Link {
            stream: Arc::clone(stream),
            state: Mutex::new(LinkState { path: path.clone(), handles: 0, delete_pending: false, removed: false }),
            tables: Arc::clone(self),
        });
        links.insert(path, Arc::downgrade(&link));
        drop(links);
        drop(known);
        link
    }

    /// The link by a path, if it is open.
    pub(super) fn open_link(&self, path: &[u16]) -> Option<Arc<Link>> {
        self.links.lock().get(path).and_then(Weak::upgrade)
    }

    /// All links that are open below a directory.
    pub(super) fn links_below(&self, directory: &[u16]) -> Vec<Arc<Link>> {
        let links = self.links.lock();
        links
            .iter()
            .filter(|(path, _)| name::is_below(path, directory))
            .filter_map(|(_, link)| link.upgrade())
            .collect()
    }

    /// Lets a link be found by another path from now on.
    pub(super) fn move_link(&self, link: &Arc<Link>, path: Vec<u16>) {
        let mut links = self.links.lock();
        let old = std::mem::replace(&mut link.state.lock().path, path.clone());
        if links.get(&old).is_some_and(|known| std::ptr::eq(known.as_ptr(), Arc::as_ptr(link))) {
            links.remove(&old);
        }
        links.insert(path, Arc::downgrade(link));
    }

    /// Says that a link's name is gone, so that the path is free for another.
    pub(super) fn remove_link(&self, link: &Arc<Link>) {
        let mut links = self.links.lock();
        let mut state = link.state.lock();
        state.removed = true;
        if links.get(&state.path).is_some_and(|known| std::ptr::eq(known.as_ptr(), Arc::as_ptr(link))) {
            links.remove(&state.path);
        }
    }

    /// Puts another node behind a stream.
    pub(super) fn change_node(&self, stream: &Arc<Stream>, node: Arc<dyn Node>) {
        let mut streams = self.streams.lock();
        let id = node.id();
        let old = std::mem::replace(&mut *stream.node.write(), node);
        streams.remove(&old.id());
        streams.insert(id, Arc::downgrade(stream));
    }

    fn forget_stream(&self, id: NodeId) {
        let mut streams = self.streams.lock();
        // By now the same node may have been opened anew.
        if streams.get(&id).is_some_and(|known| known.strong_count() == 0) {
            streams.remove(&id);
        }
    }

    fn forget_link(&self, path: &[u16]) {
        let mut links = self.links.lock();
        if links.get(path).is_some_and(|known| known.strong_count() == 0) {
            links.remove(path);
        }
    }
}

/// One open of a file or directory: what Windows keeps in a context control block. Dropping it is the close; what a
/// handle holds (share modes, locks, a pending delete) ends with [`FileSystem::cleanup`](super::FileSystem::cleanup).
pub struct Open {
    pub(super) number: u64,
    pub(super) link: Arc<Link>,
    pub(super) granted_access: u32,
    pub(super) share_access: u32,
    pub(super) options: u32,
    pub(super) case_sensitive: bool,
    /// Whether the volume itself is open, of which the root directory stands for the file.
    pub(super) is_volume: bool,
    pub(super) is_cleaned_up: AtomicBool,
    pub(super) is_modified: AtomicBool,
    pub(super) state: Mutex<OpenState>,
    pub(super) scan: Mutex<Option<Scan>>,
}

/// What changes of an open.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "they are independent marks, each set by a request of its own")]
pub(super) struct OpenState {
    pub(super) position: u64,
    pub(super) delete_on_close: bool,
    /// The delete was asked for with POSIX semantics through this open: the name goes with its cleanup.
    pub(super) posix_delete: bool,
    /// The times of the last access and the last write stay whatever is done through this open.
    pub(super) keeps_access_time: bool,
    pub(super) keeps_write_time: bool,
    /// The mode flags as `FileModeInformation` has set them.
    pub(super) mode: u32,
    pub(super) next_extended_attribute: usize,
}

impl Open {
    pub(super) fn stream(&self) -> &Arc<Stream> {
        &self.link.stream
    }

    pub(crate) fn node(&self) -> Arc<dyn Node> {
        self.stream().node()
    }

    /// Keeps others from writing to the same stream through the cache.
    pub(crate) fn lock_cached_write(&self) -> ReentrantMutexGuard<'_, ()> {
        self.stream().cached_write.lock()
    }

    /// A number that no other open of the file system has had.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// What stays the same for all opens of one file, by whichever name, as long as one of them is there: what the
    /// address of a file control block is on Windows.
    pub fn file_id(&self) -> u64 {
        self.stream().number
    }

    /// Whether a directory is open.
    pub fn is_directory(&self) -> bool {
        !self.is_volume && self.stream().is_directory
    }

    /// The access that was granted, generic rights and `MAXIMUM_ALLOWED` resolved. The I/O manager checks it on handles;
    /// the file system does not check it again.
    pub fn granted_access(&self) -> u32 {
        self.granted_access
    }

    /// How the open shares the file (`FILE_SHARE_*`).
    pub fn share_access(&self) -> u32 {
        self.share_access
    }

    /// The options of the create (`FILE_*`).
    pub fn options(&self) -> u32 {
        self.options
    }

    /// Whether names were and are compared with their case.
    pub fn is_case_sensitive(&self) -> bool {
        self.case_sensitive
    }

    /// The volume-relative path as it is now, spelled as on the volume; of a deleted file, the path it had.
    pub fn name(&self) -> Vec<u16> {
        self.link.path()
    }

    /// Whether the name goes with the last handle, or is gone already.
    pub fn is_delete_pending(&self) -> bool {
        let link = self.link.state.lock();
        link.delete_pending || link.removed
    }

    /// Whether [`FileSystem::cleanup`](super::FileSystem::cleanup) was called.
    pub fn is_cleaned_up(&self) -> bool {
        self.is_cleaned_up.load(Ordering::Acquire)
    }
}

impl std::fmt::Debug for Open {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Open").field("name", &String::from_utf16_lossy(&self.name())).finish_non_exhaustive()
    }
}
