//! Lookaside lists and the interlocked lists under them. Allocating from a lookaside list is inlined into drivers: they
//! pop an entry here, and call the list's allocation routine themselves when there is none.

use fltmgr_sys::{
    GENERAL_LOOKASIDE, NTSTATUS, PALLOCATE_FUNCTION, PALLOCATE_FUNCTION_EX, PFREE_FUNCTION, PFREE_FUNCTION_EX,
    PLOOKASIDE_LIST_EX, PNPAGED_LOOKASIDE_LIST, POOL_TYPE, PPAGED_LOOKASIDE_LIST, PSLIST_ENTRY, PSLIST_HEADER, SIZE_T,
    STATUS_INVALID_PARAMETER, STATUS_SUCCESS, ULONG, USHORT,
};

use super::export;
use super::pool::{ExAllocatePoolWithTag, ExFreePool};
use crate::kernel::{call, wait};

/// Entries that a list keeps at most.
const DEPTH: u16 = 256;
/// `PagedPool` and `NonPagedPoolNx`.
const PAGED: i32 = 1;
const NON_PAGED: i32 = 512;

/// The parts of a list header: the entry, how many there are, and a number that changes with every change.
///
/// # Safety
///
/// `head` must be a valid header, and its lock held.
unsafe fn read(head: PSLIST_HEADER) -> (PSLIST_ENTRY, u16, u64) {
    // SAFETY: the caller vouches for the header; all parts of the union are integers.
    let [low, high] = unsafe { head.cast::<[u64; 2]>().read() };
    ((high & !15) as PSLIST_ENTRY, (low & 0xFFFF) as u16, low >> 16)
}

/// # Safety
///
/// As [`read`].
unsafe fn write(head: PSLIST_HEADER, entry: PSLIST_ENTRY, depth: u16, sequence: u64) {
    let low = u64::from(depth) | sequence.wrapping_add(1) << 16;
    // SAFETY: the caller vouches for the header.
    unsafe { head.cast::<[u64; 2]>().write([low, entry as u64]) };
}

/// # Safety
///
/// `head` must be a valid header.
unsafe fn pop(head: PSLIST_HEADER) -> PSLIST_ENTRY {
    wait::look(head.cast_const().cast(), || {
        // SAFETY: the caller vouches for the header, whose lock is held, and so for its entries.
        unsafe {
            let (first, depth, sequence) = read(head);
            if !first.is_null() {
                write(head, (*first).Next, depth.wrapping_sub(1), sequence);
            }
            first
        }
    })
}

/// # Safety
///
/// `lookaside` must be memory for a list.
unsafe fn initialize(
    lookaside: *mut GENERAL_LOOKASIDE,
    allocate: PALLOCATE_FUNCTION,
    free: PFREE_FUNCTION,
    size: SIZE_T,
    tag: ULONG,
    pool_type: i32,
) {
    // SAFETY: the caller vouches for the memory; zero is a value of all fields.
    unsafe {
        lookaside.write_bytes(0, 1);
        let list = &mut *lookaside;
        list.Depth = DEPTH;
        list.MaximumDepth = DEPTH;
        list.Type = pool_type;
        list.Tag = tag;
        list.Size = u32::try_from(size).unwrap_or(u32::MAX).max(16);
        list.Allocate = allocate.or(Some(ExAllocatePoolWithTag));
        list.Free = free.or(Some(ExFreePool));
    }
}

/// # Safety
///
/// `lookaside` must be a list that was initialized here.
unsafe fn delete(lookaside: *mut GENERAL_LOOKASIDE) {
    // SAFETY: the caller vouches for the list.
    let (head, free) = unsafe { (&raw mut (*lookaside).ListHead, (*lookaside).Free) };
    let Some(free) = free else { return };
    loop {
        // SAFETY: the header is the list's.
        let entry = unsafe { pop(head) };
        if entry.is_null() {
            return;
        }
        // SAFETY: the entry came from the list's allocation routine, and this is the routine that frees it.
        call::call_back(|| unsafe { free(entry.cast()) });
    }
}

/// # Safety
///
/// `lookaside` must be a list that was initialized here.
unsafe fn flush(lookaside: PLOOKASIDE_LIST_EX) {
    // SAFETY: the caller vouches for the list.
    let (head, free) =
        unsafe { (&raw mut (*lookaside).L.__bindgen_anon_1.ListHead, (*lookaside).L.__bindgen_anon_5.FreeEx) };
    let Some(free) = free else { return };
    loop {
        // SAFETY: the header is the list's.
        let entry = unsafe { pop(head) };
        if entry.is_null() {
            return;
        }
        // SAFETY: the entry came from the list's allocation routine, and this is the routine that frees it.
        call::call_back(|| unsafe { free(entry.cast(), lookaside) });
    }
}

