//! Communication ports (rules M-01 to M-30).
//!
//! A driver opens a port under a name (`FltCreateCommunicationPort`); programs connect to it
//! ([`Machine::connect_port`]) and exchange messages with the driver through a [`PortConnection`], which is what a
//! handle from `FilterConnectCommunicationPort` is. Each connection has queues of its own.
//!
//! A `PFLT_PORT` is the address of a `ServerPort` or of a `Connection`. Both are looked up in the machine's table
//! when a driver passes one, so that one that is closed already is noticed, and never followed.

mod access;
mod client;
mod connection;

use std::collections::HashMap;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use fltmgr_sys as sys;
use parking_lot::Mutex;

pub use access::Caller;
pub(crate) use access::{Access, Descriptor};
pub use client::PortConnection;
pub use connection::Got;
pub(crate) use connection::Sent;

use super::filter::Filter;
use super::report::Report;
use super::rundown::Rundown;
use crate::kernel::call::{CallSite, call_driver};
use crate::kernel::process::Process;
use crate::kernel::{irql, thread};
use crate::machine::Machine;
use crate::status::NtStatus;
use connection::Queues;

/// The routines that a driver gave for a port.
#[derive(Clone, Copy)]
pub(crate) struct Callbacks {
    pub connect: sys::PFLT_CONNECT_NOTIFY,
    pub disconnect: sys::PFLT_DISCONNECT_NOTIFY,
    pub message: sys::PFLT_MESSAGE_NOTIFY,
}

/// What a driver opens: `ServerPort` of `FltCreateCommunicationPort`.
pub(crate) struct ServerPort {
    name: Vec<u16>,
    filter: Arc<Filter>,
    access: Access,
    /// `ServerPortCookie`, the driver's own.
    cookie: usize,
    callbacks: Callbacks,
    max_connections: usize,
    /// Whether it takes new connections: until `FltCloseCommunicationPort`.
    open: AtomicBool,
    connections: Mutex<Vec<Arc<Connection>>>,
    /// Entered while a connect is under way.
    connecting: Rundown,
}

/// What a program connects: `ClientPort` of a `ConnectNotify`.
pub(crate) struct Connection {
    server: Arc<ServerPort>,
    queues: Queues,
    /// `ConnectionCookie`, the driver's own.
    cookie: AtomicUsize,
    /// Entered while a `MessageNotify` runs.
    calls: Rundown,
    /// Whether `DisconnectNotify` was called or must not be; held while it runs.
    finished: Mutex<bool>,
}

impl ServerPort {
    pub(crate) fn address(&self) -> usize {
        ptr::from_ref(self) as usize
    }

    fn name(&self) -> String {
        String::from_utf16_lossy(&self.name)
    }
}

impl Connection {
    fn address(&self) -> usize {
        ptr::from_ref(self) as usize
    }

    fn is_owned_by(&self, filter: &Arc<Filter>) -> bool {
        Arc::ptr_eq(&self.server.filter, filter)
    }
}

/// The ports of a machine.
#[derive(Default)]
pub struct Ports {
    /// Ports whose filter is registered, closed ones included: their connections live on (M-11).
    servers: Mutex<Vec<Arc<ServerPort>>>,
    /// The client ports that drivers have and have not closed, by address.
    clients: Mutex<HashMap<usize, Arc<Connection>>>,
    /// What `FltBuildDefaultSecurityDescriptor` built, by address, and the image that it was built for.
    descriptors: Mutex<HashMap<usize, (Box<Descriptor>, usize)>>,
    watches_for_crash: OnceLock<()>,
}

/// What a driver wants a port to be.
pub(crate) struct PortRequest {
    pub name: Vec<u16>,
    pub access: Access,
    pub cookie: usize,
    pub callbacks: Callbacks,
    pub max_connections: usize,
}

impl Ports {
    /// Opens a port (M-01 to M-03) whose arguments were checked.
    pub(crate) fn create(
        &self,
        machine: &Arc<Machine>,
        filter: &Arc<Filter>,
        request: PortRequest,
    ) -> Result<Arc<ServerPort>, NtStatus> {
        self.watches_for_crash.get_or_init(|| {
            let weak = Arc::downgrade(machine);
            machine.on_crash(move |_| {
                if let Some(machine) = weak.upgrade() {
                    machine.ports().disconnect_all();
                }
            });
        });
        let mut servers = self.servers.lock();
        if filter.is_unregistered() {
            return Err(NtStatus(sys::STATUS_FLT_DELETING_OBJECT));
        }
        if servers.iter().any(|server| server.open.load(Ordering::Acquire) && same_name(&server.name, &request.name)) {
            return Err(NtStatus(sys::STATUS_OBJECT_NAME_COLLISION));
        }
        let server = Arc::new(ServerPort {
            name: request.name,
            filter: Arc::clone(filter),
            access: request.access,
            cookie: request.cookie,
            callbacks: request.callbacks,
            max_connections: request.max_connections,
            open: AtomicBool::new(true),
            connections: Mutex::default(),
            connecting: Rundown::default(),
        });
        servers.push(Arc::clone(&server));
        Ok(server)
    }

