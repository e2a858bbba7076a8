//! Lookaside lists: blocks of one size that are kept for the next who needs one.
//!
//! ```
//! use fltmgr::irql::{DispatchLevel, Irql};
//! use fltmgr::lookaside::{Lookaside, LookasideBox};
//! use fltmgr::pool::NonPaged;
//!
//! struct Note {
//!     offset: u64,
//! }
//!
//! fn note(notes: &Lookaside<Note, NonPaged>, offset: u64, at: Irql<'_, DispatchLevel>) -> Option<LookasideBox<Note, NonPaged>> {
//!     notes.allocate(Note { offset }, at).ok()
//! }
//! ```

use crate::filter::{Carry, CarryTo};
use crate::irql::{ApcLevel, DispatchLevel, Irql, Level, NotAbove};
use crate::pool::{NonPaged, Paged, Pool, Shared, Tag};
use crate::resident::Resident;
use crate::status::{Error, Result};
use core::cell::UnsafeCell;
use core::ffi::c_void;
use core::marker::PhantomData;
use core::mem::ManuallyDrop;
use core::ops::{Deref, DerefMut};
use core::panic::{RefUnwindSafe, UnwindSafe};
use core::ptr::NonNull;
use core::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use fltmgr_sys as sys;

/// Pool with the highest level at which it is allocated and freed.
pub trait HasLevel: Pool {
    /// APC_LEVEL for paged pool, DISPATCH_LEVEL for nonpaged pool.
    type Level: Level;
}

impl HasLevel for Paged {
    type Level = ApcLevel;
}

impl HasLevel for NonPaged {
    type Level = DispatchLevel;
}

/// A list of blocks for values of type `T`. Wraps LOOKASIDE_LIST_EX. How many blocks it keeps, the system decides by how
/// often they are asked for. A clone is the same list; its blocks keep it as well.
pub struct Lookaside<T, P: HasLevel>(Shared<List<P>, NonPaged>, PhantomData<T>);

/// # Invariants
///
/// The list is initialized if it says so, which all but a list in the making do; it is in nonpaged pool, never moves, and is
/// of blocks for one type.
struct List<P> {
    raw: UnsafeCell<sys::LOOKASIDE_LIST_EX>,
    initialized: AtomicBool,
    pool: PhantomData<P>,
}

// SAFETY: a list is made for several threads at once; it is reached as its inline routines do, and owns no values.
unsafe impl<P> Send for List<P> {}
// SAFETY: as for `Send`.
unsafe impl<P> Sync for List<P> {}

impl<P> Drop for List<P> {
    fn drop(&mut self) {
        if *self.initialized.get_mut() {
            // SAFETY: the list is initialized, and all blocks are back, since each has a reference; the level is one at which
            // blocks of this pool can be freed.
            unsafe { sys::ExDeleteLookasideListEx(self.raw.get()) };
        }
    }
}

impl<P> List<P> {
    /// ExAllocateFromLookasideListEx, which is inline in the headers.
    ///
    /// # Safety
    ///
    /// The list is initialized; the level is at most that of its pool.
    unsafe fn allocate(&self) -> Option<NonNull<u8>> {
        let list = self.raw.get();
        // SAFETY: the caller vouches for the list. Its counters are changed by several threads, as atomics here.
        unsafe {
            let general = &raw mut (*list).L;
            count(&raw mut (*general).TotalAllocates);
            let entry = sys::ExpInterlockedPopEntrySList(&raw mut (*general).__bindgen_anon_1.ListHead);
            if !entry.is_null() {
                return NonNull::new(entry.cast());
            }
            count(&raw mut (*general).__bindgen_anon_2.AllocateMisses);
            let allocate = (*general).__bindgen_anon_4.AllocateEx?;
            NonNull::new(allocate((*general).Type, (*general).Size.into(), (*general).Tag, list).cast())
        }
    }

    /// ExFreeToLookasideListEx, which is inline in the headers.
    ///
    /// # Safety
    ///
    /// As for `allocate`; the block came from this list, and is not used again.
    unsafe fn free(&self, block: NonNull<u8>) {
        let list = self.raw.get();
        // SAFETY: as in `allocate`.
        unsafe {
            let general = &raw mut (*list).L;
            count(&raw mut (*general).TotalFrees);
            let head = &raw mut (*general).__bindgen_anon_1.ListHead;
            if sys::ExQueryDepthSList(head) < (&raw const (*general).Depth).read_volatile() {
                sys::ExpInterlockedPushEntrySList(head, block.as_ptr().cast());
                return;
            }
            count(&raw mut (*general).__bindgen_anon_3.FreeMisses);
            if let Some(free) = (*general).__bindgen_anon_5.FreeEx {
                free(block.as_ptr().cast(), list);
            }
        }
    }
}

/// Counts one more, as the system looks at from time to time.
///
/// # Safety
///
/// The counter is one of an initialized list.
unsafe fn count(counter: *mut u32) {
    // SAFETY: the caller vouches for the counter, whose other users are as careless about losing one as this is not.
    unsafe { AtomicU32::from_ptr(counter) }.fetch_add(1, Ordering::Relaxed);
}

