//! The fltsim program: runs minifilters on real folders and looks at them.

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::run()
}
