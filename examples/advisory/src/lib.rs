//! Shows byte-range locks that a filter keeps itself: those of a file named `board` are advisory to who reads.
//!
//! Who locks a range excludes others from locking and writing it, and nobody from reading it, as a lock of the file
//! system would. So the lock operations on the file are the filter's to answer, and the file system never sees one;
//! writes are asked for here, and reads go on unasked. A lock that has to wait stays pending until the range is free or
//! its holder closes the file.
#![no_std]
#[cfg(not(target_os = "windows"))]
extern crate std;

use fltmgr::context::{Context, ContextRef, Contexts, HasContexts, NewContext, kind};
use fltmgr::file_lock::FileLocks;
use fltmgr::filter::Attach;
use fltmgr::instance::{Instance, Setup, Teardown};
use fltmgr::irql::{Irql, PassiveLevel};
use fltmgr::name::{Format, Query};
use fltmgr::op::Operation;
use fltmgr::pool::{NonPaged, Tag};
use fltmgr::{Error, Filter, Operations, Pre, PreOp, PreStatus, Result, Starting, op, utf16};

const TAG: Tag = Tag::new(*b"Advi");

/// The filter; its state is on its instances.
pub struct Advisory;

/// The locks of the one file of a volume.
struct Board(FileLocks);

impl Context for Board {
    type Filter = Advisory;
    type Kind = kind::Instance;
    type Pool = NonPaged;
    const TAG: Tag = TAG;
}

impl Filter for Advisory {
    const OPERATIONS: Operations<Self> =
        Operations::new().pre::<op::LockControl>().pre::<op::Write>().pre::<op::Cleanup>();
    const CONTEXTS: Contexts<Self> = Contexts::new().with::<Board>();

    fn start(_: &mut Starting<'_, Self>) -> Result<Self> {
        Ok(Self)
    }

    fn attach(&self, instance: Instance<'_>, _: Setup, at: Irql<'_, PassiveLevel>) -> Attach {
        let kept = FileLocks::try_new(TAG, at)
            .and_then(|locks| NewContext::try_new(Board(locks), at))
            .and_then(|board| instance.keep_context(board, at));
        if kept.is_ok() { Attach::Yes } else { Attach::No }
    }

    fn detaching(&self, instance: Instance<'_>, _: Teardown, at: Irql<'_, PassiveLevel>) {
        if let Some(board) = instance.context::<Board, _>(at) {
            // What waits for a lock keeps the instance from going.
            let _ = board.0.end(at);
        }
    }
}

/// The locks of the file that the operation is on, if it is the board.
fn board<O: Operation>(operation: &PreOp<'_, O>) -> Option<ContextRef<Board>> {
    // What the memory manager writes, somebody has written before.
    let at = operation.passive()?;
    let name = operation.name(Format::Opened, Query::Default, at).ok()?;
    if name.units().ends_with(utf16!("\\board")) { operation.instance().context(at) } else { None }
}

impl Pre<op::LockControl> for Advisory {
    fn pre<'a>(&self, control: PreOp<'a, op::LockControl>) -> PreStatus<'a, op::LockControl> {
        match board(&control) {
            Some(board) => board.0.process(control),
            None => control.pass().into(),
        }
    }
}

impl Pre<op::Write> for Advisory {
    fn pre<'a>(&self, write: PreOp<'a, op::Write>) -> PreStatus<'a, op::Write> {
        match board(&write) {
            Some(board) if !board.0.allows_write(&write) => write.fail(Error::FILE_LOCK_CONFLICT).into(),
            _ => write.pass().into(),
        }
    }
}

impl Pre<op::Cleanup> for Advisory {
    fn pre<'a>(&self, cleanup: PreOp<'a, op::Cleanup>) -> PreStatus<'a, op::Cleanup> {
        if let Some(board) = board(&cleanup) {
            board.0.cleanup(&cleanup);
        }
        cleanup.pass().into()
    }
}

fltmgr::driver!(Advisory);
