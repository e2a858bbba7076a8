//! Events for Event Tracing for Windows: typed fields under a number, a level and keywords, and no text to format.
//!
//! An event is a type; what its fields are called and mean, the manifest says that describes the provider to those who read
//! its events. Nothing is done for an event that nobody listens to.
//!
//! ```
//! use fltmgr::etw::{Event, Fields, Level, Provider};
//!
//! struct Opened<'a> {
//!     status: i32,
//!     name: &'a [u16],
//! }
//!
//! impl Event for Opened<'_> {
//!     const ID: u16 = 1;
//!     const LEVEL: Level = Level::Informational;
//!     const KEYWORDS: u64 = 0x1;
//!
//!     fn fields(&self) -> impl Fields {
//!         (self.status, self.name)
//!     }
//! }
//!
//! fn opened(provider: Provider, name: &[u16]) {
//!     // An event that cannot be written is lost, which is for whoever listens to notice.
//!     let _ = provider.write(&Opened { status: 0, name });
//! }
//! ```

use crate::guid::Guid;
use crate::irql::{Irql, PassiveLevel};
use crate::status::{Error, Result};
use core::marker::PhantomData;
use core::ptr;
use core::sync::atomic::{AtomicU64, Ordering};
use fltmgr_sys as sys;

/// How much an event matters.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Level {
    /// An abnormal end.
    Critical = 1,
    /// A severe error.
    Error = 2,
    /// A warning, such as a failed allocation.
    Warning = 3,
    /// What happens.
    Informational = 4,
    /// All there is to know.
    Verbose = 5,
}

/// A kind of event of a provider.
pub trait Event {
    /// What tells it from the provider's other events.
    const ID: u16;
    /// Goes up when the fields change.
    const VERSION: u8 = 0;
    /// Who listens to this level hears it, and to a less important one.
    const LEVEL: Level;
    /// The bits that it can be asked for with.
    const KEYWORDS: u64;

    /// The fields, in the order of the manifest: a tuple of up to six.
    fn fields(&self) -> impl Fields;
}

/// The provider of a filter's events, which [`Filter::PROVIDER`](crate::Filter::PROVIDER) names.
/// [`Starting::provider`](crate::Starting::provider) registers it; it is there as long as the filter.
///
/// # Invariants
///
/// The handle is that of a provider that is registered until the filter's code has run to its end.
#[derive(Clone, Copy)]
pub struct Provider(sys::REGHANDLE);

impl Provider {
    /// Whether anybody listens to such events. Wraps EtwEventEnabled; any IRQL.
    pub fn is_enabled<E: Event>(self) -> bool {
        // SAFETY: by the invariant the provider is registered, and the descriptor outlives the call.
        unsafe { sys::EtwEventEnabled(self.0, &raw const *const { &descriptor::<E>() }) != 0 }
    }

    /// Writes an event, if anybody listens to it. Wraps EtwWrite; any IRQL at which the fields can be read.
    ///
    /// # Errors
    ///
    /// What EtwWrite returns: STATUS_BUFFER_OVERFLOW for an event of more than 64 KiB, STATUS_NO_MEMORY where the listener's
    /// buffers are full.
    pub fn write<E: Event>(self, event: &E) -> Result<()> {
        if !self.is_enabled::<E>() {
            return Ok(());
        }
        let stored = event.fields().store();
        let mut list = Descriptors::new();
        stored.describe(&mut list);
        let list = list.entries.get_mut(..list.length).unwrap_or(&mut []);
        // SAFETY: the provider is registered; the descriptors are as many as is said, and what they point to is borrowed.
        Error::check(unsafe {
            sys::EtwWrite(
                self.0,
                &raw const *const { &descriptor::<E>() },
                ptr::null(),
                list.len() as u32,
                list.as_mut_ptr(),
            )
        })?;
        Ok(())
    }
}

const fn descriptor<E: Event>() -> sys::EVENT_DESCRIPTOR {
    sys::EVENT_DESCRIPTOR {
        Id: E::ID,
        Version: E::VERSION,
        Channel: 0,
        Level: E::LEVEL as u8,
        Opcode: 0,
        Task: 0,
        Keyword: E::KEYWORDS,
    }
}

/// As many descriptors as six fields can have: a length and the data of each.
const ROOM: usize = 12;

/// The list that EtwWrite takes, of things that live for `'a`.
#[doc(hidden)]
pub struct Descriptors<'a> {
    entries: [sys::EVENT_DATA_DESCRIPTOR; ROOM],
    length: usize,
    lifetime: PhantomData<&'a ()>,
}

impl<'a> Descriptors<'a> {
    const fn new() -> Self {
        let entries = [const { sys::EVENT_DATA_DESCRIPTOR { Ptr: 0, Size: 0, Reserved: 0 } }; ROOM];
        Self { entries, length: 0, lifetime: PhantomData }
    }

