//! A create that succeeded is canceled in its post-operation.

use crate::rig::{saw, seen, with_two_instances};
use fltmgr_sys as sys;
use std::sync::atomic::Ordering;

/// A filter that cancels an open at one instance, and reads at the other when the file is cleaned up.
mod canceling {
    use super::saw;
    use fltmgr::{Error, Filter, Operations, PostOp, PostStatus, Pre, PreOp, PrePost, PreStatus, Result, Starting, op};
    use std::sync::atomic::{AtomicU8, Ordering};

    /// How many instances see opens succeed until one is canceled.
    pub static UNTIL: AtomicU8 = AtomicU8::new(0);

    struct Cancel;

    impl Filter for Cancel {
        const OPERATIONS: Operations<Self> = Operations::new().pre_post::<op::Create>().pre::<op::Cleanup>();

        fn start(_: &mut Starting<'_, Self>) -> Result<Self> {
            Ok(Self)
        }
    }

    impl PrePost<op::Create> for Cancel {
        type Carry = ();

        fn pre<'a>(&self, create: PreOp<'a, op::Create>) -> PreStatus<'a, op::Create, ()> {
            create.pass_with(())
        }

        fn post<'a>(&self, create: PostOp<'a, op::Create>, (): ()) -> PostStatus<'a, op::Create> {
            let left = UNTIL.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
            if left == Ok(1) { create.cancel(Error::ACCESS_DENIED) } else { create.finish() }
        }
    }

    impl Pre<op::Cleanup> for Cancel {
        fn pre<'a>(&self, cleanup: PreOp<'a, op::Cleanup>) -> PreStatus<'a, op::Cleanup> {
            let read = cleanup.file().unwrap().read(0, &mut [0; 4], cleanup.irql());
            saw(format!("read {:x?}", read.map_err(Error::raw)));
            cleanup.pass().into()
        }
    }

    fltmgr::driver!(Cancel);
}

#[test]
fn a_file_whose_open_is_canceled_takes_no_more_io() {
    let guarded = with_two_instances(canceling::driver_entry);
    guarded.anybody().write("/a", b"0123456789").unwrap();
    seen();
    drop(guarded.anybody().open("/a").unwrap());
    assert_eq!(seen(), ["read Ok(4)"; 2]);
    canceling::UNTIL.store(2, Ordering::Relaxed);
    guarded.anybody().open("/a").unwrap_err();
    assert_eq!(seen(), [format!("read Err({:x})", sys::STATUS_FILE_CLOSED)]);
}
