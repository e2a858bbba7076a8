//! What can be touched, or dropped, at which level.
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
//! Paged memory in its place does not compile, and neither does it travel to where a post-operation may run:
//!
//! ```compile_fail
//! use fltmgr::lock::SpinLock;
//! use fltmgr::pool::{Paged, PoolVec, Tag};
//!
//! const TAG: Tag = Tag::new(*b"Exmp");
//! let names = SpinLock::try_new(PoolVec::<u16, Paged>::new(TAG), TAG);
//! ```
//!
//! ```compile_fail
//! use fltmgr::filter::CarryTo;
//! use fltmgr::irql::DispatchLevel;
//! use fltmgr::pool::{NonPaged, Paged, PoolBox, PoolVec};
//!
//! fn travels<C: CarryTo<DispatchLevel>>() {}
//! travels::<PoolBox<PoolVec<u16, Paged>, NonPaged>>();
//! ```

use crate::irql::{ApcLevel, DispatchLevel, Level, PassiveLevel};
use core::panic::{RefUnwindSafe, UnwindSafe};

/// A value that owns nothing paged, and nothing whose drop asks for a low level: it can be used, and dropped, at
/// DISPATCH_LEVEL (D-11).
///
/// Every type has this by itself, if all its parts do. What does not: memory in paged pool and what is counted in it; locks
/// that are taken below DISPATCH_LEVEL, and what they protect; and cells, since they are what such types are made of: an
/// atomic is to be used in their place. What is borrowed, and what is not Send, as a name is, may lie anywhere.
///
/// The language has no automatic trait of this meaning. It is told by `RefUnwindSafe`, which has none in a kernel and which
/// every type has unless it contains a cell or what [`Paged`](crate::pool::Paged) contains.
///
/// That trait, and `UnwindSafe` and `Unpin`, which stand for other such claims here, can be implemented by hand, and
/// `AssertUnwindSafe` gives two of them to anything. In a driver that is to be taken for what it is: a promise that the
/// compiler cannot check, as `unsafe` is.
#[diagnostic::on_unimplemented(
    message = "`{Self}` may own paged memory, or a lock, that must not be touched or dropped at DISPATCH_LEVEL",
    note = "keep it in nonpaged pool, with parts that are resident, and use atomics in place of cells"
)]
pub trait Resident: RefUnwindSafe + Send + 'static {}

impl<T: RefUnwindSafe + Send + 'static> Resident for T {}

/// A value that can be shared with code at `L`: nothing that a shared reference leads to, without a witness of a lower level,
/// is paged (D-11).
///
/// At DISPATCH_LEVEL this is a type that has nothing in paged pool but behind a lock that is taken below that level. A filter
/// is one if it has post-operations that may run there:
///
/// ```compile_fail
/// # use fltmgr::pool::{Paged, PoolVec};
/// # use fltmgr::irql::DispatchLevel;
/// # use fltmgr::resident::SharedAt;
/// struct Limits {
///     by_process: PoolVec<u32, Paged>,
/// }
/// # fn is_shared<T: SharedAt<DispatchLevel>>() {}
/// # is_shared::<Limits>();
/// ```
///
/// ```
/// # use fltmgr::lock::PushLock;
/// # use fltmgr::pool::{Paged, PoolVec};
/// # use fltmgr::irql::DispatchLevel;
/// # use fltmgr::resident::SharedAt;
/// struct Limits {
///     by_process: PushLock<PoolVec<u32, Paged>>,
/// }
/// # fn is_shared<T: SharedAt<DispatchLevel>>() {}
/// # is_shared::<Limits>();
/// ```
///
/// It is told by `UnwindSafe`, as [`Resident`] is by `RefUnwindSafe`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` leads to paged memory, which must not be touched at DISPATCH_LEVEL",
    note = "keep it in nonpaged pool, or behind a lock that is taken below DISPATCH_LEVEL"
)]
pub trait SharedAt<L: Level> {}

impl<T> SharedAt<PassiveLevel> for T {}
impl<T> SharedAt<ApcLevel> for T {}
impl<T: UnwindSafe> SharedAt<DispatchLevel> for T {}
