//! Minifilters that are linked into the test, on volumes in memory: what the rulebook says must be seen.
#![expect(unsafe_code, reason = "the tests are drivers")]
#![expect(
    clippy::undocumented_unsafe_blocks,
    reason = "the tests are drivers: what they pass is what their callbacks were given, or their own"
)]
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "constants of the C headers go into narrower fields, and small numbers through pointers"
)]
#![expect(clippy::items_after_statements, reason = "a callback and what it leaves behind stand beside their use")]

mod cached;
mod contexts;
mod crash;
mod create_information;
mod dispatch;
mod ecp;
mod file_lock;
mod generated;
mod information;
mod lifecycle;
mod metadata;
mod name_providers;
mod names;
mod oplock;
mod own;
mod pending;
mod priority;
mod probe;
mod query_open;
mod queue;
mod requestor;
mod sections;
mod swap;
mod tags;
mod transactions;
mod volumes;
mod wait;
