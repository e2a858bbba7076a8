//! Opening and closing ports, and the callbacks that the Filter Manager calls for them.

use super::clients::{Clients, Id};
use super::{Connection, Port, TAG};
use crate::buffer::{UserInput, UserOutput};
use crate::filter::{Driver, filter_handle};
use crate::irql::{Irql, PassiveLevel};
use crate::pool::{NonPaged, PoolBox};
use crate::status::{Error, Result};
use crate::string::unicode_string;
use core::any::TypeId;
use core::ffi::c_void;
use core::ptr::{self, NonNull};
use core::sync::atomic::{AtomicPtr, Ordering};
use fltmgr_sys as sys;

/// The server ports of a filter: closed before it unregisters, and freed after it.
///
/// # Invariants
///
/// A pointer that is not NULL is to an [`Opened`] in a block of its own.
pub(crate) struct Ports([AtomicPtr<Opened>; 8]);

/// An open port.
///
/// # Invariants
///
/// The clients are those of the port type that `kind` is of.
struct Opened {
    port: AtomicPtr<sys::FLT_PORT>,
    kind: TypeId,
    clients: Clients,
}

impl Ports {
    pub(crate) const fn new() -> Self {
        Self([const { AtomicPtr::new(ptr::null_mut()) }; 8])
    }

    /// Closes the ports, so that no new connection comes (M-11, M-12). Wraps FltCloseCommunicationPort.
    pub(crate) fn close(&self) {
        for slot in &self.0 {
            // SAFETY: by the invariant the pointer is NULL or to an open port, which is not freed before `free`.
            let Some(opened) = (unsafe { slot.load(Ordering::Acquire).as_ref() }) else { continue };
            let port = opened.port.swap(ptr::null_mut(), Ordering::AcqRel);
            if !port.is_null() {
                // SAFETY: the port was created by `open` and is closed here once.
                unsafe { sys::FltCloseCommunicationPort(port) };
            }
        }
    }

    /// Frees what the ports had.
    ///
    /// # Safety
    ///
    /// The filter is unregistered, so no callback of a port runs and none can come; PASSIVE_LEVEL.
    pub(crate) unsafe fn free(&self) {
        for slot in &self.0 {
            if let Some(opened) = NonNull::new(slot.swap(ptr::null_mut(), Ordering::AcqRel)) {
                // SAFETY: by the invariant the pointer is to a block of its own, and it is taken back here once.
                drop(unsafe { PoolBox::<Opened, NonPaged>::from_raw(opened) });
            }
        }
    }

    /// Takes a port in.
    ///
    /// # Errors
    ///
    /// STATUS_INSUFFICIENT_RESOURCES if there are too many.
    fn keep(&self, opened: NonNull<Opened>) -> Result<&AtomicPtr<Opened>> {
        let kept = self.0.iter().find(|slot| {
            slot.compare_exchange(ptr::null_mut(), opened.as_ptr(), Ordering::AcqRel, Ordering::Relaxed).is_ok()
        });
        kept.ok_or(Error::INSUFFICIENT_RESOURCES)
    }
}

/// The connections of the port `P`, if it is open.
///
/// # Safety
///
/// For the chosen lifetime the filter is not unregistered.
pub(super) unsafe fn opened<'a, P: Port>(ports: &Ports) -> Option<&'a Clients> {
    ports.0.iter().find_map(|slot| {
        // SAFETY: by the invariant the pointer is NULL or to an open port, which is freed after the filter is unregistered.
        let opened: &'a Opened = unsafe { slot.load(Ordering::Acquire).as_ref() }?;
        (opened.kind == TypeId::of::<P>()).then_some(&opened.clients)
    })
}

