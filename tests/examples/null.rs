use crate::example;

#[test]
fn null_is_loaded_and_unloaded() {
    let guarded = example("null");
    guarded.anybody().write("/a", b"1").unwrap();
    assert_eq!(guarded.machine.filter("null").map(|filter| filter.instances().len()), Some(1));
}
