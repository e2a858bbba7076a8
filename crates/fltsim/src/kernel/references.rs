//! Objects that live as long as anybody holds them: fltsim itself, by an `Arc`, or a driver, by a count.

use std::any::Any;
use std::sync::{Arc, Weak};

use parking_lot::Mutex;

use super::fault;
use super::object::{self, KernelObject, ObjectKind};

/// The references of drivers to a `T`, which they keep alive.
pub(crate) struct DriverReferences<T>(Mutex<(usize, Option<Arc<T>>)>);

impl<T> Default for DriverReferences<T> {
    fn default() -> Self {
        Self(Mutex::new((0, None)))
    }
}

/// An object whose address drivers know.
pub(crate) trait Referenced: Send + Sync + Sized + 'static {
    /// What it is.
    const KIND: ObjectKind;

    /// The references that drivers have to it.
    fn references(&self) -> &DriverReferences<Self>;

    /// What drivers know it by.
    fn address(&self) -> usize {
        std::ptr::from_ref(self) as usize
    }

    /// Makes the object known.
    fn publish(self: &Arc<Self>) {
        object::register(self.address(), Arc::new(Entry(Arc::downgrade(self))));
    }

    /// Makes it unknown again. Its destructor calls this.
    fn withdraw(&self) {
        object::unregister(self.address());
    }

    /// Counts a reference of a driver.
    fn reference(self: &Arc<Self>) {
        let mut references = self.references().0.lock();
        references.0 += 1;
        references.1.get_or_insert_with(|| Arc::clone(self));
    }

    /// The object at an address that a driver has.
    fn find(address: usize) -> Option<Arc<Self>> {
        object::find(address)?.as_any().downcast_ref::<Entry<Self>>()?.0.upgrade()
    }
}

/// An object in the table of objects.
struct Entry<T>(Weak<T>);

impl<T: Referenced> KernelObject for Entry<T> {
    fn kind(&self) -> ObjectKind {
        T::KIND
    }

    fn reference(&self) {
        if let Some(object) = self.0.upgrade() {
            object.reference();
        }
    }

    fn dereference(&self) {
        let Some(object) = self.0.upgrade() else { return };
        let kept = {
            let mut references = object.references().0.lock();
            let Some(left) = references.0.checked_sub(1) else {
                // What comes next does not return.
                drop(references);
                fault::bug_check(
                    0x18,
                    [0, object.address(), 0, 0],
                    format!("REFERENCE_BY_POINTER: {} was dereferenced more often than it was referenced", T::KIND),
                );
            };
            references.0 = left;
            if left == 0 { references.1.take() } else { None }
        };
        // The object may end here, without the lock.
        drop(kept);
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
