//! A filter that runs what a test gives it, at PASSIVE_LEVEL, in the thread of a client that sends it a message: for what
//! `fltmgr` wraps beside operations.

use crate::common::Guarded;
use fltmgr::buffer::{UserInput, UserOutput};
use fltmgr::guid::Guid;
use fltmgr::irql::{Irql, PassiveLevel};
use fltmgr::pool::Tag;
use fltmgr::port::{Access, Connection, Port};
use fltmgr::{Error, Filter, Operations, Result, Starting, utf16};
use fltsim::config::{RegistryValue, ServiceConfig};
use fltsim::flt::port::PortConnection;
use fltsim::machine::ImageSource;
use std::any::Any;
use std::collections::HashMap;
use std::num::NonZeroU16;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

pub const TAG: Tag = Tag::new(*b"Test");
/// The provider of its events.
pub const PROVIDER: u128 = 0x6a3d_4b1e_91f2_4c0a_8d57_0e2b_9c41_f7a3;

/// The filter.
pub struct Driver {
    /// What starting answered.
    pub started: Mutex<Option<Started>>,
}

type Call = Box<dyn FnOnce(&Driver, Irql<'_, PassiveLevel>) + Send>;
type Start = Box<dyn FnOnce(&mut Starting<'_, Driver>) -> Started + Send>;
type Started = std::thread::Result<Box<dyn Any + Send>>;

/// What is to be run, by the number that is sent for it.
static CALLS: Mutex<Option<HashMap<u64, Call>>> = Mutex::new(None);
/// What is to be run when the filter starts.
static START: Mutex<Option<Start>> = Mutex::new(None);

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Filter for Driver {
    const OPERATIONS: Operations<Self> = Operations::new();
    const PROVIDER: Option<Guid> = Some(Guid::new(PROVIDER));

    fn start(starting: &mut Starting<'_, Self>) -> Result<Self> {
        starting.open_port::<Calls>()?;
        starting.open_port::<Open>()?;
        starting.open_port::<Members>()?;
        let start = lock(&START).take();
        Ok(Self { started: Mutex::new(start.map(|start| start(starting))) })
    }
}

/// The port of calls; each client is called by the bytes that it connects with.
pub struct Calls;

impl Port for Calls {
    type Filter = Driver;
    type Client = Vec<u8>;
    const NAME: &'static [u16] = utf16!("\\Calls");
    const MAX_CONNECTIONS: NonZeroU16 = NonZeroU16::new(64).unwrap();

    fn connect(_: &Driver, context: &[u8]) -> Result<Vec<u8>> {
        Ok(context.to_vec())
    }

    fn connected(_: &Driver, connection: &Connection<Self>, _: Irql<'_, PassiveLevel>) -> Result<()> {
        if **connection == *b"refused" { Err(Error::SHARING_VIOLATION) } else { Ok(()) }
    }

    fn message(
        driver: &Driver,
        connection: &Connection<Self>,
        input: &UserInput<'_>,
        output: &mut UserOutput<'_>,
        at: Irql<'_, PassiveLevel>,
    ) -> Result<usize> {
        let (id, name) = (input.value::<u64>()?, connection.to_vec());
        let call = lock(&CALLS).as_mut().and_then(|calls| calls.remove(&id)).ok_or(Error::NOT_FOUND)?;
        call(driver, at);
        // Whatever has happened meanwhile, the connection is there as long as the callback.
        if **connection == name { output.put(&id) } else { Err(Error::INVALID_PARAMETER) }
    }
}

/// A port for everybody, which takes no messages.
pub struct Open;

impl Port for Open {
    type Filter = Driver;
    type Client = ();
    const NAME: &'static [u16] = utf16!("\\Open");
    const MAX_CONNECTIONS: NonZeroU16 = NonZeroU16::new(1).unwrap();
    const ACCESS: Access = Access::Everyone;

    fn connect(_: &Driver, _: &[u8]) -> Result<()> {
        Ok(())
    }
}

/// A port for users.
pub struct Members;

impl Port for Members {
    type Filter = Driver;
    type Client = ();
    const NAME: &'static [u16] = utf16!("\\Members");
    const MAX_CONNECTIONS: NonZeroU16 = NonZeroU16::new(1).unwrap();
    const ACCESS: Access = Access::AuthenticatedUsers;

    fn connect(_: &Driver, _: &[u8]) -> Result<()> {
        Ok(())
    }
}

mod linked {
    use super::Driver;

    fltmgr::driver!(Driver);
    pub use driver_entry as entry;
}

/// A machine with the filter.
pub struct Runner {
    pub guarded: Guarded,
}

/// One runner at a time is started, so that each finds what it is to run.
static STARTING: Mutex<()> = Mutex::new(());

/// A runner.
pub fn runner() -> Runner {
    let _starting = lock(&STARTING);
    load(&[])
}

/// Loads the filter into a machine whose service has parameters.
fn load(parameters: &[(&str, RegistryValue)]) -> Runner {
    let mut service = ServiceConfig::with_altitude("runner", "370999");
    for (name, value) in parameters {
        service.set_parameter(name, value.clone());
    }
    Runner { guarded: Guarded::start_driver(ImageSource::Linked { entry: linked::entry }, service) }
}

/// A runner that runs `start` in its DriverEntry, and what that answers.
pub fn runner_that_starts<R: Send + 'static>(
    parameters: &[(&str, RegistryValue)],
    start: impl FnOnce(&mut Starting<'_, Driver>) -> R + Send + 'static,
) -> (Runner, R) {
    let _starting = lock(&STARTING);
    let start: Start = Box::new(|starting| {
        // A panic must not go through the simulated kernel.
        catch_unwind(AssertUnwindSafe(|| Box::new(start(starting)) as Box<dyn Any + Send>))
    });
    *lock(&START) = Some(start);
    let runner = load(parameters);
    let started = runner.call(|driver, _| lock(&driver.started).take());
    match started.expect("the filter was started so") {
        Ok(started) => (runner, *started.downcast().unwrap()),
        Err(panic) => resume_unwind(panic),
    }
}

impl Runner {
    pub fn connect(&self, context: &[u8]) -> PortConnection {
        let client = self.guarded.anybody();
        self.guarded.machine.connect_port(&client.requestor.process, r"\Calls", context).unwrap()
    }

    /// Runs `f` in the filter, in this thread.
    pub fn call<R: Send + 'static>(&self, f: impl FnOnce(&Driver, Irql<'_, PassiveLevel>) -> R + Send + 'static) -> R {
        call_as(&self.connect(b"caller"), f)
    }
}

/// Runs `f` in the filter, in this thread, for a message of this client.
pub fn call_as<R: Send + 'static>(
    client: &PortConnection,
    f: impl FnOnce(&Driver, Irql<'_, PassiveLevel>) -> R + Send + 'static,
) -> R {
    static LAST: AtomicU64 = AtomicU64::new(1);
    let id = LAST.fetch_add(1, Ordering::Relaxed);
    let result = Arc::new(Mutex::new(None));
    let place = Arc::clone(&result);
    let call: Call = Box::new(move |driver, at| {
        // A panic must not go through the simulated kernel.
        *lock(&place) = Some(catch_unwind(AssertUnwindSafe(|| f(driver, at))));
    });
    lock(&CALLS).get_or_insert_default().insert(id, call);
    let mut echo = [0; 8];
    assert_eq!(client.send(&id.to_le_bytes(), &mut echo), Ok(8));
    assert_eq!(u64::from_le_bytes(echo), id);
    let result = lock(&result).take().expect("the call came back");
    result.unwrap_or_else(|panic| resume_unwind(panic))
}
