//! An operation's parameters, as far as the Filter Manager itself looks at them.

use std::ffi::c_void;

use fltmgr_sys as sys;
use fltmgr_sys::{FLT_IO_PARAMETER_BLOCK, IO_STATUS_BLOCK, PMDL, ULONG};

use super::callback_data::IoStatus;
use super::major;
use crate::io::FileRef;
use crate::kernel::irql;

/// The flags of callback data that say what class of operation it is; exactly one is set (rule B-01).
pub(crate) const CLASS_MASK: u32 = sys::FLTFL_CALLBACK_DATA_IRP_OPERATION
    | sys::FLTFL_CALLBACK_DATA_FAST_IO_OPERATION
    | sys::FLTFL_CALLBACK_DATA_FS_FILTER_OPERATION;

/// The major functions by name. The last column of the non-IRP ones is their negative number.
const NAMES: &[(u8, &str)] = &[
    (0x00, "IRP_MJ_CREATE"),
    (0x01, "IRP_MJ_CREATE_NAMED_PIPE"),
    (0x02, "IRP_MJ_CLOSE"),
    (0x03, "IRP_MJ_READ"),
    (0x04, "IRP_MJ_WRITE"),
    (0x05, "IRP_MJ_QUERY_INFORMATION"),
    (0x06, "IRP_MJ_SET_INFORMATION"),
    (0x07, "IRP_MJ_QUERY_EA"),
    (0x08, "IRP_MJ_SET_EA"),
    (0x09, "IRP_MJ_FLUSH_BUFFERS"),
    (0x0A, "IRP_MJ_QUERY_VOLUME_INFORMATION"),
    (0x0B, "IRP_MJ_SET_VOLUME_INFORMATION"),
    (0x0C, "IRP_MJ_DIRECTORY_CONTROL"),
    (0x0D, "IRP_MJ_FILE_SYSTEM_CONTROL"),
    (0x0E, "IRP_MJ_DEVICE_CONTROL"),
    (0x0F, "IRP_MJ_INTERNAL_DEVICE_CONTROL"),
    (0x10, "IRP_MJ_SHUTDOWN"),
    (0x11, "IRP_MJ_LOCK_CONTROL"),
    (0x12, "IRP_MJ_CLEANUP"),
    (0x13, "IRP_MJ_CREATE_MAILSLOT"),
    (0x14, "IRP_MJ_QUERY_SECURITY"),
    (0x15, "IRP_MJ_SET_SECURITY"),
    (0x16, "IRP_MJ_POWER"),
    (0x17, "IRP_MJ_SYSTEM_CONTROL"),
    (0x18, "IRP_MJ_DEVICE_CHANGE"),
    (0x19, "IRP_MJ_QUERY_QUOTA"),
    (0x1A, "IRP_MJ_SET_QUOTA"),
    (0x1B, "IRP_MJ_PNP"),
    (0xFF, "IRP_MJ_ACQUIRE_FOR_SECTION_SYNCHRONIZATION"),
    (0xFE, "IRP_MJ_RELEASE_FOR_SECTION_SYNCHRONIZATION"),
    (0xFD, "IRP_MJ_ACQUIRE_FOR_MOD_WRITE"),
    (0xFC, "IRP_MJ_RELEASE_FOR_MOD_WRITE"),
    (0xFB, "IRP_MJ_ACQUIRE_FOR_CC_FLUSH"),
    (0xFA, "IRP_MJ_RELEASE_FOR_CC_FLUSH"),
    (0xF9, "IRP_MJ_QUERY_OPEN"),
    (0xF3, "IRP_MJ_FAST_IO_CHECK_IF_POSSIBLE"),
    (0xF2, "IRP_MJ_NETWORK_QUERY_OPEN"),
    (0xF1, "IRP_MJ_MDL_READ"),
    (0xF0, "IRP_MJ_MDL_READ_COMPLETE"),
    (0xEF, "IRP_MJ_PREPARE_MDL_WRITE"),
    (0xEE, "IRP_MJ_MDL_WRITE_COMPLETE"),
    (0xED, "IRP_MJ_VOLUME_MOUNT"),
    (0xEC, "IRP_MJ_VOLUME_DISMOUNT"),
];

/// The name of a major function.
pub(crate) fn name_of(major: u8) -> &'static str {
    NAMES.iter().find(|(number, _)| *number == major).map_or("an unknown operation", |(_, name)| name)
}

/// The IRQL at which an operation's pre-operation callbacks run: the highest that rule C-22 lets them run at.
pub(crate) fn level(class: u32, parameters: &FLT_IO_PARAMETER_BLOCK) -> u8 {
    let irp = class & sys::FLTFL_CALLBACK_DATA_IRP_OPERATION != 0;
    let paging = irp && parameters.IrpFlags & sys::IRP_PAGING_IO != 0;
    let major = parameters.MajorFunction;
    if paging || major == major::CLOSE || major == major::DIRECTORY_CONTROL {
        irql::APC_LEVEL
    } else {
        irql::PASSIVE_LEVEL
    }
}

