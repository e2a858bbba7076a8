//! Builds the driver: `fileguard.sys`, with its symbols and its INF beside it.

use anyhow::{Context, Result, bail};
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{fmt, fs};
use tempfile::NamedTempFile;

use crate::inf::stamp_for_package;

/// The INF of fileguard before it is stamped, from the root of the repository: beside the manifest of its package and named
/// as that, which is where the makefile of wdk-build and `cargo wdk` look for it.
pub const INX: &str = "fileguard.inx";

/// The processor that a driver is built for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Architecture {
    /// What fltsim can run.
    X64,
    /// Windows on ARM.
    Arm64,
}

impl Architecture {
    /// Rust's name of the target.
    pub const fn target(self) -> &'static str {
        match self {
            Self::X64 => "x86_64-pc-windows-msvc",
            Self::Arm64 => "aarch64-pc-windows-msvc",
        }
    }

    /// What an INF calls it, behind the NT of a decoration.
    pub const fn inf_name(self) -> &'static str {
        match self {
            Self::X64 => "amd64",
            Self::Arm64 => "arm64",
        }
    }

    /// The folder of its files below `target`.
    const fn folder(self) -> &'static str {
        match self {
            Self::X64 => "target/driver",
            Self::Arm64 => "target/driver-arm64",
        }
    }
}

impl fmt::Display for Architecture {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::X64 => "x64",
            Self::Arm64 => "arm64",
        })
    }
}

/// The environment variable for a folder of `.sys` files for x64 that are used as they are, instead of being built.
pub const IMAGES: &str = "FILEGUARD_IMAGES";

/// The files of a built driver.
#[derive(Debug, Clone)]
pub struct Driver {
    /// The image that Windows loads.
    pub image: PathBuf,
    /// The program database, beside it.
    pub symbols: PathBuf,
    /// The INF, beside it.
    pub inf: PathBuf,
}

/// The root of the repository.
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the repository that this was built in")
}

/// Builds `fileguard.sys` in release for x64, after adding the Rust target for it if that is missing.
///
/// The build has a folder of its own below `target`, so that it can run from within a test.
///
/// # Errors
///
/// The target cannot be added, the build fails, or its files cannot be put in place.
pub fn build() -> Result<Driver> {
    build_for(Architecture::X64)
}

/// Builds `fileguard.sys` in release, as [`build`] does, for a processor.
///
/// # Errors
///
/// As for [`build`].
pub fn build_for(architecture: Architecture) -> Result<Driver> {
    let (image, symbols) = build_package("fileguard", architecture)?;
    let source = repository().join(INX);
    let text = fs::read_to_string(&source).with_context(|| format!("cannot read {}", source.display()))?;
    let stamped =
        stamp_for_package(&text, architecture).with_context(|| format!("cannot stamp {}", source.display()))?;
    let inf = put(stamped.as_bytes(), image.with_extension("inf"))?;
    Ok(Driver { image, symbols, inf })
}

/// Builds the driver of a package: its image, and its program database beside it.
///
/// # Errors
///
/// As for [`build`].
pub fn build_package(package: &str, architecture: Architecture) -> Result<(PathBuf, PathBuf)> {
    if let (Some(images), Architecture::X64) = (std::env::var_os(IMAGES), architecture) {
        let image = Path::new(&images).join(package).with_extension("sys");
        if !image.is_file() {
            bail!("{IMAGES} is set, but {} is not there", image.display());
        }
        return Ok((image.clone(), image.with_extension("pdb")));
    }
    let root = repository();
    let made = compile(&root, &root.join("target/driver-build"), package, architecture)?;
    let folder = root.join(architecture.folder());
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let file = |name: &str, extension: &str| made.join(name).with_extension(extension);
    Ok((
        put_file(&file(package, "dll"), folder.join(package).with_extension("sys"))?,
        put_file(&file(package, "pdb"), folder.join(package).with_extension("pdb"))?,
    ))
}

