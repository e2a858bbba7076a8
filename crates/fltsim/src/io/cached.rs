//! The cache of a volume that has one.
//!
//! What a program reads and writes through the cache comes from and goes to the file as paging I/O, which passes all filters
//! as with the cache manager of Windows. The cache keeps nothing: each read brings its pages in, and each write takes them
//! out at once. So nothing has to be written back later, and what is mapped or read past the cache is the same.

use fltmgr_sys as sys;

use super::file::Sender;
use super::file_object::FileRef;
use super::transfer::{PAGING, Transfer};
use crate::fs::{LockOwner, Open, WriteOffset};
use crate::status::NtStatus;

/// The size of a page.
const PAGE: u64 = 4096;
/// The largest gap between the end of a file and what is written behind it that passes the filters as zeros. A larger one is
/// left to the file system.
const MOST_GAP: u64 = 1024 * 1024;

/// Whole pages of a file.
struct Pages {
    start: u64,
    bytes: Vec<u8>,
}

impl Pages {
    /// Those that have these bytes of the file; all zero.
    fn around(start: u64, end: u64) -> Result<Self, NtStatus> {
        let start = start / PAGE * PAGE;
        let end = end.checked_next_multiple_of(PAGE).ok_or(NtStatus(sys::STATUS_INVALID_PARAMETER))?;
        // An operation has no more room for its length.
        let length = u32::try_from(end - start).map_err(|_| NtStatus(sys::STATUS_INVALID_PARAMETER))?;
        Ok(Self { start, bytes: vec![0; length as usize] })
    }

    fn transfer(&mut self) -> Result<Transfer, NtStatus> {
        let number = |_| NtStatus(sys::STATUS_INVALID_PARAMETER);
        Ok(Transfer {
            offset: i64::try_from(self.start).map_err(number)?,
            buffer: self.bytes.as_mut_ptr(),
            length: u32::try_from(self.bytes.len()).map_err(|_| NtStatus(sys::STATUS_INVALID_PARAMETER))?,
            key: 0,
            mdl: super::transfer::NO_MDL,
        })
    }

    /// Brings them in; what lies behind the end of the file stays zero.
    fn page_in(&mut self, file: &FileRef) -> Result<(), NtStatus> {
        let transfer = self.transfer()?;
        match pager(file).read(transfer, PAGING).into_result() {
            Ok(_) | Err(NtStatus(sys::STATUS_END_OF_FILE)) => Ok(()),
            Err(status) => Err(status),
        }
    }

    /// Takes them out.
    fn page_out(&mut self, file: &FileRef) -> Result<(), NtStatus> {
        let transfer = self.transfer()?;
        pager(file).write(transfer, PAGING).into_result().map(drop)
    }

    /// The bytes from an offset in the file on.
    fn at(&mut self, offset: u64, length: usize) -> Option<&mut [u8]> {
        let from = usize::try_from(offset.checked_sub(self.start)?).ok()?;
        self.bytes.get_mut(from..from.checked_add(length)?)
    }
}

/// Who pages: the memory manager, from the top of the stack.
fn pager(file: &FileRef) -> Sender<'_> {
    Sender { file, requestor: None, floor: None, generated: false }
}

/// Reads through the cache. Nothing is locked meanwhile: a filter may have the paging I/O wait for other threads, which may
/// use the cache as well.
pub(super) fn read(
    file: &FileRef,
    open: &Open,
    offset: u64,
    buffer: &mut [u8],
    owner: LockOwner,
) -> Result<usize, NtStatus> {
    // Locks, the end of the file and the access time are the file system's to tell.
    let count = file.volume().file_system().read(open, offset, buffer, owner)?;
    if count == 0 {
        return Ok(0);
    }
    let mut pages = Pages::around(offset, offset + count as u64)?;
    pages.page_in(file)?;
    if let (Some(cached), Some(wanted)) = (pages.at(offset, count), buffer.get_mut(..count)) {
        wanted.copy_from_slice(cached);
    }
    Ok(count)
}

/// Writes through the cache.
pub(super) fn write(
    file: &FileRef,
    open: &Open,
    offset: WriteOffset,
    data: &[u8],
    owner: LockOwner,
) -> Result<usize, NtStatus> {
    if data.is_empty() {
        return file.volume().file_system().write(open, offset, data, owner);
    }
    let _one_at_a_time = open.lock_cached_write();
    let end = open.node().metadata()?.size;
    let may_write = open.granted_access() & sys::FILE_WRITE_DATA != 0;
    let at = match offset {
        WriteOffset::At(offset) if may_write => offset,
        WriteOffset::At(_) | WriteOffset::End => end,
    };
    let after = at.checked_add(data.len() as u64).ok_or(NtStatus(sys::STATUS_INVALID_PARAMETER))?;
    // What the file has not had before the new bytes is zero in the cache, and is written there as well.
    let from = if at.saturating_sub(end) > MOST_GAP { at } else { at.min(end) };
    let mut pages = Pages::around(from, after)?;
    pages.page_in(file)?;
    if let Some(cached) = pages.at(at, data.len()) {
        cached.copy_from_slice(data);
    }
    // The room for the bytes, and whether they may be written, is the file system's to decide. It gets what it has already,
    // so that who reads before the pages are out finds the old bytes.
    let mut room = vec![0; data.len()];
    open.node().read_at(at, &mut room)?;
    let count = file.volume().file_system().write(open, offset, &room, owner)?;
    pages.page_out(file)?;
    Ok(count)
}
