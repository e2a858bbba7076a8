//! `fltsim mount`.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use anyhow::{Context, anyhow};
use fltsim::config::ServiceConfig;
use fltsim::control::ControlServer;
use fltsim::fs::DirectoryStore;
use fltsim::inf::driver_service;
use fltsim::io::{Volume, VolumeConfig};
use fltsim::machine::{ImageSource, LoadRequest, Machine};
use fltsim::mount::{Mount, MountError};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use super::{CRASHED, Failure, MachineArgument, assignment};

/// Arguments of `fltsim mount`.
#[derive(clap::Args)]
#[command(
    override_usage = "fltsim mount [OPTIONS] [DRIVER.sys]... ROOT MOUNTPOINT",
    after_help = "The drivers may be given in any order: they are stacked by altitude, the highest first.\n\
    Altitude, instances and parameters are those of the INF that lies beside the driver (NAME.inf or NAME.inx),\n\
    of the one given with --inf, or the ones given by hand.\n\n\
    Example:\n  fltsim mount fileguard.sys ~/project /mnt/guarded --inf fileguard.inx"
)]
pub struct Arguments {
    /// The drivers, then the folder whose files it is about, then the directory to mount it on
    #[arg(required = true, num_args = 2.., value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// A driver's INF: for the driver of the same name, else for the drivers in their order
    #[arg(long, value_name = "FILE")]
    inf: Vec<PathBuf>,
    /// Altitude of the default instance; once for each driver, in their order
    #[arg(long)]
    altitude: Vec<String>,
    /// A value of the drivers' Parameters keys; a number is a DWORD where the INF says nothing else
    #[arg(long = "param", value_name = "NAME=VALUE", value_parser = assignment)]
    parameters: Vec<(String, String)>,
    #[command(flatten)]
    machine: MachineArgument,
}

/// Why the mount is to end.
enum End {
    Signal,
    Crash,
}

/// Mounts, waits, unmounts.
pub fn run(arguments: &Arguments) -> Result<u8, Failure> {
    let [drivers @ .., root, mountpoint] = arguments.paths.as_slice() else {
        return Err(Failure::usage(anyhow!("a folder and a mount point are needed")));
    };
    let root = check_root(root, mountpoint)?;
    let services = services(arguments, drivers)?;

    let (sender, ends) = mpsc::channel();
    watch_signals(sender.clone())?;
    let machine = Machine::new();
    machine.on_crash(move |_| {
        // The receiver is gone only when the program is ending anyway.
        let _ = sender.send(End::Crash);
    });

    let outcome = serve(arguments, &machine, &root, mountpoint, drivers.iter().zip(services), &ends);
    if let Some(report) = machine.crash() {
        eprintln!("\n{report}");
        return Ok(CRASHED);
    }
    machine.shutdown();
    outcome.map(|()| 0)
}

/// Loads the drivers, mounts the volume and serves both until the end is asked for.
fn serve<'a>(
    arguments: &Arguments,
    machine: &Arc<Machine>,
    root: &Path,
    mountpoint: &Path,
    drivers: impl Iterator<Item = (&'a PathBuf, ServiceConfig)>,
    ends: &mpsc::Receiver<End>,
) -> Result<(), Failure> {
    let store = DirectoryStore::new(root).with_context(|| format!("{}: the folder cannot be used", root.display()))?;
    let volume = machine.add_volume(VolumeConfig {
        name: root.display().to_string(),
        store: Box::new(store),
        device_name: None,
    });
    let mut loaded = Vec::new();
    for (driver, service) in drivers {
        let name = service.name.clone();
        let request = LoadRequest { image: ImageSource::File(driver.clone()), service };
        machine.load(&request).with_context(|| format!("the driver {name} is not loaded"))?;
        loaded.push(name);
    }
    let directory = arguments.machine.machine.clone().unwrap_or_else(fltsim_wire::default_directory);
    let server = ControlServer::start(machine, &directory)?;
    let mount = Mount::start(Arc::clone(machine), Arc::clone(&volume), mountpoint).map_err(mount_failure)?;

    // A reader who has enough of this does not end the mount.
    let _ = introduce(root, &mount, &volume, &server);
    for name in &loaded {
        if !volume.instances().iter().any(|instance| instance.filter().name().eq_ignore_ascii_case(name)) {
            eprintln!(
                "fltsim: {name} is loaded, but has no instance on the volume and sees nothing: its altitude may be \
                 taken, it may have refused to attach, or its INF says that it attaches by hand only"
            );
        }
    }

    let end = loop {
        match ends.recv_timeout(Duration::from_millis(250)) {
            Ok(end) => break Some(end),
            Err(RecvTimeoutError::Timeout) if !mount.has_ended() => {}
            Err(_) => break None,
        }
    };
    match end {
        Some(End::Signal) => eprintln!("fltsim: unmounting {}", mount.mountpoint().display()),
        Some(End::Crash) => eprintln!("fltsim: a driver crashed, unmounting {}", mount.mountpoint().display()),
        None => eprintln!("fltsim: {} was unmounted", mount.mountpoint().display()),
    }
    drop(mount);
    drop(server);
    Ok(())
}

