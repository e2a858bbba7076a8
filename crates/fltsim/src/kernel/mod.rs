//! The simulated kernel under the Filter Manager: threads, processes, IRQL, objects, waiting, and calls into drivers.
//!
//! Of a machine it asks for four things: `registry()`, `processes()`, `is_crashed()` and `set_crashed(report)`.

pub mod call;
pub mod driver_object;
pub mod etw;
pub mod fault;
mod frames;
pub mod handle;
pub mod irql;
pub mod leaf;
pub mod low_resources;
pub mod object;
pub mod pool;
pub(crate) mod priority;
pub mod process;
pub(crate) mod references;
pub mod report;
pub mod stack;
pub mod thread;
pub mod time;
pub mod unwind;
pub mod wait;
pub mod waiting;
