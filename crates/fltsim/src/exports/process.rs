//! Processes and threads.

use std::ptr;
use std::sync::{Arc, mpsc};

use fltmgr_sys::{
    ACCESS_MASK, BOOLEAN, HANDLE, NTSTATUS, PCLIENT_ID, PEPROCESS, PETHREAD, PHANDLE, PKSTART_ROUTINE,
    POBJECT_ATTRIBUTES, PUCHAR, PULONG, PUNICODE_STRING, PVOID, STATUS_INFO_LENGTH_MISMATCH, STATUS_INSUFFICIENT_RESOURCES,
    STATUS_INVALID_CID, STATUS_INVALID_HANDLE, STATUS_INVALID_INFO_CLASS, STATUS_INVALID_PARAMETER,
    STATUS_OBJECT_TYPE_MISMATCH, STATUS_PENDING, STATUS_SUCCESS, ULONG, UNICODE_STRING,
};

use super::export;
use super::object::{open_object, resolve};
use crate::kernel::call::{self, CallSite, call_driver};
use crate::kernel::object::ObjectKind;
use crate::kernel::pool::{self, PoolKind};
use crate::kernel::process::Process;
use crate::kernel::thread::{self, KernelThread, ThreadObject};
use crate::kernel::{fault, irql, object};

/// The tag of process image names.
const TAG: u32 = u32::from_le_bytes(*b"SePn");
/// The name that the thread of a driver has on the host, if it can be given one.
const THREAD_NAME: &str = "driver thread";

/// The process at an address, which the driver got from here.
fn process_at(process: PEPROCESS) -> Arc<Process> {
    Process::at(process as usize).unwrap_or_else(|| {
        fault::bug_check(0x18, [0, process as usize, 0, 0], format!("{process:p} is no process, or is one no more"))
    })
}

fn thread_at(thread: PETHREAD) -> &'static KernelThread {
    let object = object::find(thread as usize);
    match object.as_ref().and_then(|object| object.as_any().downcast_ref::<ThreadObject>()) {
        Some(&ThreadObject(thread)) => thread,
        None => fault::bug_check(0x18, [0, thread as usize, 0, 0], format!("{thread:p} is no thread")),
    }
}

fn id(id: u32) -> HANDLE {
    id as usize as HANDLE
}

/// A counted string in one block of pool memory: the structure, and the text behind it.
fn allocate_string(text: &[u16]) -> PUNICODE_STRING {
    let size = text.len() * 2;
    let Ok(length) = u16::try_from(size) else { return ptr::null_mut() };
    let block = pool::allocate(PoolKind::Paged, size_of::<UNICODE_STRING>() + size + 2, TAG, true);
    if block.is_null() {
        return ptr::null_mut();
    }
    let string: PUNICODE_STRING = block.cast();
    // SAFETY: the block is large enough for the structure, the text and a zero.
    unsafe {
        let buffer: *mut u16 = string.add(1).cast();
        ptr::copy_nonoverlapping(text.as_ptr(), buffer, text.len());
        string.write(UNICODE_STRING { Length: length, MaximumLength: length.saturating_add(2), Buffer: buffer });
    }
    string
}

/// Starts a thread that calls the driver's routine; its object.
fn start_thread(routine: PKSTART_ROUTINE, context: PVOID) -> Option<&'static KernelThread> {
    let routine = routine?;
    let image = thread::current_image()?;
    let machine = thread::machine();
    let context = context as usize;
    let (report, started) = mpsc::channel();
    let body = move || {
        let thread = thread::current();
        thread.set_system();
        if report.send(thread).is_err() {
            return;
        }
        let process = machine.processes().system();
        thread::with_process(&machine, &process, || {
            let site = CallSite::of("system thread");
            // A thread that PsTerminateSystemThread ended comes back as if it had crashed, without a report.
            // SAFETY: the driver passed the routine to be called with this context.
            let _ = call_driver(&image, &site, irql::PASSIVE_LEVEL, || unsafe { routine(context as PVOID) });
        });
        drop(image);
        thread.end();
    };
    std::thread::Builder::new().name(THREAD_NAME.into()).spawn(body).ok()?;
    started.recv().ok()
}

