//! Altitudes.

use core::cmp::Ordering;

/// An altitude: decimal digits with at most one decimal point, which is all that it can be made of (A-31). It is a number of
/// any precision: zeros at its ends do not count, and a greater one is farther from the file system.
///
/// [`altitude!`](crate::altitude) makes one of a literal.
#[derive(Clone, Copy, Debug)]
pub struct Altitude<'a>(&'a [u16]);

/// An [`Altitude`](crate::instance::Altitude) of a literal, which does not compile if it is none (A-31).
///
/// ```
/// assert!(fltmgr::altitude!("03333") > fltmgr::altitude!("100.123456"));
/// ```
///
/// ```compile_fail,E0080
/// let version = fltmgr::altitude!("1.2.3");
/// ```
#[macro_export]
macro_rules! altitude {
    ($text:literal) => {{
        const ALTITUDE: $crate::instance::Altitude<'static> =
            match $crate::instance::Altitude::new($crate::utf16!($text)) {
                Some(altitude) => altitude,
                None => panic!("an altitude is a decimal number (A-31)"),
            };
        ALTITUDE
    }};
}

impl<'a> Altitude<'a> {
    /// The altitude that `units` say; `None` if they are no decimal number.
    pub const fn new(units: &'a [u16]) -> Option<Self> {
        let (mut digits, mut points) = (0_usize, 0_usize);
        let mut rest = units;
        while let Some((unit, tail)) = rest.split_first() {
            if *unit >= b'0' as u16 && *unit <= b'9' as u16 {
                digits += 1;
            } else if *unit == b'.' as u16 {
                points += 1;
            } else {
                return None;
            }
            rest = tail;
        }
        if digits > 0 && points < 2 { Some(Self(units)) } else { None }
    }

    /// The altitude as it was written.
    pub const fn units(self) -> &'a [u16] {
        self.0
    }

    /// The digits before the point, from the first that counts, and those behind it, to the last that counts.
    fn parts(self) -> (&'a [u16], &'a [u16]) {
        const ZERO: u16 = b'0' as u16;
        let mut parts = self.0.splitn(2, |unit| *unit == u16::from(b'.'));
        let (mut whole, mut fraction) = (parts.next().unwrap_or(&[]), parts.next().unwrap_or(&[]));
        while let Some((&ZERO, rest)) = whole.split_first() {
            whole = rest;
        }
        while let Some((&ZERO, rest)) = fraction.split_last() {
            fraction = rest;
        }
        (whole, fraction)
    }
}

impl Ord for Altitude<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        let ((whole, fraction), (other_whole, other_fraction)) = (self.parts(), other.parts());
        // Without leading zeros the longer number is the greater; fractions compare digit by digit.
        let by_length = whole.len().cmp(&other_whole.len());
        by_length.then_with(|| whole.cmp(other_whole)).then_with(|| fraction.cmp(other_fraction))
    }
}

impl PartialOrd for Altitude<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Altitude<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Altitude<'_> {}
