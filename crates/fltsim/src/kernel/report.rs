//! The report of a crash.

use std::fmt;
use std::sync::Arc;

use super::fault::{self, Access, Fault, FaultKind};
use super::irql;
use super::stack::KERNEL_STACK_SIZE;
use super::thread::{self, Local};
use crate::flt::report::Report;
use crate::image::{Image, Place, Symbols};

/// A place in a driver's code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// The image's name.
    pub image: String,
    /// The offset in the image.
    pub offset: usize,
    /// Function, file and line, where there is a program database.
    pub place: Place,
}

impl fmt::Display for Frame {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}+{:#x}", self.image, self.offset)?;
        if self.place.function.is_some() {
            write!(formatter, "  {}", self.place)?;
        }
        Ok(())
    }
}

/// Why a machine has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CrashReport {
    /// The driver's name.
    pub driver: String,
    /// What happened.
    pub kind: FaultKind,
    /// What fltsim has to say about it.
    pub explanation: Option<String>,
    /// Where it happened, and who called that, innermost first. Empty for a driver that is linked into the process.
    pub frames: Vec<Frame>,
    /// The routine of fltsim that the driver had called, if it happened below one.
    pub serving: Option<&'static str>,
    /// What the driver had been called for.
    pub routine: Option<&'static str>,
    /// The operation it was called for.
    pub operation: Option<&'static str>,
    /// The name of the object the operation is about.
    pub subject: Option<String>,
    /// The id of the process that the thread worked for.
    pub process_id: u32,
    /// The path of that process's image.
    pub process_image: String,
    /// The thread's id.
    pub thread_id: u32,
    /// The thread's IRQL.
    pub irql: u8,
}

impl CrashReport {
    /// Where in the image it happened.
    pub fn image_offset(&self) -> Option<usize> {
        self.frames.first().map(|frame| frame.offset)
    }
}

impl fmt::Display for CrashReport {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} has crashed: ", self.driver)?;
        self.write_kind(formatter)?;
        if let Some(explanation) = &self.explanation {
            write!(formatter, "\n  because   {explanation}")?;
        }
        let mut frames = self.frames.iter().peekable();
        let mut label = "at       ";
        while let Some(frame) = frames.next() {
            write!(formatter, "\n  {label} {frame}")?;
            let mut again = 0;
            while frames.next_if_eq(&frame).is_some() {
                again += 1;
            }
            if again > 0 {
                write!(formatter, "  and {again} times more")?;
            }
            label = "called by";
        }
        if let Some(routine) = self.serving {
            write!(formatter, "\n  in        {routine}, which it had called")?;
        }
        if let Some(routine) = self.routine {
            write!(formatter, "\n  during    its {routine}")?;
            if let Some(operation) = self.operation {
                write!(formatter, " for {operation}")?;
            }
            if let Some(subject) = &self.subject {
                write!(formatter, " of {subject}")?;
            }
        }
        write!(
            formatter,
            "\n  by        process {} ({}), thread {}, at {}",
            self.process_id,
            self.process_image,
            self.thread_id,
            irql::name(self.irql)
        )
    }
}

impl CrashReport {
    fn write_kind(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            FaultKind::None => write!(formatter, "it is not known why"),
            FaultKind::AccessViolation { address, access } => {
                let access = match access {
                    Access::Read => "read from",
                    Access::Write => "write to",
                    Access::Execute => "execution of",
                };
                write!(formatter, "access violation: {access} {address:#018x}")?;
                match address {
                    0..0x1_0000 => {
                        write!(formatter, ", which is a null pointer or an offset from one")?;
                        if address == 0x188 {
                            write!(formatter, " (or the current thread by gs:[188h], which fltsim doesn't serve)")?;
                        }
                        Ok(())
                    }
                    0xFFFF_F780_0000_0000..0xFFFF_F780_0000_1000 => {
                        write!(formatter, ", which is KUSER_SHARED_DATA; fltsim doesn't serve it")
                    }
                    _ => Ok(()),
                }
            }
            FaultKind::GeneralProtection => write!(
                formatter,
                "general protection fault: an address that no pointer can have, an unaligned SSE access, or an \
                 instruction that only a kernel may execute (fltsim doesn't serve CR8)"
            ),
            FaultKind::InPageError { address } => {
                write!(formatter, "in-page error: what is mapped at {address:#018x} cannot be read from its file")
            }
            FaultKind::StackOverflow { beyond } => write!(
                formatter,
                "stack overflow: the {} KiB kernel stack was exceeded by {beyond} bytes",
                KERNEL_STACK_SIZE / 1024
            ),
            FaultKind::IllegalInstruction => {
                write!(formatter, "illegal instruction (what compilers also put where a program must not come)")
            }
            FaultKind::Division => write!(formatter, "integer division by zero, or its result was too large"),
            FaultKind::Breakpoint => write!(formatter, "a breakpoint, and no kernel debugger is attached"),
            FaultKind::FastFail { code } => {
                write!(formatter, "fast fail {code}: its code found that its memory is corrupted (bug check 0x139)")
            }
            FaultKind::UnhandledException { status } => {
                write!(formatter, "it raised status 0x{status:08X}, which nobody handles")
            }
            FaultKind::BugCheck { code, parameters: [one, two, three, four] } => {
                write!(formatter, "bug check {code:#x}")?;
                if let Some(name) = bug_check_name(code) {
                    write!(formatter, " {name}")?;
                }
                write!(formatter, " ({one:#x}, {two:#x}, {three:#x}, {four:#x})")
            }
        }
    }
}

