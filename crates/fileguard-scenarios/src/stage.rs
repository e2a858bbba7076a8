//! Runs scenarios and finds out what was not as expected.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};

use crate::action::{Ending, Scene};
use crate::guard::{Guard, Witnessed, program};
use crate::scenario::{Scenario, Seen};
use crate::tree::Tree;

/// A folder that scenarios run in.
pub struct Stage<'a> {
    place: tempfile::TempDir,
    guard: Option<&'a Guard>,
}

/// What came of a scenario.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The scenario.
    pub name: &'static str,
    /// How many expectations were looked at.
    pub checks: usize,
    /// What was not as expected, in a sentence each.
    pub failures: Vec<String>,
    /// How long it took.
    pub took: Duration,
}

impl Outcome {
    /// Whether all was as expected.
    pub fn is_good(&self) -> bool {
        self.failures.is_empty()
    }

    fn check(&mut self, result: Result<()>) {
        self.checks += 1;
        self.failures.extend(result.err().map(|error| format!("{error:#}")));
    }
}

impl<'a> Stage<'a> {
    /// Makes a folder of its own in `folder`, which goes when the stage does. Without a guard nothing may be refused.
    ///
    /// # Errors
    ///
    /// Nothing can be made in `folder`.
    pub fn new(folder: &Path, guard: Option<&'a Guard>) -> Result<Self> {
        let place = tempfile::Builder::new()
            .prefix("fileguard-scenarios-")
            .tempdir_in(folder)
            .with_context(|| format!("cannot make a folder in {}", folder.display()))?;
        Ok(Self { place, guard })
    }

    /// Removes the folder.
    ///
    /// # Errors
    ///
    /// It cannot be removed, all or part of it.
    pub fn end(self) -> Result<()> {
        let path = self.place.path().display().to_string();
        self.place.close().with_context(|| format!("cannot remove {path}"))
    }

    /// Runs a scenario.
    pub fn run(&self, scenario: &Scenario) -> Outcome {
        let started = Instant::now();
        let mut outcome = Outcome { name: scenario.name, checks: 0, failures: Vec::new(), took: Duration::default() };
        let folder = self.place.path().join(scenario.name);
        let top = self.place.path().file_name().unwrap_or_default().to_string_lossy();
        let pattern = format!("{top}/{}", scenario.name);
        let scene = Scene { folder: &folder, pattern: &pattern, guard: self.guard };
        if let Err(error) = play(scenario, &scene, &mut outcome) {
            outcome.failures.push(format!("it could not go on: {error:#}"));
        }
        // Whatever went wrong, the next scenario begins with no rule.
        if let Some(guard) = self.guard {
            outcome.check(guard.load(""));
        }
        outcome.check(fs::remove_dir_all(&folder).with_context(|| format!("cannot remove {}", folder.display())));
        outcome.took = started.elapsed();
        outcome
    }
}

fn play(scenario: &Scenario, scene: &Scene<'_>, outcome: &mut Outcome) -> Result<()> {
    let mut tree = Tree::default();
    if let Some(guard) = scene.guard {
        guard.load("")?;
    }
    fs::create_dir(scene.folder).with_context(|| format!("cannot make {}", scene.folder.display()))?;
    for action in &scenario.before {
        let ending = action.perform(scene, &tree);
        ensure!(matches!(ending, Ending::Done), "preparing it with {action:?} ended so: {ending:?}");
        action.apply(scene, &mut tree)?;
    }
    match scene.guard {
        None => take_steps(scenario, scene, &mut tree, outcome)?,
        Some(guard) => {
            let policy = scenario.policy.replace("{folder}", scene.pattern).replace("{program}", &program()?);
            guard.load(&policy)?;
            // What was made before the policy is nothing that the scenario is about.
            guard.events(|_| true)?;
            let before = guard.status()?;
            let service = if scenario.service { Some(guard.serve()?) } else { None };
            take_steps(scenario, scene, &mut tree, outcome)?;
            if let Some(service) = service {
                outcome.check(service.end());
            }
            let expected = expected(scenario, scene);
            let events = guard.events(|events| next_missing(&expected, events).is_none())?;
            let status = guard.status()?;
            guard.load("")?;
            outcome.check(compare(&expected, &events));
            let denied = status.denied.get() - before.denied.get();
            let refused = scenario.steps.iter().filter(|step| step.is_refused).count() as u64;
            outcome.check((|| {
                ensure!(denied >= refused, "the driver counts {denied} refusals, and {refused} steps are refused");
                ensure!(status.events_lost == before.events_lost, "events were lost");
                Ok(())
            })());
            if scenario.service {
                let (asked, timed_out) = (status.asked.get() - before.asked.get(), status.asks_timed_out);
                outcome.check((|| {
                    ensure!(asked > 0, "the driver has asked nothing");
                    ensure!(timed_out == before.asks_timed_out, "a question was not answered in time");
                    Ok(())
                })());
            }
        }
    }
    let differences = tree.differences(scene.folder).context("cannot look at what the folder holds now")?;
    outcome.checks += 1;
    outcome.failures.extend(differences.into_iter().map(|difference| format!("in the end {difference}")));
    Ok(())
}

