//! Runs a driver again and again, and has one call of it fail each time, until every call that can fail has failed once
//! from each place and for each purpose: the Driver Verifier's systematic low resources simulation, in a process.
//!
//! What a driver makes of a failure is its own affair, as long as nothing crashes, hangs, breaks a rule or is left behind.

mod exercise;

use std::fmt;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use crate::flt::report::Report;
use crate::flt::volume::{Volume, VolumeConfig};
use crate::fs::MemoryStore;
use crate::kernel::low_resources::{self, Failed, FailedCall, Run};
use crate::kernel::report::CrashReport;
use crate::kernel::waiting::{self, Waiting};
use crate::machine::{LoadError, LoadRequest, Machine};

pub use crate::kernel::low_resources::Failure;
pub use exercise::exercise;

/// What a driver did wrong in one run.
#[derive(Debug, Clone)]
pub struct Finding {
    /// The call that had failed; `None` if it was wrong without.
    pub failed: Option<FailedCall>,
    /// What it did.
    pub wrong: Wrong,
}

/// What a driver did wrong.
#[derive(Debug, Clone)]
pub enum Wrong {
    /// It crashed.
    Crash(Arc<CrashReport>),
    /// It broke rules, or left something behind when it was unloaded.
    Reports(Vec<Report>),
    /// The run did not end in time, and these threads were waiting then. No further run was made.
    Hang(Vec<Waiting>),
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.failed {
            Some(failed) => writeln!(formatter, "After {failed}")?,
            None => writeln!(formatter, "Without any failure")?,
        }
        match &self.wrong {
            Wrong::Crash(report) => write!(formatter, "{report}"),
            Wrong::Reports(reports) => {
                let lines: Vec<String> = reports.iter().map(ToString::to_string).collect();
                formatter.write_str(&lines.join("\n"))
            }
            Wrong::Hang(threads) => {
                write!(formatter, "the run did not end:")?;
                threads.iter().try_for_each(|waiting| write!(formatter, "\n  {waiting}"))
            }
        }
    }
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Outcome {
    /// The calls that were failed, one in each run.
    pub failed: Vec<FailedCall>,
    /// What went wrong.
    pub findings: Vec<Finding>,
}

/// A driver and what is done with it.
pub struct Simulation {
    request: LoadRequest,
    exercise: Box<Exercise>,
    limit: Duration,
}

type Exercise = dyn Fn(&Arc<Machine>, &Arc<Volume>) + Send + Sync;

impl Simulation {
    /// The driver is loaded on a machine with one volume in memory, has to do with what `exercise` does there, and is
    /// unloaded. Nothing that `exercise` does must take success for granted, and it must come to an end.
    pub fn new(request: LoadRequest, exercise: impl Fn(&Arc<Machine>, &Arc<Volume>) + Send + Sync + 'static) -> Self {
        Self { request, exercise: Box::new(exercise), limit: Duration::from_mins(1) }
    }

    /// Sets how long a run may take; longer is a hang. It is a minute unless this says otherwise.
    #[must_use]
    pub fn limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// Makes all the runs. The first is without failures.
    ///
    /// # Errors
    ///
    /// The driver cannot be loaded though nothing was failed.
    ///
    /// # Panics
    ///
    /// If the exercise does, or the host can start no thread.
    pub fn run(self) -> Result<Outcome, LoadError> {
        let (this, ways) = (Arc::new(self), Arc::new(Failed::default()));
        let mut outcome = Outcome::default();
        // From the first run on, so that it is known what waits if that one hangs.
        low_resources::turn_on();
        if !this.make(None, &mut outcome)? {
            return Ok(outcome);
        }
        loop {
            let run = Run::new(&ways);
            let ended = this.make(Some(&run), &mut outcome)?;
            match run.failed() {
                Some(failed) if ended => outcome.failed.push(failed),
                _ => return Ok(outcome),
            }
        }
    }

    /// Makes a run. Answers whether it has ended.
    fn make(self: &Arc<Self>, run: Option<&Arc<Run>>, outcome: &mut Outcome) -> Result<bool, LoadError> {
        let (ended, end) = mpsc::channel();
        let thread = thread::Builder::new()
            .name("low resources".to_owned())
            .spawn({
                let (this, run) = (Arc::clone(self), run.cloned());
                move || {
                    // Nobody may be listening any more.
                    let _ = ended.send(this.once(run));
                }
            })
            .expect("a thread can be started");
        let failed = || run.and_then(|run| run.failed());
        let result = match end.recv_timeout(self.limit) {
            Ok(result) => result,
            Err(mpsc::RecvTimeoutError::Timeout) => {
                outcome.findings.push(Finding { failed: failed(), wrong: Wrong::Hang(waiting::all()) });
                return Ok(false);
            }
            Err(mpsc::RecvTimeoutError::Disconnected) => match thread.join() {
                Err(panic) => std::panic::resume_unwind(panic),
                Ok(()) => unreachable!("the thread sends before it ends"),
            },
        };
        match result {
            Ok(()) => Ok(true),
            Err(Unsuccessful::Wrong(wrong)) => {
                outcome.findings.push(Finding { failed: failed(), wrong });
                Ok(true)
            }
            Err(Unsuccessful::NotLoaded(error)) => Err(error),
        }
    }

    /// Loads, exercises, unloads.
    fn once(&self, run: Option<Arc<Run>>) -> Result<(), Unsuccessful> {
        let machine = Machine::new();
        // What the driver holds forever is reported while the run still has time.
        machine.set_patience(self.limit / 4);
        if let Some(run) = &run {
            machine.set_low_resources(Arc::clone(run));
        }
        let store = Box::new(MemoryStore::new());
        let volume = machine.add_volume(VolumeConfig { name: "memory".to_owned(), store, device_name: None });
        let loaded = match machine.load(&self.request) {
            Ok(()) => {
                (self.exercise)(&machine, &volume);
                // A driver that refuses, or has no routine for it, is unloaded by the shutdown.
                let _ = machine.unload(&self.request.service.name);
                Ok(())
            }
            // A driver may refuse to start for want of resources.
            Err(LoadError::EntryFailed { .. }) if run.is_some_and(|run| run.failed().is_some()) => Ok(()),
            Err(LoadError::Crashed(_)) => Ok(()),
            Err(error) => Err(Unsuccessful::NotLoaded(error)),
        };
        machine.shutdown();
        if let Some(report) = machine.crash() {
            return Err(Unsuccessful::Wrong(Wrong::Crash(report)));
        }
        let reports = machine.reports();
        if !reports.is_empty() {
            return Err(Unsuccessful::Wrong(Wrong::Reports(reports)));
        }
        loaded
    }
}

/// How a run ends that is not as it should be.
enum Unsuccessful {
    NotLoaded(LoadError),
    Wrong(Wrong),
}
