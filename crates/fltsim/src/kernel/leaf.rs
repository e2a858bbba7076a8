//! Routines that drivers call on their own stack and that may fault there, because structured exception handling must
//! then find the driver's frame: copying and filling memory, probing user addresses, raising an exception.
//!
//! They are leaves: they never move the stack pointer nor touch a register that the caller may keep, so the frame of the
//! caller is one return address away wherever they fault.

use std::arch::global_asm;

use crate::exports::Export;

/// The first address that is no user address, as `MmUserProbeAddress` says it.
pub const USER_PROBE_ADDRESS: u64 = 0x7FFF_FFFF_0000;

global_asm!(
    ".globl fltsim_leaf_start",
    "fltsim_leaf_start:",
    // memcpy and memmove: rcx to, rdx from, r8 length.
    ".globl fltsim_leaf_copy",
    "fltsim_leaf_copy:",
    "mov rax, rcx",
    "cmp r8, 16",
    "jb 24f",
    "cmp r8, 32",
    "ja 22f",
    "movups xmm0, [rdx]",
    "movups xmm1, [rdx + r8 - 16]",
    "movups [rcx], xmm0",
    "movups [rcx + r8 - 16], xmm1",
    "ret",
    "22:",
    "mov r9, rcx",
    "sub r9, rdx",
    "cmp r9, r8",
    "jb 23f",
    // Upwards; the last 32 bytes are read first and written last.
    "movups xmm4, [rdx + r8 - 32]",
    "movups xmm5, [rdx + r8 - 16]",
    "lea r9, [rcx + r8 - 32]",
    "20:",
    "movups xmm0, [rdx]",
    "movups xmm1, [rdx + 16]",
    "movups [rcx], xmm0",
    "movups [rcx + 16], xmm1",
    "add rdx, 32",
    "add rcx, 32",
    "cmp rcx, r9",
    "jb 20b",
    "movups [r9], xmm4",
    "movups [r9 + 16], xmm5",
    "ret",
    // Downwards, because the target overlaps the end of the source; the first 32 bytes are written last.
    "23:",
    "movups xmm4, [rdx]",
    "movups xmm5, [rdx + 16]",
    "lea r9, [rdx + r8]",
    "lea r10, [rcx + r8]",
    "lea r11, [rcx + 32]",
    "25:",
    "movups xmm0, [r9 - 16]",
    "movups xmm1, [r9 - 32]",
    "movups [r10 - 16], xmm0",
    "movups [r10 - 32], xmm1",
    "sub r9, 32",
    "sub r10, 32",
    "cmp r10, r11",
    "ja 25b",
    "movups [rcx], xmm4",
    "movups [rcx + 16], xmm5",
    "ret",
    "24:",
    "cmp r8d, 8",
    "jb 26f",
    "mov r9, [rdx]",
    "mov r10, [rdx + r8 - 8]",
    "mov [rcx], r9",
    "mov [rcx + r8 - 8], r10",
    "ret",
    "26:",
    "cmp r8d, 4",
    "jb 27f",
    "mov r9d, [rdx]",
    "mov r10d, [rdx + r8 - 4]",
    "mov [rcx], r9d",
    "mov [rcx + r8 - 4], r10d",
    "ret",
    "27:",
    "test r8d, r8d",
    "je 28f",
    "mov r11d, r8d",
    "shr r11d, 1",
    "movzx r9d, byte ptr [rdx]",
    "movzx r10d, byte ptr [rdx + r8 - 1]",
    "movzx edx, byte ptr [rdx + r11]",
    "mov [rcx + r11], dl",
    "mov [rcx + r8 - 1], r10b",
    "mov [rcx], r9b",
    "28:",
    "ret",
    // memset: rcx to, dl value, r8 length.
    ".globl fltsim_leaf_fill",
    "fltsim_leaf_fill:",
    "mov rax, rcx",
    "movzx r9d, dl",
    "movabs r10, 0x0101010101010101",
    "imul r9, r10",
    "cmp r8, 16",
    "jb 34f",
    "movq xmm0, r9",
    "punpcklqdq xmm0, xmm0",
    "movups [rcx + r8 - 16], xmm0",
    "lea r10, [rcx + r8 - 16]",
    "30:",
    "movups [rcx], xmm0",
    "add rcx, 16",
    "cmp rcx, r10",
    "jb 30b",
    "ret",
    "34:",
    "cmp r8d, 8",
    "jb 35f",
    "mov [rcx], r9",
    "mov [rcx + r8 - 8], r9",
    "ret",
    "35:",
    "test r8d, r8d",
    "je 36f",
    "37:",
    "mov [rcx], r9b",
    "inc rcx",
    "dec r8d",
    "jne 37b",
    "36:",
    "ret",
    // RtlZeroMemory: rcx to, rdx length.
    ".globl fltsim_leaf_zero",
    "fltsim_leaf_zero:",
    "mov r8, rdx",
    "xor edx, edx",
    "jmp fltsim_leaf_fill",
    // RtlFillMemory: rcx to, rdx length, r8b value.
    ".globl fltsim_leaf_fill_memory",
    "fltsim_leaf_fill_memory:",
    "xchg rdx, r8",
    "jmp fltsim_leaf_fill",
    // memcmp: rcx one, rdx other, r8 length.
    ".globl fltsim_leaf_compare",
    "fltsim_leaf_compare:",
    "cmp r8, 8",
    "jb 43f",
    "42:",
    "mov r9, [rcx]",
    "mov r10, [rdx]",
    "cmp r9, r10",
    "jne 45f",
    "add rcx, 8",
    "add rdx, 8",
    "sub r8, 8",
    "cmp r8, 8",
    "jae 42b",
    "43:",
    "test r8, r8",
    "je 46f",
    "44:",
    "movzx eax, byte ptr [rcx]",
    "movzx r9d, byte ptr [rdx]",
    "sub eax, r9d",
    "jne 47f",
    "inc rcx",
    "inc rdx",
    "dec r8",
    "jne 44b",
    "46:",
    "xor eax, eax",
    "47:",
    "ret",
    "45:",
    "bswap r9",
    "bswap r10",
    "cmp r9, r10",
    "sbb eax, eax",
    "or eax, 1",
    "ret",
    // RtlCompareMemory: rcx one, rdx other, r8 length; the number of bytes that are equal.
    ".globl fltsim_leaf_equal",
    "fltsim_leaf_equal:",
    "xor eax, eax",
    "52:",
    "cmp rax, r8",
    "jae 53f",
    "movzx r9d, byte ptr [rcx + rax]",
    "cmp r9b, [rdx + rax]",
    "jne 53f",
    "inc rax",
    "jmp 52b",
    "53:",
    "ret",
    // wcslen: rcx string.
    ".globl fltsim_leaf_wide_length",
    "fltsim_leaf_wide_length:",
    "xor eax, eax",
    "54:",
    "cmp word ptr [rcx + rax * 2], 0",
    "je 55f",
    "inc rax",
    "jmp 54b",
    "55:",
    "ret",
    // ProbeForRead: rcx address, rdx length, r8d alignment.
    ".globl fltsim_leaf_probe_read",
    "fltsim_leaf_probe_read:",
    "test rdx, rdx",
    "je 63f",
    "lea r9d, [r8 - 1]",
    "test ecx, r9d",
    "jne 64f",
    "lea r10, [rcx + rdx - 1]",
    "cmp r10, rcx",
    "jb 65f",
    "movabs r11, {limit}",
    "cmp r10, r11",
    "jae 65f",
    "63:",
    "ret",
    // ProbeForWrite: the same, and each page is written to.
    ".globl fltsim_leaf_probe_write",
    "fltsim_leaf_probe_write:",
    "test rdx, rdx",
    "je 63b",
    "lea r9d, [r8 - 1]",
    "test ecx, r9d",
    "jne 64f",
    "lea r10, [rcx + rdx - 1]",
    "cmp r10, rcx",
    "jb 65f",
    "movabs r11, {limit}",
    "cmp r10, r11",
    "jae 65f",
    "66:",
    "mov al, [rcx]",
    "mov [rcx], al",
    "and rcx, -4096",
    "add rcx, 4096",
    "cmp rcx, r10",
    "jbe 66b",
    "ret",
    "64:",
    ".globl fltsim_leaf_raise_misalignment",
    "fltsim_leaf_raise_misalignment:",
    "mov ecx, 0x80000002",
    "jmp fltsim_leaf_raise",
    "65:",
    ".globl fltsim_leaf_raise_access_violation",
    "fltsim_leaf_raise_access_violation:",
    "mov ecx, 0xC0000005",
    // ExRaiseStatus: ecx status. The fault handler knows this instruction.
    ".globl fltsim_leaf_raise",
    "fltsim_leaf_raise:",
    "ud2",
    // KeBugCheckEx: ecx code, rdx, r8, r9 and one on the stack, parameters. As above.
    ".globl fltsim_leaf_bug_check_simple",
    "fltsim_leaf_bug_check_simple:",
    "xor edx, edx",
    "xor r8d, r8d",
    "xor r9d, r9d",
    ".globl fltsim_leaf_bug_check",
    "fltsim_leaf_bug_check:",
    "ud2",
    ".globl fltsim_leaf_end",
    "fltsim_leaf_end:",
    limit = const USER_PROBE_ADDRESS,
);

