//! Executive resources: locks that many may hold together or one alone, recursively.

use fltmgr_sys::{BOOLEAN, ERESOURCE, ERESOURCE_THREAD, NTSTATUS, PERESOURCE, PVOID, STATUS_SUCCESS, ULONG};

use super::export;
use crate::kernel::irql::{self, APC_LEVEL};
use crate::kernel::{fault, thread, wait};

/// `ResourceOwnedExclusive` in `Flag`.
const OWNED_EXCLUSIVE: u16 = 0x80;

/// Who holds a resource with others, and how often. `OwnerTable` points to it while it is not empty.
type Sharers = Vec<(u64, u32)>;

/// Who goes first when somebody waits to have the resource alone.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    /// They do, but who shares it already may do so again.
    Usual,
    /// Whoever wants to share it.
    StarveExclusive,
    /// They do.
    WaitForExclusive,
}

fn me() -> u64 {
    thread::current().address() as u64
}

/// The resource, under its lock.
fn locked<R>(resource: PERESOURCE, f: impl FnOnce(&mut ERESOURCE) -> R) -> R {
    // SAFETY: the driver passes an initialized resource, and all access to it is under this lock.
    wait::look(resource.cast_const().cast(), || f(unsafe { &mut *resource }))
}

fn changed<R>(resource: PERESOURCE, f: impl FnOnce(&mut ERESOURCE) -> R) -> R {
    // SAFETY: as in `locked`.
    wait::change(resource.cast_const().cast(), || f(unsafe { &mut *resource }))
}

fn sharers(resource: &mut ERESOURCE) -> &mut Sharers {
    if resource.OwnerTable.is_null() {
        resource.OwnerTable = Box::into_raw(Box::<Sharers>::default()).cast();
    }
    // SAFETY: the table was made above, and access to the resource is under its lock.
    unsafe { &mut *resource.OwnerTable.cast::<Sharers>() }
}

fn drop_sharers(resource: &mut ERESOURCE) {
    if !resource.OwnerTable.is_null() {
        // SAFETY: the table was made by `sharers`.
        drop(unsafe { Box::from_raw(resource.OwnerTable.cast::<Sharers>()) });
        resource.OwnerTable = std::ptr::null_mut();
    }
}

fn is_mine_alone(resource: &ERESOURCE) -> bool {
    resource.Flag & OWNED_EXCLUSIVE != 0 && resource.OwnerEntry.OwnerThread == me()
}

fn try_exclusive(resource: &mut ERESOURCE) -> bool {
    if is_mine_alone(resource) {
        resource.OwnerEntry.TableSize += 1;
        return true;
    }
    if resource.ActiveCount != 0 {
        return false;
    }
    resource.ActiveCount = 1;
    resource.Flag |= OWNED_EXCLUSIVE;
    resource.OwnerEntry.OwnerThread = me();
    resource.OwnerEntry.TableSize = 1;
    true
}

fn try_shared(resource: &mut ERESOURCE, order: Order) -> bool {
    if is_mine_alone(resource) {
        resource.OwnerEntry.TableSize += 1;
        return true;
    }
    if resource.Flag & OWNED_EXCLUSIVE != 0 {
        return false;
    }
    let me = me();
    let waiting = resource.NumberOfExclusiveWaiters != 0;
    let sharers = sharers(resource);
    let mine = sharers.iter_mut().find(|(thread, _)| *thread == me);
    let must_wait = match order {
        Order::Usual => waiting && mine.is_none(),
        Order::StarveExclusive => false,
        Order::WaitForExclusive => waiting,
    };
    if must_wait {
        return false;
    }
    if let Some((_, count)) = mine {
        *count += 1;
    } else {
        sharers.push((me, 1));
        resource.ActiveCount += 1;
    }
    true
}

