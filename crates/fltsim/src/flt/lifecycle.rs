//! Loading and unloading drivers, attaching and detaching instances.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use fltmgr_sys as sys;
use fltmgr_sys::{NTSTATUS, PDRIVER_OBJECT};

use super::driver::Driver;
use super::filter::Filter;
use super::instance::Instance;
use super::invoke;
use super::report::Report;
use crate::image::Image;
use crate::kernel::pool;
use crate::machine::{ImageSource, LoadError, LoadRequest, Machine, UnloadError};
use crate::status::NtStatus;

/// What types of context are called in reports, by the position of their bit.
const CONTEXT_TYPES: [&str; 7] = ["volume", "instance", "file", "stream", "stream handle", "transaction", "section"];

impl Machine {
    /// Loads a driver and runs its `DriverEntry`. The service stays installed, so that [`Machine::load_service`] can
    /// load it again after an unload.
    ///
    /// # Errors
    ///
    /// See [`LoadError`]; nothing of the driver is left then.
    pub fn load(self: &Arc<Self>, request: &LoadRequest) -> Result<(), LoadError> {
        let name = request.service.name.as_str();
        if self.is_crashed() {
            return Err(LoadError::Crashed(self.crash_text()));
        }
        if self.driver(name).is_some() {
            return Err(LoadError::AlreadyLoaded(name.to_owned()));
        }
        let image = match &request.image {
            ImageSource::File(path) => Image::load(path)?,
            ImageSource::Linked { entry } => Image::linked(name, *entry),
        };
        self.registry().fill_service(&request.service);
        self.installed.lock().insert(name.to_ascii_lowercase(), request.clone());
        let driver = Driver::new(request.clone(), Arc::clone(&image));
        {
            let mut drivers = self.drivers.write();
            if drivers.iter().any(|present| present.name().eq_ignore_ascii_case(name)) {
                return Err(LoadError::AlreadyLoaded(name.to_owned()));
            }
            drivers.push(Arc::clone(&driver));
        }
        let (object, path) = (driver.object().object(), driver.object().registry_path());
        let entry = image.entry();
        // SAFETY: the entry point is called as Windows calls it, in a system thread at PASSIVE_LEVEL (rule A-01).
        let status = invoke::system(self, &image, "DriverEntry", || unsafe { entry(object, path) });
        match status {
            Err(_) => Err(LoadError::Crashed(self.crash_text())),
            Ok(status) if NtStatus(status).is_success() => {
                image.discard_initialization();
                Ok(())
            }
            Ok(status) => {
                // Rule A-22: the image goes, and FilterUnloadCallback is not called.
                driver.begin_unload();
                if let Some(filter) = driver.filter().filter(|filter| !filter.is_unregistered()) {
                    filter.report(
                        "A-21",
                        format!("DriverEntry failed with {} and left its filter registered", NtStatus(status)),
                    );
                    filter.unregister(sys::FLTFL_INSTANCE_TEARDOWN_INTERNAL_ERROR);
                }
                self.discard(&driver);
                Err(LoadError::EntryFailed { name: name.to_owned(), status: NtStatus(status) })
            }
        }
    }

    /// Loads a service again that was loaded before, by its name alone.
    ///
    /// # Errors
    ///
    /// See [`LoadError`].
    pub fn load_service(self: &Arc<Self>, name: &str) -> Result<(), LoadError> {
        let request = self.installed.lock().get(&name.to_ascii_lowercase()).cloned();
        self.load(&request.ok_or_else(|| LoadError::NotInstalled(name.to_owned()))?)
    }

    /// Unloads a driver, as `fltmc unload` does: its unload callback may refuse (rule A-50).
    ///
    /// # Errors
    ///
    /// See [`UnloadError`]; the driver is still loaded then.
    pub fn unload(self: &Arc<Self>, name: &str) -> Result<(), UnloadError> {
        let driver = self.driver(name).ok_or_else(|| UnloadError::NotLoaded(name.to_owned()))?;
        self.unload_driver(&driver, false)
    }

