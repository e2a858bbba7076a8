//! Events, mutexes, semaphores and waiting for them; spin locks; fast mutexes; IRQL and critical regions.

use std::sync::atomic::{AtomicI32, AtomicU32, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use fltmgr_sys::{
    BOOLEAN, DISPATCHER_HEADER, EVENT_TYPE, KIRQL, KPRIORITY, KPROCESSOR_MODE, KWAIT_REASON, LONG, NTSTATUS,
    PEX_SPIN_LOCK, PFAST_MUTEX, PKGUARDED_MUTEX, PKLOCK_QUEUE_HANDLE, PKMUTEX, PKSPIN_LOCK, PKWAIT_BLOCK,
    PLARGE_INTEGER, PLIST_ENTRY, PRKEVENT, PVOID, STATUS_SUCCESS, STATUS_TIMEOUT, STATUS_USER_APC, ULONG, WAIT_TYPE,
};

use super::export;
use crate::kernel::irql::{self, APC_LEVEL, DISPATCH_LEVEL};
use crate::kernel::thread;
use crate::kernel::wait::{self, Interrupted};
use crate::kernel::{fault, time};

/// `Header.Type` of the objects that change when a wait for them succeeds.
const SYNCHRONIZATION_EVENT: u8 = 1;
const MUTANT: u8 = 2;
const SEMAPHORE: u8 = 5;
/// The mode in which a wait may be interrupted.
const USER_MODE: KPROCESSOR_MODE = 1;
/// `WAIT_TYPE` of a wait for any one of several objects.
const WAIT_ANY: WAIT_TYPE = 1;

fn state(header: *mut DISPATCHER_HEADER) -> &'static AtomicI32 {
    // SAFETY: the caller passes an object that can be waited for, whose memory outlives the call; the state is only
    // accessed as an atomic.
    unsafe { AtomicI32::from_ptr(&raw mut (*header).SignalState) }
}

/// Takes what a wait for the object takes, if it is signalled. Runs under the object's lock.
fn try_take(header: *mut DISPATCHER_HEADER) -> Option<()> {
    // SAFETY: the caller passes an object that can be waited for.
    let kind = unsafe { (*header).Type };
    let state = state(header);
    let signals = state.load(Ordering::SeqCst);
    if kind & 0x7F == MUTANT {
        // SAFETY: the type says that the object is a mutex.
        let mutex = unsafe { &mut *header.cast::<fltmgr_sys::KMUTANT>() };
        let me = thread::current().address();
        if signals <= 0 && mutex.OwnerThread as usize != me {
            return None;
        }
        state.store(signals - 1, Ordering::SeqCst);
        mutex.OwnerThread = me as *mut _;
        return Some(());
    }
    if signals <= 0 {
        return None;
    }
    match kind & 0x7F {
        SYNCHRONIZATION_EVENT => state.store(0, Ordering::SeqCst),
        SEMAPHORE => state.store(signals - 1, Ordering::SeqCst),
        _ => {}
    }
    Some(())
}

/// Waits for one object.
///
/// # Safety
///
/// `object` must be a valid object that can be waited for.
pub unsafe fn wait_for(object: PVOID, interruptible: bool, deadline: Option<Instant>) -> NTSTATUS {
    let header = object.cast::<DISPATCHER_HEADER>();
    match wait::until(object.cast(), deadline, interruptible, || try_take(header)) {
        Ok(()) => STATUS_SUCCESS,
        Err(interrupted) => status_of(interrupted),
    }
}

fn status_of(interrupted: Interrupted) -> NTSTATUS {
    match interrupted {
        Interrupted::TimedOut => STATUS_TIMEOUT,
        Interrupted::Terminating => STATUS_USER_APC,
    }
}

/// Takes one of several objects, and answers which, or all of them.
pub(super) fn take_several(objects: &[PVOID], wait_type: WAIT_TYPE) -> Option<usize> {
    if wait_type == WAIT_ANY {
        let take = |object: &PVOID| wait::look(object.cast_const().cast(), || try_take(object.cast())).is_some();
        return objects.iter().position(take);
    }
    // None is taken before all can be.
    let ready = |object: &PVOID| is_ready(object.cast());
    if !objects.iter().all(ready) {
        return None;
    }
    for object in objects {
        wait::look(object.cast_const().cast(), || try_take(object.cast()));
    }
    Some(0)
}

