//! The same through the socket, as programs have it: `fltuser`.

use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use fltmgr_sys as sys;
use fltsim::control::{ControlError, ControlServer};
use fltsim::kernel::fault::FaultKind;
use fltsim::kernel::report::CrashReport;
use fltsim_wire::{Answer, Call, DEFAULT_FRAME_LIMIT, PREAMBLE, Request, read_frame, write_frame};
use fltuser::{ErrorKind, System};
use tempfile::TempDir;

use crate::driver::{Behaviour, Driver, Event, command};
use crate::eventually;

const PORT: &str = r"\TestPort";

/// A machine with the driver, its socket, and a way to it.
pub struct Running {
    pub driver: Arc<Driver>,
    pub server: ControlServer,
    pub system: System,
    pub directory: TempDir,
}

impl Running {
    pub fn new(behaviour: Behaviour) -> Self {
        let driver = Driver::load(behaviour);
        let directory = tempfile::tempdir().unwrap();
        let server = ControlServer::start(&driver.machine, directory.path()).unwrap();
        let system = System::at(directory.path());
        Self { driver, server, system, directory }
    }

    fn end(self) {
        self.driver.unload();
        assert_eq!(self.driver.rules(), [""; 0]);
    }

    /// A bare socket to the machine, introduced.
    fn socket(&self) -> UnixStream {
        let mut socket = UnixStream::connect(self.server.socket()).unwrap();
        socket.write_all(&PREAMBLE).unwrap();
        socket
    }
}

#[test]
fn messages_go_both_ways() {
    let running = Running::new(Behaviour::default());
    let port = running.system.connect(PORT, b"context").unwrap();
    let mut output = [0; 8];
    assert_eq!(port.send(&[command::REVERSE, 1, 2, 3], &mut output).unwrap(), 3);
    assert_eq!(output, [3, 2, 1, 0, 0, 0, 0, 0]);
    let process = std::process::id() as usize;
    let connect = Event::Connect { context: b"context".to_vec(), irql: 0, process };
    assert_eq!(running.driver.events()[0], connect);

    thread::scope(|scope| {
        let sender = scope.spawn(|| running.driver.send(1, b"question", Some(6), None));
        let message = port.get(1024, None).unwrap().expect("there is no time limit");
        assert_eq!(message.data, b"question");
        assert_eq!(message.reply_length, 6 + fltuser::REPLY_HEADER_LENGTH);
        port.reply(message.id, 0, b"answer").unwrap();
        assert_eq!(sender.join().unwrap(), (sys::STATUS_SUCCESS, b"answer".to_vec()));
        let error = port.reply(message.id, 0, b"again").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NoWaiter);
        assert_eq!(error.status(), Some(sys::STATUS_FLT_NO_WAITER_FOR_REPLY));
    });
    drop(port);
    eventually("the disconnect", || matches!(running.driver.events().last(), Some(Event::Disconnect { .. })));
    running.end();
}

#[test]
fn the_drivers_own_status_reaches_the_program() {
    let running = Running::new(Behaviour::default());
    let port = running.system.connect(PORT, b"").unwrap();
    for status in [sys::STATUS_ACCESS_DENIED, 0xE012_3456_u32.cast_signed()] {
        let mut message = vec![command::FAIL];
        message.extend(status.to_le_bytes());
        assert_eq!(port.send(&message, &mut []).unwrap_err().status(), Some(status));
    }
    drop(port);
    running.end();
}

#[test]
fn a_message_within_a_message_is_answered_by_another_thread_of_the_program() {
    let running = Running::new(Behaviour::default());
    let port = running.system.connect(PORT, b"").unwrap();
    thread::scope(|scope| {
        scope.spawn(|| {
            let message = port.get(100, None).unwrap().unwrap();
            port.reply(message.id, 0, &message.data.repeat(2)).unwrap();
        });
        let mut output = [0; 16];
        assert_eq!(port.send(&[command::SEND_BACK, 7, 8], &mut output).unwrap(), 4);
        assert_eq!(output[..4], [7, 8, 7, 8]);
    });
    drop(port);
    running.end();
}