export! {
    dll "ntoskrnl.exe";

    /// Initializes a lookaside list of nonpaged pool.
    pub unsafe fn ExInitializeNPagedLookasideList(
        Lookaside: PNPAGED_LOOKASIDE_LIST,
        Allocate: PALLOCATE_FUNCTION,
        Free: PFREE_FUNCTION,
        Flags: ULONG,
        Size: SIZE_T,
        Tag: ULONG,
        Depth: USHORT,
    ) {
        let _ = (Flags, Depth);
        // SAFETY: the driver passes memory for a list.
        unsafe { initialize(&raw mut (*Lookaside).L, Allocate, Free, Size, Tag, NON_PAGED) };
    }

    /// Frees what a lookaside list has kept.
    pub unsafe fn ExDeleteNPagedLookasideList(Lookaside: PNPAGED_LOOKASIDE_LIST) {
        // SAFETY: the driver passes an initialized list.
        unsafe { delete(&raw mut (*Lookaside).L) };
    }

    /// Initializes a lookaside list of paged pool.
    pub unsafe fn ExInitializePagedLookasideList(
        Lookaside: PPAGED_LOOKASIDE_LIST,
        Allocate: PALLOCATE_FUNCTION,
        Free: PFREE_FUNCTION,
        Flags: ULONG,
        Size: SIZE_T,
        Tag: ULONG,
        Depth: USHORT,
    ) {
        let _ = (Flags, Depth);
        // SAFETY: the driver passes memory for a list.
        unsafe { initialize(&raw mut (*Lookaside).L, Allocate, Free, Size, Tag, PAGED) };
    }

    /// Frees what a lookaside list has kept.
    pub unsafe fn ExDeletePagedLookasideList(Lookaside: PPAGED_LOOKASIDE_LIST) {
        // SAFETY: the driver passes an initialized list.
        unsafe { delete(&raw mut (*Lookaside).L) };
    }

    /// Initializes a lookaside list of either pool. `Flags` say how an allocation fails, which only drivers that allocate
    /// themselves see here.
    pub unsafe fn ExInitializeLookasideListEx(
        Lookaside: PLOOKASIDE_LIST_EX,
        Allocate: PALLOCATE_FUNCTION_EX,
        Free: PFREE_FUNCTION_EX,
        PoolType: POOL_TYPE,
        Flags: ULONG,
        Size: SIZE_T,
        Tag: ULONG,
        Depth: USHORT,
    ) -> NTSTATUS {
        if Depth != 0 || Flags & !3 != 0 || Flags == 3 {
            return STATUS_INVALID_PARAMETER;
        }
        // SAFETY: the driver passes memory for a list; zero is a value of all fields. The pool's routines take the arguments
        // that the list's have first.
        unsafe {
            Lookaside.write_bytes(0, 1);
            let list = &mut (*Lookaside).L;
            list.Depth = DEPTH;
            list.MaximumDepth = DEPTH;
            list.Type = PoolType;
            list.Tag = Tag;
            list.Size = u32::try_from(Size).unwrap_or(u32::MAX).max(16);
            match Allocate {
                Some(_) => list.__bindgen_anon_4.AllocateEx = Allocate,
                None => list.__bindgen_anon_4.Allocate = Some(ExAllocatePoolWithTag),
            }
            match Free {
                Some(_) => list.__bindgen_anon_5.FreeEx = Free,
                None => list.__bindgen_anon_5.Free = Some(ExFreePool),
            }
        }
        STATUS_SUCCESS
    }

    /// Frees what a lookaside list has kept.
    pub unsafe fn ExDeleteLookasideListEx(Lookaside: PLOOKASIDE_LIST_EX) {
        // SAFETY: the driver passes an initialized list.
        unsafe { flush(Lookaside) };
    }

    /// Frees what a lookaside list keeps, which stays a list.
    pub unsafe fn ExFlushLookasideListEx(Lookaside: PLOOKASIDE_LIST_EX) {
        // SAFETY: the driver passes an initialized list.
        unsafe { flush(Lookaside) };
    }

    /// Takes the first entry of an interlocked list, or null.
    pub unsafe fn ExpInterlockedPopEntrySList(ListHead: PSLIST_HEADER) -> PSLIST_ENTRY {
        // SAFETY: the driver passes a list.
        unsafe { pop(ListHead) }
    }

    /// Puts an entry at the head of an interlocked list, and returns the one that was there.
    pub unsafe fn ExpInterlockedPushEntrySList(ListHead: PSLIST_HEADER, ListEntry: PSLIST_ENTRY) -> PSLIST_ENTRY {
        wait::look(ListHead.cast_const().cast(), || {
            // SAFETY: the driver passes a list, whose lock is held, and an entry that is in none.
            unsafe {
                let (first, depth, sequence) = read(ListHead);
                (*ListEntry).Next = first;
                write(ListHead, ListEntry, depth.wrapping_add(1), sequence);
                first
            }
        })
    }

    /// How many entries an interlocked list has.
    pub unsafe fn ExQueryDepthSList(ListHead: PSLIST_HEADER) -> USHORT {
        // SAFETY: the driver passes a list, whose lock is held.
        wait::look(ListHead.cast_const().cast(), || unsafe { read(ListHead) }.1)
    }
}
