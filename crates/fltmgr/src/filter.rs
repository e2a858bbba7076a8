//! The filter itself: its constant tables, how it starts, is attached and detached, and is unloaded; what it can ask the
//! Filter Manager once it is registered ([`Registered`]), and what it keeps that the Filter Manager waits for ([`Held`]).
//!
//! ```
//! #![no_std]
//! use fltmgr::filter::{Attach, Features, Unload, UnloadRequest};
//! use fltmgr::instance::{Instance, Setup};
//! use fltmgr::irql::{Irql, PassiveLevel};
//! use fltmgr::volume::DeviceType;
//! use fltmgr::{Filter, Operations, Result, Starting};
//!
//! /// Is on disks alone, and lets itself be unloaded by `fltmc`, but not by a stop of its service.
//! struct Disks;
//!
//! impl Filter for Disks {
//!     const OPERATIONS: Operations<Self> = Operations::new();
//!     const FEATURES: Features = Features::NO_SERVICE_STOP;
//!
//!     fn start(_: &mut Starting<'_, Self>) -> Result<Self> {
//!         Ok(Self)
//!     }
//!
//!     fn attach(&self, _: Instance<'_>, setup: Setup, _: Irql<'_, PassiveLevel>) -> Attach {
//!         if setup.device_type() == DeviceType::DiskFileSystem { Attach::Yes } else { Attach::No }
//!     }
//!
//!     fn unload(&self, request: UnloadRequest) -> Unload {
//!         if request == UnloadRequest::Optional { Unload::Allow } else { Unload::Refuse }
//!     }
//! }
//!
//! fltmgr::driver!(Disks);
//! # extern crate std;
//! # fn main() {}
//! ```

mod answer;
mod carry;
mod held;
mod lifecycle;
mod operations;
mod reference;
mod registered;

pub use carry::{Carry, CarryTo};
pub(crate) use held::LetGoOfFirst;
pub use held::{Held, HeldValue, NotHeld};
pub use lifecycle::enter;
pub use operations::Operations;
pub use reference::{FilterInformation, FilterRef};
pub use registered::Registered;
pub(crate) use {answer::Answer, registered::own_filter};

use crate::context::Contexts;
use crate::etw::{Provider, Registration};
use crate::guid::Guid;
use crate::instance::{Instance, Setup, Teardown};
use crate::irql::{ApcLevel, Irql, PassiveLevel};
use crate::name::Provides;
use crate::op::{CanSynchronize, HasPost, Operation};
use crate::operation::{PostOp, PostStatus, PreOp, PreStatus, SafePostOp, SynchronizedStatus};
use crate::port::{Port, Ports};
use crate::registry::Parameters;
use crate::section::Sections;
use crate::status::Result;
use crate::transaction::Transactions;
use core::cell::UnsafeCell;
use core::marker::PhantomData;
use core::mem::MaybeUninit;
use core::ptr;
use core::sync::atomic::{AtomicBool, AtomicPtr, Ordering};
use fltmgr_sys as sys;

/// Whether the filter takes an instance that it is offered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Attach {
    /// STATUS_SUCCESS: the instance is attached.
    Yes,
    /// STATUS_FLT_DO_NOT_ATTACH: it is not (A-24).
    No,
}

/// Whether the filter lets an instance be detached by hand.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Detach {
    /// The instance goes.
    Allow,
    /// STATUS_FLT_DO_NOT_DETACH: it stays (A-36).
    Refuse,
}

/// How an unload was asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum UnloadRequest {
    /// By `fltmc unload`, FilterUnload or FltUnloadFilter: the filter may refuse (A-50).
    Optional,
    /// By a stop of the service: the filter goes, whatever it answers (A-51).
    Mandatory,
}

bitflags::bitflags! {
    /// What a filter registers for beside its operations (A-08).
    #[derive(Clone, Copy, PartialEq, Eq, Debug)]
    pub struct Features: u32 {
        /// A stop of the service fails; what may be refused goes on as before (A-52).
        const NO_SERVICE_STOP = sys::FLTFL_REGISTRATION_DO_NOT_SUPPORT_SERVICE_STOP;
        /// The volumes of named pipes and mailslots are offered too; Windows 8 and later.
        const PIPES_AND_MAILSLOTS = sys::FLTFL_REGISTRATION_SUPPORT_NPFS_MSFS;
        /// Volumes whose files are mapped as they lie in persistent memory (DAX) are offered too; Windows 10 1607 and later.
        const DIRECT_ACCESS_VOLUMES = sys::FLTFL_REGISTRATION_SUPPORT_DAX_VOLUME;
    }
}

