//! The parameters of the driver's service. Wraps ZwOpenKey and ZwQueryValueKey.
//!
//! ```
//! use fltmgr::{Filter, Result, Starting, utf16};
//!
//! fn limit<F: Filter>(starting: &Starting<'_, F>) -> Result<u32> {
//!     let parameters = starting.parameters()?;
//!     Ok(parameters.dword(utf16!("Limit"), starting.irql())?.unwrap_or(100))
//! }
//! ```

use crate::irql::{Irql, PassiveLevel};
use crate::pool::{Paged, PoolVec, Tag};
use crate::status::{Error, Result};
use crate::string::unicode_string;
use core::ptr;
use fltmgr_sys as sys;
use zerocopy::IntoBytes;

const TAG: Tag = Tag::new(*b"Frgp");

/// The `Parameters` key of the driver's service, open for reading; closed on drop.
///
/// # Invariants
///
/// The handle is an open kernel handle that this value alone owns.
pub struct Parameters(sys::HANDLE);

impl Parameters {
    /// Opens `Parameters` below the key that DriverEntry was given.
    ///
    /// # Errors
    ///
    /// STATUS_OBJECT_NAME_NOT_FOUND if the service has no such key, and whatever else ZwOpenKey returns.
    pub(crate) fn open(service: &[u16], _: Irql<'_, PassiveLevel>) -> Result<Self> {
        let mut path = PoolVec::<u16, Paged>::try_from_slice(service, TAG)?;
        path.try_extend(crate::utf16!("\\Parameters"))?;
        let mut name = unicode_string(&path)?;
        let attributes = sys::OBJECT_ATTRIBUTES {
            Length: size_of::<sys::OBJECT_ATTRIBUTES>() as u32,
            RootDirectory: ptr::null_mut(),
            ObjectName: &raw mut name,
            Attributes: sys::OBJ_KERNEL_HANDLE | sys::OBJ_CASE_INSENSITIVE,
            SecurityDescriptor: ptr::null_mut(),
            SecurityQualityOfService: ptr::null_mut(),
        };
        let mut key = ptr::null_mut();
        // SAFETY: the attributes and the name they point to outlive the call, and the IRQL is PASSIVE_LEVEL.
        Error::check(unsafe { sys::ZwOpenKey(&raw mut key, sys::KEY_READ, (&raw const attributes).cast_mut()) })?;
        // INVARIANT: the handle was just opened, for the kernel, and is known here only.
        Ok(Self(key))
    }

    /// The REG_DWORD called `name`; `None` if there is no value of this name. Wraps ZwQueryValueKey.
    ///
    /// # Errors
    ///
    /// STATUS_OBJECT_TYPE_MISMATCH if the value is of another type, STATUS_INSUFFICIENT_RESOURCES, and whatever else
    /// ZwQueryValueKey returns.
    pub fn dword(&self, name: &[u16], at: Irql<'_, PassiveLevel>) -> Result<Option<u32>> {
        let Some(value) = self.value(name, &[sys::REG_DWORD], at)? else { return Ok(None) };
        number(&value).map(u32::from_ne_bytes).map(Some)
    }

    /// The REG_QWORD called `name`; `None` if there is no value of this name. Wraps ZwQueryValueKey.
    ///
    /// # Errors
    ///
    /// As for [`Self::dword`].
    pub fn qword(&self, name: &[u16], at: Irql<'_, PassiveLevel>) -> Result<Option<u64>> {
        let Some(value) = self.value(name, &[sys::REG_QWORD], at)? else { return Ok(None) };
        number(&value).map(u64::from_ne_bytes).map(Some)
    }

    /// The REG_SZ called `name`, without the zero at its end; `None` if there is no value of this name. A REG_EXPAND_SZ is
    /// taken as it stands.
    ///
    /// # Errors
    ///
    /// As for [`Self::dword`], and STATUS_INVALID_BUFFER_SIZE if the value is longer than [`LONGEST_VALUE`].
    pub fn string(&self, name: &[u16], at: Irql<'_, PassiveLevel>) -> Result<Option<PoolVec<u16, Paged>>> {
        let Some(value) = self.value(name, &[sys::REG_SZ, sys::REG_EXPAND_SZ], at)? else { return Ok(None) };
        let mut text = units(&value)?;
        let end = text.iter().position(|unit| *unit == 0).unwrap_or(text.len());
        text.truncate(end);
        Ok(Some(text))
    }

