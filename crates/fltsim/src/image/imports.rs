//! What a driver imports.

use crate::exports;

/// One import of a driver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// The module, as the driver spells it.
    pub dll: String,
    /// The name, or `ordinal N`, by which fltsim serves nothing.
    pub name: String,
    /// Where in the image the address goes.
    pub(super) slot: u32,
}

impl Import {
    /// Whether fltsim has it.
    pub fn is_served(&self) -> bool {
        self.address().is_some()
    }

    /// Where an import is bound to.
    pub(super) fn address(&self) -> Option<usize> {
        exports::lookup(&self.dll, &self.name)
    }
}
