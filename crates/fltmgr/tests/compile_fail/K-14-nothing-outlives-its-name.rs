//! What was read of a name is gone with it.
use fltmgr::name::FileName;

fn kept(name: FileName<'_>) -> usize {
    let units = name.units();
    drop(name);
    units.len()
}

fn main() {}
