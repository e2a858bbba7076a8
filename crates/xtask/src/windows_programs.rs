//! The programs beside the driver, built for Windows on a machine without it.
//!
//! They are built for the target whose C runtime and linker Debian has, mingw-w64's; it has them for x64 alone.

use crate::driver::{add_target, cargo, repository, run};
use crate::tools::MINGW;
use anyhow::{Context, Result};
use std::path::PathBuf;
use std::process::Command;

/// Rust's name of the target.
pub const TARGET: &str = "x86_64-pc-windows-gnu";

/// The packages with programs for Windows; each has a program of its own name.
pub const PACKAGES: &[&str] = &["fileguardctl", "fileguard-scenarios"];

/// How much time the compiler takes to make programs fast.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// Little: for a test that runs them once.
    Dev,
    /// What is given to people.
    Tools,
}

impl Profile {
    const fn name(self) -> &'static str {
        match self {
            Self::Dev => "dev",
            Self::Tools => "tools",
        }
    }

    const fn folder(self) -> &'static str {
        match self {
            Self::Dev => "debug",
            Self::Tools => "tools",
        }
    }
}

/// Builds the programs for Windows on x64, and gives the files in the order of [`PACKAGES`].
///
/// # Errors
///
/// The target or its linker is missing and cannot be installed, or the build fails.
pub fn build(profile: Profile) -> Result<Vec<PathBuf>> {
    add_target(TARGET)?;
    MINGW.require().context("programs for Windows cannot be linked")?;
    let root = repository();
    // The folder of the ordinary builds, where what runs at compile time is found made already.
    let target = root.join("target");
    let mut command = Command::new(cargo());
    command
        .current_dir(&root)
        .args(["build", "--quiet", "--bins", "--profile", profile.name(), "--target", TARGET, "--target-dir"])
        .arg(&target)
        // What the caller is built with is not for these.
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS");
    for package in PACKAGES {
        command.args(["--package", package]);
    }
    run(&mut command)?;
    let folder = target.join(TARGET).join(profile.folder());
    Ok(PACKAGES.iter().map(|package| folder.join(package).with_extension("exe")).collect())
}
