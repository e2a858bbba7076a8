//! NTSTATUS values: [`Status`] for any of them, [`Error`] for those that say that something failed.
//!
//! ```
//! use fltmgr::{Error, Status};
//!
//! assert!(Status::SUCCESS.is_success() && !Status::from(Error::ACCESS_DENIED).is_success());
//! assert_eq!(Error::from_raw(0xC000_0022_u32.cast_signed()), Some(Error::ACCESS_DENIED));
//! // STATUS_TIMEOUT is no error: its class is that of success.
//! assert_eq!(Error::from_raw(0x0000_0102), None);
//! ```

use fltmgr_sys as sys;

/// An NTSTATUS.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(transparent)]
pub struct Status(i32);

impl Status {
    /// STATUS_SUCCESS.
    pub const SUCCESS: Self = Self(sys::STATUS_SUCCESS);
    /// STATUS_REPARSE: the create goes on under another name, and no file was opened.
    pub const REPARSE: Self = Self(sys::STATUS_REPARSE);

    /// The value as C has it.
    pub const fn raw(self) -> i32 {
        self.0
    }

    pub(crate) const fn from_raw(raw: i32) -> Self {
        Self(raw)
    }

    /// `NT_SUCCESS`: a success or an informational status. A warning such as STATUS_BUFFER_OVERFLOW is none (C-11).
    pub const fn is_success(self) -> bool {
        self.0 >= 0
    }
}

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        Self(error.0)
    }
}

/// An NTSTATUS of severity error or warning.
///
/// # Invariants
///
/// The value is negative, so it is no success; it is not STATUS_FLT_DISALLOW_FAST_IO, which only the Filter Manager may
/// store (C-08), unless a routine of the system returned it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(transparent)]
pub struct Error(i32);

/// The result of a routine that returns an NTSTATUS.
pub type Result<T> = core::result::Result<T, Error>;

