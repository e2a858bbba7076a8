//! What Windows keeps of a file and Unix does not, in extended attributes of the host's file.

use std::os::fd::{AsRawFd, BorrowedFd};

use fltmgr_sys::{FILE_ATTRIBUTE_ARCHIVE, STATUS_EAS_NOT_SUPPORTED, STATUS_NOT_SUPPORTED};
use rustix::fs::{XattrFlags, lgetxattr, llistxattr, lremovexattr, lsetxattr};
use rustix::io::Errno;

use super::{NodeKind, Result, ea_size, fail, status};

const BASIC: &[u8] = b"user.fltsim.basic";
const REPARSE: &[u8] = b"user.fltsim.reparse";
const SECURITY: &[u8] = b"user.fltsim.security";
/// What the names of all others start with.
const PREFIX: &[u8] = b"user.";

/// The settable attributes and a creation time that was set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Basic {
    pub(super) attributes: u32,
    pub(super) creation_time: Option<i64>,
}

impl Basic {
    /// What a file has that nobody has set anything on.
    fn default_of(kind: NodeKind) -> Self {
        Self { attributes: if kind == NodeKind::File { FILE_ATTRIBUTE_ARCHIVE } else { 0 }, creation_time: None }
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let (attributes, rest) = bytes.split_first_chunk()?;
        let creation_time = i64::from_le_bytes(*rest.first_chunk()?);
        Some(Self {
            attributes: u32::from_le_bytes(*attributes),
            creation_time: (creation_time != 0).then_some(creation_time),
        })
    }

    fn encode(self) -> Vec<u8> {
        [&self.attributes.to_le_bytes()[..], &self.creation_time.unwrap_or(0).to_le_bytes()].concat()
    }
}

/// All that metadata tells of them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Summary {
    pub(super) basic: Basic,
    pub(super) reparse_tag: u32,
    pub(super) ea_size: u32,
}

/// A path that leads to the very file that is open, whatever its names.
pub(super) fn path_of(fd: BorrowedFd<'_>) -> Vec<u8> {
    format!("/proc/self/fd/{}", fd.as_raw_fd()).into_bytes()
}

/// The extended attributes of one file of the host.
#[derive(Debug)]
pub(super) struct HostAttributes {
    path: Vec<u8>,
    /// Whether `path` is the link to an open file, which is to be followed (once).
    is_open: bool,
}

impl HostAttributes {
    pub(super) fn of(fd: BorrowedFd<'_>) -> Self {
        Self { path: path_of(fd), is_open: true }
    }

    /// Those of an entry of an open directory.
    pub(super) fn of_entry(directory: BorrowedFd<'_>, name: &[u8]) -> Self {
        let mut path = path_of(directory);
        path.push(b'/');
        path.extend_from_slice(name);
        Self { path, is_open: false }
    }

    fn list(&self, buffer: &mut [u8]) -> rustix::io::Result<usize> {
        if self.is_open { rustix::fs::listxattr(&self.path[..], buffer) } else { llistxattr(&self.path[..], buffer) }
    }

    fn get(&self, name: &[u8], buffer: &mut [u8]) -> rustix::io::Result<usize> {
        if self.is_open {
            rustix::fs::getxattr(&self.path[..], name, buffer)
        } else {
            lgetxattr(&self.path[..], name, buffer)
        }
    }

    fn set(&self, name: &[u8], value: &[u8]) -> rustix::io::Result<()> {
        if self.is_open {
            rustix::fs::setxattr(&self.path[..], name, value, XattrFlags::empty())
        } else {
            lsetxattr(&self.path[..], name, value, XattrFlags::empty())
        }
    }

    fn remove(&self, name: &[u8]) -> rustix::io::Result<()> {
        let removed = if self.is_open {
            rustix::fs::removexattr(&self.path[..], name)
        } else {
            lremovexattr(&self.path[..], name)
        };
        match removed {
            Err(Errno::NODATA | Errno::OPNOTSUPP) => Ok(()),
            other => other,
        }
    }

    /// The names that belong to `user.`, or none where the host keeps none.
    fn names(&self) -> Result<Vec<Vec<u8>>> {
        let mut small = [0; 512];
        let listed = match self.list(&mut small) {
            Ok(length) => small[..length].to_vec(),
            Err(Errno::RANGE) => {
                let mut large = vec![0; 65536];
                let length = self.list(&mut large).map_err(status)?;
                large.truncate(length);
                large
            }
            Err(Errno::OPNOTSUPP | Errno::PERM | Errno::ACCESS | Errno::NODATA) => {
                return Ok(Vec::new());
            }
            Err(error) => return Err(status(error)),
        };
        let names = listed.split(|byte| *byte == 0).filter(|name| name.starts_with(PREFIX));
        Ok(names.map(<[u8]>::to_vec).collect())
    }

