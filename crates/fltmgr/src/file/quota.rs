//! Quotas of a volume's users.

use super::records::{Record, Records, grow};
use super::{File, OwnedFile};
use crate::irql::{Irql, PassiveLevel};
use crate::pool::{Paged, PoolVec, Tag};
use crate::status::{Error, Result};
use core::ffi::c_void;
use core::mem::offset_of;
use core::ptr;
use fltmgr_sys as sys;

/// What a user may store, and has stored, on a volume.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Quota<'a> {
    /// Who it is: a SID.
    pub sid: &'a [u8],
    /// When it was changed last: 100-nanosecond intervals since January 1, 1601 (UTC). It cannot be set.
    pub change_time: i64,
    /// How many bytes the user has stored. It cannot be set.
    pub used: i64,
    /// From how many bytes on the user is warned; -1 for none.
    pub threshold: i64,
    /// How many bytes the user may store; -1 for any number, -2 to forget the user.
    pub limit: i64,
}

/// A list of quotas, as it is set and told.
///
/// # Invariants
///
/// Each of the records was found to be one, or made so, at a multiple of eight bytes; `last` is where the last one begins.
pub struct Quotas {
    bytes: PoolVec<u8, Paged>,
    last: usize,
}

const SID: usize = offset_of!(sys::FILE_QUOTA_INFORMATION, Sid);

/// Where a record begins.
const ALIGNMENT: usize = align_of::<sys::FILE_QUOTA_INFORMATION>();

/// Whether these bytes are a SID, all of them: revision 1, and as many authorities as it says, 15 at most.
fn is_sid(bytes: &[u8]) -> bool {
    match bytes {
        [1, count @ 0..=15, ..] => bytes.len() == 8 + 4 * usize::from(*count),
        _ => false,
    }
}

impl Quotas {
    /// A list of none.
    pub const fn new(tag: Tag) -> Self {
        // INVARIANT: there is no record.
        Self { bytes: PoolVec::new(tag), last: 0 }
    }

    /// Puts a quota at the end of the list.
    ///
    /// # Errors
    ///
    /// STATUS_INVALID_SID, STATUS_INSUFFICIENT_RESOURCES; the list is unchanged then.
    pub fn push(&mut self, quota: Quota<'_>) -> Result<()> {
        if !is_sid(quota.sid) {
            return Err(Error::INVALID_SID);
        }
        let padding = self.bytes.len().next_multiple_of(ALIGNMENT) - self.bytes.len();
        let begin = self.bytes.len() + padding;
        self.bytes.try_reserve(padding + SID + quota.sid.len())?;
        self.bytes.try_extend([0; ALIGNMENT].get(..padding).unwrap_or(&[]))?;
        self.bytes.try_extend(&0_u32.to_le_bytes())?;
        self.bytes.try_extend(&(quota.sid.len() as u32).to_le_bytes())?;
        for number in [quota.change_time, quota.used, quota.threshold, quota.limit] {
            self.bytes.try_extend(&number.to_le_bytes())?;
        }
        self.bytes.try_extend(quota.sid)?;
        if begin != 0 {
            let distance = u32::try_from(begin - self.last).unwrap_or(0).to_le_bytes();
            if let Some(next) = self.bytes.get_mut(self.last..).and_then(|record| record.first_chunk_mut()) {
                *next = distance;
            }
        }
        // INVARIANT: the record was just made, and the one before it leads there.
        self.last = begin;
        Ok(())
    }

    /// One after the other.
    pub fn iter(&self) -> impl Iterator<Item = Quota<'_>> {
        Records::new(&self.bytes).filter_map(|record| quota(record.ok()?).ok())
    }

    /// # Errors
    ///
    /// STATUS_INFO_LENGTH_MISMATCH if these are no quotas.
    fn checked(mut bytes: PoolVec<u8, Paged>) -> Result<Self> {
        let (mut last, mut next, mut end) = (0, 0_usize, 0);
        for record in Records::new(&bytes) {
            let record = record?;
            (last, end) = (next, next.saturating_add(SID + quota(record)?.sid.len()));
            next = next.saturating_add(record.u32(0)? as usize);
            if !next.is_multiple_of(ALIGNMENT) {
                return Err(Error::INFO_LENGTH_MISMATCH);
            }
        }
        // What is behind the last one would be between it and one that is pushed.
        bytes.truncate(end);
        // INVARIANT: each record was just looked at.
        Ok(Self { bytes, last })
    }
}

