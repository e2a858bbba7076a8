//! Event Tracing for Windows: the providers that drivers have registered, who listens, and the events that were written.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;

use crate::image::Image;

/// How many events are kept for who asks.
const EVENTS: usize = 10_000;

/// An event that a driver has written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceEvent {
    /// The GUID of the provider, in the order in which its digits are written.
    pub provider: u128,
    /// The number of the event.
    pub id: u16,
    /// The version of the event.
    pub version: u8,
    /// 1 critical, 2 error, 3 warning, 4 informational, 5 verbose.
    pub level: u8,
    /// The bits that it can be asked for with.
    pub keywords: u64,
    /// What the driver passed, one piece a descriptor.
    pub data: Vec<Vec<u8>>,
}

/// What somebody listens to.
#[derive(Clone, Copy)]
struct Session {
    level: u8,
    keywords: u64,
}

/// A registered provider.
struct Registered {
    provider: u128,
    image: Option<Arc<Image>>,
}

/// The providers and events of a machine.
#[derive(Default)]
pub(crate) struct Tracing {
    last: AtomicU64,
    registered: Mutex<HashMap<u64, Registered>>,
    sessions: Mutex<HashMap<u128, Session>>,
    events: Mutex<VecDeque<TraceEvent>>,
}

impl Tracing {
    /// Listens to the events of a provider up to a level; `keywords` of 0 are all, as those of an event are.
    pub(crate) fn listen(&self, provider: u128, level: u8, keywords: u64) {
        self.sessions.lock().insert(provider, Session { level, keywords });
    }

    pub(crate) fn take(&self) -> Vec<TraceEvent> {
        std::mem::take(&mut *self.events.lock()).into()
    }

    /// Registers a provider for a driver, and returns its handle.
    pub(crate) fn register(&self, provider: u128, image: Option<Arc<Image>>) -> u64 {
        let handle = self.last.fetch_add(1, Ordering::Relaxed) + 1;
        self.registered.lock().insert(handle, Registered { provider, image });
        handle
    }

    /// Unregisters a provider. Answers whether there was one with this handle.
    pub(crate) fn unregister(&self, handle: u64) -> bool {
        self.registered.lock().remove(&handle).is_some()
    }

    /// Takes away what a driver that is unloaded has left registered, and answers how many that were.
    pub(crate) fn forget(&self, image: &Arc<Image>) -> usize {
        let left = |registered: &Registered| registered.image.as_ref().is_some_and(|its| Arc::ptr_eq(its, image));
        self.registered.lock().extract_if(|_, registered| left(registered)).count()
    }

    /// The provider with this handle.
    pub(crate) fn provider(&self, handle: u64) -> Option<u128> {
        self.registered.lock().get(&handle).map(|registered| registered.provider)
    }

    /// Whether somebody listens to such events of the provider.
    pub(crate) fn is_enabled(&self, provider: u128, level: u8, keywords: u64) -> bool {
        self.sessions.lock().get(&provider).is_some_and(|session| {
            level <= session.level && (keywords == 0 || session.keywords == 0 || keywords & session.keywords != 0)
        })
    }

    pub(crate) fn keep(&self, event: TraceEvent) {
        let mut events = self.events.lock();
        if events.len() == EVENTS {
            events.pop_front();
        }
        events.push_back(event);
    }
}
