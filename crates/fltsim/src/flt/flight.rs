//! Operations between an instance's pre-operation and post-operation callbacks, and how they are drained.
//!
//! Each such operation has a [`Record`] for the instance, linked into the instance's [`InFlight`]. When the operation
//! completes, its thread claims the record and calls the post-operation callback. When the instance is torn down first,
//! the record is claimed by the teardown, which calls the callback on a copy of the callback data (rules D-13, D-14);
//! the operation then passes the instance by. Who claims a record is decided under a lock, so exactly one does.

use std::cell::{Cell, UnsafeCell};
use std::ffi::c_void;
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use fltmgr_sys::{FLT_IO_PARAMETER_BLOCK, PFLT_POST_OPERATION_CALLBACK};
use parking_lot::{Condvar, Mutex};

use super::instance::Instance;
use super::operation::Operation;

/// The lists are split, so that threads rarely meet at one lock.
const SHARDS: usize = 8;

/// In an instance's list.
const WAITING: u8 = 0;
/// Taken out by the thread that completes the operation.
const COMPLETING: u8 = 1;
/// Taken out by the teardown, whose call of the callback has not returned.
const DRAINING: u8 = 2;
/// The teardown's call has returned.
const DRAINED: u8 = 3;

/// What the Filter Manager keeps for one operation and one instance from pre to post.
pub(crate) struct Record {
    /// The instance.
    pub instance: Arc<Instance>,
    /// Its post-operation callback.
    pub post: PFLT_POST_OPERATION_CALLBACK,
    /// The parameters as the pre-operation callback received them: its own post sees the same (rules B-09, B-10).
    pub saved: FLT_IO_PARAMETER_BLOCK,
    /// The completion context.
    pub context: *mut c_void,
    /// The thread the post-operation callback has to run in, if it has to (rules D-07, D-08).
    pub home: Option<usize>,
    /// Whether the filter has swapped buffers. Such an operation is canceled and waited for instead of drained (rule
    /// D-17).
    pub swapped: bool,
    /// The operation that the record is a part of.
    pub operation: *const Operation,
    /// The data for a draining call that are the operation's and never change.
    pub class: u32,
    pub thread: fltmgr_sys::PETHREAD,
    pub requestor_mode: i8,
    state: AtomicU8,
    shard: usize,
    previous: Cell<*const Record>,
    next: Cell<*const Record>,
}

impl Record {
    /// A record that is in no list yet.
    pub(crate) fn new(
        instance: Arc<Instance>,
        post: PFLT_POST_OPERATION_CALLBACK,
        saved: FLT_IO_PARAMETER_BLOCK,
        context: *mut c_void,
    ) -> Self {
        Self {
            instance,
            post,
            saved,
            context,
            home: None,
            swapped: false,
            operation: ptr::null(),
            class: 0,
            thread: ptr::null_mut(),
            requestor_mode: 0,
            state: AtomicU8::new(WAITING),
            shard: 0,
            previous: Cell::new(ptr::null()),
            next: Cell::new(ptr::null()),
        }
    }
}

/// The head of one list.
struct Head(UnsafeCell<*const Record>);

// SAFETY: a head is only reached through the lock around it.
unsafe impl Send for Head {}

impl Default for Head {
    fn default() -> Self {
        Self(UnsafeCell::new(ptr::null()))
    }
}

/// The records of an instance.
#[derive(Default)]
pub(crate) struct InFlight {
    shards: [Mutex<Head>; SHARDS],
    drained: Condvar,
    drained_lock: Mutex<()>,
}

impl InFlight {
    /// Links a record.
    ///
    /// # Safety
    ///
    /// The record must stay where it is until [`InFlight::claim`] has taken it out or found it drained.
    pub(crate) unsafe fn insert(&self, record: &mut Record, thread: usize) {
        // Thread objects are larger than a cache line, so the low bits say nothing.
        record.shard = (thread >> 7) % SHARDS;
        let record: &Record = record;
        let head = self.shards[record.shard].lock();
        // SAFETY: the lock is held, so the list is this thread's.
        unsafe {
            let first = head.0.get().read();
            record.next.set(first);
            record.previous.set(ptr::null());
            if let Some(first) = first.as_ref() {
                first.previous.set(record);
            }
            head.0.get().write(record);
        }
    }

    /// Takes a record out in order to call its post-operation callback. Answers false if the teardown did so first, in
    /// which case its call has returned by now.
    pub(crate) fn claim(&self, record: &Record) -> bool {
        {
            let head = self.shards[record.shard].lock();
            if record.state.load(Ordering::Relaxed) == WAITING {
                record.state.store(COMPLETING, Ordering::Relaxed);
                // SAFETY: the lock is held and the record is in this list.
                unsafe { unlink(&head, record) };
                return true;
            }
        }
        let mut guard = self.drained_lock.lock();
        while record.state.load(Ordering::Acquire) != DRAINED {
            self.drained.wait(&mut guard);
        }
        false
    }

    /// Runs `f` on each operation that is still to come back to the instance.
    pub(crate) fn for_each(&self, mut f: impl FnMut(&Operation)) {
        for shard in &self.shards {
            let head = shard.lock();
            // SAFETY: the lock is held; a linked record stays where it is, and so does the operation it is a part of.
            unsafe {
                let mut cursor = head.0.get().read();
                while let Some(record) = cursor.as_ref() {
                    f(&*record.operation);
                    cursor = record.next.get();
                }
            }
        }
    }

    /// Takes out every record that may be drained and hands it to `call`.
    pub(crate) fn drain(&self, mut call: impl FnMut(&Record)) {
        for shard in &self.shards {
            while let Some(record) = Self::take(shard) {
                // SAFETY: the operation's thread waits in `claim` until the state says drained.
                let record = unsafe { &*record };
                call(record);
                let guard = self.drained_lock.lock();
                record.state.store(DRAINED, Ordering::Release);
                drop(guard);
                self.drained.notify_all();
            }
        }
    }

    fn take(shard: &Mutex<Head>) -> Option<*const Record> {
        let head = shard.lock();
        // SAFETY: the lock is held, and linked records stay where they are.
        unsafe {
            let mut cursor = head.0.get().read();
            while let Some(record) = cursor.as_ref() {
                if !record.swapped {
                    record.state.store(DRAINING, Ordering::Relaxed);
                    unlink(&head, record);
                    return Some(record);
                }
                cursor = record.next.get();
            }
        }
        None
    }
}

/// Takes a record out of its list.
///
/// # Safety
///
/// The record must be in the list of `head`, whose lock is held.
unsafe fn unlink(head: &Head, record: &Record) {
    let (previous, next) = (record.previous.get(), record.next.get());
    // SAFETY: neighbours in the list are linked records, which stay where they are.
    unsafe {
        match previous.as_ref() {
            Some(previous) => previous.next.set(next),
            None => head.0.get().write(next),
        }
        if let Some(next) = next.as_ref() {
            next.previous.set(previous);
        }
    }
}
