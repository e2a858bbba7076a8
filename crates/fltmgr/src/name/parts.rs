//! The parts of a name.

use super::FileName;
use crate::irql::{ApcLevel, Irql, NotAbove};
use crate::status::{Error, Result};
use crate::string::{unicode_string, units};
use core::ops::Deref;
use core::ptr;
use fltmgr_sys as sys;

/// A name that was parsed, so that its parts are known (K-16). A part that the name does not have is empty.
///
/// # Invariants
///
/// FltParseFileNameInformation has found the parts.
pub struct ParsedName<'a>(FileName<'a>);

impl<'a> FileName<'a> {
    /// Takes the name apart. Wraps FltParseFileNameInformation, up to APC_LEVEL (K-18).
    ///
    /// # Errors
    ///
    /// STATUS_INVALID_PARAMETER if the name has no parts to be taken into.
    pub fn parse(self) -> Result<ParsedName<'a>> {
        // SAFETY: by the invariant the structure is live, and the level is that of the lifetime.
        Error::check(unsafe { sys::FltParseFileNameInformation(self.information.as_ptr()) })?;
        // INVARIANT: the parts were just found. Others that parse the same name store the same.
        Ok(ParsedName(self))
    }
}

impl<'a> ParsedName<'a> {
    /// The share of a remote file, as `\server\share`; empty for others.
    pub fn share(&self) -> &[u16] {
        // SAFETY: the structure is live.
        self.0.string(|information| unsafe { &raw const (*information).Share })
    }

    /// The directory, from behind volume and share, with a separator at both ends. A short name has none.
    pub fn parent_dir(&self) -> &[u16] {
        // SAFETY: the structure is live.
        self.0.string(|information| unsafe { &raw const (*information).ParentDir })
    }

    /// What is behind the last separator, with the stream.
    pub fn final_component(&self) -> &[u16] {
        // SAFETY: the structure is live.
        self.0.string(|information| unsafe { &raw const (*information).FinalComponent })
    }

    /// What is behind the last dot of the final component, without the stream.
    pub fn extension(&self) -> &[u16] {
        // SAFETY: the structure is live.
        self.0.string(|information| unsafe { &raw const (*information).Extension })
    }

    /// The stream, from its colon on. A short name has none.
    pub fn stream(&self) -> &[u16] {
        // SAFETY: the structure is live.
        self.0.string(|information| unsafe { &raw const (*information).Stream })
    }

    /// The name, whose parts are known still, but not by type.
    pub fn into_name(self) -> FileName<'a> {
        self.0
    }
}

impl Clone for ParsedName<'_> {
    /// One more reference. Wraps FltReferenceFileNameInformation, up to APC_LEVEL (K-14).
    fn clone(&self) -> Self {
        // INVARIANT: it is the same structure.
        Self(self.0.clone())
    }
}

impl<'a> Deref for ParsedName<'a> {
    type Target = FileName<'a>;
    fn deref(&self) -> &FileName<'a> {
        &self.0
    }
}

/// The parts of a name that is a bare string.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Parts<'a> {
    /// What is behind the last separator, with the stream.
    pub final_component: &'a [u16],
    /// What is behind the last dot of the final component, without the stream.
    pub extension: &'a [u16],
    /// The stream, from its colon on.
    pub stream: &'a [u16],
}

/// Takes any name apart, whatever its form. Wraps FltParseFileName, up to APC_LEVEL (K-19).
///
/// # Errors
///
/// STATUS_NAME_TOO_LONG.
pub fn parse<'a, L: NotAbove<ApcLevel>>(name: &'a [u16], _: Irql<'_, L>) -> Result<Parts<'a>> {
    const NONE: sys::UNICODE_STRING = sys::UNICODE_STRING { Length: 0, MaximumLength: 0, Buffer: ptr::null_mut() };
    let name = unicode_string(name)?;
    let (mut extension, mut stream, mut last) = (NONE, NONE, NONE);
    // SAFETY: the string is borrowed, and the parts are strings that the routine points into it.
    Error::check(unsafe {
        sys::FltParseFileName(&raw const name, &raw mut extension, &raw mut stream, &raw mut last)
    })?;
    // SAFETY: the parts lie in the borrowed name.
    unsafe { Ok(Parts { final_component: units(&last), extension: units(&extension), stream: units(&stream) }) }
}
