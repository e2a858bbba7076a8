//! Work items, and the system worker threads that run them.

use std::collections::VecDeque;
use std::ffi::c_void;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use fltmgr_sys as sys;
use fltmgr_sys::{NTSTATUS, PFLT_CALLBACK_DATA};
use parking_lot::{Condvar, Mutex};

use super::filter::Filter;
use super::instance::Instance;
use super::invoke;
use super::object::{Object, ObjectKind};
use super::operation::Operation;
use crate::kernel::{process, thread};
use crate::machine::Machine;

/// A job for a worker thread.
type Job = Box<dyn FnOnce() + Send>;

/// The system worker threads. There is always one that can take a job: threads are started as long as all are busy, and
/// end when there is nothing to do.
#[derive(Default)]
pub struct Workers(Arc<Shared>);

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    jobs: VecDeque<Job>,
    idle: usize,
    threads: usize,
    stopping: bool,
}

/// How long a thread waits for a job before it ends.
const IDLE: Duration = Duration::from_secs(5);

impl Workers {
    /// Has a thread of the system process run `job` at `PASSIVE_LEVEL` (rule E-09).
    ///
    /// # Panics
    ///
    /// If the host can start no thread.
    pub fn queue(&self, machine: &Arc<Machine>, job: impl FnOnce() + Send + 'static) {
        let mut state = self.0.state.lock();
        state.jobs.push_back(Box::new(job));
        if state.idle >= state.jobs.len() {
            self.0.changed.notify_one();
            return;
        }
        state.threads += 1;
        drop(state);
        let (shared, machine) = (Arc::clone(&self.0), Arc::clone(machine));
        std::thread::Builder::new()
            .name("system worker".to_owned())
            .spawn(move || {
                thread::with_process(&machine, &process::system(), || shared.work());
            })
            .expect("a thread can be started");
    }

    /// Ends the threads once they have nothing to do.
    pub fn stop(&self) {
        self.0.state.lock().stopping = true;
        self.0.changed.notify_all();
    }
}

impl Shared {
    fn work(&self) {
        let mut state = self.state.lock();
        loop {
            if let Some(job) = state.jobs.pop_front() {
                drop(state);
                job();
                state = self.state.lock();
                continue;
            }
            if state.stopping {
                break;
            }
            state.idle += 1;
            let timed_out = self.changed.wait_for(&mut state, IDLE).timed_out();
            state.idle -= 1;
            if timed_out && state.jobs.is_empty() {
                break;
            }
        }
        state.threads -= 1;
    }
}

/// A work item: what `PFLT_GENERIC_WORKITEM` and `PFLT_DEFERRED_IO_WORKITEM` point to.
pub(crate) struct WorkItem {
    kind: Kind,
    queued: AtomicBool,
    /// The filter that allocated it, for the ledger.
    owner: Option<Arc<Filter>>,
}

/// The two kinds are distinct (rule E-02).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    /// From `FltAllocateGenericWorkItem`.
    Generic,
    /// From `FltAllocateDeferredIoWorkItem`.
    Deferred,
}

/// A pointer a driver wants handed to its routine.
struct Handed<T>(*mut T);

// SAFETY: the pointer is only passed through; what it points to is the driver's business.
unsafe impl<T> Send for Handed<T> {}

/// Allocates a work item.
pub(crate) fn allocate(kind: Kind) -> *mut c_void {
    let owner = super::name::current_filter();
    if let Some(owner) = &owner {
        owner.ledger.work_items.fetch_add(1, Ordering::AcqRel);
    }
    Box::into_raw(Box::new(WorkItem { kind, queued: AtomicBool::new(false), owner })).cast()
}

/// The work item behind a driver's pointer.
///
/// # Safety
///
/// `item` must have come from [`allocate`] and not have been freed.
unsafe fn item_of<'a>(item: *mut c_void, kind: Kind) -> &'a WorkItem {
    // SAFETY: the caller vouches for the pointer.
    let item = unsafe { &*item.cast::<WorkItem>() };
    if item.kind != kind
        && let Some(owner) = &item.owner
    {
        owner.report("E-02", format!("a work item that is not {kind:?} was used with that family of routines"));
    }
    item
}

/// Frees a work item.
///
/// # Safety
///
/// As for [`queue_generic`]; the item is gone afterwards.
pub(crate) unsafe fn free(item: *mut c_void, kind: Kind) {
    // SAFETY: passed on.
    let checked = unsafe { item_of(item, kind) };
    if let Some(owner) = &checked.owner {
        owner.ledger.work_items.fetch_sub(1, Ordering::AcqRel);
        if checked.queued.load(Ordering::Acquire) {
            owner.report("E-11", "a work item was freed while it was queued".to_owned());
        }
    }
    // SAFETY: the item came from `Box::into_raw`.
    drop(unsafe { Box::from_raw(item.cast::<WorkItem>()) });
}