    /// Closes a port to new connections (M-11).
    pub(crate) fn close_server(&self, machine: &Machine, port: usize) {
        let server = self.servers.lock().iter().find(|server| server.address() == port).cloned();
        if !server.is_some_and(|server| server.open.swap(false, Ordering::AcqRel)) {
            report(
                machine,
                "M-11",
                "FltCloseCommunicationPort got a port that is closed already, or is none".to_owned(),
            );
        }
    }

    /// Closes a connection from the driver's side and sets the driver's variable to null (M-10).
    ///
    /// # Safety
    ///
    /// `variable` must be null or valid for reading and writing a pointer.
    pub(crate) unsafe fn close_client(&self, machine: &Machine, variable: *mut sys::PFLT_PORT) {
        // The table's lock orders this with the sends that read the same variable.
        let mut clients = self.clients.lock();
        // SAFETY: the caller vouches for the variable, which is only read and written under this lock.
        let port = unsafe { shared(variable) }.map(|variable| variable.swap(ptr::null_mut(), Ordering::AcqRel));
        let connection = port.and_then(|port| clients.remove(&(port as usize)));
        drop(clients);
        match (connection, port) {
            (Some(connection), _) => connection.queues.disconnect(),
            (None, None) => report(machine, "M-10", "FltCloseClientPort got NULL".to_owned()),
            (None, Some(port)) if port.is_null() => {
                report(machine, "M-10", "FltCloseClientPort got a variable that is NULL already".to_owned());
            }
            (None, Some(_)) => {
                let text = "FltCloseClientPort got a client port that was closed through another variable, or is none";
                report(machine, "M-10", text.to_owned());
            }
        }
    }

    /// Sends a message from a driver (M-17 to M-23), whose arguments were checked.
    ///
    /// # Safety
    ///
    /// `variable` must be valid for reading a pointer.
    pub(crate) unsafe fn send(
        &self,
        machine: &Machine,
        variable: *mut sys::PFLT_PORT,
        data: Vec<u8>,
        reply_capacity: Option<u32>,
        deadline: Option<Instant>,
    ) -> Sent {
        let connection = {
            let clients = self.clients.lock();
            // SAFETY: the caller vouches for the variable.
            let port = unsafe { shared(variable) }.map_or(ptr::null_mut(), |variable| variable.load(Ordering::Acquire));
            if port.is_null() {
                return Sent::Disconnected;
            }
            clients.get(&(port as usize)).cloned()
        };
        let Some(connection) = connection else {
            let text = "FltSendMessage got a client port that was closed through another variable, or is none";
            report(machine, "M-10", text.to_owned());
            return Sent::Disconnected;
        };
        connection.queues.send(data, reply_capacity, deadline)
    }

    /// Connects a program (M-05, M-07).
    fn connect(
        &self,
        machine: &Arc<Machine>,
        process: &Arc<Process>,
        name: &[u16],
        context: &[u8],
        caller: Caller,
    ) -> Result<Arc<Connection>, NtStatus> {
        let server = {
            let servers = self.servers.lock();
            let is_meant =
                |server: &&Arc<ServerPort>| server.open.load(Ordering::Acquire) && same_name(&server.name, name);
            servers.iter().find(is_meant).cloned()
        };
        let server = server.ok_or(NtStatus(sys::STATUS_OBJECT_NAME_NOT_FOUND))?;
        if !server.access.allows(caller) {
            return Err(NtStatus(sys::STATUS_ACCESS_DENIED));
        }
        if !server.connecting.enter() {
            return Err(NtStatus(sys::STATUS_OBJECT_NAME_NOT_FOUND));
        }
        let result = self.connect_to(machine, process, &server, context);
        server.connecting.exit();
        result
    }

