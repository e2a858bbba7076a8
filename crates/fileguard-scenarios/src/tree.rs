//! What a folder should hold.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::{fs, io};

/// The files and folders that should be there, by their paths with `/` below the scenario's folder. A file may have
/// several paths.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    folders: BTreeSet<String>,
    files: BTreeMap<String, usize>,
    contents: Vec<Vec<u8>>,
}

impl Tree {
    /// There is such a folder.
    pub fn add_folder(&mut self, path: &str) {
        self.folders.insert(path.to_owned());
    }

    /// There is such a file, and it holds this, under all its paths.
    pub fn put(&mut self, path: &str, content: &[u8]) {
        if let Some(file) = self.files.get(path) {
            self.contents[*file] = content.to_vec();
        } else {
            self.files.insert(path.to_owned(), self.contents.len());
            self.contents.push(content.to_vec());
        }
    }

    /// What a file should hold, if it should be there.
    pub fn content(&self, path: &str) -> Option<&[u8]> {
        self.files.get(path).map(|file| self.contents[*file].as_slice())
    }

    /// The file has one more path.
    pub fn link(&mut self, from: &str, to: &str) {
        if let Some(file) = self.files.get(from) {
            self.files.insert(to.to_owned(), *file);
        }
    }

    /// A file or an empty folder is gone.
    pub fn remove(&mut self, path: &str) {
        self.files.remove(path);
        self.folders.remove(path);
    }

    /// A file has another path, and takes the place of what was there; or a folder has, with all that is in it.
    pub fn rename(&mut self, from: &str, to: &str) {
        if let Some(file) = self.files.remove(from) {
            self.files.insert(to.to_owned(), file);
            return;
        }
        let moved = |path: &String| {
            let below = path.strip_prefix(from).filter(|below| below.is_empty() || below.starts_with('/'));
            below.map_or_else(|| path.clone(), |below| format!("{to}{below}"))
        };
        self.folders = self.folders.iter().map(moved).collect();
        self.files = self.files.iter().map(|(path, file)| (moved(path), *file)).collect();
    }

    /// The names of what should lie directly in a folder.
    pub fn entries(&self, folder: &str) -> BTreeSet<String> {
        let below = |path: &String| {
            let below = path.strip_prefix(folder)?.strip_prefix('/')?;
            (!below.contains('/')).then(|| below.to_owned())
        };
        self.folders.iter().chain(self.files.keys()).filter_map(below).collect()
    }

    /// How a real folder differs from this, in one sentence a difference.
    ///
    /// # Errors
    ///
    /// The folder cannot be read.
    pub fn differences(&self, folder: &Path) -> io::Result<Vec<String>> {
        let mut found = Tree::default();
        found.read(folder, "")?;
        let missing = |path: &String| format!("{path} is missing");
        let extra = |path: &String| format!("{path} should not be there");
        let mut differences: Vec<String> = self.folders.difference(&found.folders).map(missing).collect();
        differences.extend(found.folders.difference(&self.folders).map(extra));
        differences.extend(found.files.keys().filter(|path| !self.files.contains_key(*path)).map(extra));
        for (path, file) in &self.files {
            match found.content(path) {
                None => differences.push(missing(path)),
                Some(content) if content != self.contents[*file] => differences.push(format!(
                    "{path} holds {}, and should hold {}",
                    excerpt(content),
                    excerpt(&self.contents[*file])
                )),
                Some(_) => {}
            }
        }
        Ok(differences)
    }

    fn read(&mut self, folder: &Path, prefix: &str) -> io::Result<()> {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
            if entry.file_type()?.is_dir() {
                self.read(&entry.path(), &format!("{path}/"))?;
                self.add_folder(&path);
            } else {
                self.put(&path, &fs::read(entry.path())?);
            }
        }
        Ok(())
    }
}

/// Content for a sentence.
pub fn excerpt(content: &[u8]) -> String {
    const SHOWN: usize = 40;
    let text = content.get(..SHOWN).unwrap_or(content).escape_ascii();
    if content.len() > SHOWN { format!("\"{text}\"... ({} bytes)", content.len()) } else { format!("\"{text}\"") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_way_in_which_a_folder_may_differ_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let mut tree = Tree::default();
        for name in ["kept", "changed", "gone"] {
            tree.put(name, b"as it was");
            fs::write(folder.path().join(name), b"as it was").unwrap();
        }
        tree.add_folder("folder");
        fs::create_dir(folder.path().join("folder")).unwrap();
        assert!(tree.differences(folder.path()).unwrap().is_empty());

        fs::write(folder.path().join("changed"), b"as it is").unwrap();
        fs::remove_file(folder.path().join("gone")).unwrap();
        fs::write(folder.path().join("folder/new"), b"").unwrap();
        assert_eq!(
            tree.differences(folder.path()).unwrap(),
            [
                "folder/new should not be there",
                "changed holds \"as it is\", and should hold \"as it was\"",
                "gone is missing"
            ]
        );
    }

    #[test]
    fn a_file_with_two_paths_changes_under_both_and_a_folder_takes_its_files_along() {
        let mut tree = Tree::default();
        tree.add_folder("old");
        tree.put("old/first", b"1");
        tree.put("older", b"no part of it");
        tree.link("old/first", "second");
        tree.put("second", b"2");
        tree.rename("old", "new");
        assert_eq!(tree.content("new/first"), Some(&b"2"[..]));
        assert_eq!(tree.content("old/first"), None);
        assert_eq!(tree.entries("new"), BTreeSet::from(["first".to_owned()]));
        assert!(tree.content("older").is_some());
    }
}
