//! Opening files below the filter.

use super::information::{self, QueriedByName};
use super::{ExtendedAttributes, File, SecurityDescriptor};
use crate::ecp::EcpList;
use crate::filter::Filter;
use crate::instance::Instance;
use crate::irql::{Irql, PassiveLevel};
use crate::parameters::{Access, CreateOptions, Disposition, FileAttributes, ShareAccess};
use crate::status::{Error, Result};
use crate::string::unicode_string;
use crate::transaction::TransactionParameters;
use core::marker::PhantomData;
use core::ops::Deref;
use core::ptr::{self, NonNull};
use fltmgr_sys as sys;

/// What a create did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Opened {
    /// FILE_OPENED: the file was there.
    Existing,
    /// FILE_CREATED: it was not.
    Created,
    /// FILE_OVERWRITTEN: the file was there, and has been emptied.
    Overwritten,
    /// FILE_SUPERSEDED: the file was there, and has been replaced.
    Superseded,
}

impl Opened {
    pub(super) const fn of(information: u64) -> Self {
        match information as u32 {
            sys::FILE_CREATED => Self::Created,
            sys::FILE_OVERWRITTEN => Self::Overwritten,
            sys::FILE_SUPERSEDED => Self::Superseded,
            _ => Self::Existing,
        }
    }
}

/// How a file is opened. Unless something else is asked for it is opened only if it exists, shared with everybody, and case
/// does not count in its name.
#[derive(Clone, Copy)]
#[must_use]
pub struct OpenOptions<'n> {
    pub(super) access: Access,
    pub(super) disposition: Disposition,
    pub(super) options: CreateOptions,
    pub(super) share: ShareAccess,
    attributes: FileAttributes,
    allocation_size: u64,
    extended_attributes: Option<&'n ExtendedAttributes>,
    security: Option<&'n SecurityDescriptor>,
    pub(super) object_attributes: u32,
    flags: u32,
    transaction: Option<TransactionParameters<'n>>,
}

impl<'n> OpenOptions<'n> {
    /// To be used for these.
    pub const fn new(access: Access) -> Self {
        Self {
            access,
            disposition: Disposition::Open,
            options: CreateOptions::empty(),
            share: ShareAccess::READ.union(ShareAccess::WRITE).union(ShareAccess::DELETE),
            attributes: FileAttributes::NORMAL,
            allocation_size: 0,
            extended_attributes: None,
            security: None,
            // Outside the system process a handle that is not the kernel's would be the process' (N-05).
            object_attributes: sys::OBJ_KERNEL_HANDLE | sys::OBJ_CASE_INSENSITIVE,
            flags: 0,
            transaction: None,
        }
    }

    /// Within a transaction, with which what is done to the file is committed or rolled back (J-37).
    pub const fn within(mut self, transaction: TransactionParameters<'n>) -> Self {
        self.transaction = Some(transaction);
        self
    }

    /// What happens where the file exists and where it does not.
    pub const fn disposition(mut self, disposition: Disposition) -> Self {
        self.disposition = disposition;
        self
    }

    /// The create options. What asks for synchronous I/O needs [`Access::SYNCHRONIZE`], and is for a file position alone:
    /// reads and writes are waited for anyway (N-12).
    pub const fn options(mut self, options: CreateOptions) -> Self {
        self.options = options;
        self
    }

    /// What others may open the file for as well.
    pub const fn share(mut self, access: ShareAccess) -> Self {
        self.share = access;
        self
    }

    /// The attributes that the file gets if it is created.
    pub const fn attributes(mut self, attributes: FileAttributes) -> Self {
        self.attributes = attributes;
        self
    }

    /// How much room is allocated if the file is created or emptied, in bytes.
    pub const fn allocation_size(mut self, bytes: u64) -> Self {
        self.allocation_size = bytes;
        self
    }

    /// The extended attributes that the file gets if it is created.
    pub const fn extended_attributes(mut self, attributes: &'n ExtendedAttributes) -> Self {
        self.extended_attributes = Some(attributes);
        self
    }

    /// The security descriptor that the file gets if it is created; else it inherits one from its directory.
    pub const fn security(mut self, descriptor: &'n SecurityDescriptor) -> Self {
        self.security = Some(descriptor);
        self
    }

    /// Case counts in the name: without OBJ_CASE_INSENSITIVE.
    pub const fn case_sensitive(mut self) -> Self {
        self.object_attributes &= !sys::OBJ_CASE_INSENSITIVE;
        self
    }

