//! A filter's own parameters: values, and the lists that it makes.

use super::list::EcpListRef;
use crate::filter::{Filter, LetGoOfFirst, filter_handle};
use crate::guid::Guid;
use crate::irql::{ApcLevel, Irql, NotAbove};
use crate::op;
use crate::operation::Before;
use crate::pool::{Paged, Tag};
use crate::reference::Reference;
use crate::status::{Error, Result};
use core::any::TypeId;
use core::ffi::c_void;
use core::hash::{Hash, Hasher};
use core::marker::PhantomData;
use core::mem::ManuallyDrop;
use core::ptr::{self, NonNull};
use core::sync::atomic::AtomicU8;
use fltmgr_sys as sys;

/// A type that a filter sends along with creates. It lies in nonpaged pool and is dropped, at APC_LEVEL at most, when the
/// create or the list that it is in ends; the filter is not unloaded before that.
pub trait ExtraCreateParameter: Send + Sync + Sized + 'static {
    /// The filter that sends it, and finds it.
    type Filter: Filter;
    /// What tells it from others. No system-defined one may be sent by a filter (B-35).
    const GUID: Guid;
    /// The tag of its memory.
    const TAG: Tag;
}

/// Lies in this driver, as nothing of another's does. It can be written, so that no linker takes another constant for it.
static DRIVER: AtomicU8 = AtomicU8::new(0);

/// What says that a value is of a type of this driver, and lies where it was put: anybody may send bytes under any GUID, and
/// a copy of a value's bytes is no value.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(C)]
struct Mark {
    /// The address of [`DRIVER`].
    driver: usize,
    /// The address of the mark itself; 0 once the value is not there any more.
    place: usize,
    /// The hash of the type.
    kind: u64,
}

impl Mark {
    /// That of a `T` at this address.
    fn of<T: ExtraCreateParameter>(place: *const u8) -> Self {
        /// Keeps what is hashed, which of a type is one number.
        struct Kept(u64);
        impl Hasher for Kept {
            fn finish(&self) -> u64 {
                self.0
            }
            fn write(&mut self, bytes: &[u8]) {
                for byte in bytes {
                    self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
                }
            }
            fn write_u64(&mut self, number: u64) {
                self.0 = number;
            }
        }
        let mut kept = Kept(0);
        TypeId::of::<T>().hash(&mut kept);
        Self { driver: (&raw const DRIVER).addr(), place: place.addr(), kind: kept.finish() }
    }

    /// What lies where a mark of this driver would.
    ///
    /// # Safety
    ///
    /// That many bytes are there.
    unsafe fn read(context: NonNull<u8>, size: usize) -> Option<Self> {
        let mark = context.cast::<Self>();
        // SAFETY: the bytes are there, and a mark is three numbers. Others may write what is not this driver's.
        (size >= size_of::<Self>() && mark.is_aligned()).then(|| unsafe { mark.read_volatile() })
    }
}

/// The memory of a value.
///
/// # Invariants
///
/// A reference to the filter is owned. The value is there until it is taken out.
#[repr(C)]
struct Block<T> {
    mark: Mark,
    value: Option<T>,
}

/// Whether a value of this driver lies at an address, of whatever type. Its bytes are nobody's but the type's.
///
/// # Safety
///
/// That many bytes are there.
pub(super) unsafe fn is_own(context: NonNull<u8>, size: usize) -> bool {
    // SAFETY: passed on.
    let mark = unsafe { Mark::read(context, size) };
    mark.is_some_and(|mark| mark.driver == (&raw const DRIVER).addr() && mark.place == context.addr().get())
}

/// The value that lies at an address, if it is a `T` of this driver.
///
/// # Safety
///
/// That many bytes are there for the chosen lifetime, and the value is not taken out.
pub(super) unsafe fn value_of<'a, T: ExtraCreateParameter>(context: NonNull<u8>, size: usize) -> Option<&'a T> {
    // SAFETY: passed on.
    let block = unsafe { block_of::<T>(context, size) }?;
    // SAFETY: the mark says that this driver has written the block.
    unsafe { block.as_ref() }.value.as_ref()
}

/// The block at an address, if it is that of a `T` of this driver.
///
/// # Safety
///
/// That many bytes are there.
unsafe fn block_of<T: ExtraCreateParameter>(context: NonNull<u8>, size: usize) -> Option<NonNull<Block<T>>> {
    let block = context.cast::<Block<T>>();
    // SAFETY: passed on.
    let mark = unsafe { Mark::read(context, size) };
    let is_one = size == size_of::<Block<T>>() && block.is_aligned() && mark == Some(Mark::of::<T>(context.as_ptr()));
    is_one.then_some(block)
}

