//! Volumes, and the devices that they are.
//!
//! ```
//! use fltmgr::irql::{Irql, PassiveLevel};
//! use fltmgr::pool::Tag;
//! use fltmgr::volume::{FileSystemType, Volume};
//! use fltmgr::{Result, utf16};
//!
//! /// Whether a volume is one to look after: with NTFS or ReFS on it, and not a snapshot.
//! fn is_wanted(volume: Volume<'_>, at: Irql<'_, PassiveLevel>) -> Result<bool> {
//!     let type_ = volume.file_system(at)?;
//!     Ok(matches!(type_, FileSystemType::Ntfs | FileSystemType::Refs) && !volume.is_snapshot(at)?)
//! }
//! ```

mod device;
mod information;
mod properties;
mod reference;
mod types;

pub use device::DeviceRef;
pub use information::VolumeInformation;
pub use properties::VolumeProperties;
pub use reference::VolumeRef;
pub(crate) use reference::list;
pub use types::{DeviceType, FileSystemType};

use crate::instance::InstanceRef;
use crate::irql::{ApcLevel, Irql, NotAbove, PassiveLevel};
use crate::pool::{NonPaged, Paged, PoolVec, Tag};
use crate::reference::Reference;
use crate::status::{Error, Result};
use crate::string::unicode_string;
use core::marker::PhantomData;
use core::ptr::{self, NonNull};
use fltmgr_sys as sys;

/// A volume, as the filter sees it, for as long as a callback or a reference lasts.
///
/// # Invariants
///
/// The volume lives for `'a`; the filter is this driver's, which is registered wherever there is a witness of a level.
#[derive(Clone, Copy)]
pub struct Volume<'a> {
    pub(crate) filter: NonNull<sys::FLT_FILTER>,
    pub(crate) pointer: NonNull<sys::FLT_VOLUME>,
    lifetime: PhantomData<&'a ()>,
}

