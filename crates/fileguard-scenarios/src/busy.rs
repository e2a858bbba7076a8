//! A program that uses files for a while and misses none of them.

use std::collections::BTreeSet;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::thread;

use anyhow::{Context as _, Result, ensure};

/// How many threads use files.
const THREADS: usize = 4;
/// How many files a thread keeps.
const KEPT: usize = 250;

/// What was done.
#[derive(Clone, Copy, Debug)]
pub struct Busy {
    /// How many files were written, read back, and some of them renamed or deleted.
    pub used: usize,
    /// How many there are in the end.
    pub left: usize,
}

/// Writes, appends to, reads, renames and deletes files in a folder from several threads, until `is_over` says so, and
/// looks at each of them in the end.
///
/// # Errors
///
/// An operation failed, or a file is missing, superfluous or does not hold what was written.
pub fn keep_busy(folder: &Path, is_over: impl Fn(usize) -> bool + Sync) -> Result<Busy> {
    let counts = thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|thread| {
                let is_over = &is_over;
                scope.spawn(move || use_files(folder, thread, is_over))
            })
            .collect();
        let counts = threads.into_iter().map(|thread| thread.join().expect("the thread does not panic"));
        counts.collect::<Result<Vec<_>>>()
    })?;
    let mut wanted = BTreeSet::new();
    for (thread, count) in counts.iter().enumerate() {
        wanted.extend((0..*count).filter_map(|number| kept(thread, number, *count)));
    }
    let found = fs::read_dir(folder)
        .and_then(|entries| {
            entries
                .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
                .collect::<Result<BTreeSet<_>, _>>()
        })
        .with_context(|| format!("cannot list {}", folder.display()))?;
    ensure!(
        found == wanted,
        "in {}, these files are missing or should not be there: {:?}",
        folder.display(),
        found.symmetric_difference(&wanted).collect::<Vec<_>>()
    );
    for name in &wanted {
        verify(&folder.join(name))?;
    }
    Ok(Busy { used: counts.iter().sum(), left: wanted.len() })
}

/// The name that a file has in the end, if it is kept.
fn kept(thread: usize, number: usize, count: usize) -> Option<String> {
    (number + KEPT >= count).then(|| name_at_rest(thread, number))
}

fn name_at_rest(thread: usize, number: usize) -> String {
    if number.is_multiple_of(3) { format!("{thread}-{number}-moved") } else { format!("{thread}-{number}") }
}

/// What a file holds goes by its name, whether it was renamed or not.
fn content(path: &Path) -> Vec<u8> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let line = format!("{}\n", name.trim_end_matches("-moved"));
    line.repeat(500).into_bytes()
}

fn verify(path: &Path) -> Result<()> {
    let held = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    ensure!(held == content(path), "{} does not hold what was written to it", path.display());
    Ok(())
}

/// Uses files until it is over, of which it tells after each file; gives how many it used.
fn use_files(folder: &Path, thread: usize, is_over: &(impl Fn(usize) -> bool + Sync)) -> Result<usize> {
    let mut number = 0;
    while !is_over(number) {
        let path = folder.join(format!("{thread}-{number}"));
        write(&path).with_context(|| format!("cannot write {}", path.display()))?;
        verify(&path)?;
        let rest: PathBuf = folder.join(name_at_rest(thread, number));
        if rest != path {
            fs::rename(&path, &rest).with_context(|| format!("cannot rename {}", path.display()))?;
        }
        if let Some(oldest) = number.checked_sub(KEPT) {
            let oldest = folder.join(name_at_rest(thread, oldest));
            verify(&oldest)?;
            fs::remove_file(&oldest).with_context(|| format!("cannot delete {}", oldest.display()))?;
        }
        number += 1;
    }
    Ok(number)
}

/// Writes half of the content at once and appends the other.
fn write(path: &Path) -> std::io::Result<()> {
    let content = content(path);
    let (first, second) = content.split_at(content.len() / 2);
    fs::write(path, first)?;
    OpenOptions::new().append(true).open(path)?.write_all(second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_are_left_alone_are_all_there() {
        let folder = tempfile::tempdir().unwrap();
        let busy = keep_busy(folder.path(), |used| used >= KEPT + 10).unwrap();
        assert_eq!((busy.used, busy.left), (THREADS * (KEPT + 10), THREADS * KEPT));
    }

    #[test]
    fn a_file_that_changes_or_comes_behind_its_back_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let meddle = |name: &str| {
            let folder = folder.path();
            keep_busy(folder, |used| {
                if used == 5 {
                    fs::write(folder.join(name), b"something else").unwrap();
                }
                used >= 20
            })
        };
        let error = format!("{:#}", meddle("0-1").unwrap_err());
        assert!(error.contains("does not hold what was written"), "{error}");
        let error = format!("{:#}", meddle("stranger").unwrap_err());
        assert!(error.contains("stranger"), "{error}");
    }
}
