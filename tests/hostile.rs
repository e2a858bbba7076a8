//! What arrives at the port is hostile until proven otherwise: each bad message is an error to its sender, and the driver
//! goes on.

#![expect(clippy::cast_possible_truncation, reason = "random numbers are cut to size, and lengths here are short")]

mod common;

use common::{Guarded, compiled, failure};
use fileguard_protocol::message::{LoadReply, Status};
use fileguard_protocol::{Hello, PORT_NAME, Request, Role};
use fltmgr_sys as sys;

const POLICY: &str = "[[rule]]\npath = ['/vault/**', '*.key']\nprocess = '**/rm'\noperation = 'delete'\naction = 'deny'\n[[rule]]\npath='/b'\naction='ask'\n";

/// A small generator, so that a failing run can be repeated from its seed.
struct Random(u64);

impl Random {
    fn new() -> Self {
        let seed = std::env::var("FILEGUARD_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or_else(|| {
            std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_nanos() as u64
        });
        println!("repeat with FILEGUARD_SEED={seed}");
        Self(seed | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }
}

/// The driver still answers, and still enforces the policy that was in force.
fn is_well(guarded: &Guarded, generation: u64) {
    assert!(guarded.machine.crash().is_none());
    assert_eq!(guarded.status().policy_generation.get(), generation);
}