    /// The name goes through no symbolic link and no mount point: OBJ_DONT_REPARSE.
    pub const fn without_reparsing(mut self) -> Self {
        self.object_attributes |= sys::OBJ_DONT_REPARSE;
        self
    }

    /// The file is opened though somebody else shares it with nobody: IO_IGNORE_SHARE_ACCESS_CHECK.
    pub const fn ignoring_share_access(mut self) -> Self {
        self.flags |= sys::IO_IGNORE_SHARE_ACCESS_CHECK;
        self
    }

    /// The thread's user needs the right to it: IO_FORCE_ACCESS_CHECK. Else the kernel is asking, which may do anything.
    pub const fn checking_access(mut self) -> Self {
        self.flags |= sys::IO_FORCE_ACCESS_CHECK;
        self
    }

    /// Opens the file of this full name, as `\Device\HarddiskVolume2\folder\file`, below the instance. Wraps
    /// FltCreateFileEx2, which waits for it: creates cannot be asynchronous (N-21), and never end with STATUS_REPARSE (N-07).
    ///
    /// # Errors
    ///
    /// STATUS_POSSIBLE_DEADLOCK if the thread has come here through a file system (N-04), STATUS_NAME_TOO_LONG,
    /// STATUS_OBJECT_NAME_NOT_FOUND, STATUS_OBJECT_PATH_NOT_FOUND, STATUS_OBJECT_NAME_COLLISION, STATUS_SHARING_VIOLATION,
    /// STATUS_FILE_IS_A_DIRECTORY, STATUS_NOT_A_DIRECTORY, STATUS_DELETE_PENDING, STATUS_MOUNT_POINT_NOT_RESOLVED where the
    /// name leads to another volume (N-10), and whatever else the file system returns.
    pub fn open<'a>(&self, instance: Instance<'a>, name: &[u16], at: Irql<'a, PassiveLevel>) -> Result<OwnedFile<'a>> {
        // SAFETY: there is no directory, and no list.
        unsafe { self.open_below(instance, ptr::null_mut(), name, ptr::null_mut(), at) }
    }

    /// As [`Self::open`], with extra create parameters for those below. Wraps FltCreateFileEx2. The list stays the
    /// caller's, for another create (N-08).
    ///
    /// # Errors
    ///
    /// As for [`Self::open`].
    pub fn open_with<'a, F: Filter>(
        &self,
        instance: Instance<'a>,
        name: &[u16],
        list: &mut EcpList<F>,
        at: Irql<'a, PassiveLevel>,
    ) -> Result<OwnedFile<'a>> {
        // SAFETY: there is no directory; the list is exclusively borrowed, as those below may add to it.
        unsafe { self.open_below(instance, ptr::null_mut(), name, list.as_raw(), at) }
    }

    /// As [`Self::open`], of a name that is relative to a directory, in which it begins with no separator. Wraps
    /// FltCreateFileEx2. An empty name is the directory itself, opened once more.
    ///
    /// # Errors
    ///
    /// As for [`Self::open`]; STATUS_OBJECT_PATH_SYNTAX_BAD if the name begins with a separator.
    pub fn open_in<'a>(
        &self,
        directory: &OwnedFile<'a>,
        name: &[u16],
        at: Irql<'a, PassiveLevel>,
    ) -> Result<OwnedFile<'a>> {
        // SAFETY: the directory's handle is open for as long as it is borrowed.
        unsafe { self.open_below(directory.instance, directory.handle, name, ptr::null_mut(), at) }
    }

    /// # Safety
    ///
    /// The directory is NULL or a handle that is open; the list is NULL, or there, and nobody looks at it.
    unsafe fn open_below<'a>(
        &self,
        instance: Instance<'a>,
        directory: sys::HANDLE,
        name: &[u16],
        list: sys::PECP_LIST,
        _: Irql<'a, PassiveLevel>,
    ) -> Result<OwnedFile<'a>> {
        may_open()?;
        let mut name = unicode_string(name)?;
        let mut attributes = object_attributes(&mut name, directory, self.object_attributes);
        attributes.SecurityDescriptor = self.security.map_or(ptr::null_mut(), SecurityDescriptor::as_raw);
        let mut context = sys::IO_DRIVER_CREATE_CONTEXT {
            Size: sys::CSHORT::try_from(size_of::<sys::IO_DRIVER_CREATE_CONTEXT>()).unwrap_or(0),
            ExtraCreateParameter: list,
            TxnParameters: self.transaction.map_or(ptr::null_mut(), TransactionParameters::as_raw),
            // SAFETY: NULL is a value of the other members, and says that there is nothing.
            ..unsafe { core::mem::zeroed() }
        };
        let context = if list.is_null() && self.transaction.is_none() { ptr::null_mut() } else { &raw mut context };
        let mut allocation_size =
            sys::LARGE_INTEGER { QuadPart: i64::try_from(self.allocation_size).map_err(|_| Error::INVALID_PARAMETER)? };
        let (mut handle, mut object) = (ptr::null_mut(), ptr::null_mut());
        let (ea, ea_length) = self.extended_attributes.map_or((ptr::null_mut(), 0), ExtendedAttributes::as_raw);
        // SAFETY: zeroes are a status block.
        let mut status: sys::IO_STATUS_BLOCK = unsafe { core::mem::zeroed() };
        // SAFETY: the instance is live; name, extended attributes and security descriptor are borrowed, and nobody changes
        // them; the caller vouches for the directory, and the results have places. PASSIVE_LEVEL.
        Error::check(unsafe {
            sys::FltCreateFileEx2(
                instance.volume().filter.as_ptr(),
                instance.pointer.as_ptr(),
                &raw mut handle,
                &raw mut object,
                self.access.bits(),
                &raw mut attributes,
                &raw mut status,
                &raw mut allocation_size,
                self.attributes.bits().into(),
                self.share.bits().into(),
                self.disposition as u32,
                self.options.bits(),
                ea,
                ea_length,
                self.flags,
                context.cast(),
            )
        })?;
        // SAFETY: on success the routine has opened the file, and gave a handle and a referenced file object.
        Ok(unsafe { OwnedFile::from_opened(instance, handle, object, Opened::of(status.Information)) })
    }
}

