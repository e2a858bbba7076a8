//! Contexts: what a filter attaches to volumes, instances, files, streams and stream handles.
//!
//! A context is a block of the filter's own size with a [`Node`] before it. The node counts references; the object that
//! the context is set on holds one of them (rule J-12). Where a context is set is a slot of a [`ContextSlots`].

use std::alloc::Layout;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::ffi::c_void;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicIsize, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use fltmgr_sys as sys;
use fltmgr_sys::{FLT_CONTEXT_REGISTRATION, FLT_CONTEXT_TYPE, NTSTATUS, PFLT_CONTEXT, POOL_TYPE};
use parking_lot::Mutex;

use super::filter::Filter;
use super::invoke;
use super::major::half;
use crate::kernel::{fault, irql};

/// One definition of a context registration.
#[derive(Clone, Copy)]
pub(crate) struct ContextDefinition {
    kind: FLT_CONTEXT_TYPE,
    flags: u16,
    size: usize,
    cleanup: sys::PFLT_CONTEXT_CLEANUP_CALLBACK,
    allocate: sys::PFLT_CONTEXT_ALLOCATE_CALLBACK,
    free: sys::PFLT_CONTEXT_FREE_CALLBACK,
}

/// Marks a definition for contexts of any size.
const VARIABLE_SIZE: usize = usize::MAX;
/// The types a filter can allocate contexts of.
const TYPES: u16 = half(sys::FLT_ALL_CONTEXTS);

/// Reads a context registration up to its end (rule A-09), and refuses what rules J-02 and J-03 forbid.
///
/// # Safety
///
/// `table` must be NULL or an array that ends with `FLT_CONTEXT_END`.
pub(crate) unsafe fn read_definitions(
    table: *const FLT_CONTEXT_REGISTRATION,
) -> Result<Vec<ContextDefinition>, NTSTATUS> {
    let mut definitions: Vec<ContextDefinition> = Vec::new();
    let mut entry = table;
    // SAFETY: the caller vouches for the table's end.
    while let Some(registration) = unsafe { entry.as_ref() } {
        if registration.ContextType == half(sys::FLT_CONTEXT_END) {
            break;
        }
        let own_memory = registration.ContextAllocateCallback.is_some();
        let kind = registration.ContextType;
        let same = |definition: &&ContextDefinition| definition.kind == kind;
        let of_type = definitions.iter().filter(same).count();
        let fixed = definitions.iter().filter(same).filter(|definition| definition.size != VARIABLE_SIZE).count();
        let has_own = definitions.iter().filter(same).any(|definition| definition.allocate.is_some());
        let size = usize::try_from(registration.Size).unwrap_or(VARIABLE_SIZE);
        let variable = size == VARIABLE_SIZE;
        let wrong = !kind.is_power_of_two()
            || kind & !TYPES != 0
            || has_own
            || (own_memory && of_type != 0)
            || (!own_memory && registration.PoolTag == 0)
            || (!own_memory && !variable && fixed == 3);
        if wrong {
            return Err(sys::STATUS_FLT_INVALID_CONTEXT_REGISTRATION);
        }
        definitions.push(ContextDefinition {
            kind,
            flags: registration.Flags,
            size,
            cleanup: registration.ContextCleanupCallback,
            allocate: registration.ContextAllocateCallback,
            free: registration.ContextFreeCallback,
        });
        // SAFETY: the entry was not the last.
        entry = unsafe { entry.add(1) };
    }
    Ok(definitions)
}

/// What stands before the filter's block.
#[repr(C, align(16))]
struct Node {
    magic: AtomicU64,
    references: AtomicIsize,
    /// Whether the context was ever set on an object: it can be only once (rule J-15).
    linked: AtomicBool,
    paged: bool,
    kind: FLT_CONTEXT_TYPE,
    size: usize,
    /// As it was allocated: a pointer that is made of a reference to the node is good for the node alone.
    block: PFLT_CONTEXT,
    definition: ContextDefinition,
    filter: Arc<Filter>,
    /// Where it is set.
    place: Mutex<Option<Arc<Slots>>>,
}

/// [`Node::magic`] of a live context.
const LIVE: u64 = u64::from_le_bytes(*b"FltCntxt");
/// [`Node::magic`] of a freed one, as long as its memory is kept.
const FREED: u64 = u64::from_le_bytes(*b"FreedCtx");
/// How many freed contexts each thread keeps, so that a late use is noticed (rule J-23). Miri notices it by itself.
const QUARANTINE: usize = if cfg!(miri) { 0 } else { 64 };

