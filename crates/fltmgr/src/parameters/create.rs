//! What files, named pipes and mailslots are created with.

use super::quad;
use crate::op;
use crate::operation::Before;
use fltmgr_sys as sys;

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
    /// What is none of the six values is taken as [`Disposition::Open`], which the file system refuses.
    const fn of(options: u32) -> Self {
        match options >> DISPOSITION_SHIFT {
            sys::FILE_SUPERSEDE => Self::Supersede,
            sys::FILE_CREATE => Self::Create,
            sys::FILE_OPEN_IF => Self::OpenIf,
            sys::FILE_OVERWRITE => Self::Overwrite,
            sys::FILE_OVERWRITE_IF => Self::OverwriteIf,
            _ => Self::Open,
        }
    }

    /// Whether a file that does not exist is created.
    pub const fn may_create(self) -> bool {
        matches!(self, Self::Supersede | Self::Create | Self::OpenIf | Self::OverwriteIf)
    }

    /// Whether the content of a file that exists goes away.
    pub const fn may_destroy(self) -> bool {
        matches!(self, Self::Supersede | Self::Overwrite | Self::OverwriteIf)
    }
}

const DISPOSITION_SHIFT: u32 = 24;

bitflags::bitflags! {
    /// How a file is opened; the low 24 bits of `Options` (B-26).
    #[derive(Clone, Copy, PartialEq, Eq, Debug)]
    pub struct CreateOptions: u32 {
        /// FILE_DIRECTORY_FILE: only a directory will do.
        const DIRECTORY_FILE = sys::FILE_DIRECTORY_FILE;
        /// FILE_WRITE_THROUGH: writes reach the medium before they complete.
        const WRITE_THROUGH = sys::FILE_WRITE_THROUGH;
        /// FILE_SEQUENTIAL_ONLY.
        const SEQUENTIAL_ONLY = sys::FILE_SEQUENTIAL_ONLY;
        /// FILE_NO_INTERMEDIATE_BUFFERING: nothing is cached.
        const NO_INTERMEDIATE_BUFFERING = sys::FILE_NO_INTERMEDIATE_BUFFERING;
        /// FILE_SYNCHRONOUS_IO_ALERT: each operation is waited for, and the wait can be alerted.
        const SYNCHRONOUS_IO_ALERT = sys::FILE_SYNCHRONOUS_IO_ALERT;
        /// FILE_SYNCHRONOUS_IO_NONALERT: each operation is waited for.
        const SYNCHRONOUS_IO_NONALERT = sys::FILE_SYNCHRONOUS_IO_NONALERT;
        /// FILE_NON_DIRECTORY_FILE: a directory will not do.
        const NON_DIRECTORY_FILE = sys::FILE_NON_DIRECTORY_FILE;
        /// FILE_CREATE_TREE_CONNECTION.
        const CREATE_TREE_CONNECTION = sys::FILE_CREATE_TREE_CONNECTION;
        /// FILE_COMPLETE_IF_OPLOCKED: the create does not wait for an oplock to break.
        const COMPLETE_IF_OPLOCKED = sys::FILE_COMPLETE_IF_OPLOCKED;
        /// FILE_NO_EA_KNOWLEDGE: the caller does not know extended attributes.
        const NO_EA_KNOWLEDGE = sys::FILE_NO_EA_KNOWLEDGE;
        /// FILE_RANDOM_ACCESS.
        const RANDOM_ACCESS = sys::FILE_RANDOM_ACCESS;
        /// FILE_DELETE_ON_CLOSE: the file is deleted when its last handle is closed.
        const DELETE_ON_CLOSE = sys::FILE_DELETE_ON_CLOSE;
        /// FILE_OPEN_BY_FILE_ID: the name is a file's identifier.
        const OPEN_BY_FILE_ID = sys::FILE_OPEN_BY_FILE_ID;
        /// FILE_OPEN_FOR_BACKUP_INTENT.
        const OPEN_FOR_BACKUP_INTENT = sys::FILE_OPEN_FOR_BACKUP_INTENT;
        /// FILE_NO_COMPRESSION.
        const NO_COMPRESSION = sys::FILE_NO_COMPRESSION;
        /// FILE_OPEN_REQUIRING_OPLOCK: an oplock is asked for with the open (H-29).
        const OPEN_REQUIRING_OPLOCK = sys::FILE_OPEN_REQUIRING_OPLOCK;
        /// FILE_DISALLOW_EXCLUSIVE.
        const DISALLOW_EXCLUSIVE = sys::FILE_DISALLOW_EXCLUSIVE;
        /// FILE_RESERVE_OPFILTER: room is kept for a filter oplock (H-28).
        const RESERVE_OPFILTER = sys::FILE_RESERVE_OPFILTER;
        /// FILE_OPEN_REPARSE_POINT: a reparse point is opened itself.
        const OPEN_REPARSE_POINT = sys::FILE_OPEN_REPARSE_POINT;
        /// FILE_OPEN_NO_RECALL: what is stored remotely stays there.
        const OPEN_NO_RECALL = sys::FILE_OPEN_NO_RECALL;
        /// FILE_OPEN_FOR_FREE_SPACE_QUERY.
        const OPEN_FOR_FREE_SPACE_QUERY = sys::FILE_OPEN_FOR_FREE_SPACE_QUERY;
        const _ = sys::FILE_VALID_OPTION_FLAGS;
    }
}