export! {
    dll "ntoskrnl.exe";

    /// The current thread.
    pub unsafe fn PsGetCurrentThread() -> PETHREAD {
        thread::current().address() as PETHREAD
    }

    /// The process of the current thread.
    pub unsafe fn PsGetCurrentProcess() -> PEPROCESS {
        thread::current().process_address() as PEPROCESS
    }

    /// The process of the current thread.
    pub unsafe fn IoGetCurrentProcess() -> PEPROCESS {
        thread::current().process_address() as PEPROCESS
    }

    /// The id of the current thread.
    pub unsafe fn PsGetCurrentThreadId() -> HANDLE {
        id(thread::current().thread_id())
    }

    /// The id of the process of the current thread.
    pub unsafe fn PsGetCurrentProcessId() -> HANDLE {
        id(thread::current().process().id)
    }

    /// A thread's id.
    pub unsafe fn PsGetThreadId(Thread: PETHREAD) -> HANDLE {
        id(thread_at(Thread).thread_id())
    }

    /// A process's id.
    pub unsafe fn PsGetProcessId(Process: PEPROCESS) -> HANDLE {
        id(process_at(Process).id)
    }

    /// The id of a thread's process.
    pub unsafe fn PsGetThreadProcessId(Thread: PETHREAD) -> HANDLE {
        id(thread_at(Thread).process().id)
    }

    /// A thread's process.
    pub unsafe fn PsGetThreadProcess(Thread: PETHREAD) -> PEPROCESS {
        thread_at(Thread).process_address() as PEPROCESS
    }

    /// A thread's process.
    pub unsafe fn IoThreadToProcess(Thread: PETHREAD) -> PEPROCESS {
        thread_at(Thread).process_address() as PEPROCESS
    }

    /// Whether a driver started the thread.
    pub unsafe fn IoIsSystemThread(Thread: PETHREAD) -> BOOLEAN {
        thread_at(Thread).is_system().into()
    }

    /// The process with an id, referenced.
    pub unsafe fn PsLookupProcessByProcessId(ProcessId: HANDLE, Process: *mut PEPROCESS) -> NTSTATUS {
        irql::check(irql::APC_LEVEL);
        let process = u32::try_from(ProcessId as usize).ok().and_then(|id| thread::machine().processes().find(id));
        let Some(process) = process else { return STATUS_INVALID_CID };
        if !object::reference(process.address()) {
            return STATUS_INVALID_CID;
        }
        // SAFETY: the driver passes a variable for the result.
        unsafe { Process.write(process.address() as PEPROCESS) };
        STATUS_SUCCESS
    }

    /// The short name of a process's image, which is there as long as the process.
    pub unsafe fn PsGetProcessImageFileName(Process: PEPROCESS) -> PUCHAR {
        process_at(Process).short_name().as_ptr().cast_mut()
    }

    /// What a process ended with: `STATUS_PENDING` while it runs.
    pub unsafe fn PsGetProcessExitStatus(Process: PEPROCESS) -> NTSTATUS {
        if process_at(Process).has_ended() { STATUS_SUCCESS } else { STATUS_PENDING }
    }

    /// Whether a process is protected: none is here.
    pub unsafe fn PsIsProtectedProcess(Process: PEPROCESS) -> BOOLEAN {
        process_at(Process);
        0
    }

    /// Whether a process is protected: none is here.
    pub unsafe fn PsIsProtectedProcessLight(Process: PEPROCESS) -> BOOLEAN {
        process_at(Process);
        0
    }

    /// The NT path of a process's image, in a block that the caller frees with `ExFreePool`.
    pub unsafe fn SeLocateProcessImageName(Process: PEPROCESS, ImageFileName: *mut PUNICODE_STRING) -> NTSTATUS {
        irql::check(irql::PASSIVE_LEVEL);
        let name = allocate_string(&process_at(Process).image_path);
        if name.is_null() {
            return STATUS_INSUFFICIENT_RESOURCES;
        }
        // SAFETY: the driver passes a variable for the result.
        unsafe { ImageFileName.write(name) };
        STATUS_SUCCESS
    }

    /// Starts a thread of the system process that calls a routine of the driver.
    pub unsafe fn PsCreateSystemThread(
        ThreadHandle: PHANDLE,
        DesiredAccess: ULONG,
        ObjectAttributes: POBJECT_ATTRIBUTES,
        ProcessHandle: HANDLE,
        ClientId: PCLIENT_ID,
        StartRoutine: PKSTART_ROUTINE,
        StartContext: PVOID,
    ) -> NTSTATUS {
        let _ = (ObjectAttributes, ProcessHandle);
        irql::check(irql::PASSIVE_LEVEL);
        if StartRoutine.is_none() {
            return STATUS_INVALID_PARAMETER;
        }
        let Some(thread) = start_thread(StartRoutine, StartContext) else { return STATUS_INSUFFICIENT_RESOURCES };
        let handle = open_object(thread.address(), ObjectKind::Thread, DesiredAccess);
        // SAFETY: the driver passes a variable for the handle, and one for the ids or null.
        unsafe {
            ThreadHandle.write(handle as HANDLE);
            if let Some(client) = ClientId.as_mut() {
                client.UniqueProcess = id(crate::kernel::process::SYSTEM_PROCESS_ID);
                client.UniqueThread = id(thread.thread_id());
            }
        }
        STATUS_SUCCESS
    }

    /// Ends the current thread, which a driver must have started. Returns only if it may not be ended.
    pub unsafe fn PsTerminateSystemThread(ExitStatus: NTSTATUS) -> NTSTATUS {
        let thread = thread::current();
        if !thread.is_system() {
            return STATUS_INVALID_PARAMETER;
        }
        thread.set_exit_status(ExitStatus);
        call::leave_driver(|| thread.end())
    }

    /// The version of Windows; whether it is a checked build, which it isn't.
    pub unsafe fn PsGetVersion(
        MajorVersion: PULONG,
        MinorVersion: PULONG,
        BuildNumber: PULONG,
        CSDVersion: PUNICODE_STRING,
    ) -> BOOLEAN {
        let (major, minor, build) = super::rtl::VERSION;
        for (to, value) in [(MajorVersion, major), (MinorVersion, minor), (BuildNumber, build)] {
            if !to.is_null() {
                // SAFETY: what is not null is a variable for a part of the version.
                unsafe { to.write(value) };
            }
        }
        // SAFETY: what is not null is a string.
        if let Some(service_pack) = unsafe { CSDVersion.as_mut() } {
            service_pack.Length = 0;
        }
        0
    }

    /// A handle to the process with an id.
    pub unsafe fn ZwOpenProcess(
        ProcessHandle: PHANDLE,
        DesiredAccess: ACCESS_MASK,
        ObjectAttributes: POBJECT_ATTRIBUTES,
        ClientId: PCLIENT_ID,
    ) -> NTSTATUS {
        let _ = ObjectAttributes;
        irql::check(irql::PASSIVE_LEVEL);
        // SAFETY: the driver passes the ids.
        let wanted = unsafe { (*ClientId).UniqueProcess } as usize;
        let process = u32::try_from(wanted).ok().and_then(|id| thread::machine().processes().find(id));
        let Some(process) = process else { return STATUS_INVALID_CID };
        let handle = open_object(process.address(), ObjectKind::Process, DesiredAccess);
        // SAFETY: the driver passes a variable for the result.
        unsafe { ProcessHandle.write(handle as HANDLE) };
        STATUS_SUCCESS
    }

    /// What is known of a process: `ProcessBasicInformation` (0) and `ProcessImageFileName` (27).
    pub unsafe fn ZwQueryInformationProcess(
        ProcessHandle: HANDLE,
        ProcessInformationClass: i32,
        ProcessInformation: PVOID,
        ProcessInformationLength: ULONG,
        ReturnLength: PULONG,
    ) -> NTSTATUS {
        irql::check(irql::PASSIVE_LEVEL);
        let process = match resolve(ProcessHandle) {
            None => return STATUS_INVALID_HANDLE,
            Some((ObjectKind::Process, object, _)) => process_at(object as PEPROCESS),
            Some(_) => return STATUS_OBJECT_TYPE_MISMATCH,
        };
        let data = match ProcessInformationClass {
            BASIC_INFORMATION => basic_information(&process),
            IMAGE_FILE_NAME => image_file_name(&process, ProcessInformation as usize),
            _ => return STATUS_INVALID_INFO_CLASS,
        };
        let length = u32::try_from(data.len()).unwrap_or(u32::MAX);
        // SAFETY: the driver passes a variable for the length or null, and a buffer of the length that it says.
        unsafe {
            if !ReturnLength.is_null() {
                ReturnLength.write(length);
            }
            if ProcessInformationLength < length {
                return STATUS_INFO_LENGTH_MISMATCH;
            }
            ptr::copy_nonoverlapping(data.as_ptr(), ProcessInformation.cast(), data.len());
        }
        STATUS_SUCCESS
    }
}

const BASIC_INFORMATION: i32 = 0;
const IMAGE_FILE_NAME: i32 = 27;

/// `PROCESS_BASIC_INFORMATION`: exit status, PEB, affinity, priority, id, parent's id.
fn basic_information(process: &Process) -> Vec<u8> {
    let exit_status = if process.has_ended() { STATUS_SUCCESS } else { STATUS_PENDING };
    let words = [u64::from(exit_status.cast_unsigned()), 0, 1, 8, process.id.into(), 0];
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

/// A `UNICODE_STRING` whose text follows it, for a buffer at `address`.
fn image_file_name(process: &Process, address: usize) -> Vec<u8> {
    let text = &process.image_path;
    let length = u16::try_from(text.len() * 2).unwrap_or(0xFFFC);
    let mut data = Vec::with_capacity(18 + text.len() * 2);
    data.extend(length.to_le_bytes());
    data.extend((length + 2).to_le_bytes());
    data.extend([0; 4]);
    data.extend((address + 16).to_le_bytes());
    data.extend(text[..usize::from(length) / 2].iter().flat_map(|unit| unit.to_le_bytes()));
    data.extend([0; 2]);
    data
}