/// The memory of a freed context.
struct Remains(*mut u8, Layout);

impl Drop for Remains {
    fn drop(&mut self) {
        // SAFETY: the block was allocated with this layout, and is dropped once.
        unsafe { std::alloc::dealloc(self.0, self.1) };
    }
}

thread_local! {
    static REMAINS: RefCell<VecDeque<Remains>> = const { RefCell::new(VecDeque::new()) };
}

impl Node {
    /// The filter's block, which follows the node.
    fn block(&self) -> PFLT_CONTEXT {
        self.block
    }

    /// The node before a filter's block. A context that was freed is bug check 0xF5 with `code`.
    ///
    /// # Safety
    ///
    /// `context` must have come from [`allocate`].
    unsafe fn of<'a>(context: PFLT_CONTEXT, code: usize) -> &'a Self {
        // SAFETY: the caller vouches for the block, before which there is a node, at least in quarantine.
        let node = unsafe { &*context.cast::<Self>().sub(1) };
        if node.magic.load(Ordering::Acquire) != LIVE {
            fault::bug_check(
                0xF5,
                [code, context as usize, ptr::from_ref(node) as usize, 0],
                "a context was used after its last reference was released".to_owned(),
            );
        }
        node
    }

    fn layout(size: usize) -> Layout {
        // The sum cannot overflow: a context has at most 64 KiB.
        Layout::from_size_align(size_of::<Self>() + size, align_of::<Self>()).unwrap_or(Layout::new::<Self>())
    }
}

/// The position of a type's bit.
fn index(kind: FLT_CONTEXT_TYPE) -> usize {
    kind.trailing_zeros() as usize
}

/// The body of `FltAllocateContext`.
pub(crate) fn allocate(
    filter: &Arc<Filter>,
    kind: FLT_CONTEXT_TYPE,
    size: usize,
    pool: POOL_TYPE,
) -> Result<PFLT_CONTEXT, NTSTATUS> {
    // Rules J-06, X-08.
    if !kind.is_power_of_two() || kind & !TYPES != 0 || size == 0 {
        return Err(sys::STATUS_INVALID_PARAMETER);
    }
    if size > usize::from(u16::MAX) {
        return Err(sys::STATUS_INVALID_BUFFER_SIZE);
    }
    let paged = pool & 1 == sys::PagedPool & 1;
    // Rule J-07.
    if kind == half(sys::FLT_VOLUME_CONTEXT) && paged {
        return Err(sys::STATUS_FLT_MUST_BE_NONPAGED_POOL);
    }
    if filter.is_unregistered() {
        return Err(sys::STATUS_FLT_DELETING_OBJECT);
    }
    let definition = *choose(filter.contexts(), kind, size).ok_or(sys::STATUS_FLT_CONTEXT_ALLOCATION_NOT_FOUND)?;
    let layout = Node::layout(size);
    let memory: *mut c_void = match definition.allocate {
        Some(callback) => {
            let total = layout.size() as u64;
            let machine = filter.machine();
            invoke::at_most(machine, filter.image(), "ContextAllocateCallback", irql::APC_LEVEL, || {
                // SAFETY: the driver registered the routine for this call.
                unsafe { callback(pool, total, kind) }
            })
            .unwrap_or(ptr::null_mut())
        }
        // SAFETY: the layout has a size.
        None => unsafe { std::alloc::alloc(layout) }.cast(),
    };
    if memory.is_null() {
        return Err(sys::STATUS_INSUFFICIENT_RESOURCES);
    }
    let node = memory.cast::<Node>();
    // SAFETY: the memory is new and large enough for the node and the block.
    unsafe {
        node.write(Node {
            magic: AtomicU64::new(LIVE),
            references: AtomicIsize::new(1),
            linked: AtomicBool::new(false),
            paged,
            kind,
            size,
            block: node.add(1).cast(),
            definition,
            filter: Arc::clone(filter),
            place: Mutex::new(None),
        });
        // Rule J-09: only variable-sized contexts come zeroed.
        let fill = if definition.size == VARIABLE_SIZE { 0 } else { 0xCD };
        node.add(1).cast::<u8>().write_bytes(fill, size);
    }
    filter.ledger.contexts[index(kind)].fetch_add(1, Ordering::AcqRel);
    // SAFETY: the node was written above.
    Ok(unsafe { (*node).block() })
}

