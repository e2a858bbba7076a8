//! Communication ports, as the filter sees them.
//!
//! A [`Port`] is a type: its name, its callbacks, and what a connection is. [`Starting::open_port`](crate::Starting::open_port)
//! opens it. Each connection is a [`Connection`], shared by the callbacks and by whoever sends to the client.

use crate::buffer::{UserInput, UserOutput};
use crate::filter::{Filter, filter_handle};
use crate::irql::{ApcLevel, Irql, NotAbove, PassiveLevel};
use crate::pool::{NonPaged, Shared, Tag};
use crate::status::{Error, Result};
use crate::string::unicode_string;
use crate::time::Ticks;
use core::cell::UnsafeCell;
use core::ffi::c_void;
use core::num::NonZeroU16;
use core::ops::Deref;
use core::ptr::{self, NonNull};
use core::sync::atomic::{AtomicPtr, Ordering};
use fltmgr_sys as sys;

const TAG: Tag = Tag::new(*b"Fcon");

/// A port that clients connect to. Its callbacks run at PASSIVE_LEVEL (M-04), in the client's thread.
pub trait Port: Sized + 'static {
    /// The filter whose port it is.
    type Filter: Filter;
    /// What the filter keeps of a connection.
    type Client: Send + Sync;

    /// The name in the object namespace, which is unique: `\ExamplePort`.
    const NAME: &'static [u16];
    /// How many clients can be connected at once; zero would be an error (M-02).
    const MAX_CONNECTIONS: NonZeroU16;

    /// A client wants to connect, and passes `context` (M-07).
    ///
    /// # Errors
    ///
    /// What the client gets instead of a connection.
    fn connect(filter: &Self::Filter, context: &[u8]) -> Result<Self::Client>;

    /// The connection exists: what `connect` returned can be sent to from now on.
    ///
    /// # Errors
    ///
    /// What the client gets instead of the connection, which is dropped again; `disconnected` does not follow.
    fn connected(filter: &Self::Filter, connection: &Connection<Self>, at: Irql<'_, PassiveLevel>) -> Result<()> {
        let _ = (filter, connection, at);
        Ok(())
    }

    /// The client sends a message and waits for the answer, whose length is returned.
    ///
    /// # Errors
    ///
    /// What the client gets instead of an answer.
    fn message(
        filter: &Self::Filter,
        connection: &Connection<Self>,
        input: &UserInput<'_>,
        output: &mut UserOutput<'_>,
        at: Irql<'_, PassiveLevel>,
    ) -> Result<usize>;

    /// The client is gone, or the filter is about to go (M-09).
    fn disconnected(filter: &Self::Filter, connection: &Connection<Self>, at: Irql<'_, PassiveLevel>) {
        let _ = (filter, connection, at);
    }
}

struct Endpoint<C> {
    /// The one variable that FltSendMessage and FltCloseClientPort both take the address of (M-10).
    port: UnsafeCell<sys::PFLT_PORT>,
    client: C,
}

// SAFETY: the port variable is read and written by the Filter Manager only, which synchronizes that (M-10).
unsafe impl<C: Send> Send for Endpoint<C> {}
// SAFETY: as for `Send`.
unsafe impl<C: Sync> Sync for Endpoint<C> {}

/// A counted reference to a connection. The connection can be gone while references live; sending fails then.
pub struct Connection<P: Port>(Shared<Endpoint<P::Client>, NonPaged>);

impl<P: Port> Clone for Connection<P> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<P: Port> Deref for Connection<P> {
    type Target = P::Client;
    fn deref(&self) -> &P::Client {
        &self.0.client
    }
}

/// What became of a message; that the time ran out is no success, though its status is of that class (M-19).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sent {
    /// The client answered with so many bytes.
    Replied(usize),
    /// The time ran out before the client had taken the message and answered.
    TimedOut,
}

impl<P: Port> Connection<P> {
    /// Whether both are the same connection.
    pub fn same(&self, other: &Self) -> bool {
        self.0.same(&other.0)
    }

