//! The demonstration: what happens when a folder is guarded.

mod place;
pub mod programs;
mod stage;
mod story;

use crate::driver;
use anyhow::{Context, Result};
use place::Place;
use stage::Stage;
use std::process::Command;

/// Builds everything, tells the story, and says whether each expected outcome happened.
///
/// # Errors
///
/// Something could not be built or started.
pub fn run(stay: bool, without_mount: bool) -> Result<bool> {
    println!("Building fileguard.sys and the tools ...");
    let driver = driver::build()?;
    let tools = build_tools()?;
    let place = Place::make()?;
    println!("The folder is {}", place.root.display());

    let reason = if without_mount { Some("as asked for".to_owned()) } else { why_no_mount() };
    let stage = match reason {
        None => Stage::mounted(&driver, &tools, &place)?,
        Some(reason) => {
            println!("No mount ({reason}): the same story through fltsim's own API.");
            Stage::in_process(&driver, &tools, &place)?
        }
    };
    let mut outcome = story::tell(&stage, &place)?;
    if stay && stage.is_mounted() {
        stage.explain_stay();
        stage.wait();
    }
    outcome.extend(stage.end()?);
    let failed = outcome.iter().filter(|check| !check.happened).count();
    println!();
    if failed == 0 {
        println!("All {} expected outcomes happened.", outcome.len());
    } else {
        println!("{failed} of {} expected outcomes did not happen:", outcome.len());
        for check in outcome.iter().filter(|check| !check.happened) {
            println!("  {}", check.what);
        }
    }
    if !stay {
        print_next_steps();
    }
    Ok(failed == 0)
}

/// An outcome that was expected.
pub struct Check {
    what: String,
    happened: bool,
}

/// The programs that the story uses.
pub struct Tools {
    fltsim: std::path::PathBuf,
    fileguardctl: std::path::PathBuf,
}

fn build_tools() -> Result<Tools> {
    let root = driver::repository();
    let folder = root.join("target");
    driver::run(
        Command::new(driver::cargo())
            .current_dir(&root)
            .args([
                "build",
                "--quiet",
                "--profile",
                "tools",
                "--package",
                "fltsim",
                "--package",
                "fileguardctl",
                "--bins",
            ])
            .arg("--target-dir")
            .arg(&folder),
    )?;
    Ok(Tools { fltsim: folder.join("tools/fltsim"), fileguardctl: folder.join("tools/fileguardctl") })
}

/// Why this machine cannot mount, if it cannot.
fn why_no_mount() -> Option<String> {
    let device = std::path::Path::new("/dev/fuse");
    if !device.exists() {
        return Some("there is no /dev/fuse on this machine".to_owned());
    }
    std::fs::OpenOptions::new()
        .read(true)
        .write(true)
        .open(device)
        .with_context(|| "/dev/fuse cannot be opened")
        .err()
        .map(|error| format!("{error:#}"))
}

fn print_next_steps() {
    println!(
        "
What to try next:
  cargo demo -- --stay                 the same, and the folder stays mounted for you to use
  edit examples/policies/*.toml        what fileguard does is a page of TOML
  target/tools/fileguardctl policy check FILE
  target/tools/fltsim imports target/driver/fileguard.sys
  target/tools/fltsim mount --help     mount a folder through any minifilter's .sys
  README.md                            how to write a filter of your own in a page"
    );
}
