//! The names that are not the same in both sets of bindings, each group with the reason.

use std::collections::BTreeSet;

const EXCEPTIONS: [(&str, &[&str]); 0] = [];

/// All of them.
pub fn names() -> BTreeSet<&'static str> {
    EXCEPTIONS.iter().flat_map(|(_, names)| *names).copied().collect()
}
