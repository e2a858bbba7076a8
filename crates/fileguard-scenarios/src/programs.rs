//! Programs that do more than one call to the system is.

use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::path::Path;
use std::thread;

use anyhow::{Context as _, Result, ensure};

/// How many threads append.
const THREADS: usize = 4;
/// How many lines each of them appends.
const LINES: usize = 250;
/// What the mapped file holds in the end.
pub const MAPPED: &[u8] = b"written through a mapping";

/// Changes a file through a shared mapping, and reads it by ordinary means.
#[expect(unsafe_code, reason = "a mapping is safe as long as nobody changes the file, which only the caller knows")]
pub fn map(path: &Path) -> Result<()> {
    let file =
        OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path).context("cannot open it")?;
    file.set_len(MAPPED.len() as u64).context("cannot set its length")?;
    // SAFETY: the file is the scenario's own, and no other program changes it while it is mapped.
    let mut mapping = unsafe { memmap2::MmapMut::map_mut(&file) }.context("cannot map it")?;
    mapping.copy_from_slice(MAPPED);
    mapping.flush().context("cannot flush the mapping")?;
    drop(mapping);
    let held = fs::read(path).context("cannot read it back")?;
    ensure!(held == MAPPED, "the file does not hold what was written to its mapping");
    Ok(())
}

/// Appends lines to a file from several threads, each through a handle of its own, and misses none of them.
pub fn append(path: &Path) -> Result<()> {
    thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS).map(|thread| scope.spawn(move || append_as(thread, path))).collect();
        threads.into_iter().try_for_each(|thread| thread.join().expect("the thread does not panic"))
    })?;
    let text = fs::read_to_string(path).context("cannot read it back")?;
    let mut lines: Vec<&str> = text.lines().collect();
    lines.sort_unstable();
    lines.dedup();
    let mut wanted: Vec<String> =
        (0..THREADS).flat_map(|thread| (0..LINES).map(move |number| line(thread, number))).collect();
    wanted.sort_unstable();
    ensure!(lines == wanted, "of {} appended lines, {} are there whole", wanted.len(), lines.len());
    Ok(())
}

fn line(thread: usize, number: usize) -> String {
    format!("thread {thread} line {number}")
}

fn append_as(thread: usize, path: &Path) -> Result<()> {
    let mut file: File = OpenOptions::new().append(true).create(true).open(path).context("cannot open it")?;
    for number in 0..LINES {
        // One call is one append; a line in several pieces would be several.
        file.write_all(format!("{}\n", line(thread, number)).as_bytes()).context("cannot append to it")?;
    }
    Ok(())
}
