//! Filters (rules ).

use super::probe::{Probe, TAG, before_create, text, units};
use crate::rig::{load_another, saw, seen};
use fltmgr::filter::Registered;
use fltmgr::instance::InstanceRef;
use fltmgr::{Error, Filter, Operations, Result, Starting};
use fltmgr_sys as sys;

/// Another filter, which does nothing.
struct Other;

impl Filter for Other {
    const OPERATIONS: Operations<Self> = Operations::new();

    fn start(_: &mut Starting<'_, Self>) -> Result<Self> {
        Ok(Self)
    }
}

fltmgr::driver!(Other);

#[test]
fn filters_are_found_by_name_and_in_the_list() {
    let guarded = before_create(|probe: &Probe, create, at| {
        let mut all: Vec<String> = Vec::new();
        for filter in probe.filters(TAG, at).unwrap().iter() {
            let known = filter.information(TAG, at).unwrap();
            assert!(known.is_minifilter());
            let (instances, frame) = (known.instances(), known.frame());
            all.push(format!("{} {} {instances:?} {frame:?}", text(known.name()), text(known.altitude())));
        }
        all.sort();
        all.into_iter().for_each(saw);

        // The list of information begins at the top.
        assert_eq!(text(probe.filter_information(0, TAG, at).unwrap().unwrap().name()), "probe");
        assert_eq!(text(probe.filter_information(1, TAG, at).unwrap().unwrap().name()), "other");
        assert!(probe.filter_information(2, TAG, at).unwrap().is_none());

        let own = probe.filter_named(&units("probe"), at).unwrap();
        assert!(own.is_own() && own.try_clone().unwrap().is_own());
        let instances = own.instances(TAG, at).unwrap();
        let addresses: Vec<usize> = instances.iter().map(InstanceRef::address).collect();
        assert_eq!(addresses, [create.instance().address()]);
        let known = own.instance_information(0, TAG, at).unwrap().unwrap();
        assert_eq!(text(known.name()), "probe Instance");
        assert!(own.instance_information(1, TAG, at).unwrap().is_none());

        let other = probe.filter_named(&units("other"), at).unwrap();
        assert!(!other.is_own());
        let below = create.instance().lower(at).unwrap().unwrap();
        assert!(!below.filter(at).unwrap().is_own());
        let missing = probe.filter_named(&units("nobody"), at).err();
        assert_eq!(missing.map(Error::raw), Some(sys::STATUS_FLT_FILTER_NOT_FOUND));
    });
    load_another(&guarded, driver_entry, "other", "200000");
    guarded.anybody().write("/a", b"").unwrap();
    guarded.machine.unload("other").unwrap();
    assert_eq!(seen(), ["other 200000 Some(1) Some(0)", "probe 300000 Some(1) Some(0)"]);
}

#[test]
fn a_filter_unloads_and_loads_another_but_not_itself() {
    let guarded = before_create(|probe: &Probe, _, at| {
        let other = units("other");
        probe.unload_filter(&other, at).unwrap();
        assert_eq!(probe.unload_filter(&other, at).map_err(Error::raw), Err(sys::STATUS_FLT_FILTER_NOT_FOUND));
        probe.load_filter(&other, at).unwrap();
        assert_eq!(probe.load_filter(&other, at).map_err(Error::raw), Err(sys::STATUS_IMAGE_ALREADY_LOADED));
        // Rule A-61.
        assert_eq!(probe.unload_filter(&units("probe"), at), Err(Error::INVALID_PARAMETER));
        saw("done");
    });
    load_another(&guarded, driver_entry, "other", "200000");
    guarded.anybody().write("/a", b"").unwrap();
    assert_eq!(seen(), ["done"]);
    guarded.machine.unload("other").unwrap();
}
