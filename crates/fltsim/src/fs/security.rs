//! Security descriptors. They are kept and told; who may open what is not decided by them.

use fltmgr_sys::{
    DACL_SECURITY_INFORMATION, FILE_ALL_ACCESS, GROUP_SECURITY_INFORMATION, OWNER_SECURITY_INFORMATION,
    SACL_SECURITY_INFORMATION, STATUS_BUFFER_OVERFLOW, STATUS_INVALID_ACL, STATUS_INVALID_SECURITY_DESCR,
    STATUS_INVALID_SID, STATUS_SUCCESS, STATUS_UNKNOWN_REVISION,
};

use super::control_block::Open;
use super::structure::{Input, Output, length_u32};
use super::{FileSystem, Result, fail};
use crate::status::NtStatus;

/// `SE_DACL_PRESENT`, `SE_SACL_PRESENT` and `SE_SELF_RELATIVE`.
const DACL_PRESENT: u16 = 0x0004;
const SACL_PRESENT: u16 = 0x0010;
const SELF_RELATIVE: u16 = 0x8000;
/// What the control says of a list beside that it is there: defaulted, inherited, protected.
const DACL_CONTROL: u16 = 0x0008 | 0x0100 | 0x0400 | 0x1000;
const SACL_CONTROL: u16 = 0x0020 | 0x0200 | 0x0800 | 0x2000;
/// A self-relative descriptor without what it refers to.
const HEADER: usize = 20;

/// S-1-5-32-544, the administrators, and S-1-1-0, everyone.
const ADMINISTRATORS: &[u8] = &[1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 32, 2, 0, 0];
const EVERYONE: &[u8] = &[1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0];

/// A descriptor in its parts. What is empty is not there.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Descriptor {
    control: u16,
    owner: Vec<u8>,
    group: Vec<u8>,
    sacl: Vec<u8>,
    dacl: Vec<u8>,
}

impl Descriptor {
    /// What a file has that nobody has set one on: the administrators own it, and everyone may do everything.
    fn default_of_files() -> Self {
        let mut list = Output::default();
        let entry = 8 + EVERYONE.len();
        // An ACL of revision 2 with one ACCESS_ALLOWED_ACE.
        list.u8(2).u8(0).u16(u16::try_from(8 + entry).unwrap_or_default()).u16(1).u16(0);
        list.u8(0).u8(0).u16(u16::try_from(entry).unwrap_or_default()).u32(FILE_ALL_ACCESS).bytes(EVERYONE);
        Self {
            control: DACL_PRESENT,
            owner: ADMINISTRATORS.to_vec(),
            group: ADMINISTRATORS.to_vec(),
            sacl: Vec::new(),
            dacl: list.0,
        }
    }

    fn parse(bytes: &[u8]) -> Result<Self> {
        let input = Input(bytes);
        let (Ok(revision), Ok(control)) = (input.u8(0), input.u16(2)) else {
            return fail(STATUS_INVALID_SECURITY_DESCR);
        };
        if revision != 1 {
            return fail(STATUS_UNKNOWN_REVISION);
        }
        if control & SELF_RELATIVE == 0 {
            return fail(STATUS_INVALID_SECURITY_DESCR);
        }
        let part = |field: usize, length: fn(Input<'_>, usize) -> Result<usize>, invalid: i32| {
            let offset = input.u32(field).map_err(|_| NtStatus(STATUS_INVALID_SECURITY_DESCR))? as usize;
            if offset == 0 {
                return Ok(Vec::new());
            }
            let length = length(input, offset).map_err(|_| NtStatus(invalid))?;
            input.bytes(offset, length).map(<[u8]>::to_vec).ok_or(NtStatus(invalid))
        };
        Ok(Self {
            control: control & !SELF_RELATIVE,
            owner: part(4, sid_length, STATUS_INVALID_SID)?,
            group: part(8, sid_length, STATUS_INVALID_SID)?,
            sacl: part(12, list_length, STATUS_INVALID_ACL)?,
            dacl: part(16, list_length, STATUS_INVALID_ACL)?,
        })
    }

    /// The parts that are asked for, in self-relative form.
    fn selected(&self, information: u32) -> Vec<u8> {
        let asked = |flag: u32, part: &[u8]| if information & flag == 0 { Vec::new() } else { part.to_vec() };
        let parts = [
            asked(OWNER_SECURITY_INFORMATION, &self.owner),
            asked(GROUP_SECURITY_INFORMATION, &self.group),
            asked(SACL_SECURITY_INFORMATION, &self.sacl),
            asked(DACL_SECURITY_INFORMATION, &self.dacl),
        ];
        let mut control = SELF_RELATIVE;
        if information & DACL_SECURITY_INFORMATION != 0 {
            control |= self.control & (DACL_PRESENT | DACL_CONTROL);
        }
        if information & SACL_SECURITY_INFORMATION != 0 {
            control |= self.control & (SACL_PRESENT | SACL_CONTROL);
        }
        let mut output = Output::default();
        output.u8(1).u8(0).u16(control);
        let mut end = HEADER;
        for part in &parts {
            output.u32(if part.is_empty() { 0 } else { length_u32(end) });
            end += part.len();
        }
        for part in &parts {
            output.bytes(part);
        }
        output.0
    }

