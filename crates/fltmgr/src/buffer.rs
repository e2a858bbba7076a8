//! Buffers that are not the filter's own: they can change at any moment, and those of a process can vanish.
//!
//! They are reached only through a guarded copy: what cannot be read or written is an error (I-14, M-13), and what was
//! copied is validated in the copy (I-15). [`UserInput`] and [`UserOutput`] are what a client of a port passes,
//! [`LockedBuffer`] is the buffer of an operation, and [`SwapBuffer`] one of the filter's own in its place.
//!
//! ```
//! use fltmgr::irql::{ApcLevel, Irql};
//! use fltmgr::{PreOp, Result, op};
//!
//! fn begins_with_signature(write: &mut PreOp<'_, op::Write>, at: Irql<'_, ApcLevel>) -> Result<bool> {
//!     let content = write.lock_buffer(at)?;
//!     let mut head = [0; 4];
//!     Ok(content.len() >= 4 && { content.read(0, &mut head)?; head == *b"EVIL" })
//! }
//! ```

mod decoded;
mod locked;
mod swapped;

pub use locked::{HasUserBuffer, LockedBuffer};
pub use swapped::{CanSwap, SwapBuffer};

use crate::pool::{Pool, PoolVec, Tag};
use crate::status::{Error, Result};
use core::ffi::c_void;
use core::marker::PhantomData;
use fltmgr_sys as sys;

#[cfg(all(target_os = "windows", target_arch = "x86_64"))]
core::arch::global_asm!(
    // A leaf that needs no stack: the only thing to undo after a fault is nothing, so the handler's target just returns.
    // rcx is the destination, rdx the source and r8 the length in bytes.
    ".def fltmgr_guarded_copy",
    ".scl 2",
    ".type 32",
    ".endef",
    ".section .text,\"xr\"",
    ".globl fltmgr_guarded_copy",
    ".p2align 4",
    ".seh_proc fltmgr_guarded_copy",
    "fltmgr_guarded_copy:",
    ".seh_endprologue",
    ".seh_handler __C_specific_handler, @except",
    ".seh_handlerdata",
    ".long 1",
    ".long .Lguarded_begin@IMGREL",
    ".long .Lguarded_end@IMGREL",
    ".long 1",
    ".long .Lguarded_except@IMGREL",
    ".section .text,\"xr\"",
    ".Lguarded_begin:",
    "mov r9, r8",
    "shr r9, 3",
    "jz 3f",
    "2:",
    "mov rax, [rdx]",
    "mov [rcx], rax",
    "add rdx, 8",
    "add rcx, 8",
    "dec r9",
    "jnz 2b",
    "3:",
    "and r8, 7",
    "jz 5f",
    "4:",
    "mov al, [rdx]",
    "mov [rcx], al",
    "inc rdx",
    "inc rcx",
    "dec r8",
    "jnz 4b",
    "5:",
    "xor eax, eax",
    "nop",
    ".Lguarded_end:",
    "ret",
    ".Lguarded_except:",
    "mov eax, 0xC0000005",
    "ret",
    ".seh_endproc",
);

#[cfg(all(target_os = "windows", target_arch = "aarch64"))]
core::arch::global_asm!(
    // The frame is kept in the prologue's own way, so that the handler's target finds the return address on the stack.
    // x0 is the destination, x1 the source and x2 the length in bytes.
    ".def fltmgr_guarded_copy",
    ".scl 2",
    ".type 32",
    ".endef",
    ".section .text,\"xr\"",
    ".globl fltmgr_guarded_copy",
    ".p2align 2",
    ".seh_proc fltmgr_guarded_copy",
    "fltmgr_guarded_copy:",
    "stp x29, x30, [sp, #-16]!",
    ".seh_save_fplr_x 16",
    "mov x29, sp",
    ".seh_set_fp",
    ".seh_endprologue",
    ".Lguarded_begin:",
    "lsr x9, x2, #3",
    "cbz x9, 3f",
    "2:",
    "ldr x10, [x1], #8",
    "str x10, [x0], #8",
    "subs x9, x9, #1",
    "b.ne 2b",
    "3:",
    "ands x2, x2, #7",
    "b.eq 5f",
    "4:",
    "ldrb w10, [x1], #1",
    "strb w10, [x0], #1",
    "subs x2, x2, #1",
    "b.ne 4b",
    "5:",
    "mov w0, #0",
    ".Lguarded_end:",
    "b 6f",
    ".Lguarded_except:",
    "movz w0, #5",
    "movk w0, #0xC000, lsl #16",
    "6:",
    ".seh_startepilogue",
    "ldp x29, x30, [sp], #16",
    ".seh_save_fplr_x 16",
    ".seh_endepilogue",
    "ret",
    ".seh_handler __C_specific_handler, @except",
    ".seh_handlerdata",
    ".long 1",
    ".long .Lguarded_begin@IMGREL",
    ".long .Lguarded_end@IMGREL",
    ".long 1",
    ".long .Lguarded_except@IMGREL",
    ".section .text,\"xr\"",
    ".seh_endproc",
);

#[cfg(target_os = "windows")]
unsafe extern "efiapi" {
    fn fltmgr_guarded_copy(to: *mut c_void, from: *const c_void, length: usize) -> sys::NTSTATUS;
}

#[cfg(not(target_os = "windows"))]
unsafe extern "efiapi" {
    // Off Windows there is no structured exception handling to stand on, so the host of the linked driver supplies the
    // copy that can fail.
    #[link_name = "FltsimGuardedCopy"]
    fn fltmgr_guarded_copy(to: *mut c_void, from: *const c_void, length: usize) -> sys::NTSTATUS;
}

