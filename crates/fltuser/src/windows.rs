//! `FltLib` as the Filter Manager.

use std::{ffi::c_void, iter, ptr, time::Duration};

use windows_sys::{
    Win32::{
        Foundation::{
            CloseHandle, E_NOTIMPL, ERROR_ALREADY_EXISTS, ERROR_INVALID_NAME, ERROR_IO_PENDING, ERROR_NO_MORE_ITEMS,
            ERROR_OPERATION_ABORTED, ERROR_SERVICE_ALREADY_RUNNING, GetLastError, HANDLE, INVALID_HANDLE_VALUE, LUID,
            WAIT_OBJECT_0, WAIT_TIMEOUT,
        },
        Security::{
            AdjustTokenPrivileges, LUID_AND_ATTRIBUTES, LookupPrivilegeValueW, SE_LOAD_DRIVER_NAME,
            SE_PRIVILEGE_ENABLED, TOKEN_ADJUST_PRIVILEGES, TOKEN_PRIVILEGES,
        },
        Storage::InstallableFileSystems::{
            FILTER_MESSAGE_HEADER, FILTER_REPLY_HEADER, FilterAttach, FilterAttachAtAltitude,
            FilterConnectCommunicationPort, FilterDetach, FilterGetMessage, FilterLoad, FilterReplyMessage,
            FilterSendMessage, FilterUnload, INSTANCE_NAME_MAX_CHARS,
        },
        System::{
            IO::{CancelIoEx, GetOverlappedResult, OVERLAPPED},
            Threading::{CreateEventW, GetCurrentProcess, INFINITE, OpenProcessToken, WaitForSingleObject},
        },
    },
    core::HRESULT,
};

use crate::{
    Error, ErrorKind, Filter, Instance, Message, Result, Volume,
    error::{Code, Doing},
};

mod find;

/// This computer.
#[derive(Clone, Debug)]
pub(crate) struct System;

impl System {
    #[expect(clippy::unnecessary_wraps, reason = "it has the signature of its counterpart off Windows")]
    pub(crate) fn local() -> Result<Self> {
        Ok(Self)
    }

    #[expect(clippy::unused_self, reason = "its counterpart off Windows needs it")]
    pub(crate) fn connect(&self, port: &str, context: &[u8]) -> Result<Port> {
        let doing = Doing::Connecting(port);
        let name = wide(port)?;
        // M-27: the pointer is NULL exactly when the size is 0. The caller has checked that the length fits.
        let context_length = u16::try_from(context.len()).unwrap_or(u16::MAX);
        let context = if context.is_empty() { ptr::null() } else { context.as_ptr().cast() };
        let mut handle = INVALID_HANDLE_VALUE;
        // SAFETY: the name ends in NUL, the context has the length given, and `handle` outlives the call.
        let result = unsafe {
            FilterConnectCommunicationPort(name.as_ptr(), 0, context, context_length, ptr::null(), &raw mut handle)
        };
        check(doing, result)?;
        Ok(Port { handle: Handle(handle) })
    }

    #[expect(clippy::unused_self, reason = "its counterpart off Windows needs it")]
    pub(crate) fn load(&self, filter: &str) -> Result<()> {
        let name = wide(filter)?;
        enable_load_privilege();
        // SAFETY: the name ends in NUL.
        let result = unsafe { FilterLoad(name.as_ptr()) };
        if [ERROR_ALREADY_EXISTS, ERROR_SERVICE_ALREADY_RUNNING].map(from_win32).contains(&result) {
            let message = format!("{filter} is loaded already");
            return Err(Error::new(ErrorKind::AlreadyLoaded, Some(Code::Hresult(result)), message));
        }
        check(Doing::Loading(filter), result)
    }

    #[expect(clippy::unused_self, reason = "its counterpart off Windows needs it")]
    pub(crate) fn unload(&self, filter: &str) -> Result<()> {
        let name = wide(filter)?;
        enable_load_privilege();
        // SAFETY: the name ends in NUL.
        check(Doing::Unloading(filter), unsafe { FilterUnload(name.as_ptr()) })
    }

