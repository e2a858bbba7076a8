//! Who asks for an operation.

use std::cell::RefCell;
use std::sync::Arc;

use crate::kernel::process::Process;

/// The process an operation is made for, and the mode it comes from.
#[derive(Clone)]
pub struct Requestor {
    /// The requesting process.
    pub process: Arc<Process>,
    /// Whether the request came from user mode: what `RequestorMode` in the callback data says.
    pub user_mode: bool,
}

impl Requestor {
    /// A request that `process` makes from user mode.
    pub fn user(process: Arc<Process>) -> Self {
        Self { process, user_mode: true }
    }

    /// A request that kernel-mode code makes in the context of `process`.
    pub fn kernel(process: Arc<Process>) -> Self {
        Self { process, user_mode: false }
    }
}

thread_local! {
    /// The requestor that [`acting_as`] put in the place of the one who opened the file.
    static OVERRIDE: RefCell<Option<Requestor>> = const { RefCell::new(None) };
}

/// Runs `f` so that every operation on an already opened [`File`](super::File) is made for `who`, instead of for the
/// process that opened the file: a handle that was inherited or passed on.
pub fn acting_as<R>(who: &Requestor, f: impl FnOnce() -> R) -> R {
    struct Restore(Option<Requestor>);
    impl Drop for Restore {
        fn drop(&mut self) {
            let previous = self.0.take();
            OVERRIDE.with(|slot| *slot.borrow_mut() = previous);
        }
    }
    let previous = OVERRIDE.with(|slot| slot.borrow_mut().replace(who.clone()));
    let _restore = Restore(previous);
    f()
}

/// The requestor of an operation on a file that `opener` opened.
pub(super) fn effective(opener: &Requestor) -> Requestor {
    OVERRIDE.with(|slot| slot.borrow().clone()).unwrap_or_else(|| opener.clone())
}
