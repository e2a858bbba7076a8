//! Instances: a filter's attachments to volumes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use fltmgr_sys as sys;
use fltmgr_sys::{FLT_RELATED_OBJECTS, NTSTATUS};
use parking_lot::{Condvar, Mutex};

use super::altitude::Altitude;
use super::cancel;
use super::completion;
use super::context::ContextSlots;
use super::filter::Filter;
use super::flight::InFlight;
use super::invoke;
use super::major::size_of_16;
use super::object::{Object, ObjectKind};
use super::pended::{self, PendedList};
use super::rundown::Rundown;
use super::volume::Volume;
use crate::io::FileObject;
use crate::machine::Machine;

/// The transaction that a file object has to do with, or NULL.
fn transaction_of(file: sys::PFILE_OBJECT) -> sys::PKTRANSACTION {
    if file.is_null() {
        return std::ptr::null_mut();
    }
    // SAFETY: the file object of an operation is one of the I/O manager's, and is alive as long as the operation.
    let file = unsafe { FileObject::at(file) };
    file.transaction().map_or(std::ptr::null_mut(), |transaction| transaction.handle())
}

/// `FLT_FSTYPE_NTFS`: what the file system of a volume calls itself.
const FILE_SYSTEM_TYPE: sys::FLT_FILESYSTEM_TYPE = sys::FLT_FSTYPE_NTFS;

/// An instance of a filter on a volume.
#[repr(C)]
pub struct Instance {
    kind: ObjectKind,
    filter: Arc<Filter>,
    volume: Arc<Volume>,
    name: String,
    altitude: Altitude,
    /// Set when teardown begins: no new operation and no new context from then on.
    tearing_down: AtomicBool,
    /// Set when the filter has agreed to the attachment: from then on the instance takes part in I/O.
    set_up: AtomicBool,
    /// Operations that are in the instance's hands or on their way to its post-operation callback, and I/O that it
    /// generated. Teardown completes when there are none (rule A-45).
    pub(crate) operations: Rundown,
    /// References that the driver took, and generic work items. They do not hold back `InstanceTeardownComplete`
    /// (rule A-47), but what comes after it (rule A-48).
    pub(crate) rundown: Rundown,
    pub(crate) in_flight: InFlight,
    pub(crate) pended: PendedList,
    /// Whether the filter scans the volume's files through sections.
    data_scan: AtomicBool,
    /// The instance context.
    pub(crate) contexts: ContextSlots,
    gone: Mutex<bool>,
    gone_changed: Condvar,
}

impl Instance {
    /// Attaches an instance: asks the filter, then puts it into the volume's stack.
    pub(crate) fn attach(
        filter: &Arc<Filter>,
        volume: &Arc<Volume>,
        name: &str,
        altitude: &str,
        flags: u32,
    ) -> Result<Arc<Self>, NTSTATUS> {
        // Rule A-28: a malformed altitude.
        let altitude = Altitude::parse(altitude).ok_or(sys::STATUS_INVALID_PARAMETER)?;
        let instance = Arc::new(Self {
            kind: ObjectKind::INSTANCE,
            filter: Arc::clone(filter),
            volume: Arc::clone(volume),
            name: name.to_owned(),
            altitude,
            tearing_down: AtomicBool::new(false),
            set_up: AtomicBool::new(false),
            operations: Rundown::default(),
            rundown: Rundown::default(),
            in_flight: InFlight::default(),
            pended: PendedList::default(),
            data_scan: AtomicBool::new(false),
            contexts: ContextSlots::default(),
            gone: Mutex::new(false),
            gone_changed: Condvar::new(),
        });
        volume.reserve(&instance)?;
        let status = instance.call_setup(flags);
        // Rule A-24: a warning or an error refuses the attachment.
        if status < 0 {
            volume.forget(&instance);
            volume.delete_contexts_of(&instance);
            return Err(status);
        }
        instance.set_up.store(true, Ordering::Release);
        filter.add_instance(&instance);
        volume.publish();
        if filter.is_unregistered() {
            instance.tear_down(sys::FLTFL_INSTANCE_TEARDOWN_FILTER_UNLOAD);
            return Err(sys::STATUS_FLT_DELETING_OBJECT);
        }
        Ok(instance)
    }

    /// The filter.
    pub fn filter(&self) -> &Arc<Filter> {
        &self.filter
    }

