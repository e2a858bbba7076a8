use std::fs;
use xtask::driver;

#[test]
fn each_example_is_listed_and_has_a_test_of_its_name() {
    let root = driver::repository();
    let read = |name: &str| fs::read_to_string(root.join(name)).unwrap();
    let (list, tests) = (read("examples/README.md"), read("tests/examples/main.rs"));
    let mut count = 0;
    for folder in fs::read_dir(root.join("examples")).unwrap().map(|entry| entry.unwrap().path()) {
        if !folder.join("Cargo.toml").exists() {
            continue;
        }
        count += 1;
        let name = folder.file_name().unwrap().to_str().unwrap();
        assert!(list.contains(&format!("[{name}]({name}/src/lib.rs)")), "examples/README.md does not list {name}");
        assert!(tests.contains(&format!("mod {name};")), "{name} has no test");
    }
    assert!(count > 20, "the examples were not found");
}

#[test]
fn examples_are_as_short_as_they_are_to_be() {
    let lines = |name: &str| {
        let path = driver::repository().join("examples").join(name).join("src/lib.rs");
        fs::read_to_string(path).unwrap().lines().count()
    };
    assert!(lines("null") <= 20);
    assert!(lines("trace") <= 60);
    assert!(lines("scan") <= 150);
}
