//! One socket: what a program asks for on it, from its first byte to its end.

use std::io::{self, Read as _};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;

use fltmgr_sys as sys;
use fltsim_wire::{Answer, Call, Failure, FrameError, PREAMBLE, Request, Response};

use super::manage;
use super::pool::Pool;
use crate::flt::port::{Caller, Got, PortConnection};
use crate::machine::Machine;
use crate::status::NtStatus;

/// How many calls may be unanswered on a socket. What is beyond is refused: a program that asks and never reads the
/// answers would fill the machine's memory otherwise.
const MOST_CALLS: usize = 1024;

/// Serves a socket until its other end closes it or sends what is no message.
pub(super) fn serve(machine: &Arc<Machine>, socket: UnixStream, limit: usize) {
    match Session::new(machine, socket, limit).and_then(Session::run) {
        // That a program ends while it is being answered is its own affair.
        Ok(()) | Err(FrameError::Io(_)) => {}
        Err(error) => tracing::info!("a program that was connected to the machine was cut off: {error}"),
    }
}

/// The reading side of a socket.
struct Session {
    machine: Arc<Machine>,
    socket: UnixStream,
    limit: usize,
    caller: Caller,
    process: u32,
    answers: Answers,
    port: Option<Arc<PortConnection>>,
    pool: Pool,
}

/// The writing side of a socket, for any thread. Nobody who answers waits for the program to read.
#[derive(Clone)]
struct Answers {
    queue: Sender<Answer>,
    unanswered: Arc<AtomicUsize>,
}

impl Session {
    fn new(machine: &Arc<Machine>, mut socket: UnixStream, limit: usize) -> Result<Self, FrameError> {
        let peer = rustix::net::sockopt::socket_peercred(&socket).map_err(io::Error::from)?;
        let mut preamble = [0; PREAMBLE.len()];
        socket.read_exact(&mut preamble)?;
        if preamble != PREAMBLE {
            // One version differs from another in the last byte; what is no fltsim at all gets no answer.
            return Err(FrameError::Io(io::ErrorKind::InvalidData.into()));
        }
        let (queue, answers) = mpsc::channel();
        let unanswered = Arc::new(AtomicUsize::new(0));
        let writer = socket.try_clone()?;
        let unanswered_of_writer = Arc::clone(&unanswered);
        thread::Builder::new()
            .name("fltsim answers".to_owned())
            .spawn(move || write_answers(writer, &answers, &unanswered_of_writer, limit))?;
        let user = peer.uid.as_raw();
        let is_administrator = user == 0 || user == rustix::process::geteuid().as_raw();
        Ok(Self {
            machine: Arc::clone(machine),
            socket,
            limit,
            caller: if is_administrator { Caller::Administrator } else { Caller::User },
            process: peer.pid.as_raw_nonzero().get().cast_unsigned(),
            answers: Answers { queue, unanswered },
            port: None,
            pool: Pool::default(),
        })
    }

    fn run(mut self) -> Result<(), FrameError> {
        while let Some(call) = fltsim_wire::read_frame::<Call>(&mut self.socket, self.limit)? {
            self.take(call);
        }
        Ok(())
    }

    /// Answers a call, now or from another thread later.
    fn take(&mut self, Call { id, request }: Call) {
        if let Request::Cancel { call } = request {
            if let Some(port) = &self.port {
                port.cancel(call);
            }
            return;
        }
        if self.answers.unanswered.fetch_add(1, Ordering::AcqRel) >= MOST_CALLS {
            let message = format!("more than {MOST_CALLS} calls are unanswered on one connection");
            return self.answers.fail(id, NtStatus(sys::STATUS_INSUFFICIENT_RESOURCES), Some(message));
        }
        match request {
            Request::Connect { port, context } => self.connect(id, &port, &context),
            Request::Send { input, output_capacity } => self.send(id, input, output_capacity),
            Request::Get { capacity } => self.get(id, capacity),
            Request::Reply { message, status, data } => {
                let Some(port) = self.port(id) else { return };
                match port.reply(message, NtStatus(status), &data) {
                    Ok(()) => self.answers.give(id, Ok(Response::Done)),
                    Err(status) => self.refuse(id, status),
                }
            }
            request => {
                let outcome = manage::answer(&self.machine, self.caller, request);
                self.answers.give(id, outcome);
            }
        }
    }