    fn value(&self, name: &[u8]) -> Result<Option<Vec<u8>>> {
        let mut value = vec![0; 65536];
        match self.get(name, &mut value) {
            Ok(length) => {
                value.truncate(length);
                Ok(Some(value))
            }
            Err(Errno::NODATA | Errno::OPNOTSUPP | Errno::ACCESS | Errno::PERM) => Ok(None),
            Err(error) => Err(status(error)),
        }
    }

    fn basic(&self, kind: NodeKind) -> Result<Basic> {
        let kept = self.value(BASIC)?.and_then(|bytes| Basic::decode(&bytes));
        Ok(kept.unwrap_or_else(|| Basic::default_of(kind)))
    }

    /// All that metadata tells, at the cost of one call for a file that has nothing set.
    pub(super) fn summary(&self, kind: NodeKind) -> Result<Summary> {
        let mut summary = Summary { basic: Basic::default_of(kind), reparse_tag: 0, ea_size: 0 };
        let mut others = Vec::new();
        for name in self.names()? {
            if name == BASIC {
                summary.basic = self.basic(kind)?;
            } else if name == REPARSE {
                let data = self.value(REPARSE)?.unwrap_or_default();
                summary.reparse_tag = data.first_chunk().map_or(0, |tag| u32::from_le_bytes(*tag));
            } else if name != SECURITY {
                let length = self.value(&name)?.map_or(0, |value| value.len());
                others.push((name.len() - PREFIX.len(), length));
            }
        }
        summary.ea_size = ea_size(others.into_iter());
        Ok(summary)
    }

    pub(super) fn set_basic(&self, kind: NodeKind, attributes: Option<u32>, creation_time: Option<i64>) -> Result<()> {
        let old = self.basic(kind)?;
        let new = Basic {
            attributes: attributes.unwrap_or(old.attributes),
            creation_time: creation_time.or(old.creation_time),
        };
        if new == old {
            return Ok(());
        }
        let done = if new == Basic::default_of(kind) { self.remove(BASIC) } else { self.set(BASIC, &new.encode()) };
        match done {
            // A symbolic link or a device takes no such attributes, and neither do some file systems.
            Err(Errno::PERM | Errno::OPNOTSUPP) => fail(STATUS_NOT_SUPPORTED),
            other => other.map_err(status),
        }
    }

    pub(super) fn reparse(&self) -> Result<Option<Vec<u8>>> {
        self.value(REPARSE)
    }

    pub(super) fn set_reparse(&self, data: Option<&[u8]>) -> Result<()> {
        let done = match data {
            Some(data) => self.set(REPARSE, data),
            None => self.remove(REPARSE),
        };
        match done {
            Err(Errno::PERM | Errno::OPNOTSUPP) => fail(STATUS_NOT_SUPPORTED),
            other => other.map_err(status),
        }
    }

    pub(super) fn security(&self) -> Result<Option<Vec<u8>>> {
        self.value(SECURITY)
    }

    pub(super) fn set_security(&self, descriptor: &[u8]) -> Result<()> {
        match self.set(SECURITY, descriptor) {
            Err(Errno::PERM | Errno::OPNOTSUPP) => fail(STATUS_NOT_SUPPORTED),
            other => other.map_err(status),
        }
    }

    pub(super) fn extended(&self) -> Result<Vec<(Vec<u8>, Vec<u8>)>> {
        let mut all = Vec::new();
        for name in self.names()?.into_iter().filter(|name| name != BASIC && name != REPARSE && name != SECURITY) {
            if let Some(value) = self.value(&name)? {
                all.push((name[PREFIX.len()..].to_vec(), value));
            }
        }
        Ok(all)
    }

    pub(super) fn set_extended(&self, name: &[u8], value: Option<&[u8]>) -> Result<()> {
        let name = [PREFIX, name].concat();
        let done = match value {
            Some(value) => self.set(&name, value),
            None => self.remove(&name),
        };
        match done {
            Err(Errno::PERM | Errno::OPNOTSUPP) => fail(STATUS_EAS_NOT_SUPPORTED),
            other => other.map_err(status),
        }
    }
}
