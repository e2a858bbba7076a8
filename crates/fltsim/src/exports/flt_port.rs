//! Communication ports: `FltCreateCommunicationPort` and what belongs to it (rules M-01 to M-23).

use std::{ptr, slice};

use fltmgr_sys::{
    ACCESS_MASK, LARGE_INTEGER, LONG, NTSTATUS, PFLT_CONNECT_NOTIFY, PFLT_DISCONNECT_NOTIFY, PFLT_FILTER,
    PFLT_MESSAGE_NOTIFY, PFLT_PORT, POBJECT_ATTRIBUTES, PSECURITY_DESCRIPTOR, PULONG, PVOID, STATUS_BUFFER_OVERFLOW,
    STATUS_INVALID_PARAMETER, STATUS_INVALID_SECURITY_DESCR, STATUS_OBJECT_NAME_INVALID, STATUS_OBJECT_PATH_SYNTAX_BAD,
    STATUS_PORT_DISCONNECTED, STATUS_SUCCESS, STATUS_THREAD_IS_TERMINATING, STATUS_TIMEOUT, ULONG,
};

use super::export;
use crate::flt::filter::Filter;
use crate::flt::object::Object as _;
use crate::flt::port::{Access, Callbacks, PortRequest, Sent};
use crate::kernel::{irql, thread, time, wait};

export! {
    dll "FLTMGR.SYS";

    /// Builds a security descriptor that lets only the system and administrators in (M-06).
    pub unsafe fn FltBuildDefaultSecurityDescriptor(
        SecurityDescriptor: *mut PSECURITY_DESCRIPTOR,
        DesiredAccess: ACCESS_MASK,
    ) -> NTSTATUS {
        irql::check(irql::PASSIVE_LEVEL);
        let descriptor = thread::machine().ports().build_descriptor(DesiredAccess);
        // SAFETY: the driver passes a variable for the result.
        unsafe { SecurityDescriptor.write(descriptor as PSECURITY_DESCRIPTOR) };
        STATUS_SUCCESS
    }

    /// Frees what `FltBuildDefaultSecurityDescriptor` built (M-06).
    pub unsafe fn FltFreeSecurityDescriptor(SecurityDescriptor: PSECURITY_DESCRIPTOR) {
        irql::check(irql::PASSIVE_LEVEL);
        let machine = thread::machine();
        machine.ports().free_descriptor(&machine, SecurityDescriptor as usize);
    }

    /// Opens a port that programs can connect to (M-01 to M-03).
    pub unsafe fn FltCreateCommunicationPort(
        Filter: PFLT_FILTER,
        ServerPort: *mut PFLT_PORT,
        ObjectAttributes: POBJECT_ATTRIBUTES,
        ServerPortCookie: PVOID,
        ConnectNotifyCallback: PFLT_CONNECT_NOTIFY,
        DisconnectNotifyCallback: PFLT_DISCONNECT_NOTIFY,
        MessageNotifyCallback: PFLT_MESSAGE_NOTIFY,
        MaxConnections: LONG,
    ) -> NTSTATUS {
        irql::check(irql::PASSIVE_LEVEL);
        // SAFETY: the driver passes a variable for the result, which is null unless there is a port.
        unsafe { ServerPort.write(ptr::null_mut()) };
        // SAFETY: the driver passes the filter that it registered.
        let filter = unsafe { Filter::arc_from_handle(Filter) };
        // SAFETY: the driver passes attributes that describe the port, which are valid for this call.
        let (name, access) = match unsafe { read_attributes(ObjectAttributes) } {
            Ok(attributes) => attributes,
            Err(status) => return status,
        };
        let Some(max_connections) = usize::try_from(MaxConnections).ok().filter(|&most| most > 0) else {
            return STATUS_INVALID_PARAMETER;
        };
        if ConnectNotifyCallback.is_none() || DisconnectNotifyCallback.is_none() {
            return STATUS_INVALID_PARAMETER;
        }
        let request = PortRequest {
            name,
            access,
            cookie: ServerPortCookie as usize,
            callbacks: Callbacks {
                connect: ConnectNotifyCallback,
                disconnect: DisconnectNotifyCallback,
                message: MessageNotifyCallback,
            },
            max_connections,
        };
        let machine = thread::machine();
        match machine.ports().create(&machine, &filter, request) {
            Ok(port) => {
                // SAFETY: as above.
                unsafe { ServerPort.write(port.address() as PFLT_PORT) };
                STATUS_SUCCESS
            }
            Err(status) => status.0,
        }
    }

    /// Closes a port to new connections; those that exist live on (M-11).
    pub unsafe fn FltCloseCommunicationPort(ServerPort: PFLT_PORT) {
        irql::check(irql::PASSIVE_LEVEL);
        let machine = thread::machine();
        machine.ports().close_server(&machine, ServerPort as usize);
    }

    /// Closes a connection from the driver's side and sets the driver's variable to NULL (M-10).
    pub unsafe fn FltCloseClientPort(_Filter: PFLT_FILTER, ClientPort: *mut PFLT_PORT) {
        irql::check(irql::PASSIVE_LEVEL);
        let machine = thread::machine();
        // SAFETY: the driver passes the address of its variable, or NULL against the rule, which is reported.
        unsafe { machine.ports().close_client(&machine, ClientPort) };
    }

    /// Sends a message to a program, and waits for its reply if a reply buffer is given (M-17 to M-23).
    pub unsafe fn FltSendMessage(
        _Filter: PFLT_FILTER,
        ClientPort: *mut PFLT_PORT,
        SenderBuffer: PVOID,
        SenderBufferLength: ULONG,
        ReplyBuffer: PVOID,
        ReplyLength: PULONG,
        Timeout: *mut LARGE_INTEGER,
    ) -> NTSTATUS {
        irql::check(irql::APC_LEVEL);
        if SenderBuffer.is_null() || ClientPort.is_null() || (!ReplyBuffer.is_null() && ReplyLength.is_null()) {
            let text = "FltSendMessage needs a client port and a SenderBuffer, and a ReplyLength for every ReplyBuffer";
            report("M-17", text.to_owned());
            return STATUS_INVALID_PARAMETER;
        }
        // SAFETY: the driver passes a timeout that is valid for this call, or NULL.
        let timeout = unsafe { Timeout.as_ref() }.map(|timeout| {
            // SAFETY: every bit pattern of the union is a 64-bit number.
            unsafe { timeout.QuadPart }
        });
        check_timeout(timeout);
        // A timeout too far away to be told is none, and so is a NULL one (M-20).
        let deadline = wait::deadline(timeout.map(time::until));
        // SAFETY: the driver passes a message of that length.
        let data = unsafe { slice::from_raw_parts(SenderBuffer.cast::<u8>(), SenderBufferLength as usize) }.to_vec();
        let reply_capacity = (!ReplyBuffer.is_null()).then(|| {
            // SAFETY: a reply buffer comes with a length, which was checked.
            unsafe { ReplyLength.read() }
        });
        let machine = thread::machine();
        // SAFETY: the driver passes the address of its variable.
        match unsafe { machine.ports().send(&machine, ClientPort, data, reply_capacity, deadline) } {
            Sent::Delivered => STATUS_SUCCESS,
            Sent::TimedOut => STATUS_TIMEOUT,
            Sent::Disconnected => STATUS_PORT_DISCONNECTED,
            Sent::Terminating => STATUS_THREAD_IS_TERMINATING,
            Sent::Replied { status, data } => {
                let capacity = reply_capacity.unwrap_or_default();
                let copied = u32::try_from(data.len()).unwrap_or(u32::MAX).min(capacity);
                // SAFETY: the driver's buffer has as many bytes as its length says, and nothing else is in it.
                unsafe {
                    ptr::copy_nonoverlapping(data.as_ptr(), ReplyBuffer.cast::<u8>(), copied as usize);
                    ReplyLength.write(copied);
                }
                // M-22. The reply's own status is what the sender gets otherwise.
                if data.len() > copied as usize { STATUS_BUFFER_OVERFLOW } else { status.0 }
            }
        }
    }
}