    /// Stops a driver's service: a mandatory unload, which takes no refusal (rule A-51).
    ///
    /// # Errors
    ///
    /// See [`UnloadError`]: there is no way to unload a filter that does not support it (rule A-52).
    pub fn stop_service(self: &Arc<Self>, name: &str) -> Result<(), UnloadError> {
        let driver = self.driver(name).ok_or_else(|| UnloadError::NotLoaded(name.to_owned()))?;
        let flags = driver.filter().map_or(0, |filter| filter.registration().Flags);
        if flags & sys::FLTFL_REGISTRATION_DO_NOT_SUPPORT_SERVICE_STOP != 0 {
            return Err(UnloadError::NoUnloadRoutine(name.to_owned()));
        }
        self.unload_driver(&driver, true)
    }

    /// The driver that was loaded as the service `name`.
    pub fn driver(&self, name: &str) -> Option<Arc<Driver>> {
        self.drivers.read().iter().find(|driver| driver.name().eq_ignore_ascii_case(name)).cloned()
    }

    /// The driver whose driver object this is.
    pub(crate) fn driver_of_object(&self, object: PDRIVER_OBJECT) -> Option<Arc<Driver>> {
        self.drivers.read().iter().find(|driver| driver.is(object)).cloned()
    }

    /// Unloads a driver; a mandatory unload takes no refusal (rule A-51).
    pub(crate) fn unload_driver(self: &Arc<Self>, driver: &Arc<Driver>, mandatory: bool) -> Result<(), UnloadError> {
        let name = || driver.name().to_owned();
        if self.is_crashed() {
            return Err(UnloadError::Crashed(self.crash_text()));
        }
        if !driver.begin_unload() {
            return Err(UnloadError::Unloading(name()));
        }
        let Some(filter) = driver.filter() else {
            // A driver that registered no filter has no way to be asked.
            driver.cancel_unload();
            return Err(UnloadError::NoUnloadRoutine(name()));
        };
        if filter.registration().FilterUnloadCallback.is_none() && !mandatory {
            driver.cancel_unload();
            return Err(UnloadError::NoUnloadRoutine(name()));
        }
        driver.set_mandatory(mandatory);
        let flags = if mandatory { sys::FLTFL_FILTER_UNLOAD_MANDATORY } else { 0 };
        let status = filter.call_unload(flags).map_err(|_crashed| UnloadError::Crashed(self.crash_text()))?;
        if status < 0 && !mandatory {
            driver.cancel_unload();
            return Err(UnloadError::Refused { name: name(), status: NtStatus(status) });
        }
        if !filter.is_unregistered() {
            if filter.registration().FilterUnloadCallback.is_some() {
                filter.report("A-54", "FilterUnloadCallback returned without calling FltUnregisterFilter".to_owned());
            }
            filter.unregister(driver.teardown_reason());
        }
        self.discard(driver);
        Ok(())
    }

    /// Takes a driver out of the machine and reports what it left behind. The image is unmapped when the last thread
    /// that is in it has left.
    fn discard(self: &Arc<Self>, driver: &Arc<Driver>) {
        driver.set_filter(None);
        for (address, block) in pool::outstanding(Arc::as_ptr(driver.image()) as usize) {
            let text = format!("{block} at {address:#x} were not freed before the driver was unloaded");
            self.report(Report { rule: "O-03", driver: driver.name().to_owned(), text });
        }
        let providers = self.tracing().forget(driver.image());
        if providers != 0 {
            let text = format!("{providers} event providers were never unregistered; call EtwUnregister");
            self.report(Report { rule: "O-03", driver: driver.name().to_owned(), text });
        }
        self.drivers.write().retain(|present| !Arc::ptr_eq(present, driver));
    }

