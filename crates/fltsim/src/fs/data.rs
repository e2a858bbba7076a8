//! Read, write and flush.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use fltmgr_sys::{
    FILE_APPEND_DATA, FILE_WRITE_DATA, STATUS_DISK_FULL, STATUS_END_OF_FILE, STATUS_INVALID_DEVICE_REQUEST,
    STATUS_INVALID_PARAMETER,
};

use super::byte_range_locks::LockOwner;
use super::control_block::Open;
use super::store::{MetadataChange, Node, NodeKind};
use super::{FileSystem, Result, fail};

/// Where a write goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WriteOffset {
    /// To this offset.
    At(u64),
    /// To wherever the file ends by then (`FILE_WRITE_TO_END_OF_FILE`).
    End,
}

impl FileSystem {
    /// Reads from `offset` on. Byte-range locks are respected.
    ///
    /// # Errors
    /// `STATUS_END_OF_FILE` where nothing is left to read, `STATUS_FILE_LOCK_CONFLICT`,
    /// `STATUS_INVALID_DEVICE_REQUEST` for a directory.
    pub fn read(&self, open: &Open, offset: u64, buffer: &mut [u8], owner: LockOwner) -> Result<usize> {
        let node = file(open)?;
        check_offset(offset, buffer.len())?;
        if buffer.is_empty() {
            return Ok(0);
        }
        open.stream().locks.check(open.number(), owner, offset, buffer.len(), false)?;
        read_unlocked(open, &*node, offset, buffer)
    }

    /// Reads for the cache or a mapped file (`IRP_PAGING_IO`): byte-range locks do not apply.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn read_paging(&self, open: &Open, offset: u64, buffer: &mut [u8]) -> Result<usize> {
        let node = file(open)?;
        check_offset(offset, buffer.len())?;
        if buffer.is_empty() { Ok(0) } else { read_unlocked(open, &*node, offset, buffer) }
    }

    /// Writes all of `data`, making the file longer where needed. Byte-range locks are respected. An open that may
    /// append but not write writes to the end, whatever the offset.
    ///
    /// # Errors
    /// `STATUS_FILE_LOCK_CONFLICT`, `STATUS_INVALID_DEVICE_REQUEST` for a directory, `STATUS_DISK_FULL`.
    pub fn write(&self, open: &Open, offset: WriteOffset, data: &[u8], owner: LockOwner) -> Result<usize> {
        let node = file(open)?;
        if data.is_empty() {
            return Ok(0);
        }
        let may_only_append = open.granted_access & (FILE_WRITE_DATA | FILE_APPEND_DATA) == FILE_APPEND_DATA;
        let stream = open.stream();
        match offset {
            WriteOffset::At(offset) if !may_only_append => {
                check_offset(offset, data.len())?;
                stream.locks.check(open.number(), owner, offset, data.len(), true)?;
                let _io = stream.io.read();
                Self::write_keeping_times(open, &*node, offset, data, false)?;
            }
            WriteOffset::At(_) | WriteOffset::End => {
                let _io = stream.io.write();
                let end = node.metadata()?.size;
                check_offset(end, data.len())?;
                stream.locks.check(open.number(), owner, end, data.len(), true)?;
                Self::write_keeping_times(open, &*node, end, data, false)?;
            }
        }
        Ok(data.len())
    }

    /// Writes back what is cached or mapped (`IRP_PAGING_IO`): byte-range locks do not apply, and nothing is written
    /// behind the end of the file, which does not change.
    ///
    /// # Errors
    /// `STATUS_INVALID_DEVICE_REQUEST` for a directory.
    pub fn write_paging(&self, open: &Open, offset: u64, data: &[u8]) -> Result<usize> {
        let node = file(open)?;
        check_offset(offset, data.len())?;
        // The size must not change between looking at it and writing.
        let _io = open.stream().io.write();
        let size = node.metadata()?.size;
        let inside = usize::try_from(size.saturating_sub(offset)).unwrap_or(usize::MAX).min(data.len());
        if let Some(data) = data.get(..inside).filter(|data| !data.is_empty()) {
            Self::write_keeping_times(open, &*node, offset, data, true)?;
        }
        Ok(data.len())
    }

    /// Writes, and puts back the write time where it is not to change: it was set through this open, or it was set
    /// after what is written back now had been written.
    fn write_keeping_times(open: &Open, node: &dyn Node, offset: u64, data: &[u8], paging: bool) -> Result<()> {
        let write_time = if open.state.lock().keeps_write_time {
            Some(node.metadata()?.write_time)
        } else if paging {
            open.stream().state.lock().set_write_time
        } else {
            open.stream().state.lock().set_write_time = None;
            None
        };
        node.write_at(offset, data)?;
        open.is_modified.store(true, Ordering::Relaxed);
        if write_time.is_some() {
            node.set_metadata(&MetadataChange { write_time, ..MetadataChange::default() })?;
        }
        Ok(())
    }

    /// Brings what was written to the medium.
    ///
    /// # Errors
    /// What the host says.
    pub fn flush(&self, open: &Open) -> Result<()> {
        open.node().flush()
    }
}

/// Reads once locks were checked.
fn read_unlocked(open: &Open, node: &dyn Node, offset: u64, buffer: &mut [u8]) -> Result<usize> {
    let _io = open.stream().io.read();
    let access_time = if open.state.lock().keeps_access_time { Some(node.metadata()?.access_time) } else { None };
    let count = node.read_at(offset, buffer)?;
    if access_time.is_some() {
        node.set_metadata(&MetadataChange { access_time, ..MetadataChange::default() })?;
    }
    if count == 0 { fail(STATUS_END_OF_FILE) } else { Ok(count) }
}

/// The node of an open that has content. What opens a link itself finds none in it.
fn file(open: &Open) -> Result<Arc<dyn Node>> {
    let node = open.node();
    if node.kind() == NodeKind::File { Ok(node) } else { fail(STATUS_INVALID_DEVICE_REQUEST) }
}

/// Offsets and sizes are signed on Windows.
fn check_offset(offset: u64, length: usize) -> Result<()> {
    if i64::try_from(offset).is_err() {
        return fail(STATUS_INVALID_PARAMETER);
    }
    match offset.checked_add(length as u64).map(i64::try_from) {
        Some(Ok(_)) => Ok(()),
        _ => fail(STATUS_DISK_FULL),
    }
}
