//! Reading and changing extended attributes.

use fltmgr_sys as sys;

view! {
    /// The parameters of [`op::QueryEa`](crate::op::QueryEa).
    QueryEaParameters
}

impl QueryEaParameters<'_> {
    /// The room for the answer, in bytes.
    pub fn length(&self) -> u32 {
        member!(self, QueryEa).Length
    }

    /// The length of the list of the names that are asked for, in bytes; 0 if it is all.
    pub fn list_length(&self) -> u32 {
        let query = member!(self, QueryEa);
        if query.EaList.is_null() { 0 } else { query.EaListLength }
    }

    fn has_flag(self, flag: u32) -> bool {
        u32::from(self.block().OperationFlags) & flag != 0
    }

    /// The number of the first attribute, from 1, if the query does not go on where the last one ended
    /// (SL_INDEX_SPECIFIED).
    pub fn index(&self) -> Option<u32> {
        self.has_flag(sys::SL_INDEX_SPECIFIED).then_some(member!(self, QueryEa).EaIndex)
    }

    /// Whether the query begins with the first attribute (SL_RESTART_SCAN).
    pub fn restarts(&self) -> bool {
        self.has_flag(sys::SL_RESTART_SCAN)
    }

    /// Whether one attribute is all that is wanted (SL_RETURN_SINGLE_ENTRY).
    pub fn is_single_entry(&self) -> bool {
        self.has_flag(sys::SL_RETURN_SINGLE_ENTRY)
    }
}

view! {
    /// The parameters of [`op::SetEa`](crate::op::SetEa).
    SetEaParameters
}

impl SetEaParameters<'_> {
    /// The length of the list of attributes, in bytes.
    pub fn length(&self) -> u32 {
        member!(self, SetEa).Length
    }
}
