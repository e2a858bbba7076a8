//! Structured exception handling: walks a driver's frames by its function table, and asks their handlers.
//!
//! This runs inside the fault handler, on its stack. It takes no locks and allocates nothing; what it reads of the
//! driver's stack it checks to lie there.
#![expect(clippy::cast_possible_truncation, reason = "this is about x64, where registers are addresses")]

use std::ffi::c_void;
use std::mem::offset_of;

use super::leaf;
use super::thread::LOCAL;
use crate::image::{Mapped, find_mapped};

const RAX: usize = 0;
const RSP: usize = 4;
/// `UNW_FLAG_EHANDLER`: the function has a handler that is asked when an exception looks for one.
const EXCEPTION_HANDLER: u8 = 1;
/// `UNW_FLAG_UHANDLER`: the function has a handler that is called when its frame is left.
const UNWIND_HANDLER: u8 = 2;
/// `UNW_FLAG_CHAININFO`.
const CHAINED: u8 = 4;
/// `EXCEPTION_UNWINDING`.
const UNWINDING: u32 = 2;
/// `EXCEPTION_TARGET_UNWIND`.
const TARGET_UNWIND: u32 = 0x20;
/// More frames than fit on a kernel stack.
const MOST_FRAMES: usize = 1024;

/// The registers of a frame, numbered as unwind codes number them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Registers {
    pub general: [u64; 16],
    pub rip: u64,
    pub xmm: [u128; 16],
    pub flags: u32,
}

impl Registers {
    pub fn rsp(&self) -> u64 {
        self.general[RSP]
    }

    /// Takes a return address from the stack.
    fn pop_rip(&mut self) -> Option<()> {
        self.rip = read_stack(self.rsp())?;
        self.general[RSP] += 8;
        Some(())
    }
}

/// `EXCEPTION_RECORD`.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub(crate) struct ExceptionRecord {
    pub code: i32,
    pub flags: u32,
    pub inner: usize,
    pub address: usize,
    pub parameter_count: u32,
    pub parameters: [usize; 15],
}

/// `CONTEXT`, as far as filters look at it.
#[repr(C, align(16))]
pub(crate) struct NtContext {
    home: [u64; 6],
    context_flags: u32,
    mxcsr: u32,
    segments: [u16; 6],
    eflags: u32,
    debug: [u64; 6],
    /// rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi, r8 to r15: the order of unwind codes.
    general: [u64; 16],
    rip: u64,
    float_header: [u8; 160],
    xmm: [u128; 16],
    rest: [u8; 0x4D0 - 0x1A0 - 256],
}

const _: () = {
    assert!(offset_of!(NtContext, general) == 0x78);
    assert!(offset_of!(NtContext, rip) == 0xF8);
    assert!(offset_of!(NtContext, xmm) == 0x1A0);
    assert!(size_of::<NtContext>() == 0x4D0);
    assert!(size_of::<ExceptionRecord>() == 0x98);
};

impl NtContext {
    fn new(registers: &Registers) -> Self {
        Self {
            home: [0; 6],
            // CONTEXT_AMD64 with control, integer and floating point registers.
            context_flags: 0x0010_000B,
            mxcsr: 0x1F80,
            segments: [0x10, 0x2B, 0x2B, 0x53, 0x2B, 0x18],
            eflags: registers.flags,
            debug: [0; 6],
            general: registers.general,
            rip: registers.rip,
            float_header: [0; 160],
            xmm: registers.xmm,
            rest: [0; 0x4D0 - 0x1A0 - 256],
        }
    }
}

/// `EXCEPTION_POINTERS`.
#[repr(C)]
struct ExceptionPointers {
    record: *mut ExceptionRecord,
    context: *mut NtContext,
}

