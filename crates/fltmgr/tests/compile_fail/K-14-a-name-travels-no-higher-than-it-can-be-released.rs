//! A name lies in paged memory: it does not travel to a post-operation that may run at DISPATCH_LEVEL, nor to what runs
//! with a spin lock held.
use fltmgr::irql::{ApcLevel, Irql};
use fltmgr::lock::SpinLock;
use fltmgr::name::{CarriedName, FileName};
use fltmgr::{Filter, Operations, PostOp, PostStatus, PreOp, PrePost, PreStatus, Result, Starting, op};

struct Guard;

impl Filter for Guard {
    const OPERATIONS: Operations<Self> = Operations::new().pre_post::<op::Write>();

    fn start(_: &mut Starting<'_, Self>) -> Result<Self> {
        Ok(Self)
    }
}

impl PrePost<op::Write> for Guard {
    type Carry = CarriedName;

    fn pre<'a>(&self, write: PreOp<'a, op::Write>) -> PreStatus<'a, op::Write, CarriedName> {
        write.pass().into()
    }

    fn post<'a>(&self, write: PostOp<'a, op::Write>, _: CarriedName) -> PostStatus<'a, op::Write> {
        write.finish()
    }
}

fltmgr::driver!(Guard);

fn length(lock: &SpinLock<usize>, name: FileName<'_>, _: Irql<'_, ApcLevel>) {
    let units = name.units();
    lock.with(move |length, _| *length = units.len());
}

fn main() {}
