//! What the images import.

use crate::{each, each_x64};
use std::collections::HashSet;
use xtask::image::stack;

const EXPORTS: &str = include_str!("../fixtures/windows-10-1809-exports.txt");

#[test]
fn windows_10_1809_has_all_that_is_imported() {
    let lines = EXPORTS.lines().filter(|line| !line.starts_with('#'));
    let known: HashSet<(&str, &str)> = lines
        .map(|line| {
            let mut words = line.split(' ');
            (words.next().expect("an image"), words.next().expect("a name"))
        })
        .collect();
    each(|image| {
        for (library, names) in image.imports().expect("readable imports") {
            let library = library.to_ascii_lowercase();
            for name in names {
                assert!(known.contains(&(&library, &name)), "{library} of Windows 10 1809 is not known to have {name}");
            }
        }
    });
}

#[test]
fn no_panic_is_left_in_it() {
    each(|image| {
        let imports = image.imports().expect("readable imports");
        let bug_checks: Vec<&String> =
            imports.values().flatten().filter(|name| name.starts_with("KeBugCheck")).collect();
        assert!(bug_checks.is_empty(), "a panic would end in {bug_checks:?}");
        let functions = stack::measure(image).expect("code that can be followed").frames;
        assert!(functions.iter().any(|(name, _)| name.ends_with("driver_entry")), "there is a program database");
        let panics: Vec<&String> =
            functions.iter().map(|(name, _)| name).filter(|name| name.contains("panic")).collect();
        assert!(panics.is_empty(), "{panics:?}");
    });
}

#[test]
fn fltsim_serves_every_import() {
    each_x64(|image| {
        let imports = image.imports().expect("readable imports");
        let missing: Vec<String> = imports
            .iter()
            .flat_map(|(library, names)| names.iter().map(move |name| (library, name)))
            .filter(|(library, name)| fltsim::exports::lookup(library, name).is_none())
            .map(|(library, name)| format!("{library}!{name}"))
            .collect();
        assert!(missing.is_empty(), "{missing:?}");
    });
}
