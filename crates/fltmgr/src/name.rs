//! File names. Wraps FltGetFileNameInformation and its family.

use crate::status::{Error, Result};
use crate::string::units;
use core::marker::PhantomData;
use core::ptr::{self, NonNull};
use fltmgr_sys as sys;

/// The form of a name; a query asks for exactly one (K-01).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u32)]
pub enum Format {
    /// The full path with long names only, mount points resolved and `:$DATA` removed (K-17).
    Normalized = sys::FLT_FILE_NAME_NORMALIZED,
    /// The path as it was opened.
    Opened = sys::FLT_FILE_NAME_OPENED,
}

/// Where a name is looked for; a query asks for exactly one (K-01).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u32)]
pub enum Query {
    /// Nothing where asking the file system is not safe; else the cache, then the file system (K-02).
    Default = sys::FLT_FILE_NAME_QUERY_DEFAULT,
    /// The cache alone (K-03).
    CacheOnly = sys::FLT_FILE_NAME_QUERY_CACHE_ONLY,
    /// The file system alone, caching nothing (K-03).
    FileSystemOnly = sys::FLT_FILE_NAME_QUERY_FILESYSTEM_ONLY,
    /// The cache, then the file system where that is safe (K-03).
    AlwaysAllowCacheLookup = sys::FLT_FILE_NAME_QUERY_ALWAYS_ALLOW_CACHE_LOOKUP,
}

/// A counted reference to a file's name, which all filters share and nobody may change (K-15). Released on drop (K-14).
///
/// The structure is in paged pool (K-13): the lifetime is that of the witness of APC_LEVEL that the name was asked for
/// with, so it cannot be taken to a higher level.
///
/// # Invariants
///
/// The pointer is to name information whose references include this one.
pub struct FileName<'a> {
    information: NonNull<sys::FLT_FILE_NAME_INFORMATION>,
    lifetime: PhantomData<*const &'a ()>,
}

impl FileName<'_> {
    /// # Safety
    ///
    /// The callback data is valid, and the calling thread runs at APC_LEVEL or below for the chosen lifetime.
    pub(crate) unsafe fn query(data: NonNull<sys::FLT_CALLBACK_DATA>, format: Format, query: Query) -> Result<Self> {
        let mut information = ptr::null_mut();
        // SAFETY: the caller vouches for the callback data and the level.
        Error::check(unsafe {
            sys::FltGetFileNameInformation(data.as_ptr(), format as u32 | query as u32, &raw mut information)
        })?;
        // SAFETY: on success the routine returned a reference.
        unsafe { Self::from_returned(information) }
    }

    /// # Safety
    ///
    /// The pointer, if it is not NULL, is a reference that a routine just returned; and the level as in [`Self::query`].
    pub(crate) unsafe fn from_returned(information: *mut sys::FLT_FILE_NAME_INFORMATION) -> Result<Self> {
        // INVARIANT: the caller passes the reference on.
        let information = NonNull::new(information).ok_or(Error::NOT_FOUND)?;
        Ok(Self { information, lifetime: PhantomData })
    }

    /// The whole name.
    pub fn units(&self) -> &[u16] {
        // SAFETY: by the invariant the information is live, and nobody may write it.
        unsafe { units(&self.information.as_ref().Name) }
    }

    /// The volume part of the name, which is the beginning of it: `\Device\HarddiskVolume2`.
    pub fn volume(&self) -> &[u16] {
        // SAFETY: by the invariant the information is live, and nobody may write it.
        unsafe { units(&self.information.as_ref().Volume) }
    }
}

impl Drop for FileName<'_> {
    fn drop(&mut self) {
        // SAFETY: by the invariant this reference is owned, and it is released here once.
        unsafe { sys::FltReleaseFileNameInformation(self.information.as_ptr()) };
    }
}
