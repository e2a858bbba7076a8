//! File names: asked for in an operation or outside of one, taken apart, and, by a name provider, made.
//!
//! A [`FileName`] is a counted reference to what the Filter Manager keeps of a name for all filters. It lies in paged memory,
//! so that its lifetime is that of the witness of APC_LEVEL that it was asked for with.
//!
//! ```
//! use fltmgr::irql::{Irql, PassiveLevel};
//! use fltmgr::name::{Format, Query};
//! use fltmgr::operation::CallbackData;
//! use fltmgr::{op, utf16};
//!
//! /// Whether a file of this type is opened or created.
//! fn is_log(create: &CallbackData<'_, op::Create>, at: Irql<'_, PassiveLevel>) -> bool {
//!     let name = create.name(Format::Normalized, Query::Default, at).and_then(|name| name.parse());
//!     name.is_ok_and(|name| name.extension() == utf16!("log"))
//! }
//! ```

mod carried;
mod destination;
mod parts;
mod provider;

pub use carried::CarriedName;
pub use destination::DestinationFormat;
pub use parts::{ParsedName, Parts, parse};
pub use provider::{
    Caching, Component, Expanded, NameControl, NameProvider, NameQuery, NormalizeFlags, Normalized, ProviderFlags,
    Provides,
};

use crate::file::File;
use crate::instance::Instance;
use crate::irql::{ApcLevel, Irql, NotAbove};
use crate::op::Operation;
use crate::operation::CallbackData;
use crate::pool::Paged;
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
    /// The 8.3 name of the file alone, without a path. There is none before a create, for a stream, and where the volume
    /// makes no such names: STATUS_FLT_INVALID_NAME_REQUEST (K-09).
    Short = sys::FLT_FILE_NAME_SHORT,
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

/// A counted reference to a file's name, which all filters share and nobody may change (K-15). Released on drop (K-14):
/// wraps FltReleaseFileNameInformation.
///
/// The structure is in paged pool (K-13): the lifetime is that of the witness of APC_LEVEL that the name was asked for
/// with, so it cannot be taken to a higher level. [`CarriedName`] takes a name to a post-operation.
///
/// # Invariants
///
/// The pointer is to name information whose references include this one.
pub struct FileName<'a> {
    information: NonNull<sys::FLT_FILE_NAME_INFORMATION>,
    lifetime: PhantomData<(*const &'a (), Paged)>,
}

impl FileName<'_> {
    /// Takes over the reference that a routine stored on success.
    ///
    /// # Safety
    ///
    /// The routine stores a reference if it succeeds, and the calling thread runs at APC_LEVEL or below for the chosen
    /// lifetime.
    unsafe fn returned(routine: impl FnOnce(*mut sys::PFLT_FILE_NAME_INFORMATION) -> sys::NTSTATUS) -> Result<Self> {
        let mut information = ptr::null_mut();
        Error::check(routine(&raw mut information))?;
        let information = NonNull::new(information).ok_or(Error::NOT_FOUND)?;
        // SAFETY: the caller says that the reference was just stored, and vouches for the level.
        Ok(unsafe { Self::from_raw(information) })
    }

    /// # Safety
    ///
    /// The pointer is a reference that passes to the value; and the level as in [`Self::returned`].
    unsafe fn from_raw(information: NonNull<sys::FLT_FILE_NAME_INFORMATION>) -> Self {
        // INVARIANT: the caller passes the reference on.
        Self { information, lifetime: PhantomData }
    }

    /// Asks for the name of the file of an operation.
    ///
    /// # Safety
    ///
    /// The callback data is valid, and the calling thread runs at APC_LEVEL or below for the chosen lifetime.
    pub(crate) unsafe fn query(data: NonNull<sys::FLT_CALLBACK_DATA>, format: Format, query: Query) -> Result<Self> {
        // SAFETY: the caller vouches for the callback data and the level.
        unsafe { Self::query_with(data, format as u32 | query as u32) }
    }

    /// # Safety
    ///
    /// As for [`Self::query`]; the options have one format and one method.
    unsafe fn query_with(data: NonNull<sys::FLT_CALLBACK_DATA>, options: sys::FLT_FILE_NAME_OPTIONS) -> Result<Self> {
        // SAFETY: the caller vouches for the callback data and the level, and the routine stores a reference.
        unsafe { Self::returned(|place| sys::FltGetFileNameInformation(data.as_ptr(), options, place)) }
    }

    /// A string of the structure.
    fn string(&self, of: impl FnOnce(*mut sys::FLT_FILE_NAME_INFORMATION) -> *const sys::UNICODE_STRING) -> &[u16] {
        // The structure is shared, and whoever parses it writes other members of it meanwhile: a reference to the whole would
        // be one too many.
        // SAFETY: by the invariant the structure is live; what of it is read here nobody writes.
        unsafe { units(&of(self.information.as_ptr()).read()) }
    }

    /// The whole name.
    pub fn units(&self) -> &[u16] {
        // SAFETY: the structure is live.
        self.string(|information| unsafe { &raw const (*information).Name })
    }

    /// The volume part of the name, which is the beginning of it: `\Device\HarddiskVolume2`. A short name has none.
    pub fn volume(&self) -> &[u16] {
        // SAFETY: the structure is live.
        self.string(|information| unsafe { &raw const (*information).Volume })
    }

    /// The form of the name.
    pub fn format(&self) -> Format {
        // SAFETY: by the invariant the structure is live; nobody writes this member.
        match unsafe { (&raw const (*self.information.as_ptr()).Format).read() } & sys::FLT_VALID_FILE_NAME_FORMATS {
            sys::FLT_FILE_NAME_NORMALIZED => Format::Normalized,
            sys::FLT_FILE_NAME_SHORT => Format::Short,
            _ => Format::Opened,
        }
    }
}

