//! The story: what programs do, and what is expected to come of it.

use super::place::Place;
use super::stage::Stage;
use super::{Check, programs};
use anyhow::{Context, Result};
use fltmgr_sys as sys;

use fltsim::io::{OpenRequest, RenameFlags, Requestor, WriteOffset};
use fltsim::status::NtStatus;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// What a step is expected to come to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Expected {
    Succeeds,
    Refused,
}

use Expected::{Refused, Succeeds};

/// The steps that a shell line and fltsim's API can both do: who, what, and what comes of it.
fn steps() -> Vec<(&'static str, &'static str, Api, Expected)> {
    vec![
        ("sh", "cat vault/plan.txt", Api::Read("/vault/plan.txt"), Succeeds),
        ("sh", "echo changed > vault/plan.txt", Api::Write("/vault/plan.txt"), Refused),
        ("sh", "cp downloads/letter.txt vault/", Api::Write("/vault/letter.txt"), Refused),
        ("sh", "mv vault/master.key project/", Api::Rename("/vault/master.key", "/project/master.key"), Refused),
        ("rm", "rm vault/master.key", Api::Delete("/vault/master.key"), Refused),
        ("cat", "cat downloads/letter.txt", Api::Read("/downloads/letter.txt"), Succeeds),
        ("cat", "cat downloads/invoice.exe", Api::Read("/downloads/invoice.exe"), Refused),
        ("rm", "rm project/app.log", Api::Delete("/project/app.log"), Refused),
        ("mv", "mv project/app.log project/old.log", Api::Rename("/project/app.log", "/project/old.log"), Succeeds),
        ("sh", "echo draft > project/draft.txt", Api::Write("/project/draft.txt"), Succeeds),
        ("rm", "rm project/draft.txt", Api::Delete("/project/draft.txt"), Succeeds),
    ]
}

