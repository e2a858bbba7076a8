//! What driver and client say to each other.
//!
//! * The client connects with a [`Hello`].
//! * The client sends a [`Request`] (`FilterSendMessage`); each request's variant says what comes back.
//! * The driver sends an [`Ask`] (`FltSendMessage`) to a connection whose role is [`Role::Answerer`], which replies with
//!   an [`Answer`] (`FilterReplyMessage`).

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, little_endian as le};

use crate::units::{Units, bounded};
use crate::{DecodeError, Operation, VERSION, Verdict};

/// The four bytes `FGRD`, which begin everything the client sends.
const MAGIC: u32 = u32::from_le_bytes(*b"FGRD");

fn check_greeting(magic: le::U32, version: le::U16) -> Result<(), DecodeError> {
    if magic.get() != MAGIC {
        return Err(DecodeError::NotFileguard);
    }
    if version.get() != VERSION {
        return Err(DecodeError::Version(version.get()));
    }
    Ok(())
}

/// What a connection is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub enum Role {
    /// Asks for the state and changes the policy. Its connection makes no difference to filtering.
    Control = 1,
    /// Fetches events: while it is connected the driver produces them. There is one at a time; another is refused with
    /// `STATUS_SHARING_VIOLATION`.
    Observer = 2,
    /// Answers the questions of `ask` rules.
    Answerer = 3,
}

/// The connection context: who connects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hello {
    /// What the connection is for.
    pub role: Role,
}

#[derive(Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
struct HelloBytes {
    magic: le::U32,
    version: le::U16,
    role: le::U16,
}

impl Hello {
    /// The length of a greeting in bytes.
    pub const LENGTH: usize = size_of::<HelloBytes>();

    /// The bytes to connect with.
    pub fn encode(self) -> [u8; Self::LENGTH] {
        zerocopy::transmute!(HelloBytes {
            magic: le::U32::new(MAGIC),
            version: le::U16::new(VERSION),
            role: le::U16::new(self.role as u16),
        })
    }

    /// Reads the greeting at the front of `bytes`.
    ///
    /// # Errors
    ///
    /// The bytes are too few, or do not come from this version of fileguard's client.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let (hello, _) = HelloBytes::read_from_prefix(bytes).map_err(|_| DecodeError::Truncated)?;
        check_greeting(hello.magic, hello.version)?;
        let role = match hello.role.get() {
            1 => Role::Control,
            2 => Role::Observer,
            3 => Role::Answerer,
            _ => return Err(DecodeError::Value),
        };
        Ok(Self { role })
    }
}

/// What the client wants. Every request has [`Request::LENGTH`] bytes; the blob of a policy follows them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// How things are. Reply: a [`Status`].
    Status,
    /// Replace the policy by the blob of `length` bytes that follows the request. Reply: a [`LoadReply`].
    LoadPolicy {
        /// The length of the blob in bytes.
        length: u32,
    },
    /// The source text of the loaded policy from byte `offset` on. Reply: a [`PolicyPart`], then as much of the text as
    /// there is room for.
    GetPolicy {
        /// How many bytes of the text are left out.
        offset: u64,
    },
    /// The events that wait. Reply: a [`Batch`], then its records (see [`crate::event`]). The output must have room for
    /// the batch and one record of [`crate::event::MAXIMUM_LENGTH`].
    GetEvents {
        /// How long to wait for the first event, in milliseconds.
        wait_milliseconds: u32,
    },
    /// Content of the file that a pending [`Ask`] is about. Reply: the bytes; none at or after the end of the file.
    ReadContent {
        /// [`Ask::id`].
        ask: u64,
        /// Where to begin, in bytes.
        offset: u64,
        /// The most bytes wanted.
        length: u32,
    },
}

#[derive(Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
struct RequestBytes {
    magic: le::U32,
    version: le::U16,
    kind: le::U16,
    subject: le::U64,
    offset: le::U64,
    length: le::U32,
    reserved: le::U32,
}

impl Request {
    /// The length of a request in bytes, without the blob of a policy.
    pub const LENGTH: usize = size_of::<RequestBytes>();

    /// The bytes to send; the blob of a policy is to follow them.
    pub fn encode(self) -> [u8; Self::LENGTH] {
        let (kind, subject, offset, length) = match self {
            Self::Status => (1, 0, 0, 0),
            Self::LoadPolicy { length } => (2, 0, 0, length),
            Self::GetPolicy { offset } => (3, 0, offset, 0),
            Self::GetEvents { wait_milliseconds } => (4, 0, 0, wait_milliseconds),
            Self::ReadContent { ask, offset, length } => (5, ask, offset, length),
        };
        zerocopy::transmute!(RequestBytes {
            magic: le::U32::new(MAGIC),
            version: le::U16::new(VERSION),
            kind: le::U16::new(kind),
            subject: le::U64::new(subject),
            offset: le::U64::new(offset),
            length: le::U32::new(length),
            reserved: le::U32::new(0),
        })
    }

