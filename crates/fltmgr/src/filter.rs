//! The filter itself: its constant tables, how it starts and how it is unloaded.

mod operations;

pub use operations::Operations;

use crate::context::{Context, ContextRef, Contexts, NewContext};
use crate::instance::{Instance, SetupFlags};
use crate::irql::{ApcLevel, Irql, PassiveLevel};
use crate::op::{CanSynchronize, HasPost, Operation};
use crate::operation::{PostOp, PostStatus, PreOp, PreStatus, SafePostOp, SynchronizedStatus};
use crate::pool::{NonPaged, PoolBox};
use crate::port::{Port, PortHandles};
use crate::registry::Parameters;
use crate::status::{Error, Result};
use crate::string::units;
use core::cell::UnsafeCell;
use core::ffi::c_void;
use core::marker::PhantomData;
use core::mem::MaybeUninit;
use core::ptr::{self, NonNull};
use core::sync::atomic::{AtomicBool, AtomicPtr, Ordering};
use fltmgr_sys as sys;

/// Whether the filter takes an instance that it is offered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Attach {
    /// STATUS_SUCCESS: the instance is attached.
    Yes,
    /// STATUS_FLT_DO_NOT_ATTACH: it is not.
    No,
}

/// Whether the filter lets itself be unloaded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unload {
    /// The filter goes.
    Allow,
    /// STATUS_FLT_DO_NOT_DETACH: it stays, unless the unload is mandatory.
    Refuse,
}

/// A minifilter. [`driver!`](crate::driver) makes the driver of the type that implements it.
pub trait Filter: Driver {
    /// The operations it is called for.
    const OPERATIONS: Operations<Self>;
    /// The contexts it uses.
    const CONTEXTS: Contexts<Self> = Contexts::new();

    /// Makes the filter. Runs in DriverEntry at PASSIVE_LEVEL, after FltRegisterFilter and before FltStartFiltering, so
    /// that everything callbacks need exists before the first one. On failure the registration is undone and
    /// DriverEntry returns the error.
    ///
    /// # Errors
    ///
    /// Whatever keeps the filter from running.
    fn start(starting: &mut Starting<'_, Self>) -> Result<Self>;

    /// Wraps InstanceSetupCallback. It must not wait for other threads.
    fn attach(&self, instance: Instance<'_>, flags: SetupFlags, at: Irql<'_, PassiveLevel>) -> Attach {
        let _ = (instance, flags, at);
        Attach::Yes
    }

    /// Wraps InstanceTeardownStartCallback: what the filter holds of the instance's operations has to be let go of, or the
    /// instance cannot go (A-43, G-02).
    fn detaching(&self, instance: Instance<'_>, at: Irql<'_, PassiveLevel>) {
        let _ = (instance, at);
    }

    /// Wraps InstanceTeardownCompleteCallback: nothing of the instance is outstanding any more.
    fn detached(&self, instance: Instance<'_>, at: Irql<'_, PassiveLevel>) {
        let _ = (instance, at);
    }

    /// Wraps FilterUnloadCallback: decides about an unload that somebody asked for.
    fn unload(&self) -> Unload {
        Unload::Allow
    }

    /// The filter is about to go: whoever waits inside it has to be woken, because the Filter Manager waits for them.
    fn stopping(&self) {}
}

/// Is called before an operation, and not after it.
pub trait Pre<O: Operation>: Filter {
    /// The pre-operation callback.
    fn pre<'a>(&self, operation: PreOp<'a, O>) -> PreStatus<'a, O>;
}

/// Is called before an operation and after it.
pub trait PrePost<O: Operation + HasPost>: Filter {
    /// What travels from the pre- to the post-operation. It is dropped if the operation is drained (D-15).
    type Carry: Carry;

    /// The pre-operation callback.
    fn pre<'a>(&self, operation: PreOp<'a, O>) -> PreStatus<'a, O, Self::Carry>;

    /// The post-operation callback. It is not called for operations that are drained.
    fn post<'a>(&self, operation: PostOp<'a, O>, carry: Self::Carry) -> PostStatus<'a, O>;
}

/// Goes on after an operation at a level where most can be done; [`PostOp::when_safe`] leads here.
pub trait SafePost<O: Operation + HasPost>: PrePost<O> {
    /// The rest of the post-operation, at APC_LEVEL at most (D-20, D-21).
    fn safe_post<'a>(
        &self,
        operation: SafePostOp<'a, O>,
        carry: Self::Carry,
        at: Irql<'a, ApcLevel>,
    ) -> PostStatus<'a, O>;
}

/// Is called before an operation and, in the same thread, after it (F).
pub trait Synchronized<O: CanSynchronize>: Filter {
    /// What travels from the pre- to the post-operation. It is dropped if the operation is drained (D-15).
    type Carry: Carry;

