//! Asking about files and changing them.

use crate::op;
use crate::operation::Before;
use core::mem::offset_of;
use fltmgr_sys as sys;

/// A FILE_INFORMATION_CLASS.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(transparent)]
pub struct FileInformation(pub i32);

macro_rules! classes {
    ($($(#[$doc:meta])* $name:ident = $class:ident;)*) => {
        impl FileInformation {
            $($(#[$doc])* pub const $name: Self = Self(sys::$class);)*
        }
    };
}

classes! {
    /// FileDirectoryInformation: entries of a directory.
    DIRECTORY = FileDirectoryInformation;
    /// FileFullDirectoryInformation: entries of a directory, with the size of extended attributes.
    FULL_DIRECTORY = FileFullDirectoryInformation;
    /// FileBothDirectoryInformation: entries of a directory, with short names.
    BOTH_DIRECTORY = FileBothDirectoryInformation;
    /// FileBasicInformation: times and attributes.
    BASIC = FileBasicInformation;
    /// FileStandardInformation: sizes, links, and whether it is deleted or a directory.
    STANDARD = FileStandardInformation;
    /// FileInternalInformation: the file's number.
    INTERNAL = FileInternalInformation;
    /// FileEaInformation: the size of extended attributes.
    EXTENDED_ATTRIBUTES = FileEaInformation;
    /// FileAccessInformation: what the handle may do.
    ACCESS = FileAccessInformation;
    /// FileNameInformation: the name, without the volume.
    NAME = FileNameInformation;
    /// FileRenameInformation.
    RENAME = FileRenameInformation;
    /// FileLinkInformation.
    LINK = FileLinkInformation;
    /// FileNamesInformation: entries of a directory, with nothing but names.
    NAMES = FileNamesInformation;
    /// FileDispositionInformation.
    DISPOSITION = FileDispositionInformation;
    /// FilePositionInformation: where the file object is in the file.
    POSITION = FilePositionInformation;
    /// FileModeInformation: how the file is opened.
    MODE = FileModeInformation;
    /// FileAlignmentInformation: how buffers have to be aligned.
    ALIGNMENT = FileAlignmentInformation;
    /// FileAllInformation: most of it.
    ALL = FileAllInformation;
    /// FileAllocationInformation: the allocated size, to be set.
    ALLOCATION = FileAllocationInformation;
    /// FileEndOfFileInformation: the size, to be set.
    END_OF_FILE = FileEndOfFileInformation;
    /// FileAlternateNameInformation: the short name.
    ALTERNATE_NAME = FileAlternateNameInformation;
    /// FileStreamInformation: the streams of the file.
    STREAM = FileStreamInformation;
    /// FilePipeInformation: the modes of a named pipe.
    PIPE = FilePipeInformation;
    /// FilePipeLocalInformation: the state of this end of a named pipe.
    PIPE_LOCAL = FilePipeLocalInformation;
    /// FileMailslotQueryInformation.
    MAILSLOT_QUERY = FileMailslotQueryInformation;
    /// FileMailslotSetInformation.
    MAILSLOT_SET = FileMailslotSetInformation;
    /// FileCompressionInformation: the compressed size.
    COMPRESSION = FileCompressionInformation;
    /// FileNetworkOpenInformation: times, sizes and attributes.
    NETWORK_OPEN = FileNetworkOpenInformation;
    /// FileAttributeTagInformation: attributes, and the tag of a reparse point.
    ATTRIBUTE_TAG = FileAttributeTagInformation;
    /// FileIdBothDirectoryInformation: entries of a directory, with short names and file numbers.
    ID_BOTH_DIRECTORY = FileIdBothDirectoryInformation;
    /// FileIdFullDirectoryInformation: entries of a directory, with file numbers.
    ID_FULL_DIRECTORY = FileIdFullDirectoryInformation;
    /// FileValidDataLengthInformation: how much of the file has been written, to be set.
    VALID_DATA_LENGTH = FileValidDataLengthInformation;
    /// FileShortNameInformation: the short name, to be set.
    SHORT_NAME = FileShortNameInformation;
    /// FileHardLinkInformation: all names of the file.
    HARD_LINK = FileHardLinkInformation;
    /// FileNormalizedNameInformation: the name, without short components.
    NORMALIZED_NAME = FileNormalizedNameInformation;
    /// FileStandardLinkInformation: how many names the file has.
    STANDARD_LINK = FileStandardLinkInformation;
    /// FileIdInformation: the 128-bit identifier of the file.
    ID = FileIdInformation;
    /// FileIdExtdDirectoryInformation: entries of a directory, with 128-bit identifiers.
    ID_EXTENDED_DIRECTORY = FileIdExtdDirectoryInformation;
    /// FileDispositionInformationEx.
    DISPOSITION_EX = FileDispositionInformationEx;
    /// FileRenameInformationEx.
    RENAME_EX = FileRenameInformationEx;
    /// FileStatInformation.
    STAT = FileStatInformation;
    /// FileStatLxInformation.
    STAT_LX = FileStatLxInformation;
    /// FileCaseSensitiveInformation: whether case counts in a directory.
    CASE_SENSITIVE = FileCaseSensitiveInformation;
    /// FileLinkInformationEx.
    LINK_EX = FileLinkInformationEx;
    /// FileStatBasicInformation.
    STAT_BASIC = FileStatBasicInformation;
}

impl FileInformation {
    /// Whether a file gets another name.
    const fn is_rename(self) -> bool {
        matches!(
            self.0,
            sys::FileRenameInformation
                | sys::FileRenameInformationEx
                | sys::FileRenameInformationBypassAccessCheck
                | sys::FileRenameInformationExBypassAccessCheck
        )
    }

    /// Whether a file gets one more name.
    const fn is_link(self) -> bool {
        matches!(
            self.0,
            sys::FileLinkInformation
                | sys::FileLinkInformationEx
                | sys::FileLinkInformationBypassAccessCheck
                | sys::FileLinkInformationExBypassAccessCheck
        )
    }
}

view! {
    /// The parameters of [`op::QueryInformation`].
    QueryInformationParameters
}

impl QueryInformationParameters<'_> {
    /// What is asked for.
    pub fn class(&self) -> FileInformation {
        FileInformation(member!(self, QueryFileInformation).FileInformationClass)
    }

    /// The room for the answer, in bytes.
    pub fn length(&self) -> u32 {
        member!(self, QueryFileInformation).Length
    }
}

view! {
    /// The parameters of [`op::SetInformation`].
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
    /// What is set.
    pub fn class(&self) -> FileInformation {
        FileInformation(member!(self, SetFileInformation).FileInformationClass)
    }

    /// The length of what it is set to, in bytes.
    pub fn length(&self) -> u32 {
        member!(self, SetFileInformation).Length
    }

    /// Whether a file that has the new name already is replaced, of a rename or a hard link.
    pub fn may_replace(&self) -> bool {
        matches!(self.change(), Change::Rename(target) | Change::Link(target) if target.may_replace())
    }

    /// What is changed. A buffer that is too short for its class is [`Change::Other`], which the file system refuses.
    pub fn change(&self) -> Change<'a> {
        let class = self.class();
        if class.is_rename() {
            return self.target().map_or(Change::Other, Change::Rename);
        }
        if class.is_link() {
            return self.target().map_or(Change::Other, Change::Link);
        }
        match class.0 {
            sys::FileDispositionInformation if self.first_byte() != 0 => Change::Delete,
            sys::FileDispositionInformationEx if self.first_byte() & sys::FILE_DISPOSITION_DELETE as u8 != 0 => {
                Change::Delete
            }
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
        let parameters = member!(self, SetFileInformation);
        if parameters.InfoBuffer.is_null() {
            return &[];
        }
        // SAFETY: the I/O manager's system buffer holds `Length` bytes for as long as the operation.
        unsafe { core::slice::from_raw_parts(parameters.InfoBuffer.cast(), parameters.Length as usize) }
    }

    /// AdvanceOnly: FileEndOfFileInformation from the cache manager's lazy writer, not from a program.
    fn only_advances(self) -> bool {
        let parameters = member!(self, SetFileInformation);
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

/// What can be changed. The callback data is marked dirty, so that the change takes effect (B-06); filters above, and this
/// filter's own post-operation, go on seeing the original (B-09).
impl Before<'_, op::SetInformation> {
    /// Lets a rename or a hard link replace a file that has the name already, or not. Of any other class nothing is changed.
    pub fn set_may_replace(&mut self, replace: bool) {
        let parameters = self.parameters();
        let has_target =
            parameters.target().is_some_and(|_| parameters.class().is_rename() || parameters.class().is_link());
        if !has_target {
            return;
        }
        self.change(|parameters| {
            // SAFETY: the member is that of the major function.
            let set = unsafe { &mut parameters.SetFileInformation };
            set.__bindgen_anon_1.__bindgen_anon_1.ReplaceIfExists = replace.into();
            // File systems look at the buffer as well, where the extended classes have a flag. It is a system buffer (I-17),
            // and has room for the structure, as the target was found in it.
            let flags = set.InfoBuffer.cast::<u8>();
            // SAFETY: nobody else uses the system buffer while the filter controls the operation.
            unsafe {
                *flags = *flags & !(sys::FILE_RENAME_REPLACE_IF_EXISTS as u8) | u8::from(replace);
            }
        });
    }
}
