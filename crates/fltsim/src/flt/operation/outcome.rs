//! What filters ask about the outcome of an operation, and operations they perform once more.

use std::ffi::c_void;
use std::sync::Arc;

use fltmgr_sys as sys;
use fltmgr_sys::{FLT_IO_PARAMETER_BLOCK, NTSTATUS};

use super::super::callback_data::IoStatus;
use super::super::instance::Instance;
use super::super::{major, parameters};
use super::{Operation, Request, perform};
use crate::io::Requestor;
use crate::kernel::call::{CallSite, call_driver};
use crate::kernel::{irql, thread};

/// A callback of `FltRequestOperationStatusCallback`.
type StatusCallback =
    unsafe extern "efiapi" fn(sys::PCFLT_RELATED_OBJECTS, *mut FLT_IO_PARAMETER_BLOCK, NTSTATUS, *mut c_void);

/// A filter that wants to know what the file system answers.
pub(super) struct StatusRequest {
    instance: Arc<Instance>,
    /// The parameters as they were when it asked.
    snapshot: FLT_IO_PARAMETER_BLOCK,
    callback: StatusCallback,
    context: *mut c_void,
}

impl Operation {
    /// The body of `FltRequestOperationStatusCallback` (rule B-33).
    pub(crate) fn request_status(&self, callback: StatusCallback, context: *mut c_void) -> NTSTATUS {
        if !self.is_irp() || self.is_post() || self.major == major::CLOSE {
            self.complain(
                "B-33",
                "FltRequestOperationStatusCallback was called for an operation that is no IRP, for a close, or outside \
                 of a pre-operation callback",
            );
            return sys::STATUS_INVALID_PARAMETER;
        }
        let Some(instance) = self.instance().filter(|instance| !instance.is_tearing_down()) else {
            return sys::STATUS_FLT_DELETING_OBJECT;
        };
        instance.operations.enter_again();
        // SAFETY: the thread that the callback runs in has the parameters.
        let snapshot = unsafe { *self.block.parameters() };
        let instance = Arc::clone(instance);
        self.progress().status_requests.push(StatusRequest { instance, snapshot, callback, context });
        sys::STATUS_SUCCESS
    }

    /// Tells those who asked what the file system has answered.
    pub(super) fn answer_status_requests(&self, status: NTSTATUS) {
        for mut request in std::mem::take(&mut self.progress().status_requests) {
            let related = request.instance.related_objects(request.snapshot.TargetFileObject);
            let site = CallSite::new("operation status callback", parameters::name_of(self.major))
                .about(self.file.first_name());
            let level = self.level.min(irql::APC_LEVEL);
            let _ = call_driver(request.instance.filter().image(), &site, level, || {
                // SAFETY: the driver gave the routine for exactly this call; what the pointers point to outlives it.
                unsafe {
                    (request.callback)(&raw const related, &raw mut request.snapshot, status, request.context);
                }
            });
            request.instance.operations.exit();
        }
    }

    /// The body of `FltReissueSynchronousIo` for an operation that a post-operation callback has (rules N-30 to N-32).
    pub(crate) fn reissue(&self, instance: &Arc<Instance>) {
        let progress = self.progress();
        let record = progress.records.last().filter(|_| self.is_post() && self.is_irp());
        let synchronized = record.filter(|record| record.home.is_some() && Arc::ptr_eq(&record.instance, instance));
        let Some(record) = synchronized else {
            self.complain(
                "N-30",
                "FltReissueSynchronousIo was called for an operation that the instance has not synchronized, or \
                 outside of its post-operation callback; nothing is done",
            );
            return;
        };
        // SAFETY: the thread that the callback runs in has the parameters.
        let mut parameters = unsafe { *self.block.parameters() };
        if !parameters::equal(&parameters, &record.saved) && self.block.flags() & sys::FLTFL_CALLBACK_DATA_DIRTY == 0 {
            self.complain("N-31", "changed parameters before FltReissueSynchronousIo without FltSetCallbackDataDirty");
            parameters = record.saved;
        }
        let file = self.target_file();
        if self.major == major::CREATE {
            self.free_tag_data();
            if file.flags() & sys::FO_FILE_OPEN_CANCELLED != 0 {
                // Rule N-32.
                return self.set_status(IoStatus::of(sys::STATUS_CANCELLED));
            }
        }
        // SAFETY: the field never changes.
        let user_mode = unsafe { (*self.block.data()).RequestorMode } != 0;
        let requestor = Requestor { process: thread::current().process(), user_mode };
        let result = perform(Request {
            volume: &self.volume,
            file: &file,
            class: self.block.flags() & sys::FLTFL_CALLBACK_DATA_REISSUE_MASK | sys::FLTFL_CALLBACK_DATA_REISSUED_IO,
            parameters,
            requestor: Some(&requestor),
            floor: Some(instance),
            mdl: None,
            own: None,
        });
        self.block.set_flags(sys::FLTFL_CALLBACK_DATA_REISSUED_IO, sys::FLTFL_CALLBACK_DATA_DIRTY);
        self.set_status(result);
        self.give_tag_data(result.status);
    }
}