    /// The REG_MULTI_SZ called `name`; `None` if there is no value of this name.
    ///
    /// # Errors
    ///
    /// As for [`Self::string`].
    pub fn multi_string(&self, name: &[u16], at: Irql<'_, PassiveLevel>) -> Result<Option<MultiString>> {
        let Some(value) = self.value(name, &[sys::REG_MULTI_SZ], at)? else { return Ok(None) };
        units(&value).map(MultiString).map(Some)
    }

    /// The REG_BINARY called `name`; `None` if there is no value of this name.
    ///
    /// # Errors
    ///
    /// As for [`Self::string`].
    pub fn binary(&self, name: &[u16], at: Irql<'_, PassiveLevel>) -> Result<Option<PoolVec<u8, Paged>>> {
        let Some(value) = self.value(name, &[sys::REG_BINARY], at)? else { return Ok(None) };
        PoolVec::try_from_slice(data(&value), TAG).map(Some)
    }

    /// A value of one of the types, as KEY_VALUE_PARTIAL_INFORMATION in units of 32 bits.
    fn value(&self, name: &[u16], types: &[u32], _: Irql<'_, PassiveLevel>) -> Result<Option<PoolVec<u32, Paged>>> {
        let mut name = unicode_string(name)?;
        let mut value = PoolVec::try_filled(0, 32, TAG)?;
        loop {
            let room = size_of_val(&*value);
            let mut needed = 0;
            // SAFETY: the buffer, which is that long and aligned, and the name outlive the call; PASSIVE_LEVEL.
            let queried = Error::check(unsafe {
                sys::ZwQueryValueKey(
                    self.0,
                    &raw mut name,
                    sys::KeyValuePartialInformation,
                    value.as_mut_ptr().cast(),
                    room as u32,
                    &raw mut needed,
                )
            });
            match queried {
                Ok(_) => break,
                Err(Error::OBJECT_NAME_NOT_FOUND) => return Ok(None),
                Err(Error::BUFFER_OVERFLOW | Error::BUFFER_TOO_SMALL) if needed as usize > room => {
                    if needed as usize > LONGEST_VALUE {
                        return Err(Error::INVALID_BUFFER_SIZE);
                    }
                    // It may grow again before it is asked for again.
                    value = PoolVec::try_filled(0, (needed as usize).div_ceil(4), TAG)?;
                }
                Err(error) => return Err(error),
            }
        }
        match value.get(1) {
            Some(kind) if types.contains(kind) => Ok(Some(value)),
            _ => Err(Error::OBJECT_TYPE_MISMATCH),
        }
    }
}

/// The most bytes of a value that are read, and what describes it.
pub const LONGEST_VALUE: usize = 64 * 1024;

/// The data of KEY_VALUE_PARTIAL_INFORMATION, behind TitleIndex, Type and DataLength.
fn data(value: &[u32]) -> &[u8] {
    let length = value.get(2).map_or(0, |length| *length as usize);
    let all = value.get(3..).unwrap_or(&[]).as_bytes();
    all.get(..length).unwrap_or(all)
}

/// The bytes of a number.
fn number<const N: usize>(value: &[u32]) -> Result<[u8; N]> {
    data(value).try_into().map_err(|_| Error::OBJECT_TYPE_MISMATCH)
}

/// The data as text. A byte that is no whole unit is left out.
fn units(value: &[u32]) -> Result<PoolVec<u16, Paged>> {
    let (pairs, _) = data(value).as_chunks::<2>();
    let mut units = PoolVec::try_filled(0, pairs.len(), TAG)?;
    for (unit, pair) in units.iter_mut().zip(pairs) {
        *unit = u16::from_ne_bytes(*pair);
    }
    Ok(units)
}

/// The strings of a REG_MULTI_SZ.
pub struct MultiString(PoolVec<u16, Paged>);

impl MultiString {
    /// The strings, one after the other. An empty one ends them.
    pub fn iter(&self) -> impl Iterator<Item = &[u16]> {
        self.0.split(|unit| *unit == 0).take_while(|string| !string.is_empty())
    }
}

impl Drop for Parameters {
    fn drop(&mut self) {
        // SAFETY: by the invariant the handle is open and closed here once; only PASSIVE_LEVEL code has this value.
        let _ = unsafe { sys::ZwClose(self.0) };
    }
}
