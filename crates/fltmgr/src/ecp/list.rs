//! Lists as they come with creates, and what is in them.

use super::typed::{self, ExtraCreateParameter};
use crate::buffer::within;
use crate::guid::Guid;
use crate::irql::{ApcLevel, Irql, NotAbove};
use crate::op;
use crate::operation::CallbackData;
use crate::status::{Error, Result};
use core::ffi::c_void;
use core::marker::PhantomData;
use core::ptr::{self, NonNull};
use fltmgr_sys as sys;

/// A list of extra create parameters that is there for `'a`, in this thread, at APC_LEVEL at most.
///
/// # Invariants
///
/// The list is live for `'a`, and nothing is taken out of it; the filter is the caller's. The thread runs at APC_LEVEL at
/// most for `'a`, and cannot send this value to another.
#[derive(Clone, Copy)]
pub struct EcpListRef<'a> {
    filter: sys::PFLT_FILTER,
    list: NonNull<sys::ECP_LIST>,
    lifetime: PhantomData<*const &'a ()>,
}

impl<'a> EcpListRef<'a> {
    /// # Safety
    ///
    /// As the invariants say, for the chosen lifetime.
    pub(super) unsafe fn new(filter: sys::PFLT_FILTER, list: NonNull<sys::ECP_LIST>) -> Self {
        // INVARIANT: the caller vouches for it.
        Self { filter, list, lifetime: PhantomData }
    }

    pub(super) fn as_raw(&self) -> NonNull<sys::ECP_LIST> {
        self.list
    }

    /// The parameter with this GUID. Wraps FltFindExtraCreateParameter, up to APC_LEVEL.
    pub fn find(&self, guid: Guid) -> Option<Ecp<'a>> {
        let (guid, mut context, mut size) = (guid.raw(), ptr::null_mut(), 0);
        // SAFETY: by the invariant the list is there, at APC_LEVEL at most; the results have places.
        let found = unsafe {
            sys::FltFindExtraCreateParameter(
                self.filter,
                self.list.as_ptr(),
                &raw const guid,
                &raw mut context,
                &raw mut size,
            )
        };
        Error::check(found).ok()?;
        self.ecp(Guid::from_raw(&guid), context, size)
    }

    /// All parameters, one after the other. Wraps FltGetNextExtraCreateParameter, up to APC_LEVEL.
    pub fn iter(&self) -> Ecps<'a> {
        Ecps { list: *self, last: ptr::null_mut() }
    }

    /// What a routine has found.
    fn ecp(&self, guid: Guid, context: *mut c_void, size: u32) -> Option<Ecp<'a>> {
        // INVARIANT: the routine names a parameter of the list, which stays in it.
        NonNull::new(context.cast()).map(|context| Ecp { list: *self, guid, context, size: size as usize })
    }
}

impl<'a> IntoIterator for EcpListRef<'a> {
    type Item = Ecp<'a>;
    type IntoIter = Ecps<'a>;
    fn into_iter(self) -> Ecps<'a> {
        self.iter()
    }
}

impl<'a> IntoIterator for &EcpListRef<'a> {
    type Item = Ecp<'a>;
    type IntoIter = Ecps<'a>;
    fn into_iter(self) -> Ecps<'a> {
        self.iter()
    }
}

/// The parameters of a list, one after the other.
pub struct Ecps<'a> {
    list: EcpListRef<'a>,
    last: *mut c_void,
}

impl<'a> Iterator for Ecps<'a> {
    type Item = Ecp<'a>;

    fn next(&mut self) -> Option<Ecp<'a>> {
        let (mut guid, mut context, mut size) = (Guid::new(0).raw(), ptr::null_mut(), 0);
        // SAFETY: by the invariant the list is there, at APC_LEVEL at most, and so is what was found last; the results have
        // places.
        let found = unsafe {
            sys::FltGetNextExtraCreateParameter(
                self.list.filter,
                self.list.list.as_ptr(),
                self.last,
                &raw mut guid,
                &raw mut context,
                &raw mut size,
            )
        };
        Error::check(found).ok()?;
        self.last = context;
        self.list.ecp(Guid::from_raw(&guid), context, size)
    }
}

/// An extra create parameter, whoever has sent it.
///
/// # Invariants
///
/// `context` is the address of `size` bytes of the system's memory, for `'a`.
#[derive(Clone, Copy)]
pub struct Ecp<'a> {
    list: EcpListRef<'a>,
    guid: Guid,
    context: NonNull<u8>,
    size: usize,
}

