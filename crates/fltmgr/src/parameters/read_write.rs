//! What is read, written and flushed.

use super::quad;
use crate::op;
use crate::operation::Before;
use fltmgr_sys as sys;

/// Where a read or a write begins.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ByteOffset {
    /// So many bytes from the beginning of the file.
    At(u64),
    /// FILE_WRITE_TO_END_OF_FILE: wherever the file ends by then.
    EndOfFile,
    /// FILE_USE_FILE_POINTER_POSITION: where the last transfer through the file object ended.
    FilePosition,
}

const END_OF_FILE: i64 = -1;
const FILE_POSITION: i64 = -2;

impl ByteOffset {
    const fn of(raw: sys::LARGE_INTEGER) -> Self {
        match quad(raw) {
            END_OF_FILE => Self::EndOfFile,
            FILE_POSITION => Self::FilePosition,
            offset => Self::At(offset.cast_unsigned()),
        }
    }

    pub(crate) const fn raw(self) -> sys::LARGE_INTEGER {
        let offset = match self {
            Self::At(offset) => offset.cast_signed(),
            Self::EndOfFile => END_OF_FILE,
            Self::FilePosition => FILE_POSITION,
        };
        sys::LARGE_INTEGER { QuadPart: offset }
    }
}

/// How data is passed; the minor function.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TransferKind {
    /// IRP_MN_NORMAL, or another that has its data in the operation's buffer.
    Normal,
    /// IRP_MN_MDL: the cache manager gives an MDL of the cached data, which is its own (I-35).
    Mdl,
    /// IRP_MN_COMPLETE: the cache manager gets the MDL back (I-35).
    MdlComplete,
    /// IRP_MN_COMPRESSED: the data is compressed.
    Compressed,
}

/// Makes what reads and writes share.
macro_rules! transfer {
    ($view:ident, $member:ident, $op:ident) => {
        impl $view<'_> {
            /// The number of bytes.
            pub fn length(&self) -> u32 {
                member!(self, $member).Length
            }

            /// Where it begins.
            pub fn byte_offset(&self) -> ByteOffset {
                ByteOffset::of(member!(self, $member).ByteOffset)
            }

            /// What tells the byte-range locks of one process apart.
            pub fn key(&self) -> u32 {
                member!(self, $member).Key
            }

            /// How the data is passed.
            pub fn kind(&self) -> TransferKind {
                let minor = u32::from(self.block().MinorFunction);
                if minor & sys::IRP_MN_COMPLETE != 0 {
                    TransferKind::MdlComplete
                } else if minor & sys::IRP_MN_MDL != 0 {
                    TransferKind::Mdl
                } else if minor & sys::IRP_MN_COMPRESSED != 0 {
                    TransferKind::Compressed
                } else {
                    TransferKind::Normal
                }
            }
        }

        /// What can be changed of a transfer. The callback data is marked dirty, so that the change takes effect (B-06);
        /// filters above, and this filter's own post-operation, go on seeing the original (B-09).
        impl Before<'_, op::$op> {
            /// Asks for fewer bytes; for more there is no room, so that more leaves the length as it is. What is not cached
            /// is transferred in whole sectors.
            #[inline]
            pub fn shorten(&mut self, length: u32) {
                let length = length.min(self.parameters().length());
                self.change(|parameters| parameters.$member.Length = length);
            }

            /// Has it begin somewhere else. What is not cached begins at a sector.
            #[inline]
            pub fn set_byte_offset(&mut self, offset: ByteOffset) {
                self.change(|parameters| parameters.$member.ByteOffset = offset.raw());
            }

            /// Gives it another key, which tells the byte-range locks of one process apart.
            #[inline]
            pub fn set_key(&mut self, key: u32) {
                self.change(|parameters| parameters.$member.Key = key);
            }
        }
    };
}

view! {
    /// The parameters of [`op::Read`].
    ReadParameters
}

transfer!(ReadParameters, Read, Read);

view! {
    /// The parameters of [`op::Write`].
    WriteParameters
}

transfer!(WriteParameters, Write, Write);

impl WriteParameters<'_> {
    /// Whether the data has to reach the medium before the write completes (SL_WRITE_THROUGH).
    pub fn is_write_through(&self) -> bool {
        u32::from(self.block().OperationFlags) & sys::SL_WRITE_THROUGH != 0
    }
}

/// How thoroughly a flush flushes; the minor function.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Flush {
    /// Data and metadata are written, and the medium is told to keep them.
    Normal,
    /// IRP_MN_FLUSH_AND_PURGE: and the cache forgets them.
    AndPurge,
    /// IRP_MN_FLUSH_DATA_ONLY: only data is written, and the medium is not told.
    DataOnly,
    /// IRP_MN_FLUSH_NO_SYNC: data and metadata are written, and the medium is not told.
    NoSync,
    /// IRP_MN_FLUSH_DATA_SYNC_ONLY: only data is written, and the medium is told to keep it.
    DataSyncOnly,
    /// A minor function that these are not.
    Other(u8),
}

view! {
    /// The parameters of [`op::FlushBuffers`], which are its minor function alone (B-25).
    FlushBuffersParameters
}

impl FlushBuffersParameters<'_> {
    /// How thoroughly it flushes.
    pub fn kind(&self) -> Flush {
        let minor = self.block().MinorFunction;
        match u32::from(minor) {
            0 => Flush::Normal,
            sys::IRP_MN_FLUSH_AND_PURGE => Flush::AndPurge,
            sys::IRP_MN_FLUSH_DATA_ONLY => Flush::DataOnly,
            sys::IRP_MN_FLUSH_NO_SYNC => Flush::NoSync,
            sys::IRP_MN_FLUSH_DATA_SYNC_ONLY => Flush::DataSyncOnly,
            _ => Flush::Other(minor),
        }
    }
}
