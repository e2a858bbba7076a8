//! The port: who is connected, and what they ask for.

use crate::Guard;
use crate::policies::Refusal;
use core::num::NonZeroU16;
use core::sync::atomic::{AtomicU32, Ordering};
use fileguard_protocol::message::{Batch, LoadReply, PolicyPart, Status};
use fileguard_protocol::{Hello, Request, Role};
use fltmgr::buffer::{UserInput, UserOutput};
use fltmgr::irql::{Irql, PassiveLevel};
use fltmgr::lock::PushLock;
use fltmgr::pool::{NonPaged, Paged, PoolVec, Tag};
use fltmgr::port::{self, Port};
use fltmgr::process;
use fltmgr::status::{Error, Result};
use fltmgr::time::{Ticks, system_time};
use fltmgr::utf16;

const TAG: Tag = Tag::new(*b"Fgcl");

/// How many clients can be connected at once.
const MAX_CONNECTIONS: NonZeroU16 = NonZeroU16::new(32).unwrap();

/// The most bytes of events, or of content, that one reply carries.
const REPLY_LIMIT: usize = 1024 * 1024;

/// The port `\FileguardPort`.
pub struct ClientPort;

/// A connection to it.
pub type Connection = port::Connection<ClientPort>;

/// What the driver knows of a client.
pub struct Client {
    role: Role,
    process: u32,
}

/// The connected clients.
pub struct Clients {
    connections: AtomicU32,
    answerers: PushLock<PoolVec<Option<Connection>, Paged>>,
    /// The process ids of the answerers, to be read at any IRQL; 0 is none.
    answerer_processes: [AtomicU32; MAX_CONNECTIONS.get() as usize],
}

impl Clients {
    pub fn try_new() -> Result<Self> {
        Ok(Self {
            connections: AtomicU32::new(0),
            answerers: PushLock::new(PoolVec::try_filled_with(|| None, usize::from(MAX_CONNECTIONS.get()), TAG)?),
            answerer_processes: [const { AtomicU32::new(0) }; MAX_CONNECTIONS.get() as usize],
        })
    }

    /// Whether the process answers questions.
    pub fn is_answerer(&self, process: u32) -> bool {
        process != 0 && self.answerer_processes.iter().any(|its| its.load(Ordering::Relaxed) == process)
    }

    /// A connection to a service that answers, other than the one that is given.
    pub fn answerer(&self, but: Option<&Connection>, at: Irql<'_, PassiveLevel>) -> Option<Connection> {
        let answerers = self.answerers.read(at);
        answerers.iter().flatten().find(|answerer| but.is_none_or(|but| !but.same(answerer))).cloned()
    }

    fn came(&self, connection: &Connection, at: Irql<'_, PassiveLevel>) {
        self.connections.fetch_add(1, Ordering::Relaxed);
        if connection.role == Role::Answerer {
            let mut answerers = self.answerers.write(at);
            for (slot, process) in answerers.iter_mut().zip(&self.answerer_processes) {
                if slot.is_none() {
                    *slot = Some(connection.clone());
                    process.store(connection.process, Ordering::Relaxed);
                    break;
                }
            }
        }
    }

    fn went(&self, connection: &Connection, at: Irql<'_, PassiveLevel>) {
        self.connections.fetch_sub(1, Ordering::Relaxed);
        let mut answerers = self.answerers.write(at);
        for (slot, process) in answerers.iter_mut().zip(&self.answerer_processes) {
            if slot.as_ref().is_some_and(|its| its.same(connection)) {
                *slot = None;
                process.store(0, Ordering::Relaxed);
            }
        }
    }

    fn count_answerers(&self, at: Irql<'_, PassiveLevel>) -> u32 {
        self.answerers.read(at).iter().flatten().fold(0, |count, _| count + 1)
    }
}

impl Port for ClientPort {
    type Filter = Guard;
    type Client = Client;

    const NAME: &'static [u16] = utf16!("\\FileguardPort");
    const MAX_CONNECTIONS: NonZeroU16 = MAX_CONNECTIONS;

    fn connect(_: &Guard, context: &[u8]) -> Result<Client> {
        let hello = Hello::decode(context).map_err(|_| Error::REVISION_MISMATCH)?;
        Ok(Client { role: hello.role, process: process::current_process_id() })
    }

    fn connected(guard: &Guard, connection: &Connection, at: Irql<'_, PassiveLevel>) -> Result<()> {
        // An event is fetched once, so two observers would each see a part of what happens.
        if connection.role == Role::Observer && !guard.events.observe() {
            return Err(Error::SHARING_VIOLATION);
        }
        guard.clients.came(connection, at);
        Ok(())
    }

    fn disconnected(guard: &Guard, connection: &Connection, at: Irql<'_, PassiveLevel>) {
        guard.clients.went(connection, at);
        if connection.role == Role::Observer {
            guard.events.unobserved();
        }
    }

