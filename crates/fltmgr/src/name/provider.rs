//! Providers of names: filters that say what files are called to those above them (K-27 to K-34).

use super::{FileName, Format, Query};
use crate::filter::{Filter, own_filter};
use crate::instance::{InstanceRef, OwnInstance};
use crate::irql::{Irql, PassiveLevel};
use crate::op;
use crate::operation::After;
use crate::pool::{Paged, PoolBox};
use crate::status::{Error, Result, Status};
use crate::string::units;
use core::ffi::c_void;
use core::marker::PhantomData;
use core::mem::offset_of;
use core::ptr::{self, NonNull};
use fltmgr_sys as sys;

bitflags::bitflags! {
    /// What only a provider of names asks for with a name.
    #[derive(Clone, Copy, PartialEq, Eq, Debug)]
    pub struct ProviderFlags: u32 {
        /// The name is to come from this provider too, not only from those below it.
        const REQUEST_FROM_CURRENT_PROVIDER = sys::FLT_FILE_NAME_REQUEST_FROM_CURRENT_PROVIDER;
        /// The name is not to be kept in the cache: it is one of those that a name is made of.
        const DO_NOT_CACHE = sys::FLT_FILE_NAME_DO_NOT_CACHE;
    }
}

impl ProviderFlags {
    /// The flags as C has them, and nothing that is none of them (K-01).
    pub(super) const fn raw(self) -> sys::FLT_FILE_NAME_OPTIONS {
        self.intersection(Self::all()).bits()
    }
}

/// Whether a name that was made may be kept in the cache.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Caching {
    /// It may.
    Allowed,
    /// It is to be asked for every time.
    Forbidden,
}

/// A filter that says what files are called, to those above it. It registers as one with [`Filter::NAMES`]; all that a
/// provider has to register is here (A-63).
///
/// Names that it changes stay in the cache when it is gone, so that its instances have those of their volume purged when they
/// are torn down (K-32).
///
/// ```
/// #![no_std]
/// use fltmgr::irql::{Irql, PassiveLevel};
/// use fltmgr::name::{Caching, Component, Expanded, NameControl, NameProvider, NameQuery, Normalized, Provides};
/// use fltmgr::{Filter, Operations, Result, Starting};
///
/// /// Changes nothing.
/// struct Same;
///
/// impl Filter for Same {
///     const OPERATIONS: Operations<Self> = Operations::new();
///     const NAMES: Provides<Self> = Provides::names();
///
///     fn start(_: &mut Starting<'_, Self>) -> Result<Self> {
///         Ok(Self)
///     }
/// }
///
/// impl NameProvider for Same {
///     type Normalizing = ();
///
///     fn generate(&self, query: NameQuery<'_, Self>, name: &mut NameControl<'_>, at: Irql<'_, PassiveLevel>) -> Result<Caching> {
///         name.set(query.name_below(query.format(), at)?.units())?;
///         Ok(Caching::Allowed)
///     }
///
///     fn normalize<'a>(
///         &self,
///         component: Component<'_, Self>,
///         _: &mut Option<fltmgr::pool::PoolBox<(), fltmgr::pool::Paged>>,
///         expanded: Expanded<'a>,
///         _: Irql<'_, PassiveLevel>,
///     ) -> Result<Normalized<'a>> {
///         expanded.set(component.name())
///     }
/// }
///
/// fltmgr::driver!(Same);
/// # extern crate std;
/// # fn main() {}
/// ```
pub trait NameProvider: Filter {
    /// What is kept from one component of a path to the next. It is dropped when the path is through (K-31).
    type Normalizing: Send + 'static;

    /// Makes the name of a file, with the volume's in front of it. Wraps GenerateFileNameCallback (K-27).
    ///
    /// For a normalized name it is asked for that first; if it fails, for the opened one, of which [`Self::normalize`] gets the
    /// components (K-28).
    ///
    /// # Errors
    ///
    /// Why there is no such name: STATUS_NOT_SUPPORTED where the components are to be normalized one by one. What those below
    /// answered is better not passed on as it is (K-34).
    fn generate(
        &self,
        query: NameQuery<'_, Self>,
        name: &mut NameControl<'_>,
        at: Irql<'_, PassiveLevel>,
    ) -> Result<Caching>;