    /// Attaches an instance by hand, as `fltmc attach` does. Without an altitude, the instance must be defined in the
    /// registry; without a name, the default instance is meant (rules ). Answers the instance's name.
    ///
    /// # Errors
    ///
    /// The status of `FltAttachVolume` or `FltAttachVolumeAtAltitude`.
    pub fn attach(
        &self,
        filter: &str,
        volume: &str,
        instance: Option<&str>,
        altitude: Option<&str>,
    ) -> Result<String, NtStatus> {
        let filter = self.filter(filter).ok_or(NtStatus(sys::STATUS_FLT_FILTER_NOT_FOUND))?;
        let volume = self.volume(volume).ok_or(NtStatus(sys::STATUS_FLT_VOLUME_NOT_FOUND))?;
        filter.attach_manually(&volume, instance, altitude).map(|instance| instance.name().to_owned()).map_err(NtStatus)
    }

    /// Detaches an instance by hand, as `fltmc detach` does; without a name, the filter's highest on the volume (rule
    /// The filter may refuse (rules ).
    ///
    /// # Errors
    ///
    /// The status of `FltDetachVolume`.
    pub fn detach(&self, filter: &str, volume: &str, instance: Option<&str>) -> Result<(), NtStatus> {
        let filter = self.filter(filter).ok_or(NtStatus(sys::STATUS_FLT_FILTER_NOT_FOUND))?;
        let volume = self.volume(volume).ok_or(NtStatus(sys::STATUS_FLT_VOLUME_NOT_FOUND))?;
        filter.detach_manually(&volume, instance).map_err(NtStatus)
    }
}

impl Filter {
    /// The body of `FltAttachVolume` and `FltAttachVolumeAtAltitude`.
    pub(crate) fn attach_manually(
        self: &Arc<Self>,
        volume: &Arc<super::volume::Volume>,
        name: Option<&str>,
        altitude: Option<&str>,
    ) -> Result<Arc<Instance>, NTSTATUS> {
        const SUPPRESS_MANUAL: u32 = 0x2;
        let flags = sys::FLTFL_INSTANCE_SETUP_MANUAL_ATTACHMENT;
        if let Some(altitude) = altitude {
            let name = name
                .map(str::to_owned)
                .or_else(|| self.default_instance())
                .ok_or(sys::STATUS_FLT_INSTANCE_NOT_FOUND)?;
            return self.attach(volume, &name, altitude, flags);
        }
        let definition = self.definition(name).ok_or(sys::STATUS_FLT_INSTANCE_NOT_FOUND)?;
        if definition.flags & SUPPRESS_MANUAL != 0 {
            return Err(sys::STATUS_FLT_DO_NOT_ATTACH);
        }
        self.attach(volume, &definition.name, &definition.altitude, flags).map_err(|status| match status {
            // Rule A-27 names the taken altitude differently from rule A-28.
            sys::STATUS_FLT_INSTANCE_ALTITUDE_COLLISION => sys::STATUS_OBJECT_NAME_COLLISION,
            other => other,
        })
    }

    /// The body of `FltDetachVolume`.
    pub(crate) fn detach_manually(
        self: &Arc<Self>,
        volume: &super::volume::Volume,
        name: Option<&str>,
    ) -> Result<(), NTSTATUS> {
        let instance = volume
            .instances()
            .into_iter()
            .find(|instance| {
                Arc::ptr_eq(instance.filter(), self)
                    && name.is_none_or(|name| instance.name().eq_ignore_ascii_case(name))
            })
            .ok_or(sys::STATUS_FLT_INSTANCE_NOT_FOUND)?;
        if instance.is_tearing_down() {
            return Err(sys::STATUS_FLT_DELETING_OBJECT);
        }
        let status = instance.query_teardown();
        if status < 0 {
            return Err(status);
        }
        instance.tear_down(sys::FLTFL_INSTANCE_TEARDOWN_MANUAL);
        Ok(())
    }

