use crate::example;
use std::collections::BTreeSet;

#[test]
fn journal_writes_down_each_file_that_is_made() {
    let guarded = example("journal");
    let program = guarded.anybody();
    let mut made = BTreeSet::new();
    for index in 0..20 {
        program.write(&format!("/{index}"), b"").unwrap();
        // This makes nothing.
        program.write(&format!("/{index}"), b"again").unwrap();
        made.insert(format!(r"\{index}"));
    }
    // The filter goes when all it has begun to write is written.
    guarded.machine.unload("journal").unwrap();
    let lines = program.read("/journal").unwrap();
    let lines: Vec<u16> = lines.chunks(2).map(|unit| u16::from_le_bytes([unit[0], unit[1]])).collect();
    let lines = String::from_utf16(&lines).unwrap();
    let names: Vec<String> = lines.lines().map(|line| line[line.rfind('\\').unwrap()..].to_owned()).collect();
    assert_eq!(names.len(), 20, "{names:?}");
    assert_eq!(names.into_iter().collect::<BTreeSet<_>>(), made);
}

#[test]
fn journal_lets_go_of_its_file_when_its_instance_goes() {
    let guarded = example("journal");
    let program = guarded.anybody();
    program.write("/a", b"").unwrap();
    guarded.machine.detach("journal", guarded.volume.device_name(), None).unwrap();
    program.write("/b", b"").unwrap();
    // Nobody else has it open.
    program.open_as("/journal", |request| request.share_access = 0).unwrap();
    assert!(program.read("/journal").unwrap().ends_with(&[b'\\', 0, b'a', 0, b'\n', 0]));
}