/// The steps that need programs of this machine, in the mounted folder: the program, what it does, and the line that does
/// it. `$SOURCE` is the tree outside, `$DEMO` this program.
const WITH_PROGRAMS: &[(&str, &str, &str)] = &[
    (
        "cp",
        "cp -a of 200 files, and diff -r",
        r#"cp -a "$SOURCE/pages" project/ && diff -r "$SOURCE/pages" project/pages"#,
    ),
    (
        "tar",
        "tar c, tar x, and diff -r",
        "tar cf project/pages.tar -C project pages && mkdir project/again && tar xf project/pages.tar -C project/again \
         && diff -r project/pages project/again/pages",
    ),
    ("mv", "mv and rm -r of a folder", "mv project/again project/moved && rm -r project/moved"),
    (
        "git",
        "git init, add, commit, log, fsck",
        "cd project && git init -q . && git add pages && git commit -q -m pages && git log --oneline && git fsck --strict",
    ),
    ("sh", "a program that writes to a file it has mapped", r#""$DEMO" map project/mapped"#),
    ("sh", "a program that appends from four threads", r#""$DEMO" append project/appended"#),
];

/// Runs every step, and looks at what became of the folder and of the events.
///
/// # Errors
///
/// The state of the folder cannot be read.
pub fn tell(stage: &Stage, place: &Place) -> Result<Vec<Check>> {
    let mut checks = Vec::new();
    println!();
    for (program, line, api, expected) in steps() {
        let outcome = match stage.volume() {
            None => shell(place, line)?,
            Some((machine, volume)) => {
                let image = format!(r"\Device\HarddiskVolume1\usr\bin\{program}");
                let who = Requestor::user(machine.processes().named(0x0100_0000, &image));
                api.run(volume, &who).map_err(|status| status.to_string())
            }
        };
        checks.push(report(line, expected, &outcome));
    }
    if stage.is_mounted() {
        for (program, what, line) in WITH_PROGRAMS {
            if is_missing(program) {
                println!("  left out     {what}   ({program} is not installed here)");
                continue;
            }
            checks.push(report(what, Succeeds, &shell(place, line)?));
        }
        let appended = fs::read_to_string(place.root.join("project/appended")).unwrap_or_default();
        checks.push(check("every appended line is there once", || {
            let mut lines: Vec<&str> = appended.lines().collect();
            lines.sort_unstable();
            lines.dedup();
            lines.len() == programs::THREADS * programs::LINES
        }));
        let mapped = fs::read(place.root.join("project/mapped")).unwrap_or_default();
        checks.push(check("what was written through the mapping is in the file", || mapped == programs::MAPPED));
    }
    checks.extend(look_underneath(place));
    checks.extend(look_at_events(stage, place)?);
    Ok(checks)
}

/// Says what a step came to.
fn report(line: &str, expected: Expected, outcome: &Result<(), String>) -> Check {
    let happened = outcome.is_ok() == (expected == Succeeds);
    let word = match (outcome, happened) {
        (Ok(()), true) => "went through",
        (Err(_), true) => "refused     ",
        _ => "UNEXPECTED  ",
    };
    println!("  {word} {line}");
    if let Err(reason) = outcome {
        println!("               {reason}");
    }
    let what = format!("{line}: {}", if expected == Succeeds { "goes through" } else { "is refused" });
    Check { what, happened }
}

fn check(what: &str, happened: impl FnOnce() -> bool) -> Check {
    Check { what: what.to_owned(), happened: happened() }
}

/// Runs a line in the mounted folder; on failure, gives the last thing that it said.
fn shell(place: &Place, line: &str) -> Result<Result<(), String>> {
    let output = Command::new("sh")
        .args(["-c", line])
        .current_dir(&place.mountpoint)
        .stdin(Stdio::null())
        .env("LC_ALL", "C")
        .env("SOURCE", &place.source)
        .env("DEMO", std::env::current_exe().context("cannot find this program")?)
        // The commits are nobody's, and no setting of the user's is for them.
        .envs([("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_SYSTEM", "/dev/null")])
        .envs([("GIT_AUTHOR_NAME", "demo"), ("GIT_AUTHOR_EMAIL", "demo@example.com")])
        .envs([("GIT_COMMITTER_NAME", "demo"), ("GIT_COMMITTER_EMAIL", "demo@example.com")])
        .output()
        .context("cannot run sh")?;
    if output.status.success() {
        return Ok(Ok(()));
    }
    let said = String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
    Ok(Err(said.lines().next().unwrap_or("(no word)").to_owned()))
}

fn is_missing(program: &str) -> bool {
    Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_err()
}

/// What a step is through fltsim's API.
enum Api {
    Read(&'static str),
    Write(&'static str),
    Rename(&'static str, &'static str),
    Delete(&'static str),
}

impl Api {
    fn run(&self, volume: &std::sync::Arc<fltsim::flt::volume::Volume>, who: &Requestor) -> Result<(), NtStatus> {
        let units = |name: &str| name.replace('/', r"\").encode_utf16().collect::<Vec<u16>>();
        let open = |name: &str, access: u32, disposition: u32| {
            let request =
                OpenRequest { name: units(name), desired_access: access, disposition, ..OpenRequest::default() };
            volume.open(who, &request).map(|(file, _)| file)
        };
        match *self {
            Self::Read(name) => {
                let file = open(name, sys::FILE_GENERIC_READ, sys::FILE_OPEN)?;
                file.read(0, &mut [0; 4096]).map(drop)
            }
            Self::Write(name) => {
                let file = open(name, sys::FILE_GENERIC_WRITE, sys::FILE_OVERWRITE_IF)?;
                file.write(WriteOffset::At(0), b"changed\n").map(drop)
            }
            Self::Rename(from, to) => {
                let file = open(from, sys::DELETE | sys::SYNCHRONIZE, sys::FILE_OPEN)?;
                file.rename(&units(to), RenameFlags::default())
            }
            Self::Delete(name) => {
                let file = open(name, sys::DELETE | sys::SYNCHRONIZE, sys::FILE_OPEN)?;
                file.set_information(sys::FileDispositionInformation, &[1])
            }
        }
    }
}

/// What was refused has changed nothing underneath.
fn look_underneath(place: &Place) -> Vec<Check> {
    let root = &place.root;
    let holds = |name: &str, content: &str| fs::read_to_string(root.join(name)).is_ok_and(|found| found == content);
    let entries = |folder: &Path| {
        let mut names: Vec<String> = fs::read_dir(folder)
            .map(|entries| entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect())
            .unwrap_or_default();
        names.sort();
        names
    };
    vec![
        check("underneath, the plan is as it was", || holds("vault/plan.txt", "the plan, as it was\n")),
        check("underneath, the key is as it was", || holds("vault/master.key", "0123456789\n")),
        check("underneath, nothing came into the vault", || entries(&root.join("vault")) == ["master.key", "plan.txt"]),
        check("underneath, the log was moved and not removed", || holds("project/old.log", "started\n")),
    ]
}

/// Shows what the client saw, and looks for what it must have seen.
fn look_at_events(stage: &Stage, place: &Place) -> Result<Vec<Check>> {
    let wanted = ["denied", "asked-denied"];
    let deadline = Instant::now() + Duration::from_secs(10);
    // The client fetches in batches, so the last events may still be on their way.
    let events = loop {
        let events = read_events(&place.events)?;
        let complete = wanted.iter().all(|decision| events.iter().any(|event| event["decision"] == *decision))
            && events.iter().any(|event| is(event, "delete", "draft.txt"));
        if complete || Instant::now() > deadline {
            break events;
        }
        sleep(Duration::from_millis(50));
    };
    let status: serde_json::Value = serde_json::from_str(&stage.control(&["status", "--json"])?)?;
    println!("\nWhat the client saw, of {} events:", events.len());
    let told = ["draft.txt", "app.log", "plan.txt", "letter.txt", "master.key", "invoice.exe"];
    for event in events.iter().filter(|event| told.iter().any(|name| names(event, name))) {
        println!(
            "  {:<13} {:<8} {}  (by {})",
            event["decision"].as_str().unwrap_or("?"),
            event["operation"].as_str().unwrap_or("?"),
            event["name"].as_str().unwrap_or("?"),
            event["image"].as_str().unwrap_or("?"),
        );
    }
    Ok(vec![
        check("the client saw the draft created", || events.iter().any(|event| is(event, "create", "draft.txt"))),
        check("the client saw the draft deleted", || events.iter().any(|event| is(event, "delete", "draft.txt"))),
        check("the client saw the log renamed", || events.iter().any(|event| is(event, "rename", "app.log"))),
        check("the client saw the write to the plan refused", || {
            events.iter().any(|event| event["decision"] == "denied" && names(event, "plan.txt"))
        }),
        check("the client saw the service refuse the infected file", || {
            events.iter().any(|event| event["decision"] == "asked-denied" && names(event, "invoice.exe"))
        }),
        check("no event was lost", || status["events"]["lost"].as_u64() == Some(0)),
        check("the driver counted the refusals", || status["denied"].as_u64() >= Some(6)),
    ])
}

fn is(event: &serde_json::Value, operation: &str, name: &str) -> bool {
    event["operation"] == operation && names(event, name)
}

fn names(event: &serde_json::Value, name: &str) -> bool {
    event["name"].as_str().is_some_and(|path| path.ends_with(name))
}

fn read_events(path: &Path) -> Result<Vec<serde_json::Value>> {
    let text = fs::read_to_string(path).context("cannot read what the client saw")?;
    // A line that is being written is read the next time.
    Ok(text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect())
}
