//! Extended attributes, security descriptors and volumes.

use super::{TAG, failing, issue, issuing, text};
use crate::rig::saw;
use fltmgr::Error;
use fltmgr::file::information::Stat;
use fltmgr::file::volume::{VolumeDevice, VolumeFullSize, VolumeSectorSize, VolumeSize};
use fltmgr::file::{
    ExtendedAttribute, ExtendedAttributes, OpenOptions, Quota, Quotas, SecurityDescriptor, query_by_name,
};
use fltmgr::parameters::{Access, Disposition, Mailslot, NamedPipe, PipeMode, SecurityInformation};
use fltmgr::volume::DeviceType;

fn attribute<'a>(name: &'a [u8], value: &'a [u8]) -> ExtendedAttribute<'a> {
    ExtendedAttribute { name, value, is_needed: false }
}

#[test]
fn extended_attributes_are_set_told_and_removed() {
    let guarded = issuing();
    let found = issue(&guarded, |here| {
        let (file, at) = (here.file("/a")?, here.at);
        saw(file.extended_attributes(TAG, at)?.iter().count());
        saw(file.extended_attribute(b"FIRST", TAG, at)?.is_none());
        let mut list = ExtendedAttributes::new(TAG);
        list.push(attribute(b"FIRST", b"one"))?;
        list.push(attribute(b"SECOND", &[7; 1000]))?;
        list.push(ExtendedAttribute { is_needed: true, ..attribute(b"THIRD", b"3") })?;
        file.set_extended_attributes(&list, at)?;

        let told = file.extended_attributes(TAG, at)?;
        for attribute in told.iter() {
            saw(format!("{} {}", String::from_utf8_lossy(attribute.name), attribute.value.len()));
        }
        // What was told can be added to and set again.
        let mut told = told;
        told.push(attribute(b"FOURTH", b"4"))?;
        told.push(attribute(b"FIRST", b""))?;
        file.set_extended_attributes(&told, at)?;
        saw(file.extended_attribute(b"FIRST", TAG, at)?.is_none());
        saw(file.extended_attribute(b"FOURTH", TAG, at)?.is_some_and(|value| *value == *b"4"));
        Ok(())
    });
    assert_eq!(found.unwrap(), ["0", "true", "FIRST 3", "SECOND 1000", "THIRD 1", "true", "true"]);
}

#[test]
fn a_file_is_made_with_extended_attributes() {
    let guarded = issuing();
    let found = issue(&guarded, |here| {
        let mut list = ExtendedAttributes::new(TAG);
        list.push(attribute(b"BORN", b"with"))?;
        let options = OpenOptions::new(Access::READ).disposition(Disposition::Create).extended_attributes(&list);
        let file = here.open("/a", options)?;
        saw(file.extended_attribute(b"BORN", TAG, here.at)?.is_some_and(|value| *value == *b"with"));
        Ok(())
    });
    assert_eq!(found.unwrap(), ["true"]);
}

#[test]
fn a_name_is_enough_to_ask_about_a_file() {
    let guarded = issuing();
    guarded.anybody().write("/a", b"0123456789").unwrap();
    let found = issue(&guarded, |here| {
        let stat: Stat = query_by_name(here.instance, &here.name("/a"), here.at)?;
        saw(stat.end_of_file);
        saw(stat == here.file("/a")?.query(here.at)?);
        let missing = query_by_name::<Stat>(here.instance, &here.name("/b"), here.at);
        saw(missing.err() == Some(Error::OBJECT_NAME_NOT_FOUND));
        Ok(())
    });
    assert_eq!(found.unwrap(), ["10", "true", "true"]);
}

/// S-1-5-32-544: revision 1, two authorities.
const SID: &[u8] = &[1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 32, 2, 0, 0];

#[test]
fn a_file_system_without_quotas_says_so() {
    let guarded = issuing();
    let found = issue(&guarded, |here| {
        let file = here.file("/a")?;
        saw(file.quotas(TAG, here.at).err() == Some(Error::INVALID_DEVICE_REQUEST));
        let mut quotas = Quotas::new(TAG);
        file.set_quotas(&quotas, here.at)?;
        let quota = Quota { sid: SID, change_time: 0, used: 0, threshold: -1, limit: 1 << 30 };
        quotas.push(quota)?;
        quotas.push(Quota { limit: -2, ..quota })?;
        saw(quotas.iter().map(|quota| quota.limit).eq([1 << 30, -2]));
        saw(quotas.push(Quota { sid: &SID[..15], ..quota }) == Err(Error::INVALID_SID));
        saw(file.set_quotas(&quotas, here.at) == Err(Error::INVALID_DEVICE_REQUEST));
        Ok(())
    });
    assert_eq!(found.unwrap(), ["true"; 4]);
}

