//! Reading and changing security descriptors.

use fltmgr_sys as sys;

bitflags::bitflags! {
    /// The parts of a security descriptor: SECURITY_INFORMATION.
    #[derive(Clone, Copy, PartialEq, Eq, Debug)]
    pub struct SecurityInformation: u32 {
        /// OWNER_SECURITY_INFORMATION.
        const OWNER = sys::OWNER_SECURITY_INFORMATION;
        /// GROUP_SECURITY_INFORMATION.
        const GROUP = sys::GROUP_SECURITY_INFORMATION;
        /// DACL_SECURITY_INFORMATION: who may do what.
        const DACL = sys::DACL_SECURITY_INFORMATION;
        /// SACL_SECURITY_INFORMATION: what is recorded.
        const SACL = sys::SACL_SECURITY_INFORMATION;
        /// LABEL_SECURITY_INFORMATION: the integrity level.
        const LABEL = sys::LABEL_SECURITY_INFORMATION;
        /// ATTRIBUTE_SECURITY_INFORMATION.
        const ATTRIBUTE = sys::ATTRIBUTE_SECURITY_INFORMATION;
        /// SCOPE_SECURITY_INFORMATION.
        const SCOPE = sys::SCOPE_SECURITY_INFORMATION;
        /// BACKUP_SECURITY_INFORMATION: all of it, for a backup.
        const BACKUP = sys::BACKUP_SECURITY_INFORMATION;
        const _ = !0;
    }
}

view! {
    /// The parameters of [`op::QuerySecurity`](crate::op::QuerySecurity).
    QuerySecurityParameters
}

impl QuerySecurityParameters<'_> {
    /// The parts that are asked for.
    pub fn information(&self) -> SecurityInformation {
        SecurityInformation::from_bits_retain(member!(self, QuerySecurity).SecurityInformation)
    }

    /// The room for the descriptor, in bytes.
    pub fn length(&self) -> u32 {
        member!(self, QuerySecurity).Length
    }
}

view! {
    /// The parameters of [`op::SetSecurity`](crate::op::SetSecurity).
    SetSecurityParameters
}

impl SetSecurityParameters<'_> {
    /// The parts that are changed.
    pub fn information(&self) -> SecurityInformation {
        SecurityInformation::from_bits_retain(member!(self, SetSecurity).SecurityInformation)
    }
}
