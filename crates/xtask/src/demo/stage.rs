//! What runs while the story is told: the machine, and the client's three programs beside it.

use super::place::Place;
use super::{Check, Tools};
use crate::driver::Driver;
use anyhow::{Context, Result, bail};
use fltsim::control::ControlServer;
use fltsim::flt::volume::Volume;
use fltsim::fs::DirectoryStore;
use fltsim::inf::Inf;
use fltsim::io::VolumeConfig;
use fltsim::machine::{ImageSource, LoadRequest, Machine};
use std::fs::File;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How long anything may take to start or to end.
const PATIENCE: Duration = Duration::from_secs(30);

/// The running machine.
enum Host {
    /// `fltsim mount`, a program of its own.
    Mounted(Child),
    /// A machine in this process, where nothing can be mounted.
    InProcess { machine: Arc<Machine>, volume: Arc<Volume>, _server: ControlServer },
}

/// The machine with fileguard on it, the service behind `ask`, and the watching client.
pub struct Stage {
    host: Host,
    answer: Child,
    watch: Child,
    fileguardctl: PathBuf,
    machine: PathBuf,
    mountpoint: PathBuf,
}

impl Stage {
    /// Mounts the folder through `fltsim mount`, and starts the client.
    ///
    /// # Errors
    ///
    /// A program does not start; what it says is on standard error.
    pub fn mounted(driver: &Driver, tools: &Tools, place: &Place) -> Result<Self> {
        let mut child = Command::new(&tools.fltsim)
            .arg("mount")
            .arg(&driver.image)
            .arg(&place.root)
            .arg(&place.mountpoint)
            .arg("--inf")
            .arg(&driver.inf)
            .arg("--machine")
            .arg(&place.machine)
            .stdout(Stdio::null())
            // Ctrl-C is for this program, which ends the others in their order.
            .process_group(0)
            .spawn()
            .context("cannot start fltsim")?;
        println!("Mounted through fileguard.sys on {}", place.mountpoint.display());
        wait_for("fltsim mounts the folder", || {
            if let Some(status) = child.try_wait()? {
                bail!("fltsim ended ({status}); what it says is above");
            }
            Ok(place.machine.join("machine.sock").exists() && place.mountpoint.join("vault").exists())
        })?;
        Self::with_client(Host::Mounted(child), tools, place)
    }

    /// Runs the machine in this process, and starts the client.
    ///
    /// # Errors
    ///
    /// The driver does not load, or a program does not start.
    pub fn in_process(driver: &Driver, tools: &Tools, place: &Place) -> Result<Self> {
        let machine = Machine::new();
        let volume = machine.add_volume(VolumeConfig {
            name: place.root.display().to_string(),
            store: Box::new(DirectoryStore::new(&place.root).context("the folder cannot be used")?),
            device_name: None,
        });
        let service = Inf::read(&driver.inf)?.service()?;
        machine.load(&LoadRequest { image: ImageSource::File(driver.image.clone()), service })?;
        let server = ControlServer::start(&machine, &place.machine)?;
        Self::with_client(Host::InProcess { machine, volume, _server: server }, tools, place)
    }

    fn with_client(host: Host, tools: &Tools, place: &Place) -> Result<Self> {
        let control = |arguments: &[&str]| {
            let mut command = Command::new(&tools.fileguardctl);
            command.arg("--machine").arg(&place.machine).args(arguments).process_group(0);
            command
        };
        let policy = place.policy.display().to_string();
        print!("{}", text(&control(&["policy", "load", &policy]).output().context("cannot start fileguardctl")?)?);
        let answer = control(&["answer"]).stdout(Stdio::null()).spawn().context("cannot start fileguardctl answer")?;
        let events = File::create(&place.events).context("cannot write the events")?;
        let watch = control(&["watch", "--json"]).stdout(events).spawn().context("cannot start fileguardctl watch")?;
        let stage = Self {
            host,
            answer,
            watch,
            fileguardctl: tools.fileguardctl.clone(),
            machine: place.machine.clone(),
            mountpoint: place.mountpoint.clone(),
        };
        wait_for("the client connects", || {
            let status: serde_json::Value = serde_json::from_str(&stage.control(&["status", "--json"])?)?;
            Ok(status["answerers"].as_u64() == Some(1) && status["connections"].as_u64() >= Some(2))
        })?;
        Ok(stage)
    }