#[test]
fn pipes_and_mailslots_are_for_volumes_that_have_them() {
    let guarded = issuing();
    let found = issue(&guarded, |here| {
        let options = OpenOptions::new(Access::READ).disposition(Disposition::Create);
        let pipe = NamedPipe {
            write_mode: PipeMode::Messages,
            read_mode: PipeMode::Bytes,
            rejects_remote_clients: true,
            is_nonblocking: false,
            maximum_instances: 1,
            inbound_quota: 4096,
            outbound_quota: 4096,
            default_timeout: Some(-10_000_000),
        };
        let made = options.create_pipe(here.instance, &here.name("/pipe"), &pipe, here.at);
        saw(made.err() == Some(Error::INVALID_DEVICE_REQUEST));
        let mailslot = Mailslot { quota: 4096, maximum_message_size: 0, read_timeout: None };
        let made = options.create_mailslot(here.instance, &here.name("/slot"), &mailslot, here.at);
        saw(made.err() == Some(Error::INVALID_DEVICE_REQUEST));
        Ok(())
    });
    assert_eq!(found.unwrap(), ["true"; 2]);
}

#[test]
fn what_can_be_no_name_of_an_attribute_is_refused() {
    let mut list = ExtendedAttributes::new(TAG);
    for name in [&b""[..], &[b'A'; 255], b"A\0"] {
        assert_eq!(list.push(attribute(name, b"1")), Err(Error::INVALID_EA_NAME));
    }
    assert_eq!(list.push(attribute(b"A", &vec![0; 65_536])), Err(Error::INVALID_PARAMETER));
    assert_eq!(list.iter().count(), 0);
}

#[test]
fn a_security_descriptor_is_taken_from_one_file_to_another() {
    let guarded = issuing();
    let found = issue(&guarded, |here| {
        let at = here.at;
        let parts = SecurityInformation::OWNER | SecurityInformation::DACL;
        let (first, second) = (here.file("/a")?, here.file("/b")?);
        let descriptor = first.security(parts, TAG, at)?;
        // The owner's last subordinate authority becomes another.
        let mut bytes = descriptor.as_bytes().to_vec();
        let owner = u32::from_le_bytes(bytes[4..8].try_into().unwrap()) as usize;
        bytes[owner + 12] ^= 1;
        let changed = SecurityDescriptor::try_from_bytes(&bytes, TAG, at)?;
        let options = OpenOptions::new(Access::READ).disposition(Disposition::OpenIf).security(&changed);
        saw(here.open("/made", options)?.security(parts, TAG, at)?.as_bytes() == bytes);
        // What is there keeps its own.
        saw(here.open("/a", options)?.security(parts, TAG, at)?.as_bytes() == descriptor.as_bytes());
        second.set_security(parts, &changed, at)?;
        saw(second.security(parts, TAG, at)?.as_bytes() == bytes);
        saw(first.security(parts, TAG, at)?.as_bytes() == descriptor.as_bytes());
        Ok(())
    });
    assert_eq!(found.unwrap(), ["true"; 4]);
}

#[test]
fn bytes_that_are_no_security_descriptor_do_not_become_one() {
    let guarded = issuing();
    let found = issue(&guarded, |here| {
        let at = here.at;
        let good = here.file("/a")?.security(SecurityInformation::all(), TAG, at)?;
        let good = good.as_bytes();
        let refused = |bytes: &[u8]| {
            saw(SecurityDescriptor::try_from_bytes(bytes, TAG, at).err() == Some(Error::INVALID_SECURITY_DESCRIPTOR));
        };
        refused(&[]);
        refused(&good[..good.len() - 1]);
        // The offsets of the owner and of the list, each to behind the end.
        for field in [4, 16] {
            let mut bytes = good.to_vec();
            bytes[field + 3] = 0x7F;
            refused(&bytes);
        }
        Ok(())
    });
    assert_eq!(found.unwrap(), ["true"; 4]);
}

#[test]
fn a_volume_tells_its_sizes_and_takes_a_label() {
    let guarded = issuing();
    let found = issue(&guarded, |here| {
        let (instance, at) = (here.instance, here.at);
        let size = instance.query_volume::<VolumeSize>(at)?;
        saw(size.total_units >= size.available_units && size.bytes_per_sector == 512);
        let full = here.file("/a")?.query_volume::<VolumeFullSize>(at)?;
        saw(full.bytes_per_sector == size.bytes_per_sector && full.total_units == size.total_units);
        saw(instance.query_volume::<VolumeSectorSize>(at)?.logical);
        saw(instance.query_volume::<VolumeDevice>(at)?.device_type == DeviceType::Disk);
        let attributes = instance.volume_attributes(TAG, at)?;
        saw(!attributes.file_system().is_empty());
        saw(attributes.maximum_component_length());
        let before = instance.volume_identity(TAG, at)?;
        instance.set_volume_label(&"labelled".encode_utf16().collect::<Vec<_>>(), TAG, at)?;
        let after = instance.volume_identity(TAG, at)?;
        saw(text(after.label()));
        saw(before.serial_number() == after.serial_number() && before.creation_time() == after.creation_time());
        Ok(())
    });
    assert_eq!(found.unwrap(), ["true", "true", "512", "true", "true", "255", "labelled", "true"]);
}

#[test]
fn a_name_of_another_volume_is_not_opened_below() {
    let guarded = issuing();
    let other = failing(&guarded, |here| {
        let name: Vec<u16> = r"\Device\HarddiskVolume99\file".encode_utf16().collect();
        OpenOptions::new(Access::READ).open(here.instance, &name, here.at).map(drop)
    });
    assert_eq!(other, Error::OBJECT_PATH_NOT_FOUND);
}
