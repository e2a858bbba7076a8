use crate::runner::{Calls, TAG, call_as, runner};
use fltmgr::irql::{Irql, PassiveLevel};
use fltmgr::pool::{Paged, PoolVec};
use fltmgr::port::{Connection, Question, Sent, Told, connections};
use fltmgr::time::Ticks;
use fltmgr::{Error, Result};
use fltmgr_sys as sys;
use fltsim::flt::port::{Caller, Got, PortConnection};
use fltsim::status::NtStatus;
use std::sync::Mutex;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;
use zerocopy::{FromBytes, Immutable, IntoBytes};

const LONG: Ticks = Ticks::from_milliseconds(60_000);
const SHORT: Ticks = Ticks::from_milliseconds(1);

/// The clients that are called so.
fn called(name: &'static [u8], at: Irql<'_, PassiveLevel>) -> impl Iterator<Item = Connection<Calls>> {
    connections::<Calls, _>(at).filter(move |client| ***client == *name)
}

fn received(client: &PortConnection) -> (u64, u32, Vec<u8>) {
    match client.get(1000, Some(Duration::from_mins(1))) {
        Got::Message { id, reply_length, data } => (id, reply_length, data),
        _ => panic!("no message came"),
    }
}

#[test]
fn a_filter_walks_the_clients_that_are_connected_and_sends_to_each() {
    let runner = runner();
    let names = |runner: &crate::runner::Runner| {
        runner.call(|_, at| connections::<Calls, _>(at).map(|client| client.to_vec()).collect::<Vec<_>>())
    };
    // The call is a client itself.
    assert_eq!(names(&runner), [b"caller"]);
    let clients = [b"a", b"b", b"c", b"d", b"e", b"f"].map(|name| runner.connect(name));
    assert_eq!(names(&runner).len(), 7);
    thread::scope(|scope| {
        for client in &clients {
            scope.spawn(move || assert_eq!(received(client), (1, 0, b"hello".to_vec())));
        }
        runner.call(|_, at| {
            for client in connections::<Calls, _>(at).filter(|client| client.len() == 1) {
                assert_eq!(client.tell(b"hello", LONG, at), Ok(Told::Taken));
            }
        });
    });
    drop(clients);
    assert_eq!(names(&runner), [b"caller"]);
}

#[test]
fn a_refused_client_is_not_among_the_connections() {
    let runner = runner();
    let client = runner.guarded.anybody();
    let refused = runner.guarded.machine.connect_port(&client.requestor.process, r"\Calls", b"refused");
    assert_eq!(refused.err(), Some(NtStatus(sys::STATUS_SHARING_VIOLATION)));
    assert_eq!(runner.call(|_, at| called(b"refused", at).count()), 0);
}

#[derive(IntoBytes, Immutable)]
#[repr(C)]
struct Sum {
    left: u32,
    right: u32,
}

#[derive(FromBytes, IntoBytes, Debug, PartialEq)]
#[repr(C)]
struct Total(u64);

impl Question<Calls> for Sum {
    type Answer = Total;
}

/// What came of a question that the client answers so.
fn asked(status: i32, answer: &'static [u8]) -> Result<Sent<Total>> {
    let runner = runner();
    let client = runner.connect(b"service");
    thread::scope(|scope| {
        scope.spawn(|| {
            let (id, reply_length, data) = received(&client);
            assert_eq!(reply_length, 16 + 8, "the header and the answer");
            assert_eq!(data, [[3, 0, 0, 0], [4, 0, 0, 0]].concat());
            client.reply(id, NtStatus(status), answer).unwrap();
        });
        runner.call(|_, at| {
            let service = called(b"service", at).next().unwrap();
            service.question(&Sum { left: 3, right: 4 }, LONG, at)
        })
    })
}

#[test]
fn a_question_has_an_answer_of_its_type() {
    assert_eq!(asked(0, &[7, 0, 0, 0, 0, 0, 0, 0]), Ok(Sent::Replied(Total(7))));
}

#[test]
fn an_answer_of_another_length_is_none() {
    assert_eq!(asked(0, &[7]), Err(Error::INVALID_BUFFER_SIZE));
    // M-22.
    assert_eq!(asked(0, &[7; 9]), Err(Error::BUFFER_OVERFLOW));
}

#[test]
fn an_answer_with_an_error_is_that_error() {
    assert_eq!(asked(sys::STATUS_ACCESS_DENIED, &[7; 8]), Err(Error::ACCESS_DENIED));
}