/// When a wait with this timeout ends.
///
/// # Safety
///
/// `timeout` must be null or valid.
pub unsafe fn deadline_of(timeout: PLARGE_INTEGER) -> Option<Instant> {
    // SAFETY: the caller vouches for the pointer.
    let timeout = unsafe { timeout.as_ref() }?;
    // SAFETY: both parts of the union are integers.
    wait::deadline(Some(time::until(unsafe { timeout.QuadPart })))
}

/// Waiting is possible below `DISPATCH_LEVEL`; at it only with a timeout of zero.
///
/// # Safety
///
/// `timeout` must be null or valid.
unsafe fn check_wait(timeout: PLARGE_INTEGER) {
    // SAFETY: the caller vouches for the pointer; both parts of the union are integers.
    let polls = unsafe { timeout.as_ref().is_some_and(|timeout| timeout.QuadPart == 0) };
    irql::check(if polls { DISPATCH_LEVEL } else { APC_LEVEL });
}

/// Sets an event; what it was before.
///
/// # Safety
///
/// `event` must be a valid event.
pub unsafe fn set_event(event: PRKEVENT) -> LONG {
    // SAFETY: the caller vouches for the event.
    let header = unsafe { &raw mut (*event).Header };
    wait::change(header.cast_const().cast(), || state(header).swap(1, Ordering::SeqCst))
}

/// Initializes an event.
///
/// # Safety
///
/// `event` must be memory for an event.
pub unsafe fn initialize_event(event: PRKEVENT, kind: u8, signalled: bool) {
    // SAFETY: the caller vouches for the memory; zero is a value of all fields.
    unsafe {
        event.write_bytes(0, 1);
        (*event).Header.Type = kind;
        (*event).Header.Size = 6;
        (*event).Header.SignalState = signalled.into();
    }
}

