//! Shows contexts: while a file is open, no more than 64 KiB can be written to it.
//!
//! A context on the stream counts what is written through all handles, one on the handle what is written through that. They
//! are made by the first write, and end with the stream and the handle. When a handle is closed, one call gets both.
#![no_std]
#[cfg(not(target_os = "windows"))]
extern crate std;

use core::sync::atomic::{AtomicU64, Ordering};
use fltmgr::context::{Context, ContextRef, Contexts, HasContexts, NewContext, kind};
use fltmgr::file::OpenFile;
use fltmgr::irql::{ApcLevel, Irql, NotAbove};
use fltmgr::pool::{Paged, Tag};
use fltmgr::{Error, Filter, Operations, Pre, PreOp, PreStatus, Result, Starting, debug_println, op};

/// How much can be written to a file.
const MOST: u64 = 64 * 1024;

/// The filter; what it knows is in its contexts.
pub struct Limit;

impl Filter for Limit {
    const OPERATIONS: Operations<Self> =
        Operations::new().pre::<op::Write>().skip_paging_io::<op::Write>().pre::<op::Cleanup>();
    const CONTEXTS: Contexts<Self> = Contexts::new().with::<OfStream>().with::<OfHandle>();

    fn start(_: &mut Starting<'_, Self>) -> Result<Self> {
        Ok(Self)
    }
}

/// On a stream: how many bytes were written to it.
#[derive(Default)]
pub struct OfStream(AtomicU64);

impl Context for OfStream {
    type Filter = Limit;
    type Kind = kind::Stream;
    type Pool = Paged;
    const TAG: Tag = Tag::new(*b"CtxS");
}

/// On a handle: how many bytes were written through it.
#[derive(Default)]
pub struct OfHandle(AtomicU64);

impl Context for OfHandle {
    type Filter = Limit;
    type Kind = kind::StreamHandle;
    type Pool = Paged;
    const TAG: Tag = Tag::new(*b"CtxH");
}

/// The context of a file, which is made if there is none yet.
fn context<'a, T, L>(file: OpenFile<'a>, at: Irql<'_, L>) -> Result<ContextRef<T>>
where
    T: Context<Kind: kind::Settable> + Default,
    OpenFile<'a>: HasContexts<T::Kind>,
    L: NotAbove<ApcLevel>,
{
    match file.find_context(at) {
        Err(Error::NOT_FOUND) => file.keep_context(NewContext::try_new(T::default(), at)?, at),
        found => found,
    }
}

/// Counts a write, if there is room for it.
fn count<L: NotAbove<ApcLevel>>(file: OpenFile<'_>, length: u64, at: Irql<'_, L>) -> Result<()> {
    // Paging files and the like have no contexts, and are not limited.
    if !file.supports_context::<OfStream, _>(at) {
        return Ok(());
    }
    let (stream, handle) = (context::<OfStream, _>(file, at)?, context::<OfHandle, _>(file, at)?);
    let add = |written: u64| written.checked_add(length).filter(|sum| *sum <= MOST);
    stream.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, add).map_err(|_| Error::DISK_FULL)?;
    handle.0.fetch_add(length, Ordering::Relaxed);
    Ok(())
}

impl Pre<op::Write> for Limit {
    fn pre<'a>(&self, write: PreOp<'a, op::Write>) -> PreStatus<'a, op::Write> {
        let length = u64::from(write.parameters().length());
        match write.file().map(|file| count(file, length, write.irql())) {
            Some(Err(error)) => write.fail(error).into(),
            _ => write.pass().into(),
        }
    }
}

impl Pre<op::Cleanup> for Limit {
    fn pre<'a>(&self, cleanup: PreOp<'a, op::Cleanup>) -> PreStatus<'a, op::Cleanup> {
        if let (Some(stream), Some(handle)) = cleanup.contexts::<(OfStream, OfHandle), _>(cleanup.irql()) {
            let (all, own) = (stream.0.load(Ordering::Relaxed), handle.0.load(Ordering::Relaxed));
            debug_println!("{own} of {all} bytes");
        }
        cleanup.pass().into()
    }
}

fltmgr::driver!(Limit);