impl Volume<'_> {
    /// # Safety
    ///
    /// The volume lives for the chosen lifetime; the filter is this driver's.
    pub(crate) const unsafe fn new(filter: NonNull<sys::FLT_FILTER>, pointer: NonNull<sys::FLT_VOLUME>) -> Self {
        // INVARIANT: the caller vouches for both.
        Self { filter, pointer, lifetime: PhantomData }
    }

    fn as_raw(&self) -> sys::PFLT_VOLUME {
        self.pointer.as_ptr()
    }

    /// The address of the volume, which tells volumes apart while both exist.
    pub fn address(&self) -> usize {
        self.as_raw().addr()
    }

    /// A counted reference to it. Wraps FltObjectReference, up to DISPATCH_LEVEL.
    ///
    /// # Errors
    ///
    /// STATUS_FLT_DELETING_OBJECT if the volume is going away (A-58).
    pub fn reference(&self) -> Result<VolumeRef> {
        // SAFETY: by the invariant the volume is live.
        Ok(VolumeRef::new(self.filter, unsafe { Reference::take(self.pointer) }?))
    }

    /// The volume's device name, as `\Device\HarddiskVolume2`. Wraps FltGetVolumeName, up to APC_LEVEL (K-35).
    ///
    /// # Errors
    ///
    /// STATUS_INSUFFICIENT_RESOURCES.
    pub fn name<L: NotAbove<ApcLevel>>(&self, tag: Tag, _: Irql<'_, L>) -> Result<PoolVec<u16, Paged>> {
        // SAFETY: by the invariant the volume is live, and the level is at most APC_LEVEL.
        sized_name(tag, |name, needed| unsafe { sys::FltGetVolumeName(self.as_raw(), name, needed) })
    }

    /// The name that the volume keeps when its device is another: `\??\Volume{...}`. Wraps FltGetVolumeGuidName (K-36).
    ///
    /// It must not be asked for while a volume is mounted, around IRP_MJ_VOLUME_MOUNT; when an instance is set up it may.
    ///
    /// # Errors
    ///
    /// STATUS_INVALID_DEVICE_REQUEST for a network volume, STATUS_FLT_VOLUME_NOT_FOUND, STATUS_INSUFFICIENT_RESOURCES.
    pub fn guid_name(&self, tag: Tag, _: Irql<'_, PassiveLevel>) -> Result<PoolVec<u16, Paged>> {
        // SAFETY: by the invariant the volume is live, and this is PASSIVE_LEVEL.
        sized_name(tag, |name, needed| unsafe { sys::FltGetVolumeGuidName(self.as_raw(), name, needed) })
    }

    /// The type of the volume's file system. Wraps FltGetFileSystemType, up to APC_LEVEL.
    ///
    /// # Errors
    ///
    /// Whatever the routine returns.
    pub fn file_system<L: NotAbove<ApcLevel>>(&self, _: Irql<'_, L>) -> Result<FileSystemType> {
        let mut type_ = sys::FLT_FSTYPE_UNKNOWN as sys::FLT_FILESYSTEM_TYPE;
        // SAFETY: by the invariant the volume is live, and the routine stores one value.
        Error::check(unsafe { sys::FltGetFileSystemType(self.as_raw().cast(), &raw mut type_) })?;
        Ok(FileSystemType::from_raw(type_))
    }

    /// Whether the volume can be written. Wraps FltIsVolumeWritable.
    ///
    /// # Errors
    ///
    /// STATUS_INSUFFICIENT_RESOURCES, and whatever the disk answers.
    pub fn is_writable(&self, _: Irql<'_, PassiveLevel>) -> Result<bool> {
        let mut answer = 0;
        // SAFETY: by the invariant the volume is live, and this is PASSIVE_LEVEL.
        Error::check(unsafe { sys::FltIsVolumeWritable(self.as_raw().cast(), &raw mut answer) })?;
        Ok(answer != 0)
    }

    /// Whether the volume is a snapshot of another. Wraps FltIsVolumeSnapshot.
    ///
    /// # Errors
    ///
    /// STATUS_FLT_NO_DEVICE_OBJECT where there is no disk, STATUS_INSUFFICIENT_RESOURCES, and whatever the disk
    /// answers.
    pub fn is_snapshot(&self, _: Irql<'_, PassiveLevel>) -> Result<bool> {
        let mut answer = 0;
        // SAFETY: by the invariant the volume is live, and this is PASSIVE_LEVEL.
        Error::check(unsafe { sys::FltIsVolumeSnapshot(self.as_raw().cast(), &raw mut answer) })?;
        Ok(answer != 0)
    }

    /// What the volume's device is and is called. Wraps FltGetVolumeProperties, up to APC_LEVEL, which is safe also while a
    /// volume is mounted (K-36).
    ///
    /// # Errors
    ///
    /// STATUS_INSUFFICIENT_RESOURCES.
    pub fn properties<L: NotAbove<ApcLevel>>(&self, tag: Tag, _: Irql<'_, L>) -> Result<VolumeProperties> {
        // SAFETY: by the invariant the volume is live, and the level is at most APC_LEVEL.
        unsafe { properties::of(self.pointer, tag) }
    }

    /// What the Filter Manager knows about it. Wraps FltGetVolumeInformation with FilterVolumeStandardInformation, up to
    /// APC_LEVEL.
    ///
    /// # Errors
    ///
    /// STATUS_INSUFFICIENT_RESOURCES.
    pub fn information<L: NotAbove<ApcLevel>>(&self, tag: Tag, _: Irql<'_, L>) -> Result<VolumeInformation> {
        // SAFETY: by the invariant the volume is live, and the level is at most APC_LEVEL.
        unsafe { information::of(self.pointer, tag) }
    }

    /// The volume's device object. Wraps FltGetDeviceObject, up to DISPATCH_LEVEL (A-59).
    ///
    /// # Errors
    ///
    /// STATUS_FLT_NO_DEVICE_OBJECT.
    pub fn device(&self) -> Result<DeviceRef> {
        // SAFETY: by the invariant the volume is live, and the routine stores a reference.
        unsafe { DeviceRef::returned(|place| sys::FltGetDeviceObject(self.as_raw(), place)) }
    }

    /// The device object of the disk that the volume is on. Wraps FltGetDiskDeviceObject, up to DISPATCH_LEVEL.
    ///
    /// # Errors
    ///
    /// STATUS_FLT_NO_DEVICE_OBJECT where there is no disk, as for a network volume.
    pub fn disk(&self) -> Result<DeviceRef> {
        // SAFETY: by the invariant the volume is live, and the routine stores a reference.
        unsafe { DeviceRef::returned(|place| sys::FltGetDiskDeviceObject(self.as_raw(), place)) }
    }

    /// The highest instance on the volume, of whatever filter. Wraps FltGetTopInstance, up to APC_LEVEL.
    ///
    /// # Errors
    ///
    /// STATUS_FLT_DELETING_OBJECT.
    pub fn top<L: NotAbove<ApcLevel>>(&self, _: Irql<'_, L>) -> Result<Option<InstanceRef>> {
        // SAFETY: by the invariant the volume is live, and the routine stores a reference to what it returns.
        unsafe { InstanceRef::next(self.filter, |place| sys::FltGetTopInstance(self.as_raw(), place)) }
    }

    /// The lowest instance on the volume, of whatever filter. Wraps FltGetBottomInstance, up to APC_LEVEL.
    ///
    /// # Errors
    ///
    /// STATUS_FLT_DELETING_OBJECT.
    pub fn bottom<L: NotAbove<ApcLevel>>(&self, _: Irql<'_, L>) -> Result<Option<InstanceRef>> {
        // SAFETY: as in `top`.
        unsafe { InstanceRef::next(self.filter, |place| sys::FltGetBottomInstance(self.as_raw(), place)) }
    }

    /// The instances on the volume, of all filters. Wraps FltEnumerateInstances, up to APC_LEVEL.
    ///
    /// # Errors
    ///
    /// STATUS_INSUFFICIENT_RESOURCES, STATUS_FLT_DELETING_OBJECT.
    pub fn instances<L: NotAbove<ApcLevel>>(&self, tag: Tag, _: Irql<'_, L>) -> Result<PoolVec<InstanceRef, NonPaged>> {
        // SAFETY: by the invariant the volume is live; the routine stores references.
        let routine = |list, room, count| unsafe {
            sys::FltEnumerateInstances(self.as_raw(), ptr::null_mut(), list, room, count)
        };
        // SAFETY: each pointer comes with a reference.
        unsafe { list(tag, routine, |instance| InstanceRef::from_raw(self.filter, instance)) }
    }

    /// The instance of this name on the volume, of whatever filter. Wraps FltGetVolumeInstanceFromName, up to APC_LEVEL.
    ///
    /// # Errors
    ///
    /// STATUS_FLT_INSTANCE_NOT_FOUND, STATUS_FLT_DELETING_OBJECT.
    pub fn instance_named<L: NotAbove<ApcLevel>>(&self, name: &[u16], _: Irql<'_, L>) -> Result<InstanceRef> {
        let name = unicode_string(name)?;
        // SAFETY: by the invariant the volume is live, the name is borrowed, and the routine stores a reference.
        unsafe {
            InstanceRef::returned(self.filter, |place| {
                sys::FltGetVolumeInstanceFromName(ptr::null_mut(), self.as_raw(), &raw const name, place)
            })
        }
    }
}

/// A name that a routine says the length of when it is asked with no room.
fn sized_name(
    tag: Tag,
    mut routine: impl FnMut(*mut sys::UNICODE_STRING, *mut u32) -> sys::NTSTATUS,
) -> Result<PoolVec<u16, Paged>> {
    let mut needed = 0;
    match Error::check(routine(ptr::null_mut(), &raw mut needed)) {
        Ok(_) | Err(Error::BUFFER_TOO_SMALL) => {}
        Err(error) => return Err(error),
    }
    // A UNICODE_STRING counts no more than this.
    let bytes = u16::try_from(needed).map_err(|_| Error::NAME_TOO_LONG)?;
    let mut units = PoolVec::<u16, Paged>::try_filled(0, usize::from(bytes.div_ceil(2)), tag)?;
    let mut name = sys::UNICODE_STRING { Length: 0, MaximumLength: bytes, Buffer: units.as_mut_ptr() };
    Error::check(routine(&raw mut name, ptr::null_mut()))?;
    units.truncate(usize::from(name.Length / 2));
    Ok(units)
}
