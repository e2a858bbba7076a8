//! The driver, for as long as scenarios run on it.

use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use std::{io, thread};

use anyhow::{Context as _, Result, anyhow, ensure};
use fileguard_policy::compile::{Options, compile, render};
use fileguard_protocol::{EventDetails, Role, Status};
use fileguardctl::{Driver, Events, SignatureService, drives};
use fltuser::System;

/// How long events may take to come.
const PATIENCE: Duration = Duration::from_secs(3);

/// How long the service may take to start; a machine under Driver Verifier is slow.
const PATIENCE_WITH_SERVICE: Duration = Duration::from_mins(1);

/// How long one request waits for events.
const WAIT: Duration = Duration::from_millis(100);

/// The room for one batch.
const ROOM: usize = 512 * 1024;

/// The driver, watched, with a policy that may be replaced. Dropping it puts the policy in force that was there before.
pub struct Guard {
    control: Driver,
    observer: Driver,
    before: String,
    program: String,
    service: Box<dyn Fn() -> Command + Send + Sync>,
}

/// The service behind `ask`, as long as it lives.
pub struct Service(Child);

/// An event of this program.
#[derive(Clone, Debug)]
pub struct Witnessed {
    /// All but the names.
    pub details: EventDetails,
    /// The name of the file.
    pub name: String,
    /// The new name of a rename or a hard link, or nothing.
    pub second: String,
}

impl Guard {
    /// Connects, begins to watch, and remembers the policy in force. `service` is a program that calls [`serve`], which
    /// has to be one of its own, since the driver asks the service about everybody else.
    ///
    /// # Errors
    ///
    /// The driver is not loaded, or another client watches.
    pub fn connect(system: &System, service: impl Fn() -> Command + Send + Sync + 'static) -> Result<Self> {
        let control = Driver::connect(system, Role::Control)?;
        let observer = Driver::connect(system, Role::Observer)?;
        let (before, _) = control.policy()?;
        Ok(Self { control, observer, before, program: program()?, service: Box::new(service) })
    }

    /// Puts a policy in force.
    ///
    /// # Errors
    ///
    /// It does not compile, or the driver refuses it.
    pub fn load(&self, policy: &str) -> Result<()> {
        let compiled = compile(policy, &Options { drives: Some(&drives::device) })
            .map_err(|remarks| anyhow!("the policy is wrong:\n{}", render(&remarks, policy, "policy", false)))?;
        self.control.load_policy(&compiled.blob)?;
        Ok(())
    }

    /// Puts the policy in force that was there before.
    ///
    /// # Errors
    ///
    /// The driver refuses it.
    pub fn restore(&self) -> Result<()> {
        self.load(&self.before).context("cannot put the earlier policy back in force")
    }

    /// The driver's counters.
    ///
    /// # Errors
    ///
    /// The driver is gone.
    pub fn status(&self) -> Result<Status> {
        self.control.status()
    }

    /// Starts the service behind `ask`, and waits until the driver knows it.
    ///
    /// # Errors
    ///
    /// It does not start.
    pub fn serve(&self) -> Result<Service> {
        let before = self.status()?.answerers.get();
        let mut child = (self.service)().stdin(Stdio::piped()).stdout(Stdio::null()).spawn();
        let service = child.as_mut().map_err(|error| anyhow!("the service behind `ask` does not start: {error}"))?;
        let deadline = Instant::now() + PATIENCE_WITH_SERVICE;
        while self.status()?.answerers.get() == before {
            let ended = service.try_wait().context("cannot look after the service")?;
            ensure!(ended.is_none(), "the service behind `ask` ended before it answered anything");
            ensure!(Instant::now() < deadline, "the service behind `ask` does not connect to the driver");
            thread::sleep(Duration::from_millis(5));
        }
        Ok(Service(child?))
    }

    /// The events of this program so far, and more until there is enough of them or they take too long.
    ///
    /// # Errors
    ///
    /// The driver is gone.
    pub fn events(&self, is_enough: impl Fn(&[Witnessed]) -> bool) -> Result<Vec<Witnessed>> {
        let deadline = Instant::now() + PATIENCE;
        let mut buffer = vec![0; ROOM];
        let mut events = Vec::new();
        loop {
            let (_, records) = self.observer.events(WAIT, &mut buffer)?;
            for event in Events(records) {
                let event = event?;
                // An event keeps the beginning of a long name only. A program that is about to be run is opened by the new
                // process, which still has this image.
                let image = event.image.to_string();
                if !image.is_empty() && self.program.starts_with(&image) {
                    let (name, second) = (event.name.to_string(), event.second.to_string());
                    events.push(Witnessed { details: event.details, name, second });
                }
            }
            if records.is_empty() && (is_enough(&events) || Instant::now() > deadline) {
                return Ok(events);
            }
        }
    }
}

impl Service {
    /// Ends it, and waits for that.
    ///
    /// # Errors
    ///
    /// It could not answer any longer; why is on its standard error.
    pub fn end(mut self) -> Result<()> {
        drop(self.0.stdin.take());
        let status = self.0.wait().context("cannot wait for the service behind `ask`")?;
        ensure!(status.success(), "the service behind `ask` ended with {status}");
        Ok(())
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // It ends by itself when its standard input does, and has ended already where nothing went wrong.
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}

/// Answers by the built-in signatures until standard input ends: what the program for [`Guard::connect`] does.
///
/// # Errors
///
/// The driver is gone.
pub fn serve(system: &System) -> Result<()> {
    let service = SignatureService::connect(system)?;
    let is_over = Arc::new(AtomicBool::new(false));
    thread::spawn({
        let is_over = Arc::clone(&is_over);
        move || {
            // Whatever ends the input, it has ended.
            let _ = io::copy(&mut io::stdin(), &mut io::sink());
            is_over.store(true, Ordering::Relaxed);
        }
    });
    service.serve(&|| is_over.load(Ordering::Relaxed))
}

/// The file name of the image of this process, as policies and events have it.
pub fn program() -> Result<String> {
    let image = std::env::current_exe().context("cannot find out what this program is called")?;
    Ok(image.file_name().unwrap_or_default().to_string_lossy().into_owned())
}

impl Drop for Guard {
    fn drop(&mut self) {
        // Whoever wants to know whether it worked calls it before.
        let _ = self.restore();
    }
}
