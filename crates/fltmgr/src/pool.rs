//! Pool memory: every allocation is tagged, says in its type whether it is paged, and can fail.
//!
//! ```
//! use fltmgr::Result;
//! use fltmgr::pool::{NonPaged, PoolVec, Tag};
//!
//! fn copy_of(name: &[u16]) -> Result<PoolVec<u16, NonPaged>> {
//!     PoolVec::try_from_slice(name, Tag::new(*b"Exmp"))
//! }
//! ```

mod aligned;

pub use aligned::AlignedBuffer;

use crate::status::{Error, Result};
use core::marker::PhantomData;
use core::ops::{Deref, DerefMut};
use core::panic::UnwindSafe;
use core::ptr::NonNull;
use core::sync::atomic::{AtomicUsize, Ordering, fence};
use fltmgr_sys as sys;

/// A pool tag, of four ASCII characters, as debuggers and `poolmon` show it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Tag(u32);

impl Tag {
    /// The tag of these four characters.
    ///
    /// ```
    /// const TAG: fltmgr::pool::Tag = fltmgr::pool::Tag::new(*b"Exmp");
    /// ```
    pub const fn new(characters: [u8; 4]) -> Self {
        let mut index = 0;
        while index < 4 {
            assert!(characters[index] > b' ' && characters[index] < 0x7F, "a pool tag has four printable characters");
            index += 1;
        }
        Self(u32::from_le_bytes(characters))
    }

    /// The value as C has it.
    pub const fn raw(self) -> u32 {
        self.0
    }
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::Paged {}
    impl Sealed for super::NonPaged {}
}

/// Paged or nonpaged pool.
pub trait Pool: sealed::Sealed + 'static {
    /// The POOL_TYPE that allocates it.
    #[doc(hidden)]
    const TYPE: sys::POOL_TYPE;
}

