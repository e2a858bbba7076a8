//! The registry.

use std::sync::Arc;

use fltmgr_sys::{
    ACCESS_MASK, HANDLE, KEY_INFORMATION_CLASS, KEY_VALUE_INFORMATION_CLASS, NTSTATUS, PDRIVER_OBJECT, PHANDLE,
    POBJECT_ATTRIBUTES, PULONG, PUNICODE_STRING, PVOID, STATUS_BUFFER_OVERFLOW, STATUS_BUFFER_TOO_SMALL,
    STATUS_INVALID_HANDLE, STATUS_INVALID_PARAMETER, STATUS_KEY_DELETED, STATUS_NO_MORE_ENTRIES,
    STATUS_OBJECT_NAME_NOT_FOUND, STATUS_OBJECT_TYPE_MISMATCH, STATUS_SUCCESS, ULONG,
};

use super::export;
use super::string::units;
use crate::kernel::driver_object;
use crate::kernel::handle::{self, Target};
use crate::kernel::object::ObjectKind;
use crate::kernel::{irql, thread};
use crate::registry::{KeyInformation, SERVICES, Value};

/// The path of an open key.
struct OpenKey(String);

/// The path of the key that a handle stands for.
fn path_of(handle: HANDLE) -> Result<String, NTSTATUS> {
    let target = handle::get(handle as usize).ok_or(STATUS_INVALID_HANDLE)?;
    target.owner.downcast_ref::<OpenKey>().map(|key| key.0.clone()).ok_or(STATUS_OBJECT_TYPE_MISMATCH)
}

/// The path that object attributes name.
///
/// # Safety
///
/// The attributes must be valid.
unsafe fn named(attributes: POBJECT_ATTRIBUTES) -> Result<String, NTSTATUS> {
    // SAFETY: the caller vouches for the attributes.
    let attributes = unsafe { attributes.as_ref() }.ok_or(STATUS_INVALID_PARAMETER)?;
    // SAFETY: as above.
    let name = match unsafe { attributes.ObjectName.as_ref() } {
        // SAFETY: as above.
        Some(name) => String::from_utf16_lossy(unsafe { units(name) }),
        None => String::new(),
    };
    if attributes.RootDirectory.is_null() {
        return Ok(name);
    }
    let root = path_of(attributes.RootDirectory)?;
    Ok(format!("{root}\\{name}"))
}

/// # Safety
///
/// `handle` must be a variable for the result.
unsafe fn open(path: String, access: ACCESS_MASK, handle: PHANDLE) -> NTSTATUS {
    if !thread::machine().registry().exists(&path) {
        return STATUS_OBJECT_NAME_NOT_FOUND;
    }
    let target = Target { kind: ObjectKind::Key, object: 0, access, owner: Arc::new(OpenKey(path)) };
    // SAFETY: the caller vouches for the variable.
    unsafe { handle.write(handle::open(target) as HANDLE) };
    STATUS_SUCCESS
}

fn information(handle: HANDLE) -> Result<KeyInformation, NTSTATUS> {
    thread::machine().registry().information(&path_of(handle)?).ok_or(STATUS_KEY_DELETED)
}

/// Copies what there is room for. `fixed` is how much there must be room for at least.
///
/// # Safety
///
/// `buffer` must hold `length` bytes, and `needed` be a variable.
unsafe fn answer(data: &[u8], fixed: usize, buffer: PVOID, length: ULONG, needed: PULONG) -> NTSTATUS {
    let room = length as usize;
    // SAFETY: the caller vouches for the variable.
    unsafe { needed.write(u32::try_from(data.len()).unwrap_or(u32::MAX)) };
    if room < fixed {
        return STATUS_BUFFER_TOO_SMALL;
    }
    let copied = data.len().min(room);
    // SAFETY: the caller vouches for the buffer.
    unsafe { std::ptr::copy_nonoverlapping(data.as_ptr(), buffer.cast(), copied) };
    if copied < data.len() { STATUS_BUFFER_OVERFLOW } else { STATUS_SUCCESS }
}

