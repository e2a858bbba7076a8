//! Filters: what a driver registers.

use std::ffi::c_void;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use fltmgr_sys as sys;
use fltmgr_sys::{FLT_REGISTRATION, NTSTATUS};
use parking_lot::Mutex;

use super::context::ContextDefinition;
use super::driver::Driver;
use super::instance::Instance;
use super::invoke;
use super::major::{self, half};
use super::object::ObjectKind;
use super::report::Report;
use super::rundown::Rundown;
use super::stack::{MAJOR_FUNCTIONS, index_of};
use super::volume::Volume;
use crate::config::InstanceConfig;
use crate::image::Image;
use crate::machine::Machine;
use crate::status::NtStatus;

/// The callbacks a filter registered for one major function.
#[derive(Clone, Copy)]
pub(crate) struct OperationEntry {
    pub pre: sys::PFLT_PRE_OPERATION_CALLBACK,
    pub post: sys::PFLT_POST_OPERATION_CALLBACK,
    pub flags: u32,
}

/// What is counted per filter, so that what it leaves behind can be named (rule O-03).
#[derive(Default)]
pub(crate) struct Ledger {
    /// Contexts that exist, one count a type, by the position of the type's bit.
    pub contexts: [AtomicI64; 7],
    /// References to name information.
    pub names: AtomicI64,
    /// Work items that were allocated.
    pub work_items: AtomicI64,
    /// Callback data that was allocated.
    pub callback_data: AtomicI64,
    /// Extra create parameters and lists of them.
    pub create_parameters: AtomicI64,
    /// Oplocks that were initialized.
    pub oplocks: AtomicI64,
    /// File locks that were initialized.
    pub file_locks: AtomicI64,
    /// Sections for scans of which a handle, a reference or a view is there.
    pub sections: AtomicI64,
    /// References to device objects of volumes.
    pub devices: AtomicI64,
}

/// A registered filter.
#[repr(C)]
pub struct Filter {
    kind: ObjectKind,
    machine: Arc<Machine>,
    driver: Arc<Driver>,
    name: String,
    registration: FLT_REGISTRATION,
    operations: [Option<OperationEntry>; MAJOR_FUNCTIONS],
    contexts: Vec<ContextDefinition>,
    started: AtomicBool,
    unregistered: AtomicBool,
    /// Set when nothing of the driver may be called any more.
    dead: AtomicBool,
    /// References on the filter: generic work items and those the driver took itself (rule A-56).
    pub(crate) rundown: Rundown,
    pub(crate) ledger: Ledger,
    instances: Mutex<Vec<Arc<Instance>>>,
}

// SAFETY: the registration holds function pointers and no data that is written after the filter was made.
unsafe impl Send for Filter {}
// SAFETY: as above; all else is atomic or behind a lock.
unsafe impl Sync for Filter {}

impl Filter {
    /// Registers a filter: the body of `FltRegisterFilter`.
    ///
    /// # Safety
    ///
    /// `registration` must point to a registration whose tables end as rule A-09 says.
    pub(crate) unsafe fn register(
        machine: &Arc<Machine>,
        driver: &Arc<Driver>,
        registration: *const FLT_REGISTRATION,
    ) -> Result<Arc<Self>, NTSTATUS> {
        // SAFETY: the caller vouches for the pointer. The driver may free the structure afterwards, so it is copied.
        let registration = unsafe { *registration };
        // Rule A-03: another minor version may still register, another major one may not. Rule A-04.
        if registration.Version & 0xFF00 != half(sys::FLT_REGISTRATION_VERSION) & 0xFF00 {
            return Err(sys::STATUS_INVALID_PARAMETER);
        }
        // SAFETY: the caller vouches for the tables.
        let operations = unsafe { read_operations(registration.OperationRegistration) };
        // SAFETY: as above.
        let contexts = unsafe { super::context::read_definitions(registration.ContextRegistration) }?;
        // Rule A-05: no service key, or no instance defined in it.
        if machine.registry().service_instances(driver.name()).is_none() {
            return Err(sys::STATUS_OBJECT_NAME_NOT_FOUND);
        }
        let filter = Arc::new(Self {
            kind: ObjectKind::FILTER,
            machine: Arc::clone(machine),
            driver: Arc::clone(driver),
            name: driver.name().to_owned(),
            registration,
            operations,
            contexts,
            started: AtomicBool::new(false),
            unregistered: AtomicBool::new(false),
            dead: AtomicBool::new(false),
            rundown: Rundown::default(),
            ledger: Ledger::default(),
            instances: Mutex::default(),
        });
        machine.filters.write().push(Arc::clone(&filter));
        driver.set_filter(Some(Arc::clone(&filter)));
        Ok(filter)
    }