impl<'a> Instance<'a> {
    /// Opens the volume itself, for FSCTLs and IOCTLs that are about it, and to be flushed (N-09). Wraps FltOpenVolume.
    ///
    /// # Errors
    ///
    /// STATUS_POSSIBLE_DEADLOCK if the thread has come here through a file system (N-04), STATUS_INVALID_PARAMETER for
    /// a network volume, STATUS_FLT_DELETING_OBJECT, and whatever the file system returns.
    pub fn open_volume(&self, _: Irql<'a, PassiveLevel>) -> Result<OwnedFile<'a>> {
        may_open()?;
        let (mut handle, mut object) = (ptr::null_mut(), ptr::null_mut());
        // SAFETY: the instance is live, and the results have places. PASSIVE_LEVEL.
        Error::check(unsafe { sys::FltOpenVolume(self.pointer.as_ptr(), &raw mut handle, &raw mut object) })?;
        // SAFETY: on success the routine has opened the volume, and gave a handle and a referenced file object.
        Ok(unsafe { OwnedFile::from_opened(*self, handle, object, Opened::Existing) })
    }
}

impl Instance<'_> {
    /// Makes the directory `System Volume Information` in the root of the volume, where data about the volume belongs that
    /// no program is to see. Wraps FltCreateSystemVolumeInformationFolder.
    ///
    /// # Errors
    ///
    /// STATUS_POSSIBLE_DEADLOCK if the thread has come here through a file system (N-04),
    /// STATUS_INSUFFICIENT_RESOURCES, and whatever the file system returns.
    pub fn make_system_directory(&self, _: Irql<'_, PassiveLevel>) -> Result<()> {
        may_open()?;
        // SAFETY: the instance is live. PASSIVE_LEVEL.
        Error::check(unsafe { sys::FltCreateSystemVolumeInformationFolder(self.pointer.as_ptr()) })?;
        Ok(())
    }
}

