//! What makes no names does not register as a name provider.
use fltmgr::name::Provides;
use fltmgr::{Filter, Operations, Result, Starting};

struct Guard;

impl Filter for Guard {
    const OPERATIONS: Operations<Self> = Operations::new();
    const NAMES: Provides<Self> = Provides::names();

    fn start(_: &mut Starting<'_, Self>) -> Result<Self> {
        Ok(Self)
    }
}

fltmgr::driver!(Guard);

fn main() {}
