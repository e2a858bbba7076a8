//! `fltsim imports`.

use std::io::{self, Write as _};
use std::path::PathBuf;

use fltsim::image::Image;

use super::Failure;

/// Arguments of `fltsim imports`.
#[derive(clap::Args)]
pub struct Arguments {
    /// The driver
    #[arg(value_name = "DRIVER.sys")]
    driver: PathBuf,
    /// One JSON object a line
    #[arg(long)]
    json: bool,
}

/// Lists the imports; 1 if one is not served.
pub fn run(arguments: &Arguments) -> Result<u8, Failure> {
    let mut imports = Image::imports_of(&arguments.driver)?;
    imports.sort_by_key(|import| (import.dll.to_ascii_lowercase(), import.name.clone()));
    let missing = imports.iter().filter(|import| !import.is_served()).count();
    let mut out = io::stdout().lock();
    for import in &imports {
        if arguments.json {
            let (dll, name, served) = (&import.dll, &import.name, import.is_served());
            writeln!(out, "{}", serde_json::json!({ "dll": dll, "name": name, "served": served }))?;
        } else {
            let served = if import.is_served() { "served" } else { "NOT served" };
            writeln!(out, "{:<16} {:<44} {served}", import.dll, import.name)?;
        }
    }
    if !arguments.json {
        writeln!(out, "{} imports, {missing} not served", imports.len())?;
    }
    Ok(if missing == 0 { 0 } else { super::FAILURE })
}
