//! A context goes on one object.
use fltmgr::context::{Context, HasContexts, NewContext, kind};
use fltmgr::file::OpenFile;
use fltmgr::irql::{ApcLevel, Irql};

fn set<T: Context<Kind = kind::Stream>>(
    one: OpenFile<'_>,
    other: OpenFile<'_>,
    context: NewContext<T>,
    at: Irql<'_, ApcLevel>,
) {
    let _ = one.keep_context(context, at);
    let _ = other.keep_context(context, at);
}

fn main() {}
