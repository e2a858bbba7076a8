//! Marking for deletion, and what cleanup does: the end of share modes and locks, and of the name of a deleted file.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use fltmgr_sys::{
    FILE_ATTRIBUTE_ARCHIVE, FILE_ATTRIBUTE_READONLY, FILE_DISPOSITION_DELETE,
    FILE_DISPOSITION_IGNORE_READONLY_ATTRIBUTE, FILE_DISPOSITION_ON_CLOSE, FILE_DISPOSITION_POSIX_SEMANTICS,
    STATUS_CANNOT_DELETE, STATUS_DIRECTORY_NOT_EMPTY, STATUS_OBJECT_NAME_NOT_FOUND, STATUS_OBJECT_PATH_NOT_FOUND,
};

use super::control_block::{Link, Open};
use super::store::{MetadataChange, NodeKind};
use super::{FileSystem, Result, fail, name};
use crate::status::NtStatus;

impl FileSystem {
    /// Marks what is open for deletion or takes the mark back: `FILE_DISPOSITION_*` flags.
    pub(super) fn set_disposition(&self, open: &Open, flags: u32) -> Result<()> {
        let delete = flags & FILE_DISPOSITION_DELETE != 0;
        // What makes entries must not do so in a directory that has just been found empty.
        let _namespace = self.namespace.write();
        if delete {
            check_deletable(open, flags & FILE_DISPOSITION_IGNORE_READONLY_ATTRIBUTE != 0)?;
        }
        let mut state = open.state.lock();
        if flags & FILE_DISPOSITION_ON_CLOSE != 0 {
            state.delete_on_close = delete;
            return Ok(());
        }
        state.posix_delete = delete && flags & FILE_DISPOSITION_POSIX_SEMANTICS != 0;
        open.link.state.lock().delete_pending = delete;
        Ok(())
    }

    /// What the last handle's close of a file object does (`IRP_MJ_CLEANUP`): locks and share modes end, and a file
    /// that is marked for deletion loses its name with its last handle, or with this one if it was marked through this
    /// one with POSIX semantics. Reads and writes of the cache may follow. Calling it again does nothing.
    pub fn cleanup(&self, open: &Open) {
        if open.is_cleaned_up.swap(true, Ordering::AcqRel) {
            return;
        }
        open.stream().locks.clean_up(open.number());
        if open.is_modified.load(Ordering::Relaxed) {
            set_archive(open);
        }
        let (delete_on_close, posix) = {
            let state = open.state.lock();
            (state.delete_on_close, state.posix_delete)
        };
        {
            let mut link = open.link.state.lock();
            if !delete_on_close && (!link.delete_pending || link.removed) {
                link.handles -= 1;
                drop(link);
                Self::unshare(open);
                return;
            }
        }
        let _namespace = self.namespace.write();
        let deletable = delete_on_close && check_deletable(open, false).is_ok();
        let gone = {
            let mut link = open.link.state.lock();
            link.delete_pending |= deletable;
            link.handles -= 1;
            link.delete_pending && !link.removed && (link.handles == 0 || posix)
        };
        if gone {
            self.remove_name(&open.link);
        }
        Self::unshare(open);
    }

    /// Undoes what an open counts for, where a create fails after all.
    pub(super) fn release(open: &Open) {
        open.is_cleaned_up.store(true, Ordering::Release);
        open.link.state.lock().handles -= 1;
        Self::unshare(open);
    }

    fn unshare(open: &Open) {
        let mut state = open.stream().state.lock();
        state.share.remove(open.granted_access, open.share_access);
        state.handles -= 1;
    }

    /// Takes a link's name away, if it still leads to the link's file. The namespace is locked for writing.
    fn remove_name(&self, link: &Arc<Link>) {
        let path = link.path();
        let removed = match self.store.open(&path) {
            Ok(node) if node.id() == link.stream.node().id() => self.store.remove(&path, link.stream.is_directory),
            // Another program was faster, or has put something else there, which is not ours to delete.
            Ok(_) | Err(NtStatus(STATUS_OBJECT_NAME_NOT_FOUND | STATUS_OBJECT_PATH_NOT_FOUND)) => Ok(()),
            Err(error) => Err(error),
        };
        match removed {
            Ok(()) => {
                self.tables.remove_link(link);
                self.name_is_gone(&path);
            }
            Err(error) => {
                tracing::warn!(
                    name = String::from_utf16_lossy(&path), status = %error,
                    "a file marked for deletion could not be deleted and stays"
                );
                link.state.lock().delete_pending = false;
            }
        }
    }
}

/// Whether a file may be marked for deletion.
fn check_deletable(open: &Open, ignore_read_only: bool) -> Result<()> {
    if name::is_root(&open.name()) {
        return fail(STATUS_CANNOT_DELETE);
    }
    let node = open.node();
    if !ignore_read_only && node.metadata()?.attributes & FILE_ATTRIBUTE_READONLY != 0 {
        return fail(STATUS_CANNOT_DELETE);
    }
    if node.kind() == NodeKind::Directory && !node.is_empty()? {
        return fail(STATUS_DIRECTORY_NOT_EMPTY);
    }
    Ok(())
}

/// A file that was written to is to be archived.
fn set_archive(open: &Open) {
    let node = open.node();
    if let Ok(metadata) = node.metadata()
        && metadata.attributes & FILE_ATTRIBUTE_ARCHIVE == 0
    {
        let attributes = Some(metadata.attributes | FILE_ATTRIBUTE_ARCHIVE);
        // The attribute is a help for backups; a cleanup cannot fail for it.
        let _ = node.set_metadata(&MetadataChange { attributes, ..MetadataChange::default() });
    }
}
