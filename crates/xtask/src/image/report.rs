//! What `cargo xtask image` prints of a driver's file.

use super::{Image, stack};
use anyhow::Result;
use object::pe;
use std::fmt::Write as _;
use std::path::Path;

/// Describes an image: its sections, its imports, and what it takes of the stack.
///
/// # Errors
///
/// The file cannot be read, or is no driver's image.
pub fn describe(path: &Path) -> Result<String> {
    let image = Image::read(path)?;
    let mut text =
        format!("{}: {:?}, {} bytes\n\nsections\n", path.display(), image.architecture()?, image.bytes().len());
    for section in image.sections() {
        let flag = |flag, letter| if section.is(flag) { letter } else { '-' };
        writeln!(
            text,
            "  {:8} {:#8x} {:8} bytes  {}{}{}{}",
            section.name,
            section.addresses.start,
            section.addresses.len(),
            flag(pe::IMAGE_SCN_MEM_READ, 'R'),
            flag(pe::IMAGE_SCN_MEM_WRITE, 'W'),
            flag(pe::IMAGE_SCN_MEM_EXECUTE, 'E'),
            flag(pe::IMAGE_SCN_MEM_DISCARDABLE, 'D'),
        )?;
    }
    for (library, names) in image.imports()? {
        writeln!(text, "\nimports from {library}\n  {}", names.join("\n  "))?;
    }
    let stack = stack::measure(&image)?;
    writeln!(text, "\nlargest frames")?;
    for (name, bytes) in stack.frames.iter().take(10) {
        writeln!(text, "  {bytes:6}  {name}")?;
    }
    writeln!(text, "\ndeepest chain of calls: {} bytes", stack.deepest_bytes)?;
    for (name, bytes) in &stack.deepest {
        writeln!(text, "  {bytes:6}  {name}")?;
    }
    for chain in &stack.recursions {
        writeln!(text, "\nrecursion: {}", chain.join(" -> "))?;
    }
    if !stack.unresolved.is_empty() {
        writeln!(text, "\ncalls what cannot be told: {}", stack.unresolved.join(", "))?;
    }
    Ok(text)
}