export! {
    dll "ntoskrnl.exe";

    /// Initializes an event.
    pub unsafe fn KeInitializeEvent(Event: PRKEVENT, Type: EVENT_TYPE, State: BOOLEAN) {
        // SAFETY: the driver passes memory for an event.
        unsafe { initialize_event(Event, u8::from(Type != 0), State != 0) };
    }

    /// Sets an event, and returns what it was.
    pub unsafe fn KeSetEvent(Event: PRKEVENT, Increment: KPRIORITY, Wait: BOOLEAN) -> LONG {
        let _ = (Increment, Wait);
        irql::check(DISPATCH_LEVEL);
        // SAFETY: the driver passes an event.
        unsafe { set_event(Event) }
    }

    /// Resets an event, and returns what it was.
    pub unsafe fn KeResetEvent(Event: PRKEVENT) -> LONG {
        // SAFETY: the driver passes an event.
        state(unsafe { &raw mut (*Event).Header }).swap(0, Ordering::SeqCst)
    }

    /// Resets an event.
    pub unsafe fn KeClearEvent(Event: PRKEVENT) {
        // SAFETY: the driver passes an event.
        state(unsafe { &raw mut (*Event).Header }).store(0, Ordering::SeqCst);
    }

    /// Whether an event is set.
    pub unsafe fn KeReadStateEvent(Event: PRKEVENT) -> LONG {
        // SAFETY: the driver passes an event.
        state(unsafe { &raw mut (*Event).Header }).load(Ordering::SeqCst)
    }

    /// Waits for an object.
    pub unsafe fn KeWaitForSingleObject(
        Object: PVOID,
        WaitReason: KWAIT_REASON,
        WaitMode: KPROCESSOR_MODE,
        Alertable: BOOLEAN,
        Timeout: PLARGE_INTEGER,
    ) -> NTSTATUS {
        let _ = WaitReason;
        // SAFETY: the driver passes a timeout or null.
        let deadline = unsafe {
            check_wait(Timeout);
            deadline_of(Timeout)
        };
        // SAFETY: the driver passes an object that can be waited for.
        unsafe { wait_for(Object, WaitMode == USER_MODE || Alertable != 0, deadline) }
    }

    /// Waits for any or all of several objects.
    pub unsafe fn KeWaitForMultipleObjects(
        Count: ULONG,
        Object: *mut PVOID,
        WaitType: WAIT_TYPE,
        WaitReason: KWAIT_REASON,
        WaitMode: KPROCESSOR_MODE,
        Alertable: BOOLEAN,
        Timeout: PLARGE_INTEGER,
        WaitBlockArray: PKWAIT_BLOCK,
    ) -> NTSTATUS {
        let _ = (WaitReason, WaitBlockArray);
        // SAFETY: the driver passes a timeout or null.
        let deadline = unsafe {
            check_wait(Timeout);
            deadline_of(Timeout)
        };
        // SAFETY: the driver passes as many objects as it says.
        let objects = unsafe { std::slice::from_raw_parts(Object, Count as usize) };
        let attempt = || take_several(objects, WaitType);
        match wait::until_any(deadline, WaitMode == USER_MODE || Alertable != 0, attempt) {
            Ok(index) => i32::try_from(index).unwrap_or(STATUS_SUCCESS),
            Err(interrupted) => status_of(interrupted),
        }
    }

    /// Waits for a time.
    pub unsafe fn KeDelayExecutionThread(
        WaitMode: KPROCESSOR_MODE,
        Alertable: BOOLEAN,
        Interval: PLARGE_INTEGER,
    ) -> NTSTATUS {
        irql::check(APC_LEVEL);
        // SAFETY: the driver passes an interval.
        let deadline = unsafe { deadline_of(Interval) };
        // Nobody signals a local variable.
        let nothing = 0_u64;
        let interruptible = WaitMode == USER_MODE || Alertable != 0;
        match wait::until((&raw const nothing).cast(), deadline, interruptible, || None::<()>) {
            Err(Interrupted::Terminating) => STATUS_USER_APC,
            Ok(()) | Err(Interrupted::TimedOut) => STATUS_SUCCESS,
        }
    }

    /// Initializes a mutex.
    pub unsafe fn KeInitializeMutex(Mutex: PKMUTEX, Level: ULONG) {
        let _ = Level;
        // SAFETY: the driver passes memory for a mutex; zero is a value of all fields.
        unsafe {
            Mutex.write_bytes(0, 1);
            (*Mutex).Header.Type = MUTANT;
            (*Mutex).Header.SignalState = 1;
        }
    }

    /// Releases a mutex; what its state was, 0 if it had been acquired once.
    pub unsafe fn KeReleaseMutex(Mutex: PKMUTEX, Wait: BOOLEAN) -> LONG {
        let _ = Wait;
        let me = thread::current().address();
        // SAFETY: the driver passes a mutex.
        let header = unsafe { &raw mut (*Mutex).Header };
        // SAFETY: as above; the owner is changed under the mutex's lock by the thread that owns it.
        let owner = unsafe { (*Mutex).OwnerThread } as usize;
        if owner != me {
            // STATUS_MUTANT_NOT_OWNED, which Windows raises.
            fault::bug_check(0x1E, [0xC000_0046, Mutex as usize, 0, 0], "a mutex was released by a thread that doesn't own it".into());
        }
        wait::change(header.cast_const().cast(), || {
            let before = state(header).fetch_add(1, Ordering::SeqCst);
            if before == 0 {
                // SAFETY: as above.
                unsafe { (*Mutex).OwnerThread = std::ptr::null_mut() };
            }
            before
        })
    }

    /// Initializes a spin lock.
    pub unsafe fn KeInitializeSpinLock(SpinLock: PKSPIN_LOCK) {
        // SAFETY: the driver passes memory for a spin lock.
        unsafe { SpinLock.write(0) };
    }

    /// Raises to `DISPATCH_LEVEL` and acquires a spin lock.
    pub unsafe fn KeAcquireSpinLockRaiseToDpc(SpinLock: PKSPIN_LOCK) -> KIRQL {
        let before = irql::raise(DISPATCH_LEVEL);
        // SAFETY: the driver passes a spin lock.
        unsafe { spin_acquire(SpinLock) };
        before
    }

    /// Releases a spin lock and lowers the IRQL.
    pub unsafe fn KeReleaseSpinLock(SpinLock: PKSPIN_LOCK, NewIrql: KIRQL) {
        // SAFETY: the driver passes a spin lock.
        unsafe { spin_release(SpinLock) };
        irql::lower(NewIrql);
    }

    /// Raises to `DISPATCH_LEVEL` and acquires a queued spin lock.
    pub unsafe fn KeAcquireInStackQueuedSpinLock(SpinLock: PKSPIN_LOCK, LockHandle: PKLOCK_QUEUE_HANDLE) {
        let before = irql::raise(DISPATCH_LEVEL);
        // SAFETY: the driver passes a spin lock and a handle, which is this acquisition's alone.
        unsafe {
            spin_acquire(SpinLock);
            (*LockHandle).LockQueue.Lock = SpinLock;
            (*LockHandle).OldIrql = before;
        }
    }

    /// Releases a queued spin lock and lowers the IRQL.
    pub unsafe fn KeReleaseInStackQueuedSpinLock(LockHandle: PKLOCK_QUEUE_HANDLE) {
        // SAFETY: the driver passes the handle of its acquisition.
        unsafe {
            spin_release((*LockHandle).LockQueue.Lock);
            irql::lower((*LockHandle).OldIrql);
        }
    }

    /// Raises to `DISPATCH_LEVEL` and acquires a spin lock alone.
    pub unsafe fn ExAcquireSpinLockExclusive(SpinLock: PEX_SPIN_LOCK) -> KIRQL {
        let before = irql::raise(DISPATCH_LEVEL);
        let lock = shared_lock(SpinLock);
        spin_until(|| lock.compare_exchange_weak(0, EXCLUSIVE, Ordering::Acquire, Ordering::Relaxed).is_ok());
        before
    }

    /// Releases a spin lock that was acquired alone, and lowers the IRQL.
    pub unsafe fn ExReleaseSpinLockExclusive(SpinLock: PEX_SPIN_LOCK, OldIrql: KIRQL) {
        shared_lock(SpinLock).store(0, Ordering::Release);
        irql::lower(OldIrql);
    }

    /// Raises to `DISPATCH_LEVEL` and acquires a spin lock with others.
    pub unsafe fn ExAcquireSpinLockShared(SpinLock: PEX_SPIN_LOCK) -> KIRQL {
        let before = irql::raise(DISPATCH_LEVEL);
        let lock = shared_lock(SpinLock);
        spin_until(|| {
            let holders = lock.load(Ordering::Relaxed);
            holders & EXCLUSIVE == 0
                && lock.compare_exchange_weak(holders, holders + 1, Ordering::Acquire, Ordering::Relaxed).is_ok()
        });
        before
    }

    /// Releases a spin lock that was acquired with others, and lowers the IRQL.
    pub unsafe fn ExReleaseSpinLockShared(SpinLock: PEX_SPIN_LOCK, OldIrql: KIRQL) {
        shared_lock(SpinLock).fetch_sub(1, Ordering::Release);
        irql::lower(OldIrql);
    }

    /// Acquires a fast mutex, at `APC_LEVEL`.
    pub unsafe fn ExAcquireFastMutex(FastMutex: PFAST_MUTEX) {
        irql::check(APC_LEVEL);
        let before = irql::set(APC_LEVEL);
        // SAFETY: the driver passes a fast mutex.
        unsafe { mutex_acquire(FastMutex, before.into()) };
    }

    /// Releases a fast mutex and returns to the IRQL before.
    pub unsafe fn ExReleaseFastMutex(FastMutex: PFAST_MUTEX) {
        // SAFETY: the driver passes a fast mutex.
        let before = unsafe { mutex_release(FastMutex) };
        irql::set(u8::try_from(before).unwrap_or(0));
    }

    /// Acquires a fast mutex if nobody has it.
    pub unsafe fn ExTryToAcquireFastMutex(FastMutex: PFAST_MUTEX) -> BOOLEAN {
        irql::check(APC_LEVEL);
        let before = irql::current();
        // SAFETY: the driver passes a fast mutex.
        let acquired = unsafe { mutex_try_acquire(FastMutex, before.into()) };
        if acquired {
            irql::set(APC_LEVEL);
        }
        acquired.into()
    }

    /// Initializes a guarded mutex.
    pub unsafe fn KeInitializeGuardedMutex(Mutex: PKGUARDED_MUTEX) {
        // SAFETY: the driver passes memory for a mutex; zero is a value of all fields.
        unsafe {
            Mutex.write_bytes(0, 1);
            (*Mutex).Count = 1;
            initialize_event(&raw mut (*Mutex).Event, SYNCHRONIZATION_EVENT, false);
        }
    }

    /// Enters a guarded region and acquires a guarded mutex.
    pub unsafe fn KeAcquireGuardedMutex(Mutex: PKGUARDED_MUTEX) {
        irql::check(APC_LEVEL);
        thread::current().change_special_apc_disable(1);
        // SAFETY: the driver passes a guarded mutex.
        unsafe { mutex_acquire(Mutex, 0) };
    }

    /// Acquires a guarded mutex if nobody has it.
    pub unsafe fn KeTryToAcquireGuardedMutex(Mutex: PKGUARDED_MUTEX) -> BOOLEAN {
        // SAFETY: the driver passes a guarded mutex.
        let acquired = unsafe { mutex_try_acquire(Mutex, 0) };
        if acquired {
            thread::current().change_special_apc_disable(1);
        }
        acquired.into()
    }

    /// Releases a guarded mutex and leaves the guarded region.
    pub unsafe fn KeReleaseGuardedMutex(Mutex: PKGUARDED_MUTEX) {
        // SAFETY: the driver passes a guarded mutex.
        unsafe { mutex_release(Mutex) };
        thread::current().change_special_apc_disable(-1);
    }

    /// Acquires a fast mutex where all APCs are held back already.
    pub unsafe fn ExAcquireFastMutexUnsafe(FastMutex: PFAST_MUTEX) {
        irql::check(APC_LEVEL);
        // SAFETY: the driver passes a fast mutex.
        unsafe { mutex_acquire(FastMutex, 0) };
    }

    /// Releases a fast mutex that was acquired so.
    pub unsafe fn ExReleaseFastMutexUnsafe(FastMutex: PFAST_MUTEX) {
        // SAFETY: the driver passes a fast mutex.
        unsafe { mutex_release(FastMutex) };
    }

    /// Acquires a guarded mutex in a guarded region.
    pub unsafe fn KeAcquireGuardedMutexUnsafe(Mutex: PKGUARDED_MUTEX) {
        irql::check(APC_LEVEL);
        // SAFETY: the driver passes a guarded mutex.
        unsafe { mutex_acquire(Mutex, 0) };
    }

    /// Releases a guarded mutex that was acquired so.
    pub unsafe fn KeReleaseGuardedMutexUnsafe(Mutex: PKGUARDED_MUTEX) {
        // SAFETY: the driver passes a guarded mutex.
        unsafe { mutex_release(Mutex) };
    }

    /// Enters a guarded region: all APCs are held back.
    pub unsafe fn KeEnterGuardedRegion() {
        thread::current().change_special_apc_disable(1);
    }

    /// Leaves a guarded region.
    pub unsafe fn KeLeaveGuardedRegion() {
        if thread::current().change_special_apc_disable(-1) < 0 {
            thread::current().change_special_apc_disable(1);
            fault::bug_check(1, [0; 4], "a guarded region was left that had not been entered".into());
        }
    }

    /// Enters a critical region: normal kernel APCs are held back.
    pub unsafe fn KeEnterCriticalRegion() {
        thread::current().change_normal_apc_disable(1);
    }

    /// Leaves a critical region.
    pub unsafe fn KeLeaveCriticalRegion() {
        if thread::current().change_normal_apc_disable(-1) < 0 {
            thread::current().change_normal_apc_disable(1);
            fault::bug_check(1, [0; 4], "a critical region was left that had not been entered".into());
        }
    }

    /// Whether normal kernel APCs are held back.
    pub unsafe fn KeAreApcsDisabled() -> BOOLEAN {
        let thread = thread::current();
        (thread.normal_apc_disable_count() > 0 || thread.special_apc_disable_count() > 0).into()
    }

    /// Whether all APCs are held back.
    pub unsafe fn KeAreAllApcsDisabled() -> BOOLEAN {
        (thread::current().special_apc_disable_count() > 0 || irql::current() >= APC_LEVEL).into()
    }

    /// The IRQL.
    pub unsafe fn KeGetCurrentIrql() -> KIRQL {
        irql::current()
    }

    /// Raises the IRQL, and returns what it was.
    pub unsafe fn KfRaiseIrql(NewIrql: KIRQL) -> KIRQL {
        irql::raise(NewIrql)
    }

    /// Lowers the IRQL.
    pub unsafe fn KeLowerIrql(NewIrql: KIRQL) {
        irql::lower(NewIrql);
    }

    /// Appends to a list under a spin lock; what was its last entry before, or null.
    pub unsafe fn ExInterlockedInsertTailList(
        ListHead: PLIST_ENTRY,
        ListEntry: PLIST_ENTRY,
        Lock: PKSPIN_LOCK,
    ) -> PLIST_ENTRY {
        // SAFETY: the driver passes a list, an entry that is in none, and the lock that all use for the list.
        unsafe {
            spin_acquire(Lock);
            let last = (*ListHead).Blink;
            (*ListEntry).Flink = ListHead;
            (*ListEntry).Blink = last;
            (*last).Flink = ListEntry;
            (*ListHead).Blink = ListEntry;
            spin_release(Lock);
            if last == ListHead { std::ptr::null_mut() } else { last }
        }
    }

    /// Takes the first entry of a list under a spin lock, or null.
    pub unsafe fn ExInterlockedRemoveHeadList(ListHead: PLIST_ENTRY, Lock: PKSPIN_LOCK) -> PLIST_ENTRY {
        // SAFETY: the driver passes a list and the lock that all use for it.
        unsafe {
            spin_acquire(Lock);
            let first = (*ListHead).Flink;
            let result = if first == ListHead {
                std::ptr::null_mut()
            } else {
                (*ListHead).Flink = (*first).Flink;
                (*(*first).Flink).Blink = ListHead;
                first
            };
            spin_release(Lock);
            result
        }
    }

    /// Kernel mode: requests reach drivers here with their own requestor mode.
    pub unsafe fn ExGetPreviousMode() -> KPROCESSOR_MODE {
        0
    }
}

