//! What the Filter Manager does, seen through fltsim's own API.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use fltmgr_sys as sys;
use fltsim::flt::port::{Caller, Got};
use fltsim::kernel::time::system_time;
use fltsim::status::NtStatus;
use fltsim::user_memory::{USER_PROBE_ADDRESS, UserBuffer};

use crate::driver::{Behaviour, Driver, Event, Security, command};
use crate::{eventually, process};

const PORT: &str = r"\TestPort";
/// 100 ms in the units of a relative timeout.
const TENTH_OF_A_SECOND: i64 = -1_000_000;

#[test]
fn m01_a_port_without_obj_kernel_handle_is_refused() {
    let driver = Driver::load(Behaviour { attributes: 0, ..Behaviour::default() });
    assert_eq!(driver.create_status(), sys::STATUS_INVALID_PARAMETER);
    assert!(driver.rules().contains(&"M-01"));
    driver.unload();
}

#[test]
fn m02_a_port_for_no_connections_is_refused() {
    for max_connections in [0, -1] {
        let driver = Driver::load(Behaviour { max_connections, ..Behaviour::default() });
        assert_eq!(driver.create_status(), sys::STATUS_INVALID_PARAMETER);
        driver.unload();
    }
}

#[test]
fn m03_a_name_is_taken_whatever_its_case_until_the_port_is_closed() {
    let driver = Driver::load(Behaviour::default());
    assert_eq!(driver.create_port(r"\testPORT"), sys::STATUS_OBJECT_NAME_COLLISION);
    driver.close_server();
    assert_eq!(driver.create_port(r"\testPORT"), sys::STATUS_SUCCESS);
    driver.unload();
    assert_eq!(driver.rules(), [""; 0]);
}

#[test]
fn m04_m07_callbacks_run_at_passive_level_in_the_clients_process_with_its_context_and_cookies() {
    let driver = Driver::load(Behaviour::default());
    let client = driver.machine.connect_port(&process(&driver.machine), PORT, b"hello").unwrap();
    client.send(&[command::REVERSE], &mut [0; 4]).unwrap();
    drop(client);
    let events = driver.events();
    assert_eq!(events[0], Event::Connect { context: b"hello".to_vec(), irql: 0, process: 4242 });
    assert!(matches!(events[1], Event::Message { cookie: 1, irql: 0, process: 4242, .. }), "{events:?}");
    assert_eq!(events[2], Event::Disconnect { cookie: 1, irql: 0 });
    driver.unload();
}

#[test]
fn m05_m06_the_default_descriptor_lets_only_administrators_connect() {
    let driver = Driver::load(Behaviour::default());
    let process = process(&driver.machine);
    let refused = driver.machine.connect_port_as(&process, PORT, b"", Caller::User);
    assert_eq!(refused.err(), Some(NtStatus(sys::STATUS_ACCESS_DENIED)));
    assert_eq!(driver.events(), []);
    assert!(driver.machine.connect_port(&process, PORT, b"").is_ok());
    driver.unload();

    let driver = Driver::load(Behaviour { security: Security::Everyone, ..Behaviour::default() });
    let process = crate::process(&driver.machine);
    assert!(driver.machine.connect_port_as(&process, PORT, b"", Caller::User).is_ok());
    driver.unload();
}

#[test]
fn m07_the_status_of_connect_notify_is_the_clients_and_a_refused_client_is_never_disconnected() {
    let status = sys::STATUS_INSUFFICIENT_RESOURCES;
    let driver = Driver::load(Behaviour { connect_status: status, max_connections: 1, ..Behaviour::default() });
    for _ in 0..3 {
        let refused = driver.machine.connect_port(&process(&driver.machine), PORT, b"");
        assert_eq!(refused.err(), Some(NtStatus(status)));
    }
    assert!(driver.events().iter().all(|event| matches!(event, Event::Connect { .. })));
    driver.unload();
    assert_eq!(driver.rules(), [""; 0]);
}

