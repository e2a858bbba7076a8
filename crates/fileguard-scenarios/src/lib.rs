//! What fileguard does to programs, as scenarios that run on any folder.
//!
//! A [`Scenario`] is a policy, steps that an ordinary program takes with `std::fs`, and what is expected: of each step,
//! whether it goes through or is refused; of the driver, which events its client sees; and of the folder, that it holds in
//! the end what the steps that went through left in it, byte for byte. [`catalogue`] has all of them.
//!
//! [`Stage`] runs them on a folder: through fileguard, which is reached as the client reaches it (FltLib on Windows, the
//! socket of a machine of fltsim elsewhere); or without it, where nothing may be refused, which shows that the steps are
//! right on that file system.
//!
//! [`keep_busy`] uses files for as long as one likes and misses none of them, while the driver is unloaded and loaded.

mod action;
mod busy;
mod catalogue;
mod guard;
mod programs;
mod scenario;
mod stage;
mod tree;

pub use action::{Action, Scene};
pub use busy::{Busy, keep_busy};
pub use catalogue::catalogue;
pub use guard::{Guard, Service, serve};
pub use scenario::{Scenario, Seen, Step};
pub use stage::{Outcome, Stage};
pub use tree::Tree;
