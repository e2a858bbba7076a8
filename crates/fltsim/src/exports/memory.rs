//! Memory descriptor lists, and what else drivers ask of the memory manager.
//!
//! Drivers and fltsim share one address space, so a locked page is mapped where it is: the system address of a list is
//! the address of its buffer.

use std::arch::naked_asm;
use std::ffi::c_void;

use fltmgr_sys::{
    BOOLEAN, KPROCESSOR_MODE, LOCK_OPERATION, MDL, MEMORY_CACHING_TYPE, NTSTATUS, PIRP, PMDL, PUNICODE_STRING, PVOID,
    STATUS_ACCESS_VIOLATION, STATUS_NOT_MAPPED_VIEW, STATUS_SUCCESS, ULONG,
};

use super::string::units;
use super::{Export, export};
use crate::kernel::irql::{self, APC_LEVEL, DISPATCH_LEVEL};
use crate::kernel::pool::{self, PoolKind};
use crate::kernel::{fault, thread};

const PAGE: usize = 4096;
/// The tag of memory descriptor lists.
const TAG: u32 = u32::from_le_bytes(*b"Mdl ");

const MAPPED_TO_SYSTEM_VA: i16 = 0x1;
const PAGES_LOCKED: i16 = 0x2;
const SOURCE_IS_NONPAGED_POOL: i16 = 0x4;
const PARTIAL: i16 = 0x10;
const WRITE_OPERATION: i16 = 0x80;
/// `IoReadAccess`: the pages are to be read from only.
const READ_ACCESS: LOCK_OPERATION = 0;

/// How many pages a buffer touches.
const fn spanned_pages(offset: usize, length: usize) -> usize {
    (offset + length).div_ceil(PAGE)
}

fn start(mdl: &MDL) -> usize {
    mdl.StartVa as usize + mdl.ByteOffset as usize
}

/// Makes a list for a buffer, without pages. Free it with `IoFreeMdl`.
pub fn allocate_mdl(address: usize, length: u32) -> PMDL {
    make_mdl(address, length, pool::allocate)
}

/// As [`allocate_mdl`], for fltsim itself. Free it with [`free_mdls`].
pub(crate) fn allocate_mdl_for_system(address: usize, length: u32) -> PMDL {
    make_mdl(address, length, pool::allocate_for_system)
}

fn make_mdl(address: usize, length: u32, allocate: fn(PoolKind, usize, u32, bool) -> *mut u8) -> PMDL {
    let pages = spanned_pages(address % PAGE, length as usize);
    let size = size_of::<MDL>() + pages * 8;
    let mdl: PMDL = allocate(PoolKind::NonPaged, size, TAG, true).cast();
    if !mdl.is_null() {
        // SAFETY: the block is large enough for a list, and zero is a value of all fields.
        let mdl = unsafe { &mut *mdl };
        mdl.Size = i16::try_from(size).unwrap_or(i16::MAX);
        mdl.StartVa = (address & !(PAGE - 1)) as PVOID;
        mdl.ByteOffset = u32::try_from(address % PAGE).unwrap_or(0);
        mdl.ByteCount = length;
    }
    mdl
}

/// Unlocks and frees a chain of lists, as the end of the request that they belong to does. False if one of them is no
/// list of `IoAllocateMdl`, or is one no more; the rest of the chain is left then.
pub(crate) fn free_mdls(first: PMDL) -> bool {
    let mut mdl = first;
    while !mdl.is_null() {
        if pool::find(mdl as usize).is_none_or(|block| block.tag != TAG) {
            return false;
        }
        // SAFETY: the ledger of the pool says that the list is there, and nobody else has it.
        unsafe {
            let next = (*mdl).Next;
            pool::free(mdl.cast(), TAG);
            mdl = next;
        }
    }
    true
}

/// Whether every page of a buffer can be read, or written as well, asked of the host's kernel.
pub fn is_accessible(address: usize, length: usize, write: bool) -> bool {
    if length == 0 {
        return true;
    }
    let Some(end) = address.checked_add(length) else { return false };
    if cfg!(miri) {
        return true;
    }
    let mut page = address;
    while page < end {
        let mut byte = 0_u8;
        let local = libc::iovec { iov_base: (&raw mut byte).cast(), iov_len: 1 };
        let remote = libc::iovec { iov_base: page as *mut c_void, iov_len: 1 };
        // SAFETY: the local buffer is one byte as said; the other address may be anything. What is written is what was
        // read before.
        let moved = unsafe {
            let process = libc::getpid();
            let read = libc::process_vm_readv(process, &raw const local, 1, &raw const remote, 1, 0);
            if write && read == 1 {
                libc::process_vm_writev(process, &raw const local, 1, &raw const remote, 1, 0)
            } else {
                read
            }
        };
        if moved != 1 {
            return false;
        }
        page = (page & !(PAGE - 1)) + PAGE;
    }
    true
}

