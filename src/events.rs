//! What is reported: events go into a ring, from where the client fetches them in batches.

use crate::Guard;
use crate::judge::{Judgement, name_of};
use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use fileguard_policy::Action;
use fileguard_protocol::ring::Drained;
use fileguard_protocol::{Decision, EventDetails, Ring};
use fltmgr::event::{Event, Waited};
use fltmgr::irql::{ApcLevel, Irql, NotAbove, PassiveLevel};
use fltmgr::op::Operation as Kind;
use fltmgr::operation::{CallbackData, PostOp};
use fltmgr::pool::{NonPaged, PoolBox, PoolVec, Tag};
use fltmgr::process::Requestor;
use fltmgr::status::{Error, Result, Status};
use fltmgr::time::{Ticks, system_time};

const TAG: Tag = Tag::new(*b"Fgev");

/// The most units of a name that travel to the post-operation; a record keeps no more.
const NAME_LIMIT: usize = fileguard_protocol::event::NAME_LIMIT;

/// The events that wait, and who waits for them.
pub struct Events {
    ring: Ring<PoolVec<AtomicU64, NonPaged>>,
    sequence: AtomicU64,
    /// How many events there was no memory to make.
    unmade: AtomicU64,
    /// Whether a connection fetches events; without one, none are made.
    observed: AtomicBool,
    arrived: Event,
    stopping: AtomicBool,
}

impl Events {
    /// A ring of at most so many bytes.
    pub fn try_new(bytes: usize) -> Result<Self> {
        let words = (bytes / 8)
            .checked_next_power_of_two()
            .map_or(8192, |words| if words > bytes / 8 { words / 2 } else { words });
        let words = PoolVec::try_filled_with(|| AtomicU64::new(0), words, TAG)?;
        Ok(Self {
            ring: Ring::new(words).map_err(|_| Error::INVALID_PARAMETER)?,
            sequence: AtomicU64::new(0),
            unmade: AtomicU64::new(0),
            observed: AtomicBool::new(false),
            arrived: Event::try_new(TAG)?,
            stopping: AtomicBool::new(false),
        })
    }

    /// A client wants to fetch events; there can be one. Answers whether it is the one.
    pub fn observe(&self) -> bool {
        !self.observed.swap(true, Ordering::Relaxed)
    }

    /// The client that fetched events is gone.
    pub fn unobserved(&self) {
        self.observed.store(false, Ordering::Relaxed);
    }

    /// Whether anybody fetches events.
    pub fn is_observed(&self) -> bool {
        self.observed.load(Ordering::Relaxed)
    }

    /// How many events there were.
    pub fn produced(&self) -> u64 {
        self.sequence.load(Ordering::Relaxed)
    }

    /// How many of them found no room, or no memory.
    pub fn lost(&self) -> u64 {
        self.ring.lost() + self.unmade.load(Ordering::Relaxed)
    }

    /// What was made on the way to an event; if that failed, the event is lost, and counted as one.
    pub fn or_lost<T>(&self, made: Result<T>) -> Option<T> {
        made.inspect_err(|_| {
            self.sequence.fetch_add(1, Ordering::Relaxed);
            self.unmade.fetch_add(1, Ordering::Relaxed);
        })
        .ok()
    }

    /// Makes an event. Any IRQL.
    fn push(&self, mut details: EventDetails, name: &[u16], second: &[u16], image: &[u16]) {
        details.sequence = self.sequence.fetch_add(1, Ordering::Relaxed);
        let was_empty = self.ring.is_empty();
        if self.ring.push(&details, name, second, image) && was_empty {
            self.arrived.set();
        }
    }

    /// Takes the events that fit into `out`, after waiting for the first of them.
    pub fn take(&self, out: &mut [u8], wait: Ticks, at: Irql<'_, PassiveLevel>) -> Drained {
        let deadline = system_time().saturating_add(wait.0);
        loop {
            let drained = self.ring.drain(out);
            let now = system_time();
            if drained.records != 0 || now >= deadline || self.stopping.load(Ordering::Acquire) {
                return drained;
            }
            // The event releases one waiter, and another fetcher may have taken it: so nobody waits longer than this.
            let step = Ticks(deadline - now).min(Ticks::from_milliseconds(200));
            if self.arrived.wait(at, step) == Waited::Interrupted {
                return Drained::default();
            }
        }
    }

