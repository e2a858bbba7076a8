//! A tag that is not Microsoft's comes with the GUID that says whose it is.
use fltmgr::reparse_point::ReparseTag;

fn tag() -> ReparseTag {
    ReparseTag::own(0x8123)
}

fn main() {}
