//! Volumes, their devices, and the instances on them (rules A-27 to A-32, A-57, A-59, K-35, K-36).

use super::probe::{Probe, Script, TAG, before_create, script_mut, start, text, units};
use crate::rig::{saw, seen};
use fltmgr::filter::Registered;
use fltmgr::instance::{HasAltitude, InstanceRef};
use fltmgr::volume::FileSystemType;
use fltmgr::{Error, altitude};
use fltmgr_sys as sys;
use std::cmp::Ordering;
use std::sync::Arc;

const DEVICE: &str = r"\Device\HarddiskVolume2";

#[test]
fn a_volume_says_what_it_is() {
    let guarded = before_create(|_, create, at| {
        let volume = create.instance().volume();
        saw(text(&volume.name(TAG, at).unwrap()));
        saw(text(&volume.guid_name(TAG, at).unwrap()));
        let is = (volume.file_system(at), volume.is_writable(at), volume.is_snapshot(at));
        saw(format!("{is:?}"));

        let known = volume.information(TAG, at).unwrap();
        assert_eq!(known.file_system(), FileSystemType::Ntfs);
        saw(format!("{} {} {}", text(known.name()), known.frame(), known.is_detached()));

        let properties = volume.properties(TAG, at).unwrap();
        saw(format!("{:?} {} {}", properties.device_type(), properties.sector_size(), properties.is_removable()));
        for name in [properties.file_system_driver(), properties.file_system_device(), properties.real_device()] {
            saw(text(name));
        }
        let raw = [properties.characteristics(), properties.device_flags(), properties.alignment_mask()];
        assert_eq!(raw, [0; 3]);
    });
    guarded.anybody().write("/a", b"").unwrap();
    let said = seen();
    assert_eq!(said[0], DEVICE);
    assert!(said[1].starts_with(r"\??\Volume{") && said[1].ends_with('}'), "{}", said[1]);
    assert_eq!(
        said[2..],
        [
            "(Ok(Ntfs), Ok(true), Ok(false))",
            &format!("{DEVICE} 0 false"),
            "DiskFileSystem 512 false",
            r"\FileSystem\Ntfs",
            r"\Ntfs",
            DEVICE,
        ]
    );
}

#[test]
fn volumes_are_found_by_name_by_device_and_in_the_list() {
    let guarded = before_create(|probe: &Probe, create, at| {
        let here = create.instance().volume();
        let named = probe.volume_named(&units(DEVICE), at).unwrap();
        assert_eq!(named.as_volume().address(), here.address());
        assert_eq!(
            probe.volume_named(&units("nowhere"), at).err().map(Error::raw),
            Some(sys::STATUS_FLT_VOLUME_NOT_FOUND)
        );

        let device = here.device().unwrap();
        let again = device.clone();
        assert_eq!(again.address(), device.address());
        drop(device);
        assert!(again.is_filter_managers(at));
        assert_eq!(probe.volume_of_device(&again, at).unwrap().as_volume().address(), here.address());
        assert!(here.disk().unwrap().address() != 0);

        let all = probe.volumes(TAG, at).unwrap();
        let addresses: Vec<usize> = all.iter().map(|volume| volume.as_volume().address()).collect();
        assert_eq!(addresses, [here.address()]);
        assert_eq!(all[0].try_clone().unwrap().as_volume().address(), here.address());
        assert_eq!(here.reference().unwrap().as_volume().address(), here.address());

        assert_eq!(text(probe.volume_information(0, TAG, at).unwrap().unwrap().name()), DEVICE);
        assert!(probe.volume_information(1, TAG, at).unwrap().is_none());
        saw("done");
    });
    guarded.anybody().write("/a", b"").unwrap();
    assert_eq!(seen(), ["done"]);
}

#[test]
fn a_volume_is_found_by_a_file_on_it() {
    let guarded = start(Script {
        post_create: Some(Arc::new(|probe: &Probe, create, _, at| {
            let here = create.instance().volume().address();
            let found = probe.volume_of_file(&create.opened().unwrap(), at).unwrap();
            saw(format!("{}", found.as_volume().address() == here));
        })),
        ..Script::default()
    });
    guarded.anybody().write("/a", b"").unwrap();
    assert_eq!(seen(), ["true"]);
}

