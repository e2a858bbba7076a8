//! An operation's buffers, as filters swap them (rules I-23 to I-32).

use std::ptr;

use fltmgr_sys::PMDL;

use super::super::instance::Instance;
use super::super::major::pre;
use super::super::swap::{self, Swap};
use super::Operation;
use crate::exports::memory::free_mdls;

impl Operation {
    /// Whether the pre-operation callback that has returned swapped buffers, and whether it did that right.
    pub(super) fn check_swap(&self, status: i32) -> bool {
        let saved = &self.progress().saved;
        // SAFETY: the driving thread has the parameters.
        let now = unsafe { &*self.block.parameters() };
        if !swap::is_swap(saved, now) {
            return false;
        }
        for (rule, text) in swap::violations(self.block.flags(), saved, now) {
            self.complain(rule, text);
        }
        if status != pre::SUCCESS_WITH_CALLBACK && status != pre::SYNCHRONIZE {
            self.complain(
                "I-28",
                "swapped buffers without having its post-operation callback called, which frees them",
            );
        }
        true
    }

    /// Takes back what a pre-operation callback has swapped in before it ended the operation.
    pub(super) fn undo_swap(&self, swapped: bool) {
        if swapped {
            let saved = self.progress().saved;
            // SAFETY: the driving thread has the parameters.
            let now = unsafe { &mut *self.block.parameters() };
            let swap = Swap::found(&saved, now);
            *now = saved;
            if let Some(node) = self.node() {
                self.free_swapped(&swap, &node.instance);
            }
        }
    }

    /// Notes what is in the place of the original buffer when the operation comes back to who swapped it.
    pub(super) fn begin_post_of_swap(&self) {
        let progress = self.progress();
        progress.swap = progress.records.last().filter(|record| record.swapped).map(|record| {
            // SAFETY: the driving thread has the parameters.
            let now = unsafe { &*self.block.parameters() };
            if self.is_irp() { Swap::found(&record.saved, now) } else { Swap::default() }
        });
    }

    /// Frees the MDL that was swapped in, unless the filter has retained it (rules I-29, I-30).
    pub(super) fn end_swap(&self) {
        let progress = self.progress();
        if let Some(swap) = progress.swap.take()
            && let Some(record) = progress.records.last()
        {
            self.free_swapped(&swap, &record.instance);
        }
    }

    fn free_swapped(&self, swap: &Swap, instance: &Instance) {
        let Some(mdl) = swap.to_free() else { return };
        let own = &mut self.progress().mdls;
        if let Some(index) = own.iter().position(|owned| owned.as_ptr() == mdl) {
            own.swap_remove(index);
        } else if !free_mdls(mdl) {
            let text = "freed an MDL that it had swapped in, or swapped in one that IoAllocateMdl did not make";
            self.complain_about(instance, "I-27", text);
        }
    }

    /// The MDL that the filter whose post-operation callback has the operation had swapped in (rule I-31); `retain`
    /// makes it the filter's (rule I-30).
    pub(crate) fn swapped_mdl(&self, retain: bool) -> PMDL {
        let progress = self.progress();
        let Some(swap) = &mut progress.swap else { return ptr::null_mut() };
        if retain {
            swap.retain();
            if let Some(index) = progress.mdls.iter().position(|owned| owned.as_ptr() == swap.mdl()) {
                progress.mdls.swap_remove(index).give_away();
            }
        }
        swap.mdl()
    }
}
