//! One connection of a port: the messages that a filter sends to its client, and their replies.

use std::collections::{HashMap, VecDeque};
use std::ptr;
use std::sync::Arc;
use std::time::Instant;

use parking_lot::Mutex;

use crate::kernel::thread::{self, LOCAL};
use crate::kernel::wait::{self, Interrupted};
use crate::status::NtStatus;

/// Bytes of `FILTER_REPLY_HEADER`, which `ReplyLength` in a message's header counts (M-25).
const REPLY_HEADER_LENGTH: u32 = 16;

/// What came of a `FilterGetMessage`.
#[derive(Debug, PartialEq, Eq)]
pub enum Got {
    /// A message.
    Message {
        /// `MessageId`.
        id: u64,
        /// Longest reply that the filter takes, `FILTER_REPLY_HEADER` included; 0 for none.
        reply_length: u32,
        /// The message without its header.
        data: Vec<u8>,
    },
    /// The next message has this many bytes, which is more than there was room for. It goes on waiting.
    TooLong(u32),
    /// The request was canceled.
    Canceled,
    /// The connection is over.
    Disconnected,
}

/// What came of a `FltSendMessage`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Sent {
    /// The client has the message, and no reply was wanted.
    Delivered,
    /// The client replied.
    Replied {
        /// `Status` in its reply header.
        status: NtStatus,
        /// The reply without its header, however long it is.
        data: Vec<u8>,
    },
    /// The time was over.
    TimedOut,
    /// The connection is over.
    Disconnected,
    /// The sending thread is to end.
    Terminating,
}

/// Receives what came of a `FilterGetMessage`, on whichever thread it came about. It must not block.
type Deliver = Box<dyn FnOnce(Got) + Send>;

/// A client that waits in `FilterGetMessage`.
struct Getter {
    token: u64,
    capacity: u32,
    deliver: Deliver,
}

/// A message on its way. Its sender waits for its progress.
struct Outgoing {
    id: u64,
    data: Vec<u8>,
    reply_length: u32,
    progress: Mutex<Option<Sent>>,
}

impl Outgoing {
    /// What the sender waits for, as `kernel::wait` takes it.
    fn address(&self) -> *const () {
        ptr::from_ref(self).cast()
    }

    fn finish(&self, outcome: Sent) {
        wait::change(self.address(), || *self.progress.lock() = Some(outcome));
    }
}

#[derive(Default)]
struct State {
    over: bool,
    /// Clients that wait, the longest first. Not empty only while `outgoing` is.
    getters: VecDeque<Getter>,
    /// Messages that wait for a client.
    outgoing: VecDeque<Arc<Outgoing>>,
    /// Messages that were delivered and wait for a reply.
    unanswered: HashMap<u64, Arc<Outgoing>>,
    last_message: u64,
}

/// The queues of a connection.
#[derive(Default)]
pub(crate) struct Queues {
    state: Mutex<State>,
}

impl Queues {
    /// `FltSendMessage` without its checks: waits until the message is delivered and, with a `reply_capacity`, replied
    /// to (M-18).
    pub(crate) fn send(&self, data: Vec<u8>, reply_capacity: Option<u32>, deadline: Option<Instant>) -> Sent {
        let (message, deliveries) = {
            let mut state = self.state.lock();
            if state.over {
                return Sent::Disconnected;
            }
            state.last_message += 1;
            let message = Arc::new(Outgoing {
                id: state.last_message,
                data,
                reply_length: reply_capacity.map_or(0, |capacity| capacity.saturating_add(REPLY_HEADER_LENGTH)),
                progress: Mutex::new(None),
            });
            state.outgoing.push_back(Arc::clone(&message));
            (message, state.match_up())
        };
        deliveries.into_iter().for_each(Delivery::run);

        let outcome = || if must_not_return() { None } else { message.progress.lock().take() };
        let interrupted = match wait::until(message.address(), deadline, true, outcome) {
            Ok(outcome) => return outcome,
            Err(Interrupted::TimedOut) => Sent::TimedOut,
            Err(Interrupted::Terminating) => Sent::Terminating,
        };
        let mut state = self.state.lock();
        state.outgoing.retain(|waiting| !Arc::ptr_eq(waiting, &message));
        state.unanswered.remove(&message.id);
        // What came in between counts: the client believes that it was received.
        message.progress.lock().take().unwrap_or(interrupted)
    }

