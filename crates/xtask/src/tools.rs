//! Programs that neither Rust nor this repository brings: found, or installed where this may be done.

use crate::driver::run;
use anyhow::{Context, Result, bail};
use std::env;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A program, and the packages of Debian that it comes in.
#[derive(Debug, Clone, Copy)]
pub struct Tool {
    /// What it is run as.
    pub program: &'static str,
    /// What `apt-get install` takes.
    pub packages: &'static [&'static str],
}

/// Signs images for Windows, and checks such signatures.
pub const OSSLSIGNCODE: Tool = Tool { program: "osslsigncode", packages: &["osslsigncode"] };

/// Makes keys and certificates.
pub const OPENSSL: Tool = Tool { program: "openssl", packages: &["openssl"] };

/// Links programs for Windows on x64.
pub const MINGW: Tool = Tool { program: "x86_64-w64-mingw32-gcc", packages: &["gcc-mingw-w64-x86-64-win32"] };

/// Runs programs for Windows on x64, and loads its drivers.
pub const WINE: Tool = Tool { program: "wine", packages: &["wine", "wine64"] };

impl Tool {
    /// Where the program is, if it is on the path.
    pub fn find(&self) -> Option<PathBuf> {
        env::split_paths(&env::var_os("PATH")?).map(|folder| folder.join(self.program)).find(|file| file.is_file())
    }

    /// Installs the program if it is missing.
    ///
    /// # Errors
    ///
    /// It is missing and cannot be installed: it takes root, and apt-get.
    pub fn require(&self) -> Result<()> {
        if self.find().is_some() {
            return Ok(());
        }
        install(self.program, self.packages)
    }
}

/// Installs what is missing.
///
/// # Errors
///
/// It cannot be installed: it takes root, and apt-get.
pub fn install(what: &str, packages: &[&str]) -> Result<()> {
    let command = format!("apt-get install --no-install-recommends {}", packages.join(" "));
    if !is_root()? || !Path::new("/usr/bin/apt-get").exists() {
        bail!("{what} is missing; install it with `{command}`, or what your system has for that");
    }
    eprintln!("{command}");
    let install = || run(apt_get(&["install", "--yes", "--no-install-recommends"]).args(packages));
    // The lists of packages may be missing or old, which shows when something is not found.
    install()
        .or_else(|_| run(&mut apt_get(&["update"])).and_then(|()| install()))
        .with_context(|| format!("{what} is missing, and `{command}` failed"))
}

/// An apt-get that asks nothing and says little, and that waits for another one to end.
fn apt_get(arguments: &[&str]) -> Command {
    let mut command = Command::new("apt-get");
    command
        .args(["-qq", "--option", "Dpkg::Use-Pty=0", "--option", "DPkg::Lock::Timeout=300"])
        .args(arguments)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .stdout(std::io::stderr());
    command
}

fn is_root() -> Result<bool> {
    Ok(std::fs::metadata("/proc/self").context("cannot tell whether this is root")?.uid() == 0)
}
