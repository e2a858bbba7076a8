//! The client of the fileguard driver: it watches what the driver sees, gives it its policy, and answers what it asks.
//!
//! The program `fileguardctl` is [`main`]. What else is public is what another program needs that speaks to the driver:
//! one method for each request ([`Driver`]), the records of events ([`Events`]), the built-in service behind `ask`
//! ([`SignatureService`]) with
//! the file that it refuses ([`eicar`]), and what drive letters in policies stand for ([`drives`]).

mod answer;
mod arguments;
mod driver;
pub mod drives;
mod policy;
mod status;
mod text;
mod watch;

pub use answer::{SignatureService, eicar};
pub use driver::Driver;
pub use watch::Events;

use std::io::{self, Write as _};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context as _;
use clap::{CommandFactory as _, Parser as _};

use crate::arguments::{Arguments, Command, PolicyCommand};

/// Whether the user wants this to end.
static ENDING: AtomicBool = AtomicBool::new(false);

/// Makes interrupting the program end it in order: loops ask [`is_ending`].
fn end_in_order() -> anyhow::Result<()> {
    ctrlc::set_handler(|| {
        if ENDING.swap(true, Ordering::Relaxed) {
            // Asked twice: something hangs.
            std::process::exit(130);
        }
    })
    .context("cannot be told of interruptions")
}

fn is_ending() -> bool {
    ENDING.load(Ordering::Relaxed)
}

/// Runs the program, and gives its exit code: 0 when what was asked for was done, 1 when it failed or was refused. A
/// command line that is wrong ends the process with 2.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    arguments.color.write_global();
    match run(&arguments) {
        Ok(code) => code,
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            let red = anstyle::AnsiColor::Red.on_default().bold();
            anstream::eprintln!("{red}error{red:#}: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let system = || arguments.system();
    match &arguments.command {
        Command::Watch(options) => watch::watch(&system()?, options)?,
        Command::Policy(PolicyCommand::Check { file }) => return policy::check(file),
        Command::Policy(PolicyCommand::Load { file }) => return policy::load(&system()?, file),
        Command::Policy(PolicyCommand::Show) => policy::show(&system()?)?,
        Command::Status { json } => status::status(&system()?, *json)?,
        Command::Answer(options) => answer::answer(&system()?, options)?,
        Command::Completions { shell } => {
            // Generated first and written then, because the generator panics when the writing fails.
            let mut script = Vec::new();
            clap_complete::generate(*shell, &mut Arguments::command(), "fileguardctl", &mut script);
            io::stdout().write_all(&script)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Whether whoever read the output has enough of it, which is no failure.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .any(|cause| cause.kind() == io::ErrorKind::BrokenPipe)
}
