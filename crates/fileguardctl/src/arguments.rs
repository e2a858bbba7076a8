//! The command line.

use std::path::PathBuf;

use clap::builder::styling::{AnsiColor, Styles};
use clap::{Args, Parser, Subcommand};
use fileguard_protocol::Operation;
use fltuser::System;

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  failed or refused; the reason is on standard error
  2  the command line is wrong";

/// Watches and steers fileguard, the driver that guards files by policy.
#[derive(Debug, Parser)]
#[command(name = "fileguardctl", version, styles = STYLES, after_help = EXIT_CODES, propagate_version = true)]
pub struct Arguments {
    /// The folder of the fltsim machine to talk to.
    #[cfg(not(windows))]
    #[arg(
        long,
        global = true,
        value_name = "DIR",
        help = "The folder of the fltsim machine to talk to [default: $FLTSIM_DIR, else that of this user]"
    )]
    machine: Option<PathBuf>,

    #[command(flatten)]
    pub color: colorchoice_clap::Color,

    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Shows what the driver sees, as it happens.
    #[command(after_help = WATCH_EXAMPLES)]
    Watch(WatchOptions),

    /// Checks, loads and shows policies.
    #[command(subcommand)]
    Policy(PolicyCommand),

    /// Shows how the driver is doing: policy, counters, losses, volumes.
    Status {
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },

    /// Answers what `ask` rules ask: may this file be used?
    #[command(after_help = ANSWER_EXAMPLES)]
    Answer(AnswerOptions),

    /// Prints the completions for a shell.
    #[command(
        after_help = "Example:\n  fileguardctl completions bash > ~/.local/share/bash-completion/completions/fileguardctl"
    )]
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
}

const WATCH_EXAMPLES: &str = "\
Examples:
  fileguardctl watch
  fileguardctl watch --denied
  fileguardctl watch --operation write,delete --json | jq .name

A line is: time, process, operation, decision, name, outcome, duration. Interrupt (Ctrl+C) to end.
Rules are numbered from 0, in the order of the policy. If events were lost it says how many.
Each event is given out once: of two that watch at the same time, each sees a part.";

#[derive(Debug, Args)]
pub struct WatchOptions {
    /// Print one JSON object a line.
    #[arg(long)]
    pub json: bool,

    /// Show these operations only.
    #[arg(long, value_delimiter = ',', value_name = "OPERATION", value_parser = operation())]
    pub operation: Vec<Operation>,

    /// Show what was refused only.
    #[arg(long)]
    pub denied: bool,

    /// End after so many events were shown.
    #[arg(long, value_name = "NUMBER")]
    pub count: Option<u64>,
}

#[derive(Debug, Subcommand)]
pub enum PolicyCommand {
    /// Says whether a policy is right, and what to write instead where it is not.
    #[command(after_help = POLICY_EXAMPLE)]
    Check {
        /// The policy, or - for standard input.
        file: PathBuf,
    },
    /// Puts a policy in force, at once and for all volumes. A policy with mistakes changes nothing.
    #[command(after_help = POLICY_EXAMPLE)]
    Load {
        /// The policy, or - for standard input.
        file: PathBuf,
    },
    /// Prints the policy in force.
    Show,
}

const POLICY_EXAMPLE: &str = "\
Example of a policy:
  [[rule]]
  name = \"no writes to the vault\"
  path = [\"/vault/**\", \"*.key\"]         # / is the root of any volume; without it: anywhere
  operation = [\"write\", \"delete\"]       # read write create delete rename execute; default: all
  process = \"**/rm\"                     # only for these programs; default: all
  action = \"deny\"                       # observe, allow, deny, ask; first match wins
  status = \"access-denied\"              # what the program is told

  [[rule]]
  path = \"/downloads/**\"
  operation = [\"read\", \"execute\"]
  action = \"ask\"                        # see: fileguardctl answer --help
  default = \"deny\"                      # if nobody answers; default: allow
  timeout = \"2s\"";

const ANSWER_EXAMPLES: &str = "\
Examples:
  fileguardctl answer
  fileguardctl answer --signatures mine.toml
  fileguardctl answer --command clamscan --no-summary {}

A file of signatures is TOML:
  [[signature]]
  name = \"something known\"
  text = \"these very bytes\"             # or: hex = \"4D 5A 90 00\"

The command gets the path of a copy in place of {}. It allows by ending with 0 and denies with 1; any other end, or none
before the driver stops waiting, leaves it to the default of the rule. Questions about creating and emptying a file come
when nothing is in it: signatures allow it, and the command gets an empty copy.";

#[derive(Debug, Args)]
pub struct AnswerOptions {
    /// Deny files with these signatures too, besides the EICAR test file.
    #[arg(long, value_name = "FILE")]
    pub signatures: Option<PathBuf>,

    /// How many files are looked at at a time.
    #[arg(long, value_name = "NUMBER", default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=64))]
    pub threads: u16,

    /// Where copies for the command are kept [default: the system's temporary directory].
    #[arg(long, value_name = "DIR")]
    pub temporary: Option<PathBuf>,

    /// Print one JSON object for each answer.
    #[arg(long)]
    pub json: bool,

    /// Run this program for each file; all that follows belongs to it. Without it, signatures alone decide.
    #[arg(long, value_name = "PROGRAM", num_args = 1.., allow_hyphen_values = true)]
    pub command: Vec<std::ffi::OsString>,
}

/// Reads an operation, with all of them in the help and in completions.
fn operation() -> impl clap::builder::TypedValueParser<Value = Operation> {
    use clap::builder::TypedValueParser as _;
    clap::builder::PossibleValuesParser::new(Operation::ALL.map(Operation::name))
        .try_map(|name| Operation::from_name(&name).ok_or("no such operation"))
}

impl Arguments {
    /// The Filter Manager to talk to.
    #[cfg(not(windows))]
    pub fn system(&self) -> fltuser::Result<System> {
        match &self.machine {
            Some(directory) => Ok(System::at(directory)),
            None => System::local(),
        }
    }

    /// The Filter Manager to talk to.
    #[cfg(windows)]
    #[expect(clippy::unused_self, reason = "elsewhere an argument chooses")]
    pub fn system(&self) -> fltuser::Result<System> {
        System::local()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn what_follows_command_belongs_to_it() {
        let line = ["fileguardctl", "answer", "--json", "--command", "clamscan", "--no-summary", "{}"];
        let Command::Answer(options) = Arguments::parse_from(line).command else { panic!() };
        assert_eq!(options.command, ["clamscan", "--no-summary", "{}"]);
    }
}