#[test]
fn connections_beyond_the_limit_are_refused_until_one_ends() {
    let driver = Driver::load(Behaviour { max_connections: 2, ..Behaviour::default() });
    let process = process(&driver.machine);
    let connect = || driver.machine.connect_port(&process, PORT, b"");
    let first = connect().unwrap();
    let _second = connect().unwrap();
    assert_eq!(connect().err(), Some(NtStatus(sys::STATUS_CONNECTION_COUNT_LIMIT)));
    drop(first);
    let _third = connect().unwrap();
    driver.unload();
}

#[test]
fn m08_a_client_port_that_is_never_closed_is_reported_at_unload() {
    let driver = Driver::load(Behaviour { closes_client: false, ..Behaviour::default() });
    drop(driver.machine.connect_port(&process(&driver.machine), PORT, b"").unwrap());
    assert_eq!(driver.rules(), [""; 0]);
    driver.unload();
    assert_eq!(driver.rules(), ["M-08"]);
}

#[test]
fn m09_m12_unload_disconnects_who_is_connected_once() {
    let driver = Driver::load(Behaviour::default());
    let client = driver.machine.connect_port(&process(&driver.machine), PORT, b"").unwrap();
    driver.unload();
    assert_eq!(driver.events()[1..], [Event::Disconnect { cookie: 1, irql: 0 }]);
    let disconnected = Some(NtStatus(sys::STATUS_PORT_DISCONNECTED));
    assert_eq!(client.send(&[0], &mut []).err(), disconnected);
    assert_eq!(client.get(10, None), Got::Disconnected);
    assert_eq!(client.reply(1, NtStatus(0), &[]).err(), disconnected);
    drop(client);
    assert_eq!(driver.events().len(), 2);
    assert_eq!(driver.rules(), [""; 0]);
}

#[test]
fn m10_closing_a_client_port_sets_the_variable_to_null_and_releases_who_sends() {
    let driver = Driver::load(Behaviour::default());
    let client = driver.machine.connect_port(&process(&driver.machine), PORT, b"").unwrap();
    thread::scope(|scope| {
        let sender = scope.spawn(|| driver.send(1, b"message", Some(8), None));
        thread::sleep(Duration::from_millis(50));
        driver.close_client(1);
        assert_eq!(sender.join().unwrap().0, sys::STATUS_PORT_DISCONNECTED);
    });
    // SAFETY: the variable is the driver's.
    assert!(unsafe { *driver.client(1) }.is_null());
    assert_eq!(driver.send(1, b"message", None, None).0, sys::STATUS_PORT_DISCONNECTED);
    assert_eq!(client.send(&[0], &mut []).err(), Some(NtStatus(sys::STATUS_PORT_DISCONNECTED)));
    assert_eq!(driver.rules(), [""; 0]);
    driver.close_client(1);
    assert_eq!(driver.rules(), ["M-10"]);
    driver.unload();
}

#[test]
fn m11_a_closed_server_port_takes_no_connections_and_keeps_those_it_has() {
    let driver = Driver::load(Behaviour::default());
    let process = process(&driver.machine);
    let client = driver.machine.connect_port(&process, PORT, b"").unwrap();
    driver.close_server();
    let refused = driver.machine.connect_port(&process, PORT, b"");
    assert_eq!(refused.err(), Some(NtStatus(sys::STATUS_OBJECT_NAME_NOT_FOUND)));
    let mut output = [0; 3];
    assert_eq!(client.send(&[command::REVERSE, 1, 2, 3], &mut output), Ok(3));
    assert_eq!(output, [3, 2, 1]);
    driver.unload();
}

#[test]
fn a54_a_server_port_that_is_open_in_flt_unregister_filter_is_reported() {
    let driver = Driver::load(Behaviour { closes_server: false, ..Behaviour::default() });
    driver.unload();
    assert_eq!(driver.rules(), ["A-54"]);
    let gone = driver.machine.connect_port(&process(&driver.machine), PORT, b"");
    assert_eq!(gone.err(), Some(NtStatus(sys::STATUS_OBJECT_NAME_NOT_FOUND)));
}