    /// Sends `message` and waits for the reply. Wraps FltSendMessage (M-17, M-18); it blocks, so it belongs where no lock
    /// is held (M-23).
    ///
    /// # Errors
    ///
    /// STATUS_PORT_DISCONNECTED if the client is gone or goes meanwhile, STATUS_BUFFER_OVERFLOW if the reply is longer than
    /// its buffer (M-22), STATUS_THREAD_IS_TERMINATING, STATUS_INSUFFICIENT_RESOURCES (M-21).
    pub fn ask<L: NotAbove<ApcLevel>>(
        &self,
        message: &[u8],
        reply: &mut [u8],
        timeout: Ticks,
        _: Irql<'_, L>,
    ) -> Result<Sent> {
        let message_length = u32::try_from(message.len()).map_err(|_| Error::INVALID_BUFFER_SIZE)?;
        let mut reply_length = u32::try_from(reply.len()).map_err(|_| Error::INVALID_BUFFER_SIZE)?;
        let mut due = timeout.relative();
        // SAFETY: the port variable lives as long as this reference; the buffers are borrowed for the call; a reply length
        // comes with a reply buffer; and the IRQL is at most APC_LEVEL.
        let status = unsafe {
            sys::FltSendMessage(
                filter_handle::<P::Filter>(),
                self.0.port.get(),
                message.as_ptr().cast_mut().cast(),
                message_length,
                reply.as_mut_ptr().cast(),
                &raw mut reply_length,
                &raw mut due,
            )
        };
        if status == sys::STATUS_TIMEOUT {
            return Ok(Sent::TimedOut);
        }
        Error::check(status)?;
        Ok(Sent::Replied(reply_length as usize))
    }
}

impl<P: Port> Connection<P> {
    /// Has whoever kept a reference find no port to send to: the Filter Manager takes back that of a refused connection.
    fn forget_port(&self) {
        // SAFETY: the variable lives as long as this reference, and is only ever accessed as a whole.
        unsafe { AtomicPtr::from_ptr(self.0.port.get()) }.store(ptr::null_mut(), Ordering::Release);
    }
}

/// The server ports of a filter, to be closed before it unregisters.
pub(crate) struct PortHandles([AtomicPtr<sys::FLT_PORT>; 4]);

impl PortHandles {
    pub(crate) const fn new() -> Self {
        Self([const { AtomicPtr::new(ptr::null_mut()) }; 4])
    }

    fn keep(&self, port: NonNull<sys::FLT_PORT>) -> Result<()> {
        let kept = self.0.iter().any(|slot| {
            slot.compare_exchange(ptr::null_mut(), port.as_ptr(), Ordering::AcqRel, Ordering::Relaxed).is_ok()
        });
        if kept { Ok(()) } else { Err(Error::INSUFFICIENT_RESOURCES) }
    }

    /// Closes the ports, so that no new connection comes (M-11, M-12).
    pub(crate) fn close(&self) {
        for slot in &self.0 {
            let port = slot.swap(ptr::null_mut(), Ordering::AcqRel);
            if !port.is_null() {
                // SAFETY: the port was created by `open` and is closed here once.
                unsafe { sys::FltCloseCommunicationPort(port) };
            }
        }
    }
}

/// Opens the port `P`. Wraps FltBuildDefaultSecurityDescriptor and FltCreateCommunicationPort.
pub(crate) fn open<P: Port>(handles: &PortHandles, _: Irql<'_, PassiveLevel>) -> Result<()> {
    let mut security = ptr::null_mut();
    // SAFETY: the routine writes the one pointer it is given.
    Error::check(unsafe { sys::FltBuildDefaultSecurityDescriptor(&raw mut security, sys::FLT_PORT_ALL_ACCESS) })?;
    let created = create::<P>(security);
    // SAFETY: the descriptor came from the matching routine, and a port has its own copy (M-06).
    unsafe { sys::FltFreeSecurityDescriptor(security) };
    let port = created?;
    handles.keep(port).inspect_err(|_| {
        // SAFETY: the port was just created and nobody else knows it.
        unsafe { sys::FltCloseCommunicationPort(port.as_ptr()) };
    })
}

fn create<P: Port>(security: sys::PSECURITY_DESCRIPTOR) -> Result<NonNull<sys::FLT_PORT>> {
    let mut name = unicode_string(P::NAME)?;
    let attributes = sys::OBJECT_ATTRIBUTES {
        Length: size_of::<sys::OBJECT_ATTRIBUTES>() as u32,
        RootDirectory: ptr::null_mut(),
        ObjectName: &raw mut name,
        Attributes: sys::OBJ_KERNEL_HANDLE | sys::OBJ_CASE_INSENSITIVE,
        SecurityDescriptor: security.cast(),
        SecurityQualityOfService: ptr::null_mut(),
    };
    let mut port = ptr::null_mut();
    // SAFETY: the filter is registered; the attributes and what they point to outlive the call (M-01); all three callbacks
    // are given (M-02).
    Error::check(unsafe {
        sys::FltCreateCommunicationPort(
            filter_handle::<P::Filter>(),
            &raw mut port,
            (&raw const attributes).cast_mut(),
            ptr::null_mut(),
            Some(connect_notify::<P>),
            Some(disconnect_notify::<P>),
            Some(message_notify::<P>),
            i32::from(P::MAX_CONNECTIONS.get()),
        )
    })?;
    NonNull::new(port).ok_or(Error::INSUFFICIENT_RESOURCES)
}

