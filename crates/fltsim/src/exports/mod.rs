//! What a driver can import: every routine and variable that fltsim serves, in one table by module and name.
//!
//! The same routines serve both ways of running a driver. A loaded image is bound to the addresses in the table; a
//! driver that is linked into the process finds them as symbols. `export!` makes both from one definition, and the
//! compiler checks each against the declaration in `fltmgr-sys`.

mod failures;

use std::collections::HashMap;
use std::sync::OnceLock;

use crate::kernel::low_resources::Failure;

macro_rules! modules {
    ($($module:ident)*) => {
        $(
            #[expect(non_snake_case, reason = "routines and their arguments have the names of the driver interface")]
            pub mod $module;
        )*
        /// Every list of exports there is.
        const LISTS: &[&[Export]] = &[
            $($module::EXPORTS,)*
            crate::kernel::leaf::EXPORTS,
            memory::RAISING,
            object::TYPES,
        ];
    };
}

// One file a subject; each has its list of `EXPORTS`.
modules! {
    activity
    debug
    etw
    file_lock
    flt_context
    flt_bypass
    flt_create
    flt_device
    flt_ecp
    flt_file_lock
    flt_filter
    flt_information
    flt_io
    flt_lock
    flt_metadata
    flt_name
    flt_open_reparse
    flt_operation
    flt_oplock
    flt_own
    flt_port
    flt_priority
    flt_queue
    flt_requestor
    flt_section
    flt_swap
    flt_tag
    flt_transaction
    flt_transfer
    flt_volume
    flt_wait
    flt_work
    generic_table
    io
    io_file
    lookaside
    memory
    object
    pool
    process
    registry
    resource
    rtl
    rundown
    section
    string
    synchronization
    time
    transaction
}

/// One name that a driver can import.
#[derive(Debug)]
pub struct Export {
    /// The module it is imported from, such as `ntoskrnl.exe`.
    pub dll: &'static str,
    /// Its name.
    pub name: &'static str,
    /// How it fails where resources are low.
    pub(crate) failures: &'static [Failure],
    address: Address,
}

/// An address as a pointer, so that it can be part of a constant.
#[derive(Debug, Clone, Copy)]
struct Address(*const ());

// SAFETY: the address of a function or a static is a plain number to everyone but the driver that imports it.
unsafe impl Sync for Address {}
// SAFETY: as above.
unsafe impl Send for Address {}

impl Export {
    /// An entry for the function or static at `address`, which must be valid as long as the process lives.
    pub const fn new(dll: &'static str, name: &'static str, address: *const ()) -> Self {
        Self { dll, name, failures: failures::of(name), address: Address(address) }
    }

    /// Where an importing driver is pointed to.
    pub fn address(&self) -> usize {
        self.address.0 as usize
    }
}

/// Defines routines that drivers call.
///
/// ```ignore
/// export! {
///     dll "ntoskrnl.exe";
///
///     /// Says what the routine does.
///     pub unsafe fn KeRoutine(argument: u32) -> NTSTATUS { ... }
/// }
/// ```
///
/// Each becomes an `extern "efiapi"` function under its own symbol whose body runs on the host's stack, and `EXPORTS`
/// lists them. Its signature must be that of the declaration of the same name in `fltmgr-sys`. Routines that
/// `fltmgr-sys` doesn't declare (only drivers in other languages import them) go under `table NAME, undeclared;`.
macro_rules! export {
    (dll $dll:literal; $($rest:tt)*) => {
        $crate::exports::export! { table EXPORTS; dll $dll; $($rest)* }
    };
    (
        table $table:ident; dll $dll:literal;
        $( $(#[$meta:meta])* pub unsafe fn $name:ident ( $($argument:ident : $ty:ty),* $(,)? ) $(-> $ret:ty)? $body:block )*
    ) => {
        $(
            // The declaration and the definition must have one type.
            const _: [unsafe extern "efiapi" fn($($ty),*) $(-> $ret)?; 2] = [$name, fltmgr_sys::$name];
        )*
        $crate::exports::export! {
            table $table, undeclared; dll $dll;
            $( $(#[$meta])* pub unsafe fn $name($($argument: $ty),*) $(-> $ret)? $body )*
        }
    };
    (
        table $table:ident, undeclared; dll $dll:literal;
        $( $(#[$meta:meta])* pub unsafe fn $name:ident ( $($argument:ident : $ty:ty),* $(,)? ) $(-> $ret:ty)? $body:block )*
    ) => {
        /// The routines of this module that drivers can import.
        pub const $table: &[$crate::exports::Export] = &[
            $( $crate::exports::Export::new($dll, stringify!($name), $name as *const ()) ),*
        ];
        $(
            $(#[$meta])*
            ///
            /// # Safety
            ///
            /// As for a driver that calls the routine: its arguments must be what the routine's documentation asks for.
            #[unsafe(no_mangle)]
            pub unsafe extern "efiapi" fn $name($($argument: $ty),*) $(-> $ret)? {
                static ROUTINE: $crate::exports::Export =
                    $crate::exports::Export::new($dll, stringify!($name), $name as *const ());
                $crate::kernel::call::serve(&ROUTINE, move || $body)
            }
        )*
    };
}
pub(crate) use export;

/// All exports.
pub fn all() -> impl Iterator<Item = &'static Export> {
    LISTS.iter().copied().flatten()
}

/// The address that an import of `name` from `dll` is bound to, or `None` if fltsim doesn't serve it. The module's name
/// is compared without regard to case, the routine's with it, as the Windows loader does.
pub fn lookup(dll: &str, name: &str) -> Option<usize> {
    index().get(&(canonical(dll)?, name)).map(|export| export.address())
}

/// The modules that drivers import from, as the table spells them.
fn canonical(dll: &str) -> Option<&'static str> {
    // ntoskrnl.exe forwards what used to be the hardware abstraction layer's, and drivers name either.
    [("fltmgr.sys", "FLTMGR.SYS"), ("ntoskrnl.exe", "ntoskrnl.exe"), ("hal.dll", "ntoskrnl.exe")]
        .into_iter()
        .find_map(|(known, canonical)| known.eq_ignore_ascii_case(dll).then_some(canonical))
}

fn index() -> &'static HashMap<(&'static str, &'static str), &'static Export> {
    static INDEX: OnceLock<HashMap<(&'static str, &'static str), &'static Export>> = OnceLock::new();
    INDEX.get_or_init(|| all().map(|export| ((export.dll, export.name), export)).collect())
}