#[test]
fn m13_a_buffer_outside_the_users_addresses_is_refused_without_asking_the_driver() {
    let driver = Driver::load(Behaviour::default());
    let client = driver.machine.connect_port(&process(&driver.machine), PORT, b"").unwrap();
    let good = UserBuffer::new(&[command::REVERSE; 8]).unwrap();
    let violation = Err(NtStatus(sys::STATUS_ACCESS_VIOLATION));
    for bad in [0xFFFF_8000_0000_0000, USER_PROBE_ADDRESS, USER_PROBE_ADDRESS - 4, usize::MAX - 3] {
        assert_eq!(client.send_raw(bad, 8, 0, 0), violation, "{bad:#x}");
        assert_eq!(client.send_raw(good.address(), 8, bad, 8), violation, "{bad:#x}");
    }
    assert_eq!(driver.events().len(), 1);
    driver.unload();
}

#[test]
fn m13_a_buffer_in_the_users_range_reaches_the_driver_mapped_or_not_with_the_length_as_sent() {
    let driver = Driver::load(Behaviour::default());
    let client = driver.machine.connect_port(&process(&driver.machine), PORT, b"").unwrap();
    let result = client.send_raw(0x123, 77, 0x456, 0xFFFF);
    assert_eq!(result, Err(NtStatus(sys::STATUS_ACCESS_VIOLATION)));
    let Event::Message { input, output, .. } = driver.events().remove(1) else { panic!("no message came") };
    assert_eq!((input, output), ((0x123, 77), (0x456, 0xFFFF)));
    driver.unload();
}

#[test]
fn m13_a_length_beyond_the_buffer_leads_to_memory_that_is_not_there() {
    let driver = Driver::load(Behaviour::default());
    let client = driver.machine.connect_port(&process(&driver.machine), PORT, b"").unwrap();
    let input = UserBuffer::new(&[command::REVERSE, 1, 2, 3]).unwrap();
    let output = UserBuffer::zeroed(2).unwrap();
    let violation = Err(NtStatus(sys::STATUS_ACCESS_VIOLATION));
    assert_eq!(client.send_raw(input.address(), 5, output.address(), 2), violation);
    assert_eq!(client.send_raw(input.address(), 4, output.address(), 3), violation);
    assert_eq!(client.send_raw(input.address(), 4, output.address(), 2), Ok(2));
    assert_eq!(output.bytes(), [3, 2]);
    driver.unload();
}

#[test]
fn m13_the_drivers_buffers_end_at_a_page_that_it_cannot_touch_and_may_be_misaligned() {
    let driver = Driver::load(Behaviour::default());
    let client = driver.machine.connect_port(&process(&driver.machine), PORT, b"").unwrap();
    client.send(&[command::REVERSE; 13], &mut [0; 7]).unwrap();
    let Event::Message { input, output, .. } = driver.events().remove(1) else { panic!("no message came") };
    assert_eq!((input.1, output.1), (13, 7));
    assert_eq!((input.0 + 13) % 4096, 0);
    assert_eq!((output.0 + 7) % 4096, 0);
    driver.unload();
}

