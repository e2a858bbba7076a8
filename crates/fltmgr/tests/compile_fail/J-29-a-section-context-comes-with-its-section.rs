//! The context of a section is set by making the section alone.
use fltmgr::context::{Context, HasContexts, NewContext, kind};
use fltmgr::file::OpenFile;
use fltmgr::irql::{ApcLevel, Irql};

fn set<T: Context<Kind = kind::Section>>(file: OpenFile<'_>, context: NewContext<T>, at: Irql<'_, ApcLevel>) {
    let _ = file.keep_context(context, at);
}

fn main() {}
