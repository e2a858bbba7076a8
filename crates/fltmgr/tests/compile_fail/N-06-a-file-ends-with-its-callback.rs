//! A file is closed at PASSIVE_LEVEL: it ends with the callback whose level is known.
use fltmgr::file::OwnedFile;

fn keep(file: OwnedFile<'_>) -> OwnedFile<'static> {
    file
}

fn main() {}
