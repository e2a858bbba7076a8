//! The program as its user meets it, against a stand-in for machine and driver that speaks their protocols.
#![cfg(unix)]

use std::collections::VecDeque;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use fileguard_policy::Policy;
use fileguard_protocol::message::{Batch, LoadReply, PolicyPart};
use fileguard_protocol::{
    Answer, Ask, Decision, EventDetails, Hello, NO_RULE, Operation, Request, Ring, Role, Status, Verdict, event,
};
use fltsim_wire::{DEFAULT_FRAME_LIMIT, Failure, PREAMBLE, Response, SOCKET_NAME, read_frame, write_frame};

const POLICY: &str = "[[rule]]\nname = 'vault'\npath = '/vault/**'\naction = 'deny'\n";

/// The state of the stand-in.
#[derive(Default)]
struct Driver {
    roles: Vec<Role>,
    policy: Option<Policy<Vec<u8>>>,
    /// Batches of records still to be fetched, with the total of lost events.
    batches: VecDeque<(u64, u32, Vec<u8>)>,
    /// Questions still to be asked, with the content of the file.
    questions: VecDeque<(u64, Vec<u8>)>,
    contents: Vec<Option<Vec<u8>>>,
    answers: Vec<(u64, Answer)>,
}

/// A machine with the stand-in in it.
struct Machine {
    directory: tempfile::TempDir,
    driver: Arc<Mutex<Driver>>,
}

impl Machine {
    fn new() -> Self {
        let machine = Self { directory: tempfile::tempdir().unwrap(), driver: Arc::default() };
        let listener = UnixListener::bind(machine.directory.path().join(SOCKET_NAME)).unwrap();
        let driver = Arc::clone(&machine.driver);
        std::thread::spawn(move || {
            for socket in listener.incoming() {
                let driver = Arc::clone(&driver);
                std::thread::spawn(move || serve(&mut socket.unwrap(), &driver));
            }
        });
        machine
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = program();
        command.arg("--machine").arg(self.directory.path()).args(arguments);
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    fn file(&self, name: &str, text: &str) -> String {
        let path = self.directory.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }

    fn ask(&self, id: u64, name: &str, content: &[u8]) {
        self.ask_about(Operation::Execute, id, name, Some(content));
    }

    /// Asks about an operation, of which the driver has a file open if there is content.
    fn ask_about(&self, operation: Operation, id: u64, name: &str, content: Option<&[u8]>) {
        let name: Vec<u16> = name.encode_utf16().collect();
        let ask = Ask {
            id,
            time: 133_000_000_000_000_000,
            size: content.map_or(0, <[u8]>::len) as u64,
            process: 77,
            thread: 78,
            rule: 0,
            timeout_milliseconds: 5000,
            operation,
            default: Verdict::Deny,
            name: name.as_slice(),
            image: &[],
        };
        let mut bytes = vec![0; ask.encoded_length()];
        ask.encode(&mut bytes).unwrap();
        let mut driver = self.driver.lock().unwrap();
        driver.questions.push_back((id, bytes));
        assert_eq!(driver.contents.len() as u64, id, "questions are numbered as they come");
        driver.contents.push(content.map(<[u8]>::to_vec));
    }
}

fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fileguardctl"));
    command.env_remove("FLTSIM_DIR").stdin(Stdio::null());
    command
}

fn serve(socket: &mut UnixStream, driver: &Mutex<Driver>) {
    let mut preamble = [0; PREAMBLE.len()];
    socket.read_exact(&mut preamble).unwrap();
    assert_eq!(preamble, PREAMBLE);
    // A Get that waits for a question.
    let mut waiting = None;
    while let Ok(Some(call)) = read_frame::<fltsim_wire::Call>(socket, DEFAULT_FRAME_LIMIT) {
        let mut answers = Vec::new();
        match call.request {
            fltsim_wire::Request::Connect { port, context } => {
                assert_eq!(port, r"\FileguardPort");
                driver.lock().unwrap().roles.push(Hello::decode(&context).unwrap().role);
                answers.push((call.id, Ok(Response::Done)));
            }
            fltsim_wire::Request::Send { input, output_capacity } => {
                let outcome = driver.lock().unwrap().message(&input).map(|mut output| {
                    output.truncate(output_capacity as usize);
                    Response::Sent { output }
                });
                answers.push((call.id, outcome));
            }
            fltsim_wire::Request::Get { .. } => match driver.lock().unwrap().questions.pop_front() {
                Some((id, data)) => answers.push((call.id, Ok(Response::Message { id, reply_length: 24, data }))),
                None => waiting = Some(call.id),
            },
            fltsim_wire::Request::Cancel { call } => {
                if waiting.take() == Some(call) {
                    answers.push((call, Ok(Response::Canceled)));
                }
            }
            fltsim_wire::Request::Reply { message, data, .. } => {
                driver.lock().unwrap().answers.push((message, Answer::decode(&data).unwrap()));
                answers.push((call.id, Ok(Response::Done)));
            }
            fltsim_wire::Request::Instances { filter } => {
                assert_eq!(filter.as_deref(), Some("fileguard"));
                let instance = fltsim_wire::Instance {
                    name: "Fileguard Instance".to_owned(),
                    filter: "fileguard".to_owned(),
                    volume: r"\Device\HarddiskVolume2".to_owned(),
                    altitude: "328700".to_owned(),
                    frame: 0,
                };
                answers.push((call.id, Ok(Response::Instances(vec![instance]))));
            }
            other => panic!("the client should not ask for {other:?}"),
        }
        for (id, outcome) in answers {
            let answer = fltsim_wire::Answer { id, outcome };
            if write_frame(socket, &answer, DEFAULT_FRAME_LIMIT).is_err() {
                return;
            }
        }
    }
}