    /// Gives the long name of a component. Wraps NormalizeNameComponentExCallback, which is called for the components of a
    /// path in turn (K-30), and NormalizeContextCleanupCallback, which drops what is kept in between.
    ///
    /// # Errors
    ///
    /// STATUS_NO_SUCH_FILE if there is no such component.
    fn normalize<'a>(
        &self,
        component: Component<'_, Self>,
        kept: &mut Option<PoolBox<Self::Normalizing, Paged>>,
        expanded: Expanded<'a>,
        at: Irql<'_, PassiveLevel>,
    ) -> Result<Normalized<'a>>;
}

/// Whether a filter is a provider of names: a constant of the filter.
pub struct Provides<F> {
    pub(crate) generate: sys::PFLT_GENERATE_FILE_NAME,
    pub(crate) normalize: sys::PFLT_NORMALIZE_NAME_COMPONENT_EX,
    pub(crate) clean_up: sys::PFLT_NORMALIZE_CONTEXT_CLEANUP,
    filter: PhantomData<fn() -> F>,
}

impl<F: Filter> Provides<F> {
    /// It is none.
    pub const fn nothing() -> Self {
        Self { generate: None, normalize: None, clean_up: None, filter: PhantomData }
    }

    /// It is one.
    pub const fn names() -> Self
    where
        F: NameProvider,
    {
        Self {
            generate: Some(generate::<F>),
            normalize: Some(normalize::<F>),
            clean_up: Some(clean_up::<F>),
            filter: PhantomData,
        }
    }
}

/// The instance of a provider's callback, by reference.
///
/// # Safety
///
/// The instance is one of the filter's own, and live.
unsafe fn own_instance<F: Filter>(instance: sys::PFLT_INSTANCE) -> Result<OwnInstance> {
    let own = own_filter::<F>()?;
    // SAFETY: the caller says that the instance is live, and the filter's own; it is on the volume that it says.
    unsafe {
        let instance = InstanceRef::take(own, NonNull::new_unchecked(instance))?;
        let volume = instance.volume(Irql::<PassiveLevel>::assume())?;
        Ok(OwnInstance::from_parts(instance, volume.as_volume()))
    }
}

/// What a provider is asked for the name of.
///
/// # Invariants
///
/// The instance, the file object and the callback data, if there is one, are those of a callback that lasts for `'a`.
pub struct NameQuery<'a, F> {
    instance: sys::PFLT_INSTANCE,
    file: sys::PFILE_OBJECT,
    data: *mut sys::FLT_CALLBACK_DATA,
    options: sys::FLT_FILE_NAME_OPTIONS,
    lifetime: PhantomData<*const &'a ()>,
    filter: PhantomData<fn() -> F>,
}

impl<F: NameProvider> NameQuery<'_, F> {
    /// The form of the name that is asked for.
    pub fn format(&self) -> Format {
        match self.options & sys::FLT_VALID_FILE_NAME_FORMATS {
            sys::FLT_FILE_NAME_NORMALIZED => Format::Normalized,
            sys::FLT_FILE_NAME_SHORT => Format::Short,
            _ => Format::Opened,
        }
    }

    /// Whether it is asked for in an operation on the file, and not outside of one (K-27).
    pub fn is_in_operation(&self) -> bool {
        !self.data.is_null()
    }

    /// The instance that the question has come to. Wraps FltObjectReference and FltGetVolumeFromInstance, up to
    /// APC_LEVEL.
    ///
    /// # Errors
    ///
    /// STATUS_FLT_DELETING_OBJECT.
    pub fn instance(&self) -> Result<OwnInstance> {
        // SAFETY: by the invariant the instance is the filter's own, and live.
        unsafe { own_instance::<F>(self.instance) }
    }

    /// What those below call the file, in this form. Nothing of it is cached. Wraps FltGetFileNameInformation or, outside of
    /// an operation, FltGetFileNameInformationUnsafe.
    ///
    /// # Errors
    ///
    /// As for [`CallbackData::name`](crate::operation::CallbackData::name).
    pub fn name_below<'b>(&self, format: Format, _: Irql<'b, PassiveLevel>) -> Result<FileName<'b>> {
        let others =
            self.options & !(sys::FLT_VALID_FILE_NAME_FORMATS | sys::FLT_FILE_NAME_REQUEST_FROM_CURRENT_PROVIDER);
        let options = format as u32 | others | sys::FLT_FILE_NAME_DO_NOT_CACHE;
        // SAFETY: by the invariant the pointers are those of the callback, the level holds for `'b`, and the routines store a
        // reference.
        unsafe {
            match NonNull::new(self.data) {
                Some(data) => FileName::query_with(data, options),
                None => FileName::returned(|place| {
                    sys::FltGetFileNameInformationUnsafe(self.file, self.instance, options, place)
                }),
            }
        }
    }
}

