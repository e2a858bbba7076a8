//! Safe wrappers over the Windows Filter Manager: what a minifilter driver needs, with the Filter Manager's rules as types.
//!
//! A filter is a type that implements [`Filter`], names its operations in a constant table and is made the driver by
//! [`driver!`]. The smallest one:
//!
//! ```
//! #![no_std]
//! use fltmgr::{Filter, Operations, Result, Starting};
//!
//! struct Null;
//!
//! impl Filter for Null {
//!     const OPERATIONS: Operations<Self> = Operations::new();
//!
//!     fn start(_: &mut Starting<'_, Self>) -> Result<Self> {
//!         Ok(Self)
//!     }
//! }
//!
//! fltmgr::driver!(Null);
//! # extern crate std;
//! # fn main() {}
//! ```
//!
//! The floor below is `fltmgr-sys`, which has the names of `fltkernel.h` and no logic; nothing of it shows in this crate's
//! public signatures except where a macro needs it. What the rules call a programming error has no expression here where
//! a type can make it so: statuses are per operation, what depends on the run is a token, IRQL is a witness, and every
//! reference is an owned value whose drop is the matching release.
#![expect(unsafe_code, reason = "this is where it is made safe")]
#![no_std]
#![expect(
    clippy::cast_possible_truncation,
    reason = "the headers state constants and sizes in wider types than the fields that they are for"
)]

pub mod activity;
pub mod buffer;
pub mod bypass_io;
pub mod cancel;
pub mod context;
#[cfg(not(all(feature = "wdk", debug_assertions)))]
mod debug;
pub mod ecp;
pub mod etw;
pub mod event;
pub mod file;
pub mod file_lock;
pub mod filter;
pub mod generated;
pub mod guid;
pub mod instance;
pub mod irql;
#[cfg(target_os = "windows")]
mod load_config;
pub mod lock;
pub mod lookaside;
pub mod name;
pub mod op;
pub mod operation;
pub mod oplock;
pub mod parameters;
pub mod pending;
pub mod pool;
pub mod port;
pub mod priority;
pub mod process;
pub mod queue;
mod reference;
pub mod registry;
pub mod reparse_point;
pub mod resident;
pub mod rundown;
pub mod section;
pub mod status;
pub mod string;
pub mod time;
pub mod transaction;
pub mod volume;
pub mod work;

pub use filter::{Filter, Operations, Pre, PrePost, SafePost, Starting, Synchronized};
pub use operation::{PostOp, PostStatus, PreOp, PreStatus, SafePostOp, SynchronizedStatus};
pub use status::{Error, Result, Status};
#[cfg(all(feature = "wdk", debug_assertions))]
pub use wdk::println as debug_println;

/// What the macros of this crate expand to needs.
#[doc(hidden)]
pub mod private {
    #[cfg(not(all(feature = "wdk", debug_assertions)))]
    pub use crate::debug::print_line;
    #[cfg(not(feature = "wdk"))]
    pub use crate::filter::bug_check;
    pub use crate::filter::{DriverSlot, enter};
    pub use fltmgr_sys as sys;
    #[cfg(feature = "wdk")]
    pub use {wdk_alloc, wdk_panic};
}