/// Opens the port `P`. Wraps FltCreateCommunicationPort.
pub(crate) fn open<P: Port>(ports: &Ports, _: Irql<'_, PassiveLevel>) -> Result<()> {
    let port = AtomicPtr::new(ptr::null_mut());
    // INVARIANT: the callbacks of this type fill in its clients.
    let opened = Opened { port, kind: TypeId::of::<P>(), clients: Clients::new() };
    let opened = PoolBox::<_, NonPaged>::try_new(opened, TAG)?.into_raw();
    // A client may connect before the port is known here, and its callback looks for the connections.
    // INVARIANT: the block is its own.
    let created = ports.keep(opened).and_then(|slot| {
        // SAFETY: PASSIVE_LEVEL.
        let created = unsafe { P::ACCESS.with_descriptor(create::<P>) };
        created.inspect_err(|_| slot.store(ptr::null_mut(), Ordering::Release))
    });
    match created {
        Ok(port) => {
            // SAFETY: the block is freed after the filter is unregistered, and that is later than this.
            unsafe { opened.as_ref() }.port.store(port.as_ptr(), Ordering::Release);
            Ok(())
        }
        Err(error) => {
            // SAFETY: without a port there are no callbacks, so nobody else has the block.
            drop(unsafe { PoolBox::<Opened, NonPaged>::from_raw(opened) });
            Err(error)
        }
    }
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

/// The filter and the connections of `P`, for a callback of the port.
///
/// # Errors
///
/// STATUS_FLT_NOT_INITIALIZED if the filter has not started.
///
/// # Safety
///
/// The caller is a callback of the port, which the Filter Manager waits for before the filter is unregistered.
unsafe fn of_callback<'a, P: Port>() -> Result<(&'a P::Filter, &'a Clients)> {
    let slot = P::Filter::slot();
    // SAFETY: the caller vouches for it.
    match (slot.started(), unsafe { opened::<P>(slot.ports()) }) {
        (Some(filter), Some(clients)) => Ok((filter, clients)),
        _ => Err(Error::NOT_INITIALIZED),
    }
}

/// Makes a connection, and answers its number.
///
/// # Safety
///
/// The clients are those of `P`.
unsafe fn connect<P: Port>(
    filter: &P::Filter,
    clients: &Clients,
    port: sys::PFLT_PORT,
    context: &[u8],
    at: Irql<'_, PassiveLevel>,
) -> Result<Id> {
    let id = clients.reserve(at)?;
    let connected = P::connect(filter, context).and_then(|client| {
        let connection = Connection::<P>::try_new(client)?;
        P::connected(filter, &connection, at)?;
        connection.publish(port);
        Ok(connection)
    });
    match connected {
        Ok(connection) => {
            // SAFETY: the caller vouches for the clients.
            unsafe { clients.fill(id, connection, at) };
            Ok(id)
        }
        Err(error) => {
            clients.cancel(id, at);
            Err(error)
        }
    }
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
        let context: &[u8] = if context.is_null() {
            &[]
        } else {
            // SAFETY: the Filter Manager captured the context, which is that long, into kernel memory.
            unsafe { core::slice::from_raw_parts(context.cast(), length as usize) }
        };
        // SAFETY: this is a callback of the port, and connect callbacks run at PASSIVE_LEVEL (M-04).
        let connected = unsafe { of_callback::<P>() }
            .and_then(|(filter, clients)| unsafe {
                connect::<P>(filter, clients, client, context, Irql::assume())
            });
        match connected {
            Ok(id) => {
                // SAFETY: the Filter Manager passes the address of the connection's cookie.
                unsafe { *cookie = id.cookie() };
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
        // SAFETY: this is a callback of the port. A connection was made while the filter ran.
        let Ok((filter, clients)) = (unsafe { of_callback::<P>() }) else { return };
        // SAFETY: disconnect callbacks run at PASSIVE_LEVEL (M-04).
        let at = unsafe { Irql::assume() };
        // SAFETY: the clients are those of the port.
        let Some(connection) = (unsafe { clients.remove::<P>(Id::of_cookie(cookie), at) }) else { return };
        P::disconnected(filter, &connection, at);
        // SAFETY: the connection has ended and was taken out, which happens once; PASSIVE_LEVEL.
        unsafe { connection.close() };
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
        // SAFETY: this is a callback of the port.
        let (filter, clients) = match unsafe { of_callback::<P>() } {
            Ok(found) => found,
            Err(error) => return error.raw(),
        };
        // SAFETY: message callbacks run at PASSIVE_LEVEL (M-04).
        let at = unsafe { Irql::assume() };
        // The reference keeps the connection while this runs, whether or not it ends meanwhile.
        // SAFETY: the clients are those of the port.
        let Some(connection) = (unsafe { clients.find::<P>(Id::of_cookie(cookie), at) }) else {
            return sys::STATUS_PORT_DISCONNECTED;
        };
        // SAFETY: the Filter Manager probed both ranges, and this is the client's thread (M-13).
        let (input, mut output) = unsafe {
            (UserInput::new(input.cast(), input_length as usize), UserOutput::new(output.cast(), output_length as usize))
        };
        match P::message(filter, &connection, &input, &mut output, at) {
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
