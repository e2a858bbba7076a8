//! A small driver, linked into the tests, that opens a port and does what its client tells it to.
//!
//! Several of it live at once, one a machine. `DriverEntry` and the unload routine have no parameter of ours, but run
//! on the thread of the test; everything else finds its driver by the port's cookie.

use std::cell::RefCell;
use std::ffi::c_void;
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};
use std::sync::{Arc, Condvar, Mutex};

use fltmgr_sys::{
    FLT_REGISTRATION, FltBuildDefaultSecurityDescriptor, FltCloseClientPort, FltCloseCommunicationPort,
    FltCreateCommunicationPort, FltFreeSecurityDescriptor, FltRegisterFilter, FltSendMessage, FltStartFiltering,
    FltUnregisterFilter, KeGetCurrentIrql, LARGE_INTEGER, NTSTATUS, OBJECT_ATTRIBUTES, PDRIVER_OBJECT, PFLT_FILTER,
    PFLT_PORT, PULONG, PUNICODE_STRING, PVOID, PsGetCurrentProcessId, STATUS_SUCCESS, ULONG, UNICODE_STRING,
};
use fltsim::config::ServiceConfig;
use fltsim::kernel::{process, thread};
use fltsim::machine::{ImageSource, LoadRequest, Machine};

unsafe extern "efiapi" {
    /// The guarded copy of a driver that is linked into the process.
    fn FltsimGuardedCopy(to: *mut c_void, from: *const c_void, length: usize) -> NTSTATUS;
}

/// Who may connect.
#[derive(Clone, Copy, PartialEq)]
pub enum Security {
    /// What `FltBuildDefaultSecurityDescriptor` gives.
    Default,
    /// The same with its list set to NULL, as drivers do that let everybody in.
    Everyone,
}

/// How a driver opens its port.
#[derive(Clone)]
pub struct Behaviour {
    pub port: &'static str,
    pub attributes: u32,
    pub max_connections: i32,
    pub takes_messages: bool,
    pub security: Security,
    /// What `ConnectNotify` returns.
    pub connect_status: NTSTATUS,
    /// Whether `DisconnectNotify` closes the client port.
    pub closes_client: bool,
    /// Whether the unload routine closes the server port.
    pub closes_server: bool,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            port: r"\TestPort",
            attributes: fltmgr_sys::OBJ_KERNEL_HANDLE | fltmgr_sys::OBJ_CASE_INSENSITIVE,
            max_connections: 4,
            takes_messages: true,
            security: Security::Default,
            connect_status: STATUS_SUCCESS,
            closes_client: true,
            closes_server: true,
        }
    }
}

/// A call that the driver got.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    Connect { context: Vec<u8>, irql: u8, process: usize },
    Disconnect { cookie: usize, irql: u8 },
    Message { cookie: usize, input: (usize, u32), output: (usize, u32), irql: u8, process: usize },
}

/// What a message's first byte tells `MessageNotify` to do.
pub mod command {
    /// Return the rest of the input, reversed.
    pub const REVERSE: u8 = 0;
    /// Fail with the status in the next four bytes.
    pub const FAIL: u8 = 1;
    /// Succeed without saying how much was written.
    pub const SAY_NOTHING: u8 = 2;
    /// Say that one byte more was written than there is room for.
    pub const SAY_TOO_MUCH: u8 = 3;
    /// Wait until `Driver::release` is called.
    pub const BLOCK: u8 = 4;
    /// Send the rest to the client, and return the reply: `FltSendMessage` within `MessageNotify`.
    pub const SEND_BACK: u8 = 5;
}

/// One loaded driver.
pub struct Driver {
    pub machine: Arc<Machine>,
    pub behaviour: Behaviour,
    pub filter: AtomicPtr<fltmgr_sys::_FLT_FILTER>,
    server: AtomicPtr<fltmgr_sys::_FLT_PORT>,
    /// The client ports, each at its cookie's place. `FltSendMessage` gets the addresses.
    clients: [AtomicPtr<fltmgr_sys::_FLT_PORT>; 16],
    used: Mutex<usize>,
    events: Mutex<Vec<Event>>,
    released: (Mutex<bool>, Condvar),
    create_status: Mutex<Option<NTSTATUS>>,
}

// SAFETY: what the driver shares is atomic or behind a lock.
unsafe impl Send for Driver {}
// SAFETY: as above.
unsafe impl Sync for Driver {}

thread_local! {
    static CURRENT: RefCell<Option<Arc<Driver>>> = const { RefCell::new(None) };
}