    /// Unregisters the filter: the body of `FltUnregisterFilter` (rules ).
    pub(crate) fn unregister(self: &Arc<Self>, reason: u32) {
        let machine = Arc::clone(self.machine());
        if !self.set_unregistered() {
            self.report("A-55", "FltUnregisterFilter was called a second time".to_owned());
            return;
        }
        machine.ports().unregister(&machine, self);
        machine.filters.write().retain(|present| !Arc::ptr_eq(present, self));
        loop {
            // An attachment that was under way when the filter was marked may still add one.
            let instances = self.instances();
            if instances.is_empty() || machine.is_crashed() {
                break;
            }
            for instance in instances {
                instance.tear_down(reason);
            }
        }
        self.rundown.close();
        let patience = machine.patience();
        if !self.rundown.wait(patience) && !machine.is_crashed() {
            self.report(
                "A-56",
                format!(
                    "FltUnregisterFilter waited {} s for {} references on the filter: work items that did not run to \
                     their end, or FltObjectReference and Flt...Get... calls without FltObjectDereference. Windows \
                     would wait forever",
                    patience.as_secs(),
                    self.rundown.held()
                ),
            );
        }
        // A volume context may be set where the filter has no instance.
        for volume in machine.volumes() {
            volume.contexts.delete_of(super::filter::identity(&**self));
        }
        self.wait_for_last_releases(patience);
        self.set_dead();
        self.report_leaks();
    }

    /// Gives contexts whose last release came at `DISPATCH_LEVEL` the time to be freed by a worker (rule J-21).
    fn wait_for_last_releases(&self, patience: Duration) {
        let deadline = Instant::now() + patience.min(Duration::from_millis(500));
        let is_held = || self.ledger.contexts.iter().any(|count| count.load(Ordering::Acquire) > 0);
        while is_held() && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Reports what the filter holds that only it could have given back (rules O-02, O-03).
    fn report_leaks(&self) {
        for (count, name) in self.ledger.contexts.iter().zip(CONTEXT_TYPES) {
            let count = count.load(Ordering::Acquire);
            if count > 0 {
                self.report("J-11", format!("{count} {name} contexts were never given back with FltReleaseContext"));
            }
        }
        let names = self.ledger.names.load(Ordering::Acquire);
        if names > 0 {
            let text = format!(
                "{names} references to name information were never given back with FltReleaseFileNameInformation"
            );
            self.report("K-14", text);
        }
        let items = self.ledger.work_items.load(Ordering::Acquire);
        if items > 0 {
            self.report("E-11", format!("{items} work items were never freed"));
        }
        let parameters = self.ledger.create_parameters.load(Ordering::Acquire);
        if parameters > 0 {
            let text = format!("{parameters} extra create parameters and lists of them were never freed");
            self.report("N-08", text);
        }
        let oplocks = self.ledger.oplocks.load(Ordering::Acquire);
        if oplocks > 0 {
            self.report("H-01", format!("{oplocks} oplocks were never ended with FltUninitializeOplock"));
        }
        let file_locks = self.ledger.file_locks.load(Ordering::Acquire);
        if file_locks > 0 {
            self.report("O-03", format!("{file_locks} file locks were never freed or uninitialized"));
        }
        let sections = self.ledger.sections.load(Ordering::Acquire);
        if sections > 0 {
            let text = format!(
                "{sections} sections for scans have handles that were never closed, references that were never given back, \
                 or views that were never unmapped"
            );
            self.report("O-03", text);
        }
        let devices = self.ledger.devices.load(Ordering::Acquire);
        if devices > 0 {
            let text = format!("{devices} references to device objects were never given back with ObDereferenceObject");
            self.report("A-59", text);
        }
        let data = self.ledger.callback_data.load(Ordering::Acquire);
        if data > 0 {
            self.report("N-25", format!("{data} pieces of callback data were never freed with FltFreeCallbackData"));
        }
    }
}
