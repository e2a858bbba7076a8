//! The reparse points that a create opens itself although it does not ask to: a list that filters add to.
//!
//! The list is an extra create parameter of the create. Its entries are the filters' own, which stay until they are taken
//! out again; the entries of a copy belong to the copy.

use std::sync::Arc;

use fltmgr_sys as sys;
use fltmgr_sys::{LIST_ENTRY, NTSTATUS, OPEN_REPARSE_LIST, OPEN_REPARSE_LIST_ENTRY};

use super::ecp::{self, Type};
use super::filter::Filter;
use super::major::{half, size_of_32};
use super::operation::Operation;
use crate::io::FileRef;
use crate::kernel::pool::{self, PoolKind};

/// `ECP_TYPE_OPEN_REPARSE_GUID`, {323eb6a8-affd-4d95-8230-863bce09d37a}.
const KIND: Type = [0xA8, 0xB6, 0x3E, 0x32, 0xFD, 0xAF, 0x95, 0x4D, 0x82, 0x30, 0x86, 0x3B, 0xCE, 0x09, 0xD3, 0x7A];
/// The tags of the parameter and of the entries of a copy.
const LIST_TAG: u32 = u32::from_le_bytes(*b"FMrl");
const ENTRY_TAG: u32 = u32::from_le_bytes(*b"FMre");
/// More entries than a list has that is in order.
const MOST_ENTRIES: usize = 4096;
/// The bit of a tag that says it is Microsoft's.
const MICROSOFT: u32 = 0x8000_0000;

/// The head of the list among a create's parameters.
fn head_in(list: usize) -> Option<*mut LIST_ENTRY> {
    let found = ecp::contexts(list)?.into_iter().find(|found| found.kind == KIND)?;
    Some(found.address as *mut LIST_ENTRY)
}

/// The head of the list, which is put among the parameters if it is not there.
fn head_or_new(filter: &Arc<Filter>, list: usize) -> Option<*mut LIST_ENTRY> {
    if let Some(head) = head_in(list) {
        return Some(head);
    }
    let address = ecp::allocate(filter, KIND, size_of_32::<OPEN_REPARSE_LIST>(), false, None, LIST_TAG);
    if address == 0 {
        return None;
    }
    let head = address as *mut LIST_ENTRY;
    // SAFETY: the parameter was allocated just now, as large as the list.
    unsafe { head.write(LIST_ENTRY { Flink: head, Blink: head }) };
    if ecp::insert(list, address) < 0 {
        ecp::free(address);
        return None;
    }
    Some(head)
}

/// Puts an entry at the end of a list.
unsafe fn insert(head: *mut LIST_ENTRY, entry: *mut OPEN_REPARSE_LIST_ENTRY) {
    let link = entry.cast::<LIST_ENTRY>();
    // SAFETY: the caller vouches for the list and the entry.
    unsafe {
        let last = (*head).Blink;
        link.write(LIST_ENTRY { Flink: head, Blink: last });
        (*last).Flink = link;
        (*head).Blink = link;
    }
}

/// The entries of a list. One that a driver has spoiled may have no end, so there are only so many.
unsafe fn entries(head: *mut LIST_ENTRY) -> Vec<*mut OPEN_REPARSE_LIST_ENTRY> {
    let mut entries = Vec::new();
    // SAFETY: the caller vouches for the list.
    unsafe {
        let mut link = (*head).Flink;
        while link != head && entries.len() < MOST_ENTRIES {
            entries.push(link.cast());
            link = (*link).Flink;
        }
    }
    entries
}

