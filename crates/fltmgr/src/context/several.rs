//! Contexts of several objects in one call.

use super::kind::sealed::Kind as _;
use super::reference::ContextRef;
use super::registration::Context;
use crate::irql::{ApcLevel, Irql, NotAbove};
use crate::op::Operation;
use crate::operation::CallbackData;
use fltmgr_sys as sys;

mod sealed {
    use fltmgr_sys as sys;

    pub trait Several {
        /// The kinds, as FltGetContextsEx takes them.
        const KINDS: sys::FLT_CONTEXT_TYPE;
        type Found;

        /// # Safety
        ///
        /// What FltGetContextsEx found for these kinds, and nobody else uses its references.
        unsafe fn take(contexts: &sys::FLT_RELATED_CONTEXTS_EX) -> Self::Found;
    }
}

/// Two to seven types of contexts, as a tuple, each of another kind.
pub trait Several: sealed::Several {}

macro_rules! several {
    ($($type:ident),+) => {
        impl<$($type: Context),+> sealed::Several for ($($type,)+) {
            const KINDS: sys::FLT_CONTEXT_TYPE = {
                let kinds = 0 $(| $type::Kind::TYPE)+;
                // Each kind is one bit, so that the sum is the same only if there is none twice.
                assert!(kinds == 0 $(+ $type::Kind::TYPE)+, "there is one context of each kind, and one reference to it");
                kinds
            };
            type Found = ($(Option<ContextRef<$type>>,)+);

            unsafe fn take(contexts: &sys::FLT_RELATED_CONTEXTS_EX) -> Self::Found {
                // SAFETY: the member of each kind is NULL or a reference to a context of that kind, and is taken once.
                ($(unsafe { ContextRef::<$type>::from_returned($type::Kind::member(contexts)) },)+)
            }
        }

        impl<$($type: Context),+> Several for ($($type,)+) {}
    };
}

several!(A, B);
several!(A, B, C);
several!(A, B, C, D);
several!(A, B, C, D, E);
several!(A, B, C, D, E, G);
several!(A, B, C, D, E, G, H);

impl<O: Operation> CallbackData<'_, O> {
    /// The contexts of the objects that the operation is about, each of them if it is set: one call for what several
    /// [`HasContexts::context`](super::HasContexts::context) would get. Wraps FltGetContextsEx, up to APC_LEVEL (J-20,
    /// J-24); each is released by itself.
    ///
    /// ```
    /// use fltmgr::context::{Context, kind};
    /// use fltmgr::{Pre, PreOp, PreStatus, op};
    ///
    /// fn both<'a, V, S>(cleanup: PreOp<'a, op::Cleanup>) -> PreStatus<'a, op::Cleanup>
    /// where
    ///     V: Context<Kind = kind::Volume>,
    ///     S: Context<Kind = kind::Stream>,
    /// {
    ///     let (_volume, _stream) = cleanup.contexts::<(V, S), _>(cleanup.irql());
    ///     cleanup.pass().into()
    /// }
    /// ```
    pub fn contexts<S: Several, L: NotAbove<ApcLevel>>(&self, _: Irql<'_, L>) -> S::Found {
        // SAFETY: the structure is pointers, for which zeroes are NULL.
        let mut contexts: sys::FLT_RELATED_CONTEXTS_EX = unsafe { core::mem::zeroed() };
        // The mask is of kinds that exist, so that the routine does not fail (J-25); if it did, it would have found none.
        // SAFETY: by the invariant the objects are those of a callback, and the structure is as long as it is said to be.
        let _ = unsafe {
            sys::FltGetContextsEx(
                self.objects(),
                const { S::KINDS },
                size_of::<sys::FLT_RELATED_CONTEXTS_EX>() as sys::SIZE_T,
                &raw mut contexts,
            )
        };
        // SAFETY: the routine has set the members of these kinds, each to NULL or to a reference.
        unsafe { S::take(&contexts) }
    }
}
