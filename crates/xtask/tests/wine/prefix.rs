//! A Windows of Wine's, for one test program.

use crate::common::are_there;
use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Output};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread::sleep;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use xtask::tools::{MINGW, WINE};

/// A folder in a Windows of Wine's.
pub struct Wine {
    windows: Arc<Windows>,
    folder: TempDir,
}

/// What Wine keeps as a Windows: some 700 MB, which are gone when the last test with it is over.
struct Windows {
    prefix: TempDir,
}

static SHARED: Mutex<Weak<Windows>> = Mutex::new(Weak::new());

/// The Wine that the tests of this program share, if it is there.
pub fn shared() -> Option<Wine> {
    if !is_there() {
        return None;
    }
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    let windows = shared.upgrade().unwrap_or_else(|| {
        let windows = Arc::new(Windows::make());
        *shared = Arc::downgrade(&windows);
        windows
    });
    Some(Wine::with(windows))
}

/// A Wine of one's own, if it is there.
pub fn alone() -> Option<Wine> {
    is_there().then(|| Wine::with(Arc::new(Windows::make())))
}

fn is_there() -> bool {
    are_there(&[WINE, MINGW], "FILEGUARD_REQUIRE_WINE")
}

impl Wine {
    fn with(windows: Arc<Windows>) -> Self {
        let folder = tempfile::tempdir_in(windows.prefix.path()).expect("a folder to write to");
        Self { windows, folder }
    }

    /// The current folder of what is run.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Copies a file into the folder.
    pub fn put(&self, file: &Path) {
        let name = file.file_name().expect("a file has a name");
        fs::copy(file, self.folder().join(name)).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    }

    /// Puts in place what programs in Rust take random numbers from.
    pub fn supply_random_numbers(&self) {
        let made = Command::new(MINGW.program)
            .args(["-shared", "-nostdlib", "-Wl,--entry=0", "-o"])
            .arg(self.folder().join("bcryptprimitives.dll"))
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/wine/bcryptprimitives.def"))
            .output()
            .expect("the linker runs");
        assert!(made.status.success(), "{made:?}");
    }

    /// Runs a program to its end.
    pub fn run(&self, program: &str, arguments: &[&str]) -> Output {
        self.windows
            .command("-all")
            .current_dir(self.folder())
            .arg(program)
            .args(arguments)
            .output()
            .expect("wine runs")
    }

    /// Starts a service in a Windows that was started anew, and gives what Wine says until `awaited` is said.
    ///
    /// Wine cannot start a service that was installed since it began, and what it says of services goes where the first
    /// program's standard error goes.
    pub fn start_service(&self, name: &str, awaited: &str) -> String {
        self.windows.end();
        let log = self.folder().join("log");
        let write_log = || File::options().append(true).create(true).open(&log).expect("a file to write to");
        let started = self
            .windows
            .command("-all,err+all,warn+module,trace+ntoskrnl,fixme+fltmgr")
            .args(["sc", "start", name])
            .stdout(write_log())
            .stderr(write_log())
            .status()
            .expect("wine runs");
        // sc waits until the service runs or has failed, and not for what is written about it.
        let begin = Instant::now();
        loop {
            let said = fs::read(&log).expect("a log");
            let said = String::from_utf8_lossy(&said).into_owned();
            if said.contains(awaited) || begin.elapsed() > Duration::from_secs(30) {
                return format!("{said}\nsc start: {started}");
            }
            sleep(Duration::from_millis(50));
        }
    }
}

impl Windows {
    fn make() -> Self {
        let prefix = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder to write to");
        let windows = Self { prefix };
        // Some of what it starts goes on running, and would keep a pipe open.
        let log = windows.prefix.path().join("log");
        let write_log = || File::options().append(true).create(true).open(&log).expect("a file to write to");
        let made = windows
            .command("-all")
            .args(["wineboot", "--init"])
            .stdout(write_log())
            .stderr(write_log())
            .status()
            .expect("wine runs");
        assert!(made.success(), "wineboot: {made}; {}", fs::read_to_string(log).unwrap_or_default());
        windows
    }

    /// Runs what its arguments name, with these channels of debugging.
    fn command(&self, channels: &str) -> Command {
        let mut command = self.in_prefix(WINE.program);
        command
            .env("WINEDEBUG", channels)
            // Neither browsers, menus nor a debugger with a window.
            .env("WINEDLLOVERRIDES", "mscoree,mshtml,winemenubuilder.exe,winedbg.exe=")
            .env_remove("DISPLAY");
        command
    }

    /// Ends all that runs in it.
    fn end(&self) {
        for argument in ["--kill", "--wait"] {
            // That nothing runs any more is no failure.
            let _ = self.in_prefix("wineserver").arg(argument).status();
        }
    }

    fn in_prefix(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.env("WINEPREFIX", self.prefix.path());
        command
    }
}

impl Drop for Windows {
    fn drop(&mut self) {
        self.end();
    }
}
