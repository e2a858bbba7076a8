//! A copy of wdk-build that runs on Linux, with as little changed as that takes.

use super::folder::{Edit, edited};
use crate::driver::{cargo, put};
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What is changed: the `windows` crate, which does not build on other hosts, and what needs it or refuses them.
const EDITS: [(&str, &[Edit]); 3] = [
    (
        "Cargo.toml",
        &[Edit { from: "[dependencies.windows]", to: "[target.\"cfg(windows)\".dependencies.windows]", times: 1 }],
    ),
    (
        "src/lib.rs",
        &[
            Edit { from: "pub mod cargo_make;", to: "#[cfg(windows)]\npub mod cargo_make;", times: 1 },
            Edit {
                from: "\nmod utils;",
                to: "\n#[cfg_attr(not(windows), allow(dead_code, unused_imports))]\nmod utils;",
                times: 1,
            },
        ],
    ),
    (
        "src/utils.rs",
        &[
            Edit { from: "\nuse windows::{", to: "\n#[cfg(windows)]\nuse windows::{", times: 1 },
            Edit {
                from: "    if let Some(path) = read_registry_key_string_value(",
                to: "    #[cfg(windows)]\n    if let Some(path) = read_registry_key_string_value(",
                times: 2,
            },
            Edit {
                from: "\nfn read_registry_key_string_value(",
                to: "\n#[cfg(windows)]\nfn read_registry_key_string_value(",
                times: 1,
            },
            Edit { from: "    compile_error!(", to: "    panic!(", times: 2 },
        ],
    ),
];

/// Copies wdk-build from cargo's registry to `to`, and changes it. Returns `to`.
///
/// # Errors
///
/// The crate cannot be had, or it is another version than the changes are for.
pub fn make(to: &Path, root: &Path) -> Result<PathBuf> {
    let from = source(root)?;
    copy(&from, to)?;
    for (file, edits) in EDITS {
        let from = from.join(file);
        let text = fs::read_to_string(&from).with_context(|| format!("cannot read {}", from.display()))?;
        let text = edited(&text, edits)
            .with_context(|| format!("{} is not the one that the check knows how to change", from.display()))?;
        put(text.as_bytes(), to.join(file))?;
    }
    Ok(to.to_owned())
}

/// Where cargo keeps the crate, which it downloads if it has to.
fn source(root: &Path) -> Result<PathBuf> {
    let metadata = Command::new(cargo())
        .current_dir(root)
        .args(["metadata", "--quiet", "--format-version", "1", "--locked"])
        .stderr(std::process::Stdio::inherit())
        .output()
        .context("cannot run cargo")?;
    if !metadata.status.success() {
        bail!("cargo metadata failed ({}); what it says is above", metadata.status);
    }
    let metadata: Value = serde_json::from_slice(&metadata.stdout).context("cargo metadata is not JSON")?;
    let manifest = metadata["packages"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|package| package["name"] == "wdk-build")
        .and_then(|package| package["manifest_path"].as_str())
        .context("wdk-build is not among the packages of the workspace")?;
    Ok(Path::new(manifest).parent().context("the manifest of wdk-build is in no folder")?.to_owned())
}

/// Copies what the changes do not replace.
fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to).with_context(|| format!("cannot make {}", to.display()))?;
    for entry in fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))? {
        let path = entry?.path();
        let to = to.join(path.file_name().context("an entry without a name")?);
        if path.is_dir() {
            copy(&path, &to)?;
        } else if !EDITS.iter().any(|(file, _)| path.ends_with(file)) {
            put(&fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?, to)?;
        }
    }
    Ok(())
}
