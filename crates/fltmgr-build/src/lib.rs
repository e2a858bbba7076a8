//! Tells the linker how a kernel driver is made, from a driver's build script:
//!
//! ```no_run
//! fltmgr_build::configure_driver();
//! ```

use std::env;

/// Sets the link arguments of a driver for a crate of type `cdylib` that is built for Windows; does nothing for other
/// targets, where a driver is an ordinary library.
pub fn configure_driver() {
    println!("cargo::rerun-if-changed=build.rs");
    if env::var("CARGO_CFG_TARGET_OS").as_deref() != Ok("windows") {
        return;
    }
    for argument in [
        "/DRIVER",
        "/SUBSYSTEM:NATIVE,10.00",
        "/ENTRY:DriverEntry",
        "/NODEFAULTLIB",
        "/DYNAMICBASE",
        "/NXCOMPAT",
        "/INTEGRITYCHECK",
        // Fills in the checksum, without which the loader refuses a driver.
        "/RELEASE",
        "/OPT:REF,ICF",
        // One file whenever and wherever it is built: no time stamp, and no path to the program database.
        "/Brepro",
        "/PDBALTPATH:%_PDB%",
    ] {
        println!("cargo::rustc-link-arg-cdylib={argument}");
    }
}