/// The name and the access that attributes give (M-01).
///
/// # Safety
///
/// `attributes` must be NULL or point to object attributes whose name and security descriptor are valid.
unsafe fn read_attributes(attributes: POBJECT_ATTRIBUTES) -> Result<(Vec<u16>, Access), NTSTATUS> {
    // SAFETY: the caller vouches for the attributes.
    let attributes = unsafe { attributes.as_ref() }.ok_or(STATUS_INVALID_PARAMETER)?;
    if attributes.Attributes & fltmgr_sys::OBJ_KERNEL_HANDLE == 0 {
        report("M-01", "FltCreateCommunicationPort needs OBJ_KERNEL_HANDLE in its object attributes".to_owned());
        return Err(STATUS_INVALID_PARAMETER);
    }
    // SAFETY: the caller vouches for the name.
    let name = unsafe { attributes.ObjectName.as_ref() }.ok_or(STATUS_INVALID_PARAMETER)?;
    let units = usize::from(name.Length) / 2;
    if units == 0 || name.Buffer.is_null() {
        return Err(STATUS_OBJECT_NAME_INVALID);
    }
    // SAFETY: the name has as many bytes as its length says.
    let name = unsafe { slice::from_raw_parts(name.Buffer, units) }.to_vec();
    // Without a root directory, which ports are not opened in here, a name begins at the root.
    if name[0] != u16::from(b'\\') {
        return Err(STATUS_OBJECT_PATH_SYNTAX_BAD);
    }
    // SAFETY: the caller vouches for the descriptor.
    let access = unsafe { Access::read(attributes.SecurityDescriptor.cast()) };
    Ok((name, access.ok_or(STATUS_INVALID_SECURITY_DESCR)?))
}

/// Reports timeouts that are seldom meant.
fn check_timeout(timeout: Option<i64>) {
    if timeout == Some(0) {
        let text = "FltSendMessage got a timeout of 0, of which the documentation says two different things; pass NULL \
                    to wait forever, or a negative number of 100 ns";
        report("X-06", text.to_owned());
    }
    let current = thread::current();
    let holds_lock = current.normal_apc_disable_count() != 0 || current.special_apc_disable_count() != 0;
    if timeout.is_none() && holds_lock {
        let text = "FltSendMessage waits without a time limit while its thread is in a critical region or holds a lock";
        report("M-23", text.to_owned());
    }
}

/// Keeps and prints a finding about the driver that the calling thread is in.
fn report(rule: &'static str, text: String) {
    crate::flt::port::report(&thread::machine(), rule, text);
}
