//! What a filter keeps that the Filter Manager waits for when the filter goes.

use crate::irql::{ApcLevel, Irql, NotAbove, PassiveLevel};
use crate::lock::{PushLock, Shared};
use crate::status::Error;
use core::marker::PhantomPinned;
use core::ops::Deref;

/// What FltUnregisterFilter waits for (A-45, A-56). Whoever owns one is not [`Unpin`], which a [`Filter`](crate::Filter) has
/// to be, because its value is dropped after that call: no other trait of the core library tells of every type what it
/// contains, and nothing in a driver is pinned.
pub(crate) struct LetGoOfFirst(PhantomPinned);

/// The place for what a filter holds: a value that has to be let go of before the Filter Manager can unregister the filter,
/// because it is, or has, an operation that is pended, or a reference to an instance, a filter, a context or a file.
///
/// FltUnregisterFilter waits for these (A-45, A-56), and the filter's own value is dropped after it, because callbacks use it
/// until then: a field of the filter that had one would be waited for forever, and does not compile. What is held is named
/// where the driver is made of the filter, [`Filter::held`](crate::Filter::held) is its place, and it is dropped after
/// [`Filter::stopping`](crate::Filter::stopping); nothing can be put there from then on.
///
/// ```
/// #![no_std]
/// use fltmgr::filter::Attach;
/// use fltmgr::instance::{Instance, OwnInstance, Setup};
/// use fltmgr::irql::{Irql, PassiveLevel};
/// use fltmgr::{Filter, Operations, Result, Starting};
///
/// /// Knows the instance that it was given last.
/// struct Last;
///
/// impl Filter for Last {
///     const OPERATIONS: Operations<Self> = Operations::new();
///
///     fn start(_: &mut Starting<'_, Self>) -> Result<Self> {
///         Ok(Self)
///     }
///
///     fn attach(&self, instance: Instance<'_>, _: Setup, at: Irql<'_, PassiveLevel>) -> Attach {
///         match instance.reference().map(|instance| self.held().put(instance, at)) {
///             Ok(Ok(_before)) => Attach::Yes,
///             _ => Attach::No,
///         }
///     }
/// }
///
/// fltmgr::driver!(Last, held: OwnInstance);
/// # extern crate std;
/// # fn main() {}
/// ```
pub struct Held<T>(PushLock<Slot<T>>);

/// What is in a place.
enum Slot<T> {
    Open(Option<T>),
    /// The filter is not there, or goes.
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
pub struct HeldValue<'a, T>(Shared<'a, Slot<T>>);

impl<T> Deref for HeldValue<'_, T> {
    type Target = T;
    fn deref(&self) -> &T {
        match &*self.0 {
            Slot::Open(Some(value)) => value,
            // SAFETY: by the invariant there is a value, and the lock is held.
            _ => unsafe { core::hint::unreachable_unchecked() },
        }
    }
}

impl<T> Held<T> {
    /// A place that takes nothing yet.
    pub(super) const fn new() -> Self {
        Self(PushLock::new(Slot::Closed))
    }

    /// Puts a value there. What was there is given back, to be dropped where no lock is held. Highest IRQL: APC_LEVEL.
    ///
    /// # Errors
    ///
    /// The value, once the filter goes.
    pub fn put<L: NotAbove<ApcLevel>>(&self, value: T, at: Irql<'_, L>) -> Result<Option<T>, NotHeld<T>> {
        match &mut *self.0.write(at) {
            Slot::Open(held) => Ok(held.replace(value)),
            Slot::Closed => Err(NotHeld { value, error: Error::DELETING_OBJECT }),
        }
    }

    /// Takes the value out. Highest IRQL: APC_LEVEL.
    pub fn take<L: NotAbove<ApcLevel>>(&self, at: Irql<'_, L>) -> Option<T> {
        match &mut *self.0.write(at) {
            Slot::Open(held) => held.take(),
            Slot::Closed => None,
        }
    }

    /// The value. While it is looked at, a lock is held: no file system is called, and nothing is put or taken (O-20).
    /// Highest IRQL: APC_LEVEL.
    pub fn get<'a, L: NotAbove<ApcLevel>>(&'a self, at: Irql<'a, L>) -> Option<HeldValue<'a, T>> {
        let slot = self.0.read(at);
        // INVARIANT: the slot was just looked at, with the lock held.
        if matches!(&*slot, Slot::Open(Some(_))) { Some(HeldValue(slot)) } else { None }
    }

    /// Takes values from now on: the filter starts.
    pub(super) fn open(&self, at: Irql<'_, PassiveLevel>) {
        *self.0.write(at) = Slot::Open(None);
    }

    /// Lets go of the value, and takes none any more.
    pub(super) fn close(&self, at: Irql<'_, PassiveLevel>) {
        let held = core::mem::replace(&mut *self.0.write(at), Slot::Closed);
        // The lock is free again: dropping a value may call whoever waits for it.
        drop(held);
    }
}