/// The quota that a record has.
///
/// # Errors
///
/// STATUS_INFO_LENGTH_MISMATCH if it has none.
fn quota(record: Record<'_>) -> Result<Quota<'_>> {
    let length = record.u32(offset_of!(sys::FILE_QUOTA_INFORMATION, SidLength))?;
    let sid = record.bytes(SID, length as usize)?;
    if !is_sid(sid) {
        return Err(Error::INFO_LENGTH_MISMATCH);
    }
    Ok(Quota {
        sid,
        change_time: record.i64(offset_of!(sys::FILE_QUOTA_INFORMATION, ChangeTime))?,
        used: record.i64(offset_of!(sys::FILE_QUOTA_INFORMATION, QuotaUsed))?,
        threshold: record.i64(offset_of!(sys::FILE_QUOTA_INFORMATION, QuotaThreshold))?,
        limit: record.i64(offset_of!(sys::FILE_QUOTA_INFORMATION, QuotaLimit))?,
    })
}

impl OwnedFile<'_> {
    /// The quotas of the volume, of which the file is one. Wraps FltQueryQuotaInformationFile, from the first one on.
    ///
    /// # Errors
    ///
    /// STATUS_FILE_CLOSED, STATUS_FLT_DELETING_OBJECT if the instance is being torn down,
    /// STATUS_INSUFFICIENT_RESOURCES, STATUS_INVALID_DEVICE_REQUEST where the file system has none,
    /// STATUS_INFO_LENGTH_MISMATCH if it answers with something else, and whatever else it returns.
    pub fn quotas(&self, tag: Tag, _: Irql<'_, PassiveLevel>) -> Result<Quotas> {
        let (instance, object) = self.for_io()?;
        let answer = grow(1024, tag, |buffer| {
            // SAFETY: zeroes are a status block.
            let mut status: sys::IO_STATUS_BLOCK = unsafe { core::mem::zeroed() };
            let mut length = 0;
            // SAFETY: the file is open on the instance; the buffer is as long as it is said to be, and aligned for any
            // structure. PASSIVE_LEVEL.
            Error::check(unsafe {
                sys::FltQueryQuotaInformationFile(
                    instance,
                    object,
                    &raw mut status,
                    buffer.as_mut_ptr().cast::<c_void>(),
                    buffer.len() as u32,
                    0,
                    ptr::null_mut(),
                    0,
                    ptr::null_mut(),
                    1,
                    &raw mut length,
                )
            })?;
            Ok(length)
        });
        match answer {
            Ok(bytes) => Quotas::checked(bytes),
            Err(Error::NO_MORE_ENTRIES) => Ok(Quotas::new(tag)),
            Err(error) => Err(error),
        }
    }
}

impl File {
    /// Sets quotas of the volume that the file is on. Wraps FltSetQuotaInformationFile.
    ///
    /// # Errors
    ///
    /// STATUS_FILE_CLOSED, STATUS_FLT_DELETING_OBJECT if the instance is being torn down, STATUS_INVALID_DEVICE_REQUEST
    /// where the file system has none, and whatever else it returns.
    pub fn set_quotas(&self, quotas: &Quotas, _: Irql<'_, PassiveLevel>) -> Result<()> {
        let (instance, object) = self.for_io()?;
        if quotas.bytes.is_empty() {
            return Ok(());
        }
        let (list, length) = (quotas.bytes.as_ptr().cast_mut().cast(), quotas.bytes.len() as u32);
        // SAFETY: the file is open on the instance; by the invariant the list is one, as long as it is said to be, and the
        // routine does not change it. PASSIVE_LEVEL.
        Error::check(unsafe { sys::FltSetQuotaInformationFile(instance, object, list, length) })?;
        Ok(())
    }
}
