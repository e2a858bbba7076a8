//! Shows operations that wait: a file whose name ends in `.held` opens once somebody opens a file named `release`.
//!
//! Each instance has a queue in its context. Opening a held file puts the create into it; whoever opens `release` takes out
//! what is there. A create that is canceled while it waits ends with STATUS_CANCELLED, and so does what still waits when
//! the instance goes.
#![no_std]
#[cfg(not(target_os = "windows"))]
extern crate std;

use fltmgr::context::{Context, Contexts, HasContexts, NewContext, kind};
use fltmgr::filter::Attach;
use fltmgr::instance::{Instance, Setup, Teardown};
use fltmgr::irql::{Irql, PassiveLevel};
use fltmgr::name::{Format, Query};
use fltmgr::pool::{NonPaged, Tag};
use fltmgr::queue::Queue;
use fltmgr::{Error, Filter, Operations, Pre, PreOp, PreStatus, Result, Starting, op, utf16};

/// The filter; its state is on its instances.
pub struct Hold;

/// What waits on an instance.
struct Waiting(Queue<op::Create, ()>);

impl Context for Waiting {
    type Filter = Hold;
    type Kind = kind::Instance;
    type Pool = NonPaged;
    const TAG: Tag = Tag::new(*b"Hold");
}

impl Filter for Hold {
    const OPERATIONS: Operations<Self> = Operations::new().pre::<op::Create>();
    const CONTEXTS: Contexts<Self> = Contexts::new().with::<Waiting>();

    fn start(_: &mut Starting<'_, Self>) -> Result<Self> {
        Ok(Self)
    }

    fn attach(&self, instance: Instance<'_>, _: Setup, at: Irql<'_, PassiveLevel>) -> Attach {
        let kept = Queue::try_new(instance, Waiting::TAG, at)
            .and_then(|queue| NewContext::try_new(Waiting(queue), at))
            .and_then(|waiting| instance.keep_context(waiting, at));
        if kept.is_ok() { Attach::Yes } else { Attach::No }
    }

    fn detaching(&self, instance: Instance<'_>, _: Teardown, at: Irql<'_, PassiveLevel>) {
        if let Some(waiting) = instance.context::<Waiting, _>(at) {
            waiting.0.close(at);
        }
    }
}

impl Pre<op::Create> for Hold {
    fn pre<'a>(&self, create: PreOp<'a, op::Create>) -> PreStatus<'a, op::Create> {
        let at = create.irql();
        let Some(waiting) = create.instance().context::<Waiting, _>(at) else { return create.pass().into() };
        let Ok(name) = create.name(Format::Normalized, Query::Default, at) else { return create.pass().into() };
        if name.units().ends_with(utf16!("\\release")) {
            while let Some((held, ())) = waiting.0.take(at, |()| true) {
                held.pass(at);
            }
        }
        if !name.units().ends_with(utf16!(".held")) {
            return create.pass().into();
        }
        match create.into_irp().map(|create| create.hold(&waiting.0, (), Waiting::TAG)) {
            Ok(Ok(pending)) => pending.into(),
            // What cannot wait, as while the queue is closed, ends like what waits in it by then.
            Ok(Err(refused)) => refused.operation.fail(Error::CANCELLED).into(),
            Err(create) => create.pass().into(),
        }
    }
}

fltmgr::driver!(Hold);
