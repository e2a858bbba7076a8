//! A minifilter whose callbacks are closures of the test, and a machine to load it into.

use std::collections::HashMap;
use std::ffi::c_void;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use fltmgr_sys::*;
use fltsim::config::ServiceConfig;
use fltsim::fs::MemoryStore;
use fltsim::io::{File, OpenRequest, Requestor, Volume, VolumeConfig, WriteOffset};
use fltsim::machine::{ImageSource, LoadError, LoadRequest, Machine};
use fltsim::status::NtStatus;

/// A pre-operation callback: data, related objects, where the completion context goes.
pub type Pre = dyn Fn(&mut FLT_CALLBACK_DATA, &FLT_RELATED_OBJECTS, &mut PVOID) -> i32 + Send + Sync;
/// A post-operation callback: data, related objects, completion context, flags.
pub type Post = dyn Fn(&mut FLT_CALLBACK_DATA, &FLT_RELATED_OBJECTS, PVOID, u32) -> i32 + Send + Sync;
/// A callback about an instance, with its flags.
pub type Notify = dyn Fn(&FLT_RELATED_OBJECTS, u32) -> NTSTATUS + Send + Sync;

/// A callback about a transaction: related objects, its context, the notification.
pub type NotifyOfTransaction = dyn Fn(&FLT_RELATED_OBJECTS, PFLT_CONTEXT, u32) -> NTSTATUS + Send + Sync;

/// The major function, flags and callbacks of one registered operation.
pub type Operation = (u32, u32, Option<Box<Pre>>, Option<Box<Post>>);

/// What a driver registers and does.
#[derive(Default)]
pub struct Behaviour {
    pub operations: Vec<Operation>,
    pub contexts: Vec<FLT_CONTEXT_REGISTRATION>,
    pub setup: Option<Box<Notify>>,
    pub query_teardown: Option<Box<Notify>>,
    pub teardown_start: Option<Box<Notify>>,
    pub teardown_complete: Option<Box<Notify>>,
    /// Runs in the unload callback before `FltUnregisterFilter`.
    pub unload: Option<Box<dyn Fn(u32) -> NTSTATUS + Send + Sync>>,
    pub no_unload: bool,
    pub registration_flags: FLT_REGISTRATION_FLAGS,
    pub generate_name: PFLT_GENERATE_FILE_NAME,
    pub normalize_component: PFLT_NORMALIZE_NAME_COMPONENT,
    pub normalize_cleanup: PFLT_NORMALIZE_CONTEXT_CLEANUP,
    pub transaction: Option<Box<NotifyOfTransaction>>,
    pub section: PFLT_SECTION_CONFLICT_NOTIFICATION_CALLBACK,
    pub filter: OnceLock<usize>,
}

// SAFETY: context registrations hold function pointers only.
unsafe impl Send for Behaviour {}
// SAFETY: as above.
unsafe impl Sync for Behaviour {}

impl Behaviour {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn pre(
        mut self,
        major: u32,
        pre: impl Fn(&mut FLT_CALLBACK_DATA, &FLT_RELATED_OBJECTS, &mut PVOID) -> i32 + Send + Sync + 'static,
    ) -> Self {
        self.operations.push((major, 0, Some(Box::new(pre)), None));
        self
    }

    pub fn both(
        mut self,
        major: u32,
        pre: impl Fn(&mut FLT_CALLBACK_DATA, &FLT_RELATED_OBJECTS, &mut PVOID) -> i32 + Send + Sync + 'static,
        post: impl Fn(&mut FLT_CALLBACK_DATA, &FLT_RELATED_OBJECTS, PVOID, u32) -> i32 + Send + Sync + 'static,
    ) -> Self {
        self.operations.push((major, 0, Some(Box::new(pre)), Some(Box::new(post))));
        self
    }

    pub fn flags(mut self, flags: u32) -> Self {
        self.operations.last_mut().unwrap().1 = flags;
        self
    }

    fn operation(&self, major: u8) -> &Operation {
        self.operations.iter().find(|entry| entry.0 as u8 == major).unwrap()
    }
}

static BY_NAME: Mutex<Option<HashMap<String, Arc<Behaviour>>>> = Mutex::new(None);
static BY_FILTER: Mutex<Option<HashMap<usize, Arc<Behaviour>>>> = Mutex::new(None);