fn current() -> Arc<Driver> {
    CURRENT.with(|current| current.borrow().clone()).expect("the test loads and unloads on its own thread")
}

impl Driver {
    /// Loads the driver into a new machine.
    pub fn load(behaviour: Behaviour) -> Arc<Self> {
        let driver = Self::new(behaviour);
        driver.start().expect("the driver loads");
        driver
    }

    pub fn new(behaviour: Behaviour) -> Arc<Self> {
        Arc::new(Self {
            machine: Machine::new(),
            behaviour,
            filter: AtomicPtr::default(),
            server: AtomicPtr::default(),
            clients: Default::default(),
            used: Mutex::new(0),
            events: Mutex::default(),
            released: Default::default(),
            create_status: Mutex::default(),
        })
    }

    /// Loads the driver into its machine.
    pub fn start(self: &Arc<Self>) -> Result<(), fltsim::machine::LoadError> {
        CURRENT.with(|current| *current.borrow_mut() = Some(Arc::clone(self)));
        self.machine.load(&LoadRequest {
            image: ImageSource::Linked { entry: driver_entry },
            service: ServiceConfig::with_altitude("PortTest", "370123"),
        })
    }

    /// Unloads the driver.
    pub fn unload(self: &Arc<Self>) {
        CURRENT.with(|current| *current.borrow_mut() = Some(Arc::clone(self)));
        self.machine.unload("PortTest").expect("the driver lets itself be unloaded");
    }

    /// What `FltCreateCommunicationPort` returned.
    pub fn create_status(&self) -> NTSTATUS {
        self.create_status.lock().unwrap().expect("the driver has tried to open its port")
    }

    pub fn events(&self) -> Vec<Event> {
        self.events.lock().unwrap().clone()
    }

    pub fn rules(&self) -> Vec<&'static str> {
        self.machine.reports().iter().map(|report| report.rule).collect()
    }

    fn log(&self, event: Event) {
        self.events.lock().unwrap().push(event);
    }

    /// Lets a `MessageNotify` go on that was told to block.
    pub fn release(&self) {
        *self.released.0.lock().unwrap() = true;
        self.released.1.notify_all();
    }

    /// The variable of the connection with this cookie.
    pub fn client(&self, cookie: usize) -> *mut PFLT_PORT {
        self.clients[cookie - 1].as_ptr()
    }

    /// `FltSendMessage`, in a system thread. `timeout` as the routine takes it.
    pub fn send(
        &self,
        cookie: usize,
        data: &[u8],
        reply_length: Option<u32>,
        timeout: Option<i64>,
    ) -> (NTSTATUS, Vec<u8>) {
        let mut reply = vec![0_u8; reply_length.unwrap_or_default() as usize];
        let mut length = reply_length.unwrap_or_default();
        let mut timeout = timeout.map(|time| {
            // SAFETY: zeros are a valid number.
            let mut value: LARGE_INTEGER = unsafe { std::mem::zeroed() };
            value.QuadPart = time;
            value
        });
        let status = self.in_system(|| {
            // SAFETY: every pointer is valid for the call, with the lengths given.
            unsafe {
                FltSendMessage(
                    self.filter.load(Ordering::Relaxed),
                    self.client(cookie),
                    data.as_ptr().cast_mut().cast(),
                    u32::try_from(data.len()).unwrap(),
                    if reply_length.is_some() { reply.as_mut_ptr().cast() } else { ptr::null_mut() },
                    if reply_length.is_some() { &raw mut length } else { ptr::null_mut() },
                    timeout.as_mut().map_or(ptr::null_mut(), ptr::from_mut),
                )
            }
        });
        reply.truncate(length as usize);
        (status, reply)
    }

    /// `FltCloseClientPort`.
    pub fn close_client(&self, cookie: usize) {
        // SAFETY: the variable is the driver's.
        self.in_system(|| unsafe { FltCloseClientPort(self.filter.load(Ordering::Relaxed), self.client(cookie)) });
    }

    /// `FltCloseCommunicationPort`.
    pub fn close_server(&self) {
        // SAFETY: the port is the driver's.
        self.in_system(|| unsafe { FltCloseCommunicationPort(self.server.swap(ptr::null_mut(), Ordering::Relaxed)) });
    }

    /// `FltCreateCommunicationPort` as the behaviour says, under `name`.
    pub fn create_port(&self, name: &str) -> NTSTATUS {
        let mut server = ptr::null_mut();
        let status = self.in_system(|| open_port(self, name, &mut server));
        if status == STATUS_SUCCESS {
            self.server.store(server, Ordering::Relaxed);
        }
        status
    }

    pub fn in_system<R>(&self, f: impl FnOnce() -> R) -> R {
        thread::with_process(&self.machine, &process::system(), f)
    }
}

