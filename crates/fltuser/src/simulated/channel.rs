//! A socket that several threads make calls on at once.

use std::{
    collections::HashMap,
    net::Shutdown,
    os::unix::net::UnixStream,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
        mpsc::{self, Receiver, RecvTimeoutError, SyncSender},
    },
    thread,
    time::Duration,
};

use fltsim_wire::{Answer, Call, FrameError, Request, Response};

use super::{broken, machine_ended, outcome};
use crate::{Error, ErrorKind, Result, error::Doing};

/// The calling side of a socket. A thread of its own reads the answers and hands each to the thread that waits for it.
#[derive(Debug)]
pub(super) struct Channel {
    writer: Mutex<UnixStream>,
    shared: Arc<Shared>,
    next_call: AtomicU64,
    limit: usize,
}

#[derive(Debug, Default)]
struct Shared {
    waiting: Mutex<Waiting>,
}

/// Who waits for which answer. `ended` is set once and for all when no more answers come.
#[derive(Debug, Default)]
struct Waiting {
    calls: HashMap<u64, SyncSender<Answer>>,
    ended: bool,
    why: Option<String>,
}

impl Channel {
    pub(super) fn new(socket: UnixStream, limit: usize) -> Result<Self> {
        let failed =
            |error| Error::new(ErrorKind::Connection, None, format!("cannot use the machine's socket: {error}"));
        let mut reader = socket.try_clone().map_err(failed)?;
        let shared = Arc::new(Shared::default());
        let readers = Arc::clone(&shared);
        thread::Builder::new()
            .name("fltuser answers".to_owned())
            .spawn(move || readers.read_answers(&mut reader, limit))
            .map_err(failed)?;
        Ok(Self { writer: Mutex::new(socket), shared, next_call: AtomicU64::new(0), limit })
    }

    /// Makes a call and waits for its answer.
    pub(super) fn call(&self, doing: Doing<'_>, request: Request) -> Result<Response> {
        self.call_for(doing, request, None)
    }

    /// Makes a call and waits for its answer, but cancels the call when the time is over.
    pub(super) fn call_for(&self, doing: Doing<'_>, request: Request, timeout: Option<Duration>) -> Result<Response> {
        let id = self.next_call.fetch_add(1, Ordering::Relaxed);
        let (sender, receiver) = mpsc::sync_channel(1);
        self.shared.expect_answer(doing, id, sender)?;
        if let Err(error) = self.write(id, request) {
            self.shared.lock().calls.remove(&id);
            return Err(broken(doing, &error));
        }
        let answer = match timeout.map(|timeout| receiver.recv_timeout(timeout)) {
            Some(Ok(answer)) => answer,
            Some(Err(RecvTimeoutError::Timeout)) => {
                // The machine answers the call in any case: canceled, or with what came in the meantime.
                let cancel = self.next_call.fetch_add(1, Ordering::Relaxed);
                self.write(cancel, Request::Cancel { call: id }).map_err(|error| broken(doing, &error))?;
                self.wait(doing, &receiver)?
            }
            Some(Err(RecvTimeoutError::Disconnected)) | None => self.wait(doing, &receiver)?,
        };
        outcome(doing, answer)
    }

    fn write(&self, id: u64, request: Request) -> std::result::Result<(), FrameError> {
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        fltsim_wire::write_frame(&mut *writer, &Call { id, request }, self.limit)
    }

    fn wait(&self, doing: Doing<'_>, receiver: &Receiver<Answer>) -> Result<Answer> {
        receiver.recv().map_err(|_| self.shared.ended(doing))
    }
}

impl Drop for Channel {
    fn drop(&mut self) {
        let writer = self.writer.get_mut().unwrap_or_else(PoisonError::into_inner);
        // This ends the reading thread too, which holds the same socket. That it is closed already is no matter.
        let _ = writer.shutdown(Shutdown::Both);
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn expect_answer(&self, doing: Doing<'_>, id: u64, sender: SyncSender<Answer>) -> Result<()> {
        let mut waiting = self.lock();
        if waiting.ended {
            drop(waiting);
            return Err(self.ended(doing));
        }
        waiting.calls.insert(id, sender);
        Ok(())
    }

    fn ended(&self, doing: Doing<'_>) -> Error {
        match &self.lock().why {
            None => machine_ended(doing),
            Some(why) => Error::new(ErrorKind::Connection, None, format!("{doing}: {why}")),
        }
    }

    fn read_answers(&self, reader: &mut UnixStream, limit: usize) {
        let why = loop {
            match fltsim_wire::read_frame::<Answer>(reader, limit) {
                Ok(Some(answer)) => {
                    let waiter = self.lock().calls.remove(&answer.id);
                    if let Some(waiter) = waiter {
                        // A waiter that gave up is no loss: it has reported an error of its own.
                        let _ = waiter.send(answer);
                    }
                }
                Ok(None) | Err(FrameError::Io(_)) => break None,
                Err(error) => break Some(error.to_string()),
            }
        };
        let mut waiting = self.lock();
        waiting.ended = true;
        waiting.why = why;
        // Dropping the senders wakes every thread that waits.
        waiting.calls.clear();
    }
}
