//! The messages between the fileguard driver and its client.
//!
//! Everything here is plain little-endian data with a version, without allocation and without `unsafe`, and is the
//! same on both sides of the port. What arrives from the other side is hostile until decoded: decoding reports an
//! error and never panics, and the release driver, which contains no panic at all, calls into every module.
//!
//! * [`vocabulary`]: the words both sides use: operations, decisions, verdicts.
//! * [`message`]: the greeting, the client's requests with their replies, and the question of an `ask` rule.
//! * [`event`]: the record of one file operation.
//! * [`ring`]: where records wait inside the driver until the client fetches them.
//! * [`units`]: UTF-16 text at any alignment.
#![no_std]
#![forbid(unsafe_code)]

pub mod event;
pub mod message;
pub mod ring;
pub mod units;
pub mod vocabulary;

pub use event::{Event, EventDetails};
pub use message::{Answer, Ask, Hello, Request, Role, Status};
pub use ring::Ring;
pub use units::Units;
pub use vocabulary::{Decision, Operation, Operations, Verdict};

/// The name of the driver's communication port.
pub const PORT_NAME: &str = r"\FileguardPort";

/// The version of everything in this crate. Driver and client must agree on it exactly.
pub const VERSION: u16 = 1;

/// The value of [`EventDetails::rule`] and [`Ask::rule`] when no rule had a part in it.
pub const NO_RULE: u32 = u32::MAX;

/// Why bytes from the other side were refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecodeError {
    /// There are fewer bytes than the message needs.
    Truncated,
    /// The bytes do not begin with fileguard's magic number: the sender is another program.
    NotFileguard,
    /// The sender speaks another version, which is carried here.
    Version(u16),
    /// A field has a value that this version does not define.
    Value,
}

impl core::fmt::Display for DecodeError {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Truncated => formatter.write_str("the message ends too early"),
            Self::NotFileguard => formatter.write_str("the message is not one of fileguard's"),
            Self::Version(version) => write!(
                formatter,
                "the other side speaks version {version} of fileguard's protocol, this side version {VERSION}: \
                 install driver and client from the same release"
            ),
            Self::Value => formatter.write_str("the message has a field with an undefined value"),
        }
    }
}

impl core::error::Error for DecodeError {}