/// The definition a request is served from (rules J-02, J-04, X-07).
fn choose(definitions: &[ContextDefinition], kind: FLT_CONTEXT_TYPE, size: usize) -> Option<&ContextDefinition> {
    let inexact = half(sys::FLTFL_CONTEXT_REGISTRATION_NO_EXACT_SIZE_MATCH);
    let of_type = || definitions.iter().filter(|definition| definition.kind == kind);
    of_type()
        .find(|definition| definition.allocate.is_some() || definition.size == size)
        .or_else(|| {
            of_type()
                .filter(|definition| {
                    definition.size != VARIABLE_SIZE && definition.flags & inexact != 0 && definition.size >= size
                })
                .min_by_key(|definition| definition.size)
        })
        .or_else(|| of_type().find(|definition| definition.size == VARIABLE_SIZE))
}

/// The body of `FltReferenceContext`.
///
/// # Safety
///
/// `context` must have come from [`allocate`].
pub(crate) unsafe fn reference(context: PFLT_CONTEXT) {
    // SAFETY: passed on. Rule J-23: referencing a freed context is 0x6E.
    let node = unsafe { Node::of(context, 0x6E) };
    node.references.fetch_add(1, Ordering::AcqRel);
}

/// The body of `FltReleaseContext`.
///
/// # Safety
///
/// `context` must have come from [`allocate`].
pub(crate) unsafe fn release(context: PFLT_CONTEXT) {
    // SAFETY: passed on. Rule J-23: releasing too often is 0x6D.
    let node = unsafe { Node::of(context, 0x6D) };
    // Rule J-21.
    irql::check(if node.paged { irql::APC_LEVEL } else { irql::DISPATCH_LEVEL });
    let before = node.references.fetch_sub(1, Ordering::AcqRel);
    if before > 1 {
        return;
    }
    if before < 1 || node.place.lock().is_some() {
        fault::bug_check(
            0xF5,
            [0x6D, context as usize, ptr::from_ref(node) as usize, 0],
            "a context was released more often than it was referenced".to_owned(),
        );
    }
    if irql::current() >= irql::DISPATCH_LEVEL {
        // Rule J-21: the last release at DISPATCH_LEVEL leaves the rest to a work item.
        let machine = Arc::clone(node.filter.machine());
        let address = context.expose_provenance();
        machine.workers().queue(&machine, move || {
            // SAFETY: the last reference is gone, so the context is this job's alone.
            unsafe { free(ptr::with_exposed_provenance_mut(address)) };
        });
        return;
    }
    // SAFETY: the last reference is gone.
    unsafe { free(context) };
}

/// Ends a context: calls the cleanup callback (rule J-32) and frees the memory.
///
/// # Safety
///
/// Nobody may hold a reference.
unsafe fn free(context: PFLT_CONTEXT) {
    let node = context.cast::<Node>().wrapping_sub(1);
    // SAFETY: the caller vouches that the context is there and nobody else's.
    let (filter, definition, kind, size) =
        unsafe { (Arc::clone(&(*node).filter), (*node).definition, (*node).kind, (*node).size) };
    let machine = Arc::clone(filter.machine());
    if let Some(cleanup) = definition.cleanup.filter(|_| !filter.is_dead()) {
        let _ = invoke::at_most(&machine, filter.image(), "ContextCleanupCallback", irql::APC_LEVEL, || {
            // SAFETY: the driver registered the routine for this call.
            unsafe { cleanup(context, kind) };
        });
    }
    filter.ledger.contexts[index(kind)].fetch_sub(1, Ordering::AcqRel);
    // SAFETY: nobody uses the node any more; its magic stays behind for latecomers.
    unsafe {
        (*node).magic.store(FREED, Ordering::Release);
        ptr::drop_in_place(&raw mut (*node).filter);
        ptr::drop_in_place(&raw mut (*node).place);
    }
    match (definition.allocate, definition.free) {
        (Some(_), Some(callback)) => {
            let _ = invoke::at_most(&machine, filter.image(), "ContextFreeCallback", irql::APC_LEVEL, || {
                // SAFETY: the memory came from the driver's own allocation callback.
                unsafe { callback(node.cast(), kind) };
            });
        }
        (Some(_), None) => (),
        (None, _) => {
            let remains = Remains(node.cast(), Node::layout(size));
            let oldest = REMAINS.try_with(|kept| {
                let mut queue = kept.borrow_mut();
                queue.push_back(remains);
                if queue.len() > QUARANTINE { queue.pop_front() } else { None }
            });
            drop(oldest);
        }
    }
}

/// One context that is set on an object.
struct Entry {
    kind: FLT_CONTEXT_TYPE,
    /// The instance, or for volume contexts the filter (rule J-17).
    owner: *const c_void,
    /// The file object, for stream handle contexts.
    handle: *const c_void,
    /// The instance that set it, with which it goes, where that is not the owner.
    setter: *const c_void,
    context: PFLT_CONTEXT,
}

