use crate::common::Guarded;
use fltmgr_sys as sys;
use fltsim::config::{RegistryValue, ServiceConfig};
use fltsim::machine::ImageSource;
use fltsim::status::NtStatus;
use std::thread;
use std::time::{Duration, Instant};
use xtask::driver::{self, Architecture};

/// The example on a volume with this name, asked to attach itself to the one that `wanted` names.
fn attach(wanted: &str) -> Guarded {
    let (image, _) = driver::build_package("attach", Architecture::X64).unwrap_or_else(|error| panic!("{error:#}"));
    let mut service = ServiceConfig::with_altitude("attach", "370000");
    service.set_parameter("Volume", RegistryValue::String(wanted.to_owned()));
    Guarded::start_driver(ImageSource::File(image), service)
}

/// What the example printed until it had printed this.
fn lines_until(guarded: &Guarded, last: &str) -> Vec<String> {
    let deadline = Instant::now() + Duration::from_secs(10);
    let mut lines = Vec::new();
    while !lines.iter().any(|line| line == last) {
        assert!(Instant::now() < deadline, "{last:?} was not printed, but {lines:#?}");
        lines.extend(guarded.machine.take_debug_lines());
        thread::sleep(Duration::from_millis(1));
    }
    lines
}

const VOLUME: &str = r"\Device\HarddiskVolume2";

#[test]
fn attach_is_on_the_volume_twice_and_knows_who_else_is() {
    let guarded = attach(VOLUME);
    assert_eq!(guarded.volume.device_name(), VOLUME);
    guarded.anybody().write("/a", b"").unwrap();
    assert_eq!(
        lines_until(&guarded, "the tour ends"),
        [
            r"attaches to \Device\HarddiskVolume2 by itself: DiskFileSystem, Ntfs",
            r"attaches to \Device\HarddiskVolume2 by hand: DiskFileSystem, Ntfs",
            r"the volume is \FileSystem\Ntfs's, writable: true, with sectors of 512 bytes",
            "filter attach at 370000, instances: 2",
            "instance attach above of attach at 370115.5: Equal",
            "instance attach Instance of attach at 370000: Less",
            "the tour ends",
        ]
    );
    let instances = guarded.volume.instances();
    assert_eq!(
        instances.iter().map(|instance| instance.altitude().as_str()).collect::<Vec<_>>(),
        ["370115.5", "370000"]
    );

    // It refuses to have the second one detached, and lets the first one go.
    let refused = guarded.machine.detach("attach", "test", Some("attach above"));
    assert_eq!(refused, Err(NtStatus(sys::STATUS_FLT_DO_NOT_DETACH)));
    guarded.machine.detach("attach", "test", Some("attach Instance")).unwrap();
    assert_eq!(guarded.machine.take_debug_lines(), ["detaches: Manual"]);
    assert_eq!(guarded.volume.instances().len(), 1);

    // The reference that it has to the second does not hold the unload up.
    guarded.machine.unload("attach").unwrap();
    assert_eq!(guarded.machine.take_debug_lines(), ["detaches: FilterUnload"]);
}

#[test]
fn attach_lets_go_of_its_second_instance_when_its_service_is_stopped() {
    let guarded = attach(VOLUME);
    guarded.anybody().write("/a", b"").unwrap();
    lines_until(&guarded, "the tour ends");
    guarded.machine.stop_service("attach").unwrap();
    assert_eq!(guarded.machine.take_debug_lines(), ["detaches: MandatoryFilterUnload"; 2]);
    assert!(guarded.volume.instances().is_empty());
}

#[test]
fn attach_leaves_other_volumes_alone() {
    let guarded = attach(r"\Device\HarddiskVolume99");
    guarded.anybody().write("/a", b"").unwrap();
    assert_eq!(guarded.volume.instances().len(), 1);
    assert_eq!(
        guarded.machine.take_debug_lines(),
        [r"attaches to \Device\HarddiskVolume2 by itself: DiskFileSystem, Ntfs"]
    );
}
