//! The command line.

mod fltmc;
mod imports;
mod log;
mod low_resources;
mod mount;

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Something failed.
const FAILURE: u8 = 1;
/// What was asked for makes no sense; clap uses the same code.
const USAGE: u8 = 2;
/// A driver crashed.
const CRASHED: u8 = 3;

/// The Windows Filter Manager in user mode: runs a minifilter's .sys on real files, without Windows.
#[derive(Parser)]
#[command(
    version,
    max_term_width = 100,
    after_help = "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 a driver crashed.\n\
    RUST_LOG=fltsim=debug shows more of what happens."
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Mount a folder so that all file I/O below the mount point passes minifilters
    Mount(mount::Arguments),
    /// List what a driver imports and whether fltsim serves it
    Imports(imports::Arguments),
    /// Have each call of a driver fail once, and see whether it crashes, hangs, breaks a rule or leaks
    LowResources(low_resources::Arguments),
    /// Look at and control a running machine, as fltmc does on Windows
    Fltmc(fltmc::Arguments),
}

/// Where the socket of a machine is.
#[derive(clap::Args)]
struct MachineArgument {
    /// Directory of the machine's socket [default: $FLTSIM_DIR, else $XDG_RUNTIME_DIR/fltsim, else /tmp/fltsim-UID]
    #[arg(long, value_name = "DIR")]
    machine: Option<PathBuf>,
}

/// Parses `NAME=VALUE`.
fn assignment(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("write NAME=VALUE".to_owned()),
    }
}

/// Runs the program.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    log::start();
    let result = match cli.command {
        Command::Mount(arguments) => mount::run(&arguments),
        Command::Imports(arguments) => imports::run(&arguments),
        Command::LowResources(arguments) => low_resources::run(&arguments),
        Command::Fltmc(arguments) => fltmc::run(&arguments).map(|()| 0),
    };
    match result {
        Ok(code) => ExitCode::from(code),
        // Whoever read the output has enough of it, which is no failure.
        Err(failure) if is_broken_pipe(&failure.error) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("fltsim: {:#}", failure.error);
            ExitCode::from(failure.code)
        }
    }
}

/// Whether the output could not be written because its reader is gone.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

/// An error and the exit code it ends the program with.
struct Failure {
    code: u8,
    error: anyhow::Error,
}

impl Failure {
    /// What was asked for makes no sense.
    fn usage(error: impl Into<anyhow::Error>) -> Self {
        Self { code: USAGE, error: error.into() }
    }
}

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self { code: FAILURE, error: error.into() }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_contradicts_itself_nowhere() {
        super::Cli::command().debug_assert();
    }

    #[test]
    fn assignments_need_a_name() {
        assert_eq!(super::assignment("a=b=c"), Ok(("a".into(), "b=c".into())));
        assert!(super::assignment("=b").is_err());
        assert!(super::assignment("a").is_err());
    }
}