    #[expect(clippy::unused_self, reason = "its counterpart off Windows needs it")]
    pub(crate) fn attach(
        &self,
        filter: &str,
        volume: &str,
        instance: Option<&str>,
        altitude: Option<&str>,
    ) -> Result<String> {
        let doing = Doing::Attaching { filter, volume };
        let filter = wide(filter)?;
        let volume = wide(volume)?;
        let instance = instance.map(wide).transpose()?;
        let instance = instance.as_ref().map_or(ptr::null(), Vec::as_ptr);
        let mut created = [0_u16; INSTANCE_NAME_MAX_CHARS as usize + 1];
        let created_bytes = u32::try_from(size_of_val(&created)).unwrap_or_default();
        let result = match altitude.map(wide).transpose()? {
            // SAFETY: every string ends in NUL, and `created` has as many bytes as is said.
            None => unsafe {
                FilterAttach(filter.as_ptr(), volume.as_ptr(), instance, created_bytes, created.as_mut_ptr())
            },
            // SAFETY: as above.
            Some(altitude) => unsafe {
                FilterAttachAtAltitude(
                    filter.as_ptr(),
                    volume.as_ptr(),
                    altitude.as_ptr(),
                    instance,
                    created_bytes,
                    created.as_mut_ptr(),
                )
            },
        };
        check(doing, result)?;
        let length = created.iter().position(|&unit| unit == 0).unwrap_or(created.len());
        Ok(String::from_utf16_lossy(&created[..length]))
    }

    #[expect(clippy::unused_self, reason = "its counterpart off Windows needs it")]
    pub(crate) fn detach(&self, filter: &str, volume: &str, instance: Option<&str>) -> Result<()> {
        let doing = Doing::Detaching { filter, volume };
        let filter = wide(filter)?;
        let volume = wide(volume)?;
        let instance = instance.map(wide).transpose()?;
        let instance = instance.as_ref().map_or(ptr::null(), Vec::as_ptr);
        // SAFETY: every string ends in NUL, and the instance may be NULL.
        check(doing, unsafe { FilterDetach(filter.as_ptr(), volume.as_ptr(), instance) })
    }

    #[expect(clippy::unused_self, reason = "its counterpart off Windows needs it")]
    pub(crate) fn filters(&self) -> Result<Vec<Filter>> {
        find::filters()
    }

    pub(crate) fn instances(&self, filter: Option<&str>) -> Result<Vec<Instance>> {
        let Some(filter) = filter else {
            // FltLib lists the instances of one filter or of one volume, not all.
            let mut all = Vec::new();
            for filter in self.filters()?.iter().filter(|filter| filter.instances > 0) {
                match find::instances(&filter.name) {
                    // A filter may be unloaded between the two calls.
                    Err(error) if error.kind() == ErrorKind::NoSuchFilter => {}
                    instances => all.extend(instances?),
                }
            }
            return Ok(all);
        };
        find::instances(filter)
    }

    #[expect(clippy::unused_self, reason = "its counterpart off Windows needs it")]
    pub(crate) fn volumes(&self) -> Result<Vec<Volume>> {
        find::volumes()
    }
}

/// A connection to a filter.
#[derive(Debug)]
pub(crate) struct Port {
    handle: Handle,
}

impl Port {
    pub(crate) fn send(&self, input: &[u8], output: &mut [u8]) -> Result<usize> {
        // M-14: an empty buffer is passed as no buffer.
        let input_pointer = if input.is_empty() { ptr::null() } else { input.as_ptr().cast() };
        let output_pointer = if output.is_empty() { ptr::null_mut() } else { output.as_mut_ptr().cast() };
        let mut returned = 0;
        // SAFETY: the handle is open, and both buffers have the lengths given, which the caller has checked to fit.
        let result = unsafe {
            FilterSendMessage(
                self.handle.0,
                input_pointer,
                u32::try_from(input.len()).unwrap_or(u32::MAX),
                output_pointer,
                u32::try_from(output.len()).unwrap_or(u32::MAX),
                &raw mut returned,
            )
        };
        check(Doing::Sending, result)?;
        Ok((returned as usize).min(output.len()))
    }

