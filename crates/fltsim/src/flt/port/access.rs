//! Who may connect to a port: security descriptors, as far as a communication port needs them.
//!
//! A machine knows three kinds of callers: the system, administrators (the user who runs the machine, and root) and
//! everybody else. That is what the access-control lists of ports tell apart.

use std::ptr;

/// `FLT_PORT_CONNECT`: the right to connect.
pub(crate) const FLT_PORT_CONNECT: u32 = 1;

/// `GENERIC_ALL`, which a port maps to `FLT_PORT_ALL_ACCESS`.
const GENERIC_ALL: u32 = 0x1000_0000;

const SE_DACL_PRESENT: u16 = 0x0004;
const SE_SELF_RELATIVE: u16 = 0x8000;
const SECURITY_DESCRIPTOR_REVISION: u8 = 1;
const ACL_REVISION: u8 = 2;
const ACCESS_ALLOWED_ACE: u8 = 0;
const ACCESS_DENIED_ACE: u8 = 1;
const INHERIT_ONLY_ACE: u8 = 8;

/// S-1-5-18, the system, in bytes.
const SYSTEM: &[u8] = &[1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0];
/// S-1-5-32-544, the administrators.
const ADMINISTRATORS: &[u8] = &[1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 0x20, 2, 0, 0];
/// S-1-5-32-545, the users.
const USERS: &[u8] = &[1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 0x21, 2, 0, 0];
/// S-1-1-0, everyone.
const EVERYONE: &[u8] = &[1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0];
/// S-1-5-11, authenticated users.
const AUTHENTICATED: &[u8] = &[1, 1, 0, 0, 0, 0, 0, 5, 11, 0, 0, 0];
/// S-1-5-4, users who work interactively.
const INTERACTIVE: &[u8] = &[1, 1, 0, 0, 0, 0, 0, 5, 4, 0, 0, 0];

/// Who wants to connect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caller {
    /// The user who runs the machine, or root.
    Administrator,
    /// Another user.
    User,
}

impl Caller {
    fn holds(self, sid: &[u8]) -> bool {
        [EVERYONE, AUTHENTICATED, INTERACTIVE, USERS].contains(&sid)
            || self == Self::Administrator && sid == ADMINISTRATORS
    }
}

/// A port's access-control list, copied out of the driver's memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// There is no list, so everybody may do everything.
    Everyone,
    /// The entries in their order: whether it allows, which rights, and whom.
    List(Vec<(bool, u32, Vec<u8>)>),
}

impl Access {
    /// What a port has whose driver gives no descriptor: what `FltBuildDefaultSecurityDescriptor` would build.
    pub(crate) fn default_of_system() -> Self {
        let all = |sid: &[u8]| (true, GENERIC_ALL, sid.to_vec());
        Self::List(vec![all(SYSTEM), all(ADMINISTRATORS)])
    }

    /// Whether `caller` may connect (M-05).
    pub(crate) fn allows(&self, caller: Caller) -> bool {
        match self {
            Self::Everyone => true,
            // The first entry that is about the caller and the right decides; if none is, the answer is no.
            Self::List(entries) => entries
                .iter()
                .find(|(_, mask, sid)| mask & (FLT_PORT_CONNECT | GENERIC_ALL) != 0 && caller.holds(sid))
                .is_some_and(|(allowed, ..)| *allowed),
        }
    }

    /// Reads a driver's security descriptor; `None` if it is none.
    ///
    /// # Safety
    ///
    /// `descriptor` must be null or point to a security descriptor, absolute or self-relative.
    pub(crate) unsafe fn read(descriptor: *const u8) -> Option<Self> {
        if descriptor.is_null() {
            return Some(Self::default_of_system());
        }
        // SAFETY: the caller vouches for the descriptor; all reads are within its fixed part.
        let (revision, control) = unsafe { (descriptor.read(), descriptor.add(2).cast::<u16>().read_unaligned()) };
        if revision != SECURITY_DESCRIPTOR_REVISION {
            return None;
        }
        if control & SE_DACL_PRESENT == 0 {
            return Some(Self::Everyone);
        }
        let list = if control & SE_SELF_RELATIVE != 0 {
            // SAFETY: a self-relative descriptor has the offset of its list at 16.
            let offset = unsafe { descriptor.add(16).cast::<u32>().read_unaligned() };
            if offset == 0 { ptr::null() } else { descriptor.wrapping_add(offset as usize) }
        } else {
            // SAFETY: an absolute descriptor has the pointer to its list at 32.
            unsafe { descriptor.add(32).cast::<*const u8>().read_unaligned() }
        };
        if list.is_null() {
            return Some(Self::Everyone);
        }
        // SAFETY: the caller vouches for the list that the descriptor refers to.
        unsafe { Self::read_list(list) }
    }