fn by_filter(filter: PFLT_FILTER) -> Arc<Behaviour> {
    Arc::clone(&BY_FILTER.lock().unwrap().as_ref().unwrap()[&(filter as usize)])
}

unsafe extern "efiapi" fn pre_operation(
    data: PFLT_CALLBACK_DATA,
    related: PCFLT_RELATED_OBJECTS,
    context: *mut PVOID,
) -> FLT_PREOP_CALLBACK_STATUS {
    let (data, related, context) = unsafe { (&mut *data, &*related, &mut *context) };
    let behaviour = by_filter(related.Filter);
    let major = unsafe { (*data.Iopb).MajorFunction };
    (behaviour.operation(major).2.as_ref().unwrap())(data, related, context) as _
}

unsafe extern "efiapi" fn post_operation(
    data: PFLT_CALLBACK_DATA,
    related: PCFLT_RELATED_OBJECTS,
    context: PVOID,
    flags: FLT_POST_OPERATION_FLAGS,
) -> FLT_POSTOP_CALLBACK_STATUS {
    let (data, related) = unsafe { (&mut *data, &*related) };
    let behaviour = by_filter(related.Filter);
    let major = unsafe { (*data.Iopb).MajorFunction };
    (behaviour.operation(major).3.as_ref().unwrap())(data, related, context, flags) as _
}

macro_rules! notify {
    ($name:ident, $field:ident, $result:ty, $missing:expr) => {
        unsafe extern "efiapi" fn $name(related: PCFLT_RELATED_OBJECTS, flags: u32) -> $result {
            let related = unsafe { &*related };
            by_filter(related.Filter).$field.as_ref().map_or($missing, |f| f(related, flags)) as $result
        }
    };
}
notify!(query_teardown, query_teardown, NTSTATUS, STATUS_FLT_DO_NOT_DETACH);

unsafe extern "efiapi" fn setup(related: PCFLT_RELATED_OBJECTS, flags: u32, _device: u32, _system: i32) -> NTSTATUS {
    let related = unsafe { &*related };
    by_filter(related.Filter).setup.as_ref().map_or(STATUS_SUCCESS, |f| f(related, flags))
}

unsafe extern "efiapi" fn teardown_start(related: PCFLT_RELATED_OBJECTS, flags: u32) {
    let related = unsafe { &*related };
    if let Some(f) = &by_filter(related.Filter).teardown_start {
        f(related, flags);
    }
}

unsafe extern "efiapi" fn teardown_complete(related: PCFLT_RELATED_OBJECTS, flags: u32) {
    let related = unsafe { &*related };
    if let Some(f) = &by_filter(related.Filter).teardown_complete {
        f(related, flags);
    }
}

unsafe extern "efiapi" fn transaction(related: PCFLT_RELATED_OBJECTS, context: PFLT_CONTEXT, mask: u32) -> NTSTATUS {
    let related = unsafe { &*related };
    by_filter(related.Filter).transaction.as_ref().map_or(STATUS_SUCCESS, |f| f(related, context, mask))
}

thread_local! {
    /// Whose unload callback is called: it has no argument that would say so.
    static UNLOADING: std::cell::RefCell<Option<String>> = const { std::cell::RefCell::new(None) };
}

unsafe extern "efiapi" fn unload(flags: u32) -> NTSTATUS {
    let name = UNLOADING.with(|name| name.borrow().clone()).expect("unloaded through the probe");
    let behaviour = Arc::clone(&BY_NAME.lock().unwrap().as_ref().unwrap()[&name]);
    if let Some(unload) = &behaviour.unload {
        let status = unload(flags);
        if status < 0 {
            return status;
        }
    }
    unsafe { FltUnregisterFilter(*behaviour.filter.get().unwrap() as PFLT_FILTER) };
    STATUS_SUCCESS
}

