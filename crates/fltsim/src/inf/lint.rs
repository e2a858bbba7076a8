//! What is wrong with a minifilter's INF before anybody has tried to install it.
//!
//! [`lint`] reads an INF for the rules of section P of the project's rulebook: what Microsoft's pages "Creating an INF
//! file for a minifilter driver", "Creating a new primitive driver", "INF DefaultInstall section" and those they point
//! to ask for. Rules that no INF shows are not here: that the altitude and not the start type places a filter (P-10),
//! when the Filter Manager itself is loaded (P-16), and how files are signed (P-17, P-18). Whether the bit for BypassIO
//! belongs into `SupportedFeatures` (half of P-14) depends on whether the driver vetoes it, which an INF does not show
//! either.
//!
//! An INF may have several `DefaultInstall` sections for one processor, each for other releases of Windows, as
//! Microsoft's samples do. What is asked of a section depends on the releases that take it.

mod files;
mod groups;
mod install;
mod instances;
mod service;
mod version;

use std::fmt;

use super::{Inf, Section};

/// The rules that [`lint`] can report.
pub const RULES: [&str; 16] = [
    "P-01", "P-02", "P-03", "P-04", "P-05", "P-06", "P-07", "P-08", "P-09", "P-11", "P-12", "P-13", "P-14", "P-15",
    "P-19", "P-20",
];

/// One thing that is wrong with an INF.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule that is broken, such as `P-02`; one of [`RULES`].
    pub rule: &'static str,
    /// The line, counted from 1. Where something is missing, that of the section it is missing from; where a section is
    /// missing, that of `[Version]`.
    pub line: usize,
    /// The section, without brackets, with `$ARCH$` replaced.
    pub section: String,
    /// What is wrong, what comes of it, and what to write instead.
    pub message: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.rule, self.message)
    }
}

/// Everything that is wrong with an INF, in the order of its lines.
pub fn lint(inf: &Inf) -> Vec<Finding> {
    let mut report = Report::default();
    for unresolved in &inf.unresolved {
        report.add_at("P-01", &unresolved.section, unresolved.line, unresolved.message.clone());
    }
    install::check_sections(inf, &mut report);
    let installs = install::installs(inf);
    version::check(inf, &installs, &mut report);
    for install in &installs {
        install::check(inf, install, &mut report);
        for service in service::services(inf, install, &mut report) {
            service::check(install, &service, &mut report);
            instances::check(inf, install, &service, &mut report);
        }
    }
    files::check(inf, &installs, &mut report);
    report.into_findings()
}

/// What was found so far.
#[derive(Default)]
struct Report {
    findings: Vec<Finding>,
}

impl Report {
    /// Adds a finding at a line of a section.
    fn add(&mut self, rule: &'static str, section: &Section, line: usize, message: impl Into<String>) {
        self.add_at(rule, &section.name, line, message);
    }

    /// Adds a finding at a line, where there may be no section. Sections that several others name are looked at once
    /// for each, so that a finding may come twice; it is kept once.
    fn add_at(&mut self, rule: &'static str, section: &str, line: usize, message: impl Into<String>) {
        debug_assert!(RULES.contains(&rule), "{rule} is not listed among the rules");
        let finding = Finding { rule, line, section: section.to_owned(), message: message.into() };
        if !self.findings.contains(&finding) {
            self.findings.push(finding);
        }
    }

    fn into_findings(mut self) -> Vec<Finding> {
        self.findings.sort_by(|left, right| (left.line, left.rule).cmp(&(right.line, right.rule)));
        self.findings
    }
}
