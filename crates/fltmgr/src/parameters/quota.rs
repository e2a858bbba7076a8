//! Reading and changing quotas.

use fltmgr_sys as sys;

view! {
    /// The parameters of [`op::QueryQuota`](crate::op::QueryQuota).
    QueryQuotaParameters
}

impl QueryQuotaParameters<'_> {
    /// The room for the answer, in bytes.
    pub fn length(&self) -> u32 {
        member!(self, QueryQuota).Length
    }

    /// The length of the list of the identifiers that are asked for, in bytes; 0 if it is all.
    pub fn sid_list_length(&self) -> u32 {
        let query = member!(self, QueryQuota);
        if query.SidList.is_null() { 0 } else { query.SidListLength }
    }

    /// Whether the query begins behind a certain identifier.
    pub fn has_start(&self) -> bool {
        !member!(self, QueryQuota).StartSid.is_null()
    }

    /// Whether the query begins with the first entry (SL_RESTART_SCAN).
    pub fn restarts(&self) -> bool {
        u32::from(self.block().OperationFlags) & sys::SL_RESTART_SCAN != 0
    }

    /// Whether one entry is all that is wanted (SL_RETURN_SINGLE_ENTRY).
    pub fn is_single_entry(&self) -> bool {
        u32::from(self.block().OperationFlags) & sys::SL_RETURN_SINGLE_ENTRY != 0
    }
}

view! {
    /// The parameters of [`op::SetQuota`](crate::op::SetQuota).
    SetQuotaParameters
}

impl SetQuotaParameters<'_> {
    /// The length of the list of quotas, in bytes.
    pub fn length(&self) -> u32 {
        member!(self, SetQuota).Length
    }
}