/// What `MmProbeAndLockPages` does, with a status instead of an exception.
///
/// # Safety
///
/// `mdl` must be a valid list.
pub unsafe extern "efiapi" fn probe_and_lock(mdl: PMDL, mode: KPROCESSOR_MODE, operation: LOCK_OPERATION) -> NTSTATUS {
    let _ = mode;
    // SAFETY: the caller vouches for the list.
    let mdl = unsafe { &mut *mdl };
    if !is_accessible(start(mdl), mdl.ByteCount as usize, operation != READ_ACCESS) {
        return STATUS_ACCESS_VIOLATION;
    }
    mdl.MdlFlags |= PAGES_LOCKED | if operation == READ_ACCESS { 0 } else { WRITE_OPERATION };
    mdl.Process = thread::current().process_address() as *mut _;
    STATUS_SUCCESS
}

unsafe extern "efiapi" fn serve_probe_and_lock(
    mdl: PMDL,
    mode: KPROCESSOR_MODE,
    operation: LOCK_OPERATION,
) -> NTSTATUS {
    static ROUTINE: Export = Export::new("ntoskrnl.exe", "MmProbeAndLockPages", probe_and_lock_or_raise as *const ());
    crate::kernel::call::serve(&ROUTINE, || {
        irql::check(DISPATCH_LEVEL);
        // SAFETY: the driver passes a list.
        unsafe { probe_and_lock(mdl, mode, operation) }
    })
}

/// `MmProbeAndLockPages` for loaded images: raises an exception in the driver's frame.
#[unsafe(naked)]
unsafe extern "efiapi" fn probe_and_lock_or_raise() {
    naked_asm!(
        "sub rsp, 40",
        "call {serve}",
        "add rsp, 40",
        "mov ecx, eax",
        "test eax, eax",
        "js {raise}",
        "ret",
        serve = sym serve_probe_and_lock,
        raise = sym crate::kernel::leaf::fltsim_leaf_raise,
    )
}

/// The routines that raise exceptions, for loaded images.
pub const RAISING: &[Export] =
    &[Export::new("ntoskrnl.exe", "MmProbeAndLockPages", probe_and_lock_or_raise as *const ())];

export! {
    dll "ntoskrnl.exe";

    /// Makes a memory descriptor list for a buffer.
    pub unsafe fn IoAllocateMdl(
        VirtualAddress: PVOID,
        Length: ULONG,
        SecondaryBuffer: BOOLEAN,
        ChargeQuota: BOOLEAN,
        Irp: PIRP,
    ) -> PMDL {
        let _ = ChargeQuota;
        irql::check(DISPATCH_LEVEL);
        let mdl = allocate_mdl(VirtualAddress as usize, Length);
        if !Irp.is_null() && !mdl.is_null() {
            // SAFETY: the driver passes a request or null; its lists are valid.
            unsafe {
                let mut last = &raw mut (*Irp).MdlAddress;
                while SecondaryBuffer != 0 && !(*last).is_null() {
                    last = &raw mut (**last).Next;
                }
                *last = mdl;
            }
        }
        mdl
    }

    /// Frees a memory descriptor list.
    pub unsafe fn IoFreeMdl(Mdl: PMDL) {
        // SAFETY: the driver passes a list.
        let flags = unsafe { (*Mdl).MdlFlags };
        if flags & PAGES_LOCKED != 0 && flags & (SOURCE_IS_NONPAGED_POOL | PARTIAL) == 0 {
            fault::bug_check(
                0x4E,
                [0x9A, Mdl as usize, 0, 0],
                "a memory descriptor list was freed whose pages are still locked".into(),
            );
        }
        // SAFETY: the driver says that it is done with the list.
        unsafe { pool::free(Mdl.cast(), TAG) };
    }

    /// Makes a list describe nonpaged pool, which needs no locking.
    pub unsafe fn MmBuildMdlForNonPagedPool(MemoryDescriptorList: PMDL) {
        // SAFETY: the driver passes a list.
        let mdl = unsafe { &mut *MemoryDescriptorList };
        mdl.MdlFlags |= SOURCE_IS_NONPAGED_POOL;
        mdl.MappedSystemVa = start(mdl) as PVOID;
        mdl.Process = std::ptr::null_mut();
    }

    /// Unlocks the pages of a list, and unmaps them.
    pub unsafe fn MmUnlockPages(MemoryDescriptorList: PMDL) {
        // SAFETY: the driver passes a list.
        let mdl = unsafe { &mut *MemoryDescriptorList };
        if mdl.MdlFlags & PAGES_LOCKED == 0 {
            fault::bug_check(
                0x4E,
                [0x99, MemoryDescriptorList as usize, 0, 0],
                "the pages of a memory descriptor list were unlocked that are not locked".into(),
            );
        }
        mdl.MdlFlags &= !(PAGES_LOCKED | MAPPED_TO_SYSTEM_VA | WRITE_OPERATION);
        mdl.MappedSystemVa = std::ptr::null_mut();
    }

    /// The system address of locked pages.
    pub unsafe fn MmMapLockedPagesSpecifyCache(
        MemoryDescriptorList: PMDL,
        AccessMode: KPROCESSOR_MODE,
        CacheType: MEMORY_CACHING_TYPE,
        RequestedAddress: PVOID,
        BugCheckOnFailure: ULONG,
        Priority: ULONG,
    ) -> PVOID {
        let _ = (AccessMode, CacheType, RequestedAddress, BugCheckOnFailure, Priority);
        irql::check(DISPATCH_LEVEL);
        // SAFETY: the driver passes a list.
        let mdl = unsafe { &mut *MemoryDescriptorList };
        if mdl.MdlFlags & (PAGES_LOCKED | SOURCE_IS_NONPAGED_POOL | PARTIAL) == 0 {
            fault::bug_check(
                0xC4,
                [0xB9, MemoryDescriptorList as usize, 0, 0],
                "a memory descriptor list was mapped whose pages are not locked".into(),
            );
        }
        mdl.MdlFlags |= MAPPED_TO_SYSTEM_VA;
        mdl.MappedSystemVa = start(mdl) as PVOID;
        mdl.MappedSystemVa
    }

    /// Ends what `MmMapLockedPagesSpecifyCache` began.
    pub unsafe fn MmUnmapLockedPages(BaseAddress: PVOID, MemoryDescriptorList: PMDL) {
        let _ = BaseAddress;
        // SAFETY: the driver passes a list.
        let mdl = unsafe { &mut *MemoryDescriptorList };
        mdl.MdlFlags &= !MAPPED_TO_SYSTEM_VA;
        mdl.MappedSystemVa = std::ptr::null_mut();
    }

    /// Changes what may be done with mapped pages. They are the buffer itself here, so only what changes nothing works.
    pub unsafe fn MmProtectMdlSystemAddress(MemoryDescriptorList: PMDL, NewProtect: ULONG) -> NTSTATUS {
        let _ = NewProtect;
        // SAFETY: the driver passes a list.
        if unsafe { (*MemoryDescriptorList).MdlFlags } & MAPPED_TO_SYSTEM_VA == 0 {
            return STATUS_NOT_MAPPED_VIEW;
        }
        STATUS_SUCCESS
    }

    /// Whether an address can be read now.
    pub unsafe fn MmIsAddressValid(VirtualAddress: PVOID) -> BOOLEAN {
        is_accessible(VirtualAddress as usize, 1, false).into()
    }

    /// The address of a routine of the kernel or the hardware abstraction layer, or null.
    pub unsafe fn MmGetSystemRoutineAddress(SystemRoutineName: PUNICODE_STRING) -> PVOID {
        irql::check(APC_LEVEL);
        // SAFETY: the driver passes a string.
        let name = String::from_utf16_lossy(unsafe { units(SystemRoutineName) });
        super::lookup("ntoskrnl.exe", &name).unwrap_or(0) as PVOID
    }
}