    /// The filter's name, which is its service's.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The machine it is registered with.
    pub fn machine(&self) -> &Arc<Machine> {
        &self.machine
    }

    /// The driver that registered it.
    pub fn driver(&self) -> &Arc<Driver> {
        &self.driver
    }

    /// The driver's image.
    pub fn image(&self) -> &Arc<Image> {
        self.driver.image()
    }

    /// Its instances, in the order in which they were attached.
    pub fn instances(&self) -> Vec<Arc<Instance>> {
        self.instances.lock().clone()
    }

    /// The altitude of the default instance, as `fltmc filters` shows it.
    pub fn altitude(&self) -> String {
        self.definition(None)
            .or_else(|| self.definitions().into_iter().next())
            .map_or_else(String::new, |instance| instance.altitude)
    }

    /// Whether filtering has been started and not ended.
    pub fn is_filtering(&self) -> bool {
        self.started.load(Ordering::Acquire) && !self.unregistered.load(Ordering::Acquire)
    }

    /// Whether `FltUnregisterFilter` has begun.
    pub(crate) fn is_unregistered(&self) -> bool {
        self.unregistered.load(Ordering::Acquire)
    }

    /// Marks the filter as unregistered. Answers whether it was this call that did.
    pub(crate) fn set_unregistered(&self) -> bool {
        !self.unregistered.swap(true, Ordering::AcqRel)
    }

    /// Whether the filter is gone: its callbacks are called no more.
    pub(crate) fn is_dead(&self) -> bool {
        self.dead.load(Ordering::Acquire)
    }

    pub(crate) fn set_dead(&self) {
        self.dead.store(true, Ordering::Release);
    }

    pub(crate) fn registration(&self) -> &FLT_REGISTRATION {
        &self.registration
    }

    /// What is registered for the major function at a table's index.
    pub(crate) fn operation(&self, index: usize) -> Option<OperationEntry> {
        self.operations[index]
    }

    pub(crate) fn contexts(&self) -> &[ContextDefinition] {
        &self.contexts
    }

    pub(crate) fn add_instance(&self, instance: &Arc<Instance>) {
        self.instances.lock().push(Arc::clone(instance));
    }

    pub(crate) fn remove_instance(&self, instance: &Instance) {
        self.instances.lock().retain(|present| !std::ptr::eq(&raw const **present, instance));
    }

    /// Keeps and prints a finding about this filter.
    pub(crate) fn report(&self, rule: &'static str, text: String) {
        self.machine.report(Report { rule, driver: self.name.clone(), text });
    }

    /// Starts filtering: the body of `FltStartFiltering`.
    pub(crate) fn start(self: &Arc<Self>) -> NTSTATUS {
        // Rule A-19.
        if self.started.swap(true, Ordering::AcqRel) {
            return sys::STATUS_INVALID_PARAMETER;
        }
        for volume in self.machine.volumes() {
            self.attach_automatically(&volume, 0);
        }
        sys::STATUS_SUCCESS
    }

