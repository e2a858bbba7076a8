//! Names and layouts of the Filter Manager's kernel interface: `fltkernel.h`, and what it needs of `ntifs.h` and `wdm.h`.
//!
//! The names, fields and constants are those of the C headers; nothing is renamed here, and nothing has logic. The bindings
//! are committed, made by `cargo run --package xtask --features bindings --bin bindings` from the headers under `include/`,
//! which were written for this project from public documentation, so that a build needs no WDK, no clang and no Windows.
//!
//! Routines have the Windows calling convention everywhere. For Windows they are imported by name from `fltmgr.sys` and
//! `ntoskrnl.exe`; elsewhere they stay undefined, for the program that links a driver to define.
#![no_std]

mod layout;
#[cfg(target_os = "windows")]
pub mod memory;

/// Puts generated code, whose names are those of C, into a module of its own: which lints it trips differs between releases
/// of the generator and of the compiler.
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
generated!(fltmgr, ntoskrnl, types);

pub use fltmgr::*;
pub use ntoskrnl::*;
pub use types::*;
