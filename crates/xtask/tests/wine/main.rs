//! Wine as a second opinion: another implementation of Windows resolves the driver's imports and runs its DriverEntry,
//! and runs the programs. It has no Filter Manager; what it has of it are names.

#[path = "../common/mod.rs"]
mod common;
mod prefix;

use fltsim::inf::Inf;
use prefix::{Wine, alone, shared};
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;
use xtask::driver::{self, INX, repository};
use xtask::package::install_script;
use xtask::windows_programs::{self, Profile};

/// What Windows exports, and the Wine of Debian 12 does not. A name that is new here has to be one of the Windows
/// documentation.
const NOT_IN_WINE: &[&str] = &["ntoskrnl.exe.KeGetCurrentIrql", "ntoskrnl.exe.KeQuerySystemTimePrecise"];

/// What Wine says when FltRegisterFilter is called.
const REGISTERS: &str = ":fltmgr:FltRegisterFilter ";

/// The scenario in which several threads append to one file: each line arrives on Windows and Linux, but not in Wine, where
/// lines get lost without any driver.
const APPENDING: &str = "appends";

/// The programs, once for all tests.
static PROGRAMS: LazyLock<Vec<PathBuf>> =
    LazyLock::new(|| windows_programs::build(Profile::Dev).unwrap_or_else(|error| panic!("{error:#}")));

/// A Wine with the programs in it.
fn wine_with_programs() -> Option<Wine> {
    let wine = shared()?;
    wine.supply_random_numbers();
    PROGRAMS.iter().for_each(|program| wine.put(program));
    Some(wine)
}

#[test]
fn driver_entry_registers_the_filter() {
    let Some(wine) = alone() else { return };
    let built = driver::build().unwrap_or_else(|error| panic!("{error:#}"));
    let service =
        Inf::read(&repository().join(INX)).and_then(|inf| inf.service()).unwrap_or_else(|error| panic!("{error}"));
    let script = install_script(&service).unwrap_or_else(|error| panic!("{error:#}"));
    wine.put(&built.image);
    fs::write(wine.folder().join("install.cmd"), script.replace('\n', "\r\n")).expect("a folder to write to");

    let installed = wine.run("cmd", &["/c", "install.cmd"]);
    assert!(installed.status.success(), "{installed:?}");
    let instance = &service.instances[0];
    let key = format!(r"HKLM\SYSTEM\CurrentControlSet\Services\fileguard\Instances\{}", instance.name);
    let altitude = wine.run("reg", &["query", &key, "/v", "Altitude"]);
    let said = String::from_utf8_lossy(&altitude.stdout);
    assert!(said.contains(&instance.altitude), "{said}");

    let log = wine.start_service("fileguard", REGISTERS);
    let missing: BTreeSet<&str> = log
        .lines()
        .filter(|line| line.contains("fileguard.sys"))
        .filter_map(|line| line.split_once("No implementation for ")?.1.split_once(" imported from"))
        .map(|(name, _)| name)
        .collect();
    assert!(missing.iter().all(|name| NOT_IN_WINE.contains(name)), "Wine knows none of {missing:?}");

    // Each line begins with the thread that it is about; DriverEntry is called on the one that loads the image.
    let loading = log.lines().find(|line| line.contains(":load_driver") && line.contains("fileguard.sys"));
    let thread = loading.and_then(|line| line.split_once(':')).unwrap_or_else(|| panic!("it was not loaded:\n{log}")).0;
    let registered = |line: &str| line.starts_with(thread) && line.contains(REGISTERS);
    assert!(log.lines().any(registered), "DriverEntry did not get as far as FltRegisterFilter:\n{log}");
}

#[test]
fn the_client_says_that_there_is_no_filter() {
    let Some(wine) = wine_with_programs() else { return };
    let status = wine.run("fileguardctl.exe", &["status"]);
    let said = String::from_utf8_lossy(&status.stderr);
    assert_eq!(status.status.code(), Some(1), "{said}");
    assert!(said.starts_with("error: ") && said.contains("there is no filter to talk to"), "{said}");
}

#[test]
fn the_client_checks_a_policy() {
    let Some(wine) = wine_with_programs() else { return };
    wine.put(&repository().join("examples/policies/demo.toml"));
    let check = wine.run("fileguardctl.exe", &["policy", "check", "demo.toml"]);
    assert!(check.status.success(), "{check:?}");
}

#[test]
fn the_scenarios_go_through_without_a_filter() {
    let Some(wine) = wine_with_programs() else { return };
    let list = wine.run("fileguard-scenarios.exe", &["--list"]);
    let list = String::from_utf8_lossy(&list.stdout);
    let names = list.lines().filter_map(|line| line.split_whitespace().next());
    let mut arguments = vec!["--without-filter", "."];
    for name in names.filter(|name| *name != APPENDING) {
        arguments.extend(["--only", name]);
    }
    assert!(list.contains(APPENDING) && arguments.len() > 10, "there are hardly any scenarios:\n{list}");
    let run = wine.run("fileguard-scenarios.exe", &arguments);
    assert!(run.status.success(), "{}{}", String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
}
