//! Querying and setting security descriptors.

use fltmgr_sys as sys;

use super::file::{File, Sender};
use crate::flt::callback_data::IoStatus;
use crate::flt::major;
use crate::status::NtStatus;

/// The bits of a descriptor's control that this needs.
const SELF_RELATIVE: u16 = 0x8000;
/// The sizes of a self-relative and an absolute descriptor without what they refer to.
const RELATIVE_HEADER: usize = 20;
/// How long a list may be that is taken over, which is also all that NTFS keeps.
const MOST: usize = 64 * 1024;

/// Takes over a security descriptor, absolute or self-relative, in self-relative form.
///
/// # Errors
///
/// `STATUS_ACCESS_VIOLATION` for NULL, `STATUS_UNKNOWN_REVISION`, `STATUS_INVALID_SECURITY_DESCR`.
///
/// # Safety
///
/// `descriptor` must be NULL or point to a security descriptor.
pub(crate) unsafe fn capture(descriptor: *const u8) -> Result<Vec<u8>, NtStatus> {
    if descriptor.is_null() {
        return Err(NtStatus(sys::STATUS_ACCESS_VIOLATION));
    }
    // SAFETY: the caller vouches for the descriptor; all reads are within its fixed part, whose form the control says.
    unsafe {
        if descriptor.read() != 1 {
            return Err(NtStatus(sys::STATUS_UNKNOWN_REVISION));
        }
        let control = descriptor.add(2).cast::<u16>().read_unaligned();
        let parts: [*const u8; 4] = std::array::from_fn(|part| {
            if control & SELF_RELATIVE == 0 {
                return descriptor.add(8 + 8 * part).cast::<*const u8>().read_unaligned();
            }
            match descriptor.add(4 + 4 * part).cast::<u32>().read_unaligned() {
                0 => std::ptr::null(),
                offset => descriptor.add(offset as usize),
            }
        });
        let mut bytes = vec![0; RELATIVE_HEADER];
        bytes[0] = 1;
        bytes[2..4].copy_from_slice(&(control | SELF_RELATIVE).to_le_bytes());
        for (part, pointer) in parts.into_iter().enumerate() {
            if pointer.is_null() {
                continue;
            }
            // The owner and the group are SIDs, the other two are ACLs.
            let length = if part < 2 {
                8 + 4 * usize::from(pointer.add(1).read())
            } else {
                usize::from(pointer.add(2).cast::<u16>().read_unaligned())
            };
            let offset = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
            bytes[4 + 4 * part..8 + 4 * part].copy_from_slice(&offset.to_le_bytes());
            bytes.extend_from_slice(std::slice::from_raw_parts(pointer, length));
        }
        if bytes.len() > MOST {
            return Err(NtStatus(sys::STATUS_INVALID_SECURITY_DESCR));
        }
        Ok(bytes)
    }
}

impl Sender<'_> {
    /// Queries parts of a security descriptor. One that is too long is `STATUS_BUFFER_TOO_SMALL`, with its length.
    pub(crate) fn query_security(&self, information: u32, buffer: &mut [u8]) -> IoStatus {
        let mut parameters = self.parameters(major::QUERY_SECURITY, sys::IRP_SYNCHRONOUS_API);
        // SAFETY: the member of the union is the query's.
        let query = unsafe { &mut parameters.Parameters.QuerySecurity };
        query.SecurityInformation = information;
        query.Length = u32::try_from(buffer.len()).unwrap_or(u32::MAX);
        query.SecurityBuffer = buffer.as_mut_ptr().cast();
        let mut result = self.irp(parameters, 0);
        if result.status == sys::STATUS_BUFFER_OVERFLOW {
            // What file systems say; the I/O manager makes an error of it.
            result.status = sys::STATUS_BUFFER_TOO_SMALL;
        }
        result
    }

    /// Sets parts of a security descriptor.
    ///
    /// # Safety
    ///
    /// `descriptor` must be NULL or point to a security descriptor.
    pub(crate) unsafe fn set_security(&self, information: u32, descriptor: sys::PSECURITY_DESCRIPTOR) -> IoStatus {
        // SAFETY: passed on.
        let mut copy = match unsafe { capture(descriptor.cast()) } {
            Ok(bytes) => bytes,
            Err(error) => return error.into(),
        };
        let mut parameters = self.parameters(major::SET_SECURITY, sys::IRP_SYNCHRONOUS_API);
        // SAFETY: the member of the union is the set's.
        let set = unsafe { &mut parameters.Parameters.SetSecurity };
        set.SecurityInformation = information;
        set.SecurityDescriptor = copy.as_mut_ptr().cast();
        self.irp(parameters, 0)
    }
}

/// The access that querying or setting parts of a descriptor takes.
fn required(information: u32, set: bool) -> u32 {
    let of = |flag: u32, access: u32| if information & flag == 0 { 0 } else { access };
    let list = if set { sys::WRITE_DAC } else { sys::READ_CONTROL };
    let owner = if set { sys::WRITE_OWNER } else { sys::READ_CONTROL };
    of(sys::OWNER_SECURITY_INFORMATION | sys::GROUP_SECURITY_INFORMATION, owner)
        | of(sys::DACL_SECURITY_INFORMATION, list)
        | of(sys::SACL_SECURITY_INFORMATION, sys::ACCESS_SYSTEM_SECURITY)
}

impl File {
    /// Queries parts of the security descriptor (`OWNER_SECURITY_INFORMATION` and so on), in self-relative form.
    ///
    /// # Errors
    ///
    /// `STATUS_BUFFER_TOO_SMALL`, and what a filter or the file system failed it with.
    pub fn query_security(&self, information: u32, buffer: &mut [u8]) -> Result<usize, NtStatus> {
        self.require_all(required(information, false))?;
        let who = self.who();
        let count = self.sender(&who).query_security(information, buffer).into_result()?;
        Ok(count.min(buffer.len()))
    }

    /// Sets parts of the security descriptor from a self-relative one.
    ///
    /// # Errors
    ///
    /// `STATUS_INVALID_SECURITY_DESCR`, and what a filter or the file system failed it with.
    pub fn set_security(&self, information: u32, descriptor: &[u8]) -> Result<(), NtStatus> {
        self.require_all(required(information, true))?;
        let who = self.who();
        let mut copy = descriptor.to_vec();
        let sender = self.sender(&who);
        let mut parameters = sender.parameters(major::SET_SECURITY, sys::IRP_SYNCHRONOUS_API);
        if !crate::fs::is_security_descriptor(&copy) {
            return Err(NtStatus(sys::STATUS_INVALID_SECURITY_DESCR));
        }
        // SAFETY: the member of the union is the set's.
        let set = unsafe { &mut parameters.Parameters.SetSecurity };
        set.SecurityInformation = information;
        set.SecurityDescriptor = copy.as_mut_ptr().cast();
        sender.irp(parameters, 0).into_result().map(drop)
    }
}
