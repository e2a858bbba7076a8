//! The parameters of an operation, viewed through the member that its major function selects (B-24).
//!
//! [`CallbackData::parameters`](crate::operation::CallbackData::parameters) gives the view. What a pre-operation may change,
//! it changes through the operation, which marks the callback data dirty; nothing else does (B-06). Filters below see the
//! change; the filter's own post-operation and filters above go on seeing the original (B-09, B-10). Buffers are not
//! reached from here, only their lengths are told. All of it can be done at any IRQL that a callback has; setters wrap
//! FltSetCallbackDataDirty.
//!
//! ```
//! use fltmgr::parameters::{CreateOptions, Disposition};
//! use fltmgr::{PreOp, op};
//!
//! /// Has files opened for writing through to the medium.
//! fn write_through(create: &mut PreOp<'_, op::Create>) {
//!     let options = create.parameters().options();
//!     if create.parameters().desired_access().writes_data() && !options.contains(CreateOptions::DIRECTORY_FILE) {
//!         create.set_options(options | CreateOptions::WRITE_THROUGH);
//!     }
//! }
//!
//! /// Has what would be replaced be opened.
//! fn keep_old(create: &mut PreOp<'_, op::Create>) {
//!     if create.parameters().disposition() == Disposition::Supersede {
//!         create.set_disposition(Disposition::OpenIf);
//!     }
//! }
//! ```

use core::marker::PhantomData;
use fltmgr_sys as sys;

/// Makes the view of a kind of operation.
macro_rules! view {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy)]
        pub struct $name<'a> {
            data: &'a fltmgr_sys::FLT_CALLBACK_DATA,
        }

        impl<'a> $name<'a> {
            /// # Safety
            ///
            /// The callback data is that of an operation of this kind.
            pub(crate) unsafe fn new(data: &'a fltmgr_sys::FLT_CALLBACK_DATA) -> Self {
                Self { data }
            }

            fn block(self) -> &'a fltmgr_sys::FLT_IO_PARAMETER_BLOCK {
                // SAFETY: callback data has a parameter block, which is valid as long as it is.
                unsafe { &*self.data.Iopb }
            }
        }
    };
}

/// The member of the parameters that a view is for.
macro_rules! member {
    ($view:expr, $($member:ident).+) => {{
        let block = $view.block();
        // SAFETY: a view of this type is made only of operations that the member is for.
        unsafe { block.Parameters.$($member).+ }
    }};
}

mod control;
mod create;
mod device;
mod directory;
mod extended_attributes;
mod fast_io;
mod fs_filter;
mod information;
mod lock;
mod quota;
mod read_write;
mod security;
mod volume_information;
mod volume_mount;

pub use control::{
    Control, ControlAccess, ControlCode, DeviceControlParameters, FileSystemControlParameters, FileSystemRequest,
    Method,
};
pub use create::{
    Access, CreateMailslotParameters, CreateNamedPipeParameters, CreateOptions, CreateParameters, Disposition,
    FileAttributes, Mailslot, NamedPipe, PipeMode, ShareAccess,
};
pub use device::{PnpMinor, PnpParameters, SystemControlParameters, SystemControlRequest};
pub use directory::{DirectoryParameters, DirectoryQuery, DirectoryRequest, DirectoryWatch, NotifyFilter};
pub use extended_attributes::{QueryEaParameters, SetEaParameters};
pub use fast_io::{
    FastIoCheckIfPossibleParameters, MdlReadParameters, MdlWriteCompleteParameters, PrepareMdlWriteParameters,
};
pub use fs_filter::{
    AcquireForModWriteParameters, AcquireForSectionSynchronizationParameters, PageProtection, QueryOpenParameters,
    SectionSynchronization,
};
pub use information::{Change, FileInformation, QueryInformationParameters, SetInformationParameters, TargetName};
pub use lock::{LockControlParameters, LockRequest, Range};
pub use quota::{QueryQuotaParameters, SetQuotaParameters};
pub use read_write::{ByteOffset, Flush, FlushBuffersParameters, ReadParameters, TransferKind, WriteParameters};
pub use security::{QuerySecurityParameters, SecurityInformation, SetSecurityParameters};
pub use volume_information::{QueryVolumeInformationParameters, SetVolumeInformationParameters, VolumeInformation};
pub use volume_mount::VolumeMountParameters;

/// The number in a LARGE_INTEGER.
pub(crate) const fn quad(number: sys::LARGE_INTEGER) -> i64 {
    // SAFETY: every bit pattern of the union is a QuadPart.
    unsafe { number.QuadPart }
}

/// The parameters of an operation that has none (B-25), or none but pointers that are others' to follow.
#[derive(Clone, Copy)]
pub struct NoParameters<'a>(PhantomData<&'a ()>);

impl<'a> NoParameters<'a> {
    /// # Safety
    ///
    /// None; the signature is that of the views.
    pub(crate) unsafe fn new(_: &'a sys::FLT_CALLBACK_DATA) -> Self {
        Self(PhantomData)
    }
}
