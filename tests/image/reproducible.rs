//! That an image can be made again from its sources, by anybody, anywhere.

use crate::{are_built_otherwise, each};
use std::fs;
use std::path::Path;
use xtask::driver::{self, Architecture};

/// Copies a tree, without what was built in it.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a new folder");
    for entry in fs::read_dir(from).expect("a readable folder") {
        let entry = entry.expect("a readable folder");
        let (name, kind) = (entry.file_name(), entry.file_type().expect("a file"));
        if kind.is_dir() && name != "target" && name != ".git" {
            copy(&entry.path(), &to.join(&name));
        } else if kind.is_file() {
            fs::copy(entry.path(), to.join(&name)).expect("a copy");
        }
    }
}

#[test]
fn another_folder_gives_the_same_bytes() {
    if are_built_otherwise() {
        // It was built with files that are not among the sources.
        return;
    }
    let elsewhere = tempfile::tempdir().expect("a temporary folder");
    let sources = elsewhere.path().join("a-folder-of-another-name-and-length");
    copy(&driver::repository(), &sources);
    let built = driver::build_package("fileguard", Architecture::X64).expect("the driver builds");
    let folder = sources.join("target/driver-build");
    let again = driver::compile(&sources, &folder, "fileguard", Architecture::X64).expect("the driver builds again");
    for (first, second) in [(&built.0, "fileguard.dll"), (&built.1, "fileguard.pdb")] {
        let (first, second) = (fs::read(first).expect("a file"), fs::read(again.join(second)).expect("a file"));
        let difference = first.iter().zip(&second).position(|(one, other)| one != other);
        assert!(difference.is_none() && first.len() == second.len(), "they differ from byte {difference:?} on");
    }
}

#[test]
fn no_path_of_the_machine_that_built_it_is_in_it() {
    let home = std::env::var("HOME").unwrap_or_default();
    let root = driver::repository();
    let paths = [root.to_str().expect("a path in UTF-8"), &home, "/home/", "/rustc/", "/registry/", "C:\\"];
    each(|image| {
        for path in paths.iter().filter(|path| path.len() > 1) {
            let wide: Vec<u8> = path.encode_utf16().flat_map(u16::to_le_bytes).collect();
            for text in [path.as_bytes(), &wide] {
                assert!(!image.bytes().windows(text.len()).any(|window| window == text), "{path}");
            }
        }
    });
}