/// What is set on one object.
#[derive(Default)]
struct Slots(Mutex<Vec<Entry>>);

// SAFETY: the pointers in the entries are compared, and contexts are used through their counted references.
unsafe impl Send for Slots {}
// SAFETY: as above.
unsafe impl Sync for Slots {}

/// The contexts that are set on one object.
#[derive(Default)]
pub(crate) struct ContextSlots(OnceLock<Arc<Slots>>);

/// Which context of an object is meant.
#[derive(Clone, Copy)]
pub(crate) struct Key {
    pub kind: FLT_CONTEXT_TYPE,
    pub owner: *const c_void,
    pub handle: *const c_void,
    /// Who sets it, for transaction contexts; it does not tell one context from another.
    pub setter: *const c_void,
}

impl Key {
    fn is(&self, entry: &Entry) -> bool {
        entry.kind == self.kind && entry.owner == self.owner && entry.handle == self.handle
    }
}

impl ContextSlots {
    fn lock(&self) -> Option<parking_lot::MutexGuard<'_, Vec<Entry>>> {
        self.0.get().map(|slots| slots.0.lock())
    }

    /// The context, with a reference for the caller (rule J-19).
    pub(crate) fn get(&self, key: Key) -> Option<PFLT_CONTEXT> {
        let entries = self.lock()?;
        let entry = entries.iter().find(|entry| key.is(entry))?;
        // SAFETY: a set context is alive: its object holds a reference, and the lock keeps it set.
        unsafe { reference(entry.context) };
        Some(entry.context)
    }

    /// Sets a context (rules J-12 to J-17). Answers the status and the old context for the caller.
    ///
    /// # Safety
    ///
    /// `new` must be NULL or have come from [`allocate`], with a reference that the caller holds.
    pub(crate) unsafe fn set(
        &self,
        key: Key,
        filter: &Filter,
        is_deleting: impl Fn() -> bool,
        operation: sys::FLT_SET_CONTEXT_OPERATION,
        new: PFLT_CONTEXT,
    ) -> (NTSTATUS, Option<PFLT_CONTEXT>) {
        let keep = match operation {
            sys::FLT_SET_CONTEXT_KEEP_IF_EXISTS => true,
            sys::FLT_SET_CONTEXT_REPLACE_IF_EXISTS => false,
            _ => return (sys::STATUS_INVALID_PARAMETER, None),
        };
        if new.is_null() {
            return (sys::STATUS_INVALID_PARAMETER, None);
        }
        // SAFETY: the caller vouches for the context.
        let node = unsafe { Node::of(new, 0x6E) };
        if node.kind != key.kind || !ptr::eq(Arc::as_ptr(&node.filter), filter) {
            return (sys::STATUS_INVALID_PARAMETER, None);
        }
        let slots = self.0.get_or_init(Arc::default);
        let mut entries = slots.0.lock();
        if is_deleting() {
            return (sys::STATUS_FLT_DELETING_OBJECT, None);
        }
        let found = entries.iter_mut().find(|entry| key.is(entry));
        if let Some(present) = found.as_ref().filter(|_| keep) {
            // SAFETY: a set context is alive, and the lock keeps it set.
            unsafe { reference(present.context) };
            return (sys::STATUS_FLT_CONTEXT_ALREADY_DEFINED, Some(present.context));
        }
        if node.linked.swap(true, Ordering::AcqRel) {
            return (sys::STATUS_FLT_CONTEXT_ALREADY_LINKED, None);
        }
        node.references.fetch_add(1, Ordering::AcqRel);
        *node.place.lock() = Some(Arc::clone(slots));
        let old = if let Some(present) = found {
            present.setter = key.setter;
            Some(std::mem::replace(&mut present.context, new))
        } else {
            let Key { kind, owner, handle, setter } = key;
            entries.push(Entry { kind, owner, handle, setter, context: new });
            None
        };
        if let Some(old) = old {
            unlink(old);
        }
        (sys::STATUS_SUCCESS, old)
    }

    /// Takes a context off its object. The object's reference passes to the caller (rule J-27).
    pub(crate) fn take(&self, key: Key) -> Option<PFLT_CONTEXT> {
        let mut entries = self.lock()?;
        let position = entries.iter().position(|entry| key.is(entry))?;
        let context = entries.swap_remove(position).context;
        unlink(context);
        Some(context)
    }

    /// Deletes the contexts of one owner, or that one instance set.
    pub(crate) fn delete_of(&self, owner: *const c_void) {
        self.delete_if(|entry| entry.owner == owner || entry.setter == owner);
    }

    /// Whether there is a context of a kind, whoever set it.
    pub(crate) fn has(&self, kind: FLT_CONTEXT_TYPE) -> bool {
        self.lock().is_some_and(|entries| entries.iter().any(|entry| entry.kind == kind))
    }

    /// The contexts of a kind, each with its owner and a reference.
    pub(crate) fn all(&self, kind: FLT_CONTEXT_TYPE) -> Vec<(*const c_void, PFLT_CONTEXT)> {
        let Some(entries) = self.lock() else { return Vec::new() };
        let found = entries.iter().filter(|entry| entry.kind == kind);
        found
            .map(|entry| {
                // SAFETY: a set context is alive: its object holds a reference, and the lock keeps it set.
                unsafe { reference(entry.context) };
                (entry.owner, entry.context)
            })
            .collect()
    }

    /// Deletes the contexts of one file object.
    pub(crate) fn delete_of_handle(&self, handle: *const c_void) {
        self.delete_if(|entry| entry.handle == handle);
    }

    /// Deletes every context.
    pub(crate) fn delete_all(&self) {
        self.delete_if(|_| true);
    }

    fn delete_if(&self, matches: impl Fn(&Entry) -> bool) {
        let Some(mut entries) = self.lock() else { return };
        let mut taken = Vec::new();
        entries.retain(|entry| {
            let goes = matches(entry);
            if goes {
                unlink(entry.context);
                taken.push(entry.context);
            }
            !goes
        });
        drop(entries);
        for context in taken {
            // SAFETY: the object's reference is given back; the callbacks run without the lock.
            unsafe { release(context) };
        }
    }
}

