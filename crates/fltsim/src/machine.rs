//! A machine: what one Windows system would hold, in one process.

use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use parking_lot::{Mutex, RwLock};

use crate::config::ServiceConfig;
use crate::flt::driver::Driver;
use crate::flt::filter::Filter;
use crate::flt::port::Ports;
use crate::flt::report::Report;
use crate::flt::transaction::Transactions;
use crate::flt::volume::{Volume, VolumeConfig};
use crate::flt::work::Workers;
use crate::image::ImageError;
use crate::kernel::etw::{TraceEvent, Tracing};
use crate::kernel::fault::CrashReport;
use crate::kernel::low_resources::Run;
use crate::kernel::process::ProcessTable;
use crate::registry::Registry;
use crate::status::NtStatus;

pub use crate::image::DriverEntry;

/// Where a driver's code comes from.
#[derive(Clone)]
pub enum ImageSource {
    /// A `.sys` file, mapped as it is.
    File(PathBuf),
    /// A driver that is linked into this program.
    Linked {
        /// Its `DriverEntry`.
        entry: DriverEntry,
    },
}

/// A driver to load.
#[derive(Clone)]
pub struct LoadRequest {
    /// The code.
    pub image: ImageSource,
    /// The service under which it is known.
    pub service: ServiceConfig,
}

/// Why a driver was not loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// A service of this name runs already.
    #[error("the driver {0} is loaded already; unload it first")]
    AlreadyLoaded(String),
    /// No service of this name was ever loaded, so nothing is known about it.
    #[error("no service named {0} is installed on this machine; load it once with its .sys file")]
    NotInstalled(String),
    /// The file is no driver that can be loaded.
    #[error(transparent)]
    Image(#[from] ImageError),
    /// `DriverEntry` gave up.
    #[error("DriverEntry of {name} failed with {status}")]
    EntryFailed {
        /// The driver.
        name: String,
        /// What it returned.
        status: NtStatus,
    },
    /// A driver has crashed, now or before, and the machine has stopped.
    #[error("the machine has stopped: {0}")]
    Crashed(String),
}

impl LoadError {
    /// The status `FltLoadFilter` returns for it (rule A-60).
    pub fn status(&self) -> NtStatus {
        NtStatus(match self {
            Self::AlreadyLoaded(_) => fltmgr_sys::STATUS_IMAGE_ALREADY_LOADED,
            Self::NotInstalled(_) => fltmgr_sys::STATUS_OBJECT_NAME_NOT_FOUND,
            Self::Image(_) => fltmgr_sys::STATUS_INVALID_IMAGE_FORMAT,
            Self::EntryFailed { status, .. } => status.0,
            Self::Crashed(_) => fltmgr_sys::STATUS_DEVICE_DOES_NOT_EXIST,
        })
    }
}

/// Why a driver was not unloaded.
#[derive(Debug, thiserror::Error)]
pub enum UnloadError {
    /// No driver of this name is loaded.
    #[error("no driver named {0} is loaded")]
    NotLoaded(String),
    /// It is being unloaded by somebody else.
    #[error("the driver {0} is being unloaded already")]
    Unloading(String),
    /// It has registered no unload callback, so it cannot be unloaded (rule A-49).
    #[error("the driver {0} has no FilterUnloadCallback, so it cannot be unloaded")]
    NoUnloadRoutine(String),
    /// Its unload callback refused (rule A-50).
    #[error("the driver {name} refused to be unloaded: {status}")]
    Refused {
        /// The driver.
        name: String,
        /// What its callback returned.
        status: NtStatus,
    },
    /// A driver has crashed, now or before, and the machine has stopped.
    #[error("the machine has stopped: {0}")]
    Crashed(String),
}

impl UnloadError {
    /// The status `FltUnloadFilter` returns for it (rule A-61).
    pub fn status(&self) -> NtStatus {
        NtStatus(match self {
            Self::NotLoaded(_) => fltmgr_sys::STATUS_FLT_FILTER_NOT_FOUND,
            Self::Unloading(_) => fltmgr_sys::STATUS_FLT_DELETING_OBJECT,
            Self::NoUnloadRoutine(_) => fltmgr_sys::STATUS_FLT_DO_NOT_DETACH,
            Self::Refused { status, .. } => status.0,
            Self::Crashed(_) => fltmgr_sys::STATUS_DEVICE_DOES_NOT_EXIST,
        })
    }
}

/// How many of the lines that drivers print are kept for who asks.
const DEBUG_LINES: usize = 10_000;