    pub(crate) fn get(&self, capacity: u32, timeout: Option<Duration>) -> Result<Option<Message>> {
        let doing = Doing::Getting { capacity, length: None };
        let header_length = size_of::<FILTER_MESSAGE_HEADER>();
        let length = header_length + capacity as usize;
        // 64-bit units give the header its alignment.
        let mut buffer = vec![0_u64; length.div_ceil(8)];
        // SAFETY: all arguments may be NULL or zero; the event is closed by its owner below.
        let event = unsafe { CreateEventW(ptr::null(), 1, 0, ptr::null()) };
        if event.is_null() {
            return Err(last_error(doing));
        }
        let event = Handle(event);
        let mut overlapped = OVERLAPPED { hEvent: event.0, ..OVERLAPPED::default() };
        // SAFETY: the buffer has the length given and begins with room for the header; it, the event and `overlapped`
        // live until the operation is over, which the code below waits for on every path.
        let result = unsafe {
            FilterGetMessage(
                self.handle.0,
                buffer.as_mut_ptr().cast(),
                u32::try_from(length).unwrap_or(u32::MAX),
                &raw mut overlapped,
            )
        };
        if result != from_win32(ERROR_IO_PENDING) {
            check(doing, result)?;
        }
        // SAFETY: the event is open.
        let waited = unsafe { WaitForSingleObject(event.0, milliseconds(timeout)) };
        if waited != WAIT_OBJECT_0 {
            // SAFETY: the operation was started on this handle. That it is over by now is no error: its result tells.
            unsafe { CancelIoEx(self.handle.0, &raw const overlapped) };
        }
        let mut received = 0;
        // SAFETY: the operation was started on this handle with this structure; it is waited for to its end.
        let done = unsafe { GetOverlappedResult(self.handle.0, &raw const overlapped, &raw mut received, 1) };
        if done == 0 {
            // SAFETY: the call has no preconditions.
            let error = unsafe { GetLastError() };
            if error == ERROR_OPERATION_ABORTED && waited == WAIT_TIMEOUT {
                return Ok(None);
            }
            return Err(Error::from_code(doing, Code::Hresult(from_win32(error)), None));
        }
        // SAFETY: the buffer is at least as long as the header and aligned for it, and every bit pattern is a header.
        let header = unsafe { buffer.as_ptr().cast::<FILTER_MESSAGE_HEADER>().read() };
        let data_length = (received as usize).clamp(header_length, length) - header_length;
        // SAFETY: the data lies behind the header, and the buffer is initialized as far as it reaches.
        let data = unsafe { std::slice::from_raw_parts(buffer.as_ptr().cast::<u8>().add(header_length), data_length) };
        Ok(Some(Message { id: header.MessageId, reply_length: header.ReplyLength, data: data.to_vec() }))
    }

    pub(crate) fn reply(&self, message: u64, status: i32, data: &[u8]) -> Result<()> {
        let doing = Doing::Replying(message);
        let header_length = size_of::<FILTER_REPLY_HEADER>();
        let length = header_length + data.len();
        let Ok(length_given) = u32::try_from(length) else {
            return Err(Error::new(ErrorKind::TooLong, None, format!("{doing}: {length} bytes are too many")));
        };
        let mut buffer = vec![0_u64; length.div_ceil(8)];
        // SAFETY: the buffer is aligned for the header and has room for it and the data behind it.
        unsafe {
            buffer
                .as_mut_ptr()
                .cast::<FILTER_REPLY_HEADER>()
                .write(FILTER_REPLY_HEADER { Status: status, MessageId: message });
            ptr::copy_nonoverlapping(data.as_ptr(), buffer.as_mut_ptr().cast::<u8>().add(header_length), data.len());
        }
        // SAFETY: the handle is open and the buffer has the length given.
        check(doing, unsafe { FilterReplyMessage(self.handle.0, buffer.as_ptr().cast(), length_given) })
    }
}

