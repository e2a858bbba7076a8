//! `policy check`, `policy load`, `policy show`.

use std::io::{self, Read as _, Write as _};
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use fileguard_policy::compile::{self, Compiled, Diagnostic, Options};
use fileguard_protocol::Role;
use fltuser::System;

use crate::driver::Driver;
use crate::drives;

fn read(file: &Path) -> anyhow::Result<(String, String)> {
    let (bytes, name) = if file.as_os_str() == "-" {
        let mut bytes = Vec::new();
        io::stdin().read_to_end(&mut bytes).context("cannot read standard input")?;
        (bytes, "standard input".to_owned())
    } else {
        let bytes = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
        (bytes, file.display().to_string())
    };
    let text = String::from_utf8(bytes).map_err(|error| {
        let line = error.as_bytes()[..error.utf8_error().valid_up_to()].split(|byte| *byte == b'\n').count();
        anyhow::anyhow!("{name} is not UTF-8 on line {line}: save it as UTF-8")
    })?;
    Ok((text, name))
}

fn show_remarks(remarks: &[Diagnostic], source: &str, name: &str) {
    anstream::eprint!("{}", compile::render(remarks, source, name, true));
}

/// Compiles a policy and shows all remarks; nothing if it was refused. With it comes the name of where it was read.
fn compile(file: &Path) -> anyhow::Result<Option<(Compiled, String)>> {
    let (source, name) = read(file)?;
    match compile::compile(&source, &Options { drives: Some(&drives::device) }) {
        Ok(compiled) => {
            show_remarks(&compiled.warnings, &source, &name);
            Ok(Some((compiled, name)))
        }
        Err(remarks) => {
            show_remarks(&remarks, &source, &name);
            let errors = remarks.iter().filter(|remark| remark.severity == compile::Severity::Error).count();
            anstream::eprintln!("{name}: {}", counted(errors, "mistake"));
            Ok(None)
        }
    }
}

fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

fn size(compiled: &Compiled) -> String {
    format!(
        "{}, {}, {} KiB compiled",
        counted(compiled.statistics.rules, "rule"),
        counted(compiled.statistics.patterns, "path"),
        compiled.blob.len().div_ceil(1024)
    )
}

pub fn check(file: &Path) -> anyhow::Result<ExitCode> {
    let Some((compiled, name)) = compile(file)? else {
        return Ok(ExitCode::FAILURE);
    };
    writeln!(anstream::stdout(), "{name}: right ({})", size(&compiled))?;
    Ok(ExitCode::SUCCESS)
}

pub fn load(system: &System, file: &Path) -> anyhow::Result<ExitCode> {
    let Some((compiled, name)) = compile(file)? else {
        anstream::eprintln!("nothing was loaded; the policy in force is the one before");
        return Ok(ExitCode::FAILURE);
    };
    let reply = Driver::connect(system, Role::Control)?.load_policy(&compiled.blob)?;
    writeln!(
        anstream::stdout(),
        "{name}: in force, as policy number {} ({})",
        reply.generation.get(),
        size(&compiled)
    )?;
    Ok(ExitCode::SUCCESS)
}

pub fn show(system: &System) -> anyhow::Result<()> {
    let (text, generation) = Driver::connect(system, Role::Control)?.policy()?;
    if generation == 0 {
        anstream::eprintln!("no policy has been loaded");
    }
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    Ok(())
}
