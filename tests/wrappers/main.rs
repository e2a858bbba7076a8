//! What `fltmgr` wraps beside operations does what it says: locks, events, ports and what else a filter is made of. The
//! code under test runs in a driver that is linked into this program, in the thread of a client that sends it a message.

#[path = "../common/mod.rs"]
mod common;
mod rig;

mod events;
mod locks;
mod logging;
mod lookaside;
mod parameters;
mod ports;
mod queues;
mod rundown;
