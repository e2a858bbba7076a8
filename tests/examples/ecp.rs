use crate::common::Guarded;
use fltsim::config::{InstanceConfig, ServiceConfig};
use fltsim::machine::ImageSource;
use xtask::driver::{self, Architecture};

/// A machine with the example, whose volume has an instance of it at each of these altitudes.
fn ecp(altitudes: &[&str]) -> Guarded {
    let (image, _) = driver::build_package("ecp", Architecture::X64).unwrap_or_else(|error| panic!("{error:#}"));
    let mut service = ServiceConfig::with_altitude("ecp", altitudes[0]);
    for altitude in &altitudes[1..] {
        let name = format!("ecp at {altitude}");
        service.instances.push(InstanceConfig { name, altitude: (*altitude).to_owned(), flags: 0 });
    }
    Guarded::start_driver(ImageSource::File(image), service)
}

/// What a debugger was told, without times and names.
fn told(guarded: &Guarded) -> Vec<String> {
    guarded.machine.take_debug_lines().iter().map(|line| line.trim_end().to_owned()).collect()
}

#[test]
fn ecp_is_found_by_the_instance_below_and_dropped_with_the_create() {
    let guarded = ecp(&["370000", "369000"]);
    told(&guarded);
    let file = guarded.anybody().open_for_writing("/a").unwrap();
    let expected = ["a create came with ticket 0", "the ticket was seen", "ticket 0 is gone"];
    let lines = told(&guarded);
    assert_eq!(lines.len(), 3, "{lines:?}");
    for (line, expected) in lines.iter().zip(expected) {
        assert!(line.contains(expected), "{line:?} is not {expected:?}");
    }
    drop(file);
}

#[test]
fn ecp_that_nobody_finds_is_not_acknowledged() {
    let guarded = ecp(&["370000"]);
    told(&guarded);
    assert!(guarded.anybody().open("/missing").is_err());
    let lines = told(&guarded);
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].contains("ticket 0 is gone"), "{lines:?}");
}