impl Clone for FileName<'_> {
    /// One more reference. Wraps FltReferenceFileNameInformation, up to APC_LEVEL (K-14).
    fn clone(&self) -> Self {
        // SAFETY: by the invariant the structure is live, and the level is that of the lifetime.
        unsafe { sys::FltReferenceFileNameInformation(self.information.as_ptr()) };
        // INVARIANT: the reference was just taken.
        Self { information: self.information, lifetime: PhantomData }
    }
}

impl Drop for FileName<'_> {
    fn drop(&mut self) {
        // SAFETY: by the invariant this reference is owned, and it is released here once.
        unsafe { sys::FltReleaseFileNameInformation(self.information.as_ptr()) };
    }
}

impl File {
    /// The name of the file, outside of an operation on it. Wraps FltGetFileNameInformationUnsafe, up to APC_LEVEL (K-20).
    ///
    /// In an operation on the file it is the operation that is asked, [`CallbackData::name`], which knows where the file system
    /// cannot be. This does not: but from the cache alone, a name is asked for only where the thread has come through no file
    /// system and holds no lock, or it may wait for itself.
    ///
    /// # Errors
    ///
    /// STATUS_FILE_CLOSED if the file is not open any more, STATUS_FLT_NAME_CACHE_MISS (K-03),
    /// STATUS_INSUFFICIENT_RESOURCES, and whatever else the file system or a provider of names returns.
    pub fn name<'b, L: NotAbove<ApcLevel>>(
        &self,
        format: Format,
        query: Query,
        _: Irql<'b, L>,
    ) -> Result<FileName<'b>> {
        let ((instance, object), options) = (self.for_io()?, format as u32 | query as u32);
        // SAFETY: both are live while the file is borrowed, the level holds for `'b`, and the routine stores a reference.
        unsafe { FileName::returned(|place| sys::FltGetFileNameInformationUnsafe(object, instance, options, place)) }
    }

    /// Has the names that are known of the file forgotten. Wraps FltPurgeFileNameInformationCache, up to APC_LEVEL (K-32).
    ///
    /// # Errors
    ///
    /// STATUS_FILE_CLOSED if the file is not open any more.
    pub fn purge_names<L: NotAbove<ApcLevel>>(&self, _: Irql<'_, L>) -> Result<()> {
        let (instance, object) = self.for_io()?;
        // SAFETY: both are live while the file is borrowed.
        Error::check(unsafe { sys::FltPurgeFileNameInformationCache(instance, object) }).map(drop)
    }
}

impl Instance<'_> {
    /// Has the names that are known of the volume's files forgotten. Who has one keeps it. Wraps
    /// FltPurgeFileNameInformationCache, up to APC_LEVEL: for a provider of names that goes, or whose names change (K-32).
    ///
    /// # Errors
    ///
    /// Whatever the routine returns.
    pub fn purge_names<L: NotAbove<ApcLevel>>(&self, _: Irql<'_, L>) -> Result<()> {
        let instance = self.pointer.as_ptr();
        // SAFETY: the instance is live.
        Error::check(unsafe { sys::FltPurgeFileNameInformationCache(instance, ptr::null_mut()) }).map(drop)
    }
}

impl<O: Operation> CallbackData<'_, O> {
    /// As [`CallbackData::name`], with the flags that only a provider of names has a use for. Wraps
    /// FltGetFileNameInformation, up to APC_LEVEL.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn name_for_provider<'b, P: NameProvider, L: NotAbove<ApcLevel>>(
        &self,
        _: &P,
        format: Format,
        query: Query,
        flags: ProviderFlags,
        _: Irql<'b, L>,
    ) -> Result<FileName<'b>> {
        let data = NonNull::from(self.data());
        // SAFETY: the callback data is valid; the level holds for `'b`.
        unsafe { FileName::query_with(data, format as u32 | query as u32 | flags.raw()) }
    }
}
