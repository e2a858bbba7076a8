//! The way up of an operation: the post-operation callbacks of those who have seen it.

use std::sync::Arc;

use fltmgr_sys as sys;

use super::super::major::post;
use super::super::{parameters, pended};
use super::{IoStatus, Left, Operation, REFUSED_QUERY_OPEN, Step};
use crate::kernel::call::{CallSite, Crashed, call_driver};
use crate::kernel::irql;

impl Operation {
    /// Calls the next post-operation callback; `None` when there is none left.
    pub(super) fn up(&self, me: usize, stakes: &mut usize) -> Result<Option<Step>, Left> {
        let progress = self.progress();
        if !progress.status_requests.is_empty() {
            self.answer_status_requests(progress.status.status);
        }
        let Some(record) = progress.records.last() else { return Ok(None) };
        if record.post.is_none() {
            self.begin_post_of_swap();
            self.leave_record();
            return Ok(Some(Step::Up));
        }
        if let Some(home) = record.home.filter(|home| *home != me) {
            self.baton.hand_to(home);
            return Err(Left::Handed);
        }
        if record.home.is_some() && me != self.originator {
            *stakes -= 1;
        }
        if !record.instance.in_flight.claim(record) {
            progress.records.pop();
            return Ok(Some(Step::Up));
        }
        let Some(post) = record.post else { return Err(Left::Crashed) };
        let level = if record.home.is_some() || !self.is_irp() {
            // Rules D-07 to D-09, X-04.
            self.level
        } else if progress.reached_bottom && parameters::completes_at_dispatch(&record.saved) {
            // Rule D-06: what really goes to the device completes at DISPATCH_LEVEL.
            irql::DISPATCH_LEVEL
        } else {
            self.level.max(irql::current())
        };
        self.begin_post_of_swap();
        // SAFETY: the driving thread has the data and the parameters.
        unsafe { *self.block.parameters() = record.saved };
        self.set_status(progress.status);
        self.block.set_flags(sys::FLTFL_CALLBACK_DATA_POST_OPERATION, sys::FLTFL_CALLBACK_DATA_DIRTY);
        let related = record.instance.related_objects(record.saved.TargetFileObject);
        let (context, image) = (record.context, Arc::clone(record.instance.filter().image()));
        let data = self.block.data();
        self.pend.begin_post();
        let site =
            CallSite::new("post-operation callback", parameters::name_of(self.major)).about(self.file.first_name());
        let result = call_driver(&image, &site, level, || {
            // SAFETY: the driver registered the routine for this operation; what the pointers point to outlives it.
            unsafe { post(data, &raw const related, context, 0) }
        });
        match result {
            Ok(status) => Ok(Some(Step::AfterPost(status))),
            Err(Crashed) => Err(Left::Crashed),
        }
    }

    /// Acts on what a post-operation callback decided.
    pub(super) fn after_post(&self, status: i32) -> Result<Step, Left> {
        if status == post::MORE_PROCESSING_REQUIRED {
            if self.is_irp() {
                pended::remember(self);
                return if self.pend.pend_post() {
                    Err(Left::Handed)
                } else {
                    pended::forget(self);
                    self.after_post(post::FINISHED_PROCESSING)
                };
            }
            self.complain("D-03", "returned FLT_POSTOP_MORE_PROCESSING_REQUIRED for an operation that is no IRP");
        } else if status == post::DISALLOW_FSFILTER_IO && self.is_query_open() {
            // Rule L-09: whatever the file system has answered does not count.
            return Ok(self.leave_post(REFUSED_QUERY_OPEN));
        } else if status != post::FINISHED_PROCESSING {
            self.complain("D-05", "returned an unknown post-operation status");
        }
        pended::forget(self);
        let result = self.status();
        if result.status != self.progress().status.status {
            self.check_final_status(result.status, "changed the outcome to", "C-08");
        }
        Ok(self.leave_post(result))
    }

    /// Goes on above the instance whose post-operation callback has given the operation this outcome.
    fn leave_post(&self, result: IoStatus) -> Step {
        self.progress().status = result;
        self.block.set_flags(0, sys::FLTFL_CALLBACK_DATA_DIRTY | sys::FLTFL_CALLBACK_DATA_POST_OPERATION);
        self.leave_record();
        Step::Up
    }

    /// Ends an instance's part in the operation: what it had swapped in is gone for those above (rule I-29).
    fn leave_record(&self) {
        self.end_swap();
        if let Some(record) = self.progress().records.pop() {
            // SAFETY: the driving thread has the parameters.
            unsafe { *self.block.parameters() = record.saved };
            record.instance.operations.exit();
        }
    }
}
