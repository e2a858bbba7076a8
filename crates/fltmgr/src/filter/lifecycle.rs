//! What the Filter Manager calls in the life of a filter: it starts, is attached and detached, and is unloaded.

use super::{Attach, Detach, Features, Filter, Starting, Unload, UnloadRequest};
use crate::instance::{Instance, Setup, Teardown};
use crate::irql::Irql;
use crate::status::{Error, Result};
use crate::string::units;
use core::marker::PhantomData;
use core::ptr;
use core::sync::atomic::Ordering;
use fltmgr_sys as sys;

/// What DriverEntry does: registers, starts the filter, starts filtering; and undoes what was done if a step fails.
///
/// # Safety
///
/// The arguments are those of DriverEntry.
#[expect(clippy::inline_always, reason = "all of it is to be in the section of DriverEntry")]
#[inline(always)]
#[doc(hidden)]
pub unsafe fn enter<F: Filter>(
    driver: *mut sys::DRIVER_OBJECT,
    registry_path: *const sys::UNICODE_STRING,
) -> sys::NTSTATUS {
    // SAFETY: the caller is DriverEntry.
    match unsafe { try_enter::<F>(driver, registry_path) } {
        Ok(()) => sys::STATUS_SUCCESS,
        Err(error) => {
            // DbgPrint does the formatting: that of the core library would be in every driver then, with calls through
            // pointers, of which the depth cannot be told.
            // SAFETY: %08x takes a 32-bit integer; PASSIVE_LEVEL.
            unsafe { sys::DbgPrint(c"the minifilter does not start: status 0x%08x\n".as_ptr(), error.raw()) };
            error.raw()
        }
    }
}

/// # Safety
///
/// As for [`enter`].
unsafe fn try_enter<F: Filter>(
    driver: *mut sys::DRIVER_OBJECT,
    registry_path: *const sys::UNICODE_STRING,
) -> Result<()> {
    let registration = sys::FLT_REGISTRATION {
        Size: size_of::<sys::FLT_REGISTRATION>() as u16,
        Version: sys::FLT_REGISTRATION_VERSION as u16,
        Flags: const { F::FEATURES.intersection(Features::all()).bits() },
        ContextRegistration: const { &F::CONTEXTS }.as_raw(),
        OperationRegistration: const { &F::OPERATIONS }.as_raw(),
        FilterUnloadCallback: Some(unload::<F>),
        InstanceSetupCallback: Some(instance_setup::<F>),
        InstanceQueryTeardownCallback: Some(instance_query_teardown::<F>),
        InstanceTeardownStartCallback: Some(instance_teardown_start::<F>),
        InstanceTeardownCompleteCallback: Some(instance_teardown_complete::<F>),
        TransactionNotificationCallback: const { F::TRANSACTIONS.notify },
        SectionNotificationCallback: const { F::SECTIONS.notify },
        // Systems from Vista on use the callback with the file object alone.
        GenerateFileNameCallback: const { F::NAMES.generate },
        NormalizeNameComponentExCallback: const { F::NAMES.normalize },
        NormalizeContextCleanupCallback: const { F::NAMES.clean_up },
        // SAFETY: zeroes are no flags and absent callbacks.
        ..unsafe { core::mem::zeroed() }
    };
    let slot = F::slot();
    let mut filter = ptr::null_mut();
    // SAFETY: the driver object is the one that DriverEntry received, and the tables are static.
    Error::check(unsafe { sys::FltRegisterFilter(driver, &raw const registration, &raw mut filter) })?;
    slot.filter.store(filter, Ordering::Release);

    // SAFETY: DriverEntry runs at PASSIVE_LEVEL.
    let irql = unsafe { Irql::assume() };
    // SAFETY: the registry path is valid during DriverEntry.
    let service = unsafe { units(&*registry_path) };
    slot.held.open(irql);
    let started = F::start(&mut Starting { service, irql, filter: PhantomData }).and_then(|value| {
        // SAFETY: nothing reads the value before `running` is set.
        unsafe { (*slot.value.get()).write(value) };
        // INVARIANT: the value was just written.
        slot.running.store(true, Ordering::Release);
        // SAFETY: the filter is registered, and everything that callbacks need exists.
        Error::check(unsafe { sys::FltStartFiltering(filter) })
    });
    if let Err(error) = started {
        // What of the filter runs already, as callbacks of its ports do, may wait for what it is told here.
        if let Some(filter) = slot.started() {
            filter.stopping();
        }
        // A failed start unregisters before DriverEntry returns.
        // SAFETY: the filter is registered, and DriverEntry is the only one to end it.
        unsafe { stop::<F>() };
        return Err(error);
    }
    Ok(())
}

/// Closes the ports, drops what is held, unregisters, and drops the filter, in this order.
///
/// # Safety
///
/// The filter is registered, and nobody else ends it. PASSIVE_LEVEL.
unsafe fn stop<F: Filter>() {
    let slot = F::slot();
    slot.ports.close();
    // SAFETY: the caller runs at PASSIVE_LEVEL.
    slot.held.close(unsafe { Irql::assume() });
    // SAFETY: the filter is registered; the call returns when no callback runs and none can come any more.
    unsafe { sys::FltUnregisterFilter(slot.filter.load(Ordering::Relaxed)) };
    slot.filter.store(ptr::null_mut(), Ordering::Release);
    // SAFETY: the filter is unregistered; PASSIVE_LEVEL.
    unsafe { slot.ports.free() };
    if slot.running.swap(false, Ordering::AcqRel) {
        // SAFETY: by the invariant the value was initialized, and no callback can reach it any more.
        unsafe { (*slot.value.get()).assume_init_drop() };
    }
    // A filter without a provider does not import the routine.
    if const { F::PROVIDER.is_some() } {
        // SAFETY: all code of the filter has run, and the caller runs at PASSIVE_LEVEL.
        unsafe { slot.provider.unregister() };
    }
}

