//! The names as the installed WDK has them: `wdk-sys` for what it binds, and the bindings that this crate's build script
//! made of `fltkernel.h`.

#[allow(
    dead_code,
    missing_docs,
    non_camel_case_types,
    non_snake_case,
    non_upper_case_globals,
    unused_imports,
    unused_qualifications,
    clippy::all,
    clippy::pedantic,
    clippy::undocumented_unsafe_blocks,
    reason = "generated, with the names of C"
)]
mod fltkernel {
    include!(concat!(env!("OUT_DIR"), "/fltkernel.rs"));
}

pub use fltkernel::*;

/// The values of enums, which `wdk-sys` keeps in a module for each; in C, and in the committed bindings, they are names
/// like others.
mod enums {
    #![expect(
        ambiguous_glob_reexports,
        reason = "each module calls its integer type `Type`, which is not used from here"
    )]

    pub use wdk_sys::_DRIVER_REGKEY_TYPE::*;
    pub use wdk_sys::_EVENT_TYPE::*;
    pub use wdk_sys::_FILE_INFORMATION_CLASS::*;
    pub use wdk_sys::_FS_FILTER_SECTION_SYNC_TYPE::*;
    pub use wdk_sys::_FSINFOCLASS::*;
    pub use wdk_sys::_IO_PRIORITY_HINT::*;
    pub use wdk_sys::_KEY_INFORMATION_CLASS::*;
    pub use wdk_sys::_KEY_VALUE_INFORMATION_CLASS::*;
    pub use wdk_sys::_KWAIT_REASON::*;
    pub use wdk_sys::_LOCK_OPERATION::*;
    pub use wdk_sys::_MEMORY_CACHING_TYPE::*;
    pub use wdk_sys::_MM_PAGE_PRIORITY::*;
    pub use wdk_sys::_MMFLUSH_TYPE::*;
    pub use wdk_sys::_MODE::*;
    pub use wdk_sys::_POOL_TYPE::*;
    pub use wdk_sys::_RTL_GENERIC_COMPARE_RESULTS::*;
    pub use wdk_sys::_SECTION_INHERIT::*;
    pub use wdk_sys::_SECURITY_IMPERSONATION_LEVEL::*;
    pub use wdk_sys::_TRANSACTION_INFORMATION_CLASS::*;
    pub use wdk_sys::_WAIT_TYPE::*;
    pub use wdk_sys::_WORK_QUEUE_TYPE::*;
}
pub use enums::*;

/// Types that the WDK defines as macros, which bindgen does not read.
mod macros {
    #![expect(missing_docs, non_camel_case_types, reason = "the names are those of C")]

    pub type DEVICE_TYPE = wdk_sys::ULONG;
    pub type EX_PUSH_LOCK = wdk_sys::ULONG_PTR;
    pub type PEX_PUSH_LOCK = wdk_sys::PULONG_PTR;
}
pub use macros::{DEVICE_TYPE, EX_PUSH_LOCK, PEX_PUSH_LOCK};

unsafe extern "C" {
    /// Allocates pool. Deprecated, for which `wdk-sys` leaves it out; Windows before version 2004 has no other.
    pub fn ExAllocatePoolWithTag(PoolType: POOL_TYPE, NumberOfBytes: SIZE_T, Tag: ULONG) -> PVOID;

    /// The IRQL. The x64 headers have it inline, which bindgen does not read; the kernel exports it as well.
    pub fn KeGetCurrentIrql() -> KIRQL;
}

// The WDK declares a pointer to each of these, which is the slot of the import table. Here, as in the committed bindings,
// the name is the variable.
imports! { "ntoskrnl.exe";
    /// The calling thread, which is a macro there.
    pub fn PsGetCurrentThread() -> PETHREAD;
    /// The type of file objects.
    pub static mut IoFileObjectType: POBJECT_TYPE;
    /// The type of processes.
    pub static mut PsProcessType: POBJECT_TYPE;
    /// The type of threads.
    pub static mut PsThreadType: POBJECT_TYPE;
    /// The type of events.
    pub static mut ExEventObjectType: POBJECT_TYPE;
    /// The type of access tokens.
    pub static mut SeTokenObjectType: POBJECT_TYPE;
    /// The type of transactions.
    pub static mut TmTransactionObjectType: POBJECT_TYPE;
    /// The highest address that user mode has.
    pub static mut MmHighestUserAddress: PVOID;
    /// The first address that no user buffer may reach.
    pub static mut MmUserProbeAddress: ULONG_PTR;
}