    /// Reads the request at the front of `bytes`, which need not hold the blob of a policy.
    ///
    /// # Errors
    ///
    /// The bytes are too few, or no request of this version.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let (request, _) = RequestBytes::read_from_prefix(bytes).map_err(|_| DecodeError::Truncated)?;
        check_greeting(request.magic, request.version)?;
        let (offset, length) = (request.offset.get(), request.length.get());
        Ok(match request.kind.get() {
            1 => Self::Status,
            2 => Self::LoadPolicy { length },
            3 => Self::GetPolicy { offset },
            4 => Self::GetEvents { wait_milliseconds: length },
            5 => Self::ReadContent { ask: request.subject.get(), offset, length },
            _ => return Err(DecodeError::Value),
        })
    }
}

macro_rules! reply {
    ($name:ident) => {
        impl $name {
            /// The length in bytes.
            pub const LENGTH: usize = size_of::<Self>();

            /// The bytes to reply with.
            pub fn encode(self) -> [u8; Self::LENGTH] {
                zerocopy::transmute!(self)
            }

            /// Reads one at the front of `bytes`, and gives it with the bytes that follow.
            ///
            /// # Errors
            ///
            /// The bytes are too few.
            pub fn decode(bytes: &[u8]) -> Result<(Self, &[u8]), DecodeError> {
                Self::read_from_prefix(bytes).map_err(|_| DecodeError::Truncated)
            }
        }
    };
}

/// The state of the driver, the reply to [`Request::Status`]. Counters count from the loading of the driver.
#[derive(Clone, Copy, Debug, Default, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct Status {
    /// How long the driver has been loaded, in units of 100 ns.
    pub uptime: le::U64,
    /// How many policies have been loaded, the present one included; 0 when there is none.
    pub policy_generation: le::U64,
    /// The number of rules of the loaded policy.
    pub rules: le::U32,
    /// How many volumes the driver is attached to.
    pub instances: le::U32,
    /// How many connections there are, this one included.
    pub connections: le::U32,
    /// How many of them answer `ask`.
    pub answerers: le::U32,
    /// How many events were made, the lost ones included.
    pub events_produced: le::U64,
    /// How many events found no room.
    pub events_lost: le::U64,
    /// How many operations were refused, whoever said so.
    pub denied: le::U64,
    /// How many questions were asked.
    pub asked: le::U64,
    /// How many of them wait for their answer now.
    pub asks_pending: le::U64,
    /// How many of them got no answer in time.
    pub asks_timed_out: le::U64,
    /// How many times the default of an `ask` rule was taken although no time ran out.
    pub asks_by_default: le::U64,
    /// How many operations were seen, by the number of the [`Operation`].
    pub operations_seen: [le::U64; 6],
}
reply!(Status);

/// The reply to [`Request::LoadPolicy`].
#[derive(Clone, Copy, Debug, Default, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct LoadReply {
    /// Zero when the policy is in force, else the number of the `PolicyError` for which it was refused; the earlier
    /// policy stays in force then.
    pub refusal: le::U32,
    /// The number of rules of the policy in force.
    pub rules: le::U32,
    /// How many policies have been loaded.
    pub generation: le::U64,
}
reply!(LoadReply);

/// The front of the reply to [`Request::GetPolicy`].
#[derive(Clone, Copy, Debug, Default, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct PolicyPart {
    /// The length of the whole source text in bytes.
    pub total: le::U64,
    /// Which policy the text is of. If it changes between two parts the policy has been replaced.
    pub generation: le::U64,
}
reply!(PolicyPart);

/// The front of the reply to [`Request::GetEvents`].
#[derive(Clone, Copy, Debug, Default, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct Batch {
    /// How many events have been lost since the driver was loaded.
    pub lost_total: le::U64,
    /// How many records follow.
    pub count: le::U32,
    /// The length in bytes of these records together.
    pub bytes: le::U32,
}
reply!(Batch);

/// The most UTF-16 units of a name in an [`Ask`].
pub const ASK_NAME_LIMIT: usize = 4096;

/// A question: may this operation go on? With its texts as `N`: [`Units`] where it was decoded, `&[u16]` where it is to
/// be encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ask<N> {
    /// Names the question in [`Request::ReadContent`].
    pub id: u64,
    /// When the operation began, in units of 100 ns since the beginning of 1601 (UTC).
    pub time: u64,
    /// The size of the file in bytes.
    pub size: u64,
    /// The id of the requesting process.
    pub process: u32,
    /// The id of the requesting thread.
    pub thread: u32,
    /// The index of the rule that asks.
    pub rule: u32,
    /// How long the driver waits for the answer, in milliseconds.
    pub timeout_milliseconds: u32,
    /// What was asked for.
    pub operation: Operation,
    /// What happens without an answer.
    pub default: Verdict,
    /// The name of the file.
    pub name: N,
    /// The image path of the requesting process, or empty when it is not known.
    pub image: N,
}

