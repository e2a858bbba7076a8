//! Shows events for Event Tracing for Windows: one for every file that is opened.
//!
//! `logman start opens -p {3f2b6a84-57c1-4d0e-9b8a-61e0c4d7a915} -o opens.etl -ets` listens, and `logman stop opens -ets`
//! ends it. Nothing is done for an event that nobody listens to.
#![no_std]
#[cfg(not(target_os = "windows"))]
extern crate std;

use fltmgr::etw::{Event, Fields, Level, Provider};
use fltmgr::guid::Guid;
use fltmgr::name::{Format, Query};
use fltmgr::{Filter, Operations, PostOp, PostStatus, PreOp, PrePost, PreStatus, Result, Starting, op};

/// The filter, with the provider of its events.
pub struct Events {
    provider: Provider,
}

/// Somebody has opened a file.
struct Opened<'a> {
    process: u32,
    by_kernel: bool,
    name: &'a [u16],
}

impl Event for Opened<'_> {
    const ID: u16 = 1;
    const LEVEL: Level = Level::Informational;
    const KEYWORDS: u64 = 0x1;

    fn fields(&self) -> impl Fields {
        (self.process, self.by_kernel, self.name)
    }
}

impl Filter for Events {
    const OPERATIONS: Operations<Self> = Operations::new().pre_post::<op::Create>();

    const PROVIDER: Option<Guid> = Some(Guid::new(0x3f2b_6a84_57c1_4d0e_9b8a_61e0_c4d7_a915));

    fn start(starting: &mut Starting<'_, Self>) -> Result<Self> {
        Ok(Self { provider: starting.provider()? })
    }
}

impl PrePost<op::Create> for Events {
    type Carry = ();

    fn pre<'a>(&self, create: PreOp<'a, op::Create>) -> PreStatus<'a, op::Create, ()> {
        if self.provider.is_enabled::<Opened<'_>>() { create.pass_with(()) } else { create.pass().into() }
    }

    fn post<'a>(&self, create: PostOp<'a, op::Create>, (): ()) -> PostStatus<'a, op::Create> {
        if create.opened().is_some()
            && let Ok(name) = create.name(Format::Opened, Query::Default, create.irql())
        {
            let requestor = create.requestor();
            let (process, by_kernel) = (requestor.process_id(), requestor.is_kernel_mode());
            // An event that cannot be written is lost; it is no reason to refuse the file.
            let _ = self.provider.write(&Opened { process, by_kernel, name: name.units() });
        }
        create.finish()
    }
}

fltmgr::driver!(Events);