/// Adds an entry to the list of a create.
///
/// # Safety
///
/// The entry must stay valid until it is taken out or the create is over.
pub(crate) unsafe fn add(filter: &Arc<Filter>, create: &Operation, entry: *mut OPEN_REPARSE_LIST_ENTRY) -> NTSTATUS {
    if create.file.ecp_list() == 0 {
        let list = ecp::allocate_list(filter);
        if !create.file.attach_ecp_list(list) {
            ecp::free_list(list);
        }
    }
    match head_or_new(filter, create.file.ecp_list()) {
        // SAFETY: the caller vouches for the entries.
        Some(head) if unsafe { entries(head) }.contains(&entry) => {
            let text = "FltAddOpenReparseEntry was given an entry that is in the list of the create already";
            filter.report("N-08", text.to_owned());
            sys::STATUS_INVALID_PARAMETER
        }
        Some(head) => {
            // SAFETY: the caller vouches for the entry.
            unsafe { insert(head, entry) };
            sys::STATUS_SUCCESS
        }
        None => sys::STATUS_INSUFFICIENT_RESOURCES,
    }
}

/// Takes an entry out again; false if it is not in the list.
///
/// # Safety
///
/// The entries of the list must be valid.
pub(crate) unsafe fn remove(create: &Operation, entry: *mut OPEN_REPARSE_LIST_ENTRY) -> bool {
    let list = create.file.ecp_list();
    let Some(head) = head_in(list) else { return false };
    // SAFETY: the caller vouches for the entries.
    unsafe {
        if !entries(head).contains(&entry) {
            return false;
        }
        let LIST_ENTRY { Flink: next, Blink: previous } = entry.cast::<LIST_ENTRY>().read();
        (*previous).Flink = next;
        (*next).Blink = previous;
        if entries(head).is_empty()
            && let Some(found) = ecp::remove(list, KIND)
        {
            ecp::free(found.address);
        }
    }
    true
}

/// Puts a copy of a create's list among other parameters.
///
/// # Safety
///
/// The entries of the list must be valid.
pub(crate) unsafe fn copy(filter: &Arc<Filter>, create: &Operation, to: usize) -> NTSTATUS {
    let Some(head) = head_in(create.file.ecp_list()) else { return sys::STATUS_SUCCESS };
    let Some(new_head) = head_or_new(filter, to) else { return sys::STATUS_INSUFFICIENT_RESOURCES };
    // SAFETY: the caller vouches for the entries; the new ones are as large.
    unsafe {
        for entry in entries(head) {
            let size = size_of::<OPEN_REPARSE_LIST_ENTRY>();
            let new = pool::allocate_for_system(PoolKind::Paged, size, ENTRY_TAG, true);
            if new.is_null() {
                return sys::STATUS_INSUFFICIENT_RESOURCES;
            }
            new.copy_from_nonoverlapping(entry.cast(), size);
            insert(new_head, new.cast());
        }
    }
    sys::STATUS_SUCCESS
}

/// Takes a copy out of parameters again, and frees it; false if there is none.
///
/// # Safety
///
/// The list must be one of [`copy`].
pub(crate) unsafe fn free(list: usize) -> bool {
    let Some(head) = head_in(list) else { return false };
    // SAFETY: the caller vouches for the list, whose entries are its own.
    unsafe {
        for entry in entries(head) {
            pool::free(entry.cast(), ENTRY_TAG);
        }
    }
    if let Some(found) = ecp::remove(list, KIND) {
        ecp::free(found.address);
    }
    true
}

/// Whether a create opens a reparse point that it meets because it is in the list. The entry is marked.
pub(crate) fn opens(file: &FileRef, point: &crate::fs::ReparsePoint) -> bool {
    let Some(head) = head_in(file.ecp_list()) else { return false };
    let tag = point.buffer.first_chunk().map_or(0, |tag| u32::from_le_bytes(*tag));
    let guid = point.buffer.get(8..24).filter(|_| tag & MICROSOFT == 0);
    let unparsed = half(u32::try_from(point.unparsed * 2).unwrap_or_default());
    // SAFETY: the entries stay valid as long as the create is under way.
    unsafe {
        for entry in entries(head) {
            let own_guid = &*(&raw const (*entry).ReparseGuid).cast::<[u8; 16]>();
            if (*entry).ReparseTag == tag && guid.is_none_or(|guid| guid == own_guid) {
                (*entry).Flags |= sys::OPEN_REPARSE_POINT_TAG_ENCOUNTERED;
                (*entry).RemainingLength = unparsed;
                return point.unparsed == 0;
            }
        }
    }
    false
}
