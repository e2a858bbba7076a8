//! Operations in a filter's hands: callback data, pending, completion (rules B, C, D, E, I).

use std::ffi::CString;
use std::sync::OnceLock;

use fltmgr_sys as sys;
use fltmgr_sys::{
    BOOLEAN, FLT_POST_OPERATION_FLAGS, FLT_POSTOP_CALLBACK_STATUS, FLT_PREOP_CALLBACK_STATUS, LOCK_OPERATION, NTSTATUS,
    PCFLT_RELATED_OBJECTS, PCSTR, PEPROCESS, PFILE_OBJECT, PFLT_CALLBACK_DATA, PFLT_INSTANCE,
    PFLT_POST_OPERATION_CALLBACK, PMDL, PULONG, PVOID, UCHAR, ULONG,
};

use super::export;
use crate::flt::callback_data::CallbackBlock;
use crate::flt::completion;
use crate::flt::instance::Instance;
use crate::flt::major::{self, post, pre};
use crate::flt::object::Object;
use crate::flt::operation::Operation;
use crate::flt::parameters::{self, METHOD_BUFFERED};
use crate::flt::{pended, work};
use crate::io::{self, FileRef, mdl};
use crate::kernel::{fault, irql, low_resources, thread};

/// The names of the major functions as C strings, by major function.
fn irp_names() -> &'static [CString; 256] {
    static NAMES: OnceLock<[CString; 256]> = OnceLock::new();
    NAMES.get_or_init(|| {
        std::array::from_fn(|major| {
            let name = u8::try_from(major).map_or("", parameters::name_of);
            CString::new(name).unwrap_or_default()
        })
    })
}