#[test]
fn no_such_port_and_too_many_connections_are_said_in_words() {
    let running = Running::new(Behaviour { max_connections: 1, ..Behaviour::default() });
    let error = running.system.connect(r"\Nowhere", b"").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NoSuchPort);
    assert!(error.to_string().contains(r"\Nowhere"), "{error}");
    let port = running.system.connect(PORT, b"").unwrap();
    assert_eq!(running.system.connect(PORT, b"").unwrap_err().kind(), ErrorKind::TooManyConnections);
    drop(port);
    // The disconnect takes a moment to arrive.
    eventually("a free connection", || running.system.connect(PORT, b"").is_ok());
    eventually("the second disconnect", || {
        running.driver.events().iter().filter(|event| matches!(event, Event::Disconnect { .. })).count() == 2
    });
    running.end();
}

#[test]
fn m27_a_context_is_at_most_65535_bytes() {
    let running = Running::new(Behaviour::default());
    let error = running.system.connect(PORT, &vec![0; 65536]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    let _port = running.system.connect(PORT, &vec![7; 65535]).unwrap();
    assert!(matches!(&running.driver.events()[0], Event::Connect { context, .. } if context.len() == 65535));
    running.end();
}

#[test]
fn m28_getting_a_message_ends_with_its_time_and_loses_nothing() {
    let running = Running::new(Behaviour::default());
    let port = running.system.connect(PORT, b"").unwrap();
    let started = Instant::now();
    assert_eq!(port.get(100, Some(Duration::from_millis(60))).unwrap(), None);
    assert!(started.elapsed() >= Duration::from_millis(60));
    assert_eq!(port.get(100, Some(Duration::ZERO)).unwrap(), None);
    // A message that is there is had even by one who does not wait.
    thread::scope(|scope| {
        let sender = scope.spawn(|| running.driver.send(1, b"there", None, None));
        eventually("the message", || port.get(100, Some(Duration::ZERO)).unwrap().is_some());
        assert_eq!(sender.join().unwrap().0, sys::STATUS_SUCCESS);
    });
    drop(port);
    running.end();
}

#[test]
fn a_message_longer_than_the_room_for_it_is_an_error_that_names_both_sizes() {
    let running = Running::new(Behaviour::default());
    let port = running.system.connect(PORT, b"").unwrap();
    thread::scope(|scope| {
        scope.spawn(|| running.driver.send(1, &[0; 321], None, None));
        let error = port.get(45, None).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::BufferTooSmall);
        let text = error.to_string();
        assert!(text.contains("321") && text.contains("45"), "{text}");
        assert_eq!(port.get(321, None).unwrap().unwrap().data.len(), 321);
    });
    drop(port);
    running.end();
}

#[test]
fn many_messages_at_once_on_one_connection_are_each_dealt_with() {
    let running = Running::new(Behaviour::default());
    let port = running.system.connect(PORT, b"").unwrap();
    thread::scope(|scope| {
        // One that blocks in the driver holds up no other.
        let blocked = scope.spawn(|| port.send(&[command::BLOCK], &mut []));
        let senders: Vec<_> = (0..16_u8)
            .map(|number| {
                let port = &port;
                scope.spawn(move || {
                    for round in 0..50 {
                        let mut output = [0; 2];
                        assert_eq!(port.send(&[command::REVERSE, number, round], &mut output).unwrap(), 2);
                        assert_eq!(output, [round, number]);
                    }
                })
            })
            .collect();
        for sender in senders {
            sender.join().unwrap();
        }
        running.driver.release();
        blocked.join().unwrap().unwrap();
    });
    drop(port);
    running.end();
}

#[test]
fn a_message_of_sixty_four_mebibytes_goes_through() {
    let running = Running::new(Behaviour::default());
    let port = running.system.connect(PORT, b"").unwrap();
    let mut input = vec![9_u8; 64 * 1024 * 1024];
    input[0] = command::REVERSE;
    input[1] = 42;
    let mut output = vec![0; input.len() - 1];
    assert_eq!(port.send(&input, &mut output).unwrap(), output.len());
    assert_eq!(output.last(), Some(&42));
    drop(port);
    running.end();
}

#[test]
fn a_message_beyond_the_limit_is_refused_by_name_and_the_connection_lives_on() {
    let driver = Driver::load(Behaviour::default());
    let directory = tempfile::tempdir().unwrap();
    let _server = ControlServer::start_with_limit(&driver.machine, directory.path(), 4096).unwrap();
    let system = System::at(directory.path()).with_message_limit(4096);
    let port = system.connect(PORT, b"").unwrap();
    let error = port.send(&[0; 5000], &mut []).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLong);
    assert!(error.to_string().contains("4096"), "{error}");
    // Output that would not fit is refused by the machine.
    assert_eq!(port.send(&[0], &mut [0; 5000]).unwrap_err().status(), Some(sys::STATUS_INVALID_PARAMETER));
    assert_eq!(port.send(&[command::REVERSE, 1], &mut [0; 4]).unwrap(), 1);
    drop(port);
    driver.unload();
}