/// Copies as a guarded copy in a driver does, for drivers that are linked into the process: an address that isn't there
/// is `STATUS_ACCESS_VIOLATION`, never a fault.
///
/// # Safety
///
/// What is at the addresses, if anything, must be memory that may be read and written so.
#[cfg(not(miri))]
#[unsafe(no_mangle)]
pub unsafe extern "efiapi" fn FltsimGuardedCopy(to: *mut c_void, from: *const c_void, length: usize) -> NTSTATUS {
    if length == 0 {
        return STATUS_SUCCESS;
    }
    let target = libc::iovec { iov_base: to, iov_len: length };
    let source = libc::iovec { iov_base: from.cast_mut(), iov_len: length };
    // SAFETY: the kernel checks both addresses, and the caller vouches for what is there.
    let moved = unsafe { libc::process_vm_readv(libc::getpid(), &raw const target, 1, &raw const source, 1, 0) };
    if usize::try_from(moved) == Ok(length) { STATUS_SUCCESS } else { STATUS_ACCESS_VIOLATION }
}

/// Copies. Miri has no other processes' memory, and finds bad addresses itself.
///
/// # Safety
///
/// The memory must be there.
#[cfg(miri)]
#[unsafe(no_mangle)]
pub unsafe extern "efiapi" fn FltsimGuardedCopy(to: *mut c_void, from: *const c_void, length: usize) -> NTSTATUS {
    // SAFETY: the caller vouches for the memory.
    unsafe { std::ptr::copy(from.cast::<u8>(), to.cast(), length) };
    STATUS_SUCCESS
}

/// `MmProbeAndLockPages` for drivers that are linked into the process.
///
/// # Safety
///
/// `MemoryDescriptorList` must be a valid list.
///
/// # Panics
///
/// If the pages are not there: such a driver has no structured exceptions.
#[unsafe(no_mangle)]
pub unsafe extern "efiapi" fn MmProbeAndLockPages(
    MemoryDescriptorList: PMDL,
    AccessMode: KPROCESSOR_MODE,
    Operation: LOCK_OPERATION,
) {
    // SAFETY: the caller vouches for the list.
    let status = unsafe { probe_and_lock(MemoryDescriptorList, AccessMode, Operation) };
    assert_eq!(status, STATUS_SUCCESS, "a driver that is linked into the process locked pages that are not there");
}

const _: [unsafe extern "efiapi" fn(PMDL, KPROCESSOR_MODE, LOCK_OPERATION); 2] =
    [MmProbeAndLockPages, fltmgr_sys::MmProbeAndLockPages];
