//! Communication ports, as the filter sees them.
//!
//! A [`Port`] is a type: its name, who may connect, its callbacks, and what a connection is.
//! [`Starting::open_port`](crate::Starting::open_port) opens it. Each connection is a [`Connection`], shared by the
//! callbacks and by whoever sends to the client; [`connections`] are those that there are.
//!
//! What is sent is bytes, for who has an encoding of its own, or a plain structure: [`Question`].
//!
//! ```
//! use fltmgr::irql::{Irql, PassiveLevel};
//! use fltmgr::port::{self, Access, Port, Sent};
//! use fltmgr::time::Ticks;
//! use fltmgr::{Filter, Result, utf16};
//! use core::marker::PhantomData;
//! use core::num::NonZeroU16;
//!
//! struct Scanner<F>(PhantomData<F>);
//!
//! impl<F: Filter> Port for Scanner<F> {
//!     type Filter = F;
//!     type Client = ();
//!     const NAME: &'static [u16] = utf16!("\\ScannerPort");
//!     const MAX_CONNECTIONS: NonZeroU16 = NonZeroU16::new(2).unwrap();
//!     const ACCESS: Access = Access::Administrators;
//!
//!     fn connect(_: &F, _: &[u8]) -> Result<()> {
//!         Ok(())
//!     }
//! }
//!
//! /// Whether the first service that is there says so.
//! fn admits<F: Filter>(name: &[u8], at: Irql<'_, PassiveLevel>) -> Result<bool> {
//!     let mut verdict = [0];
//!     match port::connections::<Scanner<F>, _>(at).next() {
//!         Some(service) => match service.ask(name, &mut verdict, Ticks::from_milliseconds(1000), at)? {
//!             Sent::Replied(length) => Ok(length == 1 && verdict == [1]),
//!             Sent::TimedOut => Ok(true),
//!         },
//!         None => Ok(true),
//!     }
//! }
//! ```

mod access;
mod clients;
mod connection;
mod message;
mod server;

pub use access::Access;
pub use clients::{Connections, connections};
pub use connection::{Connection, Sent, Told};
pub use message::Question;
pub(crate) use server::{Ports, open};

use crate::buffer::{UserInput, UserOutput};
use crate::filter::Filter;
use crate::irql::{Irql, PassiveLevel};
use crate::pool::Tag;
use crate::status::{Error, Result};
use core::num::NonZeroU16;

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
    /// Who may connect (M-05).
    const ACCESS: Access = Access::Administrators;

    /// A client wants to connect, and passes `context` (M-07).
    ///
    /// # Errors
    ///
    /// What the client gets instead of a connection.
    fn connect(filter: &Self::Filter, context: &[u8]) -> Result<Self::Client>;

    /// The connection is about to exist: it can be sent to as soon as this has returned, by whoever keeps a reference. Until
    /// then, and if it is refused here, sending ends with STATUS_PORT_DISCONNECTED.
    ///
    /// # Errors
    ///
    /// What the client gets instead of the connection, which is dropped again; `disconnected` does not follow.
    fn connected(filter: &Self::Filter, connection: &Connection<Self>, at: Irql<'_, PassiveLevel>) -> Result<()> {
        let _ = (filter, connection, at);
        Ok(())
    }

    /// The client sends a message and waits for the answer, whose length is returned. A port that takes none has
    /// STATUS_NOT_SUPPORTED for them.
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
    ) -> Result<usize> {
        let _ = (filter, connection, input, output, at);
        Err(Error::NOT_SUPPORTED)
    }

    /// The client is gone, or the filter is about to go (M-09). Messages of the client may still be under way in other
    /// threads.
    fn disconnected(filter: &Self::Filter, connection: &Connection<Self>, at: Irql<'_, PassiveLevel>) {
        let _ = (filter, connection, at);
    }
}