/// Compiles the driver of a package from the sources in `root` into the folder `build` below it, and answers the folder with
/// the result, which is a DLL yet. The same sources give the same bytes in every folder.
///
/// # Errors
///
/// The target cannot be added, or the build fails.
pub fn compile(root: &Path, build: &Path, package: &str, architecture: Architecture) -> Result<PathBuf> {
    let target = architecture.target();
    add_target(target)?;
    fs::create_dir_all(build).with_context(|| format!("cannot make {}", build.display()))?;
    let linker = put(include_bytes!("rust-lld.sh"), build.join("rust-lld"))?;
    fs::set_permissions(&linker, fs::Permissions::from_mode(0o755))
        .with_context(|| format!("cannot make {} executable", linker.display()))?;
    // No path is in the result, so that it is the same wherever it is built.
    let registry = std::env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(std::env::home_dir()?.join(".cargo")))
        .context("neither CARGO_HOME nor the home directory is known")?;
    let remap = |path: &Path, to: &str| format!("'--remap-path-prefix={}={to}'", path.display());
    let remap = format!("target.{target}.rustflags=[{}, {}]", remap(root, "."), remap(&registry, "cargo"));
    run(Command::new(cargo())
        .current_dir(root)
        .args(["--config", &remap])
        .env(format!("CARGO_TARGET_{}_LINKER", target.to_uppercase().replace('-', "_")), &linker)
        .args(["rustc", "--quiet", "--release", "--package", package, "--lib", "--crate-type", "cdylib"])
        .args(["--target", target, "--target-dir"])
        .arg(build)
        // What the caller is built with is not for the driver.
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .env_remove("CARGO_TARGET_DIR"))?;
    Ok(build.join(target).join("release"))
}

/// The cargo that runs this, or the one on the path.
pub fn cargo() -> PathBuf {
    std::env::var_os("CARGO").map_or_else(|| "cargo".into(), PathBuf::from)
}

/// Adds a Rust target if it is missing.
///
/// # Errors
///
/// rustup cannot be run, or cannot add it.
pub fn add_target(target: &str) -> Result<()> {
    let installed = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()))
        .args(["--print", "target-libdir", "--target", target])
        .output()
        .context("cannot run rustc; install Rust from https://rustup.rs")?;
    if Path::new(String::from_utf8_lossy(&installed.stdout).trim()).exists() {
        return Ok(());
    }
    eprintln!("adding the Rust target {target}");
    run(Command::new("rustup").args(["target", "add", target]))
        .with_context(|| format!("the Rust target {target} is missing; install it with `rustup target add {target}`"))
}

/// Runs a command to its end.
///
/// # Errors
///
/// It cannot be started, or it fails; its own words are on standard error.
pub fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("cannot run {}", command.get_program().display()))?;
    if !status.success() {
        bail!("{} failed ({status}); what it says is above", command.get_program().display());
    }
    Ok(())
}

/// Copies a file to its place.
pub(crate) fn put_file(from: &Path, to: PathBuf) -> Result<PathBuf> {
    put(&fs::read(from).with_context(|| format!("cannot read {}", from.display()))?, to)
}

/// Puts a file in its place, in one step and only if it changed, because others may be reading it.
pub(crate) fn put(bytes: &[u8], to: PathBuf) -> Result<PathBuf> {
    if fs::read(&to).ok().as_deref() != Some(bytes) {
        let place = || format!("cannot put {} in place", to.display());
        // A name of its own, since several threads may be putting the same file.
        let mut partial = NamedTempFile::new_in(to.parent().unwrap_or(Path::new("."))).with_context(place)?;
        partial.write_all(bytes).with_context(place)?;
        // Others than its maker may read what is built, as they may what the compiler writes.
        partial.as_file().set_permissions(fs::Permissions::from_mode(0o644)).with_context(place)?;
        partial.persist(&to).with_context(place)?;
    }
    Ok(to)
}
