//! What `fltmgr` wraps does what it says: filters that are written with it, linked into the test, in fltsim.

#[path = "../common/mod.rs"]
mod common;
mod rig;
mod runner;

mod buffers;
mod cancel;
mod create;
mod deferred;
mod events;
mod extra_create_parameters;
mod generated;
mod io;
mod locks;
mod logging;
mod lookaside;
mod objects;
mod oplock;
mod parameters;
mod ports;
mod queues;
mod registry;
mod reissue;
mod rundown;
mod status_callback;