unsafe extern "efiapi" fn entry(driver: PDRIVER_OBJECT, path: PUNICODE_STRING) -> NTSTATUS {
    let path = unsafe { std::slice::from_raw_parts((*path).Buffer, usize::from((*path).Length) / 2) };
    let path = String::from_utf16_lossy(path);
    let name = path.rsplit('\\').next().unwrap().to_owned();
    let behaviour = Arc::clone(&BY_NAME.lock().unwrap().as_ref().unwrap()[&name]);
    let mut operations: Vec<FLT_OPERATION_REGISTRATION> = behaviour
        .operations
        .iter()
        .map(|(major, flags, pre, post)| FLT_OPERATION_REGISTRATION {
            MajorFunction: *major as u8,
            Flags: *flags,
            PreOperation: pre.as_ref().map(|_| pre_operation as _),
            PostOperation: post.as_ref().map(|_| post_operation as _),
            Reserved1: std::ptr::null_mut(),
        })
        .collect();
    let mut end: FLT_OPERATION_REGISTRATION = unsafe { std::mem::zeroed() };
    end.MajorFunction = IRP_MJ_OPERATION_END as u8;
    operations.push(end);
    let mut contexts = behaviour.contexts.clone();
    let mut end: FLT_CONTEXT_REGISTRATION = unsafe { std::mem::zeroed() };
    end.ContextType = FLT_CONTEXT_END as u16;
    contexts.push(end);
    let mut registration: FLT_REGISTRATION = unsafe { std::mem::zeroed() };
    registration.Size = size_of::<FLT_REGISTRATION>() as u16;
    registration.Version = FLT_REGISTRATION_VERSION as u16;
    registration.Flags = behaviour.registration_flags;
    registration.OperationRegistration = operations.as_ptr();
    registration.ContextRegistration = contexts.as_ptr();
    registration.FilterUnloadCallback = if behaviour.no_unload { None } else { Some(unload) };
    registration.InstanceSetupCallback = Some(setup);
    registration.InstanceQueryTeardownCallback = behaviour.query_teardown.as_ref().map(|_| query_teardown as _);
    registration.InstanceTeardownStartCallback = Some(teardown_start);
    registration.InstanceTeardownCompleteCallback = Some(teardown_complete);
    registration.GenerateFileNameCallback = behaviour.generate_name;
    registration.NormalizeNameComponentCallback = behaviour.normalize_component;
    registration.NormalizeContextCleanupCallback = behaviour.normalize_cleanup;
    registration.TransactionNotificationCallback = behaviour.transaction.as_ref().map(|_| transaction as _);
    registration.SectionNotificationCallback = behaviour.section;
    let mut filter = std::ptr::null_mut();
    let status = unsafe { FltRegisterFilter(driver, &raw const registration, &raw mut filter) };
    if status != STATUS_SUCCESS {
        return status;
    }
    let _ = behaviour.filter.set(filter as usize);
    BY_FILTER.lock().unwrap().get_or_insert_default().insert(filter as usize, behaviour);
    let status = unsafe { FltStartFiltering(filter) };
    if status != STATUS_SUCCESS {
        unsafe { FltUnregisterFilter(filter) };
    }
    status
}

/// A machine with one volume in memory.
pub struct World {
    pub machine: Arc<Machine>,
    pub volume: Arc<Volume>,
    pub who: Requestor,
    /// Whether the test lets the machine crash.
    pub may_crash: bool,
}

/// A loaded driver.
pub struct Loaded {
    pub name: String,
    pub behaviour: Arc<Behaviour>,
    machine: Arc<Machine>,
}

impl Loaded {
    pub fn unload(&self) -> Result<(), fltsim::machine::UnloadError> {
        UNLOADING.with(|name| *name.borrow_mut() = Some(self.name.clone()));
        self.machine.unload(&self.name)
    }
}

impl World {
    pub fn new() -> Self {
        let machine = Machine::new();
        machine.set_patience(std::time::Duration::from_millis(1500));
        let store = Box::new(MemoryStore::new());
        let volume = machine.add_volume(VolumeConfig { name: "memory".to_owned(), store, device_name: None });
        let process = machine.processes().named(100, "\\Device\\HarddiskVolume1\\usr\\bin\\test");
        Self { machine, volume, who: Requestor::user(process), may_crash: false }
    }

    /// Loads a driver with this behaviour at an altitude.
    pub fn load(&self, altitude: &str, behaviour: Behaviour) -> Loaded {
        self.try_load(altitude, behaviour).expect("the driver loads")
    }

