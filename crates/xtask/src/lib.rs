//! The repository's own chores, for the programs here and for the tests that need the driver as a file.
//!
//! They run on Linux. What of them Windows needs too, wdk-build and `cargo wdk` do there.
#![cfg(unix)]

pub mod demo;
pub mod driver;
pub mod image;
pub mod inf;
pub mod package;
pub mod tools;
pub mod wdk_check;
pub mod windows_programs;
