//! The repository as a workspace that builds with the changed wdk-build, without a change to the repository.

use crate::driver::{cargo, put};
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What is built for.
pub const TARGET: &str = "x86_64-pc-windows-msvc";

/// A workspace of links to the repository's files, with a manifest of its own.
pub struct Workspace {
    root: PathBuf,
    wdk: PathBuf,
}

/// What cargo built.
pub struct Built {
    /// The image of the driver.
    pub image: PathBuf,
    /// Its program database.
    pub symbols: PathBuf,
    /// The folders that build scripts wrote to, by package.
    generated: BTreeMap<String, PathBuf>,
    /// The folders of packages.
    sources: BTreeMap<String, PathBuf>,
    /// The libraries that packages were compiled to, for Windows.
    libraries: BTreeMap<String, PathBuf>,
}

impl Workspace {
    /// Makes the workspace.
    ///
    /// # Errors
    ///
    /// A file cannot be read, linked or written.
    pub fn make(to: &Path, repository: &Path, wdk_build: &Path, wdk: &Path) -> Result<Self> {
        fs::create_dir_all(to).with_context(|| format!("cannot make {}", to.display()))?;
        for entry in fs::read_dir(repository).with_context(|| format!("cannot read {}", repository.display()))? {
            let path = entry?.path();
            let name = path.file_name().context("an entry without a name")?;
            let link = to.join(name);
            if ["target", ".git", "Cargo.toml", "Cargo.lock"].iter().all(|left_out| name != *left_out) && !link.exists()
            {
                symlink(&path, &link).with_context(|| format!("cannot link {}", link.display()))?;
            }
        }
        let read = |name: &str| {
            fs::read_to_string(repository.join(name)).with_context(|| format!("cannot read the repository's {name}"))
        };
        let path = toml_string(wdk_build)?;
        let manifest = format!("{}\n[patch.crates-io]\nwdk-build = {{ path = {path} }}\n", read("Cargo.toml")?);
        put(manifest.as_bytes(), to.join("Cargo.toml"))?;
        // Cargo writes here where wdk-build comes from.
        put(read("Cargo.lock")?.as_bytes(), to.join("Cargo.lock"))?;
        Ok(Self { root: to.to_owned(), wdk: wdk.to_owned() })
    }

    /// Where libraries for this machine are, which macros are among.
    pub fn host_libraries(&self) -> PathBuf {
        self.root.join("target/release/deps")
    }

    /// Builds the driver of a package in release, with the feature `wdk`.
    ///
    /// # Errors
    ///
    /// It does not build.
    pub fn driver(&self, package: &str, more: &[&str]) -> Result<Built> {
        let messages = self.cargo(
            Command::new(cargo())
                .args(["rustc", "--quiet", "--release", "--lib", "--crate-type", "cdylib", "--features", "wdk"])
                .args(["--package", package])
                .args(more),
        )?;
        Built::read(&messages, package)
    }

    /// Runs cargo, and returns its messages.
    fn cargo(&self, command: &mut Command) -> Result<Vec<Value>> {
        // wdk-build looks for the manifest of the workspace in the folders above those that it writes to.
        let output = command
            .current_dir(&self.root)
            .args(["--target", TARGET, "--target-dir"])
            .arg(self.root.join("target"))
            .arg("--message-format=json-render-diagnostics")
            .env("WDKContentRoot", &self.wdk)
            .env_remove("Version_Number")
            .env_remove("RUSTFLAGS")
            .env_remove("CARGO_ENCODED_RUSTFLAGS")
            .env_remove("CARGO_TARGET_DIR")
            .stderr(Stdio::inherit())
            .output()
            .context("cannot run cargo")?;
        if !output.status.success() {
            bail!("cargo failed ({}); what it says is above", output.status);
        }
        let lines = String::from_utf8(output.stdout).context("cargo's messages are no text")?;
        lines.lines().map(|line| serde_json::from_str(line).context("a message of cargo is not JSON")).collect()
    }
}

impl Built {
    fn read(messages: &[Value], package: &str) -> Result<Self> {
        let (mut generated, mut sources, mut libraries) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        let mut image = None;
        for message in messages {
            match message["reason"].as_str() {
                Some("build-script-executed") => {
                    if let (Some(id), Some(folder)) = (message["package_id"].as_str(), message["out_dir"].as_str()) {
                        generated.insert(package_name(id).to_owned(), PathBuf::from(folder));
                    }
                }
                Some("compiler-artifact") => {
                    let name = message["package_id"].as_str().map(package_name).unwrap_or_default();
                    if let Some(manifest) = message["manifest_path"].as_str() {
                        sources.insert(name.to_owned(), Path::new(manifest).with_file_name(""));
                    }
                    for file in message["filenames"].as_array().into_iter().flatten().filter_map(Value::as_str) {
                        let file = Path::new(file);
                        if name == package && file.extension().is_some_and(|extension| extension == "dll") {
                            image = Some(file.to_owned());
                        }
                        if file.extension().is_some_and(|extension| extension == "rlib") {
                            libraries.insert(name.to_owned(), file.to_owned());
                        }
                    }
                }
                _ => {}
            }
        }
        let image = image.with_context(|| format!("cargo names no image of {package}"))?;
        Ok(Self { symbols: image.with_extension("pdb"), image, generated, sources, libraries })
    }

    /// The library of a package.
    ///
    /// # Errors
    ///
    /// It was not built.
    pub fn library_of(&self, package: &str) -> Result<&Path> {
        Ok(self.libraries.get(package).with_context(|| format!("cargo made no library of {package}"))?)
    }

    /// The folder that the build script of a package wrote to.
    ///
    /// # Errors
    ///
    /// There was none.
    pub fn generated_by(&self, package: &str) -> Result<&Path> {
        Ok(self.generated.get(package).with_context(|| format!("cargo ran no build script of {package}"))?)
    }

    /// The folder of a package.
    ///
    /// # Errors
    ///
    /// It was not built.
    pub fn source_of(&self, package: &str) -> Result<&Path> {
        Ok(self.sources.get(package).with_context(|| format!("cargo did not build {package}"))?)
    }
}

/// The name in a package's id: behind the `#` and before the `@`, or the last part of the path.
fn package_name(id: &str) -> &str {
    let (path, rest) = id.rsplit_once('#').unwrap_or((id, ""));
    match rest.split_once('@') {
        Some((name, _)) => name,
        None => path.rsplit('/').next().unwrap_or(path),
    }
}

/// A path as a TOML string, which is as JSON has it.
fn toml_string(path: &Path) -> Result<String> {
    let path = path.to_str().with_context(|| format!("{} is no text", path.display()))?;
    Ok(Value::from(path).to_string())
}