/// Paged pool: to be touched at APC_LEVEL or below only. What has it is not [`Resident`](crate::resident::Resident).
pub struct Paged(PhantomData<&'static (dyn Send + Sync)>);
impl Pool for Paged {
    const TYPE: sys::POOL_TYPE = sys::PagedPool;
}

/// Nonpaged, non-executable pool: to be touched at any IRQL.
pub struct NonPaged;
impl Pool for NonPaged {
    const TYPE: sys::POOL_TYPE = sys::NonPagedPoolNx;
}

/// The alignment that every pool block has on 64-bit Windows.
const POOL_ALIGNMENT: usize = 16;

/// Allocates `length` bytes of pool, which is 16-byte aligned, and page aligned from a page on.
fn allocate<P: Pool>(length: usize, tag: Tag) -> Result<NonNull<u8>> {
    // At DISPATCH_LEVEL there is no paged memory to be had: it could not even be given back there.
    // SAFETY: the routine has no argument, and any level will do.
    if P::TYPE == sys::PagedPool && unsafe { sys::KeGetCurrentIrql() } > sys::APC_LEVEL as u8 {
        return Err(Error::INSUFFICIENT_RESOURCES);
    }
    // Nobody may ask for no bytes at all.
    // SAFETY: the level is at most DISPATCH_LEVEL, as all of a filter's are, and at most APC_LEVEL for paged pool; the tag is
    // not zero.
    let block = unsafe { sys::ExAllocatePoolWithTag(P::TYPE, length.max(1) as sys::SIZE_T, tag.raw()) };
    NonNull::new(block.cast()).ok_or(Error::INSUFFICIENT_RESOURCES)
}

/// Frees a block of [`allocate`].
///
/// # Safety
///
/// `block` came from [`allocate`] and is not used again.
unsafe fn free(block: NonNull<u8>) {
    // SAFETY: the caller vouches for the block; tag 0 frees a block of any tag.
    unsafe { sys::ExFreePoolWithTag(block.as_ptr().cast(), 0) };
}

/// A value in a pool block of its own: a `Box` whose allocation can fail. Wraps ExAllocatePoolWithTag and
/// ExFreePoolWithTag, up to DISPATCH_LEVEL, and for paged pool up to APC_LEVEL: above it there is none
/// (STATUS_INSUFFICIENT_RESOURCES).
///
/// # Invariants
///
/// The pointer is to an initialized `T` in a live block that this value alone owns.
pub struct PoolBox<T, P: Pool>(NonNull<T>, PhantomData<(T, P)>);

// SAFETY: the box owns its value, so it can go where the value can.
unsafe impl<T: Send, P: Pool> Send for PoolBox<T, P> {}
// SAFETY: a shared box gives a shared value and nothing else.
unsafe impl<T: Sync, P: Pool> Sync for PoolBox<T, P> {}

// A shared one leads to what is in it.
impl<T: UnwindSafe, P: Pool + UnwindSafe> UnwindSafe for PoolBox<T, P> {}

impl<T, P: Pool> PoolBox<T, P> {
    /// Moves `value` into pool.
    ///
    /// # Errors
    ///
    /// STATUS_INSUFFICIENT_RESOURCES; the value is dropped then.
    pub fn try_new(value: T, tag: Tag) -> Result<Self> {
        Self::try_new_or_back(value, tag).map_err(|(_, error)| error)
    }

    /// As [`PoolBox::try_new`], but gives the value back.
    ///
    /// # Errors
    ///
    /// The value and STATUS_INSUFFICIENT_RESOURCES.
    pub fn try_new_or_back(value: T, tag: Tag) -> core::result::Result<Self, (T, Error)> {
        const { assert!(align_of::<T>() <= POOL_ALIGNMENT, "pool blocks are aligned to 16 bytes") };
        let block = match allocate::<P>(size_of::<T>(), tag) {
            Ok(block) => block.cast::<T>(),
            Err(error) => return Err((value, error)),
        };
        // SAFETY: the block is new, large enough and aligned.
        unsafe { block.write(value) };
        // INVARIANT: the value was just written and nobody else knows the block.
        Ok(Self(block, PhantomData))
    }

    /// Moves the value out of pool.
    pub fn into_inner(self) -> T {
        let block = self.into_raw();
        // SAFETY: by the invariant the value is initialized, and the box that owned it is gone.
        let value = unsafe { block.read() };
        // SAFETY: the block came from `allocate`, and its value was moved out.
        unsafe { free(block.cast()) };
        value
    }

    /// Gives the block up as a pointer, to be taken back by [`Self::from_raw`].
    pub(crate) fn into_raw(self) -> NonNull<T> {
        let pointer = self.0;
        core::mem::forget(self);
        pointer
    }

    /// Takes back what [`Self::into_raw`] gave.
    ///
    /// # Safety
    ///
    /// `pointer` came from `into_raw` of the same type and is taken back once.
    pub(crate) unsafe fn from_raw(pointer: NonNull<T>) -> Self {
        // INVARIANT: the caller passes the ownership on.
        Self(pointer, PhantomData)
    }
}

impl<T, P: Pool> Deref for PoolBox<T, P> {
    type Target = T;
    fn deref(&self) -> &T {
        // SAFETY: by the invariant the value is live and initialized.
        unsafe { self.0.as_ref() }
    }
}

impl<T, P: Pool> DerefMut for PoolBox<T, P> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: by the invariant the value is live, and this box alone owns it.
        unsafe { self.0.as_mut() }
    }
}

impl<T, P: Pool> Drop for PoolBox<T, P> {
    fn drop(&mut self) {
        // SAFETY: by the invariant the value is live and is dropped here once.
        unsafe { self.0.drop_in_place() };
        // SAFETY: the block came from `allocate` and ends here.
        unsafe { free(self.0.cast()) };
    }
}

/// A growable array in pool: a `Vec` whose growth can fail. It allocates as [`PoolBox`] does.
///
/// # Invariants
///
/// `block` has room for `capacity` values, of which the first `length` are initialized; it dangles if `capacity` is 0.
pub struct PoolVec<T, P: Pool> {
    block: NonNull<T>,
    length: usize,
    capacity: usize,
    tag: Tag,
    pool: PhantomData<(T, P)>,
}

// SAFETY: the array owns its values.
unsafe impl<T: Send, P: Pool> Send for PoolVec<T, P> {}
// SAFETY: a shared array gives shared values and nothing else.
unsafe impl<T: Sync, P: Pool> Sync for PoolVec<T, P> {}

// A shared one leads to what is in it.
impl<T: UnwindSafe, P: Pool + UnwindSafe> UnwindSafe for PoolVec<T, P> {}