    /// Reads an `ACL`.
    ///
    /// # Safety
    ///
    /// `list` must point to an ACL.
    unsafe fn read_list(list: *const u8) -> Option<Self> {
        // SAFETY: the caller vouches for the list; its header is 8 bytes long.
        let (size, count) =
            unsafe { (list.add(2).cast::<u16>().read_unaligned(), list.add(4).cast::<u16>().read_unaligned()) };
        // SAFETY: the list has as many bytes as its header says.
        let bytes = unsafe { std::slice::from_raw_parts(list, size.into()) };
        let mut entries = Vec::new();
        let mut rest = bytes.get(8..)?;
        for _ in 0..count {
            let entry_size = usize::from(u16::from_le_bytes(rest.get(2..4)?.try_into().ok()?));
            let entry = rest.get(..entry_size)?;
            let flags = *entry.get(1)?;
            let kind = *entry.first()?;
            if [ACCESS_ALLOWED_ACE, ACCESS_DENIED_ACE].contains(&kind) && flags & INHERIT_ONLY_ACE == 0 {
                let mask = u32::from_le_bytes(entry.get(4..8)?.try_into().ok()?);
                let authorities = usize::from(*entry.get(9)?);
                let sid = entry.get(8..8 + 8 + 4 * authorities)?;
                entries.push((kind == ACCESS_ALLOWED_ACE, mask, sid.to_vec()));
            }
            rest = rest.get(entry_size..)?;
        }
        Some(Self::List(entries))
    }
}

/// An absolute security descriptor with the list it points to: what `FltBuildDefaultSecurityDescriptor` returns.
#[derive(Default)]
#[repr(C)]
pub(crate) struct Descriptor {
    revision: u8,
    reserved: u8,
    control: u16,
    owner: usize,
    group: usize,
    system_list: usize,
    list: usize,
    entries: [u32; 13],
}

impl Descriptor {
    /// Makes it one that gives `access` to the system and administrators only (M-06). It points into itself from then
    /// on, so it may not be moved.
    pub(crate) fn build(&mut self, access: u32) {
        let mut list = Vec::with_capacity(size_of_val(&self.entries));
        list.extend([ACL_REVISION, 0]);
        list.extend(u16::try_from(size_of_val(&self.entries)).unwrap_or_default().to_le_bytes());
        list.extend(2_u16.to_le_bytes());
        list.extend([0; 2]);
        for sid in [SYSTEM, ADMINISTRATORS] {
            list.extend([ACCESS_ALLOWED_ACE, 0]);
            list.extend(u16::try_from(8 + sid.len()).unwrap_or_default().to_le_bytes());
            list.extend(access.to_le_bytes());
            list.extend(sid);
        }
        self.revision = SECURITY_DESCRIPTOR_REVISION;
        self.control = SE_DACL_PRESENT;
        for (unit, bytes) in self.entries.iter_mut().zip(list.chunks_exact(4)) {
            *unit = u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
        }
        self.list = ptr::from_ref(&self.entries) as usize;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The access that a default descriptor gives, after `change`.
    fn access(change: impl FnOnce(&mut Descriptor)) -> Option<Access> {
        let mut descriptor = Box::new(Descriptor::default());
        descriptor.build(0x001F_0001);
        change(&mut descriptor);
        // SAFETY: it is a descriptor, and where it was built.
        unsafe { Access::read(ptr::from_ref(&*descriptor).cast()) }
    }

    #[test]
    fn the_default_descriptor_admits_administrators_only() {
        let access = access(|_| {}).unwrap();
        assert!(access.allows(Caller::Administrator));
        assert!(!access.allows(Caller::User));
    }

    #[test]
    fn a_descriptor_whose_list_was_set_to_null_admits_everybody() {
        let access = access(|descriptor| descriptor.list = 0).unwrap();
        assert!(access.allows(Caller::User));
    }

    #[test]
    fn no_descriptor_is_the_default() {
        // SAFETY: null is allowed.
        let access = unsafe { Access::read(ptr::null()) }.unwrap();
        assert!(access.allows(Caller::Administrator) && !access.allows(Caller::User));
    }

    #[test]
    fn a_descriptor_of_another_revision_is_none() {
        assert_eq!(access(|descriptor| descriptor.revision = 0), None);
    }

    #[test]
    fn the_first_entry_about_the_caller_decides() {
        let entry = |allow, sid: &[u8]| (allow, FLT_PORT_CONNECT, sid.to_vec());
        let list = Access::List(vec![entry(false, USERS), entry(true, EVERYONE)]);
        assert!(!list.allows(Caller::User));
        assert!(!Access::List(Vec::new()).allows(Caller::Administrator));
    }
}
