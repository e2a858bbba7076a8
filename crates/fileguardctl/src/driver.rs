//! The driver, as the rest of the client sees it: one method for each request.

use std::time::Duration;

use anyhow::{Context as _, bail};
use fileguard_policy::PolicyError;
use fileguard_protocol::message::{Batch, LoadReply, PolicyPart};
use fileguard_protocol::{Hello, PORT_NAME, Request, Role, Status};
use fltuser::{ErrorKind, Message, Port, System};

/// The NTSTATUS with which the driver refuses a client of another version.
const REVISION_MISMATCH: i32 = 0xC000_0059_u32.cast_signed();

/// The NTSTATUS with which the driver refuses a second client that fetches events.
const SHARING_VIOLATION: i32 = 0xC000_0043_u32.cast_signed();

/// The NTSTATUS with which the driver refuses a policy that is larger than its settings allow.
const TOO_LARGE: [i32; 2] = [0xC000_0904_u32.cast_signed(), 0xC000_0206_u32.cast_signed()];

/// How much of the text of a policy, and of the content of a file, is fetched at a time.
pub const PART: usize = 256 * 1024;

/// A connection to the driver.
#[derive(Debug)]
pub struct Driver(Port);

impl Driver {
    /// Connects in a role.
    ///
    /// # Errors
    ///
    /// The driver is not loaded, speaks another version, or has an observer already.
    pub fn connect(system: &System, role: Role) -> anyhow::Result<Self> {
        let port = system.connect(PORT_NAME, &Hello { role }.encode()).map_err(|error| {
            let explanation = match error.status() {
                Some(REVISION_MISMATCH) => {
                    "the driver speaks another version of fileguard's protocol; install both from one release"
                }
                Some(SHARING_VIOLATION) => "another client watches already; end that one first",
                _ => return anyhow::Error::new(error),
            };
            anyhow::Error::new(error).context(explanation)
        })?;
        Ok(Self(port))
    }

    /// Sends a request and gives the part of `reply` that was written.
    fn request<'a>(&self, request: Request, reply: &'a mut [u8]) -> anyhow::Result<&'a [u8]> {
        let length = self.0.send(&request.encode(), reply)?;
        reply.get(..length).context("the driver says that it wrote more than there is room for")
    }

    /// The driver's state and counters.
    ///
    /// # Errors
    ///
    /// The driver is gone, or its reply is none.
    pub fn status(&self) -> anyhow::Result<Status> {
        let mut reply = [0; Status::LENGTH];
        let (status, _) = Status::decode(self.request(Request::Status, &mut reply)?)?;
        Ok(status)
    }

    /// Puts a compiled policy in force.
    ///
    /// # Errors
    ///
    /// The driver refused it, for which the reason is given; the earlier policy stays in force then.
    pub fn load_policy(&self, blob: &[u8]) -> anyhow::Result<LoadReply> {
        let length = u32::try_from(blob.len()).context("the compiled policy is longer than 4 GiB")?;
        let mut message = Request::LoadPolicy { length }.encode().to_vec();
        message.extend_from_slice(blob);
        let mut reply = [0; LoadReply::LENGTH];
        let written = self.0.send(&message, &mut reply).map_err(|error| {
            let too_large = error.status().is_some_and(|status| TOO_LARGE.contains(&status));
            let error = anyhow::Error::new(error);
            if too_large {
                let mebibytes = blob.len() >> 20;
                error.context(format!(
                    "the compiled policy has {mebibytes} MiB, more than the driver takes: raise its parameter \
                     MaximumPolicyMegabytes, or use fewer paths"
                ))
            } else {
                error
            }
        })?;
        let (reply, _) = LoadReply::decode(reply.get(..written).unwrap_or_default())?;
        match reply.refusal.get() {
            0 => Ok(reply),
            number => match PolicyError::from_number(number) {
                Some(error) => Err(error).context("the driver refused the policy; the earlier one stays in force"),
                None => bail!("the driver refused the policy for a reason that this client does not know ({number})"),
            },
        }
    }

    /// The text of the policy in force, and how many policies have been loaded; the text is empty when none was.
    ///
    /// # Errors
    ///
    /// The driver is gone, or its reply is none.
    pub fn policy(&self) -> anyhow::Result<(String, u64)> {
        let mut buffer = vec![0; PolicyPart::LENGTH + PART];
        let mut text = Vec::new();
        let mut generation = None;
        loop {
            let reply = self.request(Request::GetPolicy { offset: text.len() as u64 }, &mut buffer)?;
            let (part, bytes) = PolicyPart::decode(reply)?;
            if *generation.get_or_insert(part.generation.get()) != part.generation.get() {
                // Another policy was loaded meanwhile.
                text.clear();
                generation = None;
                continue;
            }
            text.extend_from_slice(bytes);
            if bytes.is_empty() || text.len() as u64 >= part.total.get() {
                let text = String::from_utf8(text).context("the policy in the driver is not UTF-8")?;
                return Ok((text, part.generation.get()));
            }
        }
    }

    /// Fetches events into `buffer`, waiting for the first one at most so long, and gives them with what was lost.
    ///
    /// # Errors
    ///
    /// The driver is gone, or its reply is none.
    pub fn events<'a>(&self, wait: Duration, buffer: &'a mut [u8]) -> anyhow::Result<(Batch, &'a [u8])> {
        let wait_milliseconds = u32::try_from(wait.as_millis()).unwrap_or(u32::MAX);
        let reply = self.request(Request::GetEvents { wait_milliseconds }, buffer)?;
        Ok(Batch::decode(reply)?)
    }

    /// Reads content of the file that a question is about; gives the number of bytes, 0 at its end.
    pub(crate) fn read_content(&self, ask: u64, offset: u64, buffer: &mut [u8]) -> fltuser::Result<usize> {
        let length = u32::try_from(buffer.len()).unwrap_or(u32::MAX);
        self.0.send(&Request::ReadContent { ask, offset, length }.encode(), buffer)
    }

    /// Waits for a question.
    pub(crate) fn question(&self, wait: Duration) -> fltuser::Result<Option<Message>> {
        self.0.get(fileguard_protocol::message::ASK_MAXIMUM_LENGTH, Some(wait))
    }

    /// Answers a question; false if nobody waits for the answer any more.
    pub(crate) fn answer(&self, message: u64, answer: fileguard_protocol::Answer) -> fltuser::Result<bool> {
        match self.0.reply(message, 0, &answer.encode()) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == ErrorKind::NoWaiter => Ok(false),
            Err(error) => Err(error),
        }
    }
}
