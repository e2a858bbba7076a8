//! Findings about a driver.

use std::fmt;

/// Something a driver did wrong that did not end the machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The rule of the rulebook.
    pub rule: &'static str,
    /// The driver.
    pub driver: String,
    /// What happened, in words.
    pub text: String,
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {} (rule {})", self.driver, self.text, self.rule)
    }
}
