//! Frames: a length, and as many bytes of postcard.

use std::io::{self, Read, Write};

use serde::{Serialize, de::DeserializeOwned};

/// What a client sends first on a socket: who it is, and in the last byte the version of these messages.
pub const PREAMBLE: [u8; 8] = *b"fltsim\x00\x01";

/// The longest frame that is accepted unless somebody says otherwise: a message of 64 MiB and what surrounds it.
pub const DEFAULT_FRAME_LIMIT: usize = 64 * 1024 * 1024 + 64 * 1024;

/// Why a frame could not be sent or received.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// The frame is longer than the limit. Nothing of it was sent, or nothing after its length was read.
    #[error("a message of {length} bytes is longer than the {limit} bytes allowed here")]
    TooLong {
        /// Bytes in the frame.
        length: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// The other side closed the socket in the middle of a frame.
    #[error("the other side ended in the middle of a message: {received} of {length} bytes came")]
    Truncated {
        /// Bytes that the frame should have had.
        length: usize,
        /// Bytes that came.
        received: usize,
    },
    /// The bytes are no message, or more than one.
    #[error("what came is no message: {0}")]
    Garbled(postcard::Error),
    /// The message was followed by bytes that do not belong to it.
    #[error("{0} bytes follow the message in its frame")]
    TrailingBytes(usize),
    /// The message cannot be encoded.
    #[error("the message cannot be encoded: {0}")]
    Encode(postcard::Error),
    /// The socket failed.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Sends one message.
///
/// # Errors
///
/// [`FrameError::TooLong`] before anything is sent if the message has more than `limit` bytes, and what the socket
/// reports.
pub fn write_frame<T: Serialize>(writer: &mut impl Write, message: &T, limit: usize) -> Result<(), FrameError> {
    // The length is written in front of the message into the same buffer, so that one write sends both.
    let mut bytes = postcard::to_extend(message, vec![0; 4]).map_err(FrameError::Encode)?;
    let length = bytes.len() - 4;
    let Some(prefix) = u32::try_from(length).ok().filter(|_| length <= limit) else {
        return Err(FrameError::TooLong { length, limit });
    };
    bytes[..4].copy_from_slice(&prefix.to_le_bytes());
    writer.write_all(&bytes)?;
    writer.flush()?;
    Ok(())
}

/// Receives one message; `None` if the other side closed the socket between two messages.
///
/// # Errors
///
/// Each variant of [`FrameError`] but [`FrameError::Encode`]. After an error the socket cannot be read on: where the
/// next frame begins is unknown.
pub fn read_frame<T: DeserializeOwned>(reader: &mut impl Read, limit: usize) -> Result<Option<T>, FrameError> {
    let mut prefix = [0; 4];
    match read_up_to(reader, &mut prefix)? {
        0 => return Ok(None),
        4 => {}
        received => {
            return Err(FrameError::Truncated { length: 4, received });
        }
    }
    let length = usize::try_from(u32::from_le_bytes(prefix)).unwrap_or(usize::MAX);
    if length > limit {
        return Err(FrameError::TooLong { length, limit });
    }
    // The buffer grows as bytes come: a length alone, with nothing behind it, costs nothing.
    let mut bytes = Vec::new();
    reader.take(length as u64).read_to_end(&mut bytes)?;
    if bytes.len() < length {
        return Err(FrameError::Truncated { length, received: bytes.len() });
    }
    let (message, rest) = postcard::take_from_bytes(&bytes).map_err(FrameError::Garbled)?;
    if !rest.is_empty() {
        return Err(FrameError::TrailingBytes(rest.len()));
    }
    Ok(Some(message))
}

/// Fills `buffer` as far as bytes come before the end.
fn read_up_to(reader: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match reader.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Answer, Call, Failure, Request, Response};

    fn framed<T: Serialize>(message: &T) -> Vec<u8> {
        let mut bytes = Vec::new();
        write_frame(&mut bytes, message, DEFAULT_FRAME_LIMIT).unwrap();
        bytes
    }

    #[test]
    fn messages_arrive_as_they_were_sent_and_the_end_between_two_is_no_error() {
        let call = Call { id: 1, request: Request::Send { input: vec![1, 2, 3], output_capacity: 9 } };
        let answer = Answer { id: 1, outcome: Err(Failure { status: -1, message: Some("no".into()) }) };
        let mut bytes = framed(&call);
        let mut reader = bytes.as_slice();
        assert_eq!(read_frame(&mut reader, 100).unwrap(), Some(call));
        assert_eq!(read_frame::<Call>(&mut reader, 100).unwrap(), None);
        bytes = framed(&answer);
        assert_eq!(read_frame(&mut bytes.as_slice(), 100).unwrap(), Some(answer));
    }

    #[test]
    fn a_frame_longer_than_the_limit_is_refused_on_both_sides() {
        let call = Call { id: 1, request: Request::Send { input: vec![0; 100], output_capacity: 0 } };
        let mut bytes = Vec::new();
        assert!(matches!(write_frame(&mut bytes, &call, 50), Err(FrameError::TooLong { limit: 50, .. })));
        assert!(bytes.is_empty());
        bytes = framed(&call);
        assert!(matches!(read_frame::<Call>(&mut bytes.as_slice(), 50), Err(FrameError::TooLong { .. })));
    }

    #[test]
    fn every_truncation_of_a_frame_is_an_error() {
        let bytes = framed(&Answer { id: 3, outcome: Ok(Response::Sent { output: vec![5; 20] }) });
        for length in 1..bytes.len() {
            let mut cut = &bytes[..length];
            assert!(matches!(read_frame::<Answer>(&mut cut, 1000), Err(FrameError::Truncated { .. })), "{length}");
        }
    }

    #[test]
    fn bytes_behind_a_message_in_its_frame_are_an_error() {
        let mut bytes = framed(&Call { id: 1, request: Request::Volumes });
        bytes[0] += 1;
        bytes.push(0);
        assert!(matches!(read_frame::<Call>(&mut bytes.as_slice(), 100), Err(FrameError::TrailingBytes(1))));
    }

    #[test]
    fn arbitrary_bytes_never_panic_and_never_take_more_than_they_are() {
        // A small generator is enough here: the bytes only have to be many and different.
        let mut state = 0x9E37_79B9_7F4A_7C15_u64;
        for round in 0..20_000_usize {
            let mut bytes = Vec::with_capacity(round % 64 + 4);
            let length = u32::try_from(round % 64).unwrap();
            bytes.extend_from_slice(&length.to_le_bytes());
            for _ in 0..length {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                bytes.push(state.to_le_bytes()[3]);
            }
            let _ = read_frame::<Call>(&mut bytes.as_slice(), 1 << 20);
            let _ = read_frame::<Answer>(&mut bytes.as_slice(), 1 << 20);
        }
    }
}