impl<T: Copy, P: Pool> PoolVec<T, P> {
    /// An array of `length` copies of `value`.
    ///
    /// # Errors
    ///
    /// STATUS_INSUFFICIENT_RESOURCES.
    pub fn try_filled(value: T, length: usize, tag: Tag) -> Result<Self> {
        let mut array = Self::new(tag);
        array.try_reserve(length)?;
        for index in 0..length {
            // SAFETY: the index is below the reserved capacity.
            unsafe { array.block.add(index).write(value) };
        }
        // INVARIANT: the first `length` values were just written.
        array.length = length;
        Ok(array)
    }

    /// A copy of `values`.
    ///
    /// # Errors
    ///
    /// STATUS_INSUFFICIENT_RESOURCES.
    pub fn try_from_slice(values: &[T], tag: Tag) -> Result<Self> {
        let mut array = Self::new(tag);
        array.try_extend(values)?;
        Ok(array)
    }

    /// Appends `values`.
    ///
    /// # Errors
    ///
    /// STATUS_INSUFFICIENT_RESOURCES; the array is unchanged then.
    pub fn try_extend(&mut self, values: &[T]) -> Result<()> {
        self.try_reserve(values.len())?;
        // SAFETY: there is room behind the first `length` values, and the borrowed slice is not part of this array.
        unsafe { self.block.add(self.length).as_ptr().copy_from_nonoverlapping(values.as_ptr(), values.len()) };
        // INVARIANT: that many more values are initialized.
        self.length += values.len();
        Ok(())
    }

    /// Keeps the first `length` values.
    pub fn truncate(&mut self, length: usize) {
        // INVARIANT: fewer of the initialized values are left; a `Copy` type needs no drop.
        self.length = self.length.min(length);
    }
}

impl<T, P: Pool> PoolVec<T, P> {
    /// An empty array, which allocates nothing.
    pub const fn new(tag: Tag) -> Self {
        const { assert!(align_of::<T>() <= POOL_ALIGNMENT && size_of::<T>() > 0, "pool blocks are aligned to 16 bytes") };
        Self { block: NonNull::dangling(), length: 0, capacity: 0, tag, pool: PhantomData }
    }

    /// An array of `length` values that `make` gives.
    ///
    /// # Errors
    ///
    /// STATUS_INSUFFICIENT_RESOURCES.
    pub fn try_filled_with(mut make: impl FnMut() -> T, length: usize, tag: Tag) -> Result<Self> {
        let mut array = Self::new(tag);
        array.try_reserve(length)?;
        for index in 0..length {
            // SAFETY: the index is below the reserved capacity.
            unsafe { array.block.add(index).write(make()) };
        }
        // INVARIANT: the first `length` values were just written.
        array.length = length;
        Ok(array)
    }

    /// Makes room for `additional` more values.
    ///
    /// # Errors
    ///
    /// STATUS_INSUFFICIENT_RESOURCES.
    pub fn try_reserve(&mut self, additional: usize) -> Result<()> {
        let wanted = self.length.checked_add(additional).ok_or(Error::INSUFFICIENT_RESOURCES)?;
        if wanted <= self.capacity {
            return Ok(());
        }
        let capacity = wanted.max(self.capacity.saturating_mul(2));
        let bytes = capacity.checked_mul(size_of::<T>()).ok_or(Error::INSUFFICIENT_RESOURCES)?;
        let block = allocate::<P>(bytes, self.tag)?.cast::<T>();
        // SAFETY: the new block is apart from the old one and has room for the old one's initialized values.
        unsafe { block.copy_from_nonoverlapping(self.block, self.length) };
        self.release();
        // INVARIANT: the values moved along with the capacity that was asked for.
        self.block = block;
        self.capacity = capacity;
        Ok(())
    }

    fn release(&mut self) {
        if self.capacity != 0 {
            // SAFETY: a block with a capacity came from `allocate`; the caller replaces it or ends the array.
            unsafe { free(self.block.cast()) };
        }
    }
}

impl<T, P: Pool> Deref for PoolVec<T, P> {
    type Target = [T];
    fn deref(&self) -> &[T] {
        // SAFETY: by the invariant the first `length` values are initialized.
        unsafe { core::slice::from_raw_parts(self.block.as_ptr(), self.length) }
    }
}