fn is_read_or_write(parameters: &FLT_IO_PARAMETER_BLOCK) -> bool {
    let major = parameters.MajorFunction;
    major == major::READ || major == major::WRITE
}

/// Whether the flags of an operation registration suppress the callbacks (rules ).
pub(crate) fn is_skipped(flags: u32, class: u32, parameters: &FLT_IO_PARAMETER_BLOCK, file: &FileRef) -> bool {
    if flags == 0 {
        return false;
    }
    if flags & sys::FLTFL_OPERATION_REGISTRATION_SKIP_NON_DASD_IO != 0 && !file.is_volume_open() {
        return true;
    }
    if !is_read_or_write(parameters) {
        return false;
    }
    let fast = class & sys::FLTFL_CALLBACK_DATA_FAST_IO_OPERATION != 0;
    let paging = !fast && parameters.IrpFlags & sys::IRP_PAGING_IO != 0;
    let cached = fast || parameters.IrpFlags & sys::IRP_NOCACHE == 0;
    let other = if cached {
        sys::FLTFL_OPERATION_REGISTRATION_SKIP_CACHED_IO
    } else {
        sys::FLTFL_OPERATION_REGISTRATION_SKIP_NON_CACHED_NON_PAGING_IO
    };
    let skips_others = flags & other != 0;
    flags & sys::FLTFL_OPERATION_REGISTRATION_SKIP_PAGING_IO != 0 && paging || skips_others && !paging
}

/// Whether the post-operation callbacks of an IRP run at `DISPATCH_LEVEL`: what goes to the device and not to the cache
/// completes there on Windows (rule D-06).
pub(crate) fn completes_at_dispatch(parameters: &FLT_IO_PARAMETER_BLOCK) -> bool {
    is_read_or_write(parameters) && parameters.IrpFlags & sys::IRP_NOCACHE != 0
}

/// Whether the operation may not be failed (rule C-09).
pub(crate) fn must_succeed(major: u8) -> bool {
    major == major::CLEANUP || major == major::CLOSE
}

/// Whether two parameter blocks are the same in every byte.
pub(crate) fn equal(left: &FLT_IO_PARAMETER_BLOCK, right: &FLT_IO_PARAMETER_BLOCK) -> bool {
    const WORDS: usize = size_of::<FLT_IO_PARAMETER_BLOCK>() / 8;
    // SAFETY: the block has no padding of its own, is 8-aligned, and every member of the union is copied as a whole.
    unsafe { *std::ptr::from_ref(left).cast::<[u64; WORDS]>() == *std::ptr::from_ref(right).cast::<[u64; WORDS]>() }
}

/// Reads an `IO_STATUS_BLOCK`.
pub(crate) fn read_status(block: &IO_STATUS_BLOCK) -> IoStatus {
    // SAFETY: the status shares its place with a pointer; any bits are an integer.
    let status = unsafe { block.__bindgen_anon_1.Status };
    IoStatus { status, information: usize::try_from(block.Information).unwrap_or(usize::MAX) }
}

/// Writes an `IO_STATUS_BLOCK`.
pub(crate) fn write_status(block: &mut IO_STATUS_BLOCK, status: IoStatus) {
    block.__bindgen_anon_1.Status = status.status;
    block.Information = status.information as _;
}

/// Where the members of an operation's parameters are that describe its buffer.
pub(crate) struct BufferMembers {
    pub mdl: Option<*mut PMDL>,
    pub buffer: *mut *mut c_void,
    pub length: *mut ULONG,
    pub access: sys::LOCK_OPERATION,
}

/// Whether a file system control is one, and does not mount or verify a volume.
fn is_control(minor: u8) -> bool {
    matches!(u32::from(minor), sys::IRP_MN_USER_FS_REQUEST | sys::IRP_MN_KERNEL_CALL)
}

