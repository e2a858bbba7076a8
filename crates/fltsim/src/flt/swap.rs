//! Buffers that filters put in the place of an operation's own (rules I-23 to I-35).

use std::ffi::c_void;
use std::ptr;

use fltmgr_sys as sys;
use fltmgr_sys::{FLT_IO_PARAMETER_BLOCK, PMDL};

use super::volume::SECTOR_SIZE;
use super::{major, parameters};
use crate::io::mdl;
use crate::kernel::pool::{self, PoolKind};

/// What a filter had swapped in, while its post-operation callback has the operation.
#[derive(Default)]
pub(crate) struct Swap {
    mdl: Option<PMDL>,
    retained: bool,
}

impl Swap {
    /// The MDL that is in the place of the one in `saved`.
    pub(crate) fn found(saved: &FLT_IO_PARAMETER_BLOCK, now: &FLT_IO_PARAMETER_BLOCK) -> Self {
        let mdl = parameters::mdl_of(now);
        let other = !mdl.is_null() && mdl != parameters::mdl_of(saved);
        Self { mdl: other.then_some(mdl), retained: false }
    }

    /// The MDL that is to be freed at the end.
    pub(crate) fn to_free(&self) -> Option<PMDL> {
        self.mdl.filter(|_| !self.retained)
    }

    /// The MDL, NULL if there is none.
    pub(crate) fn mdl(&self) -> PMDL {
        self.mdl.unwrap_or(ptr::null_mut())
    }

    /// Leaves the MDL to the filter (rule I-30).
    pub(crate) fn retain(&mut self) {
        self.retained = true;
    }
}

/// Whether the buffer or its MDL were replaced.
pub(crate) fn is_swap(saved: &FLT_IO_PARAMETER_BLOCK, now: &FLT_IO_PARAMETER_BLOCK) -> bool {
    parameters::buffer_address(saved) != parameters::buffer_address(now)
        || parameters::mdl_of(saved) != parameters::mdl_of(now)
}

/// The rules that a swap breaks, with what was done. `flags` are those of the callback data.
pub(crate) fn violations(
    flags: u32,
    saved: &FLT_IO_PARAMETER_BLOCK,
    now: &FLT_IO_PARAMETER_BLOCK,
) -> Vec<(&'static str, &'static str)> {
    let mut found = Vec::new();
    let transfer = now.MajorFunction == major::READ || now.MajorFunction == major::WRITE;
    if transfer && u32::from(now.MinorFunction) & sys::IRP_MN_MDL != 0 {
        return vec![("I-35", "swapped buffers of an MDL read or write, whose MDL is the cache manager's")];
    }
    let mut copy = *now;
    // SAFETY: the block is a copy of a valid one.
    let Some(members) = (unsafe { parameters::buffer_members(&raw mut copy) }) else { return found };
    // SAFETY: the members lie in the copy.
    let (buffer, length) = unsafe { (members.buffer.read(), members.length.read()) };
    let mdl = parameters::mdl_of(now);
    let new_buffer = buffer as usize != parameters::buffer_address(saved);
    let block = pool::find(buffer as usize).filter(|_| new_buffer);
    if flags & sys::FLTFL_CALLBACK_DATA_SYSTEM_BUFFER != 0 {
        if block.is_some_and(|block| block.kind == PoolKind::Paged) {
            found.push(("I-24", "put a buffer from paged pool in the place of a system buffer"));
        }
        if !mdl.is_null() {
            found.push(("I-24", "put an MDL beside a system buffer"));
        }
    } else if flags & sys::FLTFL_CALLBACK_DATA_IRP_OPERATION != 0 {
        if members.mdl.is_some() {
            found.extend(wrong_mdl(saved, buffer, mdl, new_buffer));
        }
    } else if !mdl.is_null() {
        found.push(("I-26", "put an MDL into the parameters of fast I/O"));
    }
    let not_cached = flags & sys::FLTFL_CALLBACK_DATA_IRP_OPERATION != 0 && now.IrpFlags & sys::IRP_NOCACHE != 0;
    let whole_sectors = (length as usize).next_multiple_of(SECTOR_SIZE.into());
    if transfer && not_cached && block.is_some_and(|block| block.size < whole_sectors) {
        found.push(("I-33", "put in a buffer for a transfer past the cache that ends within a sector"));
    }
    found
}

/// What is wrong with the MDL of an IRP that has no system buffer.
fn wrong_mdl(
    saved: &FLT_IO_PARAMETER_BLOCK,
    buffer: *mut c_void,
    mdl: PMDL,
    new_buffer: bool,
) -> Option<(&'static str, &'static str)> {
    if mdl.is_null() {
        return Some(("I-25", "swapped the buffer of an IRP and put in no MDL for the new one"));
    }
    if new_buffer && mdl == parameters::mdl_of(saved) {
        return Some(("I-23", "swapped the buffer and left the MDL of the original one"));
    }
    // SAFETY: the filter vouches for the MDL it has put in.
    let described = unsafe { mdl::address_of(mdl) };
    (!buffer.is_null() && described != buffer)
        .then_some(("I-23", "put in a buffer and an MDL that describes another one"))
}
