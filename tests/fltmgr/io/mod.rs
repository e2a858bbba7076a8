//! I/O that a filter issues below itself: filters written with `fltmgr`, linked into the test, in fltsim.

mod below;
mod files;
mod hostile;
mod low;
mod metadata;
mod transfers;

use crate::common::{Guarded, units};
use crate::rig::{seen, start};
use fltmgr::file::{OpenOptions, OwnedFile};
use fltmgr::instance::Instance;
use fltmgr::irql::{Irql, PassiveLevel};
use fltmgr::parameters::{Access, CreateOptions, Disposition};
use fltmgr::pool::Tag;
use fltmgr::{Error, Filter, Operations, Pre, PreOp, PreStatus, Result, Starting, op};
use fltsim::config::ServiceConfig;
use std::sync::{Mutex, PoisonError};

const TAG: Tag = Tag::new(*b"Test");

/// Where a filter is that issues I/O: in the pre-operation of a create.
#[derive(Clone, Copy)]
struct Here<'a> {
    instance: Instance<'a>,
    at: Irql<'a, PassiveLevel>,
}

impl<'a> Here<'a> {
    /// The full name of a file of the volume, written with `/`.
    fn name(&self, name: &str) -> Vec<u16> {
        let volume = || self.instance.volume().name(TAG, self.at);
        // Where memory runs out on purpose, it does so once.
        let volume = volume().or_else(|_| volume()).expect("a name");
        [&volume, &*units(name)].concat()
    }

    fn open(&self, name: &str, options: OpenOptions<'_>) -> Result<OwnedFile<'a>> {
        options.open(self.instance, &self.name(name), self.at)
    }

    /// Opens a file for everything, and makes it if it is not there.
    fn file(&self, name: &str) -> Result<OwnedFile<'a>> {
        let access = Access::READ | Access::WRITE | Access::DELETE;
        self.open(name, OpenOptions::new(access).disposition(Disposition::OpenIf))
    }

    /// Opens a directory.
    fn directory(&self, name: &str) -> Result<OwnedFile<'a>> {
        self.open(name, OpenOptions::new(Access::READ).options(CreateOptions::DIRECTORY_FILE))
    }
}

/// What a filter does; it tells what it finds through `saw`.
type Scenario = fn(Here<'_>) -> Result<()>;

/// What the filter is to do in the next create that it sees.
static SCENARIO: Mutex<Option<Scenario>> = Mutex::new(None);
/// How that went.
static OUTCOME: Mutex<Option<Result<()>>> = Mutex::new(None);
fn text(units: &[u16]) -> String {
    String::from_utf16_lossy(units)
}

/// A filter that does what the test asks for.
struct Issue;

impl Filter for Issue {
    const OPERATIONS: Operations<Self> = Operations::new().pre::<op::Create>();

    fn start(_: &mut Starting<'_, Self>) -> Result<Self> {
        Ok(Self)
    }
}

impl Pre<op::Create> for Issue {
    fn pre<'a>(&self, create: PreOp<'a, op::Create>) -> PreStatus<'a, op::Create> {
        let scenario = SCENARIO.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(scenario) = scenario {
            let outcome = scenario(Here { instance: create.instance(), at: create.irql() });
            *OUTCOME.lock().unwrap_or_else(PoisonError::into_inner) = Some(outcome);
        }
        create.pass().into()
    }
}

fltmgr::driver!(Issue);

/// A machine with the filter.
fn issuing() -> Guarded {
    start(driver_entry, ServiceConfig::with_altitude("issue", "370000"))
}

/// Has the filter do something in the create that `open` causes; `None` if the filter does not see it.
fn issue_in(scenario: Scenario, open: impl FnOnce()) -> Option<Result<()>> {
    seen();
    *SCENARIO.lock().unwrap_or_else(PoisonError::into_inner) = Some(scenario);
    open();
    SCENARIO.lock().unwrap_or_else(PoisonError::into_inner).take();
    OUTCOME.lock().unwrap_or_else(PoisonError::into_inner).take()
}

/// Has the filter do something, and tells what it has seen meanwhile.
fn issue(guarded: &Guarded, scenario: Scenario) -> Result<Vec<String>> {
    // There is no such file; that the create comes is enough.
    let outcome = issue_in(scenario, || assert!(!guarded.anybody().exists("/nothing")));
    outcome.expect("the filter has seen the create").map(|()| seen())
}

/// The same, for what is meant to fail.
fn failing(guarded: &Guarded, scenario: Scenario) -> Error {
    issue(guarded, scenario).expect_err("a failure")
}
