use crate::example;
use fltsim::config::ServiceConfig;
use fltsim::machine::{ImageSource, LoadRequest};
use xtask::driver::{self, Architecture};

#[test]
fn synchronize_comes_back_in_the_thread_that_went_though_a_worker_completes() {
    let guarded = example("synchronize");
    let (image, _) = driver::build_package("defer", Architecture::X64).unwrap_or_else(|error| panic!("{error:#}"));
    let below =
        LoadRequest { image: ImageSource::File(image), service: ServiceConfig::with_altitude("defer", "360000") };
    guarded.machine.load(&below).unwrap();
    guarded.machine.take_debug_lines();
    let program = guarded.anybody();
    for _ in 0..20 {
        program.write("/a", b"content").unwrap();
    }
    let lines = guarded.machine.take_debug_lines();
    assert!(lines.len() >= 20, "{lines:?}");
    assert!(lines.iter().all(|line| line.contains("a write came back in the same thread")), "{lines:?}");
    guarded.machine.unload("defer").unwrap();
}
