//! That paging I/O is synchronous cannot be said of what is no paging I/O.
use fltmgr::file::{File, Paging};
use fltmgr::irql::{Irql, PassiveLevel};

fn read(file: &File, bytes: &mut [u8], at: Irql<'_, PassiveLevel>) {
    let _ = file.read_with(Paging::Synchronous, bytes, at);
}

fn main() {}
