//! What post-create callbacks are told of the reparse point that a create met (rules B-15 to B-17).

use fltmgr_sys as sys;
use fltmgr_sys::FLT_TAG_DATA_BUFFER;

use super::Operation;
use crate::flt::major::{self, half};
use crate::kernel::pool::{self, PoolKind};

/// The tag of what the Filter Manager allocates.
const TAG: u32 = u32::from_le_bytes(*b"FMtd");
/// Where the data begins in a reparse buffer and in a tag data buffer, which both have a header of this length.
const HEADER: usize = std::mem::offset_of!(FLT_TAG_DATA_BUFFER, __bindgen_anon_1);

impl Operation {
    /// Gives the callbacks above the reparse point that the file system met.
    pub(super) fn give_tag_data(&self, status: sys::NTSTATUS) {
        if self.major != major::CREATE || status != sys::STATUS_REPARSE {
            return;
        }
        let file = self.target_file();
        let file_system = self.volume.file_system();
        let Some(point) = file_system.reparse_point_on(&file.name(), file.is_case_sensitive()) else { return };
        let length = point.buffer.len().max(size_of::<FLT_TAG_DATA_BUFFER>());
        let block = pool::allocate_for_system(PoolKind::NonPaged, length, TAG, true);
        if block.is_null() {
            return;
        }
        let unparsed = half(u32::try_from(point.unparsed * 2).unwrap_or(u32::MAX));
        // SAFETY: the block is as long as the buffer, whose header has the tag, the length and a reserved field where the
        // tag data has the length of the name that is left. The driving thread has the data.
        unsafe {
            std::ptr::copy_nonoverlapping(point.buffer.as_ptr(), block, point.buffer.len());
            let tag_data: *mut FLT_TAG_DATA_BUFFER = block.cast::<std::ffi::c_void>().cast();
            (*tag_data).UnparsedNameLength = unparsed;
            (*self.block.data()).TagData = tag_data;
        }
        debug_assert!(point.buffer.len() >= HEADER, "a reparse buffer has a header");
        self.progress().tag_data = block as usize;
    }

    /// Rule B-16: what there is goes when the create is reissued.
    pub(super) fn free_tag_data(&self) {
        // SAFETY: the thread that the callback runs in has the data; what is there is a block of pool.
        unsafe {
            let data = &mut *self.block.data();
            if !data.TagData.is_null() && pool::find(data.TagData as usize).is_some() {
                pool::free(data.TagData.cast(), 0);
            }
            data.TagData = std::ptr::null_mut();
        }
        self.progress().tag_data = 0;
    }

    /// Frees what is left once all callbacks have returned; says if one has put another buffer there without freeing the
    /// first (rule B-15).
    pub(super) fn end_tag_data(&self) {
        let given = self.progress().tag_data;
        // SAFETY: the driving thread has the data.
        let last = unsafe { (*self.block.data()).TagData } as usize;
        if given != 0 && given != last && pool::find(given).is_some() {
            self.volume.machine().report_once(crate::flt::report::Report {
                rule: "B-15",
                driver: "a filter".to_owned(),
                text: "TagData was replaced without freeing what it was".to_owned(),
            });
            // SAFETY: nobody else knows the block.
            unsafe { pool::free(std::ptr::with_exposed_provenance_mut(given), 0) };
        }
        self.free_tag_data();
    }
}
