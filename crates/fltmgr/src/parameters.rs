//! The parameters of an operation, viewed through the member that its major function selects (B-24).

use core::marker::PhantomData;
use core::mem::offset_of;
use fltmgr_sys as sys;

macro_rules! view {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy)]
        pub struct $name<'a> {
            #[allow(dead_code, reason = "an operation without parameters has nothing to read")]
            block: &'a sys::FLT_IO_PARAMETER_BLOCK,
        }

        impl<'a> $name<'a> {
            /// # Safety
            ///
            /// The block is that of an operation of this kind.
            pub(crate) unsafe fn new(block: &'a sys::FLT_IO_PARAMETER_BLOCK) -> Self {
                Self { block }
            }
        }
    };
}

/// What a create does where the file exists and where it does not; the high 8 bits of `Options` (B-26).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u32)]
pub enum Disposition {
    /// FILE_SUPERSEDE: replaces the file, or creates it.
    Supersede = sys::FILE_SUPERSEDE,
    /// FILE_OPEN: opens the file, or fails.
    Open = sys::FILE_OPEN,
    /// FILE_CREATE: creates the file, or fails.
    Create = sys::FILE_CREATE,
    /// FILE_OPEN_IF: opens the file, or creates it.
    OpenIf = sys::FILE_OPEN_IF,
    /// FILE_OVERWRITE: opens the file and empties it, or fails.
    Overwrite = sys::FILE_OVERWRITE,
    /// FILE_OVERWRITE_IF: opens the file and empties it, or creates it.
    OverwriteIf = sys::FILE_OVERWRITE_IF,
}

impl Disposition {
    /// Whether a file that does not exist is created.
    pub const fn may_create(self) -> bool {
        matches!(self, Self::Supersede | Self::Create | Self::OpenIf | Self::OverwriteIf)
    }

    /// Whether the content of a file that exists goes away.
    pub const fn may_destroy(self) -> bool {
        matches!(self, Self::Supersede | Self::Overwrite | Self::OverwriteIf)
    }
}

view! {
    /// The parameters of [`op::Create`](crate::op::Create).
    CreateParameters
}

impl CreateParameters<'_> {
    fn options(self) -> u32 {
        // SAFETY: a view of this type is made of create parameters only.
        unsafe { self.block.Parameters.Create }.Options
    }

    /// The disposition; what is none of the six values is taken as [`Disposition::Open`], which the file system refuses.
    pub fn disposition(&self) -> Disposition {
        match self.options() >> 24 {
            sys::FILE_SUPERSEDE => Disposition::Supersede,
            sys::FILE_CREATE => Disposition::Create,
            sys::FILE_OPEN_IF => Disposition::OpenIf,
            sys::FILE_OVERWRITE => Disposition::Overwrite,
            sys::FILE_OVERWRITE_IF => Disposition::OverwriteIf,
            _ => Disposition::Open,
        }
    }

    /// Whether the file is deleted when the handle is closed (FILE_DELETE_ON_CLOSE).
    pub fn is_delete_on_close(&self) -> bool {
        self.options() & sys::FILE_DELETE_ON_CLOSE != 0
    }

    /// Whether only a directory will do (FILE_DIRECTORY_FILE).
    pub fn is_directory(&self) -> bool {
        self.options() & sys::FILE_DIRECTORY_FILE != 0
    }

    /// Whether the parent of the named file is opened, for a rename or a hard link (SL_OPEN_TARGET_DIRECTORY).
    pub fn opens_target_directory(&self) -> bool {
        self.block.OperationFlags & sys::SL_OPEN_TARGET_DIRECTORY as u8 != 0
    }

    /// Whether a paging file is opened (SL_OPEN_PAGING_FILE), for which nothing may be done.
    pub fn is_paging_file(&self) -> bool {
        self.block.OperationFlags & sys::SL_OPEN_PAGING_FILE as u8 != 0
    }

    /// The access that is asked for.
    pub fn desired_access(&self) -> Access {
        // SAFETY: a view of this type is made of create parameters only.
        let context = unsafe { self.block.Parameters.Create }.SecurityContext;
        // SAFETY: the security context of a create, where there is one, lives as long as the operation.
        Access(unsafe { context.as_ref() }.map_or(0, |context| context.DesiredAccess))
    }
}