    fn connect_to(
        &self,
        machine: &Arc<Machine>,
        process: &Arc<Process>,
        server: &Arc<ServerPort>,
        context: &[u8],
    ) -> Result<Arc<Connection>, NtStatus> {
        let connection = Arc::new(Connection {
            server: Arc::clone(server),
            queues: Queues::default(),
            cookie: AtomicUsize::new(0),
            calls: Rundown::default(),
            finished: Mutex::new(false),
        });
        {
            let mut connections = server.connections.lock();
            if connections.len() >= server.max_connections {
                return Err(NtStatus(sys::STATUS_CONNECTION_COUNT_LIMIT));
            }
            connections.push(Arc::clone(&connection));
        }
        self.clients.lock().insert(connection.address(), Arc::clone(&connection));

        let result = notify_connect(machine, process, server, &connection, context);
        if let Err(status) = result {
            self.clients.lock().remove(&connection.address());
            server.connections.lock().retain(|other| !Arc::ptr_eq(other, &connection));
            connection.queues.disconnect();
            return Err(status);
        }
        Ok(connection)
    }

    /// Ends what a filter has of ports, as `FltUnregisterFilter` does (A-54, M-08, M-09, M-12).
    pub(crate) fn unregister(&self, machine: &Arc<Machine>, filter: &Arc<Filter>) {
        let servers: Vec<_> = {
            let mut servers = self.servers.lock();
            servers.extract_if(.., |server| Arc::ptr_eq(&server.filter, filter)).collect()
        };
        let patience = machine.patience();
        for server in &servers {
            if server.open.swap(false, Ordering::AcqRel) {
                let text = format!(
                    "the server port {} is still open in FltUnregisterFilter, which hangs the unload on Windows; \
                     close it with FltCloseCommunicationPort first",
                    server.name()
                );
                filter.report("A-54", text);
            }
            server.connecting.close();
            server.connecting.wait(patience);
            let connections = server.connections.lock().clone();
            for connection in connections {
                finish(machine, &thread::current().process(), &connection, Some(patience));
            }
        }
        // What the driver closes in DisconnectNotify is gone by now.
        let left: Vec<_> = self
            .clients
            .lock()
            .extract_if(|_, connection| connection.is_owned_by(filter))
            .map(|(_, left)| left)
            .collect();
        for connection in left {
            connection.queues.disconnect();
            let text = format!(
                "a client port of {} was never closed; call FltCloseClientPort in DisconnectNotify",
                connection.server.name()
            );
            filter.report("M-08", text);
        }
        let image = Arc::as_ptr(filter.image()) as usize;
        let descriptors: Vec<_> = self.descriptors.lock().extract_if(|_, (_, owner)| *owner == image).collect();
        if !descriptors.is_empty() {
            let text = format!(
                "{} security descriptors were never freed; call FltFreeSecurityDescriptor once the port is created",
                descriptors.len()
            );
            filter.report("M-06", text);
        }
    }

    /// Releases everybody who waits: the machine has crashed.
    fn disconnect_all(&self) {
        let servers = self.servers.lock().clone();
        for server in servers {
            let connections = server.connections.lock().clone();
            for connection in connections {
                connection.queues.disconnect();
            }
        }
    }

    /// Builds a default security descriptor and returns its address (M-06).
    pub(crate) fn build_descriptor(&self, access: u32) -> usize {
        let mut descriptor = Box::new(Descriptor::default());
        descriptor.build(access);
        let address = ptr::from_ref(&*descriptor) as usize;
        self.descriptors.lock().insert(address, (descriptor, thread::current_driver()));
        address
    }

    /// Frees a default security descriptor (M-06).
    pub(crate) fn free_descriptor(&self, machine: &Machine, address: usize) {
        if self.descriptors.lock().remove(&address).is_none() {
            let text =
                "FltFreeSecurityDescriptor got what FltBuildDefaultSecurityDescriptor did not build, or freed already";
            report(machine, "M-06", text.to_owned());
        }
    }

    /// The names of the ports that programs can connect to.
    pub fn names(&self) -> Vec<String> {
        let servers = self.servers.lock();
        servers.iter().filter(|server| server.open.load(Ordering::Acquire)).map(|server| server.name()).collect()
    }
}

