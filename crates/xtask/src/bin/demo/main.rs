//! `cargo demo`: fileguard.sys guards a real folder, and real programs use it.

#[cfg(unix)]
mod arguments;

#[cfg(unix)]
fn main() -> std::process::ExitCode {
    arguments::main()
}

#[cfg(windows)]
fn main() {
    eprintln!("demo: fltsim, which the demonstration takes place in, runs on Linux");
    std::process::exit(1);
}
