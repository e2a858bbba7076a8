//! I/O that bypasses filters (rule N-37), as far as a filter objects to it.

use fltmgr_sys as sys;
use fltmgr_sys::{
    FS_BPIO_INPUT, FS_BPIO_OUTPUT, NTSTATUS, PCFLT_RELATED_OBJECTS, PCUNICODE_STRING, PFLT_CALLBACK_DATA,
};

use super::export;
use crate::flt::callback_data::CallbackBlock;
use crate::flt::filter::Filter;
use crate::flt::major::{self, half, size_of_32};
use crate::flt::object::Object;
use crate::flt::text::units;
use crate::kernel::irql;

/// Copies a text into units of a structure, and answers its length in bytes.
fn copy(text: &[u16], place: &mut [u16]) -> u16 {
    let length = text.len().min(place.len());
    place[..length].copy_from_slice(&text[..length]);
    half(u32::try_from(length * 2).unwrap_or_default())
}

export! {
    dll "FLTMGR.SYS";

    /// Fills in why a filter does not let I/O bypass it.
    pub unsafe fn FltVetoBypassIo(
        CallbackData: PFLT_CALLBACK_DATA,
        FltObjects: PCFLT_RELATED_OBJECTS,
        OperationStatus: NTSTATUS,
        FailureReason: PCUNICODE_STRING,
    ) -> NTSTATUS {
        irql::check(irql::APC_LEVEL);
        // SAFETY: the driver passes what its callback was given and a string; a buffered control has its lengths' buffer.
        unsafe {
            let block = CallbackBlock::of(CallbackData);
            let control = &(*block.parameters()).Parameters.FileSystemControl;
            let is_it = block.operation().is_some_and(|operation| operation.is_user_control() && !operation.is_post())
                && (*block.parameters()).MajorFunction == major::FILE_SYSTEM_CONTROL
                && control.Common.FsControlCode == sys::FSCTL_MANAGE_BYPASS_IO;
            if !is_it {
                return sys::STATUS_NOT_SUPPORTED;
            }
            if OperationStatus >= 0 {
                return sys::STATUS_INVALID_PARAMETER_3;
            }
            let reason = FailureReason.as_ref().map_or(&[][..], |reason| units(*reason));
            if reason.is_empty() {
                return sys::STATUS_INVALID_PARAMETER_4;
            }
            if control.Common.InputBufferLength < size_of_32::<FS_BPIO_INPUT>() {
                return sys::STATUS_INVALID_BUFFER_SIZE;
            }
            if control.Common.OutputBufferLength < size_of_32::<FS_BPIO_OUTPUT>() {
                return sys::STATUS_BUFFER_TOO_SMALL;
            }
            let buffer = control.Buffered.SystemBuffer;
            let operation = buffer.cast::<FS_BPIO_INPUT>().read_unaligned().Operation;
            if ![sys::FS_BPIO_OP_ENABLE, sys::FS_BPIO_OP_QUERY].contains(&operation) {
                return sys::STATUS_NOT_SUPPORTED;
            }
            let mut output: FS_BPIO_OUTPUT = std::mem::zeroed();
            output.Operation = operation;
            let results = &mut output.__bindgen_anon_1.Enable;
            results.OpStatus = OperationStatus.cast_unsigned();
            let name: Vec<u16> = Filter::from_handle((*FltObjects).Filter).name().encode_utf16().collect();
            results.FailingDriverNameLen = copy(&name, &mut results.FailingDriverName);
            results.FailureReasonLen = copy(reason, &mut results.FailureReason);
            buffer.cast::<FS_BPIO_OUTPUT>().write_unaligned(output);
        }
        sys::STATUS_SUCCESS
    }
}
