//! What comes back from below is not believed: a filter below answers with lengths and distances that are not so.

#![expect(unsafe_code, reason = "the filter below is written by hand")]
#![expect(
    clippy::cast_possible_truncation,
    reason = "the headers state constants and sizes in wider types than the fields that they are for"
)]

use super::{Here, TAG, issue, issuing};
use crate::common::Guarded;
use crate::rig::{load_another, saw, wait_for};
use fltmgr::file::asynchronous::{self, Completion, Transferred};
use fltmgr::file::{Details, PlainControl, Transfer};
use fltmgr::irql::{DispatchLevel, Irql};
use fltmgr::parameters::SecurityInformation;
use fltmgr::pool::PoolVec;
use fltmgr::{Error, Result};
use fltmgr_sys as sys;
use std::ffi::c_void;
use std::sync::atomic::{AtomicPtr, Ordering};
use std::sync::{Mutex, PoisonError};

/// What the filter below answers with: bytes, and how many it says that there are.
#[derive(Clone)]
struct Lie {
    bytes: Vec<u8>,
    length: u64,
}

static LIE: Mutex<Option<Lie>> = Mutex::new(None);
static FILTER: AtomicPtr<sys::FLT_FILTER> = AtomicPtr::new(std::ptr::null_mut());

sys::callback! {
    unsafe fn lie(
        data: *mut sys::FLT_CALLBACK_DATA,
        _: *const sys::FLT_RELATED_OBJECTS,
        _: *mut *mut c_void,
    ) -> sys::FLT_PREOP_CALLBACK_STATUS {
        let Some(lie) = LIE.lock().unwrap_or_else(PoisonError::into_inner).clone() else {
            return sys::FLT_PREOP_SUCCESS_NO_CALLBACK;
        };
        // SAFETY: the Filter Manager passes callback data, and the member of the union is that of the major function.
        unsafe {
            let parameters = &(*(*data).Iopb).Parameters;
            let (buffer, room) = match u32::from((*(*data).Iopb).MajorFunction) {
                sys::IRP_MJ_READ => (parameters.Read.ReadBuffer, parameters.Read.Length),
                sys::IRP_MJ_QUERY_INFORMATION => {
                    (parameters.QueryFileInformation.InfoBuffer, parameters.QueryFileInformation.Length)
                }
                sys::IRP_MJ_DIRECTORY_CONTROL => {
                    let query = &parameters.DirectoryControl.QueryDirectory;
                    (query.DirectoryBuffer, query.Length)
                }
                sys::IRP_MJ_QUERY_EA => (parameters.QueryEa.EaBuffer, parameters.QueryEa.Length),
                sys::IRP_MJ_QUERY_QUOTA => (parameters.QueryQuota.QuotaBuffer, parameters.QueryQuota.Length),
                sys::IRP_MJ_QUERY_SECURITY => {
                    (parameters.QuerySecurity.SecurityBuffer, parameters.QuerySecurity.Length)
                }
                sys::IRP_MJ_QUERY_VOLUME_INFORMATION => {
                    (parameters.QueryVolumeInformation.VolumeBuffer, parameters.QueryVolumeInformation.Length)
                }
                _ => (std::ptr::null_mut(), 0),
            };
            let length = lie.bytes.len().min(room as usize);
            buffer.cast::<u8>().copy_from_nonoverlapping(lie.bytes.as_ptr(), length);
            (*data).IoStatus.Information = lie.length;
            (*data).IoStatus.__bindgen_anon_1.Status = sys::STATUS_SUCCESS;
        }
        sys::FLT_PREOP_COMPLETE
    }
}

sys::callback! {
    unsafe fn unload(_: sys::FLT_FILTER_UNLOAD_FLAGS) -> sys::NTSTATUS {
        // SAFETY: the filter is registered.
        unsafe { sys::FltUnregisterFilter(FILTER.load(Ordering::Relaxed)) };
        sys::STATUS_SUCCESS
    }
}

