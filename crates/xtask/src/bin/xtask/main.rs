//! `cargo xtask`: chores that are too long for an alias.

#[cfg(unix)]
mod chores;

#[cfg(unix)]
fn main() -> anyhow::Result<std::process::ExitCode> {
    chores::main()
}

#[cfg(windows)]
fn main() {
    eprintln!("xtask: the chores run on Linux; on Windows, `cargo make` builds the package");
    std::process::exit(1);
}
