//! What can be touched, and dropped, at any level.
//!
//! ```
//! use fltmgr::lock::SpinLock;
//! use fltmgr::pool::{NonPaged, PoolVec, Tag};
//!
//! struct Recent {
//!     names: SpinLock<PoolVec<u16, NonPaged>>,
//! }
//!
//! fn make() -> fltmgr::Result<Recent> {
//!     const TAG: Tag = Tag::new(*b"Exmp");
//!     Ok(Recent { names: SpinLock::try_new(PoolVec::new(TAG), TAG)? })
//! }
//! ```
//!
//! Paged memory in its place does not compile:
//!
//! ```compile_fail
//! use fltmgr::lock::SpinLock;
//! use fltmgr::pool::{Paged, PoolVec, Tag};
//!
//! const TAG: Tag = Tag::new(*b"Exmp");
//! let names = SpinLock::try_new(PoolVec::<u16, Paged>::new(TAG), TAG);
//! ```

use core::panic::RefUnwindSafe;

/// A value that owns nothing paged, and nothing whose drop asks for a low level: it can be used, and dropped, at
/// DISPATCH_LEVEL (D-11).
///
/// Every type has this by itself, if all its parts do. What does not: memory in paged pool and what is counted in it; locks
/// that are taken below DISPATCH_LEVEL, and what they protect; and cells, since they are what such types are made of: an
/// atomic is to be used in their place.
///
/// The language has no automatic trait of this meaning. It is told by `RefUnwindSafe`, which has none in a kernel and which
/// every type has unless it contains a cell or what [`Paged`](crate::pool::Paged) contains.
#[diagnostic::on_unimplemented(
    message = "`{Self}` may own paged memory, or a lock, that must not be touched or dropped at DISPATCH_LEVEL",
    note = "keep it in nonpaged pool, with parts that are resident, and use atomics in place of cells"
)]
pub trait Resident: RefUnwindSafe {}

impl<T: RefUnwindSafe> Resident for T {}