    /// The pre-operation callback.
    fn pre<'a>(&self, operation: PreOp<'a, O>) -> SynchronizedStatus<'a, O, Self::Carry>;

    /// The post-operation callback, at APC_LEVEL at most (F-02, D-09). It is not called for operations that are drained.
    fn post<'a>(&self, operation: PostOp<'a, O>, carry: Self::Carry, at: Irql<'a, ApcLevel>) -> PostStatus<'a, O>;
}

/// What can travel through a completion context, which is one pointer.
///
/// # Safety
///
/// `from_raw` of what `into_raw` gave is the same value.
pub unsafe trait Carry: Send + 'static {
    /// The value as a pointer.
    #[doc(hidden)]
    fn into_raw(self) -> *mut c_void;
    /// The value again.
    ///
    /// # Safety
    ///
    /// The pointer came from `into_raw` of the same type, and is taken back once.
    #[doc(hidden)]
    unsafe fn from_raw(raw: *mut c_void) -> Self;
}

// SAFETY: there is one value.
unsafe impl Carry for () {
    fn into_raw(self) -> *mut c_void {
        ptr::null_mut()
    }
    unsafe fn from_raw(_: *mut c_void) -> Self {}
}

// A post-operation may run at DISPATCH_LEVEL, so what travels there is nonpaged (D-11).
// SAFETY: a box is its pointer.
unsafe impl<T: Send + 'static> Carry for PoolBox<T, NonPaged> {
    fn into_raw(self) -> *mut c_void {
        Self::into_raw(self).as_ptr().cast()
    }
    unsafe fn from_raw(raw: *mut c_void) -> Self {
        // SAFETY: the caller passes on what `into_raw` gave, which is not NULL.
        unsafe { Self::from_raw(NonNull::new_unchecked(raw.cast())) }
    }
}

// A nonpaged context may be released up to DISPATCH_LEVEL (J-21), which is what its post-operation may do (D-12).
// SAFETY: a reference is its pointer.
unsafe impl<T: Context<Pool = NonPaged>> Carry for ContextRef<T> {
    fn into_raw(self) -> *mut c_void {
        Self::into_raw(self)
    }
    unsafe fn from_raw(raw: *mut c_void) -> Self {
        // SAFETY: the caller passes on what `into_raw` gave, which is a reference to a context of this type.
        unsafe { Self::from_returned(raw).unwrap_unchecked() }
    }
}

// As for a reference: nonpaged, so that it can be released where the post-operation runs.
// SAFETY: a new context is its pointer.
unsafe impl<T: Context<Pool = NonPaged>> Carry for NewContext<T> {
    fn into_raw(self) -> *mut c_void {
        Self::into_raw(self)
    }
    unsafe fn from_raw(raw: *mut c_void) -> Self {
        // SAFETY: the caller passes on what `into_raw` gave.
        unsafe { Self::from_raw(raw) }
    }
}

/// What a filter can do while it starts.
pub struct Starting<'a, F: Filter> {
    service: &'a [u16],
    irql: Irql<'a, PassiveLevel>,
    filter: PhantomData<F>,
}

impl<'a, F: Filter> Starting<'a, F> {
    /// DriverEntry runs at PASSIVE_LEVEL.
    pub fn irql(&self) -> Irql<'a, PassiveLevel> {
        self.irql
    }

    /// The parameters of the driver's service.
    ///
    /// # Errors
    ///
    /// STATUS_OBJECT_NAME_NOT_FOUND if the service has no `Parameters` key.
    pub fn parameters(&self) -> Result<Parameters> {
        Parameters::open(self.service, self.irql)
    }

    /// Opens the port `P`, for SYSTEM and administrators (M-06). It is closed before the filter unregisters.
    ///
    /// # Errors
    ///
    /// STATUS_OBJECT_NAME_COLLISION if there is a port of that name (M-03), STATUS_INSUFFICIENT_RESOURCES.
    pub fn open_port<P: Port<Filter = F>>(&mut self) -> Result<()> {
        crate::port::open::<P>(&F::slot().ports, self.irql)
    }
}

/// The place of a driver's only filter. [`driver!`](crate::driver) makes it.
///
/// # Invariants
///
/// `value` is initialized while `running` is true; `filter` is registered while it is not NULL.
#[doc(hidden)]
pub struct DriverSlot<F> {
    filter: AtomicPtr<sys::FLT_FILTER>,
    running: AtomicBool,
    value: UnsafeCell<MaybeUninit<F>>,
    ports: PortHandles,
}

// SAFETY: the value is written before the callbacks that share it can be called, and dropped after they cannot any more.
unsafe impl<F: Send + Sync> Sync for DriverSlot<F> {}

