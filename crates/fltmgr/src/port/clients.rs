//! The connections of a port.

use super::server::{Ports, opened};
use super::{Connection, Port, TAG};
use crate::irql::{ApcLevel, Irql, NotAbove, PassiveLevel};
use crate::lock::PushLock;
use crate::pool::{Paged, PoolVec};
use crate::status::{Error, Result};
use core::ffi::c_void;
use core::marker::PhantomData;
use core::ptr::{self, NonNull};

/// The name of a connection between the Filter Manager and the callbacks: its cookie (M-07).
///
/// It is a number that is not used again, and no pointer. The documentation does not say that no message callback runs when
/// the disconnect callback is called, or after it (M-09); one that is late finds nothing under its number.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Id(u64);

/// The lower bits of a number are the place; the rest counts.
const PLACE_BITS: u32 = 17;

impl Id {
    pub(super) fn cookie(self) -> *mut c_void {
        ptr::without_provenance_mut(self.0 as usize)
    }

    pub(super) fn of_cookie(cookie: *mut c_void) -> Self {
        Self(cookie.addr() as u64)
    }

    fn place(self) -> usize {
        self.0 as usize & ((1 << PLACE_BITS) - 1)
    }
}

/// A place for a connection.
enum Slot {
    Free,
    /// The connection is being made.
    Reserved(Id),
    /// The connection, as [`Connection::into_raw`] gave it.
    Connected(Id, NonNull<()>),
}

impl Slot {
    fn is(&self, id: Id) -> bool {
        matches!(self, Self::Reserved(its) | Self::Connected(its, _) if *its == id)
    }
}

/// The connections of a port. They are without their type, so that they can be freed where it is not known.
///
/// # Invariants
///
/// The pointers are references to connections of one port type, each owned by its slot. When the filter is unregistered there
/// are none, since each connection has ended by then (M-09).
pub(super) struct Clients(PushLock<Slots>);

struct Slots {
    all: PoolVec<Slot, Paged>,
    /// How many connections there ever were.
    count: u64,
}

// SAFETY: the connections are Send and Sync, as `Connection` is.
unsafe impl Send for Slots {}
// SAFETY: as for `Send`.
unsafe impl Sync for Slots {}

impl Clients {
    pub(super) const fn new() -> Self {
        Self(PushLock::new(Slots { all: PoolVec::new(TAG), count: 0 }))
    }

    /// A number for a connection that is being made.
    ///
    /// # Errors
    ///
    /// STATUS_INSUFFICIENT_RESOURCES.
    pub(super) fn reserve<L: NotAbove<ApcLevel>>(&self, at: Irql<'_, L>) -> Result<Id> {
        let mut slots = self.0.write(at);
        let place = match slots.all.iter().position(|slot| matches!(slot, Slot::Free)) {
            Some(place) => place,
            None => slots.grow()?,
        };
        let count = slots.count.wrapping_add(1);
        slots.count = count;
        let id = Id(count << PLACE_BITS | place as u64);
        let slot = slots.all.get_mut(place).ok_or(Error::INSUFFICIENT_RESOURCES)?;
        *slot = Slot::Reserved(id);
        Ok(id)
    }

    /// Frees the place of a connection that was not made.
    pub(super) fn cancel<L: NotAbove<ApcLevel>>(&self, id: Id, at: Irql<'_, L>) {
        if let Some(slot) = self.0.write(at).at(id) {
            *slot = Slot::Free;
        }
    }

    /// The connection is made.
    ///
    /// # Safety
    ///
    /// The connections are those of `P`.
    pub(super) unsafe fn fill<P: Port>(&self, id: Id, connection: Connection<P>, at: Irql<'_, PassiveLevel>) {
        if let Some(slot) = self.0.write(at).at(id) {
            // INVARIANT: the connection is of the port type, and the reference becomes the slot's.
            *slot = Slot::Connected(id, connection.into_raw());
        }
    }

