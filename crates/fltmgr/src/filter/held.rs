//! What a filter keeps that the Filter Manager waits for when the filter goes.

use crate::irql::{ApcLevel, Irql, NotAbove, PassiveLevel};
use crate::lock::{PushLock, Shared as SharedLock};
use crate::pool::{NonPaged, PoolVec, Shared, Tag};
use crate::status::{Error, Result};
use core::marker::PhantomPinned;
use core::ptr::NonNull;

/// What FltUnregisterFilter waits for (A-45, A-56). Whoever owns one is not [`Unpin`], which a [`Filter`](crate::Filter) has
/// to be, because its value is dropped after that call: no other trait of the core library tells of every type what it
/// contains, and nothing in a driver is pinned.
pub(crate) struct LetGoOfFirst(PhantomPinned);

/// A place in the filter for a value that has to be let go of before the Filter Manager can unregister the filter: an
/// operation that is pended, or a reference to an instance, a volume, a filter, a context or a file.
///
/// FltUnregisterFilter waits for these (A-45, A-56), and the filter's own value is dropped after it, because callbacks use it
/// until then: a field of the filter that had one would be waited for forever, and does not compile. What is in such a place
/// is dropped before, after [`Filter::stopping`](crate::Filter::stopping), and nothing can be put there from then on.
/// [`Starting::hold`](crate::Starting::hold) makes it.
///
/// ```
/// #![no_std]
/// use fltmgr::filter::{Attach, Held};
/// use fltmgr::instance::{Instance, OwnInstance, Setup};
/// use fltmgr::irql::{Irql, PassiveLevel};
/// use fltmgr::pool::Tag;
/// use fltmgr::{Filter, Operations, Result, Starting};
///
/// /// Knows the instance that it was given last.
/// struct Last(Held<OwnInstance>);
///
/// impl Filter for Last {
///     const OPERATIONS: Operations<Self> = Operations::new();
///
///     fn start(starting: &mut Starting<'_, Self>) -> Result<Self> {
///         starting.hold(None, Tag::new(*b"Last")).map(Self)
///     }
///
///     fn attach(&self, instance: Instance<'_>, _: Setup, at: Irql<'_, PassiveLevel>) -> Attach {
///         match instance.reference() {
///             Ok(instance) if self.0.put(instance, at).is_ok() => Attach::Yes,
///             _ => Attach::No,
///         }
///     }
/// }
///
/// fltmgr::driver!(Last);
/// # extern crate std;
/// # fn main() {}
/// ```
pub struct Held<T>(Shared<PushLock<Slot<T>>, NonPaged>);

// What is there is let go of before the filter unregisters.
impl<T> Unpin for Held<T> {}

/// What is in a place.
enum Slot<T> {
    Open(Option<T>),
    /// The filter goes.
    Closed,
}

/// A value that could not be put, because the filter goes.
pub struct NotHeld<T> {
    /// The value.
    pub value: T,
    /// STATUS_FLT_DELETING_OBJECT.
    pub error: Error,
}

/// A value in its place, which stays there as long as this is.
///
/// # Invariants
///
/// The slot is open and has a value.
pub struct HeldValue<'a, T>(SharedLock<'a, Slot<T>>);

impl<T> core::ops::Deref for HeldValue<'_, T> {
    type Target = T;
    fn deref(&self) -> &T {
        match &*self.0 {
            Slot::Open(Some(value)) => value,
            // SAFETY: by the invariant there is a value, and the lock is held.
            _ => unsafe { core::hint::unreachable_unchecked() },
        }
    }
}

impl<T: Send + Sync + 'static> Held<T> {
    /// Puts a value there. What was there is given back, to be dropped where no lock is held.
    ///
    /// # Errors
    ///
    /// The value, once the filter goes.
    pub fn put<L: NotAbove<ApcLevel>>(
        &self,
        value: T,
        at: Irql<'_, L>,
    ) -> core::result::Result<Option<T>, NotHeld<T>> {
        match &mut *self.0.write(at) {
            Slot::Open(held) => Ok(held.replace(value)),
            Slot::Closed => Err(NotHeld { value, error: Error::DELETING_OBJECT }),
        }
    }

    /// Takes the value out.
    pub fn take<L: NotAbove<ApcLevel>>(&self, at: Irql<'_, L>) -> Option<T> {
        match &mut *self.0.write(at) {
            Slot::Open(held) => held.take(),
            Slot::Closed => None,
        }
    }

    /// The value. While it is looked at, a lock is held: no file system is called, and nothing is put (O-20).
    pub fn get<'a, L: NotAbove<ApcLevel>>(&'a self, at: Irql<'a, L>) -> Option<HeldValue<'a, T>> {
        let slot = self.0.read(at);
        // INVARIANT: the slot was just looked at, with the lock held.
        if matches!(&*slot, Slot::Open(Some(_))) { Some(HeldValue(slot)) } else { None }
    }

    /// Lets go of the value, and takes none any more.
    fn close(&self, at: Irql<'_, PassiveLevel>) {
        let held = core::mem::replace(&mut *self.0.write(at), Slot::Closed);
        // The lock is free again: dropping a value may call whoever waits for it.
        drop(held);
    }
}

/// A place, whatever type it is for.
///
/// # Invariants
///
/// `place` is a reference that [`Shared::into_raw`] gave, and `close` takes one of that type.
#[derive(Clone, Copy)]
struct Place {
    place: NonNull<()>,
    close: unsafe fn(NonNull<()>, Irql<'_, PassiveLevel>),
}

// SAFETY: a place is for what is Send and Sync.
unsafe impl Send for Place {}
// SAFETY: a shared reference gives no access to it.
unsafe impl Sync for Place {}

/// Closes a place, and gives the reference back.
///
/// # Safety
///
/// The pointer came from [`Shared::into_raw`] of a place for `T`, and is taken back once.
unsafe fn close<T: Send + Sync + 'static>(place: NonNull<()>, at: Irql<'_, PassiveLevel>) {
    // SAFETY: the caller vouches for it.
    Held::<T>(unsafe { Shared::from_raw(place) }).close(at);
}

/// The places of a filter.
pub(super) struct HeldValues(PushLock<PoolVec<Place, NonPaged>>);

impl HeldValues {
    /// No places.
    pub(super) const fn new() -> Self {
        Self(PushLock::new(PoolVec::new(Tag::new(*b"FmHd"))))
    }

    /// Makes a place.
    pub(super) fn add<T: Send + Sync + 'static>(
        &self,
        value: Option<T>,
        tag: Tag,
        at: Irql<'_, PassiveLevel>,
    ) -> Result<Held<T>> {
        let held = Held(Shared::try_new(PushLock::new(Slot::Open(value)), tag)?);
        let mut places = self.0.write(at);
        places.try_reserve(1)?;
        // INVARIANT: the reference is of the type that the function takes. There is room, so that it cannot be lost.
        places.try_extend(&[Place { place: held.0.clone().into_raw(), close: close::<T> }])?;
        drop(places);
        Ok(held)
    }

    /// Closes all places.
    pub(super) fn close(&self, at: Irql<'_, PassiveLevel>) {
        let places = core::mem::replace(&mut *self.0.write(at), PoolVec::new(Tag::new(*b"FmHd")));
        for place in places.iter() {
            // SAFETY: by the invariant the function takes this reference, and the array is not used again.
            unsafe { (place.close)(place.place, at) };
        }
    }
}