/// `DISPATCHER_CONTEXT`.
#[repr(C)]
pub(crate) struct DispatcherContext {
    control_pc: u64,
    image_base: u64,
    function_entry: *const [u32; 3],
    establisher_frame: u64,
    target_ip: u64,
    context: *mut NtContext,
    language_handler: *const c_void,
    handler_data: *const ScopeTable,
    history: *mut c_void,
    scope_index: u32,
    fill: u32,
    /// Behind the structure that Windows knows: where the search ended.
    found: u64,
}

/// The handler data of `__C_specific_handler`.
#[repr(C)]
struct ScopeTable {
    count: u32,
    scopes: [Scope; 0],
}

#[repr(C)]
#[derive(Clone, Copy)]
struct Scope {
    begin: u32,
    end: u32,
    handler: u32,
    target: u32,
}

type LanguageHandler =
    unsafe extern "efiapi" fn(*mut ExceptionRecord, u64, *mut NtContext, *mut DispatcherContext) -> i32;
type Filter = unsafe extern "efiapi" fn(*mut ExceptionPointers, u64) -> i32;
type Finally = unsafe extern "efiapi" fn(u8, u64);

/// What became of a search for a handler.
#[expect(clippy::large_enum_variant, reason = "the fault handler cannot allocate, and its stack has room")]
pub(super) enum Outcome {
    /// Nobody handles the exception.
    Unhandled,
    /// A filter wants the faulting instruction run again.
    Continue,
    /// Execution goes on with these registers.
    Resume(Registers),
}

/// Looks for a handler of the exception in the driver's frames, from the one with these registers outwards, and if there
/// is one, leaves the frames within it.
pub(super) fn dispatch(registers: &Registers, record: &mut ExceptionRecord) -> Outcome {
    let mut frame = *registers;
    for depth in 0..MOST_FRAMES {
        let Some(step) = step(&mut frame) else { return Outcome::Unhandled };
        let Some(handler) = step.handler(EXCEPTION_HANDLER) else { continue };
        let mut context = NtContext::new(registers);
        let mut dispatcher = step.dispatcher(&handler, &mut context, 0);
        // SAFETY: the driver's own table names this handler for this function, and it gets what Windows would give it.
        let disposition = unsafe { (handler.routine)(record, step.establisher, &raw mut context, &raw mut dispatcher) };
        if dispatcher.found != 0 {
            return unwind(registers, record, depth, dispatcher.found);
        }
        if disposition == CONTINUE_EXECUTION && dispatcher.scope_index == CONTINUED {
            return Outcome::Continue;
        }
    }
    Outcome::Unhandled
}

const CONTINUE_EXECUTION: i32 = 0;
const CONTINUE_SEARCH: i32 = 1;
/// Says that it was a filter, not some stand-in for a handler, that wants to continue.
const CONTINUED: u32 = u32::MAX;

/// Leaves the frames down to the one at `target_depth`, and goes on at `target` there.
fn unwind(registers: &Registers, record: &mut ExceptionRecord, target_depth: usize, target: u64) -> Outcome {
    let mut frame = *registers;
    record.flags |= UNWINDING;
    for depth in 0..=target_depth {
        let mut before = frame;
        if depth == target_depth {
            record.flags |= TARGET_UNWIND;
        }
        let Some(step) = step(&mut frame) else { return Outcome::Unhandled };
        if let Some(handler) = step.handler(UNWIND_HANDLER) {
            let mut context = NtContext::new(&before);
            let mut dispatcher = step.dispatcher(&handler, &mut context, target);
            // SAFETY: as in `dispatch`.
            unsafe { (handler.routine)(record, step.establisher, &raw mut context, &raw mut dispatcher) };
        }
        if depth == target_depth {
            before.rip = target;
            before.general[RAX] = u64::from(record.code.cast_unsigned());
            return Outcome::Resume(before);
        }
    }
    Outcome::Unhandled
}