fn wide(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn words(words: &[usize]) -> Vec<u8> {
    words.iter().flat_map(|&word| u32::try_from(word).unwrap_or(u32::MAX).to_le_bytes()).collect()
}

/// A value as `KeyValueBasicInformation`, `-FullInformation`, `-PartialInformation` or `-PartialInformationAlign64`, and
/// the size of the part that doesn't vary.
fn describe_value(value: &Value, class: KEY_VALUE_INFORMATION_CLASS) -> Result<(Vec<u8>, usize), NTSTATUS> {
    let name = wide(&value.name);
    let kind = value.kind as usize;
    match class {
        0 => {
            let mut data = words(&[0, kind, name.len()]);
            let fixed = data.len();
            data.extend(name);
            Ok((data, fixed))
        }
        1 => {
            let offset = (20 + name.len()).next_multiple_of(8);
            let mut data = words(&[0, kind, offset, value.data.len(), name.len()]);
            let fixed = data.len();
            data.extend(name);
            data.resize(offset, 0);
            data.extend(&value.data);
            Ok((data, fixed))
        }
        2 => {
            let mut data = words(&[0, kind, value.data.len()]);
            let fixed = data.len();
            data.extend(&value.data);
            Ok((data, fixed))
        }
        4 => {
            let mut data = words(&[kind, value.data.len()]);
            let fixed = data.len();
            data.extend(&value.data);
            Ok((data, fixed))
        }
        _ => Err(STATUS_INVALID_PARAMETER),
    }
}

/// A key as `KeyBasicInformation`, `KeyNodeInformation` or `KeyFullInformation`. No times are kept.
fn describe_key(key: &KeyInformation, class: KEY_INFORMATION_CLASS) -> Result<(Vec<u8>, usize), NTSTATUS> {
    let name = wide(&key.name);
    let longest = |lengths: &mut dyn Iterator<Item = usize>| lengths.max().unwrap_or(0);
    match class {
        0 => {
            let mut data = words(&[0, 0, 0, name.len()]);
            data.extend(name);
            Ok((data, 16))
        }
        1 => {
            let mut data = words(&[0, 0, 0, usize::MAX, 0, name.len()]);
            data.extend(name);
            Ok((data, 24))
        }
        2 => {
            let data = words(&[
                0,
                0,
                0,
                usize::MAX,
                0,
                key.keys.len(),
                longest(&mut key.keys.iter().map(|name| name.encode_utf16().count() * 2)),
                0,
                key.values.len(),
                longest(&mut key.values.iter().map(|value| value.name.encode_utf16().count() * 2)),
                longest(&mut key.values.iter().map(|value| value.data.len())),
            ]);
            let fixed = data.len();
            Ok((data, fixed))
        }
        _ => Err(STATUS_INVALID_PARAMETER),
    }
}

/// Both ways out of a routine are statuses.
fn status(result: Result<NTSTATUS, NTSTATUS>) -> NTSTATUS {
    result.unwrap_or_else(|status| status)
}

export! {
    dll "ntoskrnl.exe";

    /// Opens a key.
    pub unsafe fn ZwOpenKey(
        KeyHandle: PHANDLE,
        DesiredAccess: ACCESS_MASK,
        ObjectAttributes: POBJECT_ATTRIBUTES,
    ) -> NTSTATUS {
        irql::check(irql::PASSIVE_LEVEL);
        // SAFETY: the driver passes valid attributes and a variable for the handle.
        status(unsafe { named(ObjectAttributes) }.map(|path| unsafe { open(path, DesiredAccess, KeyHandle) }))
    }

    /// What a key is.
    pub unsafe fn ZwQueryKey(
        KeyHandle: HANDLE,
        KeyInformationClass: KEY_INFORMATION_CLASS,
        KeyInformation: PVOID,
        Length: ULONG,
        ResultLength: PULONG,
    ) -> NTSTATUS {
        irql::check(irql::PASSIVE_LEVEL);
        status(information(KeyHandle).and_then(|key| {
            let (data, fixed) = describe_key(&key, KeyInformationClass)?;
            // SAFETY: the driver passes a buffer of this length and a variable for the length that is needed.
            Ok(unsafe { answer(&data, fixed, KeyInformation, Length, ResultLength) })
        }))
    }

    /// What a key's subkey is, by its number.
    pub unsafe fn ZwEnumerateKey(
        KeyHandle: HANDLE,
        Index: ULONG,
        KeyInformationClass: KEY_INFORMATION_CLASS,
        KeyInformation: PVOID,
        Length: ULONG,
        ResultLength: PULONG,
    ) -> NTSTATUS {
        irql::check(irql::PASSIVE_LEVEL);
        status(information(KeyHandle).and_then(|key| {
            let name = key.keys.get(Index as usize).ok_or(STATUS_NO_MORE_ENTRIES)?;
            let path = format!("{}\\{name}", path_of(KeyHandle)?);
            let subkey = thread::machine().registry().information(&path).ok_or(STATUS_NO_MORE_ENTRIES)?;
            let (data, fixed) = describe_key(&subkey, KeyInformationClass)?;
            // SAFETY: as in ZwQueryKey.
            Ok(unsafe { answer(&data, fixed, KeyInformation, Length, ResultLength) })
        }))
    }

    /// A value of a key, by its name.
    pub unsafe fn ZwQueryValueKey(
        KeyHandle: HANDLE,
        ValueName: PUNICODE_STRING,
        KeyValueInformationClass: KEY_VALUE_INFORMATION_CLASS,
        KeyValueInformation: PVOID,
        Length: ULONG,
        ResultLength: PULONG,
    ) -> NTSTATUS {
        irql::check(irql::PASSIVE_LEVEL);
        // SAFETY: the driver passes a string.
        let name = String::from_utf16_lossy(unsafe { units(ValueName) });
        status(path_of(KeyHandle).and_then(|path| {
            let value = thread::machine().registry().value(&path, &name).ok_or(STATUS_OBJECT_NAME_NOT_FOUND)?;
            let (data, fixed) = describe_value(&value, KeyValueInformationClass)?;
            // SAFETY: as in ZwQueryKey.
            Ok(unsafe { answer(&data, fixed, KeyValueInformation, Length, ResultLength) })
        }))
    }

    /// A value of a key, by its number.
    pub unsafe fn ZwEnumerateValueKey(
        KeyHandle: HANDLE,
        Index: ULONG,
        KeyValueInformationClass: KEY_VALUE_INFORMATION_CLASS,
        KeyValueInformation: PVOID,
        Length: ULONG,
        ResultLength: PULONG,
    ) -> NTSTATUS {
        irql::check(irql::PASSIVE_LEVEL);
        status(information(KeyHandle).and_then(|key| {
            let value = key.values.get(Index as usize).ok_or(STATUS_NO_MORE_ENTRIES)?;
            let (data, fixed) = describe_value(value, KeyValueInformationClass)?;
            // SAFETY: as in ZwQueryKey.
            Ok(unsafe { answer(&data, fixed, KeyValueInformation, Length, ResultLength) })
        }))
    }

    /// Sets a value of a key.
    pub unsafe fn ZwSetValueKey(
        KeyHandle: HANDLE,
        ValueName: PUNICODE_STRING,
        TitleIndex: ULONG,
        Type: ULONG,
        Data: PVOID,
        DataSize: ULONG,
    ) -> NTSTATUS {
        let _ = TitleIndex;
        irql::check(irql::PASSIVE_LEVEL);
        // SAFETY: the driver passes a string.
        let name = String::from_utf16_lossy(unsafe { units(ValueName) });
        let data = if DataSize == 0 {
            Vec::new()
        } else {
            // SAFETY: the driver passes data of this size.
            unsafe { std::slice::from_raw_parts(Data.cast::<u8>(), DataSize as usize) }.to_vec()
        };
        status(path_of(KeyHandle).map(|path| {
            let set = thread::machine().registry().set(&path, Value { name, kind: Type, data });
            if set { STATUS_SUCCESS } else { STATUS_KEY_DELETED }
        }))
    }

    /// Opens a key of the driver's service: its Parameters (0), or, for the state it keeps (1), its State.
    pub unsafe fn IoOpenDriverRegistryKey(
        DriverObject: PDRIVER_OBJECT,
        RegKeyType: fltmgr_sys::DRIVER_REGKEY_TYPE,
        DesiredAccess: ACCESS_MASK,
        Flags: ULONG,
        DriverRegKey: PHANDLE,
    ) -> NTSTATUS {
        irql::check(irql::PASSIVE_LEVEL);
        let subkey = match RegKeyType {
            0 => "Parameters",
            1 => "State",
            _ => return STATUS_INVALID_PARAMETER,
        };
        if Flags != 0 {
            return STATUS_INVALID_PARAMETER;
        }
        let Some(service) = driver_object::service_of(DriverObject as usize) else { return STATUS_INVALID_PARAMETER };
        let path = format!("{SERVICES}{service}\\{subkey}");
        thread::machine().registry().create(&path);
        // SAFETY: the driver passes a variable for the handle.
        unsafe { open(path, DesiredAccess, DriverRegKey) }
    }
}
