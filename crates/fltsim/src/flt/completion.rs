//! Post-operation callbacks that are called outside of an operation's own way up: to drain, and where it is safe.

use std::ffi::c_void;
use std::sync::Arc;

use fltmgr_sys as sys;
use fltmgr_sys::FLT_CALLBACK_DATA;

use super::callback_data::{CallbackBlock, IoStatus};
use super::flight::Record;
use super::invoke;
use super::major::post;
use super::operation::Operation;
use super::{parameters, pended};
use crate::kernel::call::{CallSite, call_driver};
use crate::kernel::irql;

/// Calls a post-operation callback because its instance is being torn down (rules D-10, D-13, D-14).
pub(crate) fn call_draining(record: &Record) {
    let Some(post) = record.post else { return };
    let block = CallbackBlock::new(
        record.class | sys::FLTFL_CALLBACK_DATA_DRAINING_IO | sys::FLTFL_CALLBACK_DATA_POST_OPERATION,
        record.saved,
    );
    let data = block.address();
    // SAFETY: the block is this function's own.
    unsafe {
        (*data).Thread = record.thread;
        (*data).RequestorMode = record.requestor_mode;
        parameters::write_status(&mut (*data).IoStatus, IoStatus::of(sys::STATUS_FLT_POST_OPERATION_CLEANUP));
    }
    let filter = record.instance.filter();
    let related = record.instance.related_objects(record.saved.TargetFileObject);
    let result = invoke::system(filter.machine(), filter.image(), "post-operation callback (draining)", || {
        // SAFETY: the driver registered the routine; what the pointers point to outlives the call.
        unsafe { post(data, &raw const related, record.context, sys::FLTFL_POST_OPERATION_DRAINING) }
    });
    if result.is_ok_and(|status| status != post::FINISHED_PROCESSING) {
        filter.report(
            "D-15",
            "a post-operation callback that was called to drain did not return \
                               FLT_POSTOP_FINISHED_PROCESSING"
                .to_owned(),
        );
    }
    record.instance.operations.exit();
}

/// A post-operation callback.
type PostCallback = unsafe extern "efiapi" fn(
    *mut FLT_CALLBACK_DATA,
    sys::PCFLT_RELATED_OBJECTS,
    *mut c_void,
    u32,
) -> sys::FLT_POSTOP_CALLBACK_STATUS;

/// Calls a safe post-operation callback in the thread as it is (rule D-20).
///
/// # Safety
///
/// The pointers must be those the post-operation callback was given.
pub(crate) unsafe fn call_safe_post(
    operation: &Operation,
    callback: PostCallback,
    data: *mut FLT_CALLBACK_DATA,
    related: sys::PCFLT_RELATED_OBJECTS,
    context: *mut c_void,
    flags: u32,
) -> i32 {
    let Some(instance) = operation.instance() else { return post::FINISHED_PROCESSING };
    let site = CallSite::new("safe post-operation callback", parameters::name_of(operation.major))
        .about(operation.file.first_name());
    call_driver(instance.filter().image(), &site, irql::current(), || {
        // SAFETY: passed on.
        unsafe { callback(data, related, context, flags) }
    })
    .map_or(post::FINISHED_PROCESSING, |status| status)
}

/// Has a worker thread call a safe post-operation callback and go on with the operation (rules D-21, D-25).
pub(crate) fn queue_safe_post(operation: &Operation, callback: PostCallback, context: *mut c_void, flags: u32) {
    /// What the job takes along. The operation is pended, so it lives until the job completes it.
    struct Job(*const Operation, *mut c_void);
    // SAFETY: the operation is handed to the job by pending it.
    unsafe impl Send for Job {}

    let machine = Arc::clone(operation.volume.machine());
    let job = Job(operation, context);
    machine.workers().queue(&machine, move || {
        let job = job;
        // SAFETY: as said at the job.
        let operation = unsafe { &*job.0 };
        let Some(instance) = operation.instance().cloned() else { return };
        let related = instance.related_objects(operation.target_file().as_ptr());
        // SAFETY: the callback gets what the post-operation callback was given.
        let status =
            unsafe { call_safe_post(operation, callback, operation.callback_data(), &raw const related, job.1, flags) };
        if status == post::FINISHED_PROCESSING {
            pended::complete_post(operation);
        }
    });
}
