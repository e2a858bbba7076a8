//! Shows swapped buffers: what lies on the disk of a file whose name ends in `.secret` is not what programs write there.
//!
//! The bytes are changed on the way between the cache and the disk: what is read and written past the cache, by the memory
//! manager for the cache and for mapped files or by programs themselves, goes on with a buffer of the filter's own. In the
//! cache lies what programs know, so cached and fast I/O are left alone, and so are directory listings.
//!
//! Memory manager and file system have a file open through other file objects than the program's, and paging I/O is no time
//! to ask for names; so the stream has a context from its first open on.
#![no_std]
#[cfg(not(target_os = "windows"))]
extern crate std;

use fltmgr::buffer::SwapBuffer;
use fltmgr::context::{Context, ContextRef, Contexts, HasContexts, NewContext, kind};
use fltmgr::file::OpenFile;
use fltmgr::irql::{ApcLevel, Irql};
use fltmgr::name::{Format, Query};
use fltmgr::pool::{NonPaged, Tag};
use fltmgr::{Filter, Operations, PostOp, PostStatus, PreOp, PrePost, PreStatus, Result, Starting, op, utf16};

const TAG: Tag = Tag::new(*b"Swap");

/// The filter; it has no state.
pub struct Swap;

impl Filter for Swap {
    const OPERATIONS: Operations<Self> = Operations::new()
        .pre_post::<op::Create>()
        .pre_post::<op::Read>()
        .skip_cached_io::<op::Read>()
        .pre_post::<op::Write>()
        .skip_cached_io::<op::Write>();
    const CONTEXTS: Contexts<Self> = Contexts::new().with::<Secret>();

    fn start(_: &mut Starting<'_, Self>) -> Result<Self> {
        Ok(Self)
    }
}

/// A stream whose bytes are changed, and what they are changed with.
pub struct Secret {
    key: u8,
}

impl Context for Secret {
    type Filter = Swap;
    type Kind = kind::Stream;
    type Pool = NonPaged;
    const TAG: Tag = TAG;
}

impl Secret {
    /// Changes bytes, or changes them back.
    fn apply(&self, bytes: &mut [u8]) {
        for byte in bytes {
            *byte ^= self.key;
        }
    }
}

fn secret_of(file: Option<OpenFile<'_>>, at: Irql<'_, ApcLevel>) -> Option<ContextRef<Secret>> {
    file.and_then(|file| file.context(at))
}

impl PrePost<op::Create> for Swap {
    type Carry = ();

    fn pre<'a>(&self, create: PreOp<'a, op::Create>) -> PreStatus<'a, op::Create, ()> {
        create.pass_with(())
    }

    fn post<'a>(&self, create: PostOp<'a, op::Create>, (): ()) -> PostStatus<'a, op::Create> {
        let at = create.irql();
        let Some(file) = create.opened() else { return create.finish() };
        let marked = match create.name(Format::Normalized, Query::Default, at) {
            Ok(name) if !name.units().ends_with(utf16!(".secret")) => Ok(()),
            Ok(_) => {
                NewContext::try_new(Secret { key: 0x5A }, at).and_then(|secret| file.keep_context(secret, at)).map(drop)
            }
            Err(error) => Err(error),
        };
        match marked {
            Ok(()) => create.finish(),
            // A secret that is not known as one would be told.
            Err(error) => create.cancel(error),
        }
    }
}

impl PrePost<op::Read> for Swap {
    type Carry = SwapBuffer<op::Read, ContextRef<Secret>>;

    fn pre<'a>(&self, mut read: PreOp<'a, op::Read>) -> PreStatus<'a, op::Read, Self::Carry> {
        let at = read.irql();
        let Some(secret) = secret_of(read.file(), at) else { return read.pass().into() };
        match read.swap_buffer(secret, TAG, at) {
            Ok(buffer) => read.pass_with(buffer),
            Err(error) => read.fail(error).into(),
        }
    }

    fn post<'a>(&self, read: PostOp<'a, op::Read>, mut buffer: Self::Carry) -> PostStatus<'a, op::Read> {
        let secret = buffer.value().clone();
        secret.apply(buffer.answer(&read));
        read.deliver(buffer)
    }
}

impl PrePost<op::Write> for Swap {
    type Carry = SwapBuffer<op::Write>;

    fn pre<'a>(&self, mut write: PreOp<'a, op::Write>) -> PreStatus<'a, op::Write, Self::Carry> {
        let at = write.irql();
        let Some(secret) = secret_of(write.file(), at) else { return write.pass().into() };
        match write.swap_buffer((), TAG, at) {
            Ok(mut buffer) => {
                secret.apply(&mut buffer);
                write.pass_with(buffer)
            }
            Err(error) => write.fail(error).into(),
        }
    }

    fn post<'a>(&self, write: PostOp<'a, op::Write>, _: Self::Carry) -> PostStatus<'a, op::Write> {
        write.finish()
    }
}

fltmgr::driver!(Swap);
