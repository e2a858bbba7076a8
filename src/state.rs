//! What the driver remembers on instances, streams and handles.

use crate::Guard;
use core::sync::atomic::{AtomicU32, Ordering};
use fileguard_policy::PathMatch;
use fileguard_protocol::NO_RULE;
use fltmgr::context::{Context, ContextRef, HasContexts, NewContext, kind};
use fltmgr::file::OpenFile;
use fltmgr::instance::Instance;
use fltmgr::irql::{ApcLevel, Irql, NotAbove, PassiveLevel};
use fltmgr::lock::PushLock;
use fltmgr::pool::{Paged, Tag};
use fltmgr::status::Result;
use fltmgr::time::system_time;

/// On an instance: that the driver took it.
pub struct InstanceState {
    _attached: u64,
}

impl Context for InstanceState {
    type Filter = Guard;
    type Kind = kind::Instance;
    type Pool = Paged;
    const TAG: Tag = Tag::new(*b"Fgin");
}

impl InstanceState {
    /// Marks an instance as taken.
    pub fn keep(instance: Instance<'_>, at: Irql<'_, PassiveLevel>) -> Result<()> {
        let state = NewContext::try_new(Self { _attached: system_time() }, at)?;
        instance.keep_context(state, at)?;
        Ok(())
    }
}

/// On a stream: what the service said about its content.
pub struct StreamState {
    verdict: PushLock<Verdict>,
}

struct Verdict {
    /// How often the content changed, or may have.
    changes: u64,
    /// The epoch and the rule for which the service allowed the present content.
    allowed: Option<(u64, u32)>,
}

impl Context for StreamState {
    type Filter = Guard;
    type Kind = kind::Stream;
    type Pool = Paged;
    const TAG: Tag = Tag::new(*b"Fgst");
}

impl StreamState {
    /// The state of a file, made if there is none; `None` where the file system has no contexts.
    pub fn of<L: NotAbove<ApcLevel>>(file: OpenFile<'_>, at: Irql<'_, L>) -> Option<ContextRef<Self>> {
        file.context(at).or_else(|| {
            let state = Self { verdict: PushLock::new(Verdict { changes: 0, allowed: None }) };
            file.keep_context(NewContext::try_new(state, at).ok()?, at).ok()
        })
    }

    /// How often the content changed so far.
    pub fn changes<L: NotAbove<ApcLevel>>(&self, at: Irql<'_, L>) -> u64 {
        self.verdict.read(at).changes
    }

    /// Whether the service allowed the content when this rule asked, and it has not changed since.
    pub fn is_allowed<L: NotAbove<ApcLevel>>(&self, epoch: u64, rule: u32, at: Irql<'_, L>) -> bool {
        self.verdict.read(at).allowed == Some((epoch, rule))
    }

    /// The service allowed the content that was there after so many changes, if that is the present one.
    pub fn allow<L: NotAbove<ApcLevel>>(&self, epoch: u64, rule: u32, changes: u64, at: Irql<'_, L>) {
        let mut verdict = self.verdict.write(at);
        if verdict.changes == changes {
            verdict.allowed = Some((epoch, rule));
        }
    }

    /// The content changes, or may.
    pub fn content_changes<L: NotAbove<ApcLevel>>(&self, at: Irql<'_, L>) {
        let mut verdict = self.verdict.write(at);
        verdict.changes = verdict.changes.wrapping_add(1);
        verdict.allowed = None;
    }
}

/// On a handle: what the name that it was opened by matches, and the rule that wants to know when it deletes its file.
pub struct HandleState {
    matched: PushLock<Option<(u64, PathMatch)>>,
    /// The index of the rule that observes the deletion of the file when the handle is closed, or [`NO_RULE`].
    deletes: AtomicU32,
}

impl Context for HandleState {
    type Filter = Guard;
    type Kind = kind::StreamHandle;
    type Pool = Paged;
    const TAG: Tag = Tag::new(*b"Fghn");
}

impl HandleState {
    /// The state of a handle, made if there is none; `None` where the file system has no contexts.
    pub fn of<L: NotAbove<ApcLevel>>(file: OpenFile<'_>, at: Irql<'_, L>) -> Option<ContextRef<Self>> {
        file.context(at).or_else(|| {
            let state = Self { matched: PushLock::new(None), deletes: AtomicU32::new(NO_RULE) };
            file.keep_context(NewContext::try_new(state, at).ok()?, at).ok()
        })
    }

    /// What the name matched, if that was found out in this epoch.
    pub fn matched<L: NotAbove<ApcLevel>>(&self, epoch: u64, at: Irql<'_, L>) -> Option<PathMatch> {
        match &*self.matched.read(at) {
            Some((its, matched)) if *its == epoch => Some(*matched),
            _ => None,
        }
    }

    /// Remembers what the name matches.
    pub fn remember<L: NotAbove<ApcLevel>>(&self, epoch: u64, matched: PathMatch, at: Irql<'_, L>) {
        *self.matched.write(at) = Some((epoch, matched));
    }

    /// The handle deletes its file when it is closed, and this rule wants to know.
    pub fn deletes(&self, rule: u32) {
        self.deletes.store(rule, Ordering::Relaxed);
    }

    /// Whether this rule wants to know that the handle deletes its file.
    pub fn is_deletion_for(&self, rule: u32) -> bool {
        rule != NO_RULE && self.deletes.load(Ordering::Relaxed) == rule
    }

    /// Whether any rule wants to know.
    pub fn is_deletion(&self) -> bool {
        self.deletes.load(Ordering::Relaxed) != NO_RULE
    }
}
