//! Shows the least that a minifilter is: it attaches to every volume, and is called for nothing.
#![no_std]
#[cfg(not(target_os = "windows"))]
extern crate std;

use fltmgr::{Filter, Operations, Result, Starting};

/// The filter; it has no state.
pub struct Null;

impl Filter for Null {
    const OPERATIONS: Operations<Self> = Operations::new();

    fn start(_: &mut Starting<'_, Self>) -> Result<Self> {
        Ok(Self)
    }
}

fltmgr::driver!(Null);
