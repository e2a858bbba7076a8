//! The content of the file that a question is about.

use std::io;

use fileguard_protocol::{Ask, Operation, Units};

use crate::driver::{Driver, PART};

/// The NTSTATUS with which the driver says that it has no file open for a question.
const NOT_FOUND: i32 = 0xC000_0225_u32.cast_signed();

/// Reads the file through the driver, from the beginning.
pub struct Content<'a> {
    driver: &'a Driver,
    ask: u64,
    offset: u64,
    /// Whether the question may come before there is a file, or before it is emptied.
    may_be_to_come: bool,
    /// Whether there is no content yet.
    pub is_to_come: bool,
}

impl<'a> Content<'a> {
    pub fn new(driver: &'a Driver, ask: &Ask<Units<'_>>) -> Self {
        let may_be_to_come = matches!(ask.operation, Operation::Create | Operation::Write);
        Self { driver, ask: ask.id, offset: 0, may_be_to_come, is_to_come: false }
    }
}

impl io::Read for Content<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = buffer.len().min(PART);
        match self.driver.read_content(self.ask, self.offset, &mut buffer[..length]) {
            Ok(read) => {
                self.offset += read as u64;
                Ok(read)
            }
            Err(error) if self.may_be_to_come && self.offset == 0 && error.status() == Some(NOT_FOUND) => {
                self.is_to_come = true;
                Ok(0)
            }
            Err(error) => Err(io::Error::other(error)),
        }
    }
}
