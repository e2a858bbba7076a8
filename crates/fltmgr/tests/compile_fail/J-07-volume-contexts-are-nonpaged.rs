//! The context of a volume lies in nonpaged pool.
use fltmgr::context::{Context, Contexts, kind};
use fltmgr::pool::{Paged, Tag};
use fltmgr::{Filter, Operations, Result, Starting};

struct OfVolume(u64);

impl Context for OfVolume {
    type Filter = Null;
    type Kind = kind::Volume;
    type Pool = Paged;
    const TAG: Tag = Tag::new(*b"Test");
}

struct Null;

impl Filter for Null {
    const OPERATIONS: Operations<Self> = Operations::new();
    const CONTEXTS: Contexts<Self> = Contexts::new().with::<OfVolume>();
    fn start(_: &mut Starting<'_, Self>) -> Result<Self> {
        Ok(Self)
    }
}

fltmgr::driver!(Null);

fn main() {}
