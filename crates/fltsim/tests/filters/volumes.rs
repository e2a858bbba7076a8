//! Questions about volumes and instances (rules, K-35).

use fltmgr_sys::*;

use crate::probe::*;

#[test]
fn a_volume_says_its_name_and_its_properties() {
    let world = World::new();
    let mut behaviour = Behaviour::new();
    let expected = units(world.volume.device_name());
    behaviour.setup = Some(Box::new(move |related, _| unsafe {
        let mut needed = 0;
        let status = FltGetVolumeName(related.Volume, std::ptr::null_mut(), &raw mut needed);
        assert_eq!((status, needed as usize), (STATUS_BUFFER_TOO_SMALL, expected.len() * 2));
        let status = FltGetVolumeName(related.Volume, std::ptr::null_mut(), std::ptr::null_mut());
        assert_eq!(status, STATUS_INVALID_PARAMETER);
        let mut buffer = [0_u16; 64];
        let mut name = UNICODE_STRING { Length: 0, MaximumLength: 128, Buffer: buffer.as_mut_ptr() };
        assert_eq!(FltGetVolumeName(related.Volume, &raw mut name, std::ptr::null_mut()), STATUS_SUCCESS);
        assert_eq!(&buffer[..usize::from(name.Length) / 2], expected);

        let mut length = 0;
        let mut properties = [0_u64; 64];
        let place = properties.as_mut_ptr().cast::<FLT_VOLUME_PROPERTIES>();
        let short = size_of::<FLT_VOLUME_PROPERTIES>() as u32;
        let status = FltGetVolumeProperties(related.Volume, place, short, &raw mut length);
        assert_eq!(status, STATUS_BUFFER_OVERFLOW);
        assert_eq!((*place).SectorSize, 512);
        let status = FltGetVolumeProperties(related.Volume, place, 512, &raw mut length);
        assert_eq!(status, STATUS_SUCCESS);
        let real = (*place).RealDeviceName;
        assert_eq!(std::slice::from_raw_parts(real.Buffer, usize::from(real.Length) / 2), expected);

        let mut volume = std::ptr::null_mut();
        assert_eq!(FltGetVolumeFromInstance(related.Instance, &raw mut volume), STATUS_SUCCESS);
        assert_eq!(volume, related.Volume);
        FltObjectDereference(volume.cast());
        STATUS_SUCCESS
    }));
    let filter = world.load("100", behaviour);
    filter.unload().unwrap();
    assert_eq!(world.rules(), [""; 0]);
}

#[test]
fn instances_are_enumerated_and_compared_by_altitude() {
    let world = World::new();
    let _low = world.load("100", Behaviour::new());
    let _high = world.load(
        "200",
        Behaviour::new().pre(IRP_MJ_CREATE, |_, related, _| unsafe {
            let (mut list, mut count) = ([std::ptr::null_mut(); 4], 0);
            let status =
                FltEnumerateInstances(related.Volume, std::ptr::null_mut(), list.as_mut_ptr(), 4, &raw mut count);
            assert_eq!((status, count), (STATUS_SUCCESS, 2));
            assert_eq!(list[0], related.Instance);
            assert!(FltCompareInstanceAltitudes(list[0], list[1]) > 0);
            assert_eq!(FltCompareInstanceAltitudes(list[1], list[1]), 0);
            for instance in &list[..2] {
                FltObjectDereference(instance.cast());
            }
            let mut lower = std::ptr::null_mut();
            assert_eq!(FltGetLowerInstance(related.Instance, &raw mut lower), STATUS_SUCCESS);
            assert_eq!(lower, list[1]);
            FltObjectDereference(lower.cast());
            assert_eq!(FltGetUpperInstance(related.Instance, &raw mut lower), STATUS_NO_MORE_ENTRIES);
            NO_CALLBACK
        }),
    );
    drop(world.open("\\a").unwrap());
    assert_eq!(world.rules(), [""; 0]);
}

#[test]
fn a_device_object_has_references_of_its_own() {
    for (kept, extra) in [(0, 0), (1, 0), (0, 1)] {
        let world = World::new();
        let mut behaviour = Behaviour::new();
        behaviour.setup = Some(Box::new(move |related, _| unsafe {
            let mut device = std::ptr::null_mut();
            assert_eq!(FltGetDeviceObject(related.Volume, &raw mut device), STATUS_SUCCESS);
            ObfReferenceObject(device.cast());
            let mut disk = std::ptr::null_mut();
            assert_eq!(FltGetDiskDeviceObject(related.Volume, &raw mut disk), STATUS_SUCCESS);
            for _ in 0..3 - kept + extra {
                ObfDereferenceObject(device.cast());
            }
            STATUS_SUCCESS
        }));
        let filter = world.load("100", behaviour);
        filter.unload().unwrap();
        // Rule A-59.
        assert_eq!(world.rules(), if kept + extra > 0 { &["A-59"][..] } else { &[] }, "{kept} {extra}");
    }
}
