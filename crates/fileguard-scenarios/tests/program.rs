//! The program as a script of a test machine meets it.

use std::process::{Command, Output};

use serde_json::Value;

fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_fileguard-scenarios"))
        .args(arguments)
        .env_remove("FLTSIM_DIR")
        .output()
        .expect("the program starts")
}

fn lines(output: &Output) -> Vec<Value> {
    let text = String::from_utf8(output.stdout.clone()).expect("UTF-8");
    text.lines().map(|line| serde_json::from_str(line).expect("one object a line")).collect()
}

#[test]
fn without_the_filter_each_scenario_passes_on_a_bare_folder_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(&["--without-filter", "--json", folder.path().to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let lines = lines(&output);
    let listed = String::from_utf8(run(&["--list"]).stdout).unwrap();
    let names: Vec<&str> = listed.lines().filter_map(|line| line.split_whitespace().next()).collect();
    let told: Vec<&str> = lines.iter().filter_map(|line| line["scenario"].as_str()).collect();
    assert_eq!(told, names);
    assert!(lines.iter().all(|line| line["passed"] == true && line["checks"].as_u64() > Some(0)), "{lines:?}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn one_scenario_runs_alone() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(&["--without-filter", "--json", "--only", "deny-read", folder.path().to_str().unwrap()]);
    assert_eq!(lines(&output).len(), 1, "{output:?}");
}

#[test]
fn keeping_busy_leaves_nothing_and_says_how_much_it_did() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(&["--keep-busy", "1", "--json", folder.path().to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(lines(&output)[0]["used"].as_u64() > Some(0));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn what_cannot_be_done_is_said_and_is_no_success() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path().to_str().unwrap();
    let missing = format!("{here}/missing");
    for (arguments, code, said) in [
        (vec![missing.as_str(), "--without-filter"], 1, "is no folder"),
        (vec![here, "--only", "no-such-scenario"], 2, "no-such-scenario"),
        (vec![], 2, "FOLDER"),
        #[cfg(unix)]
        (vec![here, "--machine", missing.as_str()], 1, "cannot reach fileguard"),
    ] {
        let output = run(&arguments);
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {error}");
        assert!(error.contains(said), "{arguments:?}: {error}");
    }
}