    /// Adds what EventDataDescCreate, which is inline in the headers, would describe.
    fn push<T: Copy>(&mut self, data: &'a [T]) {
        if let Some(entry) = self.entries.get_mut(self.length) {
            let size = size_of_val(data) as u32;
            *entry =
                sys::EVENT_DATA_DESCRIPTOR { Ptr: data.as_ptr().expose_provenance() as u64, Size: size, Reserved: 0 };
            self.length = self.length.saturating_add(1);
        }
    }
}

/// What is stored of fields while an event is written.
#[doc(hidden)]
pub trait Stored {
    fn describe<'a>(&'a self, list: &mut Descriptors<'a>);
}

/// Something that can be a field of an event.
pub trait Field {
    #[doc(hidden)]
    fn store(self) -> impl Stored;
}

/// The fields of an event: a tuple.
pub trait Fields {
    #[doc(hidden)]
    fn store(self) -> impl Stored;
}

macro_rules! integers {
    ($($type:ty: $name:literal),*) => {$(
        impl Stored for $type {
            fn describe<'a>(&'a self, list: &mut Descriptors<'a>) {
                list.push(core::slice::from_ref(self));
            }
        }

        #[doc = $name]
        impl Field for $type {
            fn store(self) -> impl Stored {
                self
            }
        }
    )*};
}

integers! {
    u8: "win:UInt8", u16: "win:UInt16", u32: "win:UInt32", u64: "win:UInt64",
    i8: "win:Int8", i16: "win:Int16", i32: "win:Int32", i64: "win:Int64"
}

/// win:Boolean
impl Field for bool {
    fn store(self) -> impl Stored {
        u32::from(self)
    }
}

/// A slice with its length in bytes before it.
struct Counted<'s, T>(u16, &'s [T]);

impl<'s, T> Counted<'s, T> {
    /// As many of the values as their length can tell.
    fn new(values: &'s [T]) -> Self {
        let most = usize::from(u16::MAX).checked_div(size_of::<T>()).unwrap_or(0);
        let values = values.get(..most).unwrap_or(values);
        Self(size_of_val(values) as u16, values)
    }
}

impl<T: Copy> Stored for Counted<'_, T> {
    fn describe<'a>(&'a self, list: &mut Descriptors<'a>) {
        list.push(core::slice::from_ref(&self.0));
        list.push(self.1);
    }
}

/// win:CountedUnicodeString; what is behind the first 65,534 bytes is left out.
impl Field for &[u16] {
    fn store(self) -> impl Stored {
        Counted::new(self)
    }
}

/// win:CountedBinary; what is behind the first 65,535 bytes is left out.
impl Field for &[u8] {
    fn store(self) -> impl Stored {
        Counted::new(self)
    }
}

macro_rules! tuples {
    ($(($($field:ident)*))*) => {$(
        #[expect(non_snake_case, reason = "a field is called as its type")]
        impl<$($field: Stored),*> Stored for ($($field,)*) {
            fn describe<'a>(&'a self, list: &mut Descriptors<'a>) {
                let ($($field,)*) = self;
                $($field.describe(list);)*
            }
        }

        #[expect(non_snake_case, reason = "a field is called as its type")]
        impl<$($field: Field),*> Fields for ($($field,)*) {
            fn store(self) -> impl Stored {
                let ($($field,)*) = self;
                ($($field.store(),)*)
            }
        }
    )*};
}

tuples! { (A) (A B) (A B C) (A B C D) (A B C D E) (A B C D E F) }

impl Stored for () {
    fn describe<'a>(&'a self, _: &mut Descriptors<'a>) {}
}

/// No fields.
impl Fields for () {
    fn store(self) -> impl Stored {}
}

/// The registration of a filter's provider, which ends after the filter.
///
/// # Invariants
///
/// A number that is not zero is the handle of a registered provider.
pub(crate) struct Registration(AtomicU64);

impl Registration {
    pub(crate) const fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    /// Registers the provider, once. Wraps EtwRegister, which asks for PASSIVE_LEVEL and a system thread.
    ///
    /// # Errors
    ///
    /// What EtwRegister returns.
    pub(crate) fn register(&self, id: Guid, _: Irql<'_, PassiveLevel>) -> Result<Provider> {
        let mut handle = self.0.load(Ordering::Relaxed);
        if handle == 0 {
            let id = id.raw();
            // SAFETY: the GUID outlives the call, which writes the one handle; there is no callback.
            Error::check(unsafe { sys::EtwRegister(&raw const id, None, ptr::null_mut(), &raw mut handle) })?;
            // INVARIANT: the provider was just registered; a filter starts in one thread.
            self.0.store(handle, Ordering::Relaxed);
        }
        Ok(Provider(handle))
    }

    /// Unregisters the provider, if it was registered. Wraps EtwUnregister.
    ///
    /// # Safety
    ///
    /// PASSIVE_LEVEL, and no code of the filter writes an event any more.
    pub(crate) unsafe fn unregister(&self) {
        let handle = self.0.swap(0, Ordering::Relaxed);
        if handle != 0 {
            // SAFETY: by the invariant the provider is registered, and it ends here once.
            let _ = unsafe { sys::EtwUnregister(handle) };
        }
    }
}