#[test]
fn m14_no_buffer_is_null_whatever_its_length() {
    let driver = Driver::load(Behaviour::default());
    let client = driver.machine.connect_port(&process(&driver.machine), PORT, b"").unwrap();
    assert_eq!(client.send_raw(0, 99, 0, 98), Ok(0));
    assert_eq!(client.send(&[], &mut []), Ok(0));
    let buffers: Vec<_> = driver.events()[1..]
        .iter()
        .map(|event| match event {
            Event::Message { input, output, .. } => (*input, *output),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(buffers, [((0, 99), (0, 98)), ((0, 0), (0, 0))]);
    driver.unload();
}

#[test]
fn m15_a_returned_length_that_is_not_set_or_too_large_is_reported_and_not_believed() {
    let driver = Driver::load(Behaviour::default());
    let client = driver.machine.connect_port(&process(&driver.machine), PORT, b"").unwrap();
    assert_eq!(client.send(&[command::SAY_NOTHING], &mut [0; 4]), Ok(0));
    assert_eq!(driver.rules(), ["M-15"]);
    assert_eq!(client.send(&[command::SAY_TOO_MUCH], &mut [0; 4]), Ok(4));
    assert_eq!(driver.rules(), ["M-15", "M-15"]);
    driver.unload();
}

#[test]
fn m16_a_port_without_message_notify_refuses_every_message() {
    let driver = Driver::load(Behaviour { takes_messages: false, ..Behaviour::default() });
    let client = driver.machine.connect_port(&process(&driver.machine), PORT, b"").unwrap();
    assert!(client.send(&[0], &mut []).unwrap_err().is_error());
    driver.unload();
}

#[test]
fn m17_a_message_needs_a_buffer() {
    let driver = Driver::load(Behaviour::default());
    let _client = driver.machine.connect_port(&process(&driver.machine), PORT, b"").unwrap();
    let status = driver.in_system(|| {
        // SAFETY: NULL is what this is about; the routine refuses it.
        unsafe {
            sys::FltSendMessage(
                driver.filter.load(std::sync::atomic::Ordering::Relaxed),
                driver.client(1),
                std::ptr::null_mut(),
                0,
                std::ptr::null_mut(),
                std::ptr::null_mut(),
                std::ptr::null_mut(),
            )
        }
    });
    assert_eq!(status, sys::STATUS_INVALID_PARAMETER);
    assert_eq!(driver.rules(), ["M-17"]);
    driver.unload();
}

#[test]
fn m18_a_message_without_reply_is_sent_when_a_waiting_client_has_it_and_not_before() {
    let driver = Driver::load(Behaviour::default());
    let client = driver.machine.connect_port(&process(&driver.machine), PORT, b"").unwrap();
    thread::scope(|scope| {
        let sender = scope.spawn(|| driver.send(1, b"news", None, None));
        thread::sleep(Duration::from_millis(80));
        assert!(!sender.is_finished(), "nobody waits for the message yet");
        // M-25: no reply is expected, so the length is 0.
        assert_eq!(client.get(100, None), Got::Message { id: 1, reply_length: 0, data: b"news".to_vec() });
        assert_eq!(sender.join().unwrap().0, sys::STATUS_SUCCESS);
    });
    driver.unload();
}

#[test]
fn m18_m25_a_message_with_reply_waits_for_it_and_names_its_longest_length_with_the_header() {
    let driver = Driver::load(Behaviour::default());
    let client = driver.machine.connect_port(&process(&driver.machine), PORT, b"").unwrap();
    thread::scope(|scope| {
        let sender = scope.spawn(|| driver.send(1, b"?", Some(8), None));
        let Got::Message { id, reply_length, data } = client.get(1, None) else { panic!("no message came") };
        assert_eq!((reply_length, data.as_slice()), (24, b"?".as_slice()));
        thread::sleep(Duration::from_millis(50));
        assert!(!sender.is_finished());
        client.reply(id, NtStatus(0), b"yes").unwrap();
        assert_eq!(sender.join().unwrap(), (sys::STATUS_SUCCESS, b"yes".to_vec()));
        // M-26: a second reply, or one to a message that never was.
        let nobody = Err(NtStatus(sys::STATUS_FLT_NO_WAITER_FOR_REPLY));
        assert_eq!(client.reply(id, NtStatus(0), b"no"), nobody);
        assert_eq!(client.reply(999, NtStatus(0), b"no"), nobody);
    });
    driver.unload();
}

#[test]
fn the_status_of_a_reply_is_what_the_sender_gets() {
    let driver = Driver::load(Behaviour::default());
    let client = driver.machine.connect_port(&process(&driver.machine), PORT, b"").unwrap();
    thread::scope(|scope| {
        let sender = scope.spawn(|| driver.send(1, b"?", Some(8), None));
        let Got::Message { id, .. } = client.get(1, None) else { panic!("no message came") };
        client.reply(id, NtStatus(sys::STATUS_ACCESS_DENIED), &[]).unwrap();
        assert_eq!(sender.join().unwrap().0, sys::STATUS_ACCESS_DENIED);
    });
    driver.unload();
}

#[test]
fn m19_m20_time_that_runs_out_is_status_timeout_relative_or_absolute_before_delivery_or_reply() {
    let driver = Driver::load(Behaviour::default());
    let client = driver.machine.connect_port(&process(&driver.machine), PORT, b"").unwrap();
    for is_absolute in [false, true] {
        let now = i64::try_from(system_time()).unwrap();
        let timeout = if is_absolute { now - TENTH_OF_A_SECOND } else { TENTH_OF_A_SECOND };
        let started = Instant::now();
        assert_eq!(driver.send(1, b"?", Some(8), Some(timeout)).0, sys::STATUS_TIMEOUT);
        let waited = started.elapsed();
        assert!(waited > Duration::from_millis(40) && waited < Duration::from_secs(5), "{waited:?}");
    }
    thread::scope(|scope| {
        let sender = scope.spawn(|| driver.send(1, b"?", Some(8), Some(2 * TENTH_OF_A_SECOND)));
        let Got::Message { id, .. } = client.get(1, None) else { panic!("no message came") };
        assert_eq!(sender.join().unwrap().0, sys::STATUS_TIMEOUT);
        // M-26: it waits no longer.
        assert_eq!(client.reply(id, NtStatus(0), &[]), Err(NtStatus(sys::STATUS_FLT_NO_WAITER_FOR_REPLY)));
    });
    // Nothing of what timed out is left to be delivered.
    assert_eq!(client.get(100, Some(Duration::from_millis(20))), Got::Canceled);
    driver.unload();
    assert_eq!(driver.rules(), [""; 0]);
}

#[test]
fn x06_a_timeout_of_zero_is_reported() {
    let driver = Driver::load(Behaviour::default());
    let _client = driver.machine.connect_port(&process(&driver.machine), PORT, b"").unwrap();
    assert_eq!(driver.send(1, b"?", None, Some(0)).0, sys::STATUS_TIMEOUT);
    assert_eq!(driver.rules(), ["X-06"]);
    driver.unload();
}

#[test]
fn m21_closing_the_handle_releases_a_sender_that_waits_for_delivery_or_reply() {
    for gets in [false, true] {
        let driver = Driver::load(Behaviour::default());
        let client = driver.machine.connect_port(&process(&driver.machine), PORT, b"").unwrap();
        thread::scope(|scope| {
            let sender = scope.spawn(|| driver.send(1, b"?", Some(8), None));
            if gets {
                assert!(matches!(client.get(10, None), Got::Message { .. }));
            } else {
                thread::sleep(Duration::from_millis(30));
            }
            drop(client);
            assert_eq!(sender.join().unwrap().0, sys::STATUS_PORT_DISCONNECTED);
        });
        assert_eq!(driver.events().last(), Some(&Event::Disconnect { cookie: 1, irql: 0 }));
        driver.unload();
    }
}

#[test]
fn unload_releases_a_sender_that_waits() {
    let driver = Driver::load(Behaviour::default());
    let _client = driver.machine.connect_port(&process(&driver.machine), PORT, b"").unwrap();
    thread::scope(|scope| {
        let sender = scope.spawn(|| driver.send(1, b"?", Some(8), None));
        thread::sleep(Duration::from_millis(30));
        driver.unload();
        assert_eq!(sender.join().unwrap().0, sys::STATUS_PORT_DISCONNECTED);
    });
}

#[test]
fn m22_a_reply_that_is_too_long_is_a_buffer_overflow_with_what_fits() {
    let driver = Driver::load(Behaviour::default());
    let client = driver.machine.connect_port(&process(&driver.machine), PORT, b"").unwrap();
    thread::scope(|scope| {
        let sender = scope.spawn(|| driver.send(1, b"?", Some(3), None));
        let Got::Message { id, .. } = client.get(1, None) else { panic!("no message came") };
        client.reply(id, NtStatus(0), b"abcd").unwrap();
        assert_eq!(sender.join().unwrap(), (sys::STATUS_BUFFER_OVERFLOW, b"abc".to_vec()));
    });
    driver.unload();
}

#[test]
fn a_message_that_is_too_long_for_one_getter_waits_for_the_next() {
    let driver = Driver::load(Behaviour::default());
    let client = driver.machine.connect_port(&process(&driver.machine), PORT, b"").unwrap();
    thread::scope(|scope| {
        let sender = scope.spawn(|| driver.send(1, b"12345", None, None));
        assert_eq!(client.get(4, None), Got::TooLong(5));
        assert!(matches!(client.get(5, None), Got::Message { .. }));
        assert_eq!(sender.join().unwrap().0, sys::STATUS_SUCCESS);
    });
    driver.unload();
}

#[test]
fn many_senders_and_many_getters_each_have_their_own_message_and_reply() {
    const SENDERS: u32 = 32;
    const EACH: u32 = 50;
    let driver = Driver::load(Behaviour::default());
    let client = Arc::new(driver.machine.connect_port(&process(&driver.machine), PORT, b"").unwrap());
    thread::scope(|scope| {
        for _ in 0..4 {
            let client = Arc::clone(&client);
            scope.spawn(move || {
                while let Got::Message { id, data, .. } = client.get(100, Some(Duration::from_secs(2))) {
                    let number = u32::from_le_bytes(data.try_into().unwrap());
                    client.reply(id, NtStatus(0), &(number + 1).to_le_bytes()).unwrap();
                }
            });
        }
        let senders: Vec<_> = (0..SENDERS)
            .map(|sender| {
                let driver = &driver;
                scope.spawn(move || {
                    for round in 0..EACH {
                        let number = sender * EACH + round;
                        let (status, reply) = driver.send(1, &number.to_le_bytes(), Some(4), None);
                        assert_eq!(status, sys::STATUS_SUCCESS);
                        assert_eq!(reply, (number + 1).to_le_bytes());
                    }
                })
            })
            .collect();
        for sender in senders {
            sender.join().unwrap();
        }
    });
    drop(client);
    driver.unload();
    assert_eq!(driver.rules(), [""; 0]);
}

#[test]
fn disconnect_notify_waits_for_message_notify() {
    let driver = Driver::load(Behaviour::default());
    let client = driver.machine.connect_port(&process(&driver.machine), PORT, b"").unwrap();
    thread::scope(|scope| {
        let blocked = scope.spawn(|| client.send(&[command::BLOCK], &mut []));
        eventually("the message's arrival", || driver.events().len() == 2);
        let unloading = scope.spawn(|| driver.unload());
        thread::sleep(Duration::from_millis(50));
        assert_eq!(driver.events().len(), 2, "the connection was disconnected under a running MessageNotify");
        driver.release();
        assert_eq!(blocked.join().unwrap(), Ok(0));
        unloading.join().unwrap();
    });
    assert!(matches!(driver.events()[2], Event::Disconnect { .. }));
    assert_eq!(driver.rules(), [""; 0]);
}

#[test]
fn m12_a_message_notify_that_does_not_return_is_reported_and_does_not_hang_the_unload() {
    let driver = Driver::load(Behaviour::default());
    driver.machine.set_patience(Duration::from_millis(100));
    let client = driver.machine.connect_port(&process(&driver.machine), PORT, b"").unwrap();
    thread::scope(|scope| {
        let blocked = scope.spawn(|| client.send(&[command::BLOCK], &mut []));
        eventually("the message's arrival", || driver.events().len() == 2);
        driver.unload();
        assert!(driver.rules().contains(&"M-12"), "{:?}", driver.rules());
        driver.release();
        assert!(blocked.join().unwrap().is_ok());
    });
    drop(client);
    assert_eq!(driver.events().len(), 2, "the driver is gone, so there is nobody to tell");
}
