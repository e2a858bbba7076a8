//! One marker a major function: what may be done with an operation depends on which it is.
//!
//! Whatever can be registered is here: operations that come as an IRP, those that come as fast I/O alone, and the callbacks
//! of FSFilter. IRP_MJ_POWER and IRP_MJ_DEVICE_CHANGE, which no filter may register (A-11), have no marker. What a marker
//! allows is said by the traits that it implements, so one implementation can serve many kinds:
//!
//! ```
//! #![no_std]
//! use fltmgr::op::Operation;
//! use fltmgr::{Filter, Operations, Pre, PreOp, PreStatus, Result, Starting, debug_println};
//!
//! struct Names;
//!
//! impl Filter for Names {
//!     const OPERATIONS: Operations<Self> = Operations::new().pre_all();
//!
//!     fn start(_: &mut Starting<'_, Self>) -> Result<Self> {
//!         Ok(Self)
//!     }
//! }
//!
//! impl<O: Operation> Pre<O> for Names {
//!     fn pre<'a>(&self, operation: PreOp<'a, O>) -> PreStatus<'a, O> {
//!         debug_println!("{}", O::NAME);
//!         operation.pass().into()
//!     }
//! }
//!
//! fltmgr::driver!(Names);
//! # extern crate std;
//! # fn main() {}
//! ```

use crate::filter::{Filter, Operations, Pre, PrePost};
use crate::irql::{ApcLevel, DispatchLevel, Level, PassiveLevel};
use crate::parameters::{
    AcquireForModWriteParameters, AcquireForSectionSynchronizationParameters, CreateMailslotParameters,
    CreateNamedPipeParameters, CreateParameters, DeviceControlParameters, DirectoryParameters,
    FastIoCheckIfPossibleParameters, FileSystemControlParameters, FlushBuffersParameters, LockControlParameters,
    MdlReadParameters, MdlWriteCompleteParameters, NoParameters, PnpParameters, PrepareMdlWriteParameters,
    QueryEaParameters, QueryInformationParameters, QueryOpenParameters, QueryQuotaParameters, QuerySecurityParameters,
    QueryVolumeInformationParameters, ReadParameters, SetEaParameters, SetInformationParameters, SetQuotaParameters,
    SetSecurityParameters, SetVolumeInformationParameters, SystemControlParameters, VolumeMountParameters,
    WriteParameters,
};
use crate::resident::SharedAt;
use fltmgr_sys as sys;

pub(crate) mod sealed {
    use fltmgr_sys as sys;

    pub trait Sealed {
        type View<'a>;

        /// # Safety
        ///
        /// The callback data is that of an operation of this kind.
        unsafe fn view(data: &sys::FLT_CALLBACK_DATA) -> Self::View<'_>;

        /// Whether the request stays pending by its nature, so that nobody may wait for it (F-07 to F-10).
        ///
        /// # Safety
        ///
        /// As for `view`.
        unsafe fn stays_pending(data: &sys::FLT_CALLBACK_DATA) -> bool;
    }
}

/// A major function that can be registered.
pub trait Operation: sealed::Sealed + Sized + 'static {
    /// The major function code.
    const MAJOR: u8;
    /// The name of the major function code, as the headers have it.
    const NAME: &'static str;
    /// The highest IRQL of its pre-operation callback (C-20, C-22).
    type PreLevel: Level;
    /// The highest IRQL of its post-operation callback (D-06 to D-09).
    type PostLevel: Level;
    /// Whether its pre-operation callback runs at PASSIVE_LEVEL, unless it is paging I/O (C-22).
    const PASSIVE_UNLESS_PAGING: bool;
    /// Whether it may be asynchronous, so that waiting for it has to be asked about first (F-06).
    const ASYNCHRONOUS: bool;
}