    fn message(
        guard: &Guard,
        _: &Connection,
        input: &UserInput<'_>,
        output: &mut UserOutput<'_>,
        at: Irql<'_, PassiveLevel>,
    ) -> Result<usize> {
        let mut request = [0; Request::LENGTH];
        input.read(0, &mut request)?;
        match Request::decode(&request).map_err(|_| Error::INVALID_PARAMETER)? {
            Request::Status => reply(output, &guard.status(at).encode()),
            Request::LoadPolicy { length } => {
                // The length is told twice, so that a message that was cut off is not taken for a policy.
                if input.len().checked_sub(Request::LENGTH) != Some(length as usize) {
                    return Err(Error::INVALID_BUFFER_SIZE);
                }
                let blob = input.read_all(Request::LENGTH, guard.settings.maximum_policy_bytes, TAG)?;
                reply(output, &guard.load_policy(blob, at)?.encode())
            }
            Request::GetPolicy { offset } => guard.policy_part(offset, output, at),
            Request::GetEvents { wait_milliseconds } => {
                guard.batch(Ticks::from_milliseconds(wait_milliseconds), output, at)
            }
            Request::ReadContent { ask, offset, length } => guard.content(ask, offset, length, output, at),
        }
    }
}

fn reply(output: &mut UserOutput<'_>, bytes: &[u8]) -> Result<usize> {
    output.write(0, bytes)?;
    Ok(bytes.len())
}

impl Guard {
    fn status(&self, at: Irql<'_, PassiveLevel>) -> Status {
        let counters = self.counters.snapshot();
        let rules = self.policies.current(at).map_or(0, |loaded| loaded.policy.rule_count());
        Status {
            uptime: system_time().saturating_sub(self.started).into(),
            policy_generation: self.policies.generation().into(),
            rules: u32::try_from(rules).unwrap_or(u32::MAX).into(),
            instances: counters.instances.into(),
            connections: self.clients.connections.load(Ordering::Relaxed).into(),
            answerers: self.clients.count_answerers(at).into(),
            events_produced: self.events.produced().into(),
            events_lost: self.events.lost().into(),
            denied: counters.denied.into(),
            asked: counters.asked.into(),
            asks_pending: counters.asks_pending.into(),
            asks_timed_out: counters.asks_timed_out.into(),
            asks_by_default: counters.asks_by_default.into(),
            operations_seen: counters.seen.map(Into::into),
        }
    }

    fn load_policy(&self, blob: PoolVec<u8, Paged>, at: Irql<'_, PassiveLevel>) -> Result<LoadReply> {
        match self.policies.replace(blob, at) {
            Ok(loaded) => Ok(LoadReply {
                refusal: 0.into(),
                rules: u32::try_from(loaded.policy.rule_count()).unwrap_or(u32::MAX).into(),
                generation: loaded.generation.into(),
            }),
            Err(Refusal::Policy(error)) => Ok(LoadReply { refusal: (error as u32).into(), ..LoadReply::default() }),
            Err(Refusal::Memory(error)) => Err(error),
        }
    }

    fn policy_part(&self, offset: u64, output: &mut UserOutput<'_>, at: Irql<'_, PassiveLevel>) -> Result<usize> {
        let loaded = self.policies.current(at);
        let source = loaded.as_ref().map_or(&[][..], |loaded| loaded.policy.source());
        let part = PolicyPart {
            total: (source.len() as u64).into(),
            generation: loaded.as_ref().map_or(0, |loaded| loaded.generation).into(),
        };
        let front = reply(output, &part.encode())?;
        let rest = usize::try_from(offset).ok().and_then(|offset| source.get(offset..)).unwrap_or(&[]);
        let rest = rest.get(..output.len() - front).unwrap_or(rest);
        output.write(front, rest)?;
        Ok(front + rest.len())
    }

    fn batch(&self, wait: Ticks, output: &mut UserOutput<'_>, at: Irql<'_, PassiveLevel>) -> Result<usize> {
        let room = output.len().checked_sub(Batch::LENGTH).ok_or(Error::BUFFER_TOO_SMALL)?;
        if room < fileguard_protocol::event::MAXIMUM_LENGTH {
            return Err(Error::BUFFER_TOO_SMALL);
        }
        let mut records = PoolVec::<u8, NonPaged>::try_filled(0, room.min(REPLY_LIMIT), TAG)?;
        let drained = self.events.take(&mut records, wait, at);
        let batch = Batch {
            lost_total: self.events.lost().into(),
            count: drained.records.into(),
            bytes: u32::try_from(drained.bytes).unwrap_or(u32::MAX).into(),
        };
        let front = reply(output, &batch.encode())?;
        output.write(front, records.get(..drained.bytes).unwrap_or(&[]))?;
        Ok(front + drained.bytes)
    }

    fn content(
        &self,
        ask: u64,
        offset: u64,
        length: u32,
        output: &mut UserOutput<'_>,
        at: Irql<'_, PassiveLevel>,
    ) -> Result<usize> {
        const SECTOR: usize = 4096;
        let wanted = output.len().min(length as usize).min(REPLY_LIMIT);
        // A file that was opened without intermediate buffering is read in whole sectors, into memory that is aligned as
        // pool of a page or more is.
        let mut bytes = PoolVec::<u8, NonPaged>::try_filled(0, wanted.next_multiple_of(SECTOR).max(SECTOR), TAG)?;
        let read =
            self.with_asked_file(ask, at, |file| file.read(offset, &mut bytes, at)).ok_or(Error::NOT_FOUND)??;
        let read = read.min(wanted);
        output.write(0, bytes.get(..read).unwrap_or(&[]))?;
        Ok(read)
    }
}
