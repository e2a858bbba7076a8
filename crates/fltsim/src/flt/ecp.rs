//! Extra create parameters: contexts of a driver's own that travel with a create, in lists (rules N-08, B-34).
//!
//! What a driver has are the address of a context, whose memory it may write, and an opaque list. What stands behind both
//! is in tables, so that what is neither, or is no more, is told apart.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use fltmgr_sys as sys;
use fltmgr_sys::{GUID, NTSTATUS};
use parking_lot::Mutex;

use super::filter::Filter;
use super::invoke;
use crate::kernel::irql;
use crate::kernel::pool::{self, PoolKind};

/// A GUID as its bytes.
pub(crate) type Type = [u8; 16];

/// `GUID_ECP_OPLOCK_KEY`, {48850596-3050-4be7-9863-fec350ce8d7f}.
const OPLOCK_KEY: Type =
    [0x96, 0x05, 0x85, 0x48, 0x50, 0x30, 0xE7, 0x4B, 0x98, 0x63, 0xFE, 0xC3, 0x50, 0xCE, 0x8D, 0x7F];

/// The bytes of a GUID.
///
/// # Safety
///
/// `guid` must be valid.
pub(crate) unsafe fn type_of(guid: *const GUID) -> Type {
    // SAFETY: the caller vouches for the pointer; a GUID has no padding.
    unsafe { guid.cast::<Type>().read_unaligned() }
}

/// A callback that a context's owner wants when it is freed.
type Cleanup = unsafe extern "efiapi" fn(*mut std::ffi::c_void, sys::LPCGUID);

/// An extra create parameter.
struct Context {
    filter: Arc<Filter>,
    kind: Type,
    size: u32,
    cleanup: Option<Cleanup>,
    acknowledged: bool,
    /// The list it is in.
    list: Option<usize>,
}

#[derive(Default)]
struct Tables {
    last: usize,
    contexts: HashMap<usize, Context>,
    /// The contexts of each list, in the order of their insertion, and the filter that made it.
    lists: HashMap<usize, (Arc<Filter>, Vec<usize>)>,
}

static TABLES: Mutex<Option<Tables>> = Mutex::new(None);

fn with<R>(f: impl FnOnce(&mut Tables) -> R) -> R {
    f(TABLES.lock().get_or_insert_default())
}

/// A context as a driver is told of it.
#[derive(Clone, Copy)]
pub(crate) struct Found {
    pub address: usize,
    pub kind: Type,
    pub size: u32,
}

/// Makes an empty list.
pub(crate) fn allocate_list(filter: &Arc<Filter>) -> usize {
    filter.ledger.create_parameters.fetch_add(1, Ordering::AcqRel);
    with(|tables| {
        // As a driver sees it, it looks like an address.
        tables.last += 16;
        tables.lists.insert(tables.last, (Arc::clone(filter), Vec::new()));
        tables.last
    })
}

/// Makes a context; NULL if there is no memory.
pub(crate) fn allocate(
    filter: &Arc<Filter>,
    kind: Type,
    size: u32,
    nonpaged: bool,
    cleanup: Option<Cleanup>,
    tag: u32,
) -> usize {
    let pool_kind = if nonpaged { PoolKind::NonPaged } else { PoolKind::Paged };
    let address = pool::allocate_for_system(pool_kind, size as usize, tag, true) as usize;
    if address != 0 {
        filter.ledger.create_parameters.fetch_add(1, Ordering::AcqRel);
        let filter = Arc::clone(filter);
        let context = Context { filter, kind, size, cleanup, acknowledged: false, list: None };
        with(|tables| tables.contexts.insert(address, context));
    }
    address
}

