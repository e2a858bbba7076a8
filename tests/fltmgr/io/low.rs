//! What becomes of I/O when memory runs out: nothing crashes, and nothing is left behind.

use super::{Here, Scenario, TAG, driver_entry, issue_in};
use crate::common::{LINKED, units};
use fltmgr::file::asynchronous::{self, Completion, Transferred};
use fltmgr::file::information::Stat;
use fltmgr::file::{
    Details, ExtendedAttribute, ExtendedAttributes, MdlBuffer, NewName, OpenOptions, Quota, Quotas, RenameFlags,
    SecurityDescriptor, Transfer, query_by_name,
};
use fltmgr::irql::{DispatchLevel, Irql};
use fltmgr::parameters::{Access, Disposition, SecurityInformation};
use fltmgr::pool::PoolVec;
use fltmgr::{Error, Result};
use fltsim::config::ServiceConfig;
use fltsim::io::{OpenRequest, Requestor};
use fltsim::low_resources::Simulation;
use fltsim::machine::{ImageSource, LoadRequest};
use std::sync::PoisonError;

struct Ignore;

impl Completion for Ignore {
    type Filter = super::Issue;
    fn completed(self, _: &super::Issue, _: Transferred, _: Irql<'_, DispatchLevel>) {}
}

fn attributes(here: Here<'_>) -> Result<()> {
    let mut list = ExtendedAttributes::new(TAG);
    list.push(ExtendedAttribute { name: b"NAME", value: &[7; 1000], is_needed: false })?;
    let options = OpenOptions::new(Access::READ).disposition(Disposition::OpenIf).extended_attributes(&list);
    let file = here.open("/attributes", options)?;
    file.set_extended_attributes(&list, here.at)?;
    let mut told = file.extended_attributes(TAG, here.at)?;
    told.push(ExtendedAttribute { name: b"OTHER", value: b"1", is_needed: false })?;
    file.extended_attribute(b"NAME", TAG, here.at)?;
    let mut quotas = Quotas::new(TAG);
    quotas.push(Quota { sid: &[1, 0, 0, 0, 0, 0, 0, 5], change_time: 0, used: 0, threshold: -1, limit: -1 })
}

fn security(here: Here<'_>) -> Result<()> {
    let file = here.file("/security")?;
    let descriptor = file.security(SecurityInformation::OWNER, TAG, here.at)?;
    let copy = SecurityDescriptor::try_from_bytes(descriptor.as_bytes(), TAG, here.at)?;
    file.set_security(SecurityInformation::OWNER, &copy, here.at)
}

fn names(here: Here<'_>) -> Result<()> {
    let file = here.file("/names")?;
    file.streams(TAG, here.at)?;
    file.name_on_volume(TAG, here.at)?;
    file.rename(NewName::Beside(&units("renamed")), RenameFlags::REPLACE_IF_EXISTS, TAG, here.at)?;
    query_by_name::<Stat>(here.instance, &here.name("/renamed"), here.at)?;
    here.instance.volume_identity(TAG, here.at)?;
    here.instance.set_volume_label(&units("label"), TAG, here.at)?;
    let root = here.directory("/")?;
    let mut files = root.list(None, Details::All, TAG)?;
    while files.next(here.at)?.is_some() {}
    Ok(())
}

fn transfers(here: Here<'_>) -> Result<()> {
    let file = here.file("/transfers")?;
    file.write(0, &[7; 100], here.at)?;
    let mut described = MdlBuffer::try_new(PoolVec::try_filled(0, 100, TAG)?)?;
    file.read_mdl(Transfer::at(0), &mut described, here.at)?;
    let kept = file.keep(TAG).map_err(|(_, error)| error)?;
    let bytes = PoolVec::try_filled(0, 100, TAG)?;
    asynchronous::write(kept.reference()?, Transfer::at(0), bytes, Ignore, TAG, here.at).map_err(|kept| kept.error)?;
    kept.close(here.at);
    Ok(())
}

/// Has each of these fail at most for want of what was not there.
fn all(here: Here<'_>) -> Result<()> {
    for part in [attributes as Scenario, security, names, transfers] {
        match part(here) {
            Ok(()) | Err(Error::INSUFFICIENT_RESOURCES | Error::DELETING_OBJECT) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

#[test]
fn whatever_fails_nothing_is_left_behind() {
    let _linked = LINKED.lock().unwrap_or_else(PoisonError::into_inner);
    let service = ServiceConfig::with_altitude("issue", "370000");
    let request = LoadRequest { image: ImageSource::Linked { entry: driver_entry }, service };
    let simulation = Simulation::new(request, |machine, volume| {
        let requestor = Requestor::user(machine.processes().named(0x0400_0000, r"\Device\HarddiskVolume1\anybody"));
        let request = OpenRequest { name: units("/nothing"), ..OpenRequest::default() };
        if let Some(outcome) = issue_in(all, || drop(volume.open(&requestor, &request))) {
            assert_eq!(outcome, Ok(()));
        }
    });
    let outcome = simulation.run().unwrap_or_else(|error| panic!("{error}"));
    let findings: Vec<String> = outcome.findings.iter().map(ToString::to_string).collect();
    assert!(findings.is_empty(), "{}", findings.join("\n\n"));
    let failed = |routine| outcome.failed.iter().filter(|failed| failed.routine == routine).count();
    assert!(failed("ExAllocatePoolWithTag") > 15, "{:?}", outcome.failed);
    for routine in ["FltAllocateGenericWorkItem", "FltObjectReference", "IoAllocateMdl", "FltReadFileEx"] {
        assert!(failed(routine) > 0, "{routine} never failed");
    }
}
