//! The Windows Filter Manager in user mode: loads a minifilter's `.sys`, as it is, into an ordinary process and runs
//! real file I/O through it.
//!
//! On Windows, which has the Filter Manager itself, there is nothing in it.
#![expect(unsafe_code, reason = "drivers call it, and it calls them")]
#![cfg(unix)]

pub mod config;
pub mod control;
pub mod exports;
pub mod flt;
pub mod fs;
pub mod image;
pub mod inf;
pub mod io;
pub mod kernel;
pub mod low_resources;
pub mod machine;
pub mod mount;
pub mod registry;
pub mod status;
pub mod user_memory;
