//! The record of one file operation.
//!
//! A record is a fixed header, then the name, the second name and the process image, each padded with zero units to
//! eight bytes. Its first four bytes are its whole length, a multiple of eight, so that records can be walked one after
//! the other, and so that the ring can carry them as 64-bit words.

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, little_endian as le};

use crate::units::{Units, bounded};
use crate::{Decision, DecodeError, Operation};

/// The most UTF-16 units of a name that a record keeps.
pub const NAME_LIMIT: usize = 1024;

/// The most UTF-16 units of the process image that a record keeps.
pub const IMAGE_LIMIT: usize = 64;

/// The length in bytes of the longest record. A buffer for [`crate::Ring::drain`] must have room for one.
pub const MAXIMUM_LENGTH: usize = HEADER_WORDS * 8 + 2 * (2 * NAME_LIMIT + IMAGE_LIMIT);

const HEADER_WORDS: usize = 8;

/// The number that begins every record after its length.
const KIND: u16 = 1;

const NAME_CUT: u8 = 1;
const SECOND_CUT: u8 = 2;
const IMAGE_CUT: u8 = 4;

/// What is said about an operation besides names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventDetails {
    /// Counts every event, also the lost ones, so that a gap shows.
    pub sequence: u64,
    /// When the operation began, in units of 100 ns since the beginning of 1601 (UTC).
    pub time: u64,
    /// How long the operation took, in units of 100 ns; 0 for one that was refused before it began.
    pub duration: u64,
    /// The id of the requesting process.
    pub process: u32,
    /// The id of the requesting thread.
    pub thread: u32,
    /// The index of the rule that decided, or [`crate::NO_RULE`].
    pub rule: u32,
    /// The NTSTATUS with which the operation ended.
    pub status: i32,
    /// What was asked for.
    pub operation: Operation,
    /// What became of it.
    pub decision: Decision,
}

/// One file operation, with its names as `N`: [`Units`] where it was decoded, `&[u16]` where it is to be encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event<N> {
    /// All but the names.
    pub details: EventDetails,
    /// The name of the file.
    pub name: N,
    /// The new name, when the operation is a rename or makes a hard link; else empty.
    pub second: N,
    /// The last component of the requesting process' image path, or empty when it is not known.
    pub image: N,
    /// Whether `name` had more units than a record keeps. Encoding finds this out for itself.
    pub name_cut: bool,
    /// Whether `second` had more units than a record keeps. Encoding finds this out for itself.
    pub second_cut: bool,
    /// Whether `image` had more units than a record keeps. Encoding finds this out for itself.
    pub image_cut: bool,
}

#[derive(Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
struct Header {
    length: le::U32,
    kind: le::U16,
    cut: u8,
    operation: u8,
    sequence: le::U64,
    time: le::U64,
    duration: le::U64,
    process: le::U32,
    thread: le::U32,
    rule: le::U32,
    status: le::I32,
    decision: u8,
    reserved: [u8; 1],
    name_units: le::U16,
    second_units: le::U16,
    image_units: le::U16,
    reserved_end: le::U64,
}

const _: () = assert!(size_of::<Header>() == HEADER_WORDS * 8);

/// A record made ready to be written, as 64-bit words.
pub(crate) struct Encoded<'a> {
    header: [u64; HEADER_WORDS],
    texts: [&'a [u16]; 3],
    length: usize,
}