/// Whether a wait for the object would succeed now.
fn is_ready(header: *mut DISPATCHER_HEADER) -> bool {
    // SAFETY: the caller passes an object that can be waited for.
    let mutant = unsafe { (*header).Type } & 0x7F == MUTANT;
    let signalled = state(header).load(Ordering::SeqCst) > 0;
    // SAFETY: the type says that the object is a mutex.
    signalled
        || mutant
            && unsafe { (*header.cast::<fltmgr_sys::KMUTANT>()).OwnerThread } as usize == thread::current().address()
}

/// How long a spin lock is spun for before it is thought to be held forever.
const SPIN_PATIENCE: Duration = Duration::from_mins(1);

/// Tries until it succeeds. The holder may wait for this very processor, so the wait gives it up now and then.
fn spin_until(mut attempt: impl FnMut() -> bool) {
    for turn in 0_u32.. {
        if attempt() {
            return;
        }
        if turn < 64 {
            std::hint::spin_loop();
        } else {
            break;
        }
    }
    let start = Instant::now();
    while !attempt() {
        std::thread::yield_now();
        if start.elapsed() > SPIN_PATIENCE {
            fault::bug_check(0x133, [0; 4], "a spin lock was not released for a minute".into());
        }
    }
}

/// # Safety
///
/// `lock` must be a valid spin lock.
unsafe fn spin_acquire(lock: PKSPIN_LOCK) {
    // SAFETY: the caller vouches for the lock, which is only accessed as an atomic.
    let word = unsafe { AtomicUsize::from_ptr(lock.cast()) };
    let me = thread::current().address() | 1;
    if word.load(Ordering::Relaxed) == me {
        fault::bug_check(0xF, [lock as usize, 0, 0, 0], "a spin lock was acquired by the thread that holds it".into());
    }
    spin_until(|| {
        word.load(Ordering::Relaxed) == 0
            && word.compare_exchange_weak(0, me, Ordering::Acquire, Ordering::Relaxed).is_ok()
    });
}