fn bug_check_name(code: u32) -> Option<&'static str> {
    Some(match code {
        0x9 => "IRQL_NOT_GREATER_OR_EQUAL",
        0xA => "IRQL_NOT_LESS_OR_EQUAL",
        0x18 => "REFERENCE_BY_POINTER",
        0x19 => "BAD_POOL_HEADER",
        0x1E => "KMODE_EXCEPTION_NOT_HANDLED",
        0x20 => "KERNEL_APC_PENDING_DURING_EXIT",
        0x44 => "MULTIPLE_IRP_COMPLETE_REQUESTS",
        0x4E => "PFN_LIST_CORRUPT",
        0x50 => "PAGE_FAULT_IN_NONPAGED_AREA",
        0x7F => "UNEXPECTED_KERNEL_MODE_TRAP",
        0x93 => "INVALID_KERNEL_HANDLE",
        0xC2 => "BAD_POOL_CALLER",
        0xC4 => "DRIVER_VERIFIER_DETECTED_VIOLATION",
        0xC5 => "DRIVER_CORRUPTED_EXPOOL",
        0xC9 => "DRIVER_VERIFIER_IOMANAGER_VIOLATION",
        0xD1 => "DRIVER_IRQL_NOT_LESS_OR_EQUAL",
        0xE2 => "MANUALLY_INITIATED_CRASH",
        0xF5 => "FLTMGR_FILE_SYSTEM",
        0x139 => "KERNEL_SECURITY_CHECK_FAILURE",
        _ => return None,
    })
}

/// The report of the fault that the calling thread has recorded. The thread is still in the call that crashed.
pub(super) fn make(local: &Local) -> CrashReport {
    let fault = local.fault.replace(Fault::NONE);
    let image = thread::current_image();
    // SAFETY: whoever set the site is a caller of this.
    let site = unsafe { local.site.get().as_ref() };
    let current = thread::current();
    let process = current.process();
    CrashReport {
        driver: image.as_ref().map_or_else(|| "the driver".to_owned(), |image| image.name().to_owned()),
        kind: fault.kind,
        explanation: fault::take_explanation(),
        frames: frames(image.as_ref(), &fault.frames[..fault.frame_count]),
        serving: thread::current_routine().map(|routine| routine.name),
        routine: site.map(|site| site.routine),
        operation: site.and_then(|site| site.operation),
        subject: site.and_then(|site| site.subject).map(String::from_utf16_lossy),
        process_id: process.id,
        process_image: String::from_utf16_lossy(&process.image_path),
        thread_id: current.thread_id(),
        irql: local.irql.get(),
    }
}

/// Makes the report of the fault that has just ended a call into a driver, and ends the machine with it. Where a call
/// further in has done so, there is nothing left to report.
pub(super) fn crashed(local: &Local) {
    if local.fault.get().kind == FaultKind::None {
        return;
    }
    let report = make(local);
    tracing::error!("{report}");
    if let Some(machine) = thread::try_machine() {
        machine.set_crashed(report);
        // Those who wait for what the driver will never do now must not wait on.
        super::wait::wake_all();
    }
}

/// Frames of a driver that are looked up in its symbols when somebody asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Callers {
    image: String,
    symbols: Symbols,
    offsets: Vec<usize>,
}

impl Callers {
    /// The frames with these return addresses. There are none for a driver that is linked into the process.
    pub fn new(image: &Image, addresses: &[usize]) -> Self {
        let offsets = addresses.iter().filter_map(|&address| image.offset_of(address)).collect();
        Self { image: image.name().to_owned(), symbols: image.symbols(), offsets }
    }

    pub fn frames(&self) -> Vec<Frame> {
        let calls: Vec<usize> = self.offsets.iter().map(|&offset| before(offset)).collect();
        let places = self.symbols.places(&calls);
        let frame = |(&offset, place)| Frame { image: self.image.clone(), offset, place };
        self.offsets.iter().zip(places).map(frame).collect()
    }
}

/// A return address is behind its call, and may be in the next line.
fn before(return_address: usize) -> usize {
    return_address.saturating_sub(1)
}

fn frames(image: Option<&Arc<Image>>, addresses: &[usize]) -> Vec<Frame> {
    let Some(image) = image else { return Vec::new() };
    let offsets: Vec<usize> = addresses.iter().filter_map(|&address| image.offset_of(address)).collect();
    let looked_up: Vec<usize> =
        offsets.iter().enumerate().map(|(number, &offset)| if number == 0 { offset } else { before(offset) }).collect();
    let places = image.places(&looked_up);
    offsets
        .into_iter()
        .zip(places)
        .map(|(offset, place)| Frame { image: image.name().to_owned(), offset, place })
        .collect()
}

/// Says what the current driver does wrong that doesn't end the machine.
pub(super) fn finding(rule: &'static str, text: String) {
    let driver = thread::current_image().map_or_else(|| "a driver".to_owned(), |image| image.name().to_owned());
    let report = Report { rule, driver, text };
    if let Some(machine) = thread::try_machine() {
        machine.report(report);
    } else {
        tracing::warn!("{report}");
    }
}