    /// Takes the connection out, if it was made.
    ///
    /// # Safety
    ///
    /// The connections are those of `P`.
    pub(super) unsafe fn remove<P: Port>(&self, id: Id, at: Irql<'_, PassiveLevel>) -> Option<Connection<P>> {
        match core::mem::replace(self.0.write(at).at(id)?, Slot::Free) {
            // SAFETY: by the invariant the pointer is a reference to a connection of this type, and it was taken out.
            Slot::Connected(_, connection) => Some(unsafe { Connection::from_raw(connection) }),
            Slot::Reserved(_) | Slot::Free => None,
        }
    }

    /// The connection with this number, if there is one.
    ///
    /// # Safety
    ///
    /// The connections are those of `P`.
    pub(super) unsafe fn find<P: Port>(&self, id: Id, at: Irql<'_, PassiveLevel>) -> Option<Connection<P>> {
        match self.0.read(at).all.get(id.place())? {
            // SAFETY: by the invariant the pointer is a reference to a connection of this type, which stays the slot's as
            // long as the lock is held.
            Slot::Connected(its, connection) if *its == id => Some(unsafe { Connection::another(*connection) }),
            _ => None,
        }
    }

    /// The next connection from this place on, and the place behind it.
    ///
    /// # Safety
    ///
    /// The connections are those of `P`.
    unsafe fn next<P: Port>(&self, from: usize, at: Irql<'_, ApcLevel>) -> Option<(Connection<P>, usize)> {
        self.0.read(at).all.iter().enumerate().skip(from).find_map(|(place, slot)| match slot {
            Slot::Connected(_, connection) => {
                // SAFETY: as in `find`.
                let connection = unsafe { Connection::another(*connection) };
                Some((connection, place.saturating_add(1)))
            }
            Slot::Reserved(_) | Slot::Free => None,
        })
    }
}

impl Slots {
    /// The place of this number, if it is that number's still.
    fn at(&mut self, id: Id) -> Option<&mut Slot> {
        self.all.get_mut(id.place()).filter(|slot| slot.is(id))
    }

    /// Makes more places, and answers the first of them.
    fn grow(&mut self) -> Result<usize> {
        let length = self.all.len();
        let more = length.saturating_mul(2).max(4);
        if more > 1 << PLACE_BITS {
            return Err(Error::INSUFFICIENT_RESOURCES);
        }
        let mut old = self.all.iter_mut();
        let next = || old.next().map_or(Slot::Free, |slot| core::mem::replace(slot, Slot::Free));
        self.all = PoolVec::try_filled_with(next, more, TAG)?;
        Ok(length)
    }
}

/// The clients that are connected to the port now, one after the other: none if the port is not open. A client that comes
/// meanwhile may be among them or not.
///
/// No lock is held between two of them, so there can be sent to each (M-23). Highest IRQL: APC_LEVEL.
pub fn connections<P: Port, L: NotAbove<ApcLevel>>(_: Irql<'_, L>) -> Connections<'_, P> {
    Connections { place: 0, port: PhantomData }
}

/// What [`connections`] gives.
///
/// # Invariants
///
/// It exists while the level is at most APC_LEVEL, in one thread.
pub struct Connections<'a, P> {
    place: usize,
    port: PhantomData<(*const &'a (), P)>,
}

impl<P: Port> Iterator for Connections<'_, P> {
    type Item = Connection<P>;

    fn next(&mut self) -> Option<Connection<P>> {
        let ports: &Ports = <P::Filter as crate::filter::Driver>::slot().ports();
        // SAFETY: who has a witness runs before the filter is unregistered, and by the invariant the level is at most
        // APC_LEVEL; the connections of this port are of its type.
        let (connection, place) = unsafe { opened::<P>(ports)?.next::<P>(self.place, Irql::assume()) }?;
        self.place = place;
        Some(connection)
    }
}
