//! A filter whose callbacks the tests fill in.

use crate::common::Guarded;
use crate::rig::{self, saw};
use fltmgr::filter::{Attach, Detach, Unload, UnloadRequest};
use fltmgr::instance::{Instance, OwnInstance, Setup, Teardown};
use fltmgr::irql::{ApcLevel, Irql, PassiveLevel};
use fltmgr::name::{CarriedName, Format, Query};
use fltmgr::pool::Tag;
use fltmgr::{
    Filter, Operations, PostOp, PostStatus, PreOp, PrePost, PreStatus, Result, Starting, Synchronized,
    SynchronizedStatus, op,
};
use fltsim::config::ServiceConfig;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub const TAG: Tag = Tag::new(*b"Prob");

type PreCreate = dyn Fn(&Probe, &PreOp<'_, op::Create>, Irql<'_, PassiveLevel>) + Send + Sync;
type PostCreate = dyn Fn(&Probe, &PostOp<'_, op::Create>, &CarriedName, Irql<'_, PassiveLevel>) + Send + Sync;
type PreSet = dyn Fn(&Probe, &PreOp<'_, op::SetInformation>, Irql<'_, PassiveLevel>) + Send + Sync;
type PostSet = dyn Fn(&Probe, &PostOp<'_, op::SetInformation>, &CarriedName<u32>, Irql<'_, ApcLevel>) + Send + Sync;

/// What the callbacks do.
#[derive(Default, Clone)]
pub struct Script {
    pub pre_create: Option<Arc<PreCreate>>,
    pub post_create: Option<Arc<PostCreate>>,
    pub pre_set: Option<Arc<PreSet>>,
    pub post_set: Option<Arc<PostSet>>,
    pub refuses_detach: bool,
    pub refuses_unload: bool,
}

static SCRIPT: Mutex<Option<Script>> = Mutex::new(None);

fn script() -> Script {
    SCRIPT.lock().unwrap_or_else(PoisonError::into_inner).clone().unwrap_or_default()
}

/// What the callbacks do, to be changed.
pub fn script_mut() -> MutexGuard<'static, Option<Script>> {
    SCRIPT.lock().unwrap_or_else(PoisonError::into_inner)
}

/// UTF-16 as text.
pub fn text(units: &[u16]) -> String {
    String::from_utf16(units).expect("UTF-16")
}

/// UTF-16 of a text.
pub fn units(text: &str) -> Vec<u16> {
    text.encode_utf16().collect()
}

/// The filter.
pub struct Probe;

impl Filter for Probe {
    const OPERATIONS: Operations<Self> =
        Operations::new().pre_post::<op::Create>().synchronized::<op::SetInformation>();

    fn start(_: &mut Starting<'_, Self>) -> Result<Self> {
        Ok(Self)
    }

    fn attach(&self, _: Instance<'_>, setup: Setup, _: Irql<'_, PassiveLevel>) -> Attach {
        saw(format!("attach {} {}", setup.is_automatic(), setup.is_manual()));
        Attach::Yes
    }

    fn may_detach(&self, _: Instance<'_>, _: Irql<'_, PassiveLevel>) -> Detach {
        if script().refuses_detach { Detach::Refuse } else { Detach::Allow }
    }

    fn detaching(&self, _: Instance<'_>, reason: Teardown, _: Irql<'_, PassiveLevel>) {
        saw(format!("detaching {reason:?}"));
    }

    fn detached(&self, _: Instance<'_>, reason: Teardown, _: Irql<'_, PassiveLevel>) {
        saw(format!("detached {reason:?}"));
    }

    fn unload(&self, request: UnloadRequest) -> Unload {
        saw(format!("unload {request:?}"));
        if script().refuses_unload { Unload::Refuse } else { Unload::Allow }
    }
}

impl PrePost<op::Create> for Probe {
    type Carry = CarriedName;

    fn pre<'a>(&self, create: PreOp<'a, op::Create>) -> PreStatus<'a, op::Create, CarriedName> {
        let (script, at) = (script(), create.irql());
        if let Some(f) = &script.pre_create {
            f(self, &create, at);
        }
        if script.post_create.is_none() {
            return create.pass().into();
        }
        let name = create.name(Format::Normalized, Query::Default, at).unwrap();
        create.pass_with(CarriedName::try_new(name, (), TAG).unwrap())
    }

    fn post<'a>(&self, create: PostOp<'a, op::Create>, name: CarriedName) -> PostStatus<'a, op::Create> {
        if let Some(f) = &script().post_create {
            f(self, &create, &name, create.irql());
        }
        create.finish()
    }
}

impl Synchronized<op::SetInformation> for Probe {
    type Carry = CarriedName<u32>;

    fn pre<'a>(
        &self,
        set: PreOp<'a, op::SetInformation>,
    ) -> SynchronizedStatus<'a, op::SetInformation, CarriedName<u32>> {
        let (script, at) = (script(), set.irql());
        if let Some(f) = &script.pre_set {
            f(self, &set, at);
        }
        let Ok(name) = set.name(Format::Normalized, Query::Default, at) else { return set.pass().into() };
        match set.synchronize(CarriedName::try_new(name, 77, TAG).unwrap()) {
            Ok(synchronized) => synchronized.into(),
            Err((set, _)) => set.pass().into(),
        }
    }

    fn post<'a>(
        &self,
        set: PostOp<'a, op::SetInformation>,
        name: CarriedName<u32>,
        at: Irql<'a, ApcLevel>,
    ) -> PostStatus<'a, op::SetInformation> {
        if let Some(f) = &script().post_set {
            f(self, &set, &name, at);
        }
        set.finish()
    }
}

fltmgr::driver!(Probe, held: OwnInstance);

/// A machine with the filter, at altitude 300000, and with what its callbacks do.
pub fn start(what: Script) -> Guarded {
    let guarded = rig::start(driver_entry, ServiceConfig::with_altitude("probe", "300000"));
    *script_mut() = Some(what);
    guarded
}

/// As [`start`], with this before creates.
pub fn before_create(
    f: impl Fn(&Probe, &PreOp<'_, op::Create>, Irql<'_, PassiveLevel>) + Send + Sync + 'static,
) -> Guarded {
    start(Script { pre_create: Some(Arc::new(f)), ..Script::default() })
}
