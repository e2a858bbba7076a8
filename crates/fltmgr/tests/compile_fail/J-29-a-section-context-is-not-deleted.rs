//! The context of a section ends with its section.
use fltmgr::context::{Context, ContextRef, kind};
use fltmgr::irql::{ApcLevel, Irql};

fn delete<T: Context<Kind = kind::Section>>(context: &ContextRef<T>, at: Irql<'_, ApcLevel>) {
    context.delete(at);
}

fn main() {}
