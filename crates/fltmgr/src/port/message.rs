//! Messages that are plain structures.

use super::{Connection, Port, Sent};
use crate::buffer::{UserInput, UserOutput};
use crate::irql::{ApcLevel, Irql, NotAbove};
use crate::status::{Error, Result};
use crate::time::Ticks;
use zerocopy::{FromBytes, FromZeros, Immutable, IntoBytes};

/// A structure that is sent to the clients of `P` as it is, with that of the answer.
///
/// The crate `zerocopy` derives what makes a structure one of bytes: nothing in it that is not always valid, and no gaps,
/// which would send what happens to lie there.
///
/// ```
/// use fltmgr::port::{Port, Question};
/// use zerocopy::{FromBytes, FromZeros, Immutable, IntoBytes};
///
/// #[derive(IntoBytes, Immutable)]
/// #[repr(C)]
/// struct MayOpen {
///     process: u32,
///     access: u32,
/// }
///
/// #[derive(FromBytes, IntoBytes)]
/// #[repr(C)]
/// struct Verdict {
///     refuse: u32,
/// }
///
/// impl<P: Port> Question<P> for MayOpen {
///     type Answer = Verdict;
/// }
/// ```
pub trait Question<P: Port>: IntoBytes + Immutable {
    /// What the client replies with.
    type Answer: FromBytes + IntoBytes;
}

impl<P: Port> Connection<P> {
    /// Asks the client, as [`Connection::ask`] does: wraps FltSendMessage, up to APC_LEVEL.
    ///
    /// # Errors
    ///
    /// Those of [`Connection::ask`], and STATUS_INVALID_BUFFER_SIZE for a reply that is shorter than the answer.
    pub fn question<Q: Question<P>, L: NotAbove<ApcLevel>>(
        &self,
        question: &Q,
        timeout: Ticks,
        at: Irql<'_, L>,
    ) -> Result<Sent<Q::Answer>> {
        let mut answer = Q::Answer::new_zeroed();
        Ok(match self.ask(question.as_bytes(), answer.as_mut_bytes(), timeout, at)? {
            Sent::Replied(length) if length == size_of::<Q::Answer>() => Sent::Replied(answer),
            Sent::Replied(_) => return Err(Error::INVALID_BUFFER_SIZE),
            Sent::TimedOut => Sent::TimedOut,
        })
    }
}

impl UserInput<'_> {
    /// A copy of the structure that the buffer holds, and nothing else.
    ///
    /// # Errors
    ///
    /// STATUS_INVALID_BUFFER_SIZE if the buffer is not as long as that, STATUS_ACCESS_VIOLATION if it is not there.
    pub fn value<T: FromBytes + IntoBytes>(&self) -> Result<T> {
        if self.len() != size_of::<T>() {
            return Err(Error::INVALID_BUFFER_SIZE);
        }
        let mut value = T::new_zeroed();
        self.read(0, value.as_mut_bytes())?;
        Ok(value)
    }
}

impl UserOutput<'_> {
    /// Copies a structure to the beginning of the buffer, and answers how many bytes it took.
    ///
    /// # Errors
    ///
    /// STATUS_BUFFER_TOO_SMALL if the buffer is not that long, STATUS_ACCESS_VIOLATION if it is not there.
    pub fn put<T: IntoBytes + Immutable>(&mut self, value: &T) -> Result<usize> {
        self.write(0, value.as_bytes())?;
        Ok(size_of::<T>())
    }
}
