//! A file cannot be used after its handle was closed.
use fltmgr::file::{File, OwnedFile};
use fltmgr::irql::{Irql, PassiveLevel};

fn read(file: OwnedFile<'_>, at: Irql<'_, PassiveLevel>) {
    let io: &File = &file;
    drop(file);
    let _ = io.read(0, &mut [0], at);
}

fn main() {}