sys::callback! {
    /// FilterUnloadCallback.
    #[cfg_attr(target_os = "windows", unsafe(link_section = "PAGE"))]
    unsafe fn unload<F: Filter>(flags: sys::FLT_FILTER_UNLOAD_FLAGS) -> sys::NTSTATUS {
        // SAFETY: the unload callback is called while the filter runs.
        let filter = unsafe { F::slot().running() };
        let request = match flags & sys::FLTFL_FILTER_UNLOAD_MANDATORY {
            0 => UnloadRequest::Optional,
            _ => UnloadRequest::Mandatory,
        };
        if filter.unload(request) == Unload::Refuse && request == UnloadRequest::Optional {
            return sys::STATUS_FLT_DO_NOT_DETACH;
        }
        filter.stopping();
        // SAFETY: the filter is registered, and the Filter Manager calls this callback once at a time, at PASSIVE_LEVEL.
        unsafe { stop::<F>() };
        sys::STATUS_SUCCESS
    }
}

sys::callback! {
    /// InstanceSetupCallback.
    #[cfg_attr(target_os = "windows", unsafe(link_section = "PAGE"))]
    unsafe fn instance_setup<F: Filter>(
        objects: *const sys::FLT_RELATED_OBJECTS,
        flags: sys::FLT_INSTANCE_SETUP_FLAGS,
        device: sys::DEVICE_TYPE,
        file_system: sys::FLT_FILESYSTEM_TYPE,
    ) -> sys::NTSTATUS {
        // SAFETY: the objects are those of this callback and name the instance; the callback runs at PASSIVE_LEVEL.
        let (instance, irql) = unsafe { (Instance::new(&*objects), Irql::assume()) };
        // SAFETY: instances are set up after FltStartFiltering was called.
        match unsafe { F::slot().running() }.attach(instance, Setup::new(flags, device, file_system), irql) {
            Attach::Yes => sys::STATUS_SUCCESS,
            Attach::No => sys::STATUS_FLT_DO_NOT_ATTACH,
        }
    }
}

sys::callback! {
    /// InstanceQueryTeardownCallback: without one, nobody could detach an instance by hand.
    #[cfg_attr(target_os = "windows", unsafe(link_section = "PAGE"))]
    unsafe fn instance_query_teardown<F: Filter>(
        objects: *const sys::FLT_RELATED_OBJECTS,
        _: sys::FLT_INSTANCE_QUERY_TEARDOWN_FLAGS,
    ) -> sys::NTSTATUS {
        // SAFETY: the objects are those of this callback and name the instance; the callback runs at PASSIVE_LEVEL.
        let (instance, irql) = unsafe { (Instance::new(&*objects), Irql::assume()) };
        // SAFETY: instances exist while the filter runs only.
        match unsafe { F::slot().running() }.may_detach(instance, irql) {
            Detach::Allow => sys::STATUS_SUCCESS,
            Detach::Refuse => sys::STATUS_FLT_DO_NOT_DETACH,
        }
    }
}

sys::callback! {
    /// InstanceTeardownStartCallback.
    ///
    /// # Safety
    ///
    /// Called by the Filter Manager as the callback that it is registered as.
    unsafe fn instance_teardown_start<F: Filter>(
        objects: *const sys::FLT_RELATED_OBJECTS,
        flags: sys::FLT_INSTANCE_TEARDOWN_FLAGS,
    ) {
        // SAFETY: the objects are those of this callback and name the instance; the callback runs at PASSIVE_LEVEL.
        let (instance, irql) = unsafe { (Instance::new(&*objects), Irql::assume()) };
        // SAFETY: FltUnregisterFilter tears instances down before it returns, so the filter is still there.
        unsafe { F::slot().running() }.detaching(instance, Teardown::new(flags), irql);
        if const { F::NAMES.generate.is_some() } {
            // Names that this filter has made are not to be found in the cache when it is gone (K-32).
            let _ = instance.purge_names(irql);
        }
    }
}

sys::callback! {
    /// InstanceTeardownCompleteCallback.
    #[cfg_attr(target_os = "windows", unsafe(link_section = "PAGE"))]
    unsafe fn instance_teardown_complete<F: Filter>(
        objects: *const sys::FLT_RELATED_OBJECTS,
        flags: sys::FLT_INSTANCE_TEARDOWN_FLAGS,
    ) {
        // SAFETY: the objects are those of this callback and name the instance; the callback runs at PASSIVE_LEVEL.
        let (instance, irql) = unsafe { (Instance::new(&*objects), Irql::assume()) };
        // SAFETY: FltUnregisterFilter tears instances down before it returns, so the filter is still there.
        unsafe { F::slot().running() }.detached(instance, Teardown::new(flags), irql);
    }
}
