//! Simulated kernel threads. Each thread of the host is one, from the moment it first has to do with a driver.

use std::cell::Cell;
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicPtr, AtomicU32, AtomicUsize, Ordering};

use super::call::CallSite;
use super::fault::Fault;
use super::object::{KernelObject, ObjectKind};
use super::priority::Priorities;
use super::process::{self, Process};
use crate::exports::Export;
use crate::image::Image;
use crate::machine::Machine;

/// What `Header.Type` of a thread object is, as for every object that can be waited for.
const THREAD_OBJECT: u8 = 6;

/// The state of the calling thread that every call into and out of a driver touches. It has no destructor and a
/// constant initial value, so reaching it is one access.
pub(crate) struct Local {
    /// Whether the thread is on its kernel stack, that is, in driver code.
    pub on_kernel_stack: Cell<bool>,
    /// Whether driver code must not be returned to, because the machine has crashed.
    pub abandon: Cell<bool>,
    pub irql: Cell<u8>,
    /// The host's stack pointer at the innermost call into a driver; 0 outside of any.
    pub host_rsp: Cell<usize>,
    /// Where on the kernel stack the next call into a driver continues; 0 before there is a kernel stack.
    pub kernel_rsp: Cell<usize>,
    /// The lowest usable address of the kernel stack.
    pub kernel_limit: Cell<usize>,
    /// The address just above the kernel stack.
    pub kernel_base: Cell<usize>,
    /// Above the frames of the innermost call into a driver that is linked into the process; 0 outside of any.
    pub linked_base: Cell<usize>,
    pub image: Cell<*const Image>,
    pub site: Cell<*const CallSite<'static>>,
    pub routine: Cell<*const Export>,
    pub machine: Cell<*const Machine>,
    pub thread: Cell<*const KernelThread>,
    pub fault: Cell<Fault>,
}

thread_local! {
    pub(crate) static LOCAL: Local = const {
        Local {
            on_kernel_stack: Cell::new(false),
            abandon: Cell::new(false),
            irql: Cell::new(0),
            host_rsp: Cell::new(0),
            kernel_rsp: Cell::new(0),
            kernel_limit: Cell::new(0),
            kernel_base: Cell::new(0),
            linked_base: Cell::new(0),
            image: Cell::new(ptr::null()),
            site: Cell::new(ptr::null()),
            routine: Cell::new(ptr::null()),
            machine: Cell::new(ptr::null()),
            thread: Cell::new(ptr::null()),
            fault: Cell::new(Fault::NONE),
        }
    };
    static ON_EXIT: Exit = const { Exit };
}

/// Marks the thread object as signalled when its thread ends.
struct Exit;

impl Drop for Exit {
    fn drop(&mut self) {
        LOCAL.with(|local| {
            super::stack::release(local);
            // SAFETY: thread objects are never freed.
            if let Some(thread) = unsafe { local.thread.get().as_ref() } {
                thread.end();
            }
        });
    }
}

/// The start of every object that can be waited for, `DISPATCHER_HEADER`, and the list head that follows it.
#[repr(C)]
#[derive(Debug)]
pub(crate) struct DispatcherHeader {
    kind: u8,
    reserved: [u8; 3],
    signal_state: AtomicI32,
    wait_list: [usize; 2],
}

impl DispatcherHeader {
    pub(crate) const fn new(kind: u8) -> Self {
        Self { kind, reserved: [0; 3], signal_state: AtomicI32::new(0), wait_list: [0; 2] }
    }

    /// Signals the object for good.
    pub(crate) fn signal(&self) {
        super::wait::change(ptr::from_ref(self).cast(), || self.signal_state.store(1, Ordering::SeqCst));
    }
}

/// A thread as drivers see it: its address is the `PETHREAD`.
///
/// Thread objects live as long as the program, so a driver that keeps a `PETHREAD` too long finds an ended thread,
/// never freed memory.
#[repr(C)]
#[derive(Debug)]
pub struct KernelThread {
    header: DispatcherHeader,
    id: AtomicU32,
    host_id: u32,
    process: AtomicPtr<Process>,
    system: AtomicBool,
    exit_status: AtomicI32,
    terminating: AtomicBool,
    top_level_irp: AtomicUsize,
    normal_apc_disable: AtomicI32,
    special_apc_disable: AtomicI32,
    pub(crate) priorities: Priorities,
    /// What the thread is doing, as event tracing tells activities apart: the address of a GUID, or 0.
    activity: AtomicUsize,
}

impl KernelThread {
    fn new() -> Self {
        let host_id = host_thread_id();
        Self {
            header: DispatcherHeader::new(THREAD_OBJECT),
            id: AtomicU32::new(host_id),
            host_id,
            process: AtomicPtr::new(ptr::null_mut()),
            system: AtomicBool::new(false),
            exit_status: AtomicI32::new(0),
            terminating: AtomicBool::new(false),
            top_level_irp: AtomicUsize::new(0),
            normal_apc_disable: AtomicI32::new(0),
            special_apc_disable: AtomicI32::new(0),
            priorities: Priorities::normal(),
            activity: AtomicUsize::new(0),
        }
    }

