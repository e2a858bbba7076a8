//! Pool memory.

use fltmgr_sys::{PVOID, SIZE_T, ULONG};

use super::export;
use crate::kernel::pool::{self, PoolKind};
use crate::kernel::{fault, irql};

const POOL_FLAG_UNINITIALIZED: u64 = 0x2;
const POOL_FLAG_PAGED: u64 = 0x100;
/// `POOL_FLAG_NON_PAGED`, `POOL_FLAG_NON_PAGED_EXECUTE` and `POOL_FLAG_PAGED`: one of them must be there.
const POOL_FLAG_KINDS: u64 = 0x40 | 0x80 | 0x100;
/// Set in every `POOL_TYPE` of paged pool.
const PAGED_POOL: i64 = 1;
/// What `ExAllocatePoolZero` adds to the pool type.
const POOL_ZERO_ALLOCATION: i64 = 0x400;

/// Allocates for the driver, at an IRQL that the kind of pool allows.
fn allocate(kind: PoolKind, size: SIZE_T, tag: ULONG, zeroed: bool) -> PVOID {
    irql::check(match kind {
        PoolKind::Paged => irql::APC_LEVEL,
        PoolKind::NonPaged => irql::DISPATCH_LEVEL,
    });
    let Ok(size) = usize::try_from(size) else { return std::ptr::null_mut() };
    pool::allocate(kind, size, tag, zeroed).cast()
}

/// The pool and what else a `POOL_TYPE` says.
fn by_type(pool_type: i64, size: SIZE_T, tag: ULONG) -> PVOID {
    let kind = if pool_type & PAGED_POOL == 0 { PoolKind::NonPaged } else { PoolKind::Paged };
    allocate(kind, size, tag, pool_type & POOL_ZERO_ALLOCATION != 0)
}

export! {
    dll "ntoskrnl.exe";

    /// Allocates pool memory, filled with zeros unless the flags say otherwise.
    pub unsafe fn ExAllocatePool2(Flags: fltmgr_sys::POOL_FLAGS, NumberOfBytes: SIZE_T, Tag: ULONG) -> PVOID {
        if Tag == 0 || Flags & POOL_FLAG_KINDS == 0 {
            return std::ptr::null_mut();
        }
        let kind = if Flags & POOL_FLAG_PAGED == 0 { PoolKind::NonPaged } else { PoolKind::Paged };
        allocate(kind, NumberOfBytes, Tag, Flags & POOL_FLAG_UNINITIALIZED == 0)
    }

    /// Allocates pool memory, filled with zeros if the type has `POOL_ZERO_ALLOCATION`.
    pub unsafe fn ExAllocatePoolWithTag(
        PoolType: fltmgr_sys::POOL_TYPE,
        NumberOfBytes: SIZE_T,
        Tag: ULONG,
    ) -> PVOID {
        by_type(PoolType.into(), NumberOfBytes, Tag)
    }

    /// As `ExAllocatePoolWithTag`; there are no quotas here.
    pub unsafe fn ExAllocatePoolWithQuotaTag(
        PoolType: fltmgr_sys::POOL_TYPE,
        NumberOfBytes: SIZE_T,
        Tag: ULONG,
    ) -> PVOID {
        by_type(PoolType.into(), NumberOfBytes, Tag)
    }

    /// Frees pool memory with its tag.
    pub unsafe fn ExFreePoolWithTag(P: PVOID, Tag: ULONG) {
        free(P, Tag);
    }

    /// Frees pool memory, whatever its tag.
    pub unsafe fn ExFreePool(P: PVOID) {
        free(P, 0);
    }
}

fn free(address: PVOID, tag: ULONG) {
    if irql::current() > irql::APC_LEVEL
        && pool::find(address as usize).is_some_and(|block| block.kind == PoolKind::Paged)
    {
        irql::check(irql::APC_LEVEL);
    }
    if address.is_null() {
        fault::bug_check(0xC2, [0x46, 0, tag as usize, 0], "a null pointer was to be freed as pool memory".into());
    }
    // SAFETY: the driver says that it is done with the block.
    unsafe { pool::free(address.cast(), tag) };
}