    /// Takes the parts that are set from another one.
    fn change(&mut self, information: u32, from: Self) -> Result<()> {
        if information & OWNER_SECURITY_INFORMATION != 0 {
            if from.owner.is_empty() {
                return fail(fltmgr_sys::STATUS_INVALID_OWNER);
            }
            self.owner = from.owner;
        }
        if information & GROUP_SECURITY_INFORMATION != 0 {
            if from.group.is_empty() {
                return fail(fltmgr_sys::STATUS_INVALID_PRIMARY_GROUP);
            }
            self.group = from.group;
        }
        if information & DACL_SECURITY_INFORMATION != 0 {
            let mask = DACL_PRESENT | DACL_CONTROL;
            self.control = self.control & !mask | from.control & mask;
            self.dacl = from.dacl;
        }
        if information & SACL_SECURITY_INFORMATION != 0 {
            let mask = SACL_PRESENT | SACL_CONTROL;
            self.control = self.control & !mask | from.control & mask;
            self.sacl = from.sacl;
        }
        Ok(())
    }

    const ALL: u32 =
        OWNER_SECURITY_INFORMATION | GROUP_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION | SACL_SECURITY_INFORMATION;
}

fn sid_length(input: Input<'_>, offset: usize) -> Result<usize> {
    Ok(8 + 4 * usize::from(input.u8(offset.saturating_add(1))?))
}

fn list_length(input: Input<'_>, offset: usize) -> Result<usize> {
    match input.u16(offset.saturating_add(2))? {
        length @ 8.. => Ok(usize::from(length)),
        _ => fail(STATUS_INVALID_ACL),
    }
}

/// Whether bytes are a self-relative security descriptor.
pub(crate) fn is_descriptor(bytes: &[u8]) -> bool {
    Descriptor::parse(bytes).is_ok()
}

/// What RtlValidRelativeSecurityDescriptor says: whether bytes are a self-relative security descriptor through and through,
/// which has the parts that are required.
pub(crate) fn is_valid_descriptor(bytes: &[u8], required: u32) -> bool {
    let Ok(descriptor) = Descriptor::parse(bytes) else { return false };
    let has = |flag: u32, part: bool| required & flag == 0 || part;
    bytes.len() >= HEADER
        && [&descriptor.owner, &descriptor.group].into_iter().all(|sid| sid.is_empty() || is_valid_sid(sid))
        && [&descriptor.sacl, &descriptor.dacl].into_iter().all(|list| list.is_empty() || is_valid_list(list))
        && has(OWNER_SECURITY_INFORMATION, !descriptor.owner.is_empty())
        && has(GROUP_SECURITY_INFORMATION, !descriptor.group.is_empty())
        && has(DACL_SECURITY_INFORMATION, descriptor.control & DACL_PRESENT != 0)
        && has(SACL_SECURITY_INFORMATION, descriptor.control & SACL_PRESENT != 0)
}

/// Revision 1 and no more than 15 subordinate authorities, as RtlValidSid wants.
fn is_valid_sid(sid: &[u8]) -> bool {
    matches!(sid, [1, 0..=15, ..])
}

/// Revision 2 to 4, and as many entries as it says within its length, as RtlValidAcl wants.
fn is_valid_list(list: &[u8]) -> bool {
    let input = Input(list);
    let (Ok(2..=4), Ok(count)) = (input.u8(0), input.u16(4)) else { return false };
    let mut offset = 8_usize;
    for _ in 0..count {
        match input.u16(offset + 2) {
            Ok(length) if length >= 4 && input.bytes(offset, length.into()).is_some() => offset += usize::from(length),
            _ => return false,
        }
    }
    true
}

impl FileSystem {
    fn descriptor(open: &Open) -> Result<Descriptor> {
        match open.node().security()? {
            Some(bytes) => Descriptor::parse(&bytes),
            None => Ok(Descriptor::default_of_files()),
        }
    }

    /// Answers a query of the parts of a file's security descriptor (`OWNER_SECURITY_INFORMATION` and so on), in
    /// self-relative form: the status, and how many bytes were filled, or are needed where it is
    /// `STATUS_BUFFER_OVERFLOW`.
    pub fn query_security(&self, open: &Open, information: u32, buffer: &mut [u8]) -> (NtStatus, usize) {
        let bytes = match Self::descriptor(open) {
            Ok(descriptor) => descriptor.selected(information),
            Err(error) => return (error, 0),
        };
        match buffer.get_mut(..bytes.len()) {
            Some(place) => place.copy_from_slice(&bytes),
            None => return (NtStatus(STATUS_BUFFER_OVERFLOW), bytes.len()),
        }
        (NtStatus(STATUS_SUCCESS), bytes.len())
    }

    /// Sets parts of a file's security descriptor from a self-relative one.
    ///
    /// # Errors
    /// `STATUS_INVALID_SECURITY_DESCR`, `STATUS_UNKNOWN_REVISION`, `STATUS_INVALID_SID`, `STATUS_INVALID_ACL`,
    /// `STATUS_INVALID_OWNER`, `STATUS_INVALID_PRIMARY_GROUP`, or what the host says.
    pub fn set_security(&self, open: &Open, information: u32, descriptor: &[u8]) -> Result<()> {
        let mut kept = Self::descriptor(open)?;
        kept.change(information, Descriptor::parse(descriptor)?)?;
        open.node().set_security(&kept.selected(Descriptor::ALL))
    }
}