/// The return addresses of the driver's frames, from the one with these registers outwards.
pub(super) fn backtrace(registers: &Registers, into: &mut [usize]) -> usize {
    let mut frame = *registers;
    let mut count = 0;
    while count < into.len() {
        if find_mapped(as_address(frame.rip)).is_some() {
            into[count] = as_address(frame.rip);
            count += 1;
        }
        if step(&mut frame).is_none() {
            break;
        }
    }
    count
}

/// A frame that has been stepped out of.
struct Step {
    control_pc: u64,
    establisher: u64,
    image: Option<Mapped>,
    function: *const [u32; 3],
    flags: u8,
    handler: u32,
    handler_data: *const ScopeTable,
}

struct Handler {
    routine: LanguageHandler,
    address: *const c_void,
}

impl Step {
    /// The function's handler, if it has one of this kind.
    fn handler(&self, kind: u8) -> Option<Handler> {
        let image = self.image.as_ref()?;
        if self.flags & kind == 0 || self.handler == 0 {
            return None;
        }
        let address = image.base + self.handler as usize;
        if address >= image.end {
            return None;
        }
        let address = address as *const c_void;
        // SAFETY: the image's unwind information says that a language handler is at this address of it.
        Some(Handler { routine: unsafe { std::mem::transmute::<*const c_void, LanguageHandler>(address) }, address })
    }

    fn dispatcher(&self, handler: &Handler, context: &mut NtContext, target: u64) -> DispatcherContext {
        DispatcherContext {
            control_pc: self.control_pc,
            image_base: self.image.as_ref().map_or(0, |image| image.base as u64),
            function_entry: self.function,
            establisher_frame: self.establisher,
            target_ip: target,
            context,
            language_handler: handler.address,
            handler_data: self.handler_data,
            history: std::ptr::null_mut(),
            scope_index: 0,
            fill: 0,
            found: 0,
        }
    }
}

/// Steps from a frame to its caller's. `None` where the driver's frames end.
fn step(frame: &mut Registers) -> Option<Step> {
    let rip = as_address(frame.rip);
    let mut result = Step {
        control_pc: frame.rip,
        establisher: frame.rsp(),
        image: None,
        function: std::ptr::null(),
        flags: 0,
        handler: 0,
        handler_data: std::ptr::null(),
    };
    if leaf::contains(rip) {
        frame.pop_rip()?;
        return Some(result);
    }
    let image = find_mapped(rip)?;
    result.image = Some(image);
    let offset = u32::try_from(rip - image.base).ok()?;
    let Some(function) = find_function(&image, offset) else {
        // A function without an entry is a leaf that keeps its return address on top of the stack.
        frame.pop_rip()?;
        return Some(result);
    };
    result.function = function;
    // SAFETY: the entry lies in the image's function table.
    let [begin, _, information] = unsafe { function.read_unaligned() };
    apply(frame, &image, information, offset - begin, &mut result)?;
    Some(result)
}

fn find_function(image: &Mapped, offset: u32) -> Option<*const [u32; 3]> {
    let (mut low, mut high) = (0, image.function_count);
    while low < high {
        let middle = low.midpoint(high);
        // SAFETY: the index is below the number of entries in the table, which lies in the mapped image.
        let entry = unsafe { image.functions.add(middle) };
        // SAFETY: as above.
        let [begin, end, _] = unsafe { entry.read_unaligned() };
        if offset < begin {
            high = middle;
        } else if offset >= end {
            low = middle + 1;
        } else {
            return Some(entry);
        }
    }
    None
}

