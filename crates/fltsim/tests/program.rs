//! The fltsim program: what it prints, what it refuses and how it ends.
#![expect(unsafe_code, reason = "it sends signals")]

#[path = "common/fixture.rs"]
mod fixture;

use std::fs::{self, OpenOptions};
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

const PROGRAM: &str = env!("CARGO_BIN_EXE_fltsim");

/// Runs the program; returns its exit code and everything it printed.
fn fltsim(arguments: &[&str]) -> (i32, String) {
    let Output { status, stdout, stderr } = Command::new(PROGRAM).args(arguments).output().unwrap();
    let shown = String::from_utf8_lossy(&stdout).into_owned() + &String::from_utf8_lossy(&stderr);
    (status.code().unwrap(), shown)
}

fn can_mount() -> bool {
    match OpenOptions::new().read(true).write(true).open("/dev/fuse") {
        Ok(_) => true,
        Err(error) => {
            eprintln!("SKIPPED: /dev/fuse cannot be opened here ({error}), so nothing can be mounted");
            false
        }
    }
}

/// A folder with what a mount needs: root, mount point, and a directory for the socket.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in ["root", "mount"] {
        fs::create_dir(folder.path().join(name)).unwrap();
    }
    folder
}

/// A running `fltsim mount`; ended when dropped.
struct Running(Child);

impl Running {
    /// Starts it and waits until it says that it is mounted.
    fn start(folder: &Path) -> Self {
        Self::start_with(folder, &[])
    }