/// Whether the filter lets itself be unloaded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unload {
    /// The filter goes.
    Allow,
    /// STATUS_FLT_DO_NOT_DETACH: it stays, unless the unload is mandatory (A-50, A-51).
    Refuse,
}

/// A minifilter. [`driver!`](crate::driver) makes the driver of the type that implements it.
///
/// It is `Unpin`, which every type is that owns nothing of what the Filter Manager waits for when the filter unregisters:
/// pended operations, and references to instances, filters, contexts and files. A filter keeps these in what is [`Held`].
pub trait Filter: Driver + Unpin {
    /// The operations it is called for.
    const OPERATIONS: Operations<Self>;
    /// The contexts it uses.
    const CONTEXTS: Contexts<Self> = Contexts::new();
    /// What it registers for beside them.
    const FEATURES: Features = Features::empty();
    /// Whether it is a provider of names.
    const NAMES: Provides<Self> = Provides::nothing();
    /// Whether it takes part in transactions.
    const TRANSACTIONS: Transactions<Self> = Transactions::none();
    /// The provider of its events, if it writes some: see [`etw`](crate::etw).
    const PROVIDER: Option<Guid> = None;
    /// Whether it hears of what conflicts with its sections.
    const SECTIONS: Sections<Self> = Sections::none();

    /// Makes the filter. Runs in DriverEntry at PASSIVE_LEVEL, after FltRegisterFilter and before FltStartFiltering, so
    /// that everything callbacks need exists before the first one (A-20). On failure the registration is undone and
    /// DriverEntry returns the error (A-22).
    ///
    /// # Errors
    ///
    /// Whatever keeps the filter from running.
    fn start(starting: &mut Starting<'_, Self>) -> Result<Self>;

    /// Wraps InstanceSetupCallback (A-23). It must not wait for other threads (A-26).
    fn attach(&self, instance: Instance<'_>, setup: Setup, at: Irql<'_, PassiveLevel>) -> Attach {
        let _ = (instance, setup, at);
        Attach::Yes
    }

    /// Wraps InstanceQueryTeardownCallback: whether the instance may be detached by hand, which an unload and a dismount
    /// do not ask (A-36).
    fn may_detach(&self, instance: Instance<'_>, at: Irql<'_, PassiveLevel>) -> Detach {
        let _ = (instance, at);
        Detach::Allow
    }

    /// Wraps InstanceTeardownStartCallback: what the filter holds of the instance's operations has to be let go of, or the
    /// instance cannot go (A-43, G-02).
    fn detaching(&self, instance: Instance<'_>, reason: Teardown, at: Irql<'_, PassiveLevel>) {
        let _ = (instance, reason, at);
    }

    /// Wraps InstanceTeardownCompleteCallback: nothing of the instance is outstanding any more (A-45).
    fn detached(&self, instance: Instance<'_>, reason: Teardown, at: Irql<'_, PassiveLevel>) {
        let _ = (instance, reason, at);
    }

    /// Wraps FilterUnloadCallback: decides about an unload that somebody asked for (A-49).
    fn unload(&self, request: UnloadRequest) -> Unload {
        let _ = request;
        Unload::Allow
    }

    /// The place for what the filter keeps and has to let go of before it unregisters.
    fn held(&self) -> &Held<Self::Held> {
        &Self::slot().held
    }

    /// The filter is about to go: whoever waits inside it has to be woken, because the Filter Manager waits for them. After
    /// this the ports are closed and what is [`Held`] is dropped; the filter itself is dropped when no callback can come any
    /// more, which the Filter Manager waits for (A-54, A-55).
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
    type Carry: CarryTo<O::PostLevel>;

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
    type Carry: CarryTo<ApcLevel>;

    /// The pre-operation callback.
    fn pre<'a>(&self, operation: PreOp<'a, O>) -> SynchronizedStatus<'a, O, Self::Carry>;

    /// The post-operation callback, at APC_LEVEL at most (F-02, D-09). It is not called for operations that are drained.
    fn post<'a>(&self, operation: PostOp<'a, O>, carry: Self::Carry, at: Irql<'a, ApcLevel>) -> PostStatus<'a, O>;
}