/// Undoes what the function's prologue has done, up to `depth` bytes into it, and returns from it.
fn apply(frame: &mut Registers, image: &Mapped, information: u32, depth: u32, step: &mut Step) -> Option<()> {
    let mut information = information;
    let mut chained = false;
    loop {
        // Bit 0 marks an indirection to another entry of the function table.
        if information & 1 != 0 {
            let [_, _, actual] = read_image::<[u32; 3]>(image, information & !1)?;
            information = actual;
            continue;
        }
        let [version_flags, prologue, count, frame_register] = read_image::<[u8; 4]>(image, information)?;
        let flags = version_flags >> 3;
        let register = usize::from(frame_register & 15);
        let frame_offset = u64::from(frame_register >> 4) * 16;
        let in_body = chained || depth >= u32::from(prologue);
        let code = |index: u32| read_image::<[u8; 2]>(image, information + 4 + index * 2);
        let count = u32::from(count);

        let mut establisher = frame.rsp();
        if register != 0 {
            let mut set = in_body;
            let mut index = 0;
            while !set && index < count {
                let [at, operation] = code(index)?;
                set = operation & 15 == SET_FRAME && u32::from(at) <= depth;
                index += slots(operation);
            }
            if set {
                establisher = frame.general[register].wrapping_sub(frame_offset);
            }
        }
        if !chained {
            step.establisher = establisher;
        }

        let mut machine_frame = false;
        let mut index = 0;
        while index < count {
            let [at, operation] = code(index)?;
            let info = usize::from(operation >> 4);
            let operand = |size: u32| -> Option<u64> {
                let low = u64::from(u16::from_le_bytes(code(index + 1)?));
                if size == 1 {
                    return Some(low);
                }
                Some(low | u64::from(u16::from_le_bytes(code(index + 2)?)) << 16)
            };
            if in_body || u32::from(at) <= depth {
                match operation & 15 {
                    PUSH => {
                        frame.general[info] = read_stack(frame.rsp())?;
                        frame.general[RSP] += 8;
                    }
                    ALLOCATE_LARGE if info == 0 => frame.general[RSP] += operand(1)? * 8,
                    ALLOCATE_LARGE => frame.general[RSP] += operand(2)?,
                    ALLOCATE_SMALL => frame.general[RSP] += info as u64 * 8 + 8,
                    SET_FRAME => frame.general[RSP] = frame.general[register].wrapping_sub(frame_offset),
                    SAVE => frame.general[info] = read_stack(establisher + operand(1)? * 8)?,
                    SAVE_FAR => frame.general[info] = read_stack(establisher + operand(2)?)?,
                    SAVE_XMM => frame.xmm[info] = read_stack(establisher + operand(1)? * 16)?,
                    SAVE_XMM_FAR => frame.xmm[info] = read_stack(establisher + operand(2)?)?,
                    MACHINE_FRAME => {
                        if info == 1 {
                            frame.general[RSP] += 8;
                        }
                        frame.rip = read_stack(frame.rsp())?;
                        frame.general[RSP] = read_stack(frame.rsp() + 24)?;
                        machine_frame = true;
                    }
                    _ => {}
                }
            }
            index += slots(operation);
        }
        // An odd number of codes is followed by an unused one.
        let after = information + 4 + count.next_multiple_of(2) * 2;
        if flags & CHAINED != 0 {
            [_, _, information] = read_image::<[u32; 3]>(image, after)?;
            chained = true;
            continue;
        }
        // A handler is not asked about a fault in the prologue.
        if in_body && flags & (EXCEPTION_HANDLER | UNWIND_HANDLER) != 0 {
            step.flags = flags;
            step.handler = read_image::<u32>(image, after)?;
            step.handler_data = (image.base + after as usize + 4) as *const ScopeTable;
        }
        if !machine_frame {
            frame.pop_rip()?;
        }
        return Some(());
    }
}

const PUSH: u8 = 0;
const ALLOCATE_LARGE: u8 = 1;
const ALLOCATE_SMALL: u8 = 2;
const SET_FRAME: u8 = 3;
const SAVE: u8 = 4;
const SAVE_FAR: u8 = 5;
const SAVE_XMM: u8 = 8;
const SAVE_XMM_FAR: u8 = 9;
const MACHINE_FRAME: u8 = 10;