/// What `FltDecodeParameters` answers (rules I-09, I-10); `None` where there is no buffer.
///
/// # Safety
///
/// `parameters` must be valid.
pub(crate) unsafe fn buffer_members(parameters: *mut FLT_IO_PARAMETER_BLOCK) -> Option<BufferMembers> {
    // SAFETY: the caller vouches for the block; the member of the union follows from the major function.
    unsafe {
        // What is made of these pointers is used beside other pointers to the block, so that no reference may lie between.
        let (major, minor) = ((*parameters).MajorFunction, (*parameters).MinorFunction);
        let union = &raw mut (*parameters).Parameters;
        macro_rules! members {
            ($access:expr, $length:ident, $buffer:ident, mdl $mdl:ident, $($member:ident).+) => {
                Some(BufferMembers {
                    mdl: Some(&raw mut (*union).$($member).+.$mdl),
                    buffer: (&raw mut (*union).$($member).+.$buffer).cast(),
                    length: &raw mut (*union).$($member).+.$length,
                    access: $access,
                })
            };
            ($access:expr, $length:ident, $buffer:ident, $($member:ident).+) => {
                Some(BufferMembers {
                    mdl: None,
                    buffer: (&raw mut (*union).$($member).+.$buffer).cast(),
                    length: &raw mut (*union).$($member).+.$length,
                    access: $access,
                })
            };
        }
        macro_rules! control {
            ($member:ident, $code:expr) => {
                match $code & 3 {
                    METHOD_BUFFERED => members!(sys::IoModifyAccess, OutputBufferLength, SystemBuffer, $member.Buffered),
                    METHOD_NEITHER => members!(
                        sys::IoWriteAccess, OutputBufferLength, OutputBuffer, mdl OutputMdlAddress, $member.Neither
                    ),
                    METHOD_IN_DIRECT => members!(
                        sys::IoReadAccess, OutputBufferLength, OutputBuffer, mdl OutputMdlAddress, $member.Direct
                    ),
                    _ => members!(
                        sys::IoWriteAccess, OutputBufferLength, OutputBuffer, mdl OutputMdlAddress, $member.Direct
                    ),
                }
            };
        }
        match major {
            major::CREATE => members!(sys::IoReadAccess, EaLength, EaBuffer, Create),
            major::READ => members!(sys::IoWriteAccess, Length, ReadBuffer, mdl MdlAddress, Read),
            major::WRITE => members!(sys::IoReadAccess, Length, WriteBuffer, mdl MdlAddress, Write),
            major::QUERY_INFORMATION => members!(sys::IoWriteAccess, Length, InfoBuffer, QueryFileInformation),
            major::SET_INFORMATION => members!(sys::IoReadAccess, Length, InfoBuffer, SetFileInformation),
            major::QUERY_EA => members!(sys::IoWriteAccess, Length, EaBuffer, mdl MdlAddress, QueryEa),
            major::SET_EA => members!(sys::IoReadAccess, Length, EaBuffer, mdl MdlAddress, SetEa),
            major::QUERY_VOLUME_INFORMATION => {
                members!(sys::IoWriteAccess, Length, VolumeBuffer, QueryVolumeInformation)
            }
            major::SET_VOLUME_INFORMATION => members!(sys::IoReadAccess, Length, VolumeBuffer, SetVolumeInformation),
            major::DIRECTORY_CONTROL if u32::from(minor) == sys::IRP_MN_QUERY_DIRECTORY => {
                members!(sys::IoWriteAccess, Length, DirectoryBuffer, mdl MdlAddress, DirectoryControl.QueryDirectory)
            }
            major::DIRECTORY_CONTROL => {
                members!(sys::IoWriteAccess, Length, DirectoryBuffer, mdl MdlAddress, DirectoryControl.NotifyDirectory)
            }
            major::QUERY_SECURITY => {
                members!(sys::IoWriteAccess, Length, SecurityBuffer, mdl MdlAddress, QuerySecurity)
            }
            major::QUERY_QUOTA => members!(sys::IoWriteAccess, Length, QuotaBuffer, mdl MdlAddress, QueryQuota),
            major::SET_QUOTA => members!(sys::IoReadAccess, Length, QuotaBuffer, mdl MdlAddress, SetQuota),
            major::FILE_SYSTEM_CONTROL if is_control(minor) => {
                control!(FileSystemControl, (*union).FileSystemControl.Common.FsControlCode)
            }
            major::DEVICE_CONTROL => control!(DeviceIoControl, (*union).DeviceIoControl.Common.IoControlCode),
            _ => None,
        }
    }
}

/// How a control code passes its buffers (rule I-20).
pub(crate) const METHOD_BUFFERED: u32 = 0;
/// The output buffer is read.
pub(crate) const METHOD_IN_DIRECT: u32 = 1;
/// Both are the requestor's own addresses.
pub(crate) const METHOD_NEITHER: u32 = 3;

/// The address of the operation's buffer, 0 where there is none.
pub(crate) fn buffer_address(parameters: &FLT_IO_PARAMETER_BLOCK) -> usize {
    let mut copy = *parameters;
    // SAFETY: the block is a copy of a valid one.
    unsafe { buffer_members(&raw mut copy).map_or(0, |members| members.buffer.read() as usize) }
}

/// The MDL of the operation's buffer, NULL where there is none.
pub(crate) fn mdl_of(parameters: &FLT_IO_PARAMETER_BLOCK) -> PMDL {
    let mut copy = *parameters;
    // SAFETY: the block is a copy of a valid one.
    unsafe {
        buffer_members(&raw mut copy).and_then(|members| members.mdl).map_or(std::ptr::null_mut(), |mdl| mdl.read())
    }
}

/// Puts an MDL into the parameters, where they have a place for one.
pub(crate) fn set_mdl(parameters: &mut FLT_IO_PARAMETER_BLOCK, mdl: PMDL) {
    // SAFETY: the block is valid, and the member lies in it.
    unsafe {
        if let Some(place) = buffer_members(parameters).and_then(|members| members.mdl) {
            place.write(mdl);
        }
    }
}
