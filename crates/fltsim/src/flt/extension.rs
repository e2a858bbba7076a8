//! What travels with an operation beside its parameters: what Windows keeps in the extension of an IRP.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use fltmgr_sys::GUID;
use parking_lot::Mutex;

use crate::kernel::priority::Hint;

/// The extension of one operation.
pub(crate) struct Extension {
    pub priority: Hint,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    activity: Option<GUID>,
    /// What was asked of the create, as `QoCFile…` flags.
    asked: u32,
    /// What a create was asked for and has been told of, by its flag.
    answers: HashMap<u32, Box<[u64]>>,
}

impl Extension {
    pub(crate) fn new() -> Self {
        Self { priority: Hint::none(), state: Mutex::default() }
    }

    /// What the operation is a part of, as event tracing tells activities apart.
    pub(crate) fn activity(&self) -> Option<GUID> {
        self.state.lock().activity
    }

    pub(crate) fn set_activity(&self, activity: GUID) {
        self.state.lock().activity = Some(activity);
    }

    /// Takes over what another operation has.
    pub(crate) fn take_over(&self, from: &Self) {
        if let Some(hint) = from.priority.get() {
            self.priority.set(hint);
        }
        let activity = from.activity();
        let mut state = self.state.lock();
        state.activity = activity.or(state.activity);
    }

    /// Notes what a create is to tell of the file.
    pub(crate) fn ask(&self, classes: u32) {
        self.state.lock().asked |= classes;
    }

    /// Whether a create was asked for this.
    pub(crate) fn was_asked(&self, class: u32) -> bool {
        self.state.lock().asked & class != 0
    }

    /// The address of an answer, which stays until the operation is gone. It is made if there is none.
    pub(crate) fn answer<E>(&self, class: u32, make: impl FnOnce() -> Result<Box<[u64]>, E>) -> Result<*mut u64, E> {
        let mut state = self.state.lock();
        let words = match state.answers.entry(class) {
            Entry::Occupied(occupied) => occupied.into_mut(),
            Entry::Vacant(vacant) => vacant.insert(make()?),
        };
        Ok(words.as_mut_ptr())
    }
}
