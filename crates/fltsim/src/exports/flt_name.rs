//! File names (rules K).

use std::ptr;

use fltmgr_sys as sys;
use fltmgr_sys::{
    FLT_FILE_NAME_OPTIONS, HANDLE, NTSTATUS, PCUNICODE_STRING, PFILE_OBJECT, PFLT_CALLBACK_DATA,
    PFLT_FILE_NAME_INFORMATION, PFLT_INSTANCE, PFLT_NAME_CONTROL, PUNICODE_STRING, PWSTR, ULONG, USHORT,
};

use super::export;
use crate::flt::callback_data::CallbackBlock;
use crate::flt::instance::Instance;
use crate::flt::name;
use crate::flt::name_text;
use crate::flt::object::Object;
use crate::flt::text::{string_of, units};
use crate::io::FileRef;
use crate::kernel::irql;

/// Hands the result of a query to a driver.
unsafe fn give(
    result: Result<PFLT_FILE_NAME_INFORMATION, NTSTATUS>,
    place: *mut PFLT_FILE_NAME_INFORMATION,
) -> NTSTATUS {
    // SAFETY: the driver passes a place for the result.
    unsafe { place.write(result.unwrap_or(ptr::null_mut())) };
    match result {
        Ok(_) => sys::STATUS_SUCCESS,
        Err(status) => status,
    }
}

