//! A reference to a name is released once, by its drop.
use fltmgr::name::FileName;

fn twice(name: FileName<'_>) {
    drop(name);
    drop(name);
}

fn main() {}
