//! A command that decides about a copy of the file.

use std::ffi::{OsStr, OsString};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use fileguard_protocol::{Ask, Units, Verdict};
use wait_timeout::ChildExt as _;

use super::Decision;

/// What stands for the path of the copy.
const PLACE: &str = "{}";

/// Runs a command for each file.
pub struct Runner {
    program: OsString,
    arguments: Vec<OsString>,
    temporary: PathBuf,
    /// The processes that run now.
    running: Mutex<Vec<u32>>,
}

/// Counts a process as running as long as it lives.
struct Running<'a>(&'a Runner, u32);

impl<'a> Running<'a> {
    fn new(runner: &'a Runner, process: u32) -> Self {
        runner.running.lock().unwrap_or_else(PoisonError::into_inner).push(process);
        Self(runner, process)
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.running.lock().unwrap_or_else(PoisonError::into_inner).retain(|process| *process != self.1);
    }
}

impl Runner {
    pub fn new(program: &OsStr, arguments: &[OsString], temporary: Option<&Path>) -> anyhow::Result<Self> {
        let temporary = temporary.map_or_else(std::env::temp_dir, Path::to_owned);
        if !temporary.is_dir() {
            bail!("{} is no directory that copies can be kept in", temporary.display());
        }
        let mut arguments = arguments.to_vec();
        if !arguments.iter().any(|argument| argument.to_string_lossy().contains(PLACE)) {
            arguments.push(PLACE.into());
        }
        Ok(Self { program: program.to_owned(), arguments, temporary, running: Mutex::default() })
    }

    /// Whether the process is the command's.
    pub fn is_own(&self, process: u32) -> bool {
        self.running.lock().unwrap_or_else(PoisonError::into_inner).contains(&process)
    }

    /// Runs the command and takes its word, if it gives one before the driver stops waiting.
    pub fn decide(&self, content: impl Read, ask: &Ask<Units<'_>>, arrived: Instant) -> Decision {
        let waits = Duration::from_millis(ask.timeout_milliseconds.into());
        // A part of the time is kept for the answer's own way.
        let deadline = arrived + waits.saturating_sub((waits / 10).min(Duration::from_millis(200)));
        match self.run(content, ask, deadline) {
            Ok(decision) => decision,
            Err(error) => Decision::open(format!("{error:#}")),
        }
    }

    fn run(&self, mut content: impl Read, ask: &Ask<Units<'_>>, deadline: Instant) -> anyhow::Result<Decision> {
        let mut copy = tempfile::Builder::new()
            .prefix("fileguard-")
            .suffix(&extension(ask.name))
            .tempfile_in(&self.temporary)
            .with_context(|| format!("cannot make a copy in {}", self.temporary.display()))?;
        io::copy(&mut content, copy.as_file_mut()).context("cannot copy its content")?;
        // The file is closed here, and removed when the path is dropped.
        let path = copy.into_temp_path();
        let arguments = self.arguments.iter().map(|argument| with_path(argument, &path));
        let mut child = Command::new(&self.program)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .with_context(|| format!("cannot run {}", self.program.display()))?;
        let running = Running::new(self, child.id());
        let left = deadline.saturating_duration_since(Instant::now());
        let Some(status) = child.wait_timeout(left).context("cannot wait for the command")? else {
            // It may have ended by itself in this very moment.
            let _ = child.kill();
            child.wait().context("cannot end the command")?;
            return Ok(Decision::open("the command took too long and was ended"));
        };
        drop(running);
        Ok(match status.code() {
            Some(0) => Decision::new(Verdict::Allow, "the command allows it"),
            Some(1) => Decision::new(Verdict::Deny, "the command denies it"),
            _ => Decision::open(format!("the command ended with {status}")),
        })
    }
}

/// The extension of a name with its point, if it is a harmless one.
fn extension(name: Units<'_>) -> String {
    let name = name.to_string();
    let last = name.rsplit(['\\', '/']).next().unwrap_or_default();
    match last.rsplit_once('.') {
        Some((_, extension)) if extension.len() <= 16 && extension.bytes().all(|byte| byte.is_ascii_alphanumeric()) => {
            format!(".{extension}")
        }
        _ => String::new(),
    }
}

/// The argument with the path in its place.
fn with_path(argument: &OsStr, path: &Path) -> OsString {
    match argument.to_str() {
        Some(text) if text.contains(PLACE) => {
            let mut result = OsString::new();
            for (number, piece) in text.split(PLACE).enumerate() {
                if number > 0 {
                    result.push(path);
                }
                result.push(piece);
            }
            result
        }
        _ => argument.to_owned(),
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use fileguard_protocol::{Answer, Operation};

    fn decide(line: &[&str], content: &[u8], timeout_milliseconds: u32) -> Decision {
        let arguments: Vec<OsString> = line[1..].iter().map(OsString::from).collect();
        let runner = Runner::new(OsStr::new(line[0]), &arguments, None).unwrap();
        let name: Vec<u8> = r"\d\x.exe".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let ask = Ask {
            id: 1,
            time: 0,
            size: content.len() as u64,
            process: 1,
            thread: 1,
            rule: 0,
            timeout_milliseconds,
            operation: Operation::Read,
            default: Verdict::Deny,
            name: Units::new(&name),
            image: Units::default(),
        };
        let decision = runner.decide(content, &ask, Instant::now());
        assert!(runner.running.lock().unwrap().is_empty());
        decision
    }

    #[test]
    fn the_end_of_the_command_decides() {
        let grep = ["sh", "-c", r#"case "$1" in *.exe) ! grep -q bad "$1";; *) exit 7;; esac"#, "sh", "{}"];
        assert_eq!(decide(&grep, b"good", 5000).answer, Answer::Verdict(Verdict::Allow));
        assert_eq!(decide(&grep, b"a bad one", 5000).answer, Answer::Verdict(Verdict::Deny));
        assert_eq!(decide(&["sh", "-c", "exit 2"], b"", 5000).answer, Answer::Default);
        assert_eq!(decide(&["sh", "-c", "kill -9 $$"], b"", 5000).answer, Answer::Default);
    }

    #[test]
    fn a_command_that_hangs_or_is_missing_leaves_it_to_the_default() {
        let started = Instant::now();
        let decision = decide(&["sh", "-c", "exec sleep 60"], b"", 300);
        assert!(decision.reason.contains("too long"), "{}", decision.reason);
        assert!(started.elapsed() < Duration::from_secs(30));
        let decision = decide(&["/no/such/program"], b"", 300);
        assert!(decision.reason.contains("cannot run /no/such/program"), "{}", decision.reason);
    }
}
