//! One marker a major function: what may be done with an operation depends on which it is.

use crate::irql::{ApcLevel, DispatchLevel, Level, PassiveLevel};
use crate::parameters::{
    CreateParameters, DirectoryParameters, NoParameters, QueryInformationParameters, ReadParameters,
    SetInformationParameters, WriteParameters,
};
use fltmgr_sys as sys;

pub(crate) mod sealed {
    use fltmgr_sys as sys;

    pub trait Sealed {
        type View<'a>;

        /// # Safety
        ///
        /// The parameter block is that of an operation of this kind.
        unsafe fn view(block: &sys::FLT_IO_PARAMETER_BLOCK) -> Self::View<'_>;

        /// Whether the request stays pending by its nature, so that nobody may wait for it (F-07 to F-10).
        ///
        /// # Safety
        ///
        /// As for `view`.
        unsafe fn stays_pending(block: &sys::FLT_IO_PARAMETER_BLOCK) -> bool;
    }
}

/// A major function that can be registered.
pub trait Operation: sealed::Sealed + Sized + 'static {
    /// The major function code.
    const MAJOR: u8;
    /// The highest IRQL of its pre-operation callback (C-20, C-22).
    type PreLevel: Level;
    /// The highest IRQL of its post-operation callback (D-06 to D-09).
    type PostLevel: Level;
    /// Whether its pre-operation callback runs at PASSIVE_LEVEL, unless it is paging I/O (C-22).
    const PASSIVE_UNLESS_PAGING: bool;
    /// Whether it may be asynchronous, so that waiting for it has to be asked about first (F-06).
    const ASYNCHRONOUS: bool;
}

/// May be failed. Cleanup and close may not (C-09).
pub trait CanFail: Operation {}
/// May have a post-operation callback. Shutdown may not (A-12).
pub trait HasPost: Operation {}
/// Its file object is open already in the pre-operation callback, so contexts and I/O on the file are possible there
/// (C-23, J-33). Close is not among them: nobody refers to its file object any more, so a reference that is taken there
/// would be to memory that is about to be freed.
///
/// ```compile_fail,E0277
/// fn opened<O: fltmgr::op::OpenBefore>() {}
/// opened::<fltmgr::op::Close>();
/// ```
pub trait OpenBefore: Operation {}
/// Its post-operation can be run in the thread of its pre-operation (F). Creates are synchronized anyway (F-05).
pub trait CanSynchronize: HasPost + CanFail {}
/// Has a fast I/O form (L-01), which DISALLOW_FASTIO can refuse (C-15).
pub trait HasFastIo: Operation {}

macro_rules! operations {
    ($($(#[$doc:meta])* $name:ident = $major:ident, $pre:ty, $post:ty, passive $passive:literal, $view:ident,
        [$($mark:ident),*] $(, pending $minor:ident)?;)*) => {$(
        $(#[$doc])*
        pub struct $name;
        impl sealed::Sealed for $name {
            type View<'a> = $view<'a>;
            unsafe fn view(block: &sys::FLT_IO_PARAMETER_BLOCK) -> $view<'_> {
                // SAFETY: the caller says that the block is of this kind, which is the member the view reads.
                unsafe { $view::new(block) }
            }
            unsafe fn stays_pending(_block: &sys::FLT_IO_PARAMETER_BLOCK) -> bool {
                false $(|| _block.MinorFunction == sys::$minor as u8)?
            }
        }
        impl Operation for $name {
            const MAJOR: u8 = sys::$major as u8;
            type PreLevel = $pre;
            type PostLevel = $post;
            const PASSIVE_UNLESS_PAGING: bool = $passive;
            const ASYNCHRONOUS: bool = matches!(sys::$major, sys::IRP_MJ_READ | sys::IRP_MJ_WRITE);
        }
        $(impl $mark for $name {})*
    )*};
}

operations! {
    /// IRP_MJ_CREATE: a file is opened or created.
    Create = IRP_MJ_CREATE, PassiveLevel, PassiveLevel, passive true, CreateParameters, [CanFail, HasPost];
    /// IRP_MJ_CLEANUP: the last handle to a file object was closed.
    Cleanup = IRP_MJ_CLEANUP, PassiveLevel, DispatchLevel, passive true, NoParameters, [HasPost, OpenBefore];
    /// IRP_MJ_CLOSE: the last reference to a file object went away.
    Close = IRP_MJ_CLOSE, ApcLevel, DispatchLevel, passive false, NoParameters, [HasPost];
    /// IRP_MJ_READ, as IRP or as fast I/O.
    Read = IRP_MJ_READ, ApcLevel, DispatchLevel, passive true, ReadParameters, [CanFail, HasPost, OpenBefore, CanSynchronize, HasFastIo];
    /// IRP_MJ_WRITE, as IRP or as fast I/O.
    Write = IRP_MJ_WRITE, ApcLevel, DispatchLevel, passive true, WriteParameters, [CanFail, HasPost, OpenBefore, CanSynchronize, HasFastIo];
    /// IRP_MJ_QUERY_INFORMATION, as IRP or as fast I/O.
    QueryInformation = IRP_MJ_QUERY_INFORMATION, PassiveLevel, DispatchLevel, passive true, QueryInformationParameters,
        [CanFail, HasPost, OpenBefore, CanSynchronize, HasFastIo];
    /// IRP_MJ_SET_INFORMATION.
    SetInformation = IRP_MJ_SET_INFORMATION, PassiveLevel, DispatchLevel, passive true, SetInformationParameters,
        [CanFail, HasPost, OpenBefore, CanSynchronize];
    /// IRP_MJ_DIRECTORY_CONTROL.
    DirectoryControl = IRP_MJ_DIRECTORY_CONTROL, ApcLevel, DispatchLevel, passive false, DirectoryParameters,
        [CanFail, HasPost, OpenBefore, CanSynchronize], pending IRP_MN_NOTIFY_CHANGE_DIRECTORY;
}