impl<F> DriverSlot<F> {
    /// An empty place.
    #[expect(clippy::new_without_default, reason = "a static needs a const function")]
    pub const fn new() -> Self {
        Self {
            filter: AtomicPtr::new(ptr::null_mut()),
            running: AtomicBool::new(false),
            value: UnsafeCell::new(MaybeUninit::uninit()),
            ports: PortHandles::new(),
        }
    }

    /// The filter, for a callback that is called between FltStartFiltering and the return of FltUnregisterFilter.
    ///
    /// # Safety
    ///
    /// The caller is such a callback.
    pub(crate) unsafe fn running(&self) -> &F {
        // SAFETY: the value was written before FltStartFiltering, and is dropped after FltUnregisterFilter.
        unsafe { (*self.value.get()).assume_init_ref() }
    }

    /// The filter, for a callback that can be called before the filter has started.
    pub(crate) fn started(&self) -> Option<&F> {
        // SAFETY: by the invariant the value is initialized; the Filter Manager waits for the callback that asks.
        self.running.load(Ordering::Acquire).then(|| unsafe { self.running() })
    }
}

/// The place of the driver's filter. [`driver!`](crate::driver) implements it.
///
/// # Safety
///
/// `slot` returns the same static each time, which belongs to this type alone.
#[doc(hidden)]
pub unsafe trait Driver: Sized + Send + Sync + 'static {
    fn slot() -> &'static DriverSlot<Self>;
}

/// The PFLT_FILTER of the driver's filter.
pub(crate) fn filter_handle<F: Filter>() -> sys::PFLT_FILTER {
    F::slot().filter.load(Ordering::Relaxed)
}

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
        ContextRegistration: const { &F::CONTEXTS }.as_raw(),
        OperationRegistration: const { &F::OPERATIONS }.as_raw(),
        FilterUnloadCallback: Some(unload::<F>),
        InstanceSetupCallback: Some(instance_setup::<F>),
        InstanceQueryTeardownCallback: Some(instance_query_teardown),
        InstanceTeardownStartCallback: Some(instance_teardown_start::<F>),
        InstanceTeardownCompleteCallback: Some(instance_teardown_complete::<F>),
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
    let started = F::start(&mut Starting { service, irql, filter: PhantomData }).and_then(|value| {
        // SAFETY: nothing reads the value before `running` is set.
        unsafe { (*slot.value.get()).write(value) };
        // INVARIANT: the value was just written.
        slot.running.store(true, Ordering::Release);
        // SAFETY: the filter is registered, and everything that callbacks need exists.
        Error::check(unsafe { sys::FltStartFiltering(filter) })
    });
    if let Err(error) = started {
        // A failed start unregisters before DriverEntry returns.
        // SAFETY: the filter is registered, and DriverEntry is the only one to end it.
        unsafe { stop::<F>() };
        return Err(error);
    }
    Ok(())
}

/// Closes the ports, unregisters, and drops the filter, in this order.
///
/// # Safety
///
/// The filter is registered, and nobody else ends it. PASSIVE_LEVEL.
unsafe fn stop<F: Filter>() {
    let slot = F::slot();
    slot.ports.close();
    // SAFETY: the filter is registered; the call returns when no callback runs and none can come any more.
    unsafe { sys::FltUnregisterFilter(slot.filter.load(Ordering::Relaxed)) };
    slot.filter.store(ptr::null_mut(), Ordering::Release);
    if slot.running.swap(false, Ordering::AcqRel) {
        // SAFETY: by the invariant the value was initialized, and no callback can reach it any more.
        unsafe { (*slot.value.get()).assume_init_drop() };
    }
}

