//! A reference to a context in paged pool cannot be released where a post-operation of a write runs (J-21).
use fltmgr::context::{Context, ContextRef, kind};
use fltmgr::filter::CarryTo;
use fltmgr::irql::DispatchLevel;
use fltmgr::pool::{NonPaged, Paged, PoolBox, Tag};
use fltmgr::{Filter, Operations, Result, Starting};

struct OfStream(u64);

impl Context for OfStream {
    type Filter = Null;
    type Kind = kind::Stream;
    type Pool = Paged;
    const TAG: Tag = Tag::new(*b"Test");
}

struct Null;

impl Filter for Null {
    const OPERATIONS: Operations<Self> = Operations::new();
    fn start(_: &mut Starting<'_, Self>) -> Result<Self> {
        Ok(Self)
    }
}

fltmgr::driver!(Null);

struct Note {
    stream: ContextRef<OfStream>,
}

fn travels<C: CarryTo<DispatchLevel>>() {}

fn main() {
    travels::<PoolBox<Note, NonPaged>>();
}
