//! What tests need of the machine that neither Rust nor this repository brings.

use std::io::{Write, stderr};
use std::sync::Once;
use xtask::tools::Tool;

/// Whether the tools are there. What is missing is said; with the variable set to 1, as it is where everything is
/// checked, it is installed, and the test fails if it cannot be.
pub fn are_there(tools: &[Tool], variable: &str) -> bool {
    static SAID: Once = Once::new();
    let required = std::env::var(variable).is_ok_and(|value| value == "1");
    for tool in tools {
        if required {
            tool.require().unwrap_or_else(|error| panic!("{variable} is set: {error:#}"));
        } else if tool.find().is_none() {
            let (program, package) = (tool.program, tool.packages.join(" "));
            // Not by a macro, whose output is kept back where a test passes.
            SAID.call_once(|| {
                let _ = writeln!(
                    stderr(),
                    "skipped, because {program} is missing (Debian: {package}); {variable}=1 installs it"
                );
            });
            return false;
        }
    }
    true
}
