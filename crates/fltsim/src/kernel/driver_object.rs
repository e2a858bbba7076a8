//! The `DRIVER_OBJECT` that a driver's entry is called with.

use std::pin::Pin;
use std::sync::Arc;

use fltmgr_sys::{DRIVER_OBJECT, UNICODE_STRING};

use super::object::{KernelObject, ObjectKind};
use crate::image::Image;

/// A driver object with the strings it points to. It is an object like others as long as this lives.
#[derive(Debug)]
pub struct DriverObject {
    object: Pin<Box<DRIVER_OBJECT>>,
    registry_path: Pin<Box<UNICODE_STRING>>,
    _strings: [Box<[u16]>; 2],
}

/// `IO_TYPE_DRIVER`.
const DRIVER_TYPE: i16 = 4;

// SAFETY: the object's address is handed to the driver, which may use it from any thread as it may on Windows; this side
// only reads it.
unsafe impl Send for DriverObject {}
// SAFETY: as above.
unsafe impl Sync for DriverObject {}

struct Registered(String);

impl KernelObject for Registered {
    fn kind(&self) -> ObjectKind {
        ObjectKind::Driver
    }

    fn reference(&self) {}

    fn dereference(&self) {}

    fn as_any(&self) -> &dyn std::any::Any {
        &self.0
    }
}

impl DriverObject {
    /// The driver object of the service `service`, which runs `image`: `\Driver\<service>` (file-system filters have
    /// theirs in `\FileSystem`), no dispatch routines, no unload routine.
    pub fn new(image: &Arc<Image>, service: &str) -> Self {
        let mut name: Box<[u16]> = format!("\\FileSystem\\{service}").encode_utf16().collect();
        let mut path: Box<[u16]> = format!("{}{service}", crate::registry::SERVICES).encode_utf16().collect();
        // SAFETY: all fields are integers, pointers and optional functions, for which zero is a value.
        let mut object: Pin<Box<DRIVER_OBJECT>> = Box::pin(unsafe { std::mem::zeroed() });
        object.Type = DRIVER_TYPE;
        object.Size = i16::try_from(size_of::<DRIVER_OBJECT>()).unwrap_or_default();
        object.DriverStart = image.base() as *mut _;
        object.DriverSize = u32::try_from(image.size()).unwrap_or_default();
        object.DriverName = string(&mut name);
        object.DriverInit = Some(image.entry());
        let registry_path = Box::pin(string(&mut path));
        let this = Self { object, registry_path, _strings: [name, path] };
        super::object::register(this.object() as usize, Arc::new(Registered(service.to_owned())));
        this
    }

    /// The object, to pass to the driver.
    pub fn object(&self) -> *mut DRIVER_OBJECT {
        std::ptr::from_ref(&*self.object).cast_mut()
    }

    /// The path of the service's key, to pass to the driver's entry.
    pub fn registry_path(&self) -> *mut UNICODE_STRING {
        std::ptr::from_ref(&*self.registry_path).cast_mut()
    }
}

impl Drop for DriverObject {
    fn drop(&mut self) {
        super::object::unregister(self.object() as usize);
    }
}

/// The name of the service whose driver object is at `address`.
pub fn service_of(address: usize) -> Option<String> {
    super::object::find(address)?.as_any().downcast_ref::<String>().cloned()
}

fn string(text: &mut [u16]) -> UNICODE_STRING {
    let length = u16::try_from(text.len() * 2).unwrap_or(u16::MAX - 1);
    UNICODE_STRING { Length: length, MaximumLength: length, Buffer: text.as_mut_ptr() }
}