/// An access mask for a file.
///
/// The I/O manager maps generic rights before the create is sent, but MAXIMUM_ALLOWED stays as it is: it asks for
/// whatever the caller can get, so it counts as each of the rights.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Access(u32);

impl Access {
    const fn has(self, rights: u32, generic: u32) -> bool {
        self.0 & (rights | generic | sys::GENERIC_ALL | sys::MAXIMUM_ALLOWED) != 0
    }

    /// FILE_READ_DATA, which for a directory is FILE_LIST_DIRECTORY.
    pub const fn reads_data(self) -> bool {
        self.has(sys::FILE_READ_DATA, sys::GENERIC_READ)
    }

    /// FILE_WRITE_DATA or FILE_APPEND_DATA.
    pub const fn writes_data(self) -> bool {
        self.has(sys::FILE_WRITE_DATA | sys::FILE_APPEND_DATA, sys::GENERIC_WRITE)
    }

    /// FILE_EXECUTE, which for a directory is FILE_TRAVERSE.
    pub const fn executes(self) -> bool {
        self.has(sys::FILE_EXECUTE, sys::GENERIC_EXECUTE)
    }

    /// DELETE.
    pub const fn deletes(self) -> bool {
        self.has(sys::DELETE, 0)
    }
}

view! {
    /// The parameters of [`op::Read`](crate::op::Read).
    ReadParameters
}

impl ReadParameters<'_> {
    /// The number of bytes asked for.
    pub fn length(&self) -> u32 {
        // SAFETY: a view of this type is made of read parameters only.
        unsafe { self.block.Parameters.Read }.Length
    }
}

view! {
    /// The parameters of [`op::Write`](crate::op::Write).
    WriteParameters
}

impl WriteParameters<'_> {
    /// The number of bytes to write.
    pub fn length(&self) -> u32 {
        // SAFETY: a view of this type is made of write parameters only.
        unsafe { self.block.Parameters.Write }.Length
    }
}

view! {
    /// The parameters of [`op::QueryInformation`](crate::op::QueryInformation).
    QueryInformationParameters
}

impl QueryInformationParameters<'_> {
    /// The FILE_INFORMATION_CLASS asked for.
    pub fn class(&self) -> i32 {
        // SAFETY: a view of this type is made of query information parameters only.
        unsafe { self.block.Parameters.QueryFileInformation }.FileInformationClass
    }
}

view! {
    /// The parameters of [`op::DirectoryControl`](crate::op::DirectoryControl).
    DirectoryParameters
}

impl DirectoryParameters<'_> {
    /// Whether the directory is listed (IRP_MN_QUERY_DIRECTORY), not watched.
    pub fn is_query(&self) -> bool {
        u32::from(self.block.MinorFunction) == sys::IRP_MN_QUERY_DIRECTORY
    }
}

view! {
    /// The parameters of [`op::SetInformation`](crate::op::SetInformation).
    SetInformationParameters
}

/// The name that a rename or a hard link gives, and the directory it is relative to.
#[derive(Clone, Copy)]
pub struct TargetName<'a> {
    pub(crate) root: sys::HANDLE,
    pub(crate) name: &'a [u16],
    replaces: bool,
}

impl<'a> TargetName<'a> {
    /// Whether a file that has the name already is replaced (ReplaceIfExists, or FILE_RENAME_REPLACE_IF_EXISTS).
    pub fn may_replace(&self) -> bool {
        self.replaces
    }

    /// The name as it was given: a full path, or one that is relative to a directory.
    pub fn given(&self) -> &'a [u16] {
        self.name
    }
}

