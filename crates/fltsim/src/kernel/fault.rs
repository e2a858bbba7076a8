//! Faults: what the processor or the driver itself says went wrong.
//!
//! A fault in a driver's image goes to the driver's own exception handlers first ([`super::unwind`]). If they don't want
//! it, the driver has crashed: the thread leaves the driver's code and the machine ends with a [`CrashReport`]. A fault
//! in fltsim's code below a driver's call, because the driver passed something that isn't there, ends the process with
//! a report. Everything else is the process's own affair and goes to the handlers that were there before.
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_possible_wrap,
    reason = "this is about x64, where registers are addresses and numbers of any kind"
)]

use std::cell::RefCell;
use std::ffi::c_void;
use std::mem::MaybeUninit;
use std::ptr;
use std::sync::{Mutex, Once, OnceLock, PoisonError};

use super::stack::{self, GUARD_SIZE};
use super::thread::{LOCAL, Local};
use super::unwind::{self, ExceptionRecord, Outcome, Registers};
use super::{leaf, report};
use crate::image::find_mapped;

pub use super::report::CrashReport;

/// What the process exits with when it cannot go on: what a shell shows for an abort.
pub const EXIT_CODE: i32 = 134;

/// The signals that a driver's code can cause.
const SIGNALS: [i32; 5] = [libc::SIGSEGV, libc::SIGBUS, libc::SIGILL, libc::SIGFPE, libc::SIGTRAP];
const MOST_FRAMES: usize = 24;

/// How memory was to be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Reading.
    Read,
    /// Writing.
    Write,
    /// Executing.
    Execute,
}

/// What went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// Nothing.
    None,
    /// Memory was used that isn't there or isn't to be used so.
    AccessViolation {
        /// The memory.
        address: usize,
        /// The use.
        access: Access,
    },
    /// An address that no x64 program can have, or an instruction that only a kernel may execute.
    GeneralProtection,
    /// The memory's content could not be read from its file.
    InPageError {
        /// The memory.
        address: usize,
    },
    /// The kernel stack was used up.
    StackOverflow {
        /// How many bytes more the driver wanted to use, as far as can be seen.
        beyond: usize,
    },
    /// The processor doesn't know the instruction.
    IllegalInstruction,
    /// A division by zero, or one whose result is too large.
    Division,
    /// A breakpoint, and no debugger.
    Breakpoint,
    /// The driver's code noticed that its memory is corrupted, and ended itself.
    FastFail {
        /// Why.
        code: u32,
    },
    /// The driver raised a status that nobody handles.
    UnhandledException {
        /// The status.
        status: i32,
    },
    /// A bug check, by the driver or by fltsim in its place.
    BugCheck {
        /// Which.
        code: u32,
        /// Its parameters.
        parameters: [usize; 4],
    },
}

impl FaultKind {
    /// The exception that it is to the driver's handlers, with its parameters.
    fn exception(self) -> (i32, u32, [usize; 2]) {
        let (code, count, parameters): (u32, u32, [usize; 2]) = match self {
            Self::AccessViolation { address, access } => {
                let access = match access {
                    Access::Read => 0,
                    Access::Write => 1,
                    Access::Execute => 8,
                };
                (0xC000_0005, 2, [access, address])
            }
            Self::GeneralProtection => (0xC000_0005, 2, [0, usize::MAX]),
            Self::InPageError { address } => (0xC000_0006, 2, [0, address]),
            Self::IllegalInstruction => (0xC000_001D, 0, [0; 2]),
            Self::Division => (0xC000_0094, 0, [0; 2]),
            Self::Breakpoint => (0x8000_0003, 0, [0; 2]),
            Self::UnhandledException { status } => (status.cast_unsigned(), 0, [0; 2]),
            Self::None | Self::StackOverflow { .. } | Self::FastFail { .. } | Self::BugCheck { .. } => (0, 0, [0; 2]),
        };
        (code.cast_signed(), count, parameters)
    }
}

