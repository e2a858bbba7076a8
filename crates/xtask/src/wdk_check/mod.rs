//! `cargo xtask wdk-check`: builds the driver on Linux as a Windows release is built, with windows-drivers-rs, and checks
//! what comes out.
//!
//! The WDK is Microsoft's and runs on Windows alone. What windows-drivers-rs needs of it is headers and import libraries in
//! certain folders, so `folder` makes such folders of Debian's mingw-w64 headers and the project's own. wdk-build refuses
//! hosts other than Windows, so `adaptation` makes a copy that does not. `workspace` builds with the two, and `comparison`
//! holds the bindings that bindgen made against those that are committed. Everything is below `target/wdk-check`. It is for
//! x64 alone, which is what mingw-w64 has a kernel's headers for.

mod adaptation;
mod bindings;
mod canonical;
mod comparison;
mod exceptions;
mod folder;
mod layouts;
mod workspace;

use crate::driver::{self, cargo, repository, run};
use crate::tools;
use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use workspace::Built;

/// Where Debian puts the headers.
const MINGW_HEADERS: &str = "/usr/share/mingw-w64/include";

/// The tests that drive the file, with the names of those that build something of their own left out.
const TESTS: [&str; 5] = ["policy", "hostile", "image", "mount", "examples"];

/// Builds and checks.
///
/// # Errors
///
/// Something is missing and cannot be installed, the driver does not build, the bindings differ, or a test fails.
pub fn check() -> Result<()> {
    require()?;
    driver::add_target(workspace::TARGET)?;
    let root = repository();
    let own = bindings::Bindings::committed(&root.join("crates/fltmgr-sys/src"))?;

    let place = root.join("target/wdk-check");
    say("a folder in the shape of the WDK, of mingw-w64's headers, fltkernel.h and import libraries");
    let wdk = place.join("wdk");
    let lent = folder::make(&wdk, Path::new(MINGW_HEADERS), &root.join("crates/fltmgr-sys"), &own)?;
    say("a wdk-build that runs on Linux");
    let wdk_build = adaptation::make(&place.join("wdk-build"), &root)?;
    say("fileguard.sys and the examples with the feature wdk");
    let workspace = workspace::Workspace::make(&place.join("workspace"), &root, &wdk_build, &wdk)?;
    let to = root.join("target/driver-wdk");
    for package in examples(&root)? {
        put_driver(&workspace.driver(&package, &[])?, &to.join(&package))?;
    }
    // With debug assertions it prints through windows-drivers-rs. That it builds is all there is to check.
    workspace.driver("fileguard", &["--config", "profile.release.package.fltmgr.debug-assertions=true"])?;
    let built = workspace.driver("fileguard", &[])?;
    put_driver(&built, &to.join("fileguard"))?;

    say("the committed bindings and the WDK's, name by name");
    let wdks = bindings::Bindings::of_wdk(&built, &root.join("crates/fltmgr-sys/src/wdk.rs"))?;
    let summary = comparison::compare(&own, &wdks, &lent, |expressions| {
        layouts::measure(expressions, &workspace, &built, &root.join("crates/fltmgr-sys/src/types.rs"))
    })?;
    print!("{summary}");

    say("the tests of the drivers with these files");
    let mut tests = Command::new(cargo());
    tests.current_dir(&root).args(["test", "--quiet", "--package", "fileguard"]);
    for test in TESTS {
        tests.args(["--test", test]);
    }
    run(tests.env(driver::IMAGES, &to))?;
    println!("The wdk build is in order: {}", to.display());
    Ok(())
}

/// The names of the packages that are examples.
fn examples(root: &Path) -> Result<Vec<String>> {
    let folder = root.join("examples");
    let mut packages = Vec::new();
    for entry in fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let path = entry?.path();
        if path.join("Cargo.toml").exists() {
            packages.extend(path.file_name().and_then(|name| name.to_str()).map(str::to_owned));
        }
    }
    packages.sort();
    Ok(packages)
}

/// Puts an image and its program database in their place, which is without extensions here, and says so.
fn put_driver(built: &Built, to: &Path) -> Result<()> {
    let folder = to.parent().context("a place in no folder")?;
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    driver::put_file(&built.symbols, to.with_extension("pdb"))?;
    println!("   {}", driver::put_file(&built.image, to.with_extension("sys"))?.display());
    Ok(())
}

fn say(what: &str) {
    println!("== {what}");
}

/// Installs what is missing.
fn require() -> Result<()> {
    if !Path::new(MINGW_HEADERS).join("ddk/ntifs.h").exists() {
        tools::install("mingw-w64's headers", &["mingw-w64-common"])?;
    }
    if !has_libclang() {
        tools::install("libclang", &["libclang-dev"])?;
    }
    Ok(())
}

/// Whether libclang is in one of the places where bindgen looks for it.
fn has_libclang() -> bool {
    let versions = fs::read_dir("/usr/lib").into_iter().flatten().flatten();
    let folders = versions
        .map(|entry| entry.path().join("lib"))
        .chain(["/usr/lib", "/usr/lib64", "/usr/local/lib", "/usr/lib/x86_64-linux-gnu"].iter().map(PathBuf::from));
    std::env::var_os("LIBCLANG_PATH").is_some()
        || folders.flat_map(|folder| fs::read_dir(folder).into_iter().flatten().flatten()).any(|entry| {
            let name = entry.file_name();
            name.to_str().is_some_and(|name| name.starts_with("libclang.so") || name.starts_with("libclang-"))
        })
}
