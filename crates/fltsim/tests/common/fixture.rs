//! Builds the small drivers under `tests/fixtures` with the compiler that builds the tests.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Builds `tests/fixtures/<name>.rs` into `directory` as `<name>.sys`, with its program database beside it.
pub fn build(directory: &Path, name: &str) -> PathBuf {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name).with_extension("rs");
    let image = directory.join(name).with_extension("sys");
    let output = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()))
        .args(["--edition=2024", "--crate-type=cdylib", "--target=x86_64-pc-windows-msvc", "-g", "-Copt-level=1"])
        .args(["-Cpanic=abort", "-Clinker=rust-lld", "-Clinker-flavor=lld-link"])
        .arg("-Clink-args=/SUBSYSTEM:NATIVE /ENTRY:DriverEntry /DRIVER /NODEFAULTLIB /DYNAMICBASE /NXCOMPAT /SECTION:INIT,ERD")
        .arg("-o")
        .arg(&image)
        .arg(&source)
        .output()
        .expect("rustc runs");
    assert!(output.status.success(), "{name} doesn't build: {}", String::from_utf8_lossy(&output.stderr));
    image
}
