//! A queue with a push lock and an order of its own, in a filter that has creates wait.

use crate::common::Guarded;
use fltmgr::context::{Context, Contexts, HasContexts, NewContext, kind};
use fltmgr::filter::Attach;
use fltmgr::instance::{Instance, Setup};
use fltmgr::irql::{Irql, PassiveLevel};
use fltmgr::name::{Format, Query};
use fltmgr::pool::{NonPaged, Tag};
use fltmgr::queue::{Order, PushLocked, Queue};
use fltmgr::{Filter, Operations, Pre, PreOp, PreStatus, Result, Starting, op, utf16};
use fltsim::config::ServiceConfig;
use fltsim::kernel::irql;
use fltsim::machine::ImageSource;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::thread;

pub struct Urgent;

/// The greater number goes first.
struct Urgency;

impl Order<u16> for Urgency {
    fn before(new: &u16, waiting: &u16) -> bool {
        new > waiting
    }
}

struct Waiting(Queue<op::Create, u16, Urgency, PushLocked>);

impl Context for Waiting {
    type Filter = Urgent;
    type Kind = kind::Instance;
    type Pool = NonPaged;
    const TAG: Tag = Tag::new(*b"Urge");
}

/// How many wait, at which level the queue was searched, and the order in which they went on.
static HELD: AtomicUsize = AtomicUsize::new(0);
static LEVEL: AtomicU8 = AtomicU8::new(u8::MAX);
static WENT: Mutex<Vec<u16>> = Mutex::new(Vec::new());

impl Filter for Urgent {
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

    fn detaching(&self, instance: Instance<'_>, _: fltmgr::instance::Teardown, at: Irql<'_, PassiveLevel>) {
        if let Some(waiting) = instance.context::<Waiting, _>(at) {
            waiting.0.close(at);
        }
    }
}

impl Pre<op::Create> for Urgent {
    fn pre<'a>(&self, create: PreOp<'a, op::Create>) -> PreStatus<'a, op::Create> {
        let at = create.irql();
        let Some(waiting) = create.instance().context::<Waiting, _>(at) else { return create.pass().into() };
        let Ok(name) = create.name(Format::Opened, Query::Default, at) else { return create.pass().into() };
        if name.units().ends_with(utf16!("\\release")) {
            let search = |_: &u16| {
                LEVEL.store(irql::current(), Ordering::SeqCst);
                true
            };
            while let Some((held, number)) = waiting.0.take(at, search) {
                WENT.lock().unwrap().push(number);
                held.pass(at);
            }
            return create.pass().into();
        }
        let Some(number) = name.units().strip_suffix(utf16!(".held")).and_then(|name| name.last().copied()) else {
            return create.pass().into();
        };
        match create.into_irp().map(|create| create.hold(&waiting.0, number, Waiting::TAG)) {
            Ok(Ok(pending)) => {
                HELD.fetch_add(1, Ordering::SeqCst);
                pending.into()
            }
            Ok(Err(refused)) => refused.operation.fail(refused.error).into(),
            Err(create) => create.pass().into(),
        }
    }
}

fltmgr::driver!(Urgent);

#[test]
fn a_queue_with_a_push_lock_is_searched_below_dispatch_level_and_in_its_own_order() {
    let image = ImageSource::Linked { entry: driver_entry };
    let guarded = Guarded::start_driver(image, ServiceConfig::with_altitude("urgent", "370998"));
    thread::scope(|scope| {
        let waiting = ["/1.held", "/3.held", "/2.held", "/3.held"].map(|name| {
            let program = guarded.anybody();
            let before = HELD.load(Ordering::SeqCst);
            let thread = scope.spawn(move || program.open_for_writing(name).map(drop));
            while HELD.load(Ordering::SeqCst) == before {
                thread::yield_now();
            }
            thread
        });
        guarded.anybody().write("/release", b"").unwrap();
        for thread in waiting {
            assert_eq!(thread.join().unwrap(), Ok(()));
        }
    });
    assert_eq!(*WENT.lock().unwrap(), [b'3', b'3', b'2', b'1'].map(u16::from));
    assert_eq!(LEVEL.load(Ordering::SeqCst), irql::PASSIVE_LEVEL);
}