    /// The same with drivers and options.
    fn start_with(folder: &Path, arguments: &[&str]) -> Self {
        let mut child = Command::new(PROGRAM)
            .arg("mount")
            .args(arguments)
            .args(["root", "mount", "--machine", "machine"])
            .current_dir(folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let last = lines.by_ref().map_while(Result::ok).find(|line| line.contains("End with"));
        if last.is_none() {
            let output = child.wait_with_output().unwrap();
            panic!("it ended: {}", String::from_utf8_lossy(&output.stderr));
        }
        // The pipe is kept open for what else it may say.
        std::thread::spawn(move || lines.for_each(drop));
        Self(child)
    }

    /// Asks it to end.
    fn terminate(&self) {
        let id = i32::try_from(self.0.id()).unwrap();
        // SAFETY: A signal is sent to the child, which has not been waited for.
        unsafe { libc::kill(id, libc::SIGTERM) };
    }

    /// Asks it to end and returns its exit code.
    fn end(mut self) -> Option<i32> {
        self.terminate();
        self.0.wait().unwrap().code()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.0.try_wait().is_ok_and(|ended| ended.is_none()) {
            // A test has failed. Killed at once, it would leave its mount behind.
            self.terminate();
            std::thread::sleep(Duration::from_secs(1));
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }
}

#[test]
fn a_mount_serves_files_and_fltmc_until_it_is_told_to_end() {
    if !can_mount() {
        return;
    }
    let folder = folder();
    let path = folder.path();
    let running = Running::start(path);
    fs::write(path.join("mount/file"), "content").unwrap();
    assert_eq!(fs::read_to_string(path.join("root/file")).unwrap(), "content");

    let machine = path.join("machine");
    let fltmc = |arguments: &[&str]| fltsim(&[&["fltmc", "--machine", machine.to_str().unwrap()], arguments].concat());
    let (code, shown) = fltmc(&["volumes"]);
    assert_eq!(code, 0, "{shown}");
    assert!(shown.contains("\\Device\\HarddiskVolume2") && shown.contains("NTFS"), "{shown}");
    let (code, shown) = fltmc(&["filters", "--json"]);
    assert_eq!((code, shown.as_str()), (0, ""));
    let (code, shown) = fltmc(&["unload", "nothing"]);
    assert_eq!(code, 1, "{shown}");
    assert!(shown.contains("nothing"), "{shown}");

    assert_eq!(running.end(), Some(0));
    assert!(!path.join("mount/file").exists(), "it is unmounted");
}

#[test]
fn a_mount_that_somebody_unmounts_ends_the_program() {
    if !can_mount() {
        return;
    }
    let folder = folder();
    let mut running = Running::start(folder.path());
    let mountpoint = folder.path().join("mount");
    let unmounted = ["umount", "fusermount3"].iter().any(|program| {
        let arguments: &[&str] = if *program == "umount" { &[] } else { &["-u"] };
        Command::new(program).args(arguments).arg(&mountpoint).status().is_ok_and(|status| status.success())
    });
    assert!(unmounted);
    assert_eq!(running.0.wait().unwrap().code(), Some(0));
}

#[test]
fn what_cannot_be_mounted_is_refused_with_a_reason() {
    if !can_mount() {
        return;
    }
    let folder = folder();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (root, mount, machine) = (path("root"), path("mount"), path("machine"));
    let missing = path("missing");
    let file = path("file.sys");
    fs::write(&file, "this is no driver").unwrap();
    let inf = path("wrong.inf");
    fs::write(&inf, "[Version]\nSignature = \"$WINDOWS NT$\"\n[DefaultInstall.NTamd64]\n").unwrap();
    let below = path("root/below");
    fs::create_dir(&below).unwrap();

    let refused = |arguments: &[&str], code: i32, reasons: &[&str]| {
        let (actual, shown) = fltsim(&[&["mount", "--machine", &machine], arguments].concat());
        assert_eq!(actual, code, "{arguments:?}: {shown}");
        for reason in reasons {
            assert!(shown.contains(reason), "{arguments:?} does not say {reason:?}: {shown}");
        }
    };
    refused(&[&missing, &mount], 2, &[&missing]);
    refused(&[&root, &missing], 2, &["does not exist"]);
    refused(&[&root, &file], 2, &["no directory"]);
    refused(&[&root, &below], 2, &["one inside the other"]);
    refused(&[&file, &root, &mount], 2, &["no INF beside", "--altitude"]);
    refused(&[&file, &root, &mount, "--inf", &inf], 2, &["wrong.inf:3: ", "DefaultInstall.NTamd64.Services"]);
    refused(&[&file, &root, &mount, "--altitude", "high"], 2, &["\"high\" is no altitude"]);
    refused(&[&file, &root, &mount, "--altitude", "1"], 1, &["file.sys", "not a driver"]);
    refused(&[&root, &mount, "--param", "novalue"], 2, &["NAME=VALUE"]);
    refused(&[&root], 2, &["Usage"]);
}

#[test]
fn a_mount_point_in_use_and_a_machine_that_runs_are_refused() {
    if !can_mount() {
        return;
    }
    let folder = folder();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let running = Running::start(folder.path());
    let (code, shown) = fltsim(&["mount", &path("root"), &path("mount"), "--machine", &path("other")]);
    assert_eq!(code, 2, "{shown}");
    assert!(shown.contains("mounted on"), "{shown}");
    fs::create_dir(path("mount2")).unwrap();
    let (code, shown) = fltsim(&["mount", &path("root"), &path("mount2"), "--machine", &path("machine")]);
    assert_eq!(code, 1, "{shown}");
    assert!(shown.contains("runs"), "{shown}");
    assert_eq!(running.end(), Some(0));
}

#[test]
fn a_driver_that_crashes_is_reported_and_ends_the_mount_with_code_3() {
    if !can_mount() {
        return;
    }
    let folder = folder();
    let path = folder.path();
    fixture::build(path, "crashing");
    let mut running = Running::start_with(path, &["--altitude=370030", "crashing.sys"]);
    let (code, shown) = fltsim(&["fltmc", "--machine", path.join("machine").to_str().unwrap(), "instances"]);
    assert_eq!(code, 0, "{shown}");
    assert!(shown.contains("crashing") && shown.contains("370030"), "{shown}");

    assert!(fs::write(path.join("mount/file"), "content").is_err());
    assert_eq!(running.0.wait().unwrap().code(), Some(3));
    let mut said = String::new();
    running.0.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert!(said.contains("hello from crashing at level 7"), "what the driver prints is shown: {said}");
    for expected in ["crashing.sys", "0x0000000000000010", "IRP_MJ_WRITE", "crashing.rs"] {
        assert!(said.contains(expected), "the report does not say {expected}: {said}");
    }
    assert_eq!(fs::read_dir(path.join("mount")).unwrap().count(), 0, "it is unmounted");
}

#[test]
fn a_driver_that_is_not_attached_is_named() {
    if !can_mount() {
        return;
    }
    let folder = folder();
    let path = folder.path();
    fixture::build(path, "crashing");
    fs::copy(path.join("crashing.sys"), path.join("second.sys")).unwrap();
    let mut running =
        Running::start_with(path, &["--altitude=370030", "--altitude=370030", "crashing.sys", "second.sys"]);
    running.terminate();
    assert_eq!(running.0.wait().unwrap().code(), Some(0));
    let mut said = String::new();
    running.0.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert!(said.contains("second is loaded, but has no instance"), "{said}");
    assert!(!said.contains("crashing is loaded, but"), "{said}");
}

#[test]
fn drivers_are_loaded_and_unloaded_while_the_machine_runs() {
    if !can_mount() {
        return;
    }
    let folder = folder();
    let path = folder.path();
    let driver = fixture::build(path, "crashing");
    let running = Running::start(path);
    let machine = path.join("machine");
    let fltmc = |arguments: &[&str]| {
        let (code, shown) = fltsim(&[&["fltmc", "--machine", machine.to_str().unwrap()], arguments].concat());
        assert_eq!(code, 0, "{arguments:?}: {shown}");
        shown
    };
    fltmc(&["load", driver.to_str().unwrap(), "--altitude", "370030"]);
    assert!(fltmc(&["filters"]).contains("370030"));
    fltmc(&["detach", "crashing", "\\Device\\HarddiskVolume2"]);
    assert!(!fltmc(&["instances"]).contains("370030"));
    fs::write(path.join("mount/file"), "passes no filter").unwrap();
    fltmc(&["attach", "crashing", "\\Device\\HarddiskVolume2"]);
    assert!(fltmc(&["instances", "--filter", "crashing"]).contains("370030"));
    fltmc(&["unload", "crashing"]);
    assert!(!fltmc(&["filters"]).contains("crashing"));
    fltmc(&["load", "crashing"]);
    assert!(fltmc(&["filters"]).contains("crashing"));
    fltmc(&["unload", "crashing"]);
    fs::write(path.join("mount/file"), "passes no filter either").unwrap();
    assert_eq!(running.end(), Some(0));
}

#[test]
fn imports_are_listed_with_whether_they_are_served() {
    let folder = folder();
    let served = fixture::build(folder.path(), "crashing");
    let (code, shown) = fltsim(&["imports", served.to_str().unwrap()]);
    assert_eq!(code, 0, "{shown}");
    assert!(shown.contains("FltRegisterFilter") && shown.contains("4 imports, 0 not served"), "{shown}");
    let unserved = fixture::build(folder.path(), "unserved");
    let (code, shown) = fltsim(&["imports", unserved.to_str().unwrap()]);
    assert_eq!(code, 1, "{shown}");
    assert!(shown.contains("NOT served"), "{shown}");
}

#[test]
fn a_reader_who_has_enough_is_no_failure() {
    let folder = folder();
    let driver = fixture::build(folder.path(), "crashing");
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = Command::new(PROGRAM).arg("imports").arg(driver).stdout(writer).output().unwrap();
    assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(0), ""));
}

#[test]
fn imports_of_what_is_no_driver_are_an_error() {
    let (code, shown) = fltsim(&["imports", "/bin/true"]);
    assert_eq!(code, 1);
    assert!(shown.contains("/bin/true"), "{shown}");
}

#[test]
fn fltmc_says_that_no_machine_runs() {
    let folder = folder();
    let (code, shown) = fltsim(&["fltmc", "--machine", folder.path().to_str().unwrap(), "filters"]);
    assert_eq!(code, 1);
    assert!(shown.contains("machine"), "{shown}");
}
