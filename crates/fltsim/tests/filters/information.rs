//! Information about filters, instances and volumes (rules A-57, K-36, O-T1).

use std::sync::{Arc, Mutex};

use fltmgr_sys::*;

use crate::probe::*;

/// A buffer with what a routine stored, and what the routine answered.
fn ask(mut routine: impl FnMut(PVOID, u32, PULONG) -> NTSTATUS) -> (NTSTATUS, Vec<u8>) {
    let mut needed = 0;
    let status = routine(NONE, 0, &raw mut needed);
    if status != STATUS_BUFFER_TOO_SMALL {
        return (status, Vec::new());
    }
    let mut buffer = vec![0_u64; needed as usize / 8 + 1];
    let status = routine(buffer.as_mut_ptr().cast(), needed, &raw mut needed);
    let bytes = buffer.iter().flat_map(|word| word.to_le_bytes()).take(needed as usize).collect();
    (status, bytes)
}

fn read<T: Copy>(bytes: &[u8]) -> T {
    let mut whole = bytes.to_vec();
    whole.resize(whole.len().max(size_of::<T>()), 0);
    unsafe { whole.as_ptr().cast::<T>().read_unaligned() }
}

fn text(bytes: &[u8], offset: usize, length: u16) -> String {
    let units: Vec<u16> = bytes[offset..offset + usize::from(length)]
        .chunks(2)
        .map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
        .collect();
    String::from_utf16(&units).unwrap()
}

/// Runs `f` in the instance setup of a driver at altitude 200, with one above at 300.
fn in_setup(f: impl Fn(&FLT_RELATED_OBJECTS, &str, &str) + Send + Sync + 'static) {
    let world = World::new();
    let high = world.load("300", Behaviour::new());
    let device = world.volume.device_name().to_owned();
    let asked = Arc::new(Mutex::new(0));
    let count = Arc::clone(&asked);
    let mut behaviour = Behaviour::new();
    behaviour.setup = Some(Box::new(move |related, _| {
        f(related, &device, &high.name);
        *count.lock().unwrap() += 1;
        STATUS_SUCCESS
    }));
    let _low = world.load("200", behaviour);
    assert_eq!(*asked.lock().unwrap(), 1);
    assert_eq!(world.rules(), [""; 0]);
}

#[test]
fn filters_are_enumerated_from_the_top() {
    in_setup(|related, _, high| unsafe {
        let nth = |index| {
            ask(|buffer, size, needed| {
                FltEnumerateFilterInformation(index, FilterAggregateStandardInformation, buffer, size, needed)
            })
        };
        let (status, bytes) = nth(0);
        assert_eq!(status, STATUS_SUCCESS);
        let information: FILTER_AGGREGATE_STANDARD_INFORMATION = read(&bytes);
        assert_eq!(information.Flags, FLTFL_ASI_IS_MINIFILTER);
        let mini = information.Type.MiniFilter;
        assert_eq!(mini.NumberOfInstances, 1);
        assert_eq!(text(&bytes, mini.FilterNameBufferOffset.into(), mini.FilterNameLength), high);
        assert_eq!(text(&bytes, mini.FilterAltitudeBufferOffset.into(), mini.FilterAltitudeLength), "300");
        let (status, bytes) = nth(1);
        assert_eq!(status, STATUS_SUCCESS);
        let mini = read::<FILTER_AGGREGATE_STANDARD_INFORMATION>(&bytes).Type.MiniFilter;
        assert_eq!(text(&bytes, mini.FilterAltitudeBufferOffset.into(), mini.FilterAltitudeLength), "200");
        assert_eq!(nth(2).0, STATUS_NO_MORE_ENTRIES);

        let (status, bytes) = ask(|buffer, size, needed| {
            FltGetFilterInformation(related.Filter, FilterFullInformation, buffer, size, needed)
        });
        assert_eq!(status, STATUS_SUCCESS);
        let full: FILTER_FULL_INFORMATION = read(&bytes);
        assert_ne!(text(&bytes, 14, full.FilterNameLength), high);
        let mut needed = 0;
        let status = FltGetFilterInformation(related.Filter, 99, NONE, 0, &raw mut needed);
        assert_eq!(status, STATUS_INVALID_PARAMETER);
    });
}

