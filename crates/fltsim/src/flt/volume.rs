//! Volumes, with the instances attached to them.

use std::cell::UnsafeCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use arc_swap::{ArcSwap, Guard};
use fltmgr_sys as sys;
use fltmgr_sys::{DEVICE_OBJECT, NTSTATUS, PDEVICE_OBJECT};
use parking_lot::Mutex;

use super::context::ContextSlots;
use super::instance::Instance;
use super::major::size_of_16;
use super::object::ObjectKind;
use super::rundown::Rundown;
use super::stack::Stack;
use crate::fs::{FileSystem, Store};
use crate::io::StreamTable;
use crate::kernel::object::{self, KernelObject};
use crate::machine::Machine;

/// A volume to add.
pub struct VolumeConfig {
    /// What people call it, such as the mount point. Filters see the device name.
    pub name: String,
    /// Where its files are.
    pub store: Box<dyn Store>,
    /// The device name, such as `\Device\HarddiskVolume2`; `None` takes the next free number.
    pub device_name: Option<String>,
}

/// A volume of a machine.
#[repr(C)]
pub struct Volume {
    kind: ObjectKind,
    machine: Arc<Machine>,
    name: String,
    device_name: String,
    device_name_units: Vec<u16>,
    guid_name: String,
    file_system: FileSystem,
    device: Box<Device>,
    /// The instances that take part in I/O.
    stack: ArcSwap<Stack>,
    /// All instances, also those whose setup has not returned.
    members: Mutex<Vec<Arc<Instance>>>,
    /// Volume contexts.
    pub(crate) contexts: ContextSlots,
    pub(crate) streams: StreamTable,
    /// Changes with every rename: names that were learnt before are not trusted any more.
    name_generation: AtomicU64,
    /// References that drivers took.
    pub(crate) rundown: Rundown,
    has_cache: AtomicBool,
}

/// The volume's device object.
struct Device(UnsafeCell<DEVICE_OBJECT>);

// SAFETY: fltsim does not change the device object after it was made.
unsafe impl Send for Device {}
// SAFETY: as above.
unsafe impl Sync for Device {}

/// The device object in the table of objects; it lives as long as its volume. References are counted for the filter that
/// takes them (rule A-59).
struct DeviceEntry;

impl KernelObject for DeviceEntry {
    fn kind(&self) -> object::ObjectKind {
        object::ObjectKind::Device
    }

    fn reference(&self) {
        if let Some(filter) = super::name::current_filter() {
            filter.ledger.devices.fetch_add(1, Ordering::AcqRel);
        }
    }

    fn dereference(&self) {
        if let Some(filter) = super::name::current_filter()
            && filter.ledger.devices.fetch_sub(1, Ordering::AcqRel) <= 0
        {
            let text = "a device object was dereferenced more often than references were taken";
            filter.report("A-59", text.to_owned());
        }
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }
}

impl Volume {
    pub(crate) fn new(machine: &Arc<Machine>, config: VolumeConfig, number: u32) -> Arc<Self> {
        let device_name = config.device_name.unwrap_or_else(|| format!("\\Device\\HarddiskVolume{number}"));
        // SAFETY: the structure is plain data, for which zeros are valid.
        let mut device: DEVICE_OBJECT = unsafe { std::mem::zeroed() };
        device.Type = 3; // IO_TYPE_DEVICE
        device.Size = size_of_16::<DEVICE_OBJECT>();
        device.ReferenceCount = 1;
        device.DeviceType = sys::FILE_DEVICE_DISK_FILE_SYSTEM;
        device.StackSize = 8;
        device.SectorSize = SECTOR_SIZE;
        let volume = Arc::new(Self {
            kind: ObjectKind::VOLUME,
            machine: Arc::clone(machine),
            file_system: FileSystem::new(config.store, &config.name),
            name: config.name,
            device_name_units: device_name.encode_utf16().collect(),
            device_name,
            // Any name will do that no other volume of the machine has.
            guid_name: format!("\\??\\Volume{{{number:08x}-0000-4000-8000-000000000000}}"),
            device: Box::new(Device(UnsafeCell::new(device))),
            stack: ArcSwap::from_pointee(Stack::new(Vec::new())),
            members: Mutex::default(),
            contexts: ContextSlots::default(),
            streams: StreamTable::default(),
            name_generation: AtomicU64::new(1),
            rundown: Rundown::default(),
            has_cache: AtomicBool::new(false),
        });
        object::register(volume.device() as usize, Arc::new(DeviceEntry));
        volume
    }

