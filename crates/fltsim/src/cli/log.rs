//! What the program says beside its results: on standard error, filtered by `RUST_LOG`.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

/// Starts logging. Without `RUST_LOG` the drivers' own messages and warnings are shown; the report of a crash is not,
/// because the program prints it itself.
pub fn start() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| {
        EnvFilter::new("warn,driver=info,fltsim::kernel::report=off,fuser::mnt=off,fuser::reply=off")
    });
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .without_time()
        .init();
}