/// Comes as an IRP, if not always: it can be pended (C-12, D-03), put into a queue (G-03) and handed to a worker (E-03),
/// which fast I/O and the callbacks of FSFilter cannot (L-04).
pub trait IsIrp: Operation {}
/// May be failed before the file system sees it. A cleanup and a close may not (C-09), nor may what the memory manager and
/// the cache manager ask of FSFilter (C-26), nor the end of what has begun.
pub trait CanFail: Operation {}
/// May be failed after the file system has seen it. A create has to be canceled instead (D-30), and what came as fast I/O
/// or FSFilter alone has been answered by then (D-34).
pub trait CanFailAfter: CanFail + HasPost + IsIrp {}
/// May have a post-operation callback. Shutdown may not (A-12).
pub trait HasPost: Operation {}
/// Its file object is open already in the pre-operation callback, so contexts and I/O on the file are possible there
/// (C-23, J-33). Close is not among them: nobody refers to its file object any more, so a reference that is taken there
/// would be to memory that is about to be freed. Nor is NETWORK_QUERY_OPEN, whose file object is on somebody's stack (L-08).
///
/// ```compile_fail,E0277
/// fn opened<O: fltmgr::op::OpenBefore>() {}
/// opened::<fltmgr::op::Close>();
/// ```
pub trait OpenBefore: Operation {}
/// Its post-operation can be run in the thread of its pre-operation (F). Creates are synchronized anyway (F-05), and fast
/// I/O and FSFilter have nothing to wait for (F-04).
pub trait CanSynchronize: HasPost + IsIrp {}
/// Comes as fast I/O, if not always (L-01, L-02), and DISALLOW_FASTIO can refuse that (C-15, C-16).
pub trait HasFastIo: Operation {}
/// Is issued on a handle, which may be that of a volume (A-16).
pub trait OnHandle: IsIrp {}
/// Reads or writes, which may be cached or paging I/O (A-14 to A-16).
pub trait Transfers: OnHandle {}

macro_rules! operation {
    ($(#[$doc:meta])* $name:ident { $major:ident, $pre:ty, $post:ty, passive $passive:literal, $view:ident,
        [$($mark:ident),*] $(, pending $pending:tt)? }) => {
        $(#[$doc])*
        pub struct $name;
        impl sealed::Sealed for $name {
            type View<'a> = $view<'a>;
            unsafe fn view(data: &sys::FLT_CALLBACK_DATA) -> $view<'_> {
                // SAFETY: the caller says that the operation is of this kind, which is whose member the view reads.
                unsafe { $view::new(data) }
            }
            unsafe fn stays_pending(_data: &sys::FLT_CALLBACK_DATA) -> bool {
                // SAFETY: as above.
                false $(|| unsafe { $view::new(_data) }.$pending())?
            }
        }
        impl Operation for $name {
            const MAJOR: u8 = sys::$major as u8;
            const NAME: &'static str = stringify!($major);
            type PreLevel = $pre;
            type PostLevel = $post;
            const PASSIVE_UNLESS_PAGING: bool = $passive;
            const ASYNCHRONOUS: bool = matches!(sys::$major, sys::IRP_MJ_READ | sys::IRP_MJ_WRITE);
        }
        $(impl $mark for $name {})*
    };
}

