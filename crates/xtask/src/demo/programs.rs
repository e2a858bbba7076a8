//! The programs of the story that no machine has ready.

use anyhow::{Context, Result, ensure};
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::thread;

/// How many threads append.
pub const THREADS: usize = 4;
/// How many lines each of them appends.
pub const LINES: usize = 250;
/// What the mapped file holds in the end.
pub const MAPPED: &[u8] = b"written through a mapping";

/// Changes a file through a shared mapping.
///
/// # Errors
///
/// The file cannot be opened, sized, mapped or flushed.
#[expect(unsafe_code, reason = "a mapping is safe as long as nobody changes the file, which only the caller knows")]
pub fn map(path: &Path) -> Result<()> {
    let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path).context("open")?;
    file.set_len(MAPPED.len() as u64).context("set the length")?;
    // SAFETY: the file is this demo's own, and no other program changes it while it is mapped.
    let mut mapping = unsafe { memmap2::MmapMut::map_mut(&file) }.context("map")?;
    mapping.copy_from_slice(MAPPED);
    mapping.flush().context("flush")?;
    drop(mapping);
    ensure!(
        std::fs::read(path).context("read back")? == MAPPED,
        "the file does not hold what was written to its mapping"
    );
    Ok(())
}

/// Appends lines to a file from several threads, each through a handle of its own.
///
/// # Errors
///
/// The file cannot be opened or written.
pub fn append(path: &Path) -> Result<()> {
    thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|thread| {
                scope.spawn(move || -> Result<()> {
                    let mut file: File = OpenOptions::new().append(true).create(true).open(path).context("open")?;
                    for line in 0..LINES {
                        // One call is one append; a line in several pieces would be several.
                        file.write_all(format!("thread {thread} line {line}\n").as_bytes()).context("write")?;
                    }
                    Ok(())
                })
            })
            .collect();
        threads.into_iter().try_for_each(|thread| thread.join().expect("the thread does not panic"))
    })
}
