//! An altitude is a decimal number: no other string is one.
use fltmgr::filter::Registered;
use fltmgr::irql::{Irql, PassiveLevel};
use fltmgr::volume::Volume;
use fltmgr::{Filter, altitude, utf16};

fn two_points<F: Filter>(filter: &F, volume: Volume<'_>, at: Irql<'_, PassiveLevel>) {
    let _ = filter.attach_at_altitude(volume, altitude!("370.000.5"), None, at);
}

fn no_altitude<F: Filter>(filter: &F, volume: Volume<'_>, at: Irql<'_, PassiveLevel>) {
    let _ = filter.attach_at_altitude(volume, utf16!("370000"), None, at);
}

fn main() {}