    /// Gives the volume a cache: from now on, what is read and written through it becomes paging I/O, which passes the
    /// filters. Without one it goes to the file system as it is.
    pub fn add_cache(&self) {
        self.has_cache.store(true, Ordering::Release);
    }

    pub(crate) fn has_cache(&self) -> bool {
        self.has_cache.load(Ordering::Acquire)
    }

    /// The machine it belongs to.
    pub fn machine(&self) -> &Arc<Machine> {
        &self.machine
    }

    /// What people call it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The device name, such as `\Device\HarddiskVolume2`.
    pub fn device_name(&self) -> &str {
        &self.device_name
    }

    /// The name that is made of a number of its own: `\??\Volume{...}`.
    pub(crate) fn guid_name(&self) -> &str {
        &self.guid_name
    }

    /// The device name as filters see it.
    pub fn device_name_units(&self) -> &[u16] {
        &self.device_name_units
    }

    /// Whether `name` means this volume.
    pub fn is_called(&self, name: &str) -> bool {
        let last = self.device_name.rsplit('\\').next().unwrap_or_default();
        [self.name.as_str(), self.device_name.as_str(), last]
            .into_iter()
            .any(|known| known.trim_end_matches('\\').eq_ignore_ascii_case(name))
    }

    /// The file system at the bottom.
    pub fn file_system(&self) -> &FileSystem {
        &self.file_system
    }

    /// Whether a filter wants to see the major function: if not, it goes straight to the file system, and a caller may
    /// as well answer from a cache of its own.
    pub fn is_filtered(&self, major: u8) -> bool {
        !self.stack.load().nodes(major).is_empty()
    }

    /// The instances that take part in I/O, highest altitude first.
    pub fn instances(&self) -> Vec<Arc<Instance>> {
        self.stack.load().instances().to_vec()
    }

    pub(crate) fn device(&self) -> PDEVICE_OBJECT {
        self.device.0.get()
    }

    pub(crate) fn stack(&self) -> Guard<Arc<Stack>> {
        self.stack.load()
    }

    pub(crate) fn name_generation(&self) -> u64 {
        self.name_generation.load(Ordering::Acquire)
    }

    pub(crate) fn names_changed(&self) {
        self.name_generation.fetch_add(1, Ordering::AcqRel);
    }

    /// Keeps a place for an instance that is about to be attached (rules ).
    pub(crate) fn reserve(&self, instance: &Arc<Instance>) -> Result<(), NTSTATUS> {
        let mut members = self.members.lock();
        for present in members.iter() {
            let same_filter = Arc::ptr_eq(present.filter(), instance.filter());
            if same_filter && present.name().eq_ignore_ascii_case(instance.name()) {
                return Err(sys::STATUS_FLT_INSTANCE_NAME_COLLISION);
            }
            if present.altitude() == instance.altitude() {
                return Err(sys::STATUS_FLT_INSTANCE_ALTITUDE_COLLISION);
            }
        }
        members.push(Arc::clone(instance));
        Ok(())
    }

    /// Gives an instance's place back.
    pub(crate) fn forget(&self, instance: &Instance) {
        self.members.lock().retain(|present| !std::ptr::eq(Arc::as_ptr(present), instance));
    }

    /// Makes the stack of those instances that are set up and not being torn down.
    pub(crate) fn publish(&self) {
        let members = self.members.lock();
        let ready = members.iter().filter(|instance| instance.is_set_up()).cloned().collect();
        self.stack.store(Arc::new(Stack::new(ready)));
    }

    /// Deletes every context an instance has on this volume (rule J-31).
    pub(crate) fn delete_contexts_of(&self, instance: &Instance) {
        self.streams.delete_contexts_of(instance);
        instance.contexts.delete_all();
        let filter = instance.filter();
        // The volume context is the filter's, and goes with the last of its instances on the volume.
        let others = self.members.lock().iter().any(|present| Arc::ptr_eq(present.filter(), filter));
        if !others {
            self.contexts.delete_of(super::filter::identity(&**filter));
        }
    }
}

impl Drop for Volume {
    fn drop(&mut self) {
        object::unregister(self.device() as usize);
    }
}

/// The sector size every volume has.
pub(crate) const SECTOR_SIZE: u16 = 512;
