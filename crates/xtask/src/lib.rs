//! The repository's own chores, for the programs here and for the tests that need the driver as a file.

pub mod demo;
pub mod driver;