/// Says what is mounted, through which drivers, and how to go on.
fn introduce(root: &Path, mount: &Mount, volume: &Volume, server: &ControlServer) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{} is mounted on {}", root.display(), mount.mountpoint().display())?;
    for instance in volume.instances() {
        let (filter, altitude) = (instance.filter(), instance.altitude());
        writeln!(out, "  {} at altitude {} ({})", filter.name(), altitude.as_str(), instance.name())?;
    }
    writeln!(out, "The machine is reached through {}", server.socket().display())?;
    writeln!(out, "End with Ctrl-C, or by: kill {}", std::process::id())
}

fn mount_failure(error: MountError) -> Failure {
    match error {
        MountError::NotFound(_) | MountError::NotADirectory(_) | MountError::InUse(_) | MountError::Stale(_) => {
            Failure::usage(error)
        }
        _ => error.into(),
    }
}

/// The folder exists, and neither it nor the mount point is below the other.
fn check_root(root: &Path, mountpoint: &Path) -> Result<PathBuf, Failure> {
    let usage = |message: String| Failure::usage(anyhow!(message));
    let canonical = root.canonicalize().map_err(|error| usage(format!("the folder {}: {error}", root.display())))?;
    if !canonical.is_dir() {
        return Err(usage(format!("{} is no folder: name one whose files are to be filtered", root.display())));
    }
    // Where the mount point does not exist, the mount says so.
    if let Ok(mountpoint) = mountpoint.canonicalize()
        && (mountpoint.starts_with(&canonical) || canonical.starts_with(&mountpoint))
    {
        return Err(usage(format!(
            "the folder {} and the mount point {} are one inside the other: name a mount point elsewhere",
            canonical.display(),
            mountpoint.display()
        )));
    }
    Ok(canonical)
}

/// The service of each driver.
fn services(arguments: &Arguments, drivers: &[PathBuf]) -> Result<Vec<ServiceConfig>, Failure> {
    if arguments.altitude.len() > drivers.len() {
        return Err(Failure::usage(anyhow!(
            "{} altitudes for {} drivers: give --altitude at most once for each",
            arguments.altitude.len(),
            drivers.len()
        )));
    }
    let infs = assign_infs(&arguments.inf, drivers)?;
    let mut services: Vec<ServiceConfig> = Vec::new();
    for (index, driver) in drivers.iter().enumerate() {
        let altitude = arguments.altitude.get(index).map(String::as_str);
        let service = driver_service(driver, infs[index], altitude, &arguments.parameters).map_err(Failure::usage)?;
        if services.iter().any(|other| other.name.eq_ignore_ascii_case(&service.name)) {
            return Err(Failure::usage(anyhow!("the driver {} is given twice", service.name)));
        }
        services.push(service);
    }
    Ok(services)
}

/// Which INF is which driver's: the one of its name, the others in order.
fn assign_infs<'a>(infs: &'a [PathBuf], drivers: &[PathBuf]) -> Result<Vec<Option<&'a Path>>, Failure> {
    let mut assigned = vec![None; drivers.len()];
    let mut others = Vec::new();
    for inf in infs {
        let named = drivers.iter().position(|driver| driver.file_stem() == inf.file_stem());
        match named {
            Some(index) if assigned[index].is_none() => assigned[index] = Some(inf.as_path()),
            _ => others.push(inf.as_path()),
        }
    }
    for inf in others {
        let Some(free) = assigned.iter_mut().find(|inf| inf.is_none()) else {
            return Err(Failure::usage(anyhow!("there is no driver for the INF {}", inf.display())));
        };
        *free = Some(inf);
    }
    Ok(assigned)
}

/// Sends the end when Ctrl-C or kill asks for it.
fn watch_signals(sender: mpsc::Sender<End>) -> Result<(), Failure> {
    let mut signals = signal_hook::iterator::Signals::new([SIGINT, SIGTERM, SIGHUP])?;
    std::thread::Builder::new().name("signals".into()).spawn(move || {
        for _ in signals.forever() {
            if sender.send(End::Signal).is_err() {
                return;
            }
        }
    })?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(names: &[&str]) -> Vec<PathBuf> {
        names.iter().map(PathBuf::from).collect()
    }

    #[test]
    fn an_inf_goes_to_the_driver_of_its_name_and_the_others_in_order() {
        let drivers = paths(&["a.sys", "b.sys", "c.sys"]);
        let infs = paths(&["x.inf", "d/b.inx"]);
        let assigned = assign_infs(&infs, &drivers).ok().unwrap();
        assert_eq!(assigned, [Some(Path::new("x.inf")), Some(Path::new("d/b.inx")), None]);
        assert!(assign_infs(&paths(&["x.inf", "y.inf"]), &paths(&["a.sys"])).is_err());
    }
}