    pub fn try_load(&self, altitude: &str, behaviour: Behaviour) -> Result<Loaded, LoadError> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("Probe{}", NEXT.fetch_add(1, Ordering::Relaxed));
        let behaviour = Arc::new(behaviour);
        BY_NAME.lock().unwrap().get_or_insert_default().insert(name.clone(), Arc::clone(&behaviour));
        self.machine.load(&LoadRequest {
            image: ImageSource::Linked { entry },
            service: ServiceConfig::with_altitude(&name, altitude),
        })?;
        Ok(Loaded { name, behaviour, machine: Arc::clone(&self.machine) })
    }

    pub fn request(name: &str) -> OpenRequest {
        OpenRequest {
            name: units(name),
            desired_access: FILE_GENERIC_READ | FILE_GENERIC_WRITE | DELETE,
            disposition: FILE_OPEN_IF,
            ..OpenRequest::default()
        }
    }

    /// Opens or makes a file.
    pub fn open(&self, name: &str) -> Result<File, NtStatus> {
        self.volume.open(&self.who, &Self::request(name)).map(|(file, _)| file)
    }

    /// Opens or makes a directory.
    pub fn directory(&self, name: &str) -> Result<File, NtStatus> {
        let mut request = Self::request(name);
        request.options |= FILE_DIRECTORY_FILE;
        self.volume.open(&self.who, &request).map(|(file, _)| file)
    }

    /// A file with this content.
    pub fn file(&self, name: &str, content: &[u8]) -> File {
        let file = self.open(name).expect("the file opens");
        file.write(WriteOffset::At(0), content).expect("the file can be written");
        file
    }

    pub fn rules(&self) -> Vec<&'static str> {
        self.machine.reports().iter().map(|report| report.rule).collect()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if !std::thread::panicking() && !self.may_crash {
            assert!(self.machine.crash().is_none(), "the machine crashed");
        }
    }
}

pub fn units(text: &str) -> Vec<u16> {
    text.encode_utf16().collect()
}

/// A log that callbacks write to.
#[derive(Clone, Default)]
pub struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn add(&self, text: impl Into<String>) {
        self.0.lock().unwrap().push(text.into());
    }

    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

/// The parameters of an operation.
pub fn parameters(data: &FLT_CALLBACK_DATA) -> &'static mut FLT_IO_PARAMETER_BLOCK {
    unsafe { &mut *data.Iopb }
}

pub fn status_of(data: &FLT_CALLBACK_DATA) -> NTSTATUS {
    unsafe { data.IoStatus.__bindgen_anon_1.Status }
}

pub fn set_status(data: &mut FLT_CALLBACK_DATA, status: NTSTATUS, information: usize) {
    data.IoStatus.__bindgen_anon_1.Status = status;
    data.IoStatus.Information = information as u64;
}

/// What `class` of operation the data says it is.
pub fn class_of(data: &FLT_CALLBACK_DATA) -> &'static str {
    match data.Flags & 7 {
        FLTFL_CALLBACK_DATA_IRP_OPERATION => "irp",
        FLTFL_CALLBACK_DATA_FAST_IO_OPERATION => "fast",
        FLTFL_CALLBACK_DATA_FS_FILTER_OPERATION => "filter",
        _ => "?",
    }
}

/// Lets a pointer go to another thread.
pub struct Carry<T>(pub *mut T);
// SAFETY: the test says when the other thread may use it.
unsafe impl<T> Send for Carry<T> {}

impl<T> Carry<T> {
    pub fn get(&self) -> *mut T {
        self.0
    }
}

pub const NONE: *mut c_void = std::ptr::null_mut();
pub const WITH_CALLBACK: i32 = FLT_PREOP_SUCCESS_WITH_CALLBACK;
pub const NO_CALLBACK: i32 = FLT_PREOP_SUCCESS_NO_CALLBACK;
pub const COMPLETE: i32 = FLT_PREOP_COMPLETE;
pub const PENDING: i32 = FLT_PREOP_PENDING;
pub const SYNCHRONIZED: i32 = FLT_PREOP_SYNCHRONIZE;
pub const DISALLOW_FASTIO: i32 = FLT_PREOP_DISALLOW_FASTIO;
pub const FINISHED: i32 = FLT_POSTOP_FINISHED_PROCESSING;
pub const MORE: i32 = FLT_POSTOP_MORE_PROCESSING_REQUIRED;
