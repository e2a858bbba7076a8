//! Pool memory. Nothing is kept in the blocks themselves, so that a driver which writes outside of one is found by tools
//! that look for that; a ledger beside them knows every block that is out.

use std::alloc::{Layout, alloc, alloc_zeroed, dealloc};
use std::collections::HashMap;
use std::fmt;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::{Mutex, PoisonError};

use super::{fault, thread};

const PAGE: usize = 4096;
const SHARDS: usize = 64;

/// Which pool a block is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PoolKind {
    /// Nonpaged pool.
    NonPaged,
    /// Paged pool, which may be touched below `DISPATCH_LEVEL` only.
    Paged,
}

impl fmt::Display for PoolKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::NonPaged => "nonpaged",
            Self::Paged => "paged",
        })
    }
}

/// A block that has not been freed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Block {
    /// Its size in bytes, as it was asked for.
    pub size: usize,
    /// Its tag.
    pub tag: u32,
    /// Its pool.
    pub kind: PoolKind,
    /// The image whose code asked for it, as [`thread::current_driver`] says; 0 if fltsim itself did.
    pub driver: usize,
}

impl Block {
    fn layout(&self) -> Layout {
        layout(self.size)
    }
}

impl fmt::Display for Block {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} bytes of {} pool with the tag {}", self.size, self.kind, tag_text(self.tag))
    }
}

/// A tag as its four characters.
pub fn tag_text(tag: u32) -> String {
    let text: String = tag
        .to_le_bytes()
        .into_iter()
        .map(|byte| if byte.is_ascii_graphic() || byte == b' ' { char::from(byte) } else { '.' })
        .collect();
    format!("'{text}'")
}

#[derive(Debug, Default)]
struct AddressHasher(u64);

impl Hasher for AddressHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.write_u64(u64::from(byte));
        }
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = (self.0 ^ value).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        self.0 ^= self.0 >> 32;
    }

    fn write_usize(&mut self, value: usize) {
        self.write_u64(value as u64);
    }
}

type Ledger = HashMap<usize, Block, BuildHasherDefault<AddressHasher>>;
static LEDGER: [Mutex<Option<Ledger>>; SHARDS] = [const { Mutex::new(None) }; SHARDS];

fn with_shard<R>(address: usize, f: impl FnOnce(&mut Ledger) -> R) -> R {
    let shard = &LEDGER[(address >> 4) % SHARDS];
    f(shard.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_default())
}

/// Blocks of a page or more begin on a page, smaller ones at a multiple of 16. A block of no bytes has an address too.
fn layout(size: usize) -> Layout {
    let alignment = if size >= PAGE { PAGE } else { 16 };
    // The only size that doesn't fit is refused by `allocate`.
    Layout::from_size_align(size.max(1), alignment).unwrap_or(Layout::new::<u128>())
}

/// Allocates a block; null if there is no memory.
pub fn allocate(kind: PoolKind, size: usize, tag: u32, zeroed: bool) -> *mut u8 {
    if size > isize::MAX as usize - PAGE {
        return std::ptr::null_mut();
    }
    let layout = layout(size);
    // SAFETY: the layout is of at least one byte.
    let address = unsafe { if zeroed { alloc_zeroed(layout) } else { alloc(layout) } };
    if !address.is_null() {
        let block = Block { size, tag, kind, driver: thread::current_driver() };
        with_shard(address as usize, |ledger| ledger.insert(address as usize, block));
    }
    address
}

/// Allocates a block that is fltsim's own, whichever driver's code the thread is in; null if there is no memory.
pub(crate) fn allocate_for_system(kind: PoolKind, size: usize, tag: u32, zeroed: bool) -> *mut u8 {
    let driver = thread::LOCAL.with(|local| local.image.replace(std::ptr::null()));
    let memory = allocate(kind, size, tag, zeroed);
    thread::LOCAL.with(|local| local.image.set(driver));
    memory
}

/// Frees a block. `tag` 0 goes with any.
///
/// An address that is no block's, or a tag that is not the block's, is bug check `BAD_POOL_CALLER` (0xC2).
///
/// # Safety
///
/// Nobody may use the block any more.
pub unsafe fn free(address: *mut u8, tag: u32) {
    let wrong = |subcode: usize, explanation: String| -> ! {
        fault::bug_check(0xC2, [subcode, address as usize, tag as usize, 0], explanation)
    };
    let block = with_shard(address as usize, |ledger| {
        let block = ledger.get(&(address as usize)).copied();
        if block.is_some_and(|block| tag == 0 || block.tag == tag) {
            ledger.remove(&(address as usize));
        }
        block
    });
    match block {
        None => wrong(0x46, format!("{address:p} was to be freed, and is no pool block, or is one no more")),
        Some(block) if tag != 0 && block.tag != tag => {
            wrong(0xA, format!("{block} at {address:p} were to be freed with the tag {}", tag_text(tag)))
        }
        // SAFETY: the ledger says that the block was allocated with this layout, and it is in it no more; the caller
        // vouches for the rest.
        Some(block) => unsafe { dealloc(address, block.layout()) },
    }
}

/// The block that begins at `address`.
pub fn find(address: usize) -> Option<Block> {
    with_shard(address, |ledger| ledger.get(&address).copied())
}

/// Forgets who allocated what an image has not freed: the image is going, and its address may be another's next.
pub(crate) fn disown(driver: usize) {
    for shard in &LEDGER {
        if let Some(ledger) = &mut *shard.lock().unwrap_or_else(PoisonError::into_inner) {
            for block in ledger.values_mut().filter(|block| block.driver == driver) {
                block.driver = 0;
            }
        }
    }
}

/// The blocks that the code of an image ([`thread::current_driver`]; the address of the [`crate::image::Image`]) has
/// allocated and not freed, with their addresses.
pub fn outstanding(driver: usize) -> Vec<(usize, Block)> {
    let mut blocks = Vec::new();
    for shard in &LEDGER {
        if let Some(ledger) = &*shard.lock().unwrap_or_else(PoisonError::into_inner) {
            blocks.extend(
                ledger.iter().filter(|(_, block)| block.driver == driver).map(|(address, block)| (*address, *block)),
            );
        }
    }
    blocks
}
