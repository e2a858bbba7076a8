//! Listing directories and watching them.

use super::information::FileInformation;
use crate::irql::{ApcLevel, Irql, NotAbove};
use fltmgr_sys as sys;

bitflags::bitflags! {
    /// Which changes of a directory are waited for.
    #[derive(Clone, Copy, PartialEq, Eq, Debug)]
    pub struct NotifyFilter: u32 {
        /// FILE_NOTIFY_CHANGE_FILE_NAME: files that come, go or are renamed.
        const FILE_NAME = sys::FILE_NOTIFY_CHANGE_FILE_NAME;
        /// FILE_NOTIFY_CHANGE_DIR_NAME: directories that come, go or are renamed.
        const DIRECTORY_NAME = sys::FILE_NOTIFY_CHANGE_DIR_NAME;
        /// FILE_NOTIFY_CHANGE_ATTRIBUTES.
        const ATTRIBUTES = sys::FILE_NOTIFY_CHANGE_ATTRIBUTES;
        /// FILE_NOTIFY_CHANGE_SIZE.
        const SIZE = sys::FILE_NOTIFY_CHANGE_SIZE;
        /// FILE_NOTIFY_CHANGE_LAST_WRITE.
        const LAST_WRITE = sys::FILE_NOTIFY_CHANGE_LAST_WRITE;
        /// FILE_NOTIFY_CHANGE_LAST_ACCESS.
        const LAST_ACCESS = sys::FILE_NOTIFY_CHANGE_LAST_ACCESS;
        /// FILE_NOTIFY_CHANGE_CREATION.
        const CREATION = sys::FILE_NOTIFY_CHANGE_CREATION;
        /// FILE_NOTIFY_CHANGE_EA.
        const EXTENDED_ATTRIBUTES = sys::FILE_NOTIFY_CHANGE_EA;
        /// FILE_NOTIFY_CHANGE_SECURITY.
        const SECURITY = sys::FILE_NOTIFY_CHANGE_SECURITY;
        /// FILE_NOTIFY_CHANGE_STREAM_NAME.
        const STREAM_NAME = sys::FILE_NOTIFY_CHANGE_STREAM_NAME;
        /// FILE_NOTIFY_CHANGE_STREAM_SIZE.
        const STREAM_SIZE = sys::FILE_NOTIFY_CHANGE_STREAM_SIZE;
        /// FILE_NOTIFY_CHANGE_STREAM_WRITE.
        const STREAM_WRITE = sys::FILE_NOTIFY_CHANGE_STREAM_WRITE;
        const _ = !0;
    }
}

/// A listing. Which names are listed, [`DirectoryParameters::pattern`] says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DirectoryQuery {
    /// The room for entries, in bytes.
    pub length: u32,
    /// How each entry is told.
    pub class: FileInformation,
    /// Where the listing begins, if it does not go on where it was (SL_INDEX_SPECIFIED).
    pub index: Option<u32>,
    /// Whether the listing begins anew (SL_RESTART_SCAN).
    pub restarts: bool,
    /// Whether one entry is all that is wanted (SL_RETURN_SINGLE_ENTRY).
    pub single_entry: bool,
}

/// A request to be told of changes. It stays pending until there is one (F-08).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DirectoryWatch {
    /// The room for changes, in bytes.
    pub length: u32,
    /// Which changes are waited for.
    pub filter: NotifyFilter,
    /// Whether directories below are watched as well (SL_WATCH_TREE).
    pub watches_tree: bool,
    /// Whether changes are told with more details (IRP_MN_NOTIFY_CHANGE_DIRECTORY_EX).
    pub is_extended: bool,
}

/// What a directory control asks for; the minor function decides.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DirectoryRequest {
    /// IRP_MN_QUERY_DIRECTORY.
    Query(DirectoryQuery),
    /// IRP_MN_NOTIFY_CHANGE_DIRECTORY, or its extended form.
    Watch(DirectoryWatch),
    /// A minor function that these are not.
    Other(u8),
}

view! {
    /// The parameters of [`op::DirectoryControl`](crate::op::DirectoryControl).
    DirectoryParameters
}

impl<'a> DirectoryParameters<'a> {
    /// What is asked for.
    pub fn request(&self) -> DirectoryRequest {
        if self.is_query() {
            DirectoryRequest::Query(self.query())
        } else if self.is_notify() {
            DirectoryRequest::Watch(self.watch())
        } else {
            DirectoryRequest::Other(self.block().MinorFunction)
        }
    }

    /// Whether the directory is listed (IRP_MN_QUERY_DIRECTORY), not watched.
    pub fn is_query(&self) -> bool {
        u32::from(self.block().MinorFunction) == sys::IRP_MN_QUERY_DIRECTORY
    }

    /// Whether the directory is watched (IRP_MN_NOTIFY_CHANGE_DIRECTORY, or its extended form), not listed.
    pub fn is_notify(&self) -> bool {
        let minor = u32::from(self.block().MinorFunction);
        matches!(minor, sys::IRP_MN_NOTIFY_CHANGE_DIRECTORY | sys::IRP_MN_NOTIFY_CHANGE_DIRECTORY_EX)
    }

    /// Which names are listed, if it is not all; the first query of a handle decides for the later ones. It may lie in paged
    /// memory, so it is there while the level is APC_LEVEL at most.
    pub fn pattern<'b, L: NotAbove<ApcLevel>>(&self, _: Irql<'b, L>) -> Option<&'b [u16]>
    where
        'a: 'b,
    {
        if !self.is_query() {
            return None;
        }
        let pattern = member!(self, DirectoryControl.QueryDirectory).FileName;
        // SAFETY: the I/O manager's copy of the pattern, where there is one, lives as long as the operation.
        let pattern = unsafe { pattern.as_ref() }?;
        // SAFETY: as above, and so do the units it points to.
        Some(unsafe { crate::string::units(pattern) })
    }

    fn has_flag(self, flag: u32) -> bool {
        u32::from(self.block().OperationFlags) & flag != 0
    }

    fn query(self) -> DirectoryQuery {
        let query = member!(self, DirectoryControl.QueryDirectory);
        DirectoryQuery {
            length: query.Length,
            class: FileInformation(query.FileInformationClass),
            index: self.has_flag(sys::SL_INDEX_SPECIFIED).then_some(query.FileIndex),
            restarts: self.has_flag(sys::SL_RESTART_SCAN),
            single_entry: self.has_flag(sys::SL_RETURN_SINGLE_ENTRY),
        }
    }

    fn watch(self) -> DirectoryWatch {
        // The extended form has its length and its filter at the same places.
        let watch = member!(self, DirectoryControl.NotifyDirectory);
        DirectoryWatch {
            length: watch.Length,
            filter: NotifyFilter::from_bits_retain(watch.CompletionFilter),
            watches_tree: self.has_flag(sys::SL_WATCH_TREE),
            is_extended: u32::from(self.block().MinorFunction) == sys::IRP_MN_NOTIFY_CHANGE_DIRECTORY_EX,
        }
    }
}