bitflags::bitflags! {
    /// What others may open the file for as well; nothing asks for exclusive access (B-26).
    #[derive(Clone, Copy, PartialEq, Eq, Debug)]
    pub struct ShareAccess: u16 {
        /// FILE_SHARE_READ.
        const READ = sys::FILE_SHARE_READ as u16;
        /// FILE_SHARE_WRITE.
        const WRITE = sys::FILE_SHARE_WRITE as u16;
        /// FILE_SHARE_DELETE.
        const DELETE = sys::FILE_SHARE_DELETE as u16;
        const _ = !0;
    }
}

bitflags::bitflags! {
    /// The attributes that a file is created with, of those that can be chosen.
    #[derive(Clone, Copy, PartialEq, Eq, Debug)]
    pub struct FileAttributes: u16 {
        /// FILE_ATTRIBUTE_READONLY.
        const READONLY = sys::FILE_ATTRIBUTE_READONLY as u16;
        /// FILE_ATTRIBUTE_HIDDEN.
        const HIDDEN = sys::FILE_ATTRIBUTE_HIDDEN as u16;
        /// FILE_ATTRIBUTE_SYSTEM.
        const SYSTEM = sys::FILE_ATTRIBUTE_SYSTEM as u16;
        /// FILE_ATTRIBUTE_ARCHIVE.
        const ARCHIVE = sys::FILE_ATTRIBUTE_ARCHIVE as u16;
        /// FILE_ATTRIBUTE_NORMAL: none of the others.
        const NORMAL = sys::FILE_ATTRIBUTE_NORMAL as u16;
        /// FILE_ATTRIBUTE_TEMPORARY.
        const TEMPORARY = sys::FILE_ATTRIBUTE_TEMPORARY as u16;
        /// FILE_ATTRIBUTE_OFFLINE.
        const OFFLINE = sys::FILE_ATTRIBUTE_OFFLINE as u16;
        /// FILE_ATTRIBUTE_NOT_CONTENT_INDEXED.
        const NOT_CONTENT_INDEXED = sys::FILE_ATTRIBUTE_NOT_CONTENT_INDEXED as u16;
        /// FILE_ATTRIBUTE_ENCRYPTED.
        const ENCRYPTED = sys::FILE_ATTRIBUTE_ENCRYPTED as u16;
        const _ = !0;
    }
}

