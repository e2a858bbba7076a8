//! An oplock is used between its initialization and its end: there is none before, and it is not used after.
use fltmgr::irql::{DispatchLevel, Irql, PassiveLevel};
use fltmgr::oplock::Oplock;
use fltmgr::pool::Tag;

fn before() -> Oplock {
    Oplock(core::ptr::null_mut())
}

fn after(oplock: Oplock, at: Irql<'_, PassiveLevel>) -> bool {
    drop(oplock);
    oplock.is_held(at)
}

fn too_high(at: Irql<'_, DispatchLevel>) {
    let _ = Oplock::try_new(Tag::new(*b"Test"), at);
}

fn main() {}