impl Drop for ContextSlots {
    fn drop(&mut self) {
        self.delete_all();
    }
}

/// Notes that a context is set nowhere any more.
fn unlink(context: PFLT_CONTEXT) {
    // SAFETY: the object's reference keeps the context alive.
    let node = unsafe { Node::of(context, 0x6E) };
    *node.place.lock() = None;
}

/// The body of `FltDeleteContext` (rule J-26): the caller keeps its reference.
///
/// # Safety
///
/// `context` must have come from [`allocate`], with a reference that the caller holds.
pub(crate) unsafe fn delete(context: PFLT_CONTEXT) {
    // SAFETY: passed on.
    let node = unsafe { Node::of(context, 0x6E) };
    if node.kind == half(sys::FLT_SECTION_CONTEXT) {
        node.filter.report("J-29", "FltDeleteContext was called for a section context".to_owned());
        return;
    }
    let Some(slots) = node.place.lock().clone() else {
        // Rule J-28.
        node.filter.report("J-28", "FltDeleteContext was called for a context that is set nowhere".to_owned());
        return;
    };
    // SAFETY: passed on.
    unsafe { remove(context, &slots) };
}

/// Takes a context off the object that it is on. Answers whether it was there.
///
/// # Safety
///
/// As for [`delete`].
unsafe fn remove(context: PFLT_CONTEXT, slots: &Slots) -> bool {
    let mut entries = slots.0.lock();
    let Some(position) = entries.iter().position(|entry| entry.context == context) else { return false };
    entries.swap_remove(position);
    unlink(context);
    drop(entries);
    // SAFETY: the object's reference is given back; the caller's own remains.
    unsafe { release(context) };
    true
}

/// Takes a section context off its stream: the part of `FltCloseSectionForDataScan` that is about the context (rule J-29).
///
/// # Safety
///
/// As for [`delete`].
pub(crate) unsafe fn close_section(context: PFLT_CONTEXT) -> NTSTATUS {
    // SAFETY: passed on.
    let node = unsafe { Node::of(context, 0x6E) };
    if node.kind != half(sys::FLT_SECTION_CONTEXT) || !node.linked.load(Ordering::Acquire) {
        return sys::STATUS_INVALID_PARAMETER;
    }
    let place = node.place.lock().clone();
    // SAFETY: passed on.
    let closed = place.is_some_and(|slots| unsafe { remove(context, &slots) });
    if closed { sys::STATUS_SUCCESS } else { sys::STATUS_NOT_FOUND }
}

/// The filter that allocated a context.
///
/// # Safety
///
/// `context` must have come from [`allocate`], with a reference that the caller holds.
pub(crate) unsafe fn filter_of(context: PFLT_CONTEXT) -> Arc<Filter> {
    // SAFETY: passed on.
    Arc::clone(&unsafe { Node::of(context, 0x6E) }.filter)
}
