//! A small minifilter, linked into the tests, that lets everything pass: it counts reads and writes, remembers who opens
//! files, and holds up the opens of files named `held`, for reading or deleting, until they are released. Each machine
//! has its own.

use std::collections::HashMap;
use std::ffi::c_void;
use std::mem::{size_of, zeroed};
use std::ptr;
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use fltmgr_sys::{
    DELETE, FILE_READ_DATA, FLT_CALLBACK_DATA, FLT_OPERATION_REGISTRATION, FLT_PREOP_CALLBACK_STATUS,
    FLT_PREOP_SUCCESS_NO_CALLBACK, FLT_REGISTRATION, FLT_REGISTRATION_VERSION, FLT_RELATED_OBJECTS, FltRegisterFilter,
    FltStartFiltering, FltUnregisterFilter, IRP_MJ_CREATE, IRP_MJ_OPERATION_END, IRP_MJ_READ, IRP_MJ_WRITE,
    IRP_PAGING_IO, NTSTATUS, PDRIVER_OBJECT, PFLT_FILTER, PFLT_PRE_OPERATION_CALLBACK, PUNICODE_STRING, STATUS_SUCCESS,
};
use fltsim::config::ServiceConfig;
use fltsim::kernel::thread;
use fltsim::machine::{ImageSource, LoadRequest, Machine};

/// What has passed the filter.
#[derive(Clone, Copy, Default)]
pub struct Counts {
    pub reads: u64,
    pub writes: u64,
    pub paging_reads: u64,
    pub paging_writes: u64,
}

#[derive(Default)]
struct State {
    filter: usize,
    counts: Counts,
    openers: Vec<String>,
    held: usize,
    released: bool,
}

static RELEASED: Condvar = Condvar::new();
static STATES: Mutex<Option<HashMap<usize, State>>> = Mutex::new(None);

/// The state of the filter in the machine whose address is `machine`.
fn with_state<R>(machine: usize, f: impl FnOnce(&mut State) -> R) -> R {
    let mut states = STATES.lock().unwrap_or_else(PoisonError::into_inner);
    f(states.get_or_insert_default().entry(machine).or_default())
}

fn current_machine() -> usize {
    Arc::as_ptr(&thread::machine()) as usize
}

/// What has passed the filter in a machine.
pub fn counts(machine: &Arc<Machine>) -> Counts {
    with_state(Arc::as_ptr(machine) as usize, |state| state.counts)
}

/// The images of the processes that have opened files for reading, in their order.
pub fn openers(machine: &Arc<Machine>) -> Vec<String> {
    with_state(Arc::as_ptr(machine) as usize, |state| state.openers.clone())
}

/// How many opens are held up.
pub fn held(machine: &Arc<Machine>) -> usize {
    with_state(Arc::as_ptr(machine) as usize, |state| state.held)
}

/// Lets the opens that are held up go on, and those to come.
pub fn release(machine: &Arc<Machine>) {
    with_state(Arc::as_ptr(machine) as usize, |state| state.released = true);
    RELEASED.notify_all();
}

/// Loads the filter.
pub fn request() -> LoadRequest {
    LoadRequest {
        image: ImageSource::Linked { entry: driver_entry },
        service: ServiceConfig::with_altitude("passthrough", "370030"),
    }
}