impl Driver {
    fn message(&mut self, input: &[u8]) -> Result<Vec<u8>, Failure> {
        let generation = u64::from(self.policy.is_some());
        Ok(match Request::decode(input).unwrap() {
            Request::Status => Status {
                uptime: 36_610_000_000.into(),
                policy_generation: generation.into(),
                rules: 1.into(),
                instances: 1.into(),
                connections: 1.into(),
                events_lost: 5.into(),
                ..Status::default()
            }
            .encode()
            .to_vec(),
            Request::LoadPolicy { length } => {
                let blob = &input[Request::LENGTH..];
                assert_eq!(blob.len(), length as usize);
                self.policy = Some(Policy::parse(blob.to_vec()).unwrap());
                LoadReply { rules: 1.into(), generation: 1.into(), ..LoadReply::default() }.encode().to_vec()
            }
            Request::GetPolicy { offset } => {
                let source = self.policy.as_ref().map_or(&[][..], |policy| policy.source());
                let part = PolicyPart { total: (source.len() as u64).into(), generation: generation.into() };
                // Small parts, so that there are several.
                let rest = &source[usize::try_from(offset).unwrap()..];
                [part.encode().as_slice(), &rest[..rest.len().min(20)]].concat()
            }
            Request::GetEvents { wait_milliseconds } => {
                let Some((lost_total, count, records)) = self.batches.pop_front() else {
                    std::thread::sleep(Duration::from_millis(wait_milliseconds.min(20).into()));
                    return Ok(Batch { lost_total: 7.into(), ..Batch::default() }.encode().to_vec());
                };
                let bytes = u32::try_from(records.len()).unwrap();
                let batch = Batch { lost_total: lost_total.into(), count: count.into(), bytes: bytes.into() };
                [batch.encode().as_slice(), &records].concat()
            }
            Request::ReadContent { ask, offset, length } => {
                let Some(content) = &self.contents[usize::try_from(ask).unwrap()] else {
                    return Err(Failure { status: 0xC000_0225_u32.cast_signed(), message: None });
                };
                let rest = content.get(usize::try_from(offset).unwrap()..).unwrap_or_default();
                rest[..rest.len().min(length as usize)].to_vec()
            }
        })
    }
}

