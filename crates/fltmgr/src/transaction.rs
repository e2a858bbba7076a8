//! Transactions: what a program commits or rolls back as a whole (J-37).
//!
//! An operation on a file that was opened within a transaction has it: [`CallbackData::transaction`]. A filter enlists in it
//! with a context of its own, after the create, and is told from then on how the transaction goes. What a notification
//! asks for is done when the callback has answered, or later in a worker, for which the transaction waits.
//!
//! ```
//! use fltmgr::context::{Context, kind};
//! use fltmgr::transaction::Transacted;
//! use fltmgr::{PostOp, PostStatus, op};
//!
//! /// Enlists in the transaction of a create, if it has one.
//! fn enlist<'a, T>(create: PostOp<'a, op::Create>, new: impl FnOnce() -> T) -> PostStatus<'a, op::Create>
//! where
//!     T: Context<Kind = kind::Transaction>,
//!     T::Filter: Transacted<Context = T>,
//! {
//!     let enlisted = match create.transaction() {
//!         Some(transaction) if create.opened().is_some() => transaction.enlist(new, create.irql()).map(drop),
//!         _ => Ok(()),
//!     };
//!     match enlisted {
//!         Ok(()) => create.finish(),
//!         Err(error) => create.cancel(error),
//!     }
//! }
//! ```

mod notification;

pub use notification::{Deferred, Notification, Notified, Pended, Phase, Transacted, Transactions};

use crate::context::{Context, ContextRef, HasContexts, NewContext, kind};
use crate::irql::{ApcLevel, Irql, NotAbove};
use crate::op::Operation;
use crate::operation::CallbackData;
use crate::status::{Error, Result};
use core::marker::PhantomData;
use core::ptr::NonNull;
use fltmgr_sys as sys;

bitflags::bitflags! {
    /// What a filter can hear of a transaction.
    #[derive(Clone, Copy, PartialEq, Eq, Debug)]
    pub struct Notifications: u32 {
        /// The commit is about to be prepared: what a filter does on its own for it has to be done now.
        const PRE_PREPARE = sys::TRANSACTION_NOTIFY_PREPREPARE;
        /// The commit is prepared: who answers can commit.
        const PREPARE = sys::TRANSACTION_NOTIFY_PREPARE;
        /// The transaction is committed.
        const COMMIT = sys::TRANSACTION_NOTIFY_COMMIT;
        /// Everybody has committed.
        const COMMIT_FINALIZE = sys::TRANSACTION_NOTIFY_COMMIT_FINALIZE;
        /// The transaction is rolled back.
        const ROLLBACK = sys::TRANSACTION_NOTIFY_ROLLBACK;
    }
}

/// A transaction, as an instance of the filter sees it, for as long as a callback lasts.
///
/// # Invariants
///
/// Both pointers are those of live objects, for `'a`.
#[derive(Clone, Copy)]
pub struct Transaction<'a> {
    instance: NonNull<sys::FLT_INSTANCE>,
    object: NonNull<sys::_KTRANSACTION>,
    lifetime: PhantomData<*mut &'a ()>,
}