/// What is known about the file of this full name, without it being opened by the filter. Wraps FltQueryInformationByName.
///
/// # Errors
///
/// STATUS_POSSIBLE_DEADLOCK if the thread has come here through a file system (N-04), STATUS_NAME_TOO_LONG,
/// STATUS_OBJECT_NAME_NOT_FOUND, STATUS_OBJECT_PATH_NOT_FOUND, and whatever else the file system returns.
pub fn query_by_name<T: QueriedByName>(instance: Instance<'_>, name: &[u16], _: Irql<'_, PassiveLevel>) -> Result<T> {
    may_open()?;
    let mut name = unicode_string(name)?;
    let mut attributes =
        object_attributes(&mut name, ptr::null_mut(), sys::OBJ_KERNEL_HANDLE | sys::OBJ_CASE_INSENSITIVE);
    // SAFETY: zeroes are a status block.
    let mut status: sys::IO_STATUS_BLOCK = unsafe { core::mem::zeroed() };
    let mut raw = information::zeroed::<T>();
    // SAFETY: the instance is live, the name is borrowed; the buffer is as long as it is said to be, and whatever is put there
    // is a value of it. PASSIVE_LEVEL.
    let result = unsafe {
        sys::FltQueryInformationByName(
            instance.volume().filter.as_ptr(),
            instance.pointer.as_ptr(),
            &raw mut attributes,
            &raw mut status,
            (&raw mut raw).cast(),
            size_of_val(&raw) as u32,
            information::class::<T>(),
            ptr::null_mut(),
        )
    };
    information::answered(result, &raw)
}

/// A name, with what is said of it.
pub(super) fn object_attributes(
    name: &mut sys::UNICODE_STRING,
    directory: sys::HANDLE,
    flags: u32,
) -> sys::OBJECT_ATTRIBUTES {
    sys::OBJECT_ATTRIBUTES {
        Length: size_of::<sys::OBJECT_ATTRIBUTES>() as u32,
        RootDirectory: directory,
        ObjectName: name,
        Attributes: flags,
        SecurityDescriptor: ptr::null_mut(),
        SecurityQualityOfService: ptr::null_mut(),
    }
}

/// # Errors
///
/// STATUS_POSSIBLE_DEADLOCK if the thread has come here through a file system (N-04).
pub(super) fn may_open() -> Result<()> {
    // SAFETY: the routine has no argument.
    if unsafe { sys::IoGetTopLevelIrp() }.is_null() { Ok(()) } else { Err(Error::POSSIBLE_DEADLOCK) }
}

/// A file that the filter has opened: a kernel handle (N-05) and a referenced file object, both given back on drop
/// (N-06), which wraps FltClose.
///
/// It belongs to the thread and to the time of the witness that it was opened with, so it is closed at PASSIVE_LEVEL.
///
/// # Invariants
///
/// The handle is open and this value's alone, as is the reference to the file object, which is that of the handle; both are
/// of the instance, which lives for `'a`, and the thread runs at PASSIVE_LEVEL for `'a`.
pub struct OwnedFile<'a> {
    file: File,
    handle: sys::HANDLE,
    instance: Instance<'a>,
    opened: Opened,
    thread: PhantomData<(*mut (), &'a ())>,
}

impl<'a> OwnedFile<'a> {
    /// # Safety
    ///
    /// The handle and the referenced file object are those of a file that was just opened on the instance, and are the
    /// caller's to give; the thread runs at PASSIVE_LEVEL for the chosen lifetime.
    pub(super) unsafe fn from_opened(
        instance: Instance<'a>,
        handle: sys::HANDLE,
        object: sys::PFILE_OBJECT,
        opened: Opened,
    ) -> Self {
        // SAFETY: the caller says that there is a file object.
        let object = unsafe { NonNull::new_unchecked(object) };
        // INVARIANT: the caller vouches for all of it.
        Self { file: File { instance: instance.pointer, object }, handle, instance, opened, thread: PhantomData }
    }

    /// What the create did.
    pub fn opened(&self) -> Opened {
        self.opened
    }

    /// The instance that the file was opened on.
    pub fn instance(&self) -> Instance<'a> {
        self.instance
    }

    /// The handle, for a structure that names this file, for as long as it is borrowed.
    pub(super) fn handle(&self) -> sys::HANDLE {
        self.handle
    }
}

impl Deref for OwnedFile<'_> {
    type Target = File;
    fn deref(&self) -> &File {
        &self.file
    }
}

impl Drop for OwnedFile<'_> {
    fn drop(&mut self) {
        // SAFETY: by the invariant the handle is open, was opened by FltCreateFileEx2 or FltOpenVolume, and is closed here
        // once, at PASSIVE_LEVEL.
        unsafe { sys::FltClose(self.handle) };
        // SAFETY: by the invariant the reference is owned and released here once.
        unsafe { sys::ObfDereferenceObject(self.file.object.as_ptr().cast()) };
    }
}
