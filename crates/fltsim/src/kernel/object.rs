//! Objects that drivers hold by address: files, threads, processes. Whoever makes one registers it here, so that the
//! object manager's routines work for all of them.

use std::any::Any;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// What an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ObjectKind {
    /// A `FILE_OBJECT`.
    File,
    /// A `PEPROCESS`.
    Process,
    /// A `PETHREAD`.
    Thread,
    /// A `KEVENT` that has a handle.
    Event,
    /// A `DEVICE_OBJECT`.
    Device,
    /// A `DRIVER_OBJECT`.
    Driver,
    /// A registry key.
    Key,
    /// A `KTRANSACTION`.
    Transaction,
    /// A section.
    Section,
}

impl fmt::Display for ObjectKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::File => "a file object",
            Self::Process => "a process",
            Self::Thread => "a thread",
            Self::Event => "an event",
            Self::Device => "a device object",
            Self::Driver => "a driver object",
            Self::Key => "a registry key",
            Self::Transaction => "a transaction",
            Self::Section => "a section",
        })
    }
}

/// An object that a driver can hold references to.
pub trait KernelObject: Send + Sync {
    /// What it is.
    fn kind(&self) -> ObjectKind;
    /// Counts a reference of a driver.
    fn reference(&self);
    /// Takes a driver's reference back. The last one may unregister the object.
    fn dereference(&self);
    /// The object itself, for those who know its type.
    fn as_any(&self) -> &dyn Any;
}

const SHARDS: usize = 32;
type Shard = Mutex<Option<HashMap<usize, Arc<dyn KernelObject>>>>;
static OBJECTS: [Shard; SHARDS] = [const { Mutex::new(None) }; SHARDS];

fn with_shard<R>(address: usize, f: impl FnOnce(&mut HashMap<usize, Arc<dyn KernelObject>>) -> R) -> R {
    let shard = &OBJECTS[(address >> 6) % SHARDS];
    f(shard.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_default())
}

/// Makes the object at `address` known.
pub fn register(address: usize, object: Arc<dyn KernelObject>) {
    with_shard(address, |objects| objects.insert(address, object));
}

/// Forgets the object at `address`.
pub fn unregister(address: usize) {
    let forgotten = with_shard(address, |objects| objects.remove(&address));
    // Dropped here, without the lock, because its destructor may unregister others.
    drop(forgotten);
}

/// The object at `address`.
pub fn find(address: usize) -> Option<Arc<dyn KernelObject>> {
    with_shard(address, |objects| objects.get(&address).cloned())
}

/// Counts a reference of a driver to the object at `address`; whether there is one.
pub fn reference(address: usize) -> bool {
    find(address).map(|object| object.reference()).is_some()
}

/// Takes a driver's reference to the object at `address` back; whether there is one.
pub fn dereference(address: usize) -> bool {
    find(address).map(|object| object.dereference()).is_some()
}
