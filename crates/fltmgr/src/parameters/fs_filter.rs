//! What FSFilter asks on behalf of the memory manager, the cache manager and the I/O manager.

use super::information::FileInformation;
use super::quad;
use crate::op;
use crate::operation::{Completed, PreOp};
use crate::status::Error;
use fltmgr_sys as sys;

/// What has to be in step with sections of the file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SectionSynchronization {
    /// SyncTypeCreateSection: a section is created, whose pages get this protection.
    Create(PageProtection),
    /// SyncTypeOther: something else, which cannot be failed (C-26).
    Other,
}

bitflags::bitflags! {
    /// How the pages of a section may be used.
    #[derive(Clone, Copy, PartialEq, Eq, Debug)]
    pub struct PageProtection: u32 {
        /// PAGE_NOACCESS.
        const NOACCESS = sys::PAGE_NOACCESS;
        /// PAGE_READONLY.
        const READONLY = sys::PAGE_READONLY;
        /// PAGE_READWRITE.
        const READWRITE = sys::PAGE_READWRITE;
        /// PAGE_WRITECOPY: what is written stays in memory.
        const WRITECOPY = sys::PAGE_WRITECOPY;
        /// PAGE_EXECUTE.
        const EXECUTE = sys::PAGE_EXECUTE;
        /// PAGE_EXECUTE_READ.
        const EXECUTE_READ = sys::PAGE_EXECUTE_READ;
        /// PAGE_EXECUTE_READWRITE.
        const EXECUTE_READWRITE = sys::PAGE_EXECUTE_READWRITE;
        /// PAGE_EXECUTE_WRITECOPY.
        const EXECUTE_WRITECOPY = sys::PAGE_EXECUTE_WRITECOPY;
        const _ = !0;
    }
}

impl PageProtection {
    /// Whether the pages can be executed.
    pub const fn executes(self) -> bool {
        self.intersects(
            Self::EXECUTE.union(Self::EXECUTE_READ).union(Self::EXECUTE_READWRITE).union(Self::EXECUTE_WRITECOPY),
        )
    }

    /// Whether what is written to the pages reaches the file.
    pub const fn writes(self) -> bool {
        self.intersects(Self::READWRITE.union(Self::EXECUTE_READWRITE))
    }
}

view! {
    /// The parameters of [`op::AcquireForSectionSynchronization`].
    AcquireForSectionSynchronizationParameters
}

impl AcquireForSectionSynchronizationParameters<'_> {
    /// What has to be in step with sections of the file.
    pub fn synchronization(&self) -> SectionSynchronization {
        let acquire = member!(self, AcquireForSectionSynchronization);
        if acquire.SyncType == sys::SyncTypeCreateSection {
            SectionSynchronization::Create(PageProtection::from_bits_retain(acquire.PageProtection))
        } else {
            SectionSynchronization::Other
        }
    }
}

impl<'a> PreOp<'a, op::AcquireForSectionSynchronization> {
    /// Has a section not be created, with STATUS_INSUFFICIENT_RESOURCES, which is the one failure that there is (C-26);
    /// gives the operation back if no section is created.
    ///
    /// # Errors
    ///
    /// The operation, which cannot be failed.
    pub fn refuse_section(self) -> Result<Completed<'a, op::AcquireForSectionSynchronization>, Self> {
        match self.parameters().synchronization() {
            SectionSynchronization::Create(_) => Ok(self.complete(Error::INSUFFICIENT_RESOURCES.into())),
            SectionSynchronization::Other => Err(self),
        }
    }
}

view! {
    /// The parameters of [`op::AcquireForModWrite`].
    AcquireForModWriteParameters
}

impl AcquireForModWriteParameters<'_> {
    /// Where the write ends: the offset behind its last byte.
    pub fn ending_offset(&self) -> Option<u64> {
        let offset = member!(self, AcquireForModifiedPageWriter).EndingOffset;
        // SAFETY: the number that the memory manager points to lives as long as the operation.
        let offset = unsafe { offset.as_ref() };
        offset.map(|offset| quad(*offset).cast_unsigned())
    }
}

view! {
    /// The parameters of [`op::QueryOpen`].
    QueryOpenParameters
}

impl QueryOpenParameters<'_> {
    /// What is asked for: FileStat, FileStatLx, FileCaseSensitive or FileStatBasic information (L-10).
    pub fn class(&self) -> FileInformation {
        FileInformation(member!(self, QueryOpen).FileInformationClass)
    }

    /// The room for the answer, in bytes.
    pub fn length(&self) -> u32 {
        let length = member!(self, QueryOpen).Length;
        // SAFETY: the number that the I/O manager points to lives as long as the operation.
        unsafe { length.as_ref() }.copied().unwrap_or(0)
    }
}