/// A fault and where it was.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fault {
    pub kind: FaultKind,
    pub rip: usize,
    pub frames: [usize; MOST_FRAMES],
    pub frame_count: usize,
}

impl Fault {
    pub const NONE: Self = Self { kind: FaultKind::None, rip: 0, frames: [0; MOST_FRAMES], frame_count: 0 };
}

thread_local! {
    /// What fltsim has to say about a bug check that it makes itself.
    static EXPLANATION: RefCell<Option<String>> = const { RefCell::new(None) };
}

pub(super) fn take_explanation() -> Option<String> {
    EXPLANATION.with(|explanation| explanation.borrow_mut().take())
}

/// What is to be done before the process ends because of a fault below a driver's call.
type LastWish = Box<dyn Fn() + Send>;
static LAST_WISHES: Mutex<Vec<LastWish>> = Mutex::new(Vec::new());

/// Has `wish` called before the process is ended by a fault that cannot be survived. It must not wait for anything.
pub fn before_exit(wish: impl Fn() + Send + 'static) {
    LAST_WISHES.lock().unwrap_or_else(PoisonError::into_inner).push(Box::new(wish));
}

/// The handlers that were there before.
static PREVIOUS: OnceLock<[libc::sigaction; SIGNALS.len()]> = OnceLock::new();

/// Sets the fault handler, once in the process.
pub(crate) fn install() {
    static ONCE: Once = Once::new();
    if cfg!(miri) {
        return;
    }
    ONCE.call_once(|| {
        // SAFETY: zero is a value of all of the structure's fields.
        let mut previous: [libc::sigaction; SIGNALS.len()] = unsafe { std::mem::zeroed() };
        for (signal, previous) in SIGNALS.into_iter().zip(&mut previous) {
            // SAFETY: a null action only asks for the one that is there.
            unsafe { libc::sigaction(signal, ptr::null(), previous) };
        }
        // Known before the first handler is set, because a fault may come at once.
        let _ = PREVIOUS.set(previous);
        for signal in SIGNALS {
            // SAFETY: as above.
            let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
            let handler: extern "C" fn(i32, *mut libc::siginfo_t, *mut c_void) = on_signal;
            action.sa_sigaction = handler as usize;
            // The handler calls the driver's filters, which may fault in turn.
            action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK | libc::SA_NODEFER;
            // SAFETY: the handler has the signature that SA_SIGINFO asks for.
            unsafe { libc::sigaction(signal, &raw const action, ptr::null_mut()) };
        }
    });
}

extern "C" fn on_signal(signal: i32, information: *mut libc::siginfo_t, context: *mut c_void) {
    LOCAL.with(|local| {
        // SAFETY: the kernel passes valid structures to the handler.
        let (information, ucontext) = unsafe { (&*information, &mut *context.cast::<libc::ucontext_t>()) };
        let registers = registers(ucontext);
        let in_driver = local.on_kernel_stack.get();
        if in_driver {
            on_driver_fault(local, signal, information, ucontext, &registers);
        } else if local.host_rsp.get() != 0 && is_synchronous(information) {
            on_host_fault(local, signal, information, ucontext, &registers);
        } else {
            chain(signal, ptr::from_ref(information).cast_mut(), context);
        }
    });
}

/// Whether the signal comes from an instruction, not from somebody who sent it.
fn is_synchronous(information: &libc::siginfo_t) -> bool {
    information.si_code > 0
}

fn on_driver_fault(
    local: &Local,
    signal: i32,
    information: &libc::siginfo_t,
    ucontext: &mut libc::ucontext_t,
    registers: &Registers,
) {
    if !is_synchronous(information) {
        chain(signal, ptr::from_ref(information).cast_mut(), ptr::from_mut(ucontext).cast());
        return;
    }
    let kind = classify(local, signal, information, ucontext, registers);
    let (code, parameter_count, parameters) = kind.exception();
    if code != 0 {
        let mut record = ExceptionRecord {
            code,
            flags: 0,
            inner: 0,
            address: registers.rip as usize,
            parameter_count,
            parameters: [0; 15],
        };
        record.parameters[..2].copy_from_slice(&parameters);
        match unwind::dispatch(registers, &mut record) {
            Outcome::Unhandled => {}
            Outcome::Continue => return,
            Outcome::Resume(registers) => {
                set_registers(ucontext, &registers);
                return;
            }
        }
    }
    record(local, kind, registers);
    let general = &mut ucontext.uc_mcontext.gregs;
    general[libc::REG_RIP as usize] = (stack::recover as *const () as usize).cast_signed() as i64;
    general[libc::REG_RSP as usize] = local.host_rsp.get() as i64;
}