#[derive(Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
struct AskBytes {
    magic: le::U32,
    version: le::U16,
    operation: u8,
    default: u8,
    id: le::U64,
    time: le::U64,
    size: le::U64,
    process: le::U32,
    thread: le::U32,
    rule: le::U32,
    timeout_milliseconds: le::U32,
    name_units: le::U16,
    image_units: le::U16,
    reserved: le::U32,
}

/// The length in bytes of the longest [`Ask`].
pub const ASK_MAXIMUM_LENGTH: usize = size_of::<AskBytes>() + 4 * ASK_NAME_LIMIT;

impl Ask<&[u16]> {
    /// How many bytes [`Self::encode`] writes.
    pub fn encoded_length(&self) -> usize {
        let (name, _) = bounded(self.name, ASK_NAME_LIMIT);
        let (image, _) = bounded(self.image, ASK_NAME_LIMIT);
        size_of::<AskBytes>() + 2 * (name.len() + image.len())
    }

    /// Writes the question to the front of `out` and gives its length in bytes, or nothing when there is no room.
    /// Texts longer than [`ASK_NAME_LIMIT`] are cut.
    #[expect(clippy::cast_possible_truncation, reason = "the limit on the texts bounds every count")]
    pub fn encode(&self, out: &mut [u8]) -> Option<usize> {
        let (name, _) = bounded(self.name, ASK_NAME_LIMIT);
        let (image, _) = bounded(self.image, ASK_NAME_LIMIT);
        let header = AskBytes {
            magic: le::U32::new(MAGIC),
            version: le::U16::new(VERSION),
            operation: self.operation as u8,
            default: self.default as u8,
            id: le::U64::new(self.id),
            time: le::U64::new(self.time),
            size: le::U64::new(self.size),
            process: le::U32::new(self.process),
            thread: le::U32::new(self.thread),
            rule: le::U32::new(self.rule),
            timeout_milliseconds: le::U32::new(self.timeout_milliseconds),
            name_units: le::U16::new(name.len() as u16),
            image_units: le::U16::new(image.len() as u16),
            reserved: le::U32::new(0),
        };
        let texts = out.get_mut(size_of::<AskBytes>()..self.encoded_length())?;
        for (place, unit) in texts.as_chunks_mut::<2>().0.iter_mut().zip(name.iter().chain(image)) {
            *place = unit.to_le_bytes();
        }
        header.write_to_prefix(out).ok()?;
        Some(self.encoded_length())
    }
}

impl<'a> Ask<Units<'a>> {
    /// Reads the question at the front of `bytes`.
    ///
    /// # Errors
    ///
    /// The bytes are too few, or no question of this version.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let (header, texts) = AskBytes::read_from_prefix(bytes).map_err(|_| DecodeError::Truncated)?;
        check_greeting(header.magic, header.version)?;
        let take = |bytes, units: le::U16| Units::split(bytes, usize::from(units.get())).ok_or(DecodeError::Truncated);
        let (name, texts) = take(texts, header.name_units)?;
        let (image, _) = take(texts, header.image_units)?;
        Ok(Self {
            id: header.id.get(),
            time: header.time.get(),
            size: header.size.get(),
            process: header.process.get(),
            thread: header.thread.get(),
            rule: header.rule.get(),
            timeout_milliseconds: header.timeout_milliseconds.get(),
            operation: Operation::from_number(header.operation).ok_or(DecodeError::Value)?,
            default: Verdict::from_number(header.default).ok_or(DecodeError::Value)?,
            name,
            image,
        })
    }
}

/// The reply to an [`Ask`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// This is to happen.
    Verdict(Verdict),
    /// The service cannot say: the rule's default is to happen.
    Default,
}

impl Answer {
    /// The length of an answer in bytes, without the header that `FilterReplyMessage` puts before it.
    pub const LENGTH: usize = 8;

    /// The bytes to reply with.
    pub fn encode(self) -> [u8; Self::LENGTH] {
        let number = match self {
            Self::Verdict(verdict) => verdict as u8,
            Self::Default => 2,
        };
        (u64::from(MAGIC) | u64::from(number) << 32).to_le_bytes()
    }

    /// Reads the answer at the front of `bytes`.
    ///
    /// # Errors
    ///
    /// The bytes are too few, or no answer.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let word = u64::from_le_bytes(*bytes.first_chunk().ok_or(DecodeError::Truncated)?);
        if word & 0xFFFF_FFFF != u64::from(MAGIC) {
            return Err(DecodeError::NotFileguard);
        }
        Ok(match word >> 32 {
            0 => Self::Verdict(Verdict::Allow),
            1 => Self::Verdict(Verdict::Deny),
            2 => Self::Default,
            _ => return Err(DecodeError::Value),
        })
    }
}
