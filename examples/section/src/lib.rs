//! Shows a scan of a file's content through a section: a file that contains `EVIL` cannot be opened.
//!
//! The instance registers for scans when it is attached. After a create the file is mapped and read; the content comes
//! from the file system, or is in memory already. Whoever wants to make the file shorter in the meantime waits, so the
//! filter is told, gives the scan up, and lets nobody open the file just then.
#![no_std]
#[cfg(not(target_os = "windows"))]
extern crate std;

use core::sync::atomic::{AtomicBool, Ordering};
use fltmgr::context::{Context, Contexts, NewContext, kind};
use fltmgr::file::OpenFile;
use fltmgr::filter::Attach;
use fltmgr::instance::{Instance, Setup};
use fltmgr::irql::{ApcLevel, Irql, PassiveLevel};
use fltmgr::pool::{NonPaged, Tag};
use fltmgr::section::{Conflict, Scanning, Sections};
use fltmgr::{
    Error, Filter, Operations, PostOp, PostStatus, PreOp, PrePost, PreStatus, Result, Starting, debug_println, op,
};

/// What a file may not contain.
const SIGNATURE: &[u8] = b"EVIL";

/// How much is looked at in one go, and how far apart: a signature may lie across the end.
const PART: usize = 512;
const STEP: usize = PART - SIGNATURE.len() + 1;

/// The filter; it has no state.
pub struct Scanner;

impl Filter for Scanner {
    const OPERATIONS: Operations<Self> = Operations::new().pre_post::<op::Create>();
    const CONTEXTS: Contexts<Self> = Contexts::new().with::<Scan>();
    const SECTIONS: Sections<Self> = Sections::notified();

    fn start(_: &mut Starting<'_, Self>) -> Result<Self> {
        Ok(Self)
    }

    fn attach(&self, instance: Instance<'_>, _: Setup, at: Irql<'_, PassiveLevel>) -> Attach {
        if instance.register_for_data_scan(at).is_ok() { Attach::Yes } else { Attach::No }
    }
}

/// On a section: whether somebody waits for its end.
pub struct Scan {
    conflict: AtomicBool,
}

impl Context for Scan {
    type Filter = Scanner;
    type Kind = kind::Section;
    type Pool = NonPaged;
    const TAG: Tag = Tag::new(*b"ScnS");
}

impl Scanning for Scanner {
    type Context = Scan;

    fn conflict(&self, conflict: Conflict<'_, Self>, _: Irql<'_, ApcLevel>) {
        debug_println!("somebody waits for a scan");
        conflict.conflict.store(true, Ordering::Relaxed);
    }
}

/// Whether a file contains the signature.
fn is_infected(file: OpenFile<'_>, at: Irql<'_, PassiveLevel>) -> Result<bool> {
    let scan = NewContext::try_new(Scan { conflict: AtomicBool::new(false) }, at)?;
    let section = match file.section(scan, at) {
        Ok(section) => section,
        Err(Error::END_OF_FILE | Error::FILE_IS_A_DIRECTORY) => return Ok(false),
        Err(error) => return Err(error),
    };
    let view = section.map()?;
    let mut part = [0; PART];
    for offset in (0..view.len()).step_by(STEP) {
        if section.context().conflict.load(Ordering::Relaxed) {
            return Err(Error::SHARING_VIOLATION);
        }
        let length = PART.min(view.len().saturating_sub(offset));
        let part = part.get_mut(..length).unwrap_or_default();
        view.read(offset, part)?;
        if part.windows(SIGNATURE.len()).any(|bytes| bytes == SIGNATURE) {
            return Ok(true);
        }
    }
    Ok(false)
}

impl PrePost<op::Create> for Scanner {
    type Carry = ();

    fn pre<'a>(&self, create: PreOp<'a, op::Create>) -> PreStatus<'a, op::Create, ()> {
        create.pass_with(())
    }

    fn post<'a>(&self, create: PostOp<'a, op::Create>, (): ()) -> PostStatus<'a, op::Create> {
        let Some(file) = create.opened() else { return create.finish() };
        match is_infected(file, create.irql()) {
            Ok(false) => create.finish(),
            Ok(true) => create.cancel(Error::VIRUS_INFECTED),
            Err(error) => create.cancel(error),
        }
    }
}

fltmgr::driver!(Scanner);