/// Keeps the fault for the report.
fn record(local: &Local, kind: FaultKind, registers: &Registers) {
    let mut fault = Fault { kind, rip: registers.rip as usize, ..Fault::NONE };
    fault.frame_count = unwind::backtrace(registers, &mut fault.frames);
    if fault.frame_count == 0 {
        // A call through a bad pointer leaves its return address on top of the stack.
        fault.frame_count = scan(registers.rsp() as usize, &mut fault.frames);
    }
    local.fault.set(fault);
}

/// Finds the driver's frames where there is no exact start: the first word on the stack that follows a call in an image.
fn scan(from: usize, frames: &mut [usize]) -> usize {
    let (limit, base) = LOCAL.with(|local| (local.kernel_limit.get(), local.kernel_base.get()));
    let mut at = from.max(limit) & !7;
    while at + 8 <= base {
        // SAFETY: the word lies on the kernel stack.
        let word = unsafe { (at as *const usize).read() };
        if follows_call(word) {
            let mut registers = Registers { general: [0; 16], rip: word as u64, xmm: [0; 16], flags: 0 };
            registers.general[4] = (at + 8) as u64;
            return unwind::backtrace(&registers, frames);
        }
        at += 8;
    }
    0
}

/// Whether the instruction before `address` is a call in an image.
fn follows_call(address: usize) -> bool {
    let Some(image) = find_mapped(address) else { return false };
    let byte = |back: usize| {
        let at = address - back;
        // SAFETY: the address is checked to lie in the image. Headers and sections are readable, but for the gaps that
        // no return address points behind.
        (at >= image.base + 4096).then(|| unsafe { (at as *const u8).read() })
    };
    if address < image.base + 4096 + 8 || !is_readable(address - 8) {
        return false;
    }
    byte(5) == Some(0xE8)
        || (2..=7).any(|back| byte(back) == Some(0xFF) && byte(back - 1).is_some_and(|modrm| modrm >> 3 & 7 == 2))
}

/// Whether memory can be read, asked of the kernel.
fn is_readable(address: usize) -> bool {
    let mut word = MaybeUninit::<u64>::uninit();
    let local = libc::iovec { iov_base: word.as_mut_ptr().cast(), iov_len: 8 };
    let remote = libc::iovec { iov_base: address as *mut c_void, iov_len: 8 };
    // SAFETY: the local buffer is as large as said; the other address may be anything.
    unsafe { libc::process_vm_readv(libc::getpid(), &raw const local, 1, &raw const remote, 1, 0) == 8 }
}

/// A fault in fltsim's own code below a driver's call: the process ends with a report, made on the stack the fault was on.
fn on_host_fault(
    local: &Local,
    signal: i32,
    information: &libc::siginfo_t,
    ucontext: &mut libc::ucontext_t,
    registers: &Registers,
) {
    let kind = classify(local, signal, information, ucontext, registers);
    let mut fault = Fault { kind, rip: registers.rip as usize, ..Fault::NONE };
    fault.frame_count = scan(local.kernel_rsp.get(), &mut fault.frames);
    local.fault.set(fault);
    let general = &mut ucontext.uc_mcontext.gregs;
    general[libc::REG_RIP as usize] = (die as *const () as usize) as i64;
    // Below the red zone, and as if `die` had been called.
    general[libc::REG_RSP as usize] = ((registers.rsp() as i64 - 1024) & !15) - 8;
}

