//! Registration flags are the three that exist: no other number is a set of them.
use fltmgr::filter::Features;
use fltmgr::{Filter, Operations, Result, Starting};

struct Guard;

impl Filter for Guard {
    const OPERATIONS: Operations<Self> = Operations::new();
    const FEATURES: Features = 0x8;

    fn start(_: &mut Starting<'_, Self>) -> Result<Self> {
        Ok(Self)
    }
}

fltmgr::driver!(Guard);

fn main() {}