/// Whether `length` bytes from `offset` on are within a buffer of `size` bytes.
///
/// # Errors
///
/// STATUS_BUFFER_TOO_SMALL if they are not.
pub(crate) fn within(offset: usize, length: usize, size: usize) -> Result<()> {
    match offset.checked_add(length) {
        Some(end) if end <= size => Ok(()),
        _ => Err(Error::BUFFER_TOO_SMALL),
    }
}

/// Copies the bytes from `offset` on of a buffer of `size` bytes into all of `into`.
///
/// # Errors
///
/// STATUS_BUFFER_TOO_SMALL if there are not that many, STATUS_ACCESS_VIOLATION if they cannot be read.
///
/// # Safety
///
/// Each address of the buffer is one that can be read, or one that the guarded copy can fail on: of a user, which need not be
/// mapped in the calling thread's process, or of a view.
pub(crate) unsafe fn read(from: *const u8, size: usize, offset: usize, into: &mut [u8]) -> Result<()> {
    within(offset, into.len(), size)?;
    // SAFETY: the destination is exclusively borrowed and that long; the caller vouches for the source.
    let copied = unsafe { fltmgr_guarded_copy(into.as_mut_ptr().cast(), from.wrapping_add(offset).cast(), into.len()) };
    Error::check(copied).map(drop)
}

/// Copies `bytes` to `offset` in a buffer of `size` bytes.
///
/// # Errors
///
/// STATUS_BUFFER_TOO_SMALL if the buffer is not that long, STATUS_ACCESS_VIOLATION if it cannot be written.
///
/// # Safety
///
/// As for [`read`], of addresses that are written.
pub(crate) unsafe fn write(to: *mut u8, size: usize, offset: usize, bytes: &[u8]) -> Result<()> {
    within(offset, bytes.len(), size)?;
    // SAFETY: the source is borrowed and that long; the caller vouches for the destination.
    let copied = unsafe { fltmgr_guarded_copy(to.wrapping_add(offset).cast(), bytes.as_ptr().cast(), bytes.len()) };
    Error::check(copied).map(drop)
}

/// A buffer of a user-mode process that the filter may read.
///
/// # Invariants
///
/// The range was probed: none of it is a kernel address.
pub struct UserInput<'a> {
    address: *const u8,
    length: usize,
    lifetime: PhantomData<&'a ()>,
}

impl UserInput<'_> {
    /// States that a probed range is the caller's input.
    ///
    /// # Safety
    ///
    /// The range lies below the kernel's addresses, and the calling thread runs in the process it belongs to for the
    /// chosen lifetime. It need not be mapped.
    pub(crate) unsafe fn new(address: *const u8, length: usize) -> Self {
        // INVARIANT: the caller vouches for the range. A length counts only with a pointer (M-14).
        Self { address, length: if address.is_null() { 0 } else { length }, lifetime: PhantomData }
    }

    /// The number of bytes that the sender says there are.
    pub fn len(&self) -> usize {
        self.length
    }

    /// Whether the sender says that there are none.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Copies the bytes from `offset` on into all of `into`.
    ///
    /// # Errors
    ///
    /// STATUS_BUFFER_TOO_SMALL if the sender's buffer is not that long, STATUS_ACCESS_VIOLATION if it is not there.
    pub fn read(&self, offset: usize, into: &mut [u8]) -> Result<()> {
        // SAFETY: by the invariant the range was probed, and an address of it that is not mapped ends the copy with a status.
        unsafe { read(self.address, self.length, offset, into) }
    }

    /// Copies all bytes from `offset` on into pool. `limit` is a number of bytes.
    ///
    /// # Errors
    ///
    /// STATUS_INVALID_BUFFER_SIZE if they are more than `limit`, STATUS_INSUFFICIENT_RESOURCES, and those of
    /// [`Self::read`].
    pub fn read_all<P: Pool>(&self, offset: usize, limit: usize, tag: Tag) -> Result<PoolVec<u8, P>> {
        let length = self.length.checked_sub(offset).ok_or(Error::BUFFER_TOO_SMALL)?;
        if length > limit {
            return Err(Error::INVALID_BUFFER_SIZE);
        }
        let mut copy = PoolVec::try_filled(0, length, tag)?;
        self.read(offset, &mut copy)?;
        Ok(copy)
    }
}

/// A buffer of a user-mode process that the filter may write.
///
/// # Invariants
///
/// The range was probed: none of it is a kernel address.
pub struct UserOutput<'a> {
    address: *mut u8,
    length: usize,
    lifetime: PhantomData<&'a mut ()>,
}

impl UserOutput<'_> {
    /// States that a probed range is the caller's output.
    ///
    /// # Safety
    ///
    /// As for [`UserInput::new`].
    pub(crate) unsafe fn new(address: *mut u8, length: usize) -> Self {
        // INVARIANT: the caller vouches for the range. A length counts only with a pointer (M-14).
        Self { address, length: if address.is_null() { 0 } else { length }, lifetime: PhantomData }
    }

    /// The number of bytes that the receiver has room for.
    pub fn len(&self) -> usize {
        self.length
    }

    /// Whether the receiver has no room.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Copies `bytes` to `offset`.
    ///
    /// # Errors
    ///
    /// STATUS_BUFFER_TOO_SMALL if the receiver's buffer is not that long, STATUS_ACCESS_VIOLATION if it is not there.
    pub fn write(&mut self, offset: usize, bytes: &[u8]) -> Result<()> {
        // SAFETY: by the invariant the range, which is of the caller's process, was probed, and an address of it that is not
        // mapped or not writable ends the copy with a status.
        unsafe { write(self.address, self.length, offset, bytes) }
    }
}
