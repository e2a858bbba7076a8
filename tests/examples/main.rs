//! Each example does what it says, as the `.sys` that it builds to.

#[path = "../common/mod.rs"]
mod common;

mod answer;
mod change;
mod defer;
mod hold;
mod keep;
mod null;
mod safe;
mod synchronize;
mod trace;

use common::Guarded;
use fltsim::config::ServiceConfig;
use fltsim::machine::ImageSource;
use xtask::driver::{self, Architecture};

/// A machine with the driver of an example.
fn example(name: &str) -> Guarded {
    let (image, _) = driver::build_package(name, Architecture::X64).unwrap_or_else(|error| panic!("{error:#}"));
    Guarded::start_driver(ImageSource::File(image), ServiceConfig::with_altitude(name, "370000"))
}
