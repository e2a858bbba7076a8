//! What is in the data follows from the tag: only links and mount points have names.
use fltmgr::reparse_point::{Content, Names, ReparsePoint};

fn names<'a>(point: &ReparsePoint<'a>) -> Option<Names<'a>> {
    match point.content().ok()? {
        Content::SymbolicLink { names, .. } | Content::MountPoint(names) | Content::Bytes(names) => Some(names),
    }
}

fn main() {}