export! {
    dll "FLTMGR.SYS";

    /// The name of the file an operation is about (rules K-01 to K-12).
    pub unsafe fn FltGetFileNameInformation(
        CallbackData: PFLT_CALLBACK_DATA,
        NameOptions: FLT_FILE_NAME_OPTIONS,
        FileNameInformation: *mut PFLT_FILE_NAME_INFORMATION,
    ) -> NTSTATUS {
        irql::check(irql::APC_LEVEL);
        // SAFETY: the driver passes callback data that is its own and a place for the result.
        unsafe {
            let result = match CallbackBlock::of(CallbackData).operation() {
                Some(operation) => name::get(operation, NameOptions),
                // A draining call has no operation whose file could be asked.
                None => Err(sys::STATUS_FLT_INVALID_NAME_REQUEST),
            };
            give(result, FileNameInformation)
        }
    }

    /// The name of an open file, outside of an operation on it (rule K-20).
    pub unsafe fn FltGetFileNameInformationUnsafe(
        FileObject: PFILE_OBJECT,
        Instance: PFLT_INSTANCE,
        NameOptions: FLT_FILE_NAME_OPTIONS,
        FileNameInformation: *mut PFLT_FILE_NAME_INFORMATION,
    ) -> NTSTATUS {
        irql::check(irql::APC_LEVEL);
        // SAFETY: the driver passes a file object, an instance or NULL, and a place for the result.
        unsafe {
            let instance = if Instance.is_null() { None } else { Some(Instance::from_handle(Instance)) };
            give(name::get_unsafe(&FileRef::of(FileObject), instance, NameOptions), FileNameInformation)
        }
    }

    /// Counts a reference (rule K-14).
    pub unsafe fn FltReferenceFileNameInformation(FileNameInformation: PFLT_FILE_NAME_INFORMATION) {
        irql::check(irql::APC_LEVEL);
        // SAFETY: the driver passes name information to which it holds a reference.
        unsafe { name::reference(FileNameInformation) };
    }

    /// Gives a reference back (rule K-14).
    pub unsafe fn FltReleaseFileNameInformation(FileNameInformation: PFLT_FILE_NAME_INFORMATION) {
        irql::check(irql::APC_LEVEL);
        // SAFETY: the driver passes name information to which it holds a reference.
        unsafe { name::release(FileNameInformation) };
    }

    /// Finds the parts of a name (rules K-16, K-18).
    pub unsafe fn FltParseFileNameInformation(FileNameInformation: PFLT_FILE_NAME_INFORMATION) -> NTSTATUS {
        irql::check(irql::APC_LEVEL);
        // SAFETY: the driver passes name information to which it holds a reference.
        unsafe { name::parse(FileNameInformation) };
        sys::STATUS_SUCCESS
    }

    /// Finds the parts of any string (rule K-19).
    pub unsafe fn FltParseFileName(
        FileName: PCUNICODE_STRING,
        Extension: PUNICODE_STRING,
        Stream: PUNICODE_STRING,
        FinalComponent: PUNICODE_STRING,
    ) -> NTSTATUS {
        irql::check(irql::APC_LEVEL);
        // SAFETY: the driver passes a string and places for those parts it wants.
        unsafe {
            let text = units(*FileName);
            let parts = name_text::parse(text, 0);
            for (place, range) in
                [(Extension, parts.extension), (Stream, parts.stream), (FinalComponent, parts.last)]
            {
                if let Some(place) = place.as_mut() {
                    *place = string_of(&text[range]);
                }
            }
        }
        sys::STATUS_SUCCESS
    }

    /// The name a rename or link leads to (rules K-21, K-22).
    pub unsafe fn FltGetDestinationFileNameInformation(
        Instance: PFLT_INSTANCE,
        FileObject: PFILE_OBJECT,
        RootDirectory: HANDLE,
        FileName: PWSTR,
        FileNameLength: ULONG,
        NameOptions: FLT_FILE_NAME_OPTIONS,
        RetFileNameInformation: *mut PFLT_FILE_NAME_INFORMATION,
    ) -> NTSTATUS {
        irql::check(irql::APC_LEVEL);
        // SAFETY: the driver passes objects, a name as long as it says and a place for the result.
        unsafe {
            // The name lies in a structure behind a 32-bit length, so it need not be aligned for more than 2 bytes.
            let target = std::slice::from_raw_parts(FileName.cast_const(), FileNameLength as usize / 2);
            let result = name::get_destination(
                Instance::from_handle(Instance),
                &FileRef::of(FileObject),
                RootDirectory as u64,
                target,
                NameOptions,
            );
            give(result, RetFileNameInformation)
        }
    }

    /// The name that a file has out of the tunnel cache, NULL if it has none (rules K-23 to K-26).
    pub unsafe fn FltGetTunneledName(
        CallbackData: PFLT_CALLBACK_DATA,
        FileNameInformation: PFLT_FILE_NAME_INFORMATION,
        RetTunneledFileNameInformation: *mut PFLT_FILE_NAME_INFORMATION,
    ) -> NTSTATUS {
        irql::check(irql::APC_LEVEL);
        // SAFETY: the driver passes callback data that is its own, name information to which it holds a reference, and a
        // place for the result.
        unsafe {
            let tunneled = name::tunneled(CallbackBlock::of(CallbackData).operation(), FileNameInformation);
            RetTunneledFileNameInformation.write(tunneled.unwrap_or(ptr::null_mut()));
        }
        sys::STATUS_SUCCESS
    }

    /// Forgets the names that were looked up for a file object, or for all of the instance's volume (rule K-32). Who has
    /// one keeps it.
    pub unsafe fn FltPurgeFileNameInformationCache(Instance: PFLT_INSTANCE, FileObject: PFILE_OBJECT) -> NTSTATUS {
        irql::check(irql::APC_LEVEL);
        // SAFETY: the driver passes an instance, and a file object or NULL.
        unsafe {
            let instance = Instance::from_handle(Instance);
            if FileObject.is_null() {
                instance.volume().names_changed();
            } else {
                FileRef::of(FileObject).names.purge();
            }
        }
        sys::STATUS_SUCCESS
    }

    /// Makes the buffer of a name that a provider builds as large as it has to be (rule K-29).
    pub unsafe fn FltCheckAndGrowNameControl(NameCtrl: PFLT_NAME_CONTROL, NewSize: USHORT) -> NTSTATUS {
        irql::check(irql::APC_LEVEL);
        // SAFETY: the driver passes a name control, whose buffer is NULL or a block of pool.
        unsafe { name::grow(&mut (*NameCtrl).Name, NewSize) }
    }
}
