//! What open(2) asks for, in the words of `NtCreateFile`.

use crate::io::OpenRequest;

pub(super) const FILE_READ_DATA: u32 = 0x1;
pub(super) const FILE_LIST_DIRECTORY: u32 = 0x1;
pub(super) const FILE_WRITE_DATA: u32 = 0x2;
const FILE_APPEND_DATA: u32 = 0x4;
const FILE_READ_EA: u32 = 0x8;
pub(super) const FILE_WRITE_EA: u32 = 0x10;
const FILE_EXECUTE: u32 = 0x20;
pub(super) const FILE_READ_ATTRIBUTES: u32 = 0x80;
pub(super) const FILE_WRITE_ATTRIBUTES: u32 = 0x100;
pub(super) const DELETE: u32 = 0x1_0000;
const READ_CONTROL: u32 = 0x2_0000;
pub(super) const SYNCHRONIZE: u32 = 0x10_0000;

const FILE_GENERIC_READ: u32 = FILE_READ_DATA | FILE_READ_EA | FILE_READ_ATTRIBUTES | READ_CONTROL | SYNCHRONIZE;
const FILE_GENERIC_WRITE: u32 =
    FILE_WRITE_DATA | FILE_APPEND_DATA | FILE_WRITE_EA | FILE_WRITE_ATTRIBUTES | READ_CONTROL | SYNCHRONIZE;
const FILE_GENERIC_EXECUTE: u32 = FILE_EXECUTE | FILE_READ_DATA | FILE_READ_ATTRIBUTES | READ_CONTROL | SYNCHRONIZE;

const FILE_SHARE_ALL: u32 = 0x7;
pub(super) const FILE_ATTRIBUTE_NORMAL: u32 = 0x80;

const FILE_OPEN: u32 = 1;
pub(super) const FILE_CREATE: u32 = 2;
const FILE_OPEN_IF: u32 = 3;
const FILE_OVERWRITE: u32 = 4;
const FILE_OVERWRITE_IF: u32 = 5;

/// `Information` of an open that made the file.
pub(super) const FILE_CREATED: usize = 2;

pub(super) const FILE_DIRECTORY_FILE: u32 = 0x1;
const FILE_WRITE_THROUGH: u32 = 0x2;
const FILE_SYNCHRONOUS_IO_NONALERT: u32 = 0x20;
pub(super) const FILE_NON_DIRECTORY_FILE: u32 = 0x40;
const FILE_OPEN_REPARSE_POINT: u32 = 0x20_0000;

/// What the kernel adds to the flags of a file it opens to run it.
const FMODE_EXEC: i32 = 0x20;

/// An open of what is there, a link itself rather than its target, for exactly this access.
pub(super) fn existing(name: Vec<u16>, desired_access: u32, options: u32) -> OpenRequest {
    OpenRequest {
        name,
        desired_access: desired_access | SYNCHRONIZE,
        disposition: FILE_OPEN,
        options: options | FILE_OPEN_REPARSE_POINT | FILE_SYNCHRONOUS_IO_NONALERT,
        share_access: FILE_SHARE_ALL,
        file_attributes: 0,
        allocation_size: 0,
        case_sensitive: true,
        ..OpenRequest::default()
    }
}

/// A new directory, or a new file that is about to become something else.
pub(super) fn new(name: Vec<u16>, desired_access: u32, options: u32) -> OpenRequest {
    OpenRequest {
        disposition: FILE_CREATE,
        file_attributes: FILE_ATTRIBUTE_NORMAL,
        ..existing(name, desired_access, options)
    }
}

/// An open of a file's content with the flags of open(2); `create` when the file may have to be made.
pub(super) fn content(name: Vec<u16>, flags: i32, create: bool) -> OpenRequest {
    let mut desired_access = match flags & libc::O_ACCMODE {
        libc::O_RDONLY if flags & FMODE_EXEC != 0 => FILE_GENERIC_EXECUTE,
        libc::O_RDONLY => FILE_GENERIC_READ,
        libc::O_WRONLY => FILE_GENERIC_WRITE | FILE_READ_ATTRIBUTES,
        _ => FILE_GENERIC_READ | FILE_GENERIC_WRITE,
    };
    let truncate = flags & libc::O_TRUNC != 0;
    if truncate {
        desired_access |= FILE_WRITE_DATA;
    }
    if create {
        // Mode and owner of a new file are extended attributes.
        desired_access |= FILE_WRITE_EA | FILE_READ_ATTRIBUTES;
    }
    let disposition = match (create, flags & libc::O_EXCL != 0, truncate) {
        (true, true, _) => FILE_CREATE,
        (true, false, true) => FILE_OVERWRITE_IF,
        (true, false, false) => FILE_OPEN_IF,
        (false, _, true) => FILE_OVERWRITE,
        (false, _, false) => FILE_OPEN,
    };
    let mut options = FILE_NON_DIRECTORY_FILE | FILE_SYNCHRONOUS_IO_NONALERT;
    if flags & (libc::O_SYNC | libc::O_DSYNC) != 0 {
        options |= FILE_WRITE_THROUGH;
    }
    OpenRequest {
        name,
        desired_access,
        disposition,
        options,
        share_access: FILE_SHARE_ALL,
        file_attributes: FILE_ATTRIBUTE_NORMAL,
        allocation_size: 0,
        case_sensitive: true,
        ..OpenRequest::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(flags: i32, create: bool) -> (u32, u32) {
        let request = content(vec![], flags, create);
        (request.desired_access, request.disposition)
    }

    #[test]
    fn opens_ask_for_what_the_flags_say_and_no_more() {
        let (access, disposition) = request(libc::O_RDONLY, false);
        assert_eq!((access & 0x1FF, disposition), (FILE_READ_DATA | FILE_READ_EA | FILE_READ_ATTRIBUTES, FILE_OPEN));
        let (access, _) = request(libc::O_WRONLY, false);
        assert_eq!(access & (FILE_READ_DATA | FILE_WRITE_DATA), FILE_WRITE_DATA);
        let (access, _) = request(libc::O_RDWR, false);
        assert_eq!(access & (FILE_READ_DATA | FILE_WRITE_DATA), FILE_READ_DATA | FILE_WRITE_DATA);
        let (access, _) = request(libc::O_RDONLY | FMODE_EXEC, false);
        assert_eq!(access & (FILE_EXECUTE | FILE_WRITE_DATA), FILE_EXECUTE);
    }

    #[test]
    fn dispositions_follow_creation_exclusion_and_truncation() {
        assert_eq!(request(libc::O_RDWR | libc::O_TRUNC, false).1, FILE_OVERWRITE);
        assert_eq!(request(libc::O_WRONLY, true).1, FILE_OPEN_IF);
        assert_eq!(request(libc::O_WRONLY | libc::O_TRUNC, true).1, FILE_OVERWRITE_IF);
        assert_eq!(request(libc::O_WRONLY | libc::O_EXCL | libc::O_TRUNC, true).1, FILE_CREATE);
    }
}