#[test]
fn a_client_that_does_not_take_a_message_or_not_answer_is_waited_for_so_long() {
    let runner = runner();
    let client = runner.connect(b"slow");
    let ask = |timeout| {
        runner.call(move |_, at| {
            let slow = called(b"slow", at).next().unwrap();
            (slow.tell(b"x", timeout, at), slow.ask(b"x", &mut [0; 8], timeout, at))
        })
    };
    // M-19: no success, whatever the class of its status. A time of zero is none (X-06).
    assert_eq!(ask(SHORT), (Ok(Told::TimedOut), Ok(Sent::TimedOut)));
    assert_eq!(ask(Ticks(0)), (Ok(Told::TimedOut), Ok(Sent::TimedOut)));
    drop(client);
}

#[test]
fn a_reference_to_a_connection_that_has_ended_sends_to_nobody() {
    let runner = runner();
    let client = runner.connect(b"gone");
    let kept = runner.call(|_, at| called(b"gone", at).next().unwrap());
    drop(client);
    let told = runner.call(move |_, at| {
        assert_eq!(kept.ask(b"x", &mut [], LONG, at), Err(Error::PORT_DISCONNECTED));
        kept.tell(b"x", LONG, at)
    });
    assert_eq!(told, Err(Error::PORT_DISCONNECTED));
}

#[test]
fn a_client_that_goes_while_it_is_asked_lets_the_filter_go_on() {
    let runner = runner();
    let client = Mutex::new(Some(runner.connect(b"leaving")));
    thread::scope(|scope| {
        scope.spawn(|| {
            let leaving = client.lock().unwrap().take().unwrap();
            received(&leaving);
            drop(leaving);
        });
        let asked = runner.call(|_, at| {
            let leaving = called(b"leaving", at).next().unwrap();
            leaving.ask(b"x", &mut [0; 8], LONG, at)
        });
        assert_eq!(asked, Err(Error::PORT_DISCONNECTED));
    });
}

#[test]
fn ports_admit_whom_they_say() {
    let runner = runner();
    let connect = |name, caller| {
        let client = runner.guarded.anybody();
        runner.guarded.machine.connect_port_as(&client.requestor.process, name, b"", caller).map(drop).map_err(|e| e.0)
    };
    for (name, for_users) in [(r"\Calls", Err(sys::STATUS_ACCESS_DENIED)), (r"\Open", Ok(())), (r"\Members", Ok(()))] {
        assert_eq!(connect(name, Caller::Administrator), Ok(()), "{name}");
        assert_eq!(connect(name, Caller::User), for_users, "{name}");
    }
}

#[test]
fn a_port_that_takes_no_messages_says_so() {
    let runner = runner();
    let client = runner.guarded.anybody();
    let connection = runner.guarded.machine.connect_port(&client.requestor.process, r"\Open", b"").unwrap();
    assert_eq!(connection.send(b"x", &mut []), Err(NtStatus(sys::STATUS_NOT_SUPPORTED)));
}

#[test]
fn a_structure_is_taken_at_its_own_length_alone() {
    let runner = runner();
    let caller = runner.connect(b"caller");
    for length in [0, 7, 9] {
        assert_eq!(caller.send(&vec![0; length], &mut [0; 8]), Err(NtStatus(sys::STATUS_INVALID_BUFFER_SIZE)));
    }
}

#[test]
fn more_clients_than_there_were_places_are_found_and_forgotten() {
    let runner = runner();
    let clients: Vec<_> = (0..40_u8).map(|index| runner.connect(&[index])).collect();
    let found = runner.call(|_, at| {
        let mut names = PoolVec::<u8, Paged>::new(TAG);
        for client in connections::<Calls, _>(at) {
            names.try_extend(client.get(..1).unwrap()).unwrap();
        }
        names.to_vec()
    });
    let mut expected: Vec<u8> = (0..40).collect();
    expected.push(b'c');
    assert_eq!(found, expected);
    drop(clients);
    assert_eq!(runner.call(|_, at| connections::<Calls, _>(at).count()), 1);
}

#[test]
fn a_message_that_is_under_way_when_the_client_goes_keeps_its_connection() {
    let runner = runner();
    let client = runner.connect(b"closing");
    let (is_in, came_in) = channel();
    let (leave, left) = channel::<()>();
    thread::scope(|scope| {
        let message = scope.spawn(|| {
            call_as(&client, move |_, at| {
                let itself = called(b"closing", at).next().unwrap();
                is_in.send(()).unwrap();
                // Until the client is gone.
                let _ = left.recv();
                (itself.tell(b"x", LONG, at), called(b"closing", at).count())
            })
        });
        came_in.recv().unwrap();
        client.close_at_once();
        drop(leave);
        assert_eq!(message.join().unwrap(), (Err(Error::PORT_DISCONNECTED), 0));
    });
}
