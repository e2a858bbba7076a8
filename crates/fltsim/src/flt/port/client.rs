//! The user's end of a connection.

use std::ptr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc;
use std::time::Duration;

use fltmgr_sys as sys;

use super::access::Caller;
use super::connection::Got;
use super::{Connection, finish, notify_disconnect};
use crate::kernel::call::{CallSite, call_driver};
use crate::kernel::process::Process;
use crate::kernel::{irql, thread};
use crate::machine::Machine;
use crate::status::NtStatus;
use crate::user_memory::{UserBuffer, is_user_range};

/// What `ReturnOutputBufferLength` holds before the driver has set it.
const NOT_SET: u32 = u32::MAX;

impl Machine {
    /// Connects `process` to the port of this name, as an administrator: `FilterConnectCommunicationPort`.
    ///
    /// # Errors
    ///
    /// `STATUS_OBJECT_NAME_NOT_FOUND`, `STATUS_CONNECTION_COUNT_LIMIT`, or what the driver's `ConnectNotify` returns.
    pub fn connect_port(
        self: &Arc<Self>,
        process: &Arc<Process>,
        name: &str,
        context: &[u8],
    ) -> Result<PortConnection, NtStatus> {
        self.connect_port_as(process, name, context, Caller::Administrator)
    }

    /// As [`Machine::connect_port`], for a process of `caller`.
    ///
    /// # Errors
    ///
    /// As [`Machine::connect_port`], and `STATUS_ACCESS_DENIED` if the port's security descriptor does not admit the
    /// caller (M-05).
    pub fn connect_port_as(
        self: &Arc<Self>,
        process: &Arc<Process>,
        name: &str,
        context: &[u8],
        caller: Caller,
    ) -> Result<PortConnection, NtStatus> {
        // M-27: the size is 16 bits wide.
        if u16::try_from(context.len()).is_err() {
            return Err(NtStatus(sys::STATUS_INVALID_PARAMETER));
        }
        if self.is_crashed() {
            return Err(NtStatus(sys::STATUS_DEVICE_DOES_NOT_EXIST));
        }
        let name: Vec<u16> = name.encode_utf16().collect();
        let connection = self.ports().connect(self, process, &name, context, caller)?;
        Ok(PortConnection { machine: Arc::clone(self), process: Arc::clone(process), connection })
    }
}

/// A program's connection to a port. Dropping it is closing its last handle: `DisconnectNotify` is called, after every
/// `MessageNotify` that still runs.
pub struct PortConnection {
    machine: Arc<Machine>,
    process: Arc<Process>,
    connection: Arc<Connection>,
}

impl PortConnection {
    /// Sends a message to the driver: `FilterSendMessage`. Returns how many bytes of `output` the driver wrote.
    ///
    /// The driver gets copies of both buffers, each of which ends where an inaccessible page begins.
    ///
    /// # Errors
    ///
    /// As [`PortConnection::send_raw`], and `STATUS_INSUFFICIENT_RESOURCES` if the host has no memory for the copies.
    pub fn send(&self, input: &[u8], output: &mut [u8]) -> Result<usize, NtStatus> {
        let (returned, buffer) = self.send_sized(input, output.len())?;
        output[..returned].copy_from_slice(&buffer[..returned]);
        Ok(returned)
    }

    /// As [`PortConnection::send`], returning what the driver wrote.
    pub(crate) fn send_vec(&self, input: &[u8], output_length: usize) -> Result<Vec<u8>, NtStatus> {
        let (returned, buffer) = self.send_sized(input, output_length)?;
        Ok(buffer[..returned].to_vec())
    }

    fn send_sized(&self, input: &[u8], output_length: usize) -> Result<(usize, UserBytes), NtStatus> {
        let no_memory = |_| NtStatus(sys::STATUS_INSUFFICIENT_RESOURCES);
        let too_long = |_| NtStatus(sys::STATUS_INVALID_PARAMETER);
        let input_length = u32::try_from(input.len()).map_err(too_long)?;
        let output_length = u32::try_from(output_length).map_err(too_long)?;
        // An empty buffer is no buffer, as FltLib has it (M-14).
        let input = (!input.is_empty()).then(|| UserBuffer::new(input)).transpose().map_err(no_memory)?;
        let output =
            (output_length != 0).then(|| UserBuffer::zeroed(output_length as usize)).transpose().map_err(no_memory)?;
        let address = |buffer: &Option<UserBuffer>| buffer.as_ref().map_or(0, UserBuffer::address);
        let returned = self.send_raw(address(&input), input_length, address(&output), output_length)?;
        Ok((returned, UserBytes(output)))
    }

    /// Sends a message whose buffers are any addresses at all, as a hostile program can.
    ///
    /// As the Filter Manager does, this checks only that the ranges are in the user's part of the address space (M-13):
    /// whether they are mapped, or as long as is said, is for the driver to find out. An address of 0 is no buffer, and
    /// its length is passed on as it is (M-14).
    ///
    /// # Errors
    ///
    /// `STATUS_ACCESS_VIOLATION` for a range that is not the user's, without calling the driver;
    /// `STATUS_INVALID_DEVICE_REQUEST` if the port has no `MessageNotify` (M-16); `STATUS_PORT_DISCONNECTED`;
    /// `STATUS_DEVICE_DOES_NOT_EXIST` if the machine has crashed; or what the driver's `MessageNotify` returns.
    pub fn send_raw(
        &self,
        input_address: usize,
        input_length: u32,
        output_address: usize,
        output_length: u32,
    ) -> Result<usize, NtStatus> {
        let is_bad = |address, length: u32| address != 0 && !is_user_range(address, length as usize);
        if is_bad(input_address, input_length) || is_bad(output_address, output_length) {
            return Err(NtStatus(sys::STATUS_ACCESS_VIOLATION));
        }
        let connection = &self.connection;
        if connection.queues.is_over() || !connection.calls.enter() {
            return Err(NtStatus(self.gone()));
        }
        let result = self.notify_message(input_address, input_length, output_address, output_length);
        connection.calls.exit();
        result
    }