    /// Wakes those who wait, for good.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::Release);
        self.arrived.set();
    }
}

/// An event in the making: all that is known before the operation, in memory that its post-operation may touch.
pub struct Note {
    details: EventDetails,
    name: PoolVec<u16, NonPaged>,
    second: PoolVec<u16, NonPaged>,
    image: PoolVec<u16, NonPaged>,
}

/// A note on its way to the post-operation.
pub type CarriedNote = PoolBox<Note, NonPaged>;

/// The tag of what is on its way to the post-operation.
pub const NOTE_TAG: Tag = TAG;

fn bounded(name: &[u16]) -> &[u16] {
    name.get(..NAME_LIMIT + 1).unwrap_or(name)
}

/// The last component of a path.
fn last_component(path: &[u16]) -> &[u16] {
    path.rsplit(|unit| *unit == u16::from(b'\\')).next().unwrap_or(path)
}

impl Note {
    /// Notes an operation that goes on. `second` is the name that a rename gives.
    fn try_new(
        judgement: &Judgement,
        decision: Decision,
        name: &[u16],
        second: &[u16],
        requestor: Requestor<'_>,
        at: Option<Irql<'_, PassiveLevel>>,
    ) -> Result<CarriedNote> {
        let image = at.and_then(|at| requestor.image_name(at).ok());
        let image = image.as_ref().map_or(&[][..], |image| last_component(image.units()));
        let note = Self {
            details: EventDetails {
                sequence: 0,
                time: system_time(),
                duration: 0,
                process: requestor.process_id(),
                thread: requestor.thread_id(),
                rule: judgement.rule,
                status: Status::SUCCESS.raw(),
                operation: judgement.operation,
                decision,
            },
            name: PoolVec::try_from_slice(bounded(name), TAG)?,
            second: PoolVec::try_from_slice(bounded(second), TAG)?,
            image: PoolVec::try_from_slice(bounded(image), TAG)?,
        };
        PoolBox::try_new(note, TAG)
    }

    /// Reports the operation with its outcome. Any IRQL.
    pub fn report(&mut self, events: &Events, status: Status) {
        self.details.status = status.raw();
        self.details.duration = system_time().saturating_sub(self.details.time);
        events.push(self.details, &self.name, &self.second, &self.image);
    }
}

impl Guard {
    /// A note, if somebody fetches events and there is memory; an event that cannot be noted is lost, and the operation
    /// is not.
    pub fn note_named(
        &self,
        judgement: &Judgement,
        decision: Decision,
        name: &[u16],
        second: &[u16],
        requestor: Requestor<'_>,
        at: Option<Irql<'_, PassiveLevel>>,
    ) -> Option<CarriedNote> {
        // Without anybody who fetches events, none are made.
        if !self.events.is_observed() {
            return None;
        }
        self.events.or_lost(Note::try_new(judgement, decision, name, second, requestor, at))
    }

    /// A note for an operation on one file whose rule observes it; an operation without a name makes a lost event.
    pub fn note<O: Kind, L: NotAbove<ApcLevel>>(
        &self,
        judgement: &Judgement,
        operation: &CallbackData<'_, O>,
        at: Irql<'_, L>,
        passive: Option<Irql<'_, PassiveLevel>>,
    ) -> Option<CarriedNote> {
        if judgement.action != Action::Observe || !self.events.is_observed() {
            return None;
        }
        let name = self.events.or_lost(name_of(operation, at).ok_or(Error::NOT_FOUND))?;
        self.note_named(judgement, Decision::Observed, name.units(), &[], operation.requestor(), passive)
    }

    /// Counts and reports a refusal.
    pub fn report_refusal(
        &self,
        judgement: &Judgement,
        decision: Decision,
        name: &[u16],
        second: &[u16],
        requestor: Requestor<'_>,
        at: Option<Irql<'_, PassiveLevel>>,
    ) {
        self.counters.denied();
        if let Some(mut note) = self.note_named(judgement, decision, name, second, requestor, at) {
            note.report(&self.events, judgement.refusal.into());
        }
    }

    /// The post-operation of an operation that only had to be noted.
    pub fn report_outcome<O: Kind>(&self, operation: &PostOp<'_, O>, mut note: CarriedNote) {
        note.report(&self.events, operation.status());
    }
}
