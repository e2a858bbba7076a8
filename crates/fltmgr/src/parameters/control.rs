//! FSCTLs and IOCTLs.

use fltmgr_sys as sys;

/// How a control passes its buffers; the low two bits of its code (I-20).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Method {
    /// METHOD_BUFFERED: one system buffer for input and output (I-22).
    Buffered,
    /// METHOD_IN_DIRECT: a system buffer for input, and a locked one that is read.
    InDirect,
    /// METHOD_OUT_DIRECT: a system buffer for input, and a locked one that is written.
    OutDirect,
    /// METHOD_NEITHER: the requestor's own addresses.
    Neither,
}

/// The access that a control asks of its handle.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ControlAccess {
    /// FILE_ANY_ACCESS.
    Any,
    /// FILE_READ_ACCESS.
    Read,
    /// FILE_WRITE_ACCESS.
    Write,
    /// FILE_READ_ACCESS and FILE_WRITE_ACCESS.
    ReadWrite,
}

/// The code of an FSCTL or an IOCTL.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(transparent)]
pub struct ControlCode(pub u32);

impl ControlCode {
    /// How the buffers are passed.
    pub const fn method(self) -> Method {
        match self.0 & 3 {
            sys::METHOD_BUFFERED => Method::Buffered,
            sys::METHOD_IN_DIRECT => Method::InDirect,
            sys::METHOD_OUT_DIRECT => Method::OutDirect,
            _ => Method::Neither,
        }
    }

    /// The access that is asked of the handle.
    pub const fn access(self) -> ControlAccess {
        match self.0 >> 14 & 3 {
            sys::FILE_ANY_ACCESS => ControlAccess::Any,
            sys::FILE_READ_ACCESS => ControlAccess::Read,
            sys::FILE_WRITE_ACCESS => ControlAccess::Write,
            _ => ControlAccess::ReadWrite,
        }
    }

    /// The kind of device that the control is for.
    pub const fn device_type(self) -> u32 {
        self.0 >> 16
    }

    /// The number of the control.
    pub const fn function(self) -> u32 {
        self.0 >> 2 & 0xFFF
    }

    /// Whether it is pended until an oplock breaks: it asks for one, keeps a lower one by acknowledging, or waits for a
    /// break (F-07, F-10).
    const fn waits_for_oplock(self) -> bool {
        matches!(
            self.0,
            sys::FSCTL_REQUEST_OPLOCK_LEVEL_1
                | sys::FSCTL_REQUEST_OPLOCK_LEVEL_2
                | sys::FSCTL_REQUEST_BATCH_OPLOCK
                | sys::FSCTL_REQUEST_FILTER_OPLOCK
                | sys::FSCTL_REQUEST_OPLOCK
                | sys::FSCTL_OPLOCK_BREAK_ACKNOWLEDGE
                | sys::FSCTL_OPLOCK_BREAK_NOTIFY
        )
    }
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:ident;)*) => {
        impl ControlCode {
            $($(#[$doc])* pub const $name: Self = Self(sys::$code);)*
        }
    };
}

codes! {
    /// FSCTL_REQUEST_OPLOCK_LEVEL_1.
    REQUEST_OPLOCK_LEVEL_1 = FSCTL_REQUEST_OPLOCK_LEVEL_1;
    /// FSCTL_REQUEST_OPLOCK_LEVEL_2.
    REQUEST_OPLOCK_LEVEL_2 = FSCTL_REQUEST_OPLOCK_LEVEL_2;
    /// FSCTL_REQUEST_BATCH_OPLOCK.
    REQUEST_BATCH_OPLOCK = FSCTL_REQUEST_BATCH_OPLOCK;
    /// FSCTL_REQUEST_FILTER_OPLOCK.
    REQUEST_FILTER_OPLOCK = FSCTL_REQUEST_FILTER_OPLOCK;
    /// FSCTL_REQUEST_OPLOCK.
    REQUEST_OPLOCK = FSCTL_REQUEST_OPLOCK;
    /// FSCTL_OPLOCK_BREAK_ACKNOWLEDGE.
    OPLOCK_BREAK_ACKNOWLEDGE = FSCTL_OPLOCK_BREAK_ACKNOWLEDGE;
    /// FSCTL_OPLOCK_BREAK_ACK_NO_2.
    OPLOCK_BREAK_ACK_NO_2 = FSCTL_OPLOCK_BREAK_ACK_NO_2;
    /// FSCTL_OPBATCH_ACK_CLOSE_PENDING.
    OPBATCH_ACK_CLOSE_PENDING = FSCTL_OPBATCH_ACK_CLOSE_PENDING;
    /// FSCTL_OPLOCK_BREAK_NOTIFY.
    OPLOCK_BREAK_NOTIFY = FSCTL_OPLOCK_BREAK_NOTIFY;
    /// FSCTL_LOCK_VOLUME.
    LOCK_VOLUME = FSCTL_LOCK_VOLUME;
    /// FSCTL_UNLOCK_VOLUME.
    UNLOCK_VOLUME = FSCTL_UNLOCK_VOLUME;
    /// FSCTL_DISMOUNT_VOLUME.
    DISMOUNT_VOLUME = FSCTL_DISMOUNT_VOLUME;
    /// FSCTL_GET_REPARSE_POINT.
    GET_REPARSE_POINT = FSCTL_GET_REPARSE_POINT;
    /// FSCTL_SET_REPARSE_POINT.
    SET_REPARSE_POINT = FSCTL_SET_REPARSE_POINT;
    /// FSCTL_SET_REPARSE_POINT_EX.
    SET_REPARSE_POINT_EX = FSCTL_SET_REPARSE_POINT_EX;
    /// FSCTL_DELETE_REPARSE_POINT.
    DELETE_REPARSE_POINT = FSCTL_DELETE_REPARSE_POINT;
    /// FSCTL_SET_COMPRESSION.
    SET_COMPRESSION = FSCTL_SET_COMPRESSION;
    /// FSCTL_SET_ENCRYPTION.
    SET_ENCRYPTION = FSCTL_SET_ENCRYPTION;
    /// FSCTL_SET_SPARSE.
    SET_SPARSE = FSCTL_SET_SPARSE;
    /// FSCTL_SET_ZERO_DATA: a range of the file becomes zeros.
    SET_ZERO_DATA = FSCTL_SET_ZERO_DATA;
    /// FSCTL_FILE_LEVEL_TRIM: a range of the file is not needed any more.
    FILE_LEVEL_TRIM = FSCTL_FILE_LEVEL_TRIM;
    /// FSCTL_DUPLICATE_EXTENTS_TO_FILE: a range of another file becomes one of this.
    DUPLICATE_EXTENTS_TO_FILE = FSCTL_DUPLICATE_EXTENTS_TO_FILE;
    /// FSCTL_DUPLICATE_EXTENTS_TO_FILE_EX.
    DUPLICATE_EXTENTS_TO_FILE_EX = FSCTL_DUPLICATE_EXTENTS_TO_FILE_EX;
    /// FSCTL_OFFLOAD_READ.
    OFFLOAD_READ = FSCTL_OFFLOAD_READ;
    /// FSCTL_OFFLOAD_WRITE.
    OFFLOAD_WRITE = FSCTL_OFFLOAD_WRITE;
    /// FSCTL_MOVE_FILE.
    MOVE_FILE = FSCTL_MOVE_FILE;
    /// FSCTL_MARK_HANDLE.
    MARK_HANDLE = FSCTL_MARK_HANDLE;
    /// FSCTL_MANAGE_BYPASS_IO.
    MANAGE_BYPASS_IO = FSCTL_MANAGE_BYPASS_IO;
}

/// A control: what is asked, and the lengths of the two buffers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Control {
    /// What is asked.
    pub code: ControlCode,
    /// The length of the input, in bytes.
    pub input_length: u32,
    /// The room for the output, in bytes.
    pub output_length: u32,
}

