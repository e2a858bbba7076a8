//! The objects that a context can be on (J-01).
//!
//! ```
//! use core::marker::PhantomData;
//! use core::sync::atomic::AtomicU64;
//! use fltmgr::Filter;
//! use fltmgr::context::{Context, kind};
//! use fltmgr::pool::{NonPaged, Tag};
//!
//! /// How often a stream was opened.
//! struct Opens<F>(AtomicU64, PhantomData<fn() -> F>);
//!
//! impl<F: Filter> Context for Opens<F> {
//!     type Filter = F;
//!     type Kind = kind::Stream;
//!     type Pool = NonPaged;
//!     const TAG: Tag = Tag::new(*b"Opns");
//! }
//! ```

use fltmgr_sys as sys;

pub(crate) mod sealed {
    use fltmgr_sys as sys;

    /// What makes a kind one.
    pub trait Kind {
        const TYPE: u16;

        /// The member of the structure that is for the kind.
        fn member(contexts: &sys::FLT_RELATED_CONTEXTS_EX) -> sys::PFLT_CONTEXT;
    }

    /// The routines that get, set and delete a context of the kind. All want APC_LEVEL at most (J-20).
    pub trait Settable: Kind {
        /// What the routines call the object.
        type Raw: Copy;

        /// Whether the object can have one.
        ///
        /// # Safety
        ///
        /// The object is live; APC_LEVEL at most.
        unsafe fn supported(object: Self::Raw) -> bool;

        /// # Safety
        ///
        /// The object is live, as the routine's page asks; APC_LEVEL at most.
        unsafe fn get(object: Self::Raw, context: *mut sys::PFLT_CONTEXT) -> sys::NTSTATUS;

        /// # Safety
        ///
        /// As for `get`; the context is live and of this filter.
        unsafe fn set(
            object: Self::Raw,
            operation: sys::FLT_SET_CONTEXT_OPERATION,
            context: sys::PFLT_CONTEXT,
            old: *mut sys::PFLT_CONTEXT,
        ) -> sys::NTSTATUS;

        /// # Safety
        ///
        /// As for `get`.
        unsafe fn delete(object: Self::Raw, old: *mut sys::PFLT_CONTEXT) -> sys::NTSTATUS;
    }

    /// An object that contexts of kind `K` are on.
    ///
    /// # Safety
    ///
    /// What `raw` gives is alive as long as `self` is borrowed.
    pub unsafe trait Object<K: Settable> {
        fn raw(&self) -> K::Raw;
    }
}

/// One of the kinds.
pub trait Kind: sealed::Kind + 'static {}

/// A kind whose contexts the filter sets on their object and takes off it, which is each but [`Section`]: such a context
/// comes and goes with its section (J-29).
pub trait Settable: Kind + sealed::Settable {}

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $value:ident, $member:ident, ($($object:ident: $raw:ty),+), $supported:expr,
        $get:ident, $set:ident($($target:ident),+), $delete:ident;)*) => {$(
        $(#[$doc])*
        pub struct $name;

        impl sealed::Kind for $name {
            const TYPE: u16 = sys::$value as u16;

            fn member(contexts: &sys::FLT_RELATED_CONTEXTS_EX) -> sys::PFLT_CONTEXT {
                contexts.$member
            }
        }

        impl sealed::Settable for $name {
            type Raw = ($($raw,)+);

            unsafe fn supported(object: Self::Raw) -> bool {
                let ($($object,)+) = object;
                // A routine may know the object by fewer pointers than the others do.
                let _ = ($($object,)+);
                // SAFETY: the caller keeps what the routine asks for, if there is one.
                #[allow(unused_unsafe, reason = "some objects always have contexts, and no routine says so")]
                unsafe { $supported }
            }

            #[inline]
            unsafe fn get(($($object,)+): Self::Raw, context: *mut sys::PFLT_CONTEXT) -> sys::NTSTATUS {
                // SAFETY: the caller keeps what the routine asks for.
                unsafe { sys::$get($($object,)+ context) }
            }

            #[inline]
            unsafe fn set(
                object: Self::Raw,
                operation: sys::FLT_SET_CONTEXT_OPERATION,
                context: sys::PFLT_CONTEXT,
                old: *mut sys::PFLT_CONTEXT,
            ) -> sys::NTSTATUS {
                let ($($object,)+) = object;
                // The routine for volumes knows the filter by the context.
                let _ = ($($object,)+);
                // SAFETY: the caller keeps what the routine asks for.
                unsafe { sys::$set($($target,)+ operation, context, old) }
            }

            unsafe fn delete(($($object,)+): Self::Raw, old: *mut sys::PFLT_CONTEXT) -> sys::NTSTATUS {
                // SAFETY: the caller keeps what the routine asks for.
                unsafe { sys::$delete($($object,)+ old) }
            }
        }

        impl Kind for $name {}
        impl Settable for $name {}
    )*};
}

kinds! {
    /// On a volume: one for each filter. It lies in nonpaged pool (J-07).
    Volume = FLT_VOLUME_CONTEXT, VolumeContext, (filter: sys::PFLT_FILTER, volume: sys::PFLT_VOLUME), true,
        FltGetVolumeContext, FltSetVolumeContext(volume), FltDeleteVolumeContext;
    /// On an instance: one for each instance.
    Instance = FLT_INSTANCE_CONTEXT, InstanceContext, (instance: sys::PFLT_INSTANCE), true,
        FltGetInstanceContext, FltSetInstanceContext(instance), FltDeleteInstanceContext;
    /// On a file, which is all its streams: one for each instance and file.
    File = FLT_FILE_CONTEXT, FileContext, (instance: sys::PFLT_INSTANCE, file: sys::PFILE_OBJECT),
        sys::FltSupportsFileContextsEx(file, instance) != 0,
        FltGetFileContext, FltSetFileContext(instance, file), FltDeleteFileContext;
    /// On a stream: one for each instance and stream.
    Stream = FLT_STREAM_CONTEXT, StreamContext, (instance: sys::PFLT_INSTANCE, file: sys::PFILE_OBJECT),
        sys::FltSupportsStreamContexts(file) != 0,
        FltGetStreamContext, FltSetStreamContext(instance, file), FltDeleteStreamContext;
    /// On a stream handle: one for each instance and file object.
    StreamHandle = FLT_STREAMHANDLE_CONTEXT, StreamHandleContext, (instance: sys::PFLT_INSTANCE, file: sys::PFILE_OBJECT),
        sys::FltSupportsStreamHandleContexts(file) != 0,
        FltGetStreamHandleContext, FltSetStreamHandleContext(instance, file), FltDeleteStreamHandleContext;
    /// On a transaction: one for each filter (J-17).
    Transaction = FLT_TRANSACTION_CONTEXT, TransactionContext,
        (instance: sys::PFLT_INSTANCE, transaction: sys::PKTRANSACTION), true,
        FltGetTransactionContext, FltSetTransactionContext(instance, transaction), FltDeleteTransactionContext;
}

/// On a stream, with the section that was made of it for a scan: one for each instance and stream (J-30).
pub struct Section;

impl sealed::Kind for Section {
    const TYPE: u16 = sys::FLT_SECTION_CONTEXT as u16;

    fn member(contexts: &sys::FLT_RELATED_CONTEXTS_EX) -> sys::PFLT_CONTEXT {
        contexts.SectionContext
    }
}

impl Kind for Section {}