sys::callback! {
    unsafe fn liar(driver: *mut sys::DRIVER_OBJECT, _: *mut sys::UNICODE_STRING) -> sys::NTSTATUS {
        // SAFETY: zeroes are an operation that is none, and the end of the table.
        let mut operations: [sys::FLT_OPERATION_REGISTRATION; 9] = unsafe { std::mem::zeroed() };
        let majors = [
            sys::IRP_MJ_READ,
            sys::IRP_MJ_QUERY_INFORMATION,
            sys::IRP_MJ_DIRECTORY_CONTROL,
            sys::IRP_MJ_QUERY_EA,
            sys::IRP_MJ_QUERY_SECURITY,
            sys::IRP_MJ_QUERY_VOLUME_INFORMATION,
            sys::IRP_MJ_FILE_SYSTEM_CONTROL,
            sys::IRP_MJ_QUERY_QUOTA,
        ];
        for (operation, major) in operations.iter_mut().zip(majors) {
            operation.MajorFunction = major as u8;
            operation.PreOperation = Some(lie);
        }
        operations[8].MajorFunction = sys::IRP_MJ_OPERATION_END as u8;
        let registration = sys::FLT_REGISTRATION {
            Size: size_of::<sys::FLT_REGISTRATION>() as u16,
            Version: sys::FLT_REGISTRATION_VERSION as u16,
            OperationRegistration: operations.as_ptr(),
            FilterUnloadCallback: Some(unload),
            // SAFETY: zeroes are no flags and absent callbacks.
            ..unsafe { std::mem::zeroed() }
        };
        let mut filter = std::ptr::null_mut();
        // SAFETY: the driver object is the one that was passed; fltsim copies the tables.
        unsafe {
            assert_eq!(sys::FltRegisterFilter(driver, &raw const registration, &raw mut filter), sys::STATUS_SUCCESS);
            FILTER.store(filter, Ordering::Relaxed);
            sys::FltStartFiltering(filter)
        }
    }
}

/// A machine with the filter that issues I/O, and the other one below it.
struct Deceived(Guarded);

impl Deceived {
    fn start() -> Self {
        let guarded = issuing();
        guarded.anybody().write("/a", b"0123456789").unwrap();
        load_another(&guarded, liar, "liar", "100000");
        Self(guarded)
    }
}

impl Drop for Deceived {
    fn drop(&mut self) {
        tell_the_truth();
        let unloaded = self.0.machine.unload("liar");
        assert!(std::thread::panicking() || unloaded.is_ok());
    }
}

/// Has the filter below answer with so many bytes, of which it says that they are some other number.
fn lie_with(bytes: &[u8], length: u64) {
    *LIE.lock().unwrap_or_else(PoisonError::into_inner) = Some(Lie { bytes: bytes.to_vec(), length });
}

fn tell_the_truth() {
    *LIE.lock().unwrap_or_else(PoisonError::into_inner) = None;
}

struct Tell;

impl Completion for Tell {
    type Filter = super::Issue;
    fn completed(self, _: &super::Issue, transferred: Transferred, _: Irql<'_, DispatchLevel>) {
        saw(format!("{:?}", transferred.result));
    }
}

#[test]
fn no_more_bytes_are_read_than_there_is_room_for() {
    let deceived = Deceived::start();
    let found = issue(&deceived.0, |here| {
        let file = here.file("/a")?;
        for (index, length) in [9, 1 << 31, u64::MAX].into_iter().enumerate() {
            lie_with(&[7; 8], length);
            saw(file.read(0, &mut [0; 8], here.at)?);
            let buffer = PoolVec::try_filled(0, 8, TAG)?;
            let started = asynchronous::read(file.reference()?, Transfer::at(0), buffer, Tell, TAG, here.at);
            started.map_err(|kept| kept.error)?;
            wait_for(3 * index + 2);
            saw(file.fs_control(PlainControl::GET_COMPRESSION, &[], &mut [0; 8], here.at)?);
        }
        Ok(())
    });
    assert_eq!(found.unwrap(), ["8", "Ok(8)", "8"].repeat(3));
}

/// A record of FILE_DIRECTORY_INFORMATION with a name of so many bytes, and a distance.
fn entry(distance: u32, name_length: u32, size: usize) -> Vec<u8> {
    let mut bytes = vec![b'x'; size];
    bytes[..64].fill(0);
    bytes[..4].copy_from_slice(&distance.to_le_bytes());
    bytes[60..64].copy_from_slice(&name_length.to_le_bytes());
    bytes
}

