//! Kernel handles. There is one table for the process: a handle of one machine is never another's.

use std::any::Any;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use super::object::ObjectKind;

/// What kernel handles have set, as on Windows.
const KERNEL_HANDLE: usize = 0xFFFF_FFFF_8000_0000;

/// What a handle stands for.
#[derive(Clone)]
pub struct Target {
    /// What it is a handle to.
    pub kind: ObjectKind,
    /// The address of the object, as drivers see it; 0 for keys, which have none.
    pub object: usize,
    /// The access that was granted.
    pub access: u32,
    /// What closing the handle drops: the table's reference to the object, and whatever its Drop does.
    pub owner: Arc<dyn Any + Send + Sync>,
}

impl fmt::Debug for Target {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} at {:#x}", self.kind, self.object)
    }
}

#[derive(Debug, Default)]
struct Table {
    slots: Vec<Option<Target>>,
    free: Vec<usize>,
}

static TABLE: Mutex<Table> = Mutex::new(Table { slots: Vec::new(), free: Vec::new() });

fn slot(handle: usize) -> Option<usize> {
    (handle & KERNEL_HANDLE == KERNEL_HANDLE && handle.is_multiple_of(4))
        .then_some((handle & !KERNEL_HANDLE) / 4)
        .and_then(|number| number.checked_sub(1))
}

/// Opens a handle.
pub fn open(target: Target) -> usize {
    let mut table = TABLE.lock().unwrap_or_else(PoisonError::into_inner);
    let slot = if let Some(slot) = table.free.pop() {
        table.slots[slot] = Some(target);
        slot
    } else {
        table.slots.push(Some(target));
        table.slots.len() - 1
    };
    KERNEL_HANDLE | ((slot + 1) * 4)
}

/// What `handle` stands for.
pub fn get(handle: usize) -> Option<Target> {
    let slot = slot(handle)?;
    let table = TABLE.lock().unwrap_or_else(PoisonError::into_inner);
    table.slots.get(slot)?.clone()
}

/// Closes `handle` and returns what it stood for. Dropping that is the end of the handle's share in it.
pub fn close(handle: usize) -> Option<Target> {
    let mut table = TABLE.lock().unwrap_or_else(PoisonError::into_inner);
    let slot = slot(handle)?;
    let target = table.slots.get_mut(slot)?.take()?;
    table.free.push(slot);
    Some(target)
}