/// Who wants to hear of a crash.
type CrashCallback = Box<dyn Fn(&Arc<CrashReport>) + Send + Sync>;

/// A simulated Windows machine: its registry, processes, drivers, filters, volumes and ports.
///
/// A machine and its volumes hold one another, so a machine lives until [`Machine::shutdown`].
pub struct Machine {
    registry: Registry,
    processes: ProcessTable,
    ports: Ports,
    workers: Workers,
    pub(crate) drivers: RwLock<Vec<Arc<Driver>>>,
    pub(crate) filters: RwLock<Vec<Arc<Filter>>>,
    pub(crate) volumes: RwLock<Vec<Arc<Volume>>>,
    /// What was loaded once can be loaded again by its name alone.
    pub(crate) installed: Mutex<BTreeMap<String, LoadRequest>>,
    crashed: AtomicBool,
    crash: OnceLock<Arc<CrashReport>>,
    crash_callbacks: Mutex<Vec<CrashCallback>>,
    reports: Mutex<Vec<Report>>,
    /// The last lines that drivers have printed.
    debug_lines: Mutex<VecDeque<String>>,
    patience: Mutex<Duration>,
    low_resources: OnceLock<Arc<Run>>,
    tracing: Tracing,
    next_volume: AtomicU32,
    pub(crate) transactions: Transactions,
}

impl Machine {
    /// A machine without drivers and volumes.
    pub fn new() -> Arc<Self> {
        Arc::new(Self {
            registry: Registry::new(),
            processes: ProcessTable::new(),
            ports: Ports::default(),
            workers: Workers::default(),
            drivers: RwLock::default(),
            filters: RwLock::default(),
            volumes: RwLock::default(),
            installed: Mutex::default(),
            crashed: AtomicBool::new(false),
            crash: OnceLock::new(),
            crash_callbacks: Mutex::default(),
            reports: Mutex::default(),
            debug_lines: Mutex::default(),
            patience: Mutex::new(Duration::from_secs(30)),
            low_resources: OnceLock::new(),
            tracing: Tracing::default(),
            // Volume 1 is the host's root, where process images are; it is never filtered.
            next_volume: AtomicU32::new(2),
            transactions: Transactions::default(),
        })
    }

    /// Takes what drivers have printed since this was asked last, by DbgPrint and DbgPrintEx: a line each, as many as the
    /// machine keeps.
    pub fn take_debug_lines(&self) -> Vec<String> {
        std::mem::take(&mut *self.debug_lines.lock()).into()
    }

    /// Listens to the events that drivers write as this provider, up to a level (5 is all). `keywords` are the bits of those
    /// that are meant, 0 for all.
    pub fn listen(&self, provider: u128, level: u8, keywords: u64) {
        self.tracing.listen(provider, level, keywords);
    }

    /// Takes the events that were listened to since this was asked last, as many as the machine keeps.
    pub fn take_events(&self) -> Vec<TraceEvent> {
        self.tracing.take()
    }

    pub(crate) fn tracing(&self) -> &Tracing {
        &self.tracing
    }

    pub(crate) fn keep_debug_line(&self, line: &str) {
        let mut lines = self.debug_lines.lock();
        if lines.len() == DEBUG_LINES {
            lines.pop_front();
        }
        lines.push_back(line.to_owned());
    }

    /// The registry.
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// The processes.
    pub fn processes(&self) -> &ProcessTable {
        &self.processes
    }

    /// The communication ports.
    pub fn ports(&self) -> &Ports {
        &self.ports
    }

    /// The system worker threads.
    pub fn workers(&self) -> &Workers {
        &self.workers
    }

    /// Adds a volume. Every filter that has started filtering gets to attach to it before this returns.
    pub fn add_volume(self: &Arc<Self>, config: VolumeConfig) -> Arc<Volume> {
        let number = self.next_volume.fetch_add(1, Ordering::Relaxed);
        let volume = Volume::new(self, config, number);
        self.volumes.write().push(Arc::clone(&volume));
        let filters = self.filters.read().clone();
        for filter in filters {
            filter.attach_automatically(&volume, fltmgr_sys::FLTFL_INSTANCE_SETUP_NEWLY_MOUNTED_VOLUME);
        }
        volume
    }

