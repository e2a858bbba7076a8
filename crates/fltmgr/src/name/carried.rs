//! Names that travel from a pre-operation to its post-operation, and what tunneling makes of them.

use super::{FileName, Format};
use crate::filter::{Carry, CarryTo};
use crate::irql::{ApcLevel, Irql, NotAbove};
use crate::op;
use crate::operation::{After, CallbackData};
use crate::pool::{NonPaged, PoolBox, Tag};
use crate::status::{Error, Result};
use core::ffi::c_void;
use core::ptr::{self, NonNull};
use fltmgr_sys as sys;

/// A name, and what else is to be known, on the way to a post-operation that runs at APC_LEVEL at most: that of a create, or
/// one that is synchronized ([`Synchronized`](crate::Synchronized)). A name cannot be touched at DISPATCH_LEVEL (K-13).
///
/// ```
/// #![no_std]
/// use fltmgr::name::{CarriedName, Format, Query};
/// use fltmgr::pool::Tag;
/// use fltmgr::{Filter, Operations, PostOp, PostStatus, PreOp, PrePost, PreStatus, Result, Starting, op};
///
/// struct Watch;
///
/// impl Filter for Watch {
///     const OPERATIONS: Operations<Self> = Operations::new().pre_post::<op::Create>();
///
///     fn start(_: &mut Starting<'_, Self>) -> Result<Self> {
///         Ok(Self)
///     }
/// }
///
/// impl PrePost<op::Create> for Watch {
///     type Carry = CarriedName;
///
///     fn pre<'a>(&self, create: PreOp<'a, op::Create>) -> PreStatus<'a, op::Create, CarriedName> {
///         let name = create.name(Format::Normalized, Query::Default, create.irql());
///         match name.and_then(|name| CarriedName::try_new(name, (), Tag::new(*b"Wtch"))) {
///             Ok(name) => create.pass_with(name),
///             Err(_) => create.pass().into(),
///         }
///     }
///
///     fn post<'a>(&self, create: PostOp<'a, op::Create>, name: CarriedName) -> PostStatus<'a, op::Create> {
///         // The name that the file has now, which may have come out of the tunnel cache (K-24).
///         let tunneled = create.tunneled_name(&name, create.irql());
///         create.finish()
///     }
/// }
///
/// fltmgr::driver!(Watch);
/// # extern crate std;
/// # fn main() {}
/// ```
pub struct CarriedName<T = ()>(PoolBox<(FileName<'static>, T), NonPaged>);

impl<T: Send + 'static> CarriedName<T> {
    /// Packs a name and a value.
    ///
    /// # Errors
    ///
    /// STATUS_INSUFFICIENT_RESOURCES.
    pub fn try_new(name: FileName<'_>, value: T, tag: Tag) -> Result<Self> {
        let information = name.information;
        core::mem::forget(name);
        // SAFETY: the reference passes on. The lifetime is that of the level: what is carried is used with a witness alone, and
        // is dropped at APC_LEVEL at most, since it is not Send and travels no higher.
        let name = unsafe { FileName::from_raw(information) };
        PoolBox::try_new((name, value), tag).map(Self)
    }

    /// The name.
    pub fn name<'b, L: NotAbove<ApcLevel>>(&'b self, _: Irql<'b, L>) -> &'b FileName<'b> {
        &self.0.0
    }

    /// What travels with it.
    pub fn value(&self) -> &T {
        &self.0.1
    }

    /// Unpacks both.
    pub fn into_parts<L: NotAbove<ApcLevel>>(self, _: Irql<'_, L>) -> (FileName<'_>, T) {
        self.0.into_inner()
    }

    /// What travels with it, to be changed.
    pub fn value_mut(&mut self) -> &mut T {
        &mut self.0.1
    }
}

// SAFETY: the value is its box.
unsafe impl<T: Send + 'static> Carry for CarriedName<T> {
    fn into_raw(self) -> *mut c_void {
        self.0.into_raw().as_ptr().cast()
    }

    unsafe fn from_raw(raw: *mut c_void) -> Self {
        // SAFETY: the caller passes on what `into_raw` gave, which is not NULL.
        Self(unsafe { PoolBox::from_raw(NonNull::new_unchecked(raw.cast())) })
    }
}

// SAFETY: a reference to a name belongs to no thread, and is used and released at APC_LEVEL at most; the value is Send.
unsafe impl<T: Send + 'static, L: NotAbove<ApcLevel>> CarryTo<L> for CarriedName<T> {}

/// The name that the file got from the tunnel cache in place of the one that was asked for before.
///
/// # Safety
///
/// The operation is a create or one that sets information, after the file system has seen it; the level is APC_LEVEL at most
/// for the chosen lifetime.
unsafe fn tunneled<'b, O: op::Operation>(
    operation: &CallbackData<'_, O>,
    name: &FileName<'_>,
) -> Result<Option<FileName<'b>>> {
    // Tunneling does not affect others (K-23).
    if name.format() != Format::Normalized {
        return Ok(None);
    }
    let mut tunneled = ptr::null_mut();
    // SAFETY: the caller vouches for the operation and the level (K-24); the name is a normalized one.
    Error::check(unsafe { sys::FltGetTunneledName(operation.as_raw(), name.information.as_ptr(), &raw mut tunneled) })?;
    // SAFETY: what is not NULL is a reference (K-25).
    Ok(NonNull::new(tunneled).map(|tunneled| unsafe { FileName::from_raw(tunneled) }))
}

macro_rules! tunneled {
    ($($operation:ident),*) => {$(
        impl After<'_, op::$operation> {
            /// The normalized name of the file, if tunneling has made it another than the one that was asked for in the
            /// pre-operation (K-23 to K-26). Wraps FltGetTunneledName, up to APC_LEVEL.
            ///
            /// # Errors
            ///
            /// STATUS_INSUFFICIENT_RESOURCES.
            pub fn tunneled_name<'b, T: Send + 'static, L: NotAbove<ApcLevel>>(
                &self,
                name: &CarriedName<T>,
                _: Irql<'b, L>,
            ) -> Result<Option<FileName<'b>>> {
                // SAFETY: this is such an operation in its post-operation; the level holds for `'b`.
                unsafe { tunneled(self, &name.0.0) }
            }
        }
    )*};
}
tunneled!(Create, SetInformation);