/// Acquires, waiting if told to.
fn acquire(
    resource: PERESOURCE,
    may_wait: bool,
    waiters: impl Fn(&mut ERESOURCE) -> &mut u32,
    attempt: impl Fn(&mut ERESOURCE) -> bool,
) -> BOOLEAN {
    irql::check(APC_LEVEL);
    if locked(resource, &attempt) {
        return 1;
    }
    if !may_wait {
        return 0;
    }
    locked(resource, |resource| {
        *waiters(resource) += 1;
        resource.ContentionCount = resource.ContentionCount.wrapping_add(1);
    });
    let acquired = wait::until(resource.cast_const().cast(), None, false, || {
        // SAFETY: the driver passes an initialized resource, and the attempt runs under its lock.
        attempt(unsafe { &mut *resource }).then_some(())
    });
    changed(resource, |resource| *waiters(resource) -= 1);
    acquired.is_ok().into()
}

fn acquire_exclusive(resource: PERESOURCE, may_wait: bool) -> BOOLEAN {
    acquire(resource, may_wait, |resource| &mut resource.NumberOfExclusiveWaiters, try_exclusive)
}

fn acquire_shared(resource: PERESOURCE, may_wait: bool, order: Order) -> BOOLEAN {
    acquire(
        resource,
        may_wait,
        |resource| &mut resource.NumberOfSharedWaiters,
        move |resource| try_shared(resource, order),
    )
}

fn release(resource: PERESOURCE, thread: u64) {
    let released = changed(resource, |resource| {
        if resource.Flag & OWNED_EXCLUSIVE != 0 {
            if resource.OwnerEntry.OwnerThread != thread {
                return false;
            }
            resource.OwnerEntry.TableSize -= 1;
            if resource.OwnerEntry.TableSize == 0 {
                resource.OwnerEntry.OwnerThread = 0;
                resource.Flag &= !OWNED_EXCLUSIVE;
                resource.ActiveCount = 0;
            }
            return true;
        }
        let sharers = sharers(resource);
        let Some(index) = sharers.iter().position(|&(sharer, _)| sharer == thread) else { return false };
        sharers[index].1 -= 1;
        if sharers[index].1 == 0 {
            sharers.swap_remove(index);
            resource.ActiveCount -= 1;
        }
        true
    });
    if !released {
        fault::bug_check(
            0xE3,
            [resource as usize, usize::try_from(thread).unwrap_or(0), 0, 0],
            "RESOURCE_NOT_OWNED: a resource was released by a thread that doesn't hold it".into(),
        );
    }
}

fn initialize(resource: PERESOURCE) {
    // SAFETY: the driver passes memory for a resource; zero is a value of all fields.
    unsafe {
        resource.write_bytes(0, 1);
        // Drivers look at the list of all resources only in the debugger.
        let list = &raw mut (*resource).SystemResourcesList;
        (*list).Flink = list;
        (*list).Blink = list;
    }
}