unsafe extern "efiapi" fn driver_entry(driver: PDRIVER_OBJECT, _path: PUNICODE_STRING) -> NTSTATUS {
    let operation = |major: u32, callback: PFLT_PRE_OPERATION_CALLBACK| FLT_OPERATION_REGISTRATION {
        MajorFunction: u8::try_from(major).unwrap(),
        Flags: 0,
        PreOperation: callback,
        PostOperation: None,
        Reserved1: ptr::null_mut(),
    };
    let operations = [
        operation(IRP_MJ_CREATE, Some(pre_create)),
        operation(IRP_MJ_READ, Some(pre_operation)),
        operation(IRP_MJ_WRITE, Some(pre_operation)),
        operation(IRP_MJ_OPERATION_END, None),
    ];
    // SAFETY: The structure is plain data, for which zeros are valid: no callback, no flag.
    let mut registration: FLT_REGISTRATION = unsafe { zeroed() };
    registration.Size = u16::try_from(size_of::<FLT_REGISTRATION>()).unwrap();
    registration.Version = u16::try_from(FLT_REGISTRATION_VERSION).unwrap();
    registration.OperationRegistration = operations.as_ptr();
    registration.FilterUnloadCallback = Some(unload);
    let mut filter: PFLT_FILTER = ptr::null_mut();
    // SAFETY: The registration and its table live until the call returns.
    let status = unsafe { FltRegisterFilter(driver, &raw const registration, &raw mut filter) };
    if status != STATUS_SUCCESS {
        return status;
    }
    // What is known of the address may be about a machine that was there before.
    with_state(current_machine(), |state| *state = State { filter: filter as usize, ..State::default() });
    // SAFETY: The filter has just been registered.
    unsafe { FltStartFiltering(filter) }
}

unsafe extern "efiapi" fn unload(_flags: u32) -> NTSTATUS {
    let filter = with_state(current_machine(), |state| state.filter);
    // SAFETY: The filter was registered by `driver_entry` in this machine and is unregistered once.
    unsafe { FltUnregisterFilter(filter as PFLT_FILTER) };
    STATUS_SUCCESS
}

unsafe extern "efiapi" fn pre_create(
    data: *mut FLT_CALLBACK_DATA,
    objects: *const FLT_RELATED_OBJECTS,
    _context: *mut *mut c_void,
) -> FLT_PREOP_CALLBACK_STATUS {
    // SAFETY: The Filter Manager hands valid callback data and objects to a pre-operation callback for a create, with
    // a security context, and with a file object whose name is complete.
    let (access, name) = unsafe {
        let parameters = &(*(*data).Iopb).Parameters.Create;
        let name = (*(*objects).FileObject).FileName;
        let units = if name.Length == 0 {
            &[]
        } else {
            std::slice::from_raw_parts(name.Buffer.cast_const(), usize::from(name.Length) / 2)
        };
        ((*parameters.SecurityContext).DesiredAccess, String::from_utf16_lossy(units))
    };
    let machine = current_machine();
    if access & (FILE_READ_DATA | DELETE) == 0 {
        return FLT_PREOP_SUCCESS_NO_CALLBACK;
    }
    let image = String::from_utf16_lossy(&thread::current().process().image_path);
    let mut states = STATES.lock().unwrap_or_else(PoisonError::into_inner);
    if access & FILE_READ_DATA != 0 {
        states.get_or_insert_default().entry(machine).or_default().openers.push(image);
    }
    if name.ends_with("\\held") {
        states.get_or_insert_default().entry(machine).or_default().held += 1;
        let waiting = |states: &mut Option<HashMap<usize, State>>| {
            !states.get_or_insert_default().entry(machine).or_default().released
        };
        states = RELEASED.wait_while(states, waiting).unwrap_or_else(PoisonError::into_inner);
        states.get_or_insert_default().entry(machine).or_default().held -= 1;
    }
    FLT_PREOP_SUCCESS_NO_CALLBACK
}

unsafe extern "efiapi" fn pre_operation(
    data: *mut FLT_CALLBACK_DATA,
    _objects: *const FLT_RELATED_OBJECTS,
    _context: *mut *mut c_void,
) -> FLT_PREOP_CALLBACK_STATUS {
    // SAFETY: The Filter Manager hands valid callback data to a pre-operation callback.
    let (major, flags) = unsafe { (u32::from((*(*data).Iopb).MajorFunction), (*(*data).Iopb).IrpFlags) };
    let paging = flags & IRP_PAGING_IO != 0;
    with_state(current_machine(), |state| {
        let counts = &mut state.counts;
        let count = match (major == IRP_MJ_READ, paging) {
            (true, false) => &mut counts.reads,
            (true, true) => &mut counts.paging_reads,
            (false, false) => &mut counts.writes,
            (false, true) => &mut counts.paging_writes,
        };
        *count += 1;
    });
    FLT_PREOP_SUCCESS_NO_CALLBACK
}