#[test]
fn unload_disconnects_programs_that_wait() {
    let running = Running::new(Behaviour::default());
    let port = running.system.connect(PORT, b"").unwrap();
    thread::scope(|scope| {
        let getter = scope.spawn(|| port.get(100, None));
        thread::sleep(Duration::from_millis(50));
        running.driver.unload();
        assert_eq!(getter.join().unwrap().unwrap_err().kind(), ErrorKind::Disconnected);
    });
    assert_eq!(port.send(&[0], &mut []).unwrap_err().kind(), ErrorKind::Disconnected);
}

#[test]
fn the_end_of_the_machines_server_is_an_error_to_who_waits() {
    let Running { driver, server, system, directory } = Running::new(Behaviour::default());
    let port = system.connect(PORT, b"").unwrap();
    thread::scope(|scope| {
        let getter = scope.spawn(|| port.get(100, None));
        thread::sleep(Duration::from_millis(50));
        drop(server);
        assert!(getter.join().unwrap().is_err());
    });
    assert!(port.send(&[0], &mut []).is_err());
    assert_eq!(system.filters().unwrap_err().kind(), ErrorKind::NoMachine);
    drop(directory);
    driver.unload();
}

#[test]
fn a_crash_releases_everybody_and_says_so() {
    let running = Running::new(Behaviour::default());
    let port = running.system.connect(PORT, b"").unwrap();
    thread::scope(|scope| {
        let sender = scope.spawn(|| running.driver.send(1, &[1; 200], Some(8), None));
        eventually("the message", || port.get(10, Some(Duration::ZERO)).is_err());
        running.driver.machine.set_crashed(CrashReport {
            driver: "PortTest".to_owned(),
            kind: FaultKind::IllegalInstruction,
            explanation: None,
            frames: Vec::new(),
            serving: None,
            routine: None,
            operation: None,
            subject: None,
            process_id: 4,
            process_image: "System".to_owned(),
            thread_id: 1,
            irql: 0,
        });
        assert_eq!(sender.join().unwrap().0, sys::STATUS_PORT_DISCONNECTED);
    });
    for error in [
        port.get(10, None).unwrap_err(),
        port.send(&[command::REVERSE], &mut []).unwrap_err(),
        running.system.connect(PORT, b"").unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::Disconnected);
        assert!(error.to_string().contains("PortTest has crashed"), "{error}");
    }
}

#[test]
fn what_is_no_message_ends_its_own_socket_only() {
    let running = Running::new(Behaviour::default());
    let port = running.system.connect(PORT, b"").unwrap();
    let mut state = 0x1234_5678_9ABC_DEF1_u64;
    for round in 0..300_usize {
        let mut garbage = Vec::new();
        for _ in 0..round {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            garbage.push(state.to_le_bytes()[0]);
        }
        let mut socket =
            if round % 2 == 0 { running.socket() } else { UnixStream::connect(running.server.socket()).unwrap() };
        // Both sides may see the other end it: the machine has no use for what follows the first mistake.
        let _ = socket.write_all(&garbage);
        let _ = socket.shutdown(std::net::Shutdown::Write);
        let mut rest = Vec::new();
        let _ = socket.read_to_end(&mut rest);
    }
    assert_eq!(port.send(&[command::REVERSE, 5], &mut [0; 4]).unwrap(), 1);
    drop(port);
    running.end();
}

#[test]
fn frames_that_end_early_or_announce_too_much_end_their_own_socket_only() {
    let running = Running::new(Behaviour::default());
    let port = running.system.connect(PORT, b"").unwrap();
    let mut frame = Vec::new();
    let call = Call { id: 1, request: Request::Connect { port: PORT.to_owned(), context: vec![1; 100] } };
    write_frame(&mut frame, &call, DEFAULT_FRAME_LIMIT).unwrap();
    for length in 0..frame.len() {
        let mut socket = running.socket();
        socket.write_all(&frame[..length]).unwrap();
        drop(socket);
    }
    let mut socket = running.socket();
    socket.write_all(&u32::MAX.to_le_bytes()).unwrap();
    assert_eq!(socket.read(&mut [0; 1]).unwrap(), 0, "the machine ends the socket");
    assert_eq!(port.send(&[command::REVERSE, 5], &mut [0; 4]).unwrap(), 1);
    assert_eq!(running.driver.events().iter().filter(|event| matches!(event, Event::Connect { .. })).count(), 1);
    drop(port);
    running.end();
}