/// The lengths of the names that a listing gives, up to its end or its first mistake.
fn list(here: Here<'_>) -> Result<()> {
    let root = here.directory("/")?;
    let mut files = root.list(None, Details::Times, TAG)?;
    let mut lengths = Vec::new();
    loop {
        match files.next(here.at) {
            Ok(Some(entry)) => lengths.push(entry.name.len().to_string()),
            Ok(None) => break,
            Err(error) => {
                lengths.push(if error == Error::INFO_LENGTH_MISMATCH { "mismatch".to_owned() } else { "?".to_owned() });
                break;
            }
        }
        // A liar that always has more would be asked forever.
        tell_the_truth();
        if lengths.len() > 2 {
            break;
        }
    }
    saw(lengths.join(" "));
    Ok(())
}

#[test]
fn entries_of_a_directory_are_within_what_there_is() {
    let deceived = Deceived::start();
    let found = |bytes: &[u8], length: u64| {
        lie_with(bytes, length);
        let found = issue(&deceived.0, list).unwrap();
        tell_the_truth();
        found.concat()
    };
    // The names go beyond what there is, by one byte, by half a unit, and as far as a number can.
    assert_eq!(found(&entry(0, 12, 74), 74), "mismatch");
    assert_eq!(found(&entry(0, 5, 74), 74), "mismatch");
    assert_eq!(found(&entry(0, u32::MAX, 74), 74), "mismatch");
    // The next entry is where none can be.
    for distance in [1, 63, 75, 4096, u32::MAX] {
        assert_eq!(found(&entry(distance, 2, 74), 74), "mismatch", "{distance}");
    }
    // The name lies in the next entry, and what is next is too short for one.
    assert_eq!(found(&entry(64, 2, 74), 74), "mismatch");
    assert_eq!(found(&entry(66, 2, 74), 74), "1 mismatch");
    // An entry at an odd address has no units.
    let odd = [entry(67, 2, 67), entry(0, 2, 66)].concat();
    assert_eq!(found(&odd, odd.len() as u64), "1 mismatch");
    // As much as there is room for is looked at, and nothing is nothing.
    assert!(found(&entry(0, 4, 74), u64::MAX).starts_with('2'));
    assert_eq!(found(&[], 0), "");
}

#[test]
fn extended_attributes_are_within_what_there_is() {
    let deceived = Deceived::start();
    // FILE_FULL_EA_INFORMATION: the distance, the flags, the lengths of name and value, the name, a zero, the value.
    let record =
        |distance: u8, name: u8, value: u8, rest: &[u8]| [&[distance, 0, 0, 0, 0, name, value, 0][..], rest].concat();
    let cases = [
        (record(0, 2, 1, b"AB\0v"), true),
        (record(0, 2, 2, b"AB\0v"), false),
        (record(0, 3, 1, b"AB\0v"), false),
        (record(0, 200, 1, b"AB\0v"), false),
        (record(0, 2, 1, b"ABCv"), false),
        (record(200, 2, 1, b"AB\0v"), false),
        (record(4, 2, 1, b"AB\0v"), false),
        ([record(12, 2, 1, b"AB\0v"), record(0, 1, 1, b"C\0v")].concat(), true),
        ([record(13, 2, 1, b"AB\0v "), record(0, 1, 1, b"C\0v")].concat(), false),
    ];
    for (bytes, is_good) in cases {
        lie_with(&bytes, bytes.len() as u64);
        let all = issue(&deceived.0, |here| here.file("/a")?.extended_attributes(TAG, here.at).map(drop)).map(drop);
        assert_eq!(all, if is_good { Ok(()) } else { Err(Error::INFO_LENGTH_MISMATCH) }, "{bytes:?}");
    }
}

