//! The fltsim program: runs minifilters on real folders and looks at them.

#[cfg(unix)]
mod cli;

#[cfg(unix)]
fn main() -> std::process::ExitCode {
    cli::run()
}

#[cfg(windows)]
fn main() {
    eprintln!("fltsim: runs on Linux; on Windows, use fltmc and the Filter Manager itself");
    std::process::exit(1);
}
