//! NTSTATUS to errno: what a program on the mount sees when the file system or a filter refuses.

use fltmgr_sys as sys;
use fuser::Errno;

use crate::status::NtStatus;

/// The errno that says the same as `status`, as near as Linux can say it.
pub(super) fn errno(status: NtStatus) -> Errno {
    match status.0 {
        sys::STATUS_ACCESS_DENIED | sys::STATUS_CANNOT_DELETE | sys::STATUS_SHARING_VIOLATION => Errno::EACCES,
        sys::STATUS_PRIVILEGE_NOT_HELD | sys::STATUS_VIRUS_INFECTED | sys::STATUS_VIRUS_DELETED => Errno::EPERM,
        sys::STATUS_OBJECT_NAME_NOT_FOUND
        | sys::STATUS_OBJECT_PATH_NOT_FOUND
        | sys::STATUS_NO_SUCH_FILE
        | sys::STATUS_NOT_FOUND
        | sys::STATUS_DELETE_PENDING
        | sys::STATUS_FILE_DELETED
        | sys::STATUS_OBJECT_NAME_INVALID => Errno::ENOENT,
        sys::STATUS_OBJECT_NAME_COLLISION => Errno::EEXIST,
        sys::STATUS_NOT_A_DIRECTORY => Errno::ENOTDIR,
        sys::STATUS_FILE_IS_A_DIRECTORY => Errno::EISDIR,
        sys::STATUS_DIRECTORY_NOT_EMPTY => Errno::ENOTEMPTY,
        sys::STATUS_DISK_FULL => Errno::ENOSPC,
        sys::STATUS_QUOTA_EXCEEDED => Errno::EDQUOT,
        sys::STATUS_MEDIA_WRITE_PROTECTED => Errno::EROFS,
        sys::STATUS_NAME_TOO_LONG => Errno::ENAMETOOLONG,
        sys::STATUS_NOT_SAME_DEVICE => Errno::EXDEV,
        sys::STATUS_TOO_MANY_LINKS => Errno::EMLINK,
        sys::STATUS_INSUFFICIENT_RESOURCES | sys::STATUS_NO_MEMORY => Errno::ENOMEM,
        sys::STATUS_TOO_MANY_OPENED_FILES => Errno::EMFILE,
        sys::STATUS_CANCELLED => Errno::EINTR,
        sys::STATUS_IO_TIMEOUT => Errno::ETIMEDOUT,
        sys::STATUS_FILE_LOCK_CONFLICT | sys::STATUS_LOCK_NOT_GRANTED => Errno::EAGAIN,
        sys::STATUS_INVALID_PARAMETER
        | sys::STATUS_NOT_A_REPARSE_POINT
        | sys::STATUS_INFO_LENGTH_MISMATCH
        | sys::STATUS_INVALID_INFO_CLASS => Errno::EINVAL,
        sys::STATUS_NOT_SUPPORTED
        | sys::STATUS_NOT_IMPLEMENTED
        | sys::STATUS_INVALID_DEVICE_REQUEST
        | sys::STATUS_EAS_NOT_SUPPORTED => Errno::EOPNOTSUPP,
        sys::STATUS_INVALID_HANDLE | sys::STATUS_FILE_CLOSED => Errno::EBADF,
        _ => Errno::EIO,
    }
}
