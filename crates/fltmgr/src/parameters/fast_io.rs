//! What comes as fast I/O alone.

use super::quad;

view! {
    /// The parameters of [`op::FastIoCheckIfPossible`](crate::op::FastIoCheckIfPossible).
    FastIoCheckIfPossibleParameters
}

impl FastIoCheckIfPossibleParameters<'_> {
    /// Where the transfer would begin, in bytes.
    pub fn file_offset(&self) -> u64 {
        quad(member!(self, FastIoCheckIfPossible).FileOffset).cast_unsigned()
    }

    /// The number of bytes.
    pub fn length(&self) -> u32 {
        member!(self, FastIoCheckIfPossible).Length
    }

    /// What tells the byte-range locks of one process apart.
    pub fn key(&self) -> u32 {
        member!(self, FastIoCheckIfPossible).LockKey
    }

    /// Whether it would be a read; else a write.
    pub fn is_read(&self) -> bool {
        member!(self, FastIoCheckIfPossible).CheckForReadOperation != 0
    }
}

/// Makes what the two MDL transfers share.
macro_rules! mdl_transfer {
    ($view:ident, $member:ident) => {
        impl $view<'_> {
            /// Where the transfer begins, in bytes.
            pub fn file_offset(&self) -> u64 {
                quad(member!(self, $member).FileOffset).cast_unsigned()
            }

            /// The number of bytes.
            pub fn length(&self) -> u32 {
                member!(self, $member).Length
            }

            /// What tells the byte-range locks of one process apart.
            pub fn key(&self) -> u32 {
                member!(self, $member).Key
            }
        }
    };
}

view! {
    /// The parameters of [`op::MdlRead`](crate::op::MdlRead).
    MdlReadParameters
}

mdl_transfer!(MdlReadParameters, MdlRead);

view! {
    /// The parameters of [`op::PrepareMdlWrite`](crate::op::PrepareMdlWrite).
    PrepareMdlWriteParameters
}

mdl_transfer!(PrepareMdlWriteParameters, PrepareMdlWrite);

view! {
    /// The parameters of [`op::MdlWriteComplete`](crate::op::MdlWriteComplete).
    MdlWriteCompleteParameters
}

impl MdlWriteCompleteParameters<'_> {
    /// Where the transfer began, in bytes.
    pub fn file_offset(&self) -> u64 {
        quad(member!(self, MdlWriteComplete).FileOffset).cast_unsigned()
    }
}
