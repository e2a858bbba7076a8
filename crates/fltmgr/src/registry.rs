//! The parameters of the driver's service. Wraps ZwOpenKey and ZwQueryValueKey.

use crate::irql::{Irql, PassiveLevel};
use crate::pool::{Paged, PoolVec, Tag};
use crate::status::{Error, Result};
use crate::string::unicode_string;
use core::mem::offset_of;
use core::ptr;
use fltmgr_sys as sys;

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

    /// The REG_DWORD called `name`.
    ///
    /// # Errors
    ///
    /// STATUS_OBJECT_NAME_NOT_FOUND if there is none, STATUS_OBJECT_TYPE_MISMATCH if the value is of another type, and
    /// whatever else ZwQueryValueKey returns.
    pub fn dword(&self, name: &[u16], _: Irql<'_, PassiveLevel>) -> Result<u32> {
        const DATA: usize = offset_of!(sys::KEY_VALUE_PARTIAL_INFORMATION, Data);
        #[repr(C)]
        struct Value {
            information: sys::KEY_VALUE_PARTIAL_INFORMATION,
            room: [u8; 8],
        }
        let mut name = unicode_string(name)?;
        // SAFETY: the structure holds integers only, for which zeroes are values.
        let mut value: Value = unsafe { core::mem::zeroed() };
        let mut length = 0;
        // SAFETY: the buffer and the name outlive the call, and the IRQL is PASSIVE_LEVEL.
        Error::check(unsafe {
            sys::ZwQueryValueKey(
                self.0,
                &raw mut name,
                sys::KeyValuePartialInformation,
                (&raw mut value).cast(),
                (DATA + 4) as u32,
                &raw mut length,
            )
        })?;
        if value.information.Type != sys::REG_DWORD || value.information.DataLength != 4 {
            return Err(Error::OBJECT_TYPE_MISMATCH);
        }
        // SAFETY: the buffer holds at least four bytes from the offset of the data on.
        Ok(unsafe { (&raw const value).cast::<u8>().add(DATA).cast::<u32>().read_unaligned() })
    }
}

impl Drop for Parameters {
    fn drop(&mut self) {
        // SAFETY: by the invariant the handle is open and closed here once; only PASSIVE_LEVEL code has this value.
        let _ = unsafe { sys::ZwClose(self.0) };
    }
}