/// What a filter can do while it starts.
pub struct Starting<'a, F: Filter> {
    service: &'a [u16],
    irql: Irql<'a, PassiveLevel>,
    filter: PhantomData<F>,
}

impl<'a, F: Filter> Starting<'a, F> {
    /// DriverEntry runs at PASSIVE_LEVEL (A-01).
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

    /// Registers the provider of the filter's events, which ends after the filter. Wraps EtwRegister and EtwUnregister. A
    /// filter that names none does not compile.
    ///
    /// # Errors
    ///
    /// What EtwRegister returns.
    pub fn provider(&mut self) -> Result<Provider> {
        let id = const { F::PROVIDER.expect("Filter::PROVIDER names the provider") };
        F::slot().provider.register(id, self.irql)
    }

    /// Opens the port `P`. It is closed before the filter unregisters (A-54). There can be eight. Wraps
    /// FltCreateCommunicationPort and FltCloseCommunicationPort, at PASSIVE_LEVEL, where a filter starts.
    ///
    /// # Errors
    ///
    /// STATUS_OBJECT_NAME_COLLISION if there is a port of that name (M-03), STATUS_NAME_TOO_LONG,
    /// STATUS_INSUFFICIENT_RESOURCES, also for a ninth port.
    pub fn open_port<P: Port<Filter = F>>(&mut self) -> Result<()> {
        crate::port::open::<P>(&F::slot().ports, self.irql)
    }

    /// Puts a value into the place for what the filter holds, which was empty.
    pub fn hold(&mut self, value: F::Held) {
        let _ = F::slot().held.put(value, self.irql);
    }
}

/// The place of a driver's only filter. [`driver!`](crate::driver) makes it.
///
/// # Invariants
///
/// `value` is initialized while `running` is true; `filter` is registered while it is not NULL.
#[doc(hidden)]
pub struct DriverSlot<F: Driver> {
    filter: AtomicPtr<sys::FLT_FILTER>,
    running: AtomicBool,
    value: UnsafeCell<MaybeUninit<F>>,
    ports: Ports,
    provider: Registration,
    held: Held<F::Held>,
}

// SAFETY: the value is written before the callbacks that share it can be called, and dropped after they cannot any more.
unsafe impl<F: Driver> Sync for DriverSlot<F> {}

impl<F: Driver> DriverSlot<F> {
    /// An empty place.
    #[expect(clippy::new_without_default, reason = "a static needs a const function")]
    pub const fn new() -> Self {
        Self {
            filter: AtomicPtr::new(ptr::null_mut()),
            running: AtomicBool::new(false),
            value: UnsafeCell::new(MaybeUninit::uninit()),
            ports: Ports::new(),
            provider: Registration::new(),
            held: Held::new(),
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

    /// The filter's ports.
    pub(crate) fn ports(&self) -> &Ports {
        &self.ports
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
    /// What the filter holds.
    type Held: Send + Sync + 'static;

    fn slot() -> &'static DriverSlot<Self>;
}

/// The PFLT_FILTER of the driver's filter.
pub(crate) fn filter_handle<F: Filter>() -> sys::PFLT_FILTER {
    F::slot().filter.load(Ordering::Relaxed)
}

/// Makes a [`Filter`] the driver: defines DriverEntry, the place of the filter, and, for Windows, the panic handler.
///
/// What the filter is to hold, if anything, is named behind it: `driver!(Guard, held: OwnInstance)` (see
/// [`Held`](crate::filter::Held)).
///
/// A panic would be bug check 0xF5D00D; a driver that has none in it does not link it.
#[macro_export]
macro_rules! driver {
    ($filter:ty) => {
        $crate::driver!($filter, held: ());
    };
    ($filter:ty, held: $held:ty) => {
        static DRIVER_SLOT: $crate::private::DriverSlot<$filter> = $crate::private::DriverSlot::new();

        // A mistake in a table shows as soon as the code is checked.
        const _: () = {
            let _ = <$filter as $crate::Filter>::OPERATIONS;
            let _ = <$filter as $crate::Filter>::CONTEXTS;
        };

        // SAFETY: the static is private to this expansion, and is of this type.
        unsafe impl $crate::filter::Driver for $filter {
            type Held = $held;

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