/// A handle that is closed when it is dropped.
#[derive(Debug)]
struct Handle(HANDLE);

// SAFETY: a handle is a number that any thread of the process may use; it is only called a pointer.
unsafe impl Send for Handle {}
// SAFETY: as above. The calls that take it synchronize themselves.
unsafe impl Sync for Handle {}

impl Drop for Handle {
    fn drop(&mut self) {
        // SAFETY: the handle is open and owned by this value.
        unsafe { CloseHandle(self.0) };
    }
}

/// The time in milliseconds, rounded up: a wait is never shorter than asked for.
fn milliseconds(timeout: Option<Duration>) -> u32 {
    timeout.map_or(INFINITE, |timeout| {
        u32::try_from(timeout.as_nanos().div_ceil(1_000_000)).unwrap_or(u32::MAX).min(INFINITE - 1)
    })
}

/// `HRESULT_FROM_WIN32`.
const fn from_win32(error: u32) -> HRESULT {
    (0x8007_0000 | (error & 0xFFFF)).cast_signed()
}

fn check(doing: Doing<'_>, result: HRESULT) -> Result<()> {
    match result {
        0.. => Ok(()),
        // What Wine's FltLib answers to everything; that of Windows answers it to nothing.
        E_NOTIMPL => {
            let message = format!(
                "{doing}: there is no filter to talk to, because this system has no Filter Manager (E_NOTIMPL)"
            );
            Err(Error::new(ErrorKind::NoMachine, Some(Code::Hresult(result)), message))
        }
        _ => Err(Error::from_code(doing, Code::Hresult(result), None)),
    }
}

fn last_error(doing: Doing<'_>) -> Error {
    // SAFETY: the call has no preconditions.
    Error::from_code(doing, Code::Hresult(from_win32(unsafe { GetLastError() })), None)
}

/// The UTF-16 of a string, ending in NUL.
fn wide(text: &str) -> Result<Vec<u16>> {
    if text.contains('\0') {
        let message = format!("{text:?} is no name: it contains a NUL");
        let code = Some(Code::Hresult(from_win32(ERROR_INVALID_NAME)));
        return Err(Error::new(ErrorKind::InvalidArgument, code, message));
    }
    Ok(text.encode_utf16().chain(iter::once(0)).collect())
}

/// Enables `SeLoadDriverPrivilege`, which `FilterLoad` and `FilterUnload` need and an administrator has, but disabled
/// (M-31).
///
/// That it cannot be enabled shows as the error of the call it was needed for.
fn enable_load_privilege() {
    let mut token = ptr::null_mut();
    // SAFETY: the pseudo-handle is always valid, and `token` outlives the call.
    if unsafe { OpenProcessToken(GetCurrentProcess(), TOKEN_ADJUST_PRIVILEGES, &raw mut token) } == 0 {
        return;
    }
    let token = Handle(token);
    let mut luid = LUID::default();
    // SAFETY: the name is a NUL-terminated constant, and `luid` outlives the call.
    if unsafe { LookupPrivilegeValueW(ptr::null(), SE_LOAD_DRIVER_NAME, &raw mut luid) } == 0 {
        return;
    }
    let privileges = TOKEN_PRIVILEGES {
        PrivilegeCount: 1,
        Privileges: [LUID_AND_ATTRIBUTES { Luid: luid, Attributes: SE_PRIVILEGE_ENABLED }],
    };
    // SAFETY: the token is open for adjusting, the structure holds as many privileges as it says, and the previous
    // state is not asked for.
    unsafe { AdjustTokenPrivileges(token.0, 0, &raw const privileges, 0, ptr::null_mut(), ptr::null_mut()) };
}

/// Whether an enumeration is over rather than broken.
fn is_end(result: HRESULT) -> bool {
    result == from_win32(ERROR_NO_MORE_ITEMS)
}

/// A pointer to plain bytes, as `FltLib`'s find calls take it.
fn buffer_pointer(buffer: &mut [u64]) -> *mut c_void {
    buffer.as_mut_ptr().cast()
}
