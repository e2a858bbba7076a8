//! The command line, and what it starts.

use anyhow::Result;
use clap::{Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;
use xtask::driver::Architecture;
use xtask::inf::Outcome;
use xtask::windows_programs::Profile;

/// The repository's chores.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Builds fileguard.sys in release, and says where it is.
    Driver,
    /// Makes the package for a Windows machine: the driver, test-signed, its INF, its symbols and the programs.
    Package {
        /// The processor; all that there are, if it is left out.
        #[arg(long)]
        architecture: Option<Architecture>,
    },
    /// Prints what is in drivers' files: sections, imports, stack.
    Image {
        /// The `.sys` files, each with its program database beside it.
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Builds fileguard.sys with windows-drivers-rs and a stand-in for the WDK, and checks it and the bindings.
    WdkCheck,
    /// Looks over minifilters' INFs for what makes installing them fail; 1 if it finds something, 2 if a file cannot be
    /// read.
    InfLint {
        /// The `.inf` or `.inx` files.
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
}

pub fn main() -> Result<ExitCode> {
    match Arguments::parse().chore {
        Chore::Driver => println!("{}", xtask::driver::build()?.image.display()),
        Chore::Package { architecture } => {
            for architecture in architecture.map_or(vec![Architecture::X64, Architecture::Arm64], |one| vec![one]) {
                let package = xtask::package::package(architecture, Profile::Tools, &xtask::package::folder())?;
                println!("{}\n\nIt has not:\n{}\n", package.folder.display(), package.missing.join("\n"));
            }
        }
        Chore::Image { files } => {
            for file in files {
                print!("{}", xtask::image::describe(&file)?);
            }
        }
        Chore::WdkCheck => xtask::wdk_check::check()?,
        Chore::InfLint { files } => {
            return Ok(match xtask::inf::lint_files(&files)? {
                Outcome::Clean => ExitCode::SUCCESS,
                Outcome::Findings => ExitCode::from(1),
                Outcome::Unreadable => ExitCode::from(2),
            });
        }
    }
    Ok(ExitCode::SUCCESS)
}