impl<T, P: Pool> DerefMut for PoolVec<T, P> {
    fn deref_mut(&mut self) -> &mut [T] {
        // SAFETY: by the invariant the first `length` values are initialized, and this array alone owns them.
        unsafe { core::slice::from_raw_parts_mut(self.block.as_ptr(), self.length) }
    }
}

impl<T, P: Pool> AsRef<[T]> for PoolVec<T, P> {
    fn as_ref(&self) -> &[T] {
        self
    }
}

impl<T, P: Pool> Drop for PoolVec<T, P> {
    fn drop(&mut self) {
        let values: *mut [T] = &raw mut **self;
        // SAFETY: by the invariant the values are initialized, and they are dropped here once.
        unsafe { values.drop_in_place() };
        self.release();
    }
}

struct Counted<T> {
    references: AtomicUsize,
    value: T,
}

/// A shared, counted value in pool: an `Arc` whose allocation can fail. It allocates as [`PoolBox`] does.
///
/// # Invariants
///
/// The pointer is to a live block whose count includes this reference.
pub struct Shared<T, P: Pool>(NonNull<Counted<T>>, PhantomData<(Counted<T>, P)>);

// SAFETY: references in several threads give `&T`, and the last one drops the `T`, wherever it is.
unsafe impl<T: Send + Sync, P: Pool> Send for Shared<T, P> {}
// SAFETY: as for `Send`.
unsafe impl<T: Send + Sync, P: Pool> Sync for Shared<T, P> {}

// A shared one leads to what is in it.
impl<T: UnwindSafe, P: Pool + UnwindSafe> UnwindSafe for Shared<T, P> {}

impl<T, P: Pool> Shared<T, P> {
    /// Moves `value` into pool, with one reference to it.
    ///
    /// # Errors
    ///
    /// STATUS_INSUFFICIENT_RESOURCES; the value is dropped then.
    pub fn try_new(value: T, tag: Tag) -> Result<Self> {
        let counted = PoolBox::<_, P>::try_new(Counted { references: AtomicUsize::new(1), value }, tag)?;
        // INVARIANT: the count of 1 is this reference.
        Ok(Self(counted.into_raw(), PhantomData))
    }

    /// Whether both refer to the same value.
    pub fn same(&self, other: &Self) -> bool {
        self.0 == other.0
    }

    /// Whether this is the only reference. Then what others did through theirs has happened, and only the holder of
    /// this one can make another.
    pub fn is_unique(&self) -> bool {
        self.counted().references.load(Ordering::Acquire) == 1
    }

    /// Gives the reference up as a pointer, to be taken back by [`Self::from_raw`].
    pub(crate) fn into_raw(self) -> NonNull<()> {
        let pointer = self.0.cast();
        core::mem::forget(self);
        pointer
    }

    /// Takes back what [`Self::into_raw`] gave.
    ///
    /// # Safety
    ///
    /// `pointer` came from `into_raw` of the same type and is taken back once.
    pub(crate) unsafe fn from_raw(pointer: NonNull<()>) -> Self {
        // INVARIANT: the caller passes the reference on.
        Self(pointer.cast(), PhantomData)
    }

    fn counted(&self) -> &Counted<T> {
        // SAFETY: by the invariant the block is live.
        unsafe { self.0.as_ref() }
    }
}

impl<T, P: Pool> Clone for Shared<T, P> {
    fn clone(&self) -> Self {
        // A new reference is made from one that keeps the value alive, so no ordering is needed.
        self.counted().references.fetch_add(1, Ordering::Relaxed);
        // INVARIANT: the count includes the new reference.
        Self(self.0, PhantomData)
    }
}

impl<T, P: Pool> Deref for Shared<T, P> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.counted().value
    }
}

impl<T, P: Pool> Drop for Shared<T, P> {
    fn drop(&mut self) {
        // Release, so that what this thread did with the value comes before the drop in the thread that is last.
        if self.counted().references.fetch_sub(1, Ordering::Release) == 1 {
            fence(Ordering::Acquire);
            // SAFETY: the count is zero, so this was the last reference, and the block came from a `PoolBox`.
            drop(unsafe { PoolBox::<_, P>::from_raw(self.0) });
        }
    }
}