    /// `FilterGetMessage`: calls `deliver` now or later, exactly once. `token` is what [`Queues::cancel`] takes.
    pub(crate) fn get(&self, token: u64, capacity: u32, deliver: Deliver) {
        let deliveries = {
            let mut state = self.state.lock();
            if state.over {
                vec![Delivery { deliver, got: Got::Disconnected }]
            } else {
                state.getters.push_back(Getter { token, capacity, deliver });
                state.match_up()
            }
        };
        deliveries.into_iter().for_each(Delivery::run);
    }

    /// Cancels the `FilterGetMessage` with this token, if it still waits.
    pub(crate) fn cancel(&self, token: u64) {
        let getter = {
            let mut state = self.state.lock();
            let position = state.getters.iter().position(|getter| getter.token == token);
            position.and_then(|position| state.getters.remove(position))
        };
        if let Some(getter) = getter {
            (getter.deliver)(Got::Canceled);
        }
    }

    /// `FilterReplyMessage`. Answers whether somebody waited for it (M-26).
    pub(crate) fn reply(&self, message: u64, status: NtStatus, data: Vec<u8>) -> bool {
        // Under the lock, so that a sender whose time is over now has either this reply or refused it.
        let mut state = self.state.lock();
        state.unanswered.remove(&message).map(|waiting| waiting.finish(Sent::Replied { status, data })).is_some()
    }

    /// Ends the connection: everybody who waits is told so, and so is everybody who comes later.
    pub(crate) fn disconnect(&self) {
        let State { getters, outgoing, unanswered, .. } =
            std::mem::replace(&mut *self.state.lock(), State { over: true, ..State::default() });
        for message in outgoing.iter().chain(unanswered.values()) {
            message.finish(Sent::Disconnected);
        }
        for getter in getters {
            (getter.deliver)(Got::Disconnected);
        }
    }

    /// Whether the connection is over.
    pub(crate) fn is_over(&self) -> bool {
        self.state.lock().over
    }
}

/// Whether the calling thread has left code of an image to which it must not return, because the machine has crashed.
/// The wait itself sees to that.
fn must_not_return() -> bool {
    thread::machine_is_crashed() && LOCAL.with(|local| local.host_rsp.get() != 0)
}

/// A call of a waiting client, to be made without the lock.
struct Delivery {
    deliver: Deliver,
    got: Got,
}

impl Delivery {
    fn run(self) {
        (self.deliver)(self.got);
    }
}

impl State {
    /// Gives messages that wait to clients that wait.
    fn match_up(&mut self) -> Vec<Delivery> {
        let mut deliveries = Vec::new();
        while let (Some(getter), Some(message)) = (self.getters.front(), self.outgoing.front()) {
            let length = u32::try_from(message.data.len()).unwrap_or(u32::MAX);
            let fits = length <= getter.capacity;
            let Some(getter) = self.getters.pop_front() else { break };
            if !fits {
                deliveries.push(Delivery { deliver: getter.deliver, got: Got::TooLong(length) });
                continue;
            }
            let Some(message) = self.outgoing.pop_front() else { break };
            let got = Got::Message { id: message.id, reply_length: message.reply_length, data: message.data.clone() };
            deliveries.push(Delivery { deliver: getter.deliver, got });
            if message.reply_length == 0 {
                message.finish(Sent::Delivered);
            } else {
                self.unanswered.insert(message.id, message);
            }
        }
        deliveries
    }
}
