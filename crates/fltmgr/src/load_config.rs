//! What Control Flow Guard needs of a driver: the load configuration, by which the kernel finds the table of the functions
//! that may be called through a pointer, and the pointers through which the compiler has such calls checked.
//!
//! A C driver has these from the libraries of the Windows Driver Kit. The linker fills in the tables and flags when the
//! compiler was told `-C control-flow-guard`, and leaves them zero otherwise. On a kernel that enforces Control Flow Guard
//! the loader replaces the two pointers by those of its own routines; on others a check does nothing.
//!
//! The layout is that of IMAGE_LOAD_CONFIG_DIRECTORY64 up to the table of longjmp targets.

use core::arch::global_asm;

#[cfg(target_arch = "x86_64")]
global_asm!(
    ".section .text$mn,\"xr\"",
    ".globl _guard_check_icall_nop",
    "_guard_check_icall_nop:",
    "ret",
    ".globl _guard_dispatch_icall_nop",
    "_guard_dispatch_icall_nop:",
    "jmp rax",
);

#[cfg(target_arch = "aarch64")]
global_asm!(
    ".section .text$mn,\"xr\"",
    ".globl _guard_check_icall_nop",
    "_guard_check_icall_nop:",
    "ret",
    ".globl _guard_dispatch_icall_nop",
    "_guard_dispatch_icall_nop:",
    "br x9",
);

// The compiler names this among the functions that may be called through a pointer, because the core library declares it
// as what handles exceptions. Nothing here unwinds, so that there is none: a symbol without an address is left out. With the
// feature `wdk`, wdk-sys has a function of the name.
#[cfg(not(feature = "wdk"))]
global_asm!(".globl __CxxFrameHandler3", ".set __CxxFrameHandler3, 0");

global_asm!(
    ".section .00cfg,\"dr\"",
    ".p2align 3",
    ".globl __guard_check_icall_fptr",
    "__guard_check_icall_fptr: .quad _guard_check_icall_nop",
    ".globl __guard_dispatch_icall_fptr",
    "__guard_dispatch_icall_fptr: .quad _guard_dispatch_icall_nop",
    ".section .rdata,\"dr\"",
    ".p2align 3",
    ".globl _load_config_used",
    "_load_config_used:",
    // Size.
    ".long 0xC0",
    // What comes before the guard's part is about user mode and 32-bit processors.
    ".zero 0x6C",
    // GuardCFCheckFunctionPointer, GuardCFDispatchFunctionPointer.
    ".quad __guard_check_icall_fptr",
    ".quad __guard_dispatch_icall_fptr",
    // GuardCFFunctionTable, GuardCFFunctionCount, GuardFlags.
    ".quad __guard_fids_table",
    ".quad __guard_fids_count",
    ".long __guard_flags",
    // CodeIntegrity.
    ".zero 12",
    // GuardAddressTakenIatEntryTable, GuardAddressTakenIatEntryCount.
    ".quad __guard_iat_table",
    ".quad __guard_iat_count",
    // GuardLongJumpTargetTable, GuardLongJumpTargetCount.
    ".quad __guard_longjmp_table",
    ".quad __guard_longjmp_count",
);