fn open_port(driver: &Driver, name: &str, server: &mut PFLT_PORT) -> NTSTATUS {
    let mut name: Vec<u16> = name.encode_utf16().collect();
    let bytes = u16::try_from(name.len() * 2).unwrap();
    let mut name = UNICODE_STRING { Length: bytes, MaximumLength: bytes, Buffer: name.as_mut_ptr() };
    let mut descriptor = ptr::null_mut();
    // SAFETY: the variable is for the result.
    let status = unsafe { FltBuildDefaultSecurityDescriptor(&raw mut descriptor, 0x001F_0001) };
    assert_eq!(status, STATUS_SUCCESS);
    if driver.behaviour.security == Security::Everyone {
        // SAFETY: an absolute security descriptor has the pointer to its list as the fifth of eight bytes each. This is
        // what RtlSetDaclSecurityDescriptor does.
        unsafe { descriptor.cast::<*mut c_void>().add(4).write(ptr::null_mut()) };
    }
    // SAFETY: zeros are valid attributes.
    let mut attributes: OBJECT_ATTRIBUTES = unsafe { std::mem::zeroed() };
    attributes.Length = u32::try_from(size_of::<OBJECT_ATTRIBUTES>()).unwrap();
    attributes.ObjectName = &raw mut name;
    attributes.Attributes = driver.behaviour.attributes;
    attributes.SecurityDescriptor = descriptor.cast();
    // SAFETY: every pointer is valid for the call, and the driver outlives its port.
    unsafe {
        let status = FltCreateCommunicationPort(
            driver.filter.load(Ordering::Relaxed),
            server,
            &raw mut attributes,
            ptr::from_ref(driver).cast_mut().cast(),
            Some(connect_notify),
            Some(disconnect_notify),
            if driver.behaviour.takes_messages { Some(message_notify) } else { None },
            driver.behaviour.max_connections,
        );
        FltFreeSecurityDescriptor(descriptor);
        status
    }
}

unsafe extern "efiapi" fn driver_entry(object: PDRIVER_OBJECT, _path: PUNICODE_STRING) -> NTSTATUS {
    let driver = current();
    // SAFETY: zeros are a registration without callbacks.
    let mut registration: FLT_REGISTRATION = unsafe { std::mem::zeroed() };
    registration.Size = u16::try_from(size_of::<FLT_REGISTRATION>()).unwrap();
    registration.Version = u16::try_from(fltmgr_sys::FLT_REGISTRATION_VERSION).unwrap();
    registration.FilterUnloadCallback = Some(unload);
    let mut filter: PFLT_FILTER = ptr::null_mut();
    // SAFETY: the pointers are valid for the call.
    let status = unsafe { FltRegisterFilter(object, &raw const registration, &raw mut filter) };
    if status < 0 {
        return status;
    }
    driver.filter.store(filter, Ordering::Relaxed);
    let mut server = ptr::null_mut();
    let status = open_port(&driver, driver.behaviour.port, &mut server);
    *driver.create_status.lock().unwrap() = Some(status);
    driver.server.store(server, Ordering::Relaxed);
    // SAFETY: the filter is registered.
    unsafe { FltStartFiltering(filter) }
}

unsafe extern "efiapi" fn unload(_flags: ULONG) -> NTSTATUS {
    let driver = current();
    let server = driver.server.swap(ptr::null_mut(), Ordering::Relaxed);
    // SAFETY: the port and the filter are the driver's.
    unsafe {
        if driver.behaviour.closes_server && !server.is_null() {
            FltCloseCommunicationPort(server);
        }
        FltUnregisterFilter(driver.filter.load(Ordering::Relaxed));
    }
    STATUS_SUCCESS
}

/// The driver behind a cookie of the server port.
fn of<'a>(cookie: PVOID) -> &'a Driver {
    // SAFETY: the cookie is the address of a driver, which outlives its port.
    unsafe { &*cookie.cast::<Driver>() }
}

fn irql() -> u8 {
    // SAFETY: the routine has no preconditions.
    unsafe { KeGetCurrentIrql() }
}

fn process_id() -> usize {
    // SAFETY: the routine has no preconditions.
    unsafe { PsGetCurrentProcessId() as usize }
}

