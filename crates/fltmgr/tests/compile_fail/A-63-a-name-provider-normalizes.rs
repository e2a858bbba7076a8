//! A name provider has a normalizing callback.
use fltmgr::irql::{Irql, PassiveLevel};
use fltmgr::name::{Caching, NameControl, NameProvider, NameQuery, Provides};
use fltmgr::{Filter, Operations, Result, Starting};

struct Guard;

impl Filter for Guard {
    const OPERATIONS: Operations<Self> = Operations::new();
    const NAMES: Provides<Self> = Provides::names();

    fn start(_: &mut Starting<'_, Self>) -> Result<Self> {
        Ok(Self)
    }
}

impl NameProvider for Guard {
    type Normalizing = ();

    fn generate(&self, _: NameQuery<'_, Self>, _: &mut NameControl<'_>, _: Irql<'_, PassiveLevel>) -> Result<Caching> {
        Ok(Caching::Allowed)
    }
}

fltmgr::driver!(Guard);

fn main() {}