/// The name that a provider makes. It grows as it has to (K-29).
///
/// # Invariants
///
/// The control is that of a callback that lasts for `'a`, and its string has a buffer of its maximum length or none.
pub struct NameControl<'a>(NonNull<sys::FLT_NAME_CONTROL>, PhantomData<&'a mut ()>);

impl NameControl<'_> {
    fn string(&mut self) -> &mut sys::UNICODE_STRING {
        // SAFETY: by the invariant the control is live, and this value alone uses it.
        unsafe { &mut self.0.as_mut().Name }
    }

    /// The name so far.
    pub fn units(&self) -> &[u16] {
        // SAFETY: by the invariant the string is that of the control.
        unsafe { units(&self.0.as_ref().Name) }
    }

    /// Begins again.
    pub fn clear(&mut self) {
        self.string().Length = 0;
    }

    /// Makes it this name.
    ///
    /// # Errors
    ///
    /// As for [`Self::push`].
    pub fn set(&mut self, name: &[u16]) -> Result<()> {
        self.clear();
        self.push(name)
    }

    /// Appends to the name. Wraps FltCheckAndGrowNameControl, up to APC_LEVEL (K-29).
    ///
    /// # Errors
    ///
    /// STATUS_NAME_TOO_LONG, STATUS_INSUFFICIENT_RESOURCES.
    pub fn push(&mut self, more: &[u16]) -> Result<()> {
        let length = self.string().Length;
        let needed = usize::from(length).checked_add(size_of_val(more)).and_then(|needed| u16::try_from(needed).ok());
        let needed = needed.ok_or(Error::NAME_TOO_LONG)?;
        // SAFETY: by the invariant the control is live; a name control's buffer grows by this routine alone.
        Error::check(unsafe { sys::FltCheckAndGrowNameControl(self.0.as_ptr(), needed) })?;
        let string = self.string();
        // SAFETY: the buffer has room for as many bytes as are needed, and what is borrowed is not part of it, since that would
        // be a borrow of this value.
        unsafe {
            let end = string.Buffer.add(usize::from(length / 2));
            end.copy_from_nonoverlapping(more.as_ptr(), more.len());
        }
        string.Length = needed;
        Ok(())
    }
}

bitflags::bitflags! {
    /// How a component is to be looked for.
    #[derive(Clone, Copy, PartialEq, Eq, Debug)]
    pub struct NormalizeFlags: u32 {
        /// Case counts.
        const CASE_SENSITIVE = sys::FLTFL_NORMALIZE_NAME_CASE_SENSITIVE;
        /// It is of the name that a rename or a hard link gives.
        const DESTINATION_FILE_NAME = sys::FLTFL_NORMALIZE_NAME_DESTINATION_FILE_NAME;
    }
}

/// A component of a path that a provider normalizes.
///
/// # Invariants
///
/// The pointers are those of a callback that lasts for `'a`.
pub struct Component<'a, F> {
    instance: sys::PFLT_INSTANCE,
    parent: &'a [u16],
    volume_length: u16,
    name: &'a [u16],
    flags: u32,
    filter: PhantomData<fn() -> F>,
}

