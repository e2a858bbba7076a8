//! Major functions and callback statuses in the types that the structures and callbacks have.

use fltmgr_sys as sys;

/// A constant that belongs into a byte: those of the C headers are 32 bits wide whatever field they go into.
pub(crate) const fn byte(constant: u32) -> u8 {
    constant.to_le_bytes()[0]
}

/// A constant that belongs into 16 bits.
pub(crate) const fn half(constant: u32) -> u16 {
    let [low, high, ..] = constant.to_le_bytes();
    u16::from_le_bytes([low, high])
}

/// The size of a structure, where it is told in 16 bits.
pub(crate) const fn size_of_16<T>() -> u16 {
    let [low, high, ..] = size_of::<T>().to_le_bytes();
    u16::from_le_bytes([low, high])
}

/// The size of a structure, where it is told in 32 bits.
pub(crate) const fn size_of_32<T>() -> u32 {
    let [a, b, c, d, ..] = size_of::<T>().to_le_bytes();
    u32::from_le_bytes([a, b, c, d])
}

macro_rules! majors {
    ($($name:ident = $constant:ident;)*) => {
        $( pub(crate) const $name: u8 = byte(sys::$constant); )*
    };
}

majors! {
    CREATE = IRP_MJ_CREATE;
    CLOSE = IRP_MJ_CLOSE;
    READ = IRP_MJ_READ;
    WRITE = IRP_MJ_WRITE;
    QUERY_INFORMATION = IRP_MJ_QUERY_INFORMATION;
    SET_INFORMATION = IRP_MJ_SET_INFORMATION;
    QUERY_EA = IRP_MJ_QUERY_EA;
    SET_EA = IRP_MJ_SET_EA;
    FLUSH_BUFFERS = IRP_MJ_FLUSH_BUFFERS;
    QUERY_VOLUME_INFORMATION = IRP_MJ_QUERY_VOLUME_INFORMATION;
    SET_VOLUME_INFORMATION = IRP_MJ_SET_VOLUME_INFORMATION;
    DIRECTORY_CONTROL = IRP_MJ_DIRECTORY_CONTROL;
    FILE_SYSTEM_CONTROL = IRP_MJ_FILE_SYSTEM_CONTROL;
    DEVICE_CONTROL = IRP_MJ_DEVICE_CONTROL;
    LOCK_CONTROL = IRP_MJ_LOCK_CONTROL;
    CLEANUP = IRP_MJ_CLEANUP;
    QUERY_SECURITY = IRP_MJ_QUERY_SECURITY;
    SET_SECURITY = IRP_MJ_SET_SECURITY;
    QUERY_QUOTA = IRP_MJ_QUERY_QUOTA;
    SET_QUOTA = IRP_MJ_SET_QUOTA;
    OPERATION_END = IRP_MJ_OPERATION_END;
    NETWORK_QUERY_OPEN = IRP_MJ_NETWORK_QUERY_OPEN;
    QUERY_OPEN = IRP_MJ_QUERY_OPEN;
    MDL_READ = IRP_MJ_MDL_READ;
    MDL_READ_COMPLETE = IRP_MJ_MDL_READ_COMPLETE;
    PREPARE_MDL_WRITE = IRP_MJ_PREPARE_MDL_WRITE;
    MDL_WRITE_COMPLETE = IRP_MJ_MDL_WRITE_COMPLETE;
    ACQUIRE_FOR_SECTION_SYNCHRONIZATION = IRP_MJ_ACQUIRE_FOR_SECTION_SYNCHRONIZATION;
    RELEASE_FOR_SECTION_SYNCHRONIZATION = IRP_MJ_RELEASE_FOR_SECTION_SYNCHRONIZATION;
    ACQUIRE_FOR_CC_FLUSH = IRP_MJ_ACQUIRE_FOR_CC_FLUSH;
    RELEASE_FOR_CC_FLUSH = IRP_MJ_RELEASE_FOR_CC_FLUSH;
    ACQUIRE_FOR_MOD_WRITE = IRP_MJ_ACQUIRE_FOR_MOD_WRITE;
    RELEASE_FOR_MOD_WRITE = IRP_MJ_RELEASE_FOR_MOD_WRITE;
}

macro_rules! statuses {
    ($($name:ident = $constant:ident;)*) => {
        $( pub(crate) const $name: i32 = sys::$constant as i32; )*
    };
}

/// What a pre-operation callback can return.
pub(crate) mod pre {
    use super::sys;
    statuses! {
        SUCCESS_WITH_CALLBACK = FLT_PREOP_SUCCESS_WITH_CALLBACK;
        SUCCESS_NO_CALLBACK = FLT_PREOP_SUCCESS_NO_CALLBACK;
        PENDING = FLT_PREOP_PENDING;
        DISALLOW_FASTIO = FLT_PREOP_DISALLOW_FASTIO;
        COMPLETE = FLT_PREOP_COMPLETE;
        SYNCHRONIZE = FLT_PREOP_SYNCHRONIZE;
        DISALLOW_FSFILTER_IO = FLT_PREOP_DISALLOW_FSFILTER_IO;
    }
}

/// What a post-operation callback can return.
pub(crate) mod post {
    use super::sys;
    statuses! {
        FINISHED_PROCESSING = FLT_POSTOP_FINISHED_PROCESSING;
        MORE_PROCESSING_REQUIRED = FLT_POSTOP_MORE_PROCESSING_REQUIRED;
        DISALLOW_FSFILTER_IO = FLT_POSTOP_DISALLOW_FSFILTER_IO;
    }
}