/// What a set-information operation does, as far as it concerns names and content.
#[derive(Clone, Copy)]
pub enum Change<'a> {
    /// The file is marked to be deleted (FileDispositionInformation, or Ex).
    Delete,
    /// The file gets another name (FileRenameInformation, Ex, or what the file server sends, BypassAccessCheck).
    Rename(TargetName<'a>),
    /// The file gets one more name (FileLinkInformation, Ex, or BypassAccessCheck).
    Link(TargetName<'a>),
    /// The file's size, allocation or valid data length is set.
    Size,
    /// Anything else.
    Other,
}

impl<'a> SetInformationParameters<'a> {
    /// The FILE_INFORMATION_CLASS that is set.
    pub fn class(&self) -> i32 {
        // SAFETY: a view of this type is made of set information parameters only.
        unsafe { self.block.Parameters.SetFileInformation }.FileInformationClass
    }

    /// What is changed. A buffer that is too short for its class is [`Change::Other`], which the file system refuses.
    pub fn change(&self) -> Change<'a> {
        match self.class() {
            sys::FileDispositionInformation if self.first_byte() != 0 => Change::Delete,
            sys::FileDispositionInformationEx if self.first_byte() & sys::FILE_DISPOSITION_DELETE as u8 != 0 => {
                Change::Delete
            }
            sys::FileRenameInformation
            | sys::FileRenameInformationEx
            | sys::FileRenameInformationBypassAccessCheck
            | sys::FileRenameInformationExBypassAccessCheck => self.target().map_or(Change::Other, Change::Rename),
            sys::FileLinkInformation
            | sys::FileLinkInformationEx
            | sys::FileLinkInformationBypassAccessCheck
            | sys::FileLinkInformationExBypassAccessCheck => self.target().map_or(Change::Other, Change::Link),
            // The cache manager advances the valid data length on the disk, behind writes that were let through before.
            sys::FileEndOfFileInformation if self.only_advances() => Change::Other,
            sys::FileEndOfFileInformation | sys::FileAllocationInformation | sys::FileValidDataLengthInformation => {
                Change::Size
            }
            _ => Change::Other,
        }
    }

    /// The buffer. It is a system buffer always (I-17), so it is there and nobody else writes it.
    fn buffer(self) -> &'a [u8] {
        // SAFETY: a view of this type is made of set information parameters only.
        let parameters = unsafe { self.block.Parameters.SetFileInformation };
        if parameters.InfoBuffer.is_null() {
            return &[];
        }
        // SAFETY: the I/O manager's system buffer holds `Length` bytes for as long as the operation.
        unsafe { core::slice::from_raw_parts(parameters.InfoBuffer.cast(), parameters.Length as usize) }
    }

    /// AdvanceOnly: FileEndOfFileInformation from the cache manager's lazy writer, not from a program.
    fn only_advances(self) -> bool {
        // SAFETY: a view of this type is made of set information parameters only.
        let parameters = unsafe { self.block.Parameters.SetFileInformation };
        // SAFETY: the member of the union is the one for this information class, and any byte is a BOOLEAN.
        unsafe { parameters.__bindgen_anon_1.__bindgen_anon_1 }.AdvanceOnly != 0
    }

    fn first_byte(self) -> u8 {
        self.buffer().first().copied().unwrap_or(0)
    }

    /// The target of a rename or link; the two structures share their layout.
    fn target(self) -> Option<TargetName<'a>> {
        let buffer = self.buffer();
        let field = |offset: usize, length: usize| buffer.get(offset..offset.checked_add(length)?);
        let root = field(offset_of!(sys::FILE_RENAME_INFORMATION, RootDirectory), size_of::<usize>())?;
        let length = field(offset_of!(sys::FILE_RENAME_INFORMATION, FileNameLength), 4)?;
        let length = u32::from_ne_bytes(length.try_into().ok()?) as usize;
        let name = field(offset_of!(sys::FILE_RENAME_INFORMATION, FileName), length)?;
        // SAFETY: any two bytes are a unit.
        let (unaligned, name, _) = unsafe { name.align_to::<u16>() };
        let root = core::ptr::without_provenance_mut(usize::from_ne_bytes(root.try_into().ok()?));
        // The flag of the Ex classes lies where the others have their ReplaceIfExists.
        let replaces = self.first_byte() & sys::FILE_RENAME_REPLACE_IF_EXISTS as u8 != 0;
        unaligned.is_empty().then_some(TargetName { root, name, replaces })
    }
}

/// The parameters of an operation that has none (B-25).
#[derive(Clone, Copy)]
pub struct NoParameters<'a>(PhantomData<&'a ()>);

impl<'a> NoParameters<'a> {
    /// # Safety
    ///
    /// None; the signature is that of the views.
    pub(crate) unsafe fn new(_: &'a sys::FLT_IO_PARAMETER_BLOCK) -> Self {
        Self(PhantomData)
    }
}
