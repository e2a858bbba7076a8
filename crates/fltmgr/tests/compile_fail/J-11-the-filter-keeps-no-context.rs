//! The filter is dropped after FltUnregisterFilter, which waits for all contexts.
use fltmgr::context::{Context, ContextRef, kind};
use fltmgr::lock::PushLock;
use fltmgr::pool::{NonPaged, Tag};
use fltmgr::{Filter, Operations, Result, Starting};

struct OfStream(u64);

impl Context for OfStream {
    type Filter = Keeper;
    type Kind = kind::Stream;
    type Pool = NonPaged;
    const TAG: Tag = Tag::new(*b"Test");
}

struct Keeper {
    last: PushLock<Option<ContextRef<OfStream>>>,
}

impl Filter for Keeper {
    const OPERATIONS: Operations<Self> = Operations::new();
    fn start(_: &mut Starting<'_, Self>) -> Result<Self> {
        Ok(Self { last: PushLock::new(None) })
    }
}

fltmgr::driver!(Keeper);

fn main() {}