    /// Calls `MessageNotify`, in a thread of the sending process (M-04, M-13 to M-16).
    fn notify_message(
        &self,
        input_address: usize,
        input_length: u32,
        output_address: usize,
        output_length: u32,
    ) -> Result<usize, NtStatus> {
        let server = &self.connection.server;
        let Some(message) = server.callbacks.message else {
            return Err(NtStatus(sys::STATUS_INVALID_DEVICE_REQUEST));
        };
        let cookie = self.connection.cookie.load(Ordering::Acquire) as sys::PVOID;
        let mut returned = NOT_SET;
        let returned_address = &raw mut returned;
        let called = thread::with_process(&self.machine, &self.process, || {
            call_driver(server.filter.image(), &CallSite::of("MessageNotify"), irql::PASSIVE_LEVEL, || {
                // SAFETY: the driver gave the routine for this call, and `returned` outlives it. The addresses are
                // what a program sent: that they may be anything is the routine's contract (M-13).
                unsafe {
                    message(
                        cookie,
                        input_address as sys::PVOID,
                        input_length,
                        output_address as sys::PVOID,
                        output_length,
                        returned_address,
                    )
                }
            })
        });
        let status = NtStatus(called.map_err(|_| NtStatus(sys::STATUS_DEVICE_DOES_NOT_EXIST))?);
        // SAFETY: the variable is this function's; the driver wrote it through the pointer, if it did.
        let returned = unsafe { ptr::read_volatile(&raw const returned) };
        if !status.is_success() {
            return Err(status);
        }
        let room = if output_address == 0 { 0 } else { output_length };
        if returned == NOT_SET {
            let text = "MessageNotify succeeded without setting *ReturnOutputBufferLength; set it to 0 for no output";
            server.filter.report("M-15", text.to_owned());
            return Ok(0);
        }
        if returned > room {
            let text =
                format!("MessageNotify says that it wrote {returned} bytes of output where there is room for {room}");
            server.filter.report("M-15", text);
        }
        Ok(returned.min(room) as usize)
    }

    /// Waits for a message from the driver: `FilterGetMessage`, for messages of at most `capacity` bytes without their
    /// header. [`Got::Canceled`] is that the time was over.
    pub fn get(&self, capacity: u32, timeout: Option<Duration>) -> Got {
        let (sender, receiver) = mpsc::sync_channel(1);
        // The channel is known to this call alone, so its address is no other call's token.
        let token = ptr::from_ref(&receiver) as u64;
        let deliver = move |got| {
            // The receiver lives until something came.
            let _ = sender.send(got);
        };
        self.get_async(token, capacity, deliver);
        let got = timeout.and_then(|timeout| receiver.recv_timeout(timeout).ok());
        if got.is_none() && timeout.is_some() {
            self.cancel(token);
        }
        got.or_else(|| receiver.recv().ok()).unwrap_or(Got::Disconnected)
    }

    /// Asks for a message, which `deliver` gets now or later, on any thread; it must not block. `token` is for
    /// [`PortConnection::cancel`].
    pub(crate) fn get_async(&self, token: u64, capacity: u32, deliver: impl FnOnce(Got) + Send + 'static) {
        self.connection.queues.get(token, capacity, Box::new(deliver));
    }

    /// Cancels a [`PortConnection::get_async`]: it gets [`Got::Canceled`] unless it got something else already.
    pub(crate) fn cancel(&self, token: u64) {
        self.connection.queues.cancel(token);
    }

    /// Replies to a message: `FilterReplyMessage`. `status` is what `FltSendMessage` returns to the driver.
    ///
    /// # Errors
    ///
    /// `STATUS_FLT_NO_WAITER_FOR_REPLY` if nobody waits for it (M-26), `STATUS_PORT_DISCONNECTED`.
    pub fn reply(&self, message: u64, status: NtStatus, data: &[u8]) -> Result<(), NtStatus> {
        if self.connection.queues.is_over() {
            return Err(NtStatus(self.gone()));
        }
        if !self.connection.queues.reply(message, status, data.to_vec()) {
            return Err(NtStatus(sys::STATUS_FLT_NO_WAITER_FOR_REPLY));
        }
        Ok(())
    }

    /// Ends the connection while others still use it: whoever waits is released. What closing the last handle does
    /// follows when the last of them is done.
    pub(crate) fn disconnect(&self) {
        self.connection.queues.disconnect();
    }

    /// Closes the last handle while messages of other threads are under way: `DisconnectNotify` is called at once, and not
    /// after them, as by a drop. The documentation says neither, so a driver has to stand both (M-09).
    pub fn close_at_once(&self) {
        self.connection.queues.disconnect();
        self.connection.calls.close();
        notify_disconnect(&self.machine, &self.process, &self.connection);
    }

    /// The process that is connected.
    pub fn process(&self) -> &Arc<Process> {
        &self.process
    }

    /// Why nothing can be sent any more.
    fn gone(&self) -> i32 {
        if self.machine.is_crashed() { sys::STATUS_DEVICE_DOES_NOT_EXIST } else { sys::STATUS_PORT_DISCONNECTED }
    }
}

impl Drop for PortConnection {
    fn drop(&mut self) {
        finish(&self.machine, &self.process, &self.connection, None);
    }
}

/// The bytes of a buffer that may be none.
struct UserBytes(Option<UserBuffer>);

impl std::ops::Deref for UserBytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.0.as_ref().map_or(&[], UserBuffer::bytes)
    }
}
