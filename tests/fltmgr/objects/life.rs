//! How a filter is attached, detached and unloaded, and what it keeps (rules ).

use super::probe::{Probe, Script, TAG, start};
use crate::common::Guarded;
use crate::rig::{saw, seen};
use fltmgr::context::{Context, ContextRef, Contexts, HasContexts, NewContext, kind};
use fltmgr::filter::{Attach, Features};
use fltmgr::instance::{Instance, Setup};
use fltmgr::irql::{Irql, PassiveLevel};
use fltmgr::lock::PushLock;
use fltmgr::pool::{NonPaged, Tag};
use fltmgr::volume::VolumeRef;
use fltmgr::{Filter, Operations, Result, Starting};
use fltmgr_sys as sys;
use fltsim::config::ServiceConfig;
use fltsim::machine::ImageSource;
use fltsim::status::NtStatus;
use std::sync::Arc;

#[test]
fn a_filter_is_told_why_it_goes() {
    let guarded = start(Script::default());
    guarded.machine.unload("probe").unwrap();
    assert_eq!(seen(), ["unload Optional", "detaching FilterUnload", "detached FilterUnload"]);
    guarded.machine.load_service("probe").unwrap();
    guarded.machine.detach("probe", "test", None).unwrap();
    assert_eq!(seen(), ["attach true false", "detaching Manual", "detached Manual"]);
}

#[test]
fn a_refusal_holds_for_what_may_be_refused() {
    let guarded = start(Script { refuses_detach: true, refuses_unload: true, ..Script::default() });
    let refused = Err(NtStatus(sys::STATUS_FLT_DO_NOT_DETACH));
    assert_eq!(guarded.machine.detach("probe", "test", None), refused);
    assert!(guarded.machine.unload("probe").is_err());
    assert_eq!(seen(), ["unload Optional"]);
    // Rule A-51.
    guarded.machine.stop_service("probe").unwrap();
    assert_eq!(seen(), ["unload Mandatory", "detaching MandatoryFilterUnload", "detached MandatoryFilterUnload"]);
}

#[test]
fn what_is_held_does_not_hold_the_unload_up() {
    let guarded = start(Script {
        pre_create: Some(Arc::new(|probe: &Probe, create, at| {
            let instance = create.instance().reference().unwrap();
            let before = probe.held().put(instance, at).ok().unwrap();
            saw(format!("{}", before.is_some()));
            assert_eq!(probe.held().get(at).unwrap().address(), create.instance().address());
        })),
        ..Script::default()
    });
    guarded.anybody().write("/a", b"").unwrap();
    guarded.anybody().open("/a").unwrap();
    assert_eq!(seen(), ["false", "true"]);
    // A reference that is not given back is waited for, and reported.
    guarded.machine.unload("probe").unwrap();
    assert_eq!(guarded.machine.reports().len(), 0);
}

#[test]
fn what_is_held_can_be_taken_out_again() {
    let guarded = start(Script {
        pre_create: Some(Arc::new(|probe: &Probe, create, at| {
            assert!(probe.held().take(at).is_none() && probe.held().get(at).is_none());
            assert!(probe.held().put(create.instance().reference().unwrap(), at).is_ok());
            let taken = probe.held().take(at).unwrap();
            saw(format!("{}", taken.address() == create.instance().address()));
            assert!(probe.held().take(at).is_none());
        })),
        ..Script::default()
    });
    guarded.anybody().write("/a", b"").unwrap();
    assert_eq!(seen(), ["true"]);
}

/// A filter that is not stopped with its service, and keeps what it may keep: a context, and volumes.
pub struct Stays {
    volume: PushLock<Option<VolumeRef>>,
}

/// On an instance of it.
pub struct Mark(pub u32);

impl Context for Mark {
    type Filter = Stays;
    type Kind = kind::Instance;
    type Pool = NonPaged;
    const TAG: Tag = TAG;
}

impl Filter for Stays {
    const OPERATIONS: Operations<Self> = Operations::new();
    const CONTEXTS: Contexts<Self> = Contexts::new().with::<Mark>();
    const FEATURES: Features = Features::NO_SERVICE_STOP.union(Features::PIPES_AND_MAILSLOTS);

    fn start(_: &mut Starting<'_, Self>) -> Result<Self> {
        Ok(Self { volume: PushLock::new(None) })
    }

    fn attach(&self, instance: Instance<'_>, _: Setup, at: Irql<'_, PassiveLevel>) -> Attach {
        let kept = NewContext::try_new(Mark(99), at).and_then(|mark| instance.keep_context(mark, at));
        let Ok(mark) = kept else { return Attach::No };
        // A reference to an instance of the filter's own has its contexts.
        let reference = instance.reference().unwrap();
        saw(format!("{:?}", reference.as_instance().context::<Mark, _>(at).map(|mark| mark.0)));
        *self.volume.write(at) = instance.volume().reference().ok();
        if self.held().put(mark, at).is_ok() { Attach::Yes } else { Attach::No }
    }
}

fltmgr::driver!(Stays, held: ContextRef<Mark>);

#[test]
fn a_filter_that_is_not_stopped_with_its_service_can_be_unloaded() {
    let service = ServiceConfig::with_altitude("stays", "300000");
    let guarded = Guarded::start_driver(ImageSource::Linked { entry: driver_entry }, service);
    assert_eq!(seen().last().unwrap(), "Some(99)");
    // Rule A-52.
    assert!(guarded.machine.stop_service("stays").is_err());
    assert!(guarded.machine.filter("stays").is_some());
    guarded.machine.unload("stays").unwrap();
    assert_eq!(guarded.machine.reports().len(), 0);
}
