//! The driver's INF: made from the `.inx` for one processor, and looked over before anybody installs it.

use anyhow::{Context, Result, bail};
use fltsim::inf::{Inf, lint};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::io::{self, Write as _};
use std::ops::Range;
use std::path::PathBuf;

use crate::driver::Architecture;

/// What the processor takes the place of.
const PROCESSOR_VARIABLE: &str = "$ARCH$";

/// Stamps an `.inx` for one processor, as the Windows Driver Kit's stampinf does: the processor takes the place of
/// `$ARCH$`, and `DriverVer` becomes `date`, which is `mm/dd/yyyy`, and `version`, which is `w.x.y.z`.
///
/// # Errors
///
/// There is no `DriverVer` in `[Version]`.
pub fn stamp(text: &str, architecture: Architecture, date: &str, version: &str) -> Result<String> {
    let text = text.replace(PROCESSOR_VARIABLE, architecture.inf_name());
    let Some(own) = driver_version(&text) else {
        bail!(
            "the INF has no DriverVer in [Version] to put date and version into: write DriverVer = mm/dd/yyyy,w.x.y.z"
        );
    };
    Ok([&text[..own.start], date, ",", version, &text[own.end..]].concat())
}

/// Where in the text the value of `[Version]`'s `DriverVer` is, to the end of its line.
fn driver_version(text: &str) -> Option<Range<usize>> {
    let mut in_version = false;
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        if line.trim_start().starts_with('[') {
            in_version = line.trim().eq_ignore_ascii_case("[Version]");
        } else if in_version
            && let Some((key, value)) = line.split_once('=')
            && key.trim().eq_ignore_ascii_case("DriverVer")
        {
            let value_start = start + line.len() - value.trim_start_matches([' ', '\t']).len();
            return Some(value_start..(start + line.trim_end().len()).max(value_start));
        }
        start += line.len();
    }
    None
}

/// The INF of the driver in `text`, for a processor: the date is that of `SOURCE_DATE_EPOCH` where it is set, else the
/// `.inx`'s own, so that the same sources make the same file; the version is the package's.
///
/// # Errors
///
/// `SOURCE_DATE_EPOCH` is no number of seconds, or the `.inx` has no `DriverVer` with a date.
pub fn stamp_for_package(text: &str, architecture: Architecture) -> Result<String> {
    let date = if let Ok(seconds) = std::env::var("SOURCE_DATE_EPOCH") {
        date_of(&seconds)?
    } else {
        let own = driver_version(text).and_then(|value| text[value].split(',').next()).map(str::trim);
        own.filter(|date| !date.is_empty())
            .context("the INF has no date in [Version]: write DriverVer = mm/dd/yyyy, or set SOURCE_DATE_EPOCH")?
            .to_owned()
    };
    stamp(text, architecture, &date, concat!(env!("CARGO_PKG_VERSION"), ".0"))
}

/// The day that a number of seconds since 1970 is in, as an INF writes it.
fn date_of(seconds: &str) -> Result<String> {
    let time =
        seconds.trim().parse().ok().and_then(|seconds| Timestamp::from_second(seconds).ok()).with_context(|| {
            format!("SOURCE_DATE_EPOCH is \"{seconds}\": it must be a number of seconds since 1970, or not be set")
        })?;
    Ok(time.to_zoned(TimeZone::UTC).strftime("%m/%d/%Y").to_string())
}

/// How looking over INFs went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing was found.
    Clean,
    /// Something was found.
    Findings,
    /// A file could not be read.
    Unreadable,
}

/// Looks over INFs; prints `FILE:LINE: RULE: message` for each finding, and a line that sums up. A file that cannot be
/// read is said on standard error, and the others are looked over all the same.
///
/// # Errors
///
/// The output cannot be written.
pub fn lint_files(files: &[PathBuf]) -> io::Result<Outcome> {
    let mut out = io::stdout().lock();
    let (mut findings, mut unreadable) = (0, 0);
    for file in files {
        match Inf::read(file) {
            Ok(inf) => {
                for finding in lint(&inf) {
                    writeln!(out, "{}:{}: {finding}", file.display(), finding.line)?;
                    findings += 1;
                }
            }
            Err(error) => {
                eprintln!("{error}");
                unreadable += 1;
            }
        }
    }
    let count = |number: usize, what: &str| format!("{number} {what}{}", if number == 1 { "" } else { "s" });
    let found = if findings == 0 { "nothing found".to_owned() } else { count(findings, "finding") };
    let rest = if unreadable == 0 { String::new() } else { format!(", {unreadable} unreadable") };
    writeln!(out, "{}: {found}{rest}", count(files.len(), "INF"))?;
    Ok(match (unreadable, findings) {
        (0, 0) => Outcome::Clean,
        (0, _) => Outcome::Findings,
        _ => Outcome::Unreadable,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_since_1970_become_a_day_as_an_inf_writes_it() {
        assert_eq!(date_of("0").unwrap(), "01/01/1970");
        assert_eq!(date_of("1709251199").unwrap(), "02/29/2024");
        assert_eq!(date_of("1709251200").unwrap(), "03/01/2024");
        assert!(date_of("yesterday").unwrap_err().to_string().contains("SOURCE_DATE_EPOCH is \"yesterday\""));
    }

    #[test]
    fn the_package_gives_the_version() {
        let text = "[Version]\nDriverVer = 01/02/2003,9.9.9.9\n";
        let stamped = stamp_for_package(text, Architecture::X64).unwrap();
        assert!(stamped.ends_with(concat!(",", env!("CARGO_PKG_VERSION"), ".0\n")), "{stamped}");
    }
}
