//! What is in a context is not used after its release.
use fltmgr::context::{Context, ContextRef};

fn keep<T: Context>(context: ContextRef<T>) -> &'static T {
    let value: &T = &context;
    drop(context);
    value
}

fn main() {}