impl Transaction<'_> {
    /// The transaction of related objects, if they have one.
    ///
    /// # Safety
    ///
    /// The objects are those of a callback of an instance, and are live for the chosen lifetime.
    unsafe fn of(objects: &sys::FLT_RELATED_OBJECTS) -> Option<Self> {
        let object = NonNull::new(objects.Transaction)?;
        // INVARIANT: the caller vouches for both; the callback is that of an instance, so that there is one.
        NonNull::new(objects.Instance).map(|instance| Self { instance, object, lifetime: PhantomData })
    }

    /// The address of the transaction, which tells transactions apart while both exist.
    pub fn address(&self) -> usize {
        self.object.as_ptr().addr()
    }

    /// Enlists the instance in the transaction, with the filter's context on it, which is made with `new` if there is none
    /// yet. Once it is enlisted, this only finds the context. Wraps FltSetTransactionContext and FltEnlistInTransaction, up
    /// to APC_LEVEL.
    ///
    /// The context goes with the transaction (J-31). It does so too if the filter cannot enlist: who tries again, after the
    /// next create, finds it.
    ///
    /// # Errors
    ///
    /// STATUS_TRANSACTION_NOT_ACTIVE if the transaction has ended or is about to, STATUS_FLT_DELETING_OBJECT if the instance
    /// is torn down, STATUS_INSUFFICIENT_RESOURCES.
    pub fn enlist<T, L>(&self, new: impl FnOnce() -> T, at: Irql<'_, L>) -> Result<ContextRef<T>>
    where
        T: Context<Kind = kind::Transaction>,
        T::Filter: Transacted<Context = T>,
        L: NotAbove<ApcLevel>,
    {
        const { notification::assert_registered::<T::Filter>() };
        let context = match self.find_context(at) {
            Err(Error::NOT_FOUND) => self.keep_context(NewContext::try_new(new(), at)?, at)?,
            found => found?,
        };
        let notifications = const { <T::Filter as Transacted>::NOTIFICATIONS.bits() };
        // SAFETY: by the invariant both objects are live; the context is the filter's own, on this transaction.
        let enlisted = unsafe {
            sys::FltEnlistInTransaction(self.instance.as_ptr(), self.object.as_ptr(), context.as_raw(), notifications)
        };
        match Error::check(enlisted) {
            Err(error) if error.raw() != sys::STATUS_FLT_ALREADY_ENLISTED => Err(error),
            _ => Ok(context),
        }
    }

    /// Rolls the transaction back, in which the filter is enlisted and has not answered that it has prepared. Wraps
    /// FltRollbackEnlistment, up to APC_LEVEL.
    ///
    /// # Errors
    ///
    /// STATUS_TRANSACTION_REQUEST_NOT_VALID if the filter is not enlisted or has prepared, STATUS_NOT_FOUND if it has no
    /// context on the transaction.
    pub fn roll_back<L: NotAbove<ApcLevel>>(&self, _: Irql<'_, L>) -> Result<()> {
        // SAFETY: by the invariant both objects are live; the context is optional.
        Error::check(unsafe {
            sys::FltRollbackEnlistment(self.instance.as_ptr(), self.object.as_ptr(), core::ptr::null_mut())
        })?;
        Ok(())
    }
}

// SAFETY: both objects live as long as the value.
unsafe impl kind::sealed::Object<kind::Transaction> for Transaction<'_> {
    fn raw(&self) -> (sys::PFLT_INSTANCE, sys::PKTRANSACTION) {
        (self.instance.as_ptr(), self.object.as_ptr())
    }
}

/// What a file of the filter's own is opened within: the transaction of an operation's file.
/// [`OpenOptions::within`](crate::file::OpenOptions::within) takes it.
///
/// # Invariants
///
/// The block is that of a file object that is live for `'a`.
#[derive(Clone, Copy)]
pub struct TransactionParameters<'a>(NonNull<sys::TXN_PARAMETER_BLOCK>, PhantomData<*mut &'a ()>);

impl TransactionParameters<'_> {
    pub(crate) fn as_raw(self) -> sys::PTXN_PARAMETER_BLOCK {
        self.0.as_ptr()
    }
}

impl<O: Operation> CallbackData<'_, O> {
    /// What a file of the filter's own is opened with, to be within the transaction of the operation's file. `None` if
    /// it is in none. Wraps IoGetTransactionParameterBlock, at any IRQL.
    pub fn transaction_parameters(&self) -> Option<TransactionParameters<'_>> {
        let file = NonNull::new(self.objects().FileObject)?;
        // SAFETY: by the invariant the file object is live.
        let block = unsafe { sys::IoGetTransactionParameterBlock(file.as_ptr()) };
        // INVARIANT: the block is the file object's own, which is live as long as the borrow.
        NonNull::new(block).map(|block| TransactionParameters(block, PhantomData))
    }

    /// The transaction within which the file was opened, or is to be opened; `None` if that is in none.
    pub fn transaction(&self) -> Option<Transaction<'_>> {
        // SAFETY: by the invariant the objects are those of a callback, and the file object keeps its transaction.
        unsafe { Transaction::of(self.objects()) }
    }
}