impl<'a> Encoded<'a> {
    #[expect(clippy::cast_possible_truncation, reason = "the limits on the names bound every count")]
    pub(crate) fn new(details: &EventDetails, name: &'a [u16], second: &'a [u16], image: &'a [u16]) -> Self {
        let (name, name_cut) = bounded(name, NAME_LIMIT);
        let (second, second_cut) = bounded(second, NAME_LIMIT);
        let (image, image_cut) = bounded(image, IMAGE_LIMIT);
        let cut = [(name_cut, NAME_CUT), (second_cut, SECOND_CUT), (image_cut, IMAGE_CUT)]
            .into_iter()
            .fold(0, |cut, (is_cut, flag)| if is_cut { cut | flag } else { cut });
        let texts = [name, second, image];
        let length = HEADER_WORDS + texts.iter().fold(0, |words, text| words + text.len().div_ceil(4));
        let header = Header {
            length: le::U32::new(length as u32 * 8),
            kind: le::U16::new(KIND),
            cut,
            operation: details.operation as u8,
            sequence: le::U64::new(details.sequence),
            time: le::U64::new(details.time),
            duration: le::U64::new(details.duration),
            process: le::U32::new(details.process),
            thread: le::U32::new(details.thread),
            rule: le::U32::new(details.rule),
            status: le::I32::new(details.status),
            decision: details.decision as u8,
            reserved: [0],
            name_units: le::U16::new(name.len() as u16),
            second_units: le::U16::new(second.len() as u16),
            image_units: le::U16::new(image.len() as u16),
            reserved_end: le::U64::new(0),
        };
        let bytes: [[u8; 8]; HEADER_WORDS] = zerocopy::transmute!(header);
        Self { header: bytes.map(u64::from_le_bytes), texts, length }
    }

    /// How many words the record has.
    pub(crate) fn length(&self) -> usize {
        self.length
    }

    /// The words of the record. The first one is never zero.
    pub(crate) fn words(&self) -> impl Iterator<Item = u64> + '_ {
        let texts = self.texts.iter().flat_map(|text| {
            text.chunks(4).map(|units| units.iter().rev().fold(0_u64, |word, unit| word << 16 | u64::from(*unit)))
        });
        self.header.iter().copied().chain(texts)
    }
}

/// The length in bytes of the record whose first word this is.
pub(crate) fn length_of(first_word: u64) -> usize {
    (first_word & 0xFFFF_FFFF) as usize
}

impl<'a> Event<Units<'a>> {
    /// Reads the record at the front of `bytes` and gives it with the bytes that follow it.
    ///
    /// # Errors
    ///
    /// The bytes are too few, or the record is not one that this version writes.
    pub fn decode(bytes: &'a [u8]) -> Result<(Self, &'a [u8]), DecodeError> {
        let (header, _) = Header::read_from_prefix(bytes).map_err(|_| DecodeError::Truncated)?;
        let (record, rest) = usize::try_from(header.length.get())
            .ok()
            .and_then(|length| bytes.split_at_checked(length))
            .ok_or(DecodeError::Truncated)?;
        let texts = record.get(size_of::<Header>()..).ok_or(DecodeError::Value)?;
        if header.kind.get() != KIND {
            return Err(DecodeError::Value);
        }
        let take = |bytes: &'a [u8], units: le::U16| {
            let units = usize::from(units.get());
            let (padded, rest) = Units::split(bytes, units.next_multiple_of(4)).ok_or(DecodeError::Value)?;
            let (text, _) = Units::split(padded.bytes(), units).ok_or(DecodeError::Value)?;
            Ok((text, rest))
        };
        let (name, texts) = take(texts, header.name_units)?;
        let (second, texts) = take(texts, header.second_units)?;
        let (image, _) = take(texts, header.image_units)?;
        let event = Self {
            details: EventDetails {
                sequence: header.sequence.get(),
                time: header.time.get(),
                duration: header.duration.get(),
                process: header.process.get(),
                thread: header.thread.get(),
                rule: header.rule.get(),
                status: header.status.get(),
                operation: Operation::from_number(header.operation).ok_or(DecodeError::Value)?,
                decision: Decision::from_number(header.decision).ok_or(DecodeError::Value)?,
            },
            name,
            second,
            image,
            name_cut: header.cut & NAME_CUT != 0,
            second_cut: header.cut & SECOND_CUT != 0,
            image_cut: header.cut & IMAGE_CUT != 0,
        };
        Ok((event, rest))
    }
}