/// Two events: an observed rename and a refused write.
fn records() -> Vec<u8> {
    let words: Vec<AtomicU64> = (0..1024).map(|_| AtomicU64::new(0)).collect();
    let ring = Ring::new(words.as_slice()).unwrap();
    let utf16 = |text: &str| text.encode_utf16().collect::<Vec<u16>>();
    let renamed = EventDetails {
        sequence: 1,
        time: 133_000_000_000_000_000,
        duration: 12_000,
        process: 4711,
        thread: 4712,
        rule: 3,
        status: 0,
        operation: Operation::Rename,
        decision: Decision::Observed,
    };
    let denied = EventDetails {
        sequence: 2,
        rule: NO_RULE,
        status: 0xC000_0022_u32.cast_signed(),
        operation: Operation::Write,
        decision: Decision::Denied,
        ..renamed
    };
    assert!(ring.push(&renamed, &utf16(r"\d\old"), &utf16(r"\d\new"), &utf16("mv")));
    assert!(ring.push(&denied, &utf16("\\d\\\u{1b}[31mred"), &[], &utf16("cp")));
    let mut bytes = vec![0; event::MAXIMUM_LENGTH];
    let drained = ring.drain(&mut bytes);
    bytes.truncate(drained.bytes);
    bytes
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// Ends a program as a user at a terminal does.
fn interrupt(child: &Child) {
    let status = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(status.success());
}

#[test]
fn a_policy_is_checked_loaded_and_shown() {
    let machine = Machine::new();
    let good = machine.file("good.toml", POLICY);
    let output = machine.run(&["policy", "check", &good]);
    assert!(output.status.success() && text(&output.stdout).contains("1 rule"), "{output:?}");

    let output = machine.run(&["policy", "load", &good]);
    assert!(output.status.success() && text(&output.stdout).contains("policy number 1"), "{output:?}");
    let output = machine.run(&["policy", "show"]);
    assert_eq!(text(&output.stdout), POLICY);
    assert_eq!(machine.driver.lock().unwrap().roles, [Role::Control, Role::Control]);

    let bad = machine.file("bad.toml", &POLICY.replace("action", "acton"));
    for what in ["check", "load"] {
        let output = machine.run(&["policy", what, &bad]);
        assert_eq!(output.status.code(), Some(1));
        let remarks = text(&output.stderr);
        assert!(remarks.contains("bad.toml:4:1") && remarks.contains("write `action`"), "{remarks}");
    }
    let output = machine.run(&["policy", "check", "/no/such/file"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("cannot read /no/such/file"), "{output:?}");
}

#[test]
fn a_policy_comes_from_standard_input_too() {
    let machine = Machine::new();
    let mut child = machine.command(&["policy", "load", "-"]).stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(POLICY.as_bytes()).unwrap();
    assert!(child.wait().unwrap().success());
    assert!(machine.driver.lock().unwrap().policy.is_some());
}

#[test]
fn the_status_is_told_to_people_and_programs() {
    let machine = Machine::new();
    let output = machine.run(&["status"]);
    let shown = text(&output.stdout);
    assert!(
        shown.contains("1 h 1 min 1 s") && shown.contains("5 lost") && shown.contains("HarddiskVolume2"),
        "{shown}"
    );
    assert!(shown.contains("none has been loaded"), "{shown}");
    let output = machine.run(&["status", "--json"]);
    let status: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(status["events"]["lost"], 5);
    assert_eq!(status["operations"]["execute"], 0);
    assert_eq!(status["instances"][0]["altitude"], "328700");
}

#[test]
fn events_are_shown_as_lines_and_as_json_with_what_was_lost() {
    let machine = Machine::new();
    machine.driver.lock().unwrap().batches.push_back((7, 2, records()));
    let output = machine.run(&["watch", "--count", "2"]);
    let lines: Vec<&str> = text(&output.stdout).lines().collect();
    assert!(output.status.success());
    assert!(lines[0].contains(r"4711 mv") && lines[0].contains(r"\d\old -> \d\new SUCCESS 1.2 ms rule 3"), "{lines:?}");
    assert!(lines[1].contains("denied") && lines[1].contains("ACCESS_DENIED"), "{lines:?}");
    assert!(lines[1].contains(r"\d\\u{1b}[31mred"), "a name must not command the terminal: {lines:?}");
    assert!(lines[2].contains("2 events were lost"), "{lines:?}");

    machine.driver.lock().unwrap().batches.push_back((7, 2, records()));
    let output = machine.run(&["watch", "--json", "--denied", "--operation", "write,delete", "--count", "1"]);
    let lines: Vec<serde_json::Value> =
        text(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines[0]["type"], "event");
    assert_eq!((&lines[0]["operation"], &lines[0]["decision"]), (&"write".into(), &"denied".into()));
    assert_eq!((&lines[0]["status_name"], &lines[0]["rule"]), (&"ACCESS_DENIED".into(), &serde_json::Value::Null));
    assert_eq!(lines[0]["duration_ns"], 1_200_000);
    assert_eq!((&lines[1]["type"], &lines[1]["lost"]), (&"lost".into(), &2.into()));
    assert_eq!(lines.len(), 2);
}

#[test]
fn an_interruption_ends_watching_in_order() {
    let machine = Machine::new();
    machine.driver.lock().unwrap().batches.push_back((5, 2, records()));
    let mut child = machine.command(&["watch"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    lines.next().unwrap().unwrap();
    interrupt(&child);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_reader_who_has_enough_is_no_failure() {
    let machine = Machine::new();
    machine.driver.lock().unwrap().batches.extend((0..2000).map(|_| (5, 2, records())));
    let mut child = machine.command(&["watch"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), ""));

    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = program().args(["completions", "bash"]).stdout(writer).output().unwrap();
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), ""));
}

/// Lets the program answer until so many answers came.
fn answer(machine: &Machine, arguments: &[&str], count: usize) -> (Vec<(u64, Answer)>, String) {
    let mut child = machine.command(arguments).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let started = Instant::now();
    while machine.driver.lock().unwrap().answers.len() < count {
        assert!(started.elapsed() < Duration::from_secs(30), "no answer came");
        std::thread::sleep(Duration::from_millis(10));
    }
    interrupt(&child);
    let mut shown = String::new();
    child.stdout.take().unwrap().read_to_string(&mut shown).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
    let mut answers = machine.driver.lock().unwrap().answers.clone();
    answers.sort_by_key(|answer| answer.0);
    (answers, shown)
}

/// The test file that every scanner finds, in two halves so that none finds this program.
fn eicar() -> Vec<u8> {
    let halves =
        [r"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR", "-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"].map(std::hint::black_box);
    halves.concat().into_bytes()
}

#[test]
fn content_is_searched_for_signatures() {
    let machine = Machine::new();
    let signatures = machine.file("mine.toml", "[[signature]]\nname = 'secret plan'\ntext = 'PLAN 9'\n");
    machine.ask(0, r"\d\good.txt", b"nothing in here");
    let mut large = vec![b'x'; 700_000];
    large.extend(eicar());
    machine.ask(1, r"\d\bad.exe", &large);
    machine.ask(2, r"\d\plan.txt", b"this is PLAN 9");
    machine.ask(3, r"\d\empty", b"");
    let (answers, shown) = answer(&machine, &["answer", "--signatures", &signatures, "--json"], 4);
    let [allow, deny] = [Verdict::Allow, Verdict::Deny].map(Answer::Verdict);
    assert_eq!(answers, [(0, allow), (1, deny), (2, deny), (3, allow)]);
    assert_eq!(machine.driver.lock().unwrap().roles, [Role::Answerer]);
    let lines: Vec<serde_json::Value> = shown.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let plan = lines.iter().find(|line| line["name"] == r"\d\plan.txt").unwrap();
    assert_eq!((&plan["answer"], &plan["reason"]), (&"deny".into(), &"secret plan".into()));
}

#[test]
fn what_is_only_to_come_has_no_signature() {
    let machine = Machine::new();
    machine.ask_about(Operation::Create, 0, r"\d\new", None);
    machine.ask_about(Operation::Write, 1, r"\d\emptied", None);
    machine.ask_about(Operation::Read, 2, r"\d\gone", None);
    machine.ask_about(Operation::Write, 3, r"\d\bad.exe", Some(&eicar()));
    let (answers, shown) = answer(&machine, &["answer"], 4);
    let [allow, deny] = [Verdict::Allow, Verdict::Deny].map(Answer::Verdict);
    assert_eq!(answers, [(0, allow), (1, allow), (2, Answer::Default), (3, deny)]);
    assert!(shown.contains("nothing is in it yet"), "{shown}");
}

#[test]
fn a_command_decides_by_how_it_ends() {
    let machine = Machine::new();
    let temporary = tempfile::tempdir().unwrap();
    machine.ask(0, r"\d\zero.txt", b"exit 0");
    machine.ask(1, r"\d\one.txt", b"exit 1");
    machine.ask(2, r"\d\two.txt", b"exit 2");
    let temporary_path = temporary.path().to_str().unwrap();
    let (answers, shown) = answer(&machine, &["answer", "--temporary", temporary_path, "--command", "sh", "{}"], 3);
    let [allow, deny] = [Verdict::Allow, Verdict::Deny].map(Answer::Verdict);
    assert_eq!(answers, [(0, allow), (1, deny), (2, Answer::Default)]);
    assert!(shown.contains("the command ended with exit status: 2"), "{shown}");
    assert_eq!(std::fs::read_dir(temporary.path()).unwrap().count(), 0, "no copy is left behind");
}

#[test]
fn without_a_machine_it_says_what_to_do() {
    let output = program().args(["--machine", "/no/such/machine", "status"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("no fltsim machine is running at /no/such/machine"), "{output:?}");
}

#[test]
fn a_wrong_command_line_is_told_apart() {
    assert_eq!(program().arg("wach").output().unwrap().status.code(), Some(2));
    let output = program().args(["watch", "--operation", "wirte"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("write"), "{output:?}");
    for arguments in [&["--help"][..], &["answer", "--help"], &["policy", "load", "--help"], &["completions", "zsh"]] {
        let output = program().args(arguments).output().unwrap();
        assert!(output.status.success() && !output.stdout.is_empty());
    }
}

#[test]
fn scanners_do_not_find_the_test_file_in_this_program() {
    let program = std::fs::read(Path::new(env!("CARGO_BIN_EXE_fileguardctl"))).unwrap();
    let eicar = eicar();
    assert!(!program.windows(eicar.len()).any(|window| window == eicar));
}