/// Frees what was taken out of the table.
fn release(address: usize, context: &Context) {
    // The callback may be what lets the filter go.
    context.filter.ledger.create_parameters.fetch_sub(1, Ordering::AcqRel);
    if let Some(cleanup) = context.cleanup {
        let filter = &context.filter;
        let kind = context.kind;
        let _ = invoke::at_most(
            filter.machine(),
            filter.image(),
            "extra create parameter cleanup callback",
            irql::APC_LEVEL,
            // SAFETY: the driver gave the routine for exactly this call; the context is still there.
            || unsafe { cleanup(address as *mut _, (&raw const kind).cast()) },
        );
    }
    // SAFETY: the context is in the table no more.
    unsafe { pool::free(address as *mut u8, 0) };
}

/// Frees a context that is in no list. False if it is in one, or is none.
pub(crate) fn free(address: usize) -> bool {
    let taken = with(|tables| {
        tables.contexts.get(&address).filter(|context| context.list.is_none())?;
        tables.contexts.remove(&address)
    });
    taken.map(|context| release(address, &context)).is_some()
}

/// Frees a list with its contexts. False if it is none.
pub(crate) fn free_list(list: usize) -> bool {
    let Some((filter, contexts)) = with(|tables| {
        let (filter, addresses) = tables.lists.remove(&list)?;
        let taken = |address| tables.contexts.remove(&address).map(|context| (address, context));
        Some((filter, addresses.into_iter().filter_map(taken).collect::<Vec<_>>()))
    }) else {
        return false;
    };
    for (address, context) in contexts {
        release(address, &context);
    }
    filter.ledger.create_parameters.fetch_sub(1, Ordering::AcqRel);
    true
}

/// Inserts a context into a list that has none of its type.
pub(crate) fn insert(list: usize, address: usize) -> NTSTATUS {
    with(|tables| {
        let Tables { contexts, lists, .. } = tables;
        let kind = contexts.get(&address).filter(|context| context.list.is_none()).map(|context| context.kind);
        let (Some(kind), Some((_, members))) = (kind, lists.get_mut(&list)) else {
            return sys::STATUS_INVALID_PARAMETER;
        };
        if members.iter().any(|member| contexts.get(member).is_some_and(|context| context.kind == kind)) {
            return sys::STATUS_INVALID_PARAMETER;
        }
        members.push(address);
        if let Some(context) = contexts.get_mut(&address) {
            context.list = Some(list);
        }
        sys::STATUS_SUCCESS
    })
}

/// The contexts of a list; `None` if it is none.
pub(crate) fn contexts(list: usize) -> Option<Vec<Found>> {
    with(|tables| {
        let (_, members) = tables.lists.get(&list)?;
        let found = |address: &usize| {
            let context = tables.contexts.get(address)?;
            Some(Found { address: *address, kind: context.kind, size: context.size })
        };
        Some(members.iter().filter_map(found).collect())
    })
}

/// Takes the context of a type out of a list.
pub(crate) fn remove(list: usize, kind: Type) -> Option<Found> {
    let found = contexts(list)?.into_iter().find(|found| found.kind == kind)?;
    with(|tables| {
        if let Some((_, members)) = tables.lists.get_mut(&list) {
            members.retain(|member| *member != found.address);
        }
        if let Some(context) = tables.contexts.get_mut(&found.address) {
            context.list = None;
        }
    });
    Some(found)
}

/// Whether somebody has acknowledged a context; `None` if it is none.
pub(crate) fn is_acknowledged(address: usize) -> Option<bool> {
    with(|tables| tables.contexts.get(&address).map(|context| context.acknowledged))
}

/// Notes that somebody has acknowledged a context, or takes that back. False if it is none.
pub(crate) fn acknowledge(address: usize, acknowledged: bool) -> bool {
    with(|tables| tables.contexts.get_mut(&address).map(|context| context.acknowledged = acknowledged)).is_some()
}

/// The oplock key in a list.
pub(crate) fn oplock_key(list: usize) -> Option<Type> {
    let found = contexts(list)?.into_iter().find(|found| found.kind == OPLOCK_KEY)?;
    // SAFETY: the context is as large as its type says, and the key comes first in it.
    (found.size as usize >= size_of::<Type>()).then(|| unsafe { type_of(found.address as *const GUID) })
}
