//! Altitudes: where an instance sits in its volume's stack.

use std::cmp::Ordering;
use std::fmt;

/// An altitude: one or more decimal digits with at most one decimal point, compared as a decimal of any precision
/// (rule A-31).
#[derive(Clone)]
pub struct Altitude {
    /// As it was written, which is what a filter is shown.
    text: String,
    /// The integer digits without leading zeros.
    integer: String,
    /// The fraction's digits without trailing zeros.
    fraction: String,
}

impl Altitude {
    /// Reads an altitude, or says that it is malformed by `None`.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (integer, fraction) = text.split_once('.').unwrap_or((text, ""));
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(integer) || !digits(fraction) || integer.len() + fraction.len() == 0 {
            return None;
        }
        Some(Self {
            text: text.to_owned(),
            integer: integer.trim_start_matches('0').to_owned(),
            fraction: fraction.trim_end_matches('0').to_owned(),
        })
    }

    /// The altitude as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl Ord for Altitude {
    fn cmp(&self, other: &Self) -> Ordering {
        // Without leading zeros the longer integer is the larger; a fraction compares digit by digit from the left.
        self.integer
            .len()
            .cmp(&other.integer.len())
            .then_with(|| self.integer.cmp(&other.integer))
            .then_with(|| self.fraction.cmp(&other.fraction))
    }
}

impl PartialOrd for Altitude {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Altitude {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Altitude {}

impl fmt::Display for Altitude {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl fmt::Debug for Altitude {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn altitude(text: &str) -> Altitude {
        Altitude::parse(text).expect("a valid altitude")
    }

    #[test]
    fn altitudes_compare_as_decimals_of_any_precision() {
        // The example of rule A-31.
        assert!(altitude("03333") > altitude("100.123456"));
        assert_eq!(altitude("0100.50"), altitude("100.5"));
        assert!(altitude("100.5") > altitude("100.45"));
        assert!(altitude("385100.00000000000000000000000000000001") > altitude("385100"));
        assert!(altitude("99999999999999999999999999999999999999999999") > altitude("1"));
    }

    #[test]
    fn what_is_no_decimal_is_refused() {
        for text in ["", ".", "1.2.3", "-1", "12a", "1 2"] {
            assert!(Altitude::parse(text).is_none(), "{text:?} was accepted");
        }
    }
}