sys::callback! {
    /// The cleanup callback of a value: it is about to be freed.
    ///
    /// # Safety
    ///
    /// The context was allocated by [`allocate`] for a `T`, and this is its end.
    unsafe fn cleanup<T: ExtraCreateParameter>(context: *mut c_void, _: sys::LPCGUID) {
        let block = context.cast::<Block<T>>();
        // SAFETY: the block was written when it was allocated. What lies there next is not taken for it.
        unsafe { (&raw mut (*block).mark.place).write_volatile(0) };
        // SAFETY: the block is dropped here once.
        unsafe { block.drop_in_place() };
        // SAFETY: by the invariant of the block the reference is owned, and it is given back here once, at the very end.
        drop(unsafe { Reference::from_raw(NonNull::new_unchecked(filter_handle::<T::Filter>())) });
    }
}

/// Moves a value into memory of a parameter that is in no list.
///
/// # Safety
///
/// APC_LEVEL at most.
unsafe fn allocate<T: ExtraCreateParameter>(value: T) -> Result<NonNull<Block<T>>> {
    const { assert!(align_of::<Block<T>>() <= 8, "extra create parameters are aligned to 8 bytes") };
    let filter = NonNull::new(filter_handle::<T::Filter>()).ok_or(Error::DELETING_OBJECT)?;
    // SAFETY: the filter is registered, since its code runs with the witness of an IRQL.
    let filter = unsafe { Reference::take(filter) }?;
    let (guid, mut context) = (T::GUID.raw(), ptr::null_mut());
    // SAFETY: the level is as the routine asks, and the result has a place.
    Error::check(unsafe {
        sys::FltAllocateExtraCreateParameter(
            filter.as_raw(),
            &raw const guid,
            size_of::<Block<T>>() as u32,
            sys::FSRTL_ALLOCATE_ECP_FLAG_NONPAGED_POOL,
            Some(cleanup::<T>),
            T::TAG.raw(),
            &raw mut context,
        )
    })?;
    let context = NonNull::new(context.cast::<Block<T>>()).ok_or(Error::INSUFFICIENT_RESOURCES)?;
    // SAFETY: the memory is new, large enough and aligned.
    // INVARIANT: the reference was just taken, and is the block's from here on.
    unsafe { context.write(Block { mark: Mark::of::<T>(context.as_ptr().cast()), value: Some(value) }) };
    core::mem::forget(filter);
    Ok(context)
}

/// Inserts a value into a list.
///
/// # Safety
///
/// The list is there, and nobody else has it; APC_LEVEL at most.
unsafe fn insert<T: ExtraCreateParameter>(list: NonNull<sys::ECP_LIST>, value: T) -> Result<()> {
    // SAFETY: the level is passed on.
    let context = unsafe { allocate(value) }?;
    let filter = filter_handle::<T::Filter>();
    // SAFETY: both are there, and the context is in no list.
    let inserted =
        Error::check(unsafe { sys::FltInsertExtraCreateParameter(filter, list.as_ptr(), context.as_ptr().cast()) });
    if let Err(error) = inserted {
        // SAFETY: it is in no list still; its cleanup drops the value.
        unsafe { sys::FltFreeExtraCreateParameter(filter, context.as_ptr().cast()) };
        return Err(error);
    }
    Ok(())
}

/// Takes a value out of a list; `None` if there is none of this driver.
///
/// # Safety
///
/// As for [`insert`], and no reference to the value is there.
unsafe fn remove<T: ExtraCreateParameter>(view: EcpListRef<'_>, list: NonNull<sys::ECP_LIST>) -> Option<T> {
    view.find(T::GUID)?.value::<T>()?;
    let filter = filter_handle::<T::Filter>();
    let (guid, mut context, mut size) = (T::GUID.raw(), ptr::null_mut(), 0);
    // SAFETY: the list is there, and the results have places.
    let removed = Error::check(unsafe {
        sys::FltRemoveExtraCreateParameter(filter, list.as_ptr(), &raw const guid, &raw mut context, &raw mut size)
    });
    removed.ok()?;
    let context = NonNull::new(context.cast::<Block<T>>())?;
    // SAFETY: it was just looked at and is a value of this type, which nobody else has.
    let value = unsafe { (*context.as_ptr()).value.take() };
    // SAFETY: it is in no list any more; its cleanup finds no value.
    unsafe { sys::FltFreeExtraCreateParameter(filter, context.as_ptr().cast()) };
    value
}

