//! `fltsim fltmc`: what fltmc.exe does, for a running machine.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use clap::Subcommand;
use fltuser::System;
use serde_json::json;

use super::{Failure, MachineArgument, assignment};

/// Arguments of `fltsim fltmc`.
#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    machine: MachineArgument,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// List the loaded filters
    Filters {
        /// One JSON object a line
        #[arg(long)]
        json: bool,
    },
    /// List the instances of all filters or of one
    Instances {
        /// Only this filter's
        #[arg(short, long)]
        filter: Option<String>,
        /// One JSON object a line
        #[arg(long)]
        json: bool,
    },
    /// List the volumes
    Volumes {
        /// One JSON object a line
        #[arg(long)]
        json: bool,
    },
    /// Load a filter: by name one that was loaded before, by file any
    Load {
        /// The filter's name, or its .sys
        #[arg(value_name = "NAME|DRIVER.sys")]
        filter: String,
        /// The driver's INF, when it does not lie beside it
        #[arg(long, value_name = "FILE")]
        inf: Option<PathBuf>,
        /// Altitude of the default instance, in place of the INF's
        #[arg(long)]
        altitude: Option<String>,
        /// A value of the service's Parameters key
        #[arg(long = "param", value_name = "NAME=VALUE", value_parser = assignment)]
        parameters: Vec<(String, String)>,
    },
    /// Unload a filter
    Unload {
        /// The filter's name
        filter: String,
    },
    /// Attach an instance of a filter to a volume
    Attach {
        /// The filter's name
        filter: String,
        /// The volume's name, such as \Device\HarddiskVolume2
        volume: String,
        /// The instance's name
        #[arg(short, long)]
        instance: Option<String>,
        /// The altitude to attach at
        #[arg(short, long)]
        altitude: Option<String>,
    },
    /// Detach an instance of a filter from a volume
    Detach {
        /// The filter's name
        filter: String,
        /// The volume's name, such as \Device\HarddiskVolume2
        volume: String,
        /// The instance's name
        instance: Option<String>,
    },
}

/// Runs one command.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let system = match &arguments.machine.machine {
        Some(directory) => System::at(directory),
        None => System::local()?,
    };
    match &arguments.command {
        Command::Filters { json } => filters(&system, *json)?,
        Command::Instances { filter, json } => instances(&system, filter.as_deref(), *json)?,
        Command::Volumes { json } => volumes(&system, *json)?,
        Command::Load { filter, inf, altitude, parameters } => {
            let given_by_hand = inf.is_some() || altitude.is_some() || !parameters.is_empty();
            let is_file =
                filter.contains('/') || Path::new(filter).extension().is_some_and(|extension| extension == "sys");
            if is_file {
                let inf = inf.as_deref().map(absolute).transpose()?;
                system.load_image(&absolute(Path::new(filter))?, inf.as_deref(), altitude.as_deref(), parameters)?;
            } else if given_by_hand {
                return Err(Failure::usage(anyhow::anyhow!(
                    "--inf, --altitude and --param are for loading a file: name the driver's .sys instead of {filter}"
                )));
            } else {
                system.load(filter)?;
            }
        }
        Command::Unload { filter } => system.unload(filter)?,
        Command::Attach { filter, volume, instance, altitude } => {
            let instance = system.attach(filter, volume, instance.as_deref(), altitude.as_deref())?;
            writeln!(io::stdout(), "Attached: {instance}")?;
        }
        Command::Detach { filter, volume, instance } => system.detach(filter, volume, instance.as_deref())?,
    }
    Ok(())
}

/// The machine has another working directory.
fn absolute(path: &Path) -> Result<PathBuf, Failure> {
    path.canonicalize().map_err(|error| anyhow::anyhow!("{}: {error}", path.display()).into())
}

fn filters(system: &System, json: bool) -> Result<(), Failure> {
    let filters = system.filters()?;
    let mut out = io::stdout().lock();
    if !json {
        writeln!(out, "{:<30}  {:>13}  {:>14}  {:>5}", "Filter Name", "Num Instances", "Altitude", "Frame")?;
        writeln!(out, "{}  {}  {}  {}", "-".repeat(30), "-".repeat(13), "-".repeat(14), "-".repeat(5))?;
    }
    for filter in filters {
        if json {
            writeln!(
                out,
                "{}",
                json!({ "name": filter.name, "instances": filter.instances, "altitude": filter.altitude,
                        "frame": filter.frame })
            )?;
        } else {
            writeln!(
                out,
                "{:<30}  {:>13}  {:>14}  {:>5}",
                filter.name, filter.instances, filter.altitude, filter.frame
            )?;
        }
    }
    Ok(())
}

fn instances(system: &System, filter: Option<&str>, json: bool) -> Result<(), Failure> {
    let instances = system.instances(filter)?;
    let mut out = io::stdout().lock();
    if !json {
        writeln!(
            out,
            "{:<20}  {:<30}  {:>14}  {:<24}  {:>5}",
            "Filter", "Volume Name", "Altitude", "Instance Name", "Frame"
        )?;
        let rule = [20, 30, 14, 24, 5].map(|width| "-".repeat(width)).join("  ");
        writeln!(out, "{rule}")?;
    }
    for instance in instances {
        if json {
            writeln!(
                out,
                "{}",
                json!({ "filter": instance.filter, "volume": instance.volume, "altitude": instance.altitude,
                        "name": instance.name, "frame": instance.frame })
            )?;
        } else {
            writeln!(
                out,
                "{:<20}  {:<30}  {:>14}  {:<24}  {:>5}",
                instance.filter, instance.volume, instance.altitude, instance.name, instance.frame
            )?;
        }
    }
    Ok(())
}

fn volumes(system: &System, json: bool) -> Result<(), Failure> {
    let volumes = system.volumes()?;
    let mut out = io::stdout().lock();
    if !json {
        writeln!(out, "{:<40}  {:<12}", "Volume Name", "FileSystem")?;
        writeln!(out, "{}  {}", "-".repeat(40), "-".repeat(12))?;
    }
    for volume in volumes {
        if json {
            writeln!(out, "{}", json!({ "name": volume.name, "filesystem": volume.filesystem }))?;
        } else {
            writeln!(out, "{:<40}  {:<12}", volume.name, volume.filesystem)?;
        }
    }
    Ok(())
}
