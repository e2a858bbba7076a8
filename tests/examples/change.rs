use crate::example;

#[test]
fn change_keeps_logs_from_being_emptied() {
    let guarded = example("change");
    let program = guarded.anybody();
    for name in ["/a.log", "/b.txt"] {
        program.write(name, b"first, and long").unwrap();
        program.write(name, b"then").unwrap();
    }
    assert_eq!(program.read("/a.log").unwrap(), b"thent, and long");
    assert_eq!(program.read("/b.txt").unwrap(), b"then");
}