/// A list of the filter's own. What is in it is dropped with it, unless it goes with a create that somebody else has
/// issued: [`Before::attach_ecp_list`] gives it away. A create of the filter's own leaves it to the filter (N-08).
///
/// The filter is not unloaded while it lives. Its drop wraps FltFreeExtraCreateParameterList.
///
/// # Invariants
///
/// The list was allocated, and nobody else has it, but a create that borrows it.
pub struct EcpList<F: Filter> {
    list: NonNull<sys::ECP_LIST>,
    filter: Reference<sys::FLT_FILTER>,
    owner: PhantomData<fn() -> F>,
    /// It is freed at APC_LEVEL at most. Who shares it is in one thread, as a filter below may add to it.
    place: PhantomData<(Paged, *const (), LetGoOfFirst)>,
}

// SAFETY: a list belongs to no thread, and what is in it is Send.
unsafe impl<F: Filter> Send for EcpList<F> {}

impl<F: Filter> EcpList<F> {
    /// An empty list. Wraps FltAllocateExtraCreateParameterList, and FltObjectReference on the filter. Highest IRQL:
    /// APC_LEVEL.
    ///
    /// # Errors
    ///
    /// STATUS_INSUFFICIENT_RESOURCES, STATUS_FLT_DELETING_OBJECT once the unload has begun.
    pub fn try_new<L: NotAbove<ApcLevel>>(_: Irql<'_, L>) -> Result<Self> {
        let filter = NonNull::new(filter_handle::<F>()).ok_or(Error::DELETING_OBJECT)?;
        // SAFETY: the filter is registered, since its code runs with the witness of an IRQL.
        let filter = unsafe { Reference::take(filter) }?;
        let mut list = ptr::null_mut();
        // SAFETY: the filter is there; the result has a place.
        Error::check(unsafe { sys::FltAllocateExtraCreateParameterList(filter.as_raw(), 0, &raw mut list) })?;
        let list = NonNull::new(list).ok_or(Error::INSUFFICIENT_RESOURCES)?;
        // INVARIANT: the list was just allocated.
        Ok(Self { list, filter, owner: PhantomData, place: PhantomData })
    }