    /// The address of the GUID of what the thread is doing, 0 if none was set.
    pub(crate) fn activity(&self) -> usize {
        self.activity.load(Ordering::Relaxed)
    }

    /// Sets what [`Self::activity`] returns, and returns what it did before.
    pub(crate) fn set_activity(&self, activity: usize) -> usize {
        self.activity.swap(activity, Ordering::Relaxed)
    }

    /// The thread whose `PETHREAD` this is.
    ///
    /// # Safety
    ///
    /// `address` must be a `PETHREAD` of the simulated kernel.
    pub(crate) unsafe fn at<'a>(address: fltmgr_sys::PETHREAD) -> &'a Self {
        // SAFETY: the caller vouches for the address; thread objects are never freed.
        unsafe { &*address.cast::<Self>() }
    }

    /// The `PETHREAD`.
    pub fn address(&self) -> usize {
        ptr::from_ref(self) as usize
    }

    /// The IRQL. It is the calling thread's, whichever thread is asked.
    pub fn irql(&self) -> u8 {
        super::irql::current()
    }

    /// The thread's id: that of the requesting thread where the work is done for one, else the host's.
    pub fn thread_id(&self) -> u32 {
        self.id.load(Ordering::Relaxed)
    }

    /// The thread's id on the host.
    pub fn host_thread_id(&self) -> u32 {
        self.host_id
    }

    /// The process that the thread works for: the system process unless [`with_process`] said otherwise.
    pub fn process(&self) -> Arc<Process> {
        let process = self.process.load(Ordering::Acquire);
        if process.is_null() {
            return process::system();
        }
        // SAFETY: `with_process` keeps the process alive as long as the pointer is set, and it came from an Arc.
        unsafe {
            Arc::increment_strong_count(process);
            Arc::from_raw(process)
        }
    }

    /// The `PEPROCESS` of [`Self::process`], without counting a reference.
    pub fn process_address(&self) -> usize {
        let process = self.process.load(Ordering::Acquire);
        if process.is_null() { process::system().address() } else { process as usize }
    }

    /// What `IoGetTopLevelIrp` returns.
    pub fn top_level_irp(&self) -> usize {
        self.top_level_irp.load(Ordering::Relaxed)
    }

    /// Sets what [`Self::top_level_irp`] returns, and returns what it did before.
    pub fn set_top_level_irp(&self, irp: usize) -> usize {
        self.top_level_irp.swap(irp, Ordering::Relaxed)
    }

    /// How many critical regions the thread is in (normal kernel APCs disabled).
    pub fn normal_apc_disable_count(&self) -> i32 {
        self.normal_apc_disable.load(Ordering::Relaxed)
    }

    /// How many guarded regions the thread is in (all APCs disabled).
    pub fn special_apc_disable_count(&self) -> i32 {
        self.special_apc_disable.load(Ordering::Relaxed)
    }

    /// Enters (`+1`) or leaves (`-1`) a critical region; returns the new count.
    pub fn change_normal_apc_disable(&self, by: i32) -> i32 {
        self.normal_apc_disable.fetch_add(by, Ordering::Relaxed) + by
    }

    /// Enters (`+1`) or leaves (`-1`) a guarded region; returns the new count.
    pub fn change_special_apc_disable(&self, by: i32) -> i32 {
        self.special_apc_disable.fetch_add(by, Ordering::Relaxed) + by
    }

    /// Whether it is a thread that a driver started.
    pub fn is_system(&self) -> bool {
        self.system.load(Ordering::Relaxed)
    }

    /// Marks it as a thread that a driver started.
    pub fn set_system(&self) {
        self.system.store(true, Ordering::Relaxed);
    }

    /// Whether the thread is to end: waits that can be interrupted return early.
    pub fn is_terminating(&self) -> bool {
        self.terminating.load(Ordering::Acquire)
    }

    /// Asks the thread to end, because the process it works for did or its request was interrupted, or takes that back.
    pub fn set_terminating(&self, terminating: bool) {
        self.terminating.store(terminating, Ordering::Release);
        if terminating {
            super::wait::wake_all();
        }
    }

    /// What the thread ended with.
    pub fn exit_status(&self) -> i32 {
        self.exit_status.load(Ordering::Relaxed)
    }

    /// Sets what [`Self::exit_status`] returns.
    pub fn set_exit_status(&self, status: i32) {
        self.exit_status.store(status, Ordering::Relaxed);
    }

    /// Signals those who wait for the thread that it has ended.
    pub(crate) fn end(&self) {
        self.header.signal();
    }
}

/// A thread in the table of objects.
#[derive(Debug)]
pub struct ThreadObject(pub &'static KernelThread);

impl KernelObject for ThreadObject {
    fn kind(&self) -> ObjectKind {
        ObjectKind::Thread
    }

    fn reference(&self) {}

    fn dereference(&self) {}

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }
}