fn take_steps(scenario: &Scenario, scene: &Scene<'_>, tree: &mut Tree, outcome: &mut Outcome) -> Result<()> {
    for step in &scenario.steps {
        let is_refused = step.is_refused && scene.guard.is_some();
        let ending = step.action.perform(scene, tree);
        let action = &step.action;
        outcome.check(match (&ending, is_refused) {
            (Ending::Done, false) | (Ending::Refused, true) => Ok(()),
            (Ending::Done, true) => Err(anyhow::anyhow!("{action:?} went through, and should be refused")),
            (Ending::Refused, false) => Err(anyhow::anyhow!("{action:?} was refused, and should go through")),
            (Ending::Failed(error), _) => Err(anyhow::anyhow!("{action:?} failed: {error}")),
        });
        if matches!(ending, Ending::Done) {
            action.apply(scene, tree)?;
        }
    }
    Ok(())
}

/// An event that must come, with the ends of its names.
struct Expected {
    seen: Seen,
    name: String,
    second: Option<String>,
}

impl Expected {
    fn is(&self, event: &Witnessed) -> bool {
        let details = &event.details;
        details.operation == self.seen.operation
            && details.decision == self.seen.decision
            && details.rule == self.seen.rule
            && event.name.ends_with(&self.name)
            && self.second.as_ref().is_none_or(|second| event.second.ends_with(second))
    }
}

fn expected(scenario: &Scenario, scene: &Scene<'_>) -> Vec<Expected> {
    let name = |path: &str| format!("/{}/{path}", scene.pattern).replace('/', "\\");
    let events = scenario.steps.iter().flat_map(|step| {
        let (first, second) = step.action.paths();
        step.seen.iter().map(move |seen| Expected { seen: *seen, name: name(first), second: second.map(name) })
    });
    events.collect()
}

/// The first expected event that did not come after the ones before it.
fn next_missing<'e>(expected: &'e [Expected], events: &[Witnessed]) -> Option<&'e Expected> {
    let mut events = events.iter();
    expected.iter().find(|expected| !events.any(|event| expected.is(event)))
}

fn compare(expected: &[Expected], events: &[Witnessed]) -> Result<()> {
    if let Some(missing) = next_missing(expected, events) {
        let Expected { seen: Seen { operation, decision, rule }, name, .. } = missing;
        let came = events.iter().map(told).collect::<Vec<_>>().join("; ");
        anyhow::bail!(
            "the client did not see in its place: {} {} {name} by rule {rule}. It saw: {came}",
            decision.name(),
            operation.name()
        );
    }
    let unexpected = events.iter().find(|event| !expected.iter().any(|expected| expected.is(event)));
    ensure!(unexpected.is_none(), "the client saw, unexpectedly: {}", unexpected.map(told).unwrap_or_default());
    Ok(())
}

fn told(event: &Witnessed) -> String {
    let details = &event.details;
    let to = if event.second.is_empty() { String::new() } else { format!(" -> {}", event.second) };
    format!("{} {} {}{to} by rule {}", details.decision.name(), details.operation.name(), event.name, details.rule)
}