impl<'a> Ecp<'a> {
    /// What tells it from others.
    pub fn guid(&self) -> Guid {
        self.guid
    }

    /// The number of its bytes.
    pub fn len(&self) -> usize {
        self.size
    }

    /// Whether it has no bytes: that it is there is all that it says.
    pub fn is_empty(&self) -> bool {
        self.size == 0
    }

    /// Copies the bytes from `offset` on into all of `into`. What the bytes mean is between those who send and those who
    /// find them; they may hold addresses, which are not to be followed.
    ///
    /// # Errors
    ///
    /// STATUS_BUFFER_TOO_SMALL if there are not that many; STATUS_ACCESS_DENIED of a value that this driver has sent, which is
    /// looked at by [`Self::value`].
    pub fn read(&self, offset: usize, into: &mut [u8]) -> Result<()> {
        within(offset, into.len(), self.size)?;
        // SAFETY: by the invariant the bytes are there.
        if unsafe { typed::is_own(self.context, self.size) } {
            return Err(Error::ACCESS_DENIED);
        }
        let from = self.context.as_ptr().wrapping_add(offset);
        for (index, byte) in into.iter_mut().enumerate() {
            // SAFETY: by the invariant that many bytes are there. Each is read as volatile, since others may write it.
            *byte = unsafe { from.wrapping_add(index).read_volatile() };
        }
        Ok(())
    }

    /// The value, if it is one that this filter has sent as a `T`.
    pub fn value<T: ExtraCreateParameter>(&self) -> Option<&'a T> {
        if self.guid != T::GUID || self.is_from_user_mode() {
            return None;
        }
        // SAFETY: by the invariant the bytes are there for `'a`.
        unsafe { typed::value_of(self.context, self.size) }
    }

    /// Tells the sender that it was understood. Wraps FltAcknowledgeEcp, up to APC_LEVEL.
    pub fn acknowledge(&self) {
        // SAFETY: by the invariant the parameter is there, at APC_LEVEL at most.
        unsafe { sys::FltAcknowledgeEcp(self.list.filter, self.context.as_ptr().cast()) };
    }

    /// Whether somebody has understood it. Wraps FltIsEcpAcknowledged, up to APC_LEVEL.
    pub fn is_acknowledged(&self) -> bool {
        // SAFETY: as above.
        unsafe { sys::FltIsEcpAcknowledged(self.list.filter, self.context.as_ptr().cast()) != 0 }
    }

    /// Whether a program has sent it, which a filter must not trust. Wraps FltIsEcpFromUserMode, up to APC_LEVEL.
    pub fn is_from_user_mode(&self) -> bool {
        // SAFETY: as above.
        unsafe { sys::FltIsEcpFromUserMode(self.list.filter, self.context.as_ptr().cast()) != 0 }
    }

    /// Forgets that somebody has understood it, so that it can go with another create. Wraps FltPrepareToReuseEcp, up
    /// to APC_LEVEL.
    pub fn prepare_to_reuse(&self) {
        // SAFETY: as above.
        unsafe { sys::FltPrepareToReuseEcp(self.list.filter, self.context.as_ptr().cast()) };
    }
}

impl CallbackData<'_, op::Create> {
    /// The extra create parameters that come with the create; `None` if none do. Wraps FltGetEcpListFromCallbackData, which
    /// is for creates alone (B-34). Highest IRQL: APC_LEVEL.
    ///
    /// # Errors
    ///
    /// Whatever the routine returns; of a create it is nothing.
    pub fn ecp_list<'b, L: NotAbove<ApcLevel>>(&'b self, _: Irql<'b, L>) -> Result<Option<EcpListRef<'b>>> {
        let filter = self.objects().Filter;
        let mut list = ptr::null_mut();
        // SAFETY: the callback data is that of a create; APC_LEVEL at most.
        Error::check(unsafe { sys::FltGetEcpListFromCallbackData(filter, self.as_raw(), &raw mut list) })?;
        // INVARIANT: the list is there as long as the create is; what takes out of it borrows the create exclusively.
        // SAFETY: the level is that of the witness, whose thread this is.
        Ok(NonNull::new(list).map(|list| unsafe { EcpListRef::new(filter, list) }))
    }
}