    fn connect(&mut self, id: u64, name: &str, context: &[u8]) {
        if self.port.is_some() {
            let message = "this socket is connected to a port already".to_owned();
            return self.answers.fail(id, NtStatus(sys::STATUS_INVALID_PARAMETER), Some(message));
        }
        let process = self.machine.processes().by_host_pid(self.process);
        match self.machine.connect_port_as(&process, name, context, self.caller) {
            Ok(port) => {
                self.port = Some(Arc::new(port));
                self.answers.give(id, Ok(Response::Done));
            }
            Err(status) => self.refuse(id, status),
        }
    }

    fn send(&self, id: u64, input: Vec<u8>, output_capacity: u32) {
        let Some(port) = self.port(id).cloned() else { return };
        // The answer has to fit into a frame, with a few bytes around it.
        if output_capacity as usize > self.limit.saturating_sub(64) {
            let message = format!("an output buffer of {output_capacity} bytes is more than a message may have");
            return self.answers.fail(id, NtStatus(sys::STATUS_INVALID_PARAMETER), Some(message));
        }
        let answers = self.answers.clone();
        let machine = Arc::clone(&self.machine);
        // The driver's routine may wait as long as it likes, so it is called on a thread of its own.
        let running = self.pool.run(move || match port.send_vec(&input, output_capacity as usize) {
            Ok(output) => answers.give(id, Ok(Response::Sent { output })),
            Err(status) => answers.fail(id, status, crash_message(&machine)),
        });
        if !running {
            self.refuse(id, NtStatus(sys::STATUS_INSUFFICIENT_RESOURCES));
        }
    }

    fn get(&self, id: u64, capacity: u32) {
        let Some(port) = self.port(id) else { return };
        let answers = self.answers.clone();
        let machine = Arc::clone(&self.machine);
        port.get_async(id, capacity, move |got| match got {
            Got::Message { id: message, reply_length, data } => {
                answers.give(id, Ok(Response::Message { id: message, reply_length, data }));
            }
            Got::TooLong(length) => answers.give(id, Ok(Response::MessageTooLong { length })),
            Got::Canceled => answers.give(id, Ok(Response::Canceled)),
            Got::Disconnected => {
                let has_stopped = machine.is_crashed();
                let status =
                    if has_stopped { sys::STATUS_DEVICE_DOES_NOT_EXIST } else { sys::STATUS_PORT_DISCONNECTED };
                answers.fail(id, NtStatus(status), crash_message(&machine));
            }
        });
    }

    /// The port that the socket is connected to. Where it is connected to none, the call is answered with that.
    fn port(&self, id: u64) -> Option<&Arc<PortConnection>> {
        if self.port.is_none() {
            let message = "this socket is not connected to a port".to_owned();
            self.answers.fail(id, NtStatus(sys::STATUS_INVALID_HANDLE), Some(message));
        }
        self.port.as_ref()
    }

    fn refuse(&self, id: u64, status: NtStatus) {
        self.answers.fail(id, status, crash_message(&self.machine));
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if let Some(port) = &self.port {
            // Calls that still run hold the port too; it is disconnected now, and DisconnectNotify follows them.
            port.disconnect();
        }
        self.pool.close();
    }
}

impl Answers {
    fn give(&self, id: u64, outcome: Result<Response, Failure>) {
        // Without a writer there is nobody to answer any more.
        let _ = self.queue.send(Answer { id, outcome });
    }

    fn fail(&self, id: u64, status: NtStatus, message: Option<String>) {
        self.give(id, Err(Failure { status: status.0, message }));
    }
}

/// Writes answers until nobody is left who could give one, or the socket fails.
fn write_answers(mut socket: UnixStream, answers: &Receiver<Answer>, unanswered: &AtomicUsize, limit: usize) {
    for answer in answers {
        let id = answer.id;
        let mut written = fltsim_wire::write_frame(&mut socket, &answer, limit);
        if let Err(error @ FrameError::TooLong { .. }) = &written {
            let failure = Failure { status: sys::STATUS_BUFFER_OVERFLOW, message: Some(error.to_string()) };
            written = fltsim_wire::write_frame(&mut socket, &Answer { id, outcome: Err(failure) }, limit);
        }
        unanswered.fetch_sub(1, Ordering::AcqRel);
        if written.is_err() {
            // The reading side is ended too, so that the port is disconnected.
            let _ = socket.shutdown(std::net::Shutdown::Both);
            return;
        }
    }
}

/// Why nothing works any more, if that is so.
fn crash_message(machine: &Machine) -> Option<String> {
    machine.is_crashed().then(|| format!("the machine has stopped: {}", machine.crash_text()))
}