export! {
    dll "ntoskrnl.exe";

    /// Initializes a resource.
    pub unsafe fn ExInitializeResourceLite(Resource: PERESOURCE) -> NTSTATUS {
        initialize(Resource);
        STATUS_SUCCESS
    }

    /// Initializes a resource that was in use before.
    pub unsafe fn ExReinitializeResourceLite(Resource: PERESOURCE) -> NTSTATUS {
        locked(Resource, drop_sharers);
        initialize(Resource);
        STATUS_SUCCESS
    }

    /// Ends a resource, which nobody may hold.
    pub unsafe fn ExDeleteResourceLite(Resource: PERESOURCE) -> NTSTATUS {
        let held = locked(Resource, |resource| {
            drop_sharers(resource);
            resource.ActiveCount != 0
        });
        if held {
            fault::bug_check(0xC4, [0x37, Resource as usize, 0, 0], "a resource was deleted while somebody holds it".into());
        }
        STATUS_SUCCESS
    }

    /// Acquires a resource alone.
    pub unsafe fn ExAcquireResourceExclusiveLite(Resource: PERESOURCE, Wait: BOOLEAN) -> BOOLEAN {
        acquire_exclusive(Resource, Wait != 0)
    }

    /// Acquires a resource with others.
    pub unsafe fn ExAcquireResourceSharedLite(Resource: PERESOURCE, Wait: BOOLEAN) -> BOOLEAN {
        acquire_shared(Resource, Wait != 0, Order::Usual)
    }

    /// Acquires a resource with others, before those who wait to have it alone.
    pub unsafe fn ExAcquireSharedStarveExclusive(Resource: PERESOURCE, Wait: BOOLEAN) -> BOOLEAN {
        acquire_shared(Resource, Wait != 0, Order::StarveExclusive)
    }

    /// Acquires a resource with others, after those who wait to have it alone.
    pub unsafe fn ExAcquireSharedWaitForExclusive(Resource: PERESOURCE, Wait: BOOLEAN) -> BOOLEAN {
        acquire_shared(Resource, Wait != 0, Order::WaitForExclusive)
    }

    /// Releases a resource.
    pub unsafe fn ExReleaseResourceLite(Resource: PERESOURCE) {
        release(Resource, me());
    }

    /// Releases a resource for the thread that acquired it.
    pub unsafe fn ExReleaseResourceForThreadLite(Resource: PERESOURCE, ResourceThreadId: ERESOURCE_THREAD) {
        release(Resource, ResourceThreadId);
    }

    /// Lets others share a resource that the thread has alone.
    pub unsafe fn ExConvertExclusiveToSharedLite(Resource: PERESOURCE) {
        changed(Resource, |resource| {
            if is_mine_alone(resource) {
                let count = std::mem::take(&mut resource.OwnerEntry.TableSize);
                let thread = std::mem::take(&mut resource.OwnerEntry.OwnerThread);
                resource.Flag &= !OWNED_EXCLUSIVE;
                sharers(resource).push((thread, count));
            }
        });
    }

    /// Whether the thread has the resource alone.
    pub unsafe fn ExIsResourceAcquiredExclusiveLite(Resource: PERESOURCE) -> BOOLEAN {
        locked(Resource, |resource| is_mine_alone(resource)).into()
    }

    /// How often the thread has acquired the resource, with others or alone.
    pub unsafe fn ExIsResourceAcquiredSharedLite(Resource: PERESOURCE) -> ULONG {
        locked(Resource, |resource| {
            if is_mine_alone(resource) {
                return resource.OwnerEntry.TableSize;
            }
            let me = me();
            sharers(resource).iter().find(|(thread, _)| *thread == me).map_or(0, |&(_, count)| count)
        })
    }

    /// How many wait to have the resource alone.
    pub unsafe fn ExGetExclusiveWaiterCount(Resource: PERESOURCE) -> ULONG {
        locked(Resource, |resource| resource.NumberOfExclusiveWaiters)
    }

    /// How many wait to share the resource.
    pub unsafe fn ExGetSharedWaiterCount(Resource: PERESOURCE) -> ULONG {
        locked(Resource, |resource| resource.NumberOfSharedWaiters)
    }

    /// Enters a critical region and acquires a resource alone.
    pub unsafe fn ExEnterCriticalRegionAndAcquireResourceExclusive(Resource: PERESOURCE) -> PVOID {
        thread::current().change_normal_apc_disable(1);
        acquire_exclusive(Resource, true);
        std::ptr::null_mut()
    }

    /// Enters a critical region and acquires a resource with others.
    pub unsafe fn ExEnterCriticalRegionAndAcquireResourceShared(Resource: PERESOURCE) -> PVOID {
        thread::current().change_normal_apc_disable(1);
        acquire_shared(Resource, true, Order::Usual);
        std::ptr::null_mut()
    }

    /// Releases a resource and leaves the critical region.
    pub unsafe fn ExReleaseResourceAndLeaveCriticalRegion(Resource: PERESOURCE) {
        release(Resource, me());
        thread::current().change_normal_apc_disable(-1);
    }
}

