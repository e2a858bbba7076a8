//! Which images are mapped where, for the fault handler: it can take no lock.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::Image;

const SLOTS: usize = 256;

struct Slot {
    base: AtomicUsize,
    end: AtomicUsize,
    functions: AtomicUsize,
    function_count: AtomicUsize,
    image: AtomicUsize,
}

static TABLE: [Slot; SLOTS] = [const {
    Slot {
        base: AtomicUsize::new(0),
        end: AtomicUsize::new(0),
        functions: AtomicUsize::new(0),
        function_count: AtomicUsize::new(0),
        image: AtomicUsize::new(0),
    }
}; SLOTS];

/// A mapped image, as far as the fault handler has to know it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mapped {
    /// Where it begins.
    pub base: usize,
    /// The address behind it.
    pub end: usize,
    /// Its function table, sorted by address: begin, end and unwind information of each function.
    pub functions: *const [u32; 3],
    /// How many there are.
    pub function_count: usize,
}

pub(super) fn insert(image: &Image) -> Result<(), String> {
    let Some(mapping) = &image.mapping else { return Ok(()) };
    let (functions, function_count) = mapping.functions();
    for slot in &TABLE {
        if slot.base.compare_exchange(0, 1, Ordering::AcqRel, Ordering::Relaxed).is_ok() {
            slot.image.store(std::ptr::from_ref(image) as usize, Ordering::Relaxed);
            slot.functions.store(functions, Ordering::Relaxed);
            slot.function_count.store(function_count, Ordering::Relaxed);
            slot.end.store(mapping.base() + mapping.size(), Ordering::Relaxed);
            slot.base.store(mapping.base(), Ordering::Release);
            return Ok(());
        }
    }
    Err(format!("{SLOTS} drivers are loaded already, and there is no room for more"))
}

pub(super) fn remove(image: &Image) {
    if image.mapping.is_none() {
        return;
    }
    for slot in &TABLE {
        if slot.image.load(Ordering::Relaxed) == std::ptr::from_ref(image) as usize {
            slot.image.store(0, Ordering::Relaxed);
            slot.end.store(0, Ordering::Relaxed);
            slot.base.store(0, Ordering::Release);
        }
    }
}

/// The image that `address` lies in.
pub(crate) fn find(address: usize) -> Option<Mapped> {
    TABLE.iter().find_map(|slot| {
        let base = slot.base.load(Ordering::Acquire);
        let end = slot.end.load(Ordering::Relaxed);
        (base > 1 && base <= address && address < end).then(|| Mapped {
            base,
            end,
            functions: slot.functions.load(Ordering::Relaxed) as *const [u32; 3],
            function_count: slot.function_count.load(Ordering::Relaxed),
        })
    })
}