/// Ends the process with a report.
extern "sysv64" fn die() -> ! {
    // If whatever the report needs is locked by this very thread, the process ends all the same.
    // SAFETY: alarm has no preconditions, and the default action of its signal is to end the process.
    unsafe {
        libc::signal(libc::SIGALRM, libc::SIG_DFL);
        libc::alarm(10);
    }
    let report = LOCAL.with(report::make);
    eprintln!("{report}");
    if let Ok(wishes) = LAST_WISHES.try_lock() {
        for wish in wishes.iter() {
            wish();
        }
    }
    // SAFETY: nothing of this process is to run any more.
    unsafe { libc::_exit(EXIT_CODE) }
}

fn classify(
    local: &Local,
    signal: i32,
    information: &libc::siginfo_t,
    ucontext: &libc::ucontext_t,
    registers: &Registers,
) -> FaultKind {
    let rip = registers.rip as usize;
    let [_, rcx, rdx, ..] = registers.general;
    match signal {
        libc::SIGILL if leaf::is_raise(rip) => FaultKind::UnhandledException { status: (rcx as u32).cast_signed() },
        libc::SIGILL if leaf::is_bug_check(rip) => {
            // The fourth parameter is the fifth argument, which the caller left on its stack.
            let last = unsafe_read((registers.rsp() as usize + 0x28) as *const usize);
            let parameters = [rdx as usize, registers.general[8] as usize, registers.general[9] as usize, last];
            FaultKind::BugCheck { code: rcx as u32, parameters }
        }
        libc::SIGILL => FaultKind::IllegalInstruction,
        libc::SIGFPE => FaultKind::Division,
        libc::SIGTRAP => FaultKind::Breakpoint,
        // SAFETY: the kernel fills the address in for these signals.
        libc::SIGBUS => FaultKind::InPageError { address: unsafe { information.si_addr() } as usize },
        _ => {
            const SI_KERNEL: i32 = 0x80;
            if information.si_code == SI_KERNEL {
                // `int 29h` is how compilers end a program whose memory is corrupted.
                if find_mapped(rip).is_some() && unsafe_read(rip as *const [u8; 2]) == [0xCD, 0x29] {
                    return FaultKind::FastFail { code: rcx as u32 };
                }
                return FaultKind::GeneralProtection;
            }
            // SAFETY: as above.
            let address = unsafe { information.si_addr() } as usize;
            let limit = local.kernel_limit.get();
            if local.on_kernel_stack.get() && (limit - GUARD_SIZE..limit).contains(&address) {
                return FaultKind::StackOverflow { beyond: limit - address };
            }
            let error = ucontext.uc_mcontext.gregs[libc::REG_ERR as usize];
            let access = if error & 0x10 != 0 || address == rip {
                Access::Execute
            } else if error & 2 != 0 {
                Access::Write
            } else {
                Access::Read
            };
            FaultKind::AccessViolation { address, access }
        }
    }
}

/// Reads what the driver's registers point to and must be there, because the instruction was executed.
fn unsafe_read<T: Copy>(address: *const T) -> T {
    // SAFETY: the callers pass the instruction pointer, or an argument on the stack in use.
    unsafe { address.read_unaligned() }
}

/// The number in [`Registers::general`] of each of the context's registers.
const ORDER: [i32; 16] = [
    libc::REG_RAX,
    libc::REG_RCX,
    libc::REG_RDX,
    libc::REG_RBX,
    libc::REG_RSP,
    libc::REG_RBP,
    libc::REG_RSI,
    libc::REG_RDI,
    libc::REG_R8,
    libc::REG_R9,
    libc::REG_R10,
    libc::REG_R11,
    libc::REG_R12,
    libc::REG_R13,
    libc::REG_R14,
    libc::REG_R15,
];