/// Ends a connection from the user's side or at unload: everybody who waits is released, and `DisconnectNotify` is
/// called once no `MessageNotify` runs any more (M-09). `patience` bounds that wait at unload.
fn finish(machine: &Arc<Machine>, process: &Arc<Process>, connection: &Arc<Connection>, patience: Option<Duration>) {
    const LOOK_FOR_A_CRASH: Duration = Duration::from_millis(200);

    connection.queues.disconnect();
    connection.calls.close();
    let server = &connection.server;
    let started = Instant::now();
    while !connection.calls.wait(LOOK_FOR_A_CRASH) && !machine.is_crashed() {
        if patience.is_some_and(|patience| started.elapsed() >= patience) {
            *connection.finished.lock() = true;
            let text = format!("a MessageNotify of {} still runs while the filter is unregistered", server.name());
            server.filter.report("M-12", text);
            return;
        }
    }
    notify_disconnect(machine, process, connection);
}

/// Calls `DisconnectNotify`, unless that was done, and takes the connection off its port.
fn notify_disconnect(machine: &Arc<Machine>, process: &Arc<Process>, connection: &Arc<Connection>) {
    let server = &connection.server;
    let mut finished = connection.finished.lock();
    if *finished {
        return;
    }
    *finished = true;
    if let Some(disconnect) = server.callbacks.disconnect {
        let cookie = connection.cookie.load(Ordering::Acquire) as sys::PVOID;
        // A crash is the machine's to report.
        let _ = thread::with_process(machine, process, || {
            call_driver(server.filter.image(), &CallSite::of("DisconnectNotify"), irql::PASSIVE_LEVEL, || {
                // SAFETY: the driver gave the routine for this call, with the cookie that is its own (M-04, M-07).
                unsafe { disconnect(cookie) }
            })
        });
    }
    server.connections.lock().retain(|other| !Arc::ptr_eq(other, connection));
}

/// Calls `ConnectNotify` (M-07).
fn notify_connect(
    machine: &Arc<Machine>,
    process: &Arc<Process>,
    server: &Arc<ServerPort>,
    connection: &Arc<Connection>,
    context: &[u8],
) -> Result<(), NtStatus> {
    let Some(connect) = server.callbacks.connect else { return Ok(()) };
    // The Filter Manager copies the context into pool, whose blocks are aligned to 16.
    let mut copy = vec![0_u128; context.len().div_ceil(16)];
    // SAFETY: the copy has at least as many bytes as the context.
    unsafe { ptr::copy_nonoverlapping(context.as_ptr(), copy.as_mut_ptr().cast::<u8>(), context.len()) };
    let copy_address: sys::PVOID = if context.is_empty() { ptr::null_mut() } else { copy.as_mut_ptr().cast() };
    let length = u32::try_from(context.len()).unwrap_or(u32::MAX);
    let mut cookie: sys::PVOID = ptr::null_mut();
    let cookie_address = &raw mut cookie;
    let client_port = connection.address() as sys::PFLT_PORT;
    let server_cookie = server.cookie as sys::PVOID;
    let called = thread::with_process(machine, process, || {
        call_driver(server.filter.image(), &CallSite::of("ConnectNotify"), irql::PASSIVE_LEVEL, || {
            // SAFETY: the driver gave the routine for this call; every pointer is valid until it returns (M-07).
            unsafe { connect(client_port, server_cookie, copy_address, length, cookie_address) }
        })
    });
    let status = NtStatus(called.map_err(|_| NtStatus(sys::STATUS_DEVICE_DOES_NOT_EXIST))?);
    if !status.is_success() {
        return Err(status);
    }
    connection.cookie.store(cookie as usize, Ordering::Release);
    Ok(())
}

/// A driver's variable, which several of its threads read and write at once.
///
/// # Safety
///
/// `variable` must be null or valid, for `'a`, for reading and writing a pointer.
unsafe fn shared<'a>(variable: *mut sys::PFLT_PORT) -> Option<&'a AtomicPtr<sys::_FLT_PORT>> {
    if variable.is_null() {
        return None;
    }
    // SAFETY: the caller vouches for the variable, and an atomic pointer has the layout of a pointer.
    Some(unsafe { AtomicPtr::from_ptr(variable) })
}

/// Whether two names of objects are the same: their case does not count, as the object manager has it.
fn same_name(one: &[u16], other: &[u16]) -> bool {
    let folded = |name: &[u16]| String::from_utf16_lossy(name).to_uppercase();
    one == other || one.len() == other.len() && folded(one) == folded(other)
}

/// Keeps and prints a finding about the driver that the calling thread is in.
pub(crate) fn report(machine: &Machine, rule: &'static str, text: String) {
    let driver = thread::current_image().map_or_else(|| "a driver".to_owned(), |image| image.name().to_owned());
    machine.report(Report { rule, driver, text });
}
