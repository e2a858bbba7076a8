//! Each example does what it says, as the `.sys` that it builds to.

#[path = "../common/mod.rs"]
mod common;

mod advisory;
mod answer;
mod attach;
mod background;
mod cancel;
mod change;
mod context;
mod defer;
mod ecp;
mod events;
mod generic;
mod hold;
mod journal;
mod keep;
mod limit;
mod listed;
mod mirror;
mod name_provider;
mod null;
mod oplock;
mod query_open;
mod reissue;
mod resume;
mod safe;
mod scan;
mod seal;
mod section;
mod swap;
mod synchronize;
mod trace;
mod transaction;
mod unsafe_code;

use common::Guarded;
use fltsim::config::{RegistryValue, ServiceConfig};
use fltsim::machine::ImageSource;
use xtask::driver::{self, Architecture};

/// A machine with the driver of an example.
fn example(name: &str) -> Guarded {
    example_with(name, &[])
}

/// A machine with the driver of an example, whose service has parameters.
fn example_with(name: &str, parameters: &[(&str, RegistryValue)]) -> Guarded {
    let (image, _) = driver::build_package(name, Architecture::X64).unwrap_or_else(|error| panic!("{error:#}"));
    let mut service = ServiceConfig::with_altitude(name, "370000");
    for (name, value) in parameters {
        service.set_parameter(name, value.clone());
    }
    Guarded::start_driver(ImageSource::File(image), service)
}