#[test]
fn quotas_are_within_what_there_is() {
    let deceived = Deceived::start();
    // FILE_QUOTA_INFORMATION: the distance, the length of the SID, four numbers, the SID.
    let record = |distance: u32, length: u32, sid: &[u8]| {
        [&distance.to_le_bytes()[..], &length.to_le_bytes(), &[0; 32], sid].concat()
    };
    let sid = [1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0];
    let padded = [&sid[..], &[0; 4]].concat();
    for (bytes, is_good) in [
        (record(0, 12, &sid), true),
        (record(0, 13, &sid), false),
        (record(0, 8, &sid), false),
        (record(0, 12, &[2, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0]), false),
        ([record(56, 12, &padded), record(0, 12, &sid)].concat(), true),
        ([record(52, 12, &sid), record(0, 12, &sid)].concat(), false),
    ] {
        lie_with(&bytes, bytes.len() as u64);
        let told = issue(&deceived.0, |here| {
            saw(here.file("/a")?.quotas(TAG, here.at)?.iter().count());
            Ok(())
        });
        assert_eq!(told.map(drop), if is_good { Ok(()) } else { Err(Error::INFO_LENGTH_MISMATCH) }, "{bytes:?}");
    }
}

#[test]
fn hard_links_are_within_what_there_is() {
    let deceived = Deceived::start();
    // FILE_LINKS_INFORMATION: the bytes that are needed, the number of entries, and of each the distance, the number of the
    // directory, the length of the name in units, and the name.
    let entry = |distance: u32, units: u32, name: &[u8]| {
        [&distance.to_le_bytes()[..], &[0; 4], &5_u64.to_le_bytes(), &units.to_le_bytes(), name].concat()
    };
    let links = |count: u32, entries: &[u8]| [&[0; 4][..], &count.to_le_bytes(), entries].concat();
    let two = [entry(24, 2, b"a\0b\0"), entry(0, 1, b"c\0")].concat();
    for (bytes, told) in [
        (links(2, &two), Ok("ab 5 c 5 ")),
        (links(0, &[]), Ok("")),
        (links(1, &entry(0, 2, b"a\0")), Err(Error::INFO_LENGTH_MISMATCH)),
        (links(1, &entry(0, 0x8000_0001, b"a\0")), Err(Error::INFO_LENGTH_MISMATCH)),
        (links(2, &entry(22, 1, b"a\0")), Err(Error::INFO_LENGTH_MISMATCH)),
        (links(2, &entry(200, 1, b"a\0")), Err(Error::INFO_LENGTH_MISMATCH)),
    ] {
        lie_with(&bytes, bytes.len() as u64);
        let found = issue(&deceived.0, |here| {
            for link in here.file("/a")?.hard_links(TAG, here.at)?.iter() {
                saw(format!("{} {} ", super::text(link.name), link.parent_id));
            }
            Ok(())
        });
        assert_eq!(found.map(|found| found.concat()), told.map(str::to_owned), "{bytes:?}");
    }
}

#[test]
fn streams_names_labels_and_descriptors_are_within_what_there_is() {
    let deceived = Deceived::start();
    // FILE_STREAM_INFORMATION: the distance, the length of the name, two sizes, the name.
    let mut stream = vec![0; 32];
    stream[4] = 10;
    lie_with(&stream, 32);
    let streams = issue(&deceived.0, |here| here.file("/a")?.streams(TAG, here.at).map(drop)).map(drop);
    assert_eq!(streams, Err(Error::INFO_LENGTH_MISMATCH));
    // FILE_NAME_INFORMATION: the length of the name, the name.
    lie_with(&[0xFE, 0xFF, 0xFF, 0xFF, b'n', 0], 6);
    let name = issue(&deceived.0, |here| here.file("/a")?.name_on_volume(TAG, here.at).map(drop)).map(drop);
    assert_eq!(name, Err(Error::INFO_LENGTH_MISMATCH));

    lie_with(&[0xFF; 64], 64);
    let found = issue(&deceived.0, |here| {
        let file = here.file("/a")?;
        let security = file.security(SecurityInformation::OWNER, TAG, here.at);
        saw(security.err() == Some(Error::INVALID_SECURITY_DESCRIPTOR));
        saw(here.instance.volume_identity(TAG, here.at)?.label().len());
        saw(here.instance.volume_attributes(TAG, here.at)?.file_system().len());
        Ok(())
    });
    assert_eq!(found.unwrap(), ["true", "0", "0"]);
}
