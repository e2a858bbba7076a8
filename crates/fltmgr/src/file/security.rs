//! Security descriptors.

use super::File;
use super::records::grow;
use crate::irql::{Irql, PassiveLevel};
use crate::parameters::SecurityInformation;
use crate::pool::{Paged, PoolVec, Tag};
use crate::status::{Error, Result};
use fltmgr_sys as sys;

/// A security descriptor, in the form that is one piece of memory: who owns a file, who may do what with it, and what of that
/// is recorded.
///
/// # Invariants
///
/// RtlValidRelativeSecurityDescriptor has found the bytes to be one, and they are aligned for it.
pub struct SecurityDescriptor(PoolVec<u8, Paged>);

impl SecurityDescriptor {
    /// The descriptor that these bytes are, as another file had it, or as it is kept somewhere. Wraps
    /// RtlValidRelativeSecurityDescriptor.
    ///
    /// # Errors
    ///
    /// STATUS_INVALID_SECURITY_DESCR if they are none, STATUS_INSUFFICIENT_RESOURCES.
    pub fn try_from_bytes(bytes: &[u8], tag: Tag, _: Irql<'_, PassiveLevel>) -> Result<Self> {
        Self::checked(PoolVec::try_from_slice(bytes, tag)?)
    }

    /// # Errors
    ///
    /// STATUS_INVALID_SECURITY_DESCR.
    fn checked(bytes: PoolVec<u8, Paged>) -> Result<Self> {
        let length = u32::try_from(bytes.len()).map_err(|_| Error::INVALID_SECURITY_DESCRIPTOR)?;
        // SAFETY: the bytes are as many as they are said to be, in pool, and so aligned; the routine only reads them.
        let valid = length != 0
            && unsafe { sys::RtlValidRelativeSecurityDescriptor(bytes.as_ptr().cast_mut().cast(), length, 0) } != 0;
        // INVARIANT: the routine has found it to be one.
        if valid { Ok(Self(bytes)) } else { Err(Error::INVALID_SECURITY_DESCRIPTOR) }
    }

    /// The descriptor as the routines take it, which do not change it.
    pub(super) fn as_raw(&self) -> sys::PSECURITY_DESCRIPTOR {
        self.0.as_ptr().cast_mut().cast()
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl File {
    /// These parts of the file's security descriptor. Wraps FltQuerySecurityObject. The file must have been opened for it
    /// ([`Access::READ_CONTROL`](crate::parameters::Access::READ_CONTROL)), but nobody checks.
    ///
    /// # Errors
    ///
    /// STATUS_FILE_CLOSED, STATUS_INSUFFICIENT_RESOURCES, STATUS_INVALID_DEVICE_REQUEST where the file system has none,
    /// STATUS_INVALID_SECURITY_DESCR if it answers with something else, and whatever else it returns.
    pub fn security(
        &self,
        parts: SecurityInformation,
        tag: Tag,
        _: Irql<'_, PassiveLevel>,
    ) -> Result<SecurityDescriptor> {
        let (instance, object) = self.for_io()?;
        let descriptor = grow(256, tag, |buffer| {
            let mut length = 0;
            // SAFETY: the file is open on the instance; the buffer is as long as it is said to be, and aligned. PASSIVE_LEVEL.
            Error::check(unsafe {
                sys::FltQuerySecurityObject(
                    instance,
                    object,
                    parts.bits(),
                    buffer.as_mut_ptr().cast(),
                    buffer.len() as u32,
                    &raw mut length,
                )
            })?;
            Ok(length)
        })?;
        SecurityDescriptor::checked(descriptor)
    }

    /// Changes these parts of the file's security descriptor to those of another. Wraps FltSetSecurityObject.
    ///
    /// # Errors
    ///
    /// STATUS_FILE_CLOSED, STATUS_INVALID_DEVICE_REQUEST where the file system has none, STATUS_MEDIA_WRITE_PROTECTED, and
    /// whatever else it returns.
    pub fn set_security(
        &self,
        parts: SecurityInformation,
        descriptor: &SecurityDescriptor,
        _: Irql<'_, PassiveLevel>,
    ) -> Result<()> {
        let (instance, object) = self.for_io()?;
        // SAFETY: the file is open on the instance; by the invariant the descriptor is one, and the routine does not change
        // it. PASSIVE_LEVEL.
        Error::check(unsafe { sys::FltSetSecurityObject(instance, object, parts.bits(), descriptor.as_raw()) })?;
        Ok(())
    }
}