impl<T, P: HasLevel> Lookaside<T, P> {
    /// An empty list. Wraps ExInitializeLookasideListEx, with the pool's own routines. Highest IRQL: that of the pool.
    ///
    /// # Errors
    ///
    /// STATUS_INSUFFICIENT_RESOURCES.
    pub fn try_new<L: NotAbove<P::Level>>(tag: Tag, _: Irql<'_, L>) -> Result<Self> {
        const { assert!(align_of::<Block<T, P>>() <= 16, "blocks are aligned to 16 bytes") };
        // SAFETY: zeroes are a LOOKASIDE_LIST_EX, which becomes an initialized one below.
        let raw = UnsafeCell::new(unsafe { core::mem::zeroed() });
        let list = Shared::try_new(List { raw, initialized: AtomicBool::new(false), pool: PhantomData::<P> }, tag)?;
        // SAFETY: the memory is nonpaged and in its place, and nobody else knows it yet.
        Error::check(unsafe {
            sys::ExInitializeLookasideListEx(
                list.raw.get(),
                None,
                None,
                P::TYPE,
                0,
                size_of::<Block<T, P>>() as sys::SIZE_T,
                tag.raw(),
                0,
            )
        })?;
        // INVARIANT: the list was initialized where it stays.
        list.initialized.store(true, Ordering::Release);
        Ok(Self(list, PhantomData))
    }

    /// Moves `value` into a block, of the list or new. Highest IRQL: that of the pool.
    ///
    /// # Errors
    ///
    /// STATUS_INSUFFICIENT_RESOURCES; the value is dropped then.
    pub fn allocate<L: NotAbove<P::Level>>(&self, value: T, _: Irql<'_, L>) -> Result<LookasideBox<T, P>> {
        // SAFETY: by the invariant the list is initialized, and the level is at most that of its pool.
        let block = unsafe { self.0.allocate() }.ok_or(Error::INSUFFICIENT_RESOURCES)?.cast::<Block<T, P>>();
        // SAFETY: the block is nobody else's, as large as the list was made for, and aligned.
        unsafe { block.write(Block { value, list: self.0.clone() }) };
        // INVARIANT: the block was just written.
        Ok(LookasideBox(block, PhantomData))
    }
}

impl<T, P: HasLevel> Clone for Lookaside<T, P> {
    fn clone(&self) -> Self {
        Self(self.0.clone(), PhantomData)
    }
}

/// A value, and the list that its block goes back to.
struct Block<T, P: HasLevel> {
    value: T,
    list: Shared<List<P>, NonPaged>,
}

/// A value in a block of a [`Lookaside`]; the block goes back on drop.
///
/// # Invariants
///
/// The pointer is to an initialized block of the list that is named in it, which this value alone owns.
pub struct LookasideBox<T, P: HasLevel>(NonNull<Block<T, P>>, PhantomData<Block<T, P>>);

// SAFETY: the box owns its value, so it can go where the value can.
unsafe impl<T: Send, P: HasLevel> Send for LookasideBox<T, P> {}
// SAFETY: a shared box gives a shared value and nothing else.
unsafe impl<T: Sync, P: HasLevel> Sync for LookasideBox<T, P> {}

// A shared one leads to what is in it.
impl<T: UnwindSafe, P: HasLevel + UnwindSafe> UnwindSafe for LookasideBox<T, P> {}
// The block and its list are nonpaged.
impl<T: Resident> RefUnwindSafe for LookasideBox<T, NonPaged> {}
impl<T> RefUnwindSafe for Lookaside<T, NonPaged> {}

impl<T, P: HasLevel> Deref for LookasideBox<T, P> {
    type Target = T;
    fn deref(&self) -> &T {
        // SAFETY: by the invariant the block is initialized.
        unsafe { &self.0.as_ref().value }
    }
}

impl<T, P: HasLevel> DerefMut for LookasideBox<T, P> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: by the invariant the block is initialized, and this value alone owns it.
        unsafe { &mut self.0.as_mut().value }
    }
}

impl<T, P: HasLevel> Drop for LookasideBox<T, P> {
    fn drop(&mut self) {
        // SAFETY: by the invariant the block is initialized, and it is read here once; the value is dropped with it.
        let Block { value, list } = unsafe { self.0.read() };
        drop(value);
        // SAFETY: the block came from this list. What has a paged block is not resident, so the level is low enough.
        unsafe { list.free(self.0.cast()) };
    }
}

// SAFETY: a box is its pointer.
unsafe impl<T: Send + 'static> Carry for LookasideBox<T, NonPaged> {
    fn into_raw(self) -> *mut c_void {
        ManuallyDrop::new(self).0.as_ptr().cast()
    }
    unsafe fn from_raw(raw: *mut c_void) -> Self {
        // SAFETY: the caller passes on what `into_raw` gave, which is not NULL.
        Self(unsafe { NonNull::new_unchecked(raw.cast()) }, PhantomData)
    }
}

// SAFETY: the block and its list are nonpaged, what the value owns is so as well, and the value is Send.
unsafe impl<T: Resident + Send + 'static, L: Level> CarryTo<L> for LookasideBox<T, NonPaged> {}