fn registers(ucontext: &libc::ucontext_t) -> Registers {
    let general = &ucontext.uc_mcontext.gregs;
    let mut registers = Registers {
        general: ORDER.map(|index| general[index as usize].cast_unsigned()),
        rip: general[libc::REG_RIP as usize].cast_unsigned(),
        xmm: [0; 16],
        flags: general[libc::REG_EFL as usize] as u32,
    };
    // SAFETY: the kernel saves the floating-point state in the signal frame that this points to, or it is null.
    if let Some(float) = unsafe { ucontext.uc_mcontext.fpregs.as_ref() } {
        for (to, from) in registers.xmm.iter_mut().zip(&float._xmm) {
            *to = from.element.iter().rev().fold(0, |value, &part| value << 32 | u128::from(part));
        }
    }
    registers
}

fn set_registers(ucontext: &mut libc::ucontext_t, registers: &Registers) {
    let general = &mut ucontext.uc_mcontext.gregs;
    for (index, value) in ORDER.into_iter().zip(registers.general) {
        general[index as usize] = value.cast_signed();
    }
    general[libc::REG_RIP as usize] = registers.rip.cast_signed();
    // SAFETY: as in `registers`.
    if let Some(float) = unsafe { ucontext.uc_mcontext.fpregs.as_mut() } {
        for (to, from) in float._xmm.iter_mut().zip(&registers.xmm) {
            for (part, index) in to.element.iter_mut().zip(0..) {
                *part = (from >> (32 * index)) as u32;
            }
        }
    }
}

/// Hands a signal to the handler that was there before.
fn chain(signal: i32, information: *mut libc::siginfo_t, context: *mut c_void) {
    let previous = SIGNALS
        .iter()
        .position(|&known| known == signal)
        .and_then(|index| PREVIOUS.get().map(|previous| previous[index]));
    match previous {
        Some(previous) if previous.sa_sigaction != libc::SIG_DFL && previous.sa_sigaction != libc::SIG_IGN => {
            if previous.sa_flags & libc::SA_SIGINFO != 0 {
                // SAFETY: the flag says that the handler has this signature.
                let handler: extern "C" fn(i32, *mut libc::siginfo_t, *mut c_void) =
                    unsafe { std::mem::transmute(previous.sa_sigaction) };
                handler(signal, information, context);
            } else {
                // SAFETY: without the flag, it has this one.
                let handler: extern "C" fn(i32) = unsafe { std::mem::transmute(previous.sa_sigaction) };
                handler(signal);
            }
        }
        _ => {
            // The instruction is executed once more, and this time the default action is taken.
            // SAFETY: setting the default action has no preconditions.
            unsafe {
                libc::signal(signal, libc::SIG_DFL);
                if information.as_ref().is_some_and(|information| !is_synchronous(information)) {
                    libc::raise(signal);
                }
            }
        }
    }
}

/// Ends the machine in the driver's name, because the driver's call cannot be served: bug check `code`, and in words
/// what the driver did. The driver's code is not returned to.
///
/// Nothing that the callers hold is dropped; hold no locks.
///
/// # Panics
///
/// If the calling thread is not below a call of a loaded driver: then it was fltsim, or a driver that is linked into
/// the process, and what the process does about panics is the way to hear of it.
pub fn bug_check(code: u32, parameters: [usize; 4], explanation: String) -> ! {
    let host_rsp = LOCAL.with(|local| local.host_rsp.get());
    if host_rsp == 0 {
        let report = LOCAL.with(|local| {
            local.fault.set(Fault { kind: FaultKind::BugCheck { code, parameters }, ..Fault::NONE });
            EXPLANATION.with(|slot| *slot.borrow_mut() = Some(explanation));
            report::make(local)
        });
        panic!("{report}");
    }
    LOCAL.with(|local| {
        let mut fault = Fault { kind: FaultKind::BugCheck { code, parameters }, ..Fault::NONE };
        fault.frame_count = scan(local.kernel_rsp.get(), &mut fault.frames);
        fault.rip = fault.frames[0];
        local.fault.set(fault);
        EXPLANATION.with(|slot| *slot.borrow_mut() = Some(explanation));
    });
    // SAFETY: the innermost call into the driver saved this stack pointer, and its frame is still there.
    unsafe { stack::abandon(host_rsp) }
}
