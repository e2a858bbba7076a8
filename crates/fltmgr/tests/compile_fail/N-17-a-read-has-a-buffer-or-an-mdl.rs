//! A read goes into bytes or through an MDL.
use fltmgr::file::{File, MdlBuffer, Transfer};
use fltmgr::irql::{Irql, PassiveLevel};

fn read(file: &File, bytes: &mut [u8], mdl: &mut MdlBuffer, at: Irql<'_, PassiveLevel>) {
    let _ = file.read_mdl(Transfer::at(0), mdl, bytes, at);
}

fn main() {}
