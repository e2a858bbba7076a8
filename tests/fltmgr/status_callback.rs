//! A filter asks to be told what comes of an operation, without a post-operation.

use crate::rig::{open, saw, seen, with_file};

/// A filter that is told what comes of flushes.
mod telling {
    use super::saw;
    use fltmgr::irql::{ApcLevel, Irql};
    use fltmgr::operation::StatusCallback;
    use fltmgr::{Filter, Operations, Pre, PreOp, PreStatus, Result, Starting, Status, op};

    struct Tell;

    impl Filter for Tell {
        const OPERATIONS: Operations<Self> = Operations::new().pre::<op::FlushBuffers>();

        fn start(_: &mut Starting<'_, Self>) -> Result<Self> {
            Ok(Self)
        }
    }

    #[derive(Clone, Copy)]
    struct Number(u32);

    impl StatusCallback<op::FlushBuffers> for Number {
        type Filter = Tell;

        fn called(self, _: &Tell, status: Status, _: Irql<'_, ApcLevel>) {
            saw(format!("{} {:x}", self.0, status.raw()));
        }
    }

    impl Pre<op::FlushBuffers> for Tell {
        fn pre<'a>(&self, flush: PreOp<'a, op::FlushBuffers>) -> PreStatus<'a, op::FlushBuffers> {
            match flush.into_irp().ok().unwrap().pass_and_tell(Number(7)) {
                Ok(passed) => passed.into(),
                Err((flush, error)) => flush.fail(error).into(),
            }
        }
    }

    fltmgr::driver!(Tell);
}

#[test]
fn a_filter_is_told_what_the_file_system_answers() {
    let guarded = with_file(telling::driver_entry);
    open(&guarded).flush().unwrap();
    assert_eq!(seen(), ["7 0"]);
}