sys::callback! {
    /// The callback for a new connection.
    ///
    /// # Safety
    ///
    /// Called by the Filter Manager as the callback that it is registered as.
    #[cfg_attr(target_os = "windows", unsafe(link_section = "PAGE"))]
    unsafe fn connect_notify<P: Port>(
        client: sys::PFLT_PORT,
        _: *mut c_void,
        context: *mut c_void,
        length: u32,
        cookie: *mut *mut c_void,
    ) -> sys::NTSTATUS {
        let Some(filter) = <P::Filter as crate::filter::Driver>::slot().started() else {
            return sys::STATUS_FLT_NOT_INITIALIZED;
        };
        let context: &[u8] = if context.is_null() {
            &[]
        } else {
            // SAFETY: the Filter Manager captured the context, which is that long, into kernel memory.
            unsafe { core::slice::from_raw_parts(context.cast(), length as usize) }
        };
        let connected = P::connect(filter, context).and_then(|client_state| {
            let endpoint = Endpoint { port: UnsafeCell::new(client), client: client_state };
            let connection = Connection::<P>(Shared::try_new(endpoint, TAG)?);
            // SAFETY: connect callbacks run at PASSIVE_LEVEL (M-04).
            P::connected(filter, &connection, unsafe { Irql::assume() }).inspect_err(|_| connection.forget_port())?;
            Ok(connection)
        });
        match connected {
            Ok(connection) => {
                // SAFETY: the Filter Manager passes the address of the connection's cookie.
                unsafe { *cookie = connection.0.into_raw().as_ptr().cast() };
                sys::STATUS_SUCCESS
            }
            Err(error) => error.raw(),
        }
    }
}

sys::callback! {
    /// The callback for the end of a connection.
    ///
    /// # Safety
    ///
    /// Called by the Filter Manager as the callback that it is registered as, with the cookie of a connection.
    #[cfg_attr(target_os = "windows", unsafe(link_section = "PAGE"))]
    unsafe fn disconnect_notify<P: Port>(cookie: *mut c_void) {
        let Some(cookie) = NonNull::new(cookie) else { return };
        // SAFETY: the cookie is the reference that `connect_notify` gave away, and a connection ends once.
        let connection = Connection::<P>(unsafe { Shared::from_raw(cookie.cast()) });
        if let Some(filter) = <P::Filter as crate::filter::Driver>::slot().started() {
            // SAFETY: disconnect callbacks run at PASSIVE_LEVEL (M-04).
            P::disconnected(filter, &connection, unsafe { Irql::assume() });
        }
        // SAFETY: the variable holds the client port that the connection came with, and sends use the same variable (M-10).
        unsafe { sys::FltCloseClientPort(filter_handle::<P::Filter>(), connection.0.port.get()) };
    }
}

sys::callback! {
    /// The callback for a message.
    ///
    /// # Safety
    ///
    /// Called by the Filter Manager as the callback that it is registered as, with the cookie of a connection.
    #[cfg_attr(target_os = "windows", unsafe(link_section = "PAGE"))]
    unsafe fn message_notify<P: Port>(
        cookie: *mut c_void,
        input: *mut c_void,
        input_length: u32,
        output: *mut c_void,
        output_length: u32,
        returned: *mut u32,
    ) -> sys::NTSTATUS {
        // SAFETY: the Filter Manager passes the address of the length.
        unsafe { *returned = 0 };
        let (Some(filter), Some(cookie)) = (<P::Filter as crate::filter::Driver>::slot().started(), NonNull::new(cookie))
        else {
            return sys::STATUS_FLT_NOT_INITIALIZED;
        };
        // SAFETY: the cookie is a reference that lives until the disconnect callback, which this one comes before; the
        // reference made of it here is not dropped.
        let connection = core::mem::ManuallyDrop::new(Connection::<P>(unsafe { Shared::from_raw(cookie.cast()) }));
        // SAFETY: the Filter Manager probed both ranges, and this is the client's thread (M-13).
        let (input, mut output) = unsafe {
            (UserInput::new(input.cast(), input_length as usize), UserOutput::new(output.cast(), output_length as usize))
        };
        // SAFETY: message callbacks run at PASSIVE_LEVEL (M-04).
        match P::message(filter, &connection, &input, &mut output, unsafe { Irql::assume() }) {
            Ok(length) => {
                // The length may not exceed that of the buffer (M-15).
                // SAFETY: as above.
                unsafe { *returned = length.min(output.len()) as u32 };
                sys::STATUS_SUCCESS
            }
            Err(error) => error.raw(),
        }
    }
}
