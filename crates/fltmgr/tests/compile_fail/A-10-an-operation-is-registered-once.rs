//! A major function has one entry.
use fltmgr::{Filter, Operations, Pre, PreOp, PreStatus, Result, Starting, op};

struct Twice;

impl Filter for Twice {
    const OPERATIONS: Operations<Self> = Operations::new().pre::<op::Create>().pre::<op::Create>();
    fn start(_: &mut Starting<'_, Self>) -> Result<Self> {
        Ok(Self)
    }
}

impl Pre<op::Create> for Twice {
    fn pre<'a>(&self, create: PreOp<'a, op::Create>) -> PreStatus<'a, op::Create> {
        create.pass().into()
    }
}

fltmgr::driver!(Twice);

fn main() {}