/// How many 16-bit slots an unwind code takes.
fn slots(operation: u8) -> u32 {
    match operation & 15 {
        ALLOCATE_LARGE if operation >> 4 == 0 => 2,
        ALLOCATE_LARGE | SAVE_FAR | SAVE_XMM_FAR => 3,
        SAVE | SAVE_XMM => 2,
        _ => 1,
    }
}

/// What `__C_specific_handler` does: finds the `__try` that a frame is in, by the function's scope table.
///
/// # Safety
///
/// As Windows would call it; the dispatcher context must be the one this module made.
pub(crate) unsafe extern "efiapi" fn c_specific_handler(
    record: *mut ExceptionRecord,
    frame: u64,
    context: *mut NtContext,
    dispatcher: *mut DispatcherContext,
) -> i32 {
    // SAFETY: the caller vouches for the record and the dispatcher context.
    let (record_now, dispatcher) = unsafe { (&*record, &mut *dispatcher) };
    let base = dispatcher.image_base;
    let pc = dispatcher.control_pc.wrapping_sub(base);
    // SAFETY: handler data of this handler is a scope table, which the image holds.
    let count = unsafe { (*dispatcher.handler_data).count };
    // SAFETY: as above.
    let scopes = unsafe { (&raw const (*dispatcher.handler_data).scopes).cast::<Scope>() };
    for index in dispatcher.scope_index..count {
        // SAFETY: the index is below the table's count.
        let scope = unsafe { scopes.add(index as usize).read_unaligned() };
        if !(u64::from(scope.begin)..u64::from(scope.end)).contains(&pc) {
            continue;
        }
        let handler = (base + u64::from(scope.handler)) as *const c_void;
        if record_now.flags & UNWINDING != 0 {
            let target = dispatcher.target_ip.wrapping_sub(base);
            if scope.target == 0 {
                let stays_inside = record_now.flags & TARGET_UNWIND != 0
                    && (u64::from(scope.begin)..u64::from(scope.end)).contains(&target);
                if stays_inside {
                    break;
                }
                dispatcher.scope_index = index + 1;
                // SAFETY: the scope table names the `__finally` block at this address.
                unsafe { std::mem::transmute::<*const c_void, Finally>(handler)(1, frame) };
            } else if record_now.flags & TARGET_UNWIND != 0 && u64::from(scope.target) == target {
                break;
            }
            continue;
        }
        if scope.target == 0 {
            continue;
        }
        let verdict = if scope.handler == 1 {
            1
        } else {
            let mut pointers = ExceptionPointers { record, context };
            // SAFETY: the scope table names the filter at this address.
            unsafe { std::mem::transmute::<*const c_void, Filter>(handler)(&raw mut pointers, frame) }
        };
        if verdict < 0 {
            dispatcher.scope_index = CONTINUED;
            return CONTINUE_EXECUTION;
        }
        if verdict > 0 {
            dispatcher.found = base + u64::from(scope.target);
            return CONTINUE_SEARCH;
        }
    }
    CONTINUE_SEARCH
}

/// Reads from the driver's stack: the calling thread's kernel stack.
fn read_stack<T: Copy>(address: u64) -> Option<T> {
    let address = as_address(address);
    let inside = LOCAL.with(|local| {
        local.kernel_limit.get() <= address && address.saturating_add(size_of::<T>()) <= local.kernel_base.get()
    });
    // SAFETY: the range lies on the kernel stack, which is mapped; integers have no invalid values.
    inside.then(|| unsafe { (address as *const T).read_unaligned() })
}

/// Reads from the image.
fn read_image<T: Copy>(image: &Mapped, offset: u32) -> Option<T> {
    let address = image.base.checked_add(offset as usize)?;
    // SAFETY: the range lies in the image; unwind information is in a readable section, and integers have no invalid
    // values.
    (address.checked_add(size_of::<T>())? <= image.end).then(|| unsafe { (address as *const T).read_unaligned() })
}

/// The handler may be passed any number as an address.
const fn as_address(value: u64) -> usize {
    value as usize
}