    /// The volume.
    pub fn volume(&self) -> &Arc<Volume> {
        &self.volume
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The altitude.
    pub fn altitude(&self) -> &Altitude {
        &self.altitude
    }

    pub(crate) fn is_set_up(&self) -> bool {
        self.set_up.load(Ordering::Acquire)
    }

    /// The body of `FltRegisterForDataScan`.
    pub(crate) fn register_for_data_scan(&self) {
        self.data_scan.store(true, Ordering::Release);
    }

    pub(crate) fn is_registered_for_data_scan(&self) -> bool {
        self.data_scan.load(Ordering::Acquire)
    }

    /// Whether teardown has begun.
    pub fn is_tearing_down(&self) -> bool {
        self.tearing_down.load(Ordering::SeqCst)
    }

    /// `FLT_RELATED_OBJECTS` for a callback of this instance.
    pub(crate) fn related_objects(&self, file: sys::PFILE_OBJECT) -> FLT_RELATED_OBJECTS {
        FLT_RELATED_OBJECTS {
            Size: size_of_16::<FLT_RELATED_OBJECTS>(),
            TransactionContext: 0,
            Filter: self.filter.handle(),
            Instance: self.handle(),
            Volume: self.volume.handle(),
            FileObject: file,
            Transaction: transaction_of(file),
        }
    }

    fn call_setup(&self, flags: u32) -> NTSTATUS {
        let Some(callback) = self.filter.registration().InstanceSetupCallback else {
            return sys::STATUS_SUCCESS;
        };
        let related = self.related_objects(std::ptr::null_mut());
        // SAFETY: the driver registered the routine for exactly this call, at PASSIVE_LEVEL (rule A-23).
        invoke::system(self.filter.machine(), self.filter.image(), "InstanceSetupCallback", || unsafe {
            callback(&raw const related, flags, sys::FILE_DEVICE_DISK_FILE_SYSTEM, FILE_SYSTEM_TYPE)
        })
        .unwrap_or(sys::STATUS_DEVICE_DOES_NOT_EXIST)
    }

    /// Asks the filter whether the instance may be detached by hand (rules ).
    pub(crate) fn query_teardown(&self) -> NTSTATUS {
        let Some(callback) = self.filter.registration().InstanceQueryTeardownCallback else {
            return sys::STATUS_FLT_DO_NOT_DETACH;
        };
        let related = self.related_objects(std::ptr::null_mut());
        // SAFETY: the driver registered the routine for exactly this call, at PASSIVE_LEVEL (rule A-36).
        invoke::system(self.filter.machine(), self.filter.image(), "InstanceQueryTeardownCallback", || unsafe {
            callback(&raw const related, 0)
        })
        .unwrap_or(sys::STATUS_DEVICE_DOES_NOT_EXIST)
    }

    fn call_teardown(&self, routine: &'static str, callback: sys::PFLT_INSTANCE_TEARDOWN_CALLBACK, reason: u32) {
        if let Some(callback) = callback {
            let related = self.related_objects(std::ptr::null_mut());
            // SAFETY: the driver registered the routine for exactly this call, at PASSIVE_LEVEL (rule A-39).
            let _ = invoke::system(self.filter.machine(), self.filter.image(), routine, || unsafe {
                callback(&raw const related, reason);
            });
        }
    }

    /// Waits until no operation is in the instance's hands (rule A-45). What it pended and does not complete within the
    /// time is taken from it; a callback that runs is waited for however long it takes, as on Windows.
    fn wait_for_operations(&self, machine: &Machine, patience: Duration) {
        let mut waited = Duration::ZERO;
        while !self.operations.wait(patience) && !machine.is_crashed() {
            waited += patience;
            let (held, volume, seconds) = (self.operations.held(), self.volume.name(), waited.as_secs_f32());
            let lost = pended::release_all(self);
            if lost > 0 {
                let text = format!(
                    "the instance {} on {volume} had pended {lost} operations that it did not complete within \
                     {seconds} s of InstanceTeardownStart; they went on without it. Windows would wait forever",
                    self.name
                );
                self.filter.report("A-45", text);
            } else {
                tracing::warn!(
                    "{}: the instance {} on {volume} is still busy with {held} operations {seconds} s after \
                     InstanceTeardownStart",
                    self.filter.name(),
                    self.name
                );
            }
        }
    }

    /// Tears the instance down, or waits until somebody else has.
    pub(crate) fn tear_down(self: &Arc<Self>, reason: u32) {
        if self.tearing_down.swap(true, Ordering::SeqCst) {
            let mut gone = self.gone.lock();
            while !*gone && !self.filter.machine().is_crashed() {
                self.gone_changed.wait_for(&mut gone, Duration::from_millis(50));
            }
            return;
        }
        let machine = Arc::clone(self.filter.machine());
        let patience = machine.patience();
        // Rule A-43: no new operation from here on; those that already hold the old stack find the door closed.
        self.volume.forget(self);
        self.volume.publish();
        self.operations.close();
        let registration = self.filter.registration();
        self.call_teardown("InstanceTeardownStartCallback", registration.InstanceTeardownStartCallback, reason);
        // Rule A-44: callbacks that run finish; operations that wait for their post-operation callback are drained.
        self.in_flight.drain(completion::call_draining);
        cancel::cancel_undrained(self);
        self.wait_for_operations(&machine, patience);
        self.call_teardown("InstanceTeardownCompleteCallback", registration.InstanceTeardownCompleteCallback, reason);
        self.rundown.close();
        if !self.rundown.wait(patience) && !machine.is_crashed() {
            self.filter.report(
                "A-57",
                format!(
                    "{} references on the instance {} were never given back with FltObjectDereference",
                    self.rundown.held(),
                    self.name
                ),
            );
        }
        machine.transactions.leave(self);
        // Rule J-31: contexts end with the instance, rule A-48: after the last reference on it.
        self.volume.delete_contexts_of(self);
        self.filter.remove_instance(self);
        *self.gone.lock() = true;
        self.gone_changed.notify_all();
    }
}