    /// Adds a value. Wraps FltAllocateExtraCreateParameter and FltInsertExtraCreateParameter, up to APC_LEVEL.
    ///
    /// # Errors
    ///
    /// STATUS_INVALID_PARAMETER if there is one with its GUID, STATUS_INSUFFICIENT_RESOURCES, STATUS_FLT_DELETING_OBJECT
    /// once the unload has begun; the value is dropped then.
    pub fn insert<T, L>(&mut self, value: T, _: Irql<'_, L>) -> Result<()>
    where
        T: ExtraCreateParameter<Filter = F>,
        L: NotAbove<ApcLevel>,
    {
        // SAFETY: the list is this value's, and the level is that of the witness.
        unsafe { insert(self.list, value) }
    }

    /// Adds a copy of bytes, for a driver that knows what they mean. Wraps FltAllocateExtraCreateParameter and
    /// FltInsertExtraCreateParameter, up to APC_LEVEL.
    ///
    /// # Errors
    ///
    /// STATUS_INVALID_PARAMETER if there is one with this GUID, STATUS_INSUFFICIENT_RESOURCES, STATUS_ACCESS_DENIED for bytes
    /// that would pass for a value of the filter's.
    pub fn insert_bytes<L>(&mut self, guid: Guid, bytes: &[u8], tag: Tag, _: Irql<'_, L>) -> Result<()>
    where
        L: NotAbove<ApcLevel>,
    {
        let size = u32::try_from(bytes.len()).map_err(|_| Error::INSUFFICIENT_RESOURCES)?;
        let (filter, guid, mut context) = (self.filter.as_raw(), guid.raw(), ptr::null_mut());
        // SAFETY: the level is that of the witness, and the result has a place. Bytes need no cleanup.
        Error::check(unsafe {
            sys::FltAllocateExtraCreateParameter(filter, &raw const guid, size, 0, None, tag.raw(), &raw mut context)
        })?;
        // SAFETY: the memory is new and that large.
        unsafe { context.cast::<u8>().copy_from_nonoverlapping(bytes.as_ptr(), bytes.len()) };
        let inserted = match NonNull::new(context.cast()) {
            // SAFETY: the memory is that large.
            Some(start) if unsafe { is_own(start, bytes.len()) } => Err(Error::ACCESS_DENIED),
            // SAFETY: both are there, and the context is in no list.
            _ => Error::check(unsafe { sys::FltInsertExtraCreateParameter(filter, self.list.as_ptr(), context) }),
        };
        if let Err(error) = inserted {
            // SAFETY: it is in no list still.
            unsafe { sys::FltFreeExtraCreateParameter(filter, context) };
            return Err(error);
        }
        Ok(())
    }

    /// Takes a value out; `None` if there is none of this type that this driver has sent. Wraps
    /// FltRemoveExtraCreateParameter and FltFreeExtraCreateParameter, up to APC_LEVEL.
    pub fn remove<T, L>(&mut self, at: Irql<'_, L>) -> Option<T>
    where
        T: ExtraCreateParameter<Filter = F>,
        L: NotAbove<ApcLevel>,
    {
        let list = self.list;
        // SAFETY: the list is this value's, and the exclusive borrow is the only one; the level is that of the witness.
        unsafe { remove(self.view(at), list) }
    }

    /// What is in the list.
    pub fn view<'b, L: NotAbove<ApcLevel>>(&'b self, _: Irql<'b, L>) -> EcpListRef<'b> {
        // SAFETY: by the invariant the list is there for as long as it is borrowed; the level is that of the witness.
        unsafe { EcpListRef::new(self.filter.as_raw(), self.list) }
    }

    /// The list as C has it, which stays this value's (N-08).
    pub(crate) fn as_raw(&self) -> sys::PECP_LIST {
        self.list.as_ptr()
    }
}

impl<F: Filter> Drop for EcpList<F> {
    fn drop(&mut self) {
        // SAFETY: by the invariant the list is this value's, and it ends here with what is in it.
        unsafe { sys::FltFreeExtraCreateParameterList(self.filter.as_raw(), self.list.as_ptr()) };
    }
}

impl Before<'_, op::Create> {
    /// Sends a list along with the create, which it ends with. Wraps FltSetEcpListIntoCallbackData (B-34). Highest IRQL:
    /// APC_LEVEL.
    ///
    /// # Errors
    ///
    /// The list, and STATUS_INVALID_PARAMETER_3 if there is one already: [`Before::insert_ecp`] adds to it.
    pub fn attach_ecp_list<F, L>(
        &mut self,
        list: EcpList<F>,
        _: Irql<'_, L>,
    ) -> core::result::Result<(), (EcpList<F>, Error)>
    where
        F: Filter,
        L: NotAbove<ApcLevel>,
    {
        // SAFETY: the callback data is that of a create, which the filter controls; the level is that of the witness.
        let attached = Error::check(unsafe {
            sys::FltSetEcpListIntoCallbackData(list.filter.as_raw(), self.as_raw(), list.list.as_ptr())
        });
        match attached {
            Ok(_) => {
                // The list is the create's from here on; what is in it has its own references.
                let list = ManuallyDrop::new(list);
                // SAFETY: the list's own drop does not run, so the reference is taken out once.
                drop(unsafe { ptr::read(&raw const list.filter) });
                Ok(())
            }
            Err(error) => Err((list, error)),
        }
    }

    /// Sends a value along with the create: adds it to the list that comes with it, or to a new one. Wraps
    /// FltInsertExtraCreateParameter and, for a new list, FltSetEcpListIntoCallbackData (B-34), up to APC_LEVEL.
    ///
    /// # Errors
    ///
    /// Those of [`EcpList::try_new`] and [`EcpList::insert`]; the value is dropped then.
    pub fn insert_ecp<T, L>(&mut self, value: T, at: Irql<'_, L>) -> Result<()>
    where
        T: ExtraCreateParameter,
        L: NotAbove<ApcLevel>,
    {
        if let Some(present) = self.ecp_list(at)? {
            // SAFETY: the list is there, and the create, which is exclusively borrowed, is the filter's.
            return unsafe { insert(present.as_raw(), value) };
        }
        let mut list = EcpList::<T::Filter>::try_new(at)?;
        list.insert(value, at)?;
        self.attach_ecp_list(list, at).map_err(|(_, error)| error)
    }
}
