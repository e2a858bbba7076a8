//! What the service's `Parameters` key sets.

use crate::Guard;
use fltmgr::{Starting, utf16};

/// The settings, with their defaults where the registry has none.
#[derive(Clone, Copy)]
pub struct Settings {
    /// The room for events that wait to be fetched: `EventBufferKilobytes`, 64 KiB to 64 MiB.
    pub event_buffer_bytes: usize,
    /// How long an `ask` rule waits that does not say so: `AskTimeoutMilliseconds`.
    pub ask_timeout_milliseconds: u32,
    /// The longest policy that is taken: `MaximumPolicyMegabytes`.
    pub maximum_policy_bytes: usize,
}

impl Settings {
    /// Reads the settings; a value that is missing, or is no REG_DWORD, has its default.
    pub fn read(starting: &Starting<'_, Guard>) -> Self {
        let at = starting.irql();
        let parameters = starting.parameters().ok();
        let dword = |name: &[u16], default: u32| {
            parameters.as_ref().and_then(|parameters| parameters.dword(name, at).ok()?).unwrap_or(default)
        };
        let kilobytes = dword(utf16!("EventBufferKilobytes"), 4096).clamp(64, 64 * 1024);
        let megabytes = dword(utf16!("MaximumPolicyMegabytes"), 64).clamp(1, 1024);
        Self {
            event_buffer_bytes: kilobytes as usize * 1024,
            ask_timeout_milliseconds: dword(utf16!("AskTimeoutMilliseconds"), 5000).clamp(1, 600_000),
            maximum_policy_bytes: megabytes as usize * 1024 * 1024,
        }
    }
}
