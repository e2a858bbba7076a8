//! A connection, and sending to its client.

use super::{Port, TAG};
use crate::filter::filter_handle;
use crate::irql::{ApcLevel, Irql, NotAbove};
use crate::pool::{NonPaged, Shared};
use crate::status::{Error, Result};
use crate::time::Ticks;
use core::cell::UnsafeCell;
use core::mem::ManuallyDrop;
use core::ops::Deref;
use core::ptr::{self, NonNull};
use core::sync::atomic::{AtomicPtr, Ordering};
use fltmgr_sys as sys;

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

/// What became of a message that asks for a reply; that the time ran out is no success, though its status is of that class
/// (M-19).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sent<R = usize> {
    /// The client answered: with so many bytes, or with this.
    Replied(R),
    /// The time ran out before the client had taken the message and answered.
    TimedOut,
}

/// What became of a message that asks for no reply (M-18, M-19).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Told {
    /// The client has taken it.
    Taken,
    /// The time ran out before the client had taken it.
    TimedOut,
}

impl<P: Port> Connection<P> {
    /// A connection that has no port to send to yet.
    ///
    /// # Errors
    ///
    /// STATUS_INSUFFICIENT_RESOURCES.
    pub(super) fn try_new(client: P::Client) -> Result<Self> {
        Shared::try_new(Endpoint { port: UnsafeCell::new(ptr::null_mut()), client }, TAG).map(Self)
    }

    /// Gives the reference up as a pointer, to be taken back by [`Self::from_raw`].
    pub(super) fn into_raw(self) -> NonNull<()> {
        self.0.into_raw()
    }

    /// Takes back what [`Self::into_raw`] gave.
    ///
    /// # Safety
    ///
    /// `raw` came from `into_raw` of the same type, and is taken back once.
    pub(super) unsafe fn from_raw(raw: NonNull<()>) -> Self {
        // SAFETY: the caller passes the reference on.
        Self(unsafe { Shared::from_raw(raw) })
    }

    /// One more reference, beside one that was given up as a pointer.
    ///
    /// # Safety
    ///
    /// `raw` came from `into_raw` of the same type, and is not taken back meanwhile.
    pub(super) unsafe fn another(raw: NonNull<()>) -> Self {
        // SAFETY: the caller vouches for the reference, which is not dropped here.
        (*ManuallyDrop::new(unsafe { Self::from_raw(raw) })).clone()
    }

    /// Whether both are the same connection.
    pub fn same(&self, other: &Self) -> bool {
        self.0.same(&other.0)
    }

    /// Sends `message` and waits for the reply. Wraps FltSendMessage (M-17, M-18), APC_LEVEL at most; it blocks, so it
    /// belongs where no lock is held (M-23).
    ///
    /// # Errors
    ///
    /// STATUS_PORT_DISCONNECTED if the client is gone or goes meanwhile, STATUS_BUFFER_OVERFLOW if the reply is longer than
    /// its buffer (M-22), STATUS_THREAD_IS_TERMINATING, STATUS_INSUFFICIENT_RESOURCES (M-21), and the status that the client
    /// replies with, if that is an error.
    pub fn ask<L: NotAbove<ApcLevel>>(
        &self,
        message: &[u8],
        reply: &mut [u8],
        timeout: Ticks,
        _: Irql<'_, L>,
    ) -> Result<Sent> {
        let room = reply.len();
        let mut length = u32::try_from(room).map_err(|_| Error::INVALID_BUFFER_SIZE)?;
        // SAFETY: a reply buffer comes with a reply length, and is borrowed for the call; the IRQL is at most APC_LEVEL.
        let status = unsafe { self.send(message, reply.as_mut_ptr(), &raw mut length, timeout)? };
        Ok(match status {
            sys::STATUS_TIMEOUT => Sent::TimedOut,
            _ => Sent::Replied(room.min(length as usize)),
        })
    }

    /// Sends `message` and waits until the client has taken it. Wraps FltSendMessage without a reply, as [`Self::ask`]
    /// does with one, up to APC_LEVEL (M-18).
    ///
    /// # Errors
    ///
    /// STATUS_PORT_DISCONNECTED, STATUS_THREAD_IS_TERMINATING, STATUS_INSUFFICIENT_RESOURCES (M-21).
    pub fn tell<L: NotAbove<ApcLevel>>(&self, message: &[u8], timeout: Ticks, _: Irql<'_, L>) -> Result<Told> {
        // SAFETY: without a reply buffer no reply is waited for; the IRQL is at most APC_LEVEL.
        let status = unsafe { self.send(message, ptr::null_mut(), ptr::null_mut(), timeout)? };
        Ok(if status == sys::STATUS_TIMEOUT { Told::TimedOut } else { Told::Taken })
    }

    /// # Errors
    ///
    /// Those of FltSendMessage, and STATUS_INVALID_BUFFER_SIZE for a message of 4 GiB.
    ///
    /// # Safety
    ///
    /// `reply` is NULL or has room for `length` bytes; APC_LEVEL at most.
    unsafe fn send(&self, message: &[u8], reply: *mut u8, length: *mut u32, timeout: Ticks) -> Result<sys::NTSTATUS> {
        let message_length = u32::try_from(message.len()).map_err(|_| Error::INVALID_BUFFER_SIZE)?;
        // Of a time of 0 the documentation says two different things, so there is none.
        let mut due = timeout.max(Ticks(1)).relative();
        // SAFETY: the port variable lives as long as this reference, and the message is borrowed for the call; the caller
        // vouches for the rest. The filter is registered as long as there is code that has the witness of a level.
        let status = unsafe {
            sys::FltSendMessage(
                filter_handle::<P::Filter>(),
                self.0.port.get(),
                message.as_ptr().cast_mut().cast(),
                message_length,
                reply.cast(),
                length,
                &raw mut due,
            )
        };
        Error::check(status).map(|_| status)
    }

    /// Has senders find the port, which is that of a connection that is not refused any more: the Filter Manager takes back
    /// the port of one that is, whoever sends to it.
    pub(super) fn publish(&self, port: sys::PFLT_PORT) {
        // SAFETY: the variable lives as long as this reference, and is only ever accessed as a whole.
        unsafe { AtomicPtr::from_ptr(self.0.port.get()) }.store(port, Ordering::Release);
    }

    /// Closes the port of the client (M-08).
    ///
    /// # Safety
    ///
    /// The connection has ended, this is called once, and its port was published; PASSIVE_LEVEL.
    pub(super) unsafe fn close(&self) {
        // SAFETY: the variable holds the client port that the connection came with, and sends use the same variable (M-10).
        unsafe { sys::FltCloseClientPort(filter_handle::<P::Filter>(), self.0.port.get()) };
    }
}
