//! The policy in force, which is replaced while I/O runs.

use core::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use fileguard_policy::{Policy, PolicyError};
use fileguard_protocol::{Operation, Operations};
use fltmgr::irql::{ApcLevel, Irql, NotAbove};
use fltmgr::lock::PushLock;
use fltmgr::pool::{Paged, PoolVec, Shared, Tag};
use fltmgr::status::Error;

const TAG: Tag = Tag::new(*b"Fgpo");

/// A policy that was loaded.
pub struct Loaded {
    /// Which one it is, from 1.
    pub generation: u64,
    /// The policy itself.
    pub policy: Policy<PoolVec<u8, Paged>>,
}

/// A policy, kept alive by whoever searches it.
pub type LoadedPolicy = Shared<Loaded, Paged>;

/// Why a policy was not taken.
pub enum Refusal {
    /// The blob is no policy.
    Policy(PolicyError),
    /// There is no memory for it.
    Memory(Error),
}

/// The place of the policy in force.
pub struct Policies {
    current: PushLock<Option<LoadedPolicy>>,
    generation: AtomicU64,
    /// The operations any rule is about, to be read without the lock.
    operations: AtomicU8,
    /// Changes whenever what a file's name matches may have changed: by a new policy, under the lock of `current`, or
    /// by a rename.
    epoch: AtomicU64,
}

impl Policies {
    pub const fn new() -> Self {
        Self {
            current: PushLock::new(None),
            generation: AtomicU64::new(0),
            operations: AtomicU8::new(0),
            epoch: AtomicU64::new(0),
        }
    }

    /// Whether any rule is about one of these operations. This is all that an operation without rules costs.
    pub fn concern(&self, operations: Operations) -> bool {
        self.operations.load(Ordering::Relaxed) & operations.bits() != 0
    }

    /// Whether any rule is about the operation.
    pub fn concern_one(&self, operation: Operation) -> bool {
        self.concern(Operations::only(operation))
    }

    /// The policy in force.
    pub fn current<L: NotAbove<ApcLevel>>(&self, at: Irql<'_, L>) -> Option<LoadedPolicy> {
        self.current.read(at).clone()
    }

    /// The policy in force, and an epoch in which it was. A change of names that comes later makes what is remembered
    /// for this epoch out of date, not wrong; and what was remembered for it was matched by this very policy.
    pub fn in_force<L: NotAbove<ApcLevel>>(&self, at: Irql<'_, L>) -> Option<(u64, LoadedPolicy)> {
        let current = self.current.read(at);
        let epoch = self.epoch.load(Ordering::Acquire);
        current.clone().map(|policy| (epoch, policy))
    }

    /// How many policies have been loaded.
    pub fn generation(&self) -> u64 {
        self.generation.load(Ordering::Relaxed)
    }

    /// Something was renamed: what was remembered of names is out of date.
    pub fn names_changed(&self) {
        self.epoch.fetch_add(1, Ordering::AcqRel);
    }

    /// Checks a policy and puts it in force. Operations that search the earlier one go on with it.
    pub fn replace<L>(&self, blob: PoolVec<u8, Paged>, at: Irql<'_, L>) -> Result<LoadedPolicy, Refusal>
    where
        L: NotAbove<ApcLevel>,
    {
        let policy = Policy::parse(blob).map_err(Refusal::Policy)?;
        let operations = policy.operations();
        let generation = self.generation.fetch_add(1, Ordering::Relaxed) + 1;
        let loaded = Shared::try_new(Loaded { generation, policy }, TAG).map_err(Refusal::Memory)?;
        let mut current = self.current.write(at);
        let earlier = current.replace(loaded.clone());
        self.operations.store(operations.bits(), Ordering::Release);
        self.epoch.fetch_add(1, Ordering::AcqRel);
        drop(current);
        // The earlier policy is freed outside the lock, by whoever uses it last.
        drop(earlier);
        Ok(loaded)
    }
}
