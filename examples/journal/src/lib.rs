//! Shows a file that a filter keeps open, and writes that it does not wait for: the name of each file that is made goes to the
//! end of `\journal`, on the volume that the filter was attached to last.
//!
//! The file stays open: it is what the filter holds, which is let go of when the filter or its instance goes. A write takes its bytes along, and gives them back
//! when it has ended, in whatever thread that is.
#![no_std]
#[cfg(not(target_os = "windows"))]
extern crate std;

use fltmgr::file::asynchronous::{self, Completion, Transferred};
use fltmgr::file::{KeptFile, OpenOptions, Transfer};
use fltmgr::filter::Attach;
use fltmgr::instance::{Instance, Setup, Teardown};
use fltmgr::irql::{DispatchLevel, Irql, PassiveLevel};
use fltmgr::name::{Format, Query};
use fltmgr::parameters::{Access, Disposition};
use fltmgr::pool::{NonPaged, PoolVec, Tag};
use fltmgr::{
    Filter, Operations, PostOp, PostStatus, PreOp, PrePost, PreStatus, Result, Starting, debug_println, op, utf16,
};

const TAG: Tag = Tag::new(*b"Jrnl");

/// The filter, which holds the journal.
pub struct Journal;

impl Filter for Journal {
    const OPERATIONS: Operations<Self> = Operations::new().pre_post::<op::Create>();

    fn start(_: &mut Starting<'_, Self>) -> Result<Self> {
        Ok(Self)
    }

    fn attach(&self, instance: Instance<'_>, _: Setup, at: Irql<'_, PassiveLevel>) -> Attach {
        match open(instance, at).map(|journal| self.held().put(journal, at)) {
            // What was there before is closed.
            Ok(Ok(_before)) => Attach::Yes,
            _ => Attach::No,
        }
    }

    fn detaching(&self, instance: Instance<'_>, _: Teardown, at: Irql<'_, PassiveLevel>) {
        if self.held().get(at).is_some_and(|journal| journal.is_on(instance)) {
            // It is closed here.
            self.held().take(at);
        }
    }
}

/// Opens the journal of a volume.
fn open(instance: Instance<'_>, at: Irql<'_, PassiveLevel>) -> Result<KeptFile> {
    let mut name = instance.volume().name(TAG, at)?;
    name.try_extend(utf16!("\\journal"))?;
    let options = OpenOptions::new(Access::APPEND_DATA | Access::SYNCHRONIZE).disposition(Disposition::OpenIf);
    options.open(instance, &name, at)?.keep(TAG).map_err(|(_, error)| error)
}

/// The end of a write.
struct Written;

impl Completion for Written {
    type Filter = Journal;

    fn completed(self, _: &Journal, transferred: Transferred, _: Irql<'_, DispatchLevel>) {
        if let Err(error) = transferred.result {
            debug_println!("a line is lost: {}", error.raw());
        }
    }
}

impl Journal {
    /// Begins to write the name of the file down.
    fn write(&self, create: &PostOp<'_, op::Create>, at: Irql<'_, PassiveLevel>) -> Result<()> {
        let name = create.name(Format::Normalized, Query::Default, at)?;
        let mut line = PoolVec::<u8, NonPaged>::new(TAG);
        for unit in name.units() {
            line.try_extend(&unit.to_le_bytes())?;
        }
        line.try_extend(b"\n\0")?;
        // While the place is looked at, a lock is held.
        let Some(journal) = self.held().get(at).map(|journal| journal.reference()) else { return Ok(()) };
        asynchronous::write(journal?, Transfer::at_end(), line, Written, TAG, at).map_err(|kept| kept.error)
    }
}

impl PrePost<op::Create> for Journal {
    type Carry = ();

    fn pre<'a>(&self, create: PreOp<'a, op::Create>) -> PreStatus<'a, op::Create, ()> {
        create.pass_with(())
    }

    fn post<'a>(&self, create: PostOp<'a, op::Create>, (): ()) -> PostStatus<'a, op::Create> {
        if create.created()
            && let Err(error) = self.write(&create, create.irql())
        {
            debug_println!("a line is lost: {}", error.raw());
        }
        create.finish()
    }
}

fltmgr::driver!(Journal, held: KeptFile);