/// What a file system control asks for; the minor function decides.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FileSystemRequest {
    /// IRP_MN_USER_FS_REQUEST: an FSCTL.
    User(Control),
    /// IRP_MN_KERNEL_CALL: an FSCTL of the kernel.
    Kernel(Control),
    /// IRP_MN_MOUNT_VOLUME.
    MountVolume,
    /// IRP_MN_VERIFY_VOLUME.
    VerifyVolume,
    /// IRP_MN_LOAD_FILE_SYSTEM.
    LoadFileSystem,
    /// A minor function that these are not.
    Other(u8),
}

view! {
    /// The parameters of [`op::FileSystemControl`](crate::op::FileSystemControl).
    FileSystemControlParameters
}

impl FileSystemControlParameters<'_> {
    /// What is asked for.
    pub fn request(&self) -> FileSystemRequest {
        let minor = self.block().MinorFunction;
        match u32::from(minor) {
            sys::IRP_MN_USER_FS_REQUEST => FileSystemRequest::User(self.common()),
            sys::IRP_MN_KERNEL_CALL => FileSystemRequest::Kernel(self.common()),
            sys::IRP_MN_MOUNT_VOLUME => FileSystemRequest::MountVolume,
            sys::IRP_MN_VERIFY_VOLUME => FileSystemRequest::VerifyVolume,
            sys::IRP_MN_LOAD_FILE_SYSTEM => FileSystemRequest::LoadFileSystem,
            _ => FileSystemRequest::Other(minor),
        }
    }

    /// The FSCTL, of the kernel's or not; `None` where a volume is mounted or verified.
    pub fn control(&self) -> Option<Control> {
        match self.request() {
            FileSystemRequest::User(control) | FileSystemRequest::Kernel(control) => Some(control),
            _ => None,
        }
    }

    fn common(self) -> Control {
        let common = member!(self, FileSystemControl.Common);
        Control {
            code: ControlCode(common.FsControlCode),
            input_length: common.InputBufferLength,
            output_length: common.OutputBufferLength,
        }
    }

    pub(crate) fn waits_for_oplock(self) -> bool {
        self.control().is_some_and(|control| control.code.waits_for_oplock())
    }
}

view! {
    /// The parameters of [`op::DeviceControl`](crate::op::DeviceControl) and
    /// [`op::InternalDeviceControl`](crate::op::InternalDeviceControl).
    DeviceControlParameters
}

impl DeviceControlParameters<'_> {
    /// The IOCTL. Its buffers are passed as its code says if it is an IRP; as fast I/O they are always the requestor's own
    /// addresses (L-05).
    pub fn control(&self) -> Control {
        let common = member!(self, DeviceIoControl.Common);
        Control {
            code: ControlCode(common.IoControlCode),
            input_length: common.InputBufferLength,
            output_length: common.OutputBufferLength,
        }
    }
}