export! {
    dll "FLTMGR.SYS";

    /// Says that the filter has changed parameters (rule B-06).
    pub unsafe fn FltSetCallbackDataDirty(Data: PFLT_CALLBACK_DATA) {
        // SAFETY: the driver passes callback data that is its own.
        unsafe { CallbackBlock::of(Data) }.set_flags(sys::FLTFL_CALLBACK_DATA_DIRTY, 0);
    }

    /// Takes that back.
    pub unsafe fn FltClearCallbackDataDirty(Data: PFLT_CALLBACK_DATA) {
        // SAFETY: the driver passes callback data that is its own.
        unsafe { CallbackBlock::of(Data) }.set_flags(0, sys::FLTFL_CALLBACK_DATA_DIRTY);
    }

    /// Whether the filter has said so.
    pub unsafe fn FltIsCallbackDataDirty(Data: PFLT_CALLBACK_DATA) -> BOOLEAN {
        // SAFETY: the driver passes callback data that is its own.
        (unsafe { CallbackBlock::of(Data) }.flags() & sys::FLTFL_CALLBACK_DATA_DIRTY != 0).into()
    }

    /// Whether the I/O manager regards the operation as synchronous (rule B-32).
    pub unsafe fn FltIsOperationSynchronous(CallbackData: PFLT_CALLBACK_DATA) -> BOOLEAN {
        // SAFETY: the driver passes callback data that is its own.
        let (block, parameters) = unsafe {
            let block = CallbackBlock::of(CallbackData);
            (block, &*block.parameters())
        };
        if block.flags() & sys::FLTFL_CALLBACK_DATA_IRP_OPERATION == 0 {
            return BOOLEAN::from(true);
        }
        if parameters.IrpFlags & sys::IRP_PAGING_IO != 0 {
            return (parameters.IrpFlags & sys::IRP_SYNCHRONOUS_PAGING_IO != 0).into();
        }
        // SAFETY: the member of the union is the control's, if it is one; the file object is alive.
        unsafe {
            let buffered_control = parameters.MajorFunction == major::FILE_SYSTEM_CONTROL
                && parameters.Parameters.FileSystemControl.Common.FsControlCode & 3 == METHOD_BUFFERED;
            let synchronous_file =
                parameters.TargetFileObject.as_ref().is_some_and(|file| file.Flags & sys::FO_SYNCHRONOUS_IO != 0);
            (synchronous_file || parameters.IrpFlags & sys::IRP_SYNCHRONOUS_API != 0 || buffered_control).into()
        }
    }

    /// Completes or passes on an operation that was pended in pre (rules C-13, E-18 to E-22).
    pub unsafe fn FltCompletePendedPreOperation(
        CallbackData: PFLT_CALLBACK_DATA,
        CallbackStatus: FLT_PREOP_CALLBACK_STATUS,
        Context: PVOID,
    ) {
        irql::check(irql::DISPATCH_LEVEL);
        // SAFETY: the driver passes callback data that is its own.
        let Some(operation) = (unsafe { CallbackBlock::of(CallbackData) }).operation() else { return };
        let complain = |rule, text: &str| {
            if let Some(instance) = operation.instance() {
                instance.filter().report(rule, text.to_owned());
            }
        };
        let mut status = CallbackStatus as i32;
        if ![pre::COMPLETE, pre::SUCCESS_NO_CALLBACK, pre::SUCCESS_WITH_CALLBACK].contains(&status) {
            complain("E-18", "FltCompletePendedPreOperation was given a status that is not allowed; the operation is \
                              passed on without a callback");
            status = pre::SUCCESS_NO_CALLBACK;
        }
        if status != pre::SUCCESS_WITH_CALLBACK && !Context.is_null() {
            complain("E-19", "FltCompletePendedPreOperation was given a context for a callback that is not called");
        }
        pended::complete_pre(operation, status, Context);
    }

    /// Goes on with the completion of an operation that was pended in post (rule E-23).
    pub unsafe fn FltCompletePendedPostOperation(CallbackData: PFLT_CALLBACK_DATA) {
        irql::check(irql::DISPATCH_LEVEL);
        // SAFETY: the driver passes callback data that is its own.
        if let Some(operation) = unsafe { CallbackBlock::of(CallbackData) }.operation() {
            pended::complete_post(operation);
        }
    }

    /// Runs the rest of a post-operation callback where it is safe (rules D-19 to D-25).
    pub unsafe fn FltDoCompletionProcessingWhenSafe(
        Data: PFLT_CALLBACK_DATA,
        FltObjects: PCFLT_RELATED_OBJECTS,
        CompletionContext: PVOID,
        Flags: FLT_POST_OPERATION_FLAGS,
        SafePostCallback: PFLT_POST_OPERATION_CALLBACK,
        RetPostOperationStatus: *mut FLT_POSTOP_CALLBACK_STATUS,
    ) -> BOOLEAN {
        // SAFETY: the driver passes what its post-operation callback was given, and a place for the status.
        unsafe {
            let operation = CallbackBlock::of(Data).operation();
            let (Some(callback), Some(operation)) = (SafePostCallback, operation) else {
                // Rule D-16: a draining call has no operation behind it.
                if let Some(filter) = crate::flt::name::current_filter() {
                    let text = "FltDoCompletionProcessingWhenSafe was called while draining";
                    filter.report("D-16", text.to_owned());
                }
                RetPostOperationStatus.write(post::FINISHED_PROCESSING as _);
                return BOOLEAN::from(false);
            };
            if irql::current() < irql::DISPATCH_LEVEL {
                let status = completion::call_safe_post(operation, callback, Data, FltObjects, CompletionContext, Flags);
                RetPostOperationStatus.write(status as _);
                return BOOLEAN::from(true);
            }
            if work::check_postable(Some(operation)).is_err() || low_resources::fails_now(low_resources::Failure::False) {
                RetPostOperationStatus.write(post::FINISHED_PROCESSING as _);
                return BOOLEAN::from(false);
            }
            completion::queue_safe_post(operation, callback, CompletionContext, Flags);
            RetPostOperationStatus.write(post::MORE_PROCESSING_REQUIRED as _);
        }
        BOOLEAN::from(true)
    }

    /// Undoes an open that a post-create callback fails (rules D-26 to D-29).
    pub unsafe fn FltCancelFileOpen(Instance: PFLT_INSTANCE, FileObject: PFILE_OBJECT) {
        irql::check(irql::PASSIVE_LEVEL);
        // SAFETY: the driver passes its instance and the file object of the create.
        let (instance, file) = unsafe { (Instance::from_handle(Instance), FileRef::of(FileObject)) };
        if file.flags() & sys::FO_HANDLE_CREATED != 0 {
            // Rule D-27.
            fault::bug_check(
                0xF5,
                [0x6A, FileObject as usize, 0, 0],
                "FltCancelFileOpen was called for a file object that has a handle".to_owned(),
            );
        }
        io::cancel(&file, instance);
    }

    /// The process that asked for an operation (rule B-30).
    pub unsafe fn FltGetRequestorProcess(CallbackData: PFLT_CALLBACK_DATA) -> PEPROCESS {
        irql::check(irql::DISPATCH_LEVEL);
        // SAFETY: the driver passes callback data that is its own.
        let operation = unsafe { CallbackBlock::of(CallbackData) }.operation();
        let address = operation.map_or_else(|| thread::current().process_address(), Operation::process);
        std::ptr::with_exposed_provenance_mut(address)
    }

    /// The id of the process that asked for an operation (rule B-30).
    pub unsafe fn FltGetRequestorProcessId(CallbackData: PFLT_CALLBACK_DATA) -> ULONG {
        irql::check(irql::DISPATCH_LEVEL);
        // SAFETY: the driver passes callback data that is its own.
        let operation = unsafe { CallbackBlock::of(CallbackData) }.operation();
        operation.map_or(0, Operation::process_id)
    }

    /// The name of a major function.
    pub unsafe fn FltGetIrpName(IrpMajorCode: UCHAR) -> PCSTR {
        irp_names()[usize::from(IrpMajorCode)].as_ptr()
    }

    /// Where the buffer is in an operation's parameters (rules I-09, I-10).
    pub unsafe fn FltDecodeParameters(
        CallbackData: PFLT_CALLBACK_DATA,
        MdlAddressPointer: *mut *mut PMDL,
        Buffer: *mut *mut PVOID,
        Length: *mut PULONG,
        DesiredAccess: *mut LOCK_OPERATION,
    ) -> NTSTATUS {
        // SAFETY: the driver passes callback data that is its own, and places for those results it wants.
        unsafe {
            let block = CallbackBlock::of(CallbackData);
            let filter_call = block.flags() & sys::FLTFL_CALLBACK_DATA_FS_FILTER_OPERATION != 0;
            let members = parameters::buffer_members(block.parameters()).filter(|_| !filter_call);
            let Some(members) = members else { return sys::STATUS_INVALID_PARAMETER };
            if let Some(place) = MdlAddressPointer.as_mut() {
                *place = members.mdl.unwrap_or(std::ptr::null_mut());
            }
            if let Some(place) = Buffer.as_mut() {
                *place = members.buffer;
            }
            if let Some(place) = Length.as_mut() {
                *place = members.length;
            }
            if let Some(place) = DesiredAccess.as_mut() {
                *place = members.access;
            }
        }
        sys::STATUS_SUCCESS
    }

    /// Locks the user's buffer and describes it by an MDL (rules I-01 to I-08).
    pub unsafe fn FltLockUserBuffer(CallbackData: PFLT_CALLBACK_DATA) -> NTSTATUS {
        irql::check(irql::APC_LEVEL);
        // SAFETY: the driver passes callback data that is its own.
        unsafe {
            let block = CallbackBlock::of(CallbackData);
            let Some(operation) = block.operation() else { return sys::STATUS_INVALID_PARAMETER };
            let parameters = block.parameters();
            let transfer = [major::READ, major::WRITE].contains(&(*parameters).MajorFunction);
            if transfer && u32::from((*parameters).MinorFunction) & sys::IRP_MN_MDL != 0 {
                return sys::STATUS_INVALID_PARAMETER;
            }
            let Some(members) = parameters::buffer_members(parameters) else { return sys::STATUS_INVALID_PARAMETER };
            let Some(place) = members.mdl else { return sys::STATUS_INVALID_PARAMETER };
            if !place.read().is_null() {
                return sys::STATUS_SUCCESS;
            }
            let (buffer, length) = (members.buffer.read(), members.length.read());
            if length == 0 {
                return sys::STATUS_SUCCESS;
            }
            if buffer.is_null() {
                return sys::STATUS_INVALID_PARAMETER;
            }
            place.write(operation.attach_mdl(mdl::OwnedMdl::new(buffer, length)));
        }
        sys::STATUS_SUCCESS
    }
}