/// # Safety
///
/// `lock` must be a valid spin lock.
unsafe fn spin_release(lock: PKSPIN_LOCK) {
    // SAFETY: as in `spin_acquire`.
    let word = unsafe { AtomicUsize::from_ptr(lock.cast()) };
    if word.swap(0, Ordering::Release) == 0 {
        fault::bug_check(0x10, [lock as usize, 0, 0, 0], "a spin lock was released that nobody holds".into());
    }
}

const EXCLUSIVE: u32 = 1 << 31;

fn shared_lock(lock: PEX_SPIN_LOCK) -> &'static AtomicU32 {
    // SAFETY: the driver passes a spin lock that outlives the call, which is only accessed as an atomic.
    unsafe { AtomicU32::from_ptr(lock.cast()) }
}

/// # Safety
///
/// `mutex` must be a valid fast mutex.
unsafe fn mutex_acquire(mutex: PFAST_MUTEX, old_irql: u32) {
    // SAFETY: the caller vouches for the mutex; its count is only accessed as an atomic.
    let (count, event) = unsafe { (AtomicI32::from_ptr(&raw mut (*mutex).Count), &raw mut (*mutex).Event) };
    let me = thread::current().address() as PVOID;
    // SAFETY: as above.
    if unsafe { (&raw const (*mutex).Owner).read_volatile() } == me {
        fault::bug_check(
            0x1000_007E,
            [mutex as usize, 0, 0, 0],
            "a mutex was acquired by the thread that holds it".into(),
        );
    }
    if count.fetch_sub(1, Ordering::Acquire) != 1 {
        // SAFETY: the event is the mutex's.
        unsafe { wait_for(event.cast(), false, None) };
    }
    // SAFETY: the mutex is this thread's now.
    unsafe {
        (*mutex).Owner = me;
        (*mutex).OldIrql = old_irql;
    }
}

