//! The package: a folder with all that goes to a Windows machine, its driver test-signed.

mod install;
mod signature;

pub use install::script as install_script;
pub use signature::verify;

use crate::driver::{Architecture, INX, build_for, repository};
use crate::windows_programs::{self, Profile};
use anyhow::{Context, Result};
use fltsim::inf::Inf;
use std::fs;
use std::path::{Path, PathBuf};

/// A package.
#[derive(Debug, Clone)]
pub struct Package {
    /// Its folder.
    pub folder: PathBuf,
    /// The signed driver.
    pub image: PathBuf,
    /// The certificate that it is signed with.
    pub certificate: PathBuf,
    /// What the package has not, in words.
    pub missing: Vec<&'static str>,
}

const NO_CATALOG: &str = "\
fileguard.cat, the catalog that fileguard.inf names: inf2cat, which makes it, is a part of the Windows Driver Kit and runs
on Windows. Without it Windows asks for confirmation when the INF is installed, or refuses where it cannot ask. The driver
itself is signed, and loads. `cargo make` builds the package with its catalog on Windows.";

const NO_PROGRAMS: &str = "\
The programs for ARM64, which cannot be linked on Linux with what Debian has. Windows 11 on ARM64 runs those of the x64
package.";

/// How the package is installed, with places for what differs.
const HOW_TO_INSTALL: &str = include_str!("README.txt");

const HOW_TO_USE: &str = r"        fileguardctl status
        fileguardctl watch
        fileguard-scenarios C:\some\folder
";

const HOW_TO_SEE_IT_LOADED: &str = "        fltmc instances\n";

/// Where packages are made for people.
pub fn folder() -> PathBuf {
    repository().join("target/package")
}

/// Makes the package for a processor, in a folder of its name in `packages`.
///
/// # Errors
///
/// Something does not build, a tool is missing and cannot be installed, the signature does not verify, or a file cannot
/// be written.
pub fn package(architecture: Architecture, profile: Profile, packages: &Path) -> Result<Package> {
    let driver = build_for(architecture)?;
    let (missing, programs) = match architecture {
        Architecture::X64 => (vec![NO_CATALOG], windows_programs::build(profile)?),
        Architecture::Arm64 => (vec![NO_CATALOG, NO_PROGRAMS], Vec::new()),
    };

    // It is put together aside, so that a package is never half of one and never has what an earlier one had.
    fs::create_dir_all(packages).with_context(|| format!("cannot make {}", packages.display()))?;
    let making = tempfile::tempdir_in(packages).with_context(|| format!("cannot write to {}", packages.display()))?;
    for file in [&driver.symbols, &driver.inf].into_iter().chain(&programs) {
        copy_into(making.path(), file)?;
    }
    signature::sign(&driver.image, &making.path().join("fileguard.sys"), &making.path().join("fileguard.cer"))?;
    // What the INF says of the service is the same for every processor, and fltsim reads that of its own.
    let service = Inf::read(&repository().join(INX))?.service()?;
    write_text(&making.path().join("install.cmd"), &install_script(&service)?)?;
    write_text(&making.path().join("README.txt"), &how_to_install(architecture, &missing, programs.is_empty()))?;

    let folder = packages.join(architecture.to_string());
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| format!("cannot replace {}", folder.display()))?;
    }
    fs::rename(making.keep(), &folder).with_context(|| format!("cannot put {} in place", folder.display()))?;
    Ok(Package { image: folder.join("fileguard.sys"), certificate: folder.join("fileguard.cer"), folder, missing })
}

fn how_to_install(architecture: Architecture, missing: &[&str], without_programs: bool) -> String {
    HOW_TO_INSTALL
        .replace("{version}", env!("CARGO_PKG_VERSION"))
        .replace("{architecture}", &architecture.to_string())
        .replace("{missing}", &missing.join("\n\n"))
        .replace("{use}", if without_programs { HOW_TO_SEE_IT_LOADED } else { HOW_TO_USE })
}

fn copy_into(folder: &Path, file: &Path) -> Result<()> {
    let name = file.file_name().expect("a file that was built has a name");
    fs::copy(file, folder.join(name)).with_context(|| format!("cannot copy {}", file.display()))?;
    Ok(())
}

/// Writes a text for Windows, whose cmd needs both characters at the end of a line.
fn write_text(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text.replace('\n', "\r\n")).with_context(|| format!("cannot write {}", path.display()))
}
