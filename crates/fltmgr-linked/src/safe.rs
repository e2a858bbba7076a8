//! The filters, as fltmgr has them written.

/// Goes on before and after each read, and does nothing.
pub mod null {
    use fltmgr::op::Read;
    use fltmgr::{Filter, Operations, PostOp, PostStatus, PreOp, PrePost, PreStatus, Result, Starting};

    struct Null;

    impl Filter for Null {
        const OPERATIONS: Operations<Self> = Operations::new().pre_post::<Read>();

        fn start(_: &mut Starting<'_, Self>) -> Result<Self> {
            Ok(Self)
        }
    }

    impl PrePost<Read> for Null {
        type Carry = ();

        fn pre<'a>(&self, read: PreOp<'a, Read>) -> PreStatus<'a, Read, ()> {
            read.pass_with(())
        }

        fn post<'a>(&self, read: PostOp<'a, Read>, (): ()) -> PostStatus<'a, Read> {
            read.finish()
        }
    }

    fltmgr::driver!(Null);
}

/// Looks at each read as it comes and as it goes.
pub mod pass {
    use fltmgr::op::Read;
    use fltmgr::{Filter, Operations, PostOp, PostStatus, PreOp, PrePost, PreStatus, Result, Starting};
    use std::hint::black_box;

    struct Pass;

    impl Filter for Pass {
        const OPERATIONS: Operations<Self> = Operations::new().pre_post::<Read>();

        fn start(_: &mut Starting<'_, Self>) -> Result<Self> {
            Ok(Self)
        }
    }

    impl PrePost<Read> for Pass {
        type Carry = ();

        fn pre<'a>(&self, read: PreOp<'a, Read>) -> PreStatus<'a, Read, ()> {
            black_box(read.is_paging_io());
            black_box(read.parameters().length());
            read.pass_with(())
        }

        fn post<'a>(&self, read: PostOp<'a, Read>, (): ()) -> PostStatus<'a, Read> {
            black_box(read.status().raw());
            read.finish()
        }
    }

    fltmgr::driver!(Pass);
}

/// Counts the reads of each stream, and how many of them have ended.
pub mod context {
    use fltmgr::context::{Context, ContextRef, Contexts, HasContexts, NewContext, kind};
    use fltmgr::file::OpenFile;
    use fltmgr::irql::{ApcLevel, Irql};
    use fltmgr::op::Read;
    use fltmgr::pool::{NonPaged, Tag};
    use fltmgr::{Filter, Operations, PostOp, PostStatus, PreOp, PrePost, PreStatus, Result, Starting};
    use std::sync::atomic::{AtomicU64, Ordering};

    struct Count;

    #[derive(Default)]
    struct Reads {
        begun: AtomicU64,
        ended: AtomicU64,
    }

    impl Context for Reads {
        type Filter = Count;
        type Kind = kind::Stream;
        type Pool = NonPaged;
        const TAG: Tag = Tag::new(*b"Read");
    }

    #[cold]
    fn make(file: OpenFile<'_>, at: Irql<'_, ApcLevel>) -> Option<ContextRef<Reads>> {
        NewContext::try_new(Reads::default(), at).and_then(|new| file.keep_context(new, at)).ok()
    }

    impl Filter for Count {
        const OPERATIONS: Operations<Self> = Operations::new().pre_post::<Read>();
        const CONTEXTS: Contexts<Self> = Contexts::new().with::<Reads>();

        fn start(_: &mut Starting<'_, Self>) -> Result<Self> {
            Ok(Self)
        }
    }

    impl PrePost<Read> for Count {
        type Carry = ContextRef<Reads>;

        fn pre<'a>(&self, read: PreOp<'a, Read>) -> PreStatus<'a, Read, ContextRef<Reads>> {
            let at = read.irql();
            let Some(file) = read.file() else { return read.pass().into() };
            let Some(reads) = file.context(at).or_else(|| make(file, at)) else { return read.pass().into() };
            reads.begun.fetch_add(1, Ordering::Relaxed);
            read.pass_with(reads)
        }

        fn post<'a>(&self, read: PostOp<'a, Read>, reads: ContextRef<Reads>) -> PostStatus<'a, Read> {
            reads.ended.fetch_add(1, Ordering::Relaxed);
            read.finish()
        }
    }

    fltmgr::driver!(Count);
}

/// Has each read ask for at most a sector.
pub mod change {
    use fltmgr::op::Read;
    use fltmgr::{Filter, Operations, PostOp, PostStatus, PreOp, PrePost, PreStatus, Result, Starting};

    struct Shorten;

    impl Filter for Shorten {
        const OPERATIONS: Operations<Self> = Operations::new().pre_post::<Read>();

        fn start(_: &mut Starting<'_, Self>) -> Result<Self> {
            Ok(Self)
        }
    }

    impl PrePost<Read> for Shorten {
        type Carry = ();

        fn pre<'a>(&self, mut read: PreOp<'a, Read>) -> PreStatus<'a, Read, ()> {
            if read.parameters().length() > crate::SECTOR {
                read.shorten(crate::SECTOR);
            }
            read.pass_with(())
        }

        fn post<'a>(&self, read: PostOp<'a, Read>, (): ()) -> PostStatus<'a, Read> {
            read.finish()
        }
    }

    fltmgr::driver!(Shorten);
}
