//! Instances: the filter's attachments to volumes.

use crate::irql::{Irql, PassiveLevel};
use crate::status::{Error, Result};
use core::marker::PhantomData;
use core::ptr::{self, NonNull};
use fltmgr_sys as sys;

/// An instance of the filter, and its volume, for as long as a callback lasts.
#[derive(Clone, Copy)]
pub struct Instance<'a> {
    pub(crate) pointer: NonNull<sys::FLT_INSTANCE>,
    volume: Volume<'a>,
    lifetime: PhantomData<&'a ()>,
}

impl<'a> Instance<'a> {
    /// # Safety
    ///
    /// The objects are those of a callback that lasts for the chosen lifetime, and name an instance.
    pub(crate) unsafe fn new(objects: &sys::FLT_RELATED_OBJECTS) -> Self {
        // SAFETY: the caller says that there is an instance, which has a filter and a volume.
        let (pointer, filter, volume) = unsafe {
            (
                NonNull::new_unchecked(objects.Instance),
                NonNull::new_unchecked(objects.Filter),
                NonNull::new_unchecked(objects.Volume),
            )
        };
        Self { pointer, volume: Volume { filter, pointer: volume, lifetime: PhantomData }, lifetime: PhantomData }
    }

    /// The volume that it is on.
    pub fn volume(&self) -> Volume<'a> {
        self.volume
    }

    /// The address of the instance, which tells instances apart while both exist.
    pub fn address(&self) -> usize {
        self.pointer.as_ptr().addr()
    }

    /// Writes the volume's device name, as `\Device\HarddiskVolume2`, and returns the part of the buffer that it takes.
    /// Wraps FltGetVolumeName.
    ///
    /// # Errors
    ///
    /// STATUS_BUFFER_TOO_SMALL (K-35).
    pub fn volume_name<'b>(&self, buffer: &'b mut [u16], _: Irql<'a, PassiveLevel>) -> Result<&'b [u16]> {
        let room = u16::try_from(size_of_val(buffer)).unwrap_or(u16::MAX - 1);
        let mut name = sys::UNICODE_STRING { Length: 0, MaximumLength: room, Buffer: buffer.as_mut_ptr() };
        // SAFETY: the volume of a callback lives as long as the callback, and the string views the borrowed buffer.
        Error::check(unsafe { sys::FltGetVolumeName(self.volume.pointer.as_ptr(), &raw mut name, ptr::null_mut()) })?;
        buffer.get(..usize::from(name.Length / 2)).ok_or(Error::BUFFER_TOO_SMALL)
    }
}

/// A volume that the filter has an instance on, for as long as a callback lasts.
#[derive(Clone, Copy)]
pub struct Volume<'a> {
    pub(crate) filter: NonNull<sys::FLT_FILTER>,
    pub(crate) pointer: NonNull<sys::FLT_VOLUME>,
    lifetime: PhantomData<&'a ()>,
}

/// Why an instance is offered to the filter.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SetupFlags(pub(crate) u32);

impl SetupFlags {
    /// The attachment is automatic, not asked for by somebody.
    pub fn is_automatic(self) -> bool {
        self.0 & sys::FLTFL_INSTANCE_SETUP_AUTOMATIC_ATTACHMENT != 0
    }

    /// The volume was just mounted.
    pub fn is_newly_mounted(self) -> bool {
        self.0 & sys::FLTFL_INSTANCE_SETUP_NEWLY_MOUNTED_VOLUME != 0
    }
}