#[test]
fn the_instances_of_a_volume_are_known_from_the_top_to_the_bottom() {
    let guarded = before_create(|probe: &Probe, create, at| {
        let own = create.instance();
        let volume = own.volume();
        let above = probe.attach_at_altitude(volume, altitude!("310000"), Some(&units("above")), at).unwrap();
        assert_eq!(above.compare_altitude(&own), Ordering::Greater);
        assert_eq!(own.compare_altitude(&above), Ordering::Less);
        assert_eq!(own.compare_altitude(&own), Ordering::Equal);

        let (top, bottom) = (volume.top(at).unwrap().unwrap(), volume.bottom(at).unwrap().unwrap());
        assert_eq!((top.address(), bottom.address()), (above.address(), own.address()));
        assert_eq!(own.upper(at).unwrap().unwrap().address(), above.address());
        assert_eq!(above.lower(at).unwrap().unwrap().address(), own.address());
        assert_eq!(above.as_instance().lower(at).unwrap().unwrap().address(), own.address());
        assert!(own.lower(at).unwrap().is_none() && above.upper(at).unwrap().is_none());

        let all = volume.instances(TAG, at).unwrap();
        assert_eq!(all.iter().map(InstanceRef::address).collect::<Vec<_>>(), [above.address(), own.address()]);
        for instance in all.iter() {
            let known = instance.information(TAG, at).unwrap();
            let names = [known.name(), known.altitude(), known.filter(), known.volume()].map(text).join(", ");
            saw(format!("{names}, {:?} {:?} {}", known.frame(), known.file_system(), known.is_on_detached_volume()));
            assert!(known.is_minifilter());
        }
        assert_eq!(volume.instance_named(&units("above"), at).unwrap().address(), above.address());
        assert_eq!(
            volume.instance_named(&units("nobody"), at).err().map(Error::raw),
            Some(sys::STATUS_FLT_INSTANCE_NOT_FOUND)
        );
        let named = probe.instance_named(volume, &units("above"), at).unwrap();
        assert_eq!(named.as_instance().address(), above.address());
        let first = probe.instance_information(volume, 0, TAG, at).unwrap().unwrap();
        assert_eq!(text(first.name()), "above");
        let by_name = probe.instance_information_by_volume_name(&units(DEVICE), 1, TAG, at).unwrap().unwrap();
        assert_eq!(text(by_name.name()), "probe Instance");
        let nowhere = probe.instance_information_by_volume_name(&units("nowhere"), 0, TAG, at).err();
        assert_eq!(nowhere.map(Error::raw), Some(sys::STATUS_FLT_VOLUME_NOT_FOUND));
        let device = volume.device().unwrap();
        let by_device = probe.instance_information_by_device(&device, 0, TAG, at).unwrap().unwrap();
        assert_eq!(text(by_device.name()), "above");
        assert!(probe.instance_information_by_device(&device, 2, TAG, at).unwrap().is_none());
        assert!(probe.instance_information(volume, 2, TAG, at).unwrap().is_none());

        assert_eq!(named.try_clone().unwrap().volume(at).unwrap().as_volume().address(), volume.address());
        assert!(all[0].filter(at).unwrap().is_own());
        assert_eq!(all[1].try_clone().unwrap().address(), own.address());
        assert_eq!(text(own.information(TAG, at).unwrap().altitude()), "300000");
        drop((above, top, bottom, all, named));

        // Rules A-28, A-38.
        let taken = probe.attach_at_altitude(volume, altitude!("0310000.0"), Some(&units("other")), at);
        assert_eq!(taken.err().map(Error::raw), Some(sys::STATUS_FLT_INSTANCE_ALTITUDE_COLLISION));
        let again = probe.attach_to(volume, None, at);
        assert_eq!(again.err().map(Error::raw), Some(sys::STATUS_FLT_INSTANCE_NAME_COLLISION));
        probe.detach_from(volume, Some(&units("above")), at).unwrap();
        let gone = probe.detach_from(volume, Some(&units("above")), at);
        assert_eq!(gone.map_err(Error::raw), Err(sys::STATUS_FLT_INSTANCE_NOT_FOUND));
    });
    guarded.anybody().write("/a", b"").unwrap();
    let said: Vec<String> = seen().into_iter().filter(|note| note.contains(", ")).collect();
    assert_eq!(
        said,
        [
            format!("above, 310000, probe, {DEVICE}, Some(0) Some(Ntfs) false"),
            format!("probe Instance, 300000, probe, {DEVICE}, Some(0) Some(Ntfs) false"),
        ]
    );
}

#[test]
fn an_instance_that_was_detached_is_attached_again_by_hand() {
    let guarded = before_create(|probe: &Probe, create, at| {
        let volume = create.instance().volume();
        drop(probe.attach_at_altitude(volume, altitude!("1"), Some(&units("below")), at).unwrap());
    });
    guarded.anybody().write("/a", b"").unwrap();
    guarded.machine.detach("probe", "test", Some("probe Instance")).unwrap();
    seen();
    *script_mut() = Some(Script {
        pre_create: Some(Arc::new(|probe: &Probe, create, at| {
            let attached = probe.attach_to(create.instance().volume(), None, at).unwrap();
            saw(text(attached.information(TAG, at).unwrap().altitude()));
        })),
        ..Script::default()
    });
    guarded.anybody().open("/a").unwrap();
    assert_eq!(seen(), ["attach false true", "300000"]);
    assert_eq!(guarded.volume.instances().len(), 2);
}
