//! What is to be given back before the filter unregisters is no field of the filter, which is dropped after that.
use fltmgr::instance::OwnInstance;
use fltmgr::lock::PushLock;
use fltmgr::{Filter, Operations, Result, Starting};

struct Guard {
    last: PushLock<Option<OwnInstance>>,
}

impl Filter for Guard {
    const OPERATIONS: Operations<Self> = Operations::new();

    fn start(_: &mut Starting<'_, Self>) -> Result<Self> {
        Ok(Self { last: PushLock::new(None) })
    }
}

fltmgr::driver!(Guard);

fn main() {}
