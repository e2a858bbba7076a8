use std::fs;
use std::path::{Path, PathBuf};
use xtask::driver::repository;

/// The folders of what is promised to have no unsafe code: fileguard itself, and the examples.
fn packages() -> Vec<PathBuf> {
    let examples = fs::read_dir(repository().join("examples")).unwrap().map(|entry| entry.unwrap().path());
    let packages: Vec<_> = examples.filter(|folder| folder.join("Cargo.toml").exists()).collect();
    assert!(packages.len() > 8, "the examples are somewhere else");
    packages.into_iter().chain([repository()]).collect()
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] }).collect()
}

#[test]
fn unsafe_code_is_denied_to_fileguard_and_the_examples_and_none_of_them_allows_itself_any() {
    let manifest = |folder: &Path| fs::read_to_string(folder.join("Cargo.toml")).unwrap();
    let workspace = manifest(&repository());
    let lints = workspace.split("[workspace.lints.rust]").nth(1).unwrap().split("\n[").next().unwrap();
    assert!(lints.lines().any(|line| line == r#"unsafe_code = "deny""#), "{lints}");
    for package in packages() {
        assert!(manifest(&package).contains("[lints]\nworkspace = true\n"), "{} has other lints", package.display());
        for source in sources(&package.join("src")) {
            let text = fs::read_to_string(&source).unwrap();
            let is_there = |word: &str| text.split(|c: char| !c.is_alphanumeric() && c != '_').any(|its| its == word);
            assert!(!is_there("unsafe") && !is_there("unsafe_code"), "{} has unsafe code", source.display());
        }
    }
}