    /// Whether programs of this machine can use the folder.
    pub fn is_mounted(&self) -> bool {
        matches!(self.host, Host::Mounted(_))
    }

    /// The volume, where it is in this process.
    pub fn volume(&self) -> Option<(&Arc<Machine>, &Arc<Volume>)> {
        match &self.host {
            Host::Mounted(_) => None,
            Host::InProcess { machine, volume, .. } => Some((machine, volume)),
        }
    }

    /// What fileguardctl says to these arguments.
    ///
    /// # Errors
    ///
    /// It fails; what it says is in the error.
    pub fn control(&self, arguments: &[&str]) -> Result<String> {
        let output = Command::new(&self.fileguardctl)
            .arg("--machine")
            .arg(&self.machine)
            .args(arguments)
            .output()
            .context("cannot start fileguardctl")?;
        text(&output)
    }

    /// Says how the mount is used and ended.
    pub fn explain_stay(&self) {
        let control = format!("{} --machine {}", self.fileguardctl.display(), self.machine.display());
        println!(
            "\nThe folder stays mounted on {}\n  watch it:      {control} watch\n  its state:     {control} status\n  \
             other rules:   {control} policy load FILE\n  end it:        Ctrl-C here, or close this terminal",
            self.mountpoint.display()
        );
    }

    /// Waits until Ctrl-C, or until the mount is ended by somebody else.
    pub fn wait(&self) {
        let Host::Mounted(child) = &self.host else { return };
        let stopped = Arc::new(std::sync::atomic::AtomicBool::new(false));
        for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM, signal_hook::consts::SIGHUP] {
            if signal_hook::flag::register(signal, Arc::clone(&stopped)).is_err() {
                return;
            }
        }
        let process = PathBuf::from(format!("/proc/{}/cwd", child.id()));
        while !stopped.load(std::sync::atomic::Ordering::Relaxed) && process.exists() {
            sleep(Duration::from_millis(200));
        }
    }

    /// Ends everything, and says whether it ended well.
    ///
    /// # Errors
    ///
    /// A program cannot be waited for.
    pub fn end(mut self) -> Result<Vec<Check>> {
        interrupt(&self.watch);
        interrupt(&self.answer);
        let watch = ended(&mut self.watch)?;
        let answer = ended(&mut self.answer)?;
        let host = match &mut self.host {
            Host::Mounted(child) => {
                interrupt(child);
                ended(child)?
            }
            Host::InProcess { machine, .. } => {
                let unloaded = machine.unload("fileguard").is_ok() && machine.reports().is_empty();
                machine.shutdown();
                unloaded
            }
        };
        Ok(vec![
            Check { what: "the watching client ends cleanly".to_owned(), happened: watch },
            Check { what: "the answering service ends cleanly".to_owned(), happened: answer },
            Check { what: "the driver unloads, and the machine ends cleanly".to_owned(), happened: host },
        ])
    }
}

impl Drop for Stage {
    /// Ends what an error left running.
    fn drop(&mut self) {
        for child in [&mut self.watch, &mut self.answer] {
            let _ = child.kill();
            let _ = child.wait();
        }
        if let Host::Mounted(child) = &mut self.host {
            interrupt(child);
            let _ = ended(child);
        }
    }
}

/// Asks a program to end, as Ctrl-C does.
#[expect(unsafe_code, reason = "the system's call is C")]
fn interrupt(child: &Child) {
    let Ok(process) = i32::try_from(child.id()) else { return };
    // SAFETY: the child has not been waited for, so its id is still its own; the call touches no memory.
    unsafe { libc::kill(process, libc::SIGINT) };
}

/// Whether the program ended by itself, and with success.
fn ended(child: &mut Child) -> Result<bool> {
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        if let Some(status) = child.try_wait()? {
            return Ok(status.success());
        }
        sleep(Duration::from_millis(20));
    }
    child.kill()?;
    child.wait()?;
    Ok(false)
}

fn wait_for(what: &str, mut happened: impl FnMut() -> Result<bool>) -> Result<()> {
    let deadline = Instant::now() + PATIENCE;
    while !happened()? {
        if Instant::now() > deadline {
            bail!("waited {} seconds for this, in vain: {what}", PATIENCE.as_secs());
        }
        sleep(Duration::from_millis(20));
    }
    Ok(())
}

fn text(output: &Output) -> Result<String> {
    if !output.status.success() {
        bail!("fileguardctl failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
