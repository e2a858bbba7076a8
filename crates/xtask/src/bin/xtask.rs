//! `cargo xtask`: chores that are too long for an alias.

use anyhow::Result;
use clap::{Parser, Subcommand};

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
}

fn main() -> Result<()> {
    match Arguments::parse().chore {
        Chore::Driver => println!("{}", xtask::driver::build()?.image.display()),
    }
    Ok(())
}