/// An access mask for a file.
///
/// The I/O manager maps generic rights before the create is sent, but MAXIMUM_ALLOWED stays as it is: it asks for
/// whatever the caller can get, so it counts as each of the rights.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Access(u32);

macro_rules! rights {
    ($($(#[$doc:meta])* $name:ident = $right:ident;)*) => {
        impl Access {
            $($(#[$doc])* pub const $name: Self = Self(sys::$right);)*
        }
    };
}

rights! {
    /// FILE_GENERIC_READ: all that reading the content, the attributes and the security descriptor takes.
    READ = FILE_GENERIC_READ;
    /// FILE_GENERIC_WRITE: all that writing the content and the attributes takes.
    WRITE = FILE_GENERIC_WRITE;
    /// FILE_GENERIC_EXECUTE.
    EXECUTE = FILE_GENERIC_EXECUTE;
    /// FILE_READ_DATA, which for a directory is FILE_LIST_DIRECTORY.
    READ_DATA = FILE_READ_DATA;
    /// FILE_WRITE_DATA, which for a directory is FILE_ADD_FILE.
    WRITE_DATA = FILE_WRITE_DATA;
    /// FILE_APPEND_DATA, which for a directory is FILE_ADD_SUBDIRECTORY.
    APPEND_DATA = FILE_APPEND_DATA;
    /// FILE_READ_EA.
    READ_EXTENDED_ATTRIBUTES = FILE_READ_EA;
    /// FILE_WRITE_EA.
    WRITE_EXTENDED_ATTRIBUTES = FILE_WRITE_EA;
    /// FILE_READ_ATTRIBUTES.
    READ_ATTRIBUTES = FILE_READ_ATTRIBUTES;
    /// FILE_WRITE_ATTRIBUTES.
    WRITE_ATTRIBUTES = FILE_WRITE_ATTRIBUTES;
    /// DELETE, which a rename takes as well.
    DELETE = DELETE;
    /// READ_CONTROL: the security descriptor is read, but for what is recorded.
    READ_CONTROL = READ_CONTROL;
    /// WRITE_DAC: who may do what is changed.
    WRITE_DAC = WRITE_DAC;
    /// WRITE_OWNER.
    WRITE_OWNER = WRITE_OWNER;
    /// ACCESS_SYSTEM_SECURITY: what is recorded is read and changed.
    SYSTEM_SECURITY = ACCESS_SYSTEM_SECURITY;
    /// SYNCHRONIZE: what synchronous I/O takes.
    SYNCHRONIZE = SYNCHRONIZE;
    /// MAXIMUM_ALLOWED: whatever the caller can get.
    MAXIMUM_ALLOWED = MAXIMUM_ALLOWED;
}

impl core::ops::BitOr for Access {
    type Output = Self;
    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl Access {
    /// The mask as C has it.
    pub const fn bits(self) -> u32 {
        self.0
    }

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

/// Makes the getters that the three kinds of create share.
macro_rules! creation {
    ($view:ident, $member:ident) => {
        impl $view<'_> {
            /// The disposition; what is none of the six values is taken as [`Disposition::Open`], which the file system
            /// refuses.
            pub fn disposition(&self) -> Disposition {
                Disposition::of(member!(self, $member).Options)
            }

            /// The create options.
            pub fn options(&self) -> CreateOptions {
                CreateOptions::from_bits_truncate(member!(self, $member).Options)
            }

            /// What others may open it for as well.
            pub fn share_access(&self) -> ShareAccess {
                ShareAccess::from_bits_retain(member!(self, $member).ShareAccess)
            }

            /// The access that is asked for.
            pub fn desired_access(&self) -> Access {
                let context = member!(self, $member).SecurityContext;
                // SAFETY: the security context of a create, where there is one, lives as long as the operation.
                Access(unsafe { context.as_ref() }.map_or(0, |context| context.DesiredAccess))
            }
        }
    };
}

view! {
    /// The parameters of [`op::Create`].
    CreateParameters
}

creation!(CreateParameters, Create);

impl CreateParameters<'_> {
    /// Whether the file is deleted when the handle is closed (FILE_DELETE_ON_CLOSE).
    pub fn is_delete_on_close(&self) -> bool {
        self.options().contains(CreateOptions::DELETE_ON_CLOSE)
    }

    /// Whether only a directory will do (FILE_DIRECTORY_FILE).
    pub fn is_directory(&self) -> bool {
        self.options().contains(CreateOptions::DIRECTORY_FILE)
    }

    /// The attributes that the file gets if it is created.
    pub fn file_attributes(&self) -> FileAttributes {
        FileAttributes::from_bits_retain(member!(self, Create).FileAttributes)
    }

    /// The length of the list of extended attributes that the file gets if it is created, in bytes.
    pub fn ea_length(&self) -> u32 {
        member!(self, Create).EaLength
    }

    /// How much room is allocated if the file is created or emptied, in bytes.
    pub fn allocation_size(&self) -> i64 {
        quad(member!(self, Create).AllocationSize)
    }

    fn has_flag(self, flag: u32) -> bool {
        u32::from(self.block().OperationFlags) & flag != 0
    }

    /// Whether the parent of the named file is opened, for a rename or a hard link (SL_OPEN_TARGET_DIRECTORY).
    pub fn opens_target_directory(&self) -> bool {
        self.has_flag(sys::SL_OPEN_TARGET_DIRECTORY)
    }

    /// Whether a paging file is opened (SL_OPEN_PAGING_FILE), for which nothing may be done.
    pub fn is_paging_file(&self) -> bool {
        self.has_flag(sys::SL_OPEN_PAGING_FILE)
    }

    /// Whether case counts in the name (SL_CASE_SENSITIVE).
    pub fn is_case_sensitive(&self) -> bool {
        self.has_flag(sys::SL_CASE_SENSITIVE)
    }

    /// Whether access is checked though kernel mode asks (SL_FORCE_ACCESS_CHECK).
    pub fn forces_access_check(&self) -> bool {
        self.has_flag(sys::SL_FORCE_ACCESS_CHECK)
    }

    /// Whether the create ends at a symbolic link (SL_STOP_ON_SYMLINK).
    pub fn stops_on_symlink(&self) -> bool {
        self.has_flag(sys::SL_STOP_ON_SYMLINK)
    }
}

/// What can be changed of a create. The callback data is marked dirty, so that the change takes effect (B-06); filters
/// above, and this filter's own post-operation, go on seeing the original (B-09).
impl Before<'_, op::Create> {
    /// Asks for another disposition.
    pub fn set_disposition(&mut self, disposition: Disposition) {
        self.set_create_options(self.parameters().options(), disposition);
    }

    /// Asks for other create options.
    pub fn set_options(&mut self, options: CreateOptions) {
        self.set_create_options(options, self.parameters().disposition());
    }

    fn set_create_options(&mut self, options: CreateOptions, disposition: Disposition) {
        let options = options.bits() & sys::FILE_VALID_OPTION_FLAGS | (disposition as u32) << DISPOSITION_SHIFT;
        self.change(|parameters| parameters.Create.Options = options);
    }

    /// Lets others open the file for something else as well.
    pub fn set_share_access(&mut self, access: ShareAccess) {
        self.change(|parameters| parameters.Create.ShareAccess = access.bits());
    }

    /// Asks for other attributes, should the file be created.
    pub fn set_file_attributes(&mut self, attributes: FileAttributes) {
        self.change(|parameters| parameters.Create.FileAttributes = attributes.bits());
    }

    /// Asks for another allocation size in bytes, should the file be created or emptied.
    pub fn set_allocation_size(&mut self, bytes: i64) {
        self.change(|parameters| parameters.Create.AllocationSize = sys::LARGE_INTEGER { QuadPart: bytes });
    }
}

view! {
    /// The parameters of [`op::CreateNamedPipe`].
    CreateNamedPipeParameters
}

creation!(CreateNamedPipeParameters, CreatePipe);

/// Whether a named pipe carries a stream or messages.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PipeMode {
    /// A stream of bytes.
    Bytes,
    /// Messages with their ends.
    Messages,
}

/// What a named pipe is created with: NAMED_PIPE_CREATE_PARAMETERS.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NamedPipe {
    /// How it is written.
    pub write_mode: PipeMode,
    /// How this end reads it.
    pub read_mode: PipeMode,
    /// Whether clients of other machines are refused (FILE_PIPE_REJECT_REMOTE_CLIENTS).
    pub rejects_remote_clients: bool,
    /// Whether this end never waits (FILE_PIPE_COMPLETE_OPERATION).
    pub is_nonblocking: bool,
    /// How many instances there may be at once; `u32::MAX` for any number.
    pub maximum_instances: u32,
    /// The room for what clients write, in bytes.
    pub inbound_quota: u32,
    /// The room for what clients read, in bytes.
    pub outbound_quota: u32,
    /// How long clients wait for an instance if they do not say, in units of 100 ns, and negative: it is relative.
    pub default_timeout: Option<i64>,
}

impl CreateNamedPipeParameters<'_> {
    /// What the pipe is created with; `None` where an instance is opened.
    pub fn pipe(&self) -> Option<NamedPipe> {
        let parameters = member!(self, CreatePipe).Parameters.cast::<sys::NAMED_PIPE_CREATE_PARAMETERS>();
        // SAFETY: the I/O manager's parameters, where there are some, live as long as the operation.
        let parameters = unsafe { parameters.as_ref() }?;
        let mode = |messages| if messages { PipeMode::Messages } else { PipeMode::Bytes };
        Some(NamedPipe {
            write_mode: mode(parameters.NamedPipeType & sys::FILE_PIPE_MESSAGE_TYPE != 0),
            read_mode: mode(parameters.ReadMode & sys::FILE_PIPE_MESSAGE_MODE != 0),
            rejects_remote_clients: parameters.NamedPipeType & sys::FILE_PIPE_REJECT_REMOTE_CLIENTS != 0,
            is_nonblocking: parameters.CompletionMode & sys::FILE_PIPE_COMPLETE_OPERATION != 0,
            maximum_instances: parameters.MaximumInstances,
            inbound_quota: parameters.InboundQuota,
            outbound_quota: parameters.OutboundQuota,
            default_timeout: (parameters.TimeoutSpecified != 0).then_some(quad(parameters.DefaultTimeout)),
        })
    }
}

view! {
    /// The parameters of [`op::CreateMailslot`].
    CreateMailslotParameters
}

creation!(CreateMailslotParameters, CreateMailslot);

/// What a mailslot is created with: MAILSLOT_CREATE_PARAMETERS.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Mailslot {
    /// The room for messages, in bytes.
    pub quota: u32,
    /// The most bytes of a message; 0 for any number.
    pub maximum_message_size: u32,
    /// How long a read waits, in units of 100 ns, and negative: it is relative; -1 for as long as it takes.
    pub read_timeout: Option<i64>,
}

impl CreateMailslotParameters<'_> {
    /// What the mailslot is created with; `None` where there is nothing told.
    pub fn mailslot(&self) -> Option<Mailslot> {
        let parameters = member!(self, CreateMailslot).Parameters.cast::<sys::MAILSLOT_CREATE_PARAMETERS>();
        // SAFETY: the I/O manager's parameters, where there are some, live as long as the operation.
        let parameters = unsafe { parameters.as_ref() }?;
        Some(Mailslot {
            quota: parameters.MailslotQuota,
            maximum_message_size: parameters.MaximumMessageSize,
            read_timeout: (parameters.TimeoutSpecified != 0).then_some(quad(parameters.ReadTimeout)),
        })
    }
}