unsafe extern "efiapi" {
    fn fltsim_leaf_start();
    fn fltsim_leaf_end();
    fn fltsim_leaf_copy();
    fn fltsim_leaf_fill();
    fn fltsim_leaf_zero();
    fn fltsim_leaf_fill_memory();
    fn fltsim_leaf_compare();
    fn fltsim_leaf_equal();
    fn fltsim_leaf_wide_length();
    fn fltsim_leaf_probe_read();
    fn fltsim_leaf_probe_write();
    pub(crate) fn fltsim_leaf_raise();
    fn fltsim_leaf_raise_misalignment();
    fn fltsim_leaf_raise_access_violation();
    fn fltsim_leaf_bug_check();
    fn fltsim_leaf_bug_check_simple();
}

/// Whether `address` lies in one of these routines.
pub(super) fn contains(address: usize) -> bool {
    (fltsim_leaf_start as *const () as usize..fltsim_leaf_end as *const () as usize).contains(&address)
}

/// Whether `address` is where an exception is raised.
pub(super) fn is_raise(address: usize) -> bool {
    address == fltsim_leaf_raise as *const () as usize
}

/// Whether `address` is where a driver ends the machine.
pub(super) fn is_bug_check(address: usize) -> bool {
    address == fltsim_leaf_bug_check as *const () as usize
}

