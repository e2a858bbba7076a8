//! The command line, and what it starts.

use clap::{Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

/// Builds fileguard.sys and its tools, mounts a folder through it, and runs real programs on the mount.
#[derive(Parser)]
#[command(name = "cargo demo")]
struct Arguments {
    /// Leaves the folder mounted, and says how to use and how to end it
    #[arg(long)]
    stay: bool,
    /// Tells the story through fltsim's own API, as it is done where /dev/fuse cannot be opened
    #[arg(long)]
    without_mount: bool,
    #[command(subcommand)]
    program: Option<Program>,
}

/// Programs of the story that no machine has ready.
#[derive(Subcommand)]
enum Program {
    /// Maps a file into memory, changes it there, and flushes it
    #[command(hide = true)]
    Map {
        /// The file
        file: PathBuf,
    },
    /// Appends lines to a file from several threads
    #[command(hide = true)]
    Append {
        /// The file
        file: PathBuf,
    },
}

pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let result = match arguments.program {
        Some(Program::Map { file }) => xtask::demo::programs::map(&file).map(|()| true),
        Some(Program::Append { file }) => xtask::demo::programs::append(&file).map(|()| true),
        None => xtask::demo::run(arguments.stay, arguments.without_mount),
    };
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("demo: {error:#}");
            ExitCode::FAILURE
        }
    }
}
