//! The folder of the demonstration, with real files in it.

use anyhow::{Context, Result};
use std::fs;
use std::path::PathBuf;

/// Where everything is.
pub struct Place {
    /// The guarded folder, as it lies underneath.
    pub root: PathBuf,
    /// Where it is mounted.
    pub mountpoint: PathBuf,
    /// Where the machine's socket is.
    pub machine: PathBuf,
    /// The policy.
    pub policy: PathBuf,
    /// What the watching client wrote.
    pub events: PathBuf,
    /// A tree outside of the folder, to copy from.
    pub source: PathBuf,
    _folder: tempfile::TempDir,
}

/// The policy of the story.
pub const POLICY: &str = include_str!("../../../../examples/policies/demo.toml");

/// The EICAR test string, in two halves, so that no scanner takes this program for an infected one.
const EICAR: [&str; 2] = [r"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-", "ANTIVIRUS-TEST-FILE!$H+H*"];

impl Place {
    /// Makes the folder.
    ///
    /// # Errors
    ///
    /// A file cannot be written.
    pub fn make() -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("fileguard-demo-").tempdir().context("cannot make a folder")?;
        let path = |name: &str| folder.path().join(name);
        for name in ["folder/vault", "folder/downloads", "folder/project", "mount", "machine", "source/pages"] {
            fs::create_dir_all(path(name)).with_context(|| format!("cannot make {name}"))?;
        }
        let mut files = vec![
            ("folder/vault/plan.txt".to_owned(), "the plan, as it was\n".to_owned()),
            ("folder/vault/master.key".to_owned(), "0123456789\n".to_owned()),
            ("folder/downloads/letter.txt".to_owned(), "a harmless letter\n".to_owned()),
            ("folder/downloads/invoice.exe".to_owned(), EICAR.concat()),
            ("folder/project/app.log".to_owned(), "started\n".to_owned()),
            ("policy.toml".to_owned(), POLICY.to_owned()),
        ];
        files.extend(
            (0..200).map(|page| (format!("source/pages/{page:03}.txt"), format!("page {page}\n").repeat(page + 1))),
        );
        for (name, content) in files {
            fs::write(path(&name), content).with_context(|| format!("cannot write {name}"))?;
        }
        Ok(Self {
            root: path("folder"),
            mountpoint: path("mount"),
            machine: path("machine"),
            policy: path("policy.toml"),
            events: path("events.jsonl"),
            source: path("source"),
            _folder: folder,
        })
    }
}
