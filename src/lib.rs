//! fileguard, the driver: a minifilter that watches, refuses and asks about file activity by policy.
//!
//! Rules say which (path, operation, process) and what. Each action stands on one technique of the Filter Manager:
//! no rule passes through without a post-operation; `observe` notes the outcome in the post-operation; `deny` completes
//! the operation in its pre-operation; `ask` asks the service in user mode, for an open in its post-operation, where the
//! service can read the file, and for what would change something before anything has changed.
//!
//! Read from [`Guard`] downwards: `policies` has the policy in force, `judge` decides, `create`, `content` and
//! `information` are the callbacks, `ask` the questions, `events` what is reported, `client` the port.
#![no_std]

#[cfg(not(target_os = "windows"))]
extern crate std;

mod ask;
mod client;
mod content;
mod counters;
mod create;
mod events;
mod information;
mod judge;
mod policies;
mod settings;
mod state;

use ask::{AskedFiles, Asks};
use client::{ClientPort, Clients};
use counters::Counters;
use events::Events;
use fltmgr::context::{Contexts, HasContexts};
use fltmgr::filter::Attach;
use fltmgr::instance::{Instance, Setup, Teardown};
use fltmgr::irql::{Irql, PassiveLevel};
use fltmgr::time::system_time;
use fltmgr::{Filter, Operations, Result, Starting, debug_println, op};
use policies::Policies;
use settings::Settings;
use state::{HandleState, InstanceState, StreamState};

/// The filter.
pub struct Guard {
    started: u64,
    settings: Settings,
    policies: Policies,
    events: Events,
    asks: Asks,
    clients: Clients,
    counters: Counters,
}

impl Filter for Guard {
    const OPERATIONS: Operations<Self> = Operations::new()
        .pre_post::<op::Create>()
        .pre::<op::Cleanup>()
        .pre::<op::Close>()
        .pre_post::<op::Read>()
        .skip_paging_io::<op::Read>()
        // Paging writes change the content that an answer was about.
        .pre_post::<op::Write>()
        .pre::<op::QueryInformation>()
        .pre_post::<op::SetInformation>()
        .pre_post::<op::DirectoryControl>();

    const CONTEXTS: Contexts<Self> =
        Contexts::new().with::<InstanceState>().with::<StreamState>().with::<HandleState>();

    fn start(starting: &mut Starting<'_, Self>) -> Result<Self> {
        let settings = Settings::read(starting);
        let guard = Self {
            started: system_time(),
            settings,
            policies: Policies::new(),
            events: Events::try_new(settings.event_buffer_bytes)?,
            asks: Asks::try_new()?,
            clients: Clients::try_new()?,
            counters: Counters::new(),
        };
        starting.hold(AskedFiles::try_new()?);
        starting.open_port::<ClientPort>()?;
        debug_println!("fileguard starts filtering");
        Ok(guard)
    }

    fn attach(&self, instance: Instance<'_>, _: Setup, at: Irql<'_, PassiveLevel>) -> Attach {
        match InstanceState::keep(instance, at) {
            Ok(()) => {
                self.counters.attached();
                Attach::Yes
            }
            Err(_) => Attach::No,
        }
    }

    fn detached(&self, instance: Instance<'_>, _: Teardown, at: Irql<'_, PassiveLevel>) {
        if instance.context::<InstanceState, _>(at).is_some() {
            self.counters.detached();
        }
    }

    fn stopping(&self) {
        self.events.stop();
        debug_println!("fileguard stops filtering");
    }
}

// The entry point, and the place of the filter.
fltmgr::driver!(Guard, held: AskedFiles);
