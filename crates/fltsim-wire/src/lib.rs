//! The messages between a running fltsim machine and the user-mode programs that talk to it.
//!
//! A machine listens on a Unix socket, [`SOCKET_NAME`] in a directory that [`default_directory`] names. A client opens
//! the socket, sends [`PREAMBLE`] once, and then exchanges frames with the machine: a [`Call`] in one direction, an
//! [`Answer`] with the same number in the other. Answers come in the order in which the calls finish, not in the order
//! in which they were made.
//!
//! One socket is what one handle is on Windows. A socket that sent [`Request::Connect`] is a communication port, and
//! closing it, however it happens, disconnects the port.
//!
//! A frame is a 32-bit little-endian length and as many bytes of [postcard](https://docs.rs/postcard). Frames that are
//! too long, end early or do not decode are errors to that socket alone.
//!
//! ```
//! use fltsim_wire::{Call, DEFAULT_FRAME_LIMIT, Request, read_frame, write_frame};
//!
//! let call = Call { id: 7, request: Request::Filters };
//! let mut sent = Vec::new();
//! write_frame(&mut sent, &call, DEFAULT_FRAME_LIMIT)?;
//! let received: Option<Call> = read_frame(&mut sent.as_slice(), DEFAULT_FRAME_LIMIT)?;
//! assert_eq!(received, Some(call));
//! # Ok::<(), fltsim_wire::FrameError>(())
//! ```

#![forbid(unsafe_code)]

mod frame;
mod message;
mod place;

pub use frame::{DEFAULT_FRAME_LIMIT, FrameError, PREAMBLE, read_frame, write_frame};
pub use message::{Answer, Call, Failure, Filter, Instance, LoadImage, Request, Response, Volume};
pub use place::{SOCKET_NAME, default_directory};
