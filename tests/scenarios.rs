//! The scenarios, which are the same on a Windows machine: here with fileguard.sys in fltsim, on a mounted folder.

mod common;

use common::mounted::Mounted;
use fileguard_protocol::{Decision, Operation};
use fileguard_scenarios::{Action, Guard, Outcome, Scenario, Seen, Stage, Step, catalogue, serve};
use fltsim::control::ControlServer;
use fltuser::System;
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

/// Where the machine is, for the test below that is the service.
const MACHINE: &str = "FILEGUARD_TEST_MACHINE";

/// Connects as the client does. The service behind `ask` is this very program, with one test.
fn connect(machine: &Path) -> Guard {
    let place = machine.to_owned();
    let service = move || {
        let mut command = Command::new(std::env::current_exe().expect("this program has a path"));
        command.args(["--exact", "this_program_is_the_service_where_a_test_starts_it_as_one"]).env(MACHINE, &place);
        command
    };
    Guard::connect(&System::at(machine), service).unwrap_or_else(|error| panic!("{error:#}"))
}

/// Mounts, connects as the client does, and runs scenarios; `None` where this machine cannot mount.
fn run_guarded(scenarios: &[Scenario]) -> Option<Vec<Outcome>> {
    let mounted = Mounted::start(None)?;
    let socket = tempfile::tempdir().expect("a folder");
    let _server = ControlServer::start(&mounted.machine, socket.path()).unwrap_or_else(|error| panic!("{error}"));
    let guard = connect(socket.path());
    let stage = Stage::new(mounted.point.path(), Some(&guard)).unwrap_or_else(|error| panic!("{error:#}"));
    let outcomes = scenarios.iter().map(|scenario| stage.run(scenario)).collect();
    stage.end().unwrap_or_else(|error| panic!("{error:#}"));
    guard.restore().unwrap_or_else(|error| panic!("{error:#}"));
    Some(outcomes)
}

fn run_bare(scenarios: &[Scenario]) -> Vec<Outcome> {
    let folder = tempfile::tempdir().expect("a folder");
    let stage = Stage::new(folder.path(), None).unwrap_or_else(|error| panic!("{error:#}"));
    scenarios.iter().map(|scenario| stage.run(scenario)).collect()
}

fn assert_good(outcomes: &[Outcome]) {
    let told = |outcome: &Outcome| format!("{}:\n  {}", outcome.name, outcome.failures.join("\n  "));
    let failed: Vec<String> = outcomes.iter().filter(|outcome| !outcome.is_good()).map(told).collect();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

/// A scenario in which a folder holds two files.
fn small(policy: &'static str, steps: Vec<Step>) -> Scenario {
    let before = vec![Action::Create("kept", b"kept"), Action::Create("free", b"free")];
    Scenario { name: "small", shows: "what the test says", policy, service: false, before, steps }
}

const DENY_DELETE: &str = "[[rule]]\npath = '{folder}/kept'\noperation = 'delete'\naction = 'deny'\n";
const OBSERVE: &str = "[[rule]]\npath = '{folder}/**'\naction = 'observe'\n";

#[test]
fn this_program_is_the_service_where_a_test_starts_it_as_one() {
    if let Some(machine) = std::env::var_os(MACHINE) {
        serve(&System::at(Path::new(&machine))).unwrap_or_else(|error| panic!("{error:#}"));
    }
}

#[test]
fn every_scenario_goes_as_expected_with_fileguard() {
    if let Some(outcomes) = run_guarded(&catalogue()) {
        assert_good(&outcomes);
    }
}

#[test]
fn every_scenario_takes_steps_that_are_right_without_fileguard() {
    assert_good(&run_bare(&catalogue()));
}

#[test]
fn scenarios_are_told_apart_and_each_kind_of_operation_is_refused_by_one() {
    let scenarios = catalogue();
    let names: BTreeSet<&str> = scenarios.iter().map(|scenario| scenario.name).collect();
    assert_eq!(names.len(), scenarios.len());
    let refused: BTreeSet<Operation> = scenarios
        .iter()
        .flat_map(|scenario| &scenario.steps)
        .flat_map(|step| &step.seen)
        .filter(|seen| seen.decision == Decision::Denied)
        .map(|seen| seen.operation)
        .collect();
    assert_eq!(refused, BTreeSet::from(Operation::ALL));
}

#[test]
fn what_is_not_as_expected_is_told() {
    let seen = Seen { operation: Operation::Rename, decision: Decision::Observed, rule: 0 };
    let cases = [
        // What goes through is expected to be refused, and the other way round.
        (small("", vec![Step::denied(Action::Delete("kept"), 0, Operation::Delete)]), "should be refused"),
        (small(DENY_DELETE, vec![Step::allowed(Action::Delete("kept"))]), "should go through"),
        // It fails for a reason that is no refusal.
        (small(DENY_DELETE, vec![Step::denied(Action::Delete("missing"), 0, Operation::Delete)]), "failed"),
        // It is refused as another operation, or by another rule, than expected.
        (small(DENY_DELETE, vec![Step::denied(Action::Delete("kept"), 0, Operation::Write)]), "did not see"),
        (small(DENY_DELETE, vec![Step::denied(Action::Delete("kept"), 7, Operation::Delete)]), "by rule 7"),
        // An event is missing, and one comes that should not.
        (
            small(OBSERVE, vec![Step { action: Action::Read("kept"), is_refused: false, seen: vec![seen] }]),
            "observed rename",
        ),
        (small(OBSERVE, vec![Step::allowed(Action::Delete("kept"))]), "unexpectedly: observed delete"),
        // A file changes without a step that says so.
        (
            small(
                "",
                vec![Step::allowed(Action::Other("kept", "a change that nobody expects", |scene| {
                    Ok(std::fs::write(scene.folder.join("kept"), b"changed")?)
                }))],
            ),
            "in the end kept holds \"changed\"",
        ),
    ];
    let scenarios: Vec<Scenario> = cases.iter().map(|(scenario, _)| scenario.clone()).collect();
    let Some(outcomes) = run_guarded(&scenarios) else { return };
    for ((_, told), outcome) in cases.iter().zip(outcomes) {
        assert!(outcome.failures.iter().any(|failure| failure.contains(told)), "{told}: {:#?}", outcome.failures);
    }
}

#[test]
fn without_fileguard_too_a_step_that_fails_is_told() {
    let outcomes = run_bare(&[small("", vec![Step::allowed(Action::Read("missing"))])]);
    assert!(outcomes[0].failures.iter().any(|failure| failure.contains("failed")), "{:?}", outcomes[0].failures);
}

#[test]
fn the_policy_that_was_in_force_is_put_back() {
    let Some(mounted) = Mounted::start(Some("# the administrator's\n")) else { return };
    let socket = tempfile::tempdir().expect("a folder");
    let _server = ControlServer::start(&mounted.machine, socket.path()).unwrap_or_else(|error| panic!("{error}"));
    let guard = connect(socket.path());
    let stage = Stage::new(mounted.point.path(), Some(&guard)).unwrap();
    assert_good(&[stage.run(&small(DENY_DELETE, vec![Step::allowed(Action::Read("kept"))]))]);
    drop(stage);
    drop(guard);
    let driver = fileguardctl::Driver::connect(&System::at(socket.path()), fileguard_protocol::Role::Control).unwrap();
    assert_eq!(driver.policy().unwrap().0, "# the administrator's\n");
}