impl<F: NameProvider> Component<'_, F> {
    /// The directory that it is in, normalized, with the volume's name in front of it and a separator at the end.
    pub fn parent(&self) -> &[u16] {
        self.parent
    }

    /// The part of [`Self::parent`] that is the volume's name.
    pub fn volume(&self) -> &[u16] {
        self.parent.get(..usize::from(self.volume_length / 2)).unwrap_or(&[])
    }

    /// The component, as it was opened.
    pub fn name(&self) -> &[u16] {
        self.name
    }

    /// How it is to be looked for.
    pub fn flags(&self) -> NormalizeFlags {
        NormalizeFlags::from_bits_truncate(self.flags)
    }

    /// As [`NameQuery::instance`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn instance(&self) -> Result<OwnInstance> {
        // SAFETY: by the invariant the instance is the filter's own, and live.
        unsafe { own_instance::<F>(self.instance) }
    }
}

/// The place for the long name of a component.
///
/// # Invariants
///
/// The place is that of a callback that lasts for `'a`, with room for `length` bytes.
pub struct Expanded<'a> {
    place: NonNull<sys::FILE_NAMES_INFORMATION>,
    length: u32,
    lifetime: PhantomData<&'a mut ()>,
}

/// The long name of a component has been stored.
pub struct Normalized<'a>(PhantomData<&'a mut ()>);

impl<'a> Expanded<'a> {
    /// Stores the long name.
    ///
    /// # Errors
    ///
    /// STATUS_BUFFER_OVERFLOW if there is no room for it.
    pub fn set(self, name: &[u16]) -> Result<Normalized<'a>> {
        const HEAD: usize = offset_of!(sys::FILE_NAMES_INFORMATION, FileName);
        let bytes = size_of_val(name);
        if HEAD.checked_add(bytes).is_none_or(|needed| needed > self.length as usize) {
            return Err(Error::BUFFER_OVERFLOW);
        }
        let place = self.place.as_ptr();
        // SAFETY: by the invariant the place is writable, and it has the room, as was just seen.
        unsafe {
            (&raw mut (*place).NextEntryOffset).write(0);
            (&raw mut (*place).FileIndex).write(0);
            (&raw mut (*place).FileNameLength).write(bytes as u32);
            place.byte_add(HEAD).cast::<u16>().copy_from_nonoverlapping(name.as_ptr(), name.len());
        }
        Ok(Normalized(PhantomData))
    }
}

impl After<'_, op::Create> {
    /// The name of a file whose create has ended with STATUS_REPARSE, for a provider of names that has not changed it
    /// (K-33). Wraps FltGetFileNameInformation with FLT_FILE_NAME_ALLOW_QUERY_ON_REPARSE.
    ///
    /// # Errors
    ///
    /// STATUS_INVALID_DEVICE_REQUEST if the create did not end so, or came upon a mount point or a symbolic link; and as for
    /// [`CallbackData::name`](crate::operation::CallbackData::name).
    pub fn name_on_reparse<'b, P: NameProvider>(
        &self,
        _: &P,
        format: Format,
        query: Query,
        flags: ProviderFlags,
        _: Irql<'b, PassiveLevel>,
    ) -> Result<FileName<'b>> {
        let tag = self.information() as u32;
        let links = [sys::IO_REPARSE_TAG_MOUNT_POINT, sys::IO_REPARSE_TAG_SYMLINK];
        if self.status() != Status::REPARSE || links.contains(&tag) {
            return Err(Error::INVALID_DEVICE_REQUEST);
        }
        let options = format as u32 | query as u32 | flags.raw() | sys::FLT_FILE_NAME_ALLOW_QUERY_ON_REPARSE;
        // SAFETY: the callback data is valid; the level holds for `'b`.
        unsafe { FileName::query_with(NonNull::from(self.data()), options) }
    }
}