    /// Removes a volume, as a dismount does: its instances are torn down. Files that are still open keep working without
    /// filters.
    pub fn remove_volume(&self, volume: &Arc<Volume>) {
        self.volumes.write().retain(|present| !Arc::ptr_eq(present, volume));
        for instance in volume.instances() {
            instance.tear_down(fltmgr_sys::FLTFL_INSTANCE_TEARDOWN_VOLUME_DISMOUNT);
        }
    }

    /// The volumes, in the order in which they were added.
    pub fn volumes(&self) -> Vec<Arc<Volume>> {
        self.volumes.read().clone()
    }

    /// The volume with this name, device name (`\Device\HarddiskVolume2`) or last part of a device name.
    pub fn volume(&self, name: &str) -> Option<Arc<Volume>> {
        let wanted = name.trim_end_matches('\\');
        self.volumes.read().iter().find(|volume| volume.is_called(wanted)).cloned()
    }

    /// The filters that are registered, from the highest altitude of their instances to the lowest.
    pub fn filters(&self) -> Vec<Arc<Filter>> {
        self.filters.read().clone()
    }

    /// The filter with this name; case does not matter.
    pub fn filter(&self, name: &str) -> Option<Arc<Filter>> {
        self.filters.read().iter().find(|filter| filter.name().eq_ignore_ascii_case(name)).cloned()
    }

    /// Unloads every driver, whatever its callback says, ends the worker threads and forgets the volumes.
    pub fn shutdown(self: &Arc<Self>) {
        let drivers = self.drivers.read().clone();
        for driver in drivers.iter().rev() {
            if let Err(error) = self.unload_driver(driver, true) {
                tracing::warn!("{error}");
            }
        }
        self.workers.stop();
        self.volumes.write().clear();
    }

    /// What ended the machine, if anything did.
    pub fn crash(&self) -> Option<Arc<CrashReport>> {
        self.crash.get().cloned()
    }

    /// Whether a driver has crashed: from then on every operation fails at once with
    /// `STATUS_DEVICE_DOES_NOT_EXIST`.
    pub fn is_crashed(&self) -> bool {
        self.crashed.load(Ordering::Acquire)
    }

    /// Has `callback` called when a driver crashes, or at once if one has.
    pub fn on_crash(&self, callback: impl Fn(&Arc<CrashReport>) + Send + Sync + 'static) {
        // The lock keeps a crash that happens now from being missed by both sides.
        let mut callbacks = self.crash_callbacks.lock();
        if let Some(report) = self.crash.get() {
            callback(report);
        } else {
            callbacks.push(Box::new(callback));
        }
    }

    /// Ends the machine. Only the first crash counts: what follows it is its consequence.
    pub fn set_crashed(&self, report: CrashReport) {
        let report = Arc::new(report);
        let callbacks = {
            let mut callbacks = self.crash_callbacks.lock();
            if self.crash.set(Arc::clone(&report)).is_err() {
                return;
            }
            self.crashed.store(true, Ordering::Release);
            std::mem::take(&mut *callbacks)
        };
        crate::kernel::wait::wake_all();
        for callback in callbacks {
            callback(&report);
        }
    }

    /// Keeps and prints a finding about a driver.
    pub(crate) fn report(&self, report: Report) {
        tracing::warn!("{report}");
        self.reports.lock().push(report);
    }

    /// As [`Machine::report`], but only the first time that this is found.
    pub(crate) fn report_once(&self, report: Report) {
        let known = self.reports.lock().contains(&report);
        if !known {
            self.report(report);
        }
    }

    /// What was found wrong with drivers so far: leaks at unload, broken rules.
    pub fn reports(&self) -> Vec<Report> {
        self.reports.lock().clone()
    }

    /// How long an unload or a detach waits for operations and references that a driver holds, before it reports them
    /// and goes on without them. Windows waits forever.
    pub fn patience(&self) -> Duration {
        *self.patience.lock()
    }

    /// Sets [`Machine::patience`].
    pub fn set_patience(&self, patience: Duration) {
        *self.patience.lock() = patience;
    }

    /// Has a call of a driver fail, which `run` says. Only the first run that is given counts.
    pub fn set_low_resources(&self, run: Arc<Run>) {
        // A machine has one run: what it was to fail is not to be asked twice.
        let _ = self.low_resources.set(run);
    }

    pub(crate) fn low_resources(&self) -> Option<&Arc<Run>> {
        self.low_resources.get()
    }

    /// The text of the crash, for errors.
    pub(crate) fn crash_text(&self) -> String {
        self.crash().map_or_else(|| "a driver crashed".to_owned(), |report| report.to_string())
    }
}
