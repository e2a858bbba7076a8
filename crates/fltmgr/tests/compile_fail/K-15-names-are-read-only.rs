//! A name is shared by all filters.
use fltmgr::name::FileName;

fn change(name: FileName<'_>) {
    name.units()[0] = 0;
}

fn main() {}
