//! Loaded drivers.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use fltmgr_sys::PDRIVER_OBJECT;
use parking_lot::Mutex;

use super::filter::Filter;
use crate::image::Image;
use crate::kernel::driver_object::DriverObject;
use crate::machine::LoadRequest;

/// A driver whose image is loaded.
pub struct Driver {
    request: LoadRequest,
    image: Arc<Image>,
    object: DriverObject,
    filter: Mutex<Option<Arc<Filter>>>,
    /// Set by the one who unloads it.
    unloading: AtomicBool,
    /// Whether it is unloaded whatever it says (rule A-51).
    mandatory: AtomicBool,
}

impl Driver {
    pub(crate) fn new(request: LoadRequest, image: Arc<Image>) -> Arc<Self> {
        let object = DriverObject::new(&image, &request.service.name);
        Arc::new(Self {
            request,
            image,
            object,
            filter: Mutex::new(None),
            unloading: AtomicBool::new(false),
            mandatory: AtomicBool::new(false),
        })
    }

    /// The service's name.
    pub fn name(&self) -> &str {
        &self.request.service.name
    }

    /// What it was loaded from.
    pub fn request(&self) -> &LoadRequest {
        &self.request
    }

    /// Its image.
    pub fn image(&self) -> &Arc<Image> {
        &self.image
    }

    /// The filter it registered, as long as it is registered.
    pub fn filter(&self) -> Option<Arc<Filter>> {
        self.filter.lock().clone()
    }

    pub(crate) fn set_filter(&self, filter: Option<Arc<Filter>>) {
        *self.filter.lock() = filter;
    }

    pub(crate) fn object(&self) -> &DriverObject {
        &self.object
    }

    pub(crate) fn is(&self, object: PDRIVER_OBJECT) -> bool {
        self.object.object() == object
    }

    /// Claims the driver for unloading. Answers false if somebody else has.
    pub(crate) fn begin_unload(&self) -> bool {
        !self.unloading.swap(true, Ordering::AcqRel)
    }

    /// Notes whether the unload is mandatory.
    pub(crate) fn set_mandatory(&self, mandatory: bool) {
        self.mandatory.store(mandatory, Ordering::Release);
    }

    /// The reason its instances are torn down for when it unregisters (rule A-40).
    pub(crate) fn teardown_reason(&self) -> u32 {
        if self.mandatory.load(Ordering::Acquire) {
            fltmgr_sys::FLTFL_INSTANCE_TEARDOWN_MANDATORY_FILTER_UNLOAD
        } else {
            fltmgr_sys::FLTFL_INSTANCE_TEARDOWN_FILTER_UNLOAD
        }
    }

    /// Takes that back: the driver refused.
    pub(crate) fn cancel_unload(&self) {
        self.unloading.store(false, Ordering::Release);
    }
}