/// The calling thread's object.
pub fn current() -> &'static KernelThread {
    let thread = LOCAL.with(|local| local.thread.get());
    if thread.is_null() {
        return create();
    }
    // SAFETY: thread objects are never freed.
    unsafe { &*thread }
}

#[cold]
fn create() -> &'static KernelThread {
    let thread: &'static KernelThread = Box::leak(Box::new(KernelThread::new()));
    super::object::register(thread.address(), Arc::new(ThreadObject(thread)));
    LOCAL.with(|local| local.thread.set(thread));
    ON_EXIT.with(|_| ());
    thread
}

/// The machine that the calling thread works in.
///
/// # Panics
///
/// If it works in none: every entry into a machine goes through [`with_process`].
pub fn machine() -> Arc<Machine> {
    try_machine().expect("the thread works in no machine; enter it by kernel::thread::with_process")
}

/// The machine that the calling thread works in, if it does.
pub fn try_machine() -> Option<Arc<Machine>> {
    let machine = LOCAL.with(|local| local.machine.get());
    if machine.is_null() {
        return None;
    }
    // SAFETY: `with_process` keeps the machine alive as long as the pointer is set, and it came from an Arc.
    unsafe {
        Arc::increment_strong_count(machine);
        Some(Arc::from_raw(machine))
    }
}

/// Whether the machine that the calling thread works in has crashed.
pub fn machine_is_crashed() -> bool {
    let machine = LOCAL.with(|local| local.machine.get());
    // SAFETY: `with_process` keeps the machine alive as long as the pointer is set.
    unsafe { machine.as_ref() }.is_some_and(Machine::is_crashed)
}

/// Runs `f` in `machine` as a thread of `process`.
pub fn with_process<R>(machine: &Arc<Machine>, process: &Arc<Process>, f: impl FnOnce() -> R) -> R {
    let host_id = current().host_id;
    with_requestor(machine, process, host_id, f)
}

/// As [`with_process`], as the thread of that process whose id is `thread_id`.
pub fn with_requestor<R>(machine: &Arc<Machine>, process: &Arc<Process>, thread_id: u32, f: impl FnOnce() -> R) -> R {
    struct Restore {
        thread: &'static KernelThread,
        machine: *const Machine,
        process: *mut Process,
        id: u32,
        abandon: bool,
    }
    impl Drop for Restore {
        fn drop(&mut self) {
            self.thread.process.store(self.process, Ordering::Release);
            self.thread.id.store(self.id, Ordering::Relaxed);
            LOCAL.with(|local| {
                local.machine.set(self.machine);
                local.abandon.set(self.abandon);
            });
        }
    }

    let thread = current();
    let (outer_machine, outer_abandon) =
        LOCAL.with(|local| (local.machine.replace(Arc::as_ptr(machine)), local.abandon.get()));
    let _restore = Restore {
        thread,
        machine: outer_machine,
        // Only the thread itself sets these, so there is nothing to exchange atomically.
        process: thread.process.load(Ordering::Relaxed),
        id: thread.id.load(Ordering::Relaxed),
        abandon: outer_abandon,
    };
    thread.process.store(Arc::as_ptr(process).cast_mut(), Ordering::Release);
    thread.id.store(thread_id, Ordering::Relaxed);
    f()
}

/// The image whose code the calling thread is in or was called from, as an identity to compare and file under; 0 when
/// no driver is involved.
pub fn current_driver() -> usize {
    LOCAL.with(|local| local.image.get() as usize)
}

/// The image whose code the calling thread is in or was called from.
pub fn current_image() -> Option<Arc<Image>> {
    let image = LOCAL.with(|local| local.image.get());
    if image.is_null() {
        return None;
    }
    // SAFETY: `call_driver` borrows the image's Arc as long as the pointer is set.
    unsafe {
        Arc::increment_strong_count(image);
        Some(Arc::from_raw(image))
    }
}

/// Where the calling thread's kernel stack begins and ends, if a driver runs on it.
pub fn kernel_stack() -> Option<(usize, usize)> {
    LOCAL.with(|local| (local.host_rsp.get() != 0).then(|| (local.kernel_limit.get(), local.kernel_base.get())))
}

/// The export that the calling thread is serving, if it is.
pub fn current_routine() -> Option<&'static Export> {
    // SAFETY: exports are statics.
    unsafe { LOCAL.with(|local| local.routine.get()).as_ref() }
}

#[cfg(not(miri))]
fn host_thread_id() -> u32 {
    // SAFETY: gettid has no preconditions.
    unsafe { libc::gettid() }.cast_unsigned()
}

#[cfg(miri)]
fn host_thread_id() -> u32 {
    static NEXT: AtomicU32 = AtomicU32::new(1000);
    NEXT.fetch_add(1, Ordering::Relaxed)
}