sys::callback! {
    /// FilterUnloadCallback.
    #[cfg_attr(target_os = "windows", unsafe(link_section = "PAGE"))]
    unsafe fn unload<F: Filter>(flags: sys::FLT_FILTER_UNLOAD_FLAGS) -> sys::NTSTATUS {
        // SAFETY: the unload callback is called while the filter runs.
        let filter = unsafe { F::slot().running() };
        let mandatory = flags & sys::FLTFL_FILTER_UNLOAD_MANDATORY != 0;
        if filter.unload() == Unload::Refuse && !mandatory {
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
        _: sys::DEVICE_TYPE,
        _: sys::FLT_FILESYSTEM_TYPE,
    ) -> sys::NTSTATUS {
        // SAFETY: the objects are those of this callback and name the instance; the callback runs at PASSIVE_LEVEL.
        let (instance, irql) = unsafe { (Instance::new(&*objects), Irql::assume()) };
        // SAFETY: instances are set up after FltStartFiltering was called.
        match unsafe { F::slot().running() }.attach(instance, SetupFlags(flags), irql) {
            Attach::Yes => sys::STATUS_SUCCESS,
            Attach::No => sys::STATUS_FLT_DO_NOT_ATTACH,
        }
    }
}

sys::callback! {
    /// InstanceQueryTeardownCallback: without one, nobody could detach an instance by hand.
    #[cfg_attr(target_os = "windows", unsafe(link_section = "PAGE"))]
    unsafe fn instance_query_teardown(
        _: *const sys::FLT_RELATED_OBJECTS,
        _: sys::FLT_INSTANCE_QUERY_TEARDOWN_FLAGS,
    ) -> sys::NTSTATUS {
        sys::STATUS_SUCCESS
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
        _: sys::FLT_INSTANCE_TEARDOWN_FLAGS,
    ) {
        // SAFETY: the objects are those of this callback and name the instance; the callback runs at PASSIVE_LEVEL.
        let (instance, irql) = unsafe { (Instance::new(&*objects), Irql::assume()) };
        // SAFETY: FltUnregisterFilter tears instances down before it returns, so the filter is still there.
        unsafe { F::slot().running() }.detaching(instance, irql);
    }
}

sys::callback! {
    /// InstanceTeardownCompleteCallback.
    #[cfg_attr(target_os = "windows", unsafe(link_section = "PAGE"))]
    unsafe fn instance_teardown_complete<F: Filter>(
        objects: *const sys::FLT_RELATED_OBJECTS,
        _: sys::FLT_INSTANCE_TEARDOWN_FLAGS,
    ) {
        // SAFETY: the objects are those of this callback and name the instance; the callback runs at PASSIVE_LEVEL.
        let (instance, irql) = unsafe { (Instance::new(&*objects), Irql::assume()) };
        // SAFETY: FltUnregisterFilter tears instances down before it returns, so the filter is still there.
        unsafe { F::slot().running() }.detached(instance, irql);
    }
}

/// Makes a [`Filter`] the driver: defines DriverEntry, the place of the filter, and, for Windows, the panic handler.
///
/// A panic would be bug check 0xF5D00D; a driver that has none in it does not link it.
#[macro_export]
macro_rules! driver {
    ($filter:ty) => {
        static DRIVER_SLOT: $crate::private::DriverSlot<$filter> = $crate::private::DriverSlot::new();

        // A mistake in a table shows as soon as the code is checked.
        const _: () = {
            let _ = <$filter as $crate::Filter>::OPERATIONS;
            let _ = <$filter as $crate::Filter>::CONTEXTS;
        };

        // SAFETY: the static is private to this expansion, and is of this type.
        unsafe impl $crate::filter::Driver for $filter {
            fn slot() -> &'static $crate::private::DriverSlot<Self> {
                &DRIVER_SLOT
            }
        }

        /// The entry point of the driver.
        ///
        /// # Safety
        ///
        /// To be called by the I/O manager alone, with the driver object and the path of the service's registry key.
        #[cfg_attr(target_os = "windows", unsafe(export_name = "DriverEntry"), unsafe(link_section = "INIT"))]
        pub unsafe extern "efiapi" fn driver_entry(
            driver: *mut $crate::private::sys::DRIVER_OBJECT,
            registry_path: *mut $crate::private::sys::UNICODE_STRING,
        ) -> $crate::private::sys::NTSTATUS {
            // SAFETY: the caller is the I/O manager.
            unsafe { $crate::private::enter::<$filter>(driver, registry_path) }
        }

        $crate::runtime!();
    };
}

/// Defines what a driver's program needs beside its own code: here the panic handler.
#[cfg(not(feature = "wdk"))]
#[doc(hidden)]
#[macro_export]
macro_rules! runtime {
    () => {
        #[cfg(target_os = "windows")]
        #[panic_handler]
        fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
            $crate::private::bug_check()
        }
    };
}

/// Defines what a driver's program needs beside its own code: the allocator and the panic handler of windows-drivers-rs.
#[cfg(feature = "wdk")]
#[doc(hidden)]
#[macro_export]
macro_rules! runtime {
    () => {
        use $crate::private::wdk_panic as _;

        #[global_allocator]
        static ALLOCATOR: $crate::private::wdk_alloc::WdkAllocator = $crate::private::wdk_alloc::WdkAllocator;
    };
}

/// Ends the system: what a panic of a driver comes to.
#[cfg(not(feature = "wdk"))]
#[doc(hidden)]
pub fn bug_check() -> ! {
    const PANIC_IN_DRIVER: u32 = 0x00F5_D00D;
    // SAFETY: the routine takes any code and parameters, at any IRQL, and does not return.
    unsafe { sys::KeBugCheckEx(PANIC_IN_DRIVER, 0, 0, 0, 0) }
}
