//! What `cargo make` and `cargo wdk build` take for granted, which only Windows can run: Makefile.toml builds on the
//! makefile of the very wdk-build that Cargo.lock names, so that file is what it is held against.

use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use toml::Table;
use xtask::driver::{INX, cargo, repository};

/// What `cargo metadata` says, as the tools ask it.
fn metadata() -> Value {
    let output = Command::new(cargo())
        .current_dir(repository())
        .args(["metadata", "--format-version", "1", "--locked"])
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

fn packages<'a>(metadata: &'a Value, name: &str) -> Vec<&'a Value> {
    metadata["packages"].as_array().expect("packages").iter().filter(|package| package["name"] == name).collect()
}

fn read(path: &Path) -> Table {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    text.parse().unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn ours() -> Table {
    read(&repository().join("Makefile.toml"))
}

/// The makefile that ours extends.
fn theirs(metadata: &Value) -> Table {
    let wdk_build = packages(metadata, "wdk-build");
    assert_eq!(wdk_build.len(), 1, "wdk-build looks itself up, and takes one version only");
    let manifest = PathBuf::from(wdk_build[0]["manifest_path"].as_str().expect("a path"));
    read(&manifest.with_file_name("rust-driver-makefile.toml"))
}

#[test]
fn the_makefile_extends_the_one_that_its_script_puts_there() {
    let ours = ours();
    assert_eq!(ours["extend"].as_str(), Some("target/rust-driver-makefile.toml"));
    let script = ours["config"]["load_script"].as_str().expect("a script");
    assert!(script.contains("wdk_build::cargo_make::load_rust_driver_makefile()?"), "{script}");
}

#[test]
fn the_script_takes_the_version_of_wdk_build_that_is_locked() {
    let metadata = metadata();
    let version = packages(&metadata, "wdk-build")[0]["version"].as_str().expect("a version").to_owned();
    let ours = ours();
    let script = ours["config"]["load_script"].as_str().expect("a script");
    assert!(script.contains(&format!("wdk-build = \"{version}\"")), "the lock has {version}:\n{script}");
    let theirs = theirs(&metadata).to_string();
    assert!(theirs.contains(&format!("version = \"{version}\"")), "its makefile is of another version");
}

#[test]
fn without_a_task_the_driver_is_packaged() {
    let theirs = theirs(&metadata());
    let tasks = &theirs["tasks"];
    assert!(ours().get("tasks").is_none(), "a task of ours would hide one of wdk-build's");
    assert_eq!(tasks["default"]["alias"].as_str(), Some("package-driver-flow"));
    assert_eq!(tasks["package-driver-flow"]["run_task"].as_str(), Some("package-driver"));
    let steps: Vec<&str> = tasks["package-driver"]["dependencies"]
        .as_array()
        .expect("steps")
        .iter()
        .filter_map(toml::Value::as_str)
        .collect();
    for step in ["copy-driver-binary-to-package", "copy-inf-to-package", "sign-driver-binary", "sign-cat", "infverif"] {
        assert!(steps.contains(&step), "{step} is no step of {steps:?}");
    }
}

#[test]
fn what_the_makefile_sets_is_what_the_other_one_reads() {
    let theirs = theirs(&metadata());
    for (name, _) in ours()["env"].as_table().expect("variables") {
        let is_cargos = name.starts_with("CARGO_PROFILE_");
        assert!(is_cargos || theirs["env"].get(name).is_some(), "wdk-build's makefile does not know {name}");
    }
    let settings = ours()["config"].as_table().expect("settings").clone();
    assert!(settings.keys().all(|key| ["default_to_workspace", "load_script"].contains(&key.as_str())), "{settings:?}");
}

#[test]
fn the_feature_that_is_built_with_is_one_of_the_driver() {
    let ours = ours();
    let flags = ours["env"]["CARGO_MAKE_CARGO_BUILD_TEST_FLAGS"].as_str().expect("flags");
    let words: Vec<&str> = flags.split_whitespace().collect();
    let ["--package", package, "--features", feature] = words[..] else { panic!("{flags}") };
    let metadata = metadata();
    assert!(packages(&metadata, package)[0]["features"].get(feature).is_some(), "{package} has no feature {feature}");
}

#[test]
fn each_driver_has_its_inx_where_the_tools_look_for_it() {
    let metadata = metadata();
    let members = metadata["workspace_members"].as_array().expect("members");
    let drivers: Vec<&Value> = metadata["packages"]
        .as_array()
        .expect("packages")
        .iter()
        .filter(|package| members.contains(&package["id"]) && !package["metadata"]["wdk"].is_null())
        .collect();
    assert!(drivers.iter().any(|driver| driver["name"] == "fileguard"), "fileguard is no driver to wdk-build");
    for driver in drivers {
        let name = driver["name"].as_str().expect("a name");
        let inx = Path::new(driver["manifest_path"].as_str().expect("a path")).with_file_name(format!("{name}.inx"));
        let text = fs::read_to_string(&inx).unwrap_or_else(|error| panic!("{}: {error}", inx.display()));
        // stampinf is told this name of the catalog, and inf2cat makes a file of the name that stands there.
        assert!(text.contains(&format!("{name}.cat")), "{} names another catalog", inx.display());
        let is_dll = |target: &&Value| target["kind"].as_array().is_some_and(|kinds| kinds.contains(&"cdylib".into()));
        assert!(driver["targets"].as_array().is_some_and(|targets| targets.iter().any(|target| is_dll(&target))));
    }
    assert_eq!(repository().join(INX), repository().join("fileguard.inx"));
}
