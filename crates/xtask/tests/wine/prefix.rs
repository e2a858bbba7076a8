//! A Windows of Wine's, for one test program.

use crate::common::are_there;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread::sleep;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use xtask::tools::{MINGW, WINE};

/// A folder in the Windows that the tests of this program share.
pub struct Wine {
    windows: Arc<Windows>,
    folder: TempDir,
}

/// What Wine keeps as a Windows: some 700 MB, which are gone when the last test is over.
struct Windows {
    prefix: TempDir,
}

static SHARED: Mutex<Weak<Windows>> = Mutex::new(Weak::new());

/// A Wine, if it is there.
pub fn wine() -> Option<Wine> {
    if !are_there(&[WINE, MINGW], "FILEGUARD_REQUIRE_WINE") {
        return None;
    }
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    let windows = shared.upgrade().unwrap_or_else(|| {
        let windows = Arc::new(Windows::make());
        *shared = Arc::downgrade(&windows);
        windows
    });
    let folder = tempfile::tempdir_in(windows.prefix.path()).expect("a folder to write to");
    Some(Wine { windows, folder })
}

impl Wine {
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

    /// Starts a service, and gives what Wine says of it until `awaited` is said.
    pub fn start_service(&self, name: &str, awaited: &str) -> String {
        // sc waits until the service runs or has failed.
        let started = self.run("sc", &["start", name]);
        let begin = Instant::now();
        loop {
            let log = fs::read(self.windows.log()).expect("a log");
            let log = String::from_utf8_lossy(&log).into_owned();
            if log.contains(awaited) || begin.elapsed() > Duration::from_secs(30) {
                return format!("{log}\nsc start: {started:?}");
            }
            sleep(Duration::from_millis(50));
        }
    }
}

impl Windows {
    fn make() -> Self {
        let prefix = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder to write to");
        let windows = Self { prefix };
        // One that stays keeps the services that the first program starts, and with them their log.
        let stays = windows.in_prefix("wineserver").arg("--persistent").status().expect("wineserver runs");
        assert!(stays.success(), "wineserver: {stays}");
        let log = || File::create(windows.log()).expect("a file to write to");
        let made = windows
            .command("-all,err+all,warn+module,trace+ntoskrnl,fixme+fltmgr")
            .args(["wineboot", "--init"])
            .stdout(log())
            .stderr(log())
            .status()
            .expect("wine runs");
        assert!(made.success(), "wineboot: {made}; {}", fs::read_to_string(windows.log()).unwrap_or_default());
        windows
    }

    /// What is said on standard error of the channels of debugging that [`Windows::make`] names.
    fn log(&self) -> PathBuf {
        self.prefix.path().join("log")
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

    fn in_prefix(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.env("WINEPREFIX", self.prefix.path());
        command
    }
}

impl Drop for Windows {
    fn drop(&mut self) {
        for argument in ["--kill", "--wait"] {
            // That nothing runs any more is no failure.
            let _ = self.in_prefix("wineserver").arg(argument).status();
        }
    }
}
