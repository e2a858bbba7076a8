//! Tells the linker how a kernel driver is made, from a driver's build script:
//!
//! ```no_run
//! fltmgr_build::configure_driver();
//! ```

mod version;

use std::path::PathBuf;
use std::{env, fs};
use version::Version;

/// Sets the link arguments of a driver for a crate of type `cdylib` that is built for Windows, among them its version
/// resource, which is made of what the package's manifest says; does nothing for other targets, where a driver is an
/// ordinary library.
///
/// # Panics
///
/// Outside a build script, and if the resource cannot be written.
pub fn configure_driver() {
    println!("cargo::rerun-if-changed=build.rs");
    if env::var("CARGO_CFG_TARGET_OS").as_deref() != Ok("windows") {
        return;
    }
    // The linker takes the last of what is said twice, so what follows completes and narrows what this says.
    #[cfg(feature = "wdk")]
    wdk_build::configure_wdk_binary_build().unwrap_or_else(|error| panic!("the WDK cannot be used: {error}"));
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
        // What only DriverEntry needs is gone when it has returned.
        "/SECTION:INIT,ERD",
        "/SECTION:.rsrc,RD",
        // One file whenever and wherever it is built: no time stamp, and no path to the program database.
        "/Brepro",
        "/PDBALTPATH:%_PDB%",
    ] {
        println!("cargo::rustc-link-arg-cdylib={argument}");
    }
    println!("cargo::rustc-link-arg-cdylib={}", write_version().display());
}

/// Writes the version resource, and answers where.
fn write_version() -> PathBuf {
    let of_package = |name: &str| env::var(format!("CARGO_PKG_{name}")).unwrap_or_default();
    let number = ["VERSION_MAJOR", "VERSION_MINOR", "VERSION_PATCH"]
        .map(|part| of_package(part).parse().expect("the parts of a driver's version are numbers below 65536"));
    let name = of_package("NAME");
    let (version, description, authors, license) =
        (of_package("VERSION"), of_package("DESCRIPTION"), of_package("AUTHORS"), of_package("LICENSE"));
    let strings = [
        ("CompanyName", authors.as_str()),
        ("FileDescription", &description),
        ("FileVersion", &version),
        ("InternalName", &name),
        ("LegalCopyright", &license),
        ("OriginalFilename", &format!("{name}.sys")),
        ("ProductName", &name),
        ("ProductVersion", &version),
    ];
    // A string that the manifest has nothing for is left out.
    let strings: Vec<(&str, &str)> = strings.into_iter().filter(|(_, value)| !value.is_empty()).collect();
    let path = PathBuf::from(env::var_os("OUT_DIR").expect("a build script has an OUT_DIR")).join("version.res");
    let resource = Version { number, strings: &strings }.resource_file();
    fs::write(&path, resource).unwrap_or_else(|error| panic!("cannot write {}: {error}", path.display()));
    path
}
