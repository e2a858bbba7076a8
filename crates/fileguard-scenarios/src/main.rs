//! Runs the scenarios on a folder, and says what was not as expected.

use std::ffi::OsString;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use clap::Parser;
use fileguard_scenarios::{Guard, Outcome, Scenario, Stage, catalogue, keep_busy, serve};
use serde_json::json;

const EXIT_CODES: &str = "\
The folder's volume is the one that fileguard has to be attached to. The policy in force is put back afterwards.

Exit codes:
  0  all was as expected
  1  something was not, or could not be found out; the reason is on standard error or in the table
  2  the command line is wrong";

/// Runs programs' steps in a folder and looks whether fileguard lets through, refuses and reports what it should.
#[derive(Debug, Parser)]
#[command(name = "fileguard-scenarios", version, after_help = EXIT_CODES)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
struct Arguments {
    /// The folder; the scenarios make one of their own in it.
    #[arg(required_unless_present_any = ["list", "answer"])]
    folder: Option<PathBuf>,

    /// Leave fileguard alone: each step has to go through.
    #[arg(long)]
    without_filter: bool,

    /// List the scenarios.
    #[arg(long)]
    list: bool,

    /// Run this scenario only; may be given several times.
    #[arg(long, value_name = "NAME", value_parser = name())]
    only: Vec<String>,

    /// Print one JSON object for each scenario.
    #[arg(long)]
    json: bool,

    /// Run no scenario: use files for so long, whatever happens to the driver, and then look at each of them.
    #[arg(long, value_name = "SECONDS", conflicts_with_all = ["without_filter", "list", "only"])]
    keep_busy: Option<u64>,

    /// Be the service behind `ask`, until standard input ends: what this program starts itself as.
    #[arg(long, hide = true)]
    answer: bool,

    /// The folder of the fltsim machine that fileguard is loaded in.
    #[cfg(not(windows))]
    #[arg(
        long,
        value_name = "DIR",
        help = "The folder of the fltsim machine that fileguard is loaded in [default: $FLTSIM_DIR, else that of this user]"
    )]
    machine: Option<PathBuf>,
}

fn name() -> clap::builder::PossibleValuesParser {
    catalogue().into_iter().map(|scenario| scenario.name).collect::<Vec<_>>().into()
}

impl Arguments {
    #[cfg(not(windows))]
    fn system(&self) -> fltuser::Result<fltuser::System> {
        match &self.machine {
            Some(directory) => Ok(fltuser::System::at(directory)),
            None => fltuser::System::local(),
        }
    }

    /// What another process of this program has to be told to find the same one.
    #[cfg(not(windows))]
    fn machine_options(&self) -> Vec<OsString> {
        self.machine.iter().flat_map(|machine| [OsString::from("--machine"), machine.into()]).collect()
    }

    #[cfg(windows)]
    #[expect(clippy::unused_self, reason = "elsewhere an argument chooses")]
    fn machine_options(&self) -> Vec<OsString> {
        Vec::new()
    }

    #[cfg(windows)]
    #[expect(clippy::unused_self, reason = "elsewhere an argument chooses")]
    fn system(&self) -> fltuser::Result<fltuser::System> {
        fltuser::System::local()
    }
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(&arguments) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<bool> {
    if arguments.answer {
        return serve(&arguments.system()?).map(|()| true);
    }
    let mut scenarios = catalogue();
    scenarios.retain(|scenario| arguments.only.is_empty() || arguments.only.iter().any(|name| name == scenario.name));
    if arguments.list {
        for scenario in scenarios {
            writeln!(io::stdout(), "{:<20} {}", scenario.name, scenario.shows)?;
        }
        return Ok(true);
    }
    let folder = arguments.folder.as_deref().context("a folder is needed")?;
    if !folder.is_dir() {
        bail!("{} is no folder: make it first, on a volume that fileguard is attached to", folder.display());
    }
    match arguments.keep_busy {
        Some(seconds) => use_files(folder, Duration::from_secs(seconds), arguments.json),
        None => play(&scenarios, folder, arguments),
    }
}

fn play(scenarios: &[Scenario], folder: &Path, arguments: &Arguments) -> Result<bool> {
    let guard = if arguments.without_filter {
        None
    } else {
        let image = std::env::current_exe().context("cannot find out what this program is called")?;
        let options = arguments.machine_options();
        let service = move || {
            let mut command = Command::new(&image);
            command.arg("--answer").args(&options);
            command
        };
        let guard = Guard::connect(&arguments.system()?, service);
        Some(guard.context("cannot reach fileguard; --without-filter does without it")?)
    };
    let stage = Stage::new(folder, guard.as_ref())?;
    let mut failed = 0;
    for scenario in scenarios {
        let outcome = stage.run(scenario);
        failed += usize::from(!outcome.is_good());
        tell(scenario, &outcome, arguments.json)?;
    }
    stage.end()?;
    if let Some(guard) = guard {
        guard.restore()?;
    }
    if !arguments.json {
        let by_what = if arguments.without_filter { ", without fileguard" } else { "" };
        let count = scenarios.len();
        let summary = match failed {
            0 => format!("All {count} scenarios went as expected{by_what}."),
            _ => format!("{failed} of {count} scenarios did not go as expected{by_what}."),
        };
        writeln!(io::stdout(), "\n{summary}")?;
    }
    Ok(failed == 0)
}

fn tell(scenario: &Scenario, outcome: &Outcome, json: bool) -> io::Result<()> {
    let mut out = io::stdout().lock();
    if json {
        let line = json!({
            "scenario": outcome.name,
            "shows": scenario.shows,
            "passed": outcome.is_good(),
            "checks": outcome.checks,
            "failures": outcome.failures,
            "milliseconds": u64::try_from(outcome.took.as_millis()).unwrap_or(u64::MAX),
        });
        return writeln!(out, "{line}");
    }
    let word = if outcome.is_good() { "ok" } else { "FAILED" };
    writeln!(out, "{word:<7} {:<20} {}", outcome.name, scenario.shows)?;
    outcome.failures.iter().try_for_each(|failure| writeln!(out, "        {failure}"))
}

fn use_files(folder: &Path, time: Duration, json: bool) -> Result<bool> {
    let place = tempfile::Builder::new()
        .prefix("fileguard-scenarios-")
        .tempdir_in(folder)
        .with_context(|| format!("cannot make a folder in {}", folder.display()))?;
    let end = Instant::now() + time;
    let busy = keep_busy(place.path(), |_| Instant::now() >= end)?;
    place.close().context("cannot remove the files that were used")?;
    if json {
        writeln!(io::stdout(), "{}", json!({ "passed": true, "used": busy.used, "left": busy.left }))?;
    } else {
        writeln!(
            io::stdout(),
            "{} files were used, and each of the {} left is as it was written.",
            busy.used,
            busy.left
        )?;
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }
}