unsafe extern "efiapi" fn connect_notify(
    client: PFLT_PORT,
    server_cookie: PVOID,
    context: PVOID,
    length: ULONG,
    connection_cookie: *mut PVOID,
) -> NTSTATUS {
    let driver = of(server_cookie);
    let context = if context.is_null() {
        assert_eq!(length, 0);
        Vec::new()
    } else {
        // SAFETY: the context has as many bytes as is said.
        unsafe { std::slice::from_raw_parts(context.cast::<u8>(), length as usize) }.to_vec()
    };
    driver.log(Event::Connect { context, irql: irql(), process: process_id() });
    if driver.behaviour.connect_status < 0 {
        return driver.behaviour.connect_status;
    }
    let mut used = driver.used.lock().unwrap();
    *used += 1;
    driver.clients[*used - 1].store(client, Ordering::Release);
    let connection = Box::new(Connection { driver: ptr::from_ref(driver), cookie: *used });
    // SAFETY: the variable is for the cookie.
    unsafe { connection_cookie.write(Box::into_raw(connection).cast()) };
    driver.behaviour.connect_status
}

/// What a connection's cookie points to.
struct Connection {
    driver: *const Driver,
    cookie: usize,
}

unsafe extern "efiapi" fn disconnect_notify(cookie: PVOID) {
    // SAFETY: the cookie is the one that ConnectNotify made, and this is the last call with it.
    let connection = unsafe { Box::from_raw(cookie.cast::<Connection>()) };
    // SAFETY: the driver outlives its connections.
    let driver = unsafe { &*connection.driver };
    if driver.behaviour.closes_client && !driver.clients[connection.cookie - 1].load(Ordering::Acquire).is_null() {
        // SAFETY: the variable is the driver's.
        unsafe { FltCloseClientPort(driver.filter.load(Ordering::Relaxed), driver.client(connection.cookie)) };
    }
    driver.log(Event::Disconnect { cookie: connection.cookie, irql: irql() });
}

unsafe extern "efiapi" fn message_notify(
    cookie: PVOID,
    input: PVOID,
    input_length: ULONG,
    output: PVOID,
    output_length: ULONG,
    returned: PULONG,
) -> NTSTATUS {
    // SAFETY: the cookie is the one that ConnectNotify made.
    let connection = unsafe { &*cookie.cast::<Connection>() };
    // SAFETY: the driver outlives its connections.
    let driver = unsafe { &*connection.driver };
    driver.log(Event::Message {
        cookie: connection.cookie,
        input: (input as usize, input_length),
        output: (output as usize, output_length),
        irql: irql(),
        process: process_id(),
    });
    if input.is_null() {
        // SAFETY: the variable is for the length.
        unsafe { returned.write(0) };
        return STATUS_SUCCESS;
    }
    let mut copy = vec![0_u8; input_length as usize];
    // SAFETY: the copy has as many bytes; the addresses are the client's, for which the routine is made.
    let status = unsafe { FltsimGuardedCopy(copy.as_mut_ptr().cast(), input, copy.len()) };
    if status != STATUS_SUCCESS {
        return status;
    }
    let input = copy;
    let (command, rest) = input.split_first().expect("a message of the tests has a command");
    let answer = match *command {
        command::REVERSE => rest.iter().rev().copied().collect(),
        command::FAIL => return i32::from_le_bytes(rest.try_into().unwrap()),
        command::SAY_NOTHING => return STATUS_SUCCESS,
        command::SAY_TOO_MUCH => {
            // SAFETY: the variable is for the length.
            unsafe { returned.write(output_length + 1) };
            return STATUS_SUCCESS;
        }
        command::BLOCK => {
            let released = driver.released.0.lock().unwrap();
            drop(driver.released.1.wait_while(released, |released| !*released).unwrap());
            Vec::new()
        }
        command::SEND_BACK => {
            let (status, reply) = driver.send(connection.cookie, rest, Some(output_length), None);
            if status != STATUS_SUCCESS {
                return status;
            }
            reply
        }
        other => panic!("{other} is no command"),
    };
    let length = answer.len().min(output_length as usize);
    // SAFETY: the answer is as long; the address is the client's, for which the routine is made.
    let status = unsafe { FltsimGuardedCopy(output, answer.as_ptr().cast(), length) };
    if status == STATUS_SUCCESS {
        // SAFETY: the variable is for the length.
        unsafe { returned.write(u32::try_from(length).unwrap()) };
    }
    status
}
