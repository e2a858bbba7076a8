//! Locks: what they protect is reached through them alone.
//!
//! Those that can be held at the level of the caller give a guard, whose drop is the release; those that raise the level
//! take a closure, so that the level falls again in the right order.
//!
//! ```
//! use fltmgr::irql::{ApcLevel, Irql};
//! use fltmgr::lock::PushLock;
//!
//! static OPENS: PushLock<u64> = PushLock::new(0);
//!
//! fn count(at: Irql<'_, ApcLevel>) -> u64 {
//!     let mut opens = OPENS.write(at);
//!     *opens += 1;
//!     *opens
//! }
//! ```
//!
//! | lock | holders | the level meanwhile | for |
//! |---|---|---|---|
//! | [`PushLock`] | readers or a writer | the caller's, APC_LEVEL at most | most things: it takes a word |
//! | [`Resource`] | readers or a writer | the caller's, APC_LEVEL at most | what may come to itself again: that is an error |
//! | [`FastMutex`] | one | APC_LEVEL | short work that no APC is to interrupt |
//! | [`SpinLock`] | one | DISPATCH_LEVEL | what a post-operation shares |

mod fast_mutex;
mod push_lock;
pub mod resource;
mod spin_lock;

pub use fast_mutex::FastMutex;
pub use push_lock::{Exclusive, PushLock, Shared};
pub use resource::Resource;
pub use spin_lock::SpinLock;
