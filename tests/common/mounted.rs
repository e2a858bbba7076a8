//! A folder mounted through fileguard.sys, for programs to use.

use super::{DRIVER, Mode, compiled, image, load_message, service};
use fileguard_protocol::{Hello, PORT_NAME, Role};
use fltsim::flt::volume::Volume;
use fltsim::fs::DirectoryStore;
use fltsim::io::VolumeConfig;
use fltsim::machine::{LoadRequest, Machine};
use fltsim::mount::Mount;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::Arc;

/// A folder mounted through fileguard.sys.
pub struct Mounted {
    pub machine: Arc<Machine>,
    mount: Option<Mount>,
    pub root: tempfile::TempDir,
    pub point: tempfile::TempDir,
}

impl Mounted {
    /// Mounts; `None`, with a word about it, where this machine cannot.
    pub fn start(policy: Option<&str>) -> Option<Self> {
        if let Err(error) = fs::OpenOptions::new().read(true).write(true).open("/dev/fuse") {
            println!("left out: /dev/fuse cannot be opened on this machine: {error}");
            return None;
        }
        let root = tempfile::tempdir().expect("a folder");
        let point = tempfile::tempdir().expect("a mount point");
        let machine = Machine::new();
        let volume: Arc<Volume> = machine.add_volume(VolumeConfig {
            name: "mounted".to_owned(),
            store: Box::new(DirectoryStore::new(root.path()).expect("a usable folder")),
            device_name: None,
        });
        machine
            .load(&LoadRequest { image: image(Mode::Image), service: service() })
            .unwrap_or_else(|error| panic!("{} does not load: {error}", DRIVER.image.display()));
        let mount = Mount::start(Arc::clone(&machine), volume, point.path()).unwrap_or_else(|error| panic!("{error}"));
        let mounted = Self { machine, mount: Some(mount), root, point };
        if let Some(policy) = policy {
            mounted.policy(policy);
        }
        Some(mounted)
    }

    pub fn policy(&self, source: &str) {
        let client = self.machine.processes().named(0x0100_0000, r"\Device\HarddiskVolume1\fileguardctl");
        let control = self
            .machine
            .connect_port(&client, PORT_NAME, &Hello { role: Role::Control }.encode())
            .unwrap_or_else(|status| panic!("the client cannot connect: {status}"));
        let message = load_message(&compiled(source));
        control.send(&message, &mut [0; 64]).unwrap_or_else(|status| panic!("the policy is refused: {status}"));
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.point.path().join(name)
    }

    pub fn below(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    pub fn shell(&self, line: &str) -> Output {
        Command::new("sh")
            .args(["-ec", line])
            .current_dir(self.point.path())
            .env("LC_ALL", "C")
            .envs([("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_SYSTEM", "/dev/null")])
            .envs([("GIT_AUTHOR_NAME", "test"), ("GIT_AUTHOR_EMAIL", "test@example.com")])
            .envs([("GIT_COMMITTER_NAME", "test"), ("GIT_COMMITTER_EMAIL", "test@example.com")])
            .output()
            .expect("sh runs")
    }

    pub fn run(&self, line: &str) -> String {
        let output = self.shell(line);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success(),
            "{line}: {}\n{said}{}",
            output.status,
            String::from_utf8_lossy(&output.stdout)
        );
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        drop(self.mount.take());
        if std::thread::panicking() {
            return;
        }
        assert!(self.machine.crash().is_none(), "{}", self.machine.crash().expect("a report"));
        if self.machine.filter("fileguard").is_some() {
            self.machine.unload("fileguard").unwrap_or_else(|error| panic!("{error}"));
        }
        let reports: Vec<String> = self.machine.reports().iter().map(ToString::to_string).collect();
        assert!(reports.is_empty(), "the driver left something behind:\n{}", reports.join("\n"));
        self.machine.shutdown();
    }
}