/// # Safety
///
/// `mutex` must be a valid fast mutex.
unsafe fn mutex_try_acquire(mutex: PFAST_MUTEX, old_irql: u32) -> bool {
    // SAFETY: the caller vouches for the mutex; its count is only accessed as an atomic.
    let count = unsafe { AtomicI32::from_ptr(&raw mut (*mutex).Count) };
    if count.compare_exchange(1, 0, Ordering::Acquire, Ordering::Relaxed).is_err() {
        return false;
    }
    // SAFETY: the mutex is this thread's now.
    unsafe {
        (*mutex).Owner = thread::current().address() as PVOID;
        (*mutex).OldIrql = old_irql;
    }
    true
}

/// # Safety
///
/// `mutex` must be a valid fast mutex.
unsafe fn mutex_release(mutex: PFAST_MUTEX) -> u32 {
    // SAFETY: the caller vouches for the mutex; its count is only accessed as an atomic.
    let (count, event) = unsafe { (AtomicI32::from_ptr(&raw mut (*mutex).Count), &raw mut (*mutex).Event) };
    // SAFETY: as above.
    if unsafe { (*mutex).Owner } as usize != thread::current().address() {
        fault::bug_check(
            0x1000_007E,
            [mutex as usize, 0, 0, 0],
            "a mutex was released by a thread that doesn't hold it".into(),
        );
    }
    // SAFETY: the mutex is still this thread's.
    let old_irql = unsafe {
        (*mutex).Owner = std::ptr::null_mut();
        (*mutex).OldIrql
    };
    if count.fetch_add(1, Ordering::Release) < 0 {
        // SAFETY: the event is the mutex's.
        unsafe { set_event(event) };
    }
    old_irql
}
