use crate::example;

#[test]
fn answer_gives_bytes_that_are_in_no_file() {
    let guarded = example("answer");
    let program = guarded.anybody();
    program.write("/a.answer", b"what is really there").unwrap();
    program.write("/b", b"what is really there").unwrap();
    assert_eq!(program.read("/a.answer").unwrap(), b"42");
    assert_eq!(program.read("/b").unwrap(), b"what is really there");
    let file = program.open("/a.answer").unwrap();
    let mut short = [0; 1];
    assert_eq!(file.read(0, &mut short), Ok(1));
    assert_eq!(short, *b"4");
}
