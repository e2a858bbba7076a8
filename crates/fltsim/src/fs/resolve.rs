//! From a path to what it names.

use std::sync::Arc;

use fltmgr_sys::{STATUS_OBJECT_NAME_NOT_FOUND, STATUS_OBJECT_PATH_NOT_FOUND};

use super::store::{Node, NodeKind};
use super::{FileSystem, Result, fail, name};
use crate::status::NtStatus;

/// What a path leads to.
pub(super) enum Location {
    /// A node, and the path as it is spelled on the volume.
    Found { path: Vec<u16>, node: Arc<dyn Node> },
    /// Nothing, in a directory that is there: the path as it would be spelled.
    Missing { path: Vec<u16> },
}

impl FileSystem {
    /// Finds what a checked path names: exactly so if there is such a name, otherwise with case folded unless case
    /// matters.
    ///
    /// # Errors
    /// `STATUS_OBJECT_PATH_NOT_FOUND` where a directory on the way is missing or none.
    pub(super) fn locate(&self, path: &[u16], case_sensitive: bool) -> Result<Location> {
        match self.store.open(path) {
            Ok(node) => {
                return Ok(Location::Found { path: path.to_vec(), node });
            }
            Err(NtStatus(STATUS_OBJECT_NAME_NOT_FOUND | STATUS_OBJECT_PATH_NOT_FOUND)) => {}
            Err(error) => return Err(error),
        }
        let Some((parent, last)) = name::split_last(path) else {
            return fail(STATUS_OBJECT_PATH_NOT_FOUND);
        };
        let Location::Found { path: parent_path, node: parent } = self.locate(parent, case_sensitive)? else {
            return fail(STATUS_OBJECT_PATH_NOT_FOUND);
        };
        match parent.kind() {
            NodeKind::Directory => {}
            NodeKind::File => return fail(STATUS_OBJECT_PATH_NOT_FOUND),
            _ => return fail(fltmgr_sys::STATUS_IO_REPARSE_TAG_NOT_HANDLED),
        }
        if case_sensitive {
            return Ok(Location::Missing { path: path.to_vec() });
        }
        let exact = name::joined(&parent_path, last);
        if exact != path
            && let Ok(node) = self.store.open(&exact)
        {
            return Ok(Location::Found { path: exact, node });
        }
        let Some(spelled) = parent.find_folded(last)? else {
            return Ok(Location::Missing { path: exact });
        };
        let path = name::joined(&parent_path, &spelled);
        match self.store.open(&path) {
            Ok(node) => Ok(Location::Found { path, node }),
            // Another program has just taken it away.
            Err(NtStatus(STATUS_OBJECT_NAME_NOT_FOUND)) => Ok(Location::Missing { path }),
            Err(error) => Err(error),
        }
    }

    /// A path with every component that exists spelled as it is on the volume. What does not exist stays as it is.
    ///
    /// # Errors
    /// `STATUS_OBJECT_NAME_INVALID` for what is no path, or what the host says.
    pub fn normalize(&self, path: &[u16], case_sensitive: bool) -> Result<Vec<u16>> {
        let path = name::check(path)?.path;
        let mut existing = &path[..];
        loop {
            match self.locate(existing, case_sensitive) {
                Ok(Location::Found { path: mut normalized, .. } | Location::Missing { path: mut normalized }) => {
                    normalized.extend_from_slice(&path[existing.len()..]);
                    return Ok(normalized);
                }
                Err(NtStatus(STATUS_OBJECT_PATH_NOT_FOUND)) => match name::split_last(existing) {
                    Some((parent, _)) => existing = parent,
                    None => return Ok(path),
                },
                Err(error) => return Err(error),
            }
        }
    }
}
