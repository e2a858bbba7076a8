//! Names and layouts of the Filter Manager's kernel interface: `fltkernel.h`, and what it needs of `ntifs.h` and `wdm.h`.
//!
//! The names, fields and constants are those of the C headers; nothing is renamed here, and nothing has logic. The bindings
//! are committed, made by `cargo run --package xtask --features bindings --bin bindings` from the headers under `include/`,
//! which were written for this project from public documentation, so that a build needs no WDK, no clang and no Windows.
//!
//! Routines and callbacks have the Windows calling convention everywhere, which Rust calls `efiapi`: `win64` on `x86_64`,
//! the platform's own on ARM64. For Windows routines are imported by name from `fltmgr.sys` and `ntoskrnl.exe`; elsewhere
//! they stay undefined, for the program that links a driver to define. Callbacks are written with [`callback!`].
#![expect(unsafe_code, reason = "it declares what C has")]
#![no_std]

mod layout;
// The WDK's own import library has them.
#[cfg(all(target_os = "windows", not(feature = "wdk")))]
pub mod memory;

/// Declares what an image of Windows exports.
macro_rules! imports {
    ($image:literal; $($item:tt)*) => {
        // An import by name is one of the platform's own convention, which is the same on Windows.
        #[cfg(target_os = "windows")]
        #[link(name = $image, kind = "raw-dylib", modifiers = "+verbatim")]
        unsafe extern "C" { $($item)* }

        #[cfg(not(target_os = "windows"))]
        unsafe extern "efiapi" { $($item)* }
    };
}

/// Gives a function the calling convention that the bindings state for callbacks.
///
/// ```
/// fltmgr_sys::callback! {
///     /// What `FilterUnloadCallback` may point to.
///     unsafe fn unload(flags: fltmgr_sys::FLT_FILTER_UNLOAD_FLAGS) -> fltmgr_sys::NTSTATUS {
///         fltmgr_sys::STATUS_SUCCESS
///     }
/// }
/// let unload: fltmgr_sys::PFLT_FILTER_UNLOAD_CALLBACK = Some(unload);
/// ```
#[cfg(not(feature = "wdk"))]
#[macro_export]
macro_rules! callback {
    ($(#[$meta:meta])* $visibility:vis unsafe fn $($rest:tt)*) => {
        $(#[$meta])* $visibility unsafe extern "efiapi" fn $($rest)*
    };
}

/// Gives a function the calling convention that the bindings state for callbacks, which is C's where bindgen reads the WDK.
#[cfg(feature = "wdk")]
#[macro_export]
macro_rules! callback {
    ($(#[$meta:meta])* $visibility:vis unsafe fn $($rest:tt)*) => {
        $(#[$meta])* $visibility unsafe extern "C" fn $($rest)*
    };
}

/// Puts generated code, whose names are those of C, into a module of its own: which lints it trips differs between releases
/// of the generator and of the compiler.
#[cfg(not(feature = "wdk"))]
macro_rules! generated {
    ($($module:ident),*) => {$(
        #[allow(
            missing_docs,
            non_camel_case_types,
            non_snake_case,
            non_upper_case_globals,
            unused_qualifications,
            clippy::all,
            clippy::pedantic,
            clippy::undocumented_unsafe_blocks,
            reason = "generated, with the names of C"
        )]
        mod $module;
    )*};
}
#[cfg(not(feature = "wdk"))]
generated!(fltmgr, ntoskrnl, types);

#[cfg(not(feature = "wdk"))]
pub use {fltmgr::*, ntoskrnl::*, types::*};

#[cfg(feature = "wdk")]
mod wdk;
#[cfg(feature = "wdk")]
pub use wdk::*;
