//! Who may connect to a port.

use crate::status::{Error, Result};
use core::ptr;
use fltmgr_sys as sys;

/// Who may connect to a port (M-05). SYSTEM and administrators always may.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Access {
    /// SYSTEM and administrators alone. Wraps FltBuildDefaultSecurityDescriptor and FltFreeSecurityDescriptor (M-06).
    Administrators,
    /// Also every user who has authenticated: not guests, and not who is anonymous.
    AuthenticatedUsers,
    /// Also everyone else. What such a client says can come from anybody at all.
    Everyone,
}

/// A security descriptor in the self-relative form, in units of 32 bits: the descriptor, its list, and three entries.
type Descriptor = [u32; 5 + 2 + 5 + 6 + 5];

/// The descriptor that lets SYSTEM and administrators do everything, and one more SID, with one sub-authority, connect.
const fn also(authority: u32, sub_authority: u32) -> Descriptor {
    // Revision 1, SE_SELF_RELATIVE and SE_DACL_PRESENT.
    const CONTROL: u32 = 1 | 0x8004 << 16;
    // ACL_REVISION, and the bytes that the list takes.
    const LIST: u32 = 2 | (8 + 20 + 24 + 20) << 16;
    // ACCESS_ALLOWED_ACE_TYPE without flags, and the bytes that the entry takes.
    const SHORT: u32 = 20 << 16;
    const LONG: u32 = 24 << 16;
    // What a SID begins with: revision 1, and how many sub-authorities there are. The authority's last byte comes after it.
    const ONE: u32 = 1 | 1 << 8;
    const TWO: u32 = 1 | 2 << 8;
    const NT_AUTHORITY: u32 = 5 << 24;
    #[rustfmt::skip]
    let descriptor = [
        CONTROL, 0, 0, 0, 20, // No owner, no group, no system list; the list comes after 20 bytes.
        LIST, 3,
        SHORT, sys::FLT_PORT_ALL_ACCESS, ONE, NT_AUTHORITY, 18, // S-1-5-18, SYSTEM.
        LONG, sys::FLT_PORT_ALL_ACCESS, TWO, NT_AUTHORITY, 32, 544, // S-1-5-32-544, the administrators.
        SHORT, sys::FLT_PORT_CONNECT, ONE, authority << 24, sub_authority,
    ];
    descriptor
}

/// S-1-5-11.
static AUTHENTICATED_USERS: Descriptor = also(5, 11);
/// S-1-1-0.
static EVERYONE: Descriptor = also(1, 0);

impl Access {
    /// Runs `create` with a security descriptor that says this.
    ///
    /// # Errors
    ///
    /// STATUS_INSUFFICIENT_RESOURCES, and those of `create`.
    ///
    /// # Safety
    ///
    /// PASSIVE_LEVEL.
    pub(super) unsafe fn with_descriptor<R>(
        self,
        create: impl FnOnce(sys::PSECURITY_DESCRIPTOR) -> Result<R>,
    ) -> Result<R> {
        let own = match self {
            Self::AuthenticatedUsers => &AUTHENTICATED_USERS,
            Self::Everyone => &EVERYONE,
            Self::Administrators => {
                let mut security = ptr::null_mut();
                // SAFETY: the routine writes the one pointer it is given; PASSIVE_LEVEL.
                Error::check(unsafe {
                    sys::FltBuildDefaultSecurityDescriptor(&raw mut security, sys::FLT_PORT_ALL_ACCESS)
                })?;
                let created = create(security);
                // SAFETY: the descriptor came from the matching routine, and a port has its own copy (M-06).
                unsafe { sys::FltFreeSecurityDescriptor(security) };
                return created;
            }
        };
        create(own.as_ptr().cast_mut().cast())
    }
}
