use crate::common::{Guarded, Program, failure};
use crate::{example, example_with};
use fltmgr_sys as sys;
use fltsim::config::RegistryValue;
use fltsim::flt::port::{Got, PortConnection};
use fltsim::status::NtStatus;
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

const ALLOW: &[u8] = &[0; 4];
const REFUSE: &[u8] = &[1, 0, 0, 0];

fn service(program: &Program<'_>) -> PortConnection {
    program.guarded.machine.connect_port(&program.requestor.process, r"\ScanPort", b"").unwrap()
}

/// A question: who opens what.
struct Question {
    id: u64,
    process: u32,
    name: String,
}

fn asked(service: &PortConnection) -> Question {
    let Got::Message { id, reply_length, data } = service.get(4096, Some(Duration::from_mins(1))) else {
        panic!("no question came")
    };
    // The header of a reply, and the verdict.
    assert_eq!((reply_length, data.len()), (16 + 4, 1024));
    let number = |at: usize| u32::from_le_bytes(data[at..at + 4].try_into().unwrap());
    let units: Vec<u16> = data[8..].chunks(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
    let name = String::from_utf16(&units[..number(4) as usize]).unwrap();
    Question { id, process: number(0), name }
}

fn answer(service: &PortConnection, question: &Question, verdict: &[u8]) {
    service.reply(question.id, NtStatus(0), verdict).unwrap();
}

/// Opens a file while the service does something.
fn opens<R: Send>(program: &Program<'_>, name: &str, serve: impl FnOnce() -> R + Send) -> (Result<(), NtStatus>, R) {
    thread::scope(|scope| {
        let served = scope.spawn(serve);
        let opened = program.open_for_writing(name).map(drop);
        (opened, served.join().unwrap())
    })
}

/// A service that answers so as long as it is used.
fn with_patience(milliseconds: u32) -> Guarded {
    example_with("scan", &[("TimeoutMilliseconds", RegistryValue::Dword(milliseconds))])
}

#[test]
fn scan_opens_everything_where_there_is_no_service() {
    example("scan").anybody().write("/a", b"content").unwrap();
}

#[test]
fn scan_has_the_service_decide_and_says_who_opens_what() {
    let guarded = example("scan");
    let (program, scanner) = (guarded.anybody(), guarded.anybody());
    let service = service(&scanner);
    let (opened, question) = opens(&program, "/letter.txt", || {
        let question = asked(&service);
        answer(&service, &question, ALLOW);
        question
    });
    assert_eq!(opened, Ok(()));
    assert!(question.name.ends_with(r"\letter.txt"), "{}", question.name);
    assert_eq!(question.process, program.requestor.process.id);

    let (opened, ()) = opens(&program, "/letter.txt", || answer(&service, &asked(&service), REFUSE));
    assert_eq!(failure(opened), sys::STATUS_VIRUS_INFECTED);
    // The open that was canceled holds nobody up.
    drop(service);
    program.delete("/letter.txt").unwrap();
}

#[test]
fn scan_does_not_ask_the_service_about_its_own_files() {
    let guarded = example("scan");
    let (program, scanner) = (guarded.anybody(), guarded.anybody());
    program.write("/a", b"content").unwrap();
    let service = service(&scanner);
    // The service reads what it is asked about, before it answers.
    let (opened, content) = opens(&program, "/a", || {
        let question = asked(&service);
        let content = scanner.read("/a").unwrap();
        answer(&service, &question, ALLOW);
        content
    });
    assert_eq!((opened, content), (Ok(()), b"content".to_vec()));
}

#[test]
fn scan_opens_what_the_service_does_not_answer_in_time() {
    let guarded = with_patience(20);
    let (program, scanner) = (guarded.anybody(), guarded.anybody());
    let service = service(&scanner);
    program.write("/a", b"nobody takes the question").unwrap();
    let (opened, question) = opens(&program, "/a", || asked(&service));
    assert_eq!(opened, Ok(()), "nobody answers the question");
    let late = service.reply(question.id, NtStatus(0), REFUSE);
    assert_eq!(late, Err(NtStatus(sys::STATUS_FLT_NO_WAITER_FOR_REPLY)));
}

#[test]
fn scan_takes_an_answer_that_is_none_for_a_service_that_is_gone() {
    let guarded = example("scan");
    let (program, scanner) = (guarded.anybody(), guarded.anybody());
    let service = service(&scanner);
    let (opened, ()) = opens(&program, "/a", || answer(&service, &asked(&service), b"no"));
    assert_eq!(opened, Ok(()));
}

#[test]
fn scan_asks_the_next_service_when_one_goes_while_it_is_asked() {
    let guarded = example("scan");
    let (program, scanner, other) = (guarded.anybody(), guarded.anybody(), guarded.anybody());
    let first = Mutex::new(Some(service(&scanner)));
    let second = service(&other);
    let (opened, ()) = opens(&program, "/a", || {
        let first = first.lock().unwrap().take().unwrap();
        asked(&first);
        drop(first);
        answer(&second, &asked(&second), REFUSE);
    });
    assert_eq!(failure(opened), sys::STATUS_VIRUS_INFECTED);
}

#[test]
fn scan_is_unloaded_while_it_asks() {
    let guarded = with_patience(60_000);
    let (program, scanner) = (guarded.anybody(), guarded.anybody());
    let service = service(&scanner);
    let (opened, got) = opens(&program, "/a", || {
        asked(&service);
        guarded.machine.unload("scan").unwrap();
        service.get(4096, Some(Duration::from_mins(1)))
    });
    assert_eq!(opened, Ok(()), "without an answer the file is opened");
    assert!(matches!(got, Got::Disconnected), "the service learns that the filter is gone");
}
