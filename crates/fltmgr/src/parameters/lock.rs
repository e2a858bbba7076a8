//! Locking and unlocking ranges of bytes.

use super::quad;
use fltmgr_sys as sys;

/// A range of bytes of a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Range {
    /// Where it begins, in bytes.
    pub offset: u64,
    /// Its length, in bytes.
    pub length: u64,
}

/// What a lock control asks for; the minor function decides.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LockRequest {
    /// IRP_MN_LOCK: the range is locked. Where it cannot be at once, the request stays pending (F-09).
    Lock {
        /// The range.
        range: Range,
        /// Whether nobody else may read it either.
        is_exclusive: bool,
        /// Whether the request fails where it cannot be granted at once.
        fails_immediately: bool,
    },
    /// IRP_MN_UNLOCK_SINGLE: the lock of this range ends.
    UnlockSingle(Range),
    /// IRP_MN_UNLOCK_ALL: all locks of the process end.
    UnlockAll,
    /// IRP_MN_UNLOCK_ALL_BY_KEY: all locks of the process with this key end.
    UnlockAllByKey,
    /// A minor function that these are not.
    Other(u8),
}

view! {
    /// The parameters of [`op::LockControl`](crate::op::LockControl).
    LockControlParameters
}

impl LockControlParameters<'_> {
    /// What is asked for.
    pub fn request(&self) -> LockRequest {
        let minor = self.block().MinorFunction;
        match u32::from(minor) {
            sys::IRP_MN_LOCK => LockRequest::Lock {
                range: self.range(),
                is_exclusive: self.is_exclusive(),
                fails_immediately: self.fails_immediately(),
            },
            sys::IRP_MN_UNLOCK_SINGLE => LockRequest::UnlockSingle(self.range()),
            sys::IRP_MN_UNLOCK_ALL => LockRequest::UnlockAll,
            sys::IRP_MN_UNLOCK_ALL_BY_KEY => LockRequest::UnlockAllByKey,
            _ => LockRequest::Other(minor),
        }
    }

    /// What tells the locks of one process apart.
    pub fn key(&self) -> u32 {
        member!(self, LockControl).Key
    }

    pub(crate) fn is_lock(self) -> bool {
        u32::from(self.block().MinorFunction) == sys::IRP_MN_LOCK
    }

    fn range(self) -> Range {
        let lock = member!(self, LockControl);
        // SAFETY: the length that the issuer points to, if any, lives as long as the operation.
        let length = unsafe { lock.Length.as_ref() };
        Range {
            offset: quad(lock.ByteOffset).cast_unsigned(),
            length: length.map_or(0, |length| quad(*length).cast_unsigned()),
        }
    }

    /// An IRP says it in its flags, fast I/O in the parameters (B-27).
    fn says(self, flag: u32, parameter: u8) -> bool {
        if self.data.Flags & sys::FLTFL_CALLBACK_DATA_FAST_IO_OPERATION != 0 {
            parameter != 0
        } else {
            u32::from(self.block().OperationFlags) & flag != 0
        }
    }

    fn is_exclusive(self) -> bool {
        self.says(sys::SL_EXCLUSIVE_LOCK, member!(self, LockControl).ExclusiveLock)
    }

    fn fails_immediately(self) -> bool {
        self.says(sys::SL_FAIL_IMMEDIATELY, member!(self, LockControl).FailImmediately)
    }
}