in_both_modes! {
    fn a_greeting_of_another_program_is_refused(guarded: &Guarded) {
        let process = guarded.machine.processes().named(0x0200_0000, r"\Device\HarddiskVolume1\evil");
        let mut other_version = Hello { role: Role::Control }.encode();
        other_version[4] ^= 0xFF;
        for greeting in [&b""[..], b"FGRD", b"GET / HTTP/1.1\r\n", &other_version, &[0xFF; 4096]] {
            let refused = guarded.machine.connect_port(&process, PORT_NAME, greeting).map(drop);
            assert_eq!(failure(refused), sys::STATUS_REVISION_MISMATCH, "{greeting:?}");
        }
        is_well(guarded, 0);
    }

    fn more_clients_than_the_port_takes_are_refused(guarded: &Guarded) {
        let clients: Vec<_> = (0..32).map(|_| guarded.connect(Role::Control)).collect();
        let process = guarded.machine.processes().named(0x0200_0004, r"\Device\HarddiskVolume1\one-too-many");
        let refused = guarded.machine.connect_port(&process, PORT_NAME, &Hello { role: Role::Control }.encode()).map(drop);
        assert_eq!(failure(refused), sys::STATUS_CONNECTION_COUNT_LIMIT);
        drop(clients);
        is_well(guarded, 0);
    }

    fn a_truncated_request_is_an_error(guarded: &Guarded) {
        let client = guarded.connect(Role::Control);
        let whole = Request::Status.encode();
        let mut reply = [0; Status::LENGTH];
        for length in 0..whole.len() {
            assert!(client.send(&whole[..length], &mut reply).is_err(), "{length} bytes");
        }
        for room in 0..Status::LENGTH {
            assert!(client.send(&whole, &mut reply[..room]).is_err(), "room for {room} bytes");
        }
        assert!(client.send(&whole, &mut reply).is_ok());
    }

    fn memory_that_is_not_there_is_an_error_and_no_fault(guarded: &Guarded) {
        let client = guarded.connect(Role::Control);
        let request = Request::Status.encode();
        let mut reply = [0_u8; Status::LENGTH];
        let unmapped = 0x10_000_usize;
        let here = request.as_ptr().addr();
        let there = reply.as_mut_ptr().addr();
        let length = request.len() as u32;
        let room = reply.len() as u32;
        assert_eq!(failure(client.send_raw(unmapped, length, there, room)), sys::STATUS_ACCESS_VIOLATION);
        assert_eq!(failure(client.send_raw(here, length, unmapped, room)), sys::STATUS_ACCESS_VIOLATION);
        // A policy that is said to be longer than the memory that holds it.
        let mut message = Request::LoadPolicy { length: 0x80_0000 }.encode().to_vec();
        message.resize(Request::LENGTH + 100, 0);
        let mapping = fltsim::user_memory::UserBuffer::new(&message).expect("memory");
        let claimed = Request::LENGTH as u32 + 0x80_0000;
        assert_eq!(failure(client.send_raw(mapping.address(), claimed, there, room)), sys::STATUS_ACCESS_VIOLATION);
        // A length without a pointer counts as none (M-14).
        assert!(client.send_raw(0, length, there, room).is_err());
        assert!(client.send_raw(here, length, there, room).is_ok());
        is_well(guarded, 0);
    }

    fn a_policy_longer_than_allowed_is_refused(guarded: &Guarded) {
        let blob = vec![0; 65 * 1024 * 1024];
        assert_eq!(failure(guarded.load_blob(&blob)), sys::STATUS_INVALID_BUFFER_SIZE);
        is_well(guarded, 0);
    }

    fn every_truncated_policy_is_refused(guarded: &Guarded) {
        guarded.policy(POLICY);
        let blob = compiled(POLICY);
        for length in 0..blob.len() {
            let reply = guarded.load_blob(&blob[..length]).expect("an answer");
            assert_ne!(reply.refusal.get(), 0, "{length} of {} bytes are taken for a policy", blob.len());
        }
        is_well(guarded, 1);
    }

    fn damaged_policies_are_refused_or_harmless(guarded: &Guarded) {
        let blob = compiled(POLICY);
        let mut random = Random::new();
        let program = guarded.anybody();
        for _ in 0..300 {
            let mut damaged = blob.clone();
            for _ in 0..=random.below(8) {
                let place = random.below(damaged.len());
                damaged[place] = random.next() as u8;
            }
            let _: LoadReply = guarded.load_blob(&damaged).expect("an answer");
            // Whatever it says now, operations come to an end.
            let _ = program.write("/vault/file", b"1");
            let _ = program.delete("/vault/file");
        }
        assert!(guarded.machine.crash().is_none());
    }

    fn random_messages_are_errors(guarded: &Guarded) {
        let mut random = Random::new();
        let client = guarded.connect(Role::Observer);
        let mut reply = vec![0; 100_000];
        for _ in 0..500 {
            let mut message = if random.below(2) == 0 { Request::Status.encode().to_vec() } else { Vec::new() };
            let more = random.below(64);
            message.extend((0..more).map(|_| random.next() as u8));
            if message.len() > 7 && random.below(2) == 0 {
                message[6] = random.below(8) as u8;
                message[7] = 0;
            }
            // A request to wait for events may be among them: it waits for as long as it says, which is cut short here.
            if message.get(6) == Some(&4) {
                continue;
            }
            let room = random.below(reply.len());
            let _ = client.send(&message, &mut reply[..room]);
        }
        is_well(guarded, 0);
    }
}

/// A client that is gone while the driver waits for its answer is no answer: the rule's default holds at once.
#[test]
fn a_service_that_dies_while_it_is_asked_leaves_the_default() {
    use std::sync::atomic::{AtomicBool, Ordering};
    let guarded = Guarded::start(common::Mode::Image);
    let program = guarded.anybody();
    program.write("/file", b"1").unwrap();
    guarded
        .policy("[[rule]]\npath = '/file'\noperation = 'read'\naction = 'ask'\ntimeout = '600s'\ndefault = 'deny'\n");
    let service = guarded.connect(Role::Answerer);
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let result = program.read("/file");
            done.store(true, Ordering::Relaxed);
            result
        });
        // The question is taken, and the service goes without a word.
        let got = service.get(64 * 1024, Some(std::time::Duration::from_mins(1)));
        assert!(matches!(got, fltsim::flt::port::Got::Message { .. }));
        assert!(!done.load(Ordering::Relaxed));
        drop(service);
        assert_eq!(failure(reader.join().unwrap()), sys::STATUS_ACCESS_DENIED);
    });
    assert_eq!(guarded.status().asks_pending.get(), 0);
}