macro_rules! errors {
    ($($(#[$doc:meta])* $name:ident = $status:ident;)*) => {
        impl Error {
            $($(#[$doc])* pub const $name: Self = Self(sys::$status);)*
        }
    };
}

errors! {
    /// STATUS_ACCESS_DENIED.
    ACCESS_DENIED = STATUS_ACCESS_DENIED;
    /// STATUS_ACCESS_VIOLATION: a user-mode address could not be read or written.
    ACCESS_VIOLATION = STATUS_ACCESS_VIOLATION;
    /// STATUS_BUFFER_OVERFLOW: there is more than there was room for.
    BUFFER_OVERFLOW = STATUS_BUFFER_OVERFLOW;
    /// STATUS_BUFFER_TOO_SMALL.
    BUFFER_TOO_SMALL = STATUS_BUFFER_TOO_SMALL;
    /// STATUS_END_OF_FILE.
    END_OF_FILE = STATUS_END_OF_FILE;
    /// STATUS_CANCELLED.
    CANCELLED = STATUS_CANCELLED;
    /// STATUS_FLT_CONTEXT_ALREADY_DEFINED.
    CONTEXT_ALREADY_DEFINED = STATUS_FLT_CONTEXT_ALREADY_DEFINED;
    /// STATUS_FLT_DELETING_OBJECT: the filter, instance or volume is going away.
    DELETING_OBJECT = STATUS_FLT_DELETING_OBJECT;
    /// STATUS_INSUFFICIENT_RESOURCES.
    INSUFFICIENT_RESOURCES = STATUS_INSUFFICIENT_RESOURCES;
    /// STATUS_INVALID_PARAMETER.
    INVALID_PARAMETER = STATUS_INVALID_PARAMETER;
    /// STATUS_INVALID_INFO_CLASS: there is no such class of information, or not here.
    INVALID_INFO_CLASS = STATUS_INVALID_INFO_CLASS;
    /// STATUS_INVALID_BUFFER_SIZE.
    INVALID_BUFFER_SIZE = STATUS_INVALID_BUFFER_SIZE;
    /// STATUS_INVALID_DEVICE_REQUEST.
    INVALID_DEVICE_REQUEST = STATUS_INVALID_DEVICE_REQUEST;
    /// STATUS_NAME_TOO_LONG.
    NAME_TOO_LONG = STATUS_NAME_TOO_LONG;
    /// STATUS_NOT_FOUND.
    NOT_FOUND = STATUS_NOT_FOUND;
    /// STATUS_FLT_NOT_INITIALIZED: the filter has not started.
    NOT_INITIALIZED = STATUS_FLT_NOT_INITIALIZED;
    /// STATUS_NOT_SUPPORTED.
    NOT_SUPPORTED = STATUS_NOT_SUPPORTED;
    /// STATUS_OBJECT_NAME_NOT_FOUND.
    OBJECT_NAME_NOT_FOUND = STATUS_OBJECT_NAME_NOT_FOUND;
    /// STATUS_OBJECT_TYPE_MISMATCH.
    OBJECT_TYPE_MISMATCH = STATUS_OBJECT_TYPE_MISMATCH;
    /// STATUS_PORT_DISCONNECTED.
    PORT_DISCONNECTED = STATUS_PORT_DISCONNECTED;
    /// STATUS_POSSIBLE_DEADLOCK: the thread would wait for itself.
    POSSIBLE_DEADLOCK = STATUS_POSSIBLE_DEADLOCK;
    /// STATUS_REVISION_MISMATCH.
    REVISION_MISMATCH = STATUS_REVISION_MISMATCH;
    /// STATUS_SHARING_VIOLATION.
    SHARING_VIOLATION = STATUS_SHARING_VIOLATION;
    /// STATUS_UNSUCCESSFUL.
    UNSUCCESSFUL = STATUS_UNSUCCESSFUL;
    /// STATUS_DELETE_PENDING: the file is about to be deleted.
    DELETE_PENDING = STATUS_DELETE_PENDING;
    /// STATUS_DIRECTORY_NOT_EMPTY.
    DIRECTORY_NOT_EMPTY = STATUS_DIRECTORY_NOT_EMPTY;
    /// STATUS_DISK_FULL.
    DISK_FULL = STATUS_DISK_FULL;
    /// STATUS_FILE_CLOSED: the file's last handle was closed.
    FILE_CLOSED = STATUS_FILE_CLOSED;
    /// STATUS_FILE_IS_A_DIRECTORY.
    FILE_IS_A_DIRECTORY = STATUS_FILE_IS_A_DIRECTORY;
    /// STATUS_FILE_LOCK_CONFLICT: somebody has locked a range of bytes.
    FILE_LOCK_CONFLICT = STATUS_FILE_LOCK_CONFLICT;
    /// STATUS_INFO_LENGTH_MISMATCH: a structure does not have the length that it should have.
    INFO_LENGTH_MISMATCH = STATUS_INFO_LENGTH_MISMATCH;
    /// STATUS_INVALID_EA_NAME, a warning: no extended attribute can have this name.
    INVALID_EA_NAME = STATUS_INVALID_EA_NAME;
    /// STATUS_INVALID_SECURITY_DESCR: this is no security descriptor.
    INVALID_SECURITY_DESCRIPTOR = STATUS_INVALID_SECURITY_DESCR;
    /// STATUS_MEDIA_WRITE_PROTECTED.
    MEDIA_WRITE_PROTECTED = STATUS_MEDIA_WRITE_PROTECTED;
    /// STATUS_MOUNT_POINT_NOT_RESOLVED: the name leads to another volume.
    MOUNT_POINT_NOT_RESOLVED = STATUS_MOUNT_POINT_NOT_RESOLVED;
    /// STATUS_NO_EAS_ON_FILE: the file has no extended attributes.
    NO_EAS_ON_FILE = STATUS_NO_EAS_ON_FILE;
    /// STATUS_NO_MORE_EAS, a warning: all extended attributes have been told.
    NO_MORE_EAS = STATUS_NO_MORE_EAS;
    /// STATUS_NO_MORE_ENTRIES, a warning: all entries have been told.
    NO_MORE_ENTRIES = STATUS_NO_MORE_ENTRIES;
    /// STATUS_NO_MORE_FILES, a warning: all files have been told.
    NO_MORE_FILES = STATUS_NO_MORE_FILES;
    /// STATUS_NO_SUCH_FILE: no file of the directory matches.
    NO_SUCH_FILE = STATUS_NO_SUCH_FILE;
    /// STATUS_NOT_A_DIRECTORY.
    NOT_A_DIRECTORY = STATUS_NOT_A_DIRECTORY;
    /// STATUS_NOT_SAME_DEVICE: the two names are on different volumes.
    NOT_SAME_DEVICE = STATUS_NOT_SAME_DEVICE;
    /// STATUS_OBJECT_NAME_COLLISION: there is a file of this name.
    OBJECT_NAME_COLLISION = STATUS_OBJECT_NAME_COLLISION;
    /// STATUS_OBJECT_PATH_NOT_FOUND: a directory of the name does not exist.
    OBJECT_PATH_NOT_FOUND = STATUS_OBJECT_PATH_NOT_FOUND;
    /// STATUS_TRANSACTION_NOT_ACTIVE: the transaction has ended, or is about to.
    TRANSACTION_NOT_ACTIVE = STATUS_TRANSACTION_NOT_ACTIVE;
    /// STATUS_TRANSACTION_REQUEST_NOT_VALID: the transaction cannot be rolled back by who asks for it.
    TRANSACTION_REQUEST_NOT_VALID = STATUS_TRANSACTION_REQUEST_NOT_VALID;
    /// STATUS_INVALID_SID: this is no security identifier.
    INVALID_SID = STATUS_INVALID_SID;
    /// STATUS_IO_REPARSE_DATA_INVALID: the data of a reparse point is not what its tag asks for.
    IO_REPARSE_DATA_INVALID = STATUS_IO_REPARSE_DATA_INVALID;
    /// STATUS_IO_REPARSE_TAG_MISMATCH: the file is a reparse point of another tag.
    IO_REPARSE_TAG_MISMATCH = STATUS_IO_REPARSE_TAG_MISMATCH;
    /// STATUS_NOT_A_REPARSE_POINT.
    NOT_A_REPARSE_POINT = STATUS_NOT_A_REPARSE_POINT;
    /// STATUS_REPARSE_ATTRIBUTE_CONFLICT: the file is a reparse point of another GUID.
    REPARSE_ATTRIBUTE_CONFLICT = STATUS_REPARSE_ATTRIBUTE_CONFLICT;
    /// STATUS_VIRUS_INFECTED.
    VIRUS_INFECTED = STATUS_VIRUS_INFECTED;
}

impl Error {
    /// The error with this value; `None` if the value is no error (severity 3) or is STATUS_FLT_DISALLOW_FAST_IO, which
    /// no filter may use (C-08).
    pub const fn from_raw(raw: i32) -> Option<Self> {
        // INVARIANT: severity 3 makes the value negative.
        if raw.cast_unsigned() >> 30 == 3 && raw != sys::STATUS_FLT_DISALLOW_FAST_IO { Some(Self(raw)) } else { None }
    }

    /// The value as C has it.
    pub const fn raw(self) -> i32 {
        self.0
    }

    /// What a routine returned: the error if it is one, else the success status.
    pub(crate) const fn check(raw: i32) -> Result<Status> {
        // INVARIANT: what is not a success is negative.
        if raw >= 0 { Ok(Status(raw)) } else { Err(Self(raw)) }
    }
}
