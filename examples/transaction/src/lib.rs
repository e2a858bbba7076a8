//! Shows a filter that takes part in transactions: one that has created more than three files is rolled back.
//!
//! After a create the filter enlists in its transaction, with a context that counts. It is told before the transaction is
//! committed, when it can still roll it back, and how the transaction has ended. A worker reports a commit, which the
//! transaction waits for.
#![no_std]
#[cfg(not(target_os = "windows"))]
extern crate std;

use core::sync::atomic::{AtomicU32, Ordering};
use fltmgr::context::{Context, Contexts, kind};
use fltmgr::irql::{Irql, PassiveLevel};
use fltmgr::pool::{NonPaged, Tag};
use fltmgr::transaction::{Deferred, Notification, Notifications, Notified, Pended, Phase, Transacted, Transactions};
use fltmgr::work::{NotQueued, Queue};
use fltmgr::{Filter, Operations, PostOp, PostStatus, PreOp, PrePost, PreStatus, Result, Starting, debug_println, op};

/// How many files a transaction may create.
const MOST: u32 = 3;

/// The filter; it has no state of its own.
pub struct Limit;

impl Filter for Limit {
    const OPERATIONS: Operations<Self> = Operations::new().pre_post::<op::Create>();
    const CONTEXTS: Contexts<Self> = Contexts::new().with::<Created>();
    const TRANSACTIONS: Transactions<Self> = Transactions::notified();

    fn start(_: &mut Starting<'_, Self>) -> Result<Self> {
        Ok(Self)
    }
}

/// On a transaction: how many files were created within it.
pub struct Created(AtomicU32);

impl Context for Created {
    type Filter = Limit;
    type Kind = kind::Transaction;
    type Pool = NonPaged;
    const TAG: Tag = Tag::new(*b"TxCr");
}

impl PrePost<op::Create> for Limit {
    type Carry = ();

    fn pre<'a>(&self, create: PreOp<'a, op::Create>) -> PreStatus<'a, op::Create, ()> {
        if create.transaction().is_some() { create.pass_with(()) } else { create.pass().into() }
    }

    fn post<'a>(&self, create: PostOp<'a, op::Create>, (): ()) -> PostStatus<'a, op::Create> {
        let Some(transaction) = create.transaction().filter(|_| create.created()) else { return create.finish() };
        match transaction.enlist(|| Created(AtomicU32::new(0)), create.irql()) {
            Ok(created) => {
                created.0.fetch_add(1, Ordering::Relaxed);
                create.finish()
            }
            // A file that nobody would count is not opened.
            Err(error) => create.cancel(error),
        }
    }
}

impl Transacted for Limit {
    type Context = Created;
    const NOTIFICATIONS: Notifications =
        Notifications::PREPARE.union(Notifications::COMMIT).union(Notifications::ROLLBACK);

    fn notified<'a>(&self, notification: Notification<'a, Self>, at: Irql<'a, PassiveLevel>) -> Notified<'a> {
        match notification.phase() {
            Phase::Prepare if notification.context().0.load(Ordering::Relaxed) > MOST => {
                // It cannot be refused: nobody has prepared without this filter.
                let _ = notification.transaction().roll_back(at);
            }
            Phase::Commit => match notification.defer(Report, Queue::Delayed, Created::TAG) {
                Ok(pending) => return pending,
                Err(NotQueued { kept, .. }) => return kept.finish(),
            },
            Phase::Rollback => debug_println!("rolled back"),
            _ => (),
        }
        notification.finish()
    }
}

/// Reports a commit, in a worker.
struct Report;

impl Deferred for Report {
    type Filter = Limit;

    fn run(self, _: &Limit, notification: Pended<Limit>, _: Irql<'_, PassiveLevel>) {
        debug_println!("committed {} files", notification.context().0.load(Ordering::Relaxed));
        notification.finish();
    }
}

fltmgr::driver!(Limit);
