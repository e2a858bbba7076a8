//! Every message comes out of its bytes as it went in, and hostile bytes are refused without a panic.

use fileguard_protocol::message::{ASK_MAXIMUM_LENGTH, ASK_NAME_LIMIT, Batch, LoadReply, PolicyPart};
use fileguard_protocol::{Answer, Ask, DecodeError, Event, Hello, Operation, Request, Role, Status, Verdict};

const REQUESTS: [Request; 5] = [
    Request::Status,
    Request::LoadPolicy { length: 123 },
    Request::GetPolicy { offset: 1 << 40 },
    Request::GetEvents { wait_milliseconds: 500 },
    Request::ReadContent { ask: u64::MAX, offset: 1 << 33, length: 65536 },
];

fn utf16(text: &str) -> Vec<u16> {
    text.encode_utf16().collect()
}

fn ask<'a>(name: &'a [u16], image: &'a [u16]) -> Ask<&'a [u16]> {
    Ask {
        id: 42,
        time: 43,
        size: 1 << 40,
        process: 44,
        thread: 45,
        rule: 46,
        timeout_milliseconds: 2000,
        operation: Operation::Execute,
        default: Verdict::Deny,
        name,
        image,
    }
}

#[test]
fn every_message_comes_back() {
    for role in [Role::Control, Role::Observer, Role::Answerer] {
        assert_eq!(Hello::decode(&Hello { role }.encode()), Ok(Hello { role }));
    }
    for request in REQUESTS {
        assert_eq!(Request::decode(&request.encode()), Ok(request));
    }
    for answer in [Answer::Verdict(Verdict::Allow), Answer::Verdict(Verdict::Deny), Answer::Default] {
        assert_eq!(Answer::decode(&answer.encode()), Ok(answer));
    }
    let status = Status { denied: 7.into(), ..Status::default() };
    assert_eq!(Status::decode(&status.encode()).unwrap().0.denied.get(), 7);
    let batch = Batch { lost_total: 1.into(), count: 2.into(), bytes: 3.into() };
    let mut bytes = batch.encode().to_vec();
    bytes.push(99);
    assert_eq!(Batch::decode(&bytes).unwrap().1, [99]);
}

#[test]
fn a_question_comes_back_at_any_alignment() {
    let (name, image) = (utf16(r"\vault\ß.doc"), utf16(r"\usr\bin\cat"));
    let question = ask(&name, &image);
    let mut bytes = vec![0; 1 + question.encoded_length()];
    assert_eq!(question.encode(&mut bytes[1..]), Some(question.encoded_length()));
    let decoded = Ask::decode(&bytes[1..]).unwrap();
    assert_eq!(decoded.name.to_string(), r"\vault\ß.doc");
    assert_eq!(decoded.image.to_string(), r"\usr\bin\cat");
    assert_eq!((decoded.id, decoded.size, decoded.operation), (42, 1 << 40, Operation::Execute));
    assert_eq!((decoded.default, decoded.timeout_milliseconds), (Verdict::Deny, 2000));
    assert_eq!(question.encode(&mut bytes[2..]), None, "there is one byte too few");
}

#[test]
fn a_question_is_bounded() {
    let long = vec![65; 2 * ASK_NAME_LIMIT];
    let mut bytes = vec![0; ASK_MAXIMUM_LENGTH];
    assert_eq!(ask(&long, &long).encode(&mut bytes), Some(ASK_MAXIMUM_LENGTH));
    assert_eq!(Ask::decode(&bytes).unwrap().image.len(), ASK_NAME_LIMIT);
}

#[test]
fn another_version_and_another_program_are_told_apart() {
    let mut bytes = Hello { role: Role::Observer }.encode();
    bytes[4] = 9;
    assert_eq!(Hello::decode(&bytes), Err(DecodeError::Version(9)));
    assert_eq!(Hello::decode(b"GET / HTTP/1.1"), Err(DecodeError::NotFileguard));
    assert_eq!(Hello::decode(b"FGRD"), Err(DecodeError::Truncated));
}

#[test]
fn truncated_messages_are_errors() {
    let (name, image) = (utf16("name"), utf16("image"));
    let question = ask(&name, &image);
    let mut bytes = vec![0; question.encoded_length()];
    question.encode(&mut bytes).unwrap();
    for length in 0..bytes.len() {
        assert_eq!(Ask::decode(&bytes[..length]), Err(DecodeError::Truncated), "{length}");
    }
    for length in 0..Request::LENGTH {
        assert_eq!(Request::decode(&Request::Status.encode()[..length]), Err(DecodeError::Truncated));
    }
}

#[test]
fn hostile_bytes_never_panic() {
    let seed = fastrand::u64(..);
    println!("seed {seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let (name, image) = (utf16("a name"), utf16("image"));
    for _ in 0..if cfg!(miri) { 50 } else { 200_000 } {
        let mut bytes = vec![0; 200];
        match random.u8(0..4) {
            0 => random.fill(&mut bytes),
            1 => _ = ask(&name, &image).encode(&mut bytes),
            2 => {
                bytes[..Request::LENGTH].copy_from_slice(&random.choice(REQUESTS).unwrap().encode());
            }
            // The front of an event record: a length and the kind.
            _ => bytes[..8].copy_from_slice(&[random.u8(..), 0, 0, 0, 1, 0, random.u8(..), random.u8(0..7)]),
        }
        for _ in 0..random.usize(0..5) {
            let place = random.usize(0..100);
            bytes[place] = random.u8(..);
        }
        bytes.truncate(random.usize(0..=200));
        if let Ok(ask) = Ask::decode(&bytes) {
            _ = ask.name.to_string();
        }
        if let Ok((event, rest)) = Event::decode(&bytes) {
            assert!(rest.len() < bytes.len());
            _ = (event.name.to_string(), event.second.to_string(), event.image.to_string());
        }
        _ = (Request::decode(&bytes), Hello::decode(&bytes), Answer::decode(&bytes));
        _ = (Status::decode(&bytes), LoadReply::decode(&bytes), PolicyPart::decode(&bytes));
    }
}
