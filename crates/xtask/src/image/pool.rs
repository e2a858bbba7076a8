//! Which pool an x64 driver allocates from: the types that its code passes to the routines that take one.

use super::{Image, symbols, x64};
use anyhow::Result;

/// The routines that take a POOL_TYPE, and which of their arguments that is.
const ROUTINES: [(&str, usize); 6] = [
    ("ExAllocatePool", 0),
    ("ExAllocatePoolWithTag", 0),
    ("ExAllocatePoolWithQuotaTag", 0),
    ("ExAllocatePoolWithTagPriority", 0),
    ("FltAllocateContext", 3),
    ("FltAllocatePoolAlignedWithTag", 1),
];

/// A call of such a routine.
#[derive(Debug)]
pub struct Allocation {
    /// The function that calls.
    pub function: String,
    /// The routine that is called.
    pub routine: String,
    /// The POOL_TYPE, if it is a constant.
    pub pool_type: Option<u32>,
}

/// The allocations of an x64 image, at every place where its code has one.
///
/// # Errors
///
/// The image is damaged, or has code that cannot be followed.
pub fn allocations(image: &Image) -> Result<Vec<Allocation>> {
    let names = symbols::Names::of(image);
    let slots = image.import_slots()?;
    let mut allocations = Vec::new();
    for function in x64::functions(image)? {
        for call in x64::imported_calls(image, &function)? {
            let routine = slots.get(&call.slot).map_or("", String::as_str);
            if let Some((_, argument)) = ROUTINES.iter().find(|(name, _)| *name == routine) {
                allocations.push(Allocation {
                    function: names.of_function(function.begin),
                    routine: routine.to_owned(),
                    pool_type: call.arguments[*argument],
                });
            }
        }
    }
    Ok(allocations)
}
