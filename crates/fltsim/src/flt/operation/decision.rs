//! What pre-operation callbacks decide about an operation.

use std::ffi::c_void;
use std::ptr;
use std::sync::Arc;

use fltmgr_sys as sys;

use super::super::flight::Record;
use super::super::major::{self, pre};
use super::super::stack::Node;
use super::super::{parameters, pended};
use super::{IoStatus, Left, Operation, REFUSED_QUERY_OPEN, Step};

impl Operation {
    /// Acts on what a pre-operation callback decided.
    pub(super) fn after_pre(
        &self,
        status: i32,
        context: *mut c_void,
        me: usize,
        stakes: &mut usize,
    ) -> Result<Step, Left> {
        if status == pre::PENDING {
            if !self.is_irp() {
                self.complain("C-12", "returned FLT_PREOP_PENDING for an operation that is no IRP; it is passed on");
                return self.after_pre(pre::SUCCESS_NO_CALLBACK, ptr::null_mut(), me, stakes);
            }
            if !context.is_null() {
                self.complain("C-03", "set a completion context and returned FLT_PREOP_PENDING");
            }
            pended::remember(self);
            return match self.pend.pend_pre() {
                // Rule C-13: the completion came first.
                Some((status, context)) => {
                    pended::forget(self);
                    self.after_pre(status, context, me, stakes)
                }
                None => Err(Left::Handed),
            };
        }
        pended::forget(self);
        self.keep_or_restore_parameters();
        let Some(node) = self.node() else { return Err(Left::Crashed) };
        let swapped = self.check_swap(status);
        match status {
            pre::SUCCESS_WITH_CALLBACK | pre::SYNCHRONIZE => {
                self.expect_post(node, status, context, swapped, me, stakes)
            }
            pre::COMPLETE => {
                self.undo_swap(swapped);
                let mut result = self.status();
                self.check_final_status(result.status, "completed the operation with", "C-07");
                // Rule C-09: a cleanup or a close is never failed.
                if parameters::must_succeed(self.major) && result.status != sys::STATUS_SUCCESS {
                    self.complain("C-09", "completed a cleanup or a close with something else than STATUS_SUCCESS");
                    result.status = sys::STATUS_SUCCESS;
                }
                node.instance.operations.exit();
                self.progress().status = result;
                Ok(Step::Up)
            }
            pre::DISALLOW_FASTIO if self.class == sys::FLTFL_CALLBACK_DATA_FAST_IO_OPERATION => {
                self.undo_swap(swapped);
                node.instance.operations.exit();
                // Rule C-17: the Filter Manager stores the status itself.
                self.progress().status = IoStatus::of(sys::STATUS_FLT_DISALLOW_FAST_IO);
                Ok(Step::Up)
            }
            pre::DISALLOW_FSFILTER_IO if self.is_query_open() => {
                self.undo_swap(swapped);
                node.instance.operations.exit();
                self.progress().status = REFUSED_QUERY_OPEN;
                Ok(Step::Up)
            }
            other => {
                match other {
                    pre::SUCCESS_NO_CALLBACK => (),
                    pre::DISALLOW_FASTIO => self.complain(
                        "C-15",
                        "returned FLT_PREOP_DISALLOW_FASTIO for an operation that is no fast I/O; it is passed on",
                    ),
                    pre::DISALLOW_FSFILTER_IO => self.complain(
                        "C-19",
                        "returned FLT_PREOP_DISALLOW_FSFILTER_IO for another operation than IRP_MJ_QUERY_OPEN; it is \
                         passed on",
                    ),
                    _ => self.complain("C-02", "returned an unknown pre-operation status; the operation is passed on"),
                }
                if !context.is_null() {
                    self.complain("C-03", "set a completion context though its post-operation callback is not called");
                }
                let progress = self.progress();
                progress.position += 1;
                if swapped {
                    // Nobody is called on the way up, but what was swapped is put back there.
                    let mut record = Record::new(Arc::clone(&node.instance), None, progress.saved, ptr::null_mut());
                    record.swapped = true;
                    progress.records.push(record);
                } else {
                    node.instance.operations.exit();
                }
                Ok(Step::Down)
            }
        }
    }

    /// Notes that an instance's post-operation callback is to be called, and goes on downwards.
    fn expect_post(
        &self,
        node: &Node,
        status: i32,
        context: *mut c_void,
        swapped: bool,
        me: usize,
        stakes: &mut usize,
    ) -> Result<Step, Left> {
        if node.post.is_none() {
            // Rules C-06, E-22: fatal on Windows as well.
            pended::bug_check(
                self,
                0x66,
                [self.block.data() as usize, status.cast_unsigned() as usize, 0],
                "the pre-operation callback asked for a post-operation callback that is not registered",
            );
            return Err(Left::Crashed);
        }
        let synchronize = status == pre::SYNCHRONIZE;
        if synchronize && self.major == major::CREATE && self.is_irp() {
            self.complain("F-05", "returned FLT_PREOP_SYNCHRONIZE for a create, which is synchronized anyway");
        }
        let progress = self.progress();
        let mut record = Record::new(Arc::clone(&node.instance), node.post, progress.saved, context);
        record.swapped = swapped;
        record.operation = self;
        record.home = if self.major == major::CREATE && self.is_irp() {
            Some(self.originator)
        } else if synchronize && self.is_irp() {
            if me != self.originator {
                *stakes += 1;
            }
            Some(me)
        } else {
            None
        };
        record.class = self.class;
        // SAFETY: these fields never change.
        unsafe {
            record.thread = (*self.block.data()).Thread;
            record.requestor_mode = (*self.block.data()).RequestorMode;
        }
        progress.records.push(record);
        if let Some(record) = progress.records.last_mut() {
            // SAFETY: the vector was made as large as it gets, so the record stays where it is until it is
            // claimed.
            unsafe { node.instance.in_flight.insert(record, me) };
        }
        progress.position += 1;
        Ok(Step::Down)
    }
}