#[test]
fn port_calls_without_a_port_and_calls_without_end_are_refused() {
    let running = Running::new(Behaviour::default());
    let mut socket = running.socket();
    let call = |id, request| Call { id, request };
    write_frame(&mut socket, &call(1, Request::Get { capacity: 5 }), 4096).unwrap();
    let answer: Answer = read_frame(&mut socket, 4096).unwrap().unwrap();
    assert_eq!(answer.outcome.unwrap_err().status, sys::STATUS_INVALID_HANDLE);

    write_frame(&mut socket, &call(2, Request::Connect { port: PORT.to_owned(), context: Vec::new() }), 4096).unwrap();
    assert!(read_frame::<Answer>(&mut socket, 4096).unwrap().unwrap().outcome.is_ok());
    for id in 3..3 + 2000 {
        write_frame(&mut socket, &call(id, Request::Get { capacity: 5 }), 4096).unwrap();
    }
    let answer: Answer = read_frame(&mut socket, 4096).unwrap().unwrap();
    assert_eq!(answer.outcome.unwrap_err().status, sys::STATUS_INSUFFICIENT_RESOURCES);
    drop(socket);
    eventually("the disconnect", || matches!(running.driver.events().last(), Some(Event::Disconnect { .. })));
    running.end();
}

#[test]
fn filters_and_loading_are_served() {
    let running = Running::new(Behaviour::default());
    let filters = running.system.filters().unwrap();
    assert_eq!(filters.len(), 1);
    assert_eq!((filters[0].name.as_str(), filters[0].altitude.as_str()), ("PortTest", "370123"));
    assert_eq!(running.system.instances(None).unwrap(), []);
    assert_eq!(running.system.instances(Some("Nobody")).unwrap_err().kind(), ErrorKind::NoSuchFilter);
    assert_eq!(running.system.volumes().unwrap(), []);
    assert_eq!(running.system.load("PortTest").unwrap_err().status(), Some(sys::STATUS_IMAGE_ALREADY_LOADED));
    assert_eq!(running.system.unload("Nobody").unwrap_err().kind(), ErrorKind::NoSuchFilter);
    assert_eq!(running.system.load("Nobody").unwrap_err().kind(), ErrorKind::NoSuchFilter);
    let error = running.system.attach("PortTest", "X:", None, None).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NoSuchVolume);
    let file = running.directory.path().join("driver.sys");
    fs::write(&file, b"no driver").unwrap();
    let error = running.system.load_image(&file, None, Some("1000"), &[]).unwrap_err();
    assert!(error.to_string().contains("driver.sys"), "{error}");
    assert!(running.system.load_image(&file, None, None, &[]).unwrap_err().to_string().contains("altitude"));
    running.end();
}

#[test]
fn without_a_machine_the_error_says_how_to_start_one() {
    let directory = tempfile::tempdir().unwrap();
    let error = System::at(directory.path()).filters().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NoMachine);
    let text = error.to_string();
    assert!(text.contains("fltsim mount") && text.contains(directory.path().to_str().unwrap()), "{text}");
}

#[test]
fn a_directory_has_one_machine_and_what_a_dead_one_left_is_replaced() {
    let directory = tempfile::tempdir().unwrap();
    let place = directory.path().join("new/machine");
    // A socket nobody listens at.
    let driver = Driver::load(Behaviour::default());
    let server = ControlServer::start(&driver.machine, &place).unwrap();
    assert_eq!(fs::metadata(&place).unwrap().permissions().mode() & 0o777, 0o700);
    let Err(error) = ControlServer::start(&driver.machine, &place) else { panic!("two machines in one directory") };
    assert!(matches!(error, ControlError::Running { .. }));
    assert!(error.to_string().contains(&std::process::id().to_string()), "{error}");
    drop(server);
    drop(UnixListener::bind(place.join("machine.sock")).unwrap());
    let server = ControlServer::start(&driver.machine, &place).unwrap();
    assert_eq!(System::at(&place).filters().unwrap().len(), 1);
    drop(server);
    driver.unload();
}

#[test]
fn a_directory_that_others_may_write_to_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o777)).unwrap();
    let driver = Driver::load(Behaviour::default());
    let refused = ControlServer::start(&driver.machine, directory.path());
    assert!(matches!(refused.err(), Some(ControlError::Unsafe { .. })));
    driver.unload();
}
