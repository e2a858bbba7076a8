//! GUIDs, which name what is to be told apart everywhere.
//!
//! ```
//! use fltmgr::guid::Guid;
//!
//! /// {6a3d4b1e-91f2-4c0a-8d57-0e2b9c41f7a3}
//! const OURS: Guid = Guid::new(0x6a3d_4b1e_91f2_4c0a_8d57_0e2b_9c41_f7a3);
//! ```

use fltmgr_sys as sys;

/// A GUID.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Guid(u128);

impl Guid {
    /// The GUID whose hexadecimal digits these are, in the order in which they are written.
    pub const fn new(digits: u128) -> Self {
        Self(digits)
    }

    pub(crate) const fn raw(self) -> sys::GUID {
        sys::GUID {
            Data1: (self.0 >> 96) as u32,
            Data2: (self.0 >> 80) as u16,
            Data3: (self.0 >> 64) as u16,
            Data4: (self.0 as u64).to_be_bytes(),
        }
    }

    pub(crate) const fn from_raw(raw: &sys::GUID) -> Self {
        let first = (raw.Data1 as u128) << 96 | (raw.Data2 as u128) << 80 | (raw.Data3 as u128) << 64;
        Self(first | u64::from_be_bytes(raw.Data4) as u128)
    }
}
