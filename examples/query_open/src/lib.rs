//! Shows query-opens that are refused: a program that asks for information about a file by its name opens the file after
//! all, so that a filter that watches opens misses nothing.
//!
//! A query-open is a callback of FSFilter, and the only one that can be refused as such: before the file system has seen it,
//! as this filter does for the plainest class, and after it has answered, as this filter does for the others if the file is
//! there. The I/O manager then opens the file, asks and closes it.
#![no_std]
#[cfg(not(target_os = "windows"))]
extern crate std;

use fltmgr::parameters::FileInformation;
use fltmgr::{
    Filter, Operations, PostOp, PostStatus, Pre, PreOp, PrePost, PreStatus, Result, Starting, debug_println, op,
};

/// The filter; it has no state.
pub struct QueryOpen;

impl Filter for QueryOpen {
    const OPERATIONS: Operations<Self> = Operations::new().pre::<op::Create>().pre_post::<op::QueryOpen>();

    fn start(_: &mut Starting<'_, Self>) -> Result<Self> {
        Ok(Self)
    }
}

impl Pre<op::Create> for QueryOpen {
    fn pre<'a>(&self, create: PreOp<'a, op::Create>) -> PreStatus<'a, op::Create> {
        debug_println!("a file is opened");
        create.pass().into()
    }
}

impl PrePost<op::QueryOpen> for QueryOpen {
    type Carry = ();

    fn pre<'a>(&self, query: PreOp<'a, op::QueryOpen>) -> PreStatus<'a, op::QueryOpen, ()> {
        if query.parameters().class() != FileInformation::STAT {
            return query.pass_with(());
        }
        debug_println!("refused before");
        query.disallow_fs_filter_io().into()
    }

    fn post<'a>(&self, query: PostOp<'a, op::QueryOpen>, (): ()) -> PostStatus<'a, op::QueryOpen> {
        if !query.status().is_success() {
            return query.finish();
        }
        debug_println!("refused after");
        query.disallow_fs_filter_io()
    }
}

fltmgr::driver!(QueryOpen);