/// The body of `FltQueueGenericWorkItem` (rules E-15 to E-17).
///
/// # Safety
///
/// `item` must have come from [`allocate`], `object` must be a filter or an instance.
pub(crate) unsafe fn queue_generic(
    item: *mut c_void,
    object: *mut c_void,
    routine: sys::PFLT_GENERIC_WORKITEM_ROUTINE,
    context: *mut c_void,
) -> NTSTATUS {
    // SAFETY: passed on.
    let checked = unsafe { item_of(item, Kind::Generic) };
    let Some(routine) = routine else { return sys::STATUS_INVALID_PARAMETER };
    // SAFETY: the caller vouches for the object; its first field is its kind.
    let target = match unsafe { object.cast::<ObjectKind>().read() } {
        // SAFETY: as above.
        ObjectKind::FILTER => Target::Filter(unsafe { Filter::arc_from_handle(object.cast()) }),
        // SAFETY: as above.
        ObjectKind::INSTANCE => Target::Instance(unsafe { Instance::arc_from_handle(object.cast()) }),
        _ => return sys::STATUS_INVALID_PARAMETER,
    };
    if !target.enter() {
        return sys::STATUS_FLT_DELETING_OBJECT;
    }
    checked.queued.store(true, Ordering::Release);
    let machine = Arc::clone(target.filter().machine());
    let (item, object, context) = (Handed(item), Handed(object), Handed(context));
    let workers = Arc::clone(&machine);
    workers.workers().queue(&workers, move || {
        let (item, object, context) = (item, object, context);
        // SAFETY: the item is the driver's until its routine frees it.
        unsafe { &*item.0.cast::<WorkItem>() }.queued.store(false, Ordering::Release);
        let image = Arc::clone(target.filter().image());
        let _ = invoke::system(&machine, &image, "generic work item", || {
            // SAFETY: the driver gave the routine for exactly this call.
            unsafe { routine(item.0.cast(), object.0, context.0) };
        });
        target.exit();
    });
    sys::STATUS_SUCCESS
}

/// What a generic work item keeps from going away.
enum Target {
    Filter(Arc<Filter>),
    Instance(Arc<Instance>),
}

impl Target {
    fn filter(&self) -> &Arc<Filter> {
        match self {
            Self::Filter(filter) => filter,
            Self::Instance(instance) => instance.filter(),
        }
    }

    fn enter(&self) -> bool {
        match self {
            Self::Filter(filter) => !filter.is_unregistered() && filter.rundown.enter(),
            Self::Instance(instance) => !instance.is_tearing_down() && instance.rundown.enter(),
        }
    }

    fn exit(&self) {
        match self {
            Self::Filter(filter) => filter.rundown.exit(),
            Self::Instance(instance) => instance.rundown.exit(),
        }
    }
}

/// Whether an operation may be handed to a worker thread (rules E-03 to E-06, D-16, D-22).
pub(crate) fn check_postable(operation: Option<&Operation>) -> Result<(), NTSTATUS> {
    // A draining call has no operation behind it.
    let operation = operation.ok_or(sys::STATUS_FLT_DELETING_OBJECT)?;
    if !operation.is_irp() {
        return Err(sys::STATUS_INVALID_PARAMETER);
    }
    if operation.is_paging() || thread::current().top_level_irp() != 0 {
        return Err(sys::STATUS_FLT_NOT_SAFE_TO_POST_OPERATION);
    }
    if operation.instance().is_none_or(|instance| instance.is_tearing_down()) {
        return Err(sys::STATUS_FLT_DELETING_OBJECT);
    }
    Ok(())
}

/// The body of `FltQueueDeferredIoWorkItem`.
///
/// # Safety
///
/// `item` must have come from [`allocate`], `data` must be callback data that is the driver's.
pub(crate) unsafe fn queue_deferred(
    item: *mut c_void,
    data: PFLT_CALLBACK_DATA,
    routine: sys::PFLT_DEFERRED_IO_WORKITEM_ROUTINE,
    context: *mut c_void,
) -> NTSTATUS {
    // SAFETY: passed on.
    let checked = unsafe { item_of(item, Kind::Deferred) };
    // SAFETY: passed on.
    let block = unsafe { super::callback_data::CallbackBlock::of(data) };
    let Some(routine) = routine else { return sys::STATUS_INVALID_PARAMETER };
    if let Err(status) = check_postable(block.operation()) {
        return status;
    }
    let Some(instance) = block.operation().and_then(Operation::instance).cloned() else {
        return sys::STATUS_FLT_DELETING_OBJECT;
    };
    // The operation holds the instance until it is completed; this holds it until the routine returns.
    instance.operations.enter_again();
    checked.queued.store(true, Ordering::Release);
    let machine = Arc::clone(instance.filter().machine());
    let (item, data, context) = (Handed(item), Handed(data), Handed(context));
    let workers = Arc::clone(&machine);
    workers.workers().queue(&workers, move || {
        let (item, data, context) = (item, data, context);
        // SAFETY: the item is the driver's until its routine frees it.
        unsafe { &*item.0.cast::<WorkItem>() }.queued.store(false, Ordering::Release);
        let image = Arc::clone(instance.filter().image());
        let _ = invoke::system(&machine, &image, "deferred I/O work item", || {
            // SAFETY: the driver gave the routine for exactly this call.
            unsafe { routine(item.0.cast(), data.0, context.0) };
        });
        instance.operations.exit();
    });
    sys::STATUS_SUCCESS
}
