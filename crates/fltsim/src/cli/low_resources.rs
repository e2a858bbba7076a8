//! `fltsim low-resources`.

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context;
use fltsim::inf::driver_service;
use fltsim::low_resources::{Simulation, exercise};
use fltsim::machine::{ImageSource, LoadRequest};

use super::{FAILURE, Failure, assignment};

/// Arguments of `fltsim low-resources`.
#[derive(clap::Args)]
#[command(
    after_help = "The driver is loaded once for each call that can fail (an allocation, a context, a name, a message): the \
    call fails, a program does everything that programs do with files in memory, and the driver is unloaded. \
    Exit code 1 says that something went wrong.\n\n\
    Example:\n  fltsim low-resources fileguard.sys --name a.exe --name a.key"
)]
pub struct Arguments {
    /// The driver
    #[arg(value_name = "DRIVER.sys")]
    driver: PathBuf,
    /// The driver's INF, if it does not lie beside it
    #[arg(long, value_name = "FILE")]
    inf: Option<PathBuf>,
    /// Altitude of the default instance
    #[arg(long)]
    altitude: Option<String>,
    /// A value of the driver's Parameters key; a number is a DWORD where the INF says nothing else
    #[arg(long = "param", value_name = "NAME=VALUE", value_parser = assignment)]
    parameters: Vec<(String, String)>,
    /// A file that the program uses, which the driver may do something about; may be given several times
    #[arg(long = "name", value_name = "NAME", default_value = "file.txt")]
    names: Vec<String>,
    /// Seconds after which a run hangs
    #[arg(long, default_value_t = 60, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    limit: u64,
    /// Says each call that failed, and from where
    #[arg(long, short)]
    verbose: bool,
}

/// Runs the driver; 1 if something went wrong.
pub fn run(arguments: &Arguments) -> Result<u8, Failure> {
    let (inf, altitude) = (arguments.inf.as_deref(), arguments.altitude.as_deref());
    let service = driver_service(&arguments.driver, inf, altitude, &arguments.parameters).map_err(Failure::usage)?;
    let name = service.name.clone();
    let request = LoadRequest { image: ImageSource::File(arguments.driver.clone()), service };
    let names = arguments.names.clone();
    let outcome = Simulation::new(request, move |machine, volume| {
        exercise(machine, volume, &names.iter().map(String::as_str).collect::<Vec<_>>());
    })
    .limit(Duration::from_secs(arguments.limit))
    .run()
    .with_context(|| format!("the driver {name} is not loaded"))?;

    let mut out = io::stdout().lock();
    if arguments.verbose {
        for failed in &outcome.failed {
            writeln!(out, "{failed}")?;
        }
    }
    for finding in &outcome.findings {
        writeln!(out, "\n{finding}")?;
    }
    writeln!(out, "{} calls failed, {} findings", outcome.failed.len(), outcome.findings.len())?;
    Ok(if outcome.findings.is_empty() { 0 } else { FAILURE })
}
