//! Programs that die.
//!
//! The program is this test binary, started once more to run one test, which is a client there and nothing here.

use std::env;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use fltmgr_sys as sys;
use fltuser::System;

use crate::driver::{Behaviour, Event, command};
use crate::eventually;
use crate::socket::Running;

/// What a program does before it hangs.
const ROLE: &str = "PORT_TEST_ROLE";
const DIRECTORY: &str = "PORT_TEST_DIRECTORY";

#[test]
fn program() {
    let (Ok(role), Ok(directory)) = (env::var(ROLE), env::var(DIRECTORY)) else { return };
    let port = System::at(Path::new(&directory)).connect(r"\TestPort", b"program").unwrap();
    println!("connected");
    match role.as_str() {
        "gets and never replies" => {
            port.get(100, None).unwrap();
            println!("got");
        }
        "sends" => drop(port.send(&[command::BLOCK], &mut [])),
        _ => {}
    }
    thread::sleep(Duration::from_mins(1));
}

fn start(running: &Running, role: &str) -> Child {
    Command::new(env::current_exe().unwrap())
        .args(["--exact", "programs::program", "--nocapture"])
        .env(ROLE, role)
        .env(DIRECTORY, running.directory.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Waits until the program says something.
fn wait_for(child: &mut Child, word: &str) {
    let output = child.stdout.take().unwrap();
    let mut lines = BufReader::new(output);
    let mut line = String::new();
    while !line.contains(word) {
        line.clear();
        assert_ne!(lines.read_line(&mut line).unwrap(), 0, "the program ended before it said {word:?}");
    }
    child.stdout = Some(lines.into_inner());
}

#[test]
fn a_program_that_dies_releases_the_driver_that_waits_for_its_reply() {
    let running = Running::new(Behaviour::default());
    let mut child = start(&running, "gets and never replies");
    wait_for(&mut child, "connected");
    let id = child.id() as usize;
    assert_eq!(running.driver.events(), [Event::Connect { context: b"program".to_vec(), irql: 0, process: id }]);
    thread::scope(|scope| {
        let sender = scope.spawn(|| running.driver.send(1, b"?", Some(8), None));
        wait_for(&mut child, "got");
        assert!(!sender.is_finished());
        child.kill().unwrap();
        assert_eq!(sender.join().unwrap().0, sys::STATUS_PORT_DISCONNECTED);
    });
    child.wait().unwrap();
    eventually("the disconnect", || running.driver.events().contains(&Event::Disconnect { cookie: 1, irql: 0 }));
    running.driver.unload();
    assert_eq!(running.driver.rules(), [""; 0]);
}

#[test]
fn a_program_that_dies_while_the_driver_deals_with_its_message_is_disconnected_after_it() {
    let running = Running::new(Behaviour::default());
    let mut child = start(&running, "sends");
    eventually("the message", || running.driver.events().len() == 2);
    child.kill().unwrap();
    child.wait().unwrap();
    thread::sleep(Duration::from_millis(50));
    assert_eq!(running.driver.events().len(), 2);
    running.driver.release();
    eventually("the disconnect", || running.driver.events().contains(&Event::Disconnect { cookie: 1, irql: 0 }));
    running.driver.unload();
    assert_eq!(running.driver.rules(), [""; 0]);
}