macro_rules! operations {
    (
        with a post-operation { $($(#[$doc:meta])* $name:ident { $($body:tt)* })* }
        without { $($(#[$other_doc:meta])* $other:ident { $($other_body:tt)* })* }
    ) => {
        $(operation! { $(#[$doc])* $name { $($body)* } })*
        $(impl HasPost for $name {})*
        $(operation! { $(#[$other_doc])* $other { $($other_body)* } })*

        impl<F: Filter> Operations<F> {
            /// Calls [`Pre::pre`] before operations of every kind. What the system does not know is harmless (A-17).
            #[must_use]
            pub const fn pre_all(self) -> Self
            where
                $(F: Pre<$name>,)*
                $(F: Pre<$other>,)*
            {
                self $(.pre::<$name>())* $(.pre::<$other>())*
            }

            /// Calls [`PrePost::pre`] and [`PrePost::post`] around operations of every kind, but [`Pre::pre`] before a
            /// shutdown, after which nothing may be called (A-12). What the system does not know is harmless (A-17).
            #[must_use]
            pub const fn pre_post_all(self) -> Self
            where
                F: SharedAt<DispatchLevel>,
                $(F: PrePost<$name>,)*
                $(F: Pre<$other>,)*
            {
                self $(.pre_post::<$name>())* $(.pre::<$other>())*
            }
        }
    };
}

operations! {
    with a post-operation {
        /// IRP_MJ_CREATE: a file is opened or created.
        Create { IRP_MJ_CREATE, PassiveLevel, PassiveLevel, passive true, CreateParameters, [IsIrp, CanFail, OnHandle] }
        /// IRP_MJ_CREATE_NAMED_PIPE: an instance of a named pipe is created. It comes to filters that support named pipes
        /// (A-08).
        CreateNamedPipe { IRP_MJ_CREATE_NAMED_PIPE, PassiveLevel, DispatchLevel, passive true, CreateNamedPipeParameters,
            [IsIrp, CanFail] }
        /// IRP_MJ_CREATE_MAILSLOT: a mailslot is created. It comes to filters that support mailslots (A-08).
        CreateMailslot { IRP_MJ_CREATE_MAILSLOT, PassiveLevel, DispatchLevel, passive true, CreateMailslotParameters,
            [IsIrp, CanFail] }
        /// IRP_MJ_CLEANUP: the last handle to a file object was closed.
        Cleanup { IRP_MJ_CLEANUP, PassiveLevel, DispatchLevel, passive true, NoParameters,
            [IsIrp, OpenBefore, CanSynchronize, OnHandle] }
        /// IRP_MJ_CLOSE: the last reference to a file object went away.
        Close { IRP_MJ_CLOSE, ApcLevel, DispatchLevel, passive false, NoParameters, [IsIrp, CanSynchronize, OnHandle] }
        /// IRP_MJ_READ, as IRP or as fast I/O.
        Read { IRP_MJ_READ, ApcLevel, DispatchLevel, passive true, ReadParameters,
            [IsIrp, CanFail, CanFailAfter, OpenBefore, CanSynchronize, HasFastIo, OnHandle, Transfers] }
        /// IRP_MJ_WRITE, as IRP or as fast I/O.
        Write { IRP_MJ_WRITE, ApcLevel, DispatchLevel, passive true, WriteParameters,
            [IsIrp, CanFail, CanFailAfter, OpenBefore, CanSynchronize, HasFastIo, OnHandle, Transfers] }
        /// IRP_MJ_QUERY_INFORMATION, as IRP or as fast I/O.
        QueryInformation { IRP_MJ_QUERY_INFORMATION, PassiveLevel, DispatchLevel, passive true, QueryInformationParameters,
            [IsIrp, CanFail, CanFailAfter, OpenBefore, CanSynchronize, HasFastIo, OnHandle] }
        /// IRP_MJ_SET_INFORMATION.
        SetInformation { IRP_MJ_SET_INFORMATION, PassiveLevel, DispatchLevel, passive true, SetInformationParameters,
            [IsIrp, CanFail, CanFailAfter, OpenBefore, CanSynchronize, OnHandle] }
        /// IRP_MJ_QUERY_EA: extended attributes are read.
        QueryEa { IRP_MJ_QUERY_EA, PassiveLevel, DispatchLevel, passive true, QueryEaParameters,
            [IsIrp, CanFail, CanFailAfter, OpenBefore, CanSynchronize, OnHandle] }
        /// IRP_MJ_SET_EA: extended attributes are changed.
        SetEa { IRP_MJ_SET_EA, PassiveLevel, DispatchLevel, passive true, SetEaParameters,
            [IsIrp, CanFail, CanFailAfter, OpenBefore, CanSynchronize, OnHandle] }
        /// IRP_MJ_FLUSH_BUFFERS: what was written is brought to the medium.
        FlushBuffers { IRP_MJ_FLUSH_BUFFERS, PassiveLevel, DispatchLevel, passive true, FlushBuffersParameters,
            [IsIrp, CanFail, CanFailAfter, OpenBefore, CanSynchronize, OnHandle] }
        /// IRP_MJ_QUERY_VOLUME_INFORMATION.
        QueryVolumeInformation { IRP_MJ_QUERY_VOLUME_INFORMATION, PassiveLevel, DispatchLevel, passive true,
            QueryVolumeInformationParameters, [IsIrp, CanFail, CanFailAfter, OpenBefore, CanSynchronize, OnHandle] }
        /// IRP_MJ_SET_VOLUME_INFORMATION.
        SetVolumeInformation { IRP_MJ_SET_VOLUME_INFORMATION, PassiveLevel, DispatchLevel, passive true,
            SetVolumeInformationParameters, [IsIrp, CanFail, CanFailAfter, OpenBefore, CanSynchronize, OnHandle] }
        /// IRP_MJ_DIRECTORY_CONTROL: a directory is listed, or watched, which cannot be waited for (F-08).
        DirectoryControl { IRP_MJ_DIRECTORY_CONTROL, ApcLevel, DispatchLevel, passive false, DirectoryParameters,
            [IsIrp, CanFail, CanFailAfter, OpenBefore, CanSynchronize, OnHandle], pending is_notify }
        /// IRP_MJ_FILE_SYSTEM_CONTROL: an FSCTL, or a volume is mounted or verified. What asks for an oplock cannot be waited
        /// for (F-07, F-10).
        FileSystemControl { IRP_MJ_FILE_SYSTEM_CONTROL, ApcLevel, DispatchLevel, passive false, FileSystemControlParameters,
            [IsIrp, CanFail, CanFailAfter, OpenBefore, CanSynchronize, OnHandle], pending waits_for_oplock }
        /// IRP_MJ_DEVICE_CONTROL: an IOCTL, as IRP or as fast I/O.
        DeviceControl { IRP_MJ_DEVICE_CONTROL, ApcLevel, DispatchLevel, passive false, DeviceControlParameters,
            [IsIrp, CanFail, CanFailAfter, OpenBefore, CanSynchronize, HasFastIo, OnHandle] }
        /// IRP_MJ_INTERNAL_DEVICE_CONTROL: an IOCTL between drivers, always an IRP (L-01). It need not be about a file.
        InternalDeviceControl { IRP_MJ_INTERNAL_DEVICE_CONTROL, ApcLevel, DispatchLevel, passive false,
            DeviceControlParameters, [IsIrp, CanFail, CanFailAfter, CanSynchronize] }
        /// IRP_MJ_LOCK_CONTROL: a range of bytes is locked or unlocked, as IRP or as fast I/O. A lock that is not granted yet
        /// cannot be waited for (F-09).
        LockControl { IRP_MJ_LOCK_CONTROL, PassiveLevel, DispatchLevel, passive true, LockControlParameters,
            [IsIrp, CanFail, CanFailAfter, OpenBefore, CanSynchronize, HasFastIo, OnHandle], pending is_lock }
        /// IRP_MJ_QUERY_SECURITY: a security descriptor is read.
        QuerySecurity { IRP_MJ_QUERY_SECURITY, PassiveLevel, DispatchLevel, passive true, QuerySecurityParameters,
            [IsIrp, CanFail, CanFailAfter, OpenBefore, CanSynchronize, OnHandle] }
        /// IRP_MJ_SET_SECURITY: a security descriptor is changed.
        SetSecurity { IRP_MJ_SET_SECURITY, PassiveLevel, DispatchLevel, passive true, SetSecurityParameters,
            [IsIrp, CanFail, CanFailAfter, OpenBefore, CanSynchronize, OnHandle] }
        /// IRP_MJ_SYSTEM_CONTROL: Windows Management Instrumentation.
        SystemControl { IRP_MJ_SYSTEM_CONTROL, ApcLevel, DispatchLevel, passive false, SystemControlParameters,
            [IsIrp, CanFail, CanFailAfter, CanSynchronize] }
        /// IRP_MJ_QUERY_QUOTA.
        QueryQuota { IRP_MJ_QUERY_QUOTA, PassiveLevel, DispatchLevel, passive true, QueryQuotaParameters,
            [IsIrp, CanFail, CanFailAfter, OpenBefore, CanSynchronize, OnHandle] }
        /// IRP_MJ_SET_QUOTA.
        SetQuota { IRP_MJ_SET_QUOTA, PassiveLevel, DispatchLevel, passive true, SetQuotaParameters,
            [IsIrp, CanFail, CanFailAfter, OpenBefore, CanSynchronize, OnHandle] }
        /// IRP_MJ_PNP: the device of the volume comes, goes, or is asked something.
        Pnp { IRP_MJ_PNP, PassiveLevel, DispatchLevel, passive true, PnpParameters,
            [IsIrp, CanFail, CanFailAfter, CanSynchronize] }

        /// IRP_MJ_FAST_IO_CHECK_IF_POSSIBLE: whether a read or a write can be fast I/O. Fast I/O alone (L-02).
        FastIoCheckIfPossible { IRP_MJ_FAST_IO_CHECK_IF_POSSIBLE, ApcLevel, ApcLevel, passive false,
            FastIoCheckIfPossibleParameters, [CanFail, OpenBefore, HasFastIo] }
        /// IRP_MJ_NETWORK_QUERY_OPEN: a file is opened to ask for its sizes, times and attributes. Fast I/O alone (L-02);
        /// refused with DISALLOW_FASTIO, before the file system has answered (L-09).
        NetworkQueryOpen { IRP_MJ_NETWORK_QUERY_OPEN, ApcLevel, ApcLevel, passive false, NoParameters,
            [CanFail, HasFastIo] }
        /// IRP_MJ_MDL_READ: cached data is read where it lies. Fast I/O alone (L-02, L-07).
        MdlRead { IRP_MJ_MDL_READ, ApcLevel, ApcLevel, passive false, MdlReadParameters, [CanFail, OpenBefore, HasFastIo] }
        /// IRP_MJ_MDL_READ_COMPLETE: the end of an MDL_READ. Fast I/O alone (L-02).
        MdlReadComplete { IRP_MJ_MDL_READ_COMPLETE, ApcLevel, ApcLevel, passive false, NoParameters,
            [OpenBefore, HasFastIo] }
        /// IRP_MJ_PREPARE_MDL_WRITE: cached data is about to be written where it lies. Fast I/O alone (L-02, L-07).
        PrepareMdlWrite { IRP_MJ_PREPARE_MDL_WRITE, ApcLevel, ApcLevel, passive false, PrepareMdlWriteParameters,
            [CanFail, OpenBefore, HasFastIo] }
        /// IRP_MJ_MDL_WRITE_COMPLETE: the end of what PREPARE_MDL_WRITE began. Fast I/O alone (L-02).
        MdlWriteComplete { IRP_MJ_MDL_WRITE_COMPLETE, ApcLevel, ApcLevel, passive false, MdlWriteCompleteParameters,
            [OpenBefore, HasFastIo] }
        /// IRP_MJ_VOLUME_MOUNT: a volume is mounted. Fast I/O alone (L-02), and never refused as such (C-16).
        VolumeMount { IRP_MJ_VOLUME_MOUNT, ApcLevel, ApcLevel, passive false, VolumeMountParameters, [] }
        /// IRP_MJ_VOLUME_DISMOUNT: a volume is dismounted. Fast I/O alone (L-02), and never refused as such (C-16).
        VolumeDismount { IRP_MJ_VOLUME_DISMOUNT, ApcLevel, ApcLevel, passive false, NoParameters, [] }

        /// IRP_MJ_ACQUIRE_FOR_SECTION_SYNCHRONIZATION: a section of the file is created, or what of it is done has to be in
        /// step with that. FSFilter (L-03).
        AcquireForSectionSynchronization { IRP_MJ_ACQUIRE_FOR_SECTION_SYNCHRONIZATION, ApcLevel, ApcLevel, passive false,
            AcquireForSectionSynchronizationParameters, [OpenBefore] }
        /// IRP_MJ_RELEASE_FOR_SECTION_SYNCHRONIZATION: the end of it. FSFilter (L-03, L-11).
        ReleaseForSectionSynchronization { IRP_MJ_RELEASE_FOR_SECTION_SYNCHRONIZATION, ApcLevel, ApcLevel, passive false,
            NoParameters, [OpenBefore] }
        /// IRP_MJ_ACQUIRE_FOR_MOD_WRITE: the modified page writer is about to write. FSFilter (L-03).
        AcquireForModWrite { IRP_MJ_ACQUIRE_FOR_MOD_WRITE, ApcLevel, ApcLevel, passive false, AcquireForModWriteParameters,
            [OpenBefore] }
        /// IRP_MJ_RELEASE_FOR_MOD_WRITE: it has written. FSFilter (L-03), and always at APC_LEVEL (C-25).
        ReleaseForModWrite { IRP_MJ_RELEASE_FOR_MOD_WRITE, ApcLevel, ApcLevel, passive false, NoParameters, [OpenBefore] }
        /// IRP_MJ_ACQUIRE_FOR_CC_FLUSH: the cache manager is about to flush. FSFilter (L-03).
        AcquireForCcFlush { IRP_MJ_ACQUIRE_FOR_CC_FLUSH, ApcLevel, ApcLevel, passive false, NoParameters, [OpenBefore] }
        /// IRP_MJ_RELEASE_FOR_CC_FLUSH: it has flushed. FSFilter (L-03).
        ReleaseForCcFlush { IRP_MJ_RELEASE_FOR_CC_FLUSH, ApcLevel, ApcLevel, passive false, NoParameters, [OpenBefore] }
        /// IRP_MJ_QUERY_OPEN: a file is opened to ask for information about it. FSFilter (L-03, X-12); refused with
        /// DISALLOW_FSFILTER_IO, before or after the file system has answered (L-09).
        QueryOpen { IRP_MJ_QUERY_OPEN, ApcLevel, ApcLevel, passive false, QueryOpenParameters, [CanFail] }
    }
    without {
        /// IRP_MJ_SHUTDOWN: the system shuts down (A-53).
        Shutdown { IRP_MJ_SHUTDOWN, PassiveLevel, DispatchLevel, passive true, NoParameters, [IsIrp, CanFail] }
    }
}
