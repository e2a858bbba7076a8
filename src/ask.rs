//! Questions to the service in user mode, and the files that it may read while they are open.

use crate::Guard;
use crate::client::Connection;
use crate::judge::Judgement;
use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use fileguard_protocol::{Answer, Ask, Decision, Verdict};
use fltmgr::Filter;
use fltmgr::event::Event;
use fltmgr::file::{OpenFile, ReferencedFile};
use fltmgr::irql::{Irql, PassiveLevel};
use fltmgr::lock::PushLock;
use fltmgr::pool::{NonPaged, Paged, PoolVec, Shared, Tag};
use fltmgr::port::Sent;
use fltmgr::process::Requestor;
use fltmgr::status::{Error, Result};
use fltmgr::time::{Ticks, system_time};

const TAG: Tag = Tag::new(*b"Fgas");

/// How many questions about files can be open at once; one more is decided by its rule's default.
const ROOM: usize = 256;

type File = Shared<ReferencedFile, NonPaged>;

/// The questions.
pub struct Asks {
    last: AtomicU64,
    /// Whether an answer was ever about to be remembered, so that there may be something to forget.
    remembered: AtomicBool,
    /// Set when somebody is done with a file of [`Guard::with_asked_file`].
    read: Event,
}

impl Asks {
    pub fn try_new() -> Result<Self> {
        Ok(Self { last: AtomicU64::new(0), remembered: AtomicBool::new(false), read: Event::try_new(TAG)? })
    }

    /// An answer may be remembered on a stream from now on.
    pub fn remember(&self) {
        self.remembered.store(true, Ordering::Release);
    }

    /// Whether any stream may remember an answer.
    pub fn are_remembered(&self) -> bool {
        self.remembered.load(Ordering::Acquire)
    }
}

/// The files that questions are about, which the driver holds.
pub struct AskedFiles(PushLock<PoolVec<Option<(u64, File)>, Paged>>);

impl AskedFiles {
    pub fn try_new() -> Result<Self> {
        PoolVec::try_filled_with(|| None, ROOM, TAG).map(PushLock::new).map(Self)
    }

    fn find(&self, id: u64, at: Irql<'_, PassiveLevel>) -> Option<File> {
        self.0.read(at).iter().flatten().find(|(its, _)| *its == id).map(|(_, file)| file.clone())
    }

    fn open(&self, id: u64, file: File, at: Irql<'_, PassiveLevel>) -> Result<()> {
        let mut files = self.0.write(at);
        let free = files.iter_mut().find(|slot| slot.is_none()).ok_or(Error::INSUFFICIENT_RESOURCES)?;
        *free = Some((id, file));
        Ok(())
    }

    fn close(&self, id: u64, at: Irql<'_, PassiveLevel>) -> Option<File> {
        let mut files = self.0.write(at);
        let slot = files.iter_mut().find(|slot| slot.as_ref().is_some_and(|(its, _)| *its == id))?;
        slot.take().map(|(_, file)| file)
    }
}

impl Guard {
    /// Does something with the file that the question with this id is about. It stays open until that is done.
    pub fn with_asked_file<R>(
        &self,
        id: u64,
        at: Irql<'_, PassiveLevel>,
        read: impl FnOnce(&ReferencedFile) -> R,
    ) -> Option<R> {
        let file = self.held().get(at)?.find(id, at)?;
        let result = read(&file);
        drop(file);
        self.asks.read.set();
        Some(result)
    }

    /// The question is answered: its file is not read any more.
    fn close_asked_file(&self, id: u64, at: Irql<'_, PassiveLevel>) {
        let closed = self.held().get(at).and_then(|files| files.close(id, at));
        // The references are released outside the lock. Whoever still reads is waited for: the operation goes on after
        // this, and it may be that the file is closed then. The event releases one waiter, and there may be several.
        if let Some(file) = closed {
            while !file.is_unique() {
                self.asks.read.wait_uninterrupted(at, Ticks::from_milliseconds(10));
            }
        }
    }

    /// Lets the service decide about an operation; `file` is what it may read. Without an answer it is the rule's default.
    pub fn ask(
        &self,
        judgement: &Judgement,
        name: &[u16],
        requestor: Requestor<'_>,
        file: Option<OpenFile<'_>>,
        at: Irql<'_, PassiveLevel>,
    ) -> Decision {
        if self.clients.is_answerer(requestor.process_id()) {
            // The service's own I/O is not for it to decide: it would wait for itself.
            return Decision::AskedAllowed;
        }
        let id = self.asks.last.fetch_add(1, Ordering::Relaxed) + 1;
        let opened = match file {
            Some(file) => file
                .reference()
                .and_then(|file| Shared::try_new(file, TAG))
                .and_then(|file| self.held().get(at).ok_or(Error::DELETING_OBJECT)?.open(id, file, at)),
            None => Ok(()),
        };
        self.counters.asking();
        let decision = match opened.and_then(|()| self.question(id, judgement, name, requestor, file, at)) {
            Ok(Some(Answer::Verdict(Verdict::Allow))) => Decision::AskedAllowed,
            Ok(Some(Answer::Verdict(Verdict::Deny))) => Decision::AskedDenied,
            Ok(None) => {
                self.counters.timed_out();
                match judgement.default {
                    Verdict::Allow => Decision::TimeoutAllowed,
                    Verdict::Deny => Decision::TimeoutDenied,
                }
            }
            Ok(Some(Answer::Default)) | Err(_) => {
                self.counters.defaulted();
                match judgement.default {
                    Verdict::Allow => Decision::DefaultAllowed,
                    Verdict::Deny => Decision::DefaultDenied,
                }
            }
        };
        self.counters.answered();
        self.close_asked_file(id, at);
        decision
    }

    /// Puts the question to a service, and to the next one if that is gone. `None`: no answer in time.
    fn question(
        &self,
        id: u64,
        judgement: &Judgement,
        name: &[u16],
        requestor: Requestor<'_>,
        file: Option<OpenFile<'_>>,
        at: Irql<'_, PassiveLevel>,
    ) -> Result<Option<Answer>> {
        let image = requestor.image_name(at).ok();
        let ask = Ask {
            id,
            time: system_time(),
            size: file.and_then(|file| file.size(at).ok()).unwrap_or(0),
            process: requestor.process_id(),
            thread: requestor.thread_id(),
            rule: judgement.rule,
            timeout_milliseconds: judgement.timeout_milliseconds,
            operation: judgement.operation,
            default: judgement.default,
            name,
            image: image.as_ref().map_or(&[][..], |image| image.units()),
        };
        let mut message = PoolVec::<u8, Paged>::try_filled(0, ask.encoded_length(), TAG)?;
        ask.encode(&mut message).ok_or(Error::BUFFER_TOO_SMALL)?;
        let mut tried: Option<Connection> = None;
        loop {
            let answerer = self.clients.answerer(tried.as_ref(), at).ok_or(Error::PORT_DISCONNECTED)?;
            let mut reply = [0; Answer::LENGTH];
            match answerer.ask(&message, &mut reply, judgement.timeout(), at) {
                Ok(Sent::Replied(length)) => {
                    let reply = reply.get(..length).unwrap_or(&[]);
                    return Answer::decode(reply).map(Some).map_err(|_| Error::INVALID_PARAMETER);
                }
                Ok(Sent::TimedOut) => return Ok(None),
                // A service that is gone is not asked again; after a second one the rule's default is to hold.
                Err(_) if tried.is_none() => tried = Some(answerer),
                Err(error) => return Err(error),
            }
        }
    }
}
