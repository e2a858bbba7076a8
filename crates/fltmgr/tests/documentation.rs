//! The documentation says how each module is used, names each routine that is wrapped, and says where to find each routine.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

fn crate_folder() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// All sources below a folder.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

fn is_documentation(line: &&str) -> bool {
    let line = line.trim_start();
    line.starts_with("///") || line.starts_with("//!")
}

/// The names after `prefix`, as far as they are identifiers that begin with `Flt`.
fn routines_after<'a>(text: &'a str, prefix: &'a str) -> impl Iterator<Item = &'a str> {
    text.split(prefix).skip(1).filter_map(|rest| {
        let end = rest.find(|c: char| !c.is_alphanumeric()).unwrap_or(rest.len());
        Some(&rest[..end]).filter(|name| name.starts_with("Flt"))
    })
}

/// The Filter Manager's routines that the crate calls.
fn called() -> BTreeSet<String> {
    let code = |path: &PathBuf| {
        let text = read(path);
        let names: Vec<String> = routines_after(&text, "sys::").map(str::to_owned).collect();
        names
    };
    sources(&crate_folder().join("src")).iter().flat_map(code).collect()
}

/// The Filter Manager's routines that the bindings declare.
fn declared() -> BTreeSet<String> {
    let bindings = read(&crate_folder().join("../fltmgr-sys/src/fltmgr.rs"));
    routines_after(&bindings, "pub fn ").map(str::to_owned).collect()
}

/// The files of the public modules that the module in `file` declares, and of theirs.
fn public_modules(file: &Path, folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for name in read(file).lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')) {
        let file = folder.join(name).with_extension("rs");
        found.extend(public_modules(&file, &folder.join(name)));
        found.push(file);
    }
    found
}

#[test]
fn each_public_module_opens_with_an_example() {
    let folder = crate_folder().join("src");
    let modules = public_modules(&folder.join("lib.rs"), &folder);
    assert!(modules.len() > 20, "the modules were not found");
    let without: Vec<_> = modules
        .iter()
        .filter(|file| !read(file).lines().take_while(|line| line.starts_with("//!")).any(|line| line.contains("```")))
        .collect();
    assert!(without.is_empty(), "no example at the head of {without:?}");
}

#[test]
fn each_routine_that_is_called_is_named_where_its_wrapper_is_documented() {
    let mut named = BTreeSet::new();
    for path in sources(&crate_folder().join("src")) {
        let text = read(&path);
        for line in text.lines().filter(is_documentation) {
            named.extend(line.split(|c: char| !c.is_alphanumeric()).map(str::to_owned));
        }
    }
    let unnamed: Vec<_> = called().into_iter().filter(|routine| !named.contains(routine)).collect();
    assert!(unnamed.is_empty(), "no documentation names {unnamed:?}");
}

/// The table of routines: each with what it says of it.
fn rows() -> BTreeMap<String, String> {
    let text = read(&crate_folder().join("../../docs/routines.md"));
    let cells = |line: &str| line.split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>();
    let rows = text.lines().map(cells).filter(|cells| cells.len() == 4 && cells[1].starts_with("Flt"));
    rows.map(|cells| (cells[1].clone(), cells[2].clone())).collect()
}

#[test]
fn every_routine_has_a_row_that_says_where_it_is() {
    let listed: BTreeSet<String> = rows().into_keys().collect();
    assert_eq!(listed, declared());
}

#[test]
fn what_is_said_not_to_be_wrapped_is_not_called_and_the_rest_names_what_exists() {
    let called = called();
    let text: String = sources(&crate_folder().join("src")).iter().map(|path| read(path)).collect();
    let words: BTreeSet<&str> = text.split(|c: char| !(c.is_alphanumeric() || c == '_')).collect();
    for (routine, row) in rows() {
        if let Some(reason) = row.strip_prefix("not wrapped") {
            assert!(!called.contains(&routine), "{routine} is called");
            assert!(reason.len() > 10, "{routine} gives no reason");
            continue;
        }
        let items: Vec<&str> = row.split('`').skip(1).step_by(2).collect();
        assert!(!items.is_empty(), "{routine} names no item");
        for item in items {
            let names = item.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|name| !name.is_empty());
            for name in names {
                assert!(words.contains(name), "{routine} names {item}, and there is no {name}");
            }
        }
    }
}
