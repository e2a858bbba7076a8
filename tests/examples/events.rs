use crate::common::failure;
use crate::example;
use fltmgr_sys as sys;

const PROVIDER: u128 = 0x3f2b_6a84_57c1_4d0e_9b8a_61e0_c4d7_a915;

#[test]
fn events_writes_one_for_each_open_while_somebody_listens() {
    let guarded = example("events");
    let program = guarded.anybody();
    program.write("/a", b"content").unwrap();
    assert_eq!(guarded.machine.take_events(), [], "nobody listens");

    guarded.machine.listen(PROVIDER, 4, 1);
    program.open("/a").unwrap();
    assert_eq!(failure(program.open("/missing")), sys::STATUS_OBJECT_NAME_NOT_FOUND);
    let events = guarded.machine.take_events();
    assert_eq!(events.len(), 1, "what is not opened is none");
    let event = &events[0];
    assert_eq!((event.provider, event.id, event.level, event.keywords), (PROVIDER, 1, 4, 1));
    let [process, by_kernel, length, name] = &event.data[..] else { panic!("{event:?}") };
    assert_eq!(process, &program.requestor.process.id.to_le_bytes());
    assert_eq!(by_kernel, &[0; 4]);
    assert_eq!(length, &u16::try_from(name.len()).unwrap().to_le_bytes(), "the length goes before the name");
    let units: Vec<u16> = name.chunks(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
    assert!(String::from_utf16(&units).unwrap().ends_with(r"\a"), "{event:?}");

    guarded.machine.listen(PROVIDER, 3, 1);
    program.open("/a").unwrap();
    assert_eq!(guarded.machine.take_events(), [], "that matters less than is listened to");
}
