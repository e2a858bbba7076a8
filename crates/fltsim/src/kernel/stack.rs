//! Kernel stacks, and the few instructions that switch to them and back.

use std::arch::naked_asm;
use std::ptr;

use super::thread::Local;

/// The size of a kernel stack on x64 Windows.
pub const KERNEL_STACK_SIZE: usize = 24 * 1024;
/// The inaccessible memory below it. A frame larger than this without a stack probe would step over it; compilers probe
/// every page.
pub const GUARD_SIZE: usize = 64 * 1024;
const ALTERNATE_STACK_SIZE: usize = 256 * 1024;

/// The next address at or below `rsp` that a call may be made from.
pub(super) const fn align(rsp: usize) -> usize {
    rsp & !15
}

/// Gives the calling thread its kernel stack, and a stack of its own for the fault handler.
///
/// # Panics
///
/// If there is no memory for it.
#[cold]
pub(super) fn create(local: &Local) {
    super::fault::install();
    let guard = map(GUARD_SIZE + KERNEL_STACK_SIZE + GUARD_SIZE + ALTERNATE_STACK_SIZE);
    let limit = guard + GUARD_SIZE;
    let base = limit + KERNEL_STACK_SIZE;
    // A second guard lies between the kernel stack and the handler's.
    let alternate = base + GUARD_SIZE;
    for guard in [guard, base] {
        // SAFETY: the range is part of the mapping made above, which nobody else knows yet.
        let failed = unsafe { libc::mprotect(guard as *mut _, GUARD_SIZE, libc::PROT_NONE) };
        assert_eq!(failed, 0, "no guard could be set below a kernel stack: {}", std::io::Error::last_os_error());
    }
    let stack = libc::stack_t { ss_sp: alternate as *mut _, ss_flags: 0, ss_size: ALTERNATE_STACK_SIZE };
    // SAFETY: the memory is this thread's for as long as it lives.
    let failed = unsafe { libc::sigaltstack(&raw const stack, ptr::null_mut()) };
    assert_eq!(failed, 0, "no stack could be set for the fault handler: {}", std::io::Error::last_os_error());
    local.kernel_limit.set(limit);
    local.kernel_base.set(base);
    local.kernel_rsp.set(base);
    // The stack is given back when the thread ends, which only a thread with an object notices.
    super::thread::current();
}

/// Takes the calling thread's kernel stack away.
pub(super) fn release(local: &Local) {
    let limit = local.kernel_limit.replace(0);
    if limit == 0 {
        return;
    }
    local.kernel_rsp.set(0);
    local.kernel_base.set(0);
    let none = libc::stack_t { ss_sp: ptr::null_mut(), ss_flags: libc::SS_DISABLE, ss_size: 0 };
    // SAFETY: the thread is ending and in no driver code, so neither stack is in use.
    unsafe {
        libc::sigaltstack(&raw const none, ptr::null_mut());
        let size = GUARD_SIZE + KERNEL_STACK_SIZE + GUARD_SIZE + ALTERNATE_STACK_SIZE;
        libc::munmap((limit - GUARD_SIZE) as *mut _, size);
    }
}

fn map(size: usize) -> usize {
    // SAFETY: a new private mapping touches nothing that exists.
    let address = unsafe {
        libc::mmap(
            ptr::null_mut(),
            size,
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE,
            -1,
            0,
        )
    };
    assert!(address != libc::MAP_FAILED, "no memory for a kernel stack: {}", std::io::Error::last_os_error());
    address as usize
}

/// Saves the host's registers on its stack and the stack pointer at `host_rsp`, and calls `function(data)` on the stack
/// that ends at `kernel_rsp`. Returns 0 when the function returns, and 1 when [`recover`] ends it instead.
///
/// # Safety
///
/// `kernel_rsp` must be the aligned end of a free stack, and `function` must be safe to call with `data`.
#[unsafe(naked)]
pub(super) unsafe extern "sysv64" fn to_kernel(
    data: *mut u8,
    function: unsafe extern "sysv64" fn(*mut u8),
    kernel_rsp: usize,
    host_rsp: *mut usize,
) -> u32 {
    naked_asm!(
        "push rbp",
        "mov rbp, rsp",
        "push rbx",
        "push r12",
        "push r13",
        "push r14",
        "push r15",
        "sub rsp, 8",
        "mov [rcx], rsp",
        "mov rbx, rsp",
        "mov rsp, rdx",
        "call rsi",
        "mov rsp, rbx",
        "add rsp, 8",
        "pop r15",
        "pop r14",
        "pop r13",
        "pop r12",
        "pop rbx",
        "pop rbp",
        "xor eax, eax",
        "ret",
    )
}

/// Where a thread is sent whose driver code must not go on, with the stack pointer that [`to_kernel`] saved.
///
/// # Safety
///
/// Not to be called, but jumped to with that stack pointer.
#[unsafe(naked)]
pub(super) unsafe extern "sysv64" fn recover() {
    naked_asm!(
        "cld",
        "add rsp, 8",
        "pop r15",
        "pop r14",
        "pop r13",
        "pop r12",
        "pop rbx",
        "pop rbp",
        "mov eax, 1",
        "ret",
    )
}

/// Goes to [`recover`].
///
/// # Safety
///
/// `host_rsp` must be what the innermost call of [`to_kernel`] saved. What lies between is not dropped.
#[unsafe(naked)]
pub(super) unsafe extern "sysv64" fn abandon(host_rsp: usize) -> ! {
    naked_asm!("mov rsp, rdi", "jmp {recover}", recover = sym recover)
}

/// Saves the kernel's stack pointer at `kernel_rsp`, and calls `function(data)` on the stack that ends at `host_rsp`.
///
/// # Safety
///
/// `host_rsp` must be the aligned end of a free stack, and `function` must be safe to call with `data`.
#[unsafe(naked)]
pub(super) unsafe extern "sysv64" fn to_host(
    data: *mut u8,
    function: unsafe extern "sysv64" fn(*mut u8),
    host_rsp: usize,
    kernel_rsp: *mut usize,
) {
    // The host's unwinder finds its way from the one stack to the other by rbp.
    naked_asm!(
        ".cfi_startproc",
        "push rbp",
        ".cfi_def_cfa_offset 16",
        ".cfi_offset 6, -16",
        "mov rbp, rsp",
        ".cfi_def_cfa_register 6",
        "push rbx",
        ".cfi_offset 3, -24",
        "sub rsp, 8",
        "mov [rcx], rsp",
        "mov rbx, rsp",
        "mov rsp, rdx",
        "call rsi",
        "mov rsp, rbx",
        "add rsp, 8",
        "pop rbx",
        "pop rbp",
        "ret",
        ".cfi_endproc",
    )
}