    /// Attaches every instance that its definition lets attach by itself (rule P-13).
    pub(crate) fn attach_automatically(self: &Arc<Self>, volume: &Arc<Volume>, flags: u32) {
        const SUPPRESS_AUTOMATIC: u32 = 0x1;
        if !self.is_filtering() {
            return;
        }
        for definition in self.definitions() {
            if definition.flags & SUPPRESS_AUTOMATIC != 0 {
                continue;
            }
            let flags = flags | sys::FLTFL_INSTANCE_SETUP_AUTOMATIC_ATTACHMENT;
            match self.attach(volume, &definition.name, &definition.altitude, flags) {
                Ok(_) | Err(sys::STATUS_FLT_DO_NOT_ATTACH) => (),
                Err(status) => tracing::info!(
                    "{}: the instance {} did not attach to {}: {}",
                    self.name,
                    definition.name,
                    volume.name(),
                    NtStatus(status)
                ),
            }
        }
    }

    /// Attaches one instance. The error for a taken altitude is that of rule A-28; rule A-27's callers map it.
    pub(crate) fn attach(
        self: &Arc<Self>,
        volume: &Arc<Volume>,
        name: &str,
        altitude: &str,
        flags: u32,
    ) -> Result<Arc<Instance>, NTSTATUS> {
        if !self.started.load(Ordering::Acquire) {
            return Err(sys::STATUS_FLT_FILTER_NOT_READY);
        }
        // An attachment that is under way keeps the filter, so that its callbacks come before the unload is through.
        if self.is_unregistered() || !self.rundown.enter() {
            return Err(sys::STATUS_FLT_DELETING_OBJECT);
        }
        let result = Instance::attach(self, volume, name, altitude, flags);
        self.rundown.exit();
        result
    }

    /// The instances that the registry defines (rule P-11).
    fn definitions(&self) -> Vec<InstanceConfig> {
        self.machine.registry().service_instances(&self.name).map(|found| found.instances).unwrap_or_default()
    }

    /// The name of the instance that is meant where none is named.
    pub(crate) fn default_instance(&self) -> Option<String> {
        self.machine.registry().service_instances(&self.name)?.default
    }

    /// The definition of the instance named, or of the default instance.
    pub(crate) fn definition(&self, name: Option<&str>) -> Option<InstanceConfig> {
        let wanted = name.map(str::to_owned).or_else(|| self.default_instance())?;
        self.definitions().into_iter().find(|definition| definition.name.eq_ignore_ascii_case(&wanted))
    }

    /// Calls `FilterUnloadCallback`.
    pub(crate) fn call_unload(&self, flags: u32) -> Result<NTSTATUS, crate::kernel::call::Crashed> {
        let Some(callback) = self.registration.FilterUnloadCallback else {
            return Ok(sys::STATUS_SUCCESS);
        };
        // SAFETY: the driver registered the routine for exactly this call, at PASSIVE_LEVEL (rule A-49).
        invoke::system(&self.machine, self.image(), "FilterUnloadCallback", || unsafe { callback(flags) })
    }
}

/// Reads an operation registration up to its end (rule A-09).
///
/// # Safety
///
/// `table` must be NULL or an array that ends with `IRP_MJ_OPERATION_END`.
unsafe fn read_operations(table: *const sys::FLT_OPERATION_REGISTRATION) -> [Option<OperationEntry>; MAJOR_FUNCTIONS] {
    let mut operations = [None; MAJOR_FUNCTIONS];
    let mut entry = table;
    // SAFETY: the caller vouches for the table's end.
    while let Some(registration) = unsafe { entry.as_ref() } {
        if registration.MajorFunction == major::OPERATION_END {
            break;
        }
        let slot = &mut operations[index_of(registration.MajorFunction)];
        // Of several entries for one major function the first counts (rule A-10).
        if slot.is_none() {
            *slot = Some(OperationEntry {
                pre: registration.PreOperation,
                post: registration.PostOperation,
                flags: registration.Flags,
            });
        }
        // SAFETY: the entry was not the last.
        entry = unsafe { entry.add(1) };
    }
    operations
}

/// A pointer the Filter Manager only compares.
pub(crate) fn identity<T>(object: &T) -> *const c_void {
    std::ptr::from_ref(object).cast()
}
