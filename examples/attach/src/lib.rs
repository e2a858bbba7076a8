//! Shows instances and volumes: on the volume that the parameter `Volume` names, the filter attaches itself a second time,
//! above the first, and prints who is there for a kernel debugger.
//!
//! An instance cannot be attached before filtering has started, and no operation should wait for it, so that a worker does
//! it, when the first file on the volume is opened. The reference to the second instance is kept where it is let go of when
//! the filter is unloaded. An altitude of one's own choice is for debugging: a driver that is sold has those of its INF.
#![no_std]
#[cfg(not(target_os = "windows"))]
extern crate std;

use core::sync::atomic::{AtomicBool, Ordering};
use fltmgr::filter::{Attach as Answer, Detach, Registered};
use fltmgr::instance::{Altitude, HasAltitude, Instance, OwnInstance, Setup, Teardown};
use fltmgr::irql::{Irql, PassiveLevel};
use fltmgr::pool::{NonPaged, PoolVec, Tag};
use fltmgr::string::Text;
use fltmgr::work::{Queue, Work, WorkItem};
use fltmgr::{Error, Filter, Operations, Pre, PreOp, PreStatus, Result, Starting, altitude, debug_println, op, utf16};

const TAG: Tag = Tag::new(*b"Atch");

/// Where the second instance is.
const ABOVE: Altitude<'static> = altitude!("370115.5");

/// The filter.
pub struct Attach {
    /// The device name of the volume.
    wanted: PoolVec<u16, NonPaged>,
    /// The worker has been asked.
    asked: AtomicBool,
}

impl Filter for Attach {
    const OPERATIONS: Operations<Self> = Operations::new().pre::<op::Create>();

    fn start(starting: &mut Starting<'_, Self>) -> Result<Self> {
        let wanted = starting.parameters()?.string(utf16!("Volume"), starting.irql())?;
        Ok(Self {
            wanted: PoolVec::try_from_slice(&wanted.ok_or(Error::OBJECT_NAME_NOT_FOUND)?, TAG)?,
            asked: AtomicBool::new(false),
        })
    }

    fn attach(&self, instance: Instance<'_>, setup: Setup, at: Irql<'_, PassiveLevel>) -> Answer {
        let Ok(name) = instance.volume().name(TAG, at) else { return Answer::No };
        let how = if setup.is_manual() { "by hand" } else { "by itself" };
        debug_println!("attaches to {} {how}: {:?}, {:?}", Text(&name), setup.device_type(), setup.file_system());
        Answer::Yes
    }

    fn may_detach(&self, instance: Instance<'_>, at: Irql<'_, PassiveLevel>) -> Detach {
        let is_second = self.held().get(at).is_some_and(|second| second.address() == instance.address());
        if is_second { Detach::Refuse } else { Detach::Allow }
    }

    fn detaching(&self, instance: Instance<'_>, reason: Teardown, at: Irql<'_, PassiveLevel>) {
        debug_println!("detaches: {reason:?}");
        let is_second = self.held().get(at).is_some_and(|second| second.address() == instance.address());
        if is_second {
            drop(self.held().take(at));
        }
    }
}

impl Pre<op::Create> for Attach {
    fn pre<'a>(&self, create: PreOp<'a, op::Create>) -> PreStatus<'a, op::Create> {
        if !self.asked.load(Ordering::Relaxed)
            && let Ok(name) = create.instance().volume().name(TAG, create.irql())
            && *name == *self.wanted
            && !self.asked.swap(true, Ordering::Relaxed)
            && let Ok(item) = WorkItem::try_new(TAG)
        {
            let _ = item.queue(Tour, Queue::Delayed);
        }
        create.pass().into()
    }
}

/// Attaches the second instance, and looks around.
struct Tour;

impl Work for Tour {
    type Filter = Attach;

    fn run(self, filter: &Attach, _: WorkItem<Self>, at: Irql<'_, PassiveLevel>) {
        if let Err(error) = filter.tour(at) {
            debug_println!("the tour ends with {:#010x}", error.raw());
        }
    }
}

impl Attach {
    fn tour(&self, at: Irql<'_, PassiveLevel>) -> Result<()> {
        let volume = self.volume_named(&self.wanted, at)?;
        let volume = volume.as_volume();
        let second = self.attach_at_altitude(volume, ABOVE, Some(utf16!("attach above")), at)?;

        let properties = volume.properties(TAG, at)?;
        let driver = Text(properties.file_system_driver());
        let (writable, size) = (volume.is_writable(at)?, properties.sector_size());
        debug_println!("the volume is {driver}'s, writable: {writable}, with sectors of {size} bytes");

        for filter in self.filters(TAG, at)?.iter() {
            let known = filter.information(TAG, at)?;
            let (name, altitude) = (Text(known.name()), Text(known.altitude()));
            debug_println!("filter {name} at {altitude}, instances: {}", known.instances().unwrap_or(0));
        }
        let mut next = volume.top(at)?;
        while let Some(instance) = next {
            let known = instance.information(TAG, at)?;
            let (name, altitude) = (Text(known.name()), Text(known.altitude()));
            let order = instance.compare_altitude(&second);
            debug_println!("instance {name} of {} at {altitude}: {order:?}", Text(known.filter()));
            next = instance.lower(at)?;
        }
        // Once the filter goes, nothing is kept any more, and the reference ends here.
        let _ = self.held().put(second, at);
        debug_println!("the tour ends");
        Ok(())
    }
}

// The second instance is held.
fltmgr::driver!(Attach, held: OwnInstance);