#[test]
fn an_instance_says_its_names() {
    in_setup(|related, device, high| unsafe {
        let mut name = units(device);
        let mut name = UNICODE_STRING {
            Length: (name.len() * 2) as u16,
            MaximumLength: (name.len() * 2) as u16,
            Buffer: name.as_mut_ptr(),
        };
        let mut object = std::ptr::null_mut();
        assert_eq!(FltGetDeviceObject(related.Volume, &raw mut object), STATUS_SUCCESS);
        let class = InstanceFullInformation;
        let answers = [
            ask(|buffer, size, needed| {
                FltEnumerateInstanceInformationByVolume(related.Volume, 0, class, buffer, size, needed)
            }),
            ask(|buffer, size, needed| {
                FltEnumerateInstanceInformationByVolumeName(&raw mut name, 0, class, buffer, size, needed)
            }),
            ask(|buffer, size, needed| {
                FltEnumerateInstanceInformationByDeviceObject(object, 0, class, buffer, size, needed)
            }),
        ];
        for (status, bytes) in &answers {
            assert_eq!(*status, STATUS_SUCCESS);
            let full: INSTANCE_FULL_INFORMATION = read(bytes);
            assert_eq!(text(bytes, full.AltitudeBufferOffset.into(), full.AltitudeLength), "300");
            assert_eq!(text(bytes, full.VolumeNameBufferOffset.into(), full.VolumeNameLength), device);
            assert_eq!(text(bytes, full.FilterNameBufferOffset.into(), full.FilterNameLength), high);
        }
        let (status, bytes) = ask(|buffer, size, needed| {
            FltGetInstanceInformation(related.Instance, InstanceAggregateStandardInformation, buffer, size, needed)
        });
        assert_eq!(status, STATUS_SUCCESS);
        let mini = read::<INSTANCE_AGGREGATE_STANDARD_INFORMATION>(&bytes).Type.MiniFilter;
        assert_eq!(text(&bytes, mini.AltitudeBufferOffset.into(), mini.AltitudeLength), "200");
        assert_eq!(mini.VolumeFileSystemType, FLT_FSTYPE_NTFS);
        let mut needed = 0;
        let status = FltEnumerateInstanceInformationByFilter(related.Filter, 9, class, NONE, 0, &raw mut needed);
        assert_eq!(status, STATUS_NO_MORE_ENTRIES);
    });
}

#[test]
fn a_volume_says_what_it_is() {
    in_setup(|related, device, _| unsafe {
        let (status, bytes) = ask(|buffer, size, needed| {
            FltGetVolumeInformation(related.Volume, FilterVolumeStandardInformation, buffer, size, needed)
        });
        assert_eq!(status, STATUS_SUCCESS);
        let standard: FILTER_VOLUME_STANDARD_INFORMATION = read(&bytes);
        assert_eq!(standard.FileSystemType, FLT_FSTYPE_NTFS);
        assert_eq!(text(&bytes, 18, standard.FilterVolumeNameLength), device);
        let (status, again) = ask(|buffer, size, needed| {
            FltEnumerateVolumeInformation(related.Filter, 0, FilterVolumeStandardInformation, buffer, size, needed)
        });
        assert_eq!((status, again), (STATUS_SUCCESS, bytes));

        let mut buffer = [0_u16; 64];
        let mut name = UNICODE_STRING { Length: 0, MaximumLength: 128, Buffer: buffer.as_mut_ptr() };
        assert_eq!(FltGetVolumeGuidName(related.Volume, &raw mut name, std::ptr::null_mut()), STATUS_SUCCESS);
        let name = String::from_utf16(&buffer[..usize::from(name.Length) / 2]).unwrap();
        assert!(name.starts_with("\\??\\Volume{") && name.ends_with('}') && name.len() == 48, "{name}");

        let (mut object, mut volume, mut snapshot) = (std::ptr::null_mut(), std::ptr::null_mut(), 9);
        assert_eq!(FltGetDeviceObject(related.Volume, &raw mut object), STATUS_SUCCESS);
        assert_ne!(FltIsFltMgrVolumeDeviceObject(object), 0);
        assert_eq!(FltGetVolumeFromDeviceObject(related.Filter, object, &raw mut volume), STATUS_SUCCESS);
        assert_eq!(volume, related.Volume);
        FltObjectDereference(volume.cast());
        assert_eq!(FltIsVolumeSnapshot(related.Volume.cast(), &raw mut snapshot), STATUS_SUCCESS);
        assert_eq!(snapshot, 0);
    });
}
