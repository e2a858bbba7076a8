//! What the rules forbid does not compile, and `docs/rules.md` says of each rule that a type can keep how it is kept.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// The rules of the Filter Manager's documentation that a type can keep, by subject.
const RULES: &[(&str, &[u32])] = &[
    ("A", &[2, 3, 6, 8, 9, 10, 11, 12, 13, 31, 57, 58, 59, 63]),
    ("B", &[1, 2, 3, 4, 5, 11, 15, 17, 22, 24, 26, 28, 29, 34]),
    ("C", &[1, 3, 6, 8, 12, 15, 16, 19]),
    ("D", &[1, 3, 5, 19, 24, 26]),
    ("E", &[2, 3, 8, 10, 18, 19]),
    ("F", &[1, 7, 8, 9]),
    ("G", &[1, 3, 11, 18, 21, 22, 26]),
    ("H", &[2, 3, 10, 15]),
    ("I", &[1, 6, 11, 27, 30, 34]),
    ("J", &[1, 7, 9, 11, 15, 22, 29]),
    ("K", &[1, 14, 15, 16, 29]),
    ("L", &[8]),
    ("M", &[1, 2, 6, 10, 19, 24]),
    ("N", &[3, 5, 6, 8, 15, 17, 21, 25, 26, 35]),
];

#[test]
fn what_the_rules_forbid_does_not_compile() {
    trybuild::TestCases::new().compile_fail("tests/compile_fail/*.rs");
}

/// The rows of the table: the rule, and what keeps it.
fn rows() -> Vec<(String, String)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/rules.md");
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let cells = |line: &str| line.split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>();
    text.lines()
        .map(cells)
        .filter(|cells| {
            cells.len() == 5 && cells[1].contains('-') && cells[1].starts_with(|c: char| c.is_ascii_uppercase())
        })
        .map(|cells| (cells[1].clone(), cells[3].clone()))
        .collect()
}

/// The files that a row names.
fn files(row: &str) -> impl Iterator<Item = &str> {
    row.split('`').filter(|word| Path::new(word).extension().is_some_and(|extension| extension == "rs"))
}

fn compile_fail() -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/compile_fail");
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| Path::new(name).extension().is_some_and(|extension| extension == "rs")).collect()
}

#[test]
fn every_rule_that_a_type_can_keep_has_a_row() {
    let expected: Vec<String> = RULES
        .iter()
        .flat_map(|(subject, numbers)| numbers.iter().map(move |number| format!("{subject}-{number:02}")))
        .collect();
    assert_eq!(expected.len(), 98);
    let listed: Vec<String> = rows().into_iter().map(|(rule, _)| rule).collect();
    assert_eq!(listed, expected);
}

#[test]
fn every_row_says_what_keeps_the_rule_and_names_files_of_that_rule() {
    let present = compile_fail();
    for (rule, row) in rows() {
        assert!(!row.is_empty(), "{rule} says nothing");
        for file in files(&row) {
            assert!(file.starts_with(&format!("{rule}-")), "{rule} names {file}, which is of another rule");
            assert!(present.contains(file), "{rule} names {file}, which is not there");
        }
    }
}

#[test]
fn every_file_is_named_in_the_row_of_its_rule() {
    let named: BTreeSet<String> =
        rows().iter().flat_map(|(_, row)| files(row).map(str::to_owned).collect::<Vec<_>>()).collect();
    assert_eq!(compile_fail(), named);
}
