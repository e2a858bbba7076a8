//! The parts of a name are there once it was parsed.
use fltmgr::name::FileName;

fn extension<'a>(name: &'a FileName<'_>) -> &'a [u16] {
    name.extension()
}

fn main() {}