sys::callback! {
    /// GenerateFileNameCallback.
    ///
    /// # Safety
    ///
    /// Called by the Filter Manager as the callback that it is registered as.
    unsafe fn generate<F: NameProvider>(
        instance: sys::PFLT_INSTANCE,
        file: sys::PFILE_OBJECT,
        data: sys::PFLT_CALLBACK_DATA,
        options: sys::FLT_FILE_NAME_OPTIONS,
        cacheable: sys::PBOOLEAN,
        name: sys::PFLT_NAME_CONTROL,
    ) -> sys::NTSTATUS {
        let query = NameQuery { instance, file, data, options, lifetime: PhantomData, filter: PhantomData };
        // SAFETY: the Filter Manager passes a control.
        let mut control = NameControl(unsafe { NonNull::new_unchecked(name) }, PhantomData);
        // SAFETY: the filter runs as long as it has instances; the callback runs at PASSIVE_LEVEL (K-27).
        let (filter, at) = unsafe { (F::slot().running(), Irql::assume()) };
        match filter.generate(query, &mut control, at) {
            Ok(caching) => {
                // SAFETY: the Filter Manager passes a place for the answer.
                unsafe { cacheable.write(u8::from(caching == Caching::Allowed)) };
                sys::STATUS_SUCCESS
            }
            Err(error) => error.raw(),
        }
    }
}

sys::callback! {
    /// NormalizeNameComponentExCallback.
    ///
    /// # Safety
    ///
    /// Called by the Filter Manager as the callback that it is registered as; the context is NULL or what this callback stored
    /// there.
    unsafe fn normalize<F: NameProvider>(
        instance: sys::PFLT_INSTANCE,
        _file: sys::PFILE_OBJECT,
        parent: sys::PCUNICODE_STRING,
        volume_length: sys::USHORT,
        component: sys::PCUNICODE_STRING,
        place: sys::PFILE_NAMES_INFORMATION,
        length: sys::ULONG,
        flags: sys::FLT_NORMALIZE_NAME_FLAGS,
        context: *mut sys::PVOID,
    ) -> sys::NTSTATUS {
        // SAFETY: the Filter Manager passes strings, and a place as long as it says.
        let (component, expanded) = unsafe {
            (
                Component { instance, parent: units(&*parent), volume_length, name: units(&*component), flags, filter: PhantomData },
                Expanded { place: NonNull::new_unchecked(place), length, lifetime: PhantomData },
            )
        };
        // SAFETY: what is not NULL is a box that this callback gave up.
        let mut kept = unsafe { take::<F>(context) };
        // SAFETY: the filter runs as long as it has instances; the callback runs at PASSIVE_LEVEL (K-30).
        let (filter, at) = unsafe { (F::slot().running(), Irql::assume()) };
        let result = filter.normalize(component, &mut kept, expanded, at);
        // SAFETY: the Filter Manager passes a place for the context, which is cleaned up.
        unsafe { context.write(kept.map_or(ptr::null_mut(), |kept| kept.into_raw().as_ptr().cast::<c_void>())) };
        match result {
            Ok(_) => sys::STATUS_SUCCESS,
            Err(error) => error.raw(),
        }
    }
}

sys::callback! {
    /// NormalizeContextCleanupCallback (K-31).
    ///
    /// # Safety
    ///
    /// Called by the Filter Manager for a context of [`normalize`].
    unsafe fn clean_up<F: NameProvider>(context: *mut sys::PVOID) {
        // SAFETY: what is not NULL is a box that `normalize` gave up.
        drop(unsafe { take::<F>(context) });
    }
}

/// What is kept in a context, which has nothing afterwards.
///
/// # Safety
///
/// The context is NULL or what [`normalize`] stored.
unsafe fn take<F: NameProvider>(context: *mut sys::PVOID) -> Option<PoolBox<F::Normalizing, Paged>> {
    // SAFETY: the caller vouches for the place and for what is there.
    unsafe { NonNull::new(context.replace(ptr::null_mut())).map(|kept| PoolBox::from_raw(kept.cast())) }
}
