//! The context types of a filter.

use super::kind::{self, sealed::Kind as _};
use crate::filter::Filter;
use crate::pool::{Pool, Tag};
use core::any::TypeId;
use core::ffi::c_void;
use core::marker::PhantomData;
use core::ptr;
use fltmgr_sys as sys;

/// A type that is the context of one kind of object, in the filter that it belongs to.
pub trait Context: Send + Sync + Sized + 'static {
    /// The filter that registers it.
    type Filter: Filter;
    /// The kind of object that it is on.
    type Kind: kind::Kind;
    /// Where it lies. A context in paged pool can be used and released up to APC_LEVEL only (J-21), so that references to
    /// it go to no other thread, as [`ContextRef`](super::ContextRef) says.
    type Pool: Pool;
    /// The tag of its memory.
    const TAG: Tag;
}

/// The context types of a filter, as a constant table; at most one type for a kind.
///
/// An entry is of a fixed size, that of the type. ContextAllocateCallback and ContextFreeCallback have no place here: they
/// would hand out memory for the Filter Manager's own header as well, which nothing could check, for what its lookaside
/// lists do as well (J-05). FLTFL_CONTEXT_REGISTRATION_NO_EXACT_SIZE_MATCH is for requests that differ in size, and a type
/// has one (J-04).
pub struct Contexts<F> {
    entries: [sys::FLT_CONTEXT_REGISTRATION; ROOM],
    types: [Option<TypeId>; ROOM],
    length: usize,
    filter: PhantomData<fn() -> F>,
}

/// Every kind once, and the end mark.
const ROOM: usize = 8;

impl<F: Filter> Contexts<F> {
    const END: sys::FLT_CONTEXT_REGISTRATION = sys::FLT_CONTEXT_REGISTRATION {
        ContextType: sys::FLT_CONTEXT_END as u16,
        Flags: 0,
        ContextCleanupCallback: None,
        Size: 0,
        PoolTag: 0,
        ContextAllocateCallback: None,
        ContextFreeCallback: None,
        Reserved1: ptr::null_mut(),
    };

    /// No contexts.
    pub const fn new() -> Self {
        Self { entries: [Self::END; ROOM], types: [None; ROOM], length: 0, filter: PhantomData }
    }

    /// Adds the type `T`. A second type for the same kind does not compile, since that is how a context that was got is
    /// known to be a `T`.
    #[must_use]
    pub const fn with<T: Context<Filter = F>>(mut self) -> Self {
        let kind = <T::Kind as kind::sealed::Kind>::TYPE;
        let mut index = 0;
        while index < self.length {
            assert!(self.entries[index].ContextType != kind, "a kind of context has one type");
            index += 1;
        }
        assert!(
            size_of::<T>() > 0 && size_of::<T>() <= u16::MAX as usize,
            "a context takes 1 to 65,535 bytes (J-05, X-08)"
        );
        assert!(
            kind != sys::FLT_VOLUME_CONTEXT as u16 || <T::Pool as Pool>::TYPE != sys::PagedPool,
            "the context of a volume lies in nonpaged pool (J-07)"
        );
        self.entries[self.length] = sys::FLT_CONTEXT_REGISTRATION {
            ContextType: kind,
            Flags: 0,
            ContextCleanupCallback: Some(cleanup::<T>),
            Size: size_of::<T>() as sys::SIZE_T,
            PoolTag: T::TAG.raw(),
            ContextAllocateCallback: None,
            ContextFreeCallback: None,
            Reserved1: ptr::null_mut(),
        };
        self.types[self.length] = Some(TypeId::of::<T>());
        self.length += 1;
        self
    }

    /// Whether there is an entry of this kind and size.
    const fn has(&self, kind: u16, size: usize) -> bool {
        let mut index = 0;
        while index < self.length {
            let entry = &self.entries[index];
            if entry.ContextType == kind && entry.Size == size as sys::SIZE_T {
                return true;
            }
            index += 1;
        }
        false
    }

    /// The table as FLT_REGISTRATION takes it.
    pub(crate) const fn as_raw(&'static self) -> *const sys::FLT_CONTEXT_REGISTRATION {
        self.entries.as_ptr()
    }
}

impl<F: Filter> Default for Contexts<F> {
    fn default() -> Self {
        Self::new()
    }
}

/// Whether `T` is the registered type of its kind. The table is a constant, so this is one as well.
pub(super) fn is_registered<T: Context>() -> bool {
    const {
        assert!(
            T::Filter::CONTEXTS.has(T::Kind::TYPE, size_of::<T>()),
            "the filter does not register this type of context"
        );
    }
    T::Filter::CONTEXTS.types.contains(&Some(TypeId::of::<T>()))
}

sys::callback! {
    /// Runs just before the memory of a context is freed (J-32).
    unsafe fn cleanup<T: Context>(context: *mut c_void, _: sys::FLT_CONTEXT_TYPE) {
        // SAFETY: every context of this kind was made by `ContextRef::allocate`, which writes a `T`, and the Filter Manager
        // cleans it up once, when nobody refers to it any more.
        unsafe { context.cast::<T>().drop_in_place() };
    }
}
