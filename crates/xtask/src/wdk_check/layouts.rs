//! Numbers that only the compiler knows: sizes, offsets and the values of constants, of both sets at once.
//!
//! They are compiled into a table for Windows, which is read from the object file: nothing has to run.

use super::workspace::{Built, TARGET, Workspace};
use crate::driver::{put, run};
use anyhow::{Context, Result, ensure};
use object::{Object, ObjectSection, ObjectSymbol};
use std::fs;
use std::path::Path;
use std::process::Command;

/// The value of each expression, in which the committed bindings are `own`, and those of the WDK are `wdk`.
///
/// # Errors
///
/// They do not compile, or the table cannot be read.
pub fn measure(expressions: &[String], workspace: &Workspace, built: &Built, types: &Path) -> Result<Vec<i128>> {
    let library = built.library_of("fltmgr-sys")?;
    let beside = library.parent().context("a library in no folder")?;
    let (source, object) = (beside.join("table.rs"), beside.join("table.o"));
    put(program(expressions, types)?.as_bytes(), source.clone())?;
    run(Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()))
        .args(["--edition", "2024", "--crate-type", "lib", "--emit", "obj", "--target", TARGET, "-C", "panic=abort"])
        .arg("--extern")
        .arg(format!("wdk={}", library.display()))
        .arg("-L")
        .arg(format!("dependency={}", beside.display()))
        // What build scripts and macros are built from is for this machine.
        .arg("-L")
        .arg(format!("dependency={}", workspace.host_libraries().display()))
        .arg("-o")
        .arg(&object)
        .arg(&source))?;
    read(&object, expressions.len())
}

fn program(expressions: &[String], types: &Path) -> Result<String> {
    let types = types.to_str().with_context(|| format!("{} is no text", types.display()))?;
    Ok(format!(
        "#![no_std]\n\
         #![allow(warnings)]\n\
         mod own {{ include!({types:?}); }}\n\
         const fn size<T>(_: *const T) -> i128 {{ size_of::<T>() as i128 }}\n\
         #[unsafe(no_mangle)]\n\
         pub static VALUES: [i128; {}] = [\n{}\n];\n",
        expressions.len(),
        expressions.join(",\n")
    ))
}

fn read(file: &Path, count: usize) -> Result<Vec<i128>> {
    let bytes = fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    let object = object::File::parse(&*bytes).with_context(|| format!("{} is no object file", file.display()))?;
    let symbol =
        object.symbols().find(|symbol| symbol.name() == Ok("VALUES")).context("the table is not in its object")?;
    let section = symbol.section_index().context("the table is in no section")?;
    let data = object.section_by_index(section)?.data()?;
    let begin = usize::try_from(symbol.address())?;
    let (values, _) = data.get(begin..).unwrap_or_default().as_chunks::<{ size_of::<i128>() }>();
    ensure!(values.len() >= count, "the table has {} values instead of {count}", values.len());
    Ok(values[..count].iter().map(|value| i128::from_le_bytes(*value)).collect())
}