macro_rules! kernel {
    ($($name:literal = $function:ident),* $(,)?) => {
        &[$(Export::new("ntoskrnl.exe", $name, $function as *const ())),*]
    };
}

/// The routines by the names that drivers import. A driver that is linked into the process uses the compiler's own
/// `memcpy` and has no structured exceptions, so these have no symbols of those names.
pub const EXPORTS: &[Export] = kernel![
    "memcpy" = fltsim_leaf_copy,
    "memmove" = fltsim_leaf_copy,
    "RtlMoveMemory" = fltsim_leaf_copy,
    "RtlCopyMemory" = fltsim_leaf_copy,
    "memset" = fltsim_leaf_fill,
    "RtlZeroMemory" = fltsim_leaf_zero,
    "RtlFillMemory" = fltsim_leaf_fill_memory,
    "memcmp" = fltsim_leaf_compare,
    "RtlCompareMemory" = fltsim_leaf_equal,
    "wcslen" = fltsim_leaf_wide_length,
    "ProbeForRead" = fltsim_leaf_probe_read,
    "ProbeForWrite" = fltsim_leaf_probe_write,
    "ExRaiseStatus" = fltsim_leaf_raise,
    "ExRaiseDatatypeMisalignment" = fltsim_leaf_raise_misalignment,
    "ExRaiseAccessViolation" = fltsim_leaf_raise_access_violation,
    "KeBugCheckEx" = fltsim_leaf_bug_check,
    "KeBugCheck" = fltsim_leaf_bug_check_simple,
    "__C_specific_handler" = c_specific_handler,
];

use super::unwind::c_specific_handler;
