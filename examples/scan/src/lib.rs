//! Shows a scanner: a service in user mode decides about every file that is opened.
//!
//! The file is open when the service is asked, so that it can look into it; an open that it refuses is canceled again. The
//! service has a time limit, `TimeoutMilliseconds` in the registry. Without one, or without its answer in time, a file is
//! opened. What the service opens itself is not asked about, since it would wait for itself.
#![no_std]
#[cfg(not(target_os = "windows"))]
extern crate std;

use core::num::NonZeroU16;
use fltmgr::irql::{Irql, PassiveLevel};
use fltmgr::name::{Format, Query};
use fltmgr::operation::CallbackData;
use fltmgr::port::{self, Port, Question, Sent};
use fltmgr::process::current_process_id;
use fltmgr::time::Ticks;
use fltmgr::{Error, Filter, Operations, PostOp, PostStatus, PreOp, PrePost, PreStatus, Result, Starting, op, utf16};
use zerocopy::{FromBytes, Immutable, IntoBytes};

/// The filter.
pub struct Scan {
    timeout: Ticks,
}

/// The port that services connect to.
pub struct ScanPort;

/// A service.
pub struct Service {
    process: u32,
}

/// What a service is asked.
#[derive(IntoBytes, Immutable)]
#[repr(C)]
struct Opened {
    process: u32,
    /// How many units the name has; those that there is no room for are left out.
    length: u32,
    name: [u16; 508],
}

/// What it answers.
#[derive(FromBytes, IntoBytes)]
#[repr(C)]
struct Verdict {
    refuse: u32,
}

impl Question<ScanPort> for Opened {
    type Answer = Verdict;
}

impl Port for ScanPort {
    type Filter = Scan;
    type Client = Service;
    const NAME: &'static [u16] = utf16!("\\ScanPort");
    const MAX_CONNECTIONS: NonZeroU16 = NonZeroU16::new(4).unwrap();

    fn connect(_: &Scan, _: &[u8]) -> Result<Service> {
        Ok(Service { process: current_process_id() })
    }
}

impl Filter for Scan {
    const OPERATIONS: Operations<Self> = Operations::new().pre_post::<op::Create>();

    fn start(starting: &mut Starting<'_, Self>) -> Result<Self> {
        starting.open_port::<ScanPort>()?;
        let milliseconds = match starting.parameters() {
            Ok(parameters) => parameters.dword(utf16!("TimeoutMilliseconds"), starting.irql())?,
            Err(_) => None,
        };
        Ok(Self { timeout: Ticks::from_milliseconds(milliseconds.unwrap_or(5000)) })
    }
}

impl Scan {
    /// Whether a file that was opened may stay open.
    fn admits(&self, create: &CallbackData<'_, op::Create>, at: Irql<'_, PassiveLevel>) -> bool {
        let Ok(name) = create.name(Format::Normalized, Query::Default, at) else { return true };
        let length = u32::try_from(name.units().len()).unwrap_or(u32::MAX);
        let mut opened = Opened { process: create.requestor().process_id(), length, name: [0; 508] };
        for (to, from) in opened.name.iter_mut().zip(name.units()) {
            *to = *from;
        }
        for service in port::connections::<ScanPort, _>(at) {
            match service.question(&opened, self.timeout, at) {
                Ok(Sent::Replied(verdict)) => return verdict.refuse == 0,
                Ok(Sent::TimedOut) => return true,
                // It is gone: the next one is asked.
                Err(_) => {}
            }
        }
        true
    }
}

impl PrePost<op::Create> for Scan {
    type Carry = ();

    fn pre<'a>(&self, create: PreOp<'a, op::Create>) -> PreStatus<'a, op::Create, ()> {
        let process = create.requestor().process_id();
        if port::connections::<ScanPort, _>(create.irql()).any(|service| service.process == process) {
            return create.pass().into();
        }
        create.pass_with(())
    }

    fn post<'a>(&self, create: PostOp<'a, op::Create>, (): ()) -> PostStatus<'a, op::Create> {
        if create.opened().is_none() || self.admits(&create, create.irql()) {
            return create.finish();
        }
        create.cancel(Error::VIRUS_INFECTED)
    }
}

fltmgr::driver!(Scan);
