//! What the ring of events must do, from the producers' and the consumer's side. Runs under Miri as well.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use fileguard_protocol::event::{IMAGE_LIMIT, MAXIMUM_LENGTH, NAME_LIMIT};
use fileguard_protocol::{Decision, Event, EventDetails, NO_RULE, Operation, Ring, Units};

fn words(count: usize) -> Vec<AtomicU64> {
    (0..count).map(|_| AtomicU64::new(u64::MAX)).collect()
}

fn details(sequence: u64) -> EventDetails {
    EventDetails {
        sequence,
        time: 0x01DC_0000_0000_0000 + sequence,
        duration: 17,
        process: 4711,
        thread: 4712,
        rule: NO_RULE,
        status: -0x3FFF_FFDE,
        operation: Operation::Rename,
        decision: Decision::AskedDenied,
    }
}

fn utf16(text: &str) -> Vec<u16> {
    text.encode_utf16().collect()
}

fn decode(mut bytes: &[u8]) -> Vec<Event<Units<'_>>> {
    let mut events = Vec::new();
    while !bytes.is_empty() {
        let (event, rest) = Event::decode(bytes).expect("the ring holds whole records");
        events.push(event);
        bytes = rest;
    }
    events
}

#[test]
fn an_event_comes_out_as_it_went_in() {
    let words = words(1024);
    let ring = Ring::new(words.as_slice()).unwrap();
    assert!(ring.is_empty());
    assert!(ring.push(&details(9), &utf16(r"\Device\Gefäß\𝄞.txt"), &utf16(r"\new"), &utf16("mv")));
    assert!(ring.push(&details(10), &[], &[], &[]));
    assert!(!ring.is_empty());
    let mut out = vec![0; MAXIMUM_LENGTH];
    let drained = ring.drain(&mut out);
    assert_eq!(drained.records, 2);
    let events = decode(&out[..drained.bytes]);
    assert_eq!(events[0].details, details(9));
    assert_eq!(events[0].name.to_string(), r"\Device\Gefäß\𝄞.txt");
    assert_eq!(events[0].second.to_string(), r"\new");
    assert_eq!(events[0].image.to_string(), "mv");
    assert_eq!(events[1].details, details(10));
    assert!(events[1].name.is_empty() && !events[1].name_cut);
    assert!(ring.is_empty());
    assert_eq!(ring.used(), 0);
}

#[test]
fn a_name_that_is_too_long_is_cut_and_says_so() {
    let words = words(1024);
    let ring = Ring::new(words.as_slice()).unwrap();
    let long = vec![u16::from(b'x'); NAME_LIMIT + 1];
    assert!(ring.push(&details(0), &long, &long[..NAME_LIMIT], &long));
    let mut out = vec![0; MAXIMUM_LENGTH];
    let drained = ring.drain(&mut out);
    assert_eq!(drained.bytes, MAXIMUM_LENGTH);
    let events = decode(&out[..drained.bytes]);
    assert_eq!((events[0].name.len(), events[0].name_cut), (NAME_LIMIT, true));
    assert_eq!((events[0].second.len(), events[0].second_cut), (NAME_LIMIT, false));
    assert_eq!((events[0].image.len(), events[0].image_cut), (IMAGE_LIMIT, true));
}

#[test]
fn what_finds_no_room_is_counted_and_room_comes_back() {
    let words = words(32);
    let ring = Ring::new(words.as_slice()).unwrap();
    let mut kept = 0;
    for sequence in 0..100 {
        kept += u64::from(ring.push(&details(sequence), &utf16("abc"), &[], &[]));
    }
    assert_eq!(kept, 3, "a record of nine words fits three times into 32");
    assert_eq!(ring.lost(), 97);
    let mut out = vec![0; MAXIMUM_LENGTH];
    for round in 0..50 {
        let drained = ring.drain(&mut out);
        assert_eq!(drained.records, if round == 0 { 3 } else { 1 });
        assert!(ring.push(&details(round), &utf16("abc"), &[], &[]));
    }
}

#[test]
fn a_buffer_without_room_for_a_record_leaves_it_in_the_ring() {
    let words = words(64);
    let ring = Ring::new(words.as_slice()).unwrap();
    assert!(ring.push(&details(1), &[], &[], &[]));
    assert!(ring.push(&details(2), &[], &[], &[]));
    assert_eq!(ring.drain(&mut [0; 63]).records, 0);
    assert_eq!(ring.drain(&mut [0; 127]).records, 1);
    assert_eq!(ring.drain(&mut [0; 64]).records, 1);
}

#[test]
fn only_a_power_of_two_is_a_ring() {
    assert!(Ring::new(words(48)).is_err());
    assert!(Ring::new(words(0)).is_err());
    assert!(Ring::new(words(64)).is_ok());
}

#[test]
fn several_producers_and_one_consumer_lose_nothing_uncounted() {
    const PRODUCERS: u16 = 3;
    let each: u64 = if cfg!(miri) { 20 } else { 50_000 };
    let words = words(256);
    let ring = Ring::new(words.as_slice()).unwrap();
    let done = AtomicBool::new(false);
    let mut last = [None; PRODUCERS as usize];
    let mut seen = 0;
    std::thread::scope(|scope| {
        let producers: Vec<_> = (0..PRODUCERS)
            .map(|producer| {
                let ring = &ring;
                scope.spawn(move || {
                    for count in 0..each {
                        let name = vec![producer; usize::try_from(count % 23).unwrap()];
                        if !ring.push(&details(u64::from(producer) << 32 | count), &name, &[], &[7]) {
                            std::thread::yield_now();
                        }
                    }
                })
            })
            .collect();
        let consumer = scope.spawn(|| {
            let mut out = vec![0; MAXIMUM_LENGTH];
            loop {
                let finished = done.load(Ordering::Acquire);
                let drained = ring.drain(&mut out);
                for event in decode(&out[..drained.bytes]) {
                    let producer = u16::try_from(event.details.sequence >> 32).unwrap();
                    let count = event.details.sequence & 0xFFFF_FFFF;
                    assert_eq!(event.name.len() as u64, count % 23);
                    assert!(event.name.iter().all(|unit| unit == producer));
                    assert!(event.image.iter().eq([7]));
                    let last = &mut last[usize::from(producer)];
                    assert!(last.is_none_or(|last| last < count), "the events of a producer stay in their order");
                    *last = Some(count);
                    seen += 1;
                }
                if finished && drained.records == 0 {
                    break;
                }
                std::thread::yield_now();
            }
        });
        for producer in producers {
            producer.join().unwrap();
        }
        done.store(true, Ordering::Release);
        consumer.join().unwrap();
    });
    assert_eq!(seen + ring.lost(), u64::from(PRODUCERS) * each);
    assert!(seen > 0);
}
