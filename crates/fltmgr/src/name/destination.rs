//! The names that renames and hard links give.

use super::{FileName, NameProvider, ProviderFlags, Query};
use crate::irql::{ApcLevel, Irql, NotAbove, PassiveLevel};
use crate::op;
use crate::operation::Before;
use crate::parameters::TargetName;
use crate::status::{Error, Result};
use fltmgr_sys as sys;

/// The form of the name that a rename or a hard link gives. There is no short one (K-21).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u32)]
pub enum DestinationFormat {
    /// As [`Format::Normalized`](super::Format::Normalized).
    Normalized = sys::FLT_FILE_NAME_NORMALIZED,
    /// As [`Format::Opened`](super::Format::Opened).
    Opened = sys::FLT_FILE_NAME_OPENED,
}

impl Before<'_, op::SetInformation> {
    /// The normalized name that a rename or a hard link gives. Wraps FltGetDestinationFileNameInformation, up to
    /// APC_LEVEL, with the operation's own file object (K-21).
    ///
    /// # Errors
    ///
    /// As for [`Before::destination_name_as`].
    pub fn destination_name<'b, L>(&self, target: &TargetName<'_>, at: Irql<'b, L>) -> Result<FileName<'b>>
    where
        L: NotAbove<ApcLevel>,
    {
        self.destination_name_as(target, DestinationFormat::Normalized, Query::Default, at)
    }

    /// The name that a rename or a hard link gives, in this form. Wraps FltGetDestinationFileNameInformation, up to
    /// APC_LEVEL, with the operation's own file object (K-21).
    ///
    /// # Errors
    ///
    /// STATUS_FLT_INVALID_NAME_REQUEST where the thread has come through a file system, STATUS_FLT_NAME_CACHE_MISS (K-03),
    /// STATUS_MOUNT_POINT_NOT_RESOLVED if the destination is on another volume (K-22), STATUS_INSUFFICIENT_RESOURCES.
    pub fn destination_name_as<'b, L: NotAbove<ApcLevel>>(
        &self,
        target: &TargetName<'_>,
        format: DestinationFormat,
        query: Query,
        _: Irql<'b, L>,
    ) -> Result<FileName<'b>> {
        // SAFETY: the level holds for `'b`.
        unsafe { self.destination(target, format as u32 | query as u32) }
    }

    /// As [`Before::destination_name_as`], with the flags that only a provider of names has a use for. Wraps
    /// FltGetDestinationFileNameInformation.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn destination_name_for_provider<'b, P: NameProvider>(
        &self,
        _: &P,
        target: &TargetName<'_>,
        format: DestinationFormat,
        query: Query,
        flags: ProviderFlags,
        _: Irql<'b, PassiveLevel>,
    ) -> Result<FileName<'b>> {
        // SAFETY: the level holds for `'b`.
        unsafe { self.destination(target, format as u32 | query as u32 | flags.raw()) }
    }

    /// # Safety
    ///
    /// The calling thread runs at APC_LEVEL or below for the chosen lifetime; the options have one format and one method.
    unsafe fn destination<'b>(
        &self,
        target: &TargetName<'_>,
        options: sys::FLT_FILE_NAME_OPTIONS,
    ) -> Result<FileName<'b>> {
        let length = u32::try_from(size_of_val(target.name)).map_err(|_| Error::NAME_TOO_LONG)?;
        // SAFETY: the instance and the file object are the operation's, the name is borrowed, the caller vouches for the
        // level, and the routine stores a reference.
        unsafe {
            FileName::returned(|place| {
                sys::FltGetDestinationFileNameInformation(
                    self.objects().Instance,
                    self.objects().FileObject,
                    target.root,
                    target.name.as_ptr().cast_mut(),
                    length,
                    options,
                    place,
                )
            })
        }
    }
}
